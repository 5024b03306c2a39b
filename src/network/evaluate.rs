//! The one evaluator, generic over the arithmetic.

use thiserror::Error;

use super::{Network, Tensor};
use crate::arithmetic::{Arithmetic, Halt};

/// Why a network could not be evaluated.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum EvaluateError {
    /// The arithmetic stopped: a constant it cannot represent, or a budget used up.
    #[error(transparent)]
    Halt(#[from] Halt),
    /// The inputs given do not have the network's input shapes.
    #[error("{0}")]
    Inputs(String),
}

/// The network's output at one point. `inputs[i]` has the shape of the network's input `i`.
pub fn evaluate<A: Arithmetic>(
    arithmetic: &A,
    network: &Network,
    inputs: &[Tensor<A::Element>],
) -> Result<Tensor<A::Element>, EvaluateError> {
    evaluate_batch(arithmetic, network, 1, inputs)
}

/// The network's output at `points` points at once. `inputs[i]` holds, point after point, the entries of
/// input `i`: its shape is `[points, ..]`, or the input's own shape when `points` is 1; so is the result's.
pub fn evaluate_batch<A: Arithmetic>(
    _arithmetic: &A,
    _network: &Network,
    _points: usize,
    _inputs: &[Tensor<A::Element>],
) -> Result<Tensor<A::Element>, EvaluateError> {
    Err(EvaluateError::Inputs("not built".to_string()))
}
