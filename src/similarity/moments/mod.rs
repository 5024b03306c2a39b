//! The layerwise recursion as a network: two networks are compiled into one without inputs, whose value is the inner
//! products of the two.
//!
//! The moments of a pair of networks are carried from the input to the output: the mean of every node, and the
//! central covariance of every pair of nodes of the two networks together, as far as they are needed. The input is
//! standard normal. Linear operations act on both sides. A product node has a *level*: the largest number of product
//! nodes on a path from an input to it, itself included. In the covariance of two nodes the products of the higher
//! level are expanded, both if the levels agree: their operands and the node that is not expanded are taken to be
//! jointly Gaussian with the moments computed so far, so the moments of the product are sums over partitions of the
//! operands into pairs and singletons (Isserlis). The central covariance has the partitions with at least one pair
//! across.
//!
//! For networks whose products are all of level 1 this is no approximation: their operands are Gaussian. The number
//! of pairs across is then the Hermite order, which splits the inner product by degree.
//!
//! The *symmetric* variant only pairs operands of one node with operands of the other, divided by their number's
//! factorial, and has no means. For products of level 1 it is the symmetric (Bombieri) inner product.
//!
//! The network that is built has one node for every block of moments and one contraction for every partition. Since
//! it is a network, it is evaluated in any arithmetic, and a bound on its value comes from its height.

mod factors;
mod partitions;

use std::collections::HashMap;

use num_bigint::BigInt;
use num_rational::BigRational;
use num_traits::One;

use self::factors::{Block, Factor, contract, written};
use self::partitions::{Partition, partitions};
use super::{Failure, Limits};
use crate::network::{Arrangement, BuildError, Builder, Label, Network, NodeId, Operation, Shape};

/// More contractions than this are not built.
const MOST_TERMS: usize = 200_000;

/// Which recursion.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Variant {
    /// Jointly Gaussian operands.
    Gaussian,
    /// Operands of one node paired with those of the other only.
    Symmetric,
}

/// Which part of an inner product.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Part {
    /// All of it.
    Whole,
    /// The part with so many pairs across, for networks whose products are all of level 1.
    Order(usize),
}

/// The levels of a network: how many products follow each other, and how many operands a product has at most.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Depth {
    /// The highest level.
    pub level: u32,
    /// The most operands that depend on an input in one product, 1 if there is no product.
    pub operands: usize,
}

/// The depth of a network.
pub(super) fn depth(network: &Network) -> Depth {
    let levels = levels(network.nodes().iter().map(|node| &node.operation));
    let operands = network.nodes().iter().map(|node| match &node.operation {
        Operation::Contract { operands, .. } => operands.iter().filter(|id| levels[id.0].is_some()).count(),
        _ => 1,
    });
    Depth {
        level: levels.iter().flatten().copied().max().unwrap_or(0),
        operands: operands.max().unwrap_or(1),
    }
}

/// The highest level of a product that a node is made of; `None` for a constant.
fn levels<'a>(operations: impl Iterator<Item = &'a Operation>) -> Vec<Option<u32>> {
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

/// A network without inputs: the inner products `aa`, `ab`, `bb` of every output entry, with shape `[3, ..output]`.
pub(super) fn compile(
    a: &Network,
    b: &Network,
    variant: Variant,
    part: Part,
    limits: &Limits,
) -> Result<Network, Failure> {
    let mut builder = Builder::unfolded();
    let inputs = builder.inputs(a);
    let (a, b) = (builder.import(a, &inputs)?, builder.import(b, &inputs)?);
    let operations = (0..builder.len()).map(|id| &builder.node(NodeId(id)).operation);
    let levels = levels(operations);
    let mut moments =
        Moments { builder, levels, variant, means: HashMap::new(), blocks: HashMap::new(), terms: 0, limits };
    let mut products = Vec::with_capacity(3);
    for (u, v) in [(a, a), (a, b), (b, b)] {
        products.push(moments.inner(u, v, part)?);
    }
    let output = moments.builder.stack(products)?;
    Ok(moments.builder.network(Vec::new(), output))
}

/// Something to compute, once.
#[derive(Clone, Copy, Debug)]
enum Request {
    Mean(NodeId),
    /// In the order of [`Moments::ordered`].
    Block(NodeId, NodeId, Part),
}

struct Moments<'a> {
    builder: Builder,
    /// Of the nodes of the two networks; those of moments come after them.
    levels: Vec<Option<u32>>,
    variant: Variant,
    means: HashMap<NodeId, Option<NodeId>>,
    blocks: HashMap<(NodeId, NodeId, Part), Block>,
    /// Contractions so far.
    terms: usize,
    limits: &'a Limits,
}

/// A product node, or a node that stands in a product with one: its operands that depend on an input, its constant
/// operands, and its own axes.
struct Side {
    operands: Vec<(NodeId, Vec<Label>)>,
    constants: Vec<Factor>,
    output: Vec<Label>,
}

impl Moments<'_> {
    fn operation(&self, id: NodeId) -> &Operation {
        &self.builder.node(id).operation
    }

    fn shape(&self, id: NodeId) -> Shape {
        self.builder.shape(id).clone()
    }

    fn depends(&self, id: NodeId) -> bool {
        self.levels[id.0].is_some()
    }

    /// Whether a node is a product of at least two operands that depend on an input.
    fn is_product(&self, id: NodeId) -> bool {
        match self.operation(id) {
            Operation::Contract { operands, .. } => {
                operands.iter().filter(|id| self.depends(**id)).count() > 1
            }
            _ => false,
        }
    }

    /// The two nodes, the one that is taken apart first in front, and whether they were exchanged: the one of the
    /// higher level; a linear operation before a product or an input; what is built later before its operands.
    fn ordered(&self, u: NodeId, v: NodeId) -> (NodeId, NodeId, bool) {
        let key = |id: NodeId| {
            let leaf = self.is_product(id) || matches!(self.operation(id), Operation::Input(_));
            (self.levels[id.0], !leaf, id)
        };
        if key(u) >= key(v) { (u, v, false) } else { (v, u, true) }
    }

    /// The inner product of two nodes of one shape, entry by entry.
    fn inner(&mut self, u: NodeId, v: NodeId, part: Part) -> Result<NodeId, Failure> {
        let shape = self.shape(u);
        let labels: Vec<Label> = (0..shape.rank() as Label).collect();
        let mut terms = Vec::new();
        if matches!(part, Part::Whole | Part::Order(0)) {
            self.solve(Request::Mean(u))?;
            self.solve(Request::Mean(v))?;
            if let (Some(&Some(mean_u)), Some(&Some(mean_v))) = (self.means.get(&u), self.means.get(&v)) {
                terms.push((BigRational::one(), self.builder.multiply(mean_u, mean_v)?));
            }
        }
        if part != Part::Order(0) {
            let (first, second, _) = self.ordered(u, v);
            self.solve(Request::Block(first, second, part))?;
            let block = self.blocks.get(&(first, second, part)).cloned().unwrap_or(Block::Zero);
            if block != Block::Zero {
                let factor = Factor { block, labels: [labels.clone(), labels.clone()].concat() };
                let diagonal = contract(&mut self.builder, vec![factor], labels)?;
                terms.push((BigRational::one(), diagonal));
            }
        }
        if terms.is_empty() {
            return self.zeros(shape);
        }
        Ok(self.builder.combine(terms)?)
    }

    fn zeros(&mut self, shape: Shape) -> Result<NodeId, Failure> {
        let zero = self.builder.scalar(num_traits::Zero::zero());
        Ok(self.builder.broadcast(zero, shape)?)
    }

    /// Computes something and all it needs. The requests wait on a list, not on the call stack: networks are deep.
    fn solve(&mut self, request: Request) -> Result<(), Failure> {
        let mut pending = vec![request];
        while let Some(&request) = pending.last() {
            self.limits.check(0)?;
            if self.known(request) {
                pending.pop();
                continue;
            }
            let needed: Vec<Request> =
                self.needs(request).into_iter().filter(|&request| !self.known(request)).collect();
            if needed.is_empty() {
                match request {
                    Request::Mean(id) => {
                        let mean = self.mean(id)?;
                        self.means.insert(id, mean);
                    }
                    Request::Block(u, v, part) => {
                        let block = self.block(u, v, part)?;
                        self.blocks.insert((u, v, part), block);
                    }
                }
                pending.pop();
            } else {
                pending.extend(needed);
            }
        }
        Ok(())
    }

    fn known(&self, request: Request) -> bool {
        match request {
            Request::Mean(id) => self.means.contains_key(&id),
            Request::Block(u, v, part) => self.blocks.contains_key(&(u, v, part)),
        }
    }

    fn request(&self, u: NodeId, v: NodeId, part: Part) -> Request {
        let (u, v, _) = self.ordered(u, v);
        Request::Block(u, v, part)
    }

    /// What has to be known before.
    fn needs(&self, request: Request) -> Vec<Request> {
        match request {
            Request::Mean(id) if !self.depends(id) => Vec::new(),
            Request::Mean(id) if self.is_product(id) => self.needs_of_sides(&[self.side(id, 0)]),
            Request::Mean(id) => self.operands(id).into_iter().map(Request::Mean).collect(),
            Request::Block(u, v, _) if !self.depends(u) || !self.depends(v) => Vec::new(),
            Request::Block(u, v, Part::Order(order)) if self.is_product(u) => {
                if order > 1 && self.levels[u.0] > self.levels[v.0] {
                    Vec::new()
                } else {
                    self.needs_of_sides(&self.sides(u, v))
                }
            }
            Request::Block(u, v, _) if self.is_product(u) => self.needs_of_sides(&self.sides(u, v)),
            Request::Block(u, v, part) => {
                self.operands(u).into_iter().map(|operand| self.request(operand, v, part)).collect()
            }
        }
    }

    /// The operands that depend on an input.
    fn operands(&self, id: NodeId) -> Vec<NodeId> {
        let mut operands = self.builder.node(id).operands();
        operands.retain(|&operand| self.depends(operand));
        operands
    }

    fn needs_of_sides(&self, sides: &[Side]) -> Vec<Request> {
        let operands: Vec<(usize, NodeId)> = sides
            .iter()
            .enumerate()
            .flat_map(|(side, sides)| sides.operands.iter().map(move |&(id, _)| (side, id)))
            .collect();
        let mut requests = Vec::new();
        for (position, &(side, u)) in operands.iter().enumerate() {
            if self.variant == Variant::Gaussian {
                requests.push(Request::Mean(u));
            }
            for &(other, v) in &operands[position + 1..] {
                if self.variant == Variant::Gaussian || side != other {
                    requests.push(self.request(u, v, Part::Whole));
                }
            }
        }
        requests
    }

    /// A product node with its labels, shifted.
    fn side(&self, id: NodeId, shift: Label) -> Side {
        let mut side = Side { operands: Vec::new(), constants: Vec::new(), output: Vec::new() };
        if let Operation::Contract { operands, spec } = self.operation(id) {
            let shifted = |labels: &Vec<Label>| labels.iter().map(|label| label + shift).collect::<Vec<_>>();
            for (&operand, labels) in operands.iter().zip(&spec.operands) {
                if self.depends(operand) {
                    side.operands.push((operand, shifted(labels)));
                } else {
                    side.constants.push(Factor { block: Block::Node(operand), labels: shifted(labels) });
                }
            }
            side.output = shifted(&spec.output);
        }
        side
    }

    /// A product node and another: expanded if it is a product of the same level, else as it is.
    fn sides(&self, u: NodeId, v: NodeId) -> [Side; 2] {
        let first = self.side(u, 0);
        let labels = first.operands.iter().map(|(_, labels)| labels);
        let labels = labels.chain(first.constants.iter().map(|factor| &factor.labels));
        let shift = labels.flatten().max().map_or(0, |label| label + 1);
        let second = if self.is_product(v) && self.levels[u.0] == self.levels[v.0] {
            self.side(v, shift)
        } else {
            let own: Vec<Label> = (shift..shift + self.builder.shape(v).rank() as Label).collect();
            Side { operands: vec![(v, own.clone())], constants: Vec::new(), output: own }
        };
        [first, second]
    }

    fn known_mean(&self, id: NodeId) -> Option<NodeId> {
        match self.variant {
            Variant::Symmetric => None,
            Variant::Gaussian => self.means.get(&id).copied().flatten(),
        }
    }

    /// The mean of a node whose operands' moments are known; `None` for zero.
    fn mean(&mut self, id: NodeId) -> Result<Option<NodeId>, Failure> {
        if !self.depends(id) {
            // In the symmetric recursion a constant is the part of degree 0.
            return Ok(Some(id));
        }
        if matches!(self.operation(id), Operation::Input(_)) || self.variant == Variant::Symmetric {
            return Ok(None);
        }
        if self.is_product(id) {
            let side = self.side(id, 0);
            return self.expectation(&[side], &|_| true);
        }
        let blocks = self
            .builder
            .node(id)
            .operands()
            .into_iter()
            .map(|operand| match self.depends(operand) {
                true => self.known_mean(operand).map_or(Block::Zero, Block::Node),
                false => Block::Node(operand),
            })
            .collect();
        match self.linear(id, blocks, &Shape::scalar())? {
            Block::Node(node) => Ok(Some(node)),
            _ => Ok(None),
        }
    }

    /// The block of two nodes whose operands' moments are known.
    fn block(&mut self, u: NodeId, v: NodeId, part: Part) -> Result<Block, Failure> {
        if !self.depends(u) || !self.depends(v) {
            return Ok(Block::Zero);
        }
        if let Operation::Input(_) = self.operation(u) {
            let same = u == v && matches!(part, Part::Whole | Part::Order(1));
            return Ok(if same { Block::Identity(self.shape(u)) } else { Block::Zero });
        }
        if self.is_product(u) {
            let sides = self.sides(u, v);
            let both = self.is_product(v) && self.levels[u.0] == self.levels[v.0];
            let allowed: Box<dyn Fn(usize) -> bool> = match part {
                Part::Whole => Box::new(|across| across > 0),
                // The other node is linear, so of order 1.
                Part::Order(order) if !both => Box::new(move |across| order == 1 && across == 1),
                Part::Order(order) => Box::new(move |across| across == order),
            };
            if matches!(part, Part::Order(order) if order != 1 && !both) {
                return Ok(Block::Zero);
            }
            let block = self.expectation(&sides, &*allowed)?;
            return Ok(block.map_or(Block::Zero, Block::Node));
        }
        let shape = self.shape(v);
        let mut blocks = Vec::new();
        for operand in self.builder.node(u).operands() {
            blocks.push(self.oriented(operand, v, part)?);
        }
        self.linear(u, blocks, &shape)
    }

    /// A known block, with the axes of `u` first. Zero for a constant.
    fn oriented(&mut self, u: NodeId, v: NodeId, part: Part) -> Result<Block, Failure> {
        if !self.depends(u) {
            return Ok(Block::Zero);
        }
        let (first, second, exchanged) = self.ordered(u, v);
        let block = self.blocks.get(&(first, second, part)).cloned().unwrap_or(Block::Zero);
        Ok(match block {
            Block::Node(node) if exchanged => {
                let (back, front) = (self.builder.shape(first).rank(), self.builder.shape(second).rank());
                let order: Vec<usize> = (back..back + front).chain(0..back).collect();
                Block::Node(self.builder.transpose(node, &order)?)
            }
            block => block,
        })
    }

    /// The expectation of the product of one or two sides: the sum over all partitions of their operands whose number
    /// of pairs across is allowed. `None` for zero.
    fn expectation(
        &mut self,
        sides: &[Side],
        allowed: &dyn Fn(usize) -> bool,
    ) -> Result<Option<NodeId>, Failure> {
        let operands: Vec<(usize, NodeId, &Vec<Label>)> = sides
            .iter()
            .enumerate()
            .flat_map(|(at, side)| side.operands.iter().map(move |(id, labels)| (at, *id, labels)))
            .collect();
        let lookup = |i: usize, j: usize| {
            let (u, v, exchanged) = self.ordered(operands[i].1, operands[j].1);
            (self.blocks.get(&(u, v, Part::Whole)).cloned().unwrap_or(Block::Zero), exchanged)
        };
        let symmetric = self.variant == Variant::Symmetric;
        let pair = |i: usize, j: usize| {
            (!symmetric || operands[i].0 != operands[j].0) && lookup(i, j).0 != Block::Zero
        };
        let single = |i: usize| !symmetric && self.known_mean(operands[i].1).is_some();
        let room = MOST_TERMS - self.terms.min(MOST_TERMS);
        let found = partitions(operands.len(), &pair, &single, room).ok_or(Failure::TooManyTerms)?;
        let across = |partition: &Partition| {
            partition.pairs.iter().filter(|&&(i, j)| operands[i].0 != operands[j].0).count()
        };
        let output: Vec<Label> = sides.iter().flat_map(|side| side.output.iter().copied()).collect();
        let constants: Vec<Factor> = sides.iter().flat_map(|side| side.constants.iter().cloned()).collect();
        let mut products: Vec<Vec<Factor>> = Vec::new();
        for partition in found.into_iter().filter(|partition| allowed(across(partition))) {
            let mut factors = constants.clone();
            for (i, j) in partition.pairs {
                let (block, exchanged) = lookup(i, j);
                let (i, j) = if exchanged { (j, i) } else { (i, j) };
                factors
                    .push(Factor { block, labels: [operands[i].2.clone(), operands[j].2.clone()].concat() });
            }
            for i in partition.singles {
                if let Some(mean) = self.known_mean(operands[i].1) {
                    factors.push(Factor { block: Block::Node(mean), labels: operands[i].2.clone() });
                }
            }
            products.push(factors);
        }
        self.terms += products.len();
        let weight = match (symmetric, sides) {
            // n! of a product with n operands on both sides; otherwise there is no partition.
            (true, [first, _]) => {
                BigRational::new(BigInt::one(), (1..=first.operands.len()).map(BigInt::from).product())
            }
            _ => BigRational::one(),
        };
        let mut terms = Vec::with_capacity(products.len());
        for factors in products {
            terms.push((weight.clone(), contract(&mut self.builder, factors, output.clone())?));
        }
        if terms.is_empty() {
            return Ok(None);
        }
        Ok(Some(self.builder.combine(terms)?))
    }

    /// A linear operation on the leading axes of blocks, one for every operand (constants of a contraction stand for
    /// themselves, whatever is given for them). `behind` is the shape of the axes that follow.
    fn linear(&mut self, id: NodeId, blocks: Vec<Block>, behind: &Shape) -> Result<Block, Failure> {
        if blocks.iter().all(|block| *block == Block::Zero) {
            return Ok(Block::Zero);
        }
        let shape = joined(&self.shape(id), behind)?;
        match self.operation(id).clone() {
            Operation::Contract { operands, spec } => {
                let shift = spec.operands.iter().flatten().max().map_or(0, |label| label + 1);
                let own: Vec<Label> = (shift..shift + behind.rank() as Label).collect();
                let mut factors = Vec::new();
                for ((operand, labels), block) in operands.into_iter().zip(spec.operands).zip(blocks) {
                    if !self.depends(operand) {
                        factors.push(Factor { block: Block::Node(operand), labels });
                    } else if block == Block::Zero {
                        return Ok(Block::Zero);
                    } else {
                        factors.push(Factor { block, labels: [labels, own.clone()].concat() });
                    }
                }
                let output = [spec.output, own].concat();
                Ok(Block::Node(contract(&mut self.builder, factors, output)?))
            }
            Operation::Combine { terms } => {
                let mut sum = Vec::new();
                for ((coefficient, _), block) in terms.into_iter().zip(blocks) {
                    match block {
                        Block::Zero => {}
                        block => sum.push((coefficient, self.node(block)?)),
                    }
                }
                Ok(Block::Node(self.builder.combine(sum)?))
            }
            Operation::Arrange { operands, arrangement } => {
                let mut parts = Vec::new();
                for (operand, block) in operands.into_iter().zip(blocks) {
                    parts.push(match block {
                        Block::Zero => {
                            let shape = joined(&self.shape(operand), behind)?;
                            self.zeros(shape)?
                        }
                        block => self.node(block)?,
                    });
                }
                Ok(Block::Node(self.arranged(id, parts, arrangement, shape)?))
            }
            Operation::Input(_) | Operation::Constant(_) => Ok(Block::Zero),
        }
    }

    fn arranged(
        &mut self,
        id: NodeId,
        parts: Vec<NodeId>,
        arrangement: Arrangement,
        shape: Shape,
    ) -> Result<NodeId, Failure> {
        let Some(&part) = parts.first() else { return self.zeros(shape) };
        Ok(match arrangement {
            Arrangement::Reshape => self.builder.reshape(part, shape)?,
            Arrangement::Slice { axis, start } => {
                self.builder.slice(part, axis, start, shape.axes()[axis])?
            }
            Arrangement::Concat { axis } => self.builder.concat(parts, axis)?,
            Arrangement::Broadcast => {
                let own = self.shape(id);
                let one = self.builder.scalar(BigRational::one());
                let ones = self.builder.broadcast(one, own.clone())?;
                let labels: Vec<Label> = (0..shape.rank() as Label).collect();
                let (front, back) = labels.split_at(own.rank());
                let factors = vec![
                    Factor { block: Block::Node(ones), labels: front.to_vec() },
                    Factor { block: Block::Node(part), labels: back.to_vec() },
                ];
                contract(&mut self.builder, factors, labels.clone())?
            }
        })
    }

    /// A block as a node.
    fn node(&mut self, block: Block) -> Result<NodeId, Failure> {
        match block {
            Block::Node(node) => Ok(node),
            Block::Identity(shape) => Ok(written(&mut self.builder, &shape)?),
            Block::Zero => self.zeros(Shape::scalar()),
        }
    }
}

/// The axes of two shapes, one after the other.
fn joined(front: &Shape, back: &Shape) -> Result<Shape, BuildError> {
    Shape::new([front.axes(), back.axes()].concat()).ok_or(BuildError::TooLarge)
}

/// Whether every node of a network is homogeneous, as far as its structure shows: all monomials of all entries that
/// are not zero have one degree. The symmetric recursion looks at nodes one by one.
pub(super) fn homogeneous(network: &Network) -> bool {
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
