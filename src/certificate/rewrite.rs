//! The evidence that two networks are one up to permuted, rescaled, split, merged and dead units and swapped
//! factors.
//!
//! The proof is a replay that needs no search: both networks are evaluated over *names*. A value (one entry
//! of one node) is a sum of products of named values, with coefficients; the entries of the inputs have names
//! to begin with. A sum that is read by a contraction is divided by a common factor and looked up: if the
//! same sum has been met before, in either network, it is that name times the factor; otherwise it gets a new
//! name. Two networks whose outputs come out the same are the same function. The order of units never enters,
//! factors commute, units that are multiples of each other share a name, and units that nothing reads leave
//! no trace. The map between the units follows; it explains the proof, and is checked like everything else.
//!
//! With `folded`, linear maps give no names: sums are carried on, and only factors of products are named.
//! That finds more (a basis changed between two layers does not matter then) and takes longer.

use serde::{Deserialize, Serialize};

use super::Number;

/// The evidence.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rewrite {
    /// Up to scale, the factor `c`; else `null`.
    pub scale: Option<Number>,
    /// Whether sums are only named where they are factors of products. Only if it is not enough to name more.
    pub folded: bool,
    /// The layers of hidden units of both networks, in order, as far as both have them.
    pub layers: Vec<Layer>,
}

/// A layer of products, entry by entry, in both networks.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Layer {
    /// The node of the first network: its position in the canonical form.
    pub a: usize,
    /// The node of the second network.
    pub b: usize,
    /// What corresponds, in the order of the units of the second network.
    pub units: Vec<Units>,
}

/// All units of a layer that are multiples of each other: one in each network, or several where units are
/// split or merged. Units that are zero or that the other network does not have are in no list.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Units {
    /// Entries of the node of the first network, by their row-major positions, ascending.
    pub a: Vec<usize>,
    /// Entries of the node of the second network.
    pub b: Vec<usize>,
    /// The first of `b` is this factor times the first of `a`.
    pub factor: Number,
}
