//! The text of a `.same` file.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use crate::syntax::MAX_SOURCE_BYTES;

/// What a file holds.
pub(in crate::model) enum Content {
    Text(String),
    /// A file of this many bytes, which is too long.
    TooLong(u64),
}

/// The text of a file, or the end of a sentence that begins with the path and says why it cannot be read.
pub(in crate::model) fn read(path: &Path) -> Result<Content, String> {
    let plain = |error: io::Error| match error.kind() {
        io::ErrorKind::NotFound => "does not exist".to_string(),
        io::ErrorKind::PermissionDenied => "cannot be read: permission denied".to_string(),
        _ => format!("cannot be read: {error}"),
    };
    // Checked before opening, because opening a pipe would wait for a writer.
    if !fs::metadata(path).map_err(plain)?.is_file() {
        return Err("is not a file".to_string());
    }
    let file = File::open(path).map_err(plain)?;
    let length = file.metadata().map_err(plain)?.len();
    let mut bytes = Vec::new();
    if length <= MAX_SOURCE_BYTES as u64 {
        file.take(MAX_SOURCE_BYTES as u64 + 1).read_to_end(&mut bytes).map_err(plain)?;
    }
    if length.max(bytes.len() as u64) > MAX_SOURCE_BYTES as u64 {
        return Ok(Content::TooLong(length.max(bytes.len() as u64)));
    }
    String::from_utf8(bytes).map(Content::Text).map_err(|error| {
        format!("is not a text file: byte {} is not valid UTF-8", error.utf8_error().valid_up_to())
    })
}

/// One path for one file, however it is reached.
pub(in crate::model) fn identity(path: &Path) -> PathBuf {
    fs::canonicalize(path).unwrap_or_else(|_| path.to_path_buf())
}
