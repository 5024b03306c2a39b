//! `samenet verify`: the independent checker.

use std::fs::File;
use std::io::{ErrorKind, Read};
use std::path::{Path, PathBuf};
use std::time::Instant;

use clap::Args;
use serde_json::{Value, json};

use super::command::{Outcome, Output, Task};
use super::failure::Failure;
use super::options::Limits;
use super::supervisor::Stopped;
use crate::certificate::{Certificate, Verdict};
use crate::check::{self, Reader, Refusal, RefusalKind};

/// Longer certificates (in bytes) are not read.
const LONGEST: u64 = 1 << 28;

const VERIFY_EXAMPLES: &str = "\
Examples:
  samenet verify proof.json
  samenet verify certificates/*.json

Exit code: 0 all are valid, 1 some are invalid, 3 some could not be checked completely, 2 an error.
If several apply, the first of 2, 1, 3, 0 is returned.";

/// Verify certificates with an independent checker
///
/// The checker reads the models and weight files that a certificate names again (paths are relative to the
/// working directory), recomputes everything that the certificate says, and replays its evidence. It reads
/// files as the other commands do, but shares no method with those that write certificates. The format is in
/// grammar/certificate.md.
#[derive(Debug, Args)]
#[command(after_long_help = VERIFY_EXAMPLES)]
pub struct Verify {
    /// Certificates, as `equal --certificate` and `check --certificates` write them
    #[arg(required = true, value_name = "CERTIFICATE")]
    pub certificates: Vec<PathBuf>,

    #[command(flatten)]
    pub limits: Limits,

    /// Print one JSON object instead of text (its schema is in grammar/json.md)
    #[arg(long)]
    pub json: bool,
}

impl Verify {
    /// Runs the command and prints the answer. Its time started at `start`.
    pub fn run(self, start: Instant, output: &mut Output) -> Result<Outcome, Failure> {
        let arguments = &self;
        let (mut outcome, mut start) = (Outcome::Holds, start);
        let (mut objects, mut reader) = (Vec::new(), Reader::default());
        for path in &arguments.certificates {
            let checked = verify(path, arguments, start, &mut reader);
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
                    outcome = outcome.and(Outcome::Error);
                    let refused = ("certificate".to_string(), failure.summary());
                    objects.push(Checked { outcome: Outcome::Error, found: Err(refused) }.json(path));
                }
            }
        }
        if arguments.json {
            output.json(&json!({"schema": 1, "certificates": objects}))?;
        }
        Ok(outcome)
    }
}

/// The outcome of checking a certificate.
struct Checked {
    outcome: Outcome,
    /// The verdict of a valid certificate, or a field and what is wrong with it.
    found: Result<Verdict, (String, String)>,
}

fn verify(path: &Path, arguments: &Verify, start: Instant, reader: &mut Reader) -> Result<Checked, Failure> {
    let name = path.display();
    // If the work is abandoned, so is the reader.
    let mut taken = std::mem::take(reader);
    let checked = Task::new(arguments.limits, start, &name.to_string()).run({
        let path = path.to_path_buf();
        move |clock| {
            clock.begin("reading");
            // A pipe may stay silent forever, so reading counts too.
            let text = read(&path)?;
            clock.begin("verifying");
            let verified = check::verify_with(&mut taken, &text);
            Ok::<_, String>((taken, verified))
        }
    })?;
    let checked = checked.map(|read| {
        read.map(|(taken, verified)| {
            *reader = taken;
            verified
        })
    });
    let refused = |outcome, field, reason| Ok(Checked { outcome, found: Err((field, reason)) });
    match checked {
        Err(Stopped { reason, needed, .. }) => {
            refused(Outcome::Undecided, "evidence".to_string(), format!("{reason}; allow {needed}"))
        }
        Ok(Err(why)) => Err(Failure::message(format!("cannot read `{name}`: {why}")).help(WRITTEN_BY)),
        Ok(Ok(Ok(Certificate { verdict, .. }))) => {
            Ok(Checked { outcome: Outcome::Holds, found: Ok(verdict) })
        }
        Ok(Ok(Err(Refusal { kind: RefusalKind::Invalid, field, reason }))) => {
            refused(Outcome::Fails, field, reason)
        }
        Ok(Ok(Err(Refusal { kind: RefusalKind::Incomplete, field, reason }))) => {
            refused(Outcome::Undecided, field, reason)
        }
        Ok(Ok(Err(refusal))) => Err(Failure::message(format!("`{name}`: {refusal}")).help(WRITTEN_BY)),
    }
}

/// Where certificates come from.
const WRITTEN_BY: &str = "`equal --certificate FILE`, `check --certificates DIR` and `classes \
                          --certificates DIR` write certificates";

fn read(path: &Path) -> Result<String, String> {
    let file = File::open(path).map_err(|error| match error.kind() {
        ErrorKind::NotFound => "there is no such file".to_string(),
        _ => error.to_string(),
    })?;
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

    fn text(&self, path: &Path) -> String {
        let (word, name) = (self.word(), path.display());
        let style = self.outcome.style();
        let detail = match &self.found {
            Ok(Verdict::Holds) => "the statement holds".to_string(),
            Ok(Verdict::Fails) => "the statement fails".to_string(),
            Err((field, reason)) => format!("{field}: {reason}"),
        };
        format!("{style}{word:<10}{style:#}  {name}  {detail}")
    }

    fn json(&self, path: &Path) -> Value {
        let refused = self.found.as_ref().err();
        json!({
            "file": path.display().to_string(),
            "outcome": self.word(),
            "verdict": self.found.as_ref().ok(),
            "field": refused.map(|(field, _)| field),
            "reason": refused.map(|(_, reason)| reason),
        })
    }
}
