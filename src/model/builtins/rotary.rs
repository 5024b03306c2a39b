//! Tables for rotary embeddings, computed with integers alone so that every platform gets the same ones.
//!
//! Entry `(s, j)` is the cosine or sine of `s base^(-2j / d_head)`, rounded correctly to f64 (to nearest,
//! ties to even). Numbers are fixed-point: an integer `v` stands for `v / 2^bits`. The result is computed
//! with an error bound; when both ends of the error interval round to the same float that float is correct,
//! and otherwise the precision is doubled. This ends: a nonzero algebraic angle has a transcendental sine and
//! cosine, which are no ties; the angle 0 is treated apart.

use num_bigint::BigInt;
use num_integer::Integer;
use num_rational::BigRational;
use num_traits::{One, Signed, ToPrimitive, Zero};

/// The largest power of two that a base, or its inverse, may reach.
const BASE_LOG2: u64 = 512;
/// Bits computed beyond those asked for: the angle itself may be as large as `2^512`, and taking out
/// multiples of the full turn loses that many bits.
const GUARD: u64 = BASE_LOG2 + 128;
/// Bits of the running products beyond those asked for.
const RUNNING_GUARD: u64 = 64;

/// Whether tables can be computed for a base.
pub(super) fn base_is_supported(base: &BigRational) -> bool {
    let limit = BigRational::from_integer(BigInt::one() << BASE_LOG2);
    base.is_positive() && *base <= limit && base.recip() <= limit
}

/// Cosines and sines, `[sequence, head / 2]` each in row-major order. `head` is even; the base is supported.
pub(super) fn tables(base: &BigRational, head: usize, sequence: usize) -> (Vec<f64>, Vec<f64>) {
    let half = head / 2;
    let mut cos = vec![1.0; sequence * half];
    let mut sin = vec![0.0; sequence * half];
    for j in 0..half {
        let mut bits = 128;
        let column = loop {
            match column(base, j, half, sequence, bits) {
                Some(column) => break column,
                None => bits *= 2,
            }
        };
        for (s, (c, d)) in column.into_iter().enumerate() {
            cos[s * half + j] = c;
            sin[s * half + j] = d;
        }
    }
    (cos, sin)
}

/// The entries of one frequency, or `None` when the precision does not settle how to round one of them.
fn column(base: &BigRational, j: usize, half: usize, sequence: usize, bits: u64) -> Option<Vec<(f64, f64)>> {
    let wide = bits + GUARD;
    let exponent = -ln(base, wide) * BigInt::from(j) / BigInt::from(half);
    let angle = exp(&exponent, wide);
    let running = bits + RUNNING_GUARD;
    let (cos, sin) = cos_sin(&angle, wide);
    let step = (cos >> (wide - running), sin >> (wide - running));

    let mut turn = (BigInt::one() << running, BigInt::zero());
    let mut entries = Vec::with_capacity(sequence);
    for s in 0..sequence {
        // |error of turn| <= 8 s units in the last place: a step adds its own error (below 2, a unit of
        // rounding included) and three roundings, and multiplying by a number of modulus 1 does not stretch.
        let error = BigInt::from(s) * 16;
        let entry = if s == 0 {
            (1.0, 0.0)
        } else {
            (settled(&turn.0, &error, running)?, settled(&turn.1, &error, running)?)
        };
        entries.push(entry);
        turn = (
            (&turn.0 * &step.0 - &turn.1 * &step.1) >> running,
            (&turn.1 * &step.0 + &turn.0 * &step.1) >> running,
        );
    }
    Some(entries)
}

/// The float that everything within an error rounds to, if there is one.
fn settled(value: &BigInt, error: &BigInt, bits: u64) -> Option<f64> {
    let (low, high) = (nearest(&(value - error), bits), nearest(&(value + error), bits));
    (low == high).then_some(low)
}

/// `value / 2^bits` rounded to the nearest f64, ties to even. Far from the ends of the range of f64.
fn nearest(value: &BigInt, bits: u64) -> f64 {
    let magnitude = value.magnitude();
    let length = magnitude.bits();
    let drop = length.saturating_sub(53);
    let mut mantissa = magnitude >> drop;
    if drop > 0 {
        let rest = magnitude - (&mantissa << drop);
        let tie = num_bigint::BigUint::one() << (drop - 1);
        if rest > tie || (rest == tie && mantissa.is_odd()) {
            mantissa += 1u32;
        }
    }
    // At most 2^53, so exact; and a product with a power of two in the normal range is exact.
    let mantissa = mantissa.to_u64().unwrap_or(0) as f64;
    let exponent = drop as i64 - bits as i64;
    if exponent < -1000 {
        // Only reached while the precision is still too low to settle anything but zero.
        return if magnitude.is_zero() { 0.0 } else { f64::MIN_POSITIVE };
    }
    let unsigned = mantissa * f64::from_bits(((exponent + 1023) as u64) << 52);
    if value.is_negative() { -unsigned } else { unsigned }
}

/// The natural logarithm: `q = 2^e m` with m in (1/2, 2), and `ln m = 2 artanh((m - 1) / (m + 1))`.
fn ln(q: &BigRational, bits: u64) -> BigInt {
    let exponent = q.numer().bits() as i64 - q.denom().bits() as i64;
    let (a, b) = if exponent >= 0 {
        (q.numer().clone(), q.denom() << exponent)
    } else {
        (q.numer() << -exponent, q.denom().clone())
    };
    let z = ((&a - &b) << bits) / (a + b);
    // ln 2 = 2 artanh(1/3).
    let third = (BigInt::one() << bits) / 3;
    artanh(&z, bits) * 2 + artanh(&third, bits) * 2 * exponent
}

/// `z + z^3/3 + z^5/5 + ..`, for |z| at most 1/3.
fn artanh(z: &BigInt, bits: u64) -> BigInt {
    let square = (z * z) >> bits;
    let mut power = z.clone();
    let mut sum = BigInt::zero();
    let mut n = 1u32;
    while !power.is_zero() && power != -BigInt::one() {
        sum += &power / n;
        power = (power * &square) >> bits;
        n += 2;
    }
    sum
}

/// The exponential: `y = k ln 2 + r`, and `e^r` as the 256th power of `e^(r/256)`.
fn exp(y: &BigInt, bits: u64) -> BigInt {
    let ln2 = artanh(&((BigInt::one() << bits) / 3), bits) * 2;
    let k = y.div_floor(&ln2);
    let small: BigInt = (y - &k * &ln2) >> 8;
    let mut term = BigInt::one() << bits;
    let mut sum = term.clone();
    let mut n = 1u32;
    while !term.is_zero() {
        term = ((term * &small) >> bits) / n;
        sum += &term;
        n += 1;
    }
    for _ in 0..8 {
        sum = (&sum * &sum) >> bits;
    }
    match k.to_i64() {
        Some(k) if k >= 0 => sum << k,
        Some(k) => sum >> -k,
        None => sum,
    }
}

/// Cosine and sine, by Taylor series of the angle (less full turns) over 256, doubled eight times.
fn cos_sin(angle: &BigInt, bits: u64) -> (BigInt, BigInt) {
    let full = pi(bits) * 2;
    let small: BigInt = (angle - angle.div_floor(&full) * &full) >> 8;
    let one = BigInt::one() << bits;
    let square = (&small * &small) >> bits;
    let series = |first: BigInt, mut n: u32| -> BigInt {
        let mut term = first;
        let mut sum = BigInt::zero();
        while !term.is_zero() && term != -BigInt::one() {
            sum += &term;
            term = -((term * &square) >> bits) / (n * (n + 1));
            n += 2;
        }
        sum
    };
    let (mut cos, mut sin) = (series(one, 1), series(small, 2));
    for _ in 0..8 {
        (cos, sin) = ((&cos * &cos - &sin * &sin) >> bits, (&cos * &sin) >> (bits - 1));
    }
    (cos, sin)
}

/// Machin's formula: `pi = 16 arctan(1/5) - 4 arctan(1/239)`.
fn pi(bits: u64) -> BigInt {
    let arctan_inverse = |n: u32| -> BigInt {
        let mut power = (BigInt::one() << bits) / n;
        let mut sum = BigInt::zero();
        let mut k = 1u32;
        while !power.is_zero() {
            sum += &power / k;
            power = -power / (n * n);
            k += 2;
        }
        sum
    };
    arctan_inverse(5) * 16 - arctan_inverse(239) * 4
}

#[cfg(test)]
mod tests {
    use super::*;

    fn integer(n: i64) -> BigRational {
        BigRational::from_integer(n.into())
    }

    /// Half-way cases go to the even mantissa: 2^53 + 1 lies between 2^53 and 2^53 + 2.
    #[test]
    fn rounding() {
        let big = BigInt::from(1u64 << 53);
        assert_eq!(nearest(&(&big + 1), 0), 9007199254740992.0);
        assert_eq!(nearest(&(&big + 3), 0), 9007199254740996.0);
        assert_eq!(nearest(&((&big + 1) * 2 + 1), 1), 9007199254740994.0);
        assert_eq!(nearest(&BigInt::from(-3), 2), -0.75);
        assert_eq!(nearest(&BigInt::zero(), 9), 0.0);
    }

    /// The constants to 50 digits, from any table.
    #[test]
    fn constants() {
        let digits = |fixed: BigInt, bits: u64| ((fixed * BigInt::from(10).pow(50)) >> bits).to_string();
        assert_eq!(digits(pi(256), 256), "314159265358979323846264338327950288419716939937510");
        let ln2 = ln(&integer(2), 256);
        assert_eq!(digits(ln2, 256), "69314718055994530941723212145817656807550013436025");
        assert_eq!(
            digits(exp(&(BigInt::one() << 256), 256), 256),
            "271828182845904523536028747135266249775724709369995"
        );
    }

    /// Angles 0, 1, 2 (base 1 leaves the position): cos 1 = 0.540302305868139717400936607443..,
    /// sin 2 = 0.909297426825681695396019865911.., written with the digits that name a float.
    #[test]
    fn whole_angles() {
        let (cos, sin) = tables(&integer(1), 2, 3);
        assert_eq!(cos, [1.0, 0.5403023058681398, -0.4161468365471424]);
        assert_eq!(sin, [0.0, 0.8414709848078965, 0.9092974268256817]);
    }

    /// Against the platform's functions, which are accurate to a few units in the last place of their result
    /// once the argument is exact: base 4 and head 4 give the angles s and s/2.
    #[test]
    fn agrees_with_floats() {
        let (cos, sin) = tables(&integer(4), 4, 200);
        for s in 0..200 {
            for (j, frequency) in [1.0, 0.5].into_iter().enumerate() {
                let angle = s as f64 * frequency;
                assert!((cos[s * 2 + j] - angle.cos()).abs() < 4e-16, "{s} {j}");
                assert!((sin[s * 2 + j] - angle.sin()).abs() < 4e-16, "{s} {j}");
            }
        }
    }

    /// The usual base: 10000^(-2/4) = 1/100.
    #[test]
    fn usual_base() {
        let (cos, sin) = tables(&integer(10_000), 4, 2);
        assert_eq!(cos[2..], [0.5403023058681398, 0.9999500004166653]);
        assert_eq!(sin[2..], [0.8414709848078965, 0.009999833334166664]);
    }

    /// The ends of the range: angles of 2^-512 and 2^512 end, with sin(2^-512) = 2^-512 to double precision.
    #[test]
    fn extreme_bases() {
        let huge = BigRational::from_integer(BigInt::one() << 512);
        // Head 512 has 256 frequencies; the last is base^(-255/256) = 2^-510.
        let (cos, sin) = tables(&huge, 512, 2);
        assert_eq!(cos[511], 1.0);
        assert_eq!(sin[511], 2.0_f64.powi(-510));
        let (cos, sin) = tables(&huge.recip(), 512, 2);
        assert!((cos[511].powi(2) + sin[511].powi(2) - 1.0).abs() < 1e-15);
        assert!(base_is_supported(&huge) && base_is_supported(&huge.recip()));
        assert!(!base_is_supported(&(huge + integer(1))) && !base_is_supported(&integer(0)));
    }
}
