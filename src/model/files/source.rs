//! The text of a `.same` file.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use super::format;
use crate::diagnostic::Kind;
use crate::model::kinds;
use crate::syntax::MAX_SOURCE_BYTES;

/// What a file holds.
pub(in crate::model) enum Content {
    Text(String),
    /// A file of this many bytes, which is too long.
    TooLong(u64),
}

/// Why a file cannot be read.
pub(in crate::model) struct Unreadable {
    pub kind: Kind,
    /// The end of a sentence that begins with the path.
    pub why: String,
    pub help: Option<String>,
}

impl Unreadable {
    fn because(why: impl Into<String>) -> Unreadable {
        Unreadable { kind: kinds::UNREADABLE_FILE, why: why.into(), help: None }
    }

    fn help(self, help: impl Into<String>) -> Unreadable {
        Unreadable { help: Some(help.into()), ..self }
    }
}

/// The text of a file, or why it cannot be read.
pub(in crate::model) fn read(path: &Path) -> Result<Content, Unreadable> {
    let plain = |error: io::Error| {
        Unreadable::because(match error.kind() {
            io::ErrorKind::NotFound | io::ErrorKind::NotADirectory => "does not exist".to_string(),
            io::ErrorKind::PermissionDenied => "cannot be read: permission denied".to_string(),
            _ => format!("cannot be read: {error}"),
        })
    };
    // Checked before opening, because opening a pipe would wait for a writer.
    let metadata = fs::metadata(path).map_err(plain)?;
    if metadata.is_dir() {
        return Err(Unreadable::because("is a folder, not a file"));
    }
    if !metadata.is_file() {
        return Err(Unreadable::because("is not a file"));
    }
    let mut file = File::open(path).map_err(plain)?;
    let length = file.metadata().map_err(plain)?.len();
    let mut bytes = Vec::new();
    file.by_ref().take(format::FIRST).read_to_end(&mut bytes).map_err(plain)?;
    if let Some(noun) = format::weights(path, &bytes) {
        return Err(weights(path, noun));
    }
    if length <= MAX_SOURCE_BYTES as u64 {
        let rest = MAX_SOURCE_BYTES as u64 + 1 - bytes.len() as u64;
        file.take(rest).read_to_end(&mut bytes).map_err(plain)?;
    }
    if length.max(bytes.len() as u64) > MAX_SOURCE_BYTES as u64 {
        return Ok(Content::TooLong(length.max(bytes.len() as u64)));
    }
    if let Some(encoding) = format::encoding(&bytes) {
        let why = format!("is text in {encoding}, and .same files are in UTF-8");
        return Err(
            Unreadable::because(why).help("save it as UTF-8; editors offer this as `Save with encoding`")
        );
    }
    String::from_utf8(bytes).map(Content::Text).map_err(|error| {
        let at = error.utf8_error().valid_up_to();
        let before = &error.as_bytes()[..at];
        let line = before.iter().filter(|&&byte| byte == b'\n').count() + 1;
        let byte = error.as_bytes().get(at).copied().unwrap_or_default();
        Unreadable::because(format!("is not text in UTF-8: line {line} has the byte {byte:#04x}"))
            .help("save it as UTF-8; editors offer this as `Save with encoding`")
    })
}

/// A file of weights, where a file with models is needed.
fn weights(path: &Path, noun: &str) -> Unreadable {
    let name = path.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned());
    let help = match noun {
        "a safetensors file" | "a NumPy archive" => {
            format!(
                "write a .same file that names it: `weights W = \"{name}\"`, `model net(x: 4) = \
                 W[\"fc.weight\"] @ x`"
            )
        }
        "a NumPy array" => {
            format!("write a .same file that names it: `weights W = \"{name}\"`, `model net(x: 4) = W @ x`")
        }
        _ => "save its tensors with `safetensors.torch.save_file(model.state_dict(), \
              \"net.safetensors\")`, and write a .same file with `weights W = \"net.safetensors\"` and the \
              formula of the model"
            .to_string(),
    };
    Unreadable {
        kind: kinds::WEIGHTS_AS_MODELS,
        why: format!("is {noun}, not a .same file"),
        help: Some(help),
    }
}

/// One path for one file, however it is reached.
pub(in crate::model) fn identity(path: &Path) -> PathBuf {
    fs::canonicalize(path).unwrap_or_else(|_| path.to_path_buf())
}
