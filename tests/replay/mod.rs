//! Runs the programs that replay witnesses: they print the values that the witnesses state.
//!
//! The environment variable `SAMENET_PYTHON` names a Python that has NumPy. Without it nothing is run.

mod files;
mod random;

use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

use crate::{Test, Tests};

/// One check: it panics if something is wrong, and says how much it did.
type Check = fn(&Python) -> String;

const CHECKS: [(&str, Check); 4] = [
    ("random_networks", random::networks),
    ("weight_files", files::formats),
    ("files_of_models", files::models),
    ("long_numbers", files::long_numbers),
];

/// The tests, if there is a Python.
pub fn tests() -> Tests {
    let Ok(python) = std::env::var("SAMENET_PYTHON") else {
        return Tests::Absent("SAMENET_PYTHON is not set");
    };
    let test = |(name, check): (&'static str, Check)| -> Test {
        let python = Python(python.clone());
        (name, Box::new(move || check(&python)))
    };
    Tests::Ready(CHECKS.map(test).into())
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
