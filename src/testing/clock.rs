//! The time that a claim may take in a test.

use std::time::{Duration, Instant};

use crate::equality::Clock;

/// A time budget that starts when it is made.
pub(super) struct Deadline {
    start: Instant,
    budget: Duration,
}

impl Deadline {
    /// A budget that starts now.
    pub fn new(budget: Duration) -> Deadline {
        Deadline { start: Instant::now(), budget }
    }
}

impl Clock for Deadline {
    fn expired(&self) -> bool {
        self.start.elapsed() >= self.budget
    }

    fn seconds_left(&self) -> f64 {
        self.budget.saturating_sub(self.start.elapsed()).as_secs_f64()
    }

    fn time_for(&self, seconds: f64) -> f64 {
        self.start.elapsed().as_secs_f64() + seconds
    }
}
