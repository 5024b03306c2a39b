//! The evaluator: a network over any commutative ring, by the definitions of the operations.
//!
//! A contraction is computed operand by operand from left to right: the product so far with the next operand,
//! summed over the labels that neither a later operand nor the output has. Sums run over positions in row-major
//! order, the labels in the order of their first appearance, and begin with their first term.

use std::collections::BTreeMap;

use num_rational::BigRational;
use num_traits::One;

use super::constant::{Entry, for_each_entry};
use super::outcome::{Refusal, Work, incomplete};
use crate::network::{Arrangement, Constant, Einsum, Label, Network, NodeId, Operation};

/// A commutative ring, or something that is evaluated like one.
pub(crate) trait Ring {
    type Element: Clone;

    /// The element of a number.
    fn number(&self, value: &BigRational) -> Result<Self::Element, Refusal>;
    /// The element of `mantissa * 2^exponent`.
    fn dyadic(&self, mantissa: i64, exponent: i32) -> Result<Self::Element, Refusal>;
    fn zero(&self) -> Self::Element;
    fn add(&self, a: &Self::Element, b: &Self::Element) -> Self::Element;
    fn multiply(&self, a: &Self::Element, b: &Self::Element) -> Self::Element;

    /// What may still be done.
    fn work(&self) -> &Work;
    /// What one multiplication takes, in the units of [`Work`].
    fn cost(&self) -> u64;

    /// `a[0] b[0] + a[s] b[t] + ..`, of `length` terms, at least one.
    fn dot(&self, a: Run<'_, Self::Element>, b: Run<'_, Self::Element>, length: usize) -> Self::Element {
        let term = |k: usize| self.multiply(&a.entries[k * a.stride], &b.entries[k * b.stride]);
        (1..length).fold(term(0), |sum, k| self.add(&sum, &term(k)))
    }

    /// The values of a node, before other nodes read them.
    fn finish(&self, _node: usize, values: Vec<Self::Element>) -> Result<Vec<Self::Element>, Refusal> {
        Ok(values)
    }
}

/// Every `stride`-th entry.
#[derive(Clone, Copy)]
pub(crate) struct Run<'a, E> {
    pub entries: &'a [E],
    pub stride: usize,
}

/// The bytes that all values of an evaluation may take.
const MEMORY: usize = 4 << 30;

/// All output entries of a network, from all entries of its inputs.
pub(super) fn evaluate<R: Ring>(
    ring: &R,
    network: &Network,
    inputs: &[Vec<R::Element>],
) -> Result<Vec<R::Element>, Refusal> {
    let nodes = network.nodes();
    let mut last_use: Vec<usize> = (0..nodes.len()).collect();
    for (position, node) in nodes.iter().enumerate() {
        node.operands().iter().for_each(|id| last_use[id.0] = position);
    }
    last_use[network.output().0] = nodes.len();
    let mut values: Vec<Vec<R::Element>> = Vec::with_capacity(nodes.len());
    let mut alive = 0usize;
    for (position, node) in nodes.iter().enumerate() {
        let of = |id: &NodeId| values[id.0].as_slice();
        let axes_of = |id: &NodeId| nodes[id.0].shape.axes();
        let size = node.shape.size();
        ring.work().spend(200 + size as u64 * 4);
        alive = alive.saturating_add(size.saturating_mul(size_of::<R::Element>()));
        if alive > MEMORY {
            return Err(incomplete("the values take more memory than the checker's limit of 4 GiB"));
        }
        ring.work().status()?;
        let made = match &node.operation {
            Operation::Input(input) => inputs[*input].clone(),
            Operation::Constant(constant) => entries(ring, constant)?,
            Operation::Contract { operands, spec } => {
                let operands: Vec<_> = operands.iter().map(|id| (axes_of(id), of(id))).collect();
                contract(ring, &operands, spec)?
            }
            Operation::Combine { terms } => {
                let mut total: Option<Vec<R::Element>> = None;
                for (coefficient, id) in terms {
                    ring.work().spend(size as u64 * ring.cost());
                    let coefficient = ring.number(coefficient)?;
                    let scaled = of(id).iter().map(|value| ring.multiply(&coefficient, value));
                    total = Some(match total {
                        None => scaled.collect(),
                        Some(total) => {
                            total.iter().zip(scaled).map(|(sum, term)| ring.add(sum, &term)).collect()
                        }
                    });
                }
                total.unwrap_or_default()
            }
            Operation::Arrange { operands, arrangement } => {
                let parts: Vec<_> = operands.iter().map(|id| (axes_of(id), of(id))).collect();
                arrange(&parts, arrangement, node.shape.axes())
            }
        };
        ring.work().status()?;
        values.push(ring.finish(position, made)?);
        for id in node.operands() {
            if last_use[id.0] == position {
                alive -= std::mem::take(&mut values[id.0]).len() * size_of::<R::Element>();
            }
        }
    }
    Ok(std::mem::take(&mut values[network.output().0]))
}

/// The entries of a constant.
fn entries<R: Ring>(ring: &R, constant: &Constant) -> Result<Vec<R::Element>, Refusal> {
    ring.work().spend(constant.shape().size() as u64 * 10);
    let mut entries = Vec::with_capacity(constant.shape().size());
    for_each_entry(constant, |entry| {
        entries.push(match entry {
            Entry::Dyadic(mantissa, exponent) => ring.dyadic(mantissa, exponent)?,
            Entry::Rational(value) => ring.number(value)?,
        });
        Ok(())
    })?;
    Ok(entries)
}

/// How far one step along every label goes in an operand.
type Strides = BTreeMap<Label, usize>;

fn strides(labels: &[Label], axes: &[usize]) -> Strides {
    let mut strides = Strides::new();
    let mut stride = 1;
    for (&label, &length) in labels.iter().zip(axes).rev() {
        // A label that is repeated walks along a diagonal.
        *strides.entry(label).or_insert(0) += stride;
        stride *= length;
    }
    strides
}

fn contract<R: Ring>(
    ring: &R,
    operands: &[(&[usize], &[R::Element])],
    spec: &Einsum,
) -> Result<Vec<R::Element>, Refusal> {
    let mut lengths: BTreeMap<Label, usize> = BTreeMap::new();
    for (labels, (axes, _)) in spec.operands.iter().zip(operands) {
        lengths.extend(labels.iter().copied().zip(axes.iter().copied()));
    }
    // An empty product, to begin with.
    let (mut labels, mut product): (Vec<Label>, Vec<R::Element>) =
        (Vec::new(), vec![ring.number(&BigRational::one())?]);
    for (position, (own, (axes, entries))) in spec.operands.iter().zip(operands).enumerate() {
        let later = &spec.operands[position + 1..];
        let mut all = labels.clone();
        own.iter().for_each(|label| {
            if !all.contains(label) {
                all.push(*label)
            }
        });
        let needed =
            |label: &&Label| spec.output.contains(label) || later.iter().any(|labels| labels.contains(label));
        let kept: Vec<Label> =
            if later.is_empty() { spec.output.clone() } else { all.iter().filter(needed).copied().collect() };
        let summed: Vec<Label> = all.iter().filter(|label| !kept.contains(label)).copied().collect();
        let axes_so_far: Vec<usize> = labels.iter().map(|label| lengths[label]).collect();
        let (left, right) = (strides(&labels, &axes_so_far), strides(own, axes));
        let axis = |label: &Label| {
            let step = |strides: &Strides| strides.get(label).copied().unwrap_or(0);
            (lengths[label], [step(&left), step(&right)])
        };
        let count = |labels: &[Label]| labels.iter().map(|label| lengths[label] as u128).product::<u128>();
        let steps = u64::try_from(count(&kept) * count(&summed).max(1)).unwrap_or(u64::MAX);
        ring.work().spend(steps.saturating_mul(ring.cost()));
        ring.work().status()?;
        let places_bytes = (count(&kept) + count(&summed)).saturating_mul(size_of::<[usize; 2]>() as u128);
        if places_bytes > MEMORY as u128 {
            return Err(incomplete("the values take more memory than the checker's limit of 4 GiB"));
        }
        let (last, outer) = match summed.split_last() {
            Some((last, outer)) => (axis(last), outer),
            None => ((1, [0, 0]), &[][..]),
        };
        let outer = places(outer.iter().map(axis));
        let (length, [stride_a, stride_b]) = last;
        let mut next = Vec::new();
        for [i, j] in places(kept.iter().map(axis)) {
            let mut sum: Option<R::Element> = None;
            for [k, l] in outer.iter().filter(|_| length > 0) {
                let a = Run { entries: &product[i + k..], stride: stride_a };
                let b = Run { entries: &entries[j + l..], stride: stride_b };
                let run = ring.dot(a, b, length);
                sum = Some(sum.map_or_else(|| run.clone(), |sum| ring.add(&sum, &run)));
            }
            next.push(sum.unwrap_or_else(|| ring.zero()));
        }
        (labels, product) = (kept, next);
    }
    Ok(product)
}

/// The places in two operands at all combinations of positions along some axes, in row-major order.
fn places(axes: impl Iterator<Item = (usize, [usize; 2])>) -> Vec<[usize; 2]> {
    axes.fold(vec![[0, 0]], |places, (length, [s, t])| {
        places.iter().flat_map(|&[i, j]| (0..length).map(move |k| [i + k * s, j + k * t])).collect()
    })
}

fn arrange<E: Clone>(parts: &[(&[usize], &[E])], arrangement: &Arrangement, axes: &[usize]) -> Vec<E> {
    // The entries of all positions along the first `axis` axes, each followed by all that is behind.
    let behind = |axes: &[usize], axis: usize| axes[axis..].iter().product::<usize>();
    match (arrangement, parts) {
        (Arrangement::Reshape, [(_, entries)]) => entries.to_vec(),
        (Arrangement::Broadcast, [(_, [entry])]) => vec![entry.clone(); axes.iter().product()],
        (Arrangement::Slice { axis, start }, [(from, entries)]) => {
            let (row, step) = (behind(from, *axis), behind(from, *axis + 1));
            let kept = start * step..(start + axes[*axis]) * step;
            let rows = axes[..*axis].iter().product();
            (0..rows).flat_map(|i| entries[i * row..][kept.clone()].iter().cloned()).collect()
        }
        (Arrangement::Concat { axis }, parts) => (0..axes[..*axis].iter().product())
            .flat_map(|i| {
                parts.iter().flat_map(move |(from, entries)| {
                    let row = from[*axis..].iter().product::<usize>();
                    entries[i * row..(i + 1) * row].iter().cloned()
                })
            })
            .collect(),
        // The builder of networks makes no others.
        _ => Vec::new(),
    }
}
