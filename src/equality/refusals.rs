//! What is known when one method after the other does not decide: the reasons, and what would be enough.

use crate::budget::Budget;
use crate::shortage::{Limit, Obstacle, Shortage, Smaller, Undecided, Why};

/// What is known when a method did not decide, and then the next.
#[derive(Default)]
pub(super) struct Refusals {
    obstacles: Vec<Obstacle>,
    /// What would be enough for some method, as far as known. Seconds are those besides what was spent.
    shortage: Shortage,
    /// Whether the budget ended before it was known what a method would need.
    late: bool,
}

impl Refusals {
    /// A method cannot be used, or did not tell.
    pub fn refused(&mut self, method: &'static str, why: Why) {
        match why {
            Why::Memory { bytes, .. } => self.enough_bytes(bytes),
            Why::Stopped { .. } => self.late = true,
            Why::Time { .. } | Why::Uncertain | Why::Unsuited(_) => {}
        }
        self.note(method, why);
    }

    /// A method ran out of room. How much would be enough is not known: this is a guess.
    pub fn full(&mut self, method: &'static str, why: Why, budget: &Budget) {
        self.enough_bytes(4.0 * budget.memory as f64);
        self.note(method, why);
    }

    /// A method would not be certain. `affordable`: it might decide otherwise.
    pub fn uncertain(&mut self, method: &'static str, affordable: bool) {
        self.shortage.certainty |= affordable;
        self.note(method, Why::Uncertain);
    }

    /// A method would take too long. `enough`: the seconds that would be enough for it to decide.
    pub fn too_slow(&mut self, method: &'static str, what: String, seconds: f64, enough: Option<f64>) {
        if let Some(seconds) = enough {
            self.enough_seconds(seconds);
        }
        self.note(method, Why::Time { what, seconds });
    }

    /// A method was stopped, or its turns were all in vain; it would have taken so many seconds.
    pub fn gave_up(&mut self, method: &'static str, seconds: f64, budget: &Budget) {
        if budget.memory_short() {
            // How much would be enough is not known: it is more than there was.
            self.enough_bytes(2.0 * budget.memory as f64);
        } else {
            self.enough_seconds(seconds);
        }
        let ended = budget.expired() || budget.memory_short();
        let in_vain = Why::Stopped { what: "it", by: Limit::Time };
        self.note(method, if ended { Why::stopped("it", budget) } else { in_vain });
    }

    fn note(&mut self, method: &'static str, why: Why) {
        self.obstacles.push(Obstacle { method: Some(method), why });
    }

    fn enough_bytes(&mut self, bytes: f64) {
        self.shortage.bytes = Some(self.shortage.bytes.map_or(bytes, |known| known.min(bytes)));
    }

    fn enough_seconds(&mut self, seconds: f64) {
        self.shortage.seconds = Some(self.shortage.seconds.map_or(seconds, |known| known.min(seconds)));
    }

    /// All of it, when no method decided.
    pub fn undecided(self, budget: &Budget) -> Undecided {
        let Refusals { obstacles, mut shortage, late } = self;
        // Nobody has more than a year, or a hundred terabytes.
        let seconds = shortage.seconds.filter(|&seconds| seconds < 3e7);
        shortage.seconds = seconds.map(|seconds| budget.seconds_spent() + seconds);
        shortage.bytes = shortage.bytes.filter(|&bytes| bytes < 1e14);
        if late && shortage.seconds.is_none() && shortage.bytes.is_none() {
            shortage = Shortage { certainty: shortage.certainty, ..Shortage::more(budget) };
        }
        if shortage == Shortage::default() {
            shortage = Shortage::smaller(Smaller::ModelOrDomain);
        }
        Undecided { part: None, obstacles, shortage }
    }
}
