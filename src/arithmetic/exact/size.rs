//! How long the values of a node are expected to be, and what computing them is expected to take.

use crate::arithmetic::scale::Denominator;

/// What is expected of one node.
#[derive(Clone, Copy, Debug)]
pub(super) struct Estimate {
    pub(super) denominator: Denominator,
    /// About the base-2 logarithm of the largest entry; minus infinity when all are zero.
    pub(super) norm: f64,
    /// The length of a numerator of it, or of anything that it is computed from.
    pub(super) bits: f64,
    /// Whether it is an input or a constant, which any stage can have.
    pub(super) free: bool,
    /// The number of entries.
    pub(super) entries: f64,
    /// Seconds modulo one small prime.
    pub(super) small: f64,
    pub(super) large: f64,
    pub(super) bound: f64,
    pub(super) integers: f64,
}

/// How many primes below `2^max` exceed a number of this many bits.
pub(super) fn primes(bits: f64, max: u32) -> f64 {
    ((bits + 2.0) / (f64::from(max) - 0.01)).ceil().max(1.0)
}
