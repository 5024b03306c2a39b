//! Bounds of the language. A few characters can describe more work than any machine can do; the bounds turn
//! that into an error.

use crate::network::Shape;

/// The most expressions that are evaluated, with loops unrolled and functions inlined.
pub(super) const STEPS: u64 = 2_000_000;
/// The most nodes of the graph.
pub(super) const NODES: usize = 500_000;
/// The most 64-bit words in all constants that the language makes (128 MB).
pub(super) const WORDS: u64 = 1 << 24;
/// Words that one rational takes beyond its digits.
pub(super) const RATIONAL_WORDS: u64 = 8;
/// The most operations for computing one constant.
pub(super) const COMPUTATION: f64 = 1e7;
/// The most bits of the numerator, and of the denominator, of a number.
pub(super) const NUMBER_BITS: u64 = 1 << 16;
/// The longest string that is put together of others, in bytes.
pub(in crate::model) const TEXT_BYTES: usize = 1 << 16;
/// The most claims of a file, with its loops unrolled.
pub(in crate::model) const CLAIMS: usize = 10_000;
/// The deepest nesting of expressions and calls.
pub(super) const DEPTH: usize = 4_000;
/// The most axes of a tensor.
pub(super) const RANK: usize = Shape::MAX_RANK;

/// How much of each is used.
pub(super) struct Bounds {
    pub steps_left: u64,
    pub words_left: u64,
    /// The number of nodes whose constants have been counted.
    pub accounted: usize,
    pub depth: usize,
    /// Set when a bound is exceeded that ends all work: nothing more is computed or reported.
    pub exhausted: bool,
}

impl Default for Bounds {
    fn default() -> Bounds {
        Bounds { steps_left: STEPS, words_left: WORDS, accounted: 0, depth: 0, exhausted: false }
    }
}
