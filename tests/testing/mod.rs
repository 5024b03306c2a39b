//! `samenet::testing`: claims as tests, and the messages of those that do not hold.

use std::panic::catch_unwind;
use std::time::Duration;

use samenet::testing::Claims;

fn claims(file: &str) -> Claims {
    Claims::new(format!("tests/testing/{file}"))
}

/// The message about claims that do not hold, with paths relative to the crate.
fn message(claims: Claims) -> String {
    claims.check().unwrap_err().to_string().replace(concat!(env!("CARGO_MANIFEST_DIR"), "/"), "")
}

#[test]
fn claims_that_hold_are_counted() {
    assert_eq!(claims("true.same").check(), Ok(2));
    assert_eq!(claims("true.same").filter("binomial").check(), Ok(1));
    // The same file twice is one file.
    assert_eq!(claims("true.same").and("tests/testing/true.same").check(), Ok(2));
    samenet::assert_claims!("tests/testing/true.same");
}

/// (1 + 1)^2 = 4 and 1^2 + 1^2 = 2; the entries of `pair` have degree 1.
#[test]
fn the_message_lists_what_does_not_hold() {
    insta::assert_snapshot!(message(claims("false.same").and("tests/testing/broken.same")));
    let counts = claims("false.same").check().unwrap_err();
    assert_eq!((counts.fails(), counts.undecided(), counts.errors()), (3, 1, 0));
    assert_eq!(format!("{counts:?}"), counts.to_string());
}

#[test]
fn assert_panics_with_that_message() {
    let panic = catch_unwind(|| samenet::assert_claims!("tests/testing/false.same")).unwrap_err();
    let text = panic.downcast_ref::<String>().unwrap();
    assert_eq!(*text, claims("false.same").check().unwrap_err().to_string());
}

/// A run with nothing to decide is not a success.
#[test]
fn nothing_does_not_pass() {
    insta::assert_snapshot!(
        [
            message(claims("nothing.same")),
            message(claims("true.same").filter("no such claim")),
            message(claims("no_such_file.same")),
            message(Claims::new("src")).replace('\\', "/"),
        ]
        .join("\n")
    );
}

/// Two equal networks of degree 64 in 2 variables: with no time nothing is decided.
#[test]
fn budgets_are_kept_and_undecided_does_not_pass() {
    let deep = || Claims::new("tests/testing/deep.same");
    assert_eq!(deep().check(), Ok(1));
    assert_eq!(deep().deterministic().check(), Ok(1));
    let late = deep().time(Duration::ZERO).check().unwrap_err();
    assert_eq!((late.fails(), late.undecided()), (0, 1));
    assert!(late.to_string().contains("Claims::time"), "{late}");
}

#[test]
fn weights_can_be_set() {
    let missing = claims("weights.same").check().unwrap_err();
    assert!(missing.to_string().contains("no_such.npy"), "{missing}");
    assert_eq!(claims("weights.same").set("W", "tests/cli/files/w1.npy").check(), Ok(1));
    // A binding applies to each file that has the name; at least one file must.
    let both = || claims("weights.same").and("tests/testing/true.same");
    assert_eq!(both().set("W", "tests/cli/files/w1.npy").check(), Ok(3));
    assert_eq!(message(both().set("V", "v.npy")), "no file has weights called `V`");
    let twice = both().set("W", "tests/cli/files/w1.npy").set("W", "tests/cli/files/w2.npy");
    assert_eq!(message(twice), "the weights `W` are set to two files");
}

#[test]
fn relative_paths_start_where_they_are_told_to() {
    let claims = Claims::new("true.same").relative_to(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/testing"));
    assert_eq!(claims.check(), Ok(2));
}

/// The thread of a test has a stack of 2 MB, which these brackets would use up.
#[test]
fn deeply_nested_files_do_not_overflow_the_stack() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("nested.same");
    let nested =
        format!("model net(x: 1) = {}x{}\nclaim net == net\n", "(".repeat(20_000), ")".repeat(20_000));
    std::fs::write(&path, nested).unwrap();
    // Too deep or not, there is an answer, and no crash.
    let _ = Claims::new(&path).check();
}
