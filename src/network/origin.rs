//! Where a constant comes from: so that it can be named outside of the network, as a tensor of a weight file
//! or as computed from such.

use std::path::PathBuf;
use std::sync::Arc;

use super::{Computation, Data, Shape};

/// Where the entries of a constant come from. It takes no part in equality, and never holds entries but those
/// of small constants.
#[derive(Clone, Debug)]
pub enum Origin {
    /// A tensor of a file.
    File(FileTensor),
    /// The result of one operation on constants, at least one of which has an origin.
    Computed {
        /// What is done to the operands.
        computation: Computation,
        /// The operands.
        operands: Vec<Operand>,
    },
    /// The entries of a small constant that has no other origin: as an operand only.
    Literal(Data),
}

/// Who gave a constant its values. Like an origin it takes no part in equality: of constants with the same
/// values in one network, it is that of the first; of what is computed, the greatest of the operands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Provenance {
    /// The language: a mask of attention, a table of rotary angles, `eye`, `onehot`, or parts of such.
    Made,
    /// The model's author: numbers in a `.same` file, or computed from such.
    Written,
    /// A weight file, or computed from what a weight file holds.
    Read,
}

/// A tensor of a weight file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileTensor {
    /// The file.
    pub path: PathBuf,
    /// The tensor's name; the array of a `.npy` file has none.
    pub name: Option<String>,
    /// Where it is in the file.
    pub place: FilePlace,
}

/// Where a tensor is in its file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FilePlace {
    /// It is the array of a `.npy` file.
    Npy,
    /// It is a member of an `.npz` file.
    Npz,
    /// Its entries follow each other in row-major order.
    Raw {
        /// Where its first byte is.
        start: u64,
        /// The type of its entries as NumPy writes it, such as `<f4`; `bf16` for bfloat16, which NumPy does
        /// not have.
        element: &'static str,
    },
}

/// An operand of a computed constant.
#[derive(Clone, Debug)]
pub struct Operand {
    /// Its shape.
    pub shape: Shape,
    /// Where its entries come from.
    pub origin: Arc<Origin>,
}

/// Constants that are computed from files by more operations than this have no origin.
const MOST_OPERATIONS: usize = 32;

impl Origin {
    /// The origin of what is computed from operands; `None` when it would not be short.
    pub(super) fn computed(computation: Computation, operands: Vec<Operand>) -> Option<Origin> {
        let origin = Origin::Computed { computation, operands };
        (origin.operations() <= MOST_OPERATIONS).then_some(origin)
    }

    /// How many operations lead to it.
    fn operations(&self) -> usize {
        match self {
            Origin::File(_) | Origin::Literal(_) => 0,
            Origin::Computed { operands, .. } => {
                1 + operands.iter().map(|operand| operand.origin.operations()).sum::<usize>()
            }
        }
    }
}
