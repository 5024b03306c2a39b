//! Checks against the oracle: weights with known answers, kept outside the project.
//!
//! The environment variable `SAMENET_ORACLE` names its folder. Without it nothing is checked.

mod attention;
mod mlp;
mod reference;
mod same;
mod similarity;

use std::path::{Path, PathBuf};

use num_rational::BigRational;
use samenet::arithmetic::Rationals;
use samenet::diagnostic::Sources;
use samenet::model::{Bindings, Program};
use samenet::network::{Network, Tensor, evaluate};
use serde_json::Value;

use crate::common::random::Random;
use crate::{Test, Tests};

/// One check of the data in a folder: it panics if something is wrong, and says how much it did.
type Check = fn(&Path) -> String;

const CHECKS: [(&str, Check); 13] = [
    ("same_pairs", same::pairs),
    ("same_pairs_up_to_scale", same::pairs_up_to_scale),
    ("same_negated", same::negated),
    ("same_certificates", same::certificates),
    ("attention_forward", attention::forward),
    ("mlp_forward", mlp::forward),
    ("deep_forward", mlp::deep_forward),
    ("similarity_one_layer", similarity::one_layer),
    ("similarity_bias_and_residual", similarity::bias_and_residual),
    ("similarity_deep", similarity::deep),
    ("similarity_attention", similarity::attention),
    ("similarity_rescaled", similarity::rescaled),
    ("similarity_grok", similarity::grok),
];

/// The tests, if the oracle is there.
pub fn tests() -> Tests {
    let Some(folder) = std::env::var_os("SAMENET_ORACLE").map(PathBuf::from) else {
        return Tests::Absent("SAMENET_ORACLE is not set");
    };
    if !folder.join("same/expected.json").is_file() {
        let reason = format!("SAMENET_ORACLE is `{}`, which is not the oracle's folder", folder.display());
        return Tests::Wrong(reason);
    }
    let test = |(name, check): (&'static str, Check)| -> Test {
        let folder = folder.clone();
        (name, Box::new(move || check(&folder)))
    };
    Tests::Ready(CHECKS.map(test).into())
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
    let mut random = Random(1);
    let mut entry = || BigRational::new(random.integer(9).into(), (random.below(4) + 1).into());
    (0..count).map(|_| (0..length).map(|_| entry()).collect()).collect()
}
