//! Why a claim is not decided, and what would be needed, in words.

use crate::shortage::{Shortage, duration, memory_size};

/// How to ask for more, in the words of the face that takes the budget: the command line, a test, or a
/// program.
#[derive(Clone, Copy, Debug)]
pub struct Remedies {
    /// So many seconds in all.
    pub time: fn(f64) -> String,
    /// So many bytes more than there are.
    pub memory: fn(f64) -> String,
    /// An answer that need not be certain.
    pub uncertain: &'static str,
}

impl Remedies {
    /// For readers who made a [`Budget`](crate::Budget) themselves.
    pub const BUDGET: Remedies = Remedies {
        time: |seconds| format!("more time, {}", duration(seconds)),
        memory: |bytes| format!("more memory, {}", memory_size(bytes)),
        uncertain: "an answer that need not be certain",
    };

    /// What would be needed, such as `more time, about 40 seconds, or more memory, 3.0 GiB`. Empty if nothing
    /// is known to help.
    pub fn needed(&self, shortage: &Shortage) -> String {
        let Shortage { seconds, bytes, certainty, smaller } = shortage;
        let uncertain = certainty.then(|| self.uncertain.to_string());
        let smaller = smaller.map(|smaller| smaller.to_string());
        let ways = [seconds.map(self.time), bytes.map(self.memory), uncertain, smaller];
        ways.into_iter().flatten().collect::<Vec<String>>().join(", or ")
    }
}

/// `undecided`, with the reason and what would be needed.
pub fn line(reason: &str, needed: &str) -> String {
    format!("undecided: {}", reason_and_needed(reason, needed))
}

/// The reason and what would be needed.
pub fn reason_and_needed(reason: &str, needed: &str) -> String {
    if needed.is_empty() { reason.to_string() } else { format!("{reason}; try {needed}") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::shortage::Smaller;

    #[test]
    fn every_way_is_listed() {
        let needed = |shortage: Shortage| Remedies::BUDGET.needed(&shortage);
        let both = Shortage { seconds: Some(40.0), certainty: true, ..Shortage::default() };
        assert_eq!(needed(both), "more time, about 40 seconds, or an answer that need not be certain");
        assert_eq!(needed(Shortage::smaller(Smaller::Values)), "models with smaller values");
        assert_eq!(needed(Shortage::default()), "");
    }
}
