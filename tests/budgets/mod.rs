//! `--time` and `--memory` hold on inputs made to break them, and Ctrl-C ends everything. Times are measured
//! in `benches/budgets.rs`; here the tests check that every run ends, within its memory budget and with a
//! complete answer.

mod inputs;
mod process;

use std::path::Path;
use std::sync::OnceLock;

use process::{Run, run};
use serde_json::Value;

const PROGRAM: &str = env!("CARGO_BIN_EXE_samenet");

/// A directory with all inputs except those that need large weight files.
fn directory() -> &'static Path {
    static DIRECTORY: OnceLock<tempfile::TempDir> = OnceLock::new();
    let directory = DIRECTORY.get_or_init(|| {
        let directory = tempfile::tempdir().unwrap();
        inputs::write_points(directory.path()).unwrap();
        let small = |shape: &[usize]| shape.iter().product::<usize>() < 1 << 20;
        for input in inputs::all().iter().filter(|input| input.weights.iter().all(|(_, shape)| small(shape)))
        {
            input.write(directory.path()).unwrap();
        }
        directory
    });
    directory.path()
}

fn samenet(arguments: &str) -> Run {
    let arguments: Vec<String> = arguments.split(' ').map(str::to_string).collect();
    run(Path::new(PROGRAM), directory(), &arguments).unwrap()
}

impl Run {
    /// stdout, which must be one JSON object and nothing else.
    fn json(&self) -> Value {
        assert_eq!(self.stderr, "");
        let value: Value = serde_json::from_str(&self.stdout).unwrap();
        assert!(value.is_object() && value["schema"] == 1);
        value
    }
}

const MIB: u64 = 1 << 20;

/// Every input with little time and memory: the command ends with one of the exit codes, prints something,
/// and never occupies more memory than it may. A process that was killed has no exit code.
#[test]
fn every_input_ends_within_its_memory() {
    let names = [
        "power",
        "tower_24",
        "binomial",
        "linear_forms",
        "many_variables",
        "outer",
        "einsum",
        "onehot",
        "narrow_and_deep",
        "one_variable",
        "two_variables",
        "many_outputs",
        "three_values",
        "tokens_and_values",
        "coprime",
        "pairs",
        "doubling",
        "long_graph",
    ];
    for input in inputs::all().iter().filter(|input| names.contains(&input.name)) {
        let command = input.arguments(&input.commands[0]).join(" ");
        let run = samenet(&format!("{command} --time 0.3 --memory 64M"));
        assert!(matches!(run.code, Some(0..=3)), "{command}: {:?} {}", run.code, run.stderr);
        assert!(run.stdout.len() + run.stderr.len() > 10, "{command}: nothing in {} s", run.seconds);
        assert!(run.peak <= 64 * MIB, "{command}: {} MiB", run.peak / MIB);
    }
}

/// `classes` sorts models that are hard to compare as far as time and memory allow and leaves the rest
/// undecided: every model is in one place or the other.
#[test]
fn models_that_are_hard_to_sort() {
    for name in ["power", "binomial", "linear_forms", "coprime", "pairs", "long_graph"] {
        let models = format!("{name}.same::a {name}.same::b {name}.same::a");
        let run = samenet(&format!("classes {models} --json --deterministic --time 0.2 --memory 64M"));
        assert!(matches!(run.code, Some(0 | 3)), "{name}: {:?} {}", run.code, run.stderr);
        let json = run.json();
        let groups = |field: &str| json[field].as_array().unwrap().clone();
        let all: Vec<Value> = groups("classes").into_iter().chain(groups("undecided")).collect();
        let sizes: usize = all.iter().map(|group| group["models"].as_array().unwrap().len()).sum();
        assert_eq!(sizes, 3, "{name}");
        assert_eq!(run.code == Some(3), !groups("undecided").is_empty(), "{name}");
        assert!(run.peak <= 64 * MIB, "{name}: {} MiB", run.peak / MIB);
    }
}

/// A claim that runs out of time is reported as undecided, and the claims around it are decided. The last
/// product of `turned` is written as a difference of squares, because its factors would be recognised
/// otherwise.
#[test]
fn claims_that_are_stopped_are_undecided() {
    let text = "model easy(x: 2) = x[0] * x[1]\n\
                model hard(x: 24) = { let p = 1; for i in 0..24 { let p = p * (sum(x) + x[i]); } p }\n\
                model turned(x: 24) = { let p = 1; \
                for i in 0..23 { let p = (sum(2 * x) / 2 + x[23 - i]) * p; }\n\
                  let q = sum(x) + x[0]; ((p + q)^2 - (p - q)^2) / 4 }\n\
                claim easy == easy\nclaim hard == turned\nclaim easy != 2 * easy\n";
    std::fs::write(directory().join("three.same"), text).unwrap();
    let run = samenet("check three.same --json --deterministic --time 1 --memory 128M");
    let json = run.json();
    assert_eq!(run.code, Some(3));
    let status: Vec<&Value> = (0..3).map(|i| &json["claims"][i]["status"]).collect();
    assert_eq!(status, ["holds", "undecided", "holds"]);
    let needed = json["claims"][1]["evidence"]["needed"].as_str().unwrap();
    assert!(needed.contains("without --deterministic"), "{needed}");
    assert!(run.peak <= 128 * MIB, "{} MiB", run.peak / MIB);
}

/// The value that a message suggests for an option.
fn needed<'a>(run: &'a Run, option: &str) -> &'a str {
    let text = if run.stdout.is_empty() { &run.stderr } else { &run.stdout };
    let after = text.split_once(option).unwrap_or_else(|| panic!("no {option} in {text}")).1;
    after.trim_start().split([' ', ',', '\n', ';', '"']).next().unwrap()
}

/// An answer that is undecided for lack of memory says how much is needed. That much is enough, and not far
/// too much: the process then occupies at least an eighth of it.
#[test]
fn the_memory_that_is_asked_for_is_enough() {
    for (command, small) in [
        ("equal many_variables.same::a many_variables.same::b", "40M"),
        ("equal wide_shift.same::a wide_shift.same::b --up-to shift", "40M"),
        ("eval outer_small.same::a --at ones200.json", "100M"),
    ] {
        let before = samenet(&format!("{command} --memory {small}"));
        assert!(matches!(before.code, Some(2 | 3)), "{command}: {:?} {}", before.code, before.stdout);
        let memory = needed(&before, "--memory");
        let after = samenet(&format!("{command} --memory {memory}"));
        assert_eq!(after.code, Some(0), "{command} --memory {memory}: {} {}", after.stdout, after.stderr);
        let unit = if memory.ends_with('G') { 1024 * MIB } else { MIB };
        let allowed = memory.trim_end_matches(['M', 'G']).parse::<u64>().unwrap() * unit;
        assert!(after.peak <= allowed, "{command}: {} of {memory}", after.peak / MIB);
        assert!(after.peak == 0 || after.peak * 8 >= allowed, "{command}: {} of {memory}", after.peak / MIB);
    }
}

/// A file that does not fit into memory is refused before anything is decided, as each command words it.
#[test]
fn files_that_do_not_fit() {
    let run = samenet("check doubling.same --memory 24M");
    assert_eq!(run.code, Some(2));
    assert!(run.stderr.contains("memory"), "{}", run.stderr);
    let equal = samenet("equal doubling.same::a doubling.same::a --memory 24M --json");
    assert_eq!(equal.code, Some(3));
    let json = equal.json();
    assert_eq!(json["verdict"], "undecided");
    let reason = json["evidence"]["reason"].as_str().unwrap();
    assert!(
        reason.contains("memory budget of 24.0 MiB") && reason.contains("reading doubling.same"),
        "{reason}"
    );
    assert!(run.peak.max(equal.peak) <= 24 * MIB, "{} {}", run.peak / MIB, equal.peak / MIB);
}

/// Ctrl-C while a claim is being decided: earlier output stays, and the process says that it was interrupted.
#[cfg(unix)]
#[test]
fn an_interrupt_ends_the_process() {
    use std::io::{BufRead, BufReader, Read};
    use std::process::{Command, Stdio};

    let text = "model a(x: []) = x\nmodel f(x: []) = x^3\n\
                model big(x: 2) = { let y = x; for i in 0..22 { let y = y * y + 1/3; } sum(y) }\n\
                model other(x: 2) = { let y = x; for i in 0..22 { let y = (y * y * 3 + 1) / 3; } sum(y) }\n\
                claim a == a\nclaim big == other on {1/7, 2/7, 3/11}\n";
    std::fs::write(directory().join("long.same"), text).unwrap();
    let mut child = Command::new(PROGRAM)
        .current_dir(directory())
        .args(["check", "long.same", "--deterministic", "--time", "600"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdout = BufReader::new(child.stdout.take().unwrap());
    let mut first = String::new();
    stdout.read_line(&mut first).unwrap();
    assert!(first.starts_with("holds"), "{first}");
    let sent = Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap();
    assert!(sent.success());
    let status = child.wait().unwrap();
    let (mut rest, mut stderr) = (String::new(), String::new());
    stdout.read_to_string(&mut rest).unwrap();
    child.stderr.take().unwrap().read_to_string(&mut stderr).unwrap();
    assert_eq!((status.code(), rest.as_str(), stderr.as_str()), (Some(130), "", "interrupted\n"));
}
