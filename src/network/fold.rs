//! Folding: a node whose operands are small constants is itself a small constant.
//!
//! Folding is exact. What would be large (in entries, in operations, or in digits) stays a node and is
//! evaluated once, in the target arithmetic.

use std::sync::Arc;

use super::strided::row_major;
use super::{
    Arrangement, Constant, Data, Network, Node, NodeId, Operand, Operation, Origin, Provenance, ReadError,
    Shape, cost, evaluate,
};
use crate::arithmetic::{BitBudget, Rationals};

/// Results with more entries than this are not folded.
pub(super) const MAX_FOLDED: usize = 4096;
/// The longest number of a folded result, in bits.
const MAX_BITS: u64 = 1 << 16;
/// The largest number of operations of one node that is folded.
const MAX_OPERATIONS: f64 = 8192.0;
/// Nodes this small are folded even when the budget is used up: they are the naturals of a program.
const ALWAYS: f64 = 16.0;

/// Operands with more entries than this are not written into an origin.
const SMALL: usize = 64;

/// What folding may still cost, in operations, for a whole arena.
#[derive(Clone, Copy, Debug)]
pub(super) struct FoldingBudget(f64);

impl Default for FoldingBudget {
    fn default() -> FoldingBudget {
        FoldingBudget(f64::from(1 << 22))
    }
}

impl FoldingBudget {
    /// Nothing is computed, however small, only arranged.
    pub fn nothing() -> FoldingBudget {
        FoldingBudget(f64::NEG_INFINITY)
    }
}

/// The constant that a node is, if its operands are constants and it is small enough.
pub(super) fn fold(node: &Node, nodes: &[Node], budget: &mut FoldingBudget) -> Option<Constant> {
    if node.shape.size() > MAX_FOLDED
        || matches!(node.operation, Operation::Input(_) | Operation::Constant(_))
    {
        return None;
    }
    let operands = node.operands();
    let operands = operands.iter().map(|id| nodes[id.0].operation.as_constant());
    let operands: Vec<&Arc<Constant>> = operands.collect::<Option<_>>()?;
    let provenance = operands.iter().map(|operand| operand.provenance()).max();
    let constant = folded(node, &operands, budget)?.with_provenance(provenance.unwrap_or(Provenance::Made));
    Some(match origin(node, &operands) {
        Some(origin) => constant.with_origin(origin),
        None => constant,
    })
}

/// The origin of a node that is folded: that of its operands, put through its operation. `None` when no
/// operand has one, or it would not be short.
fn origin(node: &Node, operands: &[&Arc<Constant>]) -> Option<Origin> {
    if operands.iter().all(|operand| operand.origin().is_none()) {
        return None;
    }
    let operand = |constant: &&Arc<Constant>| {
        let origin = match constant.origin() {
            Some(origin) => origin.clone(),
            None if constant.shape().size() <= SMALL => {
                Arc::new(Origin::Literal(constant.data().ok()?.into_owned()))
            }
            None => return None,
        };
        Some(Operand { shape: constant.shape().clone(), origin })
    };
    let operands = operands.iter().map(operand).collect::<Option<_>>()?;
    Origin::computed(node.operation.computation()?, operands)
}

fn folded(node: &Node, constants: &[&Arc<Constant>], budget: &mut FoldingBudget) -> Option<Constant> {
    if let Operation::Arrange { arrangement, .. } = &node.operation
        && let [constant] = constants
    {
        // The same entries in the type they have.
        let data = arranged(arrangement, constant, &node.shape).ok()?;
        return Constant::new(node.shape.clone(), data);
    }
    if constants.iter().any(|constant| constant.shape().size() > MAX_FOLDED) {
        return None;
    }
    // A network of its own: the operands, and the node.
    let operand = |&constant: &&Arc<Constant>| Node {
        operation: Operation::Constant(constant.clone()),
        shape: constant.shape().clone(),
    };
    let mut own: Vec<Node> = constants.iter().map(operand).collect();
    own.push(node.with_operands(|position, _| NodeId(position)));
    let network = Network { inputs: Vec::new(), output: NodeId(own.len() - 1), nodes: own };
    let operations = cost(&network).once;
    let most = if budget.0 < 0.0 { budget.0 } else { budget.0.clamp(ALWAYS, MAX_OPERATIONS) };
    if operations > most {
        return None;
    }
    budget.0 = (budget.0 - operations).max(0.0);
    let rationals = Rationals::with_budget(BitBudget::new(MAX_BITS, MAX_BITS << 8));
    let values = evaluate(&rationals, &network, &[]).ok()?;
    Constant::new(node.shape.clone(), Data::Rational(values.into_data()))
}

/// The entries of an arrangement of one constant.
fn arranged(arrangement: &Arrangement, constant: &Constant, to: &Shape) -> Result<Data, ReadError> {
    let from = constant.shape();
    match arrangement {
        Arrangement::Slice { axis, start } => {
            let strides = row_major(from.axes());
            let axes: Vec<(usize, usize)> = to.axes().iter().copied().zip(strides).collect();
            constant.pick(start * axes[*axis].1, &axes)
        }
        Arrangement::Broadcast => constant.pick(0, &[(to.size(), 0)]),
        Arrangement::Reshape | Arrangement::Concat { .. } => Ok(constant.data()?.into_owned()),
    }
}
