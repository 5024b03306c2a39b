//! A network cut into stages, so that those whose values are small use few primes.
//!
//! A matrix product of weights is short, a product of such products twice as long, and so on; most operations
//! of a network are often done on short numbers. A stage evaluates its part of the network modulo enough
//! primes for the values that later stages read, and these values are extended to further primes
//! (`extension`).

use std::ops::Range;

use num_rational::BigRational;

use super::extension::{Extension, MOST};
use super::residues::{Fields, Numerators, Segment, bounds, modulo_each, segments};
use super::size::{Estimate, primes};
use super::{converted, tensor};
use crate::arithmetic::scale::Base;
use crate::arithmetic::{BitBudget, CentredField, Halt, Height, Heights};
use crate::calibration::{EXTENSION_MULTIPLICATION, MOVED_ENTRY, STAGE};
use crate::network::{EvaluateError, Input, Network, NodeId, Tensor, part};

/// Not more different lengths are looked at.
const LENGTHS: usize = 24;
/// Not more residues are kept between stages: a gigabyte.
const MOST_CARRIED: f64 = (1u64 << 27) as f64;

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
    budget: &BitBudget,
) -> Result<Numerators, EvaluateError> {
    let heights = Heights::new(base.clone());
    let known = converted(&heights, inputs)?;
    let mut fields = Fields::<CentredField>::default();
    let mut bound_log2 = 0;
    let mut before = Computed { segments: Vec::new(), heights: Vec::new(), residues: Vec::new() };
    for (position, stage) in stages.iter().enumerate() {
        let last = position + 1 == stages.len();
        let network = &stage.network;
        let given = &network.inputs()[inputs.len()..];
        let mut at = known.clone();
        at.extend(pieces(given, |range| before.heights[range].to_vec())?);
        let bounds = bounds(&heights, network, &at, budget)?.into_data();
        let (segments, log2) = segments(&stage.sizes, &bounds, base, budget)?;
        bound_log2 = log2;
        let old = fields.list.len();
        // |N| <= 2^log2, and twice that must be below the product; to be extended, four times.
        fields.exceed(log2 + if last { 1 } else { 2 }, base, budget)?;
        let (former, fresh) = fields.list.split_at(old);
        // Stages are cut by predicted lengths, so that a bound may ask for more primes than was predicted.
        let extension =
            Extension::new(former, &before.residues, &before.segments, fresh, base).ok_or_else(|| {
                Halt::Range(format!("{} primes are too many to extend values to others", former.len()))
            })?;
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
    Ok(Numerators::new(&fields.list, &before.residues, (denominator, bound_log2), base))
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
    pub(super) limits: Vec<f64>,
    /// Predicted seconds on one thread, without bounds.
    pub(super) seconds: f64,
}

/// The nodes that a stage up to a length computes for later ones: the nodes of at most that length that
/// longer nodes read.
fn frontier(network: &Network, nodes: &[Estimate], limit: f64) -> Vec<NodeId> {
    let mut read = vec![false; nodes.len()];
    for (node, _) in network.nodes().iter().zip(nodes).filter(|(_, estimate)| estimate.bits > limit) {
        node.operands().iter().for_each(|id| read[id.0] = true);
    }
    let carried = |id: &usize| read[*id] && !nodes[*id].free && nodes[*id].bits <= limit;
    (0..nodes.len()).filter(carried).map(NodeId).collect()
}

/// Different lengths of nodes, in increasing order up to the longest: one for every number of primes, and not
/// too many.
fn lengths(nodes: &[Estimate]) -> Vec<f64> {
    let mut limits: Vec<f64> = nodes.iter().filter(|node| !node.free).map(|node| node.bits).collect();
    limits.push(nodes.last().map_or(0.0, |node| node.bits));
    limits.sort_by(f64::total_cmp);
    limits.reverse();
    limits.dedup_by_key(|bits| primes(*bits, CentredField::MAX_BITS) as u64);
    limits.reverse();
    let step = limits.len().div_ceil(LENGTHS);
    limits.iter().rev().step_by(step.max(1)).rev().copied().collect()
}

/// Cuts wherever that is possible, whether it pays or not.
pub(super) fn all_cuts(nodes: &[Estimate]) -> Vec<f64> {
    let mut limits = lengths(nodes);
    let last = limits.len() - 1;
    let mut place = 0;
    limits.retain(|&bits| {
        place += 1;
        place > last || primes(bits, CentredField::MAX_BITS) <= MOST as f64
    });
    limits
}

/// The cuts that are expected to take the least time: the shortest path through the different lengths.
pub(super) fn plan(network: &Network, nodes: &[Estimate]) -> Plan {
    let limits = lengths(nodes);
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
                + extended * EXTENSION_MULTIPLICATION
                + carried[from] * (counts[from] + 2.0 * counts[to]) * MOVED_ENTRY
                + STAGE;
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

/// The stages that compute nodes up to these lengths.
pub(super) fn split(network: &Network, nodes: &[Estimate], limits: &[f64]) -> Vec<Stage> {
    let mut stages = Vec::with_capacity(limits.len());
    let mut given: Vec<NodeId> = Vec::new();
    for (position, &limit) in limits.iter().enumerate() {
        let wanted = if position + 1 == limits.len() {
            vec![network.output()]
        } else {
            frontier(network, nodes, limit)
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::arithmetic::exact::estimate::Estimates;
    use crate::network::{Builder, Constant, Data, Einsum, Operation, Shape};
    use std::sync::Arc;

    /// `x`, `x^2`, `x^4`, `x^8` of a matrix of 96 rows: each product is as much work as the others but twice
    /// as long as the one before, so it pays to cut, and the lengths grow. One number to the fourth power is
    /// not worth a cut.
    #[test]
    fn products_of_products_are_cut() {
        let powers = |size: usize| {
            let mut builder = Builder::new();
            let values = (0..size * size).map(|i| (i as f32 * 0.37).sin()).collect();
            let shape = Shape::new([size, size]).unwrap();
            let mut x = builder.constant(Arc::new(Constant::new(shape, Data::F32(values)).unwrap()));
            for _ in 0..3 {
                let spec = Einsum { operands: vec![vec![0, 2], vec![2, 1]], output: vec![0, 1] };
                x = builder.contract(vec![x, x], spec).unwrap();
            }
            builder.network(Vec::new(), x)
        };
        let network = powers(96);
        let estimates = Estimates::new(&network, &[]);
        let limits = &estimates.plan().limits;
        assert!(limits.len() == 3 && limits.is_sorted(), "{limits:?}");
        let stages = split(&network, &estimates.nodes, limits);
        assert_eq!(
            stages.iter().map(|stage| stage.sizes.clone()).collect::<Vec<_>>(),
            vec![vec![96 * 96]; 3]
        );
        assert_eq!(Estimates::new(&powers(1), &[]).plan().limits.len(), 1);
    }
    /// `y = x^2` and then `y^2`, in two stages. 2^100 has 401 bits in all. For 2^6000 the first stage has to
    /// have 12,001 bits, more than 500 primes below 2^23: whoever cut there was mistaken, and is told so.
    #[test]
    fn a_cut_at_values_that_are_too_long_is_refused() {
        let mut builder = Builder::new();
        let x = builder.input(0, Shape::scalar());
        let y = builder.multiply(x, x).unwrap();
        let z = builder.multiply(y, y).unwrap();
        let inputs = vec![Input { name: "x".to_string(), shape: Shape::scalar() }];
        let network = builder.network(inputs, z);
        let product = |id: &usize| matches!(network.nodes()[*id].operation, Operation::Contract { .. });
        let y = NodeId((0..network.nodes().len()).find(product).unwrap());
        let stage = |given: &[NodeId], wanted: NodeId| Stage {
            network: part(&network, given, &[wanted]).unwrap(),
            sizes: vec![1],
        };
        let stages = [stage(&[], y), stage(&[y], network.output())];
        let at = |bits: u32| {
            let x = BigRational::from_integer(num_bigint::BigInt::from(1) << bits);
            let inputs = [Tensor::new(Shape::scalar(), vec![x]).unwrap()];
            numerators(&stages, &Base::new([&network], []), &inputs, &BitBudget::default())
        };
        let values = at(100).unwrap();
        let value = values.remainders().unwrap().combine(&values.of(0));
        assert_eq!(value, num_bigint::BigInt::from(1) << 400u32);
        assert!(matches!(at(6000), Err(EvaluateError::Halt(Halt::Range(_)))));
    }
}
