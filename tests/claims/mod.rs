//! Claims through the front of the crate: what is decided, and the words for it.

use std::time::Duration;

use samenet::{Answer, Budget, Claim, Finding, Program, QuestionError, Status, equal, similarity};

/// `a = x0 + x1` and `b = x0 + 2 x1`: `<a, b> = 3`, `<a, a> = 2`, `<b, b> = 5`.
const MODELS: &str = "model a(x: 2) = x[0] + x[1]\nmodel b(x: 2) = x[0] + 2 * x[1]\n";

fn program(claims: &str) -> Program {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("claims.same");
    std::fs::write(&path, format!("{MODELS}{claims}")).unwrap();
    Program::open(&path).unwrap()
}

fn claim(text: &str) -> Claim {
    program(&format!("claim {text}\n")).claims.remove(0)
}

fn decided(text: &str) -> Result<Answer, QuestionError> {
    claim(text).decide(&Budget::default())
}

#[test]
fn answers_in_words() {
    for (text, status, words) in [
        ("a == a", Status::Holds, "holds: equal, proved: both are one network, node for node"),
        ("a != b", Status::Holds, "holds: different: x = [0, 1] gives 1 and 2"),
        (
            "a == b",
            Status::Fails,
            "fails: different\n  at x = [0, 1]\n    left side  = 1\n    right side = 2",
        ),
        (
            "a == b up to scale",
            Status::Fails,
            "fails: different, also up to scale\n  at x = [1, 0]\n    left side  = 1\n    right side = 1\n  \
             at x = [0, 1]\n    left side  = 1\n    right side = 2\n  no factor c > 0 fits",
        ),
        (
            "similarity(a, b) >= 1/2",
            Status::Holds,
            "holds: the similarity is 0.9486832980505138 = sqrt(9/10), exact",
        ),
        ("distance(a, a) > 0", Status::Fails, "fails: the distance is 0, exact"),
        ("degree(a) == 1", Status::Holds, "holds: the degree is 1, proved"),
        ("degree(a) == 2", Status::Fails, "fails: the degree is 1, proved"),
    ] {
        let answer = decided(text).unwrap();
        assert_eq!((answer.status, answer.certain), (status, true), "{text}");
        assert_eq!(answer.to_string(), words, "{text}");
    }
}

#[test]
fn what_has_no_meaning_is_an_error() {
    let error = decided("similarity(a, 0 * a) >= 0").unwrap_err();
    assert_eq!(error.to_string(), "the right side is zero, and the similarity divides by its norm");
    let error = decided("distance(0 * a, a) >= 0").unwrap_err();
    assert_eq!(error.to_string(), "the left side is zero, and the distance divides by its norm");
}

/// Without time nothing is decided; the answer says in the words of a budget what it takes.
#[test]
fn without_time_a_claim_is_undecided() {
    let answer = claim("a == b").decide(&Budget::default().time(Duration::ZERO)).unwrap();
    assert_eq!((answer.status, answer.certain), (Status::Undecided, false));
    let words = answer.to_string();
    assert!(words.starts_with("undecided: ") && words.contains("; try more time, "), "{words}");
    assert!(answer.shortage().is_some_and(|shortage| shortage.seconds.is_some()));
}

/// Explaining says more about models that should be the same, and nothing about any other answer.
#[test]
fn explanations_come_second() {
    let budget = Budget::default();
    for (text, explained) in
        [("a == b", true), ("a != b", false), ("a == a", false), ("degree(a) == 2", false)]
    {
        let claim = claim(text);
        let mut answer = claim.decide(&budget).unwrap();
        let before = answer.to_string();
        assert_eq!(answer.can_be_explained(), explained, "{text}");
        claim.explain(&mut answer, &budget);
        assert_eq!(answer.to_string() != before, explained, "{text}");
        assert!(answer.to_string().starts_with(&before), "{text}");
    }
}

#[test]
fn the_shortest_way_to_ask() {
    let program = program("");
    let [a, b] = [&program.models[0], &program.models[1]];
    assert_eq!(equal(a, &a.network).unwrap().status, Status::Holds);
    let answer = equal(a, b).unwrap();
    let Finding::Different { explanation, .. } = &answer.finding else { panic!("{answer}") };
    assert!(answer.status == Status::Fails && explanation.is_some());
    assert_eq!(similarity(a, b).unwrap().decimal(4), "0.9487");
}

#[test]
fn what_is_wrong_with_a_file_can_be_printed() {
    let error = Program::open("tests/testing/broken.same").unwrap_err().to_string();
    assert!(error.contains("tests/testing/broken.same:"), "{error}");
    let missing = Program::open("no_such_file.same").unwrap_err();
    assert_eq!(missing.diagnostics.len(), 1);
}
