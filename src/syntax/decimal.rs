//! Decimal numbers as exact rationals, within bounds.

use num_bigint::BigInt;
use num_rational::BigRational;
use num_traits::{One, Zero};

/// The longest number that is read, in digits: long enough for every `f64` written out exactly.
pub const MAX_DIGITS: usize = 10_000;

/// The largest exponent that is read. `1e1000` takes 6 characters and 416 bytes, so this bounds how much
/// memory a short file can ask for.
pub const MAX_EXPONENT: u32 = 1_000;

/// The parts of a number without a sign, such as `12.5e-3`: the digits before and after the point, and the
/// exponent.
pub struct Decimal<'a> {
    whole: &'a str,
    fraction: &'a str,
    /// `None` when it is too large.
    exponent: Option<i32>,
}

/// Which bound a number exceeds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TooLong {
    /// It has this many digits, more than [`MAX_DIGITS`].
    Digits(usize),
    /// Its exponent is not between `-MAX_EXPONENT` and [`MAX_EXPONENT`].
    Exponent,
}

impl<'a> Decimal<'a> {
    /// The parts of a text, or `None` when it is not a decimal number.
    pub fn read(text: &'a str) -> Option<Decimal<'a>> {
        let (mantissa, exponent) = text.split_once(['e', 'E']).unwrap_or((text, "0"));
        let (whole, fraction) = match mantissa.split_once('.') {
            Some((whole, fraction)) => (whole, Some(fraction)),
            None => (mantissa, None),
        };
        let (negative, digits) = match exponent.strip_prefix('-') {
            Some(digits) => (true, digits),
            None => (false, exponent.strip_prefix('+').unwrap_or(exponent)),
        };
        let are_digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
        if !are_digits(whole) || !fraction.is_none_or(are_digits) || !are_digits(digits) {
            return None;
        }
        let digits = digits.trim_start_matches('0');
        let size = if digits.is_empty() { Some(0) } else { digits.parse::<u32>().ok() };
        let exponent = size
            .filter(|size| *size <= MAX_EXPONENT)
            .map(|size| if negative { -(size as i32) } else { size as i32 });
        Some(Decimal { whole, fraction: fraction.unwrap_or_default(), exponent })
    }

    /// The exponent, once all bounds are checked.
    fn bounded(&self) -> Result<i32, TooLong> {
        let digits = self.whole.len() + self.fraction.len();
        if digits > MAX_DIGITS {
            return Err(TooLong::Digits(digits));
        }
        self.exponent.ok_or(TooLong::Exponent)
    }

    /// The bound that the number exceeds, if it exceeds one.
    pub fn excess(&self) -> Option<TooLong> {
        self.bounded().err()
    }

    /// The exact value.
    pub fn value(&self) -> Result<BigRational, TooLong> {
        let exponent = self.bounded()?;
        let fraction = self.fraction.trim_end_matches('0');
        // What `read` has accepted are digits.
        let mantissa: BigInt = format!("{}{fraction}", self.whole).parse().unwrap_or_default();
        if mantissa.is_zero() {
            return Ok(BigRational::zero());
        }
        let exponent = i64::from(exponent) - fraction.len() as i64;
        // At most the bounds of digits and exponents together.
        let power = exponent.unsigned_abs() as u32;
        if exponent >= 0 {
            return Ok(BigRational::from_integer(mantissa * BigInt::from(10).pow(power)));
        }
        Ok(reduced(mantissa, power))
    }
}

/// `mantissa / 10^power` in lowest terms. Only 2 and 5 can cancel, and looking for just these is much faster
/// than a greatest common divisor.
fn reduced(mut mantissa: BigInt, power: u32) -> BigRational {
    let twos = mantissa.trailing_zeros().unwrap_or(0).min(u64::from(power)) as u32;
    mantissa >>= twos;
    let mut fives = 0;
    // The largest power of 5 in a machine word first: then even the longest number takes little time.
    for step in [27, 1] {
        let divisor = 5_u64.pow(step);
        while fives + step <= power && (&mantissa % divisor).is_zero() {
            mantissa /= divisor;
            fives += step;
        }
    }
    let denominator = (BigInt::one() << (power - twos)) * BigInt::from(5).pow(power - fives);
    BigRational::new_raw(mantissa, denominator)
}
