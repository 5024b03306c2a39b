//! The `samenet` command. The library does the work; this program reads arguments and prints answers.

use std::process::ExitCode;

mod cli;

#[global_allocator]
static ALLOCATOR: cli::Counted = cli::Counted;

fn main() -> ExitCode {
    cli::run()
}
