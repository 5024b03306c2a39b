//! Whether networks can be compared: whether their shapes fit together, and whether the budget suffices to
//! begin.

use num_rational::BigRational;
use num_traits::Zero;

use super::{Domain, InputSet, QuestionError};
use crate::budget::Budget;
use crate::calibration::{HEIGHT_OPERATION, HEIGHT_PRODUCT, STREAMED_HEIGHT_OPERATION};
use crate::network::{BuildError, Builder, Network, NodeId, Shape, Tensor, cost};
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
    HEIGHT_OPERATION * (all - cost.streamed - cost.products).max(0.0)
        + STREAMED_HEIGHT_OPERATION * cost.streamed
        + HEIGHT_PRODUCT * cost.products
}

/// The memory that bounds and single evaluations of two networks take, in bytes, when it is more than
/// allowed.
fn too_large(a: &Network, b: &Network, budget: &Budget) -> Option<f64> {
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
    let (count_a, count_b, count) = (inputs_a.len(), inputs_b.len(), domain.0.len());
    let (output_a, output_b) = (a.output_shape(), b.output_shape());
    let fail = |text| Err(QuestionError::Shapes(text));
    if count_a != count_b {
        return fail(format!("one has {count_a} inputs, the other {count_b}"));
    }
    for (position, (a, b)) in inputs_a.iter().zip(&inputs_b).enumerate() {
        if a != b {
            return fail(format!("input {position} has shape {a} in one and {b} in the other"));
        }
    }
    if output_a != output_b {
        return fail(format!("the outputs have shapes {output_a} and {output_b}"));
    }
    if count != count_a {
        return fail(format!("the domain is for {count} inputs, but there are {count_a}"));
    }
    for (position, (shape, set)) in inputs_a.iter().zip(&domain.0).enumerate() {
        match set {
            InputSet::OneHot if shape.rank() == 0 => {
                return fail(format!("input {position} is a scalar, not one-hot"));
            }
            InputSet::Points(points) => {
                if let Some(other) = points.iter().map(Tensor::shape).find(|other| *other != shape) {
                    return fail(format!(
                        "a point of shape {other} is given for input {position} of shape {shape}"
                    ));
                }
            }
            _ => {}
        }
    }
    Ok(())
}

/// The network with the same inputs and output shape that is zero everywhere.
pub(crate) fn zero_like(network: &Network) -> Result<Network, QuestionError> {
    built(network, |builder, _| {
        let zero = builder.scalar(BigRational::zero());
        builder.broadcast(zero, network.output_shape().clone())
    })
}

/// A network with the inputs of another, built out of networks whose shapes have been checked.
pub(crate) fn built(
    like: &Network,
    build: impl FnOnce(&mut Builder, &[NodeId]) -> Result<NodeId, BuildError>,
) -> Result<Network, QuestionError> {
    let mut builder = Builder::new();
    let inputs = builder.inputs(like);
    let output = build(&mut builder, &inputs).map_err(|error| QuestionError::Shapes(error.to_string()))?;
    Ok(builder.network(like.inputs().to_vec(), output))
}
