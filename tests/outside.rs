//! Tests that need something from outside the project: the oracle's data (`SAMENET_ORACLE` names its folder),
//! and a Python with NumPy (`SAMENET_PYTHON` names it).
//!
//! This program is its own harness (`harness = false`), because the usual one would report a test that was
//! left out as passed.

// Test code throughout: it may stop at the first thing that is wrong.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod common;
mod oracle;
mod replay;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::ExitCode;

/// A test: its name, and what to run, which panics if something is wrong and says how much it did.
type Test = (&'static str, Box<dyn Fn() -> String>);

/// The tests of a subject, or why they cannot be run.
enum Tests {
    Ready(Vec<Test>),
    /// The environment does not say where the outside is: nothing is run, and nothing fails.
    Absent(&'static str),
    /// What the environment names is not what it should be.
    Wrong(String),
}

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if arguments.iter().any(|argument| argument == "--list") {
        return ExitCode::SUCCESS;
    }
    // As with the usual harness: `cargo test NAME` runs what has NAME in its name.
    let filters: Vec<&String> = arguments.iter().filter(|argument| !argument.starts_with('-')).collect();
    let mut failed = false;
    for (subject, tests) in [("oracle", oracle::tests()), ("replay", replay::tests())] {
        match tests {
            Tests::Ready(tests) => {
                for (name, test) in tests {
                    let name = format!("{subject}::{name}");
                    if filters.is_empty() || filters.iter().any(|filter| name.contains(filter.as_str())) {
                        failed |= !run(&name, &test);
                    }
                }
            }
            Tests::Absent(reason) => println!("{subject}: not run ({reason})"),
            Tests::Wrong(reason) => {
                println!("{subject}: FAILED: {reason}");
                failed = true;
            }
        }
    }
    if failed { ExitCode::FAILURE } else { ExitCode::SUCCESS }
}

/// Whether a test passes.
fn run(name: &str, test: &dyn Fn() -> String) -> bool {
    let outcome = catch_unwind(AssertUnwindSafe(test));
    match &outcome {
        Ok(done) => println!("test {name} ... ok ({done})"),
        Err(_) => println!("test {name} ... FAILED"),
    }
    outcome.is_ok()
}
