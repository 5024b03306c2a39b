//! Contractions lowered to pairwise steps, and what they cost.

use super::Network;

/// What one evaluation of a network takes, in scalar operations and stored elements.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Cost {
    /// Multiplications (each with at most one addition) of parts that depend on an input, for one point.
    pub per_point: f64,
    /// Multiplications of parts that do not depend on an input: done once for any number of points.
    pub once: f64,
    /// The largest number of elements alive at once that depend on an input, for one point.
    pub live_per_point: f64,
    /// The largest number of constant elements alive at once, converted weights included.
    pub live_once: f64,
}

/// The cost of evaluating a network.
pub fn cost(_network: &Network) -> Cost {
    Cost { per_point: 0.0, once: 0.0, live_per_point: 0.0, live_once: 0.0 }
}
