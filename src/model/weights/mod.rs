//! Weight files: `.safetensors` (also several under an index), `.npz` and `.npy`, as constants in the type they came in.
//!
//! [`open`] reads a file's directory and checks that it is sound; tensors are read when they are asked for, and large
//! ones stay in their file and are read again, a block at a time, whenever they are used.
//! The format is known by content, not by the file's name. Files are not trusted: whatever is in one, the
//! answer is the right values or an error, in time and memory in proportion to the file.

mod element;
mod error;
mod index;
mod npy;
mod npz;
mod raw;
mod safetensors;
mod stored;
#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::fs::File;
use std::io::{self, BufReader, Read, Seek, SeekFrom};
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

pub use error::{Problem, WeightError};

use crate::network::{Constant, FilePlace, FileTensor, Origin, Provenance};
use raw::Raw;
use stored::Placement;

/// An open weight file.
pub struct WeightStore {
    /// The file itself, then those that it names.
    files: Vec<WeightFile>,
    names: Vec<String>,
    /// The position of every name.
    positions: HashMap<String, usize>,
    placement: Placement,
    state: Mutex<State>,
}

/// A file that weights are read from.
#[derive(Clone, Debug)]
pub struct WeightFile {
    raw: Arc<Raw>,
    sha256: Arc<OnceLock<[u8; 32]>>,
}

impl WeightFile {
    fn new(raw: &Arc<Raw>) -> WeightFile {
        WeightFile { raw: raw.clone(), sha256: Arc::default() }
    }

    /// The path it was opened under.
    pub fn path(&self) -> &Path {
        self.raw.path()
    }

    /// SHA-256 of its bytes, which are read when this is first asked for.
    ///
    /// # Errors
    /// When the file cannot be read, or is not as it was when it was opened.
    pub fn sha256(&self) -> Result<[u8; 32], WeightError> {
        if let Some(known) = self.sha256.get() {
            return Ok(*known);
        }
        let digest = self.raw.sha256()?;
        Ok(*self.sha256.get_or_init(|| digest))
    }
}

/// What changes as tensors are read.
struct State {
    contents: Contents,
    /// What has been read, by position.
    read: HashMap<usize, Arc<Constant>>,
}

/// A file whose directory has been read.
enum Contents {
    Safetensors { raw: Arc<Raw>, entries: Vec<safetensors::Entry> },
    Checkpoint(index::Checkpoint),
    Npz(npz::Archive),
    Npy { raw: Arc<Raw>, header: npy::Header },
}

/// Opens a weight file.
pub fn open(path: &Path) -> Result<WeightStore, WeightError> {
    open_with(path, Placement::Large)
}

fn open_with(path: &Path, placement: Placement) -> Result<WeightStore, WeightError> {
    let fail = |problem| WeightError { path: path.to_path_buf(), tensor: None, problem };
    let raw = Arc::new(Raw::open(path).map_err(fail)?);
    let contents = Contents::open(&raw).map_err(fail)?;
    let mut files = vec![WeightFile::new(&raw)];
    if let Contents::Checkpoint(checkpoint) = &contents {
        files.extend(checkpoint.shards.iter().map(|shard| WeightFile::new(&shard.raw)));
    }
    let names = contents.names();
    let positions = names.iter().enumerate().map(|(position, name)| (name.clone(), position)).collect();
    let state = Mutex::new(State { contents, read: HashMap::new() });
    Ok(WeightStore { files, names, positions, placement, state })
}

impl WeightStore {
    /// The names of the tensors, in the order of the file. The only tensor of a `.npy` file has no name: it
    /// is [`WeightStore::single`], and this is empty.
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// The tensor of this name, or `None` when the file has none. It is read once and then shared; if it is large, it
    /// stays in the file, and later reads fail once the file is changed.
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
        let constant = contents.read(position, name, self.placement).map_err(|problem| WeightError {
            path: contents.path_of(position).unwrap_or(self.path()).to_path_buf(),
            tensor: name.map(str::to_string),
            problem,
        })?;
        let origin = FileTensor {
            path: contents.path_of(position).unwrap_or(self.path()).to_path_buf(),
            name: name.map(str::to_string),
            place: contents.place(position),
        };
        let constant = constant.with_origin(Origin::File(origin)).with_provenance(Provenance::Read);
        let constant = Arc::new(constant);
        read.insert(position, constant.clone());
        Ok(constant)
    }

    /// A thread that panicked while it held the lock leaves nothing half-done that the next could trip over.
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// All files that are read: the one that was opened, and after an index those that it names.
    pub fn files(&self) -> &[WeightFile] {
        &self.files
    }

    /// The path it was opened under.
    pub fn path(&self) -> &Path {
        self.files.first().map_or(Path::new(""), WeightFile::path)
    }
}

impl std::fmt::Debug for WeightStore {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("WeightStore").field("path", &self.path()).field("names", &self.names).finish()
    }
}

impl Contents {
    fn open(raw: &Arc<Raw>) -> Result<Contents, Problem> {
        let length = raw.length();
        let unreadable = |error: io::Error| Problem::Unreadable(plain(&error));
        let mut file: BufReader<File> = BufReader::new(raw.sequential()?);
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
            Ok(Contents::Npy { raw: raw.clone(), header })
        } else if npz::MAGICS.iter().any(|magic| first.starts_with(magic)) {
            Ok(Contents::Npz(npz::Archive::open(file.into_inner(), length)?))
        } else {
            if !safetensors::recognise(&first, length) {
                if index::recognise(raw.path(), &first) {
                    return Ok(Contents::Checkpoint(index::open(raw)?));
                }
                if let Some(problem) = foreign(&first) {
                    return Err(problem);
                }
            }
            let entries = safetensors::read_header(&mut file, length)?;
            Ok(Contents::Safetensors { raw: raw.clone(), entries })
        }
    }

    fn names(&self) -> Vec<String> {
        match self {
            Contents::Safetensors { entries, .. } => entries.iter().map(|entry| entry.name.clone()).collect(),
            Contents::Checkpoint(checkpoint) => {
                checkpoint.tensors.iter().map(|(name, ..)| name.clone()).collect()
            }
            Contents::Npz(archive) => archive.names().map(str::to_string).collect(),
            Contents::Npy { .. } => Vec::new(),
        }
    }

    /// The file that holds a tensor, where it is not the one that was opened.
    fn path_of(&self, position: usize) -> Option<&Path> {
        let Contents::Checkpoint(checkpoint) = self else { return None };
        let &(_, shard, _) = checkpoint.tensors.get(position)?;
        Some(checkpoint.shards[shard].raw.path())
    }

    /// Where a tensor that can be read is in its file.
    fn place(&self, position: usize) -> FilePlace {
        let raw = |entry: &safetensors::Entry| FilePlace::Raw {
            start: entry.start,
            element: entry.storage.as_ref().map_or("", |storage| storage.element.numpy()),
        };
        match self {
            Contents::Safetensors { entries, .. } => raw(&entries[position]),
            Contents::Checkpoint(checkpoint) => {
                let (_, shard, place) = checkpoint.tensors[position];
                raw(&checkpoint.shards[shard].entries[place])
            }
            Contents::Npz(_) => FilePlace::Npz,
            Contents::Npy { .. } => FilePlace::Npy,
        }
    }

    fn read(
        &mut self,
        position: usize,
        name: Option<&str>,
        placement: Placement,
    ) -> Result<Constant, Problem> {
        let (raw, start, storage) = match self {
            Contents::Npz(archive) => return archive.read(position),
            Contents::Safetensors { raw, entries } => {
                (&*raw, entries[position].start, &entries[position].storage)
            }
            Contents::Checkpoint(checkpoint) => {
                let (_, shard, place) = checkpoint.tensors[position];
                let shard = &checkpoint.shards[shard];
                (&shard.raw, shard.entries[place].start, &shard.entries[place].storage)
            }
            Contents::Npy { raw, header } => (&*raw, header.length, &header.storage),
        };
        stored::constant(raw, name, storage.as_ref().map_err(Problem::clone)?, start, placement)
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
    text.then(|| Problem::UnknownFormat("is text".to_string()))
}

/// The operating system's message without its number.
fn plain(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::NotFound => "there is no such file".to_string(),
        io::ErrorKind::PermissionDenied => "permission denied".to_string(),
        _ => error.to_string(),
    }
}
