//! Tensors that stay in their files.

use super::*;
use crate::arithmetic::{Arithmetic, Rationals};
use crate::network::{Builder, Data, Einsum, EvaluateError, Input, Shape, evaluate};

impl Fixture {
    fn open_stored(&self) -> WeightStore {
        open_with(&self.path, Placement::All).unwrap()
    }
}

/// Every type, in a file that is read when its entries are used: the same values and digests as in memory.
#[test]
fn stored_entries_are_the_entries() {
    let cases: [(&str, &[u8], u64); 8] = [
        ("BOOL", &[0, 1, 1, 0, 1, 0], 1),
        ("I8", &[0x80, 0x7f, 0, 1, 2, 3], 1),
        ("U16", &[0x00, 0x80, 0xff, 0xff, 1, 0, 2, 0, 3, 0, 4, 0], 2),
        ("F8_E5M2", &[0x00, 0x3c, 0xbd, 0x7b, 0x01, 0x80], 1),
        ("F8_E8M0", &[0x00, 0x01, 0x7f, 0x80, 0xfe, 0x7e], 1),
        ("BF16", &[0x00, 0x3f, 0x80, 0xbf, 0, 0x80, 0x80, 0x3f, 0, 0x40, 0x40, 0x40], 2),
        (
            "F32",
            &[0, 0, 0, 0x3f, 1, 0, 0, 0, 0, 0, 0, 0x80, 0, 0, 0x80, 0x3f, 0, 0, 0, 0x40, 0, 0, 0x40, 0x40],
            4,
        ),
        ("U64", &[0xff; 48], 8),
    ];
    for (dtype, data, width) in cases {
        // Another tensor comes first, so that the places are not those of the file.
        let header = format!(
            r#"{{"a":{{"dtype":"U8","shape":[3],"data_offsets":[0,3]}},
                "x":{{"dtype":"{dtype}","shape":[2,3],"data_offsets":[3,{}]}}}}"#,
            3 + data.len()
        );
        let bytes = safetensors_file(&header, &[&[9, 9, 9], data].concat());
        let fixture = Fixture::new("w.safetensors", &bytes);
        let (memory, store) = (fixture.open().unwrap(), fixture.open_stored());
        let (memory, stored) = (get(&memory, "x").unwrap(), get(&store, "x").unwrap());
        assert_eq!(data.len() as u64, 6 * width);
        assert!(memory.in_memory().is_some() && stored.in_memory().is_none());
        assert_eq!(values(&memory), values(&stored), "{dtype}");
        assert_eq!(memory.digest(), stored.digest());
        let part = |constant: &Constant| {
            let block = constant.block(2..5).unwrap();
            (0..3).map(|i| block.rational(i)).collect::<Vec<_>>()
        };
        assert_eq!(part(&memory), part(&stored));
        assert_eq!(stored.block(4..4).unwrap().len(), 0);
    }
}

/// `.npy` in both byte orders; columns first is put in order in memory.
#[test]
fn stored_arrays() {
    for (descr, fortran, data, stored) in [
        ("<i2", false, [1u8, 0, 2, 0, 3, 0, 4, 0], true),
        (">i2", false, [0, 1, 0, 2, 0, 3, 0, 4], true),
        (">i2", true, [0, 1, 0, 3, 0, 2, 0, 4], false),
    ] {
        let fixture = Fixture::new("w.npy", &npy_file(&dictionary(descr, fortran, "(2, 2)"), &data));
        let constant = fixture.open_stored().single().unwrap().unwrap();
        assert_eq!(values(&constant), "1 2 3 4");
        assert_eq!(constant.in_memory().is_none(), stored);
    }
}

/// What is wrong with entries is found when the tensor is asked for, with the same words.
#[test]
fn stored_tensors_are_checked_once() {
    let mut data = vec![0u8; 4 * 300_000];
    data[4 * 299_999..].copy_from_slice(&f32::NAN.to_le_bytes());
    data[4 * 150_001..4 * 150_002].copy_from_slice(&f32::NEG_INFINITY.to_le_bytes());
    let header = format!(r#"{{"x":{{"dtype":"F32","shape":[2,150000],"data_offsets":[0,{}]}}}}"#, data.len());
    let fixture = Fixture::new("w.safetensors", &safetensors_file(&header, &data));
    let error = get(&fixture.open_stored(), "x").unwrap_err();
    assert_eq!(error.fault.to_string(), "has -infinity at [1, 1]");
    assert_eq!(error, get(&fixture.open().unwrap(), "x").unwrap_err());
    let header = r#"{"x":{"dtype":"BOOL","shape":[2,2],"data_offsets":[0,4]}}"#;
    let fixture = Fixture::new("w.safetensors", &safetensors_file(header, &[0, 1, 2, 1]));
    let error = get(&fixture.open_stored(), "x").unwrap_err();
    assert_eq!(error.fault.to_string(), "is damaged: its element type is bool, but the byte at [1, 0] is 2");
}

/// A file that is cut or written to while its tensors are in use is an error wherever they are used, never
/// other values.
#[test]
fn changes_are_noticed() {
    let data: Vec<u8> = (0..6u8).collect();
    let header = r#"{"x":{"dtype":"U8","shape":[2,3],"data_offsets":[0,6]}}"#;
    let bytes = safetensors_file(header, &data);
    let cut = |path: &Path| std::fs::write(path, &bytes[..bytes.len() - 1]).unwrap();
    let longer = |path: &Path| std::fs::write(path, [&bytes[..], &[1]].concat()).unwrap();
    let touched = |path: &Path| {
        // The same bytes, a moment later than any clock's resolution.
        let file = std::fs::File::options().write(true).open(path).unwrap();
        let later = file.metadata().unwrap().modified().unwrap() + core::time::Duration::from_secs(2);
        file.set_modified(later).unwrap();
    };
    let changes: [&dyn Fn(&Path); 3] = [&cut, &longer, &touched];
    for change in changes {
        let fixture = Fixture::new("w.safetensors", &bytes);
        let store = fixture.open_stored();
        let constant = get(&store, "x").unwrap();
        change(&fixture.path);
        let error = constant.block(1..3).unwrap_err();
        assert!(error.0.starts_with("tensor \"x\" of `") && error.0.ends_with("changed while it was in use"));
        assert_eq!(constant.rational(0), Err(error.clone()));
        assert!(matches!(store.files()[0].sha256().unwrap_err().fault, WeightFault::Changed));
        let mut builder = Builder::new();
        let shape = Shape::new([3]).unwrap();
        let x = builder.input(0, shape.clone());
        let weight = builder.constant(constant.clone());
        let product = builder
            .contract(vec![weight, x], Einsum { operands: vec![vec![0, 1], vec![1]], output: vec![0] })
            .unwrap();
        let network = builder.network(vec![Input { name: "x".into(), shape: shape.clone() }], product);
        let rationals = Rationals::new();
        let point = crate::network::Tensor::new(shape, vec![rationals.one(); 3]).unwrap();
        assert_eq!(evaluate(&rationals, &network, &[point]).unwrap_err(), EvaluateError::Unreadable(error));
    }
}

/// A file that is deleted or replaced is read on as it was.
#[test]
fn a_replaced_file_is_read_on() {
    let header = r#"{"x":{"dtype":"U8","shape":[3],"data_offsets":[0,3]}}"#;
    let fixture = Fixture::new("w.safetensors", &safetensors_file(header, &[1, 2, 3]));
    let constant = get(&fixture.open_stored(), "x").unwrap();
    let other = fixture.path.with_extension("new");
    std::fs::write(&other, safetensors_file(header, &[4, 5, 6])).unwrap();
    std::fs::rename(&other, &fixture.path).unwrap();
    assert_eq!(values(&constant), "1 2 3");
}

/// Large files keep their large tensors, and only those; small files none.
#[test]
fn only_large_tensors_stay_in_their_files() {
    let header = r#"{"large":{"dtype":"U8","shape":[16777216],"data_offsets":[0,16777216]},
        "small":{"dtype":"U8","shape":[4096],"data_offsets":[16777216,16781312]}}"#;
    let store = opened(&safetensors_file(header, &vec![1; 16_781_312])).unwrap();
    assert!(get(&store, "large").unwrap().in_memory().is_none());
    assert!(matches!(get(&store, "small").unwrap().in_memory(), Some(Data::Integer(_))));
    let header = r#"{"x":{"dtype":"U8","shape":[100000],"data_offsets":[0,100000]}}"#;
    let store = opened(&safetensors_file(header, &vec![1; 100_000])).unwrap();
    assert!(get(&store, "x").unwrap().in_memory().is_some());
}
