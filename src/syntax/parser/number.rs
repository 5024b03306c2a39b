//! Numbers in source text, and what is wrong with those that cannot be read.

use num_rational::BigRational;

use super::reader::is_word_character;
use super::token::shortened;
use crate::diagnostic::{Diagnostic, Span};
use crate::syntax::decimal::{Decimal, MAX_DIGITS, MAX_EXPONENT, TooLong};
use crate::syntax::kinds;

/// The error of a number that is too long to be read, if it is.
pub(super) fn too_long(span: Span, text: &str) -> Option<Diagnostic> {
    let (message, help) = match Decimal::read(text)?.excess()? {
        TooLong::Digits(digits) => {
            (format!("this number has {digits} digits; the limit is {MAX_DIGITS}"), None)
        }
        TooLong::Exponent => (
            format!("the exponent of `{}` is too large", shortened(text)),
            Some(format!("exponents must be between -{MAX_EXPONENT} and {MAX_EXPONENT}")),
        ),
    };
    Some(Diagnostic::new(kinds::NUMBER_TOO_LONG, span, message).help_if_any(help))
}

/// The length of the text, behind a number or from a point on, that was probably meant to be part of a
/// number.
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
    let based = ["0x", "0b", "0o"].iter().any(|start| text.starts_with(start));
    if rest == "." {
        error.help(format!("write `{number}.0` or `{number}`"))
    } else if text.contains('_') {
        error.help("remove the `_`: numbers have no separators")
    } else if matches!(rest, "e" | "E") {
        error.help("an exponent needs digits, as in `1e-3`")
    } else if let Some(value) = radix(text) {
        error.help(format!("numbers are decimal: write `{value}`"))
    } else if matches!(rest, "f" | "F") && number.contains('.') {
        error.help(format!("numbers have no suffixes: write `{}`", shortened(number)))
    } else if rest.starts_with(char::is_alphabetic) && !based && !rest.contains('.') {
        error.help(format!("to multiply, write `*`: `{}*{}`", shortened(number), shortened(rest)))
    } else {
        error.help("numbers are written like `3`, `0.125` or `1e-3`")
    }
}

/// The value of a number such as `0x10` or `0b101`.
fn radix(text: &str) -> Option<u64> {
    let digits = |radix: u32, start: &str| u64::from_str_radix(text.strip_prefix(start)?, radix).ok();
    digits(16, "0x").or_else(|| digits(8, "0o")).or_else(|| digits(2, "0b"))
}

/// The exact value, or `None` for what [`too_long`] and [`malformed`] have already refused.
pub(super) fn value(text: &str) -> Option<BigRational> {
    Decimal::read(text)?.value().ok()
}
