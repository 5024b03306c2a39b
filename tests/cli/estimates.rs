//! `samenet similarity` with the metrics that are estimates.

use super::{Run, samenet};

/// At the rows (1, 1), (1, 0), (0, 2) they are 4, 1, 4 and 2, 1, 4.
const PAIR: [&str; 2] = ["claims.same::sum_squared", "claims.same::careless"];

fn similarity(models: [&str; 2], arguments: &[&str]) -> Run {
    samenet(&[&["similarity"], &models[..], arguments].concat())
}

/// Means of 8 + 1 + 16, 16 + 1 + 16 and 4 + 1 + 16 over three: 25/sqrt(33 * 21).
#[test]
fn rows() {
    let arguments = ["--metric", "sampled", "--rows", "rows/three.npy"];
    let json = similarity(PAIR, &[&arguments[..], &["--json"]].concat());
    let object = json.json();
    let value = object["similarity"]["decimal"].as_f64().unwrap();
    assert!((value - 25.0 / 693f64.sqrt()).abs() < 1e-15, "{value}");
    assert_eq!((&object["exact"], &object["estimate"]["from"]), (&false.into(), &"samples".into()));
    insta::assert_snapshot!(similarity(PAIR, &arguments).all());
}

/// x * y at ((1, 1), 1) and ((2, 0), -1), and half of it.
#[test]
fn rows_of_several_inputs() {
    let models = ["models.same::two_inputs", "models.same::two_inputs"];
    let run = similarity(models, &["--metric", "sampled", "--rows", "rows/named.npz"]);
    insta::assert_snapshot!(run.all());
}

/// The exact value is sqrt(2/3) = 0.8165.
#[test]
fn samples() {
    let runs = [
        similarity(PAIR, &["--metric", "sampled"]),
        similarity(PAIR, &["--metric", "sampled", "--samples", "500", "--seed", "7"]),
        similarity(PAIR, &["--metric", "sampled", "--on", "{0,1}", "--samples", "500"]),
        similarity(["claims.same::sum_squared", "models.same::logits"], &["--metric", "cka"]),
        similarity(PAIR, &["--metric", "cka", "--rows", "rows/three.npy"]),
    ];
    insta::assert_snapshot!(runs.map(|run| run.all()).join("\n"));
}

#[test]
fn parameters() {
    let models = ["models.same::one_hidden", "models.same::swapped"];
    let run = similarity(models, &["--metric", "parameters"]);
    let json = similarity(models, &["--metric", "parameters", "--json"]);
    json.json();
    insta::assert_snapshot!([run.all(), json.all()].join("\n"));
}

#[test]
fn json_says_that_it_is_an_estimate() {
    for metric in ["parameters", "sampled", "cka"] {
        let models = ["models.same::one_hidden", "models.same::swapped"];
        let object = similarity(models, &["--metric", metric, "--json"]).json();
        assert_eq!((object["metric"].as_str(), &object["exact"]), (Some(metric), &false.into()));
        assert!(object["estimate"]["from"].is_string() && object["similarity"]["decimal"].is_number());
    }
}

#[test]
fn errors() {
    let runs = [
        similarity(PAIR, &["--samples", "10"]),
        similarity(PAIR, &["--rows", "rows/three.npy", "--metric", "parameters"]),
        similarity(PAIR, &["--metric", "sampled", "--samples", "0"]),
        similarity(PAIR, &["--metric", "cka", "--samples", "1000000000"]),
        similarity(PAIR, &["--metric", "sampled", "--rows", "rows/three.npy", "--seed", "1"]),
        similarity(PAIR, &["--metric", "parameters", "--on", "{0,1}"]),
        similarity(PAIR, &["--metric", "parameters"]),
        similarity(PAIR, &["--metric", "cka", "--on", "points [[1, 1]]"]),
        similarity(["zero.same::zero", "zero.same::one"], &["--metric", "sampled"]),
        similarity(["claims.same::sum_squared", "models.same::logits"], &["--metric", "sampled"]),
        similarity(["claims.same::sum_squared", "claims.same::tokens"], &["--metric", "cka"]),
    ];
    assert!(runs.iter().all(|run| run.code == 2 && run.stdout.is_empty()));
    insta::assert_snapshot!(runs.map(|run| run.all()).join("\n"));
}

#[test]
fn rows_that_cannot_be_used() {
    let of_one = ["wide.npy", "nan.npy", "text.npy", "none.npy", "missing.npy", "named.npz"];
    let of_two = ["three.npy", "short.npz", "other.npz"];
    let models = ["models.same::two_inputs", "models.same::two_inputs"];
    let rows =
        |models, file: &&str| similarity(models, &["--metric", "sampled", "--rows", &format!("rows/{file}")]);
    let runs: Vec<Run> = of_one
        .iter()
        .map(|file| rows(PAIR, file))
        .chain(of_two.iter().map(|file| rows(models, file)))
        .collect();
    assert!(runs.iter().all(|run| run.code == 2 && run.stdout.is_empty()));
    insta::assert_snapshot!(runs.iter().map(Run::all).collect::<Vec<_>>().join("\n"));
}

#[test]
fn budgets_hold() {
    let samples = ["--metric", "sampled", "--samples", "10000000"];
    let run = similarity(PAIR, &[&samples[..], &["--memory", "64M"]].concat());
    assert_eq!(run.code, 3);
    let json = similarity(PAIR, &[&samples[..], &["--time", "0", "--json"]].concat());
    assert_eq!(json.code, 3);
    assert_eq!(json.json()["metric"], "sampled");
    // 2^31 outputs: refused before anything is allocated.
    let wide = ["models.same::wide", "models.same::wide"];
    for metric in ["sampled", "cka"] {
        let run = similarity(wide, &["--metric", metric, "--samples", "2"]);
        assert_eq!(run.code, 3);
        assert!(run.stdout.contains("of memory would be needed"), "{}", run.stdout);
    }
}
