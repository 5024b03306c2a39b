//! `samenet check`

use super::{command, samenet};

#[test]
fn every_kind_of_answer() {
    let run = samenet(&["check", "claims.same"]);
    // Some fail and some are undecided: failing takes precedence.
    assert_eq!(run.code, 1);
    insta::assert_snapshot!(run.all());
}

#[test]
fn every_kind_of_answer_as_json() {
    let run = samenet(&["check", "claims.same", "--json"]);
    let report = run.json();
    assert_eq!((&report["holds"], &report["fails"], &report["undecided"]), (&4.into(), &3.into(), &1.into()));
    insta::assert_snapshot!(run.all());
}

#[test]
fn exit_codes_and_their_precedence() {
    let code = |arguments: &[&str]| samenet(&[&["check"], arguments].concat()).code;
    assert_eq!(code(&["claims.same", "--filter", "binomial"]), 0);
    assert_eq!(code(&["claims.same", "--filter", "forgotten"]), 1);
    assert_eq!(code(&["claims.same", "--filter", "distance"]), 3);
    assert_eq!(code(&["claims.same", "lone.same"]), 1);
    assert_eq!(code(&["claims.same", "broken.same"]), 2);
    assert_eq!(code(&["meaningless.same"]), 2);
    assert_eq!(code(&["lone.same"]), 0);
}

#[test]
fn a_claim_without_a_meaning_is_an_error() {
    insta::assert_snapshot!(samenet(&["check", "meaningless.same"]).all());
}

#[test]
fn errors_go_to_stderr_and_good_files_are_decided() {
    insta::assert_snapshot!(samenet(&["check", "broken.same", "some"]).all());
}

#[test]
fn json_is_printed_only_without_errors() {
    for arguments in [["check", "--json", "some", "broken.same"], ["check", "--json", "broken.same", "some"]]
    {
        let run = samenet(&arguments);
        assert_eq!((run.code, run.stdout.as_str()), (2, ""));
        assert!(run.stderr.contains("broken.same:2"), "{}", run.stderr);
    }
}

#[test]
fn directories_are_searched_in_order_and_no_file_comes_twice() {
    let run = samenet(&["check", "some", "some/b.same", "--json"]);
    let files: Vec<String> = run.json()["claims"]
        .as_array()
        .unwrap()
        .iter()
        .map(|claim| claim["file"].as_str().unwrap().replace('\\', "/"))
        .collect();
    assert_eq!(files, ["some/b.same"]);
}

/// If a filter selects nothing, that is not a success.
#[test]
fn nothing_to_check_is_an_error() {
    insta::assert_snapshot!(
        [
            samenet(&["check", "bare"]).all(),
            samenet(&["check", "claims.same", "--filter", "no such claim"]).all(),
            samenet(&["check", "claims.same", "--filter", "no such claim", "--json"]).all(),
            samenet(&["check", "no_such_file.same"]).all(),
        ]
        .join("\n")
    );
}

#[test]
fn files_that_cannot_be_read() {
    insta::assert_snapshot!(samenet(&["check", "not_utf8.same"]).all());
}

#[test]
fn weights_can_be_set() {
    assert_eq!(samenet(&["check", "weights.same", "--set", "W=w2.npy"]).code, 0);
    let wrong = samenet(&["check", "weights.same", "--set", "W=no_such.npy"]);
    assert_eq!(wrong.code, 2);
    assert!(wrong.stderr.contains("no_such.npy"), "{}", wrong.stderr);
    // A binding applies to each file that has the name; at least one file must.
    assert_eq!(samenet(&["check", "weights.same", "some", "--set", "W=w2.npy"]).code, 0);
    let unknown = samenet(&["check", "weights.same", "some", "--set", "V=w2.npy"]);
    assert_eq!(unknown.code, 2);
    assert!(unknown.stderr.contains("no file has weights called `V`"), "{}", unknown.stderr);
}

/// A claim takes one line, whatever its label contains.
#[test]
fn labels_stay_on_their_line() {
    let run = samenet(&["check", "label.same"]);
    assert_eq!(run.stdout.lines().count(), 3, "{}", run.stdout);
    assert!(run.stdout.contains("\nholds      net == net  (label.same:3)"), "{}", run.stdout);
    assert!(run.stdout.starts_with("holds      two lines and a tab  (label.same:2)"), "{}", run.stdout);
}

#[test]
fn colour_only_where_it_is_asked_for() {
    let colours = |name: &str, value: &str| {
        let mut command = command(&["check", "claims.same", "--filter", "binomial"]);
        let output = command.env(name, value).output().unwrap();
        output.stdout.contains(&0x1b)
    };
    assert!(!colours("NO_COLOR", "1"));
    assert!(!colours("TERM", "xterm"), "stdout is no terminal here");
    assert!(colours("CLICOLOR_FORCE", "1"));
}

/// If the reader goes away, as in `samenet check .. | head -1`, the command ends without a message.
#[test]
fn a_closed_pipe_is_no_panic() {
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let output = command(&["check", "claims.same"]).stdout(writer).output().unwrap();
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
    assert_eq!(output.status.code(), Some(2));
}

/// Linux has a device that is always full.
#[test]
#[cfg(target_os = "linux")]
fn a_full_disk_is_reported() {
    let full = std::fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
    let output = command(&["check", "claims.same"]).stdout(full).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&output.stderr).contains("cannot write the output"));
}
