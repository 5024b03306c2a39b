//! `samenet eval`: the output of a model at a point.

use std::sync::Arc;

use num_rational::BigRational;
use samenet::arithmetic::{Arithmetic, Base, Budget, CommonScale, Floats, Halt};
use samenet::equality::Clock;
use samenet::model::point;
use samenet::network::{EvaluateError, Network, Tensor, cost, evaluate};
use serde_json::json;

use super::arguments::{Eval, Limits};
use super::clock::Deadline;
use super::failure::Failure;
use super::output::Output;
use super::render::number::{self, Space};
use super::{Outcome, load};

/// What an element of a tensor of rationals takes at least, in bytes.
const RATIONAL: f64 = 128.0;

/// Evaluates, and prints the output.
pub fn run(arguments: &Eval, output: &mut Output) -> Result<Outcome, Failure> {
    let model = load::model(&arguments.model, &arguments.bindings.with(&[])?)?;
    let network = &model.network;
    let point = point::read(&arguments.at, network.inputs()).map_err(|error| {
        let failure = Failure::message(error.to_string());
        match error.help() {
            Some(help) => failure.help(help),
            None => failure,
        }
    })?;
    let clock = Arc::new(Deadline::new(Some(arguments.limits.time), "evaluating"));
    fits(network, &arguments.limits, if arguments.float { 8.0 } else { RATIONAL })?;
    let (text, value) = if arguments.float {
        let tensor = floats(network, &point)?;
        (number::nested(&tensor, f64::to_string), number::json_tensor(&tensor, |&entry| json!(entry)))
    } else {
        let tensor = rationals(network, &point, &arguments.limits, &clock)?;
        let text = number::nested(&tensor, |entry| number::rational(entry, Space::Full));
        (text, number::json_tensor(&tensor, number::json))
    };
    drop(clock);
    if arguments.json {
        output.json(&json!({
            "schema": 1,
            "model": model.name,
            "exact": !arguments.float,
            "shape": number::json_shape(network.output_shape()),
            "output": value,
        }))?;
    } else {
        output.line(&text)?;
    }
    Ok(Outcome::Holds)
}

/// Refuses what could not be held in memory, before any of it is computed.
fn fits(network: &Network, limits: &Limits, bytes: f64) -> Result<(), Failure> {
    let cost = cost(network);
    let needed = (cost.live_per_point + cost.live_once) * bytes;
    if needed <= limits.memory as f64 {
        return Ok(());
    }
    let message = "the model is too large to evaluate within the memory it may use";
    Err(Failure::message(message)
        .help(format!("it needs about --memory {:.0}M", (needed / 1048576.0).ceil())))
}

fn rationals(
    network: &Network,
    point: &[Tensor<BigRational>],
    limits: &Limits,
    clock: &Arc<Deadline>,
) -> Result<Tensor<BigRational>, Failure> {
    let bits = limits.memory.saturating_mul(8);
    let budget = Budget::bits(bits.min(Budget::default().bits_each), bits).stopped_by({
        let clock = clock.clone();
        Arc::new(move || clock.expired())
    });
    let base = Base::new([network], point.iter().flat_map(|tensor| tensor.data()));
    let scale = CommonScale::new(base, budget);
    let exact = || -> Result<Tensor<BigRational>, EvaluateError> {
        let output = evaluate(&scale, network, &converted(&scale, point)?)?;
        let entries = scale.rationals(&output)?;
        Tensor::new(output.shape().clone(), entries)
            .ok_or_else(|| EvaluateError::Inputs("the output has another shape than it says".to_string()))
    };
    exact().map_err(|error| match error {
        _ if clock.expired() => {
            Failure::message("evaluating did not finish in time").help("allow more with --time SECONDS")
        }
        EvaluateError::Halt(Halt::Budget(_)) => Failure::message(format!("evaluating exactly: {error}"))
            .help("evaluate with --float, or at a point with smaller numbers"),
        error => Failure::message(error.to_string()),
    })
}

/// The point in an arithmetic.
fn converted<A: Arithmetic>(
    arithmetic: &A,
    point: &[Tensor<BigRational>],
) -> Result<Vec<Tensor<A::Element>>, Halt> {
    let mut converted = Vec::with_capacity(point.len());
    for tensor in point {
        let entries: Result<Vec<A::Element>, Halt> =
            tensor.data().iter().map(|entry| arithmetic.from_rational(entry)).collect();
        converted.extend(Tensor::new(tensor.shape().clone(), entries?));
    }
    Ok(converted)
}

fn floats(network: &Network, point: &[Tensor<BigRational>]) -> Result<Tensor<f64>, Failure> {
    let approximate = || -> Result<Tensor<f64>, EvaluateError> {
        let output = evaluate(&Floats, network, &converted(&Floats, point)?)?;
        Ok(Floats::finite(output)?)
    };
    approximate()
        .map_err(|error| Failure::message(error.to_string()).help("leave out --float to evaluate exactly"))
}
