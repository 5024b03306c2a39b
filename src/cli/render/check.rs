//! The answer to one claim of `samenet check` as text and as JSON.

use std::path::Path;

use annotate_snippets::normalize_untrusted_str;
use anstyle::Style;
use serde_json::{Value, json};

use super::json as to_json;
use super::json::evidence;
use super::replay;
use crate::claim::words::{Sides, undecided};
use crate::claim::{Finding, Status};
use crate::cli::answer::Told;
use crate::cli::command::Outcome;
use crate::cli::options::OPTIONS;
use crate::model::Claim;

/// Labels and claims longer than this (in characters) are cut in text output.
const LONGEST: usize = 100;

/// The parts of the answer to a claim, ready to be shown.
#[derive(Debug)]
pub struct Shown {
    pub status: Status,
    /// Whether there is no probability of an error.
    pub certain: bool,
    /// How it was decided, in one line.
    pub how: String,
    /// What refutes a claim that fails, in lines.
    pub details: Vec<String>,
    /// How the two sides differ, in lines, for a claim that fails.
    pub explanation: Vec<String>,
    /// How it was decided, for `--json`.
    pub evidence: Value,
    pub seconds: f64,
}

impl Shown {
    /// The parts of an answer.
    pub fn of(told: &Told) -> Shown {
        let Told { answer, replay, seconds } = told;
        let mut lines = answer.explanation(&Sides::CLAIM);
        let mut evidence = evidence::finding(answer, &OPTIONS);
        if let Finding::Different { witness, asked, explanation } = &answer.finding {
            evidence["witness"] = evidence::witness(witness, asked);
            if let Some(found) = explanation {
                evidence["explanation"] = evidence::explanation(found, asked);
            }
            if let Some(program) = replay {
                evidence["replay"] = replay::json(Some(program));
                lines.extend(replay::text(program, false).filter(|_| program.is_ok()));
            }
        }
        Shown {
            status: answer.status,
            certain: answer.certain,
            how: answer.headline(&OPTIONS),
            details: answer.refutation(&Sides::CLAIM),
            explanation: lines,
            evidence,
            seconds: *seconds,
        }
    }

    /// The same when there is no answer.
    pub fn undecided(reason: &str, needed: &str, seconds: f64) -> Shown {
        Shown {
            status: Status::Undecided,
            certain: false,
            how: undecided::line(reason, needed),
            details: Vec::new(),
            explanation: Vec::new(),
            evidence: evidence::undecided(reason, needed),
            seconds,
        }
    }
}

/// What a claim is called: its label, or what it says.
pub fn name(claim: &Claim) -> &str {
    claim.label.as_deref().filter(|label| !label.trim().is_empty()).unwrap_or(&claim.text)
}

/// A text of limited length.
pub fn cut(text: &str) -> String {
    match text.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}...", &text[..end]),
        None => text.to_string(),
    }
}

/// A text on one line, without control sequences.
fn line_of(text: &str) -> String {
    normalize_untrusted_str(&text.replace(['\n', '\r', '\t'], " "))
}

/// The answer for people.
pub fn text(path: &Path, line: usize, claim: &Claim, answer: &Shown) -> String {
    let word = answer.status.name();
    let (style, dim) = (Outcome::from(answer.status).style(), Style::new().dimmed());
    let name = line_of(&cut(name(claim)));
    let path = line_of(&path.display().to_string());
    let mut text = format!(
        "{style}{word:<9}{style:#}  {name}  {dim}({path}:{line}){dim:#}  {}  {dim}[{:.3} s]{dim:#}",
        answer.how, answer.seconds,
    );
    for line in answer.details.iter().chain(&answer.explanation) {
        text.push_str(&format!("\n           {line}"));
    }
    text
}

/// The answer for programs, in the schema of `grammar/json.md`.
pub fn json(path: &Path, line: usize, claim: &Claim, answer: &Shown) -> Value {
    json!({
        "file": path.display().to_string(),
        "line": line,
        "label": claim.label,
        "claim": claim.text,
        "status": answer.status.name(),
        "certain": answer.certain,
        "evidence": answer.evidence,
        "seconds": to_json::seconds(answer.seconds),
    })
}
