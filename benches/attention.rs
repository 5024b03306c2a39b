//! Layerwise similarity of attention: seconds of whole processes, reading included. `RAYON_NUM_THREADS=1`
//! keeps them to one thread.
//!
//! `cargo bench --bench attention` writes pairs of random models as float32 safetensors files to a temporary
//! folder and runs `samenet similarity --metric layerwise` on them: residual streams with one or two layers
//! of bilinear attention, causal and rotary, between linear maps. Each is run five times in f64, and the
//! median counts; and once exactly, where that takes no more than some minutes. `ratio` is the price of
//! exactness. A word selects the rows whose names contain it.

// A benchmark may stop at the first thing that is wrong.
#![allow(clippy::expect_used)]

#[path = "../tests/common/mod.rs"]
mod common;
#[path = "../tests/budgets/process.rs"]
#[allow(dead_code, reason = "another benchmark uses more of it")]
mod process;

use std::fmt::Write;
use std::path::Path;

use common::random::Random;
use safetensors::Dtype;
use safetensors::tensor::TensorView;

/// A model, and the project's goal in f64, in seconds.
struct Case {
    width: usize,
    heads: usize,
    positions: usize,
    layers: usize,
    biases: bool,
    /// The entries of an input and of an output at a position.
    vocabulary: usize,
    exactly: bool,
    aim: f64,
}

/// Width, heads, positions and layers; biases; vocabulary; whether exactly, too; the aim.
const fn case(
    [width, heads, positions, layers]: [usize; 4],
    biases: bool,
    vocabulary: usize,
    exactly: bool,
    aim: f64,
) -> Case {
    Case { width, heads, positions, layers, biases, vocabulary, exactly, aim }
}

const CASES: [Case; 9] = [
    case([8, 1, 2, 1], false, 8, true, 0.05),
    case([64, 4, 4, 1], false, 64, true, 0.05),
    case([64, 4, 4, 1], true, 64, true, 0.15),
    case([64, 4, 4, 2], false, 64, true, 0.2),
    case([64, 4, 4, 2], true, 64, false, 0.6),
    case([16, 2, 8, 2], false, 16, true, 0.1),
    case([32, 2, 16, 2], false, 32, false, 1.2),
    case([64, 4, 16, 2], false, 64, false, 4.5),
    case([256, 8, 4, 2], false, 5000, false, 6.0),
];

const WEIGHTS: [&str; 6] = ["q1", "k1", "q2", "k2", "v", "o"];

fn main() {
    let words: Vec<String> = std::env::args().skip(1).filter(|word| !word.starts_with('-')).collect();
    println!("| attention | f64, s | aim, s | peak MB | exactly, s | ratio | similarity |");
    println!("| --- | --- | --- | --- | --- | --- | --- |");
    for case in CASES {
        let name = name(&case);
        if words.is_empty() || words.iter().any(|word| name.contains(word.as_str())) {
            row(&name, &case);
        }
    }
}

fn name(case: &Case) -> String {
    let Case { width, heads, positions, layers, biases, vocabulary, .. } = case;
    let many = |count: usize, word: &str| format!("{count} {word}{}", if count == 1 { "" } else { "s" });
    let mut name = format!(
        "width {width}, {}, {}, {}",
        many(*heads, "head"),
        many(*positions, "position"),
        many(*layers, "layer")
    );
    if *biases {
        name += ", biases";
    }
    if vocabulary != width {
        let _ = write!(name, ", vocabulary {vocabulary}");
    }
    name
}

fn row(name: &str, case: &Case) {
    let folder = tempfile::tempdir().expect("a folder");
    for (file, seed) in [("a", 1), ("b", 2)] {
        weights(&folder.path().join(format!("{file}.safetensors")), case, seed);
    }
    std::fs::write(folder.path().join("m.same"), model(case)).expect("a file can be written");
    let run = |options: &[&str]| {
        let mut arguments = ["similarity", "m.same", "m.same", "--set-b", "W=b.safetensors"].to_vec();
        arguments.extend(["--metric", "layerwise", "--time", "3000", "--memory", "4G"]);
        arguments.extend(options);
        let arguments: Vec<String> = arguments.into_iter().map(str::to_string).collect();
        process::run(Path::new(env!("CARGO_BIN_EXE_samenet")), folder.path(), &arguments)
            .expect("samenet runs")
    };
    let mut floats: Vec<_> = (0..5).map(|_| run(&["--float"])).collect();
    floats.sort_by(|one, other| one.seconds.total_cmp(&other.seconds));
    let median = &floats[2];
    let exactly = case.exactly.then(|| run(&[]).seconds);
    let first = median.stdout.lines().next().unwrap_or_default();
    println!(
        "| {name} | {:.3} | {} | {:.0} | {} | {} | {} |",
        median.seconds,
        case.aim,
        median.peak as f64 / f64::from(1 << 20),
        exactly.map_or("-".to_string(), |seconds| format!("{seconds:.1}")),
        exactly.map_or("-".to_string(), |seconds| format!("{:.0}", seconds / median.seconds)),
        first.trim_start_matches("similarity ").split(" (").next().unwrap_or_default(),
    );
}

fn model(case: &Case) -> String {
    let Case { heads, positions, layers, vocabulary, .. } = case;
    let arguments: String = WEIGHTS
        .iter()
        .map(|name| match case.biases {
            true => format!("{name}: W[\"l{{i}}.{name}\"], {name}_bias: W[\"l{{i}}.b{name}\"], "),
            false => format!("{name}: W[\"l{{i}}.{name}\"], "),
        })
        .collect();
    format!(
        "weights W = \"a.safetensors\"\n\
         model m(x: [{positions}, {vocabulary}]) = {{\n  let h = linear(x, W[\"embed\"]);\n  \
         for i in 0..{layers} {{\n    let h = 0.5*h + 0.5*attention(h, {arguments}heads: {heads}, \
         mask: \"causal\", rotary: 10000);\n  }}\n  linear(h, W[\"un\"])\n}}\n"
    )
}

/// Random float32 weights between about `+-1/sqrt(columns)`.
fn weights(path: &Path, case: &Case, seed: u64) {
    let Case { width, vocabulary, .. } = *case;
    let mut shapes =
        vec![("embed".to_string(), vec![width, vocabulary]), ("un".to_string(), vec![vocabulary, width])];
    for layer in 0..case.layers {
        for name in WEIGHTS {
            shapes.push((format!("l{layer}.{name}"), vec![width, width]));
            if case.biases {
                shapes.push((format!("l{layer}.b{name}"), vec![width]));
            }
        }
    }
    let mut random = Random(seed);
    let bytes: Vec<Vec<u8>> = shapes
        .iter()
        .map(|(_, shape)| {
            let scale = (3.0 / shape[shape.len() - 1] as f32).sqrt();
            let count: usize = shape.iter().product();
            (0..count).flat_map(|_| (scale * random.weight()).to_le_bytes()).collect()
        })
        .collect();
    let views = shapes.iter().zip(&bytes).map(|((name, shape), bytes)| {
        (name, TensorView::new(Dtype::F32, shape.clone(), bytes).expect("a tensor"))
    });
    safetensors::serialize_to_file(views, None, path).expect("a weight file");
}
