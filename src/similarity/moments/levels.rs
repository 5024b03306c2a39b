//! What the structure of a network shows: levels of products, which nodes are linear, and which homogeneous.

use crate::network::{Network, NodeId, Operation};

/// How many layers of products follow each other in a network: its highest level.
pub(in crate::similarity) fn layers(network: &Network) -> u32 {
    let levels = levels(network.nodes().iter().map(|node| &node.operation));
    levels.into_iter().flatten().max().unwrap_or(0)
}

/// The highest level of a product that a node is made of; `None` for a constant.
pub(in crate::similarity) fn levels<'a>(operations: impl Iterator<Item = &'a Operation>) -> Vec<Option<u32>> {
    let mut levels: Vec<Option<u32>> = Vec::new();
    for operation in operations {
        let highest = |operands: &[NodeId]| operands.iter().filter_map(|id| levels[id.0]).max();
        let level = match operation {
            Operation::Input(_) => Some(0),
            Operation::Constant(_) => None,
            Operation::Contract { operands, .. } => {
                let product = operands.iter().filter(|id| levels[id.0].is_some()).count() > 1;
                highest(operands).map(|level| level + u32::from(product))
            }
            Operation::Arrange { operands, .. } => highest(operands),
            Operation::Combine { terms } => terms.iter().filter_map(|(_, id)| levels[id.0]).max(),
        };
        levels.push(level);
    }
    levels
}

/// Which nodes are linear in the input, without a constant, as far as their structure shows.
pub(in crate::similarity) fn linear<'a>(operations: impl Iterator<Item = &'a Operation>) -> Vec<bool> {
    let (mut linear, mut constant): (Vec<bool>, Vec<bool>) = (Vec::new(), Vec::new());
    for operation in operations {
        let all = |operands: &[NodeId]| operands.iter().all(|id| linear[id.0]);
        let (is_linear, is_constant) = match operation {
            Operation::Input(_) => (true, false),
            Operation::Constant(_) => (false, true),
            Operation::Contract { operands, .. } => {
                let depend: Vec<&NodeId> = operands.iter().filter(|id| !constant[id.0]).collect();
                (matches!(depend.as_slice(), [id] if linear[id.0]), depend.is_empty())
            }
            Operation::Combine { terms } => {
                (terms.iter().all(|(_, id)| linear[id.0]), terms.iter().all(|(_, id)| constant[id.0]))
            }
            Operation::Arrange { operands, .. } => (all(operands), operands.iter().all(|id| constant[id.0])),
        };
        linear.push(is_linear);
        constant.push(is_constant);
    }
    linear
}

/// Whether every node of a network is homogeneous, as far as its structure shows: all monomials of all
/// entries that are not zero have one degree. The symmetric recursion looks at nodes one by one.
pub(in crate::similarity) fn homogeneous(network: &Network) -> bool {
    let mut degrees: Vec<Option<u64>> = Vec::new();
    for node in network.nodes() {
        let of = |id: &NodeId| degrees[id.0];
        let degree = match &node.operation {
            Operation::Input(_) => Some(1),
            Operation::Constant(_) => Some(0),
            Operation::Contract { operands, .. } => {
                operands.iter().map(of).try_fold(0u64, |sum, degree| sum.checked_add(degree?))
            }
            Operation::Combine { terms } => same(terms.iter().map(|(_, id)| of(id))),
            Operation::Arrange { operands, .. } => same(operands.iter().map(of)),
        };
        degrees.push(degree);
    }
    degrees.iter().all(Option::is_some)
}

fn same(mut degrees: impl Iterator<Item = Option<u64>>) -> Option<u64> {
    let first = degrees.next()??;
    degrees.all(|degree| degree == Some(first)).then_some(first)
}
