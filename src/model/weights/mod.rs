//! Weight files: `.safetensors`, `.npz` and `.npy`, as constants in the type they came in.
//!
//! [`open`] reads a file's directory and checks that it is sound; tensors are read when they are asked for.
//! The format is known by content, not by the file's name. Files are not trusted: whatever is in one, the
//! answer is the right values or an error, in time and memory in proportion to the file.

mod element;
mod error;
mod npy;
mod npz;
mod safetensors;
#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::fs::File;
use std::io::{self, BufReader, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use sha2::{Digest, Sha256};

pub use error::{Problem, WeightError};

use crate::network::Constant;

/// An open weight file.
pub struct WeightStore {
    path: PathBuf,
    sha256: [u8; 32],
    names: Vec<String>,
    /// The position of every name.
    positions: HashMap<String, usize>,
    state: Mutex<State>,
}

/// What changes as tensors are read.
struct State {
    contents: Contents,
    /// What has been read, by position.
    read: HashMap<usize, Arc<Constant>>,
}

/// A file whose directory has been read.
enum Contents {
    Safetensors { file: BufReader<File>, entries: Vec<safetensors::Entry> },
    Npz(npz::Archive),
    Npy { file: BufReader<File>, header: npy::Header },
}

/// Opens a weight file.
pub fn open(path: &Path) -> Result<WeightStore, WeightError> {
    let fail = |problem| WeightError { path: path.to_path_buf(), tensor: None, problem };
    let unreadable = |error: io::Error| fail(Problem::Unreadable(plain(&error)));
    // Asked before opening: opening a pipe would wait for a writer.
    if !std::fs::metadata(path).map_err(unreadable)?.is_file() {
        return Err(fail(Problem::NotAFile));
    }
    let file = File::open(path).map_err(unreadable)?;
    let length = file.metadata().map_err(unreadable)?.len();
    // The two handles share one position in the file: whoever reads seeks first.
    let contents = Contents::open(file.try_clone().map_err(unreadable)?, length).map_err(fail)?;
    // Last, so that a file that is refused is not read to its end.
    let sha256 = sha256(file).map_err(unreadable)?;
    let names = contents.names();
    let positions = names.iter().enumerate().map(|(position, name)| (name.clone(), position)).collect();
    let state = Mutex::new(State { contents, read: HashMap::new() });
    Ok(WeightStore { path: path.to_path_buf(), sha256, names, positions, state })
}

impl WeightStore {
    /// The names of the tensors, in the order of the file. The only tensor of a `.npy` file has no name: it
    /// is [`WeightStore::single`], and this is empty.
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// The tensor of this name, or `None` when the file has none. It is read once and then shared.
    pub fn get(&self, name: &str) -> Result<Option<Arc<Constant>>, WeightError> {
        self.positions.get(name).map(|&position| self.load(position, Some(name))).transpose()
    }

    /// The array of a `.npy` file, `None` for the other formats.
    pub fn single(&self) -> Result<Option<Arc<Constant>>, WeightError> {
        let nameless = matches!(self.lock().contents, Contents::Npy { .. });
        nameless.then(|| self.load(0, None)).transpose()
    }

    fn load(&self, position: usize, name: Option<&str>) -> Result<Arc<Constant>, WeightError> {
        let State { contents, read } = &mut *self.lock();
        if let Some(known) = read.get(&position) {
            return Ok(known.clone());
        }
        let constant = contents.read(position).map_err(|problem| WeightError {
            path: self.path.clone(),
            tensor: name.map(str::to_string),
            problem,
        })?;
        let constant = Arc::new(constant);
        read.insert(position, constant.clone());
        Ok(constant)
    }

    /// A thread that panicked while it held the lock leaves nothing half-done that the next could trip over.
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// SHA-256 of the file's bytes.
    pub fn sha256(&self) -> [u8; 32] {
        self.sha256
    }

    /// The path it was opened under.
    pub fn path(&self) -> &Path {
        &self.path
    }
}

impl std::fmt::Debug for WeightStore {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("WeightStore").field("path", &self.path).field("names", &self.names).finish()
    }
}

impl Contents {
    fn open(file: File, length: u64) -> Result<Contents, Problem> {
        let mut file = BufReader::new(file);
        let unreadable = |error: io::Error| Problem::Unreadable(plain(&error));
        let mut first = Vec::new();
        file.by_ref().take(512).read_to_end(&mut first).map_err(unreadable)?;
        file.seek(SeekFrom::Start(0)).map_err(unreadable)?;
        if first.is_empty() {
            Err(Problem::Empty)
        } else if first.starts_with(npy::MAGIC) {
            let header = npy::read_header(&mut file)?;
            if let Ok(storage) = &header.storage {
                check_length(storage, header.length, length)?;
            }
            Ok(Contents::Npy { file, header })
        } else if npz::MAGICS.iter().any(|magic| first.starts_with(magic)) {
            Ok(Contents::Npz(npz::Archive::open(file.into_inner(), length)?))
        } else {
            match foreign(&first) {
                Some(problem) if !safetensors::recognise(&first, length) => Err(problem),
                _ => {
                    let entries = safetensors::read_header(&mut file, length)?;
                    Ok(Contents::Safetensors { file, entries })
                }
            }
        }
    }

    fn names(&self) -> Vec<String> {
        match self {
            Contents::Safetensors { entries, .. } => entries.iter().map(|entry| entry.name.clone()).collect(),
            Contents::Npz(archive) => archive.names().map(str::to_string).collect(),
            Contents::Npy { .. } => Vec::new(),
        }
    }

    fn read(&mut self, position: usize) -> Result<Constant, Problem> {
        let (file, start, storage) = match self {
            Contents::Npz(archive) => return archive.read(position),
            Contents::Safetensors { file, entries } => {
                (file, entries[position].start, &entries[position].storage)
            }
            Contents::Npy { file, header } => (file, header.length, &header.storage),
        };
        let storage = storage.as_ref().map_err(Problem::clone)?;
        file.seek(SeekFrom::Start(start)).map_err(|error| Problem::Damaged(plain(&error)))?;
        storage.read(file)
    }
}

/// A `.npy` file must hold its array and nothing else.
fn check_length(storage: &element::Storage, header: u64, length: u64) -> Result<(), Problem> {
    let expected = header + storage.bytes();
    if length == expected {
        return Ok(());
    }
    let message = if length < expected {
        format!(
            "an array of shape {} takes {} bytes but only {} follow the header",
            storage.shape,
            storage.bytes(),
            length.saturating_sub(header)
        )
    } else {
        format!("{} bytes follow the array", length - expected)
    };
    Err(Problem::Malformed { format: "npy", message })
}

/// What a file is that has none of the known magic strings; `None` when a broken safetensors file is the best
/// guess.
fn foreign(first: &[u8]) -> Option<Problem> {
    let known: [(&[u8], &str); 5] = [
        (b"\x89HDF", "is an HDF5 file"),
        (b"GGUF", "is a GGUF file"),
        (b"\x1f\x8b", "is compressed with gzip"),
        (b"<", "looks like a web page"),
        (b"version https://git-lfs", "is a Git LFS pointer, not the file itself: run `git lfs pull`"),
    ];
    if let Some((_, what)) = known.iter().find(|(magic, _)| first.starts_with(magic)) {
        return Some(Problem::UnknownFormat(what.to_string()));
    }
    // A pickle of protocol 2 to 5.
    if first[0] == 0x80 && matches!(first.get(1), Some(2..=5)) {
        return Some(Problem::Pickle);
    }
    // Eight bytes of text are the length of a header in no file that fits on a disk.
    let text =
        first.iter().all(|&byte| (0x20..0x7f).contains(&byte) || matches!(byte, b'\t' | b'\n' | b'\r'));
    if text {
        let index = first.starts_with(b"{") && first.windows(12).any(|window| window == b"\"weight_map\"");
        let index =
            index || first.starts_with(b"{") && first.windows(12).any(|window| window == b"\"total_size\"");
        return Some(if index { Problem::ShardIndex } else { Problem::UnknownFormat("is text".to_string()) });
    }
    None
}

fn sha256(mut file: File) -> io::Result<[u8; 32]> {
    file.seek(SeekFrom::Start(0))?;
    let mut hasher = Sha256::new();
    let mut buffer = vec![0; 1 << 16];
    loop {
        match file.read(&mut buffer) {
            Ok(0) => return Ok(hasher.finalize().into()),
            Ok(count) => hasher.update(&buffer[..count]),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
}

/// The operating system's message without its number.
fn plain(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::NotFound => "there is no such file".to_string(),
        io::ErrorKind::PermissionDenied => "permission denied".to_string(),
        _ => error.to_string(),
    }
}
