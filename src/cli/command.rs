//! The frame of every command: its memory budget, and tasks that run within its limits on their own threads.

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

/// A subcommand: its arguments, and what it does.
pub trait Command {
    /// How much time and memory it may take.
    fn limits(&self) -> Limits;

    /// Runs it and prints the answer. Its time started at `start`.
    fn run(self, start: Instant, output: &mut Output) -> Result<Outcome, Failure>;
}

/// Runs a command within its memory budget.
pub fn run(command: impl Command, start: Instant, output: &mut Output) -> Result<Outcome, Failure> {
    memory::limit(command.limits().memory);
    command.run(start, output)
}

/// Work with a time limit. After a while it shows a spinner, until it is dropped.
pub struct Task {
    clock: Arc<Deadline>,
    limits: Limits,
    exhausted: Cell<bool>,
}

impl Task {
    /// A task whose time started at `start`. The spinner shows `what`.
    pub fn new(limits: Limits, start: Instant, what: &str) -> Task {
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
