//! Relations between networks, reduced to the question whether a difference vanishes.

use num_rational::BigRational;
use num_traits::One;

use super::fit::{built, check, obstacle_to_both};
use super::methods::Approach;
use super::portfolio::{Decision, Solver};
use super::problem::Problem;
use super::witness::outputs::{Outputs, different, too_long};
use super::{Domain, Method, Proof, Question, QuestionError, Relation, Verdict, scale};
use crate::budget::Budget;
use crate::network::{BuildError, Constant, Data, Einsum, Label, Network, Shape};

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
                    .or_else(|| found.outputs(a, b, budget))
                    .map_or_else(too_long, |outputs| found.shown(a, &outputs, |i| outputs.differ(i))),
            })
        }
        Relation::UpToShift => shift(a, b, domain, solver),
        Relation::UpToScale => scale::decide(question, solver),
    }
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
            // The first entry along the last axis whose difference is not that of entry 0 of its row.
            let differs = |outputs: Outputs| {
                let other = (0..shape.size()).find(|&i| outputs.differences_differ(i - i % length, i))?;
                let at = |position| outputs.evaluation(a, found.input.clone(), position);
                Some(different(vec![at(other - other % length), at(other)]))
            };
            found.outputs(a, b, solver.budget).and_then(differs).unwrap_or_else(too_long)
        }
    })
}

/// The network of `f[.., 1:] - f[.., :1]`.
fn without_first(network: &Network) -> Result<Network, QuestionError> {
    let shape = network.output_shape();
    let axis = shape.rank().saturating_sub(1);
    let rest = shape.axes().last().map_or(0, |length| length.saturating_sub(1));
    built(network, |builder, inputs| {
        let output = builder.import(network, inputs)?;
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
    })
}
