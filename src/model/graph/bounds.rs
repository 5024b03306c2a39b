//! How much a file may ask for. A few characters can describe more work than any machine can do; these bounds of the
//! language turn that into an error.

use crate::network::Shape;

/// Expressions evaluated, with loops unrolled and functions inlined.
pub(super) const STEPS: u64 = 2_000_000;
/// Nodes of the graph.
pub(super) const NODES: usize = 500_000;
/// Words of 64 bits in constants that are made by the language, all together (128 MB).
pub(super) const WORDS: u64 = 1 << 24;
/// Words that one rational takes beyond its digits.
pub(super) const RATIONAL_WORDS: u64 = 8;
/// Operations of one computation of constants.
pub(super) const COMPUTATION: f64 = 1e7;
/// Bits of the numerator and of the denominator of one number.
pub(super) const NUMBER_BITS: u64 = 1 << 16;
/// Expressions within expressions and calls within calls.
pub(super) const DEPTH: usize = 4_000;
/// Axes of one tensor.
pub(super) const RANK: usize = Shape::MAX_RANK;

/// What has been used of each.
pub(super) struct Bounds {
    pub steps_left: u64,
    pub words_left: u64,
    /// How many nodes of the graph have been looked at for constants.
    pub accounted: usize,
    pub depth: usize,
    /// A limit was passed that ends everything; nothing more is computed or reported.
    pub exhausted: bool,
}

impl Default for Bounds {
    fn default() -> Bounds {
        Bounds { steps_left: STEPS, words_left: WORDS, accounted: 0, depth: 0, exhausted: false }
    }
}
