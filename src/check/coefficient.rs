//! Coefficients of the values in `rewrite`: rationals other than zero, short where they can be.

use std::rc::Rc;

use num_bigint::{BigInt, Sign};
use num_integer::Integer;
use num_rational::BigRational;
use num_traits::{One, Zero};

use super::outcome::Work;

/// A rational that is not zero. A number has one form only: the short one if it has that.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum Coefficient {
    /// `mantissa * 2^exponent`, the mantissa odd.
    Short { mantissa: i64, exponent: i32 },
    /// Any other.
    Long(Rc<BigRational>),
}

/// Short exponents stay below this.
const EXPONENT: i64 = 1 << 20;
/// Longer numbers are not computed.
const LONGEST: u64 = 1 << 20;

impl Coefficient {
    pub(super) const ONE: Coefficient = Coefficient::Short { mantissa: 1, exponent: 0 };

    /// The coefficient `mantissa * 2^exponent`; `None` for zero.
    pub(super) fn dyadic(mantissa: i64, exponent: i32) -> Option<Coefficient> {
        Coefficient::from_wide(i128::from(mantissa), i64::from(exponent))
    }

    fn from_wide(mantissa: i128, exponent: i64) -> Option<Coefficient> {
        if mantissa == 0 {
            return None;
        }
        let zeros = mantissa.trailing_zeros();
        let exponent = exponent + i64::from(zeros);
        match i64::try_from(mantissa >> zeros) {
            Ok(mantissa) if exponent.abs() < EXPONENT && mantissa != i64::MIN => {
                Some(Coefficient::Short { mantissa, exponent: exponent as i32 })
            }
            _ => {
                let power = BigInt::one() << exponent.unsigned_abs();
                let mantissa = BigInt::from(mantissa >> zeros);
                let value =
                    if exponent < 0 { BigRational::new(mantissa, power) } else { (mantissa * power).into() };
                Some(Coefficient::Long(Rc::new(value)))
            }
        }
    }

    /// Of a number; `None` for zero.
    pub(super) fn of(value: &BigRational) -> Option<Coefficient> {
        if value.is_zero() {
            return None;
        }
        let down = value.denom().trailing_zeros().unwrap_or(0);
        let up = value.numer().trailing_zeros().unwrap_or(0);
        let exponent = up as i64 - down as i64;
        if value.denom().bits() == down + 1
            && exponent.abs() < EXPONENT
            && let Ok(mantissa) = i64::try_from(value.numer() >> up)
            && mantissa != i64::MIN
        {
            return Some(Coefficient::Short { mantissa, exponent: exponent as i32 });
        }
        Some(Coefficient::Long(Rc::new(value.clone())))
    }

    pub(super) fn rational(&self) -> BigRational {
        match self {
            Coefficient::Long(value) => (**value).clone(),
            Coefficient::Short { mantissa, exponent } => {
                let power = BigInt::one() << exponent.unsigned_abs();
                let mantissa = BigInt::from(*mantissa);
                // The mantissa is odd: the fraction is in lowest terms.
                if *exponent < 0 { BigRational::new_raw(mantissa, power) } else { (mantissa * power).into() }
            }
        }
    }

    /// Announces work on long numbers; `false` when they are too long.
    fn fits(&self, other: &Coefficient, work: &Work) -> bool {
        let bits = |coefficient: &Coefficient| match coefficient {
            Coefficient::Short { exponent, .. } => 64 + u64::from(exponent.unsigned_abs()),
            Coefficient::Long(value) => value.numer().bits() + value.denom().bits(),
        };
        let bits = bits(self) + bits(other);
        work.spend(if bits > LONGEST { u64::MAX } else { 500 + bits })
    }

    pub(super) fn multiply(&self, other: &Coefficient, work: &Work) -> Coefficient {
        if let (
            Coefficient::Short { mantissa: m, exponent: e },
            Coefficient::Short { mantissa: n, exponent: f },
        ) = (self, other)
        {
            let (mantissa, exponent) = (i128::from(*m) * i128::from(*n), i64::from(*e) + i64::from(*f));
            if i64::try_from(mantissa).is_ok() && exponent.abs() < EXPONENT {
                // A product of odd numbers is odd.
                return Coefficient::Short { mantissa: mantissa as i64, exponent: exponent as i32 };
            }
        }
        if !self.fits(other, work) {
            return Coefficient::ONE;
        }
        Coefficient::of(&(self.rational() * other.rational())).unwrap_or(Coefficient::ONE)
    }

    /// The sum; `None` for zero.
    pub(super) fn add(&self, other: &Coefficient, work: &Work) -> Option<Coefficient> {
        if let (
            Coefficient::Short { mantissa: m, exponent: e },
            Coefficient::Short { mantissa: n, exponent: f },
        ) = (self, other)
        {
            let least = e.min(f);
            let (up_m, up_n) = (e.abs_diff(*least), f.abs_diff(*least));
            if up_m < 60 && up_n < 60 {
                return Coefficient::from_wide(
                    (i128::from(*m) << up_m) + (i128::from(*n) << up_n),
                    i64::from(*least),
                );
            }
        }
        if !self.fits(other, work) {
            return Some(Coefficient::ONE);
        }
        Coefficient::of(&(self.rational() + other.rational()))
    }
}

/// Terms as a factor times terms whose coefficients are integers without a common divisor after multiplying with a
/// power of two, the first one with exponent 0 and positive: two sums have the same such terms exactly if one is a
/// multiple of the other.
pub(super) fn primitive<P>(
    terms: Vec<(P, Coefficient)>,
    work: &Work,
) -> (Coefficient, Vec<(P, Coefficient)>) {
    let short = |(_, coefficient): &(P, Coefficient)| matches!(coefficient, Coefficient::Short { .. });
    if !terms.iter().all(short) {
        return primitive_long(terms, work);
    }
    let (mut divisor, mut first) = (0i64, None);
    for (_, coefficient) in &terms {
        if let Coefficient::Short { mantissa, exponent } = coefficient {
            divisor = if divisor == 1 { 1 } else { divisor.gcd(mantissa) };
            first.get_or_insert((*mantissa, *exponent));
        }
    }
    let (leading, shift) = first.unwrap_or((1, 0));
    let divisor = if leading < 0 { -divisor } else { divisor };
    let divided = |coefficient: Coefficient| match coefficient {
        Coefficient::Short { mantissa, exponent } => {
            Coefficient::Short { mantissa: mantissa / divisor, exponent: exponent.saturating_sub(shift) }
        }
        long => long,
    };
    let row = terms.into_iter().map(|(product, coefficient)| (product, divided(coefficient))).collect();
    (Coefficient::Short { mantissa: divisor, exponent: shift }, row)
}

/// The same for any numbers.
fn primitive_long<P>(terms: Vec<(P, Coefficient)>, work: &Work) -> (Coefficient, Vec<(P, Coefficient)>) {
    let values: Vec<BigRational> = terms.iter().map(|(_, coefficient)| coefficient.rational()).collect();
    let odd = |number: &BigInt| number >> number.trailing_zeros().unwrap_or(0);
    // The content: the odd parts of the greatest common divisor of numerators over the least common multiple of
    // denominators, with the sign and the power of two of the first coefficient.
    let mut numerator = BigInt::zero();
    let mut denominator = BigInt::one();
    for value in &values {
        work.spend(500 + value.numer().bits() + value.denom().bits() + denominator.bits());
        numerator = numerator.gcd(&odd(value.numer()));
        if denominator.bits() < LONGEST {
            denominator = denominator.lcm(&odd(value.denom()));
        } else {
            work.spend(u64::MAX);
        }
    }
    let Some(first) = values.first() else { return (Coefficient::ONE, terms) };
    let mut factor = BigRational::new(numerator, denominator);
    let zeros = |number: &BigInt| number.trailing_zeros().unwrap_or(0);
    factor *= BigRational::new(BigInt::one() << zeros(first.numer()), BigInt::one() << zeros(first.denom()));
    if first.numer().sign() == Sign::Minus {
        factor = -factor;
    }
    let divided = |value: &BigRational| Coefficient::of(&(value / &factor)).unwrap_or(Coefficient::ONE);
    let row = terms.into_iter().zip(&values).map(|((product, _), value)| (product, divided(value))).collect();
    (Coefficient::of(&factor).unwrap_or(Coefficient::ONE), row)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rational(n: i64, d: i64) -> BigRational {
        BigRational::new(n.into(), d.into())
    }

    /// Short and long coefficients against plain rationals.
    #[test]
    fn sums_and_products_are_exact() {
        let work = Work::new();
        let values: Vec<BigRational> = [
            (1, 1),
            (-3, 4),
            (5, 3),
            (i64::MAX, 1),
            (7, 1 << 40),
            (-1, i64::MAX),
            (3 << 40, 1),
            (-7, 1 << 40),
        ]
        .map(|(n, d)| rational(n, d))
        .to_vec();
        for a in &values {
            for b in &values {
                let (x, y) = (Coefficient::of(a).unwrap(), Coefficient::of(b).unwrap());
                assert_eq!(x.multiply(&y, &work), Coefficient::of(&(a * b)).unwrap(), "{a} * {b}");
                assert_eq!(x.add(&y, &work), Coefficient::of(&(a + b)), "{a} + {b}");
                assert_eq!(x.rational(), *a);
            }
        }
    }

    /// Multiples have the same primitive row, with factors in the same ratio; others do not.
    #[test]
    fn multiples_have_one_primitive_row() {
        let work = Work::new();
        let row = |values: &[(i64, i64)], factor: &BigRational| -> Vec<(usize, Coefficient)> {
            let scaled = values.iter().map(|&(n, d)| Coefficient::of(&(rational(n, d) * factor)).unwrap());
            scaled.enumerate().collect()
        };
        let factors = [(1, 1), (-2, 1), (3, 4), (1, 3), (-7, 15), (i64::MAX, 2)].map(|(n, d)| rational(n, d));
        for values in
            [&[(6, 1), (-9, 2), (15, 8)][..], &[(1, 3), (5, 7)], &[(-4, 1)], &[(1, 10), (3, 10), (7, 100)]]
        {
            let (one, expected) = primitive(row(values, &rational(1, 1)), &work);
            for factor in &factors {
                let (other, found) = primitive(row(values, factor), &work);
                assert_eq!(found, expected);
                assert_eq!(other.rational(), one.rational() * factor);
            }
        }
        let different = primitive(row(&[(6, 1), (-9, 2), (15, 16)], &rational(1, 1)), &work).1;
        assert_ne!(different, primitive(row(&[(6, 1), (-9, 2), (15, 8)], &rational(1, 1)), &work).1);
    }
}
