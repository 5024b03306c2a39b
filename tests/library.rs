//! Tests of the library, one folder for each subject. They are one program, so that the crate is linked once.

// Test code throughout: it may stop at the first thing that is wrong.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod architecture;
mod certificates;
mod claims;
mod common;
mod corpus;
mod equality;
mod fuzz;
mod generated;
mod grammar;
mod hostile;
mod networks;
mod similarity;
mod symmetries;
mod testing;
