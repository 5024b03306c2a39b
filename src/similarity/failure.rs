//! Why there is no number, and what a computation is expected to take of its budget.

use thiserror::Error;

use crate::arithmetic::{BitBudget, Halt};
use crate::budget::Budget;
use crate::calibration::TRUST;
use crate::network::{BuildError, EvaluateError};
use crate::shortage::{Shortage, Undecided, duration, memory_size};

/// More contractions than this are not built,
pub(super) const MOST_TERMS: usize = 200_000;

/// and more points of a domain are not walked through, whatever the budget.
pub(super) const MOST_POINTS: u64 = 1 << 20;

/// No machine has so many bytes or seconds.
const BEYOND: f64 = 1e14;

/// What a computation is expected to take.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Expected {
    pub seconds: f64,
    pub bytes: f64,
}

/// Why there is no number.
#[derive(Clone, Debug, PartialEq, Error)]
pub enum Failure {
    /// The networks do not fit together, or the metric is not meant for them.
    #[error("{0}")]
    Meaningless(String),
    /// It would take too much memory, in bytes.
    #[error("about {} of memory would be needed", memory_size(*.0 as f64))]
    Memory(u64),
    /// It would take too long, in seconds.
    #[error("it would take {}", duration(*.0))]
    Time(f64),
    /// There are too many ways to pair the operands of the products.
    #[error("the products have too many operands: there are more than {MOST_TERMS} ways to pair them")]
    TooManyTerms,
    /// No budget would do.
    #[error("it would take more memory or time than any machine has")]
    TooLarge,
    /// A domain has too many points to visit each.
    #[error("the domain has more than {MOST_POINTS} points, and each would be visited")]
    TooManyPoints,
    /// A norm is zero, or no larger than the rounding errors that there may be.
    #[error(
        "a norm is zero, or no larger than the rounding errors that f64 may make; exact numbers tell which"
    )]
    Underflow,
    /// The time is up.
    #[error("the time is up")]
    Stopped,
    /// A tensor of moments would be too large.
    #[error("the network of moments cannot be built: {0}")]
    Build(#[from] BuildError),
    /// An evaluation stopped.
    #[error(transparent)]
    Evaluate(#[from] EvaluateError),
}

impl Failure {
    /// What the failure says about the budget; `None` when it is the question, or f64, that no budget helps.
    pub fn undecided(&self, budget: &Budget) -> Option<Undecided> {
        let (why, shortage) = match self {
            Failure::Meaningless(_) | Failure::Underflow => return None,
            Failure::Memory(bytes) => (self.to_string(), Shortage::bytes(*bytes as f64)),
            Failure::Time(seconds) => (self.to_string(), Shortage::seconds(*seconds, budget)),
            Failure::Stopped if budget.memory_short() => {
                ("the memory budget is used up".to_string(), Shortage::more(budget))
            }
            Failure::Stopped => {
                (format!("stopped after {:.0} s", budget.seconds_spent()), Shortage::more(budget))
            }
            _ if budget.expired() && !budget.memory_short() => (self.to_string(), Shortage::more(budget)),
            _ => (self.to_string(), Shortage::default()),
        };
        Some(Undecided::because(why, shortage))
    }
}

impl From<Halt> for Failure {
    fn from(halt: Halt) -> Failure {
        Failure::Evaluate(EvaluateError::Halt(halt))
    }
}

/// An error when this many bytes are too many, or it is time to stop.
pub(super) fn check(budget: &Budget, bytes: u64) -> Result<(), Failure> {
    if bytes > budget.memory {
        return Err(Failure::Memory(bytes));
    }
    if budget.expired() { Err(Failure::Stopped) } else { Ok(()) }
}

/// An error when something is expected to take more than there is.
pub(super) fn allow(budget: &Budget, expected: Expected) -> Result<(), Failure> {
    if expected.bytes > BEYOND || expected.seconds > BEYOND {
        return Err(Failure::TooLarge);
    }
    check(budget, expected.bytes as u64)?;
    if expected.seconds > TRUST * budget.seconds_left() {
        return Err(Failure::Time(expected.seconds));
    }
    Ok(())
}

/// The budget of an exact evaluation.
pub(super) fn bits(budget: &Budget) -> BitBudget {
    BitBudget::new(1 << 31, budget.memory.saturating_mul(8)).stopped_by(budget.stop())
}
