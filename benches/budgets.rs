//! Whether `--time` and `--memory` hold: adversarial inputs with small budgets, each run as a process of its
//! own.
//!
//! `cargo bench --bench budgets [-- WORD..]` prints a table, of the inputs whose names contain one of the
//! words, and fails when a run takes more than 1.2 times its time budget or more than its memory budget.

use std::path::Path;
use std::process::ExitCode;

#[path = "../tests/common/mod.rs"]
mod common;
#[path = "../tests/budgets/inputs.rs"]
mod inputs;
#[path = "../tests/budgets/process.rs"]
mod process;

/// Time in seconds and memory in MiB of the runs.
const BUDGETS: [(&str, f64, u64); 3] = [("1", 1.0, 64), ("2", 2.0, 256), ("5", 5.0, 1024)];
/// How much longer than its budget a run may take.
const LATE: f64 = 1.2;

fn main() -> ExitCode {
    let words: Vec<String> =
        std::env::args().skip(1).filter(|argument| !argument.starts_with("--")).collect();
    match measure(&words) {
        Ok(0) => ExitCode::SUCCESS,
        Ok(broken) => {
            println!("{broken} budgets broken");
            ExitCode::FAILURE
        }
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

/// Runs everything, and counts the runs that exceed a budget.
fn measure(words: &[String]) -> std::io::Result<u32> {
    let directory = tempfile::tempdir()?;
    inputs::write_points(directory.path())?;
    let program = Path::new(env!("CARGO_BIN_EXE_samenet"));
    let mut broken = 0;
    println!("  time budget  seconds  ratio  memory budget     peak  exit  what");
    for input in inputs::all() {
        if !words.is_empty() && !words.iter().any(|word| input.name.contains(word.as_str())) {
            continue;
        }
        input.write(directory.path())?;
        for command in &input.commands {
            for (text, seconds, mib) in BUDGETS {
                let mut arguments = input.arguments(command);
                arguments.extend(["--time", text, "--memory"].map(str::to_string));
                arguments.push(format!("{mib}M"));
                let run = process::run(program, directory.path(), &arguments)?;
                let peak = run.peak as f64 / f64::from(1 << 20);
                let good =
                    run.seconds <= LATE * seconds && peak <= mib as f64 && matches!(run.code, Some(0..=3));
                broken += u32::from(!good);
                println!(
                    "{} {seconds:>8.0} s {:>8.3} {:>6.2} {mib:>10} MiB {peak:>8.1} {:>5}  {}",
                    if good { ' ' } else { '!' },
                    run.seconds,
                    run.seconds / seconds,
                    run.code.map_or("-".to_string(), |code| code.to_string()),
                    arguments[..arguments.len() - 4].join(" "),
                );
                if std::env::var_os("SAMENET_SHOW_ANSWERS").is_some() {
                    let answer: String = format!("{}{}", run.stdout, run.stderr).chars().take(1000).collect();
                    println!("      {}", answer.trim_end().replace('\n', "\n      "));
                }
            }
        }
    }
    Ok(broken)
}
