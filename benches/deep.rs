//! Two copies of a deep bilinear network, hidden units permuted: width 8, hidden width 16, 4 layers, degree
//! 16.
//!
//! `cargo bench --bench deep` times whole processes: `samenet equal`, which recognises the hidden units; the
//! same for a copy in which one unit is replaced by two squares, which takes the layerwise distance, with
//! `--deterministic` and without; its normal form, with that of the other; and, if Python has them,
//! python-flint, which expands *one* of the networks, and NumPy, which evaluates both on a grid (`deep.py`).
//! The machine's speed cancels in the ratios of one run.

// A benchmark may stop at the first thing that is wrong.
#![allow(clippy::expect_used)]

#[path = "../tests/common/mod.rs"]
mod common;

use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::Instant;

use common::random::Random;
use serde_json::{Value, json};

const WIDTH: usize = 8;
const HIDDEN: usize = 16;
const LAYERS: usize = 4;

type Matrix = Vec<Vec<i64>>;
/// left, right (hidden x width) and down (width x hidden)
type Layer = [Matrix; 3];

fn matrix(random: &mut Random, rows: usize, columns: usize) -> Matrix {
    (0..rows).map(|_| (0..columns).map(|_| random.integer(3)).collect()).collect()
}

/// The layer with its hidden units in another order.
fn permuted([left, right, down]: &Layer, order: &[usize]) -> Layer {
    let rows = |matrix: &Matrix| order.iter().map(|&unit| matrix[unit].clone()).collect();
    let columns = down.iter().map(|row| order.iter().map(|&unit| row[unit]).collect()).collect();
    [rows(left), rows(right), columns]
}

/// The layer with unit 0, `d (l x)(r x)`, as two squares: `d/4 ((l + r) x)^2 - d/4 ((l - r) x)^2`. The column
/// `d` is a multiple of 4.
fn polarised([left, right, down]: &Layer) -> Layer {
    let combine = |sign: i64| left[0].iter().zip(&right[0]).map(|(l, r)| l + sign * r).collect::<Vec<_>>();
    let rows = |matrix: &Matrix| [&[combine(1), combine(-1)], &matrix[1..]].concat();
    let columns = down.iter().map(|row| [&[row[0] / 4, -row[0] / 4], &row[1..]].concat()).collect();
    [rows(left), rows(right), columns]
}

/// The network as a `.same` file.
fn same(layers: &[Layer]) -> String {
    let mut text = format!("model deep(x: {WIDTH}) = x");
    for [left, right, down] in layers {
        text.push_str(&format!("\n  |> bilinear(left: {left:?}, right: {right:?}, down: {down:?})"));
    }
    text + "\n"
}

/// The shortest of some runs of a command, in seconds.
fn time(runs: usize, command: &mut Command) -> (f64, String) {
    let mut best = f64::INFINITY;
    let mut said = String::new();
    for _ in 0..runs {
        let start = Instant::now();
        let output = command.output().expect("the command starts");
        best = best.min(start.elapsed().as_secs_f64());
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        said = String::from_utf8_lossy(&output.stdout).trim().to_string();
    }
    (best, said)
}

fn main() {
    let mut random = Random(1);
    let layer = |random: &mut Random| {
        [matrix(random, HIDDEN, WIDTH), matrix(random, HIDDEN, WIDTH), matrix(random, WIDTH, HIDDEN)]
    };
    let mut first: Vec<Layer> = (0..LAYERS).map(|_| layer(&mut random)).collect();
    first[0][2].iter_mut().for_each(|row| row[0] *= 4);
    let mut squares = first.clone();
    squares[0] = polarised(&squares[0]);
    let second: Vec<Layer> = first.iter().map(|layer| permuted(layer, &random.permutation(HIDDEN))).collect();

    let folder = tempfile::tempdir().expect("a temporary folder");
    let write = |name: &str, text: String| {
        let path = folder.path().join(name);
        fs::write(&path, text).expect("a file can be written");
        path
    };
    let a = write("first.same", same(&first));
    let b = write("second.same", same(&second));
    let c = write("third.same", same(&squares));
    let networks = write("networks.json", json!([first, second]).to_string());

    println!("width {WIDTH}, hidden width {HIDDEN}, {LAYERS} bilinear layers, hidden units permuted");
    let samenet = |other: &Path| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_samenet"));
        command.arg("equal").arg(&a).arg(other);
        command
    };
    let print = |seconds: f64, what: &str, said: &str| {
        println!("{seconds:8.3} s  {what}: {}", said.lines().next().unwrap_or(""));
    };
    let (seconds, said) = time(5, &mut samenet(&b));
    print(seconds, "samenet", &said);
    let (seconds, said) = time(5, &mut samenet(&c));
    print(seconds, "samenet, one unit as two squares", &said);
    let (proved_seconds, said) = time(2, samenet(&c).args(["--deterministic", "--time", "600"]));
    print(proved_seconds, "samenet --deterministic, one unit as two squares", &said);

    let (expanded_seconds, said) = time(2, samenet(&c).args(["--method", "normal-form", "--time", "600"]));
    print(expanded_seconds, "samenet --method normal-form, one unit as two squares", &said);

    let Some((flint, numpy)) = others(&networks) else {
        println!("python3 with python-flint and NumPy: not installed");
        return;
    };
    println!("{flint:8.3} s  python-flint, fmpz_mpoly: expands one of the two");
    println!("{numpy:8.3} s  NumPy: both on the grid, modulo 31-bit primes");
    println!("samenet --deterministic / python-flint = {:.3}", proved_seconds / flint);
    println!("samenet --method normal-form / python-flint = {:.3}", expanded_seconds / flint);
    println!("samenet --deterministic / NumPy        = {:.3}", proved_seconds / numpy);
}

/// Seconds that FLINT and NumPy take, or `None` when Python cannot import them.
fn others(networks: &Path) -> Option<(f64, f64)> {
    let installed = Command::new("python3").args(["-c", "import flint, numpy"]).output().ok()?;
    if !installed.status.success() {
        return None;
    }
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/deep.py");
    let (_, said) = time(1, Command::new("python3").arg(script).arg(networks));
    let seconds: Value = serde_json::from_str(&said).expect("deep.py prints JSON");
    Some((seconds["flint"].as_f64()?, seconds["numpy"].as_f64()?))
}
