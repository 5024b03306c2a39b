//! `samenet eval`: the output of a model at a point.

use std::time::Instant;

use clap::Args;
use num_rational::BigRational;
use serde_json::{Value, json};

use super::clock::Deadline;
use super::command::{Outcome, Output, Task};
use super::failure::Failure;
use super::options::{Limits, Set, more_memory};
use super::render::json as to_json;
use super::{load, memory};
use crate::arithmetic::{BitBudget, Halt, exact_values, float_values};
use crate::claim::words::decimal;
use crate::claim::words::number::{self, Space};
use crate::model::point::{self, PointError, Points};
use crate::network::{EvaluateError, Network, Tensor, cost};
use crate::similarity::Bounds;

const EVAL_EXAMPLES: &str = "\
Examples:
  samenet eval xor.same::xor --at '[1, 1]'
  samenet eval xor.same::xor --at '[\"1/3\", 0.5]'
  samenet eval sum.same --at '{\"a\": [1, 0, 0], \"b\": [0, 1, 0]}'
  samenet eval net.same --at points.npz --float
  samenet eval xor.same::xor --at '[[0, 0], [0, 1], [1, 0], [1, 1]]'

Exit code: 0, or 2 on an error.";

/// Evaluate a model at a point, exactly or in f64
///
/// The output is exact: decimal numbers and floats stand for the rational numbers that they denote. Before
/// long numbers stand their first digits.
#[derive(Debug, Args)]
#[command(after_long_help = EVAL_EXAMPLES)]
pub struct Eval {
    /// The model: file.same if it has one model, else file.same::model
    pub model: String,

    /// The point: JSON text, or a path to a .json, .npz or .npy file. For several inputs, a JSON object (or
    /// .npz) with one entry per input name. Fractions are written as strings, "1/3". Values with one more
    /// axis, the first, are many points: the output has a line for each
    #[arg(long, value_name = "POINT", allow_hyphen_values = true)]
    pub at: String,

    /// Evaluate in f64 instead of exactly, and print the digits that are certain
    #[arg(long)]
    pub float: bool,

    #[command(flatten)]
    pub bindings: Set,

    #[command(flatten)]
    pub limits: Limits,

    /// Print one JSON object instead of text (its schema is in grammar/json.md)
    #[arg(long)]
    pub json: bool,
}

/// The least memory per element in an exact evaluation, in bytes: its bound. The evaluation's own budget
/// takes care of longer values.
const EXACT: f64 = 32.0;

impl Eval {
    /// Runs the command and prints the answer. Its time started at `start`.
    pub fn run(self, start: Instant, output: &mut Output) -> Result<Outcome, Failure> {
        let task = Task::new(self.limits, start, "evaluating");
        let text = task.finish(move |clock| value(&self, clock))??;
        drop(task);
        output.line(&text)?;
        Ok(Outcome::Holds)
    }
}

/// The output as text: a line for every point.
fn value(arguments: &Eval, clock: &Deadline) -> Result<String, Failure> {
    let model = load::model(&arguments.model, &arguments.bindings.with(&[])?, clock)?;
    let network = &model.network;
    let unread = |error: PointError| Failure::message(error.to_string()).help_if_any(error.help());
    let points = point::read_all(&arguments.at, network.inputs()).map_err(unread)?;
    clock.begin("the evaluation");
    fits(network, if arguments.float { 8.0 } else { EXACT })?;
    let many = matches!(points, Points::Many(_));
    let outputs = match &points {
        Points::One(point) => vec![output(arguments, network, point, clock)?],
        Points::Many(batch) => {
            let each = |at| output(arguments, network, &batch.point(at).map_err(unread)?, clock);
            (0..batch.count()).map(each).collect::<Result<Vec<Value>, Failure>>()?
        }
    };
    if !arguments.json {
        return Ok(outputs.iter().filter_map(Value::as_str).collect::<Vec<_>>().join("\n"));
    }
    let mut object = json!({
        "schema": 1, "model": model.name, "exact": !arguments.float,
        "shape": to_json::shape(network.output_shape()),
    });
    let [one, several] =
        if arguments.float { ["error", "errors"] } else { ["output_float", "outputs_float"] };
    if many {
        object["points"] = json!(outputs.len());
        let column = |at: usize| outputs.iter().map(|pair| pair[at].clone()).collect::<Value>();
        object["outputs"] = column(0);
        object[several] = column(1);
    } else if let Some(pair) = outputs.first() {
        object["output"] = pair[0].clone();
        object[one] = pair[1].clone();
    }
    Ok(format!("{object:#}"))
}

/// The output at one point: a line of text; or a pair for `--json`, of the output and floats beside it.
fn output(
    arguments: &Eval,
    network: &Network,
    point: &[Tensor<BigRational>],
    clock: &Deadline,
) -> Result<Value, Failure> {
    Ok(if arguments.float {
        let bounds = floats(network, point)?;
        clock.begin("writing the output");
        if arguments.json {
            let output = to_json::tensor(&bounds, |bounds| json!(decimal::digits(bounds).0));
            json!([output, to_json::tensor(&bounds, |bounds| json!(decimal::digits(bounds).1))])
        } else {
            number::nested(&bounds, decimal::short).into()
        }
    } else {
        let tensor = rationals(network, point, clock)?;
        clock.begin("writing the output");
        if arguments.json {
            json!([to_json::tensor(&tensor, to_json::rational), to_json::tensor(&tensor, to_json::nearest)])
        } else {
            let [short, exact] = [Space::Short, Space::Full]
                .map(|space| number::nested(&tensor, |entry| number::rational(entry, space)));
            if short == exact { exact.into() } else { format!("{short} = {exact}").into() }
        }
    })
}

/// Refuses a model too large for the memory, before anything is computed.
fn fits(network: &Network, bytes: f64) -> Result<(), Failure> {
    let cost = cost(network);
    let needed = (cost.live_per_point + cost.live_once) * bytes;
    if needed <= memory::left() as f64 {
        return Ok(());
    }
    let message = "the model is too large to evaluate within the memory it may use";
    Err(Failure::message(message)
        .help(format!("allow {}", more_memory(memory::budget_for(needed as u64) as f64))))
}

fn rationals(
    network: &Network,
    point: &[Tensor<BigRational>],
    clock: &Deadline,
) -> Result<Tensor<BigRational>, Failure> {
    let bits = memory::left().saturating_mul(8);
    let budget =
        BitBudget::new(bits.min(BitBudget::default().bits_each), bits).stopped_by(clock.budget().stop());
    exact_values(network, point, &budget).map_err(|error| match error {
        _ if clock.memory_short() => Failure::message("evaluating exactly takes more memory than is allowed")
            .help("allow more with --memory SIZE"),
        _ if clock.expired() => {
            Failure::message("evaluating did not finish in time").help("allow more with --time SECONDS")
        }
        EvaluateError::Halt(Halt::Budget(_)) => Failure::message(format!("evaluating exactly: {error}"))
            .help("evaluate with --float, or at a point with smaller numbers"),
        error => Failure::message(error.to_string()),
    })
}

/// What the output is between, by rounding errors.
fn floats(network: &Network, point: &[Tensor<BigRational>]) -> Result<Tensor<Bounds>, Failure> {
    let computed = float_values(network, point);
    let computed = computed
        .map_err(|error| Failure::message(error.to_string()).help("leave out --float to evaluate exactly"))?;
    let mut position = 0..;
    let bounds = |&value: &f64| -> Result<Bounds, Failure> {
        let error = position.next().map_or(f64::INFINITY, |position| computed.error(position));
        Ok(Bounds::around(value, error))
    };
    computed.values.try_map(bounds)
}
