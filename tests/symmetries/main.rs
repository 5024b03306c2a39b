//! Hidden symmetries: networks whose hidden units are permuted, rescaled, split, merged, dead, with swapped factors or in
//! another basis are one function. The layerwise distance proves it, at any depth, and no metric tells them apart.

// Test code throughout, which may stop at the first thing that is wrong.
#![allow(clippy::unwrap_used, clippy::panic)]

#[path = "../common/layers.rs"]
#[allow(dead_code, reason = "a benchmark uses more of it")]
mod layers;
mod metrics;
mod proofs;
