//! The `.npz` format: a zip archive of `.npy` files.

use std::fs::File;
use std::io::{BufReader, Read};

use zip::ZipArchive;
use zip::result::ZipError;

use super::error::{Quoted, WeightFault};
use super::npy;
use crate::network::Constant;

/// What every zip archive begins with: a member, or the end of an empty archive.
pub(super) const MAGICS: [&[u8]; 2] = [b"PK\x03\x04", b"PK\x05\x06"];

/// An open archive.
pub(super) struct Archive {
    zip: ZipArchive<BufReader<File>>,
    /// The name of every array and the position of its member, in archive order.
    arrays: Vec<(String, usize)>,
    /// Bytes that compressed arrays may still take in memory.
    allowance: u64,
    /// The allowance of the whole file.
    limit: u64,
}

impl Archive {
    /// Reads the directory of a file of this length.
    pub(super) fn open(file: File, length: u64) -> Result<Archive, WeightFault> {
        let mut zip = ZipArchive::new(BufReader::new(file)).map_err(malformed_zip)?;
        if zip.has_duplicate_names() {
            return Err(malformed("two members have the same name"));
        }
        // An archive bomb lets many members share one piece of compressed data.
        if zip.has_overlapping_entries().map_err(malformed_zip)? {
            return Err(malformed("its members overlap"));
        }
        let mut arrays = Vec::new();
        let mut pickle = false;
        for (position, name) in zip.file_names_raw().enumerate() {
            let name = String::from_utf8_lossy(name);
            pickle |= name.ends_with("/data.pkl") || name == "data.pkl";
            if let Some(array) = name.strip_suffix(".npy") {
                arrays.push((array.to_string(), position));
            }
        }
        if arrays.is_empty() {
            return Err(if pickle { WeightFault::Pickle } else { malformed("it holds no .npy files") });
        }
        let mut names: Vec<&str> = arrays.iter().map(|(name, _)| name.as_str()).collect();
        names.sort_unstable();
        if let Some(pair) = names.windows(2).find(|pair| pair[0] == pair[1]) {
            return Err(malformed(format!("two arrays are named {}", Quoted(pair[0]))));
        }
        // Real weights hardly compress; only contrived data come near this bound.
        let limit = length.saturating_mul(16).max(1 << 30);
        Ok(Archive { zip, arrays, allowance: limit, limit })
    }

    /// The names of the arrays, in archive order.
    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.arrays.iter().map(|(name, _)| name.as_str())
    }

    /// The array at a position of [`Archive::names`].
    pub(super) fn read(&mut self, position: usize) -> Result<Constant, WeightFault> {
        let mut member = self.zip.by_index(self.arrays[position].1).map_err(damaged)?;
        let header = npy::read_header(&mut member).map_err(|fault| match fault {
            WeightFault::Malformed { message, .. } => WeightFault::Damaged(message),
            other => other,
        })?;
        let storage = header.storage?;
        // All sizes are compared before anything is inflated.
        let expected = header.length + storage.bytes();
        if member.size() != expected {
            return Err(WeightFault::Damaged(format!(
                "an array of shape {} takes {expected} bytes but its member has {}",
                storage.shape,
                member.size()
            )));
        }
        if member.compression() != zip::CompressionMethod::Stored {
            let bytes = storage.shape.size() as u64 * storage.element.width_in_memory();
            self.allowance = self
                .allowance
                .checked_sub(bytes)
                .ok_or(WeightFault::Inflation { bytes, limit: self.limit })?;
        }
        let constant = storage.read(&mut member)?;
        // The reader compares the checksum only when it reaches the end.
        match member.read(&mut [0; 1]) {
            Ok(0) => Ok(constant),
            Ok(_) => Err(WeightFault::Damaged("data follow its last entry".to_string())),
            Err(error) => Err(WeightFault::Damaged(error.to_string())),
        }
    }
}

fn malformed(message: impl Into<String>) -> WeightFault {
    WeightFault::Malformed { format: "npz", message: message.into() }
}

fn malformed_zip(error: ZipError) -> WeightFault {
    malformed(error.to_string())
}

fn damaged(error: ZipError) -> WeightFault {
    WeightFault::Damaged(error.to_string())
}
