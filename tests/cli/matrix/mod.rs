//! `samenet matrix`

mod record;
mod run;

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;
use tempfile::TempDir;

use super::{Run, command, finish};
use crate::common::random::Random;

/// A folder with a bilinear model `net.same`, and checkpoints of its weights.
struct Runs {
    folder: TempDir,
}

/// A matrix as an .npy file in f32.
fn npy(rows: usize, columns: usize, entries: impl IntoIterator<Item = f32>) -> Vec<u8> {
    let mut header = format!("{{'descr': '<f4', 'fortran_order': False, 'shape': ({rows}, {columns}), }}");
    header.push_str(&" ".repeat(63 - (10 + header.len()) % 64));
    header.push('\n');
    let mut bytes = b"\x93NUMPY\x01\x00".to_vec();
    bytes.extend((header.len() as u16).to_le_bytes());
    bytes.extend(header.as_bytes());
    entries.into_iter().for_each(|entry| bytes.extend(entry.to_le_bytes()));
    bytes
}

impl Runs {
    /// `y = D (L x * R x)` with `W = [L; R; D^T]`, and random checkpoints of these numbers.
    fn new(steps: &[usize]) -> Runs {
        let runs = Runs { folder: tempfile::tempdir().unwrap() };
        let text = "weights W = \"step_0.npy\"\n\
                    model net(x: 4) = transpose(W[6..9]) @ ((W[0..3] @ x) * (W[3..6] @ x))\n";
        fs::write(runs.path("net.same"), text).unwrap();
        for &step in steps {
            let mut random = Random(step as u64);
            let entries: Vec<f32> = (0..36).map(|_| random.integer(9) as f32 / 8.0).collect();
            runs.write(step, &entries);
        }
        runs
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn write(&self, step: usize, entries: &[f32]) {
        fs::write(self.path(&format!("step_{step}.npy")), npy(9, 4, entries.iter().copied())).unwrap();
    }

    fn samenet(&self, arguments: &[&str]) -> Run {
        finish(command(arguments).current_dir(self.folder.path()))
    }

    /// `matrix` over all checkpoints.
    fn matrix(&self, arguments: &[&str]) -> Run {
        self.samenet(&[&["matrix", "net.same", "--each", "W=step_*.npy"], arguments].concat())
    }

    /// A file, in lines.
    fn lines(&self, name: &str) -> Vec<String> {
        fs::read_to_string(self.path(name)).unwrap().lines().map(str::to_string).collect()
    }

    fn bytes(&self, name: &str) -> Vec<u8> {
        fs::read(self.path(name)).unwrap()
    }
}

/// The entries of a square array that NumPy would read.
fn read_npy(path: &Path) -> Vec<Vec<f64>> {
    let bytes = fs::read(path).unwrap();
    let array = npyz::NpyFile::new(&bytes[..]).unwrap();
    let shape = array.shape().to_vec();
    let entries: Vec<f64> = array.into_vec().unwrap();
    assert_eq!(shape, [shape[0], shape[0]]);
    entries.chunks(shape[0].max(1) as usize).map(<[f64]>::to_vec).collect()
}

/// The object of a pair.
fn pair(matrix: &Value, a: usize, b: usize) -> &Value {
    matrix["pairs"].as_array().unwrap().iter().find(|pair| pair["a"] == a && pair["b"] == b).unwrap()
}
