//! Keeps a command within its budgets, whatever its work does.
//!
//! Methods poll the clock and the memory, and stop by themselves. Some work cannot poll (one multiplication
//! of two very long numbers, one large allocation), so all work runs on a thread of its own. If that thread
//! is late by more than a grace period, or was refused an allocation, it is abandoned: the command says what
//! the thread was doing, and that nothing was decided.

use std::sync::mpsc::{RecvTimeoutError, channel};
use std::thread;
use std::time::Duration;

use super::clock::Deadline;
use super::failure::Failure;
use super::memory;
use super::options::{Limits, more_memory, more_time};
use crate::shortage::memory_size;

/// The stack of the thread that does the work. Deeply nested expressions are refused with a message long
/// before this is used up, but not before the 8 MB (1 MB on Windows) of a main thread are.
const STACK: usize = 256 << 20;
/// How often the memory is checked.
const TICK: Duration = Duration::from_millis(10);

/// Which limit stopped some work.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stopped {
    /// Why there is no answer.
    pub reason: String,
    /// What would be needed for one.
    pub needed: String,
    /// Whether memory ran out. The abandoned work still holds it.
    pub memory: bool,
}

impl Stopped {
    /// The time ran out during a step.
    fn late(limits: &Limits, during: &str) -> Stopped {
        let seconds = limits.time.as_secs_f64();
        Stopped {
            reason: format!("stopped by the time budget of {seconds} s during {during}"),
            needed: more_time(seconds),
            memory: false,
        }
    }

    /// The memory ran out during a step.
    fn short(limits: &Limits, during: &str) -> Stopped {
        let size = memory_size(limits.memory as f64);
        Stopped {
            reason: format!("stopped by the memory budget of {size} during {during}"),
            needed: more_memory(2.0 * limits.memory as f64),
            memory: true,
        }
    }

    /// A failure that says so, for commands without *undecided*.
    pub fn failure(&self) -> Failure {
        Failure::message(&self.reason).help(format!("allow {}", self.needed))
    }
}

/// Does some work within its deadline and the memory budget. The outer error says that the work could not
/// begin, or crashed (which would be a bug).
pub fn supervise<T: Send + 'static>(
    deadline: &Deadline,
    limits: &Limits,
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<Result<T, Stopped>, Failure> {
    let (sender, receiver) = channel();
    let work = move || {
        // If the work was abandoned, nobody receives this.
        let _ = sender.send(work());
    };
    let worker = thread::Builder::new().stack_size(STACK).spawn(work);
    worker.map_err(|error| Failure::message(format!("cannot start a thread: {error}")))?;
    let stopped = loop {
        match receiver.recv_timeout(TICK.min(deadline.grace_left())) {
            Ok(done) => return Ok(Ok(done)),
            Err(RecvTimeoutError::Disconnected) => {
                deadline.give_up();
                return Err(Failure::bug());
            }
            Err(RecvTimeoutError::Timeout) if memory::refused() || memory::overdrawn() => {
                break Stopped::short(limits, &deadline.doing());
            }
            Err(RecvTimeoutError::Timeout) if deadline.grace_left().is_zero() => {
                break Stopped::late(limits, &deadline.doing());
            }
            Err(RecvTimeoutError::Timeout) => {}
        }
    };
    deadline.give_up();
    Ok(Err(stopped))
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use super::*;

    /// Work that never ends is abandoned at the deadline.
    #[test]
    fn work_that_is_late_is_left() {
        let deadline = Deadline::new(Instant::now(), Duration::ZERO, "");
        let limits = Limits { time: Duration::ZERO, memory: 1 << 30 };
        let (release, held) = channel::<()>();
        // Until the test is over.
        let result = supervise(&deadline, &limits, move || held.recv().is_ok());
        assert!(result.unwrap().is_err_and(|stopped| !stopped.memory));
        drop(release);
    }
}
