//! Valid files with a few bytes changed: never a panic, never a value that an independent reader would not
//! find in the same bytes.

use npyz::{Deserialize, NpyFile};
use proptest::prelude::*;

use super::*;
use crate::network::Data;

/// One change of a file.
#[derive(Clone, Debug)]
enum Change {
    Set(prop::sample::Index, u8),
    Flip(prop::sample::Index, u8),
    Cut(prop::sample::Index),
    Insert(prop::sample::Index, Vec<u8>),
    Remove(prop::sample::Index),
    Digit(prop::sample::Index, u8),
}

fn change() -> impl Strategy<Value = Change> {
    let at = any::<prop::sample::Index>;
    prop_oneof![
        (at(), any::<u8>()).prop_map(|(i, b)| Change::Set(i, b)),
        (at(), 0..8u8).prop_map(|(i, b)| Change::Flip(i, 1 << b)),
        at().prop_map(Change::Cut),
        (at(), prop::collection::vec(any::<u8>(), 1..20)).prop_map(|(i, b)| Change::Insert(i, b)),
        at().prop_map(Change::Remove),
        (at(), b'0'..=b'9').prop_map(|(i, b)| Change::Digit(i, b)),
    ]
}

fn apply(bytes: &mut Vec<u8>, change: &Change) {
    if bytes.is_empty() {
        return;
    }
    let length = bytes.len();
    match change {
        Change::Set(i, b) => bytes[i.index(length)] = *b,
        Change::Flip(i, b) => bytes[i.index(length)] ^= b,
        Change::Cut(i) => bytes.truncate(i.index(length)),
        Change::Insert(i, b) => {
            let at = i.index(length);
            bytes.splice(at..at, b.iter().copied());
        }
        Change::Remove(i) => {
            bytes.remove(i.index(length));
        }
        // Numbers in headers are what lies are made of.
        Change::Digit(i, b) => {
            let digits: Vec<usize> = (0..length).filter(|&at| bytes[at].is_ascii_digit()).collect();
            if !digits.is_empty() {
                bytes[digits[i.index(digits.len())]] = *b;
            }
        }
    }
}

fn changed(original: &[u8], changes: &[Change]) -> Vec<u8> {
    let mut bytes = original.to_vec();
    changes.iter().for_each(|change| apply(&mut bytes, change));
    bytes
}

/// The bytes of the entries in row-major order, little-endian, in the type they came in.
fn little_endian(constant: &Constant, width: usize) -> Vec<u8> {
    match &*constant.data().unwrap() {
        Data::F64(v) => v.iter().flat_map(|x| x.to_le_bytes()).collect(),
        Data::F32(v) => v.iter().flat_map(|x| x.to_le_bytes()).collect(),
        Data::F16(v) => v.iter().flat_map(|x| x.to_le_bytes()).collect(),
        Data::BF16(v) => v.iter().flat_map(|x| x.to_le_bytes()).collect(),
        Data::Unsigned(v) => v.iter().flat_map(|x| x.to_le_bytes()).collect(),
        Data::Integer(v) => v.iter().flat_map(|x| x.to_le_bytes().into_iter().take(width)).collect(),
        Data::Rational(_) => unreachable!("files hold none"),
    }
}

fn safetensors_original() -> Vec<u8> {
    let header = concat!(
        r#"{"w":{"dtype":"F32","shape":[2,3],"data_offsets":[0,24]},"#,
        r#""b":{"dtype":"I16","shape":[3],"data_offsets":[24,30]},"#,
        r#""h":{"dtype":"BF16","shape":[1,2],"data_offsets":[30,34]}}"#,
    );
    let mut data: Vec<u8> =
        [1.0f32, -2.5, 0.0, 1e-30, 7.0, 0.1].iter().flat_map(|x| x.to_le_bytes()).collect();
    data.extend_from_slice(&[1, 0, 2, 0, 0xff, 0xff, 0x80, 0x3f, 0x00, 0x40]);
    safetensors_file(header, &data)
}

fn npy_original() -> Vec<u8> {
    let data: Vec<u8> = [1.0f32, -2.5, 0.0, 1e-30, 7.0, 0.1].iter().flat_map(|x| x.to_le_bytes()).collect();
    npy_file(&dictionary("<f4", false, "(2, 3)"), &data)
}

/// The entries as the crate `npyz` reads them, if it does.
fn by_npyz<T: Deserialize>(bytes: &[u8]) -> Option<Vec<T>> {
    NpyFile::new(bytes).ok()?.into_vec().ok()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, ..ProptestConfig::default() })]

    #[test]
    fn changed_safetensors(changes in prop::collection::vec(change(), 1..4)) {
        let bytes = changed(&safetensors_original(), &changes);
        let Ok(store) = opened(&bytes) else { return Ok(()) };
        for name in store.names() {
            let Ok(constant) = get(&store, name) else { continue };
            // A file that is accepted here, if the reference reader does too, has the same bytes there.
            if let Ok(reference) = ::safetensors::SafeTensors::deserialize(&bytes) {
                let view = reference.tensor(name).unwrap();
                prop_assert_eq!(view.shape(), constant.shape().axes());
                prop_assert_eq!(view.data(), little_endian(&constant, view.dtype().bitsize() / 8));
            }
        }
    }

    #[test]
    fn changed_npy(changes in prop::collection::vec(change(), 1..4)) {
        let bytes = changed(&npy_original(), &changes);
        let Ok(store) = opened(&bytes) else { return Ok(()) };
        let Ok(Some(constant)) = store.single() else { return Ok(()) };
        // One type stands for the test of all: most changes leave it alone. Where the order of the axes or
        // of the bytes changed, the reference answers in its own order.
        let plain = bytes.windows(14).any(|w| w == b"'descr': '<f4'")
            && bytes.windows(22).any(|w| w == b"'fortran_order': False");
        if let (true, Some(reference)) = (plain, by_npyz::<f32>(&bytes)) {
            prop_assert_eq!(constant.shape().size(), reference.len());
            let reference: Vec<u8> = reference.iter().flat_map(|x| x.to_le_bytes()).collect();
            prop_assert_eq!(little_endian(&constant, 4), reference);
        }
    }

    /// Checksums guard members, headers included: what is read is what was written.
    #[test]
    fn changed_npz(
        changes in prop::collection::vec(change(), 1..4),
        method in prop_oneof![Just(zip::CompressionMethod::Stored), Just(zip::CompressionMethod::Deflated)],
    ) {
        let original = npy_original();
        let bytes = changed(&zip_file(&[("w.npy", &original), ("v.npy", &original)], method), &changes);
        let Ok(store) = opened(&bytes) else { return Ok(()) };
        for name in store.names() {
            if let Ok(constant) = get(&store, name) {
                prop_assert_eq!(constant.shape().axes(), [2, 3]);
                prop_assert_eq!(little_endian(&constant, 4), &original[original.len() - 24..]);
            }
        }
    }

    #[test]
    fn noise(bytes in prop::collection::vec(any::<u8>(), 0..200), magic in 0..4usize) {
        let magics = [&b""[..], b"\x93NUMPY\x01\x00\x20\x00", b"PK\x03\x04", b"\x20\0\0\0\0\0\0\0{"];
        let mut file = magics[magic].to_vec();
        file.extend_from_slice(&bytes);
        if let Ok(store) = opened(&file) {
            for name in store.names() {
                let _ = store.get(name);
            }
            let _ = store.single();
        }
    }
}
