//! The commands as a user runs them: output, exit codes and messages.

mod certificates;
mod check;
mod classes;
mod documented;
mod equal;
mod estimates;
mod eval;
mod examples;
mod help;
mod junit;
mod loops;
mod matrix;
mod mistakes;
mod points;
mod show;
mod similarity;

use std::process::Command;

use serde_json::Value;

/// The outcome of a run of `samenet`.
struct Run {
    code: i32,
    stdout: String,
    stderr: String,
}

/// The command, in the folder of the files that these tests are about.
fn command(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_samenet"));
    command.current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/cli/files")).args(arguments);
    // Snapshots must not depend on the width of the terminal.
    command.env("COLUMNS", "100").env_remove("NO_COLOR").env_remove("CLICOLOR_FORCE");
    command
}

/// Runs `samenet` and waits for it.
fn samenet(arguments: &[&str]) -> Run {
    finish(&mut command(arguments))
}

fn finish(command: &mut Command) -> Run {
    let output = command.output().unwrap();
    Run {
        code: output.status.code().expect("samenet is not killed by a signal"),
        stdout: without_times(&String::from_utf8(output.stdout).unwrap()),
        stderr: String::from_utf8(output.stderr).unwrap(),
    }
}

impl Run {
    /// The exit code, stdout and stderr in one text, for snapshots.
    fn all(&self) -> String {
        let mut text = format!("exit code {}\n", self.code);
        for (name, content) in [("stdout", &self.stdout), ("stderr", &self.stderr)] {
            if !content.is_empty() {
                text.push_str(&format!("-- {name}\n{content}"));
            }
        }
        text
    }

    /// stdout, which must be one JSON object and nothing else.
    fn json(&self) -> Value {
        let value: Value = serde_json::from_str(&self.stdout).unwrap();
        assert!(value.is_object() && value["schema"] == 1);
        assert_eq!(self.stderr, "");
        value
    }
}

/// Every `[1.234 s]` as `[TIME]`, and every `"seconds": 1.234` as `"seconds": 0`.
fn without_times(text: &str) -> String {
    let lines = text.lines().map(|line| {
        if let Some((before, value)) = line.split_once("\"seconds\": ") {
            return format!("{before}\"seconds\": 0{}", if value.ends_with(',') { "," } else { "" });
        }
        match line.rsplit_once('[') {
            Some((before, time)) if time.ends_with(" s]") => format!("{before}[TIME]"),
            _ => line.to_string(),
        }
    });
    lines.map(|line| line + "\n").collect()
}

#[test]
fn times_are_taken_out_and_nothing_else() {
    assert_eq!(without_times("a [1, 2]  [0.123 s]\nb = [1]\n"), "a [1, 2]  [TIME]\nb = [1]\n");
    assert_eq!(
        without_times("  \"seconds\": 0.5,\n  \"seconds\": 1\n"),
        "  \"seconds\": 0,\n  \"seconds\": 0\n"
    );
}
