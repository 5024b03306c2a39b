//! See `targets/program.rs`.
#![no_main]

#[path = "../../common/networks.rs"]
#[allow(dead_code)]
mod networks;
#[path = "../targets/mod.rs"]
#[allow(dead_code)]
mod targets;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| targets::program::run(bytes));
