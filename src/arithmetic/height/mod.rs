//! Heights: proven bounds for denominators and coefficients, found by running the network on bounds.
//!
//! The norm of a polynomial is the sum of the absolute values of its coefficients. It is at most additive on
//! sums and at most multiplicative on products, so the bounds for a network follow from those for its
//! constants. The same computation bounds values: give an input a bound for the absolute values of its
//! entries instead of the norm 1 of a variable.

use std::borrow::Cow;

use num_bigint::BigUint;
use num_rational::BigRational;
use num_traits::{ToPrimitive, Zero};

mod rows;

use super::scale::{Base, Denominator};
use super::{Arithmetic, Halt, matmul_by_definition};
use crate::budget::Stop;
use crate::network::{Data, Network, Tensor, decompose, evaluate_until};

/// Matrix products with at least so many rows and columns, and multiplications, are done with floats.
const LARGE: usize = 8;
const LARGE_PRODUCT: usize = 1 << 15;

/// A nonnegative number `mantissa * 2^exponent` that is an upper bound: every operation rounds up.
///
/// The mantissa is 0 or in `[1, 2)`. A floating-point product or sum of two mantissas is the exact result
/// rounded to nearest, so the exact result is at most the next float above it, and results are moved there
/// unless they are known not to be too small. Exponents saturate; the largest stands for "no bound known",
/// and the smallest is an upper bound for everything below it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Magnitude {
    mantissa: f64,
    exponent: i64,
}

impl Magnitude {
    /// Zero.
    pub const ZERO: Magnitude = Magnitude { mantissa: 0.0, exponent: 0 };
    /// One.
    pub const ONE: Magnitude = Magnitude { mantissa: 1.0, exponent: 0 };

    /// The bound `x * 2^exponent` for a positive normal `x`.
    fn normalized(x: f64, exponent: i64) -> Magnitude {
        let bits = x.to_bits();
        let binary = ((bits >> 52) & 0x7ff) as i64 - 1023;
        let mantissa = f64::from_bits((bits & ((1 << 52) - 1)) | (1023 << 52));
        Magnitude { mantissa, exponent: exponent.saturating_add(binary) }
    }

    /// A bound for `mantissa * 2^exponent`: exact if the mantissa fits 53 bits.
    fn dyadic(mantissa: u64, exponent: i64) -> Magnitude {
        if mantissa == 0 {
            return Magnitude::ZERO;
        }
        let surplus = (64 - mantissa.leading_zeros()).saturating_sub(53);
        // At most 2^53, which is exact.
        let top = (mantissa >> surplus) + u64::from(mantissa.trailing_zeros() < surplus);
        Magnitude::normalized(top as f64, exponent.saturating_add(i64::from(surplus)))
    }

    /// A bound for the absolute value of a rational.
    pub fn of_rational(value: &BigRational) -> Magnitude {
        if value.is_zero() {
            return Magnitude::ZERO;
        }
        let (above, up) = leading(value.numer().magnitude(), true);
        let (below, down) = leading(value.denom().magnitude(), false);
        let quotient = above / below;
        // Division by a power of two is exact.
        let exact = below.to_bits() << 12 == 0;
        Magnitude::normalized(if exact { quotient } else { quotient.next_up() }, up.saturating_sub(down))
    }

    /// The smallest natural number `n` such that the bound is known to be at most `2^n`; `None` when no bound
    /// is known.
    pub fn log2(self) -> Option<u64> {
        if self.mantissa == 0.0 {
            return Some(0);
        }
        let ceiling = self.exponent.checked_add(i64::from(self.mantissa > 1.0))?;
        (self.exponent != i64::MAX).then_some(u64::try_from(ceiling).unwrap_or(0))
    }

    /// About the base-2 logarithm: minus infinity for zero.
    pub(crate) fn approximate_log2(self) -> f64 {
        if self.mantissa == 0.0 { f64::NEG_INFINITY } else { self.mantissa.log2() + self.exponent as f64 }
    }

    fn add(self, other: Magnitude) -> Magnitude {
        if self.mantissa == 0.0 {
            return other;
        }
        if other.mantissa == 0.0 {
            return self;
        }
        let (large, small) = if self.exponent >= other.exponent { (self, other) } else { (other, self) };
        let gap = large.exponent.saturating_sub(small.exponent);
        // Below 2^-62 of the larger it is less than one unit in the last place.
        if gap > 62 {
            return Magnitude::normalized(large.mantissa.next_up(), large.exponent);
        }
        let addend = small.mantissa * f64::from_bits(((1023 - gap) as u64) << 52);
        let sum = large.mantissa + addend;
        // The rounding error of the sum, exactly (T. J. Dekker's Fast2Sum).
        let rounded_down = addend - (sum - large.mantissa) > 0.0;
        Magnitude::normalized(if rounded_down { sum.next_up() } else { sum }, large.exponent)
    }

    fn multiply(self, other: Magnitude) -> Magnitude {
        if self.mantissa == 0.0 || other.mantissa == 0.0 {
            return Magnitude::ZERO;
        }
        // "No bound known" times anything is no bound known.
        let unknown = self.exponent == i64::MAX || other.exponent == i64::MAX;
        let exponent = if unknown { i64::MAX } else { self.exponent.saturating_add(other.exponent) };
        let product = self.mantissa * other.mantissa;
        // A factor that is a power of two makes the product exact.
        let exact = self.mantissa == 1.0 || other.mantissa == 1.0;
        Magnitude::normalized(if exact { product } else { product.next_up() }, exponent)
    }

    fn max(self, other: Magnitude) -> Magnitude {
        let key = |x: Magnitude| (x.mantissa > 0.0, x.exponent);
        match key(self).cmp(&key(other)) {
            std::cmp::Ordering::Less => other,
            std::cmp::Ordering::Greater => self,
            std::cmp::Ordering::Equal => Magnitude { mantissa: self.mantissa.max(other.mantissa), ..self },
        }
    }
}

/// `(x, e)` such that the number is at most (or at least) `x * 2^e` and close to it. The number is positive.
fn leading(number: &BigUint, up: bool) -> (f64, i64) {
    let surplus = number.bits().saturating_sub(53);
    let mut top = (number >> surplus).to_u64().unwrap_or(u64::MAX);
    if up && number.trailing_zeros().unwrap_or(0) < surplus {
        // At most 2^53, which is still exact.
        top += 1;
    }
    (top as f64, surplus as i64)
}

/// Bounds for one polynomial: it is a polynomial with integer coefficients over the denominator, and the
/// absolute values of its coefficients sum to at most the norm. (Read as a value: an integer over the
/// denominator, of at most this absolute value.)
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Height {
    /// A common denominator.
    pub denominator: Denominator,
    /// A bound for the norm.
    pub norm: Magnitude,
}

impl Height {
    /// The height of a variable, and of a value 1.
    pub const ONE: Height = Height { denominator: Denominator { two: 0, odd: 0 }, norm: Magnitude::ONE };

    /// The height of values that are at most this large and have a common denominator.
    pub fn of_values(bound: &BigRational, denominator: Denominator) -> Height {
        Height { denominator, norm: Magnitude::of_rational(bound) }
    }

    /// A height that bounds both.
    pub fn join(self, other: Height) -> Height {
        Height { denominator: self.denominator.join(other.denominator), norm: self.norm.max(other.norm) }
    }
}

/// The semiring of heights over a common base. (Addition and multiplication round up, so its laws hold up to
/// rounding.)
#[derive(Clone, Debug)]
pub struct Heights {
    base: Base,
}

impl Heights {
    /// Heights whose denominators are powers of two times powers of a base.
    pub fn new(base: Base) -> Heights {
        Heights { base }
    }

    fn floats(&self, values: impl Iterator<Item = f64>) -> Vec<Height> {
        values
            .map(|x| {
                let (mantissa, exponent) = decompose(x);
                // The mantissa is odd, so a negative exponent is the exact denominator. A positive one only
                // adds to the norm.
                let denominator = Denominator { two: u64::from(exponent.min(0).unsigned_abs()), odd: 0 };
                let norm = if x.is_normal() {
                    Magnitude::normalized(x.abs(), 0)
                } else {
                    Magnitude::dyadic(mantissa.unsigned_abs(), i64::from(exponent))
                };
                Height { denominator, norm }
            })
            .collect()
    }
}

impl Arithmetic for Heights {
    type Element = Height;

    /// Fails when the base lacks a factor of the denominator.
    fn from_rational(&self, value: &BigRational) -> Result<Height, Halt> {
        if value.is_zero() {
            return Ok(self.zero());
        }
        match self.base.denominator(value.denom().magnitude()) {
            Some(denominator) => Ok(Height { denominator, norm: Magnitude::of_rational(value) }),
            None => Err(Halt::Range(format!("the common denominator does not cover {value}"))),
        }
    }

    fn zero(&self) -> Height {
        Height { norm: Magnitude::ZERO, ..Height::ONE }
    }

    fn one(&self) -> Height {
        Height::ONE
    }

    fn add(&self, a: &Height, b: &Height) -> Height {
        Height { denominator: a.denominator.join(b.denominator), norm: a.norm.add(b.norm) }
    }

    fn multiply(&self, a: &Height, b: &Height) -> Height {
        let norm = a.norm.multiply(b.norm);
        if norm == Magnitude::ZERO {
            return self.zero();
        }
        Height { denominator: a.denominator.times(b.denominator), norm }
    }

    fn matmul(&self, (m, k, n): (usize, usize, usize), a: &[Height], b: &[Height]) -> Vec<Height> {
        let large = m.min(n) >= LARGE && m.saturating_mul(k).saturating_mul(n) >= LARGE_PRODUCT;
        let product = if large { products::matmul((m, k, n), a, b) } else { None };
        product.unwrap_or_else(|| matmul_by_definition(self, (m, k, n), a, b))
    }

    fn bounds_by_sums(&self) -> bool {
        true
    }

    fn unasked(&self) -> usize {
        1 << 26
    }

    fn from_data(&self, data: &Data) -> Result<Vec<Height>, Halt> {
        let natural = |x: u64| Height { norm: Magnitude::dyadic(x, 0), ..Height::ONE };
        Ok(match data {
            Data::F64(v) => self.floats(v.iter().copied()),
            Data::F32(v) => self.floats(v.iter().map(|&x| f64::from(x))),
            Data::F16(v) => self.floats(v.iter().map(|&x| f64::from(x))),
            Data::BF16(v) => self.floats(v.iter().map(|&x| f64::from(x))),
            Data::Integer(v) => v.iter().map(|&x| natural(x.unsigned_abs())).collect(),
            Data::Unsigned(v) => v.iter().map(|&x| natural(x)).collect(),
            Data::Rational(v) => v.iter().map(|x| self.from_rational(x)).collect::<Result<_, _>>()?,
        })
    }

    fn matmul_data(
        &self,
        batch: usize,
        sizes: (usize, usize, usize),
        a: &[Height],
        b: &Data,
    ) -> Result<Vec<Height>, Halt> {
        let weights: Option<Cow<'_, [f32]>> = match b {
            Data::F32(weights) => Some(Cow::Borrowed(weights)),
            Data::F16(weights) => Some(weights.iter().map(|&x| f32::from(x)).collect()),
            Data::BF16(weights) => Some(weights.iter().map(|&x| f32::from(x)).collect()),
            _ => None,
        };
        let fast = weights
            .and_then(|weights| rows::Rows::new(sizes, &weights).and_then(|rows| rows.times(batch, a)));
        match fast {
            Some(product) => Ok(product),
            None => Ok(self.matmul_batched(batch, sizes, a, &self.from_data(b)?)),
        }
    }
}

/// Matrix products of heights on the kernels for floats.
///
/// The norms of each factor are taken relative to its largest power of two, and none may be below `2^-400` of
/// it, so nothing underflows. All terms are nonnegative, and each goes through at most `k + 1` roundings to
/// nearest, in whatever order they are added. So with `u = 2^-53` the exact sum is at most the computed one
/// times `(1 - u)^-(k + 1) <= 1 + 2 (k + 1) u`, and it is multiplied by a little more than that.
mod products {
    use super::{Height, Magnitude};
    use crate::arithmetic::matrix::{Matrix, add_product};
    use crate::arithmetic::scale::Denominator;

    /// The smallest norm, relative to the largest of a factor.
    const LEAST_LOG2: i64 = -400;

    /// A factor: norms relative to a power of two, and for each row the denominator of all its nonzero
    /// entries.
    struct Factor {
        norms: Vec<f64>,
        exponent: i64,
        denominators: Vec<Denominator>,
    }

    /// `None` when some entry has no known bound, all are zero, or they are of too different magnitudes.
    fn factor(heights: &[Height], length: usize) -> Option<Factor> {
        let nonzero = |height: &&Height| height.norm.mantissa != 0.0;
        let exponent = heights.iter().filter(nonzero).map(|height| height.norm.exponent).max()?;
        if exponent == i64::MAX {
            return None;
        }
        let norm = |height: &Height| -> Option<f64> {
            if height.norm.mantissa == 0.0 {
                return Some(0.0);
            }
            let relative = height.norm.exponent.saturating_sub(exponent);
            // At most 0.
            (relative >= LEAST_LOG2)
                .then(|| height.norm.mantissa * f64::from_bits(((1023 + relative) as u64) << 52))
        };
        let norms: Option<Vec<f64>> = heights.iter().map(norm).collect();
        let join = |all: Denominator, height: &Height| all.join(height.denominator);
        let denominators =
            heights.chunks(length).map(|row| row.iter().filter(nonzero).fold(Denominator::default(), join));
        let denominators = denominators.collect();
        Some(Factor { norms: norms?, exponent, denominators })
    }

    /// Upper bounds for the product of two matrices, the second transposed; `None` when it must be found
    /// entry by entry. The denominators are common to a row of `a` and a row of `b`.
    pub(super) fn matmul(
        (m, k, n): (usize, usize, usize),
        a: &[Height],
        b: &[Height],
    ) -> Option<Vec<Height>> {
        let (a, b) = (factor(a, k)?, factor(b, k)?);
        let mut sums = vec![0.0; m * n];
        add_product(
            &mut sums,
            Matrix::row_major(&a.norms, m, k),
            Matrix::row_major(&b.norms, n, k).transposed(),
        );
        let exponent = a.exponent.saturating_add(b.exponent);
        let up = 1.0 + (k as f64 + 8.0) * f64::EPSILON;
        let height = |(place, &sum): (usize, &f64)| {
            if sum == 0.0 {
                return Height { norm: Magnitude::ZERO, ..Height::ONE };
            }
            let denominator = a.denominators[place / n].times(b.denominators[place % n]);
            Height { denominator, norm: Magnitude::normalized(sum * up, exponent) }
        };
        Some(sums.iter().enumerate().map(height).collect())
    }
}

/// A bound for all outputs of a network together: with the denominator `D`, the polynomials `D f` have
/// integer coefficients, and the norm of each `f` is at most `2^norm_log2`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HeightBound {
    /// The common denominator.
    pub denominator: Denominator,
    /// A bound for the base-2 logarithm of the common denominator.
    pub denominator_log2: u64,
    /// A bound for the base-2 logarithm of the largest norm (of 1, if all norms are less).
    pub norm_log2: u64,
}

/// Bounds for a network whose input `i` has entries of height `inputs[i]` ([`Height::ONE`] for variables,
/// which bounds coefficients; [`Height::of_values`] bounds values). `None` when a bound exceeds 63 bits *in
/// its logarithm*, or the base does not cover the network's denominators.
pub fn height_bound(network: &Network, base: &Base, inputs: &[Height]) -> Option<HeightBound> {
    height_bound_until(&Stop::never(), network, base, inputs)
}

/// [`height_bound`], which is `None` soon after `stop` is set.
pub fn height_bound_until(
    stop: &Stop,
    network: &Network,
    base: &Base,
    inputs: &[Height],
) -> Option<HeightBound> {
    let inputs = network.inputs().iter().zip(inputs);
    let inputs = inputs.map(|(input, &height)| Tensor::filled(input.shape.clone(), height));
    let inputs: Vec<Tensor<Height>> = inputs.collect();
    let heights = Heights::new(base.clone());
    let outputs = evaluate_until(stop, &heights, network, &inputs).ok()?;
    let all = outputs.data().iter().fold(heights.zero(), |all, &height| all.join(height));
    let denominator_log2 = base.log2(all.denominator);
    if all.denominator.is_saturated() || denominator_log2 == u64::MAX {
        return None;
    }
    Some(HeightBound { denominator: all.denominator, denominator_log2, norm_log2: all.norm.log2()? })
}
