//! A point to evaluate a model at: one exact tensor per input, from JSON or from a file of arrays.
//!
//! In JSON a point is an object with an array for every input, `{"x": [1, "1/3", 0.25]}`, or the array alone
//! when the model has one input. Arrays are nested as the input's shape says; a number is the decimal that is
//! written, a string is `"p/q"` or a decimal. A `.npz`, `.npy` or `.safetensors` file does as well.

use std::fmt;
use std::path::Path;

use num_bigint::BigInt;
use num_rational::BigRational;
use num_traits::{Pow, Zero};
use serde::Deserialize;
use serde::de::{Deserializer, MapAccess, Visitor};
use serde_json::Value;
use thiserror::Error;

use super::weights::{self, WeightError};
use crate::network::{Constant, Input, ReadError, Shape, Tensor};
use crate::syntax::{MAX_DIGITS, MAX_EXPONENT};

/// Why a point cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum PointError {
    /// Text that is no JSON.
    #[error("the point is not valid JSON: {0}")]
    Json(String),
    /// A `.json` file that cannot be read.
    #[error("`{path}` cannot be read: {message}")]
    Unreadable {
        /// The file.
        path: String,
        /// Why.
        message: String,
    },
    /// A file of arrays that cannot be read.
    #[error(transparent)]
    Weights(#[from] WeightError),
    /// A file of arrays that cannot be read any more.
    #[error(transparent)]
    Lost(#[from] ReadError),
    /// One array without a name for a model that has not one input.
    #[error("the point is one array, but {}", Inputs(.inputs))]
    Unnamed {
        /// The model's inputs.
        inputs: Vec<Input>,
    },
    /// A value for an input that does not exist.
    #[error("the point has a value for `{}`, but {}", .name.escape_debug(), Inputs(.inputs))]
    Unknown {
        /// The name that no input has.
        name: String,
        /// The model's inputs.
        inputs: Vec<Input>,
    },
    /// Two values for one input.
    #[error("the point has two values for input `{name}`")]
    Twice {
        /// The input.
        name: String,
    },
    /// No value for an input.
    #[error("the point has no value for input `{}` of shape {}", .input.name, .input.shape)]
    Missing {
        /// The input.
        input: Input,
        /// All of the model's inputs.
        inputs: Vec<Input>,
    },
    /// A value of another shape.
    #[error("input `{}` has shape {} but its value has shape {found}", .input.name, .input.shape)]
    Shape {
        /// The input.
        input: Input,
        /// The value's shape.
        found: String,
    },
    /// Something is wrong at one place of a value.
    #[error("the value of input `{input}` {message}{}", At(.index))]
    Entry {
        /// The input.
        input: String,
        /// Where.
        index: Vec<usize>,
        /// What.
        message: String,
    },
}

impl PointError {
    /// How to fix it, where there is a likely way.
    pub fn help(&self) -> Option<String> {
        match self {
            PointError::Weights(error) => error.help().map(str::to_string),
            PointError::Lost(_) => None,
            PointError::Unnamed { inputs }
            | PointError::Unknown { inputs, .. }
            | PointError::Missing { inputs, .. } => Some(example(inputs)),
            PointError::Json(_) => {
                Some("a point looks like '{\"x\": [1, \"1/3\", 0.25]}', or is the path of a file".to_string())
            }
            _ => None,
        }
    }
}

fn example(inputs: &[Input]) -> String {
    let names: Vec<String> = inputs.iter().map(|input| format!("\"{}\": ..", input.name)).collect();
    format!("write '{{{}}}'", names.join(", "))
}

/// ` at [0, 1]`, or nothing for a scalar.
struct At<'a>(&'a [usize]);

impl fmt::Display for At<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.is_empty() { Ok(()) } else { write!(f, " at {:?}", self.0) }
    }
}

/// `the model's inputs are x [2] and y []`
struct Inputs<'a>(&'a [Input]);

impl fmt::Display for Inputs<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let inputs: Vec<String> =
            self.0.iter().map(|input| format!("`{}` of shape {}", input.name, input.shape)).collect();
        match inputs.as_slice() {
            [] => f.write_str("the model has no inputs"),
            [input] => write!(f, "the model's only input is {input}"),
            [first @ .., last] => write!(f, "the model's inputs are {} and {last}", first.join(", ")),
        }
    }
}

/// Reads a point that a user named: the path of a file, or JSON.
pub fn read(text: &str, inputs: &[Input]) -> Result<Vec<Tensor<BigRational>>, PointError> {
    let path = Path::new(text);
    let extension = path.extension().and_then(|extension| extension.to_str());
    match extension {
        Some("npz" | "npy" | "safetensors") => from_arrays(path, inputs),
        Some("json") => {
            let unreadable = |error: std::io::Error| PointError::Unreadable {
                path: path.display().to_string(),
                message: error.to_string(),
            };
            from_json(&std::fs::read_to_string(path).map_err(unreadable)?, inputs)
        }
        _ => from_json(text, inputs),
    }
}

/// Reads a point from a `.npz`, `.npy` or `.safetensors` file.
pub fn from_arrays(path: &Path, inputs: &[Input]) -> Result<Vec<Tensor<BigRational>>, PointError> {
    let store = weights::open(path)?;
    if let Some(constant) = store.single()? {
        let [input] = inputs else { return Err(PointError::Unnamed { inputs: inputs.to_vec() }) };
        return Ok(vec![from_constant(&constant, input)?]);
    }
    check_names(store.names().iter().map(String::as_str), inputs)?;
    let mut tensors = Vec::with_capacity(inputs.len());
    for input in inputs {
        let constant = store.get(&input.name)?.ok_or_else(|| missing(input, inputs))?;
        tensors.push(from_constant(&constant, input)?);
    }
    Ok(tensors)
}

fn missing(input: &Input, inputs: &[Input]) -> PointError {
    PointError::Missing { input: input.clone(), inputs: inputs.to_vec() }
}

fn from_constant(constant: &Constant, input: &Input) -> Result<Tensor<BigRational>, PointError> {
    let wrong = || PointError::Shape { input: input.clone(), found: constant.shape().to_string() };
    if constant.shape() != &input.shape {
        return Err(wrong());
    }
    let data = constant.data()?;
    let entries = (0..constant.shape().size()).map(|position| data.rational(position)).collect();
    Tensor::new(input.shape.clone(), entries).ok_or_else(wrong)
}

/// Every name is that of an input, and none comes twice.
fn check_names<'a>(names: impl Iterator<Item = &'a str>, inputs: &[Input]) -> Result<(), PointError> {
    let mut seen = vec![false; inputs.len()];
    for name in names {
        let Some(position) = inputs.iter().position(|input| input.name == name) else {
            return Err(PointError::Unknown { name: name.to_string(), inputs: inputs.to_vec() });
        };
        if std::mem::replace(&mut seen[position], true) {
            return Err(PointError::Twice { name: name.to_string() });
        }
    }
    Ok(())
}

/// Reads a point from JSON.
pub fn from_json(text: &str, inputs: &[Input]) -> Result<Vec<Tensor<BigRational>>, PointError> {
    let json = |error: serde_json::Error| PointError::Json(error.to_string());
    if !text.trim_start().starts_with('{') {
        let value: Value = serde_json::from_str(text).map_err(json)?;
        let [input] = inputs else { return Err(PointError::Unnamed { inputs: inputs.to_vec() }) };
        return Ok(vec![from_value(&value, input)?]);
    }
    let Pairs(pairs) = serde_json::from_str(text).map_err(json)?;
    check_names(pairs.iter().map(|(name, _)| name.as_str()), inputs)?;
    inputs
        .iter()
        .map(|input| match pairs.iter().find(|(name, _)| *name == input.name) {
            Some((_, value)) => from_value(value, input),
            None => Err(missing(input, inputs)),
        })
        .collect()
}

/// The entries of a JSON object in order. A map would keep one of two values for the same name.
struct Pairs(Vec<(String, Value)>);

impl<'de> Deserialize<'de> for Pairs {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Pairs, D::Error> {
        struct Entries;
        impl<'de> Visitor<'de> for Entries {
            type Value = Pairs;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object with a value for every input")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Pairs, A::Error> {
                let mut pairs = Vec::new();
                while let Some(pair) = map.next_entry()? {
                    pairs.push(pair);
                }
                Ok(Pairs(pairs))
            }
        }
        deserializer.deserialize_map(Entries)
    }
}

fn from_value(value: &Value, input: &Input) -> Result<Tensor<BigRational>, PointError> {
    let mut filler = Filler { input, index: Vec::new(), entries: Vec::new() };
    filler.fill(value, input.shape.axes())?;
    let wrong = || PointError::Shape { input: input.clone(), found: first_shape(value) };
    Tensor::new(input.shape.clone(), filler.entries).ok_or_else(wrong)
}

/// Collects the entries of a nested array that must have the shape of an input.
struct Filler<'a> {
    input: &'a Input,
    index: Vec<usize>,
    entries: Vec<BigRational>,
}

impl Filler<'_> {
    fn fill(&mut self, value: &Value, axes: &[usize]) -> Result<(), PointError> {
        match (value, axes) {
            (Value::Array(items), [axis, inner @ ..]) if items.len() == *axis => {
                for (position, item) in items.iter().enumerate() {
                    self.index.push(position);
                    self.fill(item, inner)?;
                    self.index.pop();
                }
                Ok(())
            }
            (Value::Number(_) | Value::String(_), []) => {
                let text = match value {
                    Value::String(text) => text.clone(),
                    number => number.to_string(),
                };
                self.entries.push(exact(&text).map_err(|message| self.entry(message))?);
                Ok(())
            }
            (Value::Array(_) | Value::Number(_) | Value::String(_), _) => Err(self.misshapen(value, axes)),
            (Value::Null, _) => Err(self.entry("is null, not a number".to_string())),
            (Value::Bool(_), _) => Err(self.entry("is true or false, not a number".to_string())),
            (Value::Object(_), _) => Err(self.entry("is an object, not a number".to_string())),
        }
    }

    /// At the top, or along the first entries, the shape as a whole is wrong; elsewhere the array is ragged.
    fn misshapen(&self, value: &Value, axes: &[usize]) -> PointError {
        if self.index.iter().all(|&i| i == 0) {
            let outer = &self.input.shape.axes()[..self.index.len()];
            let found = [outer, &first_axes(value)].concat();
            return PointError::Shape { input: self.input.clone(), found: show(&found) };
        }
        self.entry(format!("should have shape {} but has shape {}", show(axes), first_shape(value)))
    }

    fn entry(&self, message: String) -> PointError {
        PointError::Entry { input: self.input.name.clone(), index: self.index.clone(), message }
    }
}

/// The shape that a nested array has along its first entries.
fn first_axes(mut value: &Value) -> Vec<usize> {
    let mut axes = Vec::new();
    while let Value::Array(items) = value {
        axes.push(items.len());
        match items.first() {
            Some(first) => value = first,
            None => break,
        }
    }
    axes
}

fn first_shape(value: &Value) -> String {
    show(&first_axes(value))
}

fn show(axes: &[usize]) -> String {
    Shape::new(axes).map_or_else(|| format!("{axes:?}"), |shape| shape.to_string())
}

/// The value of a decimal or of a fraction `p/q`, or what is wrong with it. The limits are those of numbers in
/// `.same` files: `1e999999999` must not fill the memory.
fn exact(text: &str) -> Result<BigRational, String> {
    let not_a_number = || {
        let shown: String = text.chars().take(40).collect();
        format!("is {shown:?}, not a number or a fraction \"p/q\"")
    };
    if let Some((numerator, denominator)) = text.split_once('/') {
        let numerator = integer(numerator).ok_or_else(not_a_number)??;
        let denominator = integer(denominator).ok_or_else(not_a_number)??;
        if denominator.is_zero() {
            return Err("has a denominator of zero".to_string());
        }
        return Ok(BigRational::new(numerator, denominator));
    }
    let (mantissa, exponent) = match text.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, exponent),
        None => (text, "0"),
    };
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, "0"));
    let unsigned = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    if !unsigned(fraction) || !unsigned(exponent.trim_start_matches(['+', '-'])) {
        return Err(not_a_number());
    }
    let digits = integer(&format!("{whole}{fraction}")).ok_or_else(not_a_number)??;
    if !unsigned(whole.trim_start_matches('-')) {
        return Err(not_a_number());
    }
    let exponent = match exponent.parse::<i64>() {
        Ok(exponent) if exponent.unsigned_abs() <= u64::from(MAX_EXPONENT) => exponent,
        // A second sign is among the digits; any other fault is the size.
        Err(_) if exponent[1..].contains(['+', '-']) => return Err(not_a_number()),
        _ => return Err(format!("has an exponent beyond {MAX_EXPONENT}")),
    };
    let power = exponent - fraction.len() as i64;
    let scale = BigInt::from(10).pow(power.unsigned_abs());
    Ok(if power < 0 { BigRational::new(digits, scale) } else { BigRational::from_integer(digits * scale) })
}

/// An integer with an optional minus sign; `None` when it is none, an error when it is too long.
fn integer(text: &str) -> Option<Result<BigInt, String>> {
    let digits = text.strip_prefix('-').unwrap_or(text);
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    if digits.len() > MAX_DIGITS {
        return Some(Err(format!("has more than {MAX_DIGITS} digits")));
    }
    text.parse().ok().map(Ok)
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use proptest::prelude::*;

    use super::*;

    fn input(name: &str, axes: &[usize]) -> Input {
        Input { name: name.to_string(), shape: Shape::new(axes).unwrap() }
    }

    fn show_all(tensors: &[Tensor<BigRational>]) -> String {
        let one = |tensor: &Tensor<BigRational>| {
            let entries: Vec<String> = tensor.data().iter().map(BigRational::to_string).collect();
            format!("{}: {}", tensor.shape(), entries.join(" "))
        };
        tensors.iter().map(one).collect::<Vec<_>>().join("; ")
    }

    fn message(text: &str, inputs: &[Input]) -> String {
        from_json(text, inputs).unwrap_err().to_string()
    }

    #[test]
    fn decimals_are_exact() {
        let cases = [
            ("0", "0"),
            ("-0.0", "0"),
            ("0.1", "1/10"),
            ("-1.50", "-3/2"),
            ("1e3", "1000"),
            ("25E-1", "5/2"),
            ("1.25e+2", "125"),
            ("-0.5", "-1/2"),
            ("0.000", "0"),
            ("9007199254740993", "9007199254740993"),
            ("\"1/3\"", "1/3"),
            ("\"-4/6\"", "-2/3"),
            ("\"4/-6\"", "-2/3"),
            ("\"0.25\"", "1/4"),
            ("\"7\"", "7"),
        ];
        for (text, expected) in cases {
            let point = from_json(text, &[input("x", &[])]).unwrap();
            assert_eq!(show_all(&point), format!("[]: {expected}"), "{text}");
        }
    }

    #[test]
    fn numbers_that_are_none() {
        let texts = [
            "", "1/0", "1/", "/2", "1/2/3", "0.1/2", "a", "--1", "1e", "1e+-2", "e3", ".5", "5.", "0x10",
            "NaN", " 1", "+1", "-", "1e5.0", "1_000", "٣", "-.5",
        ];
        for text in texts {
            let json = serde_json::to_string(text).unwrap();
            assert!(from_json(&json, &[input("x", &[])]).is_err(), "{text:?}");
        }
        for text in ["NaN", "Infinity", "1.", ".5", "01", "[1,]", "", "{", "nonsense", "1 2"] {
            assert!(matches!(from_json(text, &[input("x", &[])]), Err(PointError::Json(_))), "{text:?}");
        }
    }

    /// Numbers that are short to write and long to hold.
    #[test]
    fn numbers_that_are_too_large() {
        let x = [input("x", &[])];
        for text in ["1e1000000000", "1e-1000000000", "0e99999999999999999999999", "1e1001"] {
            assert_eq!(message(text, &x), "the value of input `x` has an exponent beyond 1000");
        }
        let long = "7".repeat(10_001);
        for text in [long.clone(), format!("0.{long}"), format!("\"1/{long}\"")] {
            assert_eq!(message(&text, &x), "the value of input `x` has more than 10000 digits");
        }
        assert!(from_json("1e1000", &x).is_ok());
    }

    #[test]
    fn named_and_bare() {
        let two = [input("x", &[2]), input("y", &[])];
        // The order is that of the inputs.
        let point = from_json(r#" {"y": "1/3", "x": [1, 0.25]}"#, &two).unwrap();
        assert_eq!(show_all(&point), "[2]: 1 1/4; []: 1/3");
        let one = [input("x", &[2, 2])];
        assert_eq!(show_all(&from_json("[[1, 2], [3, 4]]", &one).unwrap()), "[2, 2]: 1 2 3 4");
        assert_eq!(show_all(&from_json(r#"{"x": [[1, 2], [3, 4]]}"#, &one).unwrap()), "[2, 2]: 1 2 3 4");
        assert_eq!(show_all(&from_json("[]", &[input("x", &[0])]).unwrap()), "[0]: ");
        assert_eq!(show_all(&from_json("[[], []]", &[input("x", &[2, 0])]).unwrap()), "[2, 0]: ");
        assert_eq!(from_json("{}", &[]).unwrap(), []);
    }

    #[test]
    fn wrong_names() {
        let two = [input("x", &[2]), input("y", &[])];
        assert_eq!(
            message("[1, 2]", &two),
            "the point is one array, but the model's inputs are `x` of shape [2] and `y` of shape []"
        );
        assert_eq!(message("1", &[]), "the point is one array, but the model has no inputs");
        assert_eq!(
            message(r#"{"z": 1}"#, &two[1..]),
            "the point has a value for `z`, but the model's only input is `y` of shape []"
        );
        assert_eq!(message(r#"{"y": 1}"#, &two), "the point has no value for input `x` of shape [2]");
        assert_eq!(message(r#"{"y": 1, "y": 2}"#, &two), "the point has two values for input `y`");
        assert_eq!(from_json("1", &two).unwrap_err().help().unwrap(), r#"write '{"x": .., "y": ..}'"#);
    }

    #[test]
    fn wrong_shapes() {
        let x = [input("x", &[2, 3])];
        for (text, found) in [
            ("[1, 2, 3]", "[3]"),
            ("[[1, 2], [3, 4]]", "[2, 2]"),
            ("[[[1]], [[2]]]", "[2, 1, 1]"),
            ("[1, 2]", "[2]"),
            ("[]", "[0]"),
            ("5", "[]"),
            ("[[[1], 2, 3], [4, 5, 6]]", "[2, 3, 1]"),
        ] {
            assert_eq!(
                message(text, &x),
                format!("input `x` has shape [2, 3] but its value has shape {found}")
            );
        }
        assert_eq!(
            message("[[1, 2, 3], [4, 5]]", &x),
            "the value of input `x` should have shape [3] but has shape [2] at [1]"
        );
        assert_eq!(
            message("[[1, 2, 3], [4, 5, [6]]]", &x),
            "the value of input `x` should have shape [] but has shape [1] at [1, 2]"
        );
        assert_eq!(
            message("[[1, 2, 3], [4, null, 6]]", &x),
            "the value of input `x` is null, not a number at [1, 1]"
        );
        assert!(message("[[1, 2, 3], [4, true, 6]]", &x).contains("is true or false"));
        assert!(message(r#"[[1, 2, 3], [4, {"a": 1}, 6]]"#, &x).contains("is an object"));
        assert!(message(r#"[[1, 2, 3], [4, "six", 6]]"#, &x).contains("is \"six\", not a number"));
        assert_eq!(message("[1]", &[input("s", &[])]), "input `s` has shape [] but its value has shape [1]");
    }

    #[test]
    fn deep_nesting() {
        let text = format!("{}1{}", "[".repeat(100_000), "]".repeat(100_000));
        assert!(message(&text, &[input("x", &[1])]).contains("recursion limit"));
    }

    /// A `.npy` file of the bytes 5 and 6; a `.npz` file with it under the name `x`.
    #[test]
    fn files() {
        let directory = tempfile::tempdir().unwrap();
        let path = |name: &str| directory.path().join(name).display().to_string();
        let dictionary = "{'descr': '|u1', 'fortran_order': False, 'shape': (2,), }";
        let mut npy = b"\x93NUMPY\x01\x00".to_vec();
        npy.extend_from_slice(&(dictionary.len() as u16).to_le_bytes());
        npy.extend_from_slice(dictionary.as_bytes());
        npy.extend_from_slice(&[5, 6]);
        std::fs::write(path("a.npy"), &npy).unwrap();
        let mut zip = zip::ZipWriter::new(std::fs::File::create(path("a.npz")).unwrap());
        zip.start_file("x.npy", zip::write::SimpleFileOptions::default()).unwrap();
        zip.write_all(&npy).unwrap();
        zip.finish().unwrap();
        std::fs::write(path("a.json"), r#"{"x": [5, 6]}"#).unwrap();

        let x = [input("x", &[2])];
        for name in ["a.npy", "a.npz", "a.json"] {
            assert_eq!(show_all(&read(&path(name), &x).unwrap()), "[2]: 5 6", "{name}");
        }
        assert_eq!(show_all(&read("[5, 6]", &x).unwrap()), "[2]: 5 6");

        let two = [input("x", &[2]), input("y", &[])];
        assert!(matches!(read(&path("a.npy"), &two), Err(PointError::Unnamed { .. })));
        assert!(matches!(read(&path("a.npz"), &two), Err(PointError::Missing { .. })));
        assert!(matches!(read(&path("a.npz"), &two[1..]), Err(PointError::Unknown { .. })));
        let three = [input("x", &[3])];
        for name in ["a.npy", "a.npz"] {
            let error = read(&path(name), &three).unwrap_err();
            assert_eq!(error.to_string(), "input `x` has shape [3] but its value has shape [2]");
        }
        assert!(matches!(read(&path("b.npz"), &x), Err(PointError::Weights(_))));
        assert!(matches!(read(&path("b.json"), &x), Err(PointError::Unreadable { .. })));
    }

    proptest! {
        /// A decimal is its digits over a power of ten: checked by multiplying back.
        #[test]
        fn decimal_is_digits_over_a_power(negative: bool, whole in 0..1_000_000u64, places in 1..9usize, fraction: u32, exponent in -20..20i32) {
            let fraction = u64::from(fraction) % 10u64.pow(places as u32);
            let sign = if negative { "-" } else { "" };
            let value = exact(&format!("{sign}{whole}.{fraction:0places$}e{exponent}")).unwrap();
            let digits = BigInt::from(whole) * 10u64.pow(places as u32) + fraction;
            let ten = BigRational::from_integer(10.into());
            let back = value * ten.pow(places as i32 - exponent);
            prop_assert_eq!(back, BigRational::from_integer(if negative { -digits } else { digits }));
        }

        #[test]
        fn any_text_is_read_or_refused(text in "[-+0-9eE./\\[\\]{}\", xnt]{0,40}") {
            let _ = from_json(&text, &[input("x", &[2])]);
            let _ = exact(&text);
        }
    }
}
