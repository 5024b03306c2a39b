//! Decimals of similarities and distances: by how far they are from a round number, where that is little; and
//! for floats, no digit that is not certain.

use num_bigint::BigInt;
use num_rational::BigRational;
use num_traits::{One, Zero};

use super::number::{self, DECIMALS, Space};
use crate::similarity::{Bounds, Root, decimal};

/// Most digits of a round number.
const DIGITS: usize = 40;
/// Digits of a difference.
const DIFFERENCE: usize = 3;
/// Numbers that are closer to a round one than this are written as a difference from it.
const NEAR: i64 = -7;
/// Digits of a float, and of bounds where no digit is certain.
const MOST_OF_FLOATS: usize = 17;

/// A number by how far it is from one of these, if it is close and not the same: `1 - 2.5e-25`.
/// None if a decimal of so many digits shows the difference, too, when more digits than usual are wanted.
pub fn near(root: &Root, digits: usize, references: &[BigRational]) -> Option<String> {
    let short = |value: &BigRational| {
        let text = decimal(value, DIGITS);
        if Some(value) == parsed(&text).as_ref() { text } else { number::rational(value, Space::Exact) }
    };
    references.iter().find_map(|reference| {
        let order = root.compare(reference);
        let same_sign = Root::new(reference, reference * reference).sign() == root.sign();
        if order.is_eq() || reference.is_zero() || !same_sign {
            return None;
        }
        let difference = root.difference(reference, DIFFERENCE);
        let exponent = parsed(&difference).map(|x| Root::new(&x, &x * &x).exponent());
        let of_reference = Root::new(reference, reference * reference).exponent();
        let sign = if order.is_lt() { '-' } else { '+' };
        let least = if digits <= DECIMALS { NEAR } else { DIFFERENCE as i64 - digits as i64 };
        (exponent? < of_reference + least).then(|| format!("{} {sign} {difference}", short(reference)))
    })
}

/// The number that a decimal stands for.
fn parsed(text: &str) -> Option<BigRational> {
    let (digits, exponent) = text.split_once('e').unwrap_or((text, "0"));
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let mantissa: BigInt = format!("{whole}{fraction}").parse().ok()?;
    let exponent = exponent.parse::<i64>().ok()? - fraction.len() as i64;
    let power = num_traits::Pow::pow(BigInt::from(10), exponent.unsigned_abs());
    let mantissa = BigRational::from_integer(mantissa);
    Some(if exponent < 0 { mantissa / power } else { mantissa * power })
}

/// A similarity or a distance: by how far it is from 1, -1 or another number that matters, if it is close to
/// it; else as a decimal, with the exact number beside it where that is short.
pub fn measured(root: &Root, digits: usize, bound: Option<&BigRational>) -> String {
    let mut references = vec![BigRational::one(), -BigRational::one()];
    references.extend(bound.cloned());
    near(root, digits, &references).unwrap_or_else(|| number::closed(root, digits))
}

/// A number by how far it is from 1 or -1, as [`near`] says it.
pub fn near_one(root: &Root, digits: usize) -> Option<String> {
    near(root, digits, &[BigRational::one(), -BigRational::one()])
}

/// The digits of a float that are the same for all numbers within its bounds, at most so many; or else what
/// the bounds say.
pub fn certain(bounds: &Bounds, most: usize) -> Result<String, String> {
    let Bounds { low, high } = *bounds;
    let rational = |x: f64| BigRational::from_float(x);
    let (Some(exact_low), Some(exact_high)) = (rational(low), rational(high)) else {
        return Err(match (low > 0.0, high.is_finite()) {
            (true, _) => format!("at least {}", outward(low, false)),
            (_, true) if low == 0.0 || high < 0.0 => format!("at most {}", outward(high, true)),
            _ => "not known".to_string(),
        });
    };
    if low == high {
        return Ok(decimal(&exact_low, most.min(MOST_OF_FLOATS)));
    }
    for digits in (1..=most.min(MOST_OF_FLOATS)).rev() {
        // All digits, so that what one has is not a shorter text of the same number.
        let text = format!("{low:.*e}", digits - 1);
        if text == format!("{high:.*e}", digits - 1) {
            return Ok(with_all_digits(&exact_low, &exact_high, digits));
        }
    }
    Err(match (low, high) {
        (0.0, high) => format!("below {}", outward(high, true)),
        (low, high) if low < 0.0 && high > 0.0 => format!("within {} of 0", outward(high.max(-low), true)),
        (low, high) => format!("between {} and {}", outward(low, false), outward(high, true)),
    })
}

/// The digits of a float that are certain, as a number, `None` without any; and a bound for how far the exact
/// number is from it, or from what was computed. Numbers of 15 digits are the same when they are read again.
pub fn digits(bounds: &Bounds) -> (Option<f64>, f64) {
    let Bounds { low, high } = *bounds;
    let number: Option<f64> = certain(bounds, DECIMALS - 1).ok().and_then(|text| text.parse().ok());
    let error = number.map_or(high - low, |x| (high - x).max(x - low));
    (number, if error == 0.0 { 0.0 } else { error.next_up() })
}

/// The digits of a float that are certain, without zeros at the end, or else what its bounds say.
pub fn short(bounds: &Bounds) -> String {
    let text = certain(bounds, DECIMALS).unwrap_or_else(|bound| bound);
    match text.contains('.') && !text.contains(['e', ' ']) {
        true => text.trim_end_matches('0').trim_end_matches('.').to_string(),
        false => text,
    }
}

/// The text of two numbers that agree to so many digits, one of which may be exact and shorter.
fn with_all_digits(low: &BigRational, high: &BigRational, digits: usize) -> String {
    let [low, high] = [low, high].map(|x| decimal(x, digits));
    if low.len() > high.len() { low } else { high }
}

/// A float to two digits, rounded up or down.
fn outward(x: f64, up: bool) -> String {
    let text = |x: f64| BigRational::from_float(x).map_or_else(|| x.to_string(), |x| decimal(&x, 2));
    // A unit of the second digit is between a hundredth and a tenth.
    let enough = |text: &String| text.parse::<f64>().is_ok_and(|y| if up { y > x } else { y < x });
    let away = if (x > 0.0) == up { 1.0 } else { -1.0 };
    let moved = [0.0, 0.01, 0.02, 0.05, 0.1].map(|by| text(x * (1.0 + away * by)));
    let found = moved.iter().find(|text| x == 0.0 || enough(text)).or(moved.last());
    found.cloned().unwrap_or_default()
}

/// A similarity in f64: its certain digits, or how far it may be from 1 or -1.
pub fn similarity(bounds: &Bounds, digits: usize) -> Result<String, String> {
    const CLOSE: f64 = 1e-6;
    let negative = bounds.high < 0.0;
    let (low, high) = if negative { (-bounds.high, -bounds.low) } else { (bounds.low, bounds.high) };
    if low <= 1.0 - CLOSE {
        return certain(bounds, digits);
    }
    // Differences from one are exact here.
    let gap = Bounds { low: 1.0 - high, high: 1.0 - low };
    let (one, sign) = if negative { ("-1", '+') } else { ("1", '-') };
    match certain(&gap, digits) {
        Ok(_) if gap.high == 0.0 => Ok(one.to_string()),
        Ok(text) => Ok(format!("{one} {sign} {text}")),
        Err(_) => {
            let side = if negative { "below" } else { "above" };
            Err(format!("{side} {one} {sign} {}", outward(gap.high, true)))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fraction(n: i64, d: i64) -> BigRational {
        BigRational::new(n.into(), d.into())
    }

    fn power(base: i64, exponent: u32) -> BigRational {
        BigRational::from_integer(BigInt::from(base).pow(exponent))
    }

    /// The root of 1 - 5e-25 is 1 - 2.5e-25; 0.95 - 1e-20 is what it says.
    #[test]
    fn almost_one_is_not_one() {
        let close = Root::new(&fraction(1, 1), fraction(1, 1) - fraction(5, 1) / power(10, 25));
        assert_eq!(measured(&close, 16, None), "1 - 2.50e-25");
        let opposite = Root::new(&fraction(-1, 1), fraction(1, 1) - fraction(5, 1) / power(10, 25));
        assert_eq!(measured(&opposite, 16, None), "-1 + 2.50e-25");
        let missed = fraction(95, 100) - fraction(1, 1) / power(10, 20);
        let missed = Root::new(&missed, &missed * &missed);
        assert_eq!(measured(&missed, 16, Some(&fraction(95, 100))), "0.95 - 1e-20");
        assert_eq!(
            measured(&Root::new(&fraction(1, 1), fraction(2, 9)), 16, None),
            "0.4714045207910317 = sqrt(2/9)"
        );
        assert_eq!(measured(&Root::new(&fraction(1, 1), fraction(1, 1)), 16, Some(&fraction(1, 1))), "1");
    }

    #[test]
    fn only_certain_digits_of_floats() {
        let certain = |low, high| certain(&Bounds { low, high }, 16);
        assert_eq!(certain(0.123_449, 0.123_452), Ok("0.12345".to_string()));
        assert_eq!(certain(1.03e-8, 1.04e-8), Ok("1.0e-8".to_string()));
        assert_eq!(certain(0.0, 1.23e-8), Err("below 1.3e-8".to_string()));
        assert_eq!(certain(-2e-9, 1e-9), Err("within 2.1e-9 of 0".to_string()));
        assert_eq!(certain(2.4, 3.6), Err("between 2.3 and 3.7".to_string()));
        assert_eq!(certain(0.5, 0.5), Ok("0.5".to_string()));
        assert_eq!(certain(0.0, f64::INFINITY), Err("not known".to_string()));
        assert_eq!(certain(2.0, f64::INFINITY), Err("at least 1.9".to_string()));
        let similarity = |low, high| similarity(&Bounds { low, high }, 16);
        // 2702 units of 2^-53 are 2.99982e-13.
        assert_eq!(similarity(1.0 - 3e-13, 1.0), Err("above 1 - 3.0e-13".to_string()));
        assert_eq!(similarity(-1.0, -1.0 + 3e-13), Err("below -1 + 3.0e-13".to_string()));
        assert_eq!(similarity(1.0 - 1.02e-8, 1.0 - 1.01e-8), Ok("1 - 1.0e-8".to_string()));
        assert_eq!(similarity(1.0, 1.0), Ok("1".to_string()));
    }
}
