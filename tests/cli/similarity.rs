//! `samenet similarity`

use super::{Run, samenet};

/// x^2 + 2xy + y^2 and x^2 + y^2, in Hermite polynomials He_2(x) + He_2(y) + 2 + 2 He_1(x) He_1(y) and the
/// same without the last term: 2 + 2 + 4 + 4 = 12, 8 and 8, and 8/sqrt(96) = sqrt(2/3).
const PAIR: [&str; 2] = ["claims.same::sum_squared", "claims.same::careless"];

fn similarity(arguments: &[&str]) -> Run {
    samenet(&[&["similarity"], &PAIR[..], arguments].concat())
}

#[test]
fn exact() {
    insta::assert_snapshot!([similarity(&[]).all(), similarity(&["--digits", "40"]).all()].join("\n"));
}

/// Symmetric: coefficients 1, 2, 1 and 1, 0, 1 with weights 1, 1/2, 1: 4, 2, 2.
#[test]
fn other_metrics() {
    let outputs = [
        similarity(&["--metric", "symmetric"]).all(),
        similarity(&["--metric", "uniform"]).all(),
        similarity(&["--metric", "layerwise-symmetric", "--float"]).all(),
        similarity(&["--on", "{0,1}"]).all(),
        similarity(&["--on", "points [[1, 1], [1, -1]]"]).all(),
    ];
    // As in a claim.
    assert_eq!(similarity(&["--metric", "layerwise symmetric", "--float"]).code, 0);
    insta::assert_snapshot!(outputs.join("\n"));
}

#[test]
fn as_json() {
    for arguments in [&["--json"][..], &["--json", "--float"], &["--json", "--on", "{0,1}"]] {
        let object = similarity(arguments).json();
        assert_eq!(object["exact"], !arguments.contains(&"--float"));
    }
    insta::assert_snapshot!(similarity(&["--json", "--float"]).all());
}

#[test]
fn errors() {
    let runs = [
        similarity(&["--on", "{0,1}", "--metric", "uniform"]),
        samenet(&["similarity", "claims.same::sum_squared", "claims.same::tokens"]),
        samenet(&["similarity", "zero.same::zero", "zero.same::one"]),
        samenet(&["similarity", "zero.same::one", "zero.same::zero", "--on", "{0,1}"]),
        samenet(&["similarity", "zero.same::one", "zero.same::shifted", "--metric", "layerwise-symmetric"]),
    ];
    assert!(runs.iter().all(|run| run.code == 2 && run.stdout.is_empty()));
    insta::assert_snapshot!(runs.map(|run| run.all()).join("\n"));
}

#[test]
fn beyond_the_budget() {
    let tokens = ["similarity", "claims.same::tokens", "claims.same::tokens", "--on", "onehot"];
    let text = samenet(&tokens);
    assert_eq!(text.code, 3);
    let json = samenet(&[&tokens[..], &["--json"]].concat());
    assert!(json.json()["undecided"]["reason"].is_string());
    insta::assert_snapshot!([text.all(), json.all()].join("\n"));
}

/// The command says at once what it would take, and which alternatives there are.
#[test]
fn costs_are_said_beforehand() {
    let run = samenet(&["similarity", "layers.same::three", "layers.same::three"]);
    assert_eq!(run.code, 3);
    insta::assert_snapshot!(run.all());
}

/// a = x and b = [x0, (1 + e) x1] with e = 10^-12: the distance is e/sqrt(2), and the similarity is 1 minus
/// half the square of half of e, 1.25e-25. Neither is 0 or 1, however it is computed.
#[test]
fn almost_the_same_is_not_the_same() {
    let run = |more: &[&str]| samenet(&[&["similarity", "close.same::a", "close.same::b"], more].concat());
    let runs = [
        run(&[]),
        run(&["--float"]),
        run(&["--float", "--metric", "uniform"]),
        run(&["--float", "--on", "{-1,1}"]),
        run(&["--digits", "40"]),
        run(&["--json"]),
        run(&["--json", "--float"]),
        samenet(&["check", "close.same"]),
    ];
    // 3e-40 apart, which their inner products show in the 80th digit only.
    let closer = samenet(&["similarity", "close.same::third", "close.same::third_and_more"]).stdout;
    assert!(closer.starts_with("similarity 1 - 4.50e-80 ("), "{closer}");
    assert!(closer.lines().all(|line| line.len() < 110), "{closer}");
    for run in &runs[..4] {
        assert!(run.stdout.starts_with("similarity 1 - 1.25e-25 ("), "{}", run.stdout);
        assert!(run.stdout.contains("  distance 7.07106781186"), "{}", run.stdout);
    }
    insta::assert_snapshot!(runs.map(|run| run.all()).join("\n"));
}

/// Two layers of width 44 take f64 a moment, and exact numbers some seconds, or less on a fast machine. What
/// f64 does not resolve is not printed.
#[test]
fn floats_say_what_they_do_not_resolve() {
    let run = samenet(&["similarity", "layers.same::two", "layers.same::two", "--float"]);
    let open = ", which f64 does not resolve here; without --float it is exact\n";
    let floats = run.stdout.starts_with("similarity above 1 - ") && run.stdout.contains(open);
    let exact = run.stdout.starts_with("similarity 1 (gaussian, rounded from exact numbers)");
    assert!(floats || exact, "{}", run.stdout);
}
