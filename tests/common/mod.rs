//! What tests and benchmarks share. Every program uses a part of it.
#![allow(dead_code)]

pub mod layers;
pub mod networks;
