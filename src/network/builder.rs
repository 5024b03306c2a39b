//! Building networks: shapes are checked, equal nodes are shared, small constants are folded.

use std::collections::HashMap;
use std::sync::Arc;

use num_rational::BigRational;
use num_traits::{One, Zero};
use thiserror::Error;

use super::{Arrangement, Constant, Einsum, Input, Label, Network, Node, NodeId, Operation, Shape};

/// Why a node cannot be built. The messages speak of shapes only; callers add names and places.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum BuildError {
    /// Operands whose shapes do not fit together.
    #[error("{0}")]
    Shapes(String),
    /// A result that would have too many entries.
    #[error("the result would have more than {} entries", Shape::MAX_ENTRIES)]
    TooLarge,
}

/// An arena of hash-consed nodes. Several networks can be built in one arena and share nodes; a network is
/// taken out with [`Builder::network`].
#[derive(Default)]
pub struct Builder {
    nodes: Vec<Node>,
    known: HashMap<Node, NodeId>,
}

impl Builder {
    /// An empty arena.
    pub fn new() -> Builder {
        Builder::default()
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
        match &self.nodes[id.0].operation {
            Operation::Constant(constant) => Some(constant),
            _ => None,
        }
    }

    /// A node.
    pub fn node(&self, id: NodeId) -> &Node {
        &self.nodes[id.0]
    }

    /// The input at a position.
    pub fn input(&mut self, position: usize, shape: Shape) -> NodeId {
        self.insert(Operation::Input(position), shape)
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

    /// A multilinear contraction.
    pub fn contract(&mut self, operands: Vec<NodeId>, spec: Einsum) -> Result<NodeId, BuildError> {
        let shapes: Vec<&Shape> = operands.iter().map(|&id| self.shape(id)).collect();
        let lengths = spec.label_lengths(&shapes).map_err(BuildError::Shapes)?;
        let axes: Vec<usize> = spec.output.iter().filter_map(|&label| lengths[label as usize]).collect();
        let shape = Shape::new(axes).ok_or(BuildError::TooLarge)?;
        if let ([operand], [labels]) = (operands.as_slice(), spec.operands.as_slice())
            && *labels == spec.output
        {
            return Ok(*operand);
        }
        Ok(self.insert(Operation::Contract { operands, spec: relabelled(&spec) }, shape))
    }

    /// A linear combination of nodes of one shape. Terms of one node are collected, zero terms dropped; at
    /// least one term must be given.
    pub fn combine(&mut self, terms: Vec<(BigRational, NodeId)>) -> Result<NodeId, BuildError> {
        let Some(&(_, first)) = terms.first() else {
            return Err(BuildError::Shapes("a sum of nothing has no shape".to_string()));
        };
        let shape = self.shape(first).clone();
        let mut collected: Vec<(BigRational, NodeId)> = Vec::with_capacity(terms.len());
        let mut places: HashMap<NodeId, usize> = HashMap::new();
        for (coefficient, id) in terms {
            if *self.shape(id) != shape {
                return Err(BuildError::Shapes(format!("{shape} and {} cannot be added", self.shape(id))));
            }
            match places.get(&id) {
                Some(&place) => collected[place].0 += coefficient,
                None => {
                    places.insert(id, collected.len());
                    collected.push((coefficient, id));
                }
            }
        }
        collected.retain(|(coefficient, _)| !coefficient.is_zero());
        match collected.as_slice() {
            [] => {
                let zero = self.scalar(BigRational::zero());
                self.broadcast(zero, shape)
            }
            [(coefficient, id)] if coefficient.is_one() => Ok(*id),
            _ => Ok(self.insert(Operation::Combine { terms: collected }, shape)),
        }
    }

    /// The same entries under another shape.
    pub fn reshape(&mut self, operand: NodeId, shape: Shape) -> Result<NodeId, BuildError> {
        let from = self.shape(operand);
        if from.size() != shape.size() {
            return Err(BuildError::Shapes(format!(
                "{from} has {} entries but {shape} has {}",
                from.size(),
                shape.size()
            )));
        }
        if *from == shape {
            return Ok(operand);
        }
        Ok(self.arrange(vec![operand], Arrangement::Reshape, shape))
    }

    /// The entries `start .. start + length` along an axis.
    pub fn slice(
        &mut self,
        operand: NodeId,
        axis: usize,
        start: usize,
        length: usize,
    ) -> Result<NodeId, BuildError> {
        let from = self.shape(operand).clone();
        match from.axes().get(axis) {
            Some(&available) if start.checked_add(length).is_some_and(|end| end <= available) => {
                if start == 0 && length == available {
                    return Ok(operand);
                }
                let mut axes = from.axes().to_vec();
                axes[axis] = length;
                let shape = Shape::new(axes).ok_or(BuildError::TooLarge)?;
                Ok(self.arrange(vec![operand], Arrangement::Slice { axis, start }, shape))
            }
            _ => Err(BuildError::Shapes(format!(
                "axis {axis} of {from} has no entries {start}..{start}+{length}"
            ))),
        }
    }

    /// One entry along an axis; the axis disappears.
    pub fn select(&mut self, operand: NodeId, axis: usize, index: usize) -> Result<NodeId, BuildError> {
        let slice = self.slice(operand, axis, index, 1)?;
        let mut axes = self.shape(slice).axes().to_vec();
        axes.remove(axis);
        let shape = Shape::new(axes).ok_or(BuildError::TooLarge)?;
        self.reshape(slice, shape)
    }

    /// Operands joined along an axis; their other axes must agree.
    pub fn concat(&mut self, operands: Vec<NodeId>, axis: usize) -> Result<NodeId, BuildError> {
        let Some(&first) = operands.first() else {
            return Err(BuildError::Shapes("nothing to join".to_string()));
        };
        if operands.len() == 1 {
            return Ok(first);
        }
        let mut axes = self.shape(first).axes().to_vec();
        if axis >= axes.len() {
            return Err(BuildError::Shapes(format!("{} has no axis {axis}", self.shape(first))));
        }
        let mut total = 0usize;
        for &id in &operands {
            let mut other = self.shape(id).axes().to_vec();
            if other.len() != axes.len() {
                return Err(BuildError::Shapes(format!(
                    "{} and {} cannot be joined",
                    self.shape(first),
                    self.shape(id)
                )));
            }
            total = total.saturating_add(other[axis]);
            other[axis] = axes[axis];
            if other != axes {
                return Err(BuildError::Shapes(format!(
                    "{} and {} cannot be joined",
                    self.shape(first),
                    self.shape(id)
                )));
            }
        }
        axes[axis] = total;
        let shape = Shape::new(axes).ok_or(BuildError::TooLarge)?;
        Ok(self.arrange(operands, Arrangement::Concat { axis }, shape))
    }

    /// Operands of one shape along a new first axis.
    pub fn stack(&mut self, operands: Vec<NodeId>) -> Result<NodeId, BuildError> {
        let mut rows = Vec::with_capacity(operands.len());
        for id in operands {
            let mut axes = vec![1];
            axes.extend_from_slice(self.shape(id).axes());
            let shape = Shape::new(axes).ok_or(BuildError::TooLarge)?;
            rows.push(self.reshape(id, shape)?);
        }
        self.concat(rows, 0)
    }

    /// A scalar repeated to fill a shape.
    pub fn broadcast(&mut self, operand: NodeId, shape: Shape) -> Result<NodeId, BuildError> {
        let from = self.shape(operand);
        if *from == shape {
            return Ok(operand);
        }
        if from.rank() != 0 {
            return Err(BuildError::Shapes(format!("only scalars broadcast, and {from} is not one")));
        }
        Ok(self.arrange(vec![operand], Arrangement::Broadcast, shape))
    }

    /// The entrywise product of two nodes of one shape, or of a scalar and anything.
    pub fn multiply(&mut self, left: NodeId, right: NodeId) -> Result<NodeId, BuildError> {
        let (l, r) = (self.shape(left).rank() as Label, self.shape(right).rank() as Label);
        let (left_labels, right_labels): (Vec<Label>, Vec<Label>) = ((0..l).collect(), (0..r).collect());
        if l != 0 && r != 0 && self.shape(left) != self.shape(right) {
            return Err(BuildError::Shapes(format!(
                "{} and {} cannot be multiplied entry by entry",
                self.shape(left),
                self.shape(right)
            )));
        }
        let output = if l == 0 { right_labels.clone() } else { left_labels.clone() };
        self.contract(vec![left, right], Einsum { operands: vec![left_labels, right_labels], output })
    }

    /// Every entry to a natural power, by square-and-multiply; the zeroth power is one everywhere.
    pub fn power(&mut self, base: NodeId, exponent: u64) -> Result<NodeId, BuildError> {
        let shape = self.shape(base).clone();
        let mut result = None;
        let mut square = base;
        let mut rest = exponent;
        while rest > 0 {
            if rest & 1 == 1 {
                result = Some(match result {
                    Some(so_far) => self.multiply(so_far, square)?,
                    None => square,
                });
            }
            rest >>= 1;
            if rest > 0 {
                square = self.multiply(square, square)?;
            }
        }
        match result {
            Some(id) => Ok(id),
            None => {
                let one = self.scalar(BigRational::one());
                self.broadcast(one, shape)
            }
        }
    }

    /// The axes in another order: axis `i` of the result is axis `order[i]` of the operand.
    pub fn transpose(&mut self, operand: NodeId, order: &[usize]) -> Result<NodeId, BuildError> {
        let labels: Vec<Label> = (0..self.shape(operand).rank() as Label).collect();
        let output = order.iter().map(|&axis| axis as Label).collect();
        self.contract(vec![operand], Einsum { operands: vec![labels], output })
    }

    /// A copy of a network's output in this arena, its inputs replaced by the given nodes.
    pub fn import(&mut self, network: &Network, inputs: &[NodeId]) -> Result<NodeId, BuildError> {
        let mut here: Vec<NodeId> = Vec::with_capacity(network.nodes().len());
        for node in network.nodes() {
            let id = match &node.operation {
                Operation::Input(position) => match inputs.get(*position) {
                    Some(&id) if *self.shape(id) == node.shape => id,
                    _ => {
                        return Err(BuildError::Shapes(format!(
                            "input {position} must have shape {}",
                            node.shape
                        )));
                    }
                },
                Operation::Constant(constant) => self.constant(constant.clone()),
                Operation::Contract { operands, spec } => {
                    self.contract(operands.iter().map(|id| here[id.0]).collect(), spec.clone())?
                }
                Operation::Combine { terms } => {
                    self.combine(terms.iter().map(|(c, id)| (c.clone(), here[id.0])).collect())?
                }
                Operation::Arrange { operands, arrangement } => {
                    let operands = operands.iter().map(|id| here[id.0]).collect();
                    self.arrange(operands, arrangement.clone(), node.shape.clone())
                }
            };
            here.push(id);
        }
        Ok(here[network.output().0])
    }

    /// The network of the nodes that `output` depends on.
    pub fn network(&self, inputs: Vec<Input>, output: NodeId) -> Network {
        let mut needed = vec![false; output.0 + 1];
        needed[output.0] = true;
        for position in (0..=output.0).rev() {
            if needed[position] {
                for operand in self.nodes[position].operands() {
                    needed[operand.0] = true;
                }
            }
        }
        let mut moved = vec![NodeId(0); output.0 + 1];
        let mut nodes = Vec::new();
        for (position, node) in self.nodes[..=output.0].iter().enumerate() {
            if !needed[position] {
                continue;
            }
            let mut node = node.clone();
            match &mut node.operation {
                Operation::Input(_) | Operation::Constant(_) => {}
                Operation::Contract { operands, .. } | Operation::Arrange { operands, .. } => {
                    operands.iter_mut().for_each(|id| *id = moved[id.0]);
                }
                Operation::Combine { terms } => terms.iter_mut().for_each(|(_, id)| *id = moved[id.0]),
            }
            moved[position] = NodeId(nodes.len());
            nodes.push(node);
        }
        Network { inputs, output: moved[output.0], nodes }
    }

    fn arrange(&mut self, operands: Vec<NodeId>, arrangement: Arrangement, shape: Shape) -> NodeId {
        self.insert(Operation::Arrange { operands, arrangement }, shape)
    }

    fn insert(&mut self, operation: Operation, shape: Shape) -> NodeId {
        let node = Node { operation, shape };
        if let Some(&id) = self.known.get(&node) {
            return id;
        }
        let id = NodeId(self.nodes.len());
        self.nodes.push(node.clone());
        self.known.insert(node, id);
        id
    }
}

/// The same spec with labels numbered by first appearance, so that equal contractions are equal nodes.
fn relabelled(spec: &Einsum) -> Einsum {
    let mut names: HashMap<Label, Label> = HashMap::new();
    let mut rename = |label: &Label| {
        let next = names.len() as Label;
        *names.entry(*label).or_insert(next)
    };
    let operands = spec.operands.iter().map(|labels| labels.iter().map(&mut rename).collect()).collect();
    let output = spec.output.iter().map(&mut rename).collect();
    Einsum { operands, output }
}
