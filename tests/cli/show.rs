//! `samenet show`

use super::samenet;

#[test]
fn a_small_model() {
    insta::assert_snapshot!(samenet(&["show", "models.same::polynomial"]).all());
}

#[test]
fn a_small_model_as_json() {
    insta::assert_snapshot!(samenet(&["show", "models.same::polynomial", "--json"]).all());
}

#[test]
fn a_model_too_large_to_write_down() {
    insta::assert_snapshot!(samenet(&["show", "models.same::never"]).all());
}

#[test]
fn a_graph() {
    insta::assert_snapshot!(samenet(&["show", "models.same::one_hidden", "--dot"]).all());
}

#[test]
fn one_format_at_a_time() {
    assert_eq!(samenet(&["show", "lone.same", "--dot", "--json"]).code, 2);
}
