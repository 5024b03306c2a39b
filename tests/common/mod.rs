//! What tests and benchmarks share. Every program uses a part of it.
#![allow(dead_code, clippy::unwrap_used)]

pub mod layers;
pub mod networks;
pub mod random;
pub mod size;
pub mod trees;
