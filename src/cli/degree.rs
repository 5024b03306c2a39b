//! What a degree says about a claim such as `degree(net) <= 4`.

use num_rational::BigRational;
use samenet::domain::Comparison;
use samenet::equality::Degree;
use samenet::judge::{self, Status};
use serde_json::{Value, json};

use super::certificate::Found;
use super::claim::Answer;
use super::needs::needed;
use super::render::{json as to_json, verdict};

/// The answer to `degree OP bound`.
pub fn answer(degree: &Degree, comparison: Comparison, bound: &BigRational) -> Answer {
    match judge::degree(degree, comparison, bound) {
        Status::Undecided => undecided(degree),
        status => {
            let (certain, how) = describe(degree);
            let found = Found::Degree(status == Status::Holds);
            Answer { status, certain, how, evidence: evidence(degree), found, ..Answer::default() }
        }
    }
}

fn describe(degree: &Degree) -> (bool, String) {
    match degree {
        Degree::Exactly { degree, error_log2 } => {
            let text = match degree {
                Some(degree) => format!("the degree is {degree}"),
                None => "the zero polynomial, whose degree is below every number".to_string(),
            };
            match error_log2 {
                None => (true, format!("{text}, proved")),
                Some(k) => (false, format!("{text}, error at most 2^-{k}: random evaluation")),
            }
        }
        Degree::Between { lowest, highest, .. } => (true, format!("{}, proved", between(*lowest, *highest))),
    }
}

fn between(lowest: Option<u64>, highest: Option<u64>) -> String {
    match (lowest, highest) {
        (Some(lowest), Some(highest)) => format!("the degree is at least {lowest} and at most {highest}"),
        (Some(lowest), None) => format!("the degree is at least {lowest}"),
        (None, Some(highest)) => format!("the degree is at most {highest}"),
        (None, None) => "no bound is known".to_string(),
    }
}

fn evidence(degree: &Degree) -> Value {
    let (lowest, highest, error) = match degree {
        Degree::Exactly { degree, error_log2 } => (*degree, *degree, *error_log2),
        Degree::Between { lowest, highest, .. } => (*lowest, *highest, None),
    };
    let error = error.map(|k| -i64::from(k));
    json!({"kind": "degree", "lowest": lowest, "highest": highest, "error_log2": error})
}

fn undecided(degree: &Degree) -> Answer {
    let (how, evidence) = match degree {
        Degree::Between { lowest, highest, undecided } => {
            let text = format!("{undecided} ({})", between(*lowest, *highest));
            let needed = needed(&undecided.shortage);
            (verdict::undecided(&text, &needed), to_json::undecided(&text, &needed))
        }
        // An exact degree decides every claim.
        Degree::Exactly { .. } => (String::new(), to_json::undecided("", "")),
    };
    Answer { how, evidence, ..Answer::default() }
}
