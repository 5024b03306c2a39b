//! Budgets that arithmetics with growing elements keep.
//!
//! Operations of an [`Arithmetic`](super::Arithmetic) do not fail, so one that would exceed the budget is
//! skipped and the fact remembered; [`Arithmetic::status`](super::Arithmetic::status) reports it.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, AtomicU64, Ordering};

use super::{Halt, Watched};

/// Limits of one evaluation.
#[derive(Clone)]
pub struct Budget {
    /// The longest number that may be computed, in bits.
    pub bits_each: u64,
    /// The sum of the lengths of all numbers computed, in bits. It bounds the memory as well.
    pub bits_total: u64,
    stop: Option<Arc<dyn Fn() -> bool + Send + Sync>>,
}

impl Budget {
    /// Limits on the length of a single number and on the sum of the lengths of all numbers, in bits.
    pub fn bits(each: u64, total: u64) -> Budget {
        Budget { bits_each: each, bits_total: total, stop: None }
    }

    /// The same, and work also stops soon after `stop` first returns true. It is asked often, from any thread.
    pub fn stopped_by(self, stop: Arc<dyn Fn() -> bool + Send + Sync>) -> Budget {
        Budget { stop: Some(stop), ..self }
    }

    /// An arithmetic whose evaluations halt soon after the caller wants work to stop.
    pub(crate) fn watch<A>(&self, arithmetic: A) -> Watched<A> {
        // A tenth of a second, on a slow machine and in a slow arithmetic.
        const UNASKED: usize = 1 << 26;
        Watched::new(arithmetic, UNASKED, self.stop.clone().unwrap_or_else(|| Arc::new(|| false)))
    }

    /// Whether the caller wants work to stop.
    pub fn stopped(&self) -> bool {
        self.stop.as_ref().is_some_and(|stop| stop())
    }
}

impl Default for Budget {
    /// Numbers of up to 16 million bits (five million digits), 2^36 bits in all.
    fn default() -> Budget {
        Budget::bits(1 << 24, 1 << 36)
    }
}

impl fmt::Debug for Budget {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Budget")
            .field("bits_each", &self.bits_each)
            .field("bits_total", &self.bits_total)
            .field("stop", &self.stop.is_some())
            .finish()
    }
}

const GOING: u8 = 0;
const TOO_LONG: u8 = 1;
const TOO_MUCH: u8 = 2;
const STOPPED: u8 = 3;

/// What has been spent of a [`Budget`].
#[derive(Debug, Default)]
pub(crate) struct Meter {
    budget: Budget,
    spent: AtomicU64,
    state: AtomicU8,
}

impl Meter {
    pub(crate) fn new(budget: Budget) -> Meter {
        Meter { budget, ..Meter::default() }
    }

    /// Announces a number of this many bits. `false` when it must not be computed.
    pub(crate) fn spend(&self, bits: u64) -> bool {
        if self.state.load(Ordering::Relaxed) != GOING {
            return false;
        }
        if bits > self.budget.bits_each {
            self.state.store(TOO_LONG, Ordering::Relaxed);
            return false;
        }
        let before = self.spent.fetch_add(bits, Ordering::Relaxed);
        let after = before.saturating_add(bits);
        if after > self.budget.bits_total {
            self.state.store(TOO_MUCH, Ordering::Relaxed);
            return false;
        }
        // The caller is asked about once per million bits, which take less than a millisecond or so.
        if (before >> 20) != (after >> 20) && self.budget.stopped() {
            self.state.store(STOPPED, Ordering::Relaxed);
            return false;
        }
        true
    }

    pub(crate) fn status(&self) -> Result<(), Halt> {
        match self.state.load(Ordering::Relaxed) {
            TOO_LONG => {
                Err(Halt::Budget(format!("a number would have more than {} bits", self.budget.bits_each)))
            }
            TOO_MUCH => Err(Halt::Budget(format!(
                "the numbers computed would have more than {} bits in all",
                self.budget.bits_total
            ))),
            STOPPED => Err(stopped()),
            _ if self.budget.stopped() => {
                // Whoever saw this may have dropped work, so it stays true.
                self.state.store(STOPPED, Ordering::Relaxed);
                Err(stopped())
            }
            _ => Ok(()),
        }
    }
}

/// The halt of an evaluation that the caller stopped.
pub(crate) fn stopped() -> Halt {
    Halt::Budget("stopped before it was finished".to_string())
}
