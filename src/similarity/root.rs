//! Numbers that are square roots of rationals, with a sign: similarities and distances. They are compared and
//! written down exactly; no step goes through a float.

use std::cmp::Ordering;

use num_bigint::{BigInt, BigUint, Sign};
use num_integer::Integer;
use num_rational::BigRational;
use num_traits::{One, Pow, Signed, Zero};

/// The number `sign * sqrt(squared)`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Root {
    /// -1, 0 or 1.
    sign: i8,
    /// Not negative; zero exactly if the sign is 0.
    squared: BigRational,
}

impl Root {
    /// The number with the sign of `sign` and this square, which is not negative. The sign of a zero is 0.
    pub fn new(sign: &BigRational, squared: BigRational) -> Root {
        let sign = if squared.is_zero() { 0 } else { sign_of(sign) };
        Root { sign, squared: if sign == 0 { BigRational::zero() } else { squared.abs() } }
    }

    /// -1, 0 or 1.
    pub fn sign(&self) -> i8 {
        self.sign
    }

    /// The square.
    pub fn squared(&self) -> &BigRational {
        &self.squared
    }

    /// The number itself, when it is rational.
    pub fn rational(&self) -> Option<BigRational> {
        let root = |n: &BigUint| {
            let root = n.sqrt();
            (&root * &root == *n).then_some(root)
        };
        let numerator = BigInt::from(root(self.squared.numer().magnitude())?);
        let denominator = BigInt::from(root(self.squared.denom().magnitude())?);
        Some(BigRational::new(numerator * self.sign, denominator))
    }

    /// How it compares with a rational, exactly: by signs first, then by squares.
    pub fn compare(&self, bound: &BigRational) -> Ordering {
        match self.sign.cmp(&sign_of(bound)) {
            Ordering::Equal => {
                let by_magnitude = self.squared.cmp(&(bound * bound));
                if self.sign < 0 { by_magnitude.reverse() } else { by_magnitude }
            }
            unequal => unequal,
        }
    }

    /// The number to so many significant digits (at least one), correctly rounded, ties to even. Shorter only
    /// if that is the exact value: `0.5`, not `0.5000`. Very large and very small numbers have an exponent:
    /// `1.5e-20`.
    pub fn decimal(&self, digits: usize) -> String {
        self.written(digits, true).0
    }

    /// The first significant digits of the number, and whether that is all there is: others are cut off.
    pub fn leading(&self, digits: usize) -> (String, bool) {
        self.written(digits, false)
    }

    /// The number to so many digits, rounded or cut off, and whether the text is the exact value.
    fn written(&self, digits: usize, rounds: bool) -> (String, bool) {
        if self.sign == 0 {
            return ("0".to_string(), true);
        }
        let digits = digits.max(1) as u64;
        let mut exponent = self.exponent();
        // root * 10^scale has exactly `digits` digits before the point.
        let scale = digits as i64 - 1 - exponent;
        let shifted = &self.squared * power_of_ten(2 * scale);
        let whole = (shifted.numer().magnitude() / shifted.denom().magnitude()).sqrt();
        // Rounding up means root >= whole + 1/2, that is 4 shifted >= (2 whole + 1)^2.
        let twice = &whole * 2u32 + 1u32;
        let four_times = &shifted * BigInt::from(4);
        let up = match four_times.cmp(&BigRational::from_integer(BigInt::from(&twice * &twice))) {
            Ordering::Greater => true,
            Ordering::Less => false,
            Ordering::Equal => whole.is_odd(),
        };
        let exact = BigRational::from_integer(BigInt::from(&whole * &whole)) == shifted;
        let mut text = (whole + u32::from(up && rounds)).to_string();
        if text.len() as u64 > digits {
            // 9.99 became 10.0.
            text.pop();
            exponent += 1;
        }
        if exact {
            let kept = text.trim_end_matches('0').len().max(1);
            text.truncate(kept);
        }
        let sign = if self.sign < 0 { "-" } else { "" };
        // Zeros before the point would look like digits.
        let plain = exact || text.len() as i64 > exponent;
        let text = if plain { placed(&text, exponent) } else { scientific(&text, exponent) };
        (format!("{sign}{text}"), exact)
    }

    /// The exponent of the leading decimal digit; zero for zero.
    pub fn exponent(&self) -> i64 {
        if self.sign == 0 {
            return 0;
        }
        // 10^e <= root < 10^(e+1): from the lengths, then corrected.
        let bits = self.squared.numer().bits() as f64 - self.squared.denom().bits() as f64;
        let mut exponent = (bits * std::f64::consts::LOG10_2 / 2.0).floor() as i64 - 1;
        while self.squared >= power_of_ten(2 * (exponent + 1)) {
            exponent += 1;
        }
        exponent
    }

    /// The distance to a rational of the same sign, to so many significant digits, correctly rounded: digits
    /// that both have in common take none of them.
    pub fn difference(&self, other: &BigRational, digits: usize) -> String {
        if let Some(value) = self.rational() {
            return decimal(&(value - other).abs(), digits);
        }
        // |s - r^2| / (sqrt(s) + |r|) for the root of s, between two rationals that are ever closer.
        let numerator = (&self.squared - other * other).abs();
        let mut places = digits as u64 + 4;
        loop {
            let unit = power_of_ten(self.exponent() - places as i64);
            let root = (&self.squared / (&unit * &unit)).floor().to_integer();
            let low = BigRational::from_integer(BigInt::from(root.magnitude().sqrt())) * &unit;
            let [low, high] = [low.clone(), low + unit].map(|root| &numerator / (root + other.abs()));
            let text = decimal(&low, digits);
            // The root is irrational, so both agree in the end.
            if text == decimal(&high, digits) {
                return text;
            }
            places *= 2;
        }
    }

    /// The nearest f64, for plots and tables.
    pub fn to_f64(&self) -> f64 {
        // 17 digits determine an f64; they are within one unit of the exact value's.
        self.decimal(25).parse().unwrap_or(f64::NAN)
    }
}

/// -1, 0 or 1.
fn sign_of(value: &BigRational) -> i8 {
    match value.numer().sign() {
        Sign::Minus => -1,
        Sign::NoSign => 0,
        Sign::Plus => 1,
    }
}

/// `10^exponent`.
fn power_of_ten(exponent: i64) -> BigRational {
    let power = BigInt::from(10u32).pow(exponent.unsigned_abs());
    if exponent >= 0 { BigRational::from_integer(power) } else { BigRational::new(BigInt::one(), power) }
}

/// Digits, the first of which counts `10^exponent`, as a decimal.
fn placed(digits: &str, exponent: i64) -> String {
    let count = digits.len() as i64;
    if (-6..0).contains(&exponent) {
        return format!("0.{}{digits}", "0".repeat((-exponent - 1) as usize));
    }
    if (0..21).contains(&exponent) {
        let before = exponent + 1;
        return if count <= before {
            format!("{digits}{}", "0".repeat((before - count) as usize))
        } else {
            let (whole, fraction) = digits.split_at(before as usize);
            format!("{whole}.{fraction}")
        };
    }
    scientific(digits, exponent)
}

fn scientific(digits: &str, exponent: i64) -> String {
    let (first, rest) = digits.split_at(1);
    let point = if rest.is_empty() { "" } else { "." };
    format!("{first}{point}{rest}e{exponent}")
}

/// The first significant digits of a rational; see [`Root::leading`].
pub fn leading(value: &BigRational, digits: usize) -> (String, bool) {
    Root::new(value, value * value).leading(digits)
}

/// A rational to so many significant digits, correctly rounded; see [`Root::decimal`].
pub fn decimal(value: &BigRational, digits: usize) -> String {
    Root::new(value, value * value).decimal(digits)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rational(n: i64, d: i64) -> BigRational {
        BigRational::new(n.into(), d.into())
    }

    fn root(sign: i64, n: i64, d: i64) -> Root {
        Root::new(&rational(sign, 1), rational(n, d))
    }

    /// sqrt(2/9) = 0.4714045207910316829..., sqrt(1/27) = 0.19245008972987525483..., 1/4 = 0.25 exactly.
    #[test]
    fn decimals_by_hand() {
        assert_eq!(root(1, 2, 9).decimal(16), "0.4714045207910317");
        assert_eq!(root(1, 2, 9).decimal(17), "0.47140452079103168");
        assert_eq!(root(-1, 1, 27).decimal(10), "-0.1924500897");
        assert_eq!(root(1, 1, 16).decimal(16), "0.25");
        assert_eq!(root(1, 0, 1).decimal(16), "0");
        assert_eq!(root(1, 1, 1).decimal(16), "1");
        assert_eq!(root(1, 10_000, 1).decimal(16), "100");
        assert_eq!(root(1, 2, 1).decimal(1), "1");
        assert_eq!(root(1, 3, 1).decimal(1), "2");
        // sqrt(2) = 1.41421356237309504880168872420969807856967187537694...
        assert_eq!(root(1, 2, 1).decimal(40), "1.414213562373095048801688724209698078570");
    }

    /// 0.25 and 0.35 to one digit are ties, which go to the even digit; 9.97 rounds to 10.
    #[test]
    fn ties_and_carries() {
        assert_eq!(decimal(&rational(1, 4), 1), "0.2");
        assert_eq!(decimal(&rational(35, 100), 1), "0.4");
        assert_eq!(decimal(&rational(997, 100), 2), "10");
        assert_eq!(decimal(&rational(-997, 100), 3), "-9.97");
        assert_eq!(decimal(&rational(1, 3), 3), "0.333");
        assert_eq!(decimal(&rational(2, 3), 3), "0.667");
        // Digits that are not known are not zeros.
        assert_eq!(decimal(&rational(42_632, 1), 3), "4.26e4");
        assert_eq!(decimal(&rational(42_600, 1), 3), "42600");
    }

    /// 2^-100 = 7.888609052210118e-31 and 2^80 = 1.208925819614629e24, by hand from tables of powers.
    #[test]
    fn exponents() {
        let tiny = BigRational::new(BigInt::one(), BigInt::one() << 100usize);
        assert_eq!(decimal(&tiny, 16), "7.888609052210118e-31");
        let large = BigRational::from_integer(BigInt::one() << 80usize);
        assert_eq!(decimal(&large, 16), "1.208925819614629e24");
        assert_eq!(decimal(&rational(1, 100_000), 4), "0.00001");
    }

    /// 2/3 = 0.666.. and 997/100 = 9.97 cut off; the root of 2 = 1.41421356..
    #[test]
    fn leading_digits_are_not_rounded() {
        assert_eq!(leading(&rational(2, 3), 3), ("0.666".to_string(), false));
        assert_eq!(leading(&rational(-997, 100), 2), ("-9.9".to_string(), false));
        assert_eq!(leading(&rational(997, 100), 5), ("9.97".to_string(), true));
        assert_eq!(root(1, 2, 1).leading(6), ("1.41421".to_string(), false));
    }

    /// With e = 10^-30, the root of 1 - 2 e is 1 - e - e^2/2 - ..; that of 9/4 + 3 e is 3/2 + e - ..; and
    /// that of (1 - e)^2 is 1 - e.
    #[test]
    fn small_differences_keep_their_digits() {
        let e = power_of_ten(-30);
        let near = |squared: BigRational, sign: i64| Root::new(&rational(sign, 1), squared);
        assert_eq!(near(rational(1, 1) - &e - &e, 1).difference(&rational(1, 1), 3), "1.00e-30");
        assert_eq!(near(rational(1, 1) - &e - &e, -1).difference(&rational(-1, 1), 3), "1.00e-30");
        let above = rational(9, 4) + &e + &e + &e;
        assert_eq!(near(above, 1).difference(&rational(3, 2), 6), "1.00000e-30");
        let square = (rational(1, 1) - &e) * (rational(1, 1) - &e);
        assert_eq!(near(square, 1).difference(&rational(1, 1), 6), "1e-30");
        // sqrt(2) - 7/5 = 0.0142135623730950..
        assert_eq!(root(1, 2, 1).difference(&rational(7, 5), 12), "0.0142135623731");
    }

    /// sqrt(2)/3 lies between 0.4714 and 0.4715; -sqrt(2) is below -1.41 and above -1.42; 1/2 = sqrt(1/4).
    #[test]
    fn comparisons() {
        assert_eq!(root(1, 2, 9).compare(&rational(4714, 10000)), Ordering::Greater);
        assert_eq!(root(1, 2, 9).compare(&rational(4715, 10000)), Ordering::Less);
        assert_eq!(root(-1, 2, 1).compare(&rational(-141, 100)), Ordering::Less);
        assert_eq!(root(-1, 2, 1).compare(&rational(-142, 100)), Ordering::Greater);
        assert_eq!(root(-1, 2, 1).compare(&rational(1, 100)), Ordering::Less);
        assert_eq!(root(1, 1, 4).compare(&rational(1, 2)), Ordering::Equal);
        assert_eq!(root(-1, 1, 4).compare(&rational(-1, 2)), Ordering::Equal);
        assert_eq!(root(0, 0, 1).compare(&rational(0, 1)), Ordering::Equal);
        assert_eq!(root(-1, 4, 9).rational(), Some(rational(-2, 3)));
        assert_eq!(root(1, 2, 9).rational(), None);
    }
}
