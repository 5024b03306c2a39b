//! Which entries of a node depend on which entries of an input: axes along which positions stay apart.

use crate::network::{Arrangement, Node, NodeId, Operation, Shape};

/// An axis of an input.
pub(super) type Axis = (usize, usize);

/// For every node and each of its axes: the axis of an input such that an entry depends on nothing but
/// constants and those entries of this input that have the same index along it; if there is one. Inputs are
/// independent from entry to entry, so entries of two such nodes are independent at different indices.
pub(super) fn aligned<'a>(nodes: impl Iterator<Item = &'a Node>) -> Vec<Vec<Option<Axis>>> {
    let mut all: Vec<Vec<Option<Axis>>> = Vec::new();
    let mut depends: Vec<bool> = Vec::new();
    let mut shapes: Vec<&Shape> = Vec::new();
    for node in nodes {
        let rank = node.shape.rank();
        let operands = node.operands();
        let those: Vec<NodeId> = operands.iter().copied().filter(|id| depends[id.0]).collect();
        // What all operands that depend on an input agree on.
        let agreed = |of: &dyn Fn(usize, NodeId) -> Option<Axis>| {
            let mut found = (0..operands.len()).filter(|&at| depends[operands[at].0]);
            let first = found.next().and_then(|at| of(at, operands[at]));
            first.filter(|_| found.all(|at| of(at, operands[at]) == first))
        };
        let axes: Vec<Option<Axis>> = match &node.operation {
            Operation::Input(position) => (0..rank).map(|axis| Some((*position, axis))).collect(),
            _ if those.is_empty() => vec![None; rank],
            Operation::Constant(_) | Operation::HeadCovariance { .. } => vec![None; rank],
            Operation::Contract { spec, .. } => {
                let label_of = |label| {
                    agreed(&|at, id| {
                        let mut axes =
                            (0..spec.operands[at].len()).filter(|&a| spec.operands[at][a] == label);
                        let (axis, None) = (axes.next()?, axes.next()) else { return None };
                        all[id.0][axis]
                    })
                };
                spec.output.iter().map(|&label| label_of(label)).collect()
            }
            Operation::Combine { .. } => {
                (0..rank).map(|axis| agreed(&|_, id| all[id.0].get(axis).copied().flatten())).collect()
            }
            Operation::Arrange { arrangement, .. } => {
                let kept = |axis: usize| match arrangement {
                    Arrangement::Broadcast => None,
                    Arrangement::Slice { axis: along, .. } | Arrangement::Concat { axis: along }
                        if *along == axis =>
                    {
                        None
                    }
                    Arrangement::Slice { .. } | Arrangement::Concat { .. } => {
                        agreed(&|_, id| all[id.0][axis])
                    }
                    Arrangement::Reshape => {
                        let (to, from) = (node.shape.axes(), shapes[those[0].0].axes());
                        let before: usize = to[..axis].iter().product();
                        let same = (0..from.len()).find(|&own| {
                            from[own] == to[axis] && from[..own].iter().product::<usize>() == before
                        });
                        same.and_then(|own| all[those[0].0][own])
                    }
                };
                (0..rank).map(kept).collect()
            }
        };
        depends.push(!those.is_empty() || matches!(node.operation, Operation::Input(_)));
        all.push(axes);
        shapes.push(&node.shape);
    }
    all
}
