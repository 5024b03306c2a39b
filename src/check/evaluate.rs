//! The evaluator: a network over any commutative ring, by the definitions of the operations.
//!
//! A contraction is computed operand by operand from left to right: the product so far with the next operand,
//! summed over the labels that neither a later operand nor the output has.

use std::borrow::Cow;
use std::collections::BTreeMap;

use super::number::{Number, for_each_entry};
use super::outcome::{Refusal, Work, incomplete, invalid};
use crate::network::{Arrangement, Einsum, Label, Network, NodeId, Operation};

/// A commutative ring, or something that is evaluated like one.
pub(super) trait Ring {
    type Element: Clone;

    /// The element of a number.
    fn number(&self, value: &Number) -> Result<Self::Element, Refusal>;

    /// `a b + a' b' + ..`, zero if there are no terms: all that is ever computed.
    fn dot<'a>(&self, pairs: impl Iterator<Item = (&'a Self::Element, &'a Self::Element)>) -> Self::Element
    where
        Self::Element: 'a;

    /// What may still be done, and what one term takes of it.
    fn work(&self) -> (&Work, u64);

    /// What a contraction reads of an operand that depends on inputs, or leaves (then `alone` says that no
    /// other operand depends on inputs): the values themselves, unless the ring has something else in mind.
    fn pass(&self, values: Vec<Self::Element>, _alone: bool) -> Vec<Self::Element> {
        values
    }

    /// Whether `pass` does anything.
    fn passes(&self) -> bool {
        false
    }
}

/// The bytes that all values of an evaluation may take.
const MEMORY: usize = 4 << 30;

/// All output entries of a network, from all entries of its inputs.
pub(super) fn evaluate<R: Ring>(
    ring: &R,
    network: &Network,
    inputs: &[Vec<R::Element>],
) -> Result<Vec<R::Element>, Refusal> {
    Ok(evaluate_at(ring, network, inputs, &[network.output().0])?.swap_remove(0))
}

/// All entries of some nodes of a network, from all entries of its inputs.
pub(super) fn evaluate_at<R: Ring>(
    ring: &R,
    network: &Network,
    inputs: &[Vec<R::Element>],
    wanted: &[usize],
) -> Result<Vec<Vec<R::Element>>, Refusal> {
    let (nodes, depends) = (network.nodes(), network.depends_on_input());
    let mut last_use: Vec<usize> = (0..nodes.len()).collect();
    for (position, node) in nodes.iter().enumerate() {
        node.operands().iter().for_each(|id| last_use[id.0] = position);
    }
    wanted.iter().for_each(|&position| last_use[position] = nodes.len());
    let mut values: Vec<Vec<R::Element>> = Vec::with_capacity(nodes.len());
    let mut alive = 0usize;
    for (position, node) in nodes.iter().enumerate() {
        let part = |id: &NodeId| (nodes[id.0].shape.axes(), Cow::Borrowed(values[id.0].as_slice()));
        let size = node.shape.size();
        alive = alive.saturating_add(size.saturating_mul(size_of::<R::Element>()));
        fits(alive as u128)?;
        ring.work().0.spend(200 + size as u64 * 4)?;
        let made = match &node.operation {
            Operation::Input(input) => inputs[*input].clone(),
            Operation::Constant(constant) => {
                ring.work().0.spend(size as u64 * 10)?;
                let mut entries = Vec::with_capacity(size);
                for_each_entry(constant, |entry| {
                    entries.push(ring.number(&entry)?);
                    Ok(())
                })?;
                entries
            }
            Operation::Contract { operands, spec } => {
                let alone = operands.iter().filter(|id| depends[id.0]).count() < 2;
                let read = |id: &NodeId| match part(id) {
                    (axes, values) if ring.passes() && depends[id.0] => {
                        (axes, Cow::Owned(ring.pass(values.into_owned(), alone)))
                    }
                    part => part,
                };
                let result = contract(ring, operands.iter().map(read).collect(), spec)?;
                if ring.passes() && depends[position] { ring.pass(result, true) } else { result }
            }
            Operation::Combine { terms } => {
                let mut parts = Vec::with_capacity(terms.len());
                for (coefficient, id) in terms {
                    parts.push((ring.number(&Number::of(coefficient))?, part(id).1));
                }
                ring.work().0.spend((size as u64 * ring.work().1).saturating_mul(terms.len() as u64))?;
                (0..size).map(|i| ring.dot(parts.iter().map(|(c, values)| (c, &values[i])))).collect()
            }
            Operation::Arrange { operands, arrangement } => {
                let parts: Vec<_> = operands.iter().map(part).collect();
                arrange(&parts, arrangement, node.shape.axes())
            }
            // No model has one.
            Operation::HeadCovariance { .. } => {
                return Err(invalid("model", "a covariance is not part of a model"));
            }
        };
        values.push(made);
        // Operations that cannot fail may have announced work.
        ring.work().0.spend(0)?;
        for id in node.operands() {
            if last_use[id.0] == position {
                alive -= std::mem::take(&mut values[id.0]).len() * size_of::<R::Element>();
            }
        }
    }
    Ok(wanted.iter().map(|&position| values[position].clone()).collect())
}

/// An error if values of so many bytes do not fit.
pub(super) fn fits(bytes: u128) -> Result<(), Refusal> {
    let message = "the values take more memory than the checker's limit of 4 GiB";
    if bytes > MEMORY as u128 { Err(incomplete(message)) } else { Ok(()) }
}

/// The lengths of the axes of a tensor, and its entries in row-major order.
type Part<'a, E> = (&'a [usize], Cow<'a, [E]>);

/// How far one step along every label goes in an operand.
fn strides(labels: &[Label], axes: &[usize]) -> BTreeMap<Label, usize> {
    let (mut strides, mut stride) = (BTreeMap::new(), 1);
    for (&label, &length) in labels.iter().zip(axes).rev() {
        // A label that is repeated walks along a diagonal.
        *strides.entry(label).or_insert(0) += stride;
        stride *= length;
    }
    strides
}

/// An Einstein sum.
pub(super) fn contract<R: Ring>(
    ring: &R,
    parts: Vec<Part<'_, R::Element>>,
    spec: &Einsum,
) -> Result<Vec<R::Element>, Refusal> {
    let mut lengths: BTreeMap<Label, usize> = BTreeMap::new();
    for (labels, (axes, _)) in spec.operands.iter().zip(&parts) {
        lengths.extend(labels.iter().copied().zip(axes.iter().copied()));
    }
    let one = ring.number(&Number::ONE)?;
    let mut operands: Vec<(&[Label], Part<'_, R::Element>)> =
        spec.operands.iter().map(Vec::as_slice).zip(parts).collect();
    // A single operand is multiplied with 1, to be summed.
    if operands.len() < 2 {
        operands.push((&[], (&[], Cow::Owned(vec![one]))));
    }
    let mut operands = operands.into_iter();
    let Some((first, (_, mut product))) = operands.next() else { return Ok(Vec::new()) };
    let mut labels = first.to_vec();
    while let Some((own, (_, entries))) = operands.next() {
        let later = operands.as_slice();
        let needed = |label: &Label| {
            spec.output.contains(label) || later.iter().any(|(labels, _)| labels.contains(label))
        };
        let mut all: Vec<Label> = labels.iter().chain(own).copied().collect();
        all.sort_unstable();
        all.dedup();
        let (mut kept, summed): (Vec<Label>, Vec<Label>) = all.into_iter().partition(needed);
        if later.is_empty() {
            kept.clone_from(&spec.output);
        }
        let steps =
            |labels: &[Label]| strides(labels, &labels.iter().map(|l| lengths[l]).collect::<Vec<_>>());
        let (left, right) = (steps(&labels), steps(own));
        let places = |labels: &[Label]| -> Vec<[usize; 2]> {
            let step = |strides: &BTreeMap<Label, usize>, label| strides.get(label).copied().unwrap_or(0);
            labels.iter().fold(vec![[0, 0]], |places, label| {
                let (s, t) = (step(&left, label), step(&right, label));
                places
                    .iter()
                    .flat_map(|&[i, j]| (0..lengths[label]).map(move |k| [i + k * s, j + k * t]))
                    .collect()
            })
        };
        let count = |labels: &[Label]| labels.iter().fold(1u64, |n, l| n.saturating_mul(lengths[l] as u64));
        let (entries_made, terms) = (count(&kept), count(&summed));
        let (place, entry) = (size_of::<[usize; 2]>() as u128, size_of::<R::Element>() as u128);
        fits(u128::from(entries_made) * (place + entry) + u128::from(terms) * place)?;
        let steps = entries_made.saturating_mul(terms.max(1));
        ring.work().0.spend(steps.saturating_mul(ring.work().1))?;
        let summed = places(&summed);
        let entry =
            |[i, j]: [usize; 2]| ring.dot(summed.iter().map(|[k, l]| (&product[i + k], &entries[j + l])));
        let next = places(&kept).into_iter().map(entry).collect();
        (labels, product) = (kept, Cow::Owned(next));
    }
    Ok(product.into_owned())
}

/// The entries of an arrangement. Operands and result may have more axes after those that are arranged.
pub(super) fn arrange<E: Clone>(parts: &[Part<'_, E>], arrangement: &Arrangement, axes: &[usize]) -> Vec<E> {
    match (arrangement, parts) {
        (Arrangement::Reshape, [(_, entries)]) => entries.to_vec(),
        (Arrangement::Broadcast, [(_, entries)]) => {
            entries.iter().cycle().take(axes.iter().product()).cloned().collect()
        }
        (Arrangement::Slice { axis, start }, [(from, entries)]) => {
            let step: usize = from[axis + 1..].iter().product();
            let kept = start * step..(start + axes[*axis]) * step;
            entries
                .chunks((from[*axis] * step).max(1))
                .flat_map(|row| row[kept.clone()].iter().cloned())
                .collect()
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
