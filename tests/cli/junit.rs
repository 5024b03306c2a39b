//! `samenet check --junit`

use std::fs;
use std::path::Path;

use quick_junit::{NonSuccessKind, Report, TestCase, TestCaseStatus};

use super::{Run, command, finish};

/// Runs `check` with a report, and returns the report's text as well.
fn check(arguments: &[&str]) -> (Run, String) {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("report.xml");
    let run = finish(command(&["check", "--junit"]).arg(&path).args(arguments));
    let report = fs::read_to_string(path).unwrap();
    assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 1, "nothing is left beside the report");
    (run, report)
}

fn parse(report: &str) -> Report {
    let allowed =
        |c: char| matches!(c, '\t' | '\n' | ' '..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..);
    assert!(report.chars().all(allowed), "XML 1.0 has no such character");
    Report::deserialize_from_str(report).unwrap()
}

/// Every `time="1.234"` as `time="0"`.
fn without_times(report: &str) -> String {
    let mut parts = report.split(" time=\"");
    let mut text = parts.next().unwrap_or_default().to_string();
    for part in parts {
        text.push_str(" time=\"0");
        text.push_str(&part[part.find('"').unwrap()..]);
    }
    text
}

fn cases(report: &Report) -> Vec<&TestCase> {
    report.test_suites.iter().flat_map(|suite| &suite.test_cases).collect()
}

#[test]
fn every_kind_of_answer() {
    let (run, report) = check(&["claims.same", "broken.same", "lone.same"]);
    assert_eq!(run.code, 2);
    insta::assert_snapshot!(without_times(&report));
    let report = parse(&report);
    // In claims.same 4 claims hold, 3 fail and 1 is undecided. An undecided claim counts as an error, and so
    // does broken.same; lone.same has no claims.
    assert_eq!((report.tests, report.failures, report.errors, report.skipped), (9, 3, 2, 0));
    assert_eq!(report.test_suites.len(), 3);
}

#[test]
fn text_and_exit_code_are_those_without_a_report() {
    for arguments in [&["claims.same"][..], &["claims.same", "--json"], &["meaningless.same", "some"]] {
        let (run, _) = check(arguments);
        let without = finish(command(&["check"]).args(arguments));
        assert_eq!((run.code, run.stdout, run.stderr), (without.code, without.stdout, without.stderr));
    }
}

#[test]
fn a_report_is_complete_also_beside_json() {
    let (run, report) = check(&["--json", "broken.same", "claims.same"]);
    let json: serde_json::Value = serde_json::from_str(&run.stdout).unwrap();
    assert_eq!((run.code, json["claims"].as_array().unwrap().len()), (2, 8));
    assert_eq!(parse(&report).tests, 9);
}

/// The names of a file's tests: labels or texts, with more where that is not enough to tell them apart; and
/// whatever else changes in the file, a claim keeps its name.
#[test]
fn names_of_tests_do_not_change_with_the_rest_of_the_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("names.same");
    let names = |text: &str, filter: &str| -> Vec<String> {
        fs::write(&path, text).unwrap();
        let (_, report) = check(&["--filter", filter, path.to_str().unwrap()]);
        let report = parse(&report);
        cases(&report).iter().map(|case| case.name.to_string()).collect()
    };
    let claims = "claim \"one\": a == a
claim a == a
claim \"two\": a == a
claim \"two\": a != 2*a
claim a == a
claim \"three\": a == a
claim \"three\": a == a
claim \"a == a (2)\": a == a
for i in 1..3 { claim a == a*i/i }
for i in 1..3 { claim \"scaled\": a == a*i/i }
";
    let expected = [
        "one",
        "a == a",
        "two: a == a",
        "two: a != 2*a",
        "a == a (3)",
        "three: a == a",
        "three: a == a (2)",
        "a == a (2)",
        "for i = 1: a == a*i/i",
        "for i = 2: a == a*i/i",
        "scaled (i = 1)",
        "scaled (i = 2)",
    ];
    let model = "model a(x: 1) = x\n";
    assert_eq!(names(&format!("{model}{claims}"), ""), expected);
    let spaced = claims.replace("claim", "# a comment\n\nclaim").replace(": a == a\n", ": a # here\n == a\n");
    assert_eq!(names(&format!("# first\n{model}{spaced}"), ""), expected);
    let more = format!("claim \"another\": a == 3*a/3\n{model}{claims}claim a == a + 0\n");
    assert_eq!(names(&more, "")[1..13], expected);
    assert_eq!(names(&format!("{model}{claims}"), "a != 2*a"), expected[3..4]);
}

#[test]
fn only_selected_claims_are_listed() {
    let (run, report) = check(&["claims.same", "some", "--filter", "forgotten"]);
    let report = parse(&report);
    assert_eq!((run.code, report.tests, report.failures, report.test_suites.len()), (1, 1, 1, 1));
    assert_eq!(cases(&report)[0].name.as_str(), "forgotten term");
}

/// An error that ends the run is in the report. The report is never one of an earlier run, and never empty.
#[test]
fn what_prevents_checking_is_reported() {
    for arguments in
        [&["no_such_file.same"][..], &["bare"], &["claims.same", "--filter", "no such claim"], &["lone.same"]]
    {
        let (run, report) = check(arguments);
        let report = parse(&report);
        assert_eq!((run.code, report.tests, report.errors), (2, 1, 1), "{arguments:?}");
        let TestCaseStatus::NonSuccess { kind: NonSuccessKind::Error, message, .. } =
            &cases(&report)[0].status
        else {
            unreachable!("it is counted as an error")
        };
        assert!(run.stderr.contains(message.as_ref().unwrap().as_str()), "{}", run.stderr);
    }
}

/// If the reader of stdout goes away, the command ends, and the report does not list undecided claims as
/// decided.
#[test]
fn a_closed_pipe_is_reported() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("report.xml");
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let output = command(&["check", "claims.same", "--junit"]).arg(&path).stdout(writer).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert_eq!(parse(&fs::read_to_string(path).unwrap()).errors, 1);
}

/// If the report cannot be written, the command says so before it decides anything.
#[test]
fn unwritable_places_are_errors() {
    for path in ["no_such_directory/report.xml", "some", "claims.same"] {
        let run = finish(&mut command(&["check", "claims.same", "--junit", path]));
        assert_eq!((run.code, run.stdout.as_str()), (2, ""), "{path}");
        assert!(run.stderr.contains(&format!("cannot write the report `{path}`")), "{}", run.stderr);
    }
    assert!(Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/cli/files/claims.same")).exists());
}

/// Labels with interesting characters up to U+FFFF, and with those that mean something in XML.
#[test]
fn any_label_makes_a_well_formed_report() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("odd <&\"'>.same");
    let odd: Vec<u32> =
        (0..0x300).chain(0x2000..0x2070).chain(0xfff0..0x10010).chain([0xd7ff, 0xe000]).collect();
    let characters = odd.into_iter().filter_map(char::from_u32);
    let label = |text: &str| {
        let pairs = [("\\", "\\\\"), ("\"", "\\\""), ("\n", "\\n"), ("\r", "\\r"), ("{", "{{"), ("}", "}}")];
        pairs.iter().fold(text.to_string(), |text, (plain, escaped)| text.replace(plain, escaped))
    };
    let mut claims: Vec<String> = characters.map(|c| label(&format!("<{c}&"))).collect();
    claims.push("]]>".to_string());
    claims.push("\u{1b}[31mred\u{1b}[0m".to_string());
    claims.push("<!--".repeat(100));
    let mut text = "model net(x: 1) = x\n".to_string();
    claims.iter().for_each(|label| text.push_str(&format!("claim \"{label}\": net != net\n")));
    fs::write(&file, text).unwrap();
    let (run, report) = check(&[file.to_str().unwrap()]);
    assert_eq!(run.code, 1, "{}", run.stderr);
    let report = parse(&report);
    assert_eq!((report.tests, report.failures), (claims.len(), claims.len()));
    // No character is lost: one that XML does not have is replaced by its picture.
    let names: Vec<&str> = cases(&report).into_iter().map(|case| case.name.as_str()).collect();
    let named = |name: &str| names.iter().any(|known| known.starts_with(name));
    for name in ["<a&", "<\u{2400}&", "<\u{fffd}&", "<<&", "<é&", "]]>"] {
        assert!(named(name), "{name}");
    }
    assert!(named("␛[31mred␛[0m"));
    // Characters that have one picture make names that are told apart by their texts or numbers.
    let different: std::collections::BTreeSet<&str> = names.iter().copied().collect();
    assert_eq!(different.len(), names.len());
}
