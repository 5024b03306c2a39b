//! What a file is, by its first bytes or its name: formats that are not text, and programs.

use std::fs::{self, File};
use std::io::Read;
use std::path::Path;

/// How many of the first bytes are enough to know.
pub(in crate::model) const FIRST: u64 = 512;

/// A format that is neither a `.same` file nor a file of weights that can be read.
pub(in crate::model) fn foreign(path: &Path, first: &[u8]) -> Option<&'static str> {
    let known: [(&[u8], &str); 5] = [
        (b"\x89HDF", "an HDF5 file"),
        (b"GGUF", "a GGUF file"),
        (b"\x1f\x8b", "compressed with gzip"),
        (b"<", "a file of tags, such as a web page"),
        (b"version https://git-lfs", "a Git LFS pointer, not the file itself: run `git lfs pull`"),
    ];
    let by_content = known.iter().find(|(magic, _)| first.starts_with(magic)).map(|(_, what)| *what);
    by_content.or_else(|| {
        Some(match extension(path)?.as_str() {
            "onnx" => "an ONNX model",
            "tflite" => "a TensorFlow Lite model",
            "pb" => "a TensorFlow graph",
            "mat" => "a MATLAB file",
            "py" => "a Python program",
            "ipynb" => "a Jupyter notebook",
            _ => return None,
        })
    })
}

/// A file of weights, or of a whole model with its weights.
pub(in crate::model) fn weights(path: &Path, first: &[u8]) -> Option<&'static str> {
    let holds = |word: &[u8]| first.windows(word.len()).any(|window| window == word);
    if first.starts_with(b"\x93NUMPY") {
        Some("a NumPy array")
    } else if first.starts_with(b"PK\x03\x04") {
        let checkpoint = holds(b"data.pkl") || !holds(b".npy");
        Some(if checkpoint { "a PyTorch checkpoint" } else { "a NumPy archive" })
    } else if is_pickle(first) {
        Some("a Python pickle (a PyTorch checkpoint)")
    } else if first.get(8) == Some(&b'{') && first.get(7) == Some(&0) {
        Some("a safetensors file")
    } else {
        foreign(path, first).filter(|_| first.contains(&0) || std::str::from_utf8(first).is_err())
    }
}

/// Whether a path names a file of weights, of whatever format.
pub(in crate::model) fn is_binary(path: &Path) -> bool {
    let mut first = Vec::new();
    // Checked before opening, because opening a pipe would wait for a writer.
    let regular = fs::metadata(path).is_ok_and(|metadata| metadata.is_file());
    let read = regular.then(|| File::open(path)?.take(FIRST).read_to_end(&mut first));
    read.is_some_and(|read| read.is_ok()) && weights(path, &first).is_some()
}

/// A pickle of protocol 2 to 5.
pub(in crate::model) fn is_pickle(first: &[u8]) -> bool {
    first.first() == Some(&0x80) && matches!(first.get(1), Some(2..=5))
}

/// Text that is not UTF-8, and what it is.
pub(in crate::model) fn encoding(first: &[u8]) -> Option<&'static str> {
    let zeros = |from: usize| first.iter().skip(from).step_by(2).take(32).filter(|&&byte| byte == 0).count();
    let most = first.len().min(64) / 2;
    match first {
        [0xff, 0xfe, 0, 0, ..] | [0, 0, 0xfe, 0xff, ..] => Some("UTF-32"),
        [0xff, 0xfe, ..] | [0xfe, 0xff, ..] => Some("UTF-16"),
        _ if most >= 2 && zeros(1) == most && zeros(0) == 0 => Some("UTF-16"),
        _ if most >= 2 && zeros(0) == most && zeros(1) == 0 => Some("UTF-16"),
        _ => None,
    }
}

/// The end of a file's name, in small letters.
fn extension(path: &Path) -> Option<String> {
    Some(path.extension()?.to_str()?.to_ascii_lowercase())
}

/// Whether a text with errors is a Python program: it is called like one, or has lines that begin like those
/// of one, and none that begin an item.
pub(in crate::model) fn is_program(path: &Path, text: &str) -> bool {
    let begins = |starts: &[&str]| {
        let is = |line: &&str| starts.iter().any(|start| line.starts_with(start));
        text.lines().take(1_000).filter(is).count()
    };
    let called = extension(path).is_some_and(|extension| extension == "py" || extension == "ipynb");
    let python =
        begins(&["import torch", "import numpy", "from ", "class ", "def ", "    def ", "    return "]);
    called || python > 1 && begins(&["model ", "claim ", "let ", "weights ", "fn ", "import \""]) == 0
}
