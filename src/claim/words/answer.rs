//! Answers in words, whatever was found.

use std::fmt;

use super::decimal;
use super::number::DECIMALS;
use super::undecided::{self, Remedies};
use super::verdict::{self, Sides};
use super::{explanation, relation, rewrite};
use crate::claim::answer::{Answer, Finding, Status};
use crate::equality::{Degree, Method, Proof};

impl Answer {
    /// How the claim was decided, or why it was not, in one line.
    pub fn headline(&self, remedies: &Remedies) -> String {
        if let Some((reason, needed)) = self.reason_and_needed(remedies) {
            return undecided::line(&reason, &needed);
        }
        match &self.finding {
            Finding::Equal { proof, asked } => verdict::equal(proof, asked.relation),
            Finding::Different { asked, .. } if self.status == Status::Fails => {
                relation::different(asked.relation)
            }
            Finding::Different { witness, asked, .. } => {
                format!("different: {}", verdict::witness_line(witness, asked))
            }
            Finding::Degree(found) => degree(found),
            Finding::Number(measured) => {
                let number = decimal::measured(&measured.value, DECIMALS, Some(&measured.bound));
                format!("the {} is {number}, exact", measured.quantity)
            }
            Finding::Undecided(why) => why.to_string(),
        }
    }

    /// Why the claim is not decided, with what is known all the same, and what would be needed.
    pub fn reason_and_needed(&self, remedies: &Remedies) -> Option<(String, String)> {
        let why = self.why_undecided()?;
        let reason = match &self.finding {
            Finding::Degree(Degree::Between { lowest, highest, .. }) => {
                format!("{why} ({})", between(*lowest, *highest))
            }
            _ => why.to_string(),
        };
        Some((reason, remedies.needed(&why.shortage)))
    }

    /// What refutes a claim that fails, in lines.
    pub fn refutation(&self, sides: &Sides<'_>) -> Vec<String> {
        match &self.finding {
            Finding::Different { witness, asked, .. } if self.status == Status::Fails => {
                verdict::witness_block(witness, asked, sides)
            }
            _ => Vec::new(),
        }
    }

    /// How the two sides of a claim that fails differ, in lines, once that was asked for.
    pub fn explanation(&self, sides: &Sides<'_>) -> Vec<String> {
        match &self.finding {
            Finding::Different { explanation: Some(found), asked, .. } => {
                explanation::lines(found, asked, sides)
            }
            _ => Vec::new(),
        }
    }

    /// Which hidden units correspond to each other, in lines, when that is why two models are the same.
    pub fn correspondence(&self) -> Vec<String> {
        match &self.finding {
            Finding::Equal { proof: Proof { method: Method::Rewrite(map), .. }, .. } => rewrite::block(map),
            _ => Vec::new(),
        }
    }
}

impl fmt::Display for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let line = self.headline(&Remedies::BUDGET);
        match self.status {
            Status::Undecided => f.write_str(&line)?,
            status => write!(f, "{}: {line}", status.name())?,
        }
        let mut lines = self.refutation(&Sides::CLAIM).into_iter().chain(self.explanation(&Sides::CLAIM));
        lines.try_for_each(|line| write!(f, "\n  {line}"))
    }
}

/// What is known about a degree, and how sure that is.
fn degree(degree: &Degree) -> String {
    match degree {
        Degree::Exactly { degree, error_log2 } => {
            let text = match degree {
                Some(degree) => format!("the degree is {degree}"),
                None => "the zero polynomial, whose degree is below every number".to_string(),
            };
            match error_log2 {
                None => format!("{text}, proved"),
                Some(k) => format!("{text}, {}: random evaluation", verdict::error_at_most(*k)),
            }
        }
        Degree::Between { lowest, highest, .. } => format!("{}, proved", between(*lowest, *highest)),
    }
}

/// The bounds on a degree.
fn between(lowest: Option<u64>, highest: Option<u64>) -> String {
    match (lowest, highest) {
        (Some(lowest), Some(highest)) => format!("the degree is at least {lowest} and at most {highest}"),
        (Some(lowest), None) => format!("the degree is at least {lowest}"),
        (None, Some(highest)) => format!("the degree is at most {highest}"),
        (None, None) => "no bound is known".to_string(),
    }
}
