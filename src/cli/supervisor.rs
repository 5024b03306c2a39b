//! Keeps a command within its budgets whatever its work is doing.
//!
//! Methods look at the clock and at the memory themselves, and stop in good order. Some work cannot look up (one
//! multiplication of two very long numbers, one large allocation), so all of it runs on a thread of its own. When
//! that thread is late by more than a grace, or was refused an allocation, it is left where it is: the command says
//! what it was doing, and that nothing was decided.

use std::sync::mpsc::{RecvTimeoutError, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use samenet::shortage::memory_size;

use super::arguments::Limits;
use super::clock::Deadline;
use super::failure::Failure;
use super::memory;
use super::needs::{more_memory, more_time};

/// The stack of the thread that does the work. Deeply nested expressions are refused with a message long
/// before this is used up, but not before the 8 MB (1 MB on Windows) of a main thread are.
const STACK: usize = 256 << 20;
/// How often the memory is looked at.
const TICK: Duration = Duration::from_millis(10);

/// Why work was not finished.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Stopped {
    /// The time budget is used up; what was being done.
    Time(String),
    /// The memory budget is used up; what was being done.
    Memory(String),
    /// The work could not begin, or broke, which it never should; the message for the user.
    Broken(String),
}

impl Stopped {
    /// Why there is no answer, and what would be needed for one.
    pub fn explain(&self, limits: &Limits) -> (String, String) {
        match self {
            Stopped::Time(during) => (
                format!("stopped by the time budget of {} s during {during}", limits.time.as_secs_f64()),
                more_time(limits.time.as_secs_f64()),
            ),
            Stopped::Memory(during) => (
                format!(
                    "stopped by the memory budget of {} during {during}",
                    memory_size(limits.memory as f64)
                ),
                more_memory(2.0 * limits.memory as f64),
            ),
            Stopped::Broken(message) => (message.clone(), String::new()),
        }
    }

    /// The same as a failure, for commands that have no *undecided*.
    pub fn failure(&self, limits: &Limits) -> Failure {
        let (reason, needed) = self.explain(limits);
        let failure = Failure::message(reason);
        if needed.is_empty() { failure } else { failure.help(format!("allow {needed}")) }
    }
}

/// An answer that is good as it is while something is added to it, should that not be finished.
#[derive(Debug)]
pub struct Preliminary<T>(Arc<Mutex<Option<T>>>);

impl<T> Preliminary<T> {
    /// Nothing yet.
    pub fn new() -> Preliminary<T> {
        Preliminary(Arc::default())
    }

    /// Keeps an answer.
    pub fn set(&self, answer: T) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(answer);
    }

    /// The answer, if one was kept.
    pub fn take(&self) -> Option<T> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

impl<T> Clone for Preliminary<T> {
    fn clone(&self) -> Preliminary<T> {
        Preliminary(self.0.clone())
    }
}

/// Does some work within its deadline and the memory budget.
pub fn supervise<T: Send + 'static>(
    deadline: &Arc<Deadline>,
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, Stopped> {
    let (sender, receiver) = channel();
    let worker = thread::Builder::new().stack_size(STACK).spawn(move || {
        // Nobody listens any more when the work was given up.
        let _ = sender.send(work());
    });
    if let Err(error) = worker {
        return Err(Stopped::Broken(format!("cannot start a thread: {error}")));
    }
    let stopped = loop {
        match receiver.recv_timeout(TICK.min(deadline.grace_left())) {
            Ok(done) => return Ok(done),
            Err(RecvTimeoutError::Disconnected) => {
                break Stopped::Broken("this is a bug in samenet; nothing was decided".to_string());
            }
            Err(RecvTimeoutError::Timeout) if memory::refused() || memory::overdrawn() => {
                break Stopped::Memory(deadline.doing());
            }
            Err(RecvTimeoutError::Timeout) if deadline.grace_left().is_zero() => {
                break Stopped::Time(deadline.doing());
            }
            Err(RecvTimeoutError::Timeout) => {}
        }
    };
    deadline.give_up();
    Err(stopped)
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use super::*;

    /// Work that sleeps through its budget of nothing is left alone, and what it had so far is taken.
    #[test]
    fn what_was_found_before_time_ran_out_is_kept() {
        let deadline = Arc::new(Deadline::new(Instant::now(), Duration::ZERO, ""));
        let so_far = Preliminary::new();
        let (release, held) = channel::<()>();
        let result = supervise(&deadline, {
            let so_far = so_far.clone();
            move || {
                so_far.set("the verdict");
                // Until the test is over.
                let _ = held.recv();
            }
        });
        assert!(matches!(result, Err(Stopped::Time(_))));
        // The work may only just have begun.
        while so_far.0.lock().is_ok_and(|kept| kept.is_none()) {
            thread::sleep(TICK);
        }
        assert_eq!((so_far.take(), so_far.take()), (Some("the verdict"), None));
        drop(release);
    }
}
