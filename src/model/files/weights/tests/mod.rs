//! Files built by hand: what each byte means is known here without the readers under test.

mod index;
mod mutation;
mod npy;
mod npz;
mod other;
mod safetensors;
mod stored;

use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use num_rational::BigRational;
use tempfile::TempDir;

use super::store::open_with;
use super::stored::Placement;
use super::{WeightError, WeightFault, WeightStore, open};
use crate::network::Constant;

/// A file in a directory of its own, which goes when this is dropped.
struct Fixture {
    _directory: TempDir,
    path: PathBuf,
}

impl Fixture {
    fn new(name: &str, bytes: &[u8]) -> Fixture {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        Fixture { _directory: directory, path }
    }

    fn open(&self) -> Result<WeightStore, WeightError> {
        open(&self.path)
    }
}

/// Opens a file with these bytes. Its name is gone afterwards, its contents are read through the open handle.
fn opened(bytes: &[u8]) -> Result<WeightStore, WeightError> {
    Fixture::new("weights", bytes).open()
}

/// Why these bytes cannot be opened.
fn refusal(bytes: &[u8]) -> WeightFault {
    opened(bytes).expect_err("a file that should be refused").fault
}

/// The message of a malformed file.
fn malformed(bytes: &[u8]) -> String {
    match refusal(bytes) {
        WeightFault::Malformed { message, .. } => message,
        other => panic!("{other:?}"),
    }
}

/// The entries as text, `1/2 0 -3`.
fn values(constant: &Constant) -> String {
    let entries: Vec<String> =
        (0..constant.shape().size()).map(|i| constant.rational(i).unwrap().to_string()).collect();
    entries.join(" ")
}

fn get(store: &WeightStore, name: &str) -> Result<Arc<Constant>, WeightError> {
    store.get(name).map(|found| found.expect("there is such a tensor"))
}

/// A safetensors file: the length of the header, the header, the data.
fn safetensors_file(header: &str, data: &[u8]) -> Vec<u8> {
    let mut bytes = (header.len() as u64).to_le_bytes().to_vec();
    bytes.extend_from_slice(header.as_bytes());
    bytes.extend_from_slice(data);
    bytes
}

/// A version 1.0 `.npy` file with this dictionary.
fn npy_file(dictionary: &str, data: &[u8]) -> Vec<u8> {
    let mut bytes = b"\x93NUMPY\x01\x00".to_vec();
    bytes.extend_from_slice(&(dictionary.len() as u16).to_le_bytes());
    bytes.extend_from_slice(dictionary.as_bytes());
    bytes.extend_from_slice(data);
    bytes
}

/// The dictionary NumPy writes.
fn dictionary(descr: &str, fortran: bool, shape: &str) -> String {
    let order = if fortran { "True" } else { "False" };
    format!("{{'descr': '{descr}', 'fortran_order': {order}, 'shape': {shape}, }}\n")
}

/// A zip archive of these members.
fn zip_file(members: &[(&str, &[u8])], method: zip::CompressionMethod) -> Vec<u8> {
    let mut writer = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for (name, bytes) in members {
        let options = zip::write::SimpleFileOptions::default().compression_method(method);
        writer.start_file(*name, options).unwrap();
        writer.write_all(bytes).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

fn rational(text: &str) -> BigRational {
    text.parse().unwrap()
}
