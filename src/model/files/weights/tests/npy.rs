use super::*;

fn read(bytes: &[u8]) -> Result<Arc<Constant>, WeightError> {
    opened(bytes)?.single().map(|found| found.expect("an .npy file has one array"))
}

/// The bytes `numpy.save` writes for `numpy.array([[1.5, -2.0]], dtype='>f4')`: the dictionary padded with
/// blanks so that the data begin at a multiple of 64.
#[test]
fn file_of_numpy() {
    let mut text = "{'descr': '>f4', 'fortran_order': False, 'shape': (1, 2), }".to_string();
    while !(10 + text.len() + 1).is_multiple_of(64) {
        text.push(' ');
    }
    text.push('\n');
    let bytes = npy_file(&text, &[0x3f, 0xc0, 0, 0, 0xc0, 0, 0, 0]);
    assert_eq!(bytes.len(), 128 + 8);
    let constant = read(&bytes).unwrap();
    assert_eq!(constant.shape().to_string(), "[1, 2]");
    assert_eq!(values(&constant), "3/2 -2");
}

/// The entry is the number 258 = 0x0102 (1 for bool, 2 for one byte), or a float whose bits are simple.
#[test]
fn every_type_in_both_byte_orders() {
    let cases: [(&str, &[u8], &str); 12] = [
        ("b1", &[1], "1"),
        ("i1", &[0xfe], "-2"),
        ("u1", &[0xfe], "254"),
        ("i2", &[1, 2], "258"),
        ("u2", &[0xff, 2], "65282"),
        ("i4", &[0xff, 0xff, 0xff, 2], "-254"),
        ("u4", &[0xff, 0xff, 0xff, 2], "4294967042"),
        ("i8", &[0, 0, 0, 0, 0, 0, 1, 2], "258"),
        ("u8", &[0x80, 0, 0, 0, 0, 0, 0, 0], "9223372036854775808"),
        ("f2", &[0x3e, 0x00], "3/2"),
        ("f4", &[0xbf, 0xc0, 0, 0], "-3/2"),
        ("f8", &[0x40, 0x08, 0, 0, 0, 0, 0, 0], "3"),
    ];
    for (kind, big, expected) in cases {
        let little: Vec<u8> = big.iter().rev().copied().collect();
        for (order, data) in [(">", big), ("<", &little)] {
            let bytes = npy_file(&dictionary(&format!("{order}{kind}"), false, "(1,)"), data);
            assert_eq!(values(&read(&bytes).unwrap()), expected, "{order}{kind}");
        }
        let bytes = npy_file(&dictionary(&format!("|{kind}"), false, "(1,)"), big);
        assert_eq!(read(&bytes).is_ok(), big.len() == 1, "|{kind}");
    }
}

/// The array t[i,j,k] = 100 i + 10 j + k of shape 2x3x2, in the order k slowest, then j, then i fastest.
#[test]
fn fortran_order() {
    let mut data = Vec::new();
    for k in 0..2u8 {
        for j in 0..3 {
            for i in 0..2 {
                data.push(100 * i + 10 * j + k);
            }
        }
    }
    let constant = read(&npy_file(&dictionary("|u1", true, "(2, 3, 2)"), &data)).unwrap();
    assert_eq!(values(&constant), "0 1 10 11 20 21 100 101 110 111 120 121");
    let vector = read(&npy_file(&dictionary("|u1", true, "(3,)"), &[1, 2, 3])).unwrap();
    assert_eq!(values(&vector), "1 2 3");
    let scalar = read(&npy_file(&dictionary("|u1", true, "()"), &[5])).unwrap();
    assert_eq!((values(&scalar).as_str(), scalar.shape().rank()), ("5", 0));
    let empty = read(&npy_file(&dictionary("|u1", true, "(2, 0, 3)"), &[])).unwrap();
    assert_eq!(empty.shape().to_string(), "[2, 0, 3]");
}

/// The index of a bad entry is that of the array, not of its place in the file: here the third entry of the
/// file, at row 0, column 1.
#[test]
fn not_finite() {
    let data: Vec<u8> = [0.0, 0.0, f64::NAN, 0.0].iter().flat_map(|x| x.to_le_bytes()).collect();
    let error = read(&npy_file(&dictionary("<f8", true, "(2, 2)"), &data)).unwrap_err();
    assert_eq!(error.fault, WeightFault::NotFinite { index: vec![0, 1], value: "NaN" });
    assert_eq!(error.tensor, None);
    assert!(error.to_string().ends_with("` has NaN at [0, 1]"), "{error}");
}

/// Versions 2 and 3 have a length of four bytes. Python 2 wrote `3L`.
#[test]
fn versions() {
    for version in [2, 3] {
        let text = dictionary("|u1", false, "(2L,)");
        let mut bytes = b"\x93NUMPY".to_vec();
        bytes.extend_from_slice(&[version, 0]);
        bytes.extend_from_slice(&(text.len() as u32).to_le_bytes());
        bytes.extend_from_slice(text.as_bytes());
        bytes.extend_from_slice(&[4, 5]);
        assert_eq!(values(&read(&bytes).unwrap()), "4 5");
    }
    let mut bytes = npy_file(&dictionary("|u1", false, "(2,)"), &[4, 5]);
    bytes[6] = 4;
    assert_eq!(malformed(&bytes), "its format version 4.0 is unknown");
}

/// A header of versions 2 and 3 may be longer than 64 KB, up to a limit of 1 MiB.
#[test]
fn long_headers() {
    const LIMIT: usize = 1 << 20;
    for version in [2, 3] {
        for length in [65_535, 65_536, 65_537, 300_000, LIMIT, LIMIT + 1] {
            let mut text = dictionary("<f4", false, "(2, 1)");
            text.push_str(&" ".repeat(length - 1 - text.len()));
            text.push('\n');
            let mut bytes = b"\x93NUMPY".to_vec();
            bytes.extend_from_slice(&[version, 0]);
            bytes.extend_from_slice(&(length as u32).to_le_bytes());
            bytes.extend_from_slice(text.as_bytes());
            bytes.extend_from_slice(&[0, 0, 0xc0, 0x3f, 0, 0, 0, 0xc0]);
            if length <= LIMIT {
                assert_eq!(values(&read(&bytes).unwrap()), "3/2 -2", "{length}");
                // Neither the header nor the data may end early.
                assert!(read(&bytes[..bytes.len() - 1]).is_err());
                assert!(malformed(&bytes[..length]).contains("ends too early"));
            } else {
                let expected = "the header length field says 1048577 bytes; the limit is 1048576";
                assert_eq!(malformed(&bytes), expected);
            }
        }
    }
}

#[test]
fn unsupported_types() {
    let cases = [
        ("'<c16'", "(complex numbers)"),
        ("'|O'", "(pickled Python objects)"),
        ("'<U5'", "(strings)"),
        ("'|S5'", "(strings)"),
        ("'<M8[ns]'", "(times)"),
        ("'<f16'", "(extended precision"),
        ("'<V2'", "bfloat16"),
        ("'|V8'", "(raw bytes)"),
        ("'=f4'", "\"=f4\""),
        ("''", "\"\""),
        ("'é'", "\"é\""),
        ("[('a', '<f4'), ('b', '<i4', (2, 3))]", "structured array"),
    ];
    for (descr, expected) in cases {
        let text = format!("{{'descr': {descr}, 'fortran_order': False, 'shape': (1,)}}");
        let error = read(&npy_file(&text, &[0; 16])).unwrap_err();
        assert!(
            matches!(&error.fault, WeightFault::Unsupported { dtype } if dtype.contains(expected)),
            "{error}"
        );
    }
}

#[test]
fn lies() {
    let u1 = |shape: &str| dictionary("|u1", false, shape);
    let cases = [
        (u1("(5,)"), "an array of shape [5] takes 5 bytes but only 4 follow the header"),
        (u1("(3,)"), "1 bytes follow the array"),
        (u1("(-4,)"), "unexpected '-' in the header"),
        (u1("(4.0,)"), "unexpected '.' in the header"),
        (u1("4"), "lacks one of 'descr', 'fortran_order' and 'shape'"),
        (u1("('4',)"), "'shape' has an entry that is not a natural number"),
        (u1("(99999999999999999999,)"), "the header has a number that is too large"),
        ("{'descr': '|u1', 'fortran_order': 0, 'shape': (4,)}".into(), "'fortran_order' is neither"),
        ("{'descr': 7, 'fortran_order': False, 'shape': (4,)}".into(), "'descr' is not an element type"),
        ("{'descr': '|u1', 'shape': (4,)}".into(), "lacks one of"),
        ("{'descr': '|u1', 'descr': '<f8', 'fortran_order': False, 'shape': (4,)}".into(), "\"descr\" twice"),
        ("{'descr': '|u1', 'fortran_order': False, 'shape': (4,), 'x': 1}".into(), "unknown key \"x\""),
        (
            "{'descr': '|u1', 'fortran_order': False, 'shape': (4,)".into(),
            "the header's dictionary is not closed",
        ),
        ("{'descr': '|u1', 'fortran_order': False, 'shape': (4,)} 7".into(), "something follows"),
        ("{'descr': '|u1' 'fortran_order': False}".into(), "unexpected '\\''"),
        ("{7: 8}".into(), "a key of the header is not a string"),
        ("(1, 2)".into(), "the header is not a dictionary"),
        ("{'a".into(), "unexpected 'a' in the header"),
        ("{'\\x41': 1}".into(), "a string with a backslash"),
        (String::new(), "the header's dictionary is not closed"),
        (format!("{{'descr': {}", "(".repeat(60_000)), "nested too deeply"),
        (format!("{{'descr': {}", "{".repeat(60_000)), "nested too deeply"),
    ];
    for (text, expected) in cases {
        let message = malformed(&npy_file(&text, &[0; 4]));
        assert!(message.contains(expected), "{message}\n{expected}");
    }
}

/// Lengths and shapes that would take all memory if they were believed.
#[test]
fn sizes_that_lie() {
    let mut bytes = b"\x93NUMPY\x02\x00\xff\xff\xff\xff".to_vec();
    bytes.extend_from_slice(b"{}");
    assert_eq!(malformed(&bytes), "the header length field says 4294967295 bytes; the limit is 1048576");
    let huge = malformed(&npy_file(&dictionary("<f8", false, "(1073741824,)"), &[0; 8]));
    assert!(huge.ends_with("takes 8589934592 bytes but only 8 follow the header"), "{huge}");
    for shape in ["(4294967296, 4294967296)", "(18446744073709551615, 2)", "(0, 18446744073709551615)"] {
        let error = read(&npy_file(&dictionary("<f8", false, shape), &[])).unwrap_err();
        assert!(matches!(error.fault, WeightFault::TooLarge(_)), "{error}");
    }
}

#[test]
fn truncated() {
    let whole = npy_file(&dictionary("<f8", false, "(2,)"), &[0; 16]);
    assert!(read(&whole).is_ok());
    for length in 0..whole.len() {
        assert!(opened(&whole[..length]).is_err(), "{length}");
    }
}
