//! The programs that replay witnesses, run by Python: they print what the witnesses say.
//!
//! The environment variable `SAMENET_PYTHON` names a Python that has NumPy. Without it nothing is run, and because
//! this target runs itself (`harness = false`) nothing is reported as passed either.

// All of this is test code, which may stop at the first thing that is wrong.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

#[path = "../common/mod.rs"]
mod common;
mod files;
mod random;

use std::io::Write;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::process::{Command, ExitCode, Stdio};

/// One check: it panics if something is wrong, and says how much it did.
type Check = fn(&Python) -> String;

const CHECKS: [(&str, Check); 3] = [
    ("replay::random_networks", random::networks),
    ("replay::weight_files", files::formats),
    ("replay::files_of_models", files::models),
];

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if arguments.iter().any(|argument| argument == "--list") {
        return ExitCode::SUCCESS;
    }
    let Ok(python) = std::env::var("SAMENET_PYTHON") else {
        println!("replay: not run (SAMENET_PYTHON is not set)");
        return ExitCode::SUCCESS;
    };
    let python = Python(python);
    // As with the usual harness: `cargo test NAME` runs what has NAME in its name.
    let filters: Vec<&String> = arguments.iter().filter(|argument| !argument.starts_with('-')).collect();
    let mut failed = false;
    for (name, check) in CHECKS {
        if !filters.is_empty() && !filters.iter().any(|filter| name.contains(filter.as_str())) {
            continue;
        }
        match catch_unwind(AssertUnwindSafe(|| check(&python))) {
            Ok(done) => println!("test {name} ... ok ({done})"),
            Err(_) => {
                println!("test {name} ... FAILED");
                failed = true;
            }
        }
    }
    if failed { ExitCode::FAILURE } else { ExitCode::SUCCESS }
}

/// A Python that has NumPy.
pub struct Python(String);

impl Python {
    /// What a program prints when it is run in a folder.
    fn run(&self, program: &str, folder: &Path) -> String {
        let mut child = Command::new(&self.0)
            .args(["-"])
            .current_dir(folder)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("SAMENET_PYTHON starts");
        child.stdin.take().unwrap().write_all(program.as_bytes()).unwrap();
        let output = child.wait_with_output().unwrap();
        assert!(output.status.success(), "Python fails on\n{program}");
        String::from_utf8(output.stdout).unwrap()
    }

    /// What each of several programs prints, run one after the other in one process.
    fn run_all(&self, programs: &[String], folder: &Path) -> Vec<String> {
        const EACH: &str = "
import contextlib, io, json
outputs = []
for program in programs:
    with io.StringIO() as text, contextlib.redirect_stdout(text):
        try:
            exec(program, {})
        except Exception as error:
            print(repr(error))
        outputs.append(text.getvalue())
print(json.dumps(outputs))
";
        let list = serde_json::to_string(&serde_json::to_string(programs).unwrap()).unwrap();
        let output = self.run(&format!("import json\nprograms = json.loads({list})\n{EACH}"), folder);
        serde_json::from_str(&output).unwrap()
    }
}
