//! Verdicts with the values that show a difference, and what is said when values are too long to show.

use num_rational::BigRational;
use num_traits::{Signed, Zero};

use super::witness::Counterexample;
use super::witness::outputs::Outputs;
use super::{Evaluation, Verdict, Witness};
use crate::network::{Network, Tensor};
use crate::shortage::{Shortage, Smaller, Undecided, Why};

/// A verdict with one evaluation, at the first output with a property; `None` when no output has it.
pub(crate) fn one_evaluation(
    network: &Network,
    found: Counterexample,
    outputs: &Outputs,
    property: impl Fn(usize) -> bool,
) -> Option<Verdict> {
    let position = (0..network.output_shape().size()).find(|&position| property(position))?;
    let evaluations = vec![evaluation(network, found.input, outputs, position)];
    Some(Verdict::Different(Witness { evaluations }))
}

/// Verdict for unequal networks whose values are too long to print.
pub(crate) fn too_long() -> Verdict {
    smaller_values("they differ, but the values that show it are too long to print")
}

/// Verdict when values are too long for the method.
pub(crate) fn smaller_values(why: impl Into<Why>) -> Verdict {
    Verdict::Undecided(Undecided::because(why, Shortage::smaller(Smaller::Values)))
}

/// Both networks at one input, read at one output.
pub(crate) fn evaluation(
    network: &Network,
    input: Vec<Tensor<BigRational>>,
    outputs: &Outputs,
    position: usize,
) -> Evaluation {
    Evaluation { input, output: network.output_shape().unravel(position), values: outputs.values(position) }
}

/// Whether exact values alone show that `f` is no positive multiple of `g`.
pub(crate) fn refutes_scale(a: &BigRational, b: &BigRational) -> bool {
    a.is_zero() != b.is_zero() || (a * b).is_negative()
}
