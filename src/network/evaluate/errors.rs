//! A bound for the rounding errors of an evaluation in f64, by norms.
//!
//! Let `E` be the computed tensor of a step less the exact one, and `|.|` the Frobenius norm: the root of the
//! sum of all squares. [`evaluate_bounded`] carries a bound `e >= |E|` from step to step, for tensors as they
//! were computed. Let `u = 2^-53` and `g(k) = (k + 2) u`, a little enlarged.
//!
//! * **Matrix products** `A B` of exact factors `A - E`, `B - F`: the product is off by `E B + A F - E F`, so
//!   by `e |B|_2 + |A|_2 f + e f` with spectral norms, and by its own roundings `g(k) |A| |B|`, since those
//!   of an entry are at most `g(k)` times the sum of the magnitudes of its terms. Of several pairs of
//!   matrices, the largest spectral norm counts.
//! * **Entrywise products**: with the largest entries in place of the spectral norms, and `u |A B|`.
//! * **Linear combinations**: errors and magnitudes add up, each times its coefficient.
//! * **Entries in other places**: each is in at most so many places, whose root multiplies the norm.
//! * Numbers are converted with a relative error of at most `2 u`. What is too small for all of its digits is
//!   off by less than `2^-1074`, and a little more than that is added for every term.
//!
//! A spectral norm is at most the Frobenius norm, and at most the root of the largest sum of magnitudes in a
//! row times that in a column. It is also the root of the spectral norm of `A A'`, for which both are better
//! bounds; so a few such squarings come close to it. They are computed in f64, with `g(k) |A|^2` for their
//! roundings.
//!
//! Unlike a bound for every entry by the magnitudes of all that is added up in it (`arithmetic::rounding`),
//! this does not grow with the root of the width from layer to layer. The bounds themselves are sums and
//! products of numbers that are not negative; each step enlarges its bound by far more than these roundings.

use super::super::gather::Pick;
use super::super::heads::{HeadCovariance, kernel};
use super::super::instruction::{Instruction, Operand, Source};
use std::cell::RefCell;
use std::collections::HashMap;

use super::super::bands;
use super::super::stream::{self, Product};
use super::super::{EvaluateError, Network, Tensor};
use super::blocks::Blocks;
use super::norms::{ENLARGED, TINY, UNIT, growth, largest, norm, pairs, spectral};
use super::tracked::Tracked;
use super::{Action, Prepared, Program, Reader, check_input, check_number_of_inputs, empty_slots, in_order};
use crate::arithmetic::{Arithmetic, Floats};
use crate::budget::Stop;
use std::sync::{Mutex, PoisonError};

/// A bound that is so many times the one that cannot be avoided is good enough.
const ENOUGH: f64 = 4.0;

/// Bounds for the spectral norms of constants that were met, for the evaluations to come.
#[derive(Debug, Default)]
pub(crate) struct SpectralNorms(Mutex<Vec<(Met, f64)>>);

/// The digest of a constant, how it is cut into matrices, and the rows of the other factor.
type Met = ([u8; 32], [usize; 4]);

impl SpectralNorms {
    fn get(&self, constant: Met, compute: impl FnOnce() -> f64) -> f64 {
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, norm)) = known.iter().find(|(met, _)| *met == constant) {
            return *norm;
        }
        drop(known);
        let norm = compute();
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        known.push((constant, norm));
        norm
    }
}

/// The output in f64, and a bound for the Frobenius norm of its error: infinite if none is known.
pub(crate) fn evaluate_bounded(
    network: &Network,
    inputs: &[Tensor<f64>],
    norms: &SpectralNorms,
) -> Result<(Tensor<f64>, f64), EvaluateError> {
    let program = Program::new(network);
    let steps = program.single_phase();
    let prepared = Prepared::lowered(&Stop::never(), &Floats::VALUES, network, program, Vec::new())?;
    check_number_of_inputs(prepared.inputs.len(), inputs.len())?;
    for (position, input) in inputs.iter().enumerate() {
        check_input(position, 1, &prepared.inputs[position], input.shape())?;
    }
    let mut slots = empty_slots(&prepared.program);
    let mut errors: Vec<Option<f64>> = vec![None; slots.len()];
    let spectral = RefCell::new(HashMap::new());
    for (slot, freed) in &steps {
        if let Some(instruction) = prepared.program.instruction(*slot, 1)? {
            let reader = Reader { prepared: &prepared, slots: &slots, inputs };
            let bounds = Bounds { reader: &reader, errors: &errors, norms, spectral: &spectral };
            let (made, error) = match &instruction {
                Instruction::Heads { operands, spec } => bounds.heads(*slot, operands, spec)?,
                Instruction::Matmul { operands, batch, sizes, order } => {
                    bounds.matmul(operands, *batch, *sizes, order.as_deref())?
                }
                _ => {
                    let made = reader.follow(*slot, &instruction)?;
                    let error = bounds.of(*slot, &instruction, &made)?;
                    (made, error)
                }
            };
            // Of what has overflowed, nothing is known.
            let is_finite = norm(&made).is_finite() || made.iter().all(|entry| entry.is_finite());
            let error = if is_finite { error * ENLARGED } else { f64::INFINITY };
            errors[*slot] = Some(if error.is_nan() { f64::INFINITY } else { error });
            slots[*slot] = Some(made);
        }
        for &slot in freed {
            slots[slot] = None;
        }
    }
    let output = prepared.program.output;
    let reader = Reader { prepared: &prepared, slots: &slots, inputs };
    let whole = prepared.program.whole(output);
    let error = Bounds { reader: &reader, errors: &errors, norms, spectral: &spectral }.of_operand(&whole)?;
    let data = reader.read(&whole)?.into_owned();
    let values = Tensor::new(prepared.output.clone(), data)
        .ok_or_else(|| EvaluateError::Inputs("the output has an unexpected number of entries".to_string()))?;
    Ok((values, error * ENLARGED))
}

/// What is known when a step is taken.
struct Bounds<'b, 'a> {
    reader: &'b Reader<'b, 'a, Floats>,
    errors: &'b [Option<f64>],
    norms: &'b SpectralNorms,
    /// The spectral norms of other factors that were needed: a map is used many times.
    spectral: &'b RefCell<HashMap<Matrices, f64>>,
}

/// A tensor as it is read, as so many matrices of so many rows and columns.
type Matrices = (usize, Option<Pick>, [usize; 3]);

impl Bounds<'_, '_> {
    /// The error of what an instruction made.
    fn of(&self, slot: usize, instruction: &Instruction<'_>, made: &[f64]) -> Result<f64, EvaluateError> {
        let few = made.len() as f64 * TINY;
        Ok(few
            + match instruction {
                Instruction::Convert(_) => 2.0 * UNIT * norm(made),
                Instruction::Sum { product, terms } => {
                    (growth(*terms) + 2.0 * UNIT) * (*terms as f64).sqrt() * self.of_factor(product)?
                        + *terms as f64 * few
                }
                Instruction::Copy(operand) => self.of_operand(operand)?,
                Instruction::Multiply([a, b]) => {
                    let (e, f) = (self.of_operand(a)?, self.of_operand(b)?);
                    let (a, b) = (self.reader.read(a)?, self.reader.read(b)?);
                    largest(&a) * f + e * largest(&b) + e * f + 2.0 * UNIT * norm(made)
                }
                Instruction::Scale { factor, operand } => {
                    let (e, f) = (self.of_operand(factor)?, self.of_operand(operand)?);
                    let (factor, operand) = (self.reader.read(factor)?, self.reader.read(operand)?);
                    largest(&factor) * f + e * norm(&operand) + e * f + 2.0 * UNIT * norm(made)
                }
                Instruction::Stream { left, product, .. } => {
                    let (e, factor) = (self.of_operand(left)?, self.of_factor(product)?);
                    let left = self.reader.read(left)?;
                    let terms = product.terms();
                    let own = (growth(terms) + 2.0 * UNIT) * (norm(&left) + e) * factor;
                    e * factor + own + terms as f64 * few
                }
                Instruction::Combine(terms) => {
                    let coefficients = &self.reader.prepared.coefficients[slot];
                    let mut error = 0.0;
                    for ((operand, copies), coefficient) in terms.iter().zip(coefficients) {
                        let e = self.of_operand(operand)?;
                        let size = norm(&self.reader.read(operand)?) + e;
                        let (by, converted) = coefficient.map_or((1.0, 0.0), |by| (by.abs(), 4.0 * UNIT));
                        let one = by * e + (converted + growth(terms.len())) * by * size + TINY * size;
                        error += (*copies as f64).sqrt() * one;
                    }
                    error + terms.len() as f64 * few
                }
                Instruction::Concat { operands, .. } => {
                    let errors = operands.iter().map(|(operand, ..)| self.of_operand(operand));
                    errors.sum::<Result<f64, EvaluateError>>()?
                }
                Instruction::Fill { operand, count } => (*count as f64).sqrt() * self.of_operand(operand)?,
                // Bounded while they are computed.
                Instruction::Matmul { .. } | Instruction::Heads { .. } => f64::INFINITY,
            })
    }

    /// The digest of the constant that an operand is, if it is one as it stands.
    fn constant(&self, operand: &Operand<'_>) -> Option<[u8; 32]> {
        match (&operand.source, &operand.pick) {
            (Source::Slot(slot), None) => match &self.reader.prepared.program.steps[*slot].action {
                Action::Constant(constant) => Some(*constant.digest()),
                _ => None,
            },
            _ => None,
        }
    }

    /// Matrix products, and their error.
    fn matmul(
        &self,
        [first, second]: &[Operand<'_>; 2],
        batch: usize,
        sizes: (usize, usize, usize),
        order: Option<&[(usize, usize)]>,
    ) -> Result<(Vec<f64>, f64), EvaluateError> {
        let (e, f) = (self.of_operand(first)?, self.of_operand(second)?);
        let (a, b) = (self.reader.read(first)?, self.reader.read(second)?);
        let (m, k, n) = sizes;
        let own = growth(k) * pairs(&a, &b, batch) + (k + 1) as f64 * (batch * m * n) as f64 * TINY;
        // The norm of a factor counts only as far as the other one is off.
        let left = self.size((first, &a), batch, (m, k), n, own / f);
        let right = self.size((second, &b), batch, (n, k), m, own / e);
        let made = in_order(bands::matmul(&Stop::never(), &Floats::VALUES, batch, sizes, &a, &b)?, order);
        Ok((made, left * f + e * right + e * f + own))
    }

    /// A bound for the largest spectral norm of the matrices that an operand is read as: the Frobenius norm
    /// if that is small enough.
    fn size(
        &self,
        (operand, entries): (&Operand<'_>, &[f64]),
        batch: usize,
        (rows, columns): (usize, usize),
        others: usize,
        small: f64,
    ) -> f64 {
        let frobenius = norm(entries);
        let compute = || spectral(entries, batch, (rows, columns), others);
        let Source::Slot(slot) = operand.source else { return frobenius.min(compute()) };
        // The norms of constants are kept, so they are soon paid for.
        if let Some(digest) = self.constant(operand) {
            if frobenius * 64.0 <= small {
                return frobenius;
            }
            return self.norms.get((digest, [batch, rows, columns, others]), compute);
        }
        if frobenius <= ENOUGH * small {
            return frobenius;
        }
        let key = (slot, operand.pick.clone(), [batch, rows, columns]);
        if let Some(known) = self.spectral.borrow().get(&key) {
            return *known;
        }
        let bound = frobenius.min(compute());
        self.spectral.borrow_mut().insert(key, bound);
        bound
    }

    /// The covariance of two heads, and its error.
    fn heads(
        &self,
        slot: usize,
        operands: &[Operand<'_>],
        spec: &HeadCovariance,
    ) -> Result<(Vec<f64>, f64), EvaluateError> {
        let read = self.reader.read_all(operands)?;
        let errors = operands.iter().map(|operand| self.of_operand(operand));
        let errors = errors.collect::<Result<Vec<f64>, EvaluateError>>()?;
        let size = self.reader.prepared.program.steps[slot].entries as usize;
        let stop = Stop::never();
        let tracked = Tracked::new(Blocks::new(&Floats::VALUES, &stop, &read, size), &errors);
        let ended = kernel::run(spec, &tracked);
        let (values, error) = tracked.into_result();
        Ok((values, if ended { error } else { f64::INFINITY }))
    }

    /// The error of an operand as it is read.
    fn of_operand(&self, operand: &Operand<'_>) -> Result<f64, EvaluateError> {
        let whole = match operand.source {
            Source::Slot(slot) => self.reader.prepared.read(slot, self.reader.slots, self.reader.inputs),
            Source::Constant(_) => {
                // Converted numbers; sums among them are sums of what they were converted to.
                let read = self.reader.read(operand)?;
                let terms = operand.pick.as_ref().and_then(|pick| pick.sums).map_or(0, |(_, terms)| terms);
                if terms == 0 {
                    return Ok(2.0 * UNIT * norm(&read) + read.len() as f64 * TINY);
                }
                return Ok(f64::INFINITY);
            }
        };
        let known = match operand.source {
            Source::Slot(slot) => self.errors[slot],
            Source::Constant(_) => None,
        };
        // An input is converted, too.
        let error = known.unwrap_or_else(|| 2.0 * UNIT * norm(whole) + whole.len() as f64 * TINY);
        let Some(pick) = &operand.pick else { return Ok(error) };
        let times = (places(&pick.axes) as f64).sqrt();
        Ok(match pick.sums {
            None => times * error,
            Some((_, terms)) => {
                let own = growth(terms) * norm(whole) + whole.len() as f64 * TINY;
                (terms as f64).sqrt() * times * (error + own)
            }
        })
    }

    /// The Frobenius norm of a constant that is read block by block.
    fn of_factor(&self, product: &Product) -> Result<f64, EvaluateError> {
        let mut sum = 0.0;
        stream::for_each_block(product.constant(), &mut |block| {
            let block = norm(&Floats::VALUES.from_data(block)?);
            sum += block * block;
            Ok(())
        })?;
        Ok(sum.sqrt() * ENLARGED)
    }
}

/// In how many places an entry is at most, along axes of lengths and strides.
fn places(axes: &[(usize, usize)]) -> usize {
    let mut axes: Vec<(usize, usize)> = axes.iter().copied().filter(|&(length, _)| length != 1).collect();
    axes.sort_unstable_by_key(|&(_, stride)| stride);
    let repeated: usize = axes.iter().filter(|axis| axis.1 == 0).map(|axis| axis.0).product();
    axes.retain(|axis| axis.1 != 0);
    // Apart if every stride is longer than all that the shorter ones reach.
    let mut reach = 0usize;
    let mut apart = true;
    for &(length, stride) in &axes {
        apart &= stride > reach;
        reach = reach.saturating_add((length.saturating_sub(1)).saturating_mul(stride));
    }
    if apart {
        return repeated;
    }
    // Along the longest axis an entry is in one place, for every position along the others.
    let all: usize = axes.iter().map(|axis| axis.0).product();
    repeated.saturating_mul(all / axes.iter().map(|axis| axis.0).max().unwrap_or(1).max(1))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A transpose; every entry three times; windows of three out of four entries, in which the second is
    /// twice.
    #[test]
    fn how_often_an_entry_is_read() {
        assert_eq!(places(&[(3, 1), (2, 3)]), 1);
        assert_eq!(places(&[(2, 3), (3, 0), (3, 1)]), 3);
        assert!(places(&[(2, 1), (3, 1)]) >= 2);
        assert_eq!(places(&[(5, 0), (0, 1)]), 5);
    }
}
