//! Runs of `samenet`, with the time they take and the memory they occupy.

use std::io::Read;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

/// The outcome of a run.
pub struct Run {
    /// The exit code; `None` when a signal ended it.
    pub code: Option<i32>,
    /// What it wrote to stdout.
    pub stdout: String,
    /// What it wrote to stderr.
    pub stderr: String,
    /// How long it took.
    pub seconds: f64,
    /// Peak memory in bytes, sampled every millisecond; 0 where the system does not report it.
    pub peak: u64,
}

/// Runs a program to its end.
pub fn run(program: &Path, directory: &Path, arguments: &[String]) -> std::io::Result<Run> {
    let start = Instant::now();
    let mut child = Command::new(program)
        .current_dir(directory)
        .args(arguments)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()?;
    let stdout = read(child.stdout.take());
    let stderr = read(child.stderr.take());
    let mut peak = 0;
    let status = loop {
        if let Some(status) = child.try_wait()? {
            break status;
        }
        peak = peak.max(occupied(&child).unwrap_or(0));
        thread::sleep(Duration::from_millis(1));
    };
    let seconds = start.elapsed().as_secs_f64();
    let text = |reader: thread::JoinHandle<String>| reader.join().unwrap_or_default();
    Ok(Run { code: status.code(), stdout: text(stdout), stderr: text(stderr), seconds, peak })
}

/// Reads a stream to its end on a thread of its own, so that the process never blocks on a full pipe.
fn read(stream: Option<impl Read + Send + 'static>) -> thread::JoinHandle<String> {
    thread::spawn(move || {
        let mut text = Vec::new();
        if let Some(mut stream) = stream {
            // If the process is killed, the rest of its output does not matter.
            let _ = stream.read_to_end(&mut text);
        }
        String::from_utf8_lossy(&text).into_owned()
    })
}

/// The most bytes that a process has occupied so far.
fn occupied(child: &Child) -> Option<u64> {
    if !cfg!(target_os = "linux") {
        return None;
    }
    let status = std::fs::read_to_string(format!("/proc/{}/status", child.id())).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kilobytes: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kilobytes * 1024)
}
