//! The `.npz` format: a zip archive of `.npy` files.

use std::fs::File;
use std::io::{BufReader, Read};

use flate2::CrcReader;
use flate2::read::DeflateDecoder;
use rawzip::{CompressionMethod, FileReader, ZipArchive, ZipArchiveEntryWayfinder};

use super::error::{Quoted, WeightFault};
use super::npy;
use crate::network::Constant;

/// What every zip archive begins with: a member, or the end of an empty archive.
pub(super) const MAGICS: [&[u8]; 2] = [b"PK\x03\x04", b"PK\x05\x06"];

/// An open archive.
pub(super) struct Archive {
    zip: ZipArchive<FileReader>,
    /// Every array, in archive order.
    arrays: Vec<Array>,
    /// Bytes that compressed arrays may still take in memory.
    allowance: u64,
    /// The allowance of the whole file.
    limit: u64,
}

/// A member that holds an array, as the directory describes it.
struct Array {
    name: String,
    place: ZipArchiveEntryWayfinder,
    method: CompressionMethod,
    encrypted: bool,
}

/// The names and fields of variable length in a member's own header: two lengths of 16 bits.
const LONGEST_HEADER: usize = 2 << 16;

impl Archive {
    /// Reads the directory of a file of this length.
    pub(super) fn open(file: File, length: u64) -> Result<Archive, WeightFault> {
        let mut buffer = vec![0; rawzip::RECOMMENDED_BUFFER_SIZE];
        let zip = ZipArchive::from_file(file, &mut buffer).map_err(malformed_zip)?;
        let mut names: Vec<Vec<u8>> = Vec::new();
        let mut places = Vec::new();
        let mut arrays = Vec::new();
        let mut pickle = false;
        let mut entries = zip.entries(&mut buffer);
        while let Some(entry) = entries.next_entry().map_err(malformed_zip)? {
            let bytes = entry.file_path().as_ref().to_vec();
            places.push((entry.local_header_offset(), entry.wayfinder()));
            let name = String::from_utf8_lossy(&bytes);
            pickle |= name.ends_with("/data.pkl") || name == "data.pkl";
            if let Some(array) = name.strip_suffix(".npy") {
                arrays.push(Array {
                    name: array.to_string(),
                    place: entry.wayfinder(),
                    method: entry.compression_method(),
                    encrypted: entry.flags().is_encrypted(),
                });
            }
            names.push(bytes);
        }
        if names.len() as u64 != zip.entries_hint() {
            return Err(malformed("its directory ends too early"));
        }
        check_members(&zip, &names, places)?;
        if arrays.is_empty() {
            return Err(if pickle { WeightFault::Pickle } else { malformed("it holds no .npy files") });
        }
        let mut names: Vec<&str> = arrays.iter().map(|array| array.name.as_str()).collect();
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
        self.arrays.iter().map(|array| array.name.as_str())
    }

    /// The array at a position of [`Archive::names`].
    pub(super) fn read(&mut self, position: usize) -> Result<Constant, WeightFault> {
        let array = &self.arrays[position];
        if array.encrypted {
            return Err(WeightFault::Damaged("it is encrypted".to_string()));
        }
        let raw = self.zip.get_entry(array.place).map_err(damaged)?.reader();
        let promised = raw.claim_verifier();
        let stored = array.method == CompressionMethod::STORE;
        let source: Box<dyn Read> = if stored {
            Box::new(BufReader::new(raw))
        } else if array.method == CompressionMethod::DEFLATE {
            Box::new(DeflateDecoder::new(raw))
        } else {
            let number = array.method.as_u16();
            return Err(WeightFault::Damaged(format!("it is compressed by method {number}, not by deflate")));
        };
        let mut member = CrcReader::new(source);
        let header = npy::read_header(&mut member).map_err(|fault| match fault {
            WeightFault::Malformed { message, .. } => WeightFault::Damaged(message),
            other => other,
        })?;
        let storage = header.storage?;
        // All sizes are compared before anything is inflated.
        let expected = header.length + storage.bytes();
        if promised.uncompressed_size != expected {
            return Err(WeightFault::Damaged(format!(
                "an array of shape {} takes {expected} bytes but its member has {}",
                storage.shape, promised.uncompressed_size
            )));
        }
        if !stored {
            let bytes = storage.shape.size() as u64 * storage.element.width_in_memory();
            self.allowance = self
                .allowance
                .checked_sub(bytes)
                .ok_or(WeightFault::Inflation { bytes, limit: self.limit })?;
        }
        let constant = storage.read(&mut member)?;
        if member.read(&mut [0; 1]).map_err(|error| WeightFault::Damaged(error.to_string()))? != 0 {
            return Err(WeightFault::Damaged("data follow its last entry".to_string()));
        }
        if member.crc().sum() != promised.crc {
            return Err(WeightFault::Damaged("its checksum is not that of its bytes".to_string()));
        }
        Ok(constant)
    }
}

/// Refuses archives in which two members share a name or bytes, or in which a member's own header and the
/// directory disagree about its name: readers differ about what such archives hold.
fn check_members(
    zip: &ZipArchive<FileReader>,
    names: &[Vec<u8>],
    places: Vec<(u64, ZipArchiveEntryWayfinder)>,
) -> Result<(), WeightFault> {
    let mut sorted: Vec<&Vec<u8>> = names.iter().collect();
    sorted.sort_unstable();
    if sorted.windows(2).any(|pair| pair[0] == pair[1]) {
        return Err(malformed("two members have the same name"));
    }
    let mut header = vec![0; LONGEST_HEADER];
    let mut renamed = false;
    let mut extents = Vec::with_capacity(names.len() + 1);
    for (name, (start, place)) in names.iter().zip(places) {
        let entry = zip.get_entry(place).map_err(malformed_zip)?;
        renamed |=
            entry.local_header(&mut header).map_err(malformed_zip)?.file_path().as_ref() != name.as_slice();
        extents.push((start, entry.compressed_data_range().1));
    }
    // An archive bomb lets many members share one piece of compressed data.
    extents.push((zip.directory_offset(), u64::MAX));
    extents.sort_unstable();
    if extents.windows(2).any(|pair| pair[0].1 > pair[1].0) {
        return Err(malformed("its members overlap"));
    }
    if renamed {
        return Err(malformed("a member and the directory disagree about its name"));
    }
    Ok(())
}

fn malformed(message: impl Into<String>) -> WeightFault {
    WeightFault::Malformed { format: "npz", message: message.into() }
}

fn malformed_zip(error: rawzip::Error) -> WeightFault {
    malformed(error.to_string())
}

fn damaged(error: rawzip::Error) -> WeightFault {
    WeightFault::Damaged(error.to_string())
}
