//! Checks against the oracle: weights with known answers, kept outside the project.
//!
//! The environment variable `SAMENET_ORACLE` names its folder. Without it nothing is checked, and because this
//! target runs itself (`harness = false`) nothing is reported as passed either.

// All of this is test code, which may stop at the first thing that is wrong.
#![allow(clippy::unwrap_used, clippy::panic)]

mod attention;
mod mlp;
mod reference;
mod same;
mod similarity;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use num_rational::BigRational;
use samenet::arithmetic::Rationals;
use samenet::diagnostic::Sources;
use samenet::model::{Bindings, Program};
use samenet::network::{Network, Tensor, evaluate};
use serde_json::Value;

/// One check: it panics if something is wrong, and says how much it did.
type Check = fn(&Path) -> String;

const CHECKS: [(&str, Check); 13] = [
    ("oracle::same_pairs", same::pairs),
    ("oracle::same_pairs_up_to_scale", same::pairs_up_to_scale),
    ("oracle::same_negated", same::negated),
    ("oracle::same_certificates", same::certificates),
    ("oracle::attention_forward", attention::forward),
    ("oracle::mlp_forward", mlp::forward),
    ("oracle::deep_forward", mlp::deep_forward),
    ("oracle::similarity_one_layer", similarity::one_layer),
    ("oracle::similarity_bias_and_residual", similarity::bias_and_residual),
    ("oracle::similarity_deep", similarity::deep),
    ("oracle::similarity_attention", similarity::attention),
    ("oracle::similarity_rescaled", similarity::rescaled),
    ("oracle::similarity_grok", similarity::grok),
];

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if arguments.iter().any(|argument| argument == "--list") {
        return ExitCode::SUCCESS;
    }
    let Some(folder) = std::env::var_os("SAMENET_ORACLE").map(PathBuf::from) else {
        println!("oracle: not run (SAMENET_ORACLE is not set)");
        return ExitCode::SUCCESS;
    };
    if !folder.join("same/expected.json").is_file() {
        println!(
            "oracle: FAILED: SAMENET_ORACLE is `{}`, which is not the oracle's folder",
            folder.display()
        );
        return ExitCode::FAILURE;
    }
    // As with the usual harness: `cargo test NAME` runs what has NAME in its name.
    let filters: Vec<&String> = arguments.iter().filter(|argument| !argument.starts_with('-')).collect();
    let mut failed = false;
    for (name, check) in CHECKS {
        if !filters.is_empty() && !filters.iter().any(|filter| name.contains(filter.as_str())) {
            continue;
        }
        match catch_unwind(AssertUnwindSafe(|| check(&folder))) {
            Ok(done) => println!("test {name} ... ok ({done})"),
            Err(_) => {
                println!("test {name} ... FAILED");
                failed = true;
            }
        }
    }
    if failed { ExitCode::FAILURE } else { ExitCode::SUCCESS }
}

/// The `expected.json` of a set.
fn expected(folder: &Path) -> Value {
    serde_json::from_str(&std::fs::read_to_string(folder.join("expected.json")).unwrap()).unwrap()
}

fn text<'a>(value: &'a Value, key: &str) -> &'a str {
    value[key].as_str().unwrap()
}

fn natural(value: &Value, key: &str) -> usize {
    value[key].as_u64().unwrap() as usize
}

/// The number a JSON number stands for, read as the float64 that wrote it.
fn float(value: &Value) -> BigRational {
    BigRational::from_float(value.as_f64().unwrap()).unwrap()
}

/// The models of a `.same` file that reads these weight files.
fn models(source: &str, weights: &[(&str, &Path)]) -> Vec<Network> {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("oracle.same");
    let declarations: String = weights
        .iter()
        .map(|(name, path)| format!("weights {name} = {:?}\n", path.display().to_string()))
        .collect();
    std::fs::write(&path, declarations + source).unwrap();
    let program = Program::load(&path, &Bindings::default(), &mut Sources::default())
        .unwrap_or_else(|diagnostics| panic!("{diagnostics:#?}"));
    program.models.into_iter().map(|model| model.network).collect()
}

/// The output at a point, in exact rationals.
fn output(network: &Network, point: &[BigRational]) -> Vec<BigRational> {
    let input = Tensor::new(network.inputs()[0].shape.clone(), point.to_vec()).unwrap();
    evaluate(&Rationals::new(), network, &[input]).unwrap().into_data()
}

/// Points with a few digits in every entry, always the same.
fn points(length: usize, count: usize) -> Vec<Vec<BigRational>> {
    let mut state: u32 = 1;
    let mut next = |modulus: u32| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        i64::from((state >> 16) % modulus)
    };
    let mut entry = || BigRational::new((next(19) - 9).into(), (next(4) + 1).into());
    (0..count).map(|_| (0..length).map(|_| entry()).collect()).collect()
}
