//! Why a network cannot be evaluated.

use thiserror::Error;

use super::ReadError;
use crate::arithmetic::Halt;

/// Why a network could not be evaluated.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum EvaluateError {
    /// The arithmetic stopped: a constant it cannot represent, or a budget used up.
    #[error(transparent)]
    Halt(#[from] Halt),
    /// The weights cannot be read any more.
    #[error(transparent)]
    Unreadable(#[from] ReadError),
    /// The inputs given do not have the network's input shapes.
    #[error("{0}")]
    Inputs(String),
}
