//! The shortest ways to ask about two models.

use super::answer::Answer;
use super::{equality, metric};
use crate::budget::Budget;
use crate::domain::{Domain, Metric, Quantity, Relation};
use crate::equality::{Question, QuestionError};
use crate::network::Network;
use crate::similarity::{Failure, Pair, Root, inner_products};

/// Whether two models, or networks, are the same function: the answer to `a == b`, with the default
/// [`Budget`] and, if they differ, an explanation.
///
/// # Errors
/// When their shapes do not fit together.
pub fn equal(a: &impl AsRef<Network>, b: &impl AsRef<Network>) -> Result<Answer, QuestionError> {
    let (a, b) = (a.as_ref(), b.as_ref());
    let everywhere = Domain::everywhere(a.inputs().len());
    let question = Question { a, b, relation: Relation::Equal, domain: &everywhere };
    let mut answer = equality::decide(&question, false, None, &Budget::default())?;
    equality::explain(&question, &mut answer, &Budget::default().for_explaining(0.0));
    Ok(answer)
}

/// The similarity of two models, or networks: the cosine of the two functions for standard normal inputs,
/// exactly.
///
/// # Errors
/// When their shapes do not fit together, when one of them is zero, and when it takes more than the default
/// [`Budget`].
pub fn similarity(a: &impl AsRef<Network>, b: &impl AsRef<Network>) -> Result<Root, Failure> {
    let pair = Pair { a: a.as_ref(), b: b.as_ref(), metric: Metric::Gaussian, domain: None };
    let inner = inner_products(&pair, &Budget::default())?.total();
    metric::number(Quantity::Similarity, &inner).map_err(Failure::Meaningless)
}
