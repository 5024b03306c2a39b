//! The corpus: small `.same` files whose first lines say what samenet must report about them.
//!
//! In `tests/corpus/rejected` every file is wrong, and its header lists all that is reported, in order:
//!
//! ```text
//! #! error[kind] 3:5-3:9: message
//! #! label: what is said under the span
//! #! also 1:7-1:8: what is said elsewhere
//! #! help: how to fix it
//! ```
//!
//! Lines and columns count from 1, the header included; the end is exclusive. In `tests/corpus/accepted` the
//! header lists the shapes of the models and the verdicts of the claims. A header can begin with directives:
//! `#! set NAME=file` binds weights, `#! only NAME` asks for one model and `#! only` for the file's only one,
//! `#! rejects RULE` says which production of the grammar the file is a near miss of.
//!
//! `BLESS=1 cargo test --test library corpus` rewrites the headers. Read the difference before you commit it.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use samenet::Budget;
use samenet::diagnostic::{Diagnostic, Sources, Span};
use samenet::equality::{Question, Verdict, decide};
use samenet::model::{Bindings, ClaimKind, Program};

const ROOT: &str = "tests/corpus";

/// The files of a part of the corpus, by name.
fn files(part: &str) -> Vec<PathBuf> {
    let mut files: Vec<PathBuf> = fs::read_dir(Path::new(ROOT).join(part))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "same"))
        .collect();
    files.sort();
    files
}

/// A file of the corpus in its parts.
struct Case {
    path: PathBuf,
    directives: Vec<String>,
    expected: Vec<String>,
    source: String,
}

impl Case {
    fn read(path: &Path) -> Case {
        let text = fs::read_to_string(path).unwrap();
        let header: Vec<&str> = text.lines().take_while(|line| line.starts_with("#!")).collect();
        let source = text.lines().skip(header.len()).map(|line| format!("{line}\n")).collect();
        let is_directive =
            |line: &&&str| ["#! set ", "#! only", "#! rejects "].iter().any(|start| line.starts_with(start));
        let owned = |lines: Vec<&&str>| lines.into_iter().map(ToString::to_string).collect();
        Case {
            path: path.to_path_buf(),
            directives: owned(header.iter().filter(is_directive).collect()),
            expected: owned(header.iter().filter(|line| !is_directive(line)).collect()),
            source,
        }
    }

    fn directive(&self, name: &str) -> Option<&str> {
        let start = format!("#! {name}");
        self.directives.iter().find_map(|line| line.strip_prefix(&start)).map(str::trim)
    }

    fn bindings(&self) -> Bindings {
        let pairs = self.directives.iter().filter_map(|line| line.strip_prefix("#! set ")?.split_once('='));
        Bindings(pairs.map(|(name, path)| (name.to_string(), PathBuf::from(path))).collect())
    }

    /// Compares the header with what it should be, or rewrites it.
    fn judge(&self, actual: &[String], blessed: impl Fn() -> Vec<String>) -> Result<(), String> {
        if self.expected == actual {
            return Ok(());
        }
        if std::env::var_os("BLESS").is_none() {
            let (expected, actual) = (self.expected.join("\n"), actual.join("\n"));
            return Err(format!("{}\nexpected:\n{expected}\nfound:\n{actual}\n", self.path.display()));
        }
        // The length of the header moves the lines that it refers to: write a header of the right length
        // first, then look again.
        let write = |lines: &[String]| {
            let header: String =
                self.directives.iter().chain(lines).map(|line| format!("{line}\n")).collect();
            fs::write(&self.path, header + &self.source).unwrap();
        };
        write(actual);
        write(&blessed());
        Ok(())
    }
}

/// What is reported about a file.
fn reported(case: &Case) -> Vec<String> {
    let mut sources = Sources::default();
    let errors = match case.directive("only") {
        None => Program::load(&case.path, &case.bindings(), &mut sources).err(),
        Some(name) => {
            let name = (!name.is_empty()).then_some(name);
            Program::load_model(&case.path, name, &case.bindings(), &mut sources).err()
        }
    };
    errors.iter().flatten().flat_map(|diagnostic| lines(diagnostic, &sources, &case.path)).collect()
}

fn lines(diagnostic: &Diagnostic, sources: &Sources, file: &Path) -> Vec<String> {
    let place = |span: Span| {
        let ((line, column), (to_line, to_column)) = (
            sources.line_column(span.file, span.start as usize),
            sources.line_column(span.file, span.end as usize),
        );
        let other = sources.get(span.file).path.as_path();
        let prefix = if other == file { String::new() } else { format!("{}:", other.display()) };
        format!(" {prefix}{line}:{column}-{to_line}:{to_column}")
    };
    let primary = diagnostic.primary.as_ref();
    let at = primary.map_or(String::new(), |label| place(label.span));
    let mut lines = vec![format!("#! error[{}]{at}: {}", diagnostic.kind, diagnostic.message)];
    lines.extend(
        primary.filter(|label| !label.text.is_empty()).map(|label| format!("#! label: {}", label.text)),
    );
    lines.extend(
        diagnostic.secondary.iter().map(|label| format!("#! also{}: {}", place(label.span), label.text)),
    );
    lines.extend(diagnostic.help.iter().map(|help| format!("#! help: {help}")));
    lines
}

#[test]
fn rejected_files_are_rejected_for_the_reasons_given() {
    let mut wrong = Vec::new();
    for path in files("rejected") {
        let case = Case::read(&path);
        let found = reported(&case);
        assert!(!found.is_empty(), "{} is accepted", path.display());
        wrong.extend(case.judge(&found, || reported(&case)).err());
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn there_are_enough_rejected_files() {
    assert!(files("rejected").len() >= 90);
    assert!(files("accepted").len() >= 45);
}

/// Kinds of errors that need a file too large for the corpus; `tests/hostile` has one.
const HOSTILE: [&str; 1] = [samenet::syntax::kinds::FILE_TOO_LARGE];

#[test]
fn every_kind_of_error_has_a_file() {
    let mut reported = BTreeSet::new();
    for path in files("rejected") {
        for line in Case::read(&path).expected {
            if let Some((kind, _)) = line.strip_prefix("#! error[").and_then(|rest| rest.split_once(']')) {
                reported.insert(kind.to_string());
            }
        }
    }
    let known: BTreeSet<&str> =
        samenet::syntax::kinds::KINDS.into_iter().chain(samenet::model::kinds::KINDS).collect();
    let missing: Vec<&&str> =
        known.iter().filter(|kind| !reported.contains(**kind) && !HOSTILE.contains(kind)).collect();
    assert!(missing.is_empty(), "no rejected file reports {missing:?}");
    let unknown: Vec<&String> = reported.iter().filter(|kind| !known.contains(kind.as_str())).collect();
    assert!(unknown.is_empty(), "not in the lists of kinds: {unknown:?}");
}

/// The rules of the grammar and the files that each is broken in.
#[test]
fn every_production_has_a_near_miss() {
    let grammar = fs::read_to_string("grammar/same.ebnf").unwrap();
    let rules: BTreeSet<&str> = grammar
        .lines()
        .filter_map(|line| line.split_once(" ="))
        .map(|(name, _)| name)
        .filter(|name| name.chars().all(|c| c.is_ascii_alphabetic() || c == '_'))
        .collect();
    assert!(rules.len() > 40, "the grammar has only the rules {rules:?}");
    let cases: Vec<Case> = files("rejected").iter().map(|path| Case::read(path)).collect();
    let broken: BTreeSet<&str> =
        cases.iter().filter_map(|case| case.directive("rejects ")).flat_map(str::split_whitespace).collect();
    let missing: Vec<&&str> = rules.difference(&broken).collect();
    assert!(missing.is_empty(), "no rejected file is a near miss of {missing:?}");
    let unknown: Vec<&&str> = broken.difference(&rules).collect();
    assert!(unknown.is_empty(), "not in the grammar: {unknown:?}");
    // A near miss of the grammar is refused by the parser, so its first error is one of syntax.
    for case in cases.iter().filter(|case| case.directive("rejects ").is_some()) {
        let first = &case.expected[0];
        let kinds = samenet::syntax::kinds::KINDS;
        assert!(
            kinds.iter().any(|kind| first.contains(&format!("[{kind}]"))),
            "{}: {first}",
            case.path.display()
        );
    }
}

/// The models and claims of a file.
fn resolved(case: &Case) -> Vec<String> {
    let mut sources = Sources::default();
    let program = match Program::load(&case.path, &case.bindings(), &mut sources) {
        Ok(program) => program,
        Err(errors) => {
            return errors.iter().flat_map(|error| lines(error, &sources, &case.path)).collect();
        }
    };
    let mut found = Vec::new();
    for model in &program.models {
        let inputs: Vec<String> =
            model.network.inputs().iter().map(|input| format!("{}: {}", input.name, input.shape)).collect();
        found.push(format!("#! {}({}) -> {}", model.name, inputs.join(", "), model.network.output_shape()));
    }
    let options = Budget::default().memory(1 << 28).certain_only();
    for claim in &program.claims {
        let verdict = match &claim.kind {
            ClaimKind::Equality { a, b, negated, relation, domain } => {
                let question = Question { a, b, relation: *relation, domain };
                match decide(&question, &options) {
                    Ok(Verdict::Equal(_)) => if *negated { "fails" } else { "holds" }.to_string(),
                    Ok(Verdict::Different(_)) => if *negated { "holds" } else { "fails" }.to_string(),
                    Ok(Verdict::Undecided(undecided)) => format!("undecided: {undecided}"),
                    Err(error) => format!("no meaning: {error}"),
                }
            }
            ClaimKind::Metric { bound, .. } => format!("a similarity or distance, bound {bound}"),
            ClaimKind::Degree { bound, .. } => format!("a degree, bound {bound}"),
        };
        let label = claim.label.as_ref().map_or(String::new(), |label| format!("{label:?}: "));
        found.push(format!("#! {label}{} => {verdict}", claim.text));
    }
    found
}

#[test]
fn accepted_files_mean_what_they_say() {
    let mut wrong = Vec::new();
    for path in files("accepted") {
        let case = Case::read(&path);
        let found = resolved(&case);
        assert!(!found.is_empty(), "{} defines nothing", path.display());
        assert!(!found[0].starts_with("#! error["), "{}: {}", path.display(), found[0]);
        wrong.extend(case.judge(&found, || resolved(&case)).err());
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
