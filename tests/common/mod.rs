//! Shared by the integration tests. Every test binary uses a part of it.
#![allow(dead_code)]

pub mod layers;
pub mod networks;
