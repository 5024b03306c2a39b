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
    assert_eq!(code(&["lone.same", "some"]), 0);
}

#[test]
fn a_claim_without_a_meaning_is_an_error() {
    insta::assert_snapshot!(samenet(&["check", "meaningless.same"]).all());
}

#[test]
fn errors_go_to_stderr_and_good_files_are_decided() {
    insta::assert_snapshot!(samenet(&["check", "broken.same", "some"]).all());
}

/// A file that is broken, one that is missing, and a folder without files do not keep others from being
/// checked. broken.same has four mistakes, and some/b.same one claim.
#[test]
fn json_lists_errors_beside_the_claims_that_were_decided() {
    for paths in [["some", "broken.same", "gone.same", "bare"], ["broken.same", "bare", "gone.same", "some"]]
    {
        let run = samenet(&[&["check", "--json"], &paths[..]].concat());
        assert_eq!(run.code, 2);
        let report: serde_json::Value = serde_json::from_str(&run.stdout).unwrap();
        assert_eq!((report["claims"].as_array().unwrap().len(), &report["holds"]), (1, &1.into()));
        let errors = report["errors"].as_array().unwrap();
        let mut files: Vec<&str> = errors.iter().map(|error| error["file"].as_str().unwrap()).collect();
        files.sort_unstable();
        assert_eq!(files, ["bare", "broken.same", "gone.same"]);
        for error in errors {
            let text = error["text"].as_str().unwrap();
            assert!(
                text.contains(error["message"].as_str().unwrap().split(" (and").next().unwrap()),
                "{text}"
            );
            assert!(run.stderr.contains(text), "{}", run.stderr);
            // The first mistake of broken.same is in its second line.
            let line =
                if error["file"] == "broken.same" { serde_json::json!(2) } else { serde_json::Value::Null };
            assert_eq!(error["line"], line);
        }
        let text = samenet(&[&["check"], &paths[..]].concat());
        assert_eq!(text.code, 2);
        assert!(text.stdout.ends_with("\n1 claim holds, 3 files with errors\n"), "{}", text.stdout);
    }
    // A claim without a meaning has a line.
    let run = samenet(&["check", "--json", "meaningless.same", "some"]);
    let report: serde_json::Value = serde_json::from_str(&run.stdout).unwrap();
    assert_eq!((run.code, &report["holds"], report["errors"].as_array().unwrap().len()), (2, &1.into(), 1));
}

/// A step of CI whose path leads to no claim must not pass: a file whose claims are commented out, an empty
/// one, one of models, and several of these. Beside a file with claims they do no harm.
#[test]
fn a_check_of_no_claim_is_an_error() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).unwrap();
    std::fs::create_dir(folder.path().join("models")).unwrap();
    write("empty.same", "");
    write("commented.same", "model net(x: 1) = x\n# claim net == net\n");
    write("models/a.same", "model net(x: 1) = x\n");
    write("none.same", "model net(x: 1) = x\nfor i in 0..0 { claim net == net }\n");
    write("claims.same", "import \"models/a.same\" as a\nclaim a::net == a::net\n");
    let check =
        |arguments: &[&str]| super::finish(super::command(&["check"]).args(arguments).current_dir(&folder));
    for paths in
        [&["empty.same"][..], &["commented.same"], &["models"], &["none.same"], &["empty.same", "models"]]
    {
        for more in [&[][..], &["--json"], &["--filter", "net"]] {
            let run = check(&[paths, more].concat());
            assert_eq!((run.code, run.stdout.as_str()), (2, ""), "{paths:?} {more:?}");
            let named: Vec<String> = paths.iter().map(|path| format!("`{path}`")).collect();
            let message = format!("error: nothing was checked: there is no claim in {}\n", named.join(", "));
            let help = "write one, as in `claim \"the same\": a == b`, or name the file that has them";
            let expected = format!("{message}  = help: {help}\n");
            assert_eq!(run.stderr, expected, "{paths:?} {more:?}");
        }
        assert_eq!(check(&[paths, &["claims.same"]].concat()).code, 0, "{paths:?}");
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
