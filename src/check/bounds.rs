//! Proven bounds on degrees, denominators and sizes: a network evaluated over bounds.

use std::collections::BTreeSet;

use num_bigint::{BigInt, BigUint};
use num_integer::Integer;
use num_rational::BigRational;
use num_traits::{One, ToPrimitive, Zero};

use super::evaluate::Ring;
use super::outcome::{Refusal, Work, incomplete};
use crate::network::{Data, Network, Operation};

/// The least common multiple of the odd parts of all denominators of some networks and numbers.
pub(super) fn odd_denominator<'a>(
    networks: &[&Network],
    numbers: impl Iterator<Item = &'a BigRational>,
) -> BigUint {
    let mut odd_parts: BTreeSet<BigUint> = BTreeSet::new();
    let mut add = |value: &BigRational| {
        odd_parts.insert(odd_part(value));
    };
    numbers.for_each(&mut add);
    for node in networks.iter().flat_map(|network| network.nodes()) {
        match &node.operation {
            Operation::Constant(constant) => {
                // Rationals are always in memory; floats and integers have no odd denominators.
                if let Some(Data::Rational(values)) = constant.in_memory() {
                    values.iter().for_each(&mut add);
                }
            }
            Operation::Combine { terms } => terms.iter().for_each(|(value, _)| add(value)),
            _ => {}
        }
    }
    odd_parts.iter().fold(BigUint::one(), |lcm, part| lcm.lcm(part))
}

fn odd_part(value: &BigRational) -> BigUint {
    let denominator = value.denom().magnitude();
    denominator >> denominator.trailing_zeros().unwrap_or(0)
}

/// An upper bound `mantissa * 2^exponent` with a mantissa of exactly 32 bits. Every result is the least such number
/// that is not below the exact one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Norm {
    mantissa: u64,
    exponent: i64,
}

/// The exponent of a bound that is not known.
const UNKNOWN: i64 = i64::MAX;

impl Norm {
    /// The least bound of a positive number `mantissa * 2^exponent`.
    fn round_up(mantissa: u128, exponent: i64) -> Norm {
        let surplus = (128 - mantissa.leading_zeros()).saturating_sub(32);
        let mut top = mantissa >> surplus;
        let mut exponent = exponent.checked_add(i64::from(surplus)).unwrap_or(UNKNOWN);
        if top << surplus != mantissa {
            top += 1;
        }
        // Rounding up may have made it 2^32, and small numbers have fewer bits.
        while top >> 32 != 0 {
            (top, exponent) = (top >> 1, exponent.saturating_add(1));
        }
        while top != 0 && top >> 31 == 0 {
            (top, exponent) =
                (top << 1, if exponent == UNKNOWN { UNKNOWN } else { exponent.saturating_sub(1) });
        }
        Norm { mantissa: top as u64, exponent }
    }

    /// Of the magnitude of a number that is not zero.
    pub(super) fn of(value: &BigRational) -> Norm {
        let (n, d) = (value.numer().magnitude(), value.denom().magnitude());
        // A quotient of 64 or 65 bits, and one more if there is a remainder.
        let shift = 64 + d.bits() as i64 - n.bits() as i64;
        let (n, d) = if shift >= 0 { (n << shift, d.clone()) } else { (n.clone(), d << -shift) };
        let (quotient, remainder) = n.div_rem(&d);
        let quotient = quotient.to_u128().unwrap_or(u128::MAX);
        // The remainder counts as half a unit: the result is rounded up far above it.
        Norm::round_up(quotient * 2 + u128::from(!remainder.is_zero()), -shift - 1)
    }

    fn multiply(self, other: Norm) -> Norm {
        if self.exponent == UNKNOWN || other.exponent == UNKNOWN {
            return Norm { mantissa: 1 << 31, exponent: UNKNOWN };
        }
        let exponent = match self.exponent.checked_add(other.exponent) {
            Some(exponent) => exponent,
            // What is too small to tell is below the smallest.
            None if self.exponent < 0 => i64::MIN,
            None => UNKNOWN,
        };
        Norm::round_up(u128::from(self.mantissa) * u128::from(other.mantissa), exponent)
    }

    fn add(self, other: Norm) -> Norm {
        let (large, small) = if self.exponent >= other.exponent { (self, other) } else { (other, self) };
        if large.exponent == UNKNOWN {
            return large;
        }
        let gap = u32::try_from(i128::from(large.exponent) - i128::from(small.exponent)).unwrap_or(u32::MAX);
        // What is shifted out counts as one unit of what is left.
        let aligned = if gap >= 32 { 1 } else { (small.mantissa + (1 << gap) - 1) >> gap };
        Norm::round_up(u128::from(large.mantissa) + u128::from(aligned), large.exponent)
    }

    fn max(self, other: Norm) -> Norm {
        if (self.exponent, self.mantissa) >= (other.exponent, other.mantissa) { self } else { other }
    }

    /// The least `n`, perhaps negative, such that the bound is at most `2^n`.
    fn log2(self) -> Option<i64> {
        if self.exponent == UNKNOWN {
            return None;
        }
        self.exponent.checked_add(if self.mantissa == 1 << 31 { 31 } else { 32 })
    }
}

/// A bound on a polynomial, as `D f` over a denominator `D = 2^two * L^odd`. `None` stands for the zero polynomial.
pub(super) type Bound = Option<Size>;

/// A bound on a polynomial that may not be zero.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Size {
    /// No monomial has a higher degree. Saturates.
    pub degree: u64,
    /// The power of two in the denominator. Saturates.
    pub two: u64,
    /// The power of `L` in it. Saturates.
    pub odd: u64,
    /// The absolute values of the coefficients sum to at most this.
    pub norm: Norm,
}

impl Size {
    /// The bound of a number other than zero.
    pub(super) fn of(value: &BigRational) -> Size {
        let two = value.denom().trailing_zeros().unwrap_or(0);
        Size { degree: 0, two, odd: u64::from(!odd_part(value).is_one()), norm: Norm::of(value) }
    }

    /// A bound for both, where the norm is the larger one.
    pub(super) fn join(self, other: Size) -> Size {
        Size {
            degree: self.degree.max(other.degree),
            two: self.two.max(other.two),
            odd: self.odd.max(other.odd),
            norm: self.norm.max(other.norm),
        }
    }
}

/// The semiring of bounds.
pub(super) struct Bounds<'w> {
    pub work: &'w Work,
}

impl Ring for Bounds<'_> {
    type Element = Bound;

    fn number(&self, value: &BigRational) -> Result<Bound, Refusal> {
        Ok((!value.is_zero()).then(|| Size::of(value)))
    }

    fn dyadic(&self, mantissa: i64, exponent: i32) -> Result<Bound, Refusal> {
        let norm = || Norm::round_up(u128::from(mantissa.unsigned_abs()), i64::from(exponent));
        let two = u64::from(exponent.min(0).unsigned_abs());
        Ok((mantissa != 0).then(|| Size { degree: 0, two, odd: 0, norm: norm() }))
    }

    fn zero(&self) -> Bound {
        None
    }

    fn add(&self, a: &Bound, b: &Bound) -> Bound {
        match (a, b) {
            (Some(a), Some(b)) => Some(Size { norm: a.norm.add(b.norm), ..a.join(*b) }),
            (bound, None) | (None, bound) => *bound,
        }
    }

    fn multiply(&self, a: &Bound, b: &Bound) -> Bound {
        let (a, b) = a.as_ref().zip(b.as_ref())?;
        Some(Size {
            degree: a.degree.saturating_add(b.degree),
            two: a.two.saturating_add(b.two),
            odd: a.odd.saturating_add(b.odd),
            norm: a.norm.multiply(b.norm),
        })
    }

    fn work(&self) -> &Work {
        self.work
    }

    fn cost(&self) -> u64 {
        12
    }
}

/// What is known of some polynomials together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Total {
    /// No monomial has a higher degree; `None` if there is no monomial. From 2^61 on no bound is known.
    pub degree: Option<u64>,
    /// `D f` has coefficients, integers, whose absolute values sum to at most `2^log2`; `None` if no bound is known.
    pub log2: Option<u64>,
}

impl Total {
    /// Of some bounds with the odd denominator `L`.
    pub(super) fn of(bounds: &[Bound], odd_denominator: &BigUint) -> Total {
        let Some(all) = bounds.iter().flatten().copied().reduce(Size::join) else {
            return Total { degree: None, log2: Some(0) };
        };
        // L < 2^bits, except that L = 1 takes none.
        let bits = if odd_denominator.is_one() { 0 } else { odd_denominator.bits() };
        let log2 = || {
            let odd = i128::from(all.odd) * i128::from(bits);
            let sum = i128::from(all.two) + odd + i128::from(all.norm.log2()?);
            u64::try_from(sum.max(0)).ok().filter(|&sum| sum < 1 << 61)
        };
        Total { degree: Some(all.degree), log2: log2() }
    }

    /// The degree, 0 for the zero polynomial.
    pub(super) fn degree(&self) -> Result<u64, Refusal> {
        let degree = self.degree.unwrap_or(0);
        if degree < 1 << 61 { Ok(degree) } else { Err(incomplete("the degree is 2^61 or more")) }
    }

    /// The bound on the size.
    pub(super) fn log2(&self) -> Result<u64, Refusal> {
        self.log2.ok_or_else(|| incomplete("coefficients may have more than 2^61 bits"))
    }
}

/// The natural number as a rational.
pub(super) fn natural(value: u64) -> BigRational {
    BigRational::from_integer(BigInt::from(value))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rational(n: i64, d: i64) -> BigRational {
        BigRational::new(n.into(), d.into())
    }

    /// 1 is 2^31 * 2^-31; 1/3 is 0x55555555.5.. * 2^-32 = 0xAAAAAAAA.A.. * 2^-33, so 0xAAAAAAAB * 2^-33; and
    /// 2^32 + 1 has 33 bits: half of it, rounded up.
    #[test]
    fn norms_round_up_to_32_bits() {
        let norm = |n, d| Norm::of(&rational(n, d));
        assert_eq!(norm(1, 1), Norm { mantissa: 1 << 31, exponent: -31 });
        assert_eq!(norm(-1, 3), Norm { mantissa: 0xAAAA_AAAB, exponent: -33 });
        assert_eq!(norm((1 << 32) + 1, 1), Norm { mantissa: (1 << 31) + 1, exponent: 1 });
        assert_eq!(norm((1 << 32) - 1, 1), Norm { mantissa: (1 << 32) - 1, exponent: 0 });
        // 2^33 - 1 rounds up to 2^33.
        assert_eq!(norm((1 << 33) - 1, 1), Norm { mantissa: 1 << 31, exponent: 2 });
        assert_eq!(norm(3, 1).add(norm(5, 1)), norm(8, 1));
        assert_eq!(norm(3, 1).multiply(norm(5, 7)).multiply(norm(7, 5)).log2(), Some(2));
        assert_eq!(norm(1, 1).add(norm(1, 1 << 40)), Norm { mantissa: (1 << 31) + 1, exponent: -31 });
        assert_eq!((norm(4, 1).log2(), norm(5, 1).log2(), norm(1, 8).log2()), (Some(2), Some(3), Some(-3)));
    }

    /// Against exact rationals: never below, and off by less than one part in 2^31.
    #[test]
    fn norms_are_the_least_upper_bounds() {
        let exact = |norm: Norm| {
            let power = |e: i64| BigRational::from_integer(BigInt::one() << e);
            let mantissa = natural(norm.mantissa);
            if norm.exponent >= 0 {
                mantissa * power(norm.exponent)
            } else {
                mantissa / power(-norm.exponent)
            }
        };
        let below = |norm: Norm| {
            let mut less = norm;
            less.mantissa -= 1;
            if less.mantissa >> 31 == 0 { None } else { Some(exact(less)) }
        };
        let check = |norm: Norm, value: BigRational| {
            assert!(exact(norm) >= value, "{value}");
            assert!(below(norm).is_none_or(|less| less < value), "{value}");
        };
        let mut x = 1u64;
        let mut next = || {
            x = x.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            rational(1 + (x >> 3 >> (x % 50)) as i64, 1 + (x >> 20 >> (x % 37)) as i64)
        };
        for _ in 0..2_000 {
            let (a, b) = (next(), next());
            let (m, n) = (Norm::of(&a), Norm::of(&b));
            check(m, a);
            check(m.multiply(n), exact(m) * exact(n));
            check(m.add(n), exact(m) + exact(n));
        }
    }

    /// Squared 70 times, the exponent does not fit: unknown, and never again known.
    #[test]
    fn what_is_too_large_stays_unknown() {
        let mut large = Norm::of(&rational(3, 1));
        let mut small = Norm::of(&rational(1, 3));
        for _ in 0..70 {
            (large, small) = (large.multiply(large), small.multiply(small));
        }
        assert_eq!(large.log2(), None);
        assert_eq!(large.multiply(small).log2(), None);
        assert_eq!(large.add(small).log2(), None);
        assert!(small.log2().is_some_and(|log2| log2 < -(1 << 60)));
    }
}
