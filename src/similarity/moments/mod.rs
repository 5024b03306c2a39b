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
//! For networks whose products are all of level 1 this is no approximation: their operands are Gaussian. It is none
//! either if products are multiplied out until their operands are affine in the input ([`Reach::Input`], `products`):
//! then the result is the true inner product, at the price of many more partitions. The number of pairs across is then
//! the Hermite order, which splits the inner product by degree. Nothing depends on the number of inputs: what is
//! computed with are the covariances of operands, so a linear map from many inputs to few is met only once.
//!
//! The *symmetric* variant only pairs operands of one node with operands of the other, divided by their number's
//! factorial, and has no means but constants. Multiplied out it is the symmetric (Bombieri) inner product.
//!
//! The network that is built has one node for every block of moments and one contraction for every partition. Since
//! it is a network, it is evaluated in any arithmetic, and a bound on its value comes from its height.

mod factors;
mod levels;
mod linear;
mod partitions;
mod products;

pub(super) use self::levels::{homogeneous, layers, levels};

use std::collections::{HashMap, HashSet};
use std::rc::Rc;

use num_bigint::BigInt;
use num_rational::BigRational;
use num_traits::One;

use self::factors::{Block, Factor, contract};
use self::levels::linear;
use self::linear::joined;
use self::partitions::{Partition, partitions};
use self::products::{Side, Term};
use super::Failure;
use super::failure::check;
use crate::budget::Budget;
use crate::network::{BuildError, Builder, Einsum, Label, Network, NodeId, Operation, Shape};

/// More contractions than this are not built,
pub(super) const MOST_TERMS: usize = 200_000;
/// nor more than this when products of several layers are multiplied out: each has many factors.
const MOST_LONG_TERMS: usize = 20_000;

/// So many contractions are added up at once.
const TOGETHER: usize = 16;

/// The squared norm of a sum of more terms than this is not taken apart.
const MOST_SEPARATE: usize = 4;

/// Which recursion.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Variant {
    /// Jointly Gaussian operands.
    Gaussian,
    /// Operands of one node paired with those of the other only.
    Symmetric,
}

/// What the operands of products are taken to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reach {
    /// The nodes of the layer before, jointly Gaussian: the layerwise recursion.
    Layer,
    /// Affine in the input: products are multiplied out.
    Input,
}

/// Which part of an inner product.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Part {
    /// All of it.
    Whole,
    /// The part with so many pairs across, when products are multiplied out.
    Order(usize),
}

/// A network without inputs: the inner products `aa`, `ab`, `bb` of every output entry, with shape `[3, ..output]`.
pub(super) fn compile(
    a: &Network,
    b: &Network,
    (variant, reach): (Variant, Reach),
    part: Part,
    budget: &Budget,
) -> Result<Network, Failure> {
    let mut builder = Builder::unfolded();
    let inputs = builder.inputs(a);
    let (a, b) = (builder.import(a, &inputs)?, builder.import(b, &inputs)?);
    let mut moments = Moments::new(builder, (variant, reach), budget);
    let mut products = Vec::with_capacity(3);
    for (u, v) in [(a, a), (a, b), (b, b)] {
        products.push(moments.inner(u, v, part)?);
    }
    let output = moments.builder.stack(products)?;
    Ok(moments.builder.network(Vec::new(), output))
}

/// A network without inputs: the squared norm of a network in the layerwise recursion, summed over its output entries.
/// Not more than `most` contractions, nor blocks of moments, are built.
pub(super) fn squared_norm(network: &Network, most: usize, budget: &Budget) -> Result<Network, Failure> {
    let mut builder = Builder::unfolded();
    let inputs = builder.inputs(network);
    let output = builder.import(network, &inputs)?;
    let moments = Moments::new(builder, (Variant::Gaussian, Reach::Layer), budget);
    let mut moments = Moments { room: most.min(MOST_TERMS), most_blocks: most, ..moments };
    // Term by term, so that of the last linear maps, which may have many rows, only the diagonal is computed.
    let mut terms = vec![(BigRational::one(), output)];
    while let Some((place, parts)) = terms.iter().enumerate().find_map(|(place, (c, id))| {
        let Operation::Combine { terms: parts } = moments.operation(*id) else { return None };
        let parts: Vec<(BigRational, NodeId)> = parts.iter().map(|(d, id)| (c * d, *id)).collect();
        (terms.len() + parts.len() <= MOST_SEPARATE + 1).then_some((place, parts))
    }) {
        terms.splice(place..=place, parts);
    }
    let mut entries = Vec::new();
    for (position, (c, u)) in terms.iter().enumerate() {
        for (d, v) in &terms[..position] {
            entries.push((c * d * BigInt::from(2), moments.inner(*u, *v, Part::Whole)?));
        }
        entries.push((c * c, moments.inner(*u, *u, Part::Whole)?));
    }
    let entries = moments.builder.combine(entries)?;
    let labels = (0..network.output_shape().rank() as Label).collect();
    let mut builder = moments.builder;
    let sum = builder.contract(vec![entries], Einsum { operands: vec![labels], output: Vec::new() })?;
    Ok(builder.network(Vec::new(), sum))
}

/// The mean, with shape `[n]`, and the covariance, `[n, n]`, of the outputs of some networks that are affine in the
/// same inputs, one after the other, for standard normal inputs: as networks without inputs.
pub(super) fn affine(networks: [&Network; 2], budget: &Budget) -> Result<(Network, Network), Failure> {
    let mut builder = Builder::unfolded();
    let inputs = builder.inputs(networks[0]);
    let mut parts = Vec::new();
    for network in networks {
        let output = builder.import(network, &inputs)?;
        let size = builder.shape(output).size();
        parts.push(builder.reshape(output, Shape::new([size]).ok_or(BuildError::TooLarge)?)?);
    }
    let all = builder.concat(parts, 0)?;
    let mut moments = Moments::new(builder, (Variant::Gaussian, Reach::Layer), budget);
    moments.solve(Request::Mean(all))?;
    moments.solve(Request::Block(all, all, Part::Whole))?;
    let shape = moments.shape(all);
    let mean = match moments.means.get(&all).copied().flatten() {
        Some(mean) => mean,
        None => moments.zeros(shape.clone())?,
    };
    let covariance = match moments.oriented(all, all, Part::Whole)? {
        Block::Zero => moments.zeros(joined(&shape, &shape)?)?,
        block => moments.node(block)?,
    };
    let network = |output| moments.builder.network(Vec::new(), output);
    Ok((network(mean), network(covariance)))
}

/// Something to compute, once.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Request {
    Mean(NodeId),
    /// In the order of [`Moments::ordered`].
    Block(NodeId, NodeId, Part),
}

struct Moments<'a> {
    builder: Builder,
    /// Of the nodes of the two networks; those of moments come after them.
    levels: Vec<Option<u32>>,
    /// Which of them are linear in the input, without a constant.
    linear: Vec<bool>,
    variant: Variant,
    reach: Reach,
    /// Nodes that are multiplied out.
    products: HashMap<NodeId, Rc<[Term]>>,
    means: HashMap<NodeId, Option<NodeId>>,
    blocks: HashMap<(NodeId, NodeId, Part), Block>,
    /// Contractions that may still be built.
    room: usize,
    /// Not more blocks of moments are built.
    most_blocks: usize,
    budget: &'a Budget,
}

/// One or two nodes as products, with a coefficient.
type Sides = (BigRational, Vec<Side>);

impl<'a> Moments<'a> {
    /// Of the networks that have been built.
    fn new(builder: Builder, (variant, reach): (Variant, Reach), budget: &'a Budget) -> Moments<'a> {
        let operations = (0..builder.len()).map(|id| &builder.node(NodeId(id)).operation);
        let linear = linear(operations.clone());
        let levels = levels(operations);
        let deep = reach == Reach::Input && levels.iter().any(|&level| level > Some(1));
        let room = if deep { MOST_LONG_TERMS } else { MOST_TERMS };
        Moments {
            builder,
            levels,
            linear,
            variant,
            reach,
            products: HashMap::new(),
            means: HashMap::new(),
            blocks: HashMap::new(),
            room,
            most_blocks: usize::MAX,
            budget,
        }
    }
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
    /// higher level; a linear operation before a product or an input; what is built later before its operands. When
    /// products are multiplied out, linear operations on products come before all others.
    fn ordered(&self, u: NodeId, v: NodeId) -> (NodeId, NodeId, bool) {
        let key = |id: NodeId| {
            let leaf = self.is_product(id) || matches!(self.operation(id), Operation::Input(_));
            let first = self.reach == Reach::Input && !leaf && self.levels[id.0] > Some(0);
            (first, self.levels[id.0], !leaf, id)
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
            // Only the diagonal is wanted, so the last linear maps, with their many rows, are put on together.
            let (left, right) = (self.peeled(u), self.peeled(v));
            let shift = left.side.free().max(right.side.free());
            let inner = |label: Label| match right.side.output.contains(&label) {
                true => label,
                false => label + shift,
            };
            let right = Term { side: right.side.relabelled(&inner), ..right };
            if let ([(u, of_u)], [(v, of_v)]) = (&left.side.operands[..], &right.side.operands[..]) {
                let (first, second, exchanged) = self.ordered(*u, *v);
                self.solve(Request::Block(first, second, part))?;
                let block = self.blocks.get(&(first, second, part)).cloned().unwrap_or(Block::Zero);
                if block != Block::Zero {
                    let (front, back) = if exchanged { (of_v, of_u) } else { (of_u, of_v) };
                    let mut factors = [left.side.constants, right.side.constants].concat();
                    factors.push(Factor { block, labels: [front.as_slice(), back].concat() });
                    let diagonal = contract(&mut self.builder, self.budget, factors, labels)?;
                    terms.push((left.coefficient * right.coefficient, diagonal));
                }
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
            check(self.budget, 0)?;
            if self.blocks.len().max(self.means.len()) > self.most_blocks {
                return Err(Failure::TooManyTerms);
            }
            if self.known(request) {
                pending.pop();
                continue;
            }
            let needed: Vec<Request> =
                self.needs(request)?.into_iter().filter(|&request| !self.known(request)).collect();
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
    fn needs(&mut self, request: Request) -> Result<Vec<Request>, Failure> {
        Ok(match request {
            Request::Mean(id) if !self.depends(id) => Vec::new(),
            Request::Mean(id) if self.is_product(id) => {
                let sides = self.one_side(id)?;
                self.needs_of_sides(&sides)
            }
            Request::Mean(id) => self.operands(id).into_iter().map(Request::Mean).collect(),
            Request::Block(u, v, _) if !self.depends(u) || !self.depends(v) => Vec::new(),
            Request::Block(u, v, _) if self.is_product(u) => {
                let sides = self.sides(u, v)?;
                self.needs_of_sides(&sides)
            }
            Request::Block(u, v, part) => {
                self.operands(u).into_iter().map(|operand| self.request(operand, v, part)).collect()
            }
        })
    }

    /// The operands that depend on an input.
    fn operands(&self, id: NodeId) -> Vec<NodeId> {
        let mut operands = self.builder.node(id).operands();
        operands.retain(|&operand| self.depends(operand));
        operands
    }

    fn needs_of_sides(&self, all: &[Sides]) -> Vec<Request> {
        let mut requests = Vec::new();
        for (_, sides) in all {
            let operands: Vec<(usize, NodeId)> = sides
                .iter()
                .enumerate()
                .flat_map(|(side, sides)| sides.operands.iter().map(move |&(id, _)| (side, id)))
                .collect();
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
        }
        let mut seen = HashSet::new();
        requests.retain(|&request| seen.insert(request));
        requests
    }

    /// A product node with its own operands.
    fn side(&self, id: NodeId) -> Side {
        let mut side = Side { operands: Vec::new(), constants: Vec::new(), output: Vec::new() };
        if let Operation::Contract { operands, spec } = self.operation(id) {
            for (&operand, labels) in operands.iter().zip(&spec.operands) {
                let labels = labels.clone();
                if self.depends(operand) {
                    side.operands.push((operand, labels));
                } else {
                    side.constants.push(Factor { block: Block::Node(operand), labels });
                }
            }
            side.output = spec.output.clone();
        }
        side
    }

    /// A product node as a sum of products.
    fn one_side(&mut self, id: NodeId) -> Result<Vec<Sides>, Failure> {
        Ok(match self.reach {
            Reach::Layer => vec![(BigRational::one(), vec![self.side(id)])],
            Reach::Input => {
                let terms = self.products(id)?;
                terms.iter().map(|term| (term.coefficient.clone(), vec![term.side.clone()])).collect()
            }
        })
    }

    /// The product of a product node and another: that one is expanded if it is a product of the same level, or if
    /// products are multiplied out, else taken as it is.
    fn sides(&mut self, u: NodeId, v: NodeId) -> Result<Vec<Sides>, Failure> {
        let both = self.is_product(v) && self.levels[u.0] == self.levels[v.0];
        let second = match self.reach {
            Reach::Layer if !both => vec![(BigRational::one(), vec![Side::of(v, &self.shape(v))])],
            _ => self.one_side(v)?,
        };
        let mut all = Vec::new();
        for (left, first) in self.one_side(u)? {
            let shift = first.iter().map(Side::free).max().unwrap_or(0);
            for (right, second) in &second {
                let shifted = second.iter().map(|side| side.relabelled(&|label| label + shift));
                all.push((&left * right, first.iter().cloned().chain(shifted).collect()));
            }
        }
        Ok(all)
    }

    /// The mean of an operand, where operands may stand alone.
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
        if matches!(self.operation(id), Operation::Input(_)) {
            return Ok(None);
        }
        if self.is_product(id) {
            let sides = self.one_side(id)?;
            return self.expectation(&sides, &|_| true);
        }
        let blocks = self
            .builder
            .node(id)
            .operands()
            .into_iter()
            .map(|operand| match self.depends(operand) {
                true => self.means.get(&operand).copied().flatten().map_or(Block::Zero, Block::Node),
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
            let sides = self.sides(u, v)?;
            let allowed = |across: usize| match part {
                Part::Whole => across > 0,
                Part::Order(order) => across == order,
            };
            let block = self.expectation(&sides, &allowed)?;
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

    /// The expectation of a sum of products of one or two sides: the sum over all partitions of their operands whose
    /// number of pairs across is allowed. `None` for zero.
    fn expectation(
        &mut self,
        all: &[Sides],
        allowed: &dyn Fn(usize) -> bool,
    ) -> Result<Option<NodeId>, Failure> {
        let mut terms = Vec::new();
        for (coefficient, sides) in all {
            check(self.budget, 0)?;
            self.partitioned(coefficient, sides, allowed, &mut terms)?;
        }
        if terms.is_empty() {
            return Ok(None);
        }
        Ok(Some(self.builder.combine(terms)?))
    }

    /// The terms of one product.
    fn partitioned(
        &mut self,
        coefficient: &BigRational,
        sides: &[Side],
        allowed: &dyn Fn(usize) -> bool,
        terms: &mut Vec<(BigRational, NodeId)>,
    ) -> Result<(), Failure> {
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
        let found = partitions(operands.len(), &pair, &single, self.room).ok_or(Failure::TooManyTerms)?;
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
        self.room = self.room.saturating_sub(products.len());
        let weight = match (symmetric, sides) {
            // n! of a product with n operands on both sides; otherwise there is no partition.
            (true, [first, _]) => {
                BigRational::new(BigInt::one(), (1..=first.operands.len()).map(BigInt::from).product())
            }
            _ => BigRational::one(),
        };
        for factors in products {
            let node = contract(&mut self.builder, self.budget, factors, output.clone())?;
            terms.push((&weight * coefficient, node));
            // Few are kept at once.
            if terms.len() == TOGETHER {
                let sum = self.builder.combine(std::mem::take(terms))?;
                terms.push((BigRational::one(), sum));
            }
        }
        Ok(())
    }
}
