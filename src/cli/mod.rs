//! The command line: arguments in, text or JSON and an exit code out. One file per subcommand.

mod answer;
mod certificate;
mod check;
mod classes;
mod clock;
mod command;
mod equal;
mod eval;
mod facts;
mod failure;
mod files;
mod interrupt;
mod junit;
mod load;
mod matrix;
mod measure;
mod memory;
mod mistakes;
mod models;
mod natural;
mod options;
mod render;
mod show;
mod similarity;
mod supervisor;
mod verify;

use std::panic;
use std::process::{self, ExitCode};
use std::time::Instant;

use clap::{Parser, Subcommand};

use check::Check;
use classes::Classes;
use command::{Outcome, Output};
use equal::Equal;
use eval::Eval;
use failure::Failure;
use matrix::Matrix;
use show::Show;
use similarity::Similarity;
use verify::Verify;

pub use memory::Counted;
pub use render::diagnostics;

/// Are two polynomial neural networks the same function?
///
/// samenet reads models from `.same` files (their weights may live in .safetensors, .npz or .npy files) and
/// decides exactly, never in floating point, whether two of them give the same output on every input. If they
/// do, it says how it knows; if they do not, it names an input on which they differ.
#[derive(Debug, Parser)]
#[command(
    name = "samenet",
    version,
    max_term_width = 100,
    subcommand_required = true,
    arg_required_else_help = true
)]
#[command(
    after_help = "To begin: `samenet check examples/xor.same`, or `samenet show MODEL`, where MODEL is \
                  file.same or file.same::model. The language is in grammar/same.ebnf and \
                  grammar/builtins.md, and grammar/pytorch.md says how an nn.Module becomes a .same \
                  file.\n\nResults go to stdout, messages and progress to stderr. Set NO_COLOR to switch \
                  colours off."
)]
struct Arguments {
    /// What to do.
    #[command(subcommand)]
    command: Commands,
}

/// The subcommands; each is documented with its options.
#[derive(Debug, Subcommand)]
enum Commands {
    Check(Check),
    Equal(Equal),
    Classes(Classes),
    Similarity(Similarity),
    Matrix(Matrix),
    Eval(Eval),
    Show(Show),
    Verify(Verify),
}

/// Runs the command that the process was given and returns its exit code.
pub fn run() -> ExitCode {
    let start = Instant::now();
    memory::supervise();
    interrupt::handle();
    report_panics();
    let command =
        Arguments::try_parse().map_err(mistakes::with_tip).unwrap_or_else(|error| error.exit()).command;
    // Every command works on other threads, within its budgets; this one waits and prints.
    let output = &mut Output::new();
    let result = match command {
        Commands::Check(arguments) => arguments.run(start, output),
        Commands::Equal(arguments) => arguments.run(start, output),
        Commands::Classes(arguments) => arguments.run(start, output),
        Commands::Similarity(arguments) => arguments.run(start, output),
        Commands::Matrix(arguments) => arguments.run(start, output),
        Commands::Eval(arguments) => arguments.run(start, output),
        Commands::Show(arguments) => arguments.run(start, output),
        Commands::Verify(arguments) => arguments.run(start, output),
    };
    let outcome = result.unwrap_or_else(|failure| {
        failure.report();
        Outcome::Error
    });
    ExitCode::from(outcome as u8)
}

/// Makes a panic, which there never should be, end the process like every other failure: a release does not
/// unwind.
fn report_panics() {
    let usual = panic::take_hook();
    panic::set_hook(Box::new(move |place| {
        usual(place);
        Failure::bug().report();
        process::exit(Outcome::Error as i32);
    }));
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::Arguments;

    #[test]
    fn definitions_are_consistent() {
        Arguments::command().debug_assert();
    }
}
