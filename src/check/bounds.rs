//! Proven bounds on degrees, denominators and sizes: a network evaluated over bounds.

use num_bigint::BigUint;

use super::evaluate::Ring;
use super::number::{Number, ceil_log2};
use super::outcome::{Refusal, Work, incomplete};

/// A bound on a polynomial: no monomial has a higher degree, and `L^power` times the polynomial has
/// coefficients that are integers, whose absolute values, before multiplication, sum to at most `2^bits`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Bound {
    pub degree: u64,
    pub power: u64,
    pub bits: i64,
}

/// Bounds from here on say nothing, and stay like this.
const UNKNOWN: i64 = 1 << 61;

impl Bound {
    /// Of a number, taken as a polynomial of this degree.
    pub(super) fn of(value: &Number, degree: u64) -> Bound {
        let integer = match value {
            Number::Short { exponent, .. } => *exponent >= 0,
            Number::Long(value) => value.is_integer(),
        };
        Bound { degree, power: u64::from(!integer), bits: ceil_log2(value) }
    }

    /// A bound that holds for whatever one of two holds for.
    pub(super) fn or(self, other: Bound) -> Bound {
        Bound {
            degree: self.degree.max(other.degree),
            power: self.power.max(other.power),
            bits: self.bits.max(other.bits),
        }
    }

    fn times(self, other: Bound) -> Bound {
        let known = self.bits.max(other.bits) < UNKNOWN;
        Bound {
            degree: self.degree.saturating_add(other.degree),
            power: self.power.saturating_add(other.power),
            bits: if known { (self.bits + other.bits).clamp(-UNKNOWN, UNKNOWN) } else { UNKNOWN },
        }
    }
}

/// The semiring of bounds; `None` is that of zero.
pub(super) struct Bounds<'w>(pub &'w Work);

impl Ring for Bounds<'_> {
    type Element = Option<Bound>;

    fn number(&self, value: &Number) -> Result<Option<Bound>, Refusal> {
        Ok((!value.is_zero()).then(|| Bound::of(value, 0)))
    }

    fn dot<'a>(&self, pairs: impl Iterator<Item = (&'a Option<Bound>, &'a Option<Bound>)>) -> Option<Bound> {
        let mut count = 0u64;
        let terms = pairs.filter_map(|(a, b)| Some(a.as_ref()?.times(*b.as_ref()?)));
        let all = terms.inspect(|_| count += 1).reduce(Bound::or)?;
        // A sum of k terms is at most k times the largest.
        let more = i64::from(64 - (count - 1).leading_zeros());
        Some(Bound { bits: all.bits.saturating_add(more).min(UNKNOWN), ..all })
    }

    fn work(&self) -> (&Work, u64) {
        (self.0, 12)
    }
}

/// The degree of some polynomials together, `None` if all are zero.
pub(super) fn degree(bounds: &[Option<Bound>]) -> Result<Option<u64>, Refusal> {
    let degree = bounds.iter().flatten().map(|bound| bound.degree).max();
    let large = degree.is_some_and(|degree| degree >= 1 << 61);
    if large { Err(incomplete("the degree is 2^61 or more")) } else { Ok(degree) }
}

/// The size of some polynomials together: for a common denominator `D`, a power of `L`, the coefficients of
/// `D f` are integers whose absolute values sum to at most 2 to the power of the size.
pub(super) fn size(bounds: &[Option<Bound>], denominator: &BigUint) -> Result<u64, Refusal> {
    let Some(all) = bounds.iter().flatten().copied().reduce(Bound::or) else { return Ok(0) };
    // The least n such that L is at most 2^n.
    let bits = (denominator - 1u8).bits();
    let size = i128::from(all.power) * i128::from(bits) + i128::from(all.bits);
    let known = all.bits < UNKNOWN && size < i128::from(UNKNOWN);
    u64::try_from(size.max(0))
        .ok()
        .filter(|_| known)
        .ok_or_else(|| incomplete("values may have more than 2^61 bits"))
}

#[cfg(test)]
mod tests {
    use num_rational::BigRational;

    use super::*;

    fn number(n: i64, d: i64) -> Number {
        Number::of(&BigRational::new(n.into(), d.into()))
    }

    /// 8 <= 2^3 < 9; 1/3 <= 2^-1, and 2/3 <= 2^0; -5/2 and 3 are at most 2^2.
    #[test]
    fn sizes_of_numbers() {
        let logs = [(8, 1), (9, 1), (1, 3), (2, 3), (-5, 2), (3, 1), (1, 1), (-1, 8), (7, 24)];
        let logs = logs.map(|(n, d)| ceil_log2(&number(n, d)));
        assert_eq!(logs, [3, 4, -1, 0, 2, 2, 0, -3, -1]);
    }

    /// (x/3 + 5 y) x: twice degree 1, over 3^1, and two terms of at most 2^3.
    #[test]
    fn sums_of_products() {
        let work = Work::new();
        let ring = Bounds(&work);
        let x = Some(Bound { degree: 1, power: 0, bits: 0 });
        let (third, five) = (ring.number(&number(1, 3)).unwrap(), ring.number(&number(5, 1)).unwrap());
        let sum = ring.dot([(&third, &x), (&five, &x)].into_iter());
        let product = ring.dot([(&sum, &x), (&None, &x)].into_iter());
        assert_eq!(product, Some(Bound { degree: 2, power: 1, bits: 4 }));
        assert_eq!(size(&[product, None], &3u8.into()).unwrap(), 2 + 4);
        assert_eq!(ring.dot(std::iter::empty()), None);
        assert_eq!(size(&[None], &3u8.into()).unwrap(), 0);
    }

    /// Squared 70 times, a bound is unknown, and multiplying with small numbers does not help.
    #[test]
    fn what_is_too_large_stays_unknown() {
        let (mut large, mut small) = (Bound::of(&number(3, 1), 1), Bound::of(&number(1, 3), 0));
        for _ in 0..70 {
            (large, small) = (large.times(large), small.times(small));
        }
        assert!(size(&[Some(large.times(small))], &1u8.into()).is_err());
        assert!(degree(&[Some(large)]).is_err());
        assert!(size(&[Some(small)], &3u8.into()).is_err());
    }
}
