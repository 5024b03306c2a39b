//! Whether networks can be compared: whether their shapes fit together, and whether the budget suffices to
//! begin.

use num_rational::BigRational;
use num_traits::Zero;

use super::{Domain, InputSet, QuestionError};
use crate::budget::Budget;
use crate::calibration::{HEIGHT_OPERATION, STREAMED_HEIGHT_OPERATION};
use crate::network::{BuildError, Builder, Network, Shape, cost};
use crate::shortage::{Shortage, Undecided, Why};

/// What every method needs, for messages.
const BOUNDS: &str = "bounds on degree and size of coefficients alone";

/// Why not even the degree and the height of a network can be bounded within the budget, and what would be
/// needed; `None` when they can.
pub fn obstacle(network: &Network, budget: &Budget) -> Option<Undecided> {
    obstacle_to_both(network, network, budget)
}

/// The same for two networks.
pub(crate) fn obstacle_to_both(a: &Network, b: &Network, budget: &Budget) -> Option<Undecided> {
    if let Some(bytes) = too_large(a, b, budget) {
        let why = Why::Memory { what: BOUNDS.into(), bytes };
        return Some(Undecided::because(why, Shortage::bytes(bytes)));
    }
    if budget.expired() {
        return Some(Undecided::stopped("the comparison", budget));
    }
    // Bounds and estimates take a few evaluations each and poll no budget.
    let seconds = bounds_seconds(a) + bounds_seconds(b);
    (seconds > budget.seconds_left()).then(|| {
        let why = Why::Time { what: BOUNDS.to_string(), seconds };
        Undecided::because(why, Shortage::seconds(2.0 * seconds, budget))
    })
}

/// The predicted seconds of evaluating bounds.
fn bounds_seconds(network: &Network) -> f64 {
    let cost = cost(network);
    let all = cost.per_point + cost.once;
    HEIGHT_OPERATION * (all - cost.streamed).max(0.0) + STREAMED_HEIGHT_OPERATION * cost.streamed
}

/// The memory that bounds and single evaluations of two networks take, in bytes, when it is more than
/// allowed.
pub(crate) fn too_large(a: &Network, b: &Network, budget: &Budget) -> Option<f64> {
    // Coordinates and bounds are structures of a few words for every entry.
    const BYTES: f64 = 48.0;
    let live = |network: &Network| {
        let cost = cost(network);
        cost.live_once + cost.live_per_point
    };
    let bytes = (live(a) + live(b) + 2.0 * a.variables() as f64) * BYTES;
    (bytes.is_nan() || bytes > budget.memory as f64).then_some(bytes)
}

/// Whether two networks can be compared on a domain.
pub(crate) fn check(a: &Network, b: &Network, domain: &Domain) -> Result<(), QuestionError> {
    let shapes = |network: &Network| -> Vec<Shape> {
        network.inputs().iter().map(|input| input.shape.clone()).collect()
    };
    let (inputs_a, inputs_b) = (shapes(a), shapes(b));
    if inputs_a.len() != inputs_b.len() {
        return Err(QuestionError::Shapes(format!(
            "one has {} inputs, the other {}",
            inputs_a.len(),
            inputs_b.len()
        )));
    }
    for (position, (a, b)) in inputs_a.iter().zip(&inputs_b).enumerate() {
        if a != b {
            return Err(QuestionError::Shapes(format!(
                "input {position} has shape {a} in one and {b} in the other"
            )));
        }
    }
    if a.output_shape() != b.output_shape() {
        return Err(QuestionError::Shapes(format!(
            "the outputs have shapes {} and {}",
            a.output_shape(),
            b.output_shape()
        )));
    }
    if domain.0.len() != inputs_a.len() {
        return Err(QuestionError::Shapes(format!(
            "the domain is for {} inputs, but there are {}",
            domain.0.len(),
            inputs_a.len()
        )));
    }
    for (position, (shape, set)) in inputs_a.iter().zip(&domain.0).enumerate() {
        match set {
            InputSet::OneHot if shape.rank() == 0 => {
                return Err(QuestionError::Shapes(format!("input {position} is a scalar, not one-hot")));
            }
            InputSet::Points(points) => {
                if let Some(point) = points.iter().find(|point| point.shape() != shape) {
                    return Err(QuestionError::Shapes(format!(
                        "a point of shape {} is given for input {position} of shape {shape}",
                        point.shape()
                    )));
                }
            }
            _ => {}
        }
    }
    Ok(())
}

/// The network with the same inputs and output shape that is zero everywhere.
pub(crate) fn zero_like(network: &Network) -> Result<Network, QuestionError> {
    let mut builder = Builder::new();
    let zero = builder.scalar(BigRational::zero());
    let output = builder.broadcast(zero, network.output_shape().clone()).map_err(shapes)?;
    Ok(builder.network(network.inputs().to_vec(), output))
}

/// A failure to build a network out of networks whose shapes have been checked.
pub(crate) fn shapes(error: BuildError) -> QuestionError {
    QuestionError::Shapes(error.to_string())
}
