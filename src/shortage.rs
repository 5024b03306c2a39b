//! Why a question was not answered, and what would be needed for an answer: data, and words for it.
//!
//! Nothing here knows how a budget is given. The command line says `--time 40` where a test says
//! `Claims::time`.

use std::borrow::Cow;
use std::fmt;

use crate::budget::Budget;

/// A question without an answer. Displayed, it is the reason.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Undecided {
    /// The part of the question that was not decided, such as "whether the second is zero", if not all of it.
    pub part: Option<&'static str>,
    /// What stopped every method.
    pub obstacles: Vec<Obstacle>,
    /// What would be needed.
    pub shortage: Shortage,
}

impl Undecided {
    /// For one reason, whatever the method.
    pub fn because(why: impl Into<Why>, shortage: Shortage) -> Undecided {
        let obstacles = vec![Obstacle { method: None, why: why.into() }];
        Undecided { part: None, obstacles, shortage }
    }

    /// The budget ended during something, and nothing is known about what would be enough.
    pub(crate) fn stopped(what: &'static str, budget: &Budget) -> Undecided {
        Undecided::because(Why::stopped(what, budget), Shortage::more(budget))
    }
}

impl fmt::Display for Undecided {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(part) = self.part {
            write!(f, "{part}: ")?;
        }
        for (at, Obstacle { method, why }) in self.obstacles.iter().enumerate() {
            if at > 0 {
                f.write_str("; ")?;
            }
            if let Some(method) = method {
                write!(f, "{method}: ")?;
            }
            write!(f, "{why}")?;
        }
        Ok(())
    }
}

/// What stopped a method, or all of them.
#[derive(Clone, Debug, PartialEq)]
pub struct Obstacle {
    /// The method, if it is one that was stopped.
    pub method: Option<&'static str>,
    /// What stopped it.
    pub why: Why,
}

/// Why a method does not decide.
#[derive(Clone, Debug, PartialEq)]
pub enum Why {
    /// Something would take more memory than there is.
    Memory {
        /// What: a plural, or a singular that goes with "would take".
        what: Cow<'static, str>,
        /// How much.
        bytes: f64,
    },
    /// Something would take more time than there is.
    Time {
        /// What, as above.
        what: String,
        /// How much.
        seconds: f64,
    },
    /// The budget ended while it was at work.
    Stopped {
        /// What was stopped.
        what: &'static str,
        /// What ended.
        by: Limit,
    },
    /// Its answer would not be certain, and only proofs count.
    Uncertain,
    /// It does not apply, or proves nothing here.
    Unsuited(Cow<'static, str>),
}

/// What ended work.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Limit {
    /// The time was up.
    Time,
    /// Memory ran short.
    Memory,
    /// The caller wanted it to stop.
    Caller,
}

impl Why {
    /// What ended a budget during something.
    pub(crate) fn stopped(what: &'static str, budget: &Budget) -> Why {
        let by = if budget.memory_short() {
            Limit::Memory
        } else if budget.seconds_left() > 0.0 {
            Limit::Caller
        } else {
            Limit::Time
        };
        Why::Stopped { what, by }
    }
}

impl<T: Into<Cow<'static, str>>> From<T> for Why {
    fn from(text: T) -> Why {
        Why::Unsuited(text.into())
    }
}

impl fmt::Display for Why {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Why::Memory { what, bytes } => write!(f, "{what} would take {} of memory", memory_size(*bytes)),
            Why::Time { what, seconds } => write!(f, "{what} would take {}", duration(*seconds)),
            Why::Stopped { what, by: Limit::Time } => write!(f, "{what} did not finish in time"),
            Why::Stopped { what, by: Limit::Memory } => {
                write!(f, "{what} needs more memory than is allowed")
            }
            Why::Stopped { what, by: Limit::Caller } => write!(f, "{what} was interrupted"),
            Why::Uncertain => f.write_str("it is not certain, and only proofs count"),
            Why::Unsuited(text) => f.write_str(text),
        }
    }
}

/// What would be needed for an answer: any of these is enough, as far as is known. When none is, no budget
/// helps.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Shortage {
    /// So many seconds in all, from the start of the budget on.
    pub seconds: Option<f64>,
    /// So many bytes, besides what the process has taken already.
    pub bytes: Option<f64>,
    /// That an answer need not be certain.
    pub certainty: bool,
    /// Another question, when no budget helps.
    pub smaller: Option<Smaller>,
}

/// An easier question.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Smaller {
    /// About a smaller model.
    Model,
    /// About a smaller model, or on a smaller domain.
    ModelOrDomain,
    /// About models with smaller values.
    Values,
}

impl fmt::Display for Smaller {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Smaller::Model => "a smaller model",
            Smaller::ModelOrDomain => "a smaller model, or a smaller domain",
            Smaller::Values => "models with smaller values",
        })
    }
}

impl Shortage {
    /// Of time: so many seconds more than were spent.
    pub(crate) fn seconds(seconds: f64, budget: &Budget) -> Shortage {
        Shortage { seconds: Some(budget.seconds_spent() + seconds), ..Shortage::default() }
    }

    /// Of memory.
    pub fn bytes(bytes: f64) -> Shortage {
        Shortage { bytes: Some(bytes), ..Shortage::default() }
    }

    /// No budget helps, but an easier question might.
    pub fn smaller(smaller: Smaller) -> Shortage {
        Shortage { smaller: Some(smaller), ..Shortage::default() }
    }

    /// Of whatever ended, when nothing better is known: more than there was.
    pub(crate) fn more(budget: &Budget) -> Shortage {
        if budget.memory_short() {
            Shortage::bytes(2.0 * budget.memory as f64)
        } else {
            Shortage::seconds(0.0, budget)
        }
    }
}

/// A number of bytes in words.
pub fn memory_size(bytes: f64) -> String {
    const UNITS: [(f64, &str); 3] = [(1_073_741_824.0, "GiB"), (1_048_576.0, "MiB"), (1024.0, "KiB")];
    match UNITS.iter().find(|(unit, _)| bytes >= *unit) {
        Some((unit, name)) => format!("{:.1} {name}", bytes / unit),
        None => format!("{bytes:.0} bytes"),
    }
}

/// Seconds in words.
pub fn duration(seconds: f64) -> String {
    const UNITS: [(f64, &str); 4] =
        [(86_400.0 * 365.0, "years"), (86_400.0, "days"), (3_600.0, "hours"), (60.0, "minutes")];
    if !seconds.is_finite() || seconds > 1e15 {
        return "longer than anyone can wait".to_string();
    }
    match UNITS.iter().find(|(unit, _)| seconds >= 2.0 * unit) {
        Some((unit, name)) => format!("about {:.0} {name}", seconds / unit),
        None if seconds < 1.0 => "less than a second".to_string(),
        None => format!("about {:.0} seconds", seconds),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reasons_in_words() {
        let why = Why::Memory { what: "an expansion".into(), bytes: 1.5 * 1_073_741_824.0 };
        assert_eq!(why.to_string(), "an expansion would take 1.5 GiB of memory");
        let grid = Obstacle { method: Some("grid"), why };
        let slow = Why::Time { what: "2 rounds".to_string(), seconds: 600.0 };
        let random = Obstacle { method: Some("random evaluation"), why: slow };
        let undecided = Undecided {
            part: Some("whether the second is zero"),
            obstacles: vec![grid, random],
            shortage: Shortage::default(),
        };
        assert_eq!(
            undecided.to_string(),
            "whether the second is zero: grid: an expansion would take 1.5 GiB of memory; \
             random evaluation: 2 rounds would take about 10 minutes"
        );
        assert_eq!(memory_size(17.0), "17 bytes");
        assert_eq!(duration(1e16), "longer than anyone can wait");
    }
}
