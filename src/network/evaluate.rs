//! The one evaluator, generic over the arithmetic.
//!
//! The network is lowered once to steps ([`lowering`](super::lowering)). Those that do not depend on an input
//! run when the evaluation is prepared, the others for every batch of points; a tensor is freed after its
//! last use.

mod blocks;
mod errors;
mod norms;
mod tracked;

use std::borrow::Cow;

use self::blocks::Blocks;
use super::instruction::{Instruction, Operand, Source, too_large};
use super::lowering::{Action, Phase, Program, Slot};
use super::strided::pick;
use super::view::View;
use super::{EvaluateError, Network, Shape, Signature, Tensor};
use super::{bands, heads, stream};
use crate::arithmetic::{Arithmetic, stopped};
use crate::budget::Stop;

pub(crate) use errors::{SpectralNorms, evaluate_bounded};

/// The network's output at one point. `inputs[i]` has the shape of the network's input `i`.
pub fn evaluate<A: Arithmetic>(
    arithmetic: &A,
    network: &Network,
    inputs: &[Tensor<A::Element>],
) -> Result<Tensor<A::Element>, EvaluateError> {
    evaluate_until(&Stop::never(), arithmetic, network, inputs)
}

/// The network's output at one point; see [`evaluate`]. It fails soon after `stop` is set, which is asked
/// after every step, and several times during large matrix products.
pub fn evaluate_until<A: Arithmetic>(
    stop: &Stop,
    arithmetic: &A,
    network: &Network,
    inputs: &[Tensor<A::Element>],
) -> Result<Tensor<A::Element>, EvaluateError> {
    once(stop, arithmetic, network, 1, inputs)
}

/// The network's output at `points` points at once. `inputs[i]` holds, point after point, the entries of
/// input `i`: its shape is `[points, ..]`, or the input's own shape when `points` is 1. The result has shape
/// `[points, ..]`, or the output's own shape when `points` is 1.
///
/// To evaluate many batches, use [`Prepared`].
pub fn evaluate_batch<A: Arithmetic>(
    arithmetic: &A,
    network: &Network,
    points: usize,
    inputs: &[Tensor<A::Element>],
) -> Result<Tensor<A::Element>, EvaluateError> {
    once(&Stop::never(), arithmetic, network, points, inputs)
}

fn once<A: Arithmetic>(
    stop: &Stop,
    arithmetic: &A,
    network: &Network,
    points: usize,
    inputs: &[Tensor<A::Element>],
) -> Result<Tensor<A::Element>, EvaluateError> {
    let program = Program::new(network);
    let steps = program.single_phase();
    Prepared::lowered(stop, arithmetic, network, program, steps)?.evaluate_batch(points, inputs)
}

/// A network made ready to be evaluated many times over one arithmetic: lowered, its constants converted and
/// everything that depends on no input computed. It can be shared between threads.
pub struct Prepared<'a, A: Arithmetic> {
    arithmetic: &'a A,
    stop: Stop,
    program: Program,
    /// The steps to run for every batch.
    batched: Phase,
    /// The tensors that depend on no input and are needed later.
    constants: Vec<Option<Vec<A::Element>>>,
    /// For every step, the coefficients of a linear combination; `None` stands for one.
    coefficients: Vec<Vec<Option<A::Element>>>,
    inputs: Vec<Shape>,
    output: Shape,
}

impl<'a, A: Arithmetic> Prepared<'a, A> {
    /// Prepares a network.
    pub fn new(arithmetic: &'a A, network: &Network) -> Result<Prepared<'a, A>, EvaluateError> {
        Prepared::stopped_by(&Stop::never(), arithmetic, network)
    }

    /// Prepares a network. This, and evaluations, fail soon after `stop` is set.
    pub fn stopped_by(
        stop: &Stop,
        arithmetic: &'a A,
        network: &Network,
    ) -> Result<Prepared<'a, A>, EvaluateError> {
        let program = Program::new(network);
        let (constant, batched) = program.phases();
        let mut prepared = Prepared::lowered(stop, arithmetic, network, program, batched)?;
        let mut constants = empty_slots(&prepared.program);
        prepared.run(&constant, 1, &[], &mut constants)?;
        prepared.constants = constants;
        Ok(prepared)
    }

    /// A program whose coefficients are converted, and nothing computed.
    fn lowered(
        stop: &Stop,
        arithmetic: &'a A,
        network: &Network,
        program: Program,
        batched: Phase,
    ) -> Result<Prepared<'a, A>, EvaluateError> {
        let mut coefficients = Vec::with_capacity(program.steps.len());
        for step in &program.steps {
            let mut converted = Vec::new();
            for coefficient in step.coefficients() {
                converted.push(match coefficient {
                    Some(coefficient) => Some(arithmetic.from_rational(coefficient)?),
                    None => None,
                });
            }
            coefficients.push(converted);
        }
        bands::check(stop, arithmetic)?;
        let Signature { inputs, output } = network.signature();
        Ok(Prepared {
            arithmetic,
            stop: stop.clone(),
            batched,
            constants: empty_slots(&program),
            program,
            coefficients,
            inputs,
            output,
        })
    }

    /// The network's output at one point; see [`evaluate`].
    pub fn evaluate(&self, inputs: &[Tensor<A::Element>]) -> Result<Tensor<A::Element>, EvaluateError> {
        self.evaluate_batch(1, inputs)
    }

    /// The network's output at `points` points; see [`evaluate_batch`].
    pub fn evaluate_batch(
        &self,
        points: usize,
        inputs: &[Tensor<A::Element>],
    ) -> Result<Tensor<A::Element>, EvaluateError> {
        check_number_of_inputs(self.inputs.len(), inputs.len())?;
        for (position, input) in inputs.iter().enumerate() {
            check_input(position, points, &self.inputs[position], input.shape())?;
        }
        let shape = output_shape(points, &self.output)?;
        let mut slots = empty_slots(&self.program);
        self.run(&self.batched, points, inputs, &mut slots)?;
        let output = self.program.output;
        let data = match slots[output].take() {
            Some(entries) if self.program.steps[output].batched => entries,
            Some(entries) => repeat(&entries, points),
            None => {
                let copies = if self.constants[output].is_some() { points } else { 1 };
                repeat(self.read(output, &slots, inputs), copies)
            }
        };
        Tensor::new(shape, data).ok_or_else(|| {
            EvaluateError::Inputs("the output has an unexpected number of entries".to_string())
        })
    }

    /// Runs the steps of one phase. Slots hold the tensors that are alive.
    fn run(
        &self,
        phase: &Phase,
        points: usize,
        inputs: &[Tensor<A::Element>],
        slots: &mut [Option<Vec<A::Element>>],
    ) -> Result<(), EvaluateError> {
        for (slot, freed) in phase {
            if let Some(instruction) = self.program.instruction(*slot, points)? {
                let reader = Reader { prepared: self, slots, inputs };
                let made = reader.follow(*slot, &instruction)?;
                bands::check(&self.stop, self.arithmetic)?;
                slots[*slot] = Some(made);
            }
            for &slot in freed {
                slots[slot] = None;
            }
        }
        Ok(())
    }

    /// The entries of a slot, wherever they are.
    fn read<'b>(
        &'b self,
        slot: Slot,
        slots: &'b [Option<Vec<A::Element>>],
        inputs: &'b [Tensor<A::Element>],
    ) -> &'b [A::Element] {
        match (&slots[slot], &self.constants[slot]) {
            (Some(entries), _) | (None, Some(entries)) => entries,
            (None, None) => match self.program.steps[slot].action {
                Action::Input(position) => inputs[position].data(),
                _ => &[],
            },
        }
    }
}

/// What a step of an evaluation may read.
struct Reader<'b, 'a, A: Arithmetic> {
    prepared: &'b Prepared<'a, A>,
    slots: &'b [Option<Vec<A::Element>>],
    inputs: &'b [Tensor<A::Element>],
}

impl<'b, A: Arithmetic> Reader<'b, '_, A> {
    /// The tensor that the instruction of a step makes.
    fn follow(&self, slot: Slot, instruction: &Instruction<'_>) -> Result<Vec<A::Element>, EvaluateError> {
        let Prepared { arithmetic, stop, .. } = self.prepared;
        let arithmetic = *arithmetic;
        Ok(match instruction {
            Instruction::Convert(view) => convert(arithmetic, view)?,
            Instruction::Sum { product, terms } => {
                stream::matmul(stop, arithmetic, &vec![arithmetic.one(); *terms], product)?
            }
            Instruction::Copy(operand) => self.read(operand)?.into_owned(),
            Instruction::Multiply([a, b]) => {
                let (a, b) = (self.read(a)?, self.read(b)?);
                arithmetic.multiply_entrywise(&a, &b)
            }
            Instruction::Scale { factor, operand } => match self.read(factor)?.first() {
                Some(factor) => arithmetic.scale(factor, &self.read(operand)?),
                None => Vec::new(),
            },
            Instruction::Matmul { operands: [a, b], batch, sizes, order } => {
                let (a, b) = (self.read(a)?, self.read(b)?);
                in_order(bands::matmul(stop, arithmetic, *batch, *sizes, &a, &b)?, order.as_deref())
            }
            Instruction::Stream { left, product, order } => {
                in_order(stream::matmul(stop, arithmetic, &self.read(left)?, product)?, order.as_deref())
            }
            Instruction::Combine(terms) => self.combine(terms, &self.prepared.coefficients[slot])?,
            Instruction::Concat { operands, points, outer, entries } => {
                let mut read = Vec::with_capacity(operands.len());
                for (operand, _, _) in operands {
                    read.push(self.read(operand)?);
                }
                let mut joined = Vec::with_capacity(*entries);
                for point in 0..*points {
                    for position in 0..*outer {
                        for ((_, run, own), read) in operands.iter().zip(&read) {
                            let start = point * own + position * run;
                            joined.extend_from_slice(&read[start..start + run]);
                        }
                    }
                }
                joined
            }
            Instruction::Fill { operand, count } => {
                let scalars = self.read(operand)?;
                let mut filled = Vec::with_capacity(scalars.len() * count);
                for scalar in scalars.iter() {
                    filled.resize(filled.len() + count, scalar.clone());
                }
                filled
            }
            Instruction::Heads { operands, spec } => {
                let read = self.read_all(operands)?;
                let size = self.prepared.program.steps[slot].entries as usize;
                let blocks = Blocks::new(arithmetic, stop, &read, size);
                // The reason to stop may be gone when it is asked for again.
                if !heads::kernel::run(spec, &blocks) {
                    arithmetic.status()?;
                    return Err(stopped().into());
                }
                blocks.into_result()
            }
        })
    }

    fn read_all(&self, operands: &[Operand<'_>]) -> Result<Vec<Cow<'b, [A::Element]>>, EvaluateError> {
        let mut read = Vec::with_capacity(operands.len());
        for operand in operands {
            read.push(self.read(operand)?);
        }
        Ok(read)
    }

    fn read(&self, operand: &Operand<'_>) -> Result<Cow<'b, [A::Element]>, EvaluateError> {
        let arithmetic = self.prepared.arithmetic;
        let whole = match operand.source {
            Source::Slot(slot) => Cow::Borrowed(self.prepared.read(slot, self.slots, self.inputs)),
            Source::Constant(view) => Cow::Owned(convert(arithmetic, view)?),
        };
        let Some(picked) = &operand.pick else { return Ok(whole) };
        let entries = pick(&whole, picked.offset, &picked.axes);
        Ok(Cow::Owned(match picked.sums {
            Some((sums, terms)) => arithmetic.sum_rows(sums, terms, &entries),
            None => entries,
        }))
    }

    fn combine(
        &self,
        terms: &[(Operand<'_>, usize)],
        coefficients: &[Option<A::Element>],
    ) -> Result<Vec<A::Element>, EvaluateError> {
        let arithmetic = self.prepared.arithmetic;
        let mut total: Option<Vec<A::Element>> = None;
        for ((operand, copies), coefficient) in terms.iter().zip(coefficients) {
            let term = self.read(operand)?;
            let Some(total) = &mut total else {
                let first = match coefficient {
                    Some(coefficient) => arithmetic.scale(coefficient, &term),
                    None => term.into_owned(),
                };
                total = Some(if *copies == 1 { first } else { repeat(&first, *copies) });
                continue;
            };
            for total in total.chunks_mut(term.len().max(1)) {
                match coefficient {
                    Some(coefficient) => arithmetic.add_scaled(total, coefficient, &term),
                    None => arithmetic.add_entrywise(total, &term),
                }
            }
        }
        Ok(total.unwrap_or_default())
    }
}

fn empty_slots<E>(program: &Program) -> Vec<Option<Vec<E>>> {
    let mut slots = Vec::new();
    slots.resize_with(program.steps.len(), || None);
    slots
}

/// All elements of a view.
fn convert<A: Arithmetic>(arithmetic: &A, view: &View) -> Result<Vec<A::Element>, EvaluateError> {
    let mut elements = Vec::with_capacity(view.len());
    stream::for_each_block(view, &mut |block| {
        elements.append(&mut arithmetic.from_data(block)?);
        Ok(())
    })?;
    Ok(elements)
}

fn in_order<E: Clone>(entries: Vec<E>, order: Option<&[(usize, usize)]>) -> Vec<E> {
    match order {
        Some(axes) => pick(&entries, 0, axes),
        None => entries,
    }
}

fn repeat<E: Clone>(entries: &[E], times: usize) -> Vec<E> {
    let mut repeated = Vec::with_capacity(entries.len() * times);
    for _ in 0..times {
        repeated.extend_from_slice(entries);
    }
    repeated
}

fn check_number_of_inputs(expected: usize, given: usize) -> Result<(), EvaluateError> {
    if given == expected {
        return Ok(());
    }
    Err(EvaluateError::Inputs(format!("the network has {expected} inputs but {given} were given")))
}

fn check_input(position: usize, points: usize, shape: &Shape, given: &Shape) -> Result<(), EvaluateError> {
    let axes = given.axes();
    let batched = axes.first() == Some(&points) && axes[1..] == *shape.axes();
    if batched || points == 1 && given == shape {
        return Ok(());
    }
    Err(EvaluateError::Inputs(format!(
        "input {position} has shape {shape}, and a tensor of shape {given} was given for {points} points"
    )))
}

fn output_shape(points: usize, output: &Shape) -> Result<Shape, EvaluateError> {
    let mut axes = output.axes().to_vec();
    if points != 1 {
        axes.insert(0, points);
    }
    Shape::new(axes).ok_or_else(|| too_large(output.size() as f64 * points as f64).into())
}
