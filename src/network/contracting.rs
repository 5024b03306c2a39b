//! Contractions lowered to steps: labels of one operand alone are summed first, then operands are multiplied
//! two at a time, each pair as one batched matrix product.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use num_rational::BigRational;
use num_traits::One;

use super::contraction::{contraction_order, uses};
use super::gather::{Axis, Gather, Length};
use super::lowering::{Action, Lengths, Lowering, Matmul, Slot, product};
use super::strided::row_major;
use super::{Constant, Einsum, Label};

/// The label of the points axis. A network's own labels are renumbered from zero, so none has this value.
const POINTS: Label = Label::MAX;
/// The number of points that contraction orders are chosen for.
const NOMINAL_POINTS: f64 = 64.0;

/// A tensor within a contraction: its distinct labels in the order of its axes, the points first.
#[derive(Clone)]
struct Factor {
    slot: Slot,
    labels: Vec<Label>,
    /// Strides of the labels; differ from row-major where the operand repeats a label.
    strides: BTreeMap<Label, usize>,
    /// The number of entries of the slot, for one point.
    size: usize,
}

impl Factor {
    /// An operand whose axes have these labels, of which some may be the same; the points of a batched one
    /// come before.
    fn new(slot: Slot, labels: &[Label], lengths: &Lengths, batched: bool) -> Factor {
        let axes: Vec<usize> = labels.iter().map(|label| lengths[label]).collect();
        let size = axes.iter().product();
        let (mut strides, mut distinct) = (BTreeMap::new(), Vec::new());
        if batched {
            strides.insert(POINTS, size);
            distinct.push(POINTS);
        }
        for (&label, stride) in labels.iter().zip(row_major(&axes)) {
            *strides.entry(label).or_insert(0) += stride;
            if !distinct.contains(&label) {
                distinct.push(label);
            }
        }
        Factor { slot, labels: distinct, strides, size }
    }

    /// A factor whose slot is row-major in these labels.
    fn dense(slot: Slot, labels: Vec<Label>, lengths: &Lengths) -> Factor {
        let axes: Vec<usize> = labels.iter().map(|label| lengths.get(label).copied().unwrap_or(1)).collect();
        let size = axes.iter().fold(1, |size: usize, &length| size.saturating_mul(length));
        let strides = labels.iter().copied().zip(row_major(&axes)).collect();
        Factor { slot, labels, strides, size }
    }

    /// The labels that another factor has as well, and the others.
    fn split_by(&self, other: &Factor) -> (Vec<Label>, Vec<Label>) {
        self.labels.iter().partition(|label| other.labels.contains(label))
    }

    /// The entries of the slot with axes of these labels; an axis that the factor lacks is repeated.
    fn gathered(&self, order: &[Label], lengths: &Lengths) -> Gather {
        let axis = |&label: &Label| Axis {
            length: length(label, lengths),
            stride: self.strides.get(&label).copied().unwrap_or(0),
        };
        Gather::new(order.iter().map(axis).collect(), Vec::new(), 0, self.size)
    }
}

impl Lowering {
    /// The slot of a contraction of several slots, and the steps that make it.
    pub(super) fn contract(&mut self, operands: &[Slot], spec: &Einsum, lengths: &Lengths) -> Slot {
        if operands.is_empty() {
            // The empty product is one.
            let one = Arc::new(Constant::scalar(BigRational::one()));
            return self.push(Action::Constant(one), false, 1.0, 0.0);
        }
        let mut factors: Vec<Factor> = operands
            .iter()
            .zip(&spec.operands)
            .map(|(&slot, labels)| Factor::new(slot, labels, lengths, self.steps[slot].batched))
            .collect();
        let mut output = spec.output.clone();
        if factors.iter().any(|factor| self.steps[factor.slot].batched) {
            output.insert(0, POINTS);
        }
        if let [factor] = factors.as_slice() {
            let summed = factor.labels.iter().copied().filter(|label| !output.contains(label)).collect();
            return self.reduce(factor, &spec.output, summed, lengths).slot;
        }
        self.sum_own_labels(&mut factors, &output, lengths);
        let sets: Vec<BTreeSet<Label>> =
            factors.iter().map(|factor| factor.labels.iter().copied().collect()).collect();
        let kept: BTreeSet<Label> = output.iter().copied().collect();
        let length = |label: Label| lengths.get(&label).map_or(NOMINAL_POINTS, |&length| length as f64);
        let order = contraction_order(&sets, &kept, &length);
        // How many of the remaining tensors, and of the output, have each label.
        let mut uses = uses(sets.iter().flatten().chain(&kept));
        for (position, &(left, right)) in order.iter().enumerate() {
            let (a, b) = (factors[left].clone(), factors[right].clone());
            for label in a.labels.iter().chain(&b.labels) {
                uses.entry(*label).and_modify(|count| *count -= 1);
            }
            let needed: BTreeSet<Label> =
                uses.iter().filter(|&(_, &n)| n > 0).map(|(&label, _)| label).collect();
            let last = position + 1 == order.len();
            let result = self.pair(&a, &b, &needed, last.then_some(output.as_slice()), lengths);
            for &label in &result.labels {
                uses.entry(label).and_modify(|count| *count += 1);
            }
            factors.push(result);
        }
        factors[factors.len() - 1].slot
    }

    /// Sums every operand over the labels that it alone has.
    fn sum_own_labels(&mut self, factors: &mut [Factor], output: &[Label], lengths: &Lengths) {
        let uses = uses(factors.iter().flat_map(|factor| &factor.labels).chain(output));
        for factor in factors.iter_mut() {
            let (own, rest): (Vec<Label>, Vec<Label>) =
                factor.labels.iter().partition(|label| uses[label] == 1);
            if !own.is_empty() {
                let rest: Vec<Label> = rest.into_iter().filter(|&label| label != POINTS).collect();
                *factor = self.reduce(&factor.clone(), &rest, own, lengths);
            }
        }
    }

    /// The sum of one factor over some labels, its other labels in the given order (after the points).
    fn reduce(&mut self, factor: &Factor, kept: &[Label], summed: Vec<Label>, lengths: &Lengths) -> Factor {
        let axes = |labels: &[Label]| -> Vec<Axis> {
            let axis = |label| Axis { length: Length::Fixed(lengths[label]), stride: factor.strides[label] };
            labels.iter().map(axis).collect()
        };
        let slot = self.gather(factor.slot, axes(kept), axes(&summed), 0, factor.size);
        let mut labels = kept.to_vec();
        if self.steps[slot].batched {
            labels.insert(0, POINTS);
        }
        Factor::dense(slot, labels, lengths)
    }

    /// The contraction of two factors. `needed` labels are kept; `output` fixes their order.
    fn pair(
        &mut self,
        a: &Factor,
        b: &Factor,
        needed: &BTreeSet<Label>,
        output: Option<&[Label]>,
        lengths: &Lengths,
    ) -> Factor {
        let (mut a, mut b, mut roles) = (a, b, Roles::new(a, b, needed, output));
        let exchanged = roles.exchanged();
        // The points come first in every tensor; and an output has its own order.
        let better = match output {
            Some(output) => roles.result() != output && exchanged.result() == output,
            None => roles.n.first() == Some(&POINTS),
        };
        if better {
            (a, b, roles) = (b, a, exchanged);
        }
        let mut labels = output.map_or_else(|| roles.result(), <[Label]>::to_vec);
        if output.is_none() {
            labels.sort_by_key(|&label| label != POINTS);
        }
        let entries = count(&labels, lengths);
        let multiplications = count(&[&labels[..], &roles.summed].concat(), lengths);
        let (action, copies) = match roles.summed.is_empty() {
            true => entrywise(a, b, &labels, lengths),
            false => matmul(a, b, &roles, &labels, lengths),
        };
        let batched = self.steps[a.slot].batched || self.steps[b.slot].batched;
        let slot = self.push(action, batched, entries, multiplications);
        self.steps[slot].copies = copies;
        Factor::dense(slot, labels, lengths)
    }
}

/// The labels of two factors by what a matrix product does with them.
struct Roles {
    /// Labels of both factors and of the result.
    batch: Vec<Label>,
    /// Labels of the first factor alone.
    m: Vec<Label>,
    /// Labels of the second factor alone.
    n: Vec<Label>,
    /// Labels of both factors and not of the result.
    summed: Vec<Label>,
}

impl Roles {
    /// Those of two factors, of which the labels `needed` are kept: in the order of the output, if there is
    /// one, so that the result need not be rearranged.
    fn new(a: &Factor, b: &Factor, needed: &BTreeSet<Label>, output: Option<&[Label]>) -> Roles {
        let ordered = |labels: Vec<Label>| match output {
            Some(output) => output.iter().copied().filter(|label| labels.contains(label)).collect(),
            None => labels,
        };
        let (common_a, m) = a.split_by(b);
        let (common_b, n) = b.split_by(a);
        // Summed labels in the order of the larger operand, which is then more likely not to be copied.
        let larger = if a.size >= b.size { &common_a } else { &common_b };
        let summed = larger.iter().copied().filter(|label| !needed.contains(label)).collect();
        let batch = common_a.into_iter().filter(|label| needed.contains(label)).collect();
        Roles { batch: ordered(batch), m: ordered(m), n: ordered(n), summed }
    }

    /// Those of the factors in the other order.
    fn exchanged(&self) -> Roles {
        let Roles { batch, m, n, summed } = self;
        Roles { batch: batch.clone(), m: n.clone(), n: m.clone(), summed: summed.clone() }
    }

    /// The axes of the matrix product.
    fn result(&self) -> Vec<Label> {
        [&self.batch[..], &self.m, &self.n].concat()
    }
}

/// A batched matrix product whose result has its axes in the order of `labels`, and the entries it copies.
fn matmul(a: &Factor, b: &Factor, roles: &Roles, labels: &[Label], lengths: &Lengths) -> (Action, f64) {
    let Roles { batch, m, n, summed } = roles;
    let gathers = [
        a.gathered(&[&batch[..], m, summed].concat(), lengths),
        b.gathered(&[&batch[..], n, summed].concat(), lengths),
    ];
    let result = roles.result();
    let order: Vec<usize> =
        labels.iter().filter_map(|label| result.iter().position(|other| other == label)).collect();
    let rearranged = order.iter().enumerate().any(|(i, &axis)| i != axis);
    let copies = copied(&gathers[0], count(&a.labels, lengths))
        + copied(&gathers[1], count(&b.labels, lengths))
        + if rearranged { count(labels, lengths) } else { 0.0 };
    let lengths_of = |labels: &[Label]| labels.iter().map(|&label| length(label, lengths)).collect();
    let matmul = Matmul {
        operands: [a.slot, b.slot],
        gathers,
        batch: lengths_of(batch),
        m: lengths_of(m),
        n: lengths_of(n),
        k: summed.iter().map(|label| lengths[label]).fold(1, usize::saturating_mul),
        order,
    };
    (Action::Matmul(matmul), copies)
}

/// A product without sums, with its axes in the order of `labels`, and the entries it copies.
fn entrywise(a: &Factor, b: &Factor, labels: &[Label], lengths: &Lengths) -> (Action, f64) {
    let gathers = [a.gathered(labels, lengths), b.gathered(labels, lengths)];
    if a.labels.is_empty() && gathers[1].identity {
        return (Action::Scale { factor: a.slot, operand: b.slot }, 0.0);
    }
    if b.labels.is_empty() && gathers[0].identity {
        return (Action::Scale { factor: b.slot, operand: a.slot }, 0.0);
    }
    let entries = count(labels, lengths);
    let copies = copied(&gathers[0], entries) + copied(&gathers[1], entries);
    (Action::Multiply { operands: [a.slot, b.slot], gathers }, copies)
}

/// The entries that a gather copies.
fn copied(gather: &Gather, entries: f64) -> f64 {
    if gather.identity { 0.0 } else { entries }
}

/// The length of the axis of a label: only the points have none that is known.
fn length(label: Label, lengths: &Lengths) -> Length {
    lengths.get(&label).map_or(Length::Points, |&length| Length::Fixed(length))
}

/// The number of entries of a tensor with these labels, for one point.
fn count(labels: &[Label], lengths: &Lengths) -> f64 {
    product(labels.iter().map(|&label| length(label, lengths).for_one_point()))
}
