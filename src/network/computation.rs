//! What is done to operands, whichever they are: how their axes meet, or where their entries go.

use std::sync::Arc;

use num_rational::BigRational;

use super::{HeadCovariance, Shape};

/// An operation without its operands.
#[derive(Clone, Debug, PartialEq)]
pub enum Computation {
    /// A multilinear contraction.
    Contract(Einsum),
    /// A linear combination with these coefficients.
    Combine(Vec<BigRational>),
    /// The same entries in another place.
    Arrange(Arrangement),
    /// The covariance of two heads.
    HeadCovariance(Arc<HeadCovariance>),
}

/// An axis label of an [`Einsum`].
pub type Label = u32;

/// A contraction in Einstein notation:
/// `output[..] = sum over the labels not in output of the product of all operands`. A label may repeat inside
/// an operand (a diagonal) and be shared by any number of operands; every output label occurs in some
/// operand, once in the output.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Einsum {
    /// One label per axis of each operand.
    pub operands: Vec<Vec<Label>>,
    /// One label per axis of the result.
    pub output: Vec<Label>,
}

impl Einsum {
    /// The length of every label's axis, indexed by label, or a message that says what does not fit.
    pub fn label_lengths(&self, shapes: &[&Shape]) -> Result<Vec<Option<usize>>, String> {
        if shapes.len() != self.operands.len() {
            let (wanted, given) = (self.operands.len(), shapes.len());
            return Err(format!("the spec has {wanted} operands but {given} were given"));
        }
        let count = self.operands.iter().flatten().chain(&self.output).max().map_or(0, |&l| l as usize + 1);
        let mut lengths = vec![None; count];
        for (position, (labels, shape)) in self.operands.iter().zip(shapes).enumerate() {
            if labels.len() != shape.rank() {
                let named = labels.len();
                return Err(format!("operand {position} has shape {shape} but the spec names {named} axes"));
            }
            for (&label, &axis) in labels.iter().zip(shape.axes()) {
                let slot = &mut lengths[label as usize];
                match *slot {
                    Some(known) if known != axis => {
                        return Err(format!("one label stands for axes of length {known} and {axis}"));
                    }
                    _ => *slot = Some(axis),
                }
            }
        }
        for (i, label) in self.output.iter().enumerate() {
            if lengths[*label as usize].is_none() {
                return Err("the output names an axis that no operand has".to_string());
            }
            if self.output[..i].contains(label) {
                return Err("the output names an axis twice".to_string());
            }
        }
        Ok(lengths)
    }
}

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
