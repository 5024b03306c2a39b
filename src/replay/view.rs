//! Operations as a reader sees them: one entry along an axis is one operation, and so is stacking.

use crate::network::{Arrangement, Builder, NodeId, Operation};

/// Operands as a reader sees them: one entry along an axis is one operation, and so is stacking.
pub(super) enum View<'a> {
    /// `x[.., index, ..]`
    Select { operand: NodeId, axis: usize, index: usize },
    /// `[x, y[index], ..]`
    Stack(Vec<Row>),
    /// As it is.
    Plain(&'a Operation),
}

/// What is stacked: a node, or one entry along its first axis.
pub(super) struct Row {
    pub(super) node: NodeId,
    pub(super) index: Option<usize>,
}

pub(super) fn view(builder: &Builder, id: NodeId) -> View<'_> {
    let node = builder.node(id);
    let Operation::Arrange { operands, arrangement } = &node.operation else {
        return View::Plain(&node.operation);
    };
    match arrangement {
        Arrangement::Reshape => {
            let inner = builder.node(operands[0]);
            if let Operation::Arrange { operands, arrangement: Arrangement::Slice { axis, start } } =
                &inner.operation
            {
                let mut axes = inner.shape.axes().to_vec();
                if axes.remove(*axis) == 1 && axes == node.shape.axes() {
                    return View::Select { operand: operands[0], axis: *axis, index: *start };
                }
            }
        }
        Arrangement::Concat { axis: 0 } => {
            let row = &node.shape.axes()[1..];
            let unstacked = |&id: &NodeId| {
                let Operation::Arrange { operands, arrangement } = &builder.node(id).operation else {
                    return None;
                };
                let (node, from) = (operands[0], builder.shape(operands[0]).axes());
                match arrangement {
                    _ if builder.shape(id).axes()[0] != 1 => None,
                    Arrangement::Reshape if from == row => Some(Row { node, index: None }),
                    Arrangement::Slice { axis: 0, start } => Some(Row { node, index: Some(*start) }),
                    _ => None,
                }
            };
            let rows: Option<Vec<Row>> = operands.iter().map(unstacked).collect();
            if let Some(rows) = rows {
                return View::Stack(rows);
            }
        }
        _ => {}
    }
    View::Plain(&node.operation)
}

fn operands(builder: &Builder, id: NodeId) -> Vec<NodeId> {
    match view(builder, id) {
        View::Select { operand, .. } => vec![operand],
        View::Stack(rows) => rows.iter().map(|row| row.node).collect(),
        View::Plain(_) => builder.node(id).operands(),
    }
}

/// How often every node is used; 0 for those that are not needed.
pub(super) fn uses(builder: &Builder, outputs: impl Iterator<Item = NodeId>) -> Vec<usize> {
    let mut uses = vec![0; builder.len()];
    outputs.for_each(|id| uses[id.0] += 1);
    for position in (0..builder.len()).rev() {
        if uses[position] > 0 {
            operands(builder, NodeId(position)).into_iter().for_each(|id| uses[id.0] += 1);
        }
    }
    uses
}
