//! Similarities, distances and inner products in words.

use num_rational::BigRational;

use super::number::{self, Space};
use crate::claim::answer::Measured;
use crate::similarity::{Root, decimal};

/// Significant digits of the number that a claim is about.
pub const DECIMALS: usize = 16;
/// Exact numbers with more characters than this are left out, or cut.
const SHORT: usize = 24;

/// What a number is.
pub fn line(measured: &Measured) -> String {
    format!("the {} is {}, exact", measured.quantity, closed(&measured.value, DECIMALS))
}

/// The decimal, and the exact number where that is short: `0.4714045207910317 = sqrt(2/9)`.
pub fn closed(root: &Root, digits: usize) -> String {
    let decimal = root.decimal(digits);
    let exact = match root.rational() {
        Some(value) => value.to_string(),
        None => {
            let sign = if root.sign() < 0 { "-" } else { "" };
            format!("{sign}sqrt({})", root.squared())
        }
    };
    if exact == decimal || exact.len() > SHORT { decimal } else { format!("{decimal} = {exact}") }
}

/// A rational, in full if it is short.
pub fn short(value: &BigRational) -> String {
    let text = number::rational(value, Space::Short);
    if text.len() > SHORT { format!("{}..", decimal(value, 12)) } else { text }
}
