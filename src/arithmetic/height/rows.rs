//! Bounds for many inner products with float32 weights at once, in plain floating point.
//!
//! A norm `sum_k |w_k| a_k` of terms that are not negative is computed in binary64 with the `a_k` over a
//! common power of two. Each of its at most `2 k` roundings is off by a factor of at most `1 + 2^-53`, so
//! that the exact sum is at most the computed one times `1 + (k + 4) 2^-52` while `k` is below `2^40`.

use super::{Denominator, Height, Magnitude};

/// Exponents of `a_k` that are further below the largest than this are raised to it: a bound may grow.
const LOWEST: i64 = -400;

/// Weights in rows of one length.
pub(super) struct Rows<'a> {
    m: usize,
    k: usize,
    n: usize,
    weights: &'a [f32],
}

/// The left factors of one row of results.
struct Factors {
    /// The norms over `2^exponent`.
    norms: Vec<f64>,
    exponent: i64,
    denominators: Vec<Denominator>,
    /// The denominator of all of them, where it is one.
    denominator: Option<Denominator>,
}

impl<'a> Rows<'a> {
    /// `None` for sizes that the bound does not hold for.
    pub(super) fn new((m, k, n): (usize, usize, usize), weights: &'a [f32]) -> Option<Rows<'a>> {
        (k < 1 << 40).then_some(Rows { m, k, n, weights })
    }

    /// The matrix products `batch x m x k` times `batch x n x k`; `None` when some left factor has no bound.
    pub(super) fn times(&self, batch: usize, a: &[Height]) -> Option<Vec<Height>> {
        let (m, k, n) = (self.m, self.k, self.n);
        let mut product = vec![Height { norm: Magnitude::ZERO, ..Height::ONE }; batch * m * n];
        let mut twos = vec![0i32; k];
        for i in 0..batch {
            let left: Vec<Factors> =
                (0..m).map(|row| Factors::new(&a[(i * m + row) * k..][..k])).collect::<Option<_>>()?;
            for column in 0..n {
                let weights = &self.weights[(i * n + column) * k..][..k];
                for (two, weight) in twos.iter_mut().zip(weights) {
                    *two = power_of_two(*weight);
                }
                for (row, factors) in left.iter().enumerate() {
                    product[(i * m + row) * n + column] = factors.times(weights, &twos);
                }
            }
        }
        Some(product)
    }
}

impl Factors {
    fn new(a: &[Height]) -> Option<Factors> {
        let nonzero = || a.iter().filter(|height| height.norm != Magnitude::ZERO);
        let exponent = nonzero().map(|height| height.norm.exponent).max().unwrap_or(0);
        if exponent == i64::MAX || nonzero().any(|height| height.denominator.is_saturated()) {
            return None;
        }
        let norm = |height: &Height| {
            let gap = height.norm.exponent.saturating_sub(exponent);
            match (height.norm == Magnitude::ZERO, gap < LOWEST) {
                (true, _) => 0.0,
                // A mantissa is below 2.
                (false, true) => scale(2.0, LOWEST),
                (false, false) => scale(height.norm.mantissa, gap),
            }
        };
        let mut denominators = nonzero().map(|height| height.denominator);
        let first = denominators.next().unwrap_or_default();
        Some(Factors {
            norms: a.iter().map(norm).collect(),
            exponent,
            denominator: denominators.all(|other| other == first).then_some(first),
            denominators: a.iter().map(|height| height.denominator).collect(),
        })
    }

    fn times(&self, weights: &[f32], twos: &[i32]) -> Height {
        let k = weights.len();
        let mut sums = [0.0f64; 8];
        let (chunks, rest) = weights.as_chunks::<8>();
        let (norms, norms_rest) = self.norms.as_chunks::<8>();
        for (weights, norms) in chunks.iter().zip(norms) {
            for ((sum, weight), norm) in sums.iter_mut().zip(weights).zip(norms) {
                *sum += f64::from(weight.abs()) * norm;
            }
        }
        let tail: f64 =
            rest.iter().zip(norms_rest).map(|(weight, norm)| f64::from(weight.abs()) * norm).sum();
        let sum = sums.iter().sum::<f64>() + tail;
        if sum == 0.0 {
            // No product was rounded to zero: weights are at least 2^-149 and norms 2^-400.
            return Height { norm: Magnitude::ZERO, ..Height::ONE };
        }
        let bound = (sum * (1.0 + (k + 4) as f64 * f64::EPSILON)).next_up();
        let norm = Magnitude::normalized(bound, self.exponent);
        let denominator = match self.denominator {
            Some(common) => {
                let both = |(two, norm): (&i32, &f64)| if *norm > 0.0 { *two } else { 0 };
                let two = twos.iter().zip(&self.norms).map(both).max().unwrap_or(0);
                Denominator { two: common.two.saturating_add(u64::from(two.unsigned_abs())), ..common }
            }
            None => {
                let terms = weights.iter().zip(twos).zip(self.norms.iter().zip(&self.denominators));
                terms.filter(|((weight, _), (norm, _))| **weight != 0.0 && **norm > 0.0).fold(
                    Denominator::default(),
                    |all, ((_, two), (_, denominator))| {
                        let own = Denominator { two: u64::from(two.unsigned_abs()), odd: 0 };
                        all.join(denominator.times(own))
                    },
                )
            }
        };
        Height { denominator, norm }
    }
}

/// `x 2^exponent` for exponents within those of normal numbers.
fn scale(x: f64, exponent: i64) -> f64 {
    x * f64::from_bits(((1023 + exponent) as u64) << 52)
}

/// The exponent of two in the denominator of a weight: 0 for integers.
fn power_of_two(weight: f32) -> i32 {
    let bits = weight.to_bits();
    let biased = ((bits >> 23) & 0xff) as i32;
    let mantissa = (bits & 0x7f_ffff) | (u32::from(biased > 0) << 23);
    // The lowest bit that is set, as a power of two; the conversion is exact.
    let lowest = (mantissa & mantissa.wrapping_neg()) as f32;
    let position = (lowest.to_bits() >> 23) as i32 - 127;
    let exponent = biased.max(1) - 150 + position;
    if mantissa == 0 { 0 } else { (-exponent).max(0) }
}

#[cfg(test)]
mod tests {
    use super::super::Heights;
    use super::*;
    use crate::arithmetic::{Arithmetic, Base};
    use crate::network::{Data, decompose};

    #[test]
    fn denominators_of_weights() {
        let bits = [
            0u32,
            1,
            2,
            3,
            0x7f_ffff,
            0x80_0000,
            0x3f80_0000,
            0x3f00_0000,
            0x3fc0_0000,
            0x4b80_0001,
            0x7f7f_ffff,
        ];
        for x in bits.map(f32::from_bits).into_iter().flat_map(|x| [x, -x, 1.0 / 3.0 * x]) {
            let (_, exponent) = decompose(f64::from(x));
            assert_eq!(power_of_two(x), (-exponent).max(0), "{x:e}");
        }
    }

    /// Against the plain way, which rounds up every step: the same denominators; and norms that are no less
    /// than the exact ones and no more than a little above the plain ones. The exact norms are those of
    /// integers here: weights and factors are small dyadic numbers, so that the plain way is exact.
    #[test]
    fn bounds_are_bounds() {
        let heights = Heights::new(Base::new([], []));
        let mut state = 1u64;
        let mut below = |n: u64| {
            state = state.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
            (state >> 33) % n
        };
        for round in 0..60 {
            let (batch, m, k, n) = (1 + round % 2, 1 + round % 3, [1, 7, 8, 30][round % 4], 1 + round % 5);
            let weight = |below: &mut dyn FnMut(u64) -> u64| {
                (below(9) as f32 - 4.0) * [0.25, 1.0, 2.0][below(3) as usize]
            };
            let weights: Vec<f32> = (0..batch * n * k).map(|_| weight(&mut below)).collect();
            let a: Vec<Height> = (0..batch * m * k)
                .map(|_| {
                    let two = if round < 30 { 3 } else { below(4) };
                    let norm = Magnitude::dyadic(below(5), below(9) as i64 - 4);
                    Height { denominator: Denominator { two, odd: u64::from(round % 7 == 0) }, norm }
                })
                .collect();
            let fast = Rows::new((m, k, n), &weights).unwrap().times(batch, &a).unwrap();
            let data = heights.from_data(&Data::F32(weights)).unwrap();
            let plain = heights.matmul_batched(batch, (m, k, n), &a, &data);
            for (fast, plain) in fast.iter().zip(&plain) {
                assert_eq!(fast.norm == Magnitude::ZERO, plain.norm == Magnitude::ZERO);
                if plain.norm != Magnitude::ZERO {
                    let value = |x: Magnitude| x.mantissa * 2f64.powi(x.exponent as i32);
                    assert!(value(fast.norm) >= value(plain.norm));
                    assert!(value(fast.norm) <= value(plain.norm) * (1.0 + 1e-12));
                    // A zero factor has no denominator.
                    assert_eq!(fast.denominator, plain.denominator);
                }
            }
        }
    }

    /// Norms far apart: `2^900 + 2^-900` is a little more than `2^900`. Without a bound there is none.
    #[test]
    fn norms_far_apart() {
        let height = |exponent| Height { norm: Magnitude::dyadic(1, exponent), ..Height::ONE };
        let fast = Rows::new((1, 2, 1), &[1.0, 1.0]).unwrap();
        let sum = fast.times(1, &[height(900), height(-900)]).unwrap()[0].norm;
        assert!(sum.exponent == 900 && sum.mantissa > 1.0 && sum.mantissa < 1.001);
        let tiny = fast.times(1, &[height(-5000), height(-5001)]).unwrap()[0].norm;
        assert!(tiny.exponent == -5000 && tiny.mantissa >= 1.5 && tiny.mantissa < 1.501);
        assert!(fast.times(1, &[height(i64::MAX), height(0)]).is_none());
    }
}
