//! See `targets/weights.rs`.
#![no_main]

#[path = "../../common/mod.rs"]
mod common;
#[path = "../targets/mod.rs"]
#[allow(dead_code)]
mod targets;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| targets::weights::index(bytes));
