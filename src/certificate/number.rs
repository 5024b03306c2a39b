//! Numbers as certificates write them: as strings, each in exactly one way.

use std::fmt;

use num_bigint::{BigInt, BigUint};
use num_integer::Integer;
use num_rational::BigRational;
use num_traits::{One, Zero};
use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A rational, `"p"` or `"p/q"` in lowest terms with `q` at least 2. Digits without leading zeros, no `+`, no
/// `-0`.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Number(pub BigRational);

/// A natural number below 2^64 in decimal digits: a prime or a residue.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Natural(pub u64);

/// A SHA-256 digest as 64 lower-case hexadecimal digits.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Hash(pub [u8; 32]);

/// Numbers of more characters than this are not read: converting them would take longer than anything else.
const LONGEST: usize = 100_000;

/// Decimal digits without a leading zero, unless zero itself.
fn digits(text: &str) -> Option<BigUint> {
    let canonical = text == "0" || !text.starts_with('0');
    let valid = !text.is_empty() && text.len() <= LONGEST && canonical;
    let valid = valid && text.bytes().all(|byte| byte.is_ascii_digit());
    if valid { BigUint::parse_bytes(text.as_bytes(), 10) } else { None }
}

fn rational(text: &str) -> Option<BigRational> {
    let (sign, rest) = match text.strip_prefix('-') {
        Some(rest) => (-1, rest),
        None => (1, text),
    };
    let (numerator, denominator) = match rest.split_once('/') {
        Some((numerator, denominator)) => (digits(numerator)?, digits(denominator)?),
        None => (digits(rest)?, BigUint::one()),
    };
    let fraction = rest.contains('/');
    let lowest = !fraction || (denominator > BigUint::one() && numerator.gcd(&denominator).is_one());
    if !lowest || (sign < 0 && numerator.is_zero()) {
        return None;
    }
    Some(BigRational::new_raw(BigInt::from(numerator) * sign, BigInt::from(denominator)))
}

impl fmt::Display for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Debug for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Display for Natural {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Display for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

macro_rules! as_string {
    ($type:ty, $expected:literal, $read:expr) => {
        impl Serialize for $type {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> Deserialize<'de> for $type {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<$type, D::Error> {
                let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
                let read: fn(&str) -> Option<$type> = $read;
                read(&text).ok_or_else(|| {
                    let shown: String = text.chars().take(40).collect();
                    D::Error::custom(format!("expected {}, found \"{shown}\"", $expected))
                })
            }
        }
    };
}

as_string!(Number, "a fraction in lowest terms such as \"-3/4\"", |text| rational(text).map(Number));
as_string!(Natural, "a natural number below 2^64 as a string", |text| {
    digits(text).and_then(|value| u64::try_from(value).ok()).map(Natural)
});
as_string!(Hash, "64 lower-case hexadecimal digits", |text| {
    let mut bytes = [0u8; 32];
    let valid = text.len() == 64 && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
    if !valid {
        return None;
    }
    for (byte, pair) in bytes.iter_mut().zip(text.as_bytes().chunks_exact(2)) {
        *byte = u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok()?;
    }
    Some(Hash(bytes))
});

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_number_has_one_spelling() {
        for good in ["0", "7", "-7", "1/2", "-3/4", "10/3", "100000000000000000000000001/2"] {
            let number: Number = serde_json::from_str(&format!("\"{good}\"")).unwrap();
            assert_eq!(number.to_string(), good);
            assert_eq!(number.0, good.parse().unwrap());
        }
        let wrong = [
            "", "-", "+1", "-0", "00", "01", "1/1", "0/1", "0/2", "2/4", "1/-2", "1/02", "1/0", "1/", "/2",
            "1//2", "1/2/3", " 1", "1 ", "1.0", "1e3", "0x1", "1_0", "\u{661}", "--1", "-/2", "nan",
        ];
        for wrong in wrong {
            assert!(serde_json::from_str::<Number>(&format!("\"{wrong}\"")).is_err(), "{wrong}");
        }
        for wrong in ["1", "1.5", "null", "true", "[]"] {
            assert!(serde_json::from_str::<Number>(wrong).is_err(), "{wrong}");
        }
        let long = "1".repeat(LONGEST + 1);
        assert!(serde_json::from_str::<Number>(&format!("\"{long}\"")).is_err());
    }

    #[test]
    fn naturals_fit_64_bits() {
        let read = |text: &str| serde_json::from_str::<Natural>(&format!("\"{text}\"")).ok();
        assert_eq!(read("0"), Some(Natural(0)));
        assert_eq!(read("18446744073709551615"), Some(Natural(u64::MAX)));
        for wrong in ["18446744073709551616", "-1", "01", "1/2", "", "1 "] {
            assert_eq!(read(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn hashes_are_lower_case() {
        let text = "00ff".repeat(16);
        let hash: Hash = serde_json::from_str(&format!("\"{text}\"")).unwrap();
        assert_eq!(hash.to_string(), text);
        for wrong in [text.to_uppercase(), text[1..].to_string(), format!("{text}0"), text.replace('f', "g")]
        {
            assert!(serde_json::from_str::<Hash>(&format!("\"{wrong}\"")).is_err(), "{wrong}");
        }
    }
}
