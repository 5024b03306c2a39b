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

#[test]
fn a_graph() {
    insta::assert_snapshot!(samenet(&["show", "models.same::one_hidden", "--dot"]).all());
}

#[test]
fn one_format_at_a_time() {
    assert_eq!(samenet(&["show", "lone.same", "--dot", "--json"]).code, 2);
}
