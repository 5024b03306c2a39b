//! Degrees in words.

use super::verdict::error_at_most;
use crate::equality::Degree;

/// What is known about a degree, and how sure that is.
pub fn line(degree: &Degree) -> String {
    match degree {
        Degree::Exactly { degree, error_log2 } => {
            let text = match degree {
                Some(degree) => format!("the degree is {degree}"),
                None => "the zero polynomial, whose degree is below every number".to_string(),
            };
            match error_log2 {
                None => format!("{text}, proved"),
                Some(k) => format!("{text}, {}: random evaluation", error_at_most(*k)),
            }
        }
        Degree::Between { lowest, highest, .. } => format!("{}, proved", between(*lowest, *highest)),
    }
}

/// The bounds on a degree.
pub fn between(lowest: Option<u64>, highest: Option<u64>) -> String {
    match (lowest, highest) {
        (Some(lowest), Some(highest)) => format!("the degree is at least {lowest} and at most {highest}"),
        (Some(lowest), None) => format!("the degree is at least {lowest}"),
        (None, Some(highest)) => format!("the degree is at most {highest}"),
        (None, None) => "no bound is known".to_string(),
    }
}
