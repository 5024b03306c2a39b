//! `samenet verify`: the independent checker.

use std::fs::File;
use std::io::Read;
use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use anstyle::AnsiColor;
use samenet::certificate::Verdict;
use samenet::check::{self, Refusal, RefusalKind};
use serde_json::{Value, json};

use super::arguments::Verify;
use super::clock::Deadline;
use super::failure::Failure;
use super::output::Output;
use super::supervisor::{Stopped, supervise};
use super::{Outcome, memory};

/// Certificates of more bytes are not read.
const LONGEST: u64 = 1 << 28;

/// Verifies the certificates, printing the outcome of each.
pub fn run(arguments: &Verify, start: Instant, output: &mut Output) -> Result<Outcome, Failure> {
    memory::limit(arguments.limits.memory);
    let (mut outcome, mut start) = (Outcome::Holds, start);
    let mut objects = Vec::new();
    for path in &arguments.certificates {
        let checked = verify(path, arguments, start);
        start = Instant::now();
        match checked {
            Ok(checked) => {
                outcome = outcome.and(checked.outcome);
                if arguments.json {
                    objects.push(checked.json(path));
                } else {
                    output.line(&checked.text(path))?;
                }
            }
            Err(failure) => {
                failure.report();
                outcome = Outcome::Error;
            }
        }
    }
    if arguments.json && outcome != Outcome::Error {
        output.json(&json!({"schema": 1, "certificates": objects}))?;
    }
    Ok(outcome)
}

/// What checking a certificate came to.
struct Checked {
    outcome: Outcome,
    /// The verdict of a valid certificate.
    verdict: Option<Verdict>,
    field: String,
    reason: String,
}

fn verify(path: &Path, arguments: &Verify, start: Instant) -> Result<Checked, Failure> {
    let name = path.display();
    let clock = Arc::new(Deadline::new(start, arguments.limits.time, &name.to_string()));
    let result = supervise(&clock, {
        let (clock, path) = (clock.clone(), path.to_path_buf());
        move || {
            clock.begin("reading");
            // A pipe may keep silent for ever, so reading is within the budget too.
            let text = read(&path)?;
            clock.begin("verifying");
            Ok(check::verify(&text))
        }
    });
    let refused = |outcome, field: String, reason| Ok(Checked { outcome, verdict: None, field, reason });
    let result = match result {
        Ok(Err(why)) => {
            let why: String = why;
            return Err(Failure::message(format!("cannot read `{name}`: {why}")));
        }
        Ok(Ok(result)) => Ok(result),
        Err(stopped) => Err(stopped),
    };
    match result {
        Ok(Ok(certificate)) => {
            let verdict = Some(certificate.verdict);
            Ok(Checked { outcome: Outcome::Holds, verdict, field: String::new(), reason: String::new() })
        }
        Ok(Err(Refusal { kind: RefusalKind::Invalid, field, reason })) => {
            refused(Outcome::Fails, field, reason)
        }
        Ok(Err(Refusal { kind: RefusalKind::Incomplete, field, reason })) => {
            refused(Outcome::Undecided, field, reason)
        }
        Ok(Err(refusal)) => Err(Failure::message(format!("`{name}`: {refusal}"))),
        Err(broken @ Stopped::Broken(_)) => Err(broken.failure(&arguments.limits)),
        Err(stopped) => {
            let (reason, needed) = stopped.explain(&arguments.limits);
            refused(Outcome::Undecided, "evidence".to_string(), format!("{reason}; allow {needed}"))
        }
    }
}

fn read(path: &Path) -> Result<String, String> {
    let file = File::open(path).map_err(|error| error.to_string())?;
    let mut bytes = Vec::new();
    file.take(LONGEST + 1).read_to_end(&mut bytes).map_err(|error| error.to_string())?;
    if bytes.len() as u64 > LONGEST {
        return Err("it has more than 256 MiB".to_string());
    }
    String::from_utf8(bytes).map_err(|_| "it is not a text file".to_string())
}

impl Checked {
    fn word(&self) -> &'static str {
        match self.outcome {
            Outcome::Holds => "valid",
            Outcome::Fails => "invalid",
            Outcome::Undecided => "incomplete",
            Outcome::Error => "error",
        }
    }

    fn verdict(&self) -> Option<&'static str> {
        self.verdict.map(|verdict| match verdict {
            Verdict::Holds => "holds",
            Verdict::Fails => "fails",
        })
    }

    fn text(&self, path: &Path) -> String {
        let (word, name) = (self.word(), path.display());
        let colour = match self.outcome {
            Outcome::Holds => AnsiColor::Green,
            Outcome::Undecided => AnsiColor::Yellow,
            _ => AnsiColor::Red,
        };
        let style = colour.on_default().bold();
        let detail = match self.verdict() {
            Some(verdict) => format!("the statement {verdict}"),
            None => format!("{}: {}", self.field, self.reason),
        };
        format!("{style}{word:<10}{style:#}  {name}  {detail}")
    }

    fn json(&self, path: &Path) -> Value {
        let refused = self.verdict.is_none();
        json!({
            "file": path.display().to_string(),
            "outcome": self.word(),
            "verdict": self.verdict(),
            "field": refused.then_some(&self.field),
            "reason": refused.then_some(&self.reason),
        })
    }
}
