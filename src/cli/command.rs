//! The frame of every command: its memory budget, and tasks that run within its limits on a thread of their own.

use std::cell::Cell;
use std::sync::Arc;
use std::time::Instant;

use super::clock::Deadline;
use super::failure::Failure;
use super::memory;
use super::options::Limits;
use super::outcome::Outcome;
use super::output::Output;
use super::supervisor::{Stopped, supervise};

/// A command of the command line: its arguments, and what it does.
pub trait Command {
    /// The time and the memory that it may take.
    fn limits(&self) -> Limits;

    /// Does it, and prints the answer. Its time has run since `start`.
    fn run(self, start: Instant, output: &mut Output) -> Result<Outcome, Failure>;
}

/// Runs a command within its memory budget.
pub fn run(command: impl Command, start: Instant, output: &mut Output) -> Result<Outcome, Failure> {
    memory::limit(command.limits().memory);
    command.run(start, output)
}

/// Something with a time limit. After a while it shows a spinner, which is cleared when the task is dropped.
pub struct Task {
    clock: Arc<Deadline>,
    limits: Limits,
    exhausted: Cell<bool>,
}

impl Task {
    /// A task whose time has run since `start`; `what` is shown.
    pub fn new(limits: Limits, start: Instant, what: &str) -> Task {
        Task { clock: Arc::new(Deadline::new(start, limits.time, what)), limits, exhausted: Cell::new(false) }
    }

    /// Its clock.
    pub fn clock(&self) -> &Deadline {
        &self.clock
    }

    /// Works on it. The inner error says which limit stopped the work, the outer one that the work broke.
    pub fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Deadline) -> T + Send + 'static,
    ) -> Result<Result<T, Stopped>, Failure> {
        let clock = self.clock.clone();
        let done = supervise(&self.clock, &self.limits, move || work(&clock))?;
        self.exhausted.set(self.exhausted() || done.as_ref().is_err_and(|stopped| stopped.memory));
        Ok(done)
    }

    /// Whether work on it was stopped because memory is used up, which that work keeps.
    pub fn exhausted(&self) -> bool {
        self.exhausted.get()
    }

    /// Works on it, for commands that have no *undecided*: to be stopped is a failure.
    pub fn finish<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Deadline) -> T + Send + 'static,
    ) -> Result<T, Failure> {
        self.run(work)?.map_err(|stopped| stopped.failure())
    }
}
