//! Building networks: shapes are checked, equal nodes are shared, small constants are folded.
//!
//! * `arrange`: the same entries in another place;
//! * `contract`: sums, products and powers.

mod arrange;
mod contract;
#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::sync::Arc;

use num_rational::BigRational;
use thiserror::Error;

use super::fold::{FoldingBudget, fold};
use super::{Constant, HeadCovariance, Input, Network, Node, NodeId, Operation, Shape};

/// Why a node cannot be built. The messages speak of shapes only; callers add names and places.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum BuildError {
    /// Operands whose shapes do not fit together.
    #[error("{0}")]
    Shapes(String),
    /// A result that would have too many entries or axes.
    #[error("the result would have more than {} entries or {} axes", Shape::MAX_ENTRIES, Shape::MAX_RANK)]
    TooLarge,
}

/// A node that was built.
pub type Built = Result<NodeId, BuildError>;

/// An arena of hash-consed nodes. Several networks can be built in one arena and share nodes; a network is
/// taken out with [`Builder::network`].
#[derive(Default)]
pub struct Builder {
    nodes: Vec<Node>,
    known: HashMap<Node, NodeId>,
    folding: FoldingBudget,
}

impl Builder {
    /// An empty arena.
    pub fn new() -> Builder {
        Builder::default()
    }

    /// An empty arena in which constants are not multiplied out: for networks that are all constants, to be
    /// evaluated in the arithmetic that is wanted.
    pub fn unfolded() -> Builder {
        Builder { folding: FoldingBudget::nothing(), ..Builder::default() }
    }

    /// The number of distinct nodes so far.
    pub fn len(&self) -> usize {
        self.nodes.len()
    }

    /// Whether nothing has been built.
    pub fn is_empty(&self) -> bool {
        self.nodes.is_empty()
    }

    /// The shape of a node's value.
    pub fn shape(&self, id: NodeId) -> &Shape {
        &self.nodes[id.0].shape
    }

    /// The constant a node is, if it is one.
    pub fn as_constant(&self, id: NodeId) -> Option<&Arc<Constant>> {
        self.nodes[id.0].operation.as_constant()
    }

    /// A node.
    pub fn node(&self, id: NodeId) -> &Node {
        &self.nodes[id.0]
    }

    /// The input at a position.
    pub fn input(&mut self, position: usize, shape: Shape) -> NodeId {
        self.insert(Operation::Input(position), shape)
    }

    /// The inputs that a network has.
    pub fn inputs(&mut self, network: &Network) -> Vec<NodeId> {
        let inputs = network.inputs().iter().enumerate();
        inputs.map(|(position, input)| self.input(position, input.shape.clone())).collect()
    }

    /// A constant tensor.
    pub fn constant(&mut self, constant: Arc<Constant>) -> NodeId {
        let shape = constant.shape().clone();
        self.insert(Operation::Constant(constant), shape)
    }

    /// A scalar constant.
    pub fn scalar(&mut self, value: BigRational) -> NodeId {
        self.constant(Arc::new(Constant::scalar(value)))
    }

    /// The covariance of two heads, given what its operands are.
    pub(crate) fn head_covariance(&mut self, operands: Vec<NodeId>, spec: Arc<HeadCovariance>) -> Built {
        let shape = Shape::new(spec.shape()).ok_or(BuildError::TooLarge)?;
        let sizes: Vec<usize> = operands.iter().map(|&id| self.shape(id).size()).collect();
        if !spec.fits(&sizes) {
            return Err(BuildError::Shapes("the moments of two heads do not fit together".to_string()));
        }
        Ok(self.insert(Operation::HeadCovariance { operands, spec }, shape))
    }

    /// A copy of a network's output in this arena, its inputs replaced by the given nodes.
    pub fn import(&mut self, network: &Network, inputs: &[NodeId]) -> Built {
        let mut here: Vec<NodeId> = Vec::with_capacity(network.nodes().len());
        for node in network.nodes() {
            let id = match &node.operation {
                Operation::Input(position) => {
                    let shape = &node.shape;
                    let given = inputs.get(*position).filter(|&&id| self.shape(id) == shape);
                    let message = || BuildError::Shapes(format!("input {position} must have shape {shape}"));
                    *given.ok_or_else(message)?
                }
                Operation::Constant(constant) => self.constant(constant.clone()),
                Operation::Contract { operands, spec } => {
                    self.contract(operands.iter().map(|id| here[id.0]).collect(), spec.clone())?
                }
                Operation::Combine { terms } => {
                    self.combine(terms.iter().map(|(c, id)| (c.clone(), here[id.0])).collect())?
                }
                Operation::Arrange { operands, arrangement } => {
                    let operands = operands.iter().map(|id| here[id.0]).collect();
                    self.arranged(operands, arrangement, node.shape.clone())?
                }
                Operation::HeadCovariance { operands, spec } => {
                    self.head_covariance(operands.iter().map(|id| here[id.0]).collect(), spec.clone())?
                }
            };
            here.push(id);
        }
        Ok(here[network.output().0])
    }

    /// The network of the nodes that `output` depends on. Their order follows from the network alone, not
    /// from what else was built or when: depth first from the output, operands from left to right, every node
    /// after its operands.
    pub fn network(&self, inputs: Vec<Input>, output: NodeId) -> Network {
        // The arena may hold many networks, of which this one is a small part.
        let mut moved: HashMap<usize, NodeId> = HashMap::new();
        let mut nodes: Vec<Node> = Vec::new();
        // What is under way, with the operands that are still to be visited, the next one last. Networks are
        // deep, so this is no recursion.
        let rest = |id: NodeId| {
            let mut operands = self.nodes[id.0].operands();
            operands.reverse();
            (id, operands)
        };
        let mut pending = vec![rest(output)];
        while let Some((id, operands)) = pending.last_mut() {
            let id = *id;
            match operands.pop() {
                Some(operand) if !moved.contains_key(&operand.0) => pending.push(rest(operand)),
                Some(_) => {}
                None => {
                    nodes.push(self.nodes[id.0].with_operands(|_, id| moved[&id.0]));
                    moved.insert(id.0, NodeId(nodes.len() - 1));
                    pending.pop();
                }
            }
        }
        let output = NodeId(nodes.len() - 1);
        Network { inputs, output, nodes }
    }

    fn insert(&mut self, operation: Operation, shape: Shape) -> NodeId {
        let node = Node { operation, shape };
        if let Some(&id) = self.known.get(&node) {
            return id;
        }
        let id = match fold(&node, &self.nodes, &mut self.folding) {
            Some(constant) => self.constant(Arc::new(constant)),
            None => {
                self.nodes.push(node.clone());
                NodeId(self.nodes.len() - 1)
            }
        };
        self.known.insert(node, id);
        id
    }
}
