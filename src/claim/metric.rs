//! Claims `similarity(a, b) OP c` and `distance(a, b) OP c`, under a metric or on a domain.

use num_rational::BigRational;
use num_traits::Zero;

use super::answer::{Answer, Finding, Measured};
use super::judge::{Status, holds};
use crate::budget::Budget;
use crate::domain::{Comparison, Quantity};
use crate::equality::QuestionError;
use crate::similarity::{Inner, Pair, Root, inner_products};

/// Decides how a number of two networks compares with a bound, by exact inner products.
pub(super) fn decide(
    quantity: Quantity,
    pair: &Pair<'_>,
    comparison: Comparison,
    bound: &BigRational,
    budget: &Budget,
) -> Result<Answer, QuestionError> {
    let inner = match inner_products(pair, budget) {
        Ok(split) => split.total(),
        Err(failure) => {
            return match failure.undecided(budget) {
                Some(why) => Ok(Answer::undecided(why)),
                None => Err(QuestionError::Meaningless(failure.to_string())),
            };
        }
    };
    let value = number(quantity, &inner).map_err(QuestionError::Meaningless)?;
    let status = Status::of(holds(comparison, value.compare(bound)));
    let metric = pair.domain.is_none().then_some(pair.metric);
    let measured = Measured { quantity, metric, inner, value };
    Ok(Answer { status, certain: true, finding: Finding::Number(Box::new(measured)) })
}

/// The number that inner products give; an error says whose norm divides and is zero.
pub(super) fn number(quantity: Quantity, inner: &Inner) -> Result<Root, String> {
    let number = match quantity {
        Quantity::Similarity => inner.similarity(),
        Quantity::Distance => inner.distance(),
    };
    let side = if inner.aa.is_zero() { "left" } else { "right" };
    number.ok_or_else(|| format!("the {side} side is zero, and the {quantity} divides by its norm"))
}
