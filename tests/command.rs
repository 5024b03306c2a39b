//! Tests of the command `samenet`, run as a process, one folder for each subject.

// Test code throughout: it may stop at the first thing that is wrong.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod budgets;
mod cli;
mod common;
