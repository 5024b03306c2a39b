//! Claims in loops: what every command calls each of them, and that certificates name the right one.

use std::collections::BTreeSet;
use std::fs;

use serde_json::Value;

use super::{command, finish};

/// Unit `i` of `net` is dead exactly if `i` is 1.
const FILE: &str = "let V = [1, 0, 2]
model hidden(x: 2) = ([[1, 0], [1, 1], [2, -1]] @ x)^2
model net(x: 2) = sum(V * hidden(x))
claim net == net

for i in 0..3 {
  let unit = \"unit {i}\";
  claim \"{unit}\": net == net - V[i]*hidden[i]
  for j in 0..i {
    claim net != net - V[i]*hidden[i]
      - V[j]*hidden[j]
    claim \"a pair\": degree(net) <= i + j
  }
}
";

fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("loops.same"), FILE).unwrap();
    folder
}

#[test]
fn every_claim_says_which_round_it_is_of() {
    let folder = folder();
    let run = finish(command(&["check", "loops.same", "--json"]).current_dir(&folder));
    assert_eq!(run.code, 1);
    let report = run.json();
    let claims = report["claims"].as_array().unwrap();
    let shown: Vec<String> = claims
        .iter()
        .map(|claim| {
            let label = claim["label"].as_str().unwrap_or("-");
            let (line, text) = (&claim["line"], claim["claim"].as_str().unwrap());
            format!("{line} {label} | {text} | {}", claim["status"].as_str().unwrap())
        })
        .collect();
    let expected = [
        "4 - | net == net | holds",
        "8 unit 0 | for i = 0: net == net - V[i]*hidden[i] | fails",
        "8 unit 1 | for i = 1: net == net - V[i]*hidden[i] | holds",
        "10 - | for i = 1, j = 0: net != net - V[i]*hidden[i] - V[j]*hidden[j] | holds",
        "12 a pair (i = 1, j = 0) | for i = 1, j = 0: degree(net) <= i + j | fails",
        "8 unit 2 | for i = 2: net == net - V[i]*hidden[i] | fails",
        "10 - | for i = 2, j = 0: net != net - V[i]*hidden[i] - V[j]*hidden[j] | holds",
        "12 a pair (i = 2, j = 0) | for i = 2, j = 0: degree(net) <= i + j | holds",
        "10 - | for i = 2, j = 1: net != net - V[i]*hidden[i] - V[j]*hidden[j] | holds",
        "12 a pair (i = 2, j = 1) | for i = 2, j = 1: degree(net) <= i + j | holds",
    ];
    assert_eq!(shown, expected);
}

#[test]
fn rounds_can_be_filtered() {
    let folder = folder();
    let count = |filter: &str| {
        let run =
            finish(command(&["check", "loops.same", "--json", "--filter", filter]).current_dir(&folder));
        run.json()["claims"].as_array().unwrap().len()
    };
    assert_eq!(count("unit 2"), 1);
    assert_eq!(count("i = 2"), 5);
    assert_eq!(count("i = 2, j = 1"), 2);
    assert_eq!(count("a pair"), 3);
}

#[test]
fn tests_of_a_report_have_different_names() {
    let folder = folder();
    finish(command(&["check", "loops.same", "--junit", "report.xml"]).current_dir(&folder));
    let report = fs::read_to_string(folder.path().join("report.xml")).unwrap();
    let names: Vec<&str> =
        report.split("<testcase name=\"").skip(1).filter_map(|t| t.split('"').next()).collect();
    assert_eq!(names.len(), 10);
    assert_eq!(names.iter().collect::<BTreeSet<_>>().len(), 10, "{names:?}");
}

/// A certificate is of one round: it is refused for another.
#[test]
fn certificates_are_of_one_round() {
    let folder = folder();
    finish(command(&["check", "loops.same", "--certificates", "out"]).current_dir(&folder));
    let path = |number: usize| folder.path().join(format!("out/loops.{number}.json"));
    let verify = |number: usize| {
        let path = path(number);
        finish(command(&["verify", path.to_str().unwrap()]).current_dir(&folder))
    };
    for number in 1..=10 {
        let run = verify(number);
        assert_eq!(run.code, 0, "{}", run.all());
    }
    // 2 and 3 are one claim in the file: unit 0 is needed, unit 1 is not.
    let read = |number: usize| -> Value { serde_json::from_slice(&fs::read(path(number)).unwrap()).unwrap() };
    let (failing, holding) = (read(2), read(3));
    assert_eq!((&failing["verdict"], &holding["verdict"]), (&"fails".into(), &"holds".into()));
    for field in ["number", "text"] {
        let mut changed = holding.clone();
        changed["source"]["claim"][field] = failing["source"]["claim"][field].clone();
        fs::write(path(3), changed.to_string()).unwrap();
        assert_eq!(verify(3).code, 1, "{}", verify(3).all());
    }
    let mut changed = holding.clone();
    changed["source"] = failing["source"].clone();
    fs::write(path(3), changed.to_string()).unwrap();
    assert_eq!(verify(3).code, 1);
}
