//! What the structure of a network shows: levels of products, which nodes are linear, and which homogeneous.

use crate::network::{Network, Node, NodeId, Operation};

/// How many layers of products follow each other in a network: its highest level.
pub(crate) fn layers(network: &Network) -> u32 {
    levels(network.nodes().iter()).into_iter().flatten().max().unwrap_or(0)
}

/// The highest level of a product that a node is made of; `None` for a constant.
pub(in crate::similarity) fn levels<'a>(nodes: impl Iterator<Item = &'a Node>) -> Vec<Option<u32>> {
    let mut levels: Vec<Option<u32>> = Vec::new();
    for node in nodes {
        let of_operands: Vec<u32> = node.operands().iter().filter_map(|id| levels[id.0]).collect();
        let highest = of_operands.iter().max().copied();
        levels.push(match &node.operation {
            Operation::Input(_) => Some(0),
            Operation::Contract { .. } => highest.map(|level| level + u32::from(of_operands.len() > 1)),
            _ => highest,
        });
    }
    levels
}

/// Which nodes are linear in the input, without a constant, as far as their structure shows.
pub(in crate::similarity) fn linear<'a>(nodes: impl Iterator<Item = &'a Node>) -> Vec<bool> {
    let (mut linear, mut constant): (Vec<bool>, Vec<bool>) = (Vec::new(), Vec::new());
    for node in nodes {
        let operands = node.operands();
        let depend: Vec<&NodeId> = operands.iter().filter(|id| !constant[id.0]).collect();
        let is_linear = match &node.operation {
            Operation::Input(_) => true,
            Operation::Constant(_) => false,
            Operation::Contract { .. } => matches!(depend.as_slice(), [id] if linear[id.0]),
            Operation::HeadCovariance { .. } => false,
            Operation::Combine { .. } | Operation::Arrange { .. } => operands.iter().all(|id| linear[id.0]),
        };
        let is_constant = depend.is_empty() && !matches!(node.operation, Operation::Input(_));
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
        let operands = node.operands();
        let mut of_operands = operands.iter().map(|id| degrees[id.0]);
        let degree = match &node.operation {
            Operation::Input(_) => Some(1),
            Operation::Constant(_) => Some(0),
            Operation::Contract { .. } => of_operands.try_fold(0u64, |sum, degree| sum.checked_add(degree?)),
            Operation::Combine { .. } | Operation::Arrange { .. } => {
                let first = of_operands.next().flatten();
                first.filter(|_| of_operands.all(|degree| degree == first))
            }
            Operation::HeadCovariance { .. } => None,
        };
        degrees.push(degree);
    }
    degrees.iter().all(Option::is_some)
}
