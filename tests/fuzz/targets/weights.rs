//! Weight files of any bytes, against independent readers of the same formats: whatever samenet reads, they
//! read, bit for bit.

use std::io::Write;
use std::sync::Arc;

use num_rational::BigRational;
use samenet::model::weights::{WeightError, WeightFault, WeightStore, open};
use samenet::network::{Constant, Data};
use serde_json::Value;

use super::files::file;

/// A file of these bytes, opened. Any error must have a message.
fn opened(name: &str, bytes: &[u8]) -> Option<WeightStore> {
    match open(&file(name, bytes)) {
        Ok(store) => Some(store),
        Err(error) => {
            explained(&error);
            None
        }
    }
}

/// Messages are shown on terminals, so they have no control characters and a reasonable length.
fn explained(error: &WeightError) {
    let message = error.to_string();
    assert!(message.chars().count() < 1000, "{message}");
    assert!(!message.chars().any(char::is_control), "{message:?}");
    let _ = error.help();
}

fn read(result: Result<Option<Arc<Constant>>, WeightError>) -> Option<Arc<Constant>> {
    match result {
        Ok(constant) => {
            if let Some(constant) = &constant {
                exact(constant);
            }
            constant
        }
        Err(error) => {
            explained(&error);
            None
        }
    }
}

/// The entries as rationals, against the standard library's of the floats; and a tensor of these rationals is
/// the same constant.
fn exact(constant: &Constant) {
    let data = constant.data().unwrap();
    assert_eq!(constant.shape().size(), data.len());
    let entry = |position: usize| match &*data {
        Data::F64(v) => BigRational::from_float(v[position]),
        Data::F32(v) => BigRational::from_float(v[position]),
        Data::F16(v) => BigRational::from_float(f32::from(v[position])),
        Data::BF16(v) => BigRational::from_float(f32::from(v[position])),
        Data::Integer(v) => Some(BigRational::from_integer(v[position].into())),
        Data::Unsigned(v) => Some(BigRational::from_integer(v[position].into())),
        Data::Rational(_) => unreachable!("files hold none"),
    };
    if data.len() <= 64 {
        let entries: Option<Vec<BigRational>> = (0..data.len()).map(entry).collect();
        let entries = entries.unwrap();
        for (position, expected) in entries.iter().enumerate() {
            assert_eq!(constant.rational(position).as_ref(), Ok(expected));
        }
        let same = Constant::new(constant.shape().clone(), Data::Rational(entries)).unwrap();
        assert_eq!(constant.digest(), same.digest());
    }
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

/// Any bytes as a `.safetensors` file.
pub fn safetensors(bytes: &[u8]) {
    use ::safetensors::Dtype::{F8_E4M3, F8_E4M3FNUZ, F8_E5M2, F8_E5M2FNUZ, F8_E8M0};

    let reference = ::safetensors::SafeTensors::deserialize(bytes);
    let Some(store) = opened("weights.safetensors", bytes) else { return };
    // The format is known by content.
    if bytes.starts_with(b"\x93NUMPY")
        || bytes.starts_with(b"PK")
        || bytes.trim_ascii_start().starts_with(b"{")
    {
        return;
    }
    assert!(store.single().unwrap().is_none());
    for name in store.names() {
        let Some(constant) = read(store.get(name)) else { continue };
        // What both accept has the same bytes in it.
        if let Ok(reference) = &reference {
            let view = reference.tensor(name).unwrap();
            assert_eq!(view.shape(), constant.shape().axes());
            // Floats of eight bits are held in a wider type, so their bytes differ. Which numbers they are is
            // tested where they are read, for all 256 patterns.
            let widened = matches!(view.dtype(), F8_E4M3 | F8_E5M2 | F8_E4M3FNUZ | F8_E5M2FNUZ | F8_E8M0);
            if !widened {
                assert_eq!(view.data(), little_endian(&constant, view.dtype().bitsize() / 8));
            }
        }
    }
    if let Ok(reference) = &reference {
        assert_eq!(reference.len(), store.names().len());
    }
    assert!(read(store.get("no tensor has this name, surely")).is_none());
}

/// Any bytes as a `.npy` file.
pub fn npy(bytes: &[u8]) {
    let Some(store) = opened("weights.npy", bytes) else { return };
    if !bytes.starts_with(b"\x93NUMPY") {
        return;
    }
    assert!(store.names().is_empty());
    if let Some(constant) = read(store.single())
        && let Some(reference) = by_npyz(bytes)
    {
        assert_eq!(constant.shape().axes(), reference.axes);
        assert_eq!(little_endian(&constant, reference.width), reference.little_endian);
    }
}

/// What the crate `npyz` finds in a file.
struct Array {
    axes: Vec<usize>,
    /// Bytes per entry.
    width: usize,
    /// In row-major order.
    little_endian: Vec<u8>,
}

fn by_npyz(bytes: &[u8]) -> Option<Array> {
    let array = npyz::NpyFile::new(bytes).ok()?;
    let npyz::DType::Plain(kind) = array.dtype() else { return None };
    let axes: Vec<usize> = array.shape().iter().map(|&axis| axis as usize).collect();
    let columns_first = array.order() == npyz::Order::Fortran;
    fn entries<T: npyz::Deserialize, const N: usize>(
        array: npyz::NpyFile<&[u8]>,
        to: fn(T) -> [u8; N],
    ) -> Option<Vec<Vec<u8>>> {
        Some(array.into_vec::<T>().ok()?.into_iter().map(|x| to(x).to_vec()).collect())
    }
    use npyz::TypeChar::{Bool, Float, Int, Uint};
    let width = kind.size_field() as usize;
    let stored = match (kind.type_char(), width) {
        (Bool, 1) => entries(array, |x: bool| [u8::from(x)]),
        (Int, 1) => entries(array, i8::to_le_bytes),
        (Int, 2) => entries(array, i16::to_le_bytes),
        (Int, 4) => entries(array, i32::to_le_bytes),
        (Int, 8) => entries(array, i64::to_le_bytes),
        (Uint, 1) => entries(array, u8::to_le_bytes),
        (Uint, 2) => entries(array, u16::to_le_bytes),
        (Uint, 4) => entries(array, u32::to_le_bytes),
        (Uint, 8) => entries(array, u64::to_le_bytes),
        (Float, 4) => entries(array, f32::to_le_bytes),
        (Float, 8) => entries(array, f64::to_le_bytes),
        _ => None,
    }?;
    let position = |flat: usize| {
        if !columns_first {
            return flat;
        }
        // The index of an entry, the last axis first, and its place when the first axis moves fastest.
        let (mut rest, mut index) = (flat, vec![0; axes.len()]);
        for (axis, length) in axes.iter().enumerate().rev() {
            (index[axis], rest) = (rest % length, rest / length);
        }
        index.iter().zip(&axes).rev().fold(0, |place, (i, length)| place * length + i)
    };
    let little_endian = (0..stored.len()).flat_map(|flat| stored[position(flat)].clone()).collect();
    Some(Array { axes, width, little_endian })
}

/// Archives. An even first byte: any bytes as an archive. An odd one: the rest becomes the members of a sound
/// archive, and what is read of a member is what is read of the same bytes as a file.
pub fn npz(bytes: &[u8]) {
    let Some((&mode, bytes)) = bytes.split_first() else { return };
    if mode % 2 == 0 {
        if let Some(store) = opened("weights.npz", bytes) {
            for name in store.names() {
                read(store.get(name));
            }
        }
        return;
    }
    let method =
        if mode & 2 == 0 { zip::CompressionMethod::Stored } else { zip::CompressionMethod::Deflated };
    let (first, second) = bytes.split_at(if mode & 4 == 0 { bytes.len() } else { bytes.len() / 2 });
    let mut writer = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for (name, member) in [("a.npy", first), ("b.npy", second)] {
        let options = zip::write::SimpleFileOptions::default().compression_method(method);
        writer.start_file(name, options).unwrap();
        writer.write_all(member).unwrap();
    }
    let archive = writer.finish().unwrap().into_inner();
    let store = opened("weights.npz", &archive).unwrap();
    assert_eq!(store.names(), ["a", "b"]);
    for (name, member) in [("a", first), ("b", second)] {
        let alone = match open(&file("weights.npy", member)) {
            Ok(alone) if member.starts_with(b"\x93NUMPY") => alone.single(),
            Ok(_) => Ok(None),
            Err(error) => Err(error),
        };
        match (alone, store.get(name)) {
            (Ok(Some(alone)), Ok(Some(inside))) => {
                assert_eq!(alone.shape(), inside.shape());
                assert_eq!(little_endian(&alone, 8), little_endian(&inside, 8));
            }
            (Ok(Some(alone)), Err(error)) => {
                assert!(matches!(error.fault, WeightFault::Inflation { .. }), "{alone:?} {error}");
            }
            (_, Ok(Some(inside))) => panic!("only inside an archive: {inside:?}"),
            (_, Err(error)) => explained(&error),
            (_, Ok(None)) => unreachable!("the name is listed"),
        }
    }
}

/// Any text as the index of a checkpoint in several files. What it lists is what its files hold under these
/// names, and no file outside its folder is looked at.
pub fn index(bytes: &[u8]) {
    let path = file("model.safetensors.index.json", bytes);
    let store = match open(&path) {
        Ok(store) => store,
        Err(error) => return explained(&error),
    };
    let folder = path.parent().unwrap();
    let Ok(Value::Object(index)) = serde_json::from_slice::<Value>(bytes) else { return };
    let map = index["weight_map"].as_object().unwrap();
    assert_eq!(store.names(), map.keys().cloned().collect::<Vec<_>>());
    for (name, file) in map {
        let file = folder.join(file.as_str().unwrap());
        assert!(store.files().iter().any(|opened| opened.path() == file));
        assert!(file.canonicalize().unwrap().starts_with(folder.canonicalize().unwrap()));
        let (inside, alone) = (read(store.get(name)), read(open(&file).unwrap().get(name)));
        assert_eq!(inside.unwrap().digest(), alone.unwrap().digest());
    }
    assert!(store.single().unwrap().is_none());
}
