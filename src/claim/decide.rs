//! Deciding claims: equality, similarity and distance, and degree.

use std::cmp::Ordering;

use num_bigint::BigInt;
use num_rational::BigRational;
use num_traits::Zero;

use super::answer::{Answer, Asked, Finding, Measured, Status};
use crate::budget::Budget;
use crate::domain::{Comparison, Domain, Metric, Quantity, Relation};
use crate::equality::{self, Approach, Degree, Question, QuestionError, Verdict};
use crate::model::{Claim, ClaimKind};
use crate::network::Network;
use crate::similarity::{Failure, Inner, Pair, Root, inner_products};

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
                decide_equality(&question, *negated, only, budget)
            }
            ClaimKind::Metric { quantity, a, b, comparison, bound, metric, domain } => {
                let pair = Pair { a, b, metric: *metric, domain: domain.as_ref() };
                decide_number(*quantity, &pair, *comparison, bound, budget)
            }
            ClaimKind::Degree { network, comparison, bound } => {
                decide_degree(network, *comparison, bound, budget)
            }
        }
    }

    /// Adds to the answer how two networks differ that the claim says to be equal, as far as that is found
    /// out within the budget. Other answers stay as they are.
    pub fn explain(&self, answer: &mut Answer, budget: &Budget) {
        if let ClaimKind::Equality { a, b, relation, domain, .. } = &self.kind
            && answer.can_be_explained()
        {
            explain(&Question { a, b, relation: *relation, domain }, answer, budget);
        }
    }
}

/// Whether two models, or networks, are the same function: the answer to `a == b`, with the default
/// [`Budget`] and, if they differ, an explanation.
///
/// # Errors
/// When their shapes do not fit together.
pub fn equal(a: &impl AsRef<Network>, b: &impl AsRef<Network>) -> Result<Answer, QuestionError> {
    let (a, b) = (a.as_ref(), b.as_ref());
    let everywhere = Domain::everywhere(a.inputs().len());
    let question = Question { a, b, relation: Relation::Equal, domain: &everywhere };
    let mut answer = decide_equality(&question, false, None, &Budget::default())?;
    explain(&question, &mut answer, &Budget::default().for_explaining(0.0));
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
    number(Quantity::Similarity, &inner).map_err(Failure::Meaningless)
}

/// Decides whether the networks of a question are related, or that they are not when that is `negated`; by
/// one method only, if one is given.
fn decide_equality(
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
        Verdict::Different(witness) => {
            let asked = asked.with_rows(&witness, question.domain);
            Answer::different(witness, asked)
        }
        Verdict::Undecided(why) => Answer::undecided(why),
    };
    if negated {
        answer.status = answer.status.negated();
    }
    Ok(answer)
}

/// Adds how the networks differ to the answer that they do.
fn explain(question: &Question<'_>, answer: &mut Answer, budget: &Budget) {
    if let Finding::Different { explanation, .. } = &mut answer.finding {
        *explanation = Some(Box::new(equality::explain(question, budget)));
    }
}

/// Decides how a number of two networks compares with a bound, by exact inner products.
fn decide_number(
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
    let measured = Measured { quantity, metric, inner, value, bound: bound.clone() };
    Ok(Answer { status, certain: true, finding: Finding::Number(Box::new(measured)) })
}

/// The number that inner products give; an error says whose norm divides and is zero.
fn number(quantity: Quantity, inner: &Inner) -> Result<Root, String> {
    let number = match quantity {
        Quantity::Similarity => inner.similarity(),
        Quantity::Distance => inner.distance(),
    };
    let side = if inner.aa.is_zero() { "left" } else { "right" };
    number.ok_or_else(|| format!("the {side} side is zero, and the {quantity} divides by its norm"))
}

/// Decides how the degree of a network compares with a bound.
fn decide_degree(
    network: &Network,
    comparison: Comparison,
    bound: &BigRational,
    budget: &Budget,
) -> Result<Answer, QuestionError> {
    let degree = equality::degree(network, budget)?;
    let status = judge(&degree, comparison, bound);
    let certain = match &degree {
        Degree::Exactly { error_log2, .. } => error_log2.is_none(),
        Degree::Between { .. } => status != Status::Undecided,
    };
    Ok(Answer { status, certain, finding: Finding::Degree(degree) })
}

/// What a degree says about `degree OP bound`.
fn judge(degree: &Degree, comparison: Comparison, bound: &BigRational) -> Status {
    let (lowest, highest) = match degree {
        Degree::Exactly { degree, .. } => (compare(*degree, bound), compare(*degree, bound)),
        Degree::Between { lowest, highest, .. } => (
            compare(*lowest, bound),
            // Without an upper bound the degree may exceed every number.
            highest.map_or(Ordering::Greater, |highest| compare(Some(highest), bound)),
        ),
    };
    throughout(lowest, highest, comparison).map_or(Status::Undecided, Status::of)
}

/// A degree against a number. The zero polynomial has no degree: it compares below every number.
fn compare(degree: Option<u64>, bound: &BigRational) -> Ordering {
    match degree {
        None => Ordering::Less,
        Some(degree) => BigRational::from_integer(BigInt::from(degree)).cmp(bound),
    }
}

/// Whether a comparison holds for a degree of which the ends of a range are compared with the bound; `None`
/// when that depends on where in the range it is.
fn throughout(lowest: Ordering, highest: Ordering, comparison: Comparison) -> Option<bool> {
    let at = |ordering: Ordering| holds(comparison, ordering);
    // Orderings in between occur only where the ends differ, and if they differ by Less and Greater then any
    // does. An inequality is monotone, so that equal truth at the ends is truth in between.
    match comparison {
        Comparison::Equal if lowest != highest && !(lowest.is_gt() || highest.is_lt()) => None,
        _ => (at(lowest) == at(highest)).then(|| at(lowest)),
    }
}

/// Whether a comparison holds when the left side compares like this with the right side.
fn holds(comparison: Comparison, ordering: Ordering) -> bool {
    match comparison {
        Comparison::Less => ordering.is_lt(),
        Comparison::AtMost => ordering.is_le(),
        Comparison::Greater => ordering.is_gt(),
        Comparison::AtLeast => ordering.is_ge(),
        Comparison::Equal => ordering.is_eq(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::shortage::Undecided;

    fn status(
        lowest: Option<u64>,
        highest: Option<u64>,
        comparison: Comparison,
        bound: (i64, i64),
    ) -> Status {
        let degree = if lowest == highest {
            Degree::Exactly { degree: lowest, error_log2: None }
        } else {
            Degree::Between { lowest, highest, undecided: Undecided::default() }
        };
        judge(&degree, comparison, &BigRational::new(bound.0.into(), bound.1.into()))
    }

    /// Against the definition: a claim holds (fails) if it does for every degree of the range.
    #[test]
    fn ranges_decide_what_they_can() {
        for comparison in Comparison::ALL {
            for lowest in 0..6u64 {
                for highest in lowest..6 {
                    for twice in -1..12i64 {
                        let truth: Vec<bool> = (lowest..=highest)
                            .map(|d| match comparison {
                                Comparison::Less => 2 * (d as i64) < twice,
                                Comparison::AtMost => 2 * (d as i64) <= twice,
                                Comparison::Greater => 2 * (d as i64) > twice,
                                Comparison::AtLeast => 2 * (d as i64) >= twice,
                                Comparison::Equal => 2 * (d as i64) == twice,
                            })
                            .collect();
                        let found = status(Some(lowest), Some(highest), comparison, (twice, 2));
                        match found {
                            Status::Holds => assert!(truth.iter().all(|&t| t)),
                            Status::Fails => assert!(truth.iter().all(|&t| !t)),
                            // A half between two degrees of the range is equal to neither, but that is not
                            // used.
                            Status::Undecided => {
                                assert!(truth.contains(&true) != truth.iter().all(|&t| t) || twice % 2 != 0);
                            }
                        }
                    }
                }
            }
        }
    }

    #[test]
    fn the_zero_polynomial_is_below_every_number() {
        assert_eq!(status(None, None, Comparison::Less, (-1000, 1)), Status::Holds);
        assert_eq!(status(None, None, Comparison::Equal, (0, 1)), Status::Fails);
        assert_eq!(status(None, Some(3), Comparison::AtMost, (3, 1)), Status::Holds);
        assert_eq!(status(None, Some(3), Comparison::AtLeast, (0, 1)), Status::Undecided);
    }
}
