//! Constant tensors, kept once and in the type they came in: in memory, or where a weight file has them.

use std::borrow::Cow;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::ops::Range;
use std::sync::Arc;

use num_rational::BigRational;
use thiserror::Error;

use super::digest::{digest, scalar_digest};
use super::strided::for_each_run;
use super::{Data, Origin, Provenance, Shape, Unfit};

/// Entries that are not kept in memory. They are read again whenever they are used, a block at a time.
pub trait Stored: fmt::Debug + Send + Sync {
    /// The entries in a range, always in the same type and always the same: when that is not certain any more
    /// (a file was changed), it is an error. It is called from several threads at once.
    fn read(&self, range: Range<usize>) -> Result<Data, ReadError>;
}

/// Why stored entries cannot be read any more. The message names the file and the tensor.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{0}")]
pub struct ReadError(pub String);

/// A constant tensor with a digest of its shape and *values*: 0.5 from a float32 file and `1/2` written in a
/// `.same` file have the same digest.
#[derive(Clone, Debug)]
pub struct Constant {
    shape: Shape,
    entries: Entries,
    digest: [u8; 32],
    origin: Option<Arc<Origin>>,
    provenance: Provenance,
}

#[derive(Clone, Debug)]
enum Entries {
    Memory(Data),
    Stored(Arc<dyn Stored>),
}

impl Constant {
    /// A constant, or `None` when the number of entries does not fit the shape or a float is not finite.
    pub fn new(shape: Shape, data: Data) -> Option<Constant> {
        if data.len() != shape.size() {
            return None;
        }
        let read = |range: Range<usize>| -> Result<Cow<'_, Data>, ReadError> { Ok(part(&data, range)) };
        let digest = digest(&shape, read).ok()?;
        Some(Constant::written(shape, Entries::Memory(data), digest))
    }

    /// A constant whose entries stay where they are. They are read once, by `first`, to find their digest;
    /// from then on by `stored`, which must give the same entries.
    ///
    /// # Errors
    /// What `first` reports; or the position of the first entry that is not finite.
    pub fn stored<E: Send>(
        shape: Shape,
        stored: Arc<dyn Stored>,
        first: impl Fn(Range<usize>) -> Result<Data, E> + Sync,
    ) -> Result<Constant, Unfit<E>> {
        let digest = digest(&shape, |range| first(range).map(Cow::Owned))?;
        Ok(Constant::written(shape, Entries::Stored(stored), digest))
    }

    /// The scalar constant of this value.
    pub fn scalar(value: BigRational) -> Constant {
        let digest = scalar_digest(&value);
        Constant::written(Shape::scalar(), Entries::Memory(Data::Rational(vec![value])), digest)
    }

    fn written(shape: Shape, entries: Entries, digest: [u8; 32]) -> Constant {
        Constant { shape, entries, digest, origin: None, provenance: Provenance::Written }
    }

    /// The shape.
    pub fn shape(&self) -> &Shape {
        &self.shape
    }

    /// The entries in row-major order, if they are in memory. Rationals always are.
    pub fn in_memory(&self) -> Option<&Data> {
        match &self.entries {
            Entries::Memory(data) => Some(data),
            Entries::Stored(_) => None,
        }
    }

    /// All entries in row-major order. Large tensors should be taken a block at a time: [`Constant::block`].
    pub fn data(&self) -> Result<Cow<'_, Data>, ReadError> {
        self.block(0..self.shape.size())
    }

    /// The entries in a range of row-major positions.
    pub fn block(&self, range: Range<usize>) -> Result<Cow<'_, Data>, ReadError> {
        match &self.entries {
            Entries::Memory(data) => Ok(part(data, range)),
            Entries::Stored(stored) => stored.read(range).map(Cow::Owned),
        }
    }

    /// The entry at a row-major position as the exact rational it denotes.
    pub fn rational(&self, position: usize) -> Result<BigRational, ReadError> {
        match &self.entries {
            Entries::Memory(data) => Ok(data.rational(position)),
            Entries::Stored(stored) => Ok(stored.read(position..position + 1)?.rational(0)),
        }
    }

    /// The entries at all combinations of positions along `axes`, each a length and a stride, in that order
    /// and in the constant's type. Not much more than these is in memory at a time.
    pub(super) fn pick(&self, offset: usize, axes: &[(usize, usize)]) -> Result<Data, ReadError> {
        let stored = match &self.entries {
            Entries::Memory(data) => return Ok(data.pick(offset, axes)),
            Entries::Stored(stored) => stored,
        };
        let count: usize = axes.iter().map(|&(length, _)| length).product();
        let span = axes.iter().map(|&(length, stride)| (length.max(1) - 1) * stride).sum::<usize>() + 1;
        if count == 0 {
            return stored.read(0..0);
        }
        if span <= (4 * count).max(SPAN) {
            return Ok(stored.read(offset..offset + span)?.pick(0, axes));
        }
        // Far apart: run by run.
        let mut picked: Result<Data, ReadError> = stored.read(0..0);
        for_each_run(offset, axes, &mut |start, length, stride| {
            let mut done = 0;
            // As many at a time as lie within a span that is worth reading as a whole.
            let step = SPAN.checked_div(stride).unwrap_or(length).max(1);
            while done < length && picked.is_ok() {
                let now = step.min(length - done);
                let from = start + done * stride;
                match (&mut picked, stored.read(from..from + (now - 1) * stride + 1)) {
                    (Ok(picked), Ok(read)) => picked.append(read.pick(0, &[(now, stride)])),
                    (_, Err(error)) => picked = Err(error),
                    (Err(_), Ok(_)) => {}
                }
                done += now;
            }
        });
        picked
    }

    /// Notes where it comes from.
    #[must_use]
    pub fn with_origin(self, origin: Origin) -> Constant {
        Constant { origin: Some(Arc::new(origin)), ..self }
    }

    /// Notes who gave it its values.
    #[must_use]
    pub fn with_provenance(self, provenance: Provenance) -> Constant {
        Constant { provenance, ..self }
    }

    /// Who gave it its values.
    pub fn provenance(&self) -> Provenance {
        self.provenance
    }

    /// Where it comes from, as far as that was noted.
    pub fn origin(&self) -> Option<&Arc<Origin>> {
        self.origin.as_ref()
    }

    /// SHA-256 of the shape and the exact values.
    pub fn digest(&self) -> &[u8; 32] {
        &self.digest
    }
}

/// Entries that are within a span this long are read together.
const SPAN: usize = 1 << 12;

fn part(data: &Data, range: Range<usize>) -> Cow<'_, Data> {
    if range == (0..data.len()) { Cow::Borrowed(data) } else { Cow::Owned(data.slice(range)) }
}

impl PartialEq for Constant {
    fn eq(&self, other: &Constant) -> bool {
        self.digest == other.digest
    }
}

impl Eq for Constant {}

impl Hash for Constant {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.digest.hash(state);
    }
}
