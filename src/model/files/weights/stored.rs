//! Tensors of a weight file as constants: small ones are read into memory, large ones stay in their file.

use std::ops::Range;
use std::sync::Arc;

use super::element::{Layout, Storage};
use super::error::{WeightError, WeightFault};
use super::raw::Raw;
use crate::network::{Constant, Data, ReadError, Stored, Unfit};

/// Files up to this length are read into memory, tensor by tensor.
const SMALL_FILE: u64 = 1 << 24;
/// Tensors of up to this many bytes are too, in any file: a file of many such tensors has a large directory
/// anyway.
const SMALL_TENSOR: u64 = 1 << 12;

/// Which tensors stay in their files.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Placement {
    /// Those of large files that are large themselves.
    Large,
    /// All whose entries are in row-major order.
    #[cfg(test)]
    All,
}

impl Placement {
    fn keeps_in_file(self, raw: &Raw, storage: &Storage) -> bool {
        // Blocks can be read only when entries are stored in row-major order.
        storage.layout == Layout::C
            && match self {
                Placement::Large => raw.length() > SMALL_FILE && storage.bytes() > SMALL_TENSOR,
                #[cfg(test)]
                Placement::All => true,
            }
    }
}

/// A tensor in a file.
#[derive(Clone, Debug)]
struct Place {
    raw: Arc<Raw>,
    /// The tensor's name, for messages.
    name: Option<String>,
    storage: Storage,
    /// Where its first byte is.
    start: u64,
}

impl Place {
    fn decode(&self, range: Range<usize>) -> Result<Data, WeightFault> {
        let width = self.storage.element.width();
        // Within the file's length, which was checked when its directory was read.
        let mut bytes = vec![0; range.len() * width as usize];
        self.raw.read(&mut bytes, self.start + range.start as u64 * width)?;
        self.storage.decode(&bytes, range.start)
    }
}

impl Stored for Place {
    fn read(&self, range: Range<usize>) -> Result<Data, ReadError> {
        self.decode(range).map_err(|fault| {
            let error = WeightError { path: self.raw.path().to_path_buf(), tensor: self.name.clone(), fault };
            ReadError(error.to_string())
        })
    }
}

/// The constant that is stored from `start` on.
pub(super) fn constant(
    raw: &Arc<Raw>,
    name: Option<&str>,
    storage: &Storage,
    start: u64,
    placement: Placement,
) -> Result<Constant, WeightFault> {
    if !placement.keeps_in_file(raw, storage) {
        let mut bytes = vec![0; storage.bytes() as usize];
        raw.read(&mut bytes, start)?;
        return storage.constant(storage.decode(&bytes, 0)?);
    }
    let place = Place { raw: raw.clone(), name: name.map(str::to_string), storage: storage.clone(), start };
    let place = Arc::new(place);
    Constant::stored(storage.shape.clone(), place.clone(), |range| place.decode(range)).map_err(|unfit| {
        match unfit {
            Unfit::Unreadable(fault) => fault,
            Unfit::NotFinite(position) => match place.decode(position..position + 1) {
                Ok(data) => storage.not_finite(&data, 0, position),
                Err(fault) => fault,
            },
            Unfit::Shape => WeightFault::Damaged("its entries do not fit its shape".to_string()),
        }
    })
}
