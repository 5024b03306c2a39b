//! What the methods of the portfolio have in common: how they end, and what they expect to take.

use super::Method;
use super::witness::Lead;
use crate::budget::Budget;
use crate::shortage::Why;

/// How one method ended.
#[derive(Clone, Debug)]
pub(crate) enum Outcome {
    /// The networks are the same on the domain.
    Equal(Method),
    /// They differ there.
    Differs(Lead),
    /// The method could not tell, and why.
    Undecided(Why),
    /// The budget stopped the method; as far as it had come, it would have taken this many seconds.
    Late(f64),
}

/// A method that works through a known number of points, and the time that it takes for them.
pub(crate) struct Progress {
    all: f64,
    done: f64,
    /// What was left of the time budget in the beginning.
    left: f64,
}

impl Progress {
    /// Begins with so many points to come.
    pub fn new(all: f64, budget: &Budget) -> Progress {
        Progress { all, done: 0.0, left: budget.seconds_left() }
    }

    /// Some points are done.
    pub fn advance(&mut self, points: usize) {
        self.done += points as f64;
    }

    /// The outcome when the budget is used up.
    pub fn late(&self, budget: &Budget) -> Outcome {
        Outcome::Late(self.expected(self.left - budget.seconds_left()))
    }

    /// The seconds that all points take, when so many were spent on those that are done.
    pub fn expected(&self, spent: f64) -> f64 {
        let seconds = spent * self.all / self.done;
        // Without a limit on time, or before the first point, nothing is known.
        if seconds.is_finite() { seconds } else { 0.0 }
    }
}

/// What a method is expected to take. Predictions only choose an order and are never part of a proof.
#[derive(Clone, Debug, PartialEq)]
pub struct Estimate {
    /// The method's name, as in "by random evaluation".
    pub method: &'static str,
    /// What it would do, such as "245157 points modulo 3 primes"; or why it cannot be used.
    pub what: String,
    /// Predicted seconds; `None` when it cannot be used.
    pub seconds: Option<f64>,
    /// Whether its "equal" is a proof.
    pub certain: bool,
}
