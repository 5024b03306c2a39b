//! Whether a claim holds, and what holds when a number compares with a bound.

use std::cmp::Ordering;

use crate::domain::Comparison;

/// Whether a claim holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// It does.
    Holds,
    /// It does not.
    Fails,
    /// Not decided within the budget.
    Undecided,
}

impl Status {
    /// Of a claim that is decided.
    pub(super) fn of(holds: bool) -> Status {
        if holds { Status::Holds } else { Status::Fails }
    }

    /// Of the opposite claim.
    pub(super) fn negated(self) -> Status {
        match self {
            Status::Holds => Status::Fails,
            Status::Fails => Status::Holds,
            Status::Undecided => Status::Undecided,
        }
    }

    /// Its word.
    pub fn name(self) -> &'static str {
        match self {
            Status::Holds => "holds",
            Status::Fails => "fails",
            Status::Undecided => "undecided",
        }
    }
}

/// Whether a comparison holds when the left side compares like this with the right side.
pub(super) fn holds(comparison: Comparison, ordering: Ordering) -> bool {
    match comparison {
        Comparison::Less => ordering.is_lt(),
        Comparison::AtMost => ordering.is_le(),
        Comparison::Greater => ordering.is_gt(),
        Comparison::AtLeast => ordering.is_ge(),
        Comparison::Equal => ordering.is_eq(),
    }
}
