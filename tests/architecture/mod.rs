//! The house rules that a program can check: which part may use which, the lengths of files and lines, module
//! docs.

mod checker;
mod circles;
mod floors;
mod source;
mod uses;

use source::{Source, code, is_in, is_test, sources};

/// The lines of files under `directory` that contain one of `forbidden`. Tests and files under `except` may.
fn offences(directory: &str, forbidden: &[&str], except: &[&str]) -> Vec<String> {
    let mut found = Vec::new();
    for Source { path, text } in sources(directory) {
        if is_test(&path) || except.iter().any(|allowed| is_in(&path, allowed)) {
            continue;
        }
        for (number, line) in code(&text) {
            if forbidden.iter().any(|word| line.contains(word)) {
                found.push(format!("{path}:{number}: {line}"));
            }
        }
    }
    found
}

#[test]
fn networks_and_arithmetics_know_nothing_above_them() {
    let above = [
        "crate::syntax",
        "crate::model",
        "crate::equality",
        "crate::diagnostic",
        "crate::claim",
        "crate::cli",
    ];
    for part in ["src/network", "src/arithmetic", "src/polynomial"] {
        assert_eq!(offences(part, &above, &[]), Vec::<String>::new());
    }
}

#[test]
fn the_syntax_knows_nothing_of_networks() {
    let above = [
        "crate::network",
        "crate::model",
        "crate::equality",
        "crate::arithmetic",
        "crate::claim",
        "crate::cli",
    ];
    assert_eq!(offences("src/syntax", &above, &[]), Vec::<String>::new());
}

#[test]
fn deciding_knows_nothing_of_files_and_text() {
    let above = ["crate::syntax", "crate::model", "crate::diagnostic", "crate::claim", "crate::cli"];
    assert_eq!(offences("src/equality", &above, &[]), Vec::<String>::new());
}

/// The checker shares how files become networks, the graph of a network, and the vocabulary of certificates;
/// no arithmetic, no polynomials, no method of the search. And the vocabulary knows neither of the two.
#[test]
fn the_checker_trusts_nobody() {
    let allowed = [
        "crate::certificate",
        "crate::diagnostic",
        "crate::domain",
        "crate::model",
        "crate::network",
        "crate::syntax",
    ];
    for Source { path, text } in sources("src/check") {
        for (number, line) in code(&text) {
            let mut rest = line;
            while let Some(at) = rest.find("crate::") {
                rest = &rest[at..];
                assert!(allowed.iter().any(|module| rest.starts_with(module)), "{path}:{number}: {line}");
                rest = &rest["crate::".len()..];
            }
        }
    }
    // Of the network, the graph and its constants, but no evaluator.
    let evaluators = ["network::evaluate", "Prepared", "network::fingerprint", "network::cost", "Builder"];
    assert_eq!(offences("src/check", &evaluators, &[]), Vec::<String>::new());
    let users = ["crate::check", "crate::claim", "crate::equality", "crate::model"];
    assert_eq!(offences("src/certificate", &users, &[]), Vec::<String>::new());
}

/// Only `model/files/` reads files and only `budget.rs` reads the clock. Everything else that touches the
/// outside world belongs to the command line, or to `testing/`, which panics as tests do.
#[test]
fn the_outside_world_is_at_the_edges() {
    let files = ["std::fs", "fs::", "File::open", "memmap2"];
    assert_eq!(offences("src", &files, &["src/cli", "src/model/files"]), Vec::<String>::new());
    let world = [
        "std::time",
        "Instant::",
        "SystemTime",
        "std::env",
        "std::process",
        "stdin()",
        "stdout()",
        "stderr()",
        "println!",
        "print!",
        "indicatif",
        "anstream",
        "anstyle",
        "annotate_snippets",
        "clap",
    ];
    let edges = ["src/cli", "src/main.rs", "src/testing", "src/budget.rs"];
    assert_eq!(offences("src", &world, &edges), Vec::<String>::new());
    let outside = ["stdin()", "stdout()", "stderr()", "println!", "print!", "std::process"];
    assert_eq!(offences("src/testing", &outside, &[]), Vec::<String>::new());
    // Nothing else may use an edge.
    for edge in ["cli", "testing"] {
        let uses = ["crate::", "super::", "samenet::"].map(|parent| format!("{parent}{edge}"));
        let own = format!("src/{edge}");
        let uses = uses.each_ref().map(String::as_str);
        assert_eq!(offences("src", &uses, &[&own, "src/main.rs"]), Vec::<String>::new());
    }
}

/// The library says what is missing from a budget; only the command line names the option that gives more.
#[test]
fn the_library_names_no_options() {
    let options = ["--time", "--memory", "--deterministic", "--float", "--on", "--metric"];
    assert_eq!(offences("src", &options, &["src/cli"]), Vec::<String>::new());
}

#[test]
fn files_are_short_enough_to_read() {
    for directory in ["src", "tests", "benches"] {
        for Source { path, text } in sources(directory) {
            let lines = text.lines().count();
            assert!(lines <= 800, "{path} has {lines} lines");
        }
    }
}

/// Neither code nor comments wrap in a side-by-side diff. (rustfmt keeps to that in code only.)
#[test]
fn lines_are_short_enough_to_read() {
    for directory in ["src", "tests", "benches"] {
        for Source { path, text } in sources(directory) {
            for (at, line) in text.lines().enumerate() {
                let columns = line.chars().count();
                assert!(columns <= 110, "{path}:{}: {columns} columns", at + 1);
            }
        }
    }
}

#[test]
fn every_module_says_what_it_is() {
    for directory in ["src", "tests", "benches"] {
        for Source { path, text } in sources(directory) {
            assert!(text.starts_with("//! ") || is_test(&path), "{path} begins without a module comment");
        }
    }
}

/// The checks above would also pass if they looked at nothing.
#[test]
fn the_checks_find_what_they_look_for() {
    assert!(!offences("src/model", &["crate::network"], &[]).is_empty());
    assert!(offences("src/model", &["crate::network"], &["src/model"]).is_empty());
    assert_eq!(code("a // b\n/// c").map(|(_, line)| line).collect::<String>(), "a ");
}
