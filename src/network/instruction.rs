//! Steps made ready for a number of points: what to read, and what to compute from it.
//!
//! All that depends on shapes is decided here, once for all arithmetics: lengths and strides, what is
//! rearranged or repeated, which constants are read block by block. [`Prepared`](super::Prepared) only
//! follows instructions.

use super::EvaluateError;
use super::HeadCovariance;
use super::gather::{Gather, Length, Pick};
use super::lowering::{Action, Matmul, Program, Slot};
use super::shape::Shape;
use super::stream::Product;
use super::strided::{entries, row_major};
use super::view::View;
use crate::arithmetic::Halt;

/// Entries to read.
pub(super) struct Operand<'a> {
    pub(super) source: Source<'a>,
    /// Which of them, in which order and with which sums; `None` for all as they are.
    pub(super) pick: Option<Pick>,
}

/// Where entries are.
pub(super) enum Source<'a> {
    /// In the tensor that a step made, or that was given as an input.
    Slot(Slot),
    /// In a constant.
    Constant(&'a View),
}

/// What makes the entries of a tensor.
pub(super) enum Instruction<'a> {
    /// All of a constant, or a part of one.
    Convert(View),
    /// The sums of every so many neighbours of a part of a large constant.
    Sum { product: Product, terms: usize },
    /// A rearranged copy, or sums.
    Copy(Operand<'a>),
    /// Entrywise products.
    Multiply([Operand<'a>; 2]),
    /// Every entry of the second times the only entry of the first.
    Scale { factor: Operand<'a>, operand: Operand<'a> },
    /// Matrix products, whose entries `order` rearranges.
    Matmul {
        operands: [Operand<'a>; 2],
        batch: usize,
        sizes: (usize, usize, usize),
        order: Option<Vec<(usize, usize)>>,
    },
    /// Matrix products of an operand with a large constant.
    Stream { left: Operand<'a>, product: Product, order: Option<Vec<(usize, usize)>> },
    /// The linear combination, with the step's coefficients, of tensors of which each is repeated so many
    /// times.
    Combine(Vec<(Operand<'a>, usize)>),
    /// Runs of tensors in turn. For each tensor: the length of a run, and the length of its part for one
    /// point, which is zero when all points share it.
    Concat { operands: Vec<(Operand<'a>, usize, usize)>, points: usize, outer: usize, entries: usize },
    /// Every entry repeated.
    Fill { operand: Operand<'a>, count: usize },
    /// The covariance of two heads.
    Heads { operands: Vec<Operand<'a>>, spec: &'a HeadCovariance },
}

impl Program {
    /// The instruction of a step; `None` when there is nothing to compute: inputs, and large constants, are
    /// read where they are.
    pub(super) fn instruction(
        &self,
        slot: Slot,
        points: usize,
    ) -> Result<Option<Instruction<'_>>, EvaluateError> {
        let step = &self.steps[slot];
        if matches!(step.action, Action::Input(_)) {
            return Ok(None);
        }
        let total = step.entries * if step.batched { points as f64 } else { 1.0 };
        if total.is_nan() || total > Shape::MAX_ENTRIES as f64 {
            return Err(too_large(total).into());
        }
        if step.view.is_some() {
            return Ok(None);
        }
        let whole = |slot: Slot| self.whole(slot);
        let gathered = |slot: Slot, gather: &Gather| self.operand(slot, gather.at(points));
        Ok(Some(match &step.action {
            Action::Input(_) => return Ok(None),
            Action::Constant(constant) => Instruction::Convert(View::whole(constant)),
            Action::Gather { operand, gather } => match (self.part(*operand, gather), gather.sums()) {
                (Some(part), None) => Instruction::Convert(part),
                (Some(part), Some(terms)) => {
                    let rows = part.len() / terms.max(1);
                    Instruction::Sum { product: Product::new(part, [1, 1, rows], false), terms }
                }
                (None, _) => Instruction::Copy(gathered(*operand, gather)),
            },
            Action::Multiply { operands: [a, b], gathers: [left, right] } => {
                Instruction::Multiply([gathered(*a, left), gathered(*b, right)])
            }
            Action::Scale { factor, operand } => {
                Instruction::Scale { factor: whole(*factor), operand: whole(*operand) }
            }
            Action::Matmul(matmul) => self.matmul(matmul, points),
            Action::Combine { terms } => {
                let copies = |slot: Slot| if step.batched && !self.steps[slot].batched { points } else { 1 };
                Instruction::Combine(terms.iter().map(|&(_, slot)| (whole(slot), copies(slot))).collect())
            }
            Action::Concat { operands, outer } => {
                let own = |slot: Slot, run: usize| if self.steps[slot].batched { outer * run } else { 0 };
                Instruction::Concat {
                    operands: operands
                        .iter()
                        .map(|&(slot, run)| (whole(slot), run, own(slot, run)))
                        .collect(),
                    points: if step.batched { points } else { 1 },
                    outer: *outer,
                    entries: total as usize,
                }
            }
            Action::Fill { operand, count } => Instruction::Fill { operand: whole(*operand), count: *count },
            Action::Heads { operands, spec } => {
                if step.batched && points != 1 {
                    let message = "the covariance of two heads is computed at one point at a time";
                    return Err(EvaluateError::Inputs(message.to_string()));
                }
                let operands = operands.iter().map(|&slot| whole(slot)).collect();
                Instruction::Heads { operands, spec }
            }
        }))
    }

    /// All entries of a slot.
    pub(super) fn whole(&self, slot: Slot) -> Operand<'_> {
        self.operand(slot, None)
    }

    fn operand(&self, slot: Slot, pick: Option<Pick>) -> Operand<'_> {
        let source = self.steps[slot].view.as_ref().map_or(Source::Slot(slot), Source::Constant);
        Operand { source, pick }
    }

    /// What a gather picks of a large constant, if that can be described.
    fn part(&self, slot: Slot, gather: &Gather) -> Option<View> {
        self.steps[slot].view.as_ref().and_then(|view| gather.of_view(view))
    }

    /// A step of matrix products. A large constant among the factors is read block by block.
    fn matmul<'a>(&'a self, matmul: &Matmul, points: usize) -> Instruction<'a> {
        let resolve =
            |lengths: &[Length]| -> Vec<usize> { lengths.iter().map(|length| length.at(points)).collect() };
        let lengths = [resolve(&matmul.batch), resolve(&matmul.m), resolve(&matmul.n)];
        let [batch, m, n] = [0, 1, 2].map(|kind: usize| entries(lengths[kind].iter().copied()));
        let identity = matmul.order.iter().enumerate().all(|(i, &axis)| i == axis);
        let order = (!identity && ![batch, m, n].contains(&0)).then(|| {
            let lengths = lengths.concat();
            let strides = row_major(&lengths);
            matmul.order.iter().map(|&axis| (lengths[axis], strides[axis])).collect()
        });
        let operand = |side: usize| self.operand(matmul.operands[side], matmul.gathers[side].at(points));
        let [left, right] = [0, 1].map(|side| self.part(matmul.operands[side], &matmul.gathers[side]));
        match (matmul.streamed(&[left.is_some(), right.is_some()]), left, right) {
            (Some(0), Some(view), _) => {
                let product = Product::new(view, [batch, n, m], true);
                Instruction::Stream { left: operand(1), product, order }
            }
            (Some(1), _, Some(view)) => {
                let product = Product::new(view, [batch, m, n], false);
                Instruction::Stream { left: operand(0), product, order }
            }
            _ => Instruction::Matmul {
                operands: [operand(0), operand(1)],
                batch,
                sizes: (m, matmul.k, n),
                order,
            },
        }
    }
}

/// A network cannot be evaluated at so many points, because a tensor would be too large.
pub(super) fn too_large(entries: f64) -> Halt {
    Halt::Budget(format!(
        "a tensor of {entries:.3e} entries would be needed, and at most {} are possible",
        Shape::MAX_ENTRIES
    ))
}
