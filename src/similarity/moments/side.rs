//! A product of nodes, as one side of a moment: operands, constants, and how their axes meet.

use num_rational::BigRational;

use super::factors::{Block, Factor};
use crate::network::{Label, NodeId, Shape};

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
