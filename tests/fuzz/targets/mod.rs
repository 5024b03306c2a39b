//! The targets: functions of bytes that panic when something is wrong. The fuzzer calls them, and so does the
//! test that replays its seeds and findings.

pub mod decide;
pub mod eval;
pub mod files;
pub mod judge;
pub mod networks;
pub mod parse;
pub mod point;
pub mod polynomials;
pub mod program;
pub mod sentences;
pub mod weights;
