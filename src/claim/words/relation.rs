//! Words that depend on the relation that was asked about.

use num_rational::BigRational;

use super::number::{self, Space};
use crate::domain::Relation;

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

/// Outputs that are related although the networks are not, as lists in words.
pub struct Outputs<'a> {
    /// Outputs that agree, up to the relation.
    pub agree: &'a str,
    /// How sure that is, in parentheses.
    pub how: &'a str,
    /// Outputs that differ.
    pub differ: &'a str,
}

/// Which outputs are related and which are not, for a relation other than equality; `scale` is the factor
/// that fits the outputs that agree.
pub fn outputs(relation: Relation, scale: Option<&BigRational>, outputs: &Outputs<'_>) -> Option<String> {
    let Outputs { agree, how, differ } = outputs;
    match relation {
        Relation::Equal => None,
        Relation::UpToScale => {
            let scale = number::rational(scale?, Space::Short);
            Some(format!("c = {scale} fits outputs {agree}{how}, not {differ}"))
        }
        Relation::UpToShift => Some(format!("outputs {agree} are shifted alike{how}, {differ} otherwise")),
    }
}
