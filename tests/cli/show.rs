//! `samenet show`

use super::samenet;

/// What `show` prints, without the predicted times: they are tuned now and then.
fn show(model: &str) -> String {
    let text = samenet(&["show", model]).all();
    let lines = text.lines().map(|line| match line.split_once(": ").zip(line.split_once(" (")) {
        Some(((method, predicted), (_, what))) if line.starts_with("    ") => {
            let proof = if predicted.contains(", a proof") { ", a proof" } else { "" };
            format!("{method}: [PREDICTION]{proof} ({what}\n")
        }
        _ => format!("{line}\n"),
    });
    lines.collect()
}

#[test]
fn a_small_model() {
    insta::assert_snapshot!(show("models.same::polynomial"));
}

#[test]
fn a_small_model_as_json() {
    insta::assert_snapshot!(samenet(&["show", "models.same::polynomial", "--json"]).all());
}

#[test]
fn a_model_too_large_to_write_down() {
    insta::assert_snapshot!(show("models.same::never"));
}

/// Nothing is computed for a model of 2^31 inputs.
#[test]
fn a_model_too_large_for_bounds() {
    insta::assert_snapshot!(
        [
            samenet(&["show", "models.same::wide"]).all(),
            samenet(&["show", "models.same::wide", "--json"]).all()
        ]
        .join("\n")
    );
}

/// Its degree is below every number, as in claims about degrees: it is not 0.
#[test]
fn the_zero_polynomial() {
    insta::assert_snapshot!([show("models.same::zero"), show("models.same::empty")].join("\n"));
    let json = samenet(&["show", "models.same::zero", "--json"]).json();
    assert!(json["degree"]["exact"].is_null() && json["polynomial"].is_array());
}

#[test]
fn what_names_no_model() {
    for target in ["", "::net", "lone.same::", "::"] {
        let run = samenet(&["show", target]);
        assert_eq!(run.code, 2);
        assert!(run.stderr.contains("does not name a model") && run.stderr.contains("file.same::model"));
    }
}

#[test]
fn a_graph() {
    insta::assert_snapshot!(samenet(&["show", "models.same::one_hidden", "--dot"]).all());
}

#[test]
fn one_format_at_a_time() {
    assert_eq!(samenet(&["show", "lone.same", "--dot", "--json"]).code, 2);
}
