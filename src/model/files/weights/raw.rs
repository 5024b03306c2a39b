//! The bytes of a weight file, which any number of threads may read at any place.
//!
//! Large tensors are read again whenever they are used. All reads go through one handle, so replacing or
//! deleting the file makes no difference. If the file is *changed*, its length or modification time gives
//! that away; both are compared after every read, so the values that are used are the values that were
//! digested.

use std::fs::{File, Metadata};
use std::io;
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use super::error::{WeightError, WeightFault, plain};

/// An open file.
#[derive(Debug)]
pub(super) struct Raw {
    path: PathBuf,
    file: File,
    /// The metadata when the file was opened.
    metadata: Metadata,
}

impl Raw {
    /// Opens a regular file.
    pub(super) fn open(path: &Path) -> Result<Raw, WeightFault> {
        let unreadable = |error: io::Error| WeightFault::Unreadable(plain(&error));
        // Checked before opening, because opening a pipe would wait for a writer.
        if !std::fs::metadata(path).map_err(unreadable)?.is_file() {
            return Err(WeightFault::NotAFile);
        }
        let file = File::open(path).map_err(unreadable)?;
        let metadata = file.metadata().map_err(unreadable)?;
        Ok(Raw { path: path.to_path_buf(), file, metadata })
    }

    /// The path it was opened under.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Its length in bytes.
    pub(super) fn length(&self) -> u64 {
        self.metadata.len()
    }

    /// A handle for readers that advance a position; all such handles share one position.
    pub(super) fn sequential(&self) -> Result<File, WeightFault> {
        self.file.try_clone().map_err(|error| WeightFault::Unreadable(plain(&error)))
    }

    /// Fills the buffer with the bytes that begin at `start`.
    pub(super) fn read(&self, buffer: &mut [u8], start: u64) -> Result<(), WeightFault> {
        let read = read_exact_at(&self.file, buffer, start);
        self.check_unchanged()?;
        read.map_err(|error| match error.kind() {
            io::ErrorKind::UnexpectedEof => WeightFault::Damaged("its data end too early".to_string()),
            _ => WeightFault::Damaged(format!("its data cannot be read: {}", plain(&error))),
        })
    }

    /// Called after a read: it finds every change before or during the read.
    fn check_unchanged(&self) -> Result<(), WeightFault> {
        let now = self.file.metadata().map_err(|error| WeightFault::Unreadable(plain(&error)))?;
        let same_time = match (now.modified(), self.metadata.modified()) {
            (Ok(now), Ok(then)) => now == then,
            // The file system keeps no times, so only the length can be compared.
            _ => true,
        };
        if same_time && now.len() == self.metadata.len() { Ok(()) } else { Err(WeightFault::Changed) }
    }

    /// SHA-256 of all bytes.
    pub(super) fn sha256(&self) -> Result<[u8; 32], WeightError> {
        const BLOCK: usize = 1 << 18;
        let mut hasher = Sha256::new();
        let mut buffer = vec![0; BLOCK];
        let mut start = 0;
        while start < self.length() {
            let count = BLOCK.min(usize::try_from(self.length() - start).unwrap_or(BLOCK));
            self.read(&mut buffer[..count], start).map_err(|fault| self.fail(fault))?;
            hasher.update(&buffer[..count]);
            start += count as u64;
        }
        Ok(hasher.finalize().into())
    }

    /// An error of the file as a whole.
    pub(super) fn fail(&self, fault: WeightFault) -> WeightError {
        WeightError { path: self.path.clone(), tensor: None, fault }
    }
}

#[cfg(unix)]
fn read_exact_at(file: &File, buffer: &mut [u8], start: u64) -> io::Result<()> {
    std::os::unix::fs::FileExt::read_exact_at(file, buffer, start)
}

#[cfg(windows)]
fn read_exact_at(file: &File, mut buffer: &mut [u8], mut start: u64) -> io::Result<()> {
    while !buffer.is_empty() {
        match std::os::windows::fs::FileExt::seek_read(file, buffer, start) {
            Ok(0) => return Err(io::ErrorKind::UnexpectedEof.into()),
            Ok(count) => {
                buffer = &mut buffer[count..];
                start += count as u64;
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}
