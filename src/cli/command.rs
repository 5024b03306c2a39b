//! The frame of every command: its outcome, its stdout, and tasks that run within its limits on their own
//! threads.

use std::cell::Cell;
use std::io::{Stdout, Write};
use std::sync::Arc;
use std::time::Instant;

use anstream::AutoStream;
use anstyle::{AnsiColor, Style};
use serde_json::Value;

use super::clock::Deadline;
use super::failure::Failure;
use super::memory;
use super::options::Limits;
use super::supervisor::{Stopped, supervise};
use crate::claim::Status;

/// The outcome of a command; the numbers are exit codes.
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

impl From<Status> for Outcome {
    fn from(status: Status) -> Outcome {
        match status {
            Status::Holds => Outcome::Holds,
            Status::Fails => Outcome::Fails,
            Status::Undecided => Outcome::Undecided,
        }
    }
}

impl Outcome {
    /// The style of its word.
    pub fn style(self) -> Style {
        let colour = match self {
            Outcome::Holds => AnsiColor::Green,
            Outcome::Undecided => AnsiColor::Yellow,
            Outcome::Fails | Outcome::Error => AnsiColor::Red,
        };
        colour.on_default().bold()
    }

    /// The outcome to report when both happened: 2, then 1, then 3, then 0.
    pub fn and(self, other: Outcome) -> Outcome {
        [Outcome::Error, Outcome::Fails, Outcome::Undecided]
            .into_iter()
            .find(|&outcome| self == outcome || other == outcome)
            .unwrap_or(Outcome::Holds)
    }
}

/// stdout: colours where wanted, one flush per answer, and no panic when it is closed.
pub struct Output {
    stream: AutoStream<Stdout>,
}

impl Output {
    /// The process's stdout; ANSI colours pass only to a terminal, and not when `NO_COLOR` is set.
    pub fn new() -> Output {
        Output { stream: anstream::stdout() }
    }

    /// Writes text, a line break and flushes: someone may watch answers come in through a pipe.
    pub fn line(&mut self, text: &str) -> Result<(), Failure> {
        writeln!(self.stream, "{text}")
            .and_then(|()| self.stream.flush())
            .map_err(|error| Failure::writing(&error))
    }

    /// Writes one JSON object.
    pub fn json(&mut self, value: &Value) -> Result<(), Failure> {
        self.line(&format!("{value:#}"))
    }
}

/// Work with a limit on its time, in a process with a limit on its memory. After a while it shows a spinner,
/// until it is dropped.
pub struct Task {
    clock: Arc<Deadline>,
    limits: Limits,
    exhausted: Cell<bool>,
}

impl Task {
    /// A task whose time started at `start`. The spinner shows `what`.
    pub fn new(limits: Limits, start: Instant, what: &str) -> Task {
        memory::limit(limits.memory);
        Task { clock: Arc::new(Deadline::new(start, limits.time, what)), limits, exhausted: Cell::new(false) }
    }

    /// Its clock.
    pub fn clock(&self) -> &Deadline {
        &self.clock
    }

    /// Runs a step of it. The inner error says which limit stopped the step, the outer one that it crashed.
    pub fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Deadline) -> T + Send + 'static,
    ) -> Result<Result<T, Stopped>, Failure> {
        let clock = self.clock.clone();
        let done = supervise(&self.clock, &self.limits, move || work(&clock))?;
        self.exhausted.set(self.exhausted() || done.as_ref().is_err_and(|stopped| stopped.memory));
        Ok(done)
    }

    /// Whether a step was abandoned because memory ran out. It still holds its memory.
    pub fn exhausted(&self) -> bool {
        self.exhausted.get()
    }

    /// Runs a step of it for commands without *undecided*: if a limit stops it, the command fails.
    pub fn finish<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Deadline) -> T + Send + 'static,
    ) -> Result<T, Failure> {
        self.run(work)?.map_err(|stopped| stopped.failure())
    }
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
