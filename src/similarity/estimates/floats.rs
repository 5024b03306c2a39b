//! Sums and cosines in f64, and how estimates fail.

use crate::arithmetic::Halt;
use crate::budget::Budget;
use crate::network::EvaluateError;
use crate::similarity::Failure;

/// Squared norms in f64 below this may have lost digits, or all: products of numbers below `2^-1022` are
/// rounded to fewer bits.
pub(super) const LEAST_NORM: f64 = 1e-250;

/// Numbers that are summed one after the other; such sums are then summed.
const RUN: usize = 256;

/// The sum, in runs: its error grows with the number of runs, not of numbers.
pub(super) fn sum(numbers: impl IntoIterator<Item = f64>) -> f64 {
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
pub(super) fn cosine(aa: f64, ab: f64, bb: f64) -> f64 {
    // The root of a square is exact, so what equals itself has cosine 1.
    let squared = aa * bb;
    let norms = if squared.is_normal() { squared.sqrt() } else { aa.sqrt() * bb.sqrt() };
    (ab / norms).clamp(-1.0, 1.0)
}

/// The failure of numbers that are too large.
pub(super) fn overflow(what: &str) -> Failure {
    Failure::Evaluate(EvaluateError::Halt(Halt::Range(format!(
        "{what} is too large for a double-precision number"
    ))))
}

/// Why an evaluation failed: if it is time to stop, because of that.
pub(super) fn evaluation(error: EvaluateError, budget: &Budget) -> Failure {
    if budget.expired() { Failure::Stopped } else { Failure::Evaluate(error) }
}
