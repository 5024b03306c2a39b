//! The answer to one claim of `samenet check` as text and as JSON.

use std::path::Path;

use annotate_snippets::normalize_untrusted_str;
use anstyle::{AnsiColor, Style};
use samenet::judge::Status;
use samenet::model::Claim;
use serde_json::{Value, json};

use super::json as to_json;
use crate::cli::claim::Answer;

/// Labels and claims longer than this (in characters) are cut in text output.
const LONGEST: usize = 100;

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

/// A text on one line, without anything that a terminal would obey.
fn line_of(text: &str) -> String {
    normalize_untrusted_str(&text.replace(['\n', '\r', '\t'], " "))
}

/// The answer for people.
pub fn text(path: &Path, line: usize, claim: &Claim, answer: &Answer) -> String {
    let (word, colour) = match answer.status {
        Status::Holds => ("holds", AnsiColor::Green),
        Status::Fails => ("fails", AnsiColor::Red),
        Status::Undecided => ("undecided", AnsiColor::Yellow),
    };
    let (style, dim) = (colour.on_default().bold(), Style::new().dimmed());
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
pub fn json(path: &Path, line: usize, claim: &Claim, answer: &Answer) -> Value {
    json!({
        "file": path.display().to_string(),
        "line": line,
        "label": claim.label,
        "claim": claim.text,
        "status": match answer.status {
            Status::Holds => "holds",
            Status::Fails => "fails",
            Status::Undecided => "undecided",
        },
        "certain": answer.certain,
        "evidence": answer.evidence,
        "seconds": to_json::seconds(answer.seconds),
    })
}
