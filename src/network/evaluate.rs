//! The one evaluator, generic over the arithmetic.
//!
//! The network is lowered once to steps ([`lowering`](super::lowering)). Those that do not depend on an input
//! run when the evaluation is prepared, the others for every batch of points; a tensor is freed after its last
//! use.

use std::borrow::Cow;

use thiserror::Error;

use super::gather::Length;
use super::lowering::{Action, Matmul, Phase, Program, Slot};
use super::stream::{self, Sizes, convert};
use super::strided::{entries, pick};
use super::view::View;
use super::{Network, ReadError, Shape, Tensor};
use crate::arithmetic::{Arithmetic, Halt};

/// Why a network could not be evaluated.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum EvaluateError {
    /// The arithmetic stopped: a constant it cannot represent, or a budget used up.
    #[error(transparent)]
    Halt(#[from] Halt),
    /// The weights cannot be read any more.
    #[error(transparent)]
    Unreadable(#[from] ReadError),
    /// The inputs given do not have the network's input shapes.
    #[error("{0}")]
    Inputs(String),
}

/// The network's output at one point. `inputs[i]` has the shape of the network's input `i`.
pub fn evaluate<A: Arithmetic>(
    arithmetic: &A,
    network: &Network,
    inputs: &[Tensor<A::Element>],
) -> Result<Tensor<A::Element>, EvaluateError> {
    evaluate_batch(arithmetic, network, 1, inputs)
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
    let program = Program::new(network);
    let steps = program.single_phase();
    Prepared::lowered(arithmetic, network, program, steps)?.evaluate_batch(points, inputs)
}

/// A network made ready to be evaluated many times over one arithmetic: lowered, its constants converted and
/// everything that depends on no input computed. It can be shared between threads.
pub struct Prepared<'a, A: Arithmetic> {
    arithmetic: &'a A,
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
        let program = Program::new(network);
        let (constant, batched) = program.phases();
        let mut prepared = Prepared::lowered(arithmetic, network, program, batched)?;
        for (slot, freed) in &constant {
            let made = {
                let constants = &prepared.constants;
                let read = |slot: Slot| constants[slot].as_deref().unwrap_or(&[]);
                prepared.run(*slot, 1, &read)?
            };
            prepared.constants[*slot] = Some(made);
            for &slot in freed {
                prepared.constants[slot] = None;
            }
        }
        Ok(prepared)
    }

    /// A program whose coefficients are converted, and nothing computed.
    fn lowered(
        arithmetic: &'a A,
        network: &Network,
        program: Program,
        batched: Phase,
    ) -> Result<Prepared<'a, A>, EvaluateError> {
        let mut coefficients = Vec::with_capacity(program.steps.len());
        for step in &program.steps {
            let mut converted = Vec::new();
            if let Action::Combine { terms } = &step.action {
                for (coefficient, _) in terms {
                    let is_one = num_traits::One::is_one(coefficient);
                    converted.push(if is_one { None } else { Some(arithmetic.from_rational(coefficient)?) });
                }
            }
            coefficients.push(converted);
        }
        arithmetic.status()?;
        Ok(Prepared {
            arithmetic,
            batched,
            constants: vec![None; program.steps.len()],
            program,
            coefficients,
            inputs: network.inputs().iter().map(|input| input.shape.clone()).collect(),
            output: network.output_shape().clone(),
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
        self.check_inputs(points, inputs)?;
        let mut axes = self.output.axes().to_vec();
        if points != 1 {
            axes.insert(0, points);
        }
        let shape = Shape::new(axes).ok_or_else(|| too_large(self.output.size() as f64 * points as f64))?;
        let mut slots: Vec<Option<Vec<A::Element>>> = vec![None; self.program.steps.len()];
        for (slot, freed) in &self.batched {
            if matches!(self.program.steps[*slot].action, Action::Input(_)) {
                // Inputs are read where they are.
                continue;
            }
            let made = {
                let read = |slot: Slot| match (&slots[slot], &self.constants[slot]) {
                    (Some(entries), _) | (None, Some(entries)) => entries.as_slice(),
                    (None, None) => match self.program.steps[slot].action {
                        Action::Input(position) => inputs[position].data(),
                        _ => &[],
                    },
                };
                self.run(*slot, points, &read)?
            };
            slots[*slot] = Some(made);
            for &slot in freed {
                slots[slot] = None;
            }
        }
        let output = self.program.output;
        let data = match (slots[output].take(), &self.constants[output]) {
            (Some(entries), _) if self.program.steps[output].batched => entries,
            (Some(entries), _) => repeat(&entries, points),
            (None, Some(entries)) => repeat(entries, points),
            (None, None) => match self.program.steps[output].action {
                Action::Input(position) => inputs[position].data().to_vec(),
                _ => Vec::new(),
            },
        };
        Tensor::new(shape, data).ok_or_else(|| {
            EvaluateError::Inputs("the output has an unexpected number of entries".to_string())
        })
    }

    fn check_inputs(&self, points: usize, inputs: &[Tensor<A::Element>]) -> Result<(), EvaluateError> {
        if inputs.len() != self.inputs.len() {
            return Err(EvaluateError::Inputs(format!(
                "the network has {} inputs but {} were given",
                self.inputs.len(),
                inputs.len()
            )));
        }
        for (position, (shape, input)) in self.inputs.iter().zip(inputs).enumerate() {
            let given = input.shape().axes();
            let batched = given.first() == Some(&points) && given[1..] == *shape.axes();
            if !(batched || points == 1 && given == shape.axes()) {
                return Err(EvaluateError::Inputs(format!(
                    "input {position} has shape {shape}, and a tensor of shape {} was given for {points} points",
                    input.shape()
                )));
            }
        }
        Ok(())
    }

    /// The tensor that a step makes.
    fn run<'b>(
        &self,
        slot: Slot,
        points: usize,
        read: &dyn Fn(Slot) -> &'b [A::Element],
    ) -> Result<Vec<A::Element>, EvaluateError>
    where
        A::Element: 'b,
    {
        let arithmetic = self.arithmetic;
        let step = &self.program.steps[slot];
        let entries = step.entries * if step.batched { points as f64 } else { 1.0 };
        let fits = entries <= Shape::MAX_ENTRIES as f64;
        if !fits {
            return Err(too_large(entries).into());
        }
        if step.view.is_some() {
            return Ok(Vec::new());
        }
        let run_points = |slot: Slot| if self.program.steps[slot].batched { points } else { 1 };
        let whole = |slot: Slot| -> Result<Cow<'b, [A::Element]>, EvaluateError> {
            Ok(match &self.program.steps[slot].view {
                Some(view) => Cow::Owned(convert(arithmetic, view)?),
                None => Cow::Borrowed(read(slot)),
            })
        };
        let made = match &step.action {
            Action::Input(_) => Vec::new(),
            Action::Constant(constant) => convert(arithmetic, &View::whole(constant))?,
            Action::Gather { operand, gather } => {
                let part = self.program.steps[*operand].view.as_ref().and_then(|view| gather.of_view(view));
                match (part, gather.sums()) {
                    (Some(part), None) => convert(arithmetic, &part)?,
                    (Some(part), Some(terms)) => stream::sums(arithmetic, &part, terms)?,
                    (None, _) => gather.apply(arithmetic, points, &whole(*operand)?).into_owned(),
                }
            }
            Action::Multiply { operands: [a, b], gathers: [left, right] } => {
                let (a, b) = (whole(*a)?, whole(*b)?);
                let a = left.apply(arithmetic, points, &a);
                let b = right.apply(arithmetic, points, &b);
                arithmetic.multiply_entrywise(&a, &b)
            }
            Action::Scale { factor, operand } => match whole(*factor)?.first() {
                Some(factor) => arithmetic.scale(factor, &whole(*operand)?),
                None => Vec::new(),
            },
            Action::Matmul(matmul) => self.matmul(matmul, points, &whole)?,
            Action::Combine { terms } => {
                let mut total: Option<Vec<A::Element>> = None;
                for ((_, operand), coefficient) in terms.iter().zip(&self.coefficients[slot]) {
                    let copies =
                        if step.batched && !self.program.steps[*operand].batched { points } else { 1 };
                    let term = whole(*operand)?;
                    let term: &[A::Element] = &term;
                    match &mut total {
                        None => {
                            let first = match coefficient {
                                Some(coefficient) => arithmetic.scale(coefficient, term),
                                None => term.to_vec(),
                            };
                            total = Some(if copies == 1 { first } else { repeat(&first, copies) });
                        }
                        Some(total) if !term.is_empty() => {
                            for total in total.chunks_mut(term.len()) {
                                match coefficient {
                                    Some(coefficient) => arithmetic.add_scaled(total, coefficient, term),
                                    None => arithmetic.add_entrywise(total, term),
                                }
                            }
                        }
                        Some(_) => {}
                    }
                }
                total.unwrap_or_default()
            }
            Action::Concat { operands, outer } => {
                let mut joined = Vec::with_capacity(entries as usize);
                let read: Vec<Cow<'b, [A::Element]>> =
                    operands.iter().map(|&(operand, _)| whole(operand)).collect::<Result<_, _>>()?;
                let outer_points = if step.batched { points } else { 1 };
                for point in 0..outer_points {
                    for position in 0..*outer {
                        for (&(operand, run), read) in operands.iter().zip(&read) {
                            let point = if run_points(operand) == 1 { 0 } else { point };
                            let start = (point * outer + position) * run;
                            joined.extend_from_slice(&read[start..start + run]);
                        }
                    }
                }
                joined
            }
            Action::Fill { operand, count } => {
                let scalars = whole(*operand)?;
                scalars.iter().flat_map(|scalar| std::iter::repeat_n(scalar.clone(), *count)).collect()
            }
        };
        arithmetic.status()?;
        Ok(made)
    }

    /// A step of matrix products. A large constant among the factors is read block by block.
    fn matmul<'b>(
        &self,
        matmul: &Matmul,
        points: usize,
        whole: &dyn Fn(Slot) -> Result<Cow<'b, [A::Element]>, EvaluateError>,
    ) -> Result<Vec<A::Element>, EvaluateError>
    where
        A::Element: 'b,
    {
        let arithmetic = self.arithmetic;
        let resolve =
            |lengths: &[Length]| -> Vec<usize> { lengths.iter().map(|length| length.at(points)).collect() };
        let (batch, m, n) = (resolve(&matmul.batch), resolve(&matmul.m), resolve(&matmul.n));
        let gathered = |side: usize| -> Result<Cow<'b, [A::Element]>, EvaluateError> {
            Ok(match whole(matmul.operands[side])? {
                Cow::Borrowed(operand) => matmul.gathers[side].apply(arithmetic, points, operand),
                Cow::Owned(operand) if matmul.gathers[side].is_identity() => Cow::Owned(operand),
                Cow::Owned(operand) => {
                    Cow::Owned(matmul.gathers[side].apply(arithmetic, points, &operand).into_owned())
                }
            })
        };
        let count = |lengths: &[usize]| entries(lengths.iter().copied());
        let views = [0, 1].map(|side| {
            let view = self.program.steps[matmul.operands[side]].view.as_ref()?;
            matmul.gathers[side].of_view(view)
        });
        let streamed = matmul.streamed(&[views[0].is_some(), views[1].is_some()]);
        let product = match (streamed, &views) {
            (Some(0), [Some(view), _]) => {
                let sizes = Sizes { batch: count(&batch), m: count(&n), n: count(&m) };
                stream::matmul(arithmetic, sizes, &gathered(1)?, view, true)?
            }
            (Some(1), [_, Some(view)]) => {
                let sizes = Sizes { batch: count(&batch), m: count(&m), n: count(&n) };
                stream::matmul(arithmetic, sizes, &gathered(0)?, view, false)?
            }
            _ => {
                let (a, b) = (gathered(0)?, gathered(1)?);
                arithmetic.matmul_batched(count(&batch), (count(&m), matmul.k, count(&n)), &a, &b)
            }
        };
        if product.is_empty() || matmul.order.iter().enumerate().all(|(i, &axis)| i == axis) {
            return Ok(product);
        }
        let lengths: Vec<usize> = [batch, m, n].concat();
        let mut strides = vec![1usize; lengths.len()];
        for axis in (1..lengths.len()).rev() {
            strides[axis - 1] = strides[axis] * lengths[axis];
        }
        let axes: Vec<(usize, usize)> =
            matmul.order.iter().map(|&axis| (lengths[axis], strides[axis])).collect();
        Ok(pick(&product, 0, &axes))
    }
}

fn too_large(entries: f64) -> Halt {
    Halt::Budget(format!(
        "a tensor of {entries:.3e} entries would be needed, and at most {} are possible",
        Shape::MAX_ENTRIES
    ))
}

fn repeat<E: Clone>(entries: &[E], times: usize) -> Vec<E> {
    let mut repeated = Vec::with_capacity(entries.len() * times);
    for _ in 0..times {
        repeated.extend_from_slice(entries);
    }
    repeated
}
