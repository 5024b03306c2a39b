//! Budgets that arithmetics with growing elements keep.
//!
//! Operations of an [`Arithmetic`](super::Arithmetic) do not fail, so one that would exceed the budget is
//! skipped and the fact remembered; [`Arithmetic::status`](super::Arithmetic::status) reports it.

use super::Halt;
use crate::budget::{Ended, Meter, Stop};

/// Limits of one evaluation.
#[derive(Clone, Debug)]
pub struct BitBudget {
    /// The longest number that may be computed, in bits.
    pub bits_each: u64,
    /// The sum of the lengths of all numbers computed, in bits. It bounds the memory as well.
    pub bits_total: u64,
    pub(super) stop: Stop,
}

impl BitBudget {
    /// Limits on the length of a single number and on the sum of the lengths of all numbers, in bits.
    pub fn new(each: u64, total: u64) -> BitBudget {
        BitBudget { bits_each: each, bits_total: total, stop: Stop::never() }
    }

    /// The same, and work also stops soon after `stop` is set.
    pub fn stopped_by(self, stop: Stop) -> BitBudget {
        BitBudget { stop, ..self }
    }

    /// Whether the caller wants work to stop.
    pub fn stopped(&self) -> bool {
        self.stop.is_set()
    }
}

impl Default for BitBudget {
    /// Numbers of up to 16 million bits (five million digits), 2^36 bits in all.
    fn default() -> BitBudget {
        BitBudget::new(1 << 24, 1 << 36)
    }
}

/// A single number would be too long.
#[derive(Clone, Copy, Debug)]
struct TooLong;

/// What has been spent of a [`BitBudget`].
#[derive(Debug)]
pub(crate) struct BitMeter {
    budget: BitBudget,
    meter: Meter<TooLong>,
}

impl BitMeter {
    pub(crate) fn new(budget: BitBudget) -> BitMeter {
        // The caller is asked about once per million bits, which take less than a millisecond or so.
        const POLL_LOG2: u32 = 20;
        BitMeter { meter: Meter::new(budget.bits_total, POLL_LOG2, budget.stop.clone()), budget }
    }

    /// Announces a number of this many bits. `false` when it must not be computed.
    pub(crate) fn spend(&self, bits: u64) -> bool {
        if bits > self.budget.bits_each {
            self.meter.end(Ended::Because(TooLong));
        }
        self.meter.spend(bits)
    }

    pub(crate) fn status(&self) -> Result<(), Halt> {
        let BitBudget { bits_each, bits_total, .. } = self.budget;
        let exceeded = match self.meter.ended() {
            None => return Ok(()),
            Some(Ended::Stopped) => return Err(stopped()),
            Some(Ended::Because(TooLong)) => format!("a number would have more than {bits_each} bits"),
            Some(Ended::Spent) => {
                format!("the numbers computed would have more than {bits_total} bits in all")
            }
        };
        Err(Halt::Budget(exceeded))
    }
}

impl Default for BitMeter {
    fn default() -> BitMeter {
        BitMeter::new(BitBudget::default())
    }
}

/// The halt of an evaluation that the caller stopped.
pub(crate) fn stopped() -> Halt {
    Halt::Budget("stopped before it was finished".to_string())
}
