//! What can be wrong with a weight file.

use std::fmt;
use std::io;
use std::path::PathBuf;

use thiserror::Error;

/// Why a weight file, or one tensor of it, cannot be used. The message names the file, and the tensor if the
/// fault is in one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WeightError {
    /// The file, under the path it was opened with.
    pub path: PathBuf,
    /// The tensor that is at fault, if it is one with a name.
    pub tensor: Option<String>,
    /// What is wrong with it.
    pub fault: WeightFault,
}

impl WeightError {
    /// How to fix it, where there is a likely way.
    pub fn help(&self) -> Option<&'static str> {
        match &self.fault {
            WeightFault::Shard { .. } => Some("all files of a checkpoint must be in the folder of its index"),
            WeightFault::Changed => Some("try again when no other program is writing to it"),
            WeightFault::Unsupported { dtype } if dtype.contains("|O") => Some(
                "save it again as numbers: `numpy.save(path, numpy.array(list(w), dtype=\"float32\"))`, or \
                 with `numpy.savez(path, w0=.., w1=..)` if its parts have different shapes",
            ),
            WeightFault::Unsupported { .. } => {
                Some("supported types: f64, f32, f16, bf16, f8, integers of 8 to 64 bits, and bool")
            }
            WeightFault::Pickle => Some(
                "save the tensors with `safetensors.torch.save_file(model.state_dict(), path)` or \
                 `numpy.savez`",
            ),
            WeightFault::UnknownFormat { .. } if self.path.extension().is_some_and(|end| end == "same") => {
                Some("a .same file is read with `import \"net.same\" as net`")
            }
            WeightFault::UnknownFormat { .. } => Some(
                "supported formats: .safetensors, as from `safetensors.torch.save_file(model.state_dict(), \
                 path)`, .npz and .npy",
            ),
            WeightFault::NotAFile => Some("name the file itself, such as `runs/model.safetensors`"),
            WeightFault::Inflation { .. } => Some("save it without compression, with `numpy.savez`"),
            WeightFault::NotFinite { .. } => {
                Some("every weight must be a number, because models are compared exactly")
            }
            _ => None,
        }
    }
}

impl fmt::Display for WeightError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(tensor) = &self.tensor {
            write!(f, "tensor {} of ", Quoted(tensor))?;
        }
        write!(f, "`{}` {}", self.path.display(), self.fault)
    }
}

impl std::error::Error for WeightError {}

/// What is wrong with a file or a tensor. The messages continue a sentence that names it.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum WeightFault {
    /// The operating system cannot read it.
    #[error("cannot be read: {0}")]
    Unreadable(String),
    /// A directory, a device or the like.
    #[error("is not a file")]
    NotAFile,
    /// Nothing in it.
    #[error("is empty")]
    Empty,
    /// A format that is not supported.
    #[error("is not a weight file of a known format: it {0}")]
    UnknownFormat(String),
    /// A pickle: code, not data.
    #[error("is a Python pickle (a PyTorch checkpoint), which is code that only Python can run")]
    Pickle,
    /// One of the files that the index of a checkpoint names cannot be used.
    #[error("names the file {file}, which {fault}")]
    Shard {
        /// The file as the index names it.
        file: String,
        /// What is wrong with it.
        fault: Box<WeightFault>,
    },
    /// The file has changed since it was opened.
    #[error("changed while it was in use")]
    Changed,
    /// The file does not follow its format.
    #[error("is not a valid {format} file: {message}")]
    Malformed {
        /// `safetensors`, `safetensors index`, `npy` or `npz`.
        format: &'static str,
        /// Which rule it breaks.
        message: String,
    },
    /// The file contradicts itself about a tensor.
    #[error("is damaged: {0}")]
    Damaged(String),
    /// An element type that is not supported, because its values are not exact rationals or it is too rare.
    #[error("has element type {dtype}, which is not supported")]
    Unsupported {
        /// The type as the file names it.
        dtype: String,
    },
    /// A NaN or an infinity.
    #[error("has {value} at {index:?}")]
    NotFinite {
        /// Where, one number per axis.
        index: Vec<usize>,
        /// `NaN`, `infinity` or `-infinity`.
        value: &'static str,
    },
    /// Too many entries.
    #[error("has shape {0}, which is too many entries")]
    TooLarge(String),
    /// Too many axes.
    #[error("has {0} axes, which is too many")]
    TooManyAxes(usize),
    /// A compressed array that would take far more memory than its file.
    #[error("would take {bytes} bytes when decompressed; the limit for this file is {limit}")]
    Inflation {
        /// What it would take.
        bytes: u64,
        /// What is allowed.
        limit: u64,
    },
}

/// A name from a file, as a message shows it: control characters are escaped, because they could rewrite the
/// terminal, and long names are cut.
pub(super) struct Quoted<'a>(pub &'a str);

impl fmt::Display for Quoted<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const LONGEST: usize = 120;
        match self.0.char_indices().nth(LONGEST) {
            None => write!(f, "{:?}", self.0),
            Some((end, _)) => write!(f, "{:?}..", &self.0[..end]),
        }
    }
}

/// The operating system's message without its number.
pub(super) fn plain(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::NotFound => "there is no such file".to_string(),
        io::ErrorKind::PermissionDenied => "permission denied".to_string(),
        _ => error.to_string(),
    }
}
