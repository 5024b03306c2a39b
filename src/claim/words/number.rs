//! Exact numbers and tensors of them as readable text: short ones as they are, long ones as decimals.

use num_bigint::BigInt;
use num_rational::BigRational;
use num_traits::{One, Signed, Zero};

use crate::network::Tensor;
use crate::similarity::{Root, decimal, leading};

/// Denominators that are a power of two from this exponent on are written as such.
const POWER: u64 = 20;
/// Of tensors with more entries than this, only the nonzero entries are listed.
const MANY: usize = 16;

/// Fractions with more digits than this are written as decimals,
const LONG_FRACTION: usize = 12;
/// and integers with more than this.
const LONG_INTEGER: usize = 21;
/// Digits of a long number.
const DIGITS: usize = 12;
/// At most so many digits are written to show a difference, which is then written itself.
const MOST_DIGITS: usize = 40;
/// Digits of a difference.
const DIFFERENCE: usize = 3;

/// Significant digits of the number that a claim is about.
pub const DECIMALS: usize = 16;
/// Exact numbers with more characters than this are left out beside a decimal.
const SHORT: usize = 24;

/// How much space there is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Space {
    /// One line shared with other things: long numbers are decimals, and tensors are cut.
    Short,
    /// Lines of its own: long numbers are decimals, and only very large tensors are cut.
    Lines,
    /// The same with exact numbers: only what is too long to read is cut.
    Exact,
    /// Everything is written.
    Full,
}

impl Space {
    /// No more nonzero entries are listed.
    fn entries(self) -> usize {
        match self {
            Space::Short => 4,
            Space::Lines | Space::Exact => 64,
            Space::Full => usize::MAX,
        }
    }
}

/// A rational as `p`, `p/q` or `p/2^k` if it is short or is to be exact, with digits that are visibly left
/// out for lack of space; or else its first digits: `-3.75816240123..`
pub fn rational(value: &BigRational, space: Space) -> String {
    match space {
        Space::Short | Space::Lines if !is_short(value) => cut(value, DIGITS),
        Space::Exact => exact(value, 400),
        _ => exact(value, usize::MAX),
    }
}

/// A number as it is if it is short, else its first digits.
pub fn readable(value: &BigRational) -> String {
    rational(value, Space::Short)
}

/// Rows of numbers as text that is different for different rows, with as few digits as that takes.
pub fn distinct(rows: &[&[BigRational]]) -> Vec<String> {
    let written = |write: &dyn Fn(&BigRational) -> String| -> Vec<String> {
        rows.iter().map(|row| row.iter().map(write).collect::<Vec<_>>().join(", ")).collect()
    };
    let tells_apart = |digits: &usize| {
        let leading = written(&|value| leading(value, *digits).0.trim_end_matches(['0', '.']).to_string());
        let mut order: Vec<usize> = (0..rows.len()).collect();
        order.sort_by_key(|&at| &leading[at]);
        order.windows(2).all(|pair| leading[pair[0]] != leading[pair[1]] || rows[pair[0]] == rows[pair[1]])
    };
    match [DIGITS, 2 * DIGITS, MOST_DIGITS].into_iter().find(tells_apart) {
        Some(digits) => written(&|value| if is_short(value) { readable(value) } else { cut(value, digits) }),
        None => written(&|value| rational(value, Space::Full)),
    }
}

fn exact(value: &BigRational, most: usize) -> String {
    let numerator = integer(value.numer(), most);
    let denominator = value.denom();
    if denominator.is_one() {
        return numerator;
    }
    match denominator.trailing_zeros() {
        Some(k) if k >= POWER && denominator.bits() == k + 1 => format!("{numerator}/2^{k}"),
        _ => format!("{numerator}/{}", integer(denominator, most)),
    }
}

fn integer(value: &BigInt, most: usize) -> String {
    let digits = value.abs().to_string();
    let sign = if value.is_negative() { "-" } else { "" };
    if digits.len() <= most {
        return format!("{sign}{digits}");
    }
    format!("{sign}{}...{} ({} digits)", &digits[..8], &digits[digits.len() - 8..], digits.len())
}

/// Whether a number is short enough to be read as a fraction.
fn is_short(value: &BigRational) -> bool {
    /// Numbers with more bits than this are not written down to count their digits.
    const BITS: u64 = 1 << 10;
    if value.numer().bits().max(value.denom().bits()) > BITS {
        return false;
    }
    let digits = |number: &BigInt| number.magnitude().to_string().len();
    match value.is_integer() {
        true => digits(value.numer()) <= LONG_INTEGER,
        false => digits(value.numer()) + digits(value.denom()) <= LONG_FRACTION,
    }
}

/// The first digits; others are cut off, which two dots say.
fn cut(value: &BigRational, digits: usize) -> String {
    let (text, exact) = leading(value, digits);
    match (exact, text.split_once('e')) {
        (true, _) => text,
        (false, Some((digits, exponent))) => format!("{digits}..e{exponent}"),
        (false, None) => format!("{text}.."),
    }
}

/// Two unequal numbers with enough digits to tell them apart, and their difference unless it is easily seen.
pub fn two(a: &BigRational, b: &BigRational) -> (String, String, Option<String>) {
    if is_short(a) && is_short(b) {
        return (readable(a), readable(b), None);
    }
    let difference = a - b;
    let exponent = |x: &BigRational| Root::new(x, x * x).exponent();
    let larger = if a.abs() > b.abs() { a } else { b };
    let apart = usize::try_from(exponent(larger) - exponent(&difference)).unwrap_or(0);
    let digits = (apart + DIFFERENCE).clamp(DIGITS, MOST_DIGITS);
    (cut(a, digits), cut(b, digits), Some(decimal(&difference, DIFFERENCE)))
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
        .take(space.entries())
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
        assert_eq!(rational(&(fraction(3, 1) / power(2, 149)), Space::Exact), "3/2^149");
        // 10^450 + 7 has 451 digits.
        let long = power(10, 450) + fraction(7, 1);
        assert_eq!(rational(&long, Space::Exact), "10000000...00000007 (451 digits)");
        assert_eq!(rational(&long, Space::Full).len(), 451);
    }

    /// 1/3 is short. 10^15/(3 10^15 + 1) = 0.333333333333333222..
    #[test]
    fn long_fractions_become_decimals() {
        assert_eq!(readable(&fraction(-1, 3)), "-1/3");
        assert_eq!(
            readable(&(power(10, 15) / (power(10, 15) * fraction(3, 1) + fraction(1, 1)))),
            "0.333333333333.."
        );
        // 2^-149 is the least float32, 1.401298464324817..e-45.
        assert_eq!(readable(&(fraction(3, 1) / power(2, 149))), "4.20389539297..e-45");
        // 2^-177 = 5.2201..e-54 by its logarithm, -53.2823; 7^6000 has 5071 digits.
        let tiny = fraction(123_456_789_123, 1) / power(2, 177);
        assert!(readable(&tiny).ends_with("..e-43") && readable(&tiny).starts_with("6.44"));
        assert!(readable(&power(7, 6000)).ends_with("..e5070"));
        assert_eq!(readable(&power(10, 20)), "100000000000000000000");
    }

    /// 10^50 + 10^25 and 10^50 + 10^26 differ by 9 10^25, in their 25th digit.
    #[test]
    fn two_numbers_are_told_apart() {
        let (a, b) = (power(10, 50) + power(10, 25), power(10, 50) + power(10, 26));
        let (x, y, difference) = two(&a, &b);
        assert_eq!(
            (x.as_str(), y.as_str()),
            ("1.0000000000000000000000001e50", "1.000000000000000000000001e50",)
        );
        assert_eq!(difference.unwrap(), "-9e25");
        assert_eq!(two(&fraction(1, 2), &fraction(1, 3)), ("1/2".to_string(), "1/3".to_string(), None));
    }

    /// 2 + 10^-15 needs 16 digits, so that all are written to 24; equal rows may look the same.
    #[test]
    fn rows_are_told_apart() {
        let (two, more) = (fraction(2, 1), fraction(2, 1) + fraction(1, 1) / power(10, 15));
        let (two, more) = ([two], [more]);
        let rows: [&[BigRational]; 3] = [&two, &more, &two];
        assert_eq!(distinct(&rows), ["2", "2.000000000000001", "2"]);
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
