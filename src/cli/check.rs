//! `samenet check`: decides every claim of some files.

use std::path::{Path, PathBuf};

use annotate_snippets::normalize_untrusted_str;
use anstyle::{AnsiColor, Style};
use samenet::diagnostic::Diagnostic;
use samenet::model::{Bindings, Claim, weight_names};
use serde_json::{Value, json};

use super::arguments::Check;
use super::claim::{self, Answer, Status};
use super::failure::Failure;
use super::output::Output;
use super::render::excerpt::Lines;
use super::render::json as to_json;
use super::render::verdict::plural;
use super::{Outcome, files, load};

/// Labels and claims longer than this (in characters) are cut in text output.
const LONGEST: usize = 100;

/// Decides the claims, printing each as soon as it is decided.
pub fn run(arguments: &Check, output: &mut Output) -> Result<Outcome, Failure> {
    let files = files::find(&arguments.paths)?;
    let bindings = distribute(arguments.bindings.with(&[])?, &files)?;
    let mut tally = Tally::default();
    let mut objects = Vec::new();
    for (path, bindings) in files.into_iter().zip(bindings) {
        let (program, sources) = match load::program(&path, &bindings) {
            Ok(loaded) => loaded,
            Err(failure) => {
                failure.report();
                tally.errors += 1;
                continue;
            }
        };
        let lines = sources.iter().next().map(|(_, source)| Lines::new(&source.text));
        let mut meaningless = 0;
        // Claims are those of the file itself, which is the first that was read.
        for claim in program.claims.iter().filter(|claim| selected(claim, arguments.filter.as_deref())) {
            tally.selected += 1;
            let line = lines.as_ref().map_or(0, |lines| lines.of(claim.span.start as usize) + 1);
            // After an error `--json` prints nothing, so there is no point in deciding anything.
            if arguments.json && tally.errors + meaningless > 0 {
                continue;
            }
            match claim::answer(claim, &arguments.budget) {
                Ok(answer) => {
                    tally.count(answer.status);
                    if arguments.json {
                        objects.push(object(&path, line, claim, &answer));
                    } else {
                        output.line(&text(&path, line, claim, &answer))?;
                    }
                }
                Err(error) => {
                    let diagnostic = Diagnostic::new("meaningless-claim", claim.span, error.to_string());
                    Failure::Diagnostics(vec![diagnostic], Box::new(sources.clone())).report();
                    meaningless = 1;
                }
            }
        }
        tally.errors += meaningless;
    }
    if let Some(filter) = arguments.filter.as_deref().filter(|_| tally.selected == 0 && tally.errors == 0) {
        return Err(Failure::message(format!("no claim contains `{filter}`")));
    }
    if !arguments.json {
        output.line(&tally.summary())?;
    } else if tally.errors == 0 {
        output.json(&json!({
            "schema": 1, "claims": objects,
            "holds": tally.holds, "fails": tally.fails, "undecided": tally.undecided,
        }))?;
    }
    Ok(tally.outcome())
}

/// The bindings for every file. With several files, one takes those of its own weights, and each must be for
/// some file.
fn distribute(bindings: Bindings, files: &[PathBuf]) -> Result<Vec<Bindings>, Failure> {
    if bindings.0.is_empty() || files.len() == 1 {
        return Ok(vec![bindings; files.len()]);
    }
    let names: Vec<Vec<String>> = files.iter().map(|path| weight_names(path)).collect();
    if let Some((unknown, _)) = bindings.0.iter().find(|(name, _)| !names.iter().flatten().any(|n| n == name))
    {
        return Err(Failure::message(format!("no file has weights called `{unknown}`, which --set binds")));
    }
    let known = |names: Vec<String>| {
        Bindings(bindings.0.iter().filter(|(name, _)| names.contains(name)).cloned().collect())
    };
    Ok(names.into_iter().map(known).collect())
}

fn selected(claim: &Claim, filter: Option<&str>) -> bool {
    let contains = |text: &str| filter.is_none_or(|filter| text.contains(filter));
    contains(&claim.text) || claim.label.as_deref().is_some_and(contains)
}

fn text(path: &Path, line: usize, claim: &Claim, answer: &Answer) -> String {
    let (word, colour) = match answer.status {
        Status::Holds => ("holds", AnsiColor::Green),
        Status::Fails => ("fails", AnsiColor::Red),
        Status::Undecided => ("undecided", AnsiColor::Yellow),
    };
    let (style, dim) = (colour.on_default().bold(), Style::new().dimmed());
    let label = claim.label.as_deref().filter(|label| !label.trim().is_empty());
    let name = line_of(&cut(label.unwrap_or(&claim.text)));
    let path = line_of(&path.display().to_string());
    let mut text = format!(
        "{style}{word:<9}{style:#}  {name}  {dim}({path}:{line}){dim:#}  {}  {dim}[{:.3} s]{dim:#}",
        answer.how, answer.seconds,
    );
    for line in &answer.details {
        text.push_str(&format!("\n           {line}"));
    }
    text
}

/// A text on one line, without anything that a terminal would obey.
fn line_of(text: &str) -> String {
    normalize_untrusted_str(&text.replace(['\n', '\r', '\t'], " "))
}

fn cut(text: &str) -> String {
    match text.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}...", &text[..end]),
        None => text.to_string(),
    }
}

fn object(path: &Path, line: usize, claim: &Claim, answer: &Answer) -> Value {
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

#[derive(Default)]
struct Tally {
    selected: u64,
    holds: u64,
    fails: u64,
    undecided: u64,
    /// Files in which something is wrong.
    errors: u64,
}

impl Tally {
    fn count(&mut self, status: Status) {
        *match status {
            Status::Holds => &mut self.holds,
            Status::Fails => &mut self.fails,
            Status::Undecided => &mut self.undecided,
        } += 1;
    }

    fn outcome(&self) -> Outcome {
        [(self.errors, Outcome::Error), (self.fails, Outcome::Fails), (self.undecided, Outcome::Undecided)]
            .into_iter()
            .filter(|&(count, _)| count > 0)
            .fold(Outcome::Holds, |outcome, (_, other)| outcome.and(other))
    }

    fn summary(&self) -> String {
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
        parts.join(", ")
    }
}
