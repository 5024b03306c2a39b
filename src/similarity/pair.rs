//! The question: two networks and an inner product, and whether it has a meaning for them.

use super::{Failure, moments};
use crate::domain::{Domain, Metric};
use crate::network::Network;

/// Two networks and an inner product. The networks have the same input shapes and the same output shape.
#[derive(Clone, Copy, Debug)]
pub struct Pair<'a> {
    /// The first network.
    pub a: &'a Network,
    /// The second.
    pub b: &'a Network,
    /// Which inner product, if there is no domain.
    pub metric: Metric,
    /// A finite domain, on which the inner product is the mean over its points.
    pub domain: Option<&'a Domain>,
}

impl Pair<'_> {
    /// An error when the networks do not take and give the same shapes.
    pub(super) fn check_shapes(&self) -> Result<(), Failure> {
        let (a, b) = (self.a.signature(), self.b.signature());
        let message = match (a.inputs == b.inputs, a.output == b.output) {
            (true, true) => return Ok(()),
            (false, _) => "the networks have different inputs".to_string(),
            (true, false) => format!("the outputs have shapes {} and {}", a.output, b.output),
        };
        Err(Failure::Meaningless(message))
    }

    /// An error when a node of a network that depends on an input is not homogeneous by its structure: the
    /// recursion looks at nodes, not at functions.
    pub(super) fn check_homogeneous(&self) -> Result<(), Failure> {
        for (network, which) in [(self.a, "first"), (self.b, "second")] {
            if !moments::homogeneous(network) {
                return Err(Failure::Meaningless(format!(
                    "`layerwise symmetric` needs homogeneous networks (no biases, no residuals around \
                     products), but the {which} is not"
                )));
            }
        }
        Ok(())
    }
}
