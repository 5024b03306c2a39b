//! All pairs of many checkpoints: milliseconds for each pair, of whole processes, reading included.
//!
//! `cargo bench --bench matrix` writes checkpoints of a bilinear layer 784-128-256-10 to a temporary folder,
//! a walk between two random networks, and runs `samenet matrix` on some of them: in f64, exactly, and both
//! for the curve against the last. `ratio` compares with f64 on all pairs, in the same run.

// A benchmark may stop at the first thing that is wrong.
#![allow(clippy::expect_used)]

#[path = "../tests/common/mod.rs"]
mod common;
#[path = "../tests/budgets/process.rs"]
#[allow(dead_code, reason = "another benchmark uses more of it")]
mod process;

use std::path::Path;

use common::random::Random;
use safetensors::Dtype;
use safetensors::tensor::TensorView;

/// The tensors of a checkpoint: names, rows, columns.
const TENSORS: [(&str, usize, usize); 5] =
    [("embed", 128, 784), ("l", 256, 128), ("r", 256, 128), ("d", 128, 256), ("head", 10, 128)];
const MODEL: &str = "weights W = \"step_0.safetensors\"\nmodel net(x: 784) = \
                     W[\"head\"] @ bilinear(W[\"embed\"] @ x, left: W[\"l\"], right: W[\"r\"], \
                     down: W[\"d\"])\n";

/// The checkpoints.
const CHECKPOINTS: usize = 100;

/// What is computed: a name, options, and of how many checkpoints (those from 0 on).
const ROWS: [(&str, &[&str], usize); 4] = [
    ("f64, all pairs", &["--float"], 100),
    ("exact, all pairs", &[], 20),
    ("f64, against the last", &["--float", "--against", "last"], 100),
    ("exact, against the last", &["--against", "last"], 100),
];

fn main() {
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::write(folder.path().join("net.same"), MODEL).expect("a file can be written");
    let (mut first, mut last) = (Random(1), Random(2));
    let ends: [Vec<Vec<f32>>; 2] = [weights(&mut first), weights(&mut last)];
    for step in 0..CHECKPOINTS {
        let part = step as f32 / (CHECKPOINTS - 1) as f32;
        write(&folder.path().join(format!("step_{step}.safetensors")), &ends, part);
    }
    println!("| numbers | checkpoints | pairs | seconds | ms a pair | ratio | peak MB |");
    println!("| --- | --- | --- | --- | --- | --- | --- |");
    let mut baseline = f64::NAN;
    for (name, options, count) in ROWS {
        let mut arguments = ["matrix", "net.same", "--time", "3000"].map(str::to_string).to_vec();
        for step in 0..count {
            arguments.extend(["--each".to_string(), format!("W=step_{step}.safetensors")]);
        }
        arguments.extend(options.iter().map(|option| option.to_string()));
        let run = process::run(Path::new(env!("CARGO_BIN_EXE_samenet")), folder.path(), &arguments)
            .expect("samenet runs");
        assert_eq!(run.code, Some(0), "{}", run.stderr);
        let pairs = if options.contains(&"last") { count - 1 } else { count * (count - 1) / 2 };
        let each = 1e3 * run.seconds / pairs as f64;
        if baseline.is_nan() {
            baseline = each;
        }
        println!(
            "| {name} | {count} | {pairs} | {:.2} | {each:.2} | {:.1} | {:.0} |",
            run.seconds,
            each / baseline,
            run.peak as f64 / f64::from(1 << 20),
        );
    }
}

fn weights(random: &mut Random) -> Vec<Vec<f32>> {
    let matrix = |&(_, rows, columns): &(&str, usize, usize)| {
        let scale = 1.0 / (columns as f32).sqrt();
        (0..rows * columns).map(|_| scale * random.weight()).collect()
    };
    TENSORS.iter().map(matrix).collect()
}

/// A checkpoint between two, rounded to float32.
fn write(path: &Path, [first, last]: &[Vec<Vec<f32>>; 2], part: f32) {
    let mixed = |(a, b): (&Vec<f32>, &Vec<f32>)| -> Vec<u8> {
        a.iter().zip(b).flat_map(|(a, b)| ((1.0 - part) * a + part * b).to_le_bytes()).collect()
    };
    let bytes: Vec<Vec<u8>> = first.iter().zip(last).map(mixed).collect();
    let views = TENSORS.iter().zip(&bytes).map(|(&(name, rows, columns), bytes)| {
        (name, TensorView::new(Dtype::F32, vec![rows, columns], bytes).expect("a tensor"))
    });
    safetensors::serialize_to_file(views, None, path).expect("a weight file");
}
