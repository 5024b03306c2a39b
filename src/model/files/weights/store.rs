//! An open weight file. It reads a tensor when somebody asks for it.

use std::collections::HashMap;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use super::contents::Contents;
use super::error::WeightError;
use super::raw::Raw;
use super::stored::Placement;
use crate::network::{Constant, FileTensor, Origin, Provenance};

/// An open weight file.
pub struct WeightStore {
    /// The file itself, then the files that its index names.
    files: Vec<WeightFile>,
    names: Vec<String>,
    /// The position of every name.
    positions: HashMap<String, usize>,
    placement: Placement,
    reader: Mutex<Reader>,
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

    /// SHA-256 of its bytes. The first call reads the whole file.
    ///
    /// # Errors
    /// When the file cannot be read or has changed since it was opened.
    pub fn sha256(&self) -> Result<[u8; 32], WeightError> {
        if let Some(known) = self.sha256.get() {
            return Ok(*known);
        }
        let digest = self.raw.sha256()?;
        Ok(*self.sha256.get_or_init(|| digest))
    }
}

/// The file, and the tensors that have been read.
struct Reader {
    contents: Contents,
    /// What has been read, by position.
    read: HashMap<usize, Arc<Constant>>,
}

/// Opens a weight file.
pub fn open(path: &Path) -> Result<WeightStore, WeightError> {
    open_with(path, Placement::Large)
}

pub(super) fn open_with(path: &Path, placement: Placement) -> Result<WeightStore, WeightError> {
    let fail = |fault| WeightError { path: path.to_path_buf(), tensor: None, fault };
    let raw = Arc::new(Raw::open(path).map_err(fail)?);
    let contents = Contents::open(&raw).map_err(fail)?;
    let mut files = vec![WeightFile::new(&raw)];
    if let Contents::Checkpoint(checkpoint) = &contents {
        files.extend(checkpoint.shards.iter().map(|shard| WeightFile::new(&shard.raw)));
    }
    let names = contents.names();
    let positions = names.iter().enumerate().map(|(position, name)| (name.clone(), position)).collect();
    let reader = Mutex::new(Reader { contents, read: HashMap::new() });
    Ok(WeightStore { files, names, positions, placement, reader })
}

impl WeightStore {
    /// The names of the tensors, in the order of the file. Empty for a `.npy` file, whose only tensor has no
    /// name: see [`WeightStore::single`].
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// The tensor of this name, or `None` when the file has none. The file reads it once and shares it. A
    /// large tensor stays in the file, and reading its entries fails once the file has changed.
    pub fn get(&self, name: &str) -> Result<Option<Arc<Constant>>, WeightError> {
        self.positions.get(name).map(|&position| self.load(position, Some(name))).transpose()
    }

    /// The array of a `.npy` file, `None` for the other formats.
    pub fn single(&self) -> Result<Option<Arc<Constant>>, WeightError> {
        let nameless = matches!(self.lock().contents, Contents::Npy { .. });
        nameless.then(|| self.load(0, None)).transpose()
    }

    fn load(&self, position: usize, name: Option<&str>) -> Result<Arc<Constant>, WeightError> {
        let Reader { contents, read } = &mut *self.lock();
        if let Some(known) = read.get(&position) {
            return Ok(known.clone());
        }
        let constant = contents.read(position, name, self.placement).map_err(|fault| WeightError {
            path: contents.path_of(position).unwrap_or(self.path()).to_path_buf(),
            tensor: name.map(str::to_string),
            fault,
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

    /// A poisoned lock is fine: a thread that panics while holding it leaves no half-done state behind.
    fn lock(&self) -> MutexGuard<'_, Reader> {
        self.reader.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// All files that are read: the one that was opened, and if that is an index, the files that it names.
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
