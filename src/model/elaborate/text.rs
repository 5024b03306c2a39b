//! Strings: interpolated numbers and strings are written out.

use std::sync::Arc;

use num_bigint::BigInt;
use num_integer::Integer;
use num_rational::BigRational;
use num_traits::{One, Signed, ToPrimitive};

use super::{Elaborator, Locals};
use crate::diagnostic::{Diagnostic, Span};
use crate::model::graph::bounds::TEXT_BYTES;
use crate::model::kinds;
use crate::model::value::{Eval, Reported, Value};
use crate::syntax::ast::{Expr, Text, TextPart};

impl<'a> Elaborator<'a> {
    /// A string with its interpolations filled in.
    pub fn text(&mut self, locals: &mut Locals<'a>, text: &'a Text) -> Eval<Arc<str>> {
        let mut result = String::new();
        let mut failed = None;
        let mut interpolated = false;
        for part in &text.parts {
            match part {
                TextPart::Literal(piece) => result.push_str(piece),
                TextPart::Interpolated(expr) => {
                    interpolated = true;
                    match self.interpolated(locals, expr) {
                        Ok(piece) => result.push_str(&piece),
                        Err(reported) => failed = Some(reported),
                    }
                }
            }
            // Checked for every part, because a function that doubles its string may be called many times.
            if interpolated && result.len() > TEXT_BYTES {
                return Err(self.too_long(text.span));
            }
        }
        self.graph.spend(result.len() as u64 / 64, text.span)?;
        failed.map_or(Ok(result.into()), Err)
    }

    /// What stands for `{expr}`.
    fn interpolated(&mut self, locals: &mut Locals<'a>, expr: &'a Expr) -> Eval<Arc<str>> {
        const WHAT: &str = "an interpolated value";
        match self.eval(locals, expr)? {
            Value::Text(text) => Ok(text),
            value @ (Value::Number(_) | Value::Tensor(_) | Value::Weights(_)) => {
                let number = self.number(&value, expr.span, WHAT)?;
                let number = self.graph.checked_number(number, expr.span)?;
                Ok(written(&number).into())
            }
            other => {
                let message = format!("{WHAT} must be a number or a string, but this is {}", other.noun());
                let diagnostic = Diagnostic::new(kinds::WRONG_KIND, expr.span, message);
                Err(self.graph.report(diagnostic.help("`{{` stands for a brace that is part of the string")))
            }
        }
    }

    fn too_long(&mut self, span: Span) -> Reported {
        let message = format!("with its interpolations, this string has more than {TEXT_BYTES} bytes");
        self.graph.error(kinds::TOO_LARGE, span, message)
    }
}

/// A number as a string shows it: its digits, with a point if they end, and as a fraction if they do not.
fn written(number: &BigRational) -> String {
    let places = decimal_places(number.denom()).filter(|_| !number.is_integer());
    let Some(places) = places else { return number.to_string() };
    let scaled = (number.abs() * BigRational::from_integer(BigInt::from(10).pow(places))).to_integer();
    let digits = format!("{scaled:0>width$}", width = places as usize + 1);
    let (whole, fraction) = digits.split_at(digits.len() - places as usize);
    format!("{}{whole}.{fraction}", if number.is_negative() { "-" } else { "" })
}

/// How many digits after the point a fraction with this denominator has, if they end.
fn decimal_places(denominator: &BigInt) -> Option<u32> {
    let twos = denominator.trailing_zeros().unwrap_or(0);
    let (five, mut rest, mut fives) = (BigInt::from(5), denominator >> twos, 0_u64);
    while !rest.is_one() {
        let (quotient, remainder) = rest.div_rem(&five);
        if remainder != BigInt::ZERO {
            return None;
        }
        (rest, fives) = (quotient, fives + 1);
    }
    twos.max(fives).to_u32()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_written_out() {
        let shown = |n: i64, d: i64| written(&BigRational::new(n.into(), d.into()));
        assert_eq!(shown(24, 1), "24");
        assert_eq!(shown(-3, 1), "-3");
        assert_eq!(shown(19, 20), "0.95");
        assert_eq!(shown(-1, 8), "-0.125");
        assert_eq!(shown(25, 2), "12.5");
        assert_eq!(shown(1, 250), "0.004");
        assert_eq!(shown(1, 3), "1/3");
        assert_eq!(shown(-7, 6), "-7/6");
    }
}
