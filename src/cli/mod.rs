//! The command line: arguments in, text or JSON and an exit code out. One file per subcommand.

mod arguments;
mod certificate;
mod check;
mod claim;
mod classes;
mod clock;
mod degree;
mod dot;
mod equal;
mod estimate;
mod eval;
mod failure;
mod interrupt;
mod junit;
mod load;
mod memory;
mod models;
mod needs;
mod output;
mod render;
mod show;
mod signature;
mod similarity;
mod supervisor;
mod verify;

use std::process::ExitCode;
use std::time::Instant;

use clap::Parser;

use arguments::{Arguments, Command};
use output::Output;

pub use memory::Counted;

/// What a command came to; the numbers are its exit codes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Every claim holds; equal; done.
    Holds = 0,
    /// A claim fails; different.
    Fails = 1,
    /// Something is wrong with the question.
    Error = 2,
    /// Not decided within the budget.
    Undecided = 3,
}

impl Outcome {
    /// The outcome to report when both happened: 2, then 1, then 3, then 0.
    pub fn and(self, other: Outcome) -> Outcome {
        [Outcome::Error, Outcome::Fails, Outcome::Undecided]
            .into_iter()
            .find(|&outcome| self == outcome || other == outcome)
            .unwrap_or(Outcome::Holds)
    }
}

/// Runs the command that the process was given and returns its exit code.
pub fn run() -> ExitCode {
    let start = Instant::now();
    memory::supervise();
    interrupt::handle();
    let arguments = Arguments::parse();
    ExitCode::from(dispatch(arguments, start) as u8)
}

/// Every command works on a thread of its own, within its budgets; this one waits and prints.
fn dispatch(arguments: Arguments, start: Instant) -> Outcome {
    let mut output = Output::new();
    let result = match arguments.command {
        Command::Check(arguments) => check::run(&arguments, start, &mut output),
        Command::Equal(arguments) => equal::run(arguments, start, &mut output),
        Command::Classes(arguments) => classes::run(arguments, start, &mut output),
        Command::Eval(arguments) => eval::run(arguments, start, &mut output),
        Command::Similarity(arguments) => similarity::run(arguments, start, &mut output),
        Command::Show(arguments) => show::run(arguments, start, &mut output),
        Command::Verify(arguments) => verify::run(&arguments, start, &mut output),
    };
    result.unwrap_or_else(|failure| {
        failure.report();
        Outcome::Error
    })
}

#[cfg(test)]
mod tests {
    use super::Outcome::{Error, Fails, Holds, Undecided};

    #[test]
    fn precedence_is_error_fails_undecided_holds() {
        let order = [Error, Fails, Undecided, Holds];
        for (i, &strong) in order.iter().enumerate() {
            for &weak in &order[i..] {
                assert_eq!(strong.and(weak), strong);
                assert_eq!(weak.and(strong), strong);
            }
        }
    }
}
