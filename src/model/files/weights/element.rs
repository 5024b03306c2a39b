//! Element types of weight files, and reading entries of them from a stream of bytes.

use std::io::{self, Read};

use half::{bf16, f16};

use super::error::WeightFault;
use super::float8::Float8;
use crate::network::{Constant, Data, Shape};

/// The supported element types. Every entry of each has an exact rational value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Element {
    Bool,
    I8,
    I16,
    I32,
    I64,
    U8,
    U16,
    U32,
    U64,
    F8(Float8),
    F16,
    BF16,
    F32,
    F64,
}

/// The order of the bytes of one entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ByteOrder {
    Little,
    Big,
}

/// The order of the entries of one tensor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Layout {
    /// Row-major: the last axis is fastest.
    C,
    /// Column-major: the first axis is fastest.
    Fortran,
}

impl Element {
    /// Bytes per entry in the file.
    pub(super) fn width(self) -> u64 {
        match self {
            Element::Bool | Element::I8 | Element::U8 | Element::F8(_) => 1,
            Element::I16 | Element::U16 | Element::F16 | Element::BF16 => 2,
            Element::I32 | Element::U32 | Element::F32 => 4,
            Element::I64 | Element::U64 | Element::F64 => 8,
        }
    }

    /// NumPy's name of the type in little-endian order; and names of our own for
    /// bfloat16 and floats of eight bits, which NumPy lacks.
    pub(super) fn numpy(self) -> &'static str {
        match self {
            Element::Bool => "?",
            Element::I8 => "i1",
            Element::I16 => "<i2",
            Element::I32 => "<i4",
            Element::I64 => "<i8",
            Element::U8 => "u1",
            Element::U16 => "<u2",
            Element::U32 => "<u4",
            Element::U64 => "<u8",
            Element::F8(format) => format.name(),
            Element::F16 => "<f2",
            Element::BF16 => "bf16",
            Element::F32 => "<f4",
            Element::F64 => "<f8",
        }
    }

    /// Bytes per entry in a [`Constant`].
    pub(super) fn width_in_memory(self) -> u64 {
        match self {
            Element::F8(format) => format.width_in_memory(),
            Element::F16 | Element::BF16 => 2,
            Element::F32 => 4,
            _ => 8,
        }
    }
}

/// The most axes a tensor of a file may have, as in NumPy.
const MOST_AXES: usize = 64;

/// How a tensor's entries are stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Storage {
    pub(super) element: Element,
    pub(super) byte_order: ByteOrder,
    pub(super) layout: Layout,
    pub(super) shape: Shape,
}

impl Storage {
    /// The shape with these axes, unless it has too many axes or entries.
    pub(super) fn shape(axes: &[u64]) -> Result<Shape, WeightFault> {
        if axes.len() > MOST_AXES {
            return Err(WeightFault::TooManyAxes(axes.len()));
        }
        let sizes = axes.iter().map(|&axis| usize::try_from(axis).ok()).collect::<Option<Vec<_>>>();
        sizes.and_then(Shape::new).ok_or_else(|| WeightFault::TooLarge(format!("{axes:?}")))
    }

    /// Bytes of all entries. It cannot overflow: a shape has at most 2^31 entries.
    pub(super) fn bytes(&self) -> u64 {
        self.shape.size() as u64 * self.element.width()
    }

    /// Reads exactly this tensor's entries from a stream. Memory grows with the bytes that were read, not
    /// with what a header claims.
    pub(super) fn read(&self, source: &mut dyn Read) -> Result<Constant, WeightFault> {
        const CHUNK: usize = 1 << 14;
        let (size, width) = (self.shape.size(), self.element.width() as usize);
        let mut bytes = Vec::new();
        while bytes.len() < size * width {
            let count = (CHUNK * width).min(size * width - bytes.len());
            // Doubles, but never past the size.
            if bytes.capacity() - bytes.len() < count {
                let more = bytes.len().clamp(count, size * width - bytes.len());
                bytes.try_reserve_exact(more).map_err(|_| {
                    WeightFault::TooLarge(format!("{} and does not fit into memory", self.shape))
                })?;
            }
            let start = bytes.len();
            bytes.resize(start + count, 0);
            source.read_exact(&mut bytes[start..]).map_err(|error| match error.kind() {
                io::ErrorKind::UnexpectedEof => WeightFault::Damaged("its data end too early".to_string()),
                _ => WeightFault::Damaged(format!("its data cannot be read: {error}")),
            })?;
        }
        self.constant(self.decode(&bytes, 0)?)
    }

    /// The constant of all entries, in the order of the file.
    pub(super) fn constant(&self, data: Data) -> Result<Constant, WeightFault> {
        let data = match self.layout {
            Layout::C => data,
            Layout::Fortran => row_major(&self.shape, &data),
        };
        if let Some(position) = data.first_not_finite() {
            return Err(self.not_finite(&data, position, position));
        }
        Constant::new(self.shape.clone(), data)
            .ok_or_else(|| WeightFault::Damaged("its entries do not fit its shape".to_string()))
    }

    /// The fault of the NaN or infinity at `place` in `data`; its row-major position is `position`.
    pub(super) fn not_finite(&self, data: &Data, place: usize, position: usize) -> WeightFault {
        let value = match data {
            Data::F64(v) => v[place],
            Data::F32(v) => f64::from(v[place]),
            Data::F16(v) => f64::from(v[place]),
            Data::BF16(v) => f64::from(v[place]),
            _ => f64::NAN,
        };
        let value = match value {
            f64::INFINITY => "infinity",
            f64::NEG_INFINITY => "-infinity",
            _ => "NaN",
        };
        WeightFault::NotFinite { index: self.shape.unravel(position), value }
    }

    /// Entries from their bytes. `first` is the position in the file's order of the first of them.
    pub(super) fn decode(&self, bytes: &[u8], first: usize) -> Result<Data, WeightFault> {
        // Entries are read in their own type; small integers are then widened, which loses nothing.
        macro_rules! entries {
            ($type:ty, $width:literal, $convert:expr) => {{
                let (whole, _) = bytes.as_chunks::<$width>();
                let convert = $convert;
                match self.byte_order {
                    ByteOrder::Little => whole.iter().map(|&b| convert(<$type>::from_le_bytes(b))).collect(),
                    ByteOrder::Big => whole.iter().map(|&b| convert(<$type>::from_be_bytes(b))).collect(),
                }
            }};
        }
        Ok(match self.element {
            Element::Bool => {
                if let Some(position) = bytes.iter().position(|&entry| entry > 1) {
                    return Err(WeightFault::Damaged(format!(
                        "its element type is bool, but the byte at {:?} is {}",
                        self.index(first + position),
                        bytes[position]
                    )));
                }
                Data::Integer(bytes.iter().map(|&byte| i64::from(byte)).collect())
            }
            Element::I8 => Data::Integer(entries!(i8, 1, i64::from)),
            Element::I16 => Data::Integer(entries!(i16, 2, i64::from)),
            Element::I32 => Data::Integer(entries!(i32, 4, i64::from)),
            Element::I64 => Data::Integer(entries!(i64, 8, |x| x)),
            Element::U8 => Data::Integer(entries!(u8, 1, i64::from)),
            Element::U16 => Data::Integer(entries!(u16, 2, i64::from)),
            Element::U32 => Data::Integer(entries!(u32, 4, i64::from)),
            Element::U64 => Data::Unsigned(entries!(u64, 8, |x| x)),
            Element::F8(format) => format.decode(bytes),
            Element::F16 => Data::F16(entries!(f16, 2, |x| x)),
            Element::BF16 => Data::BF16(entries!(bf16, 2, |x| x)),
            Element::F32 => Data::F32(entries!(f32, 4, |x| x)),
            Element::F64 => Data::F64(entries!(f64, 8, |x| x)),
        })
    }

    /// The multi-index of the entry at a position in the file's order.
    fn index(&self, position: usize) -> Vec<usize> {
        match self.layout {
            Layout::C => self.shape.unravel(position),
            Layout::Fortran => {
                let mut rest = position;
                let digit = |&axis: &usize| {
                    let index = rest % axis.max(1);
                    rest /= axis.max(1);
                    index
                };
                self.shape.axes().iter().map(digit).collect()
            }
        }
    }
}

/// Entries in column-major order, put into row-major order.
fn row_major(shape: &Shape, data: &Data) -> Data {
    let mut stride = 1;
    let mut axes: Vec<(usize, usize)> = Vec::with_capacity(shape.rank());
    for &length in shape.axes() {
        axes.push((length, stride));
        stride *= length;
    }
    data.pick(0, &axes)
}
