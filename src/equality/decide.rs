//! Questions: what has no meaning or is seen at once, and then what the relation makes of it.

use super::fit::{check, obstacle_to_both};
use super::methods::Approach;
use super::portfolio::Solver;
use super::{Method, Proof, Question, QuestionError, Verdict, relation};
use crate::budget::Budget;

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
    let related = relation::of(relation);
    related.check(a.output_shape())?;
    if solver.sees_identity(a, b, domain) {
        let scale = related.scale_of_itself();
        return Ok(Verdict::Equal(Proof { method: Method::Identical, scale }));
    }
    if let Some(undecided) = obstacle_to_both(a, b, budget) {
        return Ok(Verdict::Undecided(undecided));
    }
    related.decide(question, solver)
}
