//! Contractions with blocks of moments, where a block may be an identity matrix that is never written down;
//! and products of nodes, as one side of a moment: operands, constants, and how their axes meet.

use std::sync::Arc;

use num_rational::BigRational;

use super::super::failure::check;
use crate::budget::Budget;
use crate::network::{BuildError, Builder, Constant, Data, Einsum, Label, NodeId, Shape};
use crate::similarity::Failure;

/// A block of moments of two nodes, with the axes of the first and then those of the second.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Block {
    /// All zeros.
    Zero,
    /// One where the two indices are the same: the covariance of an input of this shape with itself.
    Identity(Shape),
    /// The value of a node.
    Node(NodeId),
}

/// A node and one of its axes.
pub(super) type At = (NodeId, usize);

/// The covariances of two nodes at equal positions: with the axis of positions first, then the other axes of
/// both nodes.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Tied {
    pub block: Block,
    /// Whether there is an axis of positions; otherwise all positions have the same covariances.
    pub each: bool,
}

impl Tied {
    pub const ZERO: Tied = Tied { block: Block::Zero, each: false };
}

/// A node as a linear map of another, but for a constant.
#[derive(Clone, Debug)]
pub(super) struct Shortcut {
    /// The other node.
    pub base: NodeId,
    /// The map, with these labels.
    pub map: NodeId,
    pub labels: Vec<Label>,
    /// The labels of the axes of the other node; those of the node itself are numbered from 0 on.
    pub of_base: Vec<Label>,
    /// How many axes the node has.
    pub rank: Label,
}

impl Shortcut {
    /// The axis of the other node that is an axis of the node.
    pub fn axis_of_base(&self, axis: usize) -> Option<usize> {
        self.of_base.iter().position(|&label| label == axis as Label)
    }

    /// The map as a factor, and the labels of the axes of the other node and of the node.
    pub fn factors(&self) -> (Vec<Factor>, Vec<Label>, Vec<Label>) {
        let map = Factor { block: Block::Node(self.map), labels: self.labels.clone() };
        (vec![map], self.of_base.clone(), (0..self.rank).collect())
    }
}

/// A factor of a contraction.
#[derive(Clone, Debug)]
pub(super) struct Factor {
    /// What is multiplied; no zero.
    pub block: Block,
    /// A label for each axis.
    pub labels: Vec<Label>,
}

/// A product of operands that depend on an input, and constants, summed over the labels that its own axes
/// lack.
#[derive(Clone, Debug)]
pub(super) struct Side {
    /// The operands that depend on an input.
    pub operands: Vec<(NodeId, Vec<Label>)>,
    /// The constant ones.
    pub constants: Vec<Factor>,
    /// Its own axes.
    pub output: Vec<Label>,
}

/// A product with a coefficient.
#[derive(Clone, Debug)]
pub(super) struct ProductTerm {
    pub coefficient: BigRational,
    pub side: Side,
}

impl Side {
    /// A node as it is.
    pub fn of(id: NodeId, shape: &Shape) -> Side {
        let labels: Vec<Label> = (0..shape.rank() as Label).collect();
        Side { operands: vec![(id, labels.clone())], constants: Vec::new(), output: labels }
    }

    /// A constant node as it is.
    pub fn constant(id: NodeId, shape: &Shape) -> Side {
        let labels: Vec<Label> = (0..shape.rank() as Label).collect();
        let factor = Factor { block: Block::Node(id), labels: labels.clone() };
        Side { operands: Vec::new(), constants: vec![factor], output: labels }
    }

    /// The first label that is not used.
    pub fn free(&self) -> Label {
        let operands = self.operands.iter().map(|(_, labels)| labels);
        let labels = operands.chain(self.constants.iter().map(|factor| &factor.labels));
        labels.chain([&self.output]).flatten().max().map_or(0, |label| label + 1)
    }

    /// This product with other labels.
    pub fn relabelled(&self, rename: &dyn Fn(Label) -> Label) -> Side {
        let all = |labels: &Vec<Label>| labels.iter().map(|&label| rename(label)).collect::<Vec<_>>();
        Side {
            operands: self.operands.iter().map(|(id, labels)| (*id, all(labels))).collect(),
            constants: self
                .constants
                .iter()
                .map(|factor| Factor { block: factor.block.clone(), labels: all(&factor.labels) })
                .collect(),
            output: all(&self.output),
        }
    }

    /// The product with another, whose axes are these labels of this one. Labels below `reserved` are taken.
    pub fn times(&self, other: &Side, axes: &[Label], reserved: Label) -> Side {
        let shift = self.free().max(reserved);
        let other = other.relabelled(&|label| {
            let axis = other.output.iter().position(|&own| own == label);
            axis.map_or(label + shift, |axis| axes[axis])
        });
        let mut product = self.clone();
        product.operands.extend(other.operands);
        product.constants.extend(other.constants);
        product
    }

    /// Whether a label is one of its own axes or of an operand that depends on an input.
    pub fn uses(&self, label: Label) -> bool {
        self.output.contains(&label) || self.operands.iter().any(|(_, labels)| labels.contains(&label))
    }
}

/// The contraction of some factors. Identities unite labels instead of being multiplied, wherever that is
/// possible.
pub(super) fn contract(
    builder: &mut Builder,
    budget: &Budget,
    factors: Vec<Factor>,
    mut output: Vec<Label>,
) -> Result<NodeId, Failure> {
    let (mut nodes, mut labels) = (Vec::new(), Vec::new());
    // Pairs of labels that must be the same, with their axis' length.
    let mut deltas: Vec<(Label, Label, usize)> = Vec::new();
    for factor in factors {
        match factor.block {
            Block::Zero => {}
            Block::Node(node) => {
                nodes.push(node);
                labels.push(factor.labels);
            }
            Block::Identity(shape) => {
                let (left, right) = factor.labels.split_at(shape.rank());
                let lengths = shape.axes().iter().copied();
                deltas.extend(left.iter().zip(right).zip(lengths).map(|((&l, &r), n)| (l, r, n)));
            }
        }
    }
    let mut next = 0;
    while next < deltas.len() {
        let (left, right, length) = deltas[next];
        next += 1;
        let found = |label: Label| labels.iter().any(|labels| labels.contains(&label));
        // A label that is summed over is replaced by the other, if a factor is left that has it.
        let (gone, kept) = if output.contains(&left) { (right, left) } else { (left, right) };
        if left != right && !output.contains(&gone) && (found(gone) || found(kept)) {
            let rename = |label: &mut Label| {
                if *label == gone {
                    *label = kept;
                }
            };
            labels.iter_mut().flatten().for_each(rename);
            for (l, r, _) in &mut deltas[next..] {
                rename(l);
                rename(r);
            }
        } else {
            nodes.push(eye(builder, budget, length)?);
            labels.push(vec![left, right]);
        }
    }
    if nodes.is_empty() {
        // A product of nothing.
        nodes.push(builder.scalar(num_traits::One::one()));
        labels.push(Vec::new());
        output.clear();
    }
    Ok(builder.contract(nodes, Einsum { operands: labels, output })?)
}

/// The identity matrix.
pub(super) fn eye(builder: &mut Builder, budget: &Budget, length: usize) -> Result<NodeId, Failure> {
    let shape = Shape::new([length, length]).ok_or(BuildError::TooLarge)?;
    check(budget, (shape.size() as u64).saturating_mul(size_of::<f32>() as u64))?;
    let mut entries = vec![0.0f32; shape.size()];
    entries.iter_mut().step_by(length + 1).for_each(|entry| *entry = 1.0);
    let constant = Constant::new(shape, Data::F32(entries)).ok_or(BuildError::TooLarge)?;
    Ok(builder.constant(Arc::new(constant)))
}

/// An identity as a tensor.
pub(super) fn written(builder: &mut Builder, budget: &Budget, shape: &Shape) -> Result<NodeId, Failure> {
    let labels: Vec<Label> = (0..2 * shape.rank() as Label).collect();
    let factor = Factor { block: Block::Identity(shape.clone()), labels: labels.clone() };
    contract(builder, budget, vec![factor], labels)
}
