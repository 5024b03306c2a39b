//! The one evaluator, generic over the arithmetic.
//!
//! The network is lowered once to steps ([`lowering`](super::lowering)). Those that do not depend on an input
//! run when the evaluation is prepared, the others for every batch of points; a tensor is freed after its last
//! use.

use thiserror::Error;

use super::gather::{Length, entries, pick};
use super::lowering::{Action, Matmul, Phase, Program, Slot};
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
        let run_points = |slot: Slot| if self.program.steps[slot].batched { points } else { 1 };
        let made = match &step.action {
            Action::Input(_) => Vec::new(),
            Action::Constant(constant) => {
                let data = constant.data()?;
                arithmetic.from_data(&data)?
            }
            Action::Gather { operand, gather } => {
                gather.apply(arithmetic, points, read(*operand)).into_owned()
            }
            Action::Multiply { operands: [a, b], gathers: [left, right] } => {
                let a = left.apply(arithmetic, points, read(*a));
                let b = right.apply(arithmetic, points, read(*b));
                arithmetic.multiply_entrywise(&a, &b)
            }
            Action::Scale { factor, operand } => match read(*factor).first() {
                Some(factor) => arithmetic.scale(factor, read(*operand)),
                None => Vec::new(),
            },
            Action::Matmul(matmul) => {
                let [a, b] = matmul.operands;
                matmul_step(arithmetic, matmul, points, read(a), read(b))
            }
            Action::Combine { terms } => {
                let mut total: Option<Vec<A::Element>> = None;
                for ((_, operand), coefficient) in terms.iter().zip(&self.coefficients[slot]) {
                    let copies =
                        if step.batched && !self.program.steps[*operand].batched { points } else { 1 };
                    let term = read(*operand);
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
                let outer_points = if step.batched { points } else { 1 };
                for point in 0..outer_points {
                    for position in 0..*outer {
                        for &(operand, run) in operands {
                            let point = if run_points(operand) == 1 { 0 } else { point };
                            let start = (point * outer + position) * run;
                            joined.extend_from_slice(&read(operand)[start..start + run]);
                        }
                    }
                }
                joined
            }
            Action::Fill { operand, count } => {
                let scalars = read(*operand);
                scalars.iter().flat_map(|scalar| std::iter::repeat_n(scalar.clone(), *count)).collect()
            }
        };
        arithmetic.status()?;
        Ok(made)
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

fn matmul_step<A: Arithmetic>(
    arithmetic: &A,
    matmul: &Matmul,
    points: usize,
    a: &[A::Element],
    b: &[A::Element],
) -> Vec<A::Element> {
    let size = |lengths: &[Length]| entries(lengths.iter().map(|length| length.at(points)));
    let (batch, m, n) = (size(&matmul.batch), size(&matmul.m), size(&matmul.n));
    let [left, right] = &matmul.gathers;
    let (a, b) = (left.apply(arithmetic, points, a), right.apply(arithmetic, points, b));
    let product = arithmetic.matmul_batched(batch, (m, matmul.k, n), &a, &b);
    if product.is_empty() || matmul.order.iter().enumerate().all(|(i, &axis)| i == axis) {
        return product;
    }
    let lengths: Vec<usize> =
        [&matmul.batch[..], &matmul.m, &matmul.n].concat().iter().map(|length| length.at(points)).collect();
    let mut strides = vec![1usize; lengths.len()];
    for axis in (1..lengths.len()).rev() {
        strides[axis - 1] = strides[axis] * lengths[axis];
    }
    let axes: Vec<(usize, usize)> = matmul.order.iter().map(|&axis| (lengths[axis], strides[axis])).collect();
    pick(&product, 0, &axes)
}
