//! Exact rational coefficients that are small when the number is: an odd mantissa and a power of two, which
//! holds every float, and fractions of any length for the rest.
//!
//! Every number has one representation, so equality and hashing are structural. Numbers beyond any reasonable
//! length are not formed: operations return `None`.

use std::sync::Arc;

use num_bigint::{BigInt, BigUint};
use num_integer::Integer;
use num_rational::BigRational;
use num_traits::{One, Signed, ToPrimitive, Zero};

/// The largest magnitude of an exponent of two. Differences of exponents fit an `i32`.
const MAX_EXPONENT: i64 = (1 << 30) - 1;
/// The longest numerator or denominator, and the longest shift to align two numbers, in bits.
const MAX_BITS: u64 = 1 << 14;

/// `mantissa * 2^exponent` or `ratio * 2^exponent`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Coefficient {
    /// Zero is `0 * 2^0`; else the mantissa is odd.
    Short {
        /// Odd, or zero.
        mantissa: i64,
        /// The power of two.
        exponent: i32,
    },
    /// What does not fit there. Numerator and denominator are odd.
    Long(Arc<Long>),
}

/// A fraction of odd numbers times a power of two.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Long {
    ratio: BigRational,
    exponent: i32,
}

fn checked_exponent(exponent: i64) -> Option<i32> {
    (exponent.abs() <= MAX_EXPONENT).then_some(exponent as i32)
}

fn bits(ratio: &BigRational) -> u64 {
    ratio.numer().bits().max(ratio.denom().bits())
}

impl Coefficient {
    pub const ZERO: Coefficient = Coefficient::Short { mantissa: 0, exponent: 0 };
    pub const ONE: Coefficient = Coefficient::Short { mantissa: 1, exponent: 0 };

    /// `mantissa * 2^exponent`, whatever the mantissa.
    pub fn dyadic(mantissa: i64, exponent: i32) -> Option<Coefficient> {
        if mantissa == 0 {
            return Some(Coefficient::ZERO);
        }
        let shift = mantissa.trailing_zeros();
        let exponent = checked_exponent(i64::from(exponent) + i64::from(shift))?;
        Some(Coefficient::Short { mantissa: mantissa >> shift, exponent })
    }

    pub fn from_rational(value: &BigRational) -> Option<Coefficient> {
        Coefficient::normal(value.clone(), 0)
    }

    /// `ratio * 2^exponent`, whatever the ratio.
    fn normal(ratio: BigRational, exponent: i64) -> Option<Coefficient> {
        if ratio.is_zero() {
            return Some(Coefficient::ZERO);
        }
        if bits(&ratio) > MAX_BITS {
            return None;
        }
        let up = ratio.numer().trailing_zeros().unwrap_or(0);
        let down = ratio.denom().trailing_zeros().unwrap_or(0);
        let exponent = checked_exponent(exponent + up as i64 - down as i64)?;
        let ratio = if up == 0 && down == 0 {
            ratio
        } else {
            // One of the two is odd already, and dividing by two leaves them coprime.
            BigRational::new_raw(ratio.numer() >> up, ratio.denom() >> down)
        };
        Some(match ratio.numer().to_i64() {
            Some(mantissa) if ratio.denom().is_one() => Coefficient::Short { mantissa, exponent },
            _ => Coefficient::Long(Arc::new(Long { ratio, exponent })),
        })
    }

    /// The odd part and the exponent of two.
    fn parts(&self) -> (BigRational, i32) {
        match self {
            Coefficient::Short { mantissa, exponent } => {
                (BigRational::from_integer(BigInt::from(*mantissa)), *exponent)
            }
            Coefficient::Long(long) => (long.ratio.clone(), long.exponent),
        }
    }

    /// The number, unless it is too long to write down.
    pub fn rational(&self) -> Option<BigRational> {
        let (ratio, exponent) = self.parts();
        let shift = exponent.unsigned_abs() as usize;
        if shift as u64 > MAX_BITS {
            return None;
        }
        let power = BigInt::one() << shift;
        Some(if exponent >= 0 { ratio * power } else { ratio / power })
    }

    pub fn is_zero(&self) -> bool {
        matches!(self, Coefficient::Short { mantissa: 0, .. })
    }

    pub fn multiply(&self, other: &Coefficient) -> Option<Coefficient> {
        use Coefficient::Short;
        if let (Short { mantissa: a, exponent: e }, Short { mantissa: b, exponent: f }) = (self, other) {
            if *a == 0 || *b == 0 {
                return Some(Coefficient::ZERO);
            }
            if let Some(mantissa) = a.checked_mul(*b) {
                // A product of odd numbers is odd.
                let exponent = checked_exponent(i64::from(*e) + i64::from(*f))?;
                return Some(Short { mantissa, exponent });
            }
        }
        let ((a, e), (b, f)) = (self.parts(), other.parts());
        Coefficient::normal(a * b, i64::from(e) + i64::from(f))
    }

    /// The quotient by a number that is not zero.
    pub fn divide(&self, other: &Coefficient) -> Option<Coefficient> {
        if other.is_zero() {
            return None;
        }
        let ((a, e), (b, f)) = (self.parts(), other.parts());
        Coefficient::normal(a / b, i64::from(e) - i64::from(f))
    }
}

/// An exact sum of products.
#[derive(Clone, Debug, Default)]
pub(crate) struct Sum {
    mantissa: i128,
    exponent: i32,
    /// What did not fit, already added up.
    long: Option<(BigRational, i32)>,
}

impl Sum {
    /// Adds `a * b`.
    pub fn add_product(&mut self, a: &Coefficient, b: &Coefficient) -> Option<()> {
        use Coefficient::Short;
        if let (Short { mantissa: a, exponent: e }, Short { mantissa: b, exponent: f }) = (a, b) {
            let product = i128::from(*a) * i128::from(*b);
            let exponent = checked_exponent(i64::from(*e) + i64::from(*f))?;
            return self.add_dyadic(product, exponent);
        }
        let product = a.multiply(b)?;
        let (ratio, exponent) = product.parts();
        self.add_long(ratio, exponent)
    }

    fn add_dyadic(&mut self, mantissa: i128, exponent: i32) -> Option<()> {
        if mantissa == 0 {
            return Some(());
        }
        if self.mantissa == 0 {
            (self.mantissa, self.exponent) = (mantissa, exponent);
            return Some(());
        }
        let low = self.exponent.min(exponent);
        let sum = match (shifted(self.mantissa, self.exponent - low), shifted(mantissa, exponent - low)) {
            (Some(a), Some(b)) => a.checked_add(b),
            _ => None,
        };
        match sum {
            Some(sum) => (self.mantissa, self.exponent) = (sum, low),
            None => {
                let spilled = BigRational::from_integer(BigInt::from(self.mantissa));
                let spilled_exponent = self.exponent;
                (self.mantissa, self.exponent) = (mantissa, exponent);
                self.add_long(spilled, spilled_exponent)?;
            }
        }
        Some(())
    }

    fn add_long(&mut self, ratio: BigRational, exponent: i32) -> Option<()> {
        self.long = Some(match self.long.take() {
            None => (ratio, exponent),
            Some((long, long_exponent)) => {
                let low = long_exponent.min(exponent);
                let lift = |ratio: BigRational, by: i32| -> Option<BigRational> {
                    (by as u64 <= MAX_BITS).then(|| ratio * (BigInt::one() << by as usize))
                };
                let sum = lift(long, long_exponent - low)? + lift(ratio, exponent - low)?;
                if bits(&sum) > 2 * MAX_BITS {
                    return None;
                }
                (sum, low)
            }
        });
        Some(())
    }

    pub fn finish(mut self) -> Option<Coefficient> {
        if self.long.is_none() {
            if self.mantissa == 0 {
                return Some(Coefficient::ZERO);
            }
            let shift = self.mantissa.trailing_zeros();
            if let Ok(mantissa) = i64::try_from(self.mantissa >> shift) {
                let exponent = checked_exponent(i64::from(self.exponent) + i64::from(shift))?;
                return Some(Coefficient::Short { mantissa, exponent });
            }
        }
        if self.mantissa != 0 {
            self.add_long(BigRational::from_integer(BigInt::from(self.mantissa)), self.exponent)?;
        }
        let (ratio, exponent) = self.long?;
        Coefficient::normal(ratio, i64::from(exponent))
    }
}

/// `value * 2^by`, if it fits.
fn shifted(value: i128, by: i32) -> Option<i128> {
    (by < 127 && value.unsigned_abs().leading_zeros() as i32 > by + 1).then(|| value << by)
}

/// Numbers `mantissa * 2^exponent` of one exponent. Long sums of products of such numbers are made without a
/// look at every exponent.
#[derive(Debug)]
pub(crate) struct Aligned {
    mantissas: Vec<i64>,
    exponent: i32,
    /// No mantissa has more bits.
    bits: u32,
}

impl Aligned {
    /// `None` when a number does not fit.
    pub fn new<'a>(values: impl Iterator<Item = &'a Coefficient> + Clone) -> Option<Aligned> {
        let mut lowest = i32::MAX;
        for value in values.clone() {
            let Coefficient::Short { mantissa, exponent } = value else { return None };
            if *mantissa != 0 {
                lowest = lowest.min(*exponent);
            }
        }
        let (mut mantissas, mut bits) = (Vec::new(), 0);
        for value in values {
            let Coefficient::Short { mantissa, exponent } = value else { return None };
            let mantissa = match mantissa {
                0 => 0,
                _ => i64::try_from(shifted(i128::from(*mantissa), exponent.checked_sub(lowest)?)?).ok()?,
            };
            bits = bits.max(u64::BITS - mantissa.unsigned_abs().leading_zeros());
            mantissas.push(mantissa);
        }
        Some(Aligned { mantissas, exponent: if lowest == i32::MAX { 0 } else { lowest }, bits })
    }

    /// The sum of the products of these numbers with those of `row` at some positions, one for each. `None`
    /// when a sum might not fit: `n` products of numbers below `2^a` and `2^b` are below `2^(a + b + l)` in
    /// sum, for `n <= 2^l`.
    pub fn product(&self, row: &Aligned, positions: impl Iterator<Item = usize>) -> Option<Coefficient> {
        let growth = usize::BITS - self.mantissas.len().leading_zeros();
        if self.bits + row.bits + growth > i128::BITS - 2 {
            return None;
        }
        let mut mantissa = 0i128;
        for (a, position) in self.mantissas.iter().zip(positions) {
            mantissa += i128::from(*a) * i128::from(row.mantissas[position]);
        }
        // Exponents are below 2^30.
        Sum { mantissa, exponent: self.exponent + row.exponent, long: None }.finish()
    }
}

/// Divides numbers that are not zero by their content, so that they become integers without a common divisor,
/// the first of them positive. The content is returned: a list of numbers is its content times its primitive
/// part, and two lists are proportional exactly if their primitive parts are the same.
pub(crate) fn make_primitive(values: &mut [Coefficient]) -> Option<Coefficient> {
    let mut gcd = 0u64;
    let mut lowest = i32::MAX;
    for value in values.iter() {
        let Coefficient::Short { mantissa, exponent } = value else { return make_primitive_long(values) };
        lowest = lowest.min(*exponent);
        if gcd != 1 {
            gcd = gcd.gcd(&mantissa.unsigned_abs());
        }
    }
    let Some(Coefficient::Short { mantissa: first, .. }) = values.first() else {
        return Some(Coefficient::ONE);
    };
    let Ok(gcd) = i64::try_from(gcd) else { return make_primitive_long(values) };
    let content = if *first < 0 { -gcd } else { gcd };
    if content != 1 && values.iter().any(|v| matches!(v, Coefficient::Short { mantissa: i64::MIN, .. })) {
        return make_primitive_long(values);
    }
    for value in values.iter_mut() {
        if let Coefficient::Short { mantissa, exponent } = value {
            if content != 1 {
                *mantissa /= content;
            }
            *exponent = checked_exponent(i64::from(*exponent) - i64::from(lowest))?;
        }
    }
    Coefficient::dyadic(content, lowest)
}

/// The same for numbers of any length.
fn make_primitive_long(values: &mut [Coefficient]) -> Option<Coefficient> {
    let parts: Vec<(BigRational, i32)> = values.iter().map(Coefficient::parts).collect();
    let (mut gcd, mut lcm) = (BigUint::zero(), BigUint::one());
    for (ratio, _) in &parts {
        // Most lists have no common divisor, as a few of their numbers show.
        if !gcd.is_one() {
            gcd = gcd.gcd(ratio.numer().magnitude());
        }
        if !ratio.denom().is_one() {
            lcm = lcm.lcm(ratio.denom().magnitude());
        }
        if lcm.bits() > MAX_BITS {
            return None;
        }
    }
    let Some((first, _)) = parts.first() else { return Some(Coefficient::ONE) };
    let mut content = BigRational::new(BigInt::from(gcd), BigInt::from(lcm));
    if first.is_negative() {
        content = -content;
    }
    let lowest = parts.iter().map(|part| part.1).min().unwrap_or(0);
    for (value, (ratio, exponent)) in values.iter_mut().zip(&parts) {
        let ratio = match (content.numer().magnitude().is_one(), content.denom().is_one()) {
            (true, true) if content.is_positive() => ratio.clone(),
            (true, true) => -ratio,
            _ => ratio / &content,
        };
        *value = Coefficient::normal(ratio, i64::from(*exponent) - i64::from(lowest))?;
    }
    Coefficient::normal(content, i64::from(lowest))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn rational(n: i64, d: i64) -> BigRational {
        BigRational::new(n.into(), d.into())
    }

    fn coefficient(n: i64, d: i64) -> Coefficient {
        Coefficient::from_rational(&rational(n, d)).unwrap()
    }

    /// 12 = 3 * 2^2, 5/8 = 5 * 2^-3, 2/3 = (1/3) * 2^1; 0 has one form.
    #[test]
    fn representations_by_hand() {
        assert_eq!(coefficient(12, 1), Coefficient::Short { mantissa: 3, exponent: 2 });
        assert_eq!(coefficient(-5, 8), Coefficient::Short { mantissa: -5, exponent: -3 });
        assert_eq!(
            coefficient(2, 3),
            Coefficient::Long(Arc::new(Long { ratio: rational(1, 3), exponent: 1 }))
        );
        assert_eq!(coefficient(0, 7), Coefficient::ZERO);
        assert_eq!(Coefficient::dyadic(0, 9), Some(Coefficient::ZERO));
        assert_eq!(Coefficient::dyadic(i64::MIN, 0), Some(Coefficient::Short { mantissa: -1, exponent: 63 }));
    }

    /// (6, -4/3, 10) = 2/3 * (9, -2, 15); with the first negative the content is negative. (2^-40, 3 * 2^80)
    /// = 2^-40 * (1, 3 * 2^120).
    #[test]
    fn primitive_parts_by_hand() {
        let mut values = [coefficient(6, 1), coefficient(-4, 3), coefficient(10, 1)];
        assert_eq!(make_primitive(&mut values), Some(coefficient(2, 3)));
        assert_eq!(values, [coefficient(9, 1), coefficient(-2, 1), coefficient(15, 1)]);
        let mut values = [coefficient(-6, 1), coefficient(4, 1)];
        assert_eq!(make_primitive(&mut values), Some(coefficient(-2, 1)));
        assert_eq!(values, [coefficient(3, 1), coefficient(-2, 1)]);
        let mut values = [Coefficient::dyadic(1, -40).unwrap(), Coefficient::dyadic(3, 80).unwrap()];
        assert_eq!(make_primitive(&mut values), Coefficient::dyadic(1, -40));
        assert_eq!(values, [Coefficient::ONE, Coefficient::dyadic(3, 120).unwrap()]);
        // The most negative mantissa has no opposite among the short ones: -3 * 2^0 and -(2^63 - 1).
        let mut values = [coefficient(-3, 1), coefficient(i64::MIN + 1, 1)];
        assert_eq!(make_primitive(&mut values), Some(coefficient(-1, 1)));
        assert_eq!(values, [coefficient(3, 1), coefficient(i64::MAX, 1)]);
    }

    #[test]
    fn nothing_too_long_is_formed() {
        let huge = Coefficient::dyadic(1, MAX_EXPONENT as i32).unwrap();
        let tiny = Coefficient::dyadic(1, -MAX_EXPONENT as i32).unwrap();
        assert_eq!(Coefficient::dyadic(1, 1 << 30), None);
        assert_eq!(huge.multiply(&coefficient(2, 1)), None);
        assert_eq!(huge.rational(), None);
        let mut sum = Sum::default();
        sum.add_product(&huge, &coefficient(1, 3)).unwrap();
        assert_eq!(sum.add_product(&coefficient(1, 3), &Coefficient::ONE), None);
        // Dyadic numbers that are far apart are no better, as far as can be.
        for other in [Coefficient::ONE, tiny.clone()] {
            let mut sum = Sum::default();
            sum.add_product(&huge, &Coefficient::ONE).unwrap();
            sum.add_product(&other, &Coefficient::ONE).unwrap();
            assert_eq!(sum.finish(), None);
        }
        assert_eq!(make_primitive(&mut [huge, tiny]), None);
    }

    /// (3, 0, -5/4) with (1/2, 7, 2) in the order 2, 0, 1 is 3 * 2 - 5/4 * 7 = -11/4. The squares of three
    /// numbers below 2^61 fit, but not of three below 2^63, nor numbers that are 2^64 apart, nor thirds.
    #[test]
    fn aligned_sums_by_hand() {
        let aligned = |values: &[Coefficient]| Aligned::new(values.iter());
        let three = aligned(&[coefficient(3, 1), Coefficient::ZERO, coefficient(-5, 4)]).unwrap();
        let row = aligned(&[coefficient(1, 2), coefficient(7, 1), coefficient(2, 1)]).unwrap();
        assert_eq!(three.product(&row, [2, 0, 1].into_iter()), Some(coefficient(-11, 4)));
        let zeros = aligned(&[Coefficient::ZERO, Coefficient::ZERO]).unwrap();
        assert_eq!(zeros.product(&row, [0, 1].into_iter()), Some(Coefficient::ZERO));
        assert_eq!(aligned(&[]).unwrap().product(&row, [].into_iter()), Some(Coefficient::ZERO));
        let long = |bits: u32| coefficient(i64::MAX >> (63 - bits), 1);
        let product = |bits: u32| {
            let list = aligned(&[long(bits), long(bits), long(bits)]).unwrap();
            list.product(&list, 0..3)
        };
        let square = BigRational::from_integer(BigInt::from((1i128 << 61) - 1).pow(2) * 3);
        assert_eq!(product(61), Coefficient::from_rational(&square));
        assert!(product(61).is_some() && product(63).is_none());
        assert!(aligned(&[coefficient(1, 1), Coefficient::dyadic(1, 64).unwrap()]).is_none());
        assert!(aligned(&[coefficient(1, 3)]).is_none());
    }

    fn any_coefficient() -> impl Strategy<Value = BigRational> {
        let dyadic = (any::<i64>(), -70i32..70).prop_map(|(mantissa, exponent)| {
            let power = BigRational::from_integer(BigInt::one() << exponent.unsigned_abs() as usize);
            let mantissa = BigRational::from_integer(mantissa.into());
            if exponent < 0 { mantissa / power } else { mantissa * power }
        });
        let small = (-9i64..=9, 1i64..=6).prop_map(|(n, d)| rational(n, d));
        let long = (any::<i64>(), 1..=i64::MAX).prop_map(|(n, d)| rational(n, d));
        prop_oneof![2 => dyadic, 3 => small, 1 => long]
    }

    proptest! {
        /// Against the rationals: products, quotients, sums of products and primitive parts.
        #[test]
        fn agrees_with_rationals(values in prop::collection::vec(any_coefficient(), 2..8)) {
            let short: Vec<Coefficient> =
                values.iter().map(|v| Coefficient::from_rational(v).unwrap()).collect();
            for (value, coefficient) in values.iter().zip(&short) {
                prop_assert_eq!(&coefficient.rational().unwrap(), value);
                prop_assert_eq!(coefficient.is_zero(), value.is_zero());
            }
            let (mut sum, mut expected) = (Sum::default(), BigRational::zero());
            for (pair, two) in values.windows(2).zip(short.windows(2)) {
                let product = two[0].multiply(&two[1]).unwrap();
                prop_assert_eq!(&product, &Coefficient::from_rational(&(&pair[0] * &pair[1])).unwrap());
                if !pair[1].is_zero() {
                    let quotient = two[0].divide(&two[1]).unwrap();
                    prop_assert_eq!(quotient.rational().unwrap(), &pair[0] / &pair[1]);
                }
                sum.add_product(&two[0], &two[1]).unwrap();
                expected += &pair[0] * &pair[1];
            }
            let sum = sum.finish().unwrap();
            prop_assert_eq!(&sum, &Coefficient::from_rational(&expected).unwrap());
            // What can be aligned has the same sum of products.
            let aligned = Aligned::new(short[1..].iter()).zip(Aligned::new(short.iter()));
            if let Some(aligned) = aligned.and_then(|(tail, all)| tail.product(&all, 0..short.len() - 1)) {
                prop_assert_eq!(aligned, sum);
            }
            let mut primitive: Vec<Coefficient> = short.iter().filter(|v| !v.is_zero()).cloned().collect();
            let original = primitive.clone();
            let content = make_primitive(&mut primitive).unwrap();
            for (primitive, original) in primitive.iter().zip(&original) {
                prop_assert_eq!(&primitive.multiply(&content).unwrap(), original);
                prop_assert!(primitive.rational().unwrap().is_integer());
            }
            // Any multiple has the same primitive part, up to the sign that the content takes.
            let factor = Coefficient::from_rational(&values[0]).unwrap();
            if !factor.is_zero() {
                let mut multiple: Vec<Coefficient> =
                    original.iter().map(|v| v.multiply(&factor).unwrap()).collect();
                make_primitive(&mut multiple).unwrap();
                prop_assert_eq!(multiple, primitive);
            }
        }
    }
}
