//! Points from JSON and from files.

use std::io::Write;

use num_bigint::BigInt;
use num_rational::BigRational;
use num_traits::Pow;
use proptest::prelude::*;

use super::json::exact;
use super::*;
use crate::network::Shape;

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
        "", "1/0", "1/", "/2", "1/2/3", "0.1/2", "a", "--1", "1e", "1e+-2", "e3", ".5", "5.", "0x10", "NaN",
        " 1", "+1", "-", "1e5.0", "1_000", "٣", "-.5",
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
        assert_eq!(message(text, &x), format!("input `x` has shape [2, 3] but its value has shape {found}"));
    }
    assert_eq!(
        message("[[1, 2, 3], [4, 5]]", &x),
        "the value of input `x` must have shape [3] but has shape [2] at [1]"
    );
    assert_eq!(
        message("[[1, 2, 3], [4, 5, [6]]]", &x),
        "the value of input `x` must have shape [] but has shape [1] at [1, 2]"
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
    fn decimal_is_digits_over_a_power(
        negative: bool,
        whole in 0..1_000_000u64,
        places in 1..9usize,
        fraction: u32,
        exponent in -20..20i32,
    ) {
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
