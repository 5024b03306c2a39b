//! The report of `check --junit`: what continuous integration shows as test results.
//!
//! Every file is a test suite and every claim a test case. A claim that fails is a *failure*; an undecided
//! claim, or anything wrong with a file, is an *error*: only claims known to hold look as if they hold. The
//! file appears whole or not at all.

use std::collections::{HashMap, HashSet};
use std::ffi::OsString;
use std::fs::{self, OpenOptions};
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::process;
use std::time::Instant;

use quick_junit::{NonSuccessKind, Report, TestCase, TestCaseStatus, TestSuite, XmlString};

use super::failure::Failure;
use super::render::check::{Shown, cut, name};
use crate::claim::Status;
use crate::model::Claim;

/// Messages longer than this (in characters) are cut; the text below them is not.
const LONGEST: usize = 400;

/// A report being written.
pub struct Junit {
    target: Target,
    started: Instant,
    report: Report,
    /// The suite of the current file, and when it began.
    suite: Option<(TestSuite, Instant)>,
}

/// Where the report goes.
struct Target {
    path: PathBuf,
    /// Whether it is a device or a pipe, and not a file that replaces an earlier one when it is complete.
    device: bool,
}

impl Junit {
    /// Begins a report, and removes one of an earlier run, so that it is not taken for this one.
    ///
    /// # Errors
    /// If no file can be written there.
    pub fn begin(path: &Path, started: Instant) -> Result<Junit, Failure> {
        let target = Target::find(path).map_err(|why| unwritable(path, &why))?;
        Ok(Junit { target, started, report: Report::new("samenet check"), suite: None })
    }

    /// Begins the suite of a file.
    pub fn file(&mut self, path: &Path) {
        self.end_file(false);
        self.suite = Some((TestSuite::new(line(&path.display().to_string())), Instant::now()));
    }

    /// Ends the suite of a file. With `unless_empty`, a suite without cases is left out.
    pub fn end_file(&mut self, unless_empty: bool) {
        if let Some((mut suite, began)) = self.suite.take()
            && !(unless_empty && suite.test_cases.is_empty())
        {
            suite.set_time(began.elapsed());
            self.report.add_test_suite(suite);
        }
    }

    /// Adds the answer to a claim of the current file: the name of its case, and the number of its line.
    pub fn claim(&mut self, name: &str, number: usize, claim: &Claim, answer: &Shown) {
        let lines = [answer.details.as_slice(), &answer.explanation].concat().join("\n");
        let text = format!("{}\n{}\n{lines}", claim.text, answer.how);
        let status = match answer.status {
            Status::Holds => TestCaseStatus::success(),
            Status::Fails => {
                let details: Vec<String> = answer.details.iter().map(|text| one_spaced(text)).collect();
                let colon = if details.is_empty() { "" } else { ": " };
                let message = format!("{}{colon}{}", answer.how, details.join(", "));
                non_success(NonSuccessKind::Failure, "fails", &message, &text)
            }
            Status::Undecided => non_success(NonSuccessKind::Error, "undecided", &answer.how, &text),
        };
        let mut case = self.case(name, Some(number), status);
        case.set_time(std::time::Duration::try_from_secs_f64(answer.seconds).unwrap_or_default());
        if answer.status == Status::Holds {
            case.set_system_out(xml(text.trim_end()));
        }
        self.add(case);
    }

    /// Adds an error of a claim (at a line of the current file), a file, or the whole run.
    pub fn error(&mut self, name: &str, number: Option<usize>, failure: &Failure) {
        let status = non_success(NonSuccessKind::Error, "error", &failure.summary(), &failure.plain());
        let case = self.case(name, number, status);
        self.add(case);
    }

    fn case(&self, name: &str, number: Option<usize>, status: TestCaseStatus) -> TestCase {
        let file =
            self.suite.as_ref().map_or_else(|| "samenet check".into(), |(suite, _)| suite.name.clone());
        let mut case = TestCase::new(line(name), status);
        case.set_classname(file.as_str());
        if let Some(number) = number {
            case.extra.insert("file".into(), file);
            case.extra.insert("line".into(), XmlString::new(number.to_string()));
        }
        case
    }

    fn add(&mut self, case: TestCase) {
        match &mut self.suite {
            Some((suite, _)) => {
                suite.add_test_case(case);
            }
            None => {
                let mut suite = TestSuite::new("samenet check");
                suite.add_test_case(case);
                self.report.add_test_suite(suite);
            }
        }
    }

    /// Writes the report.
    pub fn write(mut self) -> Result<(), Failure> {
        self.end_file(false);
        self.report.set_time(self.started.elapsed());
        let mut text = Vec::new();
        self.report
            .serialize(&mut text)
            .map_err(|error| Failure::message(format!("cannot write the report: {error}")))?;
        self.target.write(&text).map_err(|error| unwritable(&self.target.path, &error))
    }
}

/// The names of the test cases of a file's claims, all different: what a claim is called, with its text where
/// others are called the same, and numbered where others have the same text as well. So a name does not
/// change with lines, comments and claims that are called otherwise, nor with the claims that are selected.
pub fn names(claims: &[Claim]) -> Vec<String> {
    let short = |claim: &Claim| line(&cut(name(claim)));
    let long = |claim: &Claim| match name(claim) {
        own if own == claim.text => line(own),
        own => format!("{}: {}", line(own), line(&claim.text)),
    };
    let counted = |names: &mut dyn Iterator<Item = String>| {
        let mut counts: HashMap<String, usize> = HashMap::new();
        names.for_each(|name| *counts.entry(name).or_default() += 1);
        counts
    };
    let called = counted(&mut claims.iter().map(short));
    let alone = |name: &String| called.get(name) == Some(&1);
    let mut taken: HashSet<String> = claims.iter().map(short).filter(alone).collect();
    // The number of the next claim of each text.
    let mut next: HashMap<String, usize> = HashMap::new();
    let mut unused = |long: String| loop {
        let number = next.entry(long.clone()).or_insert(1);
        let name = if *number == 1 { long.clone() } else { format!("{long} ({number})") };
        *number += 1;
        if taken.insert(name.clone()) {
            break name;
        }
    };
    claims
        .iter()
        .map(|claim| Some(short(claim)).filter(alone).unwrap_or_else(|| unused(long(claim))))
        .collect()
}

fn unwritable(path: &Path, error: &io::Error) -> Failure {
    Failure::message(format!("cannot write the report `{}`: {error}", path.display()))
}

impl Target {
    fn find(path: &Path) -> io::Result<Target> {
        match fs::metadata(path) {
            Ok(found) if found.is_dir() => Err(io::Error::other("it is a directory")),
            Ok(found) if !found.is_file() => Ok(Target { path: path.to_path_buf(), device: true }),
            Ok(_) if path.extension().is_some_and(|extension| extension == "same") => {
                Err(io::Error::other("it is a .same file"))
            }
            Ok(_) => {
                // A link stays; its target is replaced.
                let path = fs::canonicalize(path)?;
                OpenOptions::new().write(true).open(&path)?;
                create_beside(&path, b"")?;
                fs::remove_file(&path)?;
                Ok(Target { path, device: false })
            }
            Err(error) if error.kind() == ErrorKind::NotFound => {
                create_beside(path, b"")?;
                Ok(Target { path: path.to_path_buf(), device: false })
            }
            Err(error) => Err(error),
        }
    }

    fn write(&self, text: &[u8]) -> io::Result<()> {
        match self.device {
            true => OpenOptions::new().write(true).open(&self.path)?.write_all(text),
            false => create_beside(&self.path, text),
        }
    }
}

/// Writes a file under a temporary name and renames it. Without content, only checks that a file can be
/// written.
fn create_beside(path: &Path, content: &[u8]) -> io::Result<()> {
    let name = path.file_name().ok_or_else(|| io::Error::other("it does not name a file"))?;
    let mut hidden = OsString::from(".");
    hidden.push(name);
    hidden.push(format!(".{}", process::id()));
    let hidden = path.with_file_name(hidden);
    let mut file = OpenOptions::new().write(true).create_new(true).open(&hidden)?;
    let written = match content {
        [] => fs::remove_file(&hidden),
        _ => file.write_all(content).and_then(|()| file.sync_all()).and_then(|()| fs::rename(&hidden, path)),
    };
    if written.is_err() {
        // Best-effort cleanup: a leftover file is harmless.
        let _ = fs::remove_file(&hidden);
    }
    written
}

fn non_success(kind: NonSuccessKind, what: &str, message: &str, text: &str) -> TestCaseStatus {
    let mut status = TestCaseStatus::non_success(kind);
    let message = line(message);
    let cut = message.char_indices().nth(LONGEST).map(|(end, _)| format!("{}...", &message[..end]));
    status.set_type(what).set_message(cut.unwrap_or(message)).set_description(xml(text.trim_end()));
    status
}

/// A line with single spaces, without indentation.
fn one_spaced(text: &str) -> String {
    text.split(' ').filter(|word| !word.is_empty()).collect::<Vec<&str>>().join(" ")
}

/// A text on one line, for an attribute.
fn line(text: &str) -> String {
    xml(text).replace(['\n', '\t'], " ")
}

/// A text without characters that XML 1.0 forbids or a terminal obeys; pictures of them take their place.
fn xml(text: &str) -> String {
    let text = text.replace("\r\n", "\n").replace('\r', "\n");
    text.chars()
        .map(|c| match c {
            '\n' | '\t' => c,
            '\0'..='\x1f' => char::from_u32(0x2400 + u32::from(c)).unwrap_or('\u{fffd}'),
            '\x7f' => '\u{2421}',
            '\u{80}'..='\u{9f}' | '\u{fffe}' | '\u{ffff}' => '\u{fffd}',
            _ => c,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn characters_that_xml_does_not_have_become_pictures() {
        let written = "a␛[31m␀\t\n␡\u{fffd}\u{fffd}<&>";
        assert_eq!(xml("a\u{1b}[31m\0\t\r\n\u{7f}\u{9b}\u{ffff}<&>"), written);
        assert_eq!(line("two\r\nlines\rand\ta tab"), "two lines and a tab");
    }

    #[test]
    fn a_report_appears_whole_and_leaves_nothing_beside_it() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("report.xml");
        fs::write(&path, "an earlier report").unwrap();
        let report = Junit::begin(&path, Instant::now()).unwrap();
        assert!(!path.exists(), "the earlier report would be taken for this one");
        report.write().unwrap();
        assert!(fs::read_to_string(&path).unwrap().starts_with("<?xml"));
        assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 1);
    }

    /// A source file named by mistake is not overwritten.
    #[test]
    fn what_is_no_place_for_a_report() {
        let directory = tempfile::tempdir().unwrap();
        let source = directory.path().join("claims.same");
        fs::write(&source, "model net(x: 1) = x").unwrap();
        let missing = directory.path().join("no_such_directory/report.xml");
        for path in [directory.path(), &source, &missing, Path::new(""), Path::new("..")] {
            assert!(Junit::begin(path, Instant::now()).is_err(), "{}", path.display());
        }
        assert_eq!(fs::read_to_string(&source).unwrap(), "model net(x: 1) = x");
    }

    #[test]
    #[cfg(unix)]
    fn links_are_followed_and_devices_are_kept() {
        let directory = tempfile::tempdir().unwrap();
        let (file, link) = (directory.path().join("report.xml"), directory.path().join("link.xml"));
        fs::write(&file, "").unwrap();
        std::os::unix::fs::symlink(&file, &link).unwrap();
        Junit::begin(&link, Instant::now()).unwrap().write().unwrap();
        assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
        assert!(fs::read_to_string(&file).unwrap().contains("<testsuites"));
        let device = Path::new("/dev/null");
        Junit::begin(device, Instant::now()).unwrap().write().unwrap();
        assert!(!fs::metadata(device).unwrap().is_file());
    }
}
