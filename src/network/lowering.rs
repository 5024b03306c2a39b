//! A network lowered to a list of simple steps that any arithmetic can run.
//!
//! Every step makes one *slot*, a flat row-major tensor. A slot that depends on an input is *batched*: its
//! outermost axis is the points, whose number is known only when the steps run. Reshapes cost nothing: the node
//! shares its operand's slot. A contraction of several operands becomes a unary step for each operand with
//! labels of its own and a chain of pairwise steps.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use num_rational::BigRational;
use num_traits::One;

use super::contraction::contraction_order;
use super::gather::{Axis, Gather, Length};
use super::view::View;
use super::{Arrangement, Constant, Einsum, Label, Network, Operation};

/// The label of the points axis. A network's own labels are renumbered from zero, so none has this value.
const POINTS: Label = Label::MAX;
/// The number of points that contraction orders are chosen for.
const NOMINAL_POINTS: f64 = 64.0;

/// The position of a step, and of the tensor that it makes.
pub(super) type Slot = usize;

/// One step.
#[derive(Clone, Debug)]
pub(super) enum Action {
    /// The entries of the network's input at this position.
    Input(usize),
    /// A constant.
    Constant(Arc<Constant>),
    /// Entries picked and summed from one tensor.
    Gather { operand: Slot, gather: Gather },
    /// The entrywise product of two tensors after each is gathered.
    Multiply { operands: [Slot; 2], gathers: [Gather; 2] },
    /// Every entry of the second times the only entry of the first.
    Scale { factor: Slot, operand: Slot },
    /// Batched matrix products.
    Matmul(Matmul),
    /// A linear combination of tensors of one shape.
    Combine { terms: Vec<(BigRational, Slot)> },
    /// Tensors joined along an axis: for each of `outer` positions, a run from each operand in turn.
    Concat { operands: Vec<(Slot, usize)>, outer: usize },
    /// A scalar repeated.
    Fill { operand: Slot, count: usize },
}

/// Matrix products `[batch, m, k] x [batch, n, k] -> [batch, m, n]`, each size a product of axis lengths.
#[derive(Clone, Debug)]
pub(super) struct Matmul {
    pub(super) operands: [Slot; 2],
    pub(super) gathers: [Gather; 2],
    pub(super) batch: Vec<Length>,
    pub(super) m: Vec<Length>,
    pub(super) n: Vec<Length>,
    pub(super) k: usize,
    /// For every axis of the result, in order: the axis of `[batch.., m.., n..]` that it is.
    pub(super) order: Vec<usize>,
}

/// A step with what is known about its result.
#[derive(Clone, Debug)]
pub(super) struct Step {
    pub(super) action: Action,
    /// Whether it depends on an input.
    pub(super) batched: bool,
    /// The number of entries (for one point): exact while below 2^53, and never too low by more than rounding.
    pub(super) entries: f64,
    /// Multiplications (for one point).
    pub(super) multiplications: f64,
    /// Entries of rearranged copies of operands and result that exist while the step runs (for one point).
    pub(super) copies: f64,
    /// For a large constant, or a part of one: where its entries are. The step is not run; those that use it read it.
    pub(super) view: Option<View>,
}

impl Step {
    /// Operations on blocks of large constants (for one point).
    pub(super) fn streamed(&self, steps: &[Step]) -> f64 {
        match &self.action {
            Action::Matmul(matmul) if matmul.operands.iter().any(|&slot| steps[slot].view.is_some()) => {
                self.multiplications.max(self.entries)
            }
            _ if self.view.is_some() => self.multiplications.max(self.entries) + self.copies,
            _ => 0.0,
        }
    }

    /// The slots the step reads.
    pub(super) fn operands(&self) -> Vec<Slot> {
        match &self.action {
            Action::Input(_) | Action::Constant(_) => Vec::new(),
            Action::Gather { operand, .. } | Action::Fill { operand, .. } => vec![*operand],
            Action::Multiply { operands, .. } => operands.to_vec(),
            Action::Matmul(matmul) => matmul.operands.to_vec(),
            Action::Scale { factor, operand } => vec![*factor, *operand],
            Action::Combine { terms } => terms.iter().map(|&(_, slot)| slot).collect(),
            Action::Concat { operands, .. } => operands.iter().map(|&(slot, _)| slot).collect(),
        }
    }
}

/// A lowered network.
#[derive(Clone, Debug)]
pub(super) struct Program {
    pub(super) steps: Vec<Step>,
    pub(super) output: Slot,
}

impl Program {
    /// Lowers a network. It takes time in the size of the graph, not in the size of its tensors.
    pub(super) fn new(network: &Network) -> Program {
        let mut lowering = Lowering { steps: Vec::new() };
        let mut slots: Vec<Slot> = Vec::with_capacity(network.nodes().len());
        for node in network.nodes() {
            let axes = node.shape.axes();
            let slot = match &node.operation {
                Operation::Input(position) => lowering.push(
                    Action::Input(*position),
                    true,
                    axes.iter().map(|&a| a as f64).product(),
                    0.0,
                ),
                Operation::Constant(constant) => lowering.push(
                    Action::Constant(constant.clone()),
                    false,
                    axes.iter().map(|&a| a as f64).product(),
                    0.0,
                ),
                Operation::Contract { operands, spec } => {
                    let lengths = lengths(network, operands.iter().map(|id| id.0), spec);
                    let operands: Vec<Slot> = operands.iter().map(|id| slots[id.0]).collect();
                    lowering.contract(&operands, spec, &lengths)
                }
                Operation::Combine { terms } => {
                    let terms: Vec<(BigRational, Slot)> =
                        terms.iter().map(|(coefficient, id)| (coefficient.clone(), slots[id.0])).collect();
                    let entries = node.shape.size() as f64;
                    let multiplications = entries * terms.len() as f64;
                    let batched = terms.iter().any(|&(_, slot)| lowering.steps[slot].batched);
                    lowering.push(Action::Combine { terms }, batched, entries, multiplications)
                }
                Operation::Arrange { operands, arrangement } => {
                    let inner = |axis: usize, axes: &[usize]| axes[axis + 1..].iter().product::<usize>();
                    let entries = node.shape.size();
                    let operand = slots[operands[0].0];
                    let batched = operands.iter().any(|id| lowering.steps[slots[id.0]].batched);
                    match arrangement {
                        Arrangement::Reshape => operand,
                        Arrangement::Slice { axis, start } => {
                            let from = network.nodes()[operands[0].0].shape.axes();
                            let mut kept = row_major(from);
                            kept[*axis].length = Length::Fixed(axes[*axis]);
                            let offset = start * inner(*axis, from);
                            let size = from.iter().product();
                            lowering.gather(operand, kept, Vec::new(), offset, size)
                        }
                        Arrangement::Concat { axis } => {
                            let runs = operands
                                .iter()
                                .map(|id| {
                                    let shape = network.nodes()[id.0].shape.axes();
                                    (slots[id.0], shape[*axis] * inner(*axis, shape))
                                })
                                .collect();
                            let outer = axes[..*axis].iter().product();
                            let action = Action::Concat { operands: runs, outer };
                            lowering.push(action, batched, entries as f64, 0.0)
                        }
                        Arrangement::Broadcast => {
                            let action = Action::Fill { operand, count: entries };
                            lowering.push(action, batched, entries as f64, 0.0)
                        }
                    }
                }
            };
            slots.push(slot);
        }
        let mut program = Program { steps: lowering.steps, output: slots[network.output().0] };
        program.leave_large_constants();
        program
    }

    /// Large constants are not converted as a whole when all constants together are many: the steps that use them read
    /// them block by block. The same holds for their parts.
    fn leave_large_constants(&mut self) {
        /// Up to this many entries together are kept converted.
        const KEPT: f64 = (1 << 22) as f64;
        /// A constant with fewer entries is always converted.
        const LEAST: usize = 1 << 12;
        let constants = self.steps.iter().filter(|step| matches!(step.action, Action::Constant(_)));
        if constants.map(|step| step.entries).sum::<f64>() <= KEPT {
            return;
        }
        for slot in 0..self.steps.len() {
            let view = match &self.steps[slot].action {
                Action::Constant(constant) => Some(View::whole(constant)),
                Action::Gather { operand, gather } if gather.sums().is_none() => {
                    self.steps[*operand].view.as_ref().and_then(|view| gather.of_view(view))
                }
                _ => None,
            };
            if slot != self.output {
                self.steps[slot].view = view.filter(|view| view.len() >= LEAST);
            }
            self.adjust_copies(slot);
        }
    }

    /// A constant that is read block by block is not copied to be rearranged, but is converted as a whole by a step
    /// that can only use it so.
    fn adjust_copies(&mut self, slot: Slot) {
        let read: Vec<f64> = self.steps[slot]
            .operands()
            .iter()
            .map(
                |&operand| if self.steps[operand].view.is_some() { self.steps[operand].entries } else { 0.0 },
            )
            .collect();
        let step = &mut self.steps[slot];
        match &step.action {
            Action::Matmul(matmul) => {
                let streamed =
                    matmul.streamed(&read.iter().map(|&entries| entries > 0.0).collect::<Vec<_>>());
                for (side, gather) in matmul.gathers.iter().enumerate() {
                    if Some(side) == streamed && !gather.is_identity() {
                        step.copies -= gather.entries();
                    } else if Some(side) != streamed {
                        step.copies += read[side];
                    }
                }
            }
            Action::Gather { .. } if read[0] > 0.0 => step.copies = 0.0,
            _ => step.copies += read.iter().sum::<f64>(),
        }
    }
}

impl Matmul {
    /// The operand that is read block by block, given for each whether it can be: the larger.
    pub(super) fn streamed(&self, readable: &[bool]) -> Option<usize> {
        let entries = |side: &usize| self.gathers[*side].entries();
        (0..2).filter(|&side| readable[side]).max_by(|a, b| entries(a).total_cmp(&entries(b)))
    }
}

/// The product of the lengths of axes. An axis without entries makes it zero, also when others are so long that the
/// product overflows to infinity.
fn product(lengths: impl Iterator<Item = f64> + Clone) -> f64 {
    if lengths.clone().any(|length| length == 0.0) { 0.0 } else { lengths.product() }
}

/// The axes of a row-major tensor.
fn row_major(axes: &[usize]) -> Vec<Axis> {
    let mut stride = 1;
    let mut result: Vec<Axis> = Vec::with_capacity(axes.len());
    for &length in axes.iter().rev() {
        result.push(Axis { length: Length::Fixed(length), stride });
        stride *= length;
    }
    result.reverse();
    result
}

/// The length of every label of a contraction.
fn lengths(
    network: &Network,
    operands: impl Iterator<Item = usize>,
    spec: &Einsum,
) -> BTreeMap<Label, usize> {
    let mut lengths = BTreeMap::new();
    for (node, labels) in operands.zip(&spec.operands) {
        let axes = network.nodes()[node].shape.axes();
        lengths.extend(labels.iter().copied().zip(axes.iter().copied()));
    }
    lengths
}

/// A tensor within a contraction: its distinct labels in the order of its axes, the points first.
#[derive(Clone)]
struct Term {
    slot: Slot,
    labels: Vec<Label>,
    /// Strides of the labels; differ from row-major where the operand repeats a label.
    strides: BTreeMap<Label, usize>,
    /// The number of entries of the slot, for one point.
    size: usize,
}

struct Lowering {
    steps: Vec<Step>,
}

impl Lowering {
    fn push(&mut self, action: Action, batched: bool, entries: f64, multiplications: f64) -> Slot {
        self.steps.push(Step { action, batched, entries, multiplications, copies: 0.0, view: None });
        self.steps.len() - 1
    }

    /// A unary step on a slot of `size` entries per point; a batched slot keeps its points axis.
    fn gather(
        &mut self,
        operand: Slot,
        mut kept: Vec<Axis>,
        summed: Vec<Axis>,
        offset: usize,
        size: usize,
    ) -> Slot {
        let batched = self.steps[operand].batched;
        let count = |axes: &[Axis]| product(axes.iter().map(|axis| axis.length.for_one_point()));
        let (entries, read) = (count(&kept), count(&[&kept[..], &summed].concat()));
        if batched {
            kept.insert(0, Axis { length: Length::Points, stride: size });
        }
        let summing = !summed.is_empty();
        let gather = Gather::new(kept, summed, offset, size);
        let slot = self.push(Action::Gather { operand, gather }, batched, entries, read);
        self.steps[slot].copies = if summing { read } else { 0.0 };
        slot
    }

    fn contract(&mut self, operands: &[Slot], spec: &Einsum, lengths: &BTreeMap<Label, usize>) -> Slot {
        if operands.is_empty() {
            // The empty product is one.
            return self.push(
                Action::Constant(Arc::new(Constant::scalar(BigRational::one()))),
                false,
                1.0,
                0.0,
            );
        }
        let mut terms: Vec<Term> = operands
            .iter()
            .zip(&spec.operands)
            .map(|(&slot, labels)| self.term(slot, labels, lengths))
            .collect();
        let mut output = spec.output.clone();
        if terms.iter().any(|term| self.steps[term.slot].batched) {
            output.insert(0, POINTS);
        }
        if let [term] = terms.as_slice() {
            let own: Vec<Label> = spec.output.clone();
            let summed = term.labels.iter().copied().filter(|label| !output.contains(label)).collect();
            return self.reduce(&term.clone(), &own, summed, lengths).slot;
        }
        self.sum_own_labels(&mut terms, &output, lengths);
        let sets: Vec<BTreeSet<Label>> =
            terms.iter().map(|term| term.labels.iter().copied().collect()).collect();
        let kept: BTreeSet<Label> = output.iter().copied().collect();
        let length = |label: Label| match lengths.get(&label) {
            Some(&length) => length as f64,
            None => NOMINAL_POINTS,
        };
        let order = contraction_order(&sets, &kept, &length);
        // How many of the remaining tensors, and of the output, have each label.
        let mut uses: BTreeMap<Label, usize> = BTreeMap::new();
        for &label in sets.iter().flatten().chain(&kept) {
            *uses.entry(label).or_insert(0) += 1;
        }
        for (position, &(left, right)) in order.iter().enumerate() {
            let (a, b) = (terms[left].clone(), terms[right].clone());
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
            terms.push(result);
        }
        terms[terms.len() - 1].slot
    }

    fn term(&self, slot: Slot, labels: &[Label], lengths: &BTreeMap<Label, usize>) -> Term {
        let mut strides = BTreeMap::new();
        let mut distinct = Vec::new();
        let mut stride = 1;
        for label in labels.iter().rev() {
            *strides.entry(*label).or_insert(0) += stride;
            stride *= lengths[label];
        }
        if self.steps[slot].batched {
            strides.insert(POINTS, stride);
            distinct.push(POINTS);
        }
        for &label in labels {
            if !distinct.contains(&label) {
                distinct.push(label);
            }
        }
        Term { slot, labels: distinct, strides, size: stride }
    }

    /// A term whose slot is row-major in these labels.
    fn dense(slot: Slot, labels: Vec<Label>, lengths: &BTreeMap<Label, usize>) -> Term {
        let mut strides = BTreeMap::new();
        let mut stride = 1usize;
        for &label in labels.iter().rev() {
            strides.insert(label, stride);
            // Saturation is harmless: the evaluator refuses tensors of that size before it looks at strides.
            stride = stride.saturating_mul(lengths.get(&label).copied().unwrap_or(1));
        }
        Term { slot, labels, strides, size: stride }
    }

    /// Sums every operand over the labels that it alone has.
    fn sum_own_labels(&mut self, terms: &mut [Term], output: &[Label], lengths: &BTreeMap<Label, usize>) {
        let mut uses: BTreeMap<Label, usize> = BTreeMap::new();
        for label in terms.iter().flat_map(|term| &term.labels).chain(output) {
            *uses.entry(*label).or_insert(0) += 1;
        }
        for term in terms.iter_mut() {
            let (own, rest): (Vec<Label>, Vec<Label>) =
                term.labels.iter().partition(|label| uses[label] == 1);
            if !own.is_empty() {
                let rest: Vec<Label> = rest.into_iter().filter(|&label| label != POINTS).collect();
                *term = self.reduce(&term.clone(), &rest, own, lengths);
            }
        }
    }

    /// The sum of one term over some labels, its other labels in the given order (after the points).
    fn reduce(
        &mut self,
        term: &Term,
        kept: &[Label],
        summed: Vec<Label>,
        lengths: &BTreeMap<Label, usize>,
    ) -> Term {
        let axes = |labels: &[Label]| -> Vec<Axis> {
            labels
                .iter()
                .map(|label| Axis { length: Length::Fixed(lengths[label]), stride: term.strides[label] })
                .collect()
        };
        let slot = self.gather(term.slot, axes(kept), axes(&summed), 0, term.size);
        let mut labels = kept.to_vec();
        if self.steps[slot].batched {
            labels.insert(0, POINTS);
        }
        Lowering::dense(slot, labels, lengths)
    }

    /// The contraction of two terms. `needed` labels are kept; `output` fixes their order.
    fn pair(
        &mut self,
        a: &Term,
        b: &Term,
        needed: &BTreeSet<Label>,
        output: Option<&[Label]>,
        lengths: &BTreeMap<Label, usize>,
    ) -> Term {
        let of = |label: Label| lengths.get(&label).map_or(Length::Points, |&length| Length::Fixed(length));
        let kept = |labels: Vec<Label>| -> Vec<Label> {
            // In the order of the output where there is one, so that the result need not be rearranged.
            match output {
                Some(output) => output.iter().copied().filter(|label| labels.contains(label)).collect(),
                None => labels,
            }
        };
        let batched = self.steps[a.slot].batched || self.steps[b.slot].batched;
        let shared = |label: &&Label| a.labels.contains(label) && b.labels.contains(label);
        // Summed labels in the order of the larger operand, which is then more likely not to be copied.
        let larger = if a.size >= b.size { a } else { b };
        let summed: Vec<Label> =
            larger.labels.iter().filter(shared).filter(|label| !needed.contains(label)).copied().collect();
        let batch =
            kept(a.labels.iter().filter(shared).filter(|label| needed.contains(label)).copied().collect());
        let alone = |x: &Term, y: &Term| {
            kept(x.labels.iter().filter(|label| !y.labels.contains(label)).copied().collect())
        };
        let (mut a, mut b) = (a, b);
        let (mut m, mut n) = (alone(a, b), alone(b, a));
        let natural = |m: &[Label], n: &[Label]| -> Vec<Label> { [&batch[..], m, n].concat() };
        // The points come first in every tensor; and an output has its own order.
        let swapped = match output {
            Some(output) => natural(&m, &n) != output && natural(&n, &m) == output,
            None => n.first() == Some(&POINTS),
        };
        if swapped {
            (a, b, m, n) = (b, a, n, m);
        }
        let natural = natural(&m, &n);
        let labels: Vec<Label> = match output {
            Some(output) => output.to_vec(),
            None => {
                let mut labels = natural.clone();
                labels.sort_by_key(|&label| label != POINTS);
                labels
            }
        };
        let count = |labels: &[Label]| product(labels.iter().map(|&label| of(label).for_one_point()));
        let entries = count(&labels);
        let multiplications = count(&[&labels[..], &summed].concat());
        let view = |term: &Term, order: &[Label]| -> Gather {
            let axis = |&label: &Label| Axis {
                length: of(label),
                // An axis that the operand lacks is repeated.
                stride: term.strides.get(&label).copied().unwrap_or(0),
            };
            Gather::new(order.iter().map(axis).collect(), Vec::new(), 0, term.size)
        };
        let copied = |gather: &Gather, entries: f64| if gather.is_identity() { 0.0 } else { entries };
        let (action, copies) = if !summed.is_empty() {
            let gathers =
                [view(a, &[&batch[..], &m, &summed].concat()), view(b, &[&batch[..], &n, &summed].concat())];
            let lengths_of = |labels: &[Label]| labels.iter().map(|&label| of(label)).collect::<Vec<_>>();
            let order: Vec<usize> =
                labels.iter().filter_map(|label| natural.iter().position(|other| other == label)).collect();
            let rearranged = order.iter().enumerate().any(|(i, &axis)| i != axis);
            let copies = copied(&gathers[0], count(&a.labels))
                + copied(&gathers[1], count(&b.labels))
                + if rearranged { entries } else { 0.0 };
            let matmul = Matmul {
                operands: [a.slot, b.slot],
                gathers,
                batch: lengths_of(&batch),
                m: lengths_of(&m),
                n: lengths_of(&n),
                k: summed.iter().map(|label| lengths[label]).fold(1, usize::saturating_mul),
                order,
            };
            (Action::Matmul(matmul), copies)
        } else if a.labels.is_empty() && view(b, &labels).is_identity() {
            (Action::Scale { factor: a.slot, operand: b.slot }, 0.0)
        } else if b.labels.is_empty() && view(a, &labels).is_identity() {
            (Action::Scale { factor: b.slot, operand: a.slot }, 0.0)
        } else {
            let gathers = [view(a, &labels), view(b, &labels)];
            let copies = copied(&gathers[0], entries) + copied(&gathers[1], entries);
            (Action::Multiply { operands: [a.slot, b.slot], gathers }, copies)
        };
        let slot = self.push(action, batched, entries, multiplications);
        self.steps[slot].copies = copies;
        Lowering::dense(slot, labels, lengths)
    }
}

/// The steps of one phase of an evaluation in order, each with the slots of this phase that nothing needs after
/// it.
pub(super) type Phase = Vec<(Slot, Vec<Slot>)>;

impl Program {
    /// The steps that do not depend on an input, and those that do. The output, and whatever the second phase
    /// reads of the first, is never freed.
    pub(super) fn phases(&self) -> (Phase, Phase) {
        let freed = self.freed(|step, operand| step.batched && !operand.batched);
        let phase = |batched: bool| -> Phase {
            let steps = self.steps.iter().zip(&freed).enumerate();
            steps
                .filter(|(_, (step, _))| step.batched == batched)
                .map(|(i, (_, freed))| (i, freed.clone()))
                .collect()
        };
        (phase(false), phase(true))
    }

    /// All steps in one phase, in the order of the graph, so that no more converted constants are alive at a
    /// time than are needed there. Only the output is never freed.
    pub(super) fn single_phase(&self) -> Phase {
        self.freed(|_, _| false).into_iter().enumerate().collect()
    }

    /// For every step, the slots that no later step reads. The output is kept, and so is an operand that some
    /// step `keeps`.
    fn freed(&self, keeps: impl Fn(&Step, &Step) -> bool) -> Vec<Vec<Slot>> {
        let mut last_use: Vec<Option<Slot>> = (0..self.steps.len()).map(Some).collect();
        for (position, step) in self.steps.iter().enumerate() {
            for operand in step.operands() {
                if keeps(step, &self.steps[operand]) {
                    last_use[operand] = None;
                } else if let Some(last) = &mut last_use[operand] {
                    *last = position;
                }
            }
        }
        last_use[self.output] = None;
        let mut freed: Vec<Vec<Slot>> = vec![Vec::new(); self.steps.len()];
        for (slot, last) in last_use.iter().enumerate() {
            if let Some(last) = last {
                freed[*last].push(slot);
            }
        }
        freed
    }
}
