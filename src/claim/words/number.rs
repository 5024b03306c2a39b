//! Exact numbers and tensors of them as readable text.

use num_bigint::BigInt;
use num_rational::BigRational;
use num_traits::{One, Signed, Zero};

use crate::network::Tensor;
use crate::similarity::{Root, decimal};

/// Denominators that are a power of two from this exponent on are written as such.
const POWER: u64 = 20;
/// Of tensors with more entries than this, only the nonzero entries are listed.
const MANY: usize = 16;

/// Significant digits of the number that a claim is about.
pub const DECIMALS: usize = 16;
/// Exact numbers with more characters than this are left out beside a decimal, or cut.
const SHORT: usize = 24;

/// How much space there is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Space {
    /// One line shared with other things: long numbers and tensors are cut.
    Short,
    /// Lines of its own: only what is too long to read is cut.
    Lines,
    /// Everything is written.
    Full,
}

impl Space {
    /// Longer runs of digits are cut in the middle, and no more nonzero entries are listed.
    fn limits(self) -> (usize, usize) {
        match self {
            Space::Short => (40, 4),
            Space::Lines => (400, 64),
            Space::Full => (usize::MAX, usize::MAX),
        }
    }
}

/// A rational as `p`, `p/q` or `p/2^k`: exact, unless digits are visibly left out for lack of space.
pub fn rational(value: &BigRational, space: Space) -> String {
    let numerator = integer(value.numer(), space);
    let denominator = value.denom();
    if denominator.is_one() {
        return numerator;
    }
    match denominator.trailing_zeros() {
        Some(k) if k >= POWER && denominator.bits() == k + 1 => format!("{numerator}/2^{k}"),
        _ => format!("{numerator}/{}", integer(denominator, space)),
    }
}

fn integer(value: &BigInt, space: Space) -> String {
    let digits = value.abs().to_string();
    let sign = if value.is_negative() { "-" } else { "" };
    if digits.len() <= space.limits().0 {
        return format!("{sign}{digits}");
    }
    format!("{sign}{}...{} ({} digits)", &digits[..8], &digits[digits.len() - 8..], digits.len())
}

/// Two unequal rationals, in full if they would look the same otherwise.
pub fn two(a: &BigRational, b: &BigRational, space: Space) -> (String, String) {
    let short = (rational(a, space), rational(b, space));
    if short.0 == short.1 { (rational(a, Space::Full), rational(b, Space::Full)) } else { short }
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
    let text = rational(value, Space::Short);
    if text.len() > SHORT { format!("{}..", decimal(value, 12)) } else { text }
}

/// `name = [1, 0]`; tensors with many entries name those that are not zero.
pub fn named(name: &str, tensor: &Tensor<BigRational>, space: Space) -> String {
    let entries = tensor.data();
    if entries.len() <= MANY {
        return format!("{name} = {}", nested(tensor, |entry| rational(entry, space)));
    }
    let set: Vec<usize> = (0..entries.len()).filter(|&at| !entries[at].is_zero()).collect();
    if set.is_empty() {
        return format!("{name} = 0");
    }
    if let Some((first, rest)) = entries.split_first()
        && rest.iter().all(|entry| entry == first)
    {
        return format!("{name} = {} everywhere", rational(first, space));
    }
    let mut parts: Vec<String> = set
        .iter()
        .take(space.limits().1)
        .map(|&at| {
            format!("{name}{} = {}", index(&tensor.shape().unravel(at)), rational(&entries[at], space))
        })
        .collect();
    match set.len().saturating_sub(parts.len()) {
        0 if set.len() == entries.len() => {}
        0 => parts.push("0 elsewhere".to_string()),
        more => parts.push(format!("and {more} more")),
    }
    parts.join(", ")
}

/// `[2, 0]`; empty for a scalar.
pub fn index(position: &[usize]) -> String {
    if position.is_empty() { String::new() } else { format!("{position:?}") }
}

/// Nested brackets around the entries.
pub fn nested<E>(tensor: &Tensor<E>, entry: impl Fn(&E) -> String) -> String {
    fn write<E>(text: &mut String, axes: &[usize], data: &[E], entry: &impl Fn(&E) -> String) {
        let Some((&length, inner)) = axes.split_first() else {
            if let Some(element) = data.first() {
                text.push_str(&entry(element));
            }
            return;
        };
        text.push('[');
        let size = data.len().checked_div(length).unwrap_or(0);
        for position in 0..length {
            if position > 0 {
                text.push_str(", ");
            }
            write(text, inner, &data[position * size..(position + 1) * size], entry);
        }
        text.push(']');
    }
    let mut text = String::new();
    write(&mut text, tensor.shape().axes(), tensor.data(), &entry);
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::network::Shape;

    fn fraction(n: i64, d: i64) -> BigRational {
        BigRational::new(n.into(), d.into())
    }

    fn power(base: i64, exponent: u32) -> BigRational {
        BigRational::from_integer(BigInt::from(base).pow(exponent))
    }

    #[test]
    fn rationals_stay_exact_or_say_what_is_left_out() {
        assert_eq!(rational(&fraction(-6, 4), Space::Short), "-3/2");
        assert_eq!(rational(&(fraction(3, 1) / power(2, 149)), Space::Short), "3/2^149");
        // 10^50 + 7 has 51 digits.
        let long = power(10, 50) + fraction(7, 1);
        assert_eq!(rational(&long, Space::Short), "10000000...00000007 (51 digits)");
        assert_eq!(rational(&long, Space::Full).len(), 51);
    }

    /// 10^50 + 10^25 and 10^50 + 10^26 agree in their first and last eight digits.
    #[test]
    fn different_numbers_never_look_the_same() {
        let (a, b) = (power(10, 50) + power(10, 25), power(10, 50) + power(10, 26));
        let (x, y) = two(&a, &b, Space::Short);
        assert_ne!(x, y);
    }

    #[test]
    fn tensors_by_size() {
        let tensor = |axes: &[usize], data: Vec<i64>| {
            Tensor::new(Shape::new(axes).unwrap(), data.iter().map(|&x| fraction(x, 1)).collect()).unwrap()
        };
        assert_eq!(named("x", &tensor(&[], vec![5]), Space::Short), "x = 5");
        assert_eq!(named("x", &tensor(&[2, 2], vec![1, 0, 0, 1]), Space::Short), "x = [[1, 0], [0, 1]]");
        assert_eq!(named("x", &tensor(&[0], vec![]), Space::Short), "x = []");
        assert_eq!(named("x", &tensor(&[0, 2], vec![]), Space::Short), "x = []");
        assert_eq!(named("x", &tensor(&[2, 0], vec![]), Space::Short), "x = [[], []]");
        let mut sparse = vec![0; 20];
        sparse[13] = 2;
        assert_eq!(named("x", &tensor(&[2, 10], sparse), Space::Short), "x[1, 3] = 2, 0 elsewhere");
        assert_eq!(named("x", &tensor(&[20], vec![0; 20]), Space::Short), "x = 0");
        assert_eq!(named("x", &tensor(&[20], vec![1; 20]), Space::Short), "x = 1 everywhere");
        let digits = tensor(&[20], (1..=20).collect());
        let few = "x[0] = 1, x[1] = 2, x[2] = 3, x[3] = 4, and 16 more";
        assert_eq!(named("x", &digits, Space::Short), few);
        assert!(named("x", &digits, Space::Lines).ends_with(", x[19] = 20"));
    }
}
