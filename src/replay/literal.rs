//! Numbers, shapes and names as Python writes them, and how tightly an expression holds together.

use num_bigint::BigInt;
use num_rational::BigRational;
use num_traits::{One, ToPrimitive};

use crate::arithmetic::{Arithmetic, PrimeField};
use crate::network::Shape;

/// A number whose denominator is a larger power of two was a float.
const FLOATLIKE: u64 = 1 << 10;

/// The kind of numbers a program computes with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NumberStyle {
    /// Fractions: exact values.
    Fractions,
    /// Integers modulo a prime: exact residues.
    Residues(u64),
    /// float64, which rounds.
    Floats,
}

/// How tightly the parts of an expression hold together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Level {
    Sum,
    Product,
    Atom,
}

/// A NumPy expression.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Code {
    pub text: String,
    pub level: Level,
}

impl Code {
    pub fn atom(text: impl Into<String>) -> Code {
        Code { text: text.into(), level: Level::Atom }
    }

    pub fn product(text: String) -> Code {
        Code { text, level: Level::Product }
    }

    /// In parentheses unless it is an atom.
    pub fn bracketed(&self) -> String {
        if self.level == Level::Atom { self.text.clone() } else { format!("({})", self.text) }
    }
}

/// A number in an expression.
pub(super) fn scalar(value: &BigRational, style: NumberStyle) -> Result<String, String> {
    match style {
        NumberStyle::Floats => float(value),
        NumberStyle::Residues(prime) => {
            let field = PrimeField::new(prime).ok_or("the modulus is not a prime")?;
            let residue = field.from_rational(value).map_err(|halt| halt.to_string())?;
            Ok(field.value(residue).to_string())
        }
        NumberStyle::Fractions if value.denom().is_one() => Ok(integer(value.numer())),
        NumberStyle::Fractions => Ok(match as_float(value) {
            Some(float) => format!("F({float})"),
            None => fraction(value),
        }),
    }
}

/// Python 3.11 and later read no decimal number, and no text of one, with more than 4,300 digits. Numbers of
/// more bits than this are written in hexadecimal, which has no limit.
const DECIMAL_BITS: u64 = 13_000;

/// Whether Python has to be told to print a number of this length.
pub(super) fn is_long(value: &BigRational) -> bool {
    value.numer().bits().max(value.denom().bits()) > DECIMAL_BITS
}

fn integer(value: &BigInt) -> String {
    if value.bits() > DECIMAL_BITS { format!("{value:#x}") } else { value.to_string() }
}

fn fraction(value: &BigRational) -> String {
    format!("F({}, {})", integer(value.numer()), integer(value.denom()))
}

/// The nearest float64.
fn float(value: &BigRational) -> Result<String, String> {
    match value.to_f64().filter(|float| float.is_finite()) {
        Some(float) => Ok(format!("{float:?}")),
        None => Err("a number is too large for float64".to_string()),
    }
}

/// The shortest decimal of the float64 that is exactly this number, if it is likely to have been one.
fn as_float(value: &BigRational) -> Option<String> {
    let denominator = value.denom();
    let power = denominator.bits() == denominator.trailing_zeros()? + 1;
    if !power || *denominator <= BigInt::from(FLOATLIKE) {
        return None;
    }
    let float = value.to_f64().filter(|float| float.is_finite())?;
    (BigRational::from_float(float).as_ref() == Some(value)).then(|| format!("{float:?}"))
}

/// A shape as a tuple.
pub(super) fn tuple(shape: &Shape) -> String {
    let axes: Vec<String> = shape.axes().iter().map(usize::to_string).collect();
    if axes.len() == 1 { format!("({},)", axes[0]) } else { format!("({})", axes.join(", ")) }
}

/// A text in double quotes.
pub(super) fn quoted(text: &str) -> String {
    let mut quoted = String::from("\"");
    for c in text.chars() {
        match c {
            '"' | '\\' => quoted.extend(['\\', c]),
            c if c.is_control() => quoted.push_str(&format!("\\u{:04x}", u32::from(c))),
            c => quoted.push(c),
        }
    }
    quoted.push('"');
    quoted
}

/// An entry of a list that is converted as a whole.
pub(super) fn entry(value: &BigRational, style: NumberStyle) -> Result<String, String> {
    if style == NumberStyle::Floats {
        return float(value);
    }
    Ok(match as_float(value) {
        _ if value.denom().is_one() => integer(value.numer()),
        Some(float) => float,
        None if is_long(value) => fraction(value),
        None => format!("\"{value}\""),
    })
}
