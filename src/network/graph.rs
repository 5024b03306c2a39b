//! The graph itself: nodes, operations and networks.

use std::sync::Arc;

use num_rational::BigRational;

use super::{Arrangement, Computation, Constant, Einsum, HeadCovariance, Shape};

/// The position of a node in its [`Network`] (or [`Builder`](super::Builder)); operands always come before
/// the nodes that use them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct NodeId(pub usize);

/// An input of a network. Inputs of two networks are paired by position; names are for messages only.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Input {
    /// The name the model's author gave it.
    pub name: String,
    /// Its shape.
    pub shape: Shape,
}

/// The five operations of models, and one more. Each is a polynomial of its operands, so a network is a
/// polynomial map.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Operation {
    /// The network's input at this position.
    Input(usize),
    /// A constant tensor, shared and kept in the type it came in.
    Constant(Arc<Constant>),
    /// A multilinear contraction: linear maps, entrywise products, sums over axes, transposes, attention
    /// heads.
    Contract {
        /// The tensors that are multiplied.
        operands: Vec<NodeId>,
        /// How their axes meet.
        spec: Einsum,
    },
    /// A linear combination of operands of one shape.
    Combine {
        /// Coefficient and operand.
        terms: Vec<(BigRational, NodeId)>,
    },
    /// The same entries in another place.
    Arrange {
        /// The tensors whose entries are placed.
        operands: Vec<NodeId>,
        /// Where they go.
        arrangement: Arrangement,
    },
    /// The covariance of two heads of attention, given the moments of their operands. No model has it: the
    /// similarity of two models is computed by a network that does.
    HeadCovariance {
        /// Means and covariances.
        operands: Vec<NodeId>,
        /// What they are, and what is wanted.
        spec: Arc<HeadCovariance>,
    },
}

impl Operation {
    /// The constant that it is, if it is one.
    pub fn as_constant(&self) -> Option<&Arc<Constant>> {
        match self {
            Operation::Constant(constant) => Some(constant),
            _ => None,
        }
    }

    /// What is done to the operands, without saying which they are; `None` of an input or a constant.
    pub fn computation(&self) -> Option<Computation> {
        match self {
            Operation::Input(_) | Operation::Constant(_) => None,
            Operation::Contract { spec, .. } => Some(Computation::Contract(spec.clone())),
            Operation::Combine { terms } => {
                Some(Computation::Combine(terms.iter().map(|(coefficient, _)| coefficient.clone()).collect()))
            }
            Operation::Arrange { arrangement, .. } => Some(Computation::Arrange(arrangement.clone())),
            Operation::HeadCovariance { spec, .. } => Some(Computation::HeadCovariance(spec.clone())),
        }
    }
}

/// A node: an operation and the shape of its result.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Node {
    /// What it computes.
    pub operation: Operation,
    /// The shape of what it computes.
    pub shape: Shape,
}

impl Node {
    /// The operands, in order, with repetitions.
    pub fn operands(&self) -> Vec<NodeId> {
        match &self.operation {
            Operation::Input(_) | Operation::Constant(_) => Vec::new(),
            Operation::Contract { operands, .. }
            | Operation::Arrange { operands, .. }
            | Operation::HeadCovariance { operands, .. } => operands.clone(),
            Operation::Combine { terms } => terms.iter().map(|&(_, id)| id).collect(),
        }
    }

    /// The same node with other operands, given their positions in [`Node::operands`] and the former ones.
    pub(super) fn with_operands(&self, operand: impl Fn(usize, NodeId) -> NodeId) -> Node {
        let mut node = self.clone();
        let replace = |(position, id): (usize, &mut NodeId)| *id = operand(position, *id);
        match &mut node.operation {
            Operation::Input(_) | Operation::Constant(_) => {}
            Operation::Contract { operands, .. }
            | Operation::Arrange { operands, .. }
            | Operation::HeadCovariance { operands, .. } => {
                operands.iter_mut().enumerate().for_each(replace);
            }
            Operation::Combine { terms } => {
                terms.iter_mut().map(|(_, id)| id).enumerate().for_each(replace);
            }
        }
        node
    }
}

/// The shapes that a network takes and gives. Networks can be compared if they have the same signature:
/// inputs are paired by position, whatever they are called.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signature {
    /// The shapes of the inputs, in order.
    pub inputs: Vec<Shape>,
    /// The shape of the output.
    pub output: Shape,
}

/// A polynomial map from its inputs to one output tensor. Nodes are in topological order, distinct, and all
/// reachable from the output; [`Builder::network`](super::Builder::network) makes them so.
#[derive(Clone, Debug)]
pub struct Network {
    pub(super) inputs: Vec<Input>,
    pub(super) nodes: Vec<Node>,
    pub(super) output: NodeId,
}

impl AsRef<Network> for Network {
    fn as_ref(&self) -> &Network {
        self
    }
}

impl Network {
    /// The inputs, in order. An input that the output does not depend on is still listed.
    pub fn inputs(&self) -> &[Input] {
        &self.inputs
    }

    /// All nodes; operands come before their users.
    pub fn nodes(&self) -> &[Node] {
        &self.nodes
    }

    /// The node whose value is the output.
    pub fn output(&self) -> NodeId {
        self.output
    }

    /// The shape of the output.
    pub fn output_shape(&self) -> &Shape {
        &self.nodes[self.output.0].shape
    }

    /// The shapes of the inputs and of the output.
    pub fn signature(&self) -> Signature {
        let inputs = self.inputs.iter().map(|input| input.shape.clone()).collect();
        Signature { inputs, output: self.output_shape().clone() }
    }

    /// The total number of input entries: the number of variables of the polynomials it computes.
    pub fn variables(&self) -> usize {
        self.inputs.iter().map(|input| input.shape.size()).sum()
    }

    /// For every node, whether it depends on an input.
    pub fn depends_on_input(&self) -> Vec<bool> {
        let mut depends = Vec::with_capacity(self.nodes.len());
        for node in &self.nodes {
            let input = matches!(node.operation, Operation::Input(_));
            depends.push(input || node.operands().iter().any(|id| depends[id.0]));
        }
        depends
    }
}
