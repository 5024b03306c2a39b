//! Counts of answers, and the outcome and summary that follow from them.

use samenet::claim::Status;
use samenet::plural::plural;

use super::outcome::Outcome;

/// How many claims hold, fail or are undecided.
#[derive(Default)]
pub struct Tally {
    /// Claims that were asked for.
    pub selected: u64,
    pub holds: u64,
    pub fails: u64,
    pub undecided: u64,
    /// Files in which something is wrong, and certificates that could not be written.
    pub errors: u64,
    /// Certificates written.
    pub certificates: u64,
}

impl Tally {
    /// Counts an answer.
    pub fn count(&mut self, status: Status) {
        *match status {
            Status::Holds => &mut self.holds,
            Status::Fails => &mut self.fails,
            Status::Undecided => &mut self.undecided,
        } += 1;
    }

    /// The outcome of the command.
    pub fn outcome(&self) -> Outcome {
        [(self.errors, Outcome::Error), (self.fails, Outcome::Fails), (self.undecided, Outcome::Undecided)]
            .into_iter()
            .filter(|&(count, _)| count > 0)
            .fold(Outcome::Holds, |outcome, (_, other)| outcome.and(other))
    }

    /// The last line of the text.
    pub fn summary(&self) -> String {
        let mut parts = vec![plural(self.holds, "claim holds", "claims hold")];
        if self.fails > 0 {
            parts.push(plural(self.fails, "fails", "fail"));
        }
        if self.undecided > 0 {
            parts.push(format!("{} undecided", self.undecided));
        }
        if self.errors > 0 {
            parts.push(plural(self.errors, "file with errors", "files with errors"));
        }
        if self.certificates > 0 {
            parts.push(plural(self.certificates, "certificate written", "certificates written"));
        }
        parts.join(", ")
    }
}
