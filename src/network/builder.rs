//! Building networks: shapes are checked, equal nodes are shared, small constants are folded.

use std::collections::HashMap;
use std::sync::Arc;

use num_rational::BigRational;
use num_traits::{One, Zero};
use thiserror::Error;

use super::fold::{FoldingBudget, MAX_FOLDED, fold};
use super::{Arrangement, Constant, Einsum, Input, Label, Network, Node, NodeId, Operation, Shape};

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

    /// An empty arena in which constants are not multiplied out: for networks that are all constants, to be evaluated
    /// in the arithmetic that is wanted.
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

    /// A multilinear contraction.
    pub fn contract(&mut self, operands: Vec<NodeId>, spec: Einsum) -> Result<NodeId, BuildError> {
        let shapes: Vec<&Shape> = operands.iter().map(|&id| self.shape(id)).collect();
        let spec = relabelled(&spec);
        let lengths = spec.label_lengths(&shapes).map_err(BuildError::Shapes)?;
        let axes: Vec<usize> = spec.output.iter().filter_map(|&label| lengths[label as usize]).collect();
        let shape = Shape::new(axes).ok_or(BuildError::TooLarge)?;
        if let ([operand], [labels]) = (operands.as_slice(), spec.operands.as_slice())
            && *labels == spec.output
        {
            return Ok(*operand);
        }
        Ok(self.insert(Operation::Contract { operands, spec }, shape))
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
        collected.retain(|&(ref coefficient, id)| !coefficient.is_zero() && !self.is_zero(id));
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
        match &self.nodes[operand.0].operation {
            Operation::Arrange { operands, arrangement: Arrangement::Reshape } => {
                self.reshape(operands[0], shape)
            }
            Operation::Arrange { operands, arrangement: Arrangement::Broadcast } => {
                self.broadcast(operands[0], shape)
            }
            _ => Ok(self.arrange(vec![operand], Arrangement::Reshape, shape)),
        }
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
                self.slice_of(operand, axis, start, shape)
            }
            _ => Err(BuildError::Shapes(format!(
                "axis {axis} of {from} has no entries {start}..{start}+{length}"
            ))),
        }
    }

    /// A slice that is known to fit, taken from as close to the origin of its entries as is easy to see.
    fn slice_of(
        &mut self,
        mut operand: NodeId,
        axis: usize,
        mut start: usize,
        shape: Shape,
    ) -> Result<NodeId, BuildError> {
        let length = shape.axes()[axis];
        while let Operation::Arrange { operands, arrangement } = &self.nodes[operand.0].operation {
            match arrangement {
                Arrangement::Slice { axis: other, start: first } if *other == axis => {
                    operand = operands[0];
                    start += first;
                }
                Arrangement::Concat { axis: other } if *other == axis => {
                    let mut before = 0;
                    let part = operands.iter().find(|&&part| {
                        let end = before + self.shape(part).axes()[axis];
                        let inside = before <= start && start + length <= end;
                        if !inside {
                            before = end;
                        }
                        inside
                    });
                    let Some(&part) = part else { break };
                    operand = part;
                    start -= before;
                }
                Arrangement::Broadcast => {
                    let scalar = operands[0];
                    return self.broadcast(scalar, shape);
                }
                _ => break,
            }
            if *self.shape(operand) == shape {
                return Ok(operand);
            }
        }
        Ok(self.arrange(vec![operand], Arrangement::Slice { axis, start }, shape))
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
        // A scalar that is known is a coefficient.
        for (scalar, other) in [(left, right), (right, left)] {
            if let Some(value) = self.as_scalar(scalar) {
                return self.combine(vec![(value, other)]);
            }
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
                    let operands: Vec<NodeId> = operands.iter().map(|id| here[id.0]).collect();
                    match arrangement {
                        Arrangement::Reshape => self.reshape(operands[0], node.shape.clone())?,
                        Arrangement::Slice { axis, start } => {
                            self.slice(operands[0], *axis, *start, node.shape.axes()[*axis])?
                        }
                        Arrangement::Concat { axis } => self.concat(operands, *axis)?,
                        Arrangement::Broadcast => self.broadcast(operands[0], node.shape.clone())?,
                    }
                }
            };
            here.push(id);
        }
        Ok(here[network.output().0])
    }

    /// The network of the nodes that `output` depends on. Their order follows from the network alone, not from what else
    /// was built or when: depth first from the output, operands from left to right, every node after its operands.
    pub fn network(&self, inputs: Vec<Input>, output: NodeId) -> Network {
        let (mut moved, mut known) = (vec![NodeId(0); output.0 + 1], vec![false; output.0 + 1]);
        let mut nodes: Vec<Node> = Vec::new();
        // What is under way, with the operands that are still to be visited, the next one last. Networks are deep, so
        // this is no recursion.
        let rest = |id: NodeId| {
            let mut operands = self.nodes[id.0].operands();
            operands.reverse();
            (id, operands)
        };
        let mut pending = vec![rest(output)];
        while let Some((id, operands)) = pending.last_mut() {
            let id = *id;
            match operands.pop() {
                Some(operand) if !known[operand.0] => pending.push(rest(operand)),
                Some(_) => {}
                None => {
                    (moved[id.0], known[id.0]) = (NodeId(nodes.len()), true);
                    nodes.push(self.nodes[id.0].renumbered(&moved));
                    pending.pop();
                }
            }
        }
        let output = NodeId(nodes.len() - 1);
        Network { inputs, output, nodes }
    }

    fn arrange(&mut self, operands: Vec<NodeId>, arrangement: Arrangement, shape: Shape) -> NodeId {
        self.insert(Operation::Arrange { operands, arrangement }, shape)
    }

    fn insert(&mut self, operation: Operation, shape: Shape) -> NodeId {
        let node = Node { operation, shape };
        if let Some(&id) = self.known.get(&node) {
            return id;
        }
        if let Some(constant) = fold(&node, &self.nodes, &mut self.folding) {
            let id = self.constant(Arc::new(constant));
            self.known.insert(node, id);
            return id;
        }
        let id = NodeId(self.nodes.len());
        self.nodes.push(node.clone());
        self.known.insert(node, id);
        id
    }

    /// The value of a scalar constant.
    fn as_scalar(&self, id: NodeId) -> Option<BigRational> {
        let constant = self.as_constant(id)?;
        if constant.shape().rank() == 0 { constant.rational(0).ok() } else { None }
    }

    /// Whether a node is a small constant that is zero everywhere.
    fn is_zero(&self, id: NodeId) -> bool {
        let small = |constant: &&Arc<Constant>| constant.shape().size() <= MAX_FOLDED;
        self.as_constant(id)
            .filter(small)
            .and_then(|constant| constant.data().ok())
            .is_some_and(|data| data.zeros().into_iter().all(|zero| zero))
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::network::Data;

    fn rational(n: i64, d: i64) -> BigRational {
        BigRational::new(n.into(), d.into())
    }

    fn shape<const N: usize>(axes: [usize; N]) -> Shape {
        Shape::new(axes).unwrap()
    }

    fn value(builder: &Builder, id: NodeId) -> Vec<BigRational> {
        let constant = builder.as_constant(id).unwrap();
        (0..constant.shape().size()).map(|i| constant.rational(i).unwrap()).collect()
    }

    /// `(2/3)^3 - 1 = -19/27` is one constant; 2^(10^9) is not computed, and takes 59 nodes at most: 30 squares and 13
    /// products, less those short enough to fold.
    #[test]
    fn small_constants_fold_and_long_ones_do_not() {
        let mut builder = Builder::new();
        let (base, one) = (builder.scalar(rational(2, 3)), builder.scalar(rational(1, 1)));
        let power = builder.power(base, 3).unwrap();
        let difference = builder.combine(vec![(rational(1, 1), power), (rational(-1, 1), one)]).unwrap();
        assert_eq!(value(&builder, difference), [rational(-19, 27)]);
        let two = builder.scalar(rational(2, 1));
        let huge = builder.power(two, 1_000_000_000).unwrap();
        assert!(builder.as_constant(huge).is_none());
        assert!(builder.len() < 80);
    }

    /// A float stays a float when its entries are only moved.
    #[test]
    fn arranged_constants_keep_their_type() {
        let mut builder = Builder::new();
        let data = Data::F32(vec![0.5, 1.0, 1.5, 2.0, 2.5, 3.0]);
        let matrix = builder.constant(Arc::new(Constant::new(shape([2, 3]), data).unwrap()));
        let column = builder.select(matrix, 1, 1).unwrap();
        assert!(
            matches!(builder.as_constant(column).unwrap().in_memory(), Some(Data::F32(v)) if *v == [1.0, 2.5])
        );
        // The transpose is computed, and has the same digest as if it had been given.
        let transposed = builder.transpose(matrix, &[1, 0]).unwrap();
        let given = Data::F64(vec![0.5, 2.0, 1.0, 2.5, 1.5, 3.0]);
        let given = builder.constant(Arc::new(Constant::new(shape([3, 2]), given).unwrap()));
        assert_eq!(transposed, given);
    }

    #[test]
    fn slices_see_through_what_was_joined() {
        let mut builder = Builder::new();
        let x = builder.input(0, shape([3]));
        let entries: Vec<NodeId> = (0..3).map(|i| builder.select(x, 0, i).unwrap()).collect();
        let stacked = builder.stack(vec![entries[2], entries[0], entries[1]]).unwrap();
        assert_eq!(builder.select(stacked, 0, 0).unwrap(), entries[2]);
        assert_eq!(builder.select(stacked, 0, 2).unwrap(), entries[1]);
        let tail = builder.slice(x, 0, 1, 2).unwrap();
        assert_eq!(builder.select(tail, 0, 1).unwrap(), entries[2]);
        let joined = builder.concat(vec![x, x], 0).unwrap();
        assert_eq!(builder.slice(joined, 0, 3, 3).unwrap(), x);
        assert_eq!(builder.slice(joined, 0, 4, 2).unwrap(), tail);
        // Across the seam nothing can be seen through.
        let seam = builder.slice(joined, 0, 2, 2).unwrap();
        assert_eq!(builder.node(seam).operands(), [joined]);
        let round = builder.reshape(joined, shape([2, 3])).unwrap();
        assert_eq!(builder.reshape(round, shape([6])).unwrap(), joined);
        let filled = builder.broadcast(entries[0], shape([4])).unwrap();
        assert_eq!(builder.select(filled, 0, 3).unwrap(), entries[0]);
    }

    /// 100,000 joints deep, the first entry is found without recursion.
    #[test]
    fn long_chains_do_not_overflow_the_stack() {
        let mut builder = Builder::new();
        let x = builder.input(0, shape([1]));
        let y = builder.input(1, shape([1]));
        let mut joined = builder.concat(vec![x, y], 0).unwrap();
        for _ in 0..100_000 {
            joined = builder.concat(vec![joined, y], 0).unwrap();
        }
        assert_eq!(builder.slice(joined, 0, 0, 1).unwrap(), x);
    }

    /// A known scalar is a coefficient: 2 * x, x * 2 and x + x are one node, and 0 * x is a constant.
    #[test]
    fn known_scalars_are_coefficients() {
        let mut builder = Builder::new();
        let x = builder.input(0, shape([3]));
        let two = builder.scalar(rational(2, 1));
        let double = builder.multiply(two, x).unwrap();
        assert_eq!(builder.multiply(x, two).unwrap(), double);
        assert_eq!(builder.combine(vec![(rational(1, 1), x), (rational(1, 1), x)]).unwrap(), double);
        let zero = builder.scalar(rational(0, 1));
        let nothing = builder.multiply(zero, x).unwrap();
        assert_eq!(value(&builder, nothing), [rational(0, 1), rational(0, 1), rational(0, 1)]);
        // Adding it changes nothing.
        assert_eq!(builder.combine(vec![(rational(1, 1), nothing), (rational(1, 1), x)]).unwrap(), x);
    }

    #[test]
    fn what_is_too_large_is_refused() {
        let mut builder = Builder::new();
        let x = builder.input(0, shape([1 << 20]));
        let outer = Einsum { operands: vec![vec![0], vec![1]], output: vec![0, 1] };
        assert_eq!(builder.contract(vec![x, x], outer), Err(BuildError::TooLarge));
        let wide = builder.broadcast(x, shape([1 << 20])).unwrap();
        assert_eq!(builder.concat(vec![wide; 1 << 12], 0), Err(BuildError::TooLarge));
        assert_eq!(Shape::new(vec![1; 65]), None);
        assert_eq!(Shape::new(vec![0, usize::MAX, 2]), None);
        // A label as large as labels get costs nothing.
        let high = Einsum { operands: vec![vec![Label::MAX]], output: vec![Label::MAX] };
        assert_eq!(builder.contract(vec![x], high), Ok(x));
    }

    /// An imported network with constants for its inputs folds away: (1 + 2) * (1 - 2) = -3.
    #[test]
    fn imported_networks_fold() {
        let mut builder = Builder::new();
        let (x, y) = (builder.input(0, Shape::scalar()), builder.input(1, Shape::scalar()));
        let sum = builder.combine(vec![(rational(1, 1), x), (rational(1, 1), y)]).unwrap();
        let difference = builder.combine(vec![(rational(1, 1), x), (rational(-1, 1), y)]).unwrap();
        let product = builder.multiply(sum, difference).unwrap();
        let inputs = ["x", "y"].map(|name| Input { name: name.to_string(), shape: Shape::scalar() });
        let network = builder.network(inputs.to_vec(), product);
        let (one, two) = (builder.scalar(rational(1, 1)), builder.scalar(rational(2, 1)));
        let folded = builder.import(&network, &[one, two]).unwrap();
        assert_eq!(value(&builder, folded), [rational(-3, 1)]);
        assert!(builder.import(&network, &[one]).is_err());
    }
}
