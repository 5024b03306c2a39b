//! The format of a weight file, and where its tensors are.

use std::fs::File;
use std::io::{self, BufReader, Read, Seek, SeekFrom};
use std::path::Path;
use std::sync::Arc;

use super::error::{WeightFault, plain};
use super::raw::Raw;
use super::stored::Placement;
use super::{element, index, npy, npz, safetensors, stored};
use crate::model::files::format;
use crate::network::{Constant, FilePlace};

/// A file whose directory of tensors has been read.
pub(super) enum Contents {
    Safetensors { raw: Arc<Raw>, entries: Vec<safetensors::Entry> },
    Checkpoint(index::Checkpoint),
    Npz(npz::Archive),
    Npy { raw: Arc<Raw>, header: npy::Header },
}

impl Contents {
    pub(super) fn open(raw: &Arc<Raw>) -> Result<Contents, WeightFault> {
        let length = raw.length();
        let unreadable = |error: io::Error| WeightFault::Unreadable(plain(&error));
        let mut file: BufReader<File> = BufReader::new(raw.sequential()?);
        let mut first = Vec::new();
        file.by_ref().take(format::FIRST).read_to_end(&mut first).map_err(unreadable)?;
        file.seek(SeekFrom::Start(0)).map_err(unreadable)?;
        if first.is_empty() {
            Err(WeightFault::Empty)
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
                if let Some(fault) = foreign(raw.path(), &first) {
                    return Err(fault);
                }
            }
            let entries = safetensors::read_header(&mut file, length)?;
            Ok(Contents::Safetensors { raw: raw.clone(), entries })
        }
    }

    pub(super) fn names(&self) -> Vec<String> {
        match self {
            Contents::Safetensors { entries, .. } => entries.iter().map(|entry| entry.name.clone()).collect(),
            Contents::Checkpoint(checkpoint) => {
                checkpoint.tensors.iter().map(|(name, ..)| name.clone()).collect()
            }
            Contents::Npz(archive) => archive.names().map(str::to_string).collect(),
            Contents::Npy { .. } => Vec::new(),
        }
    }

    /// The file that holds a tensor, if it is not the one that was opened.
    pub(super) fn path_of(&self, position: usize) -> Option<&Path> {
        let Contents::Checkpoint(checkpoint) = self else { return None };
        let &(_, shard, _) = checkpoint.tensors.get(position)?;
        Some(checkpoint.shards[shard].raw.path())
    }

    /// The place of a readable tensor in its file.
    pub(super) fn place(&self, position: usize) -> FilePlace {
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

    pub(super) fn read(
        &mut self,
        position: usize,
        name: Option<&str>,
        placement: Placement,
    ) -> Result<Constant, WeightFault> {
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
        stored::constant(raw, name, storage.as_ref().map_err(WeightFault::clone)?, start, placement)
    }
}

/// A `.npy` file must hold its array and nothing else.
fn check_length(storage: &element::Storage, header: u64, length: u64) -> Result<(), WeightFault> {
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
    Err(WeightFault::Malformed { format: "npy", message })
}

/// What a file without a known magic string is; `None` when it is most likely a broken `.safetensors` file.
fn foreign(path: &Path, first: &[u8]) -> Option<WeightFault> {
    if format::is_pickle(first) {
        return Some(WeightFault::Pickle);
    }
    if let Some(what) = format::foreign(path, first) {
        return Some(WeightFault::UnknownFormat(format!("is {what}")));
    }
    // Eight bytes of text, read as the length of a header, exceed any file.
    let text =
        first.iter().all(|&byte| (0x20..0x7f).contains(&byte) || matches!(byte, b'\t' | b'\n' | b'\r'));
    text.then(|| WeightFault::UnknownFormat("is text".to_string()))
}
