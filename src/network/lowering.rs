//! A network lowered to a list of simple steps that any arithmetic can run.
//!
//! Every step makes one *slot*, a flat row-major tensor. A slot that depends on an input is *batched*: its
//! outermost axis is the points, whose number is known only when the steps run. Reshapes cost nothing: the
//! node shares its operand's slot. A contraction of several operands becomes a unary step for each operand
//! with labels of its own and a chain of pairwise steps.

use std::collections::BTreeMap;
use std::sync::Arc;

use num_rational::BigRational;
use num_traits::One;

use super::gather::{Axis, Gather, Length};
use super::strided::row_major;
use super::view::View;
use super::{Arrangement, Constant, Einsum, HeadCovariance, Label, Network, Operation, Shape};

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
    /// The covariance of two heads, of their moments.
    Heads { operands: Vec<Slot>, spec: Arc<HeadCovariance> },
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
    /// The number of entries (for one point): exact while below 2^53, and never too low by more than
    /// rounding.
    pub(super) entries: f64,
    /// Multiplications (for one point).
    pub(super) multiplications: f64,
    /// Entries of rearranged copies of operands and result that exist while the step runs (for one point).
    pub(super) copies: f64,
    /// For a large constant, or a part of one: where its entries are. The step is not run; those that use it
    /// read it.
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

    /// The multiplications of a product of two matrices that are large at every point.
    fn products(&self, steps: &[Step]) -> f64 {
        const SIDE: f64 = 8.0;
        const PRODUCT: f64 = (1u64 << 15) as f64;
        let Action::Matmul(matmul) = &self.action else { return 0.0 };
        let size = |axes: &[Length]| product(axes.iter().map(|axis| axis.for_one_point()));
        let (m, n) = (size(&matmul.m), size(&matmul.n));
        let large = m.min(n) >= SIDE && m * n * matmul.k as f64 >= PRODUCT;
        if large && self.streamed(steps) == 0.0 { self.multiplications } else { 0.0 }
    }

    /// The coefficients of a linear combination; `None` stands for one.
    pub(super) fn coefficients(&self) -> Vec<Option<&BigRational>> {
        let Action::Combine { terms } = &self.action else { return Vec::new() };
        terms.iter().map(|(coefficient, _)| (!coefficient.is_one()).then_some(coefficient)).collect()
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
            Action::Heads { operands, .. } => operands.clone(),
        }
    }
}

/// The steps of one phase of an evaluation in order, each with the slots of this phase that nothing needs
/// after it.
pub(super) type Phase = Vec<(Slot, Vec<Slot>)>;

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
            let entries = node.shape.size() as f64;
            let slot = match &node.operation {
                Operation::Input(position) => lowering.push(Action::Input(*position), true, entries, 0.0),
                Operation::Constant(constant) => {
                    lowering.push(Action::Constant(constant.clone()), false, entries, 0.0)
                }
                Operation::Contract { operands, spec } => {
                    let lengths = lengths(network, operands.iter().map(|id| id.0), spec);
                    let operands: Vec<Slot> = operands.iter().map(|id| slots[id.0]).collect();
                    lowering.contract(&operands, spec, &lengths)
                }
                Operation::Combine { terms } => {
                    let terms: Vec<(BigRational, Slot)> =
                        terms.iter().map(|(coefficient, id)| (coefficient.clone(), slots[id.0])).collect();
                    let multiplications = entries * terms.len() as f64;
                    let batched = terms.iter().any(|&(_, slot)| lowering.steps[slot].batched);
                    lowering.push(Action::Combine { terms }, batched, entries, multiplications)
                }
                Operation::Arrange { operands, arrangement } => {
                    let operands: Vec<(Slot, &Shape)> =
                        operands.iter().map(|id| (slots[id.0], &network.nodes()[id.0].shape)).collect();
                    lowering.arrange(&operands, arrangement, &node.shape)
                }
                Operation::HeadCovariance { operands, spec } => {
                    let operands: Vec<Slot> = operands.iter().map(|id| slots[id.0]).collect();
                    let batched = operands.iter().any(|&slot| lowering.steps[slot].batched);
                    let multiplications = spec.products() * spec.multiplications_each();
                    let action = Action::Heads { operands, spec: spec.clone() };
                    let slot = lowering.push(action, batched, entries, multiplications);
                    lowering.steps[slot].copies = spec.memory();
                    slot
                }
            };
            slots.push(slot);
        }
        let mut program = Program { steps: lowering.steps, output: slots[network.output().0] };
        program.leave_large_constants();
        program
    }

    /// The largest constants are not converted as a whole when all constants together are many: the steps
    /// that use them read them block by block. The same holds for their parts.
    fn leave_large_constants(&mut self) {
        /// Up to this many entries together are kept converted.
        const KEPT: f64 = (1 << 22) as f64;
        /// A constant with fewer entries is always converted.
        const LEAST: usize = 1 << 12;
        let constants = self.steps.iter().filter(|step| matches!(step.action, Action::Constant(_)));
        let mut sizes: Vec<f64> = constants.map(|step| step.entries).collect();
        sizes.sort_by(f64::total_cmp);
        let mut kept = 0.0;
        let Some(first) = sizes.into_iter().find(|size| {
            kept += size;
            kept > KEPT
        }) else {
            return;
        };
        let least = LEAST.max(first as usize);
        for slot in 0..self.steps.len() {
            let view = match &self.steps[slot].action {
                Action::Constant(constant) => Some(View::whole(constant)),
                Action::Gather { operand, gather } if gather.sums().is_none() => {
                    self.steps[*operand].view.as_ref().and_then(|view| gather.of_view(view))
                }
                _ => None,
            };
            // A part of a constant that is left is left, too.
            let is_part = !matches!(self.steps[slot].action, Action::Constant(_));
            if slot != self.output {
                let least = if is_part { LEAST } else { least };
                self.steps[slot].view = view.filter(|view| view.len() >= least);
            }
            self.adjust_copies(slot);
        }
    }

    /// A constant that is read block by block is not copied to be rearranged, but is converted as a whole by
    /// a step that can only use it so.
    fn adjust_copies(&mut self, slot: Slot) {
        let read: Vec<f64> = self.steps[slot]
            .operands()
            .iter()
            .map(|&operand| &self.steps[operand])
            .map(|operand| if operand.view.is_some() { operand.entries } else { 0.0 })
            .collect();
        let step = &mut self.steps[slot];
        match &step.action {
            Action::Matmul(matmul) => {
                let streamed = matmul.streamed(&[read[0] > 0.0, read[1] > 0.0]);
                for (side, gather) in matmul.gathers.iter().enumerate() {
                    if Some(side) == streamed && !gather.identity {
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

    /// The steps that do not depend on an input, and those that do. The output, and whatever the second phase
    /// reads of the first, is never freed.
    pub(super) fn phases(&self) -> (Phase, Phase) {
        let freed = self.freed(|step, operand| step.batched && !operand.batched);
        let phase = |batched: bool| -> Phase {
            let steps = (0..self.steps.len()).filter(|&slot| self.steps[slot].batched == batched);
            steps.map(|slot| (slot, freed[slot].clone())).collect()
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

impl Matmul {
    /// The operand that is read block by block, given for each whether it can be: the larger.
    pub(super) fn streamed(&self, readable: &[bool]) -> Option<usize> {
        let entries = |side: &usize| self.gathers[*side].entries();
        (0..2).filter(|&side| readable[side]).max_by(|a, b| entries(a).total_cmp(&entries(b)))
    }
}

/// The product of the lengths of axes. An axis without entries makes it zero, also when others are so long
/// that the product overflows to infinity.
pub(super) fn product(lengths: impl Iterator<Item = f64> + Clone) -> f64 {
    if lengths.clone().any(|length| length == 0.0) { 0.0 } else { lengths.product() }
}

/// The length of every label of a contraction.
pub(super) type Lengths = BTreeMap<Label, usize>;

fn lengths(network: &Network, operands: impl Iterator<Item = usize>, spec: &Einsum) -> Lengths {
    let mut lengths = Lengths::new();
    for (node, labels) in operands.zip(&spec.operands) {
        let axes = network.nodes()[node].shape.axes();
        lengths.extend(labels.iter().copied().zip(axes.iter().copied()));
    }
    lengths
}

/// The steps made so far.
pub(super) struct Lowering {
    pub(super) steps: Vec<Step>,
}

impl Lowering {
    pub(super) fn push(&mut self, action: Action, batched: bool, entries: f64, multiplications: f64) -> Slot {
        self.steps.push(Step { action, batched, entries, multiplications, copies: 0.0, view: None });
        self.steps.len() - 1
    }

    /// A unary step on a slot of `size` entries per point; a batched slot keeps its points axis.
    pub(super) fn gather(
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

    /// A step that moves entries of operands, given with their shapes, to make a tensor of a shape. Reshaping
    /// takes no step.
    fn arrange(&mut self, operands: &[(Slot, &Shape)], arrangement: &Arrangement, shape: &Shape) -> Slot {
        let (operand, from) = operands[0];
        let batched = operands.iter().any(|&(slot, _)| self.steps[slot].batched);
        let size = shape.size();
        match arrangement {
            Arrangement::Reshape => operand,
            Arrangement::Slice { axis, start } => {
                let strides = row_major(from.axes());
                let along = |(&length, &stride)| Axis { length: Length::Fixed(length), stride };
                let kept = shape.axes().iter().zip(&strides).map(along).collect();
                self.gather(operand, kept, Vec::new(), start * strides[*axis], from.size())
            }
            Arrangement::Concat { axis } => {
                let run = |shape: &Shape| shape.axes()[*axis..].iter().product();
                let operands = operands.iter().map(|&(slot, shape)| (slot, run(shape))).collect();
                let outer = shape.axes()[..*axis].iter().product();
                self.push(Action::Concat { operands, outer }, batched, size as f64, 0.0)
            }
            Arrangement::Broadcast => {
                self.push(Action::Fill { operand, count: size }, batched, size as f64, 0.0)
            }
        }
    }
}

/// What one evaluation of a network takes, in scalar operations and stored elements. The counts are of the
/// very steps that an evaluation runs; huge ones are infinite rather than wrong.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Cost {
    /// Multiplications (each with at most one addition) of parts that depend on an input, for one point.
    pub per_point: f64,
    /// Multiplications of parts that do not depend on an input: done once for any number of points.
    pub once: f64,
    /// The largest number of elements alive at once that depend on an input, for one point.
    pub live_per_point: f64,
    /// The largest number of constant elements alive at once, converted weights included. Large constants are
    /// not converted as a whole.
    pub live_once: f64,
    /// Of all multiplications, those with large constants that are read block by block, and the conversions
    /// of these: much faster than others in arithmetics that are slow.
    pub streamed: f64,
    /// Of all multiplications, those in products of large matrices of which none is read block by block: much
    /// faster than others as well.
    pub products: f64,
}

/// The cost of evaluating a network.
pub fn cost(network: &Network) -> Cost {
    let program = Program::new(network);
    let (constant, batched) = program.phases();
    let (once, live_once) = simulate(&program, &constant);
    let (per_point, live_per_point) = simulate(&program, &batched);
    let streamed = program.steps.iter().map(|step| step.streamed(&program.steps)).sum();
    let products = program.steps.iter().map(|step| step.products(&program.steps)).sum();
    Cost { per_point, once, live_per_point, live_once, streamed, products }
}

/// Multiplications and peak of live elements of one phase.
fn simulate(program: &Program, phase: &Phase) -> (f64, f64) {
    let (mut multiplications, mut live, mut peak) = (0.0f64, 0.0f64, 0.0f64);
    for (position, freed) in phase {
        let step = &program.steps[*position];
        // Moving an entry costs about as much as multiplying it.
        multiplications += step.multiplications.max(step.entries) + step.copies;
        let entries = |step: &Step| if step.view.is_some() { 0.0 } else { step.entries };
        live += entries(step);
        peak = peak.max(live + step.copies);
        live -= freed.iter().map(|&slot| entries(&program.steps[slot])).sum::<f64>();
    }
    // Infinite counts cancel to NaN.
    (multiplications, if peak.is_nan() { f64::INFINITY } else { peak })
}
