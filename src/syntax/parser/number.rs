//! Numbers: from decimal text to exact rationals, within limits.

use num_bigint::BigInt;
use num_rational::BigRational;
use num_traits::{One, Zero};

use super::reader::is_word_character;
use super::token::shortened;
use crate::diagnostic::{Diagnostic, Span};
use crate::syntax::kinds;

/// The longest number that is read, in digits: long enough for every `f64` written out exactly.
pub const MAX_DIGITS: usize = 10_000;

/// The largest exponent that is read. `1e1000` takes 6 characters and 416 bytes, so this bounds how much
/// memory a short file can ask for.
pub const MAX_EXPONENT: u32 = 1_000;

/// The parts of `12.5e-3`: the digits before and after the point, and the exponent.
struct Decimal<'a> {
    whole: &'a str,
    fraction: &'a str,
    /// `None` when it is too large.
    exponent: Option<i32>,
}

fn split(text: &str) -> Decimal<'_> {
    let (mantissa, exponent) = text.split_once(['e', 'E']).unwrap_or((text, "0"));
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let (negative, digits) = match exponent.strip_prefix('-') {
        Some(digits) => (true, digits),
        None => (false, exponent.strip_prefix('+').unwrap_or(exponent)),
    };
    let digits = digits.trim_start_matches('0');
    let size = if digits.is_empty() { Some(0) } else { digits.parse::<u32>().ok() };
    let exponent = size
        .filter(|size| *size <= MAX_EXPONENT)
        .map(|size| if negative { -(size as i32) } else { size as i32 });
    Decimal { whole, fraction, exponent }
}

/// What is wrong with a number that samenet refuses to read because of its size.
pub(super) fn too_long(span: Span, text: &str) -> Option<Diagnostic> {
    let decimal = split(text);
    let digits = decimal.whole.len() + decimal.fraction.len();
    if digits > MAX_DIGITS {
        let message = format!("this number has {digits} digits, and the most that are read is {MAX_DIGITS}");
        return Some(Diagnostic::new(kinds::NUMBER_TOO_LONG, span, message));
    }
    if decimal.exponent.is_none() {
        let message = format!("the exponent of `{}` is too large", shortened(text));
        return Some(
            Diagnostic::new(kinds::NUMBER_TOO_LONG, span, message)
                .help(format!("exponents from -{MAX_EXPONENT} to {MAX_EXPONENT} are read")),
        );
    }
    None
}

/// How much of the text behind a number, or of a text that begins with a point, was meant to be part of a
/// number although it cannot.
pub(super) fn spoiled_length(text: &str) -> usize {
    let mut end = 0;
    for (start, c) in text.char_indices() {
        let range = text[start..].starts_with("..");
        if !is_word_character(c) && (c != '.' || range) {
            break;
        }
        end = start + c.len_utf8();
    }
    end
}

/// What is wrong with `text`, of which only `number` is a number.
pub(super) fn malformed(span: Span, text: &str, number: &str) -> Diagnostic {
    let error =
        Diagnostic::new(kinds::MALFORMED_NUMBER, span, format!("`{}` is not a number", shortened(text)));
    let rest = &text[number.len()..];
    if rest == "." {
        error.help(format!("write `{number}.0` or `{number}`"))
    } else if text.contains('_') {
        error.help("digits are written without `_` between them")
    } else if matches!(rest, "e" | "E") {
        error.help("an exponent has digits, as in `1e-3`")
    } else if rest.starts_with(char::is_alphabetic) && !text.starts_with("0x") && !rest.contains('.') {
        error.help(format!("a product is written with `*`: `{}*{}`", shortened(number), shortened(rest)))
    } else {
        error.help("numbers are written like `3`, `0.125` or `1e-3`")
    }
}

/// The exact value, or `None` for what [`too_long`] and [`malformed`] have already refused.
pub(super) fn value(text: &str) -> Option<BigRational> {
    let decimal = split(text);
    let fraction = decimal.fraction.trim_end_matches('0');
    if !text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'.' | b'e' | b'E' | b'+' | b'-'))
        || decimal.whole.len() + decimal.fraction.len() > MAX_DIGITS
    {
        return None;
    }
    let exponent = decimal.exponent? - i32::try_from(fraction.len()).ok()?;
    let mantissa: BigInt = format!("{}{fraction}", decimal.whole).parse().ok()?;
    if mantissa.is_zero() {
        return Some(BigRational::zero());
    }
    let power = exponent.unsigned_abs();
    if exponent >= 0 {
        return Some(BigRational::from_integer(mantissa * BigInt::from(10).pow(power)));
    }
    Some(reduced(mantissa, power))
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
