//! Runs that go on, parts that are joined, and records that are not trusted.

use std::fs;
use std::process::Stdio;
use std::thread;
use std::time::{Duration, Instant};

use super::Runs;
use crate::cli::command;
use crate::common::random::Random;
use crate::common::size::{cases, is_large};

const STEPS: [usize; 4] = [0, 1, 2, 3];

/// Torn at every byte: what is left is used, the rest computed again, and all is the same.
#[test]
fn a_record_may_be_torn_anywhere() {
    let runs = Runs::new(&STEPS[..3]);
    assert_eq!(runs.matrix(&["--record", "whole", "--csv", "whole.csv"]).code, 0);
    let whole = runs.bytes("whole");
    let every = if is_large() { 1 } else { 7 };
    let ends: Vec<usize> = (0..whole.len()).step_by(every).chain([whole.len() - 1]).collect();
    for end in ends {
        fs::write(runs.path("torn"), &whole[..end]).unwrap();
        let run = runs.matrix(&["--record", "torn", "--csv", "torn.csv"]);
        assert_eq!(run.code, 0, "{end}: {}", run.all());
        assert_eq!(runs.bytes("torn.csv"), runs.bytes("whole.csv"), "{end}");
        // A line that was cut is noticed.
        let cut = end > runs.lines("whole")[0].len() && whole[end - 1] != b'\n';
        assert_eq!(run.stderr.contains("1 line of `torn` cannot be read"), cut, "{end}: {}", run.stderr);
        let sorted = |name: &str| {
            let mut lines = runs.lines(name);
            lines.sort_unstable();
            lines
        };
        assert_eq!(sorted("torn"), sorted("whole"), "{end}");
    }
}

/// Any changed byte is noticed: in the head the record is refused, elsewhere the line is computed again.
#[test]
fn a_changed_record_is_not_trusted() {
    let runs = Runs::new(&STEPS[..3]);
    assert_eq!(runs.matrix(&["--record", "whole", "--csv", "whole.csv"]).code, 0);
    let whole = runs.bytes("whole");
    let head = runs.lines("whole")[0].len() + 1;
    let mut random = Random(1);
    for _ in 0..cases(20, 500) {
        let (at, by) = (random.below(whole.len()), random.below(255) as u8 + 1);
        let mut changed = whole.clone();
        changed[at] ^= by;
        fs::write(runs.path("changed"), &changed).unwrap();
        let run = runs.matrix(&["--record", "changed", "--csv", "changed.csv"]);
        if at < head {
            assert_eq!(run.code, 2, "{at}");
            assert_eq!(runs.bytes("changed"), changed, "a record that is refused is left as it is");
        } else {
            assert_eq!(run.code, 0, "{at}: {}", run.all());
            assert_eq!(runs.bytes("changed.csv"), runs.bytes("whole.csv"));
            assert!(run.stderr.contains("cannot be read"), "{at}: {}", run.stderr);
        }
    }
}

/// A record of other models, other weights, another order or other options is refused, and left as it is.
#[test]
fn other_records_are_refused() {
    let runs = Runs::new(&STEPS);
    let record = ["--record", "record"];
    assert_eq!(runs.matrix(&record).code, 0);
    let whole = runs.bytes("record");
    let some = ["matrix", "net.same", "--each", "W=step_[012].npy", "--record", "record"];
    let back =
        ["matrix", "net.same", "--each", "W=step_[123].npy", "--each", "W=step_0.npy", "--record", "record"];
    fs::write(runs.path("other"), "no record\n").unwrap();
    let mut outputs = vec![
        runs.matrix(&["--record", "record", "--float"]),
        runs.matrix(&["--record", "record", "--metric", "symmetric"]),
        runs.matrix(&["--record", "record", "--on", "{0,1}"]),
        runs.samenet(&some),
        runs.samenet(&back),
        runs.matrix(&["--record", "other"]),
        runs.samenet(&["matrix", "--merge", "other"]),
        runs.samenet(&["matrix", "--merge", "nowhere"]),
    ];
    runs.write(2, &[0.5; 36]);
    outputs.push(runs.matrix(&record));
    fs::write(runs.path("step_2.npy"), "").unwrap();
    outputs.push(runs.matrix(&record));
    assert!(outputs.iter().all(|run| run.code == 2 && run.stdout.is_empty()));
    insta::assert_snapshot!(outputs.iter().map(|run| run.all()).collect::<Vec<_>>().join("\n"));
    assert_eq!(runs.bytes("record"), whole);
    assert_eq!(runs.bytes("other"), b"no record\n");
    // A line of another record is none.
    let runs = Runs::new(&STEPS[..3]);
    runs.matrix(&["--record", "a"]);
    runs.matrix(&["--record", "b", "--metric", "symmetric"]);
    let mixed = [runs.lines("a")[0].clone(), runs.lines("b")[4].clone()].join("\n") + "\n";
    fs::write(runs.path("mixed"), mixed).unwrap();
    let run = runs.matrix(&["--record", "mixed"]);
    assert!(run.code == 0 && run.stderr.contains("1 line of `mixed` cannot be read"), "{}", run.all());
}

/// Parts are computed by themselves, each pair once, and make the whole.
#[test]
fn parts_are_joined() {
    let runs = Runs::new(&[0, 1, 2, 3, 4, 5]);
    let with = |first: &[&'static str], name: &str| -> Vec<String> {
        let files = ["csv", "npy", "svg"].map(|end| [format!("--{end}"), format!("{name}.{end}")]);
        let first = first.iter().map(|word| word.to_string());
        first.chain(files.concat()).chain(["--json".to_string()]).collect()
    };
    let words =
        |all: &[String]| -> Vec<&'static str> { all.iter().map(|word| &*word.clone().leak()).collect() };
    for precision in [&[][..], &["--float"]] as [&[&'static str]; 2] {
        let whole = runs.matrix(&words(&with(precision, "whole")));
        assert_eq!(whole.code, 0);
        let parts = ["part_1", "part_2", "part_3", "part_4"];
        let mut pairs = 0;
        for (at, part) in parts.iter().enumerate() {
            let shard = format!("{}/4", at + 1);
            let _ = fs::remove_file(runs.path(part));
            let run = runs.matrix(&[precision, &["--shard", &shard, "--record", part]].concat());
            assert_eq!((run.code, run.stdout), (0, format!("part {shard} of the pairs is in {part}\n")));
            pairs += runs.lines(part).iter().filter(|line| line.contains("\"inner\"")).count();
        }
        assert_eq!(pairs, 15);
        let merged = runs.samenet(&words(&with(&[&["matrix", "--merge"], &parts[..]].concat(), "merged")));
        assert_eq!((merged.code, merged.stdout), (0, whole.stdout));
        for end in ["csv", "npy", "svg"] {
            assert_eq!(runs.bytes(&format!("merged.{end}")), runs.bytes(&format!("whole.{end}")));
        }
        let some = runs.samenet(&["matrix", "--merge", "part_1", "part_3"]);
        assert!(some.code == 3 && some.stdout.contains("the records lack"), "{}", some.all());
    }
    runs.matrix(&["--record", "symmetric", "--metric", "symmetric"]);
    let run = runs.samenet(&["matrix", "--merge", "part_1", "symmetric"]);
    assert!(run.code == 2 && run.stderr.contains("another matrix"), "{}", run.all());
}

/// Killed at random moments, the same command goes on, and what it writes in the end is what a run that was
/// not interrupted writes. Files are whole or absent.
#[test]
fn killed_runs_go_on() {
    let steps: Vec<usize> = (0..if is_large() { 100 } else { 12 }).collect();
    let runs = Runs::new(&steps);
    let outputs = ["--csv", "m.csv", "--npy", "m.npy", "--svg", "m.svg"];
    let start = Instant::now();
    assert_eq!(runs.matrix(&outputs).code, 0);
    let took = start.elapsed().as_micros() as usize;
    let whole = ["m.csv", "m.npy", "m.svg"].map(|name| runs.bytes(name));
    let all =
        [&["matrix", "net.same", "--each", "W=step_*.npy", "--record", "record"][..], &outputs].concat();
    let mut random = Random(3);
    let (mut killed, mut began) = (0, 0);
    for _ in 0..cases(5, 50) {
        for name in ["m.csv", "m.npy", "m.svg"] {
            let _ = fs::remove_file(runs.path(name));
        }
        if runs.path("record").exists() && runs.lines("record").len() > steps.len() * (steps.len() + 1) / 2 {
            fs::remove_file(runs.path("record")).unwrap();
            began += 1;
        }
        let mut command = command(&all);
        command.current_dir(runs.folder.path()).stdout(Stdio::null()).stderr(Stdio::null());
        let mut process = command.spawn().unwrap();
        thread::sleep(Duration::from_micros(random.below(took) as u64));
        // It may be over.
        let _ = process.kill();
        killed += usize::from(!process.wait().unwrap().success());
        for (name, whole) in ["m.csv", "m.npy", "m.svg"].iter().zip(&whole) {
            assert!(!runs.path(name).exists() || runs.bytes(name) == *whole, "{name}");
        }
    }
    println!("{killed} killed, {began} begun again");
    let run = runs.samenet(&all);
    assert_eq!(run.code, 0, "{}", run.all());
    assert_eq!(["m.csv", "m.npy", "m.svg"].map(|name| runs.bytes(name)), whole);
}

/// Nothing is computed twice: with all pairs known, no norm is needed.
#[test]
fn what_is_known_is_not_computed() {
    let runs = Runs::new(&STEPS);
    assert_eq!(runs.matrix(&["--record", "record"]).code, 0);
    let whole = runs.bytes("record");
    assert_eq!(runs.matrix(&["--record", "record", "--against", "last"]).code, 0);
    assert_eq!(runs.bytes("record"), whole);
    // Only the pairs with one model, without a record.
    let run = runs.matrix(&["--against", "first", "--curve-csv", "c.csv"]);
    assert_eq!(runs.lines("c.csv").len(), 5);
    assert!(!run.stdout.contains("pairs"));
}
