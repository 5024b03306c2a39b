//! Outcomes of commands, and their exit codes.

/// The outcome of a command; the numbers are exit codes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Every claim holds; equal; done.
    Holds = 0,
    /// A claim fails; different.
    Fails = 1,
    /// Something is wrong with the question.
    Error = 2,
    /// Not decided within the budget.
    Undecided = 3,
}

impl Outcome {
    /// The outcome to report when both happened: 2, then 1, then 3, then 0.
    pub fn and(self, other: Outcome) -> Outcome {
        [Outcome::Error, Outcome::Fails, Outcome::Undecided]
            .into_iter()
            .find(|&outcome| self == outcome || other == outcome)
            .unwrap_or(Outcome::Holds)
    }
}

#[cfg(test)]
mod tests {
    use super::Outcome::{Error, Fails, Holds, Undecided};

    #[test]
    fn precedence_is_error_fails_undecided_holds() {
        let order = [Error, Fails, Undecided, Holds];
        for (i, &strong) in order.iter().enumerate() {
            for &weak in &order[i..] {
                assert_eq!(strong.and(weak), strong);
                assert_eq!(weak.and(strong), strong);
            }
        }
    }
}
