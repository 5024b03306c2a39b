//! `samenet check`: decides every claim of some files.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

use clap::Args;
use serde_json::{Value, json};

use super::answer::{Untold, tell};
use super::certificate::{self, Writer};
use super::command::{Outcome, Output, Task};
use super::failure::Failure;
use super::junit::{self, Junit};
use super::options::{Budget, Set};
use super::render::check::{self as render, Shown};
use super::render::excerpt::Lines;
use super::{load, memory};
use crate::certificate::{Binding, Source};
use crate::claim::{Answer, Status};
use crate::diagnostic::Diagnostic;
use crate::equality::QuestionError;
use crate::model::{Bindings, Claim, FilesError, same_files};
use crate::plural::plural;

const CHECK_EXAMPLES: &str = "\
Examples:
  samenet check circuits.same
  samenet check examples/ --filter bits
  samenet check runs.same --set LATE=runs/step_9000.safetensors --time 600
  samenet check examples/ --json > report.json
  samenet check claims/ --junit report.xml
  samenet check examples/ --certificates certificates/

Exit code: 0 every claim holds, 1 some claim fails, 3 some claim is undecided, 2 an error.
If several apply, the first of 2, 1, 3, 0 is returned.
A file with errors does not keep the others from being checked. No claim at all is an error.";

/// Decide every claim in .same files
///
/// Directories are searched for files that end in .same, subdirectories included, in sorted order. One line
/// is printed for every claim: whether it holds, where it stands, how it was decided, and how long that took.
/// For a claim that fails, the input that refutes it follows.
#[derive(Debug, Args)]
#[command(after_long_help = CHECK_EXAMPLES)]
pub struct Check {
    /// Files, or directories to search for .same files
    #[arg(required = true, value_name = "FILE or DIR")]
    pub paths: Vec<PathBuf>,

    /// Only decide claims whose label or text contains TEXT
    #[arg(long, value_name = "TEXT")]
    pub filter: Option<String>,

    /// Write a JUnit report to FILE, for continuous integration: a test suite for every file, a test case for
    /// every claim, called by its label or text. Undecided claims, and files with errors, are reported as
    /// errors
    #[arg(long, value_name = "FILE")]
    pub junit: Option<PathBuf>,

    /// Write a certificate for every claim that is decided into DIR (see `samenet verify`)
    #[arg(long, value_name = "DIR")]
    pub certificates: Option<PathBuf>,

    #[command(flatten)]
    pub bindings: Set,

    #[command(flatten)]
    pub budget: Budget,

    /// Print one JSON object instead of text (its schema is in grammar/json.md)
    #[arg(long)]
    pub json: bool,
}

impl Check {
    /// Runs the command and prints the answer. Its time started at `start`.
    pub fn run(self, start: Instant, output: &mut Output) -> Result<Outcome, Failure> {
        let arguments = &self;
        let junit = arguments.junit.as_deref().map(|path| Junit::begin(path, start)).transpose()?;
        let mut check = Checking {
            arguments,
            output,
            tally: Tally::default(),
            objects: Vec::new(),
            errors: Vec::new(),
            junit,
            exhausted: false,
            written: BTreeSet::new(),
            writer: Writer::new(arguments.budget.limits),
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
}

/// What has been done so far.
struct Checking<'a> {
    arguments: &'a Check,
    output: &'a mut Output,
    tally: Tally,
    /// The answers, for `--json`.
    objects: Vec<Value>,
    /// What went wrong, for `--json`.
    errors: Vec<Value>,
    /// The report, for `--junit`.
    junit: Option<Junit>,
    /// Whether abandoned work holds the memory: nothing more is tried.
    exhausted: bool,
    /// The names of the certificates written.
    written: BTreeSet<PathBuf>,
    writer: Writer,
}

impl Checking<'_> {
    /// Decides the claims of all files.
    fn all(&mut self, start: Instant) -> Result<(), Failure> {
        let files = self.files()?;
        let bindings = distribute(self.arguments, &files, start)?;
        let mut start = start;
        for (path, bindings) in files.into_iter().zip(bindings) {
            if let Some(junit) = &mut self.junit {
                junit.file(&path);
            }
            if let Err(failure) = self.file(&path, bindings, start) {
                if matches!(failure, Failure::BrokenPipe) {
                    return Err(failure);
                }
                self.report(&path.display().to_string(), Some(&path), None, &failure);
                self.tally.errors += 1;
            }
            if let Some(junit) = &mut self.junit {
                junit.end_file(self.arguments.filter.is_some());
            }
            start = Instant::now();
        }
        let Tally { claims, selected, errors, .. } = self.tally;
        match &self.arguments.filter {
            _ if errors > 0 => Ok(()),
            _ if claims == 0 => {
                let paths: Vec<String> =
                    self.arguments.paths.iter().map(|path| format!("`{}`", path.display())).collect();
                Err(Failure::message(format!(
                    "nothing was checked: there is no claim in {}",
                    paths.join(", ")
                ))
                .help("write one, as in `claim \"the same\": a == b`, or name the file that has them"))
            }
            Some(filter) if selected == 0 => Err(Failure::message(format!("no claim contains `{filter}`"))),
            _ => Ok(()),
        }
    }

    /// The files to check. What cannot be read is reported; an error if that is all.
    fn files(&mut self) -> Result<Vec<PathBuf>, Failure> {
        let (mut found, mut failures) = (Vec::new(), Vec::new());
        for path in &self.arguments.paths {
            match same_files(std::slice::from_ref(path)) {
                Ok(_) => found.push(path.clone()),
                Err(error) => {
                    let help = match &error {
                        FilesError::Unreadable(path, _) => unlisted(path),
                        FilesError::Nothing(_) => None,
                    };
                    failures.push((path, Failure::message(error.to_string()).help_if_any(help)));
                }
            }
        }
        let last = if found.is_empty() { failures.pop() } else { None };
        for (path, failure) in failures {
            self.report(&path.display().to_string(), Some(path), None, &failure);
            self.tally.errors += 1;
        }
        match last {
            Some((_, failure)) => Err(failure),
            None => same_files(&found).map_err(|error| Failure::message(error.to_string())),
        }
    }

    /// Prints the summary, or the JSON object.
    fn summary(self) -> Result<Outcome, Failure> {
        let Checking { arguments, output, tally, objects, errors, .. } = self;
        if arguments.json {
            output.json(&json!({
                "schema": 1, "claims": objects,
                "holds": tally.holds, "fails": tally.fails, "undecided": tally.undecided,
                "errors": errors,
            }))?;
        } else {
            output.line(&tally.summary())?;
        }
        Ok(tally.outcome())
    }

    /// Decides the claims of one file. The first of them shares its time with reading the file.
    fn file(&mut self, path: &Path, bindings: Bindings, start: Instant) -> Result<(), Failure> {
        let limits = self.arguments.budget.limits;
        if self.exhausted {
            let message = format!("`{}` was not read: the memory budget is used up", path.display());
            return Err(Failure::message(message).help("check the files one by one"));
        }
        let wanted = self.arguments.certificates.is_some();
        let set = if wanted { certificate::bindings(&bindings)? } else { Vec::new() };
        let reading = Task::new(limits, start, "reading");
        let loaded = reading.run({
            let path = path.to_path_buf();
            move |clock| load::program(&path, &bindings, clock)
        })?;
        self.exhausted |= reading.exhausted();
        drop(reading);
        let (program, sources) = loaded.map_err(|stopped| stopped.failure())??;
        let lines = sources.iter().next().map(|(_, source)| Lines::new(&source.text));
        let mut meaningless = 0;
        let mut start = start;
        self.tally.claims += program.claims.len() as u64;
        let names = junit::names(&program.claims);
        // The claims are all in the file itself, which is the first source.
        for (position, (claim, name)) in program.claims.into_iter().map(Arc::new).zip(names).enumerate() {
            if self.arguments.filter.as_deref().is_some_and(|text| !claim.contains(text)) {
                continue;
            }
            self.tally.selected += 1;
            let line = lines.as_ref().map_or(0, |lines| lines.of(claim.span.start as usize) + 1);
            match self.answer(&claim, start)? {
                Ok((answer, shown)) => {
                    self.tally.count(shown.status);
                    if let Some(junit) = &mut self.junit {
                        junit.claim(&name, line, &claim, &shown);
                    }
                    if self.arguments.json {
                        self.objects.push(render::json(path, line, &claim, &shown));
                    } else {
                        self.output.line(&render::text(path, line, &claim, &shown))?;
                    }
                    if let Some(answer) = answer.filter(|answer| answer.status != Status::Undecided) {
                        self.certify(path, &set, (position, &claim, line), &name, answer)?;
                    }
                }
                Err(error) => {
                    let diagnostic = Diagnostic::new("meaningless-claim", claim.span, error.to_string());
                    let failure = Failure::Diagnostics(vec![diagnostic], Box::new(sources.clone()));
                    self.report(&name, Some(path), Some(line), &failure);
                    meaningless = 1;
                }
            }
            start = Instant::now();
        }
        self.tally.errors += meaningless;
        Ok(())
    }

    /// Reports an error of a claim (at a line), a file or a certificate.
    fn report(&mut self, name: &str, path: Option<&Path>, line: Option<usize>, failure: &Failure) {
        if let Some(junit) = &mut self.junit {
            junit.error(name, line, failure);
        }
        let line = line.or_else(|| failure.line(path?));
        self.errors.push(json!({
            "file": path.map(|path| path.display().to_string()), "line": line,
            "message": failure.summary(), "text": failure.plain(),
        }));
        failure.report();
    }

    /// Writes the certificate of a claim, if certificates are wanted and there is one.
    fn certify(
        &mut self,
        path: &Path,
        set: &[Binding],
        (position, claim, line): (usize, &Claim, usize),
        name: &str,
        answer: Answer,
    ) -> Result<(), Failure> {
        let Some(directory) = &self.arguments.certificates else { return Ok(()) };
        let (file, number) = (certificate::utf8(path)?, position + 1);
        let target = directory.join(certificate::name(&file, number, &mut self.written));
        let source = Source::Claim { file, set: set.to_vec(), number, text: claim.text.clone() };
        certificate::directory(directory)?;
        match self.writer.write(&target, source, answer) {
            Ok(_) => self.tally.certificates += 1,
            Err(failure) => {
                self.report(&format!("{name} (certificate)"), Some(path), Some(line), &failure);
                self.tally.errors += 1;
                // Abandoned work keeps its memory.
                self.exhausted |= memory::refused();
            }
        }
        Ok(())
    }

    /// Decides one claim. There is no answer if a limit stopped the work; the inner error says that the claim
    /// has no meaning.
    fn answer(
        &mut self,
        claim: &Arc<Claim>,
        start: Instant,
    ) -> Result<Result<(Option<Answer>, Shown), QuestionError>, Failure> {
        let budget = self.arguments.budget;
        if self.exhausted {
            let reason = "not tried: an earlier claim used up the memory budget";
            let shown = Shown::undecided(reason, "checking it alone, with --filter", 0.0);
            return Ok(Ok((None, shown)));
        }
        let task = Task::new(budget.limits, start, render::name(claim));
        let told = tell(&task, claim, None, budget, Shown::of)?;
        self.exhausted |= task.exhausted();
        match told {
            Ok((told, shown)) => Ok(Ok((Some(told.answer), shown))),
            Err(Untold::Meaningless(error)) => Ok(Err(error)),
            Err(Untold::Stopped(stopped)) => {
                let seconds = start.elapsed().as_secs_f64();
                Ok(Ok((None, Shown::undecided(&stopped.reason, &stopped.needed, seconds))))
            }
        }
    }
}

/// Help for a path that is no file.
fn unlisted(path: &Path) -> Option<String> {
    let target = path.to_str().filter(|_| !path.exists())?;
    let file = load::file(target);
    match Path::new(file).is_file() {
        true => {
            Some(format!("write `check {file}`; with --filter TEXT, only some of its claims are decided"))
        }
        false => load::meant(target),
    }
}

/// The bindings for every file. With several files, each takes the bindings of its own weights; a binding
/// that no file takes is an error.
fn distribute(arguments: &Check, files: &[PathBuf], start: Instant) -> Result<Vec<Bindings>, Failure> {
    let bindings = arguments.bindings.with(&[])?;
    if bindings.0.is_empty() || files.len() == 1 {
        return Ok(vec![bindings; files.len()]);
    }
    let limits = arguments.budget.limits;
    let files = files.to_vec();
    let distributed = Task::new(limits, start, "reading").finish(move |_| bindings.distributed(&files))?;
    distributed
        .map_err(|name| Failure::message(format!("no file has weights called `{name}`, which --set binds")))
}

/// How many claims hold, fail or are undecided.
#[derive(Default)]
struct Tally {
    /// Claims of all files that could be read.
    claims: u64,
    /// Those that were asked for.
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
    /// Counts an answer.
    fn count(&mut self, status: Status) {
        *match status {
            Status::Holds => &mut self.holds,
            Status::Fails => &mut self.fails,
            Status::Undecided => &mut self.undecided,
        } += 1;
    }

    /// The outcome of the command.
    fn outcome(&self) -> Outcome {
        [(self.errors, Outcome::Error), (self.fails, Outcome::Fails), (self.undecided, Outcome::Undecided)]
            .into_iter()
            .filter(|&(count, _)| count > 0)
            .fold(Outcome::Holds, |outcome, (_, other)| outcome.and(other))
    }

    /// The last line of the text.
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
