//! The layerwise recursion as a network: two networks are compiled into one without inputs, whose value is
//! the inner products of the two.
//!
//! The moments of a pair of networks are carried from the input to the output: the mean of every node, and
//! the central covariance of every pair of nodes of the two networks together, as far as they are needed. The
//! input is standard normal. Linear operations act on both sides. A product node has a *level*: the largest
//! number of product nodes on a path from an input to it, itself included. In the covariance of two nodes the
//! products of the higher level are expanded, both if the levels agree: their operands and the node that is
//! not expanded are taken to be jointly Gaussian with the moments computed so far, so the moments of the
//! product are sums over partitions of the operands into pairs and singletons (Isserlis). The central
//! covariance has the partitions with at least one pair across.
//!
//! For networks whose products are all of level 1 this is no approximation: their operands are Gaussian. It
//! is none either if products are multiplied out until their operands are affine in the input
//! ([`Reach::Input`], `products`): then the result is the true inner product, at the price of many more
//! partitions. The number of pairs across is then the Hermite order, which splits the inner product by
//! degree. Nothing depends on the number of inputs: what is computed with are the covariances of operands, so
//! a linear map from many inputs to few is met only once.
//!
//! The *symmetric* variant only pairs operands of one node with operands of the other, divided by their
//! number's factorial, and has no means but constants. Multiplied out it is the symmetric (Bombieri) inner
//! product.
//!
//! * `recursion` says what a moment needs and computes it; `state` keeps what is known;
//! * `isserlis` takes the expectation of a product, over partitions of its operands;
//! * `linear` carries blocks of moments through linear operations, `factors` contracts them;
//! * `products` multiplies nodes out, and `levels` looks at their structure;
//! * `heads` finds heads of attention, whose covariances take 945 partitions or more, and makes one operation
//!   of them that takes none; `shortcuts` puts the linear maps in front of them together;
//! * `independence` finds positions that are independent of each other, and `tied` computes blocks at equal
//!   positions only.
//!
//! The network that is built has one node for every block of moments and one contraction for every partition,
//! or one operation for a pair of heads.
//! Since it is a network, it is evaluated in any arithmetic, and a bound on its value comes from its height.

mod factors;
mod heads;
mod independence;
mod isserlis;
mod levels;
mod linear;
mod products;
mod recursion;
mod shortcuts;
mod state;
#[cfg(test)]
mod tests;
mod tied;

pub(crate) use self::levels::layers;
pub(super) use self::levels::{homogeneous, levels};
pub(super) use self::state::{Part, Reach, Variant};

use num_bigint::BigInt;
use num_rational::BigRational;
use num_traits::One;

use self::factors::{Block, Factor, ProductTerm, contract};
use self::recursion::Request;
use self::state::Moments;
use super::Failure;
use super::failure::MOST_TERMS;
use crate::budget::Budget;
use crate::network::{BuildError, Builder, Einsum, Label, Network, NodeId, Operation, Shape};

/// The squared norm of a sum of more terms than this is not taken apart.
const MOST_SEPARATE: usize = 4;

/// A network without inputs: the inner products `aa`, `ab`, `bb` of every output entry, with shape
/// `[3, ..output]`.
pub(super) fn compile(
    a: &Network,
    b: &Network,
    (variant, reach): (Variant, Reach),
    part: Part,
    budget: &Budget,
) -> Result<Network, Failure> {
    compile_by(a, b, (variant, reach), part, budget, false)
}

/// The same, with every moment as a sum over partitions or not.
fn compile_by(
    a: &Network,
    b: &Network,
    (variant, reach): (Variant, Reach),
    part: Part,
    budget: &Budget,
    by_partitions: bool,
) -> Result<Network, Failure> {
    let mut builder = Builder::unfolded();
    let inputs = builder.inputs(a);
    let (a, b) = (builder.import(a, &inputs)?, builder.import(b, &inputs)?);
    let mut moments = Moments { by_partitions, ..Moments::new(builder, (variant, reach), budget) };
    let mut products = Vec::with_capacity(3);
    for (u, v) in [(a, a), (a, b), (b, b)] {
        products.push(moments.inner(u, v, part)?);
    }
    let output = moments.builder.stack(products)?;
    moments.finished(output)
}

/// Whether a network has heads of attention.
pub(super) fn has_heads(network: &Network, budget: &Budget) -> Result<bool, Failure> {
    let mut builder = Builder::unfolded();
    let inputs = builder.inputs(network);
    builder.import(network, &inputs)?;
    let moments = Moments::new(builder, (Variant::Gaussian, Reach::Layer), budget);
    Ok((0..moments.builder.len()).any(|id| moments.head(NodeId(id)).is_some()))
}

/// Two networks without inputs, each with the shape of the output: the means of the entries of a network; and
/// of two networks, what their inner products, entry by entry, are more than the products of the means.
/// Together they make the inner product of two networks, of which only the second needs both.
pub(super) fn mean(
    network: &Network,
    (variant, reach): (Variant, Reach),
    budget: &Budget,
) -> Result<Network, Failure> {
    let mut builder = Builder::unfolded();
    let inputs = builder.inputs(network);
    let output = builder.import(network, &inputs)?;
    let mut moments = Moments::new(builder, (variant, reach), budget);
    let mean = match moments.mean_of(output)? {
        Some(mean) => mean,
        None => moments.zeros(network.output_shape().clone())?,
    };
    moments.finished(mean)
}

/// See [`mean`].
pub(super) fn covariance(
    a: &Network,
    b: &Network,
    (variant, reach): (Variant, Reach),
    budget: &Budget,
) -> Result<Network, Failure> {
    let mut builder = Builder::unfolded();
    let inputs = builder.inputs(a);
    let shape = a.output_shape().clone();
    let (a, b) = (builder.import(a, &inputs)?, builder.import(b, &inputs)?);
    let mut moments = Moments::new(builder, (variant, reach), budget);
    let covariance = match moments.diagonal(a, b, Part::Whole)? {
        Some(term) => moments.builder.combine(vec![term])?,
        None => moments.zeros(shape)?,
    };
    moments.finished(covariance)
}

/// A network without inputs: the squared norm of a network in the layerwise recursion, summed over its output
/// entries: zero proves that the network is zero (`equality::layerwise`). Builds at most `most` contractions
/// and blocks of moments.
pub(crate) fn squared_norm(network: &Network, most: usize, budget: &Budget) -> Result<Network, Failure> {
    let mut builder = Builder::unfolded();
    let inputs = builder.inputs(network);
    let output = builder.import(network, &inputs)?;
    let moments = Moments::new(builder, (Variant::Gaussian, Reach::Layer), budget);
    // By partitions, as the checker does it.
    let mut moments =
        Moments { room: most.min(MOST_TERMS), most_blocks: most, by_partitions: true, ..moments };
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
    let spec = Einsum { operands: vec![labels], output: Vec::new() };
    let sum = moments.builder.contract(vec![entries], spec)?;
    moments.finished(sum)
}

/// The mean, with shape `[n]`, and the covariance, `[n, n]`, of the outputs of some networks that are affine
/// in the same inputs, one after the other, for standard normal inputs: as networks without inputs.
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
    let mean = moments.means.get(&all).copied().flatten().map_or(Block::Zero, Block::Node);
    let mean = moments.node(mean, &shape, &Shape::scalar())?;
    let covariance = moments.oriented(all, all, Part::Whole)?;
    let covariance = moments.node(covariance, &shape, &shape)?;
    Ok((moments.finished(mean)?, moments.finished(covariance)?))
}

impl Moments<'_> {
    /// The network of a node, if all that it was computed from was known.
    fn finished(&self, output: NodeId) -> Result<Network, Failure> {
        if self.missed.get() {
            return Err(Failure::TooManyTerms);
        }
        Ok(self.builder.network(Vec::new(), output))
    }

    /// The inner product of two nodes of one shape, entry by entry.
    fn inner(&mut self, u: NodeId, v: NodeId, part: Part) -> Result<NodeId, Failure> {
        let mut terms = Vec::new();
        if matches!(part, Part::Whole | Part::Order(0))
            && let (Some(mean_u), Some(mean_v)) = (self.mean_of(u)?, self.mean_of(v)?)
        {
            terms.push((BigRational::one(), self.builder.multiply(mean_u, mean_v)?));
        }
        if part != Part::Order(0) {
            terms.extend(self.diagonal(u, v, part)?);
        }
        if terms.is_empty() {
            let shape = self.shape(u);
            return self.zeros(shape);
        }
        Ok(self.builder.combine(terms)?)
    }

    /// The mean of a node; `None` for zero.
    fn mean_of(&mut self, node: NodeId) -> Result<Option<NodeId>, Failure> {
        self.solve(Request::Mean(node))?;
        Ok(self.means.get(&node).copied().flatten())
    }

    /// The covariances of the entries of two nodes of one shape, each with the one in its place, with their
    /// coefficient; `None` for zero.
    fn diagonal(
        &mut self,
        u: NodeId,
        v: NodeId,
        part: Part,
    ) -> Result<Option<(BigRational, NodeId)>, Failure> {
        let labels: Vec<Label> = (0..self.shape(u).rank() as Label).collect();
        // Only the diagonal is wanted, so the last linear maps, with their many rows, are put on together.
        let (left, right) = (self.peeled(u), self.peeled(v));
        let shift = left.side.free().max(right.side.free());
        let inner = |label: Label| match right.side.output.contains(&label) {
            true => label,
            false => label + shift,
        };
        let right = ProductTerm { side: right.side.relabelled(&inner), ..right };
        let ([(u, of_u)], [(v, of_v)]) = (&left.side.operands[..], &right.side.operands[..]) else {
            return Ok(None);
        };
        let Some(covariance) = self.diagonal_of((*u, of_u), (*v, of_v), part)? else { return Ok(None) };
        let constants = [left.side.constants, right.side.constants].concat();
        let factors = [constants, covariance].concat();
        let diagonal = contract(&mut self.builder, self.budget, factors, labels)?;
        Ok(Some((left.coefficient * right.coefficient, diagonal)))
    }

    /// The covariance of two nodes with these labels, as factors; `None` for zero. Only those entries count
    /// that have the same index along axes with the same label.
    fn diagonal_of(
        &mut self,
        (u, of_u): (NodeId, &[Label]),
        (v, of_v): (NodeId, &[Label]),
        part: Part,
    ) -> Result<Option<Vec<Factor>>, Failure> {
        let tie = of_u.iter().enumerate().find_map(|(a, label)| {
            let b = of_v.iter().position(|other| other == label)?;
            Some((a, b))
        });
        if self.by_partitions || self.reach == Reach::Input {
            self.solve(self.request(u, v, part))?;
            let (block, exchanged) = self.known_block(u, v, part);
            let labels = if exchanged { [of_v, of_u].concat() } else { [of_u, of_v].concat() };
            return Ok((block != Block::Zero).then(|| vec![Factor { block, labels }]));
        }
        match (tie, self.together(u, v)) {
            (Some((a, b)), None) => {
                self.solve(self.tied_request((u, a), (v, b)))?;
                self.tied_factors((u, a, of_u), (v, b, of_v))
            }
            _ => {
                self.solve(self.pair(u, v))?;
                self.covariance((u, of_u), (v, of_v))
            }
        }
    }
}
