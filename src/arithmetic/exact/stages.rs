//! A network cut into stages, so that those whose values are small use few primes.
//!
//! A matrix product of weights is short, a product of such products twice as long, and so on; most operations of a
//! network are often done on short numbers. A stage evaluates its part of the network modulo enough primes for the
//! values that later stages read, and these values are extended to further primes (`extension`).

use std::ops::Range;

use num_rational::BigRational;

use super::estimate::{Estimate, Estimates, SECONDS_PER_EXTENDED, SECONDS_PER_MOVED, primes};
use super::extension::{Extension, MOST};
use super::residues::{Fields, Numerators, Segment, bounds, modulo_each, segments};
use super::{converted, tensor};
use crate::arithmetic::scale::Base;
use crate::arithmetic::{Budget, CentredField, Height, Heights};
use crate::network::{EvaluateError, Input, Network, NodeId, Tensor, part};

/// Not more different lengths are looked at.
const LENGTHS: usize = 24;
/// Not more residues are kept between stages: a gigabyte.
const MOST_CARRIED: f64 = (1u64 << 27) as f64;
/// Seconds that a stage takes besides its operations.
const SECONDS_PER_STAGE: f64 = 2e-5;

/// A part of a network whose inputs are those of the network and then what the stage before computed.
#[derive(Clone, Debug)]
pub(super) struct Stage {
    pub(super) network: Network,
    /// The sizes of the nodes whose entries make up the output, one after the other.
    pub(super) sizes: Vec<usize>,
}

/// What a stage computed.
struct Computed {
    segments: Vec<Segment>,
    heights: Vec<Height>,
    /// For every prime, the values.
    residues: Vec<Vec<f64>>,
}

/// The network's output at a point, its numerators modulo enough primes.
pub(super) fn numerators(
    stages: &[Stage],
    base: &Base,
    inputs: &[Tensor<BigRational>],
    budget: &Budget,
) -> Result<Numerators, EvaluateError> {
    let heights = Heights::new(base.clone());
    let known = converted(&heights, inputs)?;
    let mut fields = Fields::<CentredField>::default();
    let mut before = Computed { segments: Vec::new(), heights: Vec::new(), residues: Vec::new() };
    for (position, stage) in stages.iter().enumerate() {
        let last = position + 1 == stages.len();
        let network = &stage.network;
        let given = &network.inputs()[inputs.len()..];
        let mut at = known.clone();
        at.extend(pieces(given, |range| before.heights[range].to_vec())?);
        let bounds = bounds(&heights, network, &at, budget)?.into_data();
        let (segments, log2) = segments(&stage.sizes, &bounds, base, budget)?;
        let old = fields.list.len();
        // |N| <= 2^log2, and twice that must be below the product; to be extended, four times.
        fields.exceed(log2 + if last { 1 } else { 2 }, base)?;
        let (former, fresh) = fields.list.split_at(old);
        let extension = Extension::new(former, &before.residues, &before.segments, fresh, base);
        let residues = modulo_each(network, &fields.list, budget, |index, field| {
            let mut tensors = converted(field, inputs)?;
            match before.residues.get(index) {
                Some(values) => tensors.extend(pieces(given, |range| values[range].to_vec())?),
                None => tensors.extend(pieces(given, |range| extension.values(index - old, range))?),
            }
            Ok(tensors)
        })?;
        before = Computed { segments, heights: bounds, residues };
    }
    let denominator = before.segments.first().map(|segment| segment.denominator).unwrap_or_default();
    Ok(Numerators::new(&fields.list, &before.residues, denominator, base))
}

/// The values of some nodes, one after the other, as the tensors that a stage is given.
fn pieces<E>(
    given: &[Input],
    values: impl Fn(Range<usize>) -> Vec<E>,
) -> Result<Vec<Tensor<E>>, EvaluateError> {
    let mut start = 0;
    let mut tensors = Vec::with_capacity(given.len());
    for input in given {
        let end = start + input.shape.size();
        tensors.push(tensor(&input.shape, values(start..end))?);
        start = end;
    }
    Ok(tensors)
}

/// How to cut a network.
#[derive(Clone, Debug)]
pub(super) struct Plan {
    /// For every stage, the length up to which it computes nodes, in bits; at least one.
    limits: Vec<f64>,
    /// Predicted seconds on one thread, without bounds.
    pub(super) seconds: f64,
}

/// The nodes that a stage up to a length computes for later ones: the nodes of at most that length that longer nodes
/// read.
fn frontier(network: &Network, nodes: &[Estimate], limit: f64) -> Vec<NodeId> {
    let mut read = vec![false; nodes.len()];
    for (node, _) in network.nodes().iter().zip(nodes).filter(|(_, estimate)| estimate.bits > limit) {
        node.operands().iter().for_each(|id| read[id.0] = true);
    }
    let carried = |id: &usize| read[*id] && !nodes[*id].free && nodes[*id].bits <= limit;
    (0..nodes.len()).filter(carried).map(NodeId).collect()
}

/// The cuts that are expected to take the least time: the shortest path through the different lengths.
pub(super) fn plan(network: &Network, nodes: &[Estimate]) -> Plan {
    let mut limits: Vec<f64> = nodes.iter().filter(|node| !node.free).map(|node| node.bits).collect();
    limits.push(nodes.last().map_or(0.0, |node| node.bits));
    limits.sort_by(f64::total_cmp);
    // One limit for every number of primes, and not too many of them.
    limits.reverse();
    limits.dedup_by_key(|bits| primes(*bits, CentredField::MAX_BITS) as u64);
    limits.reverse();
    let step = limits.len().div_ceil(LENGTHS);
    limits = limits.iter().rev().step_by(step.max(1)).rev().copied().collect();
    let counts: Vec<f64> = limits.iter().map(|&bits| primes(bits, CentredField::MAX_BITS)).collect();
    // What lies between one limit and the next: seconds for one prime.
    let mut work = vec![0.0; limits.len()];
    for node in nodes {
        let place = limits.partition_point(|&limit| limit < node.bits).min(limits.len() - 1);
        work[place] += node.small;
    }
    let carried: Vec<f64> = limits
        .iter()
        .map(|&limit| frontier(network, nodes, limit).iter().map(|id| nodes[id.0].entries).sum())
        .collect();
    // For every limit, the seconds up to it, and the limit before it.
    let mut best: Vec<(f64, Option<usize>)> = Vec::with_capacity(limits.len());
    for to in 0..limits.len() {
        let mut least = (work[..=to].iter().sum::<f64>() * counts[to], None);
        for from in (0..to).filter(|&from| counts[from] <= MOST as f64) {
            let extended = carried[from] * (counts[from] + 1.0) * (counts[to] - counts[from]);
            if carried[from] * counts[to] > MOST_CARRIED {
                continue;
            }
            let seconds = best[from].0
                + work[from + 1..=to].iter().sum::<f64>() * counts[to]
                + extended * SECONDS_PER_EXTENDED
                + carried[from] * (counts[from] + 2.0 * counts[to]) * SECONDS_PER_MOVED
                + SECONDS_PER_STAGE;
            if seconds < least.0 {
                least = (seconds, Some(from));
            }
        }
        best.push(least);
    }
    let mut place = limits.len() - 1;
    let seconds = best[place].0;
    let mut chosen = vec![limits[place]];
    while let Some(from) = best[place].1 {
        chosen.push(limits[from]);
        place = from;
    }
    chosen.reverse();
    Plan { limits: chosen, seconds }
}

/// The stages of a plan.
pub(super) fn split(network: &Network, estimates: &Estimates) -> Vec<Stage> {
    let limits = &estimates.plan().limits;
    let mut stages = Vec::with_capacity(limits.len());
    let mut given: Vec<NodeId> = Vec::new();
    for (position, &limit) in limits.iter().enumerate() {
        let wanted = if position + 1 == limits.len() {
            vec![network.output()]
        } else {
            frontier(network, &estimates.nodes, limit)
        };
        let sizes = wanted.iter().map(|id| network.nodes()[id.0].shape.size()).collect();
        match part(network, &given, &wanted) {
            Some(network) => stages.push(Stage { network, sizes }),
            // Too many entries for one tensor: all at once, then.
            None => {
                return vec![Stage { network: network.clone(), sizes: vec![network.output_shape().size()] }];
            }
        }
        given = wanted;
    }
    stages
}
