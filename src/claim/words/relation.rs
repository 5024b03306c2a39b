//! Relations in sentences.

use num_rational::BigRational;

use super::number::{self, Space};
use crate::domain::Relation;
use crate::network::Shape;

/// What follows "equal": nothing, or " up to shift".
pub fn suffix(relation: Relation) -> String {
    match relation {
        Relation::Equal => String::new(),
        other => format!(" up to {other}"),
    }
}

/// That two networks are not related.
pub fn different(relation: Relation) -> String {
    match relation {
        Relation::Equal => "different".to_string(),
        _ => format!("different, also up to {relation}"),
    }
}

/// Why the evaluations of a witness refute a relation, if they do not say it themselves.
pub fn refuted(relation: Relation) -> Option<&'static str> {
    match relation {
        Relation::Equal => None,
        Relation::UpToScale => Some("no factor c > 0 fits"),
        Relation::UpToShift => Some("the differences along the last axis are not all the same"),
    }
}

/// Which outputs are related and which are not, for a relation other than equality: those that agree, how
/// sure that is, and those that differ. `scale` is the factor that fits the outputs that agree.
pub fn outputs(
    relation: Relation,
    scale: Option<&BigRational>,
    [agree, how, differ]: [&str; 3],
) -> Option<String> {
    match relation {
        Relation::Equal => None,
        Relation::UpToScale => {
            let scale = number::rational(scale?, Space::Short);
            Some(format!("c = {scale} fits outputs {agree}{how}, not {differ}"))
        }
        Relation::UpToShift => Some(format!("outputs {agree} are shifted alike{how}, {differ} otherwise")),
    }
}

/// What coefficients are compared of, and what those of the second network are multiplied with.
pub fn coefficients(relation: Relation, references: &[usize], output: &Shape) -> (String, &'static str) {
    match (relation, references) {
        (Relation::Equal, _) => (String::new(), ""),
        (Relation::UpToScale, _) => (String::new(), " times c"),
        (Relation::UpToShift, [one]) => {
            (format!(" of the differences from output {}", number::index(&output.unravel(*one))), "")
        }
        (Relation::UpToShift, _) => (" of the differences from one output of each row".to_string(), ""),
    }
}
