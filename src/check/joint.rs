//! The nodes of two networks together, as the layerwise recursion sees them.

use crate::network::{Arrangement, Network, Node, Operation};

/// What a node is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// It depends on no input.
    Constant,
    /// The input at this position.
    Input(usize),
    /// It depends on inputs, and is linear in its operands that do.
    Linear,
    /// A contraction in which two operands or more depend on inputs.
    Product,
}

/// The nodes of two networks, one after the other.
pub(super) struct Joint<'a> {
    /// Every node, with the positions of its operands.
    pub nodes: Vec<(&'a Node, Vec<usize>)>,
    pub kinds: Vec<Kind>,
    /// The largest number of products on a path from an input to a node, itself included.
    pub levels: Vec<u64>,
    pub outputs: [usize; 2],
}

impl<'a> Joint<'a> {
    pub(super) fn new(networks: [&'a Network; 2]) -> Joint<'a> {
        let mut joint = Joint { nodes: Vec::new(), kinds: Vec::new(), levels: Vec::new(), outputs: [0; 2] };
        for (network, output) in networks.into_iter().zip(&mut joint.outputs) {
            let first = joint.nodes.len();
            *output = first + network.output().0;
            for node in network.nodes() {
                let operands: Vec<usize> = node.operands().iter().map(|id| first + id.0).collect();
                let dependent = operands.iter().filter(|&&i| joint.kinds[i] != Kind::Constant).count();
                let kind = match &node.operation {
                    Operation::Input(position) => Kind::Input(*position),
                    Operation::Contract { .. } if dependent > 1 => Kind::Product,
                    _ if dependent == 0 => Kind::Constant,
                    _ => Kind::Linear,
                };
                let below = operands.iter().map(|&operand| joint.levels[operand]).max().unwrap_or(0);
                joint.levels.push(below + u64::from(kind == Kind::Product));
                joint.kinds.push(kind);
                joint.nodes.push((node, operands));
            }
        }
        joint
    }

    /// The largest level of a node.
    pub(super) fn depth(&self) -> u64 {
        self.levels.iter().copied().max().unwrap_or(0)
    }

    pub(super) fn axes(&self, node: usize) -> &'a [usize] {
        self.nodes[node].0.shape.axes()
    }

    pub(super) fn size(&self, node: usize) -> usize {
        self.nodes[node].0.shape.size()
    }

    /// The operands of a node that depend on inputs.
    pub(super) fn dependent(&self, node: usize) -> impl Iterator<Item = usize> {
        self.nodes[node].1.iter().copied().filter(|&operand| self.kinds[operand] != Kind::Constant)
    }

    /// The largest number of operands of a product that depend on inputs; 1 without products.
    pub(super) fn width(&self) -> usize {
        (0..self.nodes.len())
            .map(|node| match self.kinds[node] {
                Kind::Product => self.dependent(node).count(),
                _ => 1,
            })
            .max()
            .unwrap_or(1)
    }

    /// Two nodes in the order in which their covariance is kept: what it is computed from is one step below
    /// the first. Linear nodes come first, then those of higher levels.
    pub(super) fn ordered(&self, one: usize, two: usize) -> (usize, usize) {
        let rank = |node: usize| (self.kinds[node] == Kind::Linear, self.levels[node], node);
        if rank(one) >= rank(two) { (one, two) } else { (two, one) }
    }

    /// Whether every node is homogeneous because its operands are: sums have operands of one degree, 0 that
    /// of constants.
    pub(super) fn is_homogeneous(&self) -> bool {
        let mut degrees: Vec<u64> = Vec::new();
        for (node, operands) in &self.nodes {
            let of = || operands.iter().map(|&operand| degrees[operand]);
            let degree = match &node.operation {
                Operation::Input(_) => 1,
                Operation::Contract { .. } => of().fold(0, u64::saturating_add),
                Operation::Combine { .. }
                | Operation::Arrange { arrangement: Arrangement::Concat { .. }, .. }
                    if of().min() != of().max() =>
                {
                    return false;
                }
                _ => of().max().unwrap_or(0),
            };
            degrees.push(degree);
        }
        true
    }
}
