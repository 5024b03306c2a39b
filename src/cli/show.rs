//! `samenet show`: what a model is made of, and how costly it is to decide about it.

use std::time::Instant;

use clap::Args;

use super::clock::Deadline;
use super::command::{Outcome, Output, Task};
use super::facts::Facts;
use super::failure::Failure;
use super::load;
use super::options::{Limits, Set};
use super::render::{dot, show as render};
use crate::check;
use crate::network::Network;

const SHOW_EXAMPLES: &str = "\
Examples:
  samenet show xor.same::xor
  samenet show net.same --set W=runs/step_9000.safetensors
  samenet show xor.same::xor --dot | dot -Tsvg > xor.svg

Exit code: 0, or 2 on an error.";

/// Describe a model: shapes, size, degree, the cost of deciding, the polynomial when it is small
#[derive(Debug, Args)]
#[command(after_long_help = SHOW_EXAMPLES)]
pub struct Show {
    /// The model: file.same if it has one model, else file.same::model
    pub model: String,

    /// Print the network as a Graphviz graph
    #[arg(long, conflicts_with = "json")]
    pub dot: bool,

    /// Print the canonical form that certificates name, and every constant (see grammar/certificate.md)
    #[arg(long, conflicts_with_all = ["json", "dot"])]
    pub canonical: bool,

    #[command(flatten)]
    pub bindings: Set,

    #[command(flatten)]
    pub limits: Limits,

    /// Print one JSON object instead of text (its schema is in grammar/json.md)
    #[arg(long)]
    pub json: bool,
}

impl Show {
    /// Runs the command and prints the answer. Its time started at `start`.
    pub fn run(self, start: Instant, output: &mut Output) -> Result<Outcome, Failure> {
        let task = Task::new(self.limits, start, "describing");
        let text = task.finish(move |clock| description(&self, clock))??;
        drop(task);
        output.line(&text)?;
        Ok(Outcome::Holds)
    }
}

fn description(arguments: &Show, clock: &Deadline) -> Result<String, Failure> {
    let model = load::model(&arguments.model, &arguments.bindings.with(&[])?, clock)?;
    clock.begin("the description");
    if arguments.dot {
        return Ok(dot::graph(&model.name, &model.network).trim_end().to_string());
    }
    if arguments.canonical {
        return canonical(&model.network);
    }
    let facts = Facts::of(&model, clock);
    Ok(if arguments.json { format!("{:#}", render::json(&facts)) } else { render::text(&facts) })
}

/// The canonical form, and the entries of all constants by their digests.
fn canonical(network: &Network) -> Result<String, Failure> {
    let failed = |refusal: check::Refusal| Failure::message(refusal.to_string());
    let mut text = check::canonical(network).map_err(failed)?;
    for (digest, constant) in check::constants(network).map_err(failed)? {
        text.push_str(&format!("{digest} {}", constant.shape()));
        for position in 0..constant.shape().size() {
            let value = constant.rational(position).map_err(|error| Failure::message(error.to_string()))?;
            text.push_str(&format!(" {value}"));
        }
        text.push('\n');
    }
    Ok(text.trim_end().to_string())
}
