//! Where a constant comes from: so that it can be named outside of the network, as a tensor of a weight file
//! or as computed from such.

use std::path::PathBuf;
use std::sync::Arc;

use super::{Constant, Node, Operation, Shape};

/// Where the entries of a constant come from. It takes no part in equality, and never holds entries but those
/// of small constants.
#[derive(Clone, Debug)]
pub enum Origin {
    /// A tensor of a file.
    File(FileTensor),
    /// The result of one operation on constants, at least one of which has an origin.
    Computed(Computed),
}

/// Who gave a constant its values. Like an origin it takes no part in equality: of constants with the same
/// values in one network, it is that of the first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Provenance {
    /// The model's author: numbers in a `.same` file, or computed from such.
    Written,
    /// The language: a mask of attention, a table of rotary angles, `eye`, `onehot`, or parts of such.
    Made,
    /// A weight file, or computed from what a weight file holds.
    Read,
}

/// The provenance of what is computed from constants.
pub(super) fn provenance(operands: &[&Arc<Constant>]) -> Provenance {
    let any = |wanted: Provenance| operands.iter().any(|operand| operand.provenance() == wanted);
    if any(Provenance::Read) {
        Provenance::Read
    } else if any(Provenance::Written) {
        Provenance::Written
    } else {
        Provenance::Made
    }
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

/// One operation on constants.
#[derive(Clone, Debug)]
pub struct Computed {
    /// The operation; its operands are numbered as in [`Computed::operands`].
    pub operation: Operation,
    /// The operands.
    pub operands: Vec<Operand>,
    /// How many operations there are in all.
    size: usize,
}

/// An operand of a computed constant.
#[derive(Clone, Debug)]
pub struct Operand {
    /// Its shape.
    pub shape: Shape,
    /// What it is.
    pub source: OperandSource,
}

/// What an operand is.
#[derive(Clone, Debug)]
pub enum OperandSource {
    /// A constant with an origin.
    Origin(Arc<Origin>),
    /// A small constant without.
    Literal(Arc<Constant>),
}

/// Constants that are computed from files by more operations than this have no origin.
const MOST_OPERATIONS: usize = 32;
/// Constants without an origin that are kept have at most this many entries.
const SMALL: usize = 64;

impl Origin {
    fn size(&self) -> usize {
        match self {
            Origin::File(_) => 0,
            Origin::Computed(computed) => computed.size,
        }
    }
}

/// The origin of a node that is folded: that of its operands, put through its operation. `None` when no
/// operand has one, or it would not be short.
pub(super) fn folded(node: &Node, operands: &[&Arc<Constant>]) -> Option<Origin> {
    if operands.iter().all(|operand| operand.origin().is_none()) {
        return None;
    }
    let mut size = 1;
    let operands: Option<Vec<Operand>> = operands
        .iter()
        .map(|&constant| {
            let source = match constant.origin() {
                Some(origin) => {
                    size += origin.size();
                    OperandSource::Origin(origin.clone())
                }
                None if constant.shape().size() <= SMALL => OperandSource::Literal(constant.clone()),
                None => return None,
            };
            Some(Operand { shape: constant.shape().clone(), source })
        })
        .collect();
    let operands = operands?;
    let operation = node.with_operands_numbered().operation;
    (size <= MOST_OPERATIONS).then_some(Origin::Computed(Computed { operation, operands, size }))
}
