//! Claims `a == b` and `a != b`, up to a relation, on a domain.

use super::answer::{Answer, Asked, Finding};
use crate::budget::Budget;
use crate::equality::{self, Approach, Question, QuestionError, Verdict};

/// Decides whether the networks of a question are related, or that they are not when that is `negated`; by
/// one method only, if one is given.
pub(super) fn decide(
    question: &Question<'_>,
    negated: bool,
    only: Option<Approach>,
    budget: &Budget,
) -> Result<Answer, QuestionError> {
    let verdict = match only {
        None => equality::decide(question, budget),
        Some(approach) => equality::decide_by(question, budget, approach),
    };
    let asked = Asked::of(question);
    let mut answer = match verdict? {
        Verdict::Equal(proof) => Answer::equal(proof, asked),
        Verdict::Different(witness) => Answer::different(witness, asked),
        Verdict::Undecided(why) => Answer::undecided(why),
    };
    if negated {
        answer.status = answer.status.negated();
    }
    Ok(answer)
}

/// Adds how the networks differ to the answer that they do.
pub(super) fn explain(question: &Question<'_>, answer: &mut Answer, budget: &Budget) {
    if let Finding::Different { explanation, .. } = &mut answer.finding {
        *explanation = Some(Box::new(equality::explain(question, budget)));
    }
}
