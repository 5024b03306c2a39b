//! Deciding a claim: which file answers each kind.

use super::answer::Answer;
use super::{degree, equality, metric};
use crate::budget::Budget;
use crate::equality::{Approach, Question, QuestionError};
use crate::model::{Claim, ClaimKind};
use crate::similarity::Pair;

impl Claim {
    /// Decides the claim within a budget.
    ///
    /// # Errors
    /// When the claim has no meaning: shapes that do not fit, or a number that divides by the norm of a
    /// function that is zero.
    pub fn decide(&self, budget: &Budget) -> Result<Answer, QuestionError> {
        self.decide_by(None, budget)
    }

    /// Decides the claim; an equality by one method alone, if one is given, however long that is expected to
    /// take.
    ///
    /// # Errors
    /// As [`Claim::decide`].
    pub fn decide_by(&self, only: Option<Approach>, budget: &Budget) -> Result<Answer, QuestionError> {
        match &self.kind {
            ClaimKind::Equality { a, b, negated, relation, domain } => {
                let question = Question { a, b, relation: *relation, domain };
                equality::decide(&question, *negated, only, budget)
            }
            ClaimKind::Metric { quantity, a, b, comparison, bound, metric, domain } => {
                let pair = Pair { a, b, metric: *metric, domain: domain.as_ref() };
                metric::decide(*quantity, &pair, *comparison, bound, budget)
            }
            ClaimKind::Degree { network, comparison, bound } => {
                degree::decide(network, *comparison, bound, budget)
            }
        }
    }

    /// Adds to the answer how two networks differ that the claim says to be equal, as far as that is found
    /// out within the budget. Other answers stay as they are.
    pub fn explain(&self, answer: &mut Answer, budget: &Budget) {
        if let ClaimKind::Equality { a, b, relation, domain, .. } = &self.kind
            && answer.can_be_explained()
        {
            equality::explain(&Question { a, b, relation: *relation, domain }, answer, budget);
        }
    }
}
