//! Where the entries of operands go when they are only moved.

/// How [`Operation::Arrange`](super::Operation::Arrange) places entries. The result's shape is the node's
/// shape.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Arrangement {
    /// One operand, the same entries in row-major order under another shape.
    Reshape,
    /// One operand, the part `start .. start + length` of an axis (the length is in the node's shape).
    Slice {
        /// Which axis is cut.
        axis: usize,
        /// The first index that is kept.
        start: usize,
    },
    /// Any number of operands, one after the other along an axis.
    Concat {
        /// The axis they are joined along.
        axis: usize,
    },
    /// One scalar operand, repeated to fill the shape.
    Broadcast,
}
