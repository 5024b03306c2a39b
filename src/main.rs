//! The `samenet` command. All of it is in the library, so that what both need is compiled once.

use std::process::ExitCode;

use samenet::cli;

#[global_allocator]
static ALLOCATOR: cli::Counted = cli::Counted;

fn main() -> ExitCode {
    cli::run()
}
