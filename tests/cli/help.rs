//! Help texts and usage errors.

use super::samenet;

#[test]
fn overview() {
    insta::assert_snapshot!(samenet(&["--help"]).all());
}

#[test]
fn check() {
    insta::assert_snapshot!(samenet(&["check", "--help"]).all());
}

#[test]
fn equal() {
    insta::assert_snapshot!(samenet(&["equal", "--help"]).all());
}

#[test]
fn classes() {
    insta::assert_snapshot!(samenet(&["classes", "--help"]).all());
}

#[test]
fn similarity() {
    insta::assert_snapshot!(samenet(&["similarity", "--help"]).all());
}

#[test]
fn matrix() {
    insta::assert_snapshot!(samenet(&["matrix", "--help"]).all());
}

#[test]
fn eval() {
    insta::assert_snapshot!(samenet(&["eval", "--help"]).all());
}

#[test]
fn show() {
    insta::assert_snapshot!(samenet(&["show", "--help"]).all());
}

#[test]
fn verify() {
    insta::assert_snapshot!(samenet(&["verify", "--help"]).all());
}

#[test]
fn usage_errors_are_errors() {
    for arguments in [
        &[][..],
        &["no_such_command"],
        &["check"],
        &["verify"],
        &["show", "a.same", "--canonical", "--json"],
        &["equal", "one.same"],
        &["equal", "a.same", "b.same", "--up-to", "taste"],
        &["check", "claims.same", "--time", "soon"],
        &["check", "claims.same", "--memory", "much"],
        &["check", "claims.same", "--set", "W"],
        &["eval", "lone.same"],
    ] {
        let run = samenet(arguments);
        assert_eq!((run.code, run.stdout.as_str()), (2, ""), "{arguments:?}");
        assert!(!run.stderr.is_empty());
    }
}

#[test]
fn version() {
    let run = samenet(&["--version"]);
    assert_eq!(run.stdout, concat!("samenet ", env!("CARGO_PKG_VERSION"), "\n"));
}
