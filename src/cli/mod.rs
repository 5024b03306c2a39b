//! The command line: arguments in, text or JSON and an exit code out. One file per subcommand.

mod arguments;
mod check;
mod claim;
mod clock;
mod degree;
mod dot;
mod equal;
mod eval;
mod failure;
mod files;
mod load;
mod output;
mod render;
mod show;

use std::process::ExitCode;
use std::thread;

use clap::Parser;

use arguments::{Arguments, Command};
use failure::Failure;
use output::Output;

/// The stack of the thread that does the work. Deeply nested expressions are refused with a message long
/// before this is used up, but not before the 8 MB (1 MB on Windows) of a main thread are.
const STACK: usize = 256 << 20;

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
    let arguments = Arguments::parse();
    let outcome = match thread::Builder::new().stack_size(STACK).spawn(move || dispatch(&arguments)) {
        Ok(work) => work.join().unwrap_or_else(|_| {
            Failure::message("this is a bug in samenet; nothing was decided").report();
            Outcome::Error
        }),
        Err(error) => {
            Failure::message(format!("cannot start a thread: {error}")).report();
            Outcome::Error
        }
    };
    ExitCode::from(outcome as u8)
}

fn dispatch(arguments: &Arguments) -> Outcome {
    let mut output = Output::new();
    let result = match &arguments.command {
        Command::Check(arguments) => check::run(arguments, &mut output),
        Command::Equal(arguments) => equal::run(arguments, &mut output),
        Command::Eval(arguments) => eval::run(arguments, &mut output),
        Command::Show(arguments) => show::run(arguments, &mut output),
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
