//! Relations between networks, reduced to the question whether a difference vanishes.

use num_rational::BigRational;
use num_traits::{One, Signed, Zero};

use super::exact::{Outputs, outputs};
use super::portfolio::{Approach, Decision, Solver};
use super::problem::Problem;
use super::witness::Found;
use super::{
    Domain, Evaluation, InputSet, Method, Proof, Question, QuestionError, Relation, Verdict, Witness, scale,
};
use crate::budget::Budget;
use crate::calibration::{HEIGHT_OPERATION, STREAMED_HEIGHT_OPERATION};
use crate::network::{BuildError, Builder, Constant, Data, Einsum, Label, Network, Shape, cost};
use crate::shortage::{Shortage, Smaller, Undecided, Why};

/// Answers a question.
///
/// # Errors
/// When the question has no meaning: shapes that do not fit, or `up to shift` without two entries to compare.
pub fn decide(question: &Question<'_>, budget: &Budget) -> Result<Verdict, QuestionError> {
    answer(question, &Solver { budget, only: None })
}

/// Answers a question by one method alone, whatever it is expected to take: for comparing methods with each
/// other. Undecided when the method cannot be used.
///
/// # Errors
/// As [`decide`].
pub fn decide_by(
    question: &Question<'_>,
    budget: &Budget,
    approach: Approach,
) -> Result<Verdict, QuestionError> {
    answer(question, &Solver { budget, only: Some(approach) })
}

fn answer(question: &Question<'_>, solver: &Solver<'_>) -> Result<Verdict, QuestionError> {
    let budget = solver.budget;
    let Question { a, b, relation, domain } = *question;
    check(a, b, domain)?;
    if relation != Relation::UpToShift && solver.sees_identity(a, b, domain) {
        let scale = (relation == Relation::UpToScale).then(BigRational::one);
        return Ok(Verdict::Equal(Proof { method: Method::Identical, scale }));
    }
    if let Some(undecided) = obstacle_to_both(a, b, budget) {
        return Ok(Verdict::Undecided(undecided));
    }
    match relation {
        Relation::Equal => {
            let problem = Problem::new(a, b, relation, domain, budget)?;
            Ok(match solver.solve(&problem) {
                Decision::Equal(method) => Verdict::Equal(Proof { method, scale: None }),
                Decision::Undecided(undecided) => Verdict::Undecided(undecided),
                Decision::Differs(mut found) => found
                    .known
                    .take()
                    .or_else(|| outputs(a, b, &found.input, &found.field, budget))
                    .and_then(|outputs| one_evaluation(a, found, &outputs, |i| outputs.differ(i)))
                    .unwrap_or_else(too_long),
            })
        }
        Relation::UpToShift => shift(a, b, domain, solver),
        Relation::UpToScale => scale::decide(a, b, domain, solver),
    }
}

/// What every method needs.
const BOUNDS: &str = "bounds on degree and size of coefficients alone";

/// Why not even the degree and the height of a network can be bounded within the budget, and what would be
/// needed; `None` when they can.
pub fn obstacle(network: &Network, budget: &Budget) -> Option<Undecided> {
    obstacle_to_both(network, network, budget)
}

/// The same for two networks.
pub(crate) fn obstacle_to_both(a: &Network, b: &Network, budget: &Budget) -> Option<Undecided> {
    if let Some(bytes) = too_large(a, b, budget) {
        let why = Why::Memory { what: BOUNDS.into(), bytes };
        return Some(Undecided::because(why, Shortage::bytes(bytes)));
    }
    if budget.expired() {
        return Some(Undecided::stopped("the comparison", budget));
    }
    // Bounds and estimates take a few evaluations each and poll no budget.
    let seconds = bounds_seconds(a) + bounds_seconds(b);
    (seconds > budget.seconds_left()).then(|| {
        let why = Why::Time { what: BOUNDS.to_string(), seconds };
        Undecided::because(why, Shortage::seconds(2.0 * seconds, budget))
    })
}

/// The predicted seconds of evaluating bounds.
fn bounds_seconds(network: &Network) -> f64 {
    let cost = cost(network);
    let all = cost.per_point + cost.once;
    HEIGHT_OPERATION * (all - cost.streamed).max(0.0) + STREAMED_HEIGHT_OPERATION * cost.streamed
}

/// The memory that bounds and single evaluations of two networks take, in bytes, when it is more than
/// allowed.
pub(crate) fn too_large(a: &Network, b: &Network, budget: &Budget) -> Option<f64> {
    // Coordinates and bounds are structures of a few words for every entry.
    const BYTES: f64 = 48.0;
    let live = |network: &Network| {
        let cost = cost(network);
        cost.live_once + cost.live_per_point
    };
    let bytes = (live(a) + live(b) + 2.0 * a.variables() as f64) * BYTES;
    (bytes.is_nan() || bytes > budget.memory as f64).then_some(bytes)
}

/// Whether two networks can be compared on a domain.
pub(crate) fn check(a: &Network, b: &Network, domain: &Domain) -> Result<(), QuestionError> {
    let shapes = |network: &Network| -> Vec<Shape> {
        network.inputs().iter().map(|input| input.shape.clone()).collect()
    };
    let (inputs_a, inputs_b) = (shapes(a), shapes(b));
    if inputs_a.len() != inputs_b.len() {
        return Err(QuestionError::Shapes(format!(
            "one has {} inputs, the other {}",
            inputs_a.len(),
            inputs_b.len()
        )));
    }
    for (position, (a, b)) in inputs_a.iter().zip(&inputs_b).enumerate() {
        if a != b {
            return Err(QuestionError::Shapes(format!(
                "input {position} has shape {a} in one and {b} in the other"
            )));
        }
    }
    if a.output_shape() != b.output_shape() {
        return Err(QuestionError::Shapes(format!(
            "the outputs have shapes {} and {}",
            a.output_shape(),
            b.output_shape()
        )));
    }
    if domain.0.len() != inputs_a.len() {
        return Err(QuestionError::Shapes(format!(
            "the domain is for {} inputs, but there are {}",
            domain.0.len(),
            inputs_a.len()
        )));
    }
    for (position, (shape, set)) in inputs_a.iter().zip(&domain.0).enumerate() {
        match set {
            InputSet::OneHot if shape.rank() == 0 => {
                return Err(QuestionError::Shapes(format!("input {position} is a scalar, not one-hot")));
            }
            InputSet::Points(points) => {
                if let Some(point) = points.iter().find(|point| point.shape() != shape) {
                    return Err(QuestionError::Shapes(format!(
                        "a point of shape {} is given for input {position} of shape {shape}",
                        point.shape()
                    )));
                }
            }
            _ => {}
        }
    }
    Ok(())
}

/// The network with the same inputs and output shape that is zero everywhere.
pub(crate) fn zero_like(network: &Network) -> Result<Network, QuestionError> {
    let mut builder = Builder::new();
    let zero = builder.scalar(BigRational::zero());
    let output = builder.broadcast(zero, network.output_shape().clone()).map_err(shapes)?;
    Ok(builder.network(network.inputs().to_vec(), output))
}

/// A failure to build a network out of networks whose shapes have been checked.
pub(crate) fn shapes(error: BuildError) -> QuestionError {
    QuestionError::Shapes(error.to_string())
}

/// A verdict with one evaluation, at the first output with a property; `None` when no output has it.
pub(crate) fn one_evaluation(
    network: &Network,
    found: Found,
    outputs: &Outputs,
    property: impl Fn(usize) -> bool,
) -> Option<Verdict> {
    let position = (0..network.output_shape().size()).find(|&position| property(position))?;
    let evaluations = vec![evaluation(network, found.input, outputs, position)];
    Some(Verdict::Different(Witness { evaluations }))
}

/// The verdict on networks that differ where no value shows it.
pub(crate) fn too_long() -> Verdict {
    smaller_values("they differ, but where they were found to, the values are too long to show")
}

/// The verdict when values are too long.
pub(crate) fn smaller_values(why: impl Into<Why>) -> Verdict {
    Verdict::Undecided(Undecided::because(why, Shortage::smaller(Smaller::Values)))
}

/// Both networks at one input, read at one output.
pub(crate) fn evaluation(
    network: &Network,
    input: Vec<crate::network::Tensor<BigRational>>,
    outputs: &Outputs,
    position: usize,
) -> Evaluation {
    Evaluation { input, output: network.output_shape().unravel(position), values: outputs.values(position) }
}

/// `f - g` is the same along the last axis exactly if `f` minus its first entry equals `g` minus its first.
fn shift(a: &Network, b: &Network, domain: &Domain, solver: &Solver<'_>) -> Result<Verdict, QuestionError> {
    let shape = a.output_shape();
    let length = match shape.axes().last() {
        Some(&length) if length >= 2 => length,
        _ => return Err(QuestionError::Shift(shape.to_string())),
    };
    let (shifted_a, shifted_b) = (without_first(a)?, without_first(b)?);
    let problem = Problem::new(&shifted_a, &shifted_b, Relation::UpToShift, domain, solver.budget)?;
    Ok(match solver.solve(&problem) {
        Decision::Equal(method) => Verdict::Equal(Proof { method, scale: None }),
        Decision::Undecided(undecided) => Verdict::Undecided(undecided),
        Decision::Differs(found) => {
            let outputs = outputs(a, b, &found.input, &found.field, solver.budget);
            // The first entry along the last axis whose difference is not that of entry 0 of its row.
            let differs = |outputs: Outputs| {
                let other = (0..shape.size()).find(|&i| outputs.differences_differ(i - i % length, i))?;
                let at = |position| evaluation(a, found.input.clone(), &outputs, position);
                let evaluations = vec![at(other - other % length), at(other)];
                Some(Verdict::Different(Witness { evaluations }))
            };
            outputs.and_then(differs).unwrap_or_else(too_long)
        }
    })
}

/// The network of `f[.., 1:] - f[.., :1]`.
fn without_first(network: &Network) -> Result<Network, QuestionError> {
    let mut builder = Builder::new();
    let inputs = builder.inputs(network);
    let shape = network.output_shape().clone();
    let axis = shape.rank().saturating_sub(1);
    let rest = shape.axes().last().map_or(0, |length| length.saturating_sub(1));
    let mut build = || {
        let output = builder.import(network, &inputs)?;
        let first = builder.slice(output, axis, 0, 1)?;
        let others = builder.slice(output, axis, 1, rest)?;
        let ones = Shape::new([rest])
            .and_then(|shape| Constant::new(shape, Data::Integer(vec![1; rest])))
            .ok_or(BuildError::TooLarge)?;
        let ones = builder.constant(std::sync::Arc::new(ones));
        // Repeat the first entry: [.., 1] times [rest], the axis of length 1 summed away.
        let rows: Vec<Label> = (0..axis as Label).collect();
        let mut with_one = rows.clone();
        with_one.push(axis as Label);
        let mut output = rows;
        output.push(axis as Label + 1);
        let spec = Einsum { operands: vec![with_one, vec![axis as Label + 1]], output };
        let repeated = builder.contract(vec![first, ones], spec)?;
        builder.combine(vec![(BigRational::one(), others), (-BigRational::one(), repeated)])
    };
    let output = build().map_err(shapes)?;
    Ok(builder.network(network.inputs().to_vec(), output))
}

/// Whether exact values alone show that `f` is no positive multiple of `g`.
pub(crate) fn refutes_scale(a: &BigRational, b: &BigRational) -> bool {
    a.is_zero() != b.is_zero() || (a * b).is_negative()
}
