//! `samenet check`: decides every claim of some files.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

use annotate_snippets::normalize_untrusted_str;
use anstyle::{AnsiColor, Style};
use samenet::certificate::{Binding, Source};
use samenet::diagnostic::Diagnostic;
use samenet::judge::Status;
use samenet::model::{Bindings, Claim, Program, same_files, weight_names};
use serde_json::{Value, json};

use super::arguments::Check;
use super::certificate::{self, Found, Wanted};
use super::claim::{self, Answer};
use super::clock::Deadline;
use super::failure::Failure;
use super::junit::Junit;
use super::output::Output;
use super::render::excerpt::Lines;
use super::render::json as to_json;
use super::render::verdict::plural;
use super::supervisor::{Preliminary, Stopped, supervise};
use super::{Outcome, load, memory};

/// Labels and claims longer than this (in characters) are cut in text output.
const LONGEST: usize = 100;

/// Decides the claims, printing each as soon as it is decided.
pub fn run(arguments: &Check, start: Instant, output: &mut Output) -> Result<Outcome, Failure> {
    memory::limit(arguments.budget.limits.memory);
    let junit = arguments.junit.as_deref().map(|path| Junit::begin(path, start)).transpose()?;
    let mut check = Checking {
        arguments,
        output,
        tally: Tally::default(),
        objects: Vec::new(),
        junit,
        exhausted: false,
        written: BTreeSet::new(),
    };
    let decided = check.all(start);
    if let Some(mut junit) = check.junit.take() {
        if let Err(failure) = &decided {
            junit.end_file(false);
            junit.error("samenet check", None, failure);
        }
        if let Err(unwritten) = junit.write() {
            unwritten.report();
            check.tally.errors += 1;
        }
    }
    decided?;
    check.summary()
}

/// What has been done so far.
struct Checking<'a> {
    arguments: &'a Check,
    output: &'a mut Output,
    tally: Tally,
    /// The answers, for `--json`.
    objects: Vec<Value>,
    /// The report, for `--junit`.
    junit: Option<Junit>,
    /// Whether memory is used up by something that could not be stopped in good order.
    exhausted: bool,
    /// The names of the certificates written.
    written: BTreeSet<PathBuf>,
}

impl Checking<'_> {
    /// Decides the claims of all files.
    fn all(&mut self, start: Instant) -> Result<(), Failure> {
        let files = same_files(&self.arguments.paths).map_err(|error| Failure::message(error.to_string()))?;
        let bindings = distribute(self.arguments, &files, start)?;
        let mut start = start;
        for (path, bindings) in files.into_iter().zip(bindings) {
            if let Some(junit) = &mut self.junit {
                junit.file(&path);
            }
            if let Err(failure) = self.file(&path, bindings, start) {
                if matches!(failure, Failure::NobodyReads) {
                    return Err(failure);
                }
                if let Some(junit) = &mut self.junit {
                    junit.error(&path.display().to_string(), None, &failure);
                }
                failure.report();
                self.tally.errors += 1;
            }
            if let Some(junit) = &mut self.junit {
                junit.end_file(self.arguments.filter.is_some());
            }
            start = Instant::now();
        }
        match &self.arguments.filter {
            Some(filter) if self.tally.selected == 0 && self.tally.errors == 0 => {
                Err(Failure::message(format!("no claim contains `{filter}`")))
            }
            _ => Ok(()),
        }
    }

    /// What it all came to.
    fn summary(self) -> Result<Outcome, Failure> {
        let Checking { arguments, output, tally, objects, .. } = self;
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

    /// Decides the claims of one file. The time of the first of them began when the file's did.
    fn file(&mut self, path: &Path, bindings: Bindings, start: Instant) -> Result<(), Failure> {
        let limits = self.arguments.budget.limits;
        if self.exhausted {
            let message = format!("`{}` was not read: the memory budget is used up", path.display());
            return Err(Failure::message(message).help("check the files one by one"));
        }
        let clock = Arc::new(Deadline::new(start, limits.time, "reading"));
        let wanted = self.arguments.certificates.is_some();
        let set = if wanted { certificate::bindings(&bindings)? } else { Vec::new() };
        let loaded = supervise(&clock, {
            let (path, clock) = (path.to_path_buf(), clock.clone());
            move || load::program(&path, &bindings, &clock)
        });
        let loaded = loaded.map_err(|stopped| {
            self.exhausted |= matches!(stopped, Stopped::Memory(_));
            stopped.failure(&limits)
        })?;
        drop(clock);
        let (program, sources) = loaded?;
        let program = Arc::new(program);
        let lines = sources.iter().next().map(|(_, source)| Lines::new(&source.text));
        let mut meaningless = 0;
        let mut start = start;
        // Claims are those of the file itself, which is the first that was read.
        for (position, claim) in program.claims.iter().enumerate() {
            if !selected(claim, self.arguments.filter.as_deref()) {
                continue;
            }
            self.tally.selected += 1;
            let line = lines.as_ref().map_or(0, |lines| lines.of(claim.span.start as usize) + 1);
            // After an error `--json` prints nothing, so there is no point in deciding anything, but for a report.
            if self.arguments.json && self.junit.is_none() && self.tally.errors + meaningless > 0 {
                continue;
            }
            match self.answer(&program, position, start)? {
                Ok(answer) => {
                    self.tally.count(answer.status);
                    if let Some(junit) = &mut self.junit {
                        junit.claim(&cut(name(claim)), line, claim, &answer);
                    }
                    if self.arguments.json {
                        self.objects.push(object(path, line, claim, &answer));
                    } else {
                        self.output.line(&text(path, line, claim, &answer))?;
                    }
                    self.certify(path, &set, (position, claim), answer.found)?;
                }
                Err(error) => {
                    let diagnostic = Diagnostic::new("meaningless-claim", claim.span, error);
                    let failure = Failure::Diagnostics(vec![diagnostic], Box::new(sources.clone()));
                    if let Some(junit) = &mut self.junit {
                        junit.error(&cut(name(claim)), Some(line), &failure);
                    }
                    failure.report();
                    meaningless = 1;
                }
            }
            start = Instant::now();
        }
        self.tally.errors += meaningless;
        Ok(())
    }

    /// Writes the certificate of a claim, if certificates are wanted and there is one.
    fn certify(
        &mut self,
        path: &Path,
        set: &[Binding],
        (position, claim): (usize, &Claim),
        found: Found,
    ) -> Result<(), Failure> {
        let Some(directory) = &self.arguments.certificates else { return Ok(()) };
        if matches!(found, Found::Nothing) {
            return Ok(());
        }
        let (file, label) = (certificate::utf8(path)?, name(claim));
        let number = position + 1;
        let name = certificate::name(&file, number, &mut self.written);
        let source = Source::Claim { file, set: set.to_vec(), number, text: claim.text.clone() };
        fs::create_dir_all(directory)
            .map_err(|error| Failure::message(format!("cannot create `{}`: {error}", directory.display())))?;
        let wanted = Wanted { source, found };
        match certificate::write(&directory.join(name), wanted, &self.arguments.budget.limits) {
            Ok(_) => self.tally.certificates += 1,
            Err(failure) => {
                if let Some(junit) = &mut self.junit {
                    junit.error(&cut(label), None, &failure);
                }
                failure.report();
                self.tally.errors += 1;
                // Work that was refused memory keeps what it has.
                self.exhausted |= memory::refused();
            }
        }
        Ok(())
    }

    /// Decides one claim.
    fn answer(
        &mut self,
        program: &Arc<Program>,
        position: usize,
        start: Instant,
    ) -> Result<Result<Answer, String>, Failure> {
        let budget = self.arguments.budget;
        if self.exhausted {
            let reason = "not tried: an earlier claim used up the memory budget";
            return Ok(Ok(claim::undecided(reason, "checking it alone, with --filter")));
        }
        let clock = Arc::new(Deadline::new(start, budget.limits.time, name(&program.claims[position])));
        let unexplained = Preliminary::new();
        let answer = supervise(&clock, {
            let (program, clock, unexplained) = (program.clone(), clock.clone(), unexplained.clone());
            move || claim::answer(&program.claims[position], &budget, &clock, &unexplained)
        });
        self.exhausted |= matches!(answer, Err(Stopped::Memory(_)));
        match (answer, unexplained.take()) {
            (Ok(answer), _) => Ok(answer),
            // An explanation that was not finished is no reason to be silent about the verdict.
            (Err(_), Some(answer)) => Ok(Ok(answer)),
            (Err(broken @ Stopped::Broken(_)), None) => Err(broken.failure(&budget.limits)),
            (Err(stopped), None) => {
                let (reason, needed) = stopped.explain(&budget.limits);
                let mut answer = claim::undecided(&reason, &needed);
                answer.seconds = start.elapsed().as_secs_f64();
                Ok(Ok(answer))
            }
        }
    }
}

/// The bindings for every file. With several files, one takes those of its own weights, and each must be for
/// some file.
fn distribute(arguments: &Check, files: &[PathBuf], start: Instant) -> Result<Vec<Bindings>, Failure> {
    let bindings = arguments.bindings.with(&[])?;
    if bindings.0.is_empty() || files.len() == 1 {
        return Ok(vec![bindings; files.len()]);
    }
    let limits = arguments.budget.limits;
    let clock = Arc::new(Deadline::new(start, limits.time, "reading"));
    let names = supervise(&clock, {
        let files = files.to_vec();
        move || files.iter().map(|path| weight_names(path)).collect::<Vec<Vec<String>>>()
    });
    let names = names.map_err(|stopped| stopped.failure(&limits))?;
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

/// What a claim is called: its label, or what it says.
fn name(claim: &Claim) -> &str {
    claim.label.as_deref().filter(|label| !label.trim().is_empty()).unwrap_or(&claim.text)
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
    /// Files in which something is wrong, and certificates that could not be written.
    errors: u64,
    /// Certificates written.
    certificates: u64,
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
        if self.certificates > 0 {
            parts.push(plural(self.certificates, "certificate written", "certificates written"));
        }
        parts.join(", ")
    }
}
