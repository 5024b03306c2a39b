//! Deciding a claim: which part of the library answers each kind.

use super::answer::Answer;
use super::{degree, equality, metric};
use crate::budget::Budget;
use crate::equality::{Approach, Question, QuestionError};
use crate::model::{Claim, ClaimKind};
use crate::similarity::Pair;

impl Claim {
    /// Decides the claim within a budget.
    ///
    /// # Errors When the claim has no meaning: shapes that do not fit, or a number that divides by the norm
    /// of a function that is zero.
    pub fn decide(&self, budget: &Budget) -> Result<Answer, QuestionError> {
        self.kind.decide(budget)
    }

    /// Adds to the answer how two networks differ that the claim says to be equal, as far as that is found
    /// out within the budget. Other answers stay as they are.
    pub fn explain(&self, answer: &mut Answer, budget: &Budget) {
        self.kind.explain(answer, budget);
    }
}

impl ClaimKind {
    /// As [`Claim::decide`].
    ///
    /// # Errors
    /// As there.
    pub fn decide(&self, budget: &Budget) -> Result<Answer, QuestionError> {
        self.decide_by(None, budget)
    }

    /// As [`Claim::decide`], but equality is decided by one method alone, if one is given, whatever that is
    /// expected to take.
    ///
    /// # Errors
    /// As there.
    pub fn decide_by(&self, only: Option<Approach>, budget: &Budget) -> Result<Answer, QuestionError> {
        match self {
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

    /// As [`Claim::explain`].
    pub fn explain(&self, answer: &mut Answer, budget: &Budget) {
        if let (ClaimKind::Equality { a, b, relation, domain, .. }, true) = (self, answer.can_be_explained())
        {
            equality::explain(&Question { a, b, relation: *relation, domain }, answer, budget);
        }
    }
}

impl AsRef<ClaimKind> for Claim {
    fn as_ref(&self) -> &ClaimKind {
        &self.kind
    }
}

impl AsRef<ClaimKind> for ClaimKind {
    fn as_ref(&self) -> &ClaimKind {
        self
    }
}
