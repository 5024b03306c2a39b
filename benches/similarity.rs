//! Similarities of trained sizes: seconds and memory of whole processes, reading included.
//!
//! `cargo bench --bench similarity` writes pairs of random models as safetensors files to a temporary folder
//! and runs `samenet similarity` on them: two bilinear layers of width and hidden width 64 with 10 outputs
//! behind a linear map from 784 inputs, with and without a residual stream, in 8-bit integers and in float32;
//! and one bilinear layer, 784-128-256-10; and four narrow layers, of degree 16. `ratio` compares with the
//! layerwise recursion in f64 on the same pair: it is the price of the true value, and of exactness. A word
//! selects the rows whose names contain it.

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

/// The tensors of a model of two layers and of one: names, rows, columns.
const TWO: [(&str, usize, usize); 8] = [
    ("embed", 64, 784),
    ("l0", 64, 64),
    ("r0", 64, 64),
    ("d0", 64, 64),
    ("l1", 64, 64),
    ("r1", 64, 64),
    ("d1", 64, 64),
    ("head", 10, 64),
];
const ONE: [(&str, usize, usize); 5] =
    [("embed", 128, 784), ("l0", 256, 128), ("r0", 256, 128), ("d0", 128, 256), ("head", 10, 128)];
/// Four layers, of degree 16.
const NARROW: [(&str, usize, usize); 14] = [
    ("embed", 4, 4),
    ("l0", 8, 4),
    ("r0", 8, 4),
    ("d0", 4, 8),
    ("l1", 8, 4),
    ("r1", 8, 4),
    ("d1", 4, 8),
    ("l2", 8, 4),
    ("r2", 8, 4),
    ("d2", 4, 8),
    ("l3", 8, 4),
    ("r3", 8, 4),
    ("d3", 4, 8),
    ("head", 3, 4),
];
const WIDER: [(&str, usize, usize); 14] = [
    ("embed", 8, 8),
    ("l0", 16, 8),
    ("r0", 16, 8),
    ("d0", 8, 16),
    ("l1", 16, 8),
    ("r1", 16, 8),
    ("d1", 8, 16),
    ("l2", 16, 8),
    ("r2", 16, 8),
    ("d2", 8, 16),
    ("l3", 16, 8),
    ("r3", 16, 8),
    ("d3", 8, 16),
    ("head", 8, 8),
];

/// The project's goal for each, in seconds.
struct Case {
    name: &'static str,
    tensors: &'static [(&'static str, usize, usize)],
    layers: usize,
    residual: bool,
    integers: bool,
    /// Options, and the goal in seconds, if there is one.
    runs: &'static [(&'static [&'static str], Option<f64>)],
}

const FLOATS: &[&str] = &["--float"];
const EXACT: &[&str] = &[];
const BASELINE: &[&str] = &["--float", "--metric", "layerwise"];

const SYMMETRIC: &[&str] = &["--metric", "symmetric"];
const UNIFORM: &[&str] = &["--metric", "uniform"];

const CASES: [Case; 7] = [
    Case {
        name: "two layers, 8-bit integers",
        tensors: &TWO,
        layers: 2,
        residual: false,
        integers: true,
        runs: &[(BASELINE, None), (FLOATS, Some(10.0)), (EXACT, Some(300.0))],
    },
    Case {
        name: "two layers, float32",
        tensors: &TWO,
        layers: 2,
        residual: false,
        integers: false,
        runs: &[(BASELINE, None), (FLOATS, Some(10.0)), (EXACT, None)],
    },
    Case {
        name: "two layers, residual, 8-bit integers",
        tensors: &TWO,
        layers: 2,
        residual: true,
        integers: true,
        runs: &[(BASELINE, None), (FLOATS, None), (EXACT, None)],
    },
    Case {
        name: "two layers, residual, float32",
        tensors: &TWO,
        layers: 2,
        residual: true,
        integers: false,
        runs: &[(BASELINE, None), (FLOATS, None), (EXACT, None)],
    },
    Case {
        name: "one layer, 784-128-256-10, float32",
        tensors: &ONE,
        layers: 1,
        residual: false,
        integers: false,
        runs: &[(BASELINE, None), (FLOATS, None), (EXACT, Some(1.0))],
    },
    Case {
        name: "four layers of width 4, 3 outputs, float32",
        tensors: &NARROW,
        layers: 4,
        residual: false,
        integers: false,
        runs: &[(BASELINE, None), (EXACT, Some(2.0)), (SYMMETRIC, Some(2.0)), (UNIFORM, Some(2.0))],
    },
    Case {
        name: "four layers of width 8, hidden width 16, float32",
        tensors: &WIDER,
        layers: 4,
        residual: false,
        integers: false,
        runs: &[(BASELINE, None), (EXACT, Some(30.0)), (SYMMETRIC, None)],
    },
];

fn main() {
    let words: Vec<String> = std::env::args().skip(1).filter(|word| !word.starts_with('-')).collect();
    println!("| pair | numbers | seconds | ratio | aim | peak MB | similarity |");
    println!("| --- | --- | --- | --- | --- | --- | --- |");
    for case in CASES {
        if words.is_empty() || words.iter().any(|word| case.name.contains(word.as_str())) {
            rows(&case);
        }
    }
}

fn rows(case: &Case) {
    let folder = tempfile::tempdir().expect("a folder");
    for (file, seed) in [("a", 1), ("b", 2)] {
        write(&folder.path().join(format!("{file}.safetensors")), case, seed);
    }
    let stream = if case.residual { "h + " } else { "" };
    let layers: String = (0..case.layers)
        .map(|i| {
            format!(
                "  let h = {stream}bilinear(h, left: W[\"l{i}\"], right: W[\"r{i}\"], down: W[\"d{i}\"]);\n"
            )
        })
        .collect();
    let inputs = case.tensors[0].2;
    let text = format!(
        "weights W = \"a.safetensors\"\nmodel m(x: {inputs}) = {{\n  let h = W[\"embed\"] @ x;\n\
         {layers}  W[\"head\"] @ h\n}}\n"
    );
    std::fs::write(folder.path().join("m.same"), text).expect("a file can be written");
    let mut baseline = f64::NAN;
    for (options, aim) in case.runs {
        let mut arguments = ["similarity", "m.same", "m.same", "--set-b", "W=b.safetensors"].to_vec();
        arguments.extend(["--time", "3000", "--memory", "4G"]);
        arguments.extend(*options);
        let arguments: Vec<String> = arguments.into_iter().map(str::to_string).collect();
        let run = process::run(Path::new(env!("CARGO_BIN_EXE_samenet")), folder.path(), &arguments)
            .expect("samenet runs");
        let numbers = match *options {
            BASELINE => "layerwise, f64",
            FLOATS => "gaussian, f64",
            SYMMETRIC => "symmetric, exact",
            UNIFORM => "uniform, exact",
            _ => "gaussian, exact",
        };
        if *options == BASELINE {
            baseline = run.seconds;
        }
        let first = run.stdout.lines().next().unwrap_or_default();
        let said = first.split(' ').nth(1).unwrap_or_default();
        println!(
            "| {} | {numbers} | {:.2} | {:.1} | {} | {:.0} | {said} |",
            case.name,
            run.seconds,
            run.seconds / baseline,
            aim.map_or("-".to_string(), |seconds| format!("{seconds} s")),
            run.peak as f64 / f64::from(1 << 20),
        );
    }
}

/// Random weights: from -127 to 127, or as many float32 between about
/// `+-1/sqrt(columns)` with all their bits.
fn write(path: &Path, case: &Case, seed: u64) {
    let mut random = Random(seed);
    let bytes: Vec<Vec<u8>> = case
        .tensors
        .iter()
        .map(|&(_, rows, columns)| {
            let scale = 1.0 / (columns as f32).sqrt();
            let mut weight = || match case.integers {
                true => vec![random.integer(127) as u8],
                false => (scale * random.weight()).to_le_bytes().to_vec(),
            };
            (0..rows * columns).flat_map(|_| weight()).collect()
        })
        .collect();
    let kind = if case.integers { Dtype::I8 } else { Dtype::F32 };
    let views = case.tensors.iter().zip(&bytes).map(|(&(name, rows, columns), bytes)| {
        (name, TensorView::new(kind, vec![rows, columns], bytes).expect("a tensor"))
    });
    safetensors::serialize_to_file(views, None, path).expect("a weight file");
}
