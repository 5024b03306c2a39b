//! Matching the architectures of two networks: the same operations in the same order, up to the values of
//! constants.
//!
//! Both networks are walked from their outputs at once, pair of nodes by pair of nodes. Graphs share equal
//! nodes, and constants may be equal by chance (two matrices that start out as zero); pairs of nodes do not
//! care. For the same reason a constant term of a sum may be missing: zero terms are left out of networks, so
//! a bias of zeros is.

use std::collections::HashSet;
use std::sync::Arc;

use num_rational::BigRational;
use num_traits::One;

use crate::network::{Arrangement, Constant, Network, Node, NodeId, Operation, Origin};
use crate::plural::plural;
use crate::similarity::Failure;

/// What stands at the same place of two networks of one architecture.
#[derive(Clone, Debug)]
pub(crate) enum Place {
    /// Constants of one shape; one that is missing is zero.
    Constants(Option<Arc<Constant>>, Option<Arc<Constant>>),
    /// The factors of a term of a sum.
    Factors(BigRational, BigRational),
}

/// A term of a sum.
type SumTerm = (BigRational, NodeId);

/// All places, in the order of evaluation of the first network; pairs of constants that meet at several
/// places once.
pub(crate) fn places(a: &Network, b: &Network) -> Result<Vec<Place>, Failure> {
    let pending = vec![Task::Visit(a.output(), b.output())];
    let mut walk = Walk { a, b, known: HashSet::new(), pending, places: Vec::new() };
    while let Some(task) = walk.pending.pop() {
        match task {
            Task::Visit(of_a, of_b) => {
                if walk.known.insert((of_a, of_b)) {
                    walk.visit(of_a, of_b)?;
                }
            }
            Task::Compare(of_a, of_b) => walk.compare(of_a, of_b)?,
            Task::Note(place) => walk.places.push(place),
        }
    }
    Ok(walk.places)
}

enum Task {
    /// Look at two nodes, their operands first.
    Visit(NodeId, NodeId),
    /// Compare what is left when the operands match.
    Compare(NodeId, NodeId),
    Note(Place),
}

struct Walk<'a> {
    a: &'a Network,
    b: &'a Network,
    known: HashSet<(NodeId, NodeId)>,
    pending: Vec<Task>,
    places: Vec<Place>,
}

impl Walk<'_> {
    fn visit(&mut self, of_a: NodeId, of_b: NodeId) -> Result<(), Failure> {
        let (node_a, node_b) = (&self.a.nodes()[of_a.0], &self.b.nodes()[of_b.0]);
        match (&node_a.operation, &node_b.operation) {
            (Operation::Input(i), Operation::Input(j)) if i == j => Ok(()),
            (Operation::Constant(c), Operation::Constant(d)) if c.shape() == d.shape() => {
                self.places.push(Place::Constants(Some(c.clone()), Some(d.clone())));
                Ok(())
            }
            (Operation::Combine { .. }, _) | (_, Operation::Combine { .. }) => self.sums(of_a, of_b),
            (Operation::Contract { operands: x, .. }, Operation::Contract { operands: y, .. })
            | (Operation::Arrange { operands: x, .. }, Operation::Arrange { operands: y, .. })
                if x.len() == y.len() =>
            {
                self.pending.push(Task::Compare(of_a, of_b));
                let pairs = x.iter().zip(y).rev();
                self.pending.extend(pairs.map(|(&x, &y)| Task::Visit(x, y)));
                Ok(())
            }
            _ => Err(self.mismatch(of_a, of_b)),
        }
    }

    /// Two nodes, at least one of which is a sum; the other may be one of a single term.
    fn sums(&mut self, of_a: NodeId, of_b: NodeId) -> Result<(), Failure> {
        let (a, b) = (terms(self.a, of_a), terms(self.b, of_b));
        let (constants_a, others_a) = split(self.a, a);
        let (constants_b, others_b) = split(self.b, b);
        let missing = constants_a.is_empty() || constants_b.is_empty();
        if others_a.len() != others_b.len() || !missing && constants_a.len() != constants_b.len() {
            return Err(self.mismatch(of_a, of_b));
        }
        let mut tasks = Vec::new();
        let pairs = others_a.iter().zip(&others_b).chain(constants_a.iter().zip(&constants_b));
        for ((factor_a, x), (factor_b, y)) in pairs {
            tasks.push(Task::Visit(*x, *y));
            tasks.push(Task::Note(Place::Factors(factor_a.clone(), factor_b.clone())));
        }
        if missing {
            let of_a = constants_a.iter().map(|term| Place::Constants(constant(self.a, term), None));
            let of_b = constants_b.iter().map(|term| Place::Constants(None, constant(self.b, term)));
            tasks.extend(of_a.chain(of_b).map(Task::Note));
        }
        self.pending.extend(tasks.into_iter().rev());
        Ok(())
    }

    fn compare(&self, of_a: NodeId, of_b: NodeId) -> Result<(), Failure> {
        let (node_a, node_b) = (&self.a.nodes()[of_a.0], &self.b.nodes()[of_b.0]);
        let same =
            node_a.shape == node_b.shape && node_a.operation.computation() == node_b.operation.computation();
        if same { Ok(()) } else { Err(self.mismatch(of_a, of_b)) }
    }

    fn mismatch(&self, of_a: NodeId, of_b: NodeId) -> Failure {
        let (node_a, node_b) = (&self.a.nodes()[of_a.0], &self.b.nodes()[of_b.0]);
        Failure::Meaningless(format!(
            "the models have different architectures, so their parameters cannot be compared: \
             where the first has {} (node n{}), the second has {} (node n{})",
            describe(node_a, self.a),
            of_a.0,
            describe(node_b, self.b),
            of_b.0
        ))
    }
}

/// A sum's terms; of any other node, itself.
fn terms(network: &Network, id: NodeId) -> Vec<SumTerm> {
    match &network.nodes()[id.0].operation {
        Operation::Combine { terms } => terms.clone(),
        _ => vec![(BigRational::one(), id)],
    }
}

/// The constant terms, and the others.
fn split(network: &Network, terms: Vec<SumTerm>) -> (Vec<SumTerm>, Vec<SumTerm>) {
    terms.into_iter().partition(|term| constant(network, term).is_some())
}

fn constant(network: &Network, (_, id): &SumTerm) -> Option<Arc<Constant>> {
    network.nodes()[id.0].operation.as_constant().cloned()
}

fn describe(node: &Node, network: &Network) -> String {
    let shape = &node.shape;
    match &node.operation {
        Operation::Input(position) => {
            let name = network.inputs().get(*position).map_or("", |input| &input.name);
            format!("the input `{name}`")
        }
        Operation::Constant(constant) => match constant.origin().map(|origin| &**origin) {
            Some(Origin::File(file)) => match &file.name {
                Some(name) => format!("the weights {name:?} of shape {shape}"),
                None => format!("the weights of `{}` of shape {shape}", file.path.display()),
            },
            _ => format!("a constant of shape {shape}"),
        },
        Operation::Contract { operands, .. } => {
            format!("a contraction of {} of shape {shape}", plural(operands.len(), "operand", "operands"))
        }
        Operation::Combine { terms } => {
            format!("a sum of {} of shape {shape}", plural(terms.len(), "term", "terms"))
        }
        Operation::Arrange { operands, arrangement } => match arrangement {
            Arrangement::Reshape => format!("a reshape to {shape}"),
            Arrangement::Slice { axis, start } => {
                format!("a slice of shape {shape} from entry {start} along axis {axis}")
            }
            Arrangement::Concat { axis } => {
                let parts = plural(operands.len(), "part", "parts");
                format!("{parts} joined along axis {axis} to shape {shape}")
            }
            Arrangement::Broadcast => format!("a scalar repeated to shape {shape}"),
        },
        Operation::HeadCovariance { .. } => format!("a covariance of shape {shape}"),
    }
}
