//! Claims `degree(a) OP n`.

use std::cmp::Ordering;

use num_bigint::BigInt;
use num_rational::BigRational;

use super::answer::{Answer, Finding};
use super::judge::{Status, holds};
use crate::budget::Budget;
use crate::domain::Comparison;
use crate::equality::{self, Degree, QuestionError};
use crate::network::Network;

/// Decides how the degree of a network compares with a bound.
pub(super) fn decide(
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
    match throughout(lowest, highest, comparison) {
        None => Status::Undecided,
        Some(holds) => Status::of(holds),
    }
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
