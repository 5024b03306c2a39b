//! Estimates of how similar two networks are, as others compute them: to compare with, not to prove anything by.
//!
//! They are computed in f64, some of them from samples, and none is a [`Metric`](crate::domain::Metric): claims and
//! certificates cannot name them.
//!
//! * [`parameters`]: the cosine of the weights of networks of one architecture. It is no property of the functions.
//! * [`sampled`]: the cosine of the functions as a mean over samples of the inputs, with its standard error.
//! * [`alignment`]: linear centred kernel alignment (CKA) of the outputs on samples of the inputs.
//!
//! [`Samples`] says what the samples are: drawn by a generator that gives the same numbers everywhere, or rows of data.

mod alignment;
mod architecture;
mod generator;
mod parameters;
mod sampled;
mod samples;

pub use alignment::{Alignment, alignment};
pub use parameters::{Parameters, parameters};
pub use sampled::{Estimated, Sampled, sampled};
pub use samples::{MOST_SAMPLES, Samples};

use super::Failure;
use crate::arithmetic::Halt;
use crate::budget::Budget;
use crate::network::EvaluateError;

/// Numbers that are summed one after the other; such sums are then summed.
const RUN: usize = 256;

/// The sum, in runs: its error grows with the number of runs, not of numbers.
fn sum(numbers: impl IntoIterator<Item = f64>) -> f64 {
    let (mut total, mut run, mut length) = (0.0, 0.0, 0);
    for number in numbers {
        run += number;
        length += 1;
        if length == RUN {
            total += run;
            (run, length) = (0.0, 0);
        }
    }
    total + run
}

/// The cosine from squared norms that are positive.
fn cosine(aa: f64, ab: f64, bb: f64) -> f64 {
    // The root of a square is exact, so what equals itself has cosine 1.
    let squared = aa * bb;
    let norms = if squared.is_normal() { squared.sqrt() } else { aa.sqrt() * bb.sqrt() };
    (ab / norms).clamp(-1.0, 1.0)
}

/// The failure of numbers that are too large.
fn overflow(what: &str) -> Failure {
    Failure::Evaluate(EvaluateError::Halt(Halt::Range(format!(
        "{what} is too large for a double-precision number"
    ))))
}

/// What an evaluation failed of: when it is time to stop, that is why.
fn evaluation(error: EvaluateError, budget: &Budget) -> Failure {
    if budget.expired() { Failure::Stopped } else { Failure::Evaluate(error) }
}
