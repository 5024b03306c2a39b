//! A stack that is large enough for the deepest nesting that files may have.

use std::panic::resume_unwind;
use std::{io, thread};

/// More than resolving and parsing need at the bounds on nesting, also without optimisation. Memory is taken
/// only for what is used of it.
const BYTES: usize = 256 << 20;

/// Does some work on a large stack and waits for it. A panic goes on in the caller.
///
/// # Errors
/// When the system refuses the thread.
pub(crate) fn on_large_stack<T: Send>(work: impl FnOnce() -> T + Send) -> io::Result<T> {
    thread::scope(|scope| {
        let worker = thread::Builder::new().stack_size(BYTES).spawn_scoped(scope, work)?;
        Ok(worker.join().unwrap_or_else(|panic| resume_unwind(panic)))
    })
}
