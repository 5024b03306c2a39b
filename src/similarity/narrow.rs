//! The linear bottleneck: when two networks look at their inputs only through a few affine functions, they
//! are polynomials in as many variables.
//!
//! For `x` standard normal let `z = m + M x` be all that the two networks see of it. Its covariance is
//! `S = M M^T = L D L^T` with a diagonal `D` of as many positive entries as its rank, all rational, so `z` is
//! distributed like `m + L w` with independent normal `w_j` of variances `D_j`; and `w` are linear functions
//! of `x` that are orthogonal with squared norms `D_j`, so that the symmetric inner product of their
//! monomials is `a!/|a|! prod D_j^a_j`. Both networks are rewritten in `w`, with one input for every entry.

use std::sync::Arc;

use num_rational::BigRational;
use num_traits::{One, Zero};

use super::Failure;
use super::failure::{allow, check};
use super::moments;
use super::orders::{Precision, exact, expected};
use crate::arithmetic::degree_range;
use crate::budget::Budget;
use crate::calibration::factorisation;
use crate::network::{
    BuildError, Builder, Constant, Data, Einsum, Input, Network, NodeId, Operation, Shape, part,
};

/// More functions than this are no bottleneck: their covariances are factored with long rationals.
const MOST: usize = 192;

/// Two networks in the variables of their bottleneck.
#[derive(Clone, Debug)]
pub(super) struct Narrow {
    pub a: Network,
    pub b: Network,
    /// The variance of every input, each a scalar.
    pub variances: Vec<BigRational>,
}

/// How many affine functions two networks see their inputs through, one after the other, where they see
/// fewest.
pub(super) fn width(a: &Network, b: &Network) -> usize {
    [a, b].into_iter().map(|network| size(network, &cut(network))).sum()
}

/// To estimate with: as many variables as there may be, in networks that have the structure of the narrow
/// ones but not their numbers, and what factoring the covariance is expected to take, in seconds. `None` if
/// the bottleneck is too wide.
pub(super) fn sketch(a: &Network, b: &Network) -> Result<Option<([Network; 2], f64)>, Failure> {
    let size = width(a, b);
    if size > MOST {
        return Ok(None);
    }
    let rank = size.min(a.variables());
    // Homogeneous networks see no constants, and stay so.
    let homogeneous = degree_range(a)?.join(degree_range(b)?).is_homogeneous();
    let constant = if homogeneous { BigRational::zero() } else { BigRational::one() };
    let (mean, lower) = (vec![constant; size], vec![vec![BigRational::one(); rank]; size]);
    let of = |network: &Network| rewritten(network, &cut(network), &mean, &lower, rank);
    Ok(Some(([of(a)?, of(b)?], factorisation(size))))
}

/// Two networks in the variables of their bottleneck; `None` if it is too wide.
pub(super) fn narrow(a: &Network, b: &Network, budget: &Budget) -> Result<Option<Narrow>, Failure> {
    if width(a, b) > MOST {
        return Ok(None);
    }
    let cuts = [cut(a), cut(b)];
    let (Some(first), Some(second)) = (part(a, &[], &cuts[0]), part(b, &[], &cuts[1])) else {
        return Ok(None);
    };
    let (mean, covariance) = moments::affine([&first, &second], budget)?;
    let size = covariance.output_shape().axes()[0];
    allow(budget, expected([&mean, &covariance], Precision::Exact))?;
    let mean = exact(&mean, budget)?.into_data();
    let covariance = exact(&covariance, budget)?.into_data();
    let (lower, variances) = factored(size, covariance, budget)?;
    let split = cuts[0].iter().map(|id| a.nodes()[id.0].shape.size()).sum();
    let rewritten = |network: &Network, cut: &[NodeId], start: usize| {
        rewritten(network, cut, &mean[start..], &lower[start..], variances.len())
    };
    Ok(Some(Narrow { a: rewritten(a, &cuts[0], 0)?, b: rewritten(b, &cuts[1], split)?, variances }))
}

/// The nodes that are affine in the input, through which everything else sees it, with the fewest entries.
fn cut(network: &Network) -> Vec<NodeId> {
    let levels = moments::levels(network.nodes().iter());
    let nodes = network.nodes();
    let affine = |id: &NodeId| levels[id.0] == Some(0);
    let mut inside = vec![false; nodes.len()];
    for (position, node) in nodes.iter().enumerate() {
        if levels[position] > Some(0) {
            node.operands().iter().filter(|id| affine(id)).for_each(|id| inside[id.0] = true);
        }
    }
    if affine(&network.output()) {
        inside[network.output().0] = true;
    }
    let listed = |inside: &[bool]| -> Vec<NodeId> {
        (0..nodes.len()).filter(|&position| inside[position]).map(NodeId).collect()
    };
    let mut best = listed(&inside);
    let (mut least, mut here) = (size(network, &best), size(network, &best));
    // The last node of the cut gives way to its operands, until only inputs are left. Every step is a cut.
    for position in (0..nodes.len()).rev() {
        if !inside[position] || matches!(nodes[position].operation, Operation::Input(_)) {
            continue;
        }
        inside[position] = false;
        here -= nodes[position].shape.size();
        for id in nodes[position].operands().iter().filter(|id| affine(id)) {
            if !inside[id.0] {
                inside[id.0] = true;
                here += nodes[id.0].shape.size();
            }
        }
        if here < least {
            (best, least) = (listed(&inside), here);
        }
    }
    best
}

fn size(network: &Network, cut: &[NodeId]) -> usize {
    cut.iter().map(|id| network.nodes()[id.0].shape.size()).sum()
}

/// `L` and `D` with `S = L D L^T`, for a covariance `S` in row-major order. `L` has a column, and `D` an
/// entry, for every pivot that is not zero: where a pivot of a positive semidefinite matrix vanishes, so does
/// its column.
#[allow(clippy::type_complexity)]
fn factored(
    size: usize,
    mut matrix: Vec<BigRational>,
    budget: &Budget,
) -> Result<(Vec<Vec<BigRational>>, Vec<BigRational>), Failure> {
    let mut lower = vec![Vec::new(); size];
    let mut variances = Vec::new();
    for j in 0..size {
        let pivot = matrix[j * size + j].clone();
        if pivot.is_zero() {
            continue;
        }
        let column: Vec<BigRational> = (0..size).map(|i| &matrix[i * size + j] / &pivot).collect();
        for i in j + 1..size {
            check(budget, 0)?;
            if column[i].is_zero() {
                continue;
            }
            for k in j + 1..=i {
                let change = &column[i] * &column[k] * &pivot;
                matrix[i * size + k] -= change;
                matrix[k * size + i] = matrix[i * size + k].clone();
            }
        }
        for (i, (row, entry)) in lower.iter_mut().zip(column).enumerate() {
            row.push(if i < j { BigRational::zero() } else { entry });
        }
        variances.push(pivot);
    }
    Ok((lower, variances))
}

/// A network in which the nodes of a cut are affine functions of so many scalar inputs.
fn rewritten(
    network: &Network,
    cut: &[NodeId],
    mean: &[BigRational],
    lower: &[Vec<BigRational>],
    inputs: usize,
) -> Result<Network, Failure> {
    let Some(rest) = part(network, cut, &[network.output()]) else {
        return Err(BuildError::TooLarge.into());
    };
    let mut builder = Builder::new();
    let scalars: Vec<NodeId> = (0..inputs).map(|position| builder.input(position, Shape::scalar())).collect();
    let zero = builder.scalar(BigRational::zero());
    // What the rest does not read is never looked at.
    let mut given = Vec::new();
    for input in network.inputs() {
        given.push(builder.broadcast(zero, input.shape.clone())?);
    }
    let mut start = 0;
    for id in cut {
        let shape = &network.nodes()[id.0].shape;
        let end = start + shape.size();
        let constant = |shape: Shape, entries: Vec<BigRational>| {
            Constant::new(shape, Data::Rational(entries)).map(Arc::new).ok_or(BuildError::TooLarge)
        };
        let own = builder.constant(constant(shape.clone(), mean[start..end].to_vec())?);
        let mut terms = vec![(BigRational::one(), own)];
        if !scalars.is_empty() {
            let vector = builder.stack(scalars.clone())?;
            let axes = Shape::new([shape.axes(), &[inputs]].concat()).ok_or(BuildError::TooLarge)?;
            let matrix = builder.constant(constant(axes, lower[start..end].concat())?);
            let labels: Vec<u32> = (0..=shape.rank() as u32).collect();
            let last = vec![shape.rank() as u32];
            let output = labels[..shape.rank()].to_vec();
            let spec = Einsum { operands: vec![labels, last], output };
            terms.push((BigRational::one(), builder.contract(vec![matrix, vector], spec)?));
        }
        given.push(builder.combine(terms)?);
        start = end;
    }
    let output = builder.import(&rest, &given)?;
    let output = builder.reshape(output, network.output_shape().clone())?;
    let inputs = (0..inputs).map(|position| Input { name: format!("w{position}"), shape: Shape::scalar() });
    Ok(builder.network(inputs.collect(), output))
}
