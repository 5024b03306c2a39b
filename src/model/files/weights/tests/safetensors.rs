use super::*;
use crate::network::{Data, Shape};

/// One tensor `x` with this type, shape and data.
fn one(dtype: &str, shape: &str, data: &[u8]) -> Vec<u8> {
    let header =
        format!(r#"{{"x":{{"dtype":"{dtype}","shape":{shape},"data_offsets":[0,{}]}}}}"#, data.len());
    safetensors_file(&header, data)
}

fn read_one(dtype: &str, shape: &str, data: &[u8]) -> Result<Arc<Constant>, WeightError> {
    get(&opened(&one(dtype, shape, data)).unwrap(), "x")
}

/// Bit patterns by the definitions of the formats. f32: 0x3F000000 is 1/2, 0x00000001 is 2^-149. f16: 0x3C00
/// is 1, 0xC000 is -2, 0x0001 is 2^-24. bf16 is the upper half of an f32: 0x3F00 is 1/2, 0xBF80 is -1.
#[test]
fn every_type_is_read_exactly() {
    let cases: [(&str, &[u8], &str); 13] = [
        ("BOOL", &[0, 1], "0 1"),
        ("I8", &[0x80, 0x7f], "-128 127"),
        ("U8", &[0x80, 0xff], "128 255"),
        ("I16", &[0x00, 0x80, 0xff, 0x7f], "-32768 32767"),
        ("U16", &[0x00, 0x80, 0xff, 0xff], "32768 65535"),
        ("I32", &[0, 0, 0, 0x80, 0xff, 0xff, 0xff, 0x7f], "-2147483648 2147483647"),
        ("U32", &[0, 0, 0, 0x80, 0xff, 0xff, 0xff, 0xff], "2147483648 4294967295"),
        (
            "I64",
            &[0, 0, 0, 0, 0, 0, 0, 0x80, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f],
            "-9223372036854775808 9223372036854775807",
        ),
        ("U64", &[1, 0, 0, 0, 0, 0, 0, 0, 255, 255, 255, 255, 255, 255, 255, 255], "1 18446744073709551615"),
        ("F16", &[0x01, 0x00, 0x00, 0xc0], "1/16777216 -2"),
        ("BF16", &[0x00, 0x3f, 0x80, 0xbf], "1/2 -1"),
        ("F32", &[0, 0, 0, 0x3f, 1, 0, 0, 0], "1/2 1/713623846352979940529142984724747568191373312"),
        // 0.1 as a binary64 is 3602879701896397 / 2^55.
        (
            "F64",
            &[0x9a, 0x99, 0x99, 0x99, 0x99, 0x99, 0xb9, 0x3f, 0, 0, 0, 0, 0, 0, 0, 0x80],
            "3602879701896397/36028797018963968 0",
        ),
    ];
    for (dtype, data, expected) in cases {
        let constant = read_one(dtype, "[2]", data).unwrap();
        assert_eq!(values(&constant), expected, "{dtype}");
        assert_eq!(constant.shape(), &Shape::new([2]).unwrap());
    }
}

/// Nothing is widened that need not be.
#[test]
fn floats_keep_their_type() {
    assert!(matches!(read_one("F16", "[1]", &[0; 2]).unwrap().in_memory(), Some(Data::F16(_))));
    assert!(matches!(read_one("BF16", "[1]", &[0; 2]).unwrap().in_memory(), Some(Data::BF16(_))));
    assert!(matches!(read_one("F32", "[1]", &[0; 4]).unwrap().in_memory(), Some(Data::F32(_))));
    assert!(matches!(read_one("F64", "[1]", &[0; 8]).unwrap().in_memory(), Some(Data::F64(_))));
}

/// Names in file order (not in the order of the data), metadata skipped, row-major entries, an empty tensor
/// and a scalar among the others.
#[test]
fn several_tensors() {
    let header = r#"{"__metadata__":{"scale":"0.5"},
        "later":{"dtype":"U8","shape":[2,3],"data_offsets":[2,8]},
        "early":{"dtype":"U8","shape":[],"data_offsets":[0,1]},
        "empty":{"dtype":"F32","shape":[0,7],"data_offsets":[1,1]},
        "middle":{"dtype":"U8","shape":[1,1],"data_offsets":[1,2]}}   "#;
    let fixture = Fixture::new("w.safetensors", &safetensors_file(header, &[9, 8, 1, 2, 3, 4, 5, 6]));
    let store = fixture.open().unwrap();
    assert_eq!(store.names(), ["later", "early", "empty", "middle"]);
    assert_eq!(values(&get(&store, "later").unwrap()), "1 2 3 4 5 6");
    assert_eq!(get(&store, "later").unwrap().shape().to_string(), "[2, 3]");
    assert_eq!(values(&get(&store, "early").unwrap()), "9");
    assert_eq!(get(&store, "early").unwrap().shape().to_string(), "[]");
    assert_eq!(get(&store, "empty").unwrap().shape().to_string(), "[0, 7]");
    assert_eq!(values(&get(&store, "middle").unwrap()), "8");
    assert!(store.get("absent").unwrap().is_none());
    assert!(store.single().unwrap().is_none());
    // Read once, then shared.
    assert!(Arc::ptr_eq(&get(&store, "later").unwrap(), &get(&store, "later").unwrap()));
    assert_eq!(store.path(), fixture.path);
}

/// More entries than are read at a time.
#[test]
fn long_tensor() {
    let data: Vec<u8> = (0..100_000u32).flat_map(|i| (i as f32 / 2.0).to_le_bytes()).collect();
    let constant = read_one("F32", "[100,1000]", &data).unwrap();
    for i in [0, 16_383, 16_384, 65_537, 99_999] {
        assert_eq!(constant.rational(i).unwrap(), rational(&format!("{i}/2")));
    }
}

/// All bit patterns of a type: the value of each by the definition of the format, or `None` for what is not
/// finite.
fn all_patterns(dtype: &str, defined: impl Fn(u32) -> Option<BigRational>) {
    for pattern in 0..=255_u8 {
        // The pattern under test stands at [1, 2] of a 2x3 matrix; 0x38 is finite in every format.
        let read = read_one(dtype, "[2,3]", &[0x38, 0x38, 0x38, 0x38, 0x38, pattern]);
        match (defined(u32::from(pattern)), read) {
            (Some(value), Ok(constant)) => {
                assert_eq!(constant.rational(5).unwrap(), value, "{dtype} {pattern:#04x}");
            }
            (None, Err(error)) => {
                assert_eq!(error.tensor.as_deref(), Some("x"));
                let message = error.fault.to_string();
                assert!(message.starts_with("has ") && message.ends_with(" at [1, 2]"), "{message}");
                let name = match (dtype, pattern) {
                    ("F8_E5M2", 0x7c) => "has infinity",
                    ("F8_E5M2", 0xfc) => "has -infinity",
                    _ => "has NaN",
                };
                assert!(message.starts_with(name), "{dtype} {pattern:#04x}: {message}");
            }
            (defined, read) => panic!("{dtype} {pattern:#04x}: {defined:?}, {read:?}"),
        }
    }
}

/// Powers of two, sums of them, and a sign.
#[test]
fn floats_of_eight_bits() {
    let power = |exponent: i32| -> BigRational {
        let two = BigRational::from_integer(2.into());
        num_traits::Pow::pow(&two, &num_bigint::BigInt::from(exponent))
    };
    // (-1)^s 2^(e - bias) (1 + f / 2^m), and (-1)^s 2^(1 - bias) f / 2^m if e is 0.
    let float = |pattern: u32, m: u32, bias: i32| {
        let (s, e, f) = (pattern / 128, (pattern % 128) / 2_u32.pow(m), pattern % 2_u32.pow(m));
        let f = BigRational::new(f.into(), 2_u32.pow(m).into());
        let one = BigRational::from_integer(1.into());
        let size = if e == 0 { power(1 - bias) * f } else { power(e as i32 - bias) * (one + f) };
        if s == 1 { -size } else { size }
    };
    all_patterns("F8_E4M3", |pattern| (pattern % 128 != 127).then(|| float(pattern, 3, 7)));
    // The greatest exponent is that of infinity and NaN.
    all_patterns("F8_E5M2", |pattern| (pattern % 128 < 124).then(|| float(pattern, 2, 15)));
    all_patterns("F8_E4M3FNUZ", |pattern| (pattern != 128).then(|| float(pattern, 3, 8)));
    all_patterns("F8_E5M2FNUZ", |pattern| (pattern != 128).then(|| float(pattern, 2, 16)));
    all_patterns("F8_E8M0", |pattern| (pattern != 255).then(|| power(pattern as i32 - 127)));
    // Values that everyone knows: the greatest ones, and the least above zero.
    let at = |dtype: &str, pattern: u8| values(&read_one(dtype, "[1]", &[pattern]).unwrap());
    assert_eq!((at("F8_E4M3", 0x7e), at("F8_E4M3", 0x01)), ("448".into(), "1/512".into()));
    assert_eq!((at("F8_E5M2", 0x7b), at("F8_E5M2", 0x01)), ("57344".into(), "1/65536".into()));
    assert_eq!((at("F8_E4M3FNUZ", 0x7f), at("F8_E5M2FNUZ", 0x7f)), ("240".into(), "57344".into()));
    assert_eq!((at("F8_E8M0", 127), at("F8_E4M3", 0x80)), ("1".into(), "0".into()));
}

#[test]
fn not_finite() {
    let cases: [(&str, &[u8], &str); 4] = [
        ("F64", &f64::NAN.to_le_bytes(), "NaN"),
        ("F32", &f32::INFINITY.to_le_bytes(), "infinity"),
        ("F16", &[0x00, 0xfc], "-infinity"),
        ("BF16", &[0x01, 0x7f | 0x80], "NaN"),
    ];
    for (dtype, bad, name) in cases {
        // The bad entry is the last but one of a 2x3 matrix.
        let mut data = vec![0; 6 * bad.len()];
        let at = 4 * bad.len();
        data[at..at + bad.len()].copy_from_slice(bad);
        let mut bad = data.clone();
        if dtype == "BF16" {
            // 0x7F81: all exponent bits and a fraction.
            bad[8..10].copy_from_slice(&[0x81, 0x7f]);
        }
        let error = read_one(dtype, "[2,3]", &bad).unwrap_err();
        assert_eq!(error.tensor.as_deref(), Some("x"));
        assert_eq!(error.fault.to_string(), format!("has {name} at [1, 1]"));
        assert!(error.help().is_some());
    }
}

/// A type that is not read spoils only its own tensor, a damaged one too.
#[test]
fn unsupported_types() {
    for dtype in ["C64", "I128", "x\u{1b}[2J"] {
        let header = format!(
            r#"{{"bad":{{"dtype":{},"shape":[1],"data_offsets":[0,{}]}},
                "good":{{"dtype":"U8","shape":[1],"data_offsets":[{1},{}]}}}}"#,
            serde_json::to_string(dtype).unwrap(),
            if dtype == "C64" { 8 } else { 1 },
            if dtype == "C64" { 9 } else { 2 },
        );
        let store = opened(&safetensors_file(&header, &vec![7; if dtype == "C64" { 9 } else { 2 }])).unwrap();
        assert_eq!(values(&get(&store, "good").unwrap()), "7");
        let error = get(&store, "bad").unwrap_err();
        assert!(matches!(error.fault, WeightFault::Unsupported { .. }), "{error}");
        assert!(error.to_string().starts_with("tensor \"bad\" of `"), "{error}");
        assert!(!error.to_string().contains('\u{1b}'));
        assert!(error.help().unwrap().contains("bf16"));
    }
}

#[test]
fn bool_is_zero_or_one() {
    let error = read_one("BOOL", "[2,2]", &[0, 1, 2, 1]).unwrap_err();
    assert_eq!(error.fault.to_string(), "is damaged: its element type is bool, but the byte at [1, 0] is 2");
}

/// Each file lies in one way.
#[test]
fn lies() {
    let tensor = |name: &str, shape: &str, start: u64, end: u64| {
        format!(r#""{name}":{{"dtype":"U8","shape":{shape},"data_offsets":[{start},{end}]}}"#)
    };
    let file = |entries: &[String], data: usize| {
        safetensors_file(&format!("{{{}}}", entries.join(",")), &vec![0; data])
    };
    let cases = [
        (vec![tensor("a", "[4]", 0, 4), tensor("b", "[4]", 2, 6)], 6, "the data of tensor \"b\" overlap"),
        (vec![tensor("a", "[4]", 0, 4), tensor("b", "[4]", 0, 4)], 4, "the data of tensor \"b\" overlap"),
        (
            vec![tensor("a", "[4]", 0, 4), tensor("b", "[1]", 6, 7)],
            7,
            "bytes 4 to 6 of the data belong to no",
        ),
        (vec![tensor("a", "[4]", 0, 4), tensor("a", "[4]", 4, 8)], 8, "tensor \"a\" is listed twice"),
        (vec![tensor("a", "[4]", 4, 0)], 4, "tensor \"a\" ends at byte 0, before its start at 4"),
        (vec![tensor("a", "[5]", 0, 4)], 4, "tensor \"a\" of type U8 and shape [5] cannot have 4 bytes"),
        (vec![tensor("a", "[8]", 0, 8)], 4, "tensor \"a\" ends at byte 8 of the data, which has only 4"),
        (vec![tensor("a", "[4]", 0, 4)], 9, "5 bytes follow the data of the last tensor"),
        (vec![], 3, "3 bytes follow the data of the last tensor"),
        (vec![tensor("a", "[18446744073709551615]", 0, u64::MAX)], 4, "which has only 4 bytes"),
        (vec![tensor("a", "[-1]", 0, 4)], 4, "invalid value"),
        (vec![tensor("a", "[1e3]", 0, 4)], 4, "invalid"),
        (vec![tensor("a", "\"4\"", 0, 4)], 4, "invalid type"),
        (vec![r#""a":{"dtype":"U8","shape":[4]}"#.to_string()], 4, "missing field `data_offsets`"),
        (
            vec![r#""a":{"dtype":"U8","dtype":"F32","shape":[4],"data_offsets":[0,4]}"#.to_string()],
            4,
            "duplicate",
        ),
        (vec![r#""a":7"#.to_string()], 4, "invalid type"),
        (vec!["nonsense".to_string()], 4, "malformed header"),
    ];
    for (entries, data, expected) in cases {
        let message = malformed(&file(&entries, data));
        assert!(message.contains(expected), "{message}\n{expected}");
    }
    assert!(malformed(&safetensors_file("{} {}", &[])).contains("trailing characters"));
    assert!(malformed(&safetensors_file("{\"\u{7}", &[])).contains("control character"));
    let mut not_utf8 = safetensors_file("{\"?\":0}", &[]);
    not_utf8[10] = 0xff;
    assert_eq!(malformed(&not_utf8), "the header is not UTF-8");
    let nested = format!("{{\"a\":{}1{}}}", "[".repeat(200_000), "]".repeat(200_000));
    assert!(malformed(&safetensors_file(&nested, &[])).contains("invalid type"));
    let nested = format!("{{\"__metadata__\":{}1{}}}", "[".repeat(200_000), "]".repeat(200_000));
    assert!(opened(&safetensors_file(&nested, &[])).is_ok_and(|store| store.names().is_empty()));
}

/// Shapes whose product overflows, or is too large, or has too many axes, spoil their tensor. The data are 0
/// bytes long, so only the shape can be at fault.
#[test]
fn shapes_that_overflow() {
    let shapes = [
        "[4294967296,4294967296]".to_string(),
        "[0,18446744073709551615,18446744073709551615]".to_string(),
        format!("[{}0]", "1,".repeat(100)),
    ];
    for shape in shapes {
        let error = read_one("F32", &shape, &[]).unwrap_err();
        assert!(
            matches!(error.fault, WeightFault::TooLarge(_) | WeightFault::TooManyAxes(101)),
            "{shape}: {error}"
        );
    }
}

#[test]
fn truncated() {
    let whole = one("F32", "[3]", &[0; 12]);
    assert!(opened(&whole).is_ok());
    for length in 0..whole.len() {
        assert!(opened(&whole[..length]).is_err(), "{length}");
    }
    assert_eq!(malformed(&[0x40, 0, 0, 0]), "it is shorter than the 8 bytes that give the header's length");
    assert_eq!(
        malformed(&whole[..20]),
        format!("the header length field says {} bytes, but only 12 follow", whole.len() - 20)
    );
}

/// The length alone must not make the reader allocate.
#[test]
fn header_length_that_lies() {
    for length in [101, 99_999_999, 100_000_001, u64::MAX / 2, u64::MAX - 7, u64::MAX] {
        let mut bytes = one("U8", "[1]", &[1]);
        bytes[..8].copy_from_slice(&length.to_le_bytes());
        assert!(malformed(&bytes).starts_with(&format!("the header length field says {length} bytes")));
    }
}

/// The reader of the crate that defines the format writes what is read here.
#[test]
fn file_of_the_reference_writer() {
    use ::safetensors::tensor::{Dtype, TensorView, serialize};
    let a: Vec<u8> = [1.5f32, -0.25, 3.0, 0.0].iter().flat_map(|x| x.to_le_bytes()).collect();
    let b: Vec<u8> = [7i64, -7].iter().flat_map(|x| x.to_le_bytes()).collect();
    let views = [
        ("a.weight", TensorView::new(Dtype::F32, vec![2, 2], &a).unwrap()),
        ("b", TensorView::new(Dtype::I64, vec![2], &b).unwrap()),
    ];
    let store = opened(&serialize(views, None).unwrap()).unwrap();
    assert_eq!(values(&get(&store, "a.weight").unwrap()), "3/2 -1/4 3 0");
    assert_eq!(values(&get(&store, "b").unwrap()), "7 -7");
}
