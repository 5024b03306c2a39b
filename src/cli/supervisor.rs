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

use super::clock::Deadline;
use super::failure::Failure;
use super::memory;
use super::needs::{more_memory, more_time};
use super::options::Limits;

/// The stack of the thread that does the work. Deeply nested expressions are refused with a message long
/// before this is used up, but not before the 8 MB (1 MB on Windows) of a main thread are.
const STACK: usize = 256 << 20;
/// How often the memory is looked at.
const TICK: Duration = Duration::from_millis(10);

/// Which limit stopped some work.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stopped {
    /// Why there is no answer.
    pub reason: String,
    /// What would be needed for one.
    pub needed: String,
    /// Whether it was memory, which the work keeps: it is left where it is.
    pub memory: bool,
}

impl Stopped {
    /// By the time limit, while something was being done.
    fn late(limits: &Limits, during: &str) -> Stopped {
        let seconds = limits.time.as_secs_f64();
        Stopped {
            reason: format!("stopped by the time budget of {seconds} s during {during}"),
            needed: more_time(seconds),
            memory: false,
        }
    }

    /// By the memory limit, while something was being done.
    fn short(limits: &Limits, during: &str) -> Stopped {
        let size = memory_size(limits.memory as f64);
        Stopped {
            reason: format!("stopped by the memory budget of {size} during {during}"),
            needed: more_memory(2.0 * limits.memory as f64),
            memory: true,
        }
    }

    /// The same as a failure, for commands that have no *undecided*.
    pub fn failure(&self) -> Failure {
        Failure::message(&self.reason).help(format!("allow {}", self.needed))
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

/// Does some work within its deadline and the memory budget. The outer error is for work that could not begin, or broke,
/// which it never should.
pub fn supervise<T: Send + 'static>(
    deadline: &Deadline,
    limits: &Limits,
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<Result<T, Stopped>, Failure> {
    let (sender, receiver) = channel();
    let worker = thread::Builder::new().stack_size(STACK).spawn(move || {
        // Nobody listens any more when the work was given up.
        let _ = sender.send(work());
    });
    if let Err(error) = worker {
        return Err(Failure::message(format!("cannot start a thread: {error}")));
    }
    let stopped = loop {
        match receiver.recv_timeout(TICK.min(deadline.grace_left())) {
            Ok(done) => return Ok(Ok(done)),
            Err(RecvTimeoutError::Disconnected) => {
                deadline.give_up();
                return Err(Failure::message("this is a bug in samenet; nothing was decided"));
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

    /// Work that sleeps through its budget of nothing is left alone, and what it had so far is taken.
    #[test]
    fn what_was_found_before_time_ran_out_is_kept() {
        let deadline = Deadline::new(Instant::now(), Duration::ZERO, "");
        let limits = Limits { time: Duration::ZERO, memory: 1 << 30 };
        let so_far = Preliminary::new();
        let (release, held) = channel::<()>();
        let result = supervise(&deadline, &limits, {
            let so_far = so_far.clone();
            move || {
                so_far.set("the verdict");
                // Until the test is over.
                let _ = held.recv();
            }
        });
        assert!(result.unwrap().is_err_and(|stopped| !stopped.memory));
        // The work may only just have begun.
        while so_far.0.lock().is_ok_and(|kept| kept.is_none()) {
            thread::sleep(TICK);
        }
        assert_eq!((so_far.take(), so_far.take()), (Some("the verdict"), None));
        drop(release);
    }
}
