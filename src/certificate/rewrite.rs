//! The evidence that two networks are one up to permuted, rescaled, split, merged and dead units and swapped
//! factors.
//!
//! The proof is a replay that needs no search: both networks are evaluated over *names*. A value (one entry of one
//! node) is a number times a product of named values, or a sum of such; the entries of the inputs have names to
//! begin with. Node by node, and in both networks alike, every entry whose value is a sum is divided by its first
//! coefficient and looked up: if the same sum has been met before, in either network, the entry is that name times
//! the coefficient; otherwise the sum gets a new name. Two networks whose outputs come out the same are the same
//! function. The order of units never enters, factors commute, units that are multiples of each other share a
//! name, and units that nothing reads leave no trace; so a map between the units need not be known beforehand. It
//! is part of the certificate because it explains the proof, and it is checked like everything else.
//!
//! With `folded`, linear parts get no names: sums are carried on, and only factors of products are named. That
//! finds more (a basis changed between two layers does not matter then) and takes longer.

use serde::{Deserialize, Serialize};

use super::Number;

/// The evidence.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rewrite {
    /// Up to scale, the factor `c`; else `null`.
    pub scale: Option<Number>,
    /// Whether sums are only named where they are factors of products.
    pub folded: bool,
    /// Units that correspond: what explains the proof. May be empty.
    pub units: Vec<Unit>,
}

/// An entry of a node of the second network that is a multiple of an entry of a node of the first.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Unit {
    /// Node (its position in the canonical form) and flat entry in the first network.
    pub a: (usize, usize),
    /// Node and flat entry in the second network.
    pub b: (usize, usize),
    /// The second is this factor times the first. Not zero.
    pub factor: Number,
}
