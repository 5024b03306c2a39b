//! Claims as tests of a Rust crate: what `cargo test` calls.
//!
//! Put `.same` files beside the code that they are about, and in a test write
//!
//! ```no_run
//! #[test]
//! fn the_circuit_computes_what_we_say() {
//!     samenet::assert_claims!("tests/claims");
//! }
//! ```
//!
//! The test passes if there are claims and every one of them holds. It panics if a claim fails, is undecided
//! or has no meaning, if a file has errors, and if there is no claim at all; the message lists all of that,
//! with the inputs that refute the claims that fail. [`Claims`] has the options of `samenet check`:
//!
//! ```
//! use std::time::Duration;
//!
//! use samenet::testing::Claims;
//!
//! // Relative paths start at the crate's Cargo.toml, wherever the test runs.
//! Claims::new("examples/xor.same").filter("bits").time(Duration::from_secs(600)).deterministic().assert();
//!
//! // Without a panic, for tests that return a result.
//! let held = Claims::new("examples/gates.same").and("examples/parity.same").check()?;
//! assert!(held >= 2);
//! # Ok::<(), samenet::testing::NotAllHold>(())
//! ```
//!
//! Together with the command line this is the crate's edge to the outside: it reads one environment
//! variable, and nothing else in the library uses it.

use std::env;
use std::fmt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::budget::Budget;
use crate::claim::Status;
use crate::claim::words::{Remedies, Sides};
use crate::diagnostic::{Sources, printable};
use crate::model::{Bindings, Claim, Program, same_files};
use crate::shortage::{duration, memory_size};
use crate::stack::on_large_stack;

/// Asserts that every claim of some `.same` files, or of all such files in some directories, holds. Paths are
/// relative to the directory of the calling crate's `Cargo.toml`. For options, see
/// [`Claims`](crate::testing::Claims).
///
/// ```
/// samenet::assert_claims!("examples/xor.same");
/// samenet::assert_claims!("examples/gates.same", "examples/parity.same");
/// ```
///
/// A file with a false claim does not pass, and neither does a file without claims:
///
/// ```should_panic
/// samenet::assert_claims!("tests/testing/false.same");
/// ```
///
/// ```should_panic
/// samenet::assert_claims!("tests/testing/nothing.same");
/// ```
#[macro_export]
macro_rules! assert_claims {
    ($first:expr $(, $more:expr)* $(,)?) => {
        $crate::testing::Claims::new($first)$(.and($more))*.relative_to(env!("CARGO_MANIFEST_DIR")).assert()
    };
}

/// What would be needed for an answer, in the options of [`Claims`].
const OPTIONS: Remedies = Remedies {
    time: |seconds| format!("more time, {} (`Claims::time`)", duration(seconds)),
    memory: |bytes| format!("more memory, {} (`Claims::memory`)", memory_size(bytes)),
    uncertain: "an answer that need not be certain (without `Claims::deterministic`)",
};

/// The claims of some files, and how to decide them. Without further options: all of them, each with up to 60
/// seconds and 2 GiB for a method, by any method.
#[derive(Clone, Debug)]
#[must_use = "nothing is decided before `assert` or `check`"]
pub struct Claims {
    root: Option<PathBuf>,
    paths: Vec<PathBuf>,
    bindings: Bindings,
    filter: Option<String>,
    deterministic: bool,
    time: Duration,
    memory: u64,
}

impl Claims {
    /// The claims of a `.same` file, or of all such files in a directory and its subdirectories.
    pub fn new(path: impl Into<PathBuf>) -> Claims {
        Claims {
            root: None,
            paths: vec![path.into()],
            bindings: Bindings::default(),
            filter: None,
            deterministic: false,
            time: Duration::from_secs(60),
            memory: 2 << 30,
        }
    }

    /// Adds the claims of another file or directory.
    pub fn and(mut self, path: impl Into<PathBuf>) -> Claims {
        self.paths.push(path.into());
        self
    }

    /// Where relative paths start. Without this it is the directory of the `Cargo.toml` of the crate being
    /// tested (`CARGO_MANIFEST_DIR`, which cargo sets when it runs tests), or else the working directory.
    pub fn relative_to(mut self, directory: impl Into<PathBuf>) -> Claims {
        self.root = Some(directory.into());
        self
    }

    /// Reads the weights that a file calls `name` from another file, as `--set NAME=FILE` does. Relative
    /// paths start where those of claims do.
    pub fn set(mut self, name: impl Into<String>, file: impl Into<PathBuf>) -> Claims {
        self.bindings.0.push((name.into(), file.into()));
        self
    }

    /// Decides only claims whose label or text contains this.
    pub fn filter(mut self, text: impl Into<String>) -> Claims {
        self.filter = Some(text.into());
        self
    }

    /// Accepts only proofs: a claim that has only an answer with a bound on the error is undecided.
    pub fn deterministic(mut self) -> Claims {
        self.deterministic = true;
        self
    }

    /// Sets the time for deciding one claim; after that it is undecided.
    pub fn time(mut self, each: Duration) -> Claims {
        self.time = each;
        self
    }

    /// Sets the memory, in bytes, that one method may use; methods that need more are not tried.
    pub fn memory(mut self, bytes: u64) -> Claims {
        self.memory = bytes;
        self
    }

    /// Decides the claims, and panics with everything that is wrong unless all of them hold.
    ///
    /// # Panics
    /// When a claim fails, is undecided or has no meaning, when a file has errors, and when there
    /// are no claims.
    #[track_caller]
    #[expect(clippy::panic, reason = "a test fails by panicking")]
    pub fn assert(self) {
        if let Err(wrong) = self.check() {
            panic!("{wrong}");
        }
    }

    /// Decides the claims and returns how many there are, all of which hold.
    ///
    /// # Errors
    /// When a claim fails, is undecided or has no meaning, when a file has errors, and when there
    /// are no claims.
    pub fn check(self) -> Result<usize, NotAllHold> {
        // The 2 MB of a test's thread are too few for deeply nested files.
        on_large_stack(|| self.run())
            .unwrap_or_else(|error| Err(NotAllHold::entirely(format!("cannot start a thread: {error}"))))
    }

    fn run(&self) -> Result<usize, NotAllHold> {
        let root = self.root.clone().or_else(|| env::var_os("CARGO_MANIFEST_DIR").map(PathBuf::from));
        let paths: Vec<PathBuf> = self.paths.iter().map(|path| below(root.as_deref(), path)).collect();
        let files = same_files(&paths).map_err(|error| NotAllHold::entirely(error.to_string()))?;
        if let Some(name) = Bindings::repeated(&self.bindings.0) {
            return Err(NotAllHold::entirely(format!("the weights `{name}` are set to two files")));
        }
        let bindings =
            self.bindings.0.iter().map(|(name, path)| (name.clone(), below(root.as_deref(), path)));
        let bindings = Bindings(bindings.collect())
            .distributed(&files)
            .map_err(|name| NotAllHold::entirely(format!("no file has weights called `{name}`")))?;
        let mut wrong = NotAllHold::default();
        let holds: usize =
            files.iter().zip(&bindings).map(|(file, set)| self.file(file, set, &mut wrong)).sum();
        let counts = [
            (wrong.fails, "fail"),
            (wrong.undecided, "undecided"),
            (wrong.errors, "with errors"),
            (holds, "hold"),
        ];
        let counts = counts.iter().filter(|(count, _)| *count > 0);
        let counts: Vec<String> = counts.map(|(count, what)| format!("{count} {what}")).collect();
        if counts.is_empty() {
            let paths: Vec<String> = paths.iter().map(|path| format!("`{}`", path.display())).collect();
            let what = self.filter.as_ref().map(|text| format!(" that contain `{text}`")).unwrap_or_default();
            return Err(NotAllHold::entirely(format!("no claims{what} in {}", paths.join(", "))));
        }
        if wrong.list.is_empty() {
            return Ok(holds);
        }
        wrong.title = format!("not all claims hold: {}", counts.join(", "));
        Err(wrong)
    }

    /// Decides the claims of one file, and returns how many hold.
    fn file(&self, path: &Path, bindings: &Bindings, wrong: &mut NotAllHold) -> usize {
        let mut sources = Sources::default();
        let program = match Program::load(path, bindings, &mut sources) {
            Ok(program) => program,
            Err(diagnostics) => {
                wrong.errors += 1;
                wrong.list.extend(diagnostics.iter().map(|one| one.text(&sources)));
                return 0;
            }
        };
        let selected = |claim: &&Claim| self.filter.as_ref().is_none_or(|text| claim.contains(text));
        let mut holds = 0;
        for claim in program.claims.iter().filter(selected) {
            let (status, why) = self.decide(claim);
            *match status {
                Some(Status::Holds) => &mut holds,
                Some(Status::Fails) => &mut wrong.fails,
                Some(Status::Undecided) => &mut wrong.undecided,
                None => &mut wrong.errors,
            } += 1;
            if status != Some(Status::Holds) {
                wrong.list.push(message(claim, &sources, status, &why));
            }
        }
        holds
    }

    /// Whether a claim holds (`None` when it has no meaning), and why, line by line.
    fn decide(&self, claim: &Claim) -> (Option<Status>, Vec<String>) {
        let mut budget = Budget::default().time(self.time).memory(self.memory);
        budget.certain_only = self.deterministic;
        match claim.decide(&budget) {
            Ok(answer) => {
                let mut why = vec![answer.headline(&OPTIONS)];
                why.extend(answer.refutation(&Sides::CLAIM));
                (Some(answer.status), why)
            }
            Err(meaningless) => (None, vec![meaningless.to_string()]),
        }
    }
}

/// A path from a directory on; a path that is absolute stays as it is.
fn below(root: Option<&Path>, path: &Path) -> PathBuf {
    root.map_or_else(|| path.to_path_buf(), |root| root.join(path))
}

/// A claim that does not hold: its place, its label, what it says, and why. A claim without a status has no
/// meaning.
fn message(claim: &Claim, sources: &Sources, status: Option<Status>, why: &[String]) -> String {
    let (line, _) = sources.line_column(claim.span.file, claim.span.start as usize);
    let word = status.map_or("error", Status::name);
    let mut text = format!("{word}: {}:{line}", sources.get(claim.span.file).path.display());
    if let Some(label) = &claim.label {
        text.push_str(&format!(": {}", printable(label)));
    }
    text.push_str(&format!("\n  claim {}", printable(&claim.text)));
    why.iter().for_each(|line| text.push_str(&format!("\n  {}", printable(line))));
    text
}

/// Not all claims hold. Its text lists everything that is wrong; so does its `Debug`, because a test that
/// returns a result prints that.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct NotAllHold {
    title: String,
    fails: usize,
    undecided: usize,
    errors: usize,
    list: Vec<String>,
}

impl NotAllHold {
    /// For an error that concerns everything.
    fn entirely(why: String) -> NotAllHold {
        NotAllHold { title: why, errors: 1, ..NotAllHold::default() }
    }

    /// How many claims fail.
    pub fn fails(&self) -> usize {
        self.fails
    }

    /// How many claims are undecided.
    pub fn undecided(&self) -> usize {
        self.undecided
    }

    /// How many files and claims have errors; one when nothing could be decided at all.
    pub fn errors(&self) -> usize {
        self.errors
    }
}

impl fmt::Display for NotAllHold {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.title)?;
        self.list.iter().try_for_each(|wrong| write!(f, "\n\n{wrong}"))
    }
}

impl fmt::Debug for NotAllHold {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl std::error::Error for NotAllHold {}
