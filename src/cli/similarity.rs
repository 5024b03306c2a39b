//! `samenet similarity`: how similar are two models?

use std::path::PathBuf;
use std::time::Instant;

use clap::Args;
use num_traits::Zero;

use super::clock::Deadline;
use super::command::{Outcome, Output, Task};
use super::failure::Failure;
use super::load::{self, Signature};
use super::measure::{Asked, Refused, Sampling, compute_estimate, layerwise, refusal};
use super::options::{Limits, SetEach};
use super::render::estimate as render_estimate;
use super::render::similarity::View;
use crate::domain::{Domain, Estimate, Metric};
use crate::model::Model;
use crate::shortage::duration;
use crate::similarity::estimates::MOST_SAMPLES;
use crate::similarity::{InnerProducts, Pair, approximate_inner_products, inner_products, seconds_in_floats};

/// Samples that are drawn unless `--samples` says otherwise.
const SAMPLES: u64 = 10_000;

const SIMILARITY_EXAMPLES: &str = "\
Examples:
  samenet similarity examples/xor.same::xor examples/xor.same::xor_gated
  samenet similarity net.same net.same --set-a W=step_1.safetensors --set-b W=step_2.safetensors
  samenet similarity a.same b.same --metric layerwise --float
  samenet similarity a.same b.same --on '{0,1}' --digits 40 --json
  samenet similarity a.same b.same --metric sampled --samples 100000 --seed 1
  samenet similarity a.same b.same --metric cka --rows images.npy

Exit code: 0, 3 if the budget does not suffice, or 2 on an error.";

/// Compute how similar two models are, exactly, from their weights alone
///
/// The similarity is the cosine <a,b> / sqrt(<a,a> <b,b>) of the two functions, the distance is |a - b| /
/// |a|. Both are exact unless --float is given; only the layerwise metrics are approximations. More lines say
/// which outputs and which degrees (for gaussian: Hermite orders) carry the difference.
///
/// The metrics parameters, sampled and cka are in common use, and are here to compare with. They are
/// estimates in f64: no claim can be about them.
#[derive(Debug, Args)]
#[command(after_long_help = SIMILARITY_EXAMPLES)]
pub struct Similarity {
    /// The first model: file.same if it has one model, else file.same::model
    pub a: String,

    /// The second model, written the same way
    pub b: String,

    /// Which inner product of functions, or which estimate; gaussian if neither this nor --on is given
    #[arg(long, value_name = "METRIC", value_parser = Asked::parser())]
    pub metric: Option<Asked>,

    /// The mean over the points of a finite domain instead: '{0,1}', '{-1,1}', onehot, 'points
    /// [[0,1],[1,0]]', 'points X.npy', 'points D.npz:images', or one set per input as in 'x in
    /// {0,1}, y in onehot'. With --metric sampled or cka, samples are drawn from it
    #[arg(long, value_name = "DOMAIN")]
    pub on: Option<String>,

    /// With --metric sampled or cka, how many inputs to draw, standard normal ones without --on [default:
    /// 10000]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..=MOST_SAMPLES as u64))]
    pub samples: Option<u64>,

    /// Which inputs to draw: a seed gives the same ones on every machine [default: 0]
    #[arg(long, value_name = "S")]
    pub seed: Option<u64>,

    /// With --metric sampled or cka, take the inputs from FILE instead: .npy whose first axis is the sample,
    /// or .npz with such an array for every input, by name
    #[arg(long, value_name = "FILE", conflicts_with_all = ["samples", "seed", "on"])]
    pub rows: Option<PathBuf>,

    /// Compute in f64 where that can be done without expanding, with only the digits that are certain, else
    /// round exact numbers
    #[arg(long)]
    pub float: bool,

    /// Significant digits of decimals, correctly rounded
    #[arg(long, value_name = "N", default_value = "16")]
    #[arg(value_parser = clap::value_parser!(u32).range(1..=10_000))]
    pub digits: u32,

    #[command(flatten)]
    pub bindings: SetEach,

    #[command(flatten)]
    pub limits: Limits,

    /// Print one JSON object instead of text (its schema is in grammar/json.md)
    #[arg(long)]
    pub json: bool,
}

impl Similarity {
    /// The metric or estimate that the options ask for, unless they contradict each other.
    pub fn asked(&self) -> Result<Asked, Failure> {
        let asked = self.metric.unwrap_or(Asked::Exact(Metric::Gaussian));
        let samples = matches!(asked, Asked::Estimate(Estimate::Sampled | Estimate::Cka));
        if let (Some(metric), true, false) = (self.metric, self.on.is_some(), samples) {
            let message = format!("--metric {} cannot be used with --on", metric.option());
            return Err(Failure::message(message).help(
                "on a domain, the inner product is the mean over its points; `sampled` and `cka` can \
                 sample it",
            ));
        }
        let given = [
            (self.samples.is_some(), "--samples"),
            (self.seed.is_some(), "--seed"),
            (self.rows.is_some(), "--rows"),
        ];
        match given.iter().find(|(given, _)| *given) {
            Some((_, option)) if !samples => {
                Err(Failure::message(format!("{option} is about samples, but nothing is sampled"))
                    .help("add `--metric sampled` or `--metric cka`"))
            }
            _ => Ok(asked),
        }
    }

    /// Runs the command and prints the answer. Its time started at `start`.
    pub fn run(self, start: Instant, output: &mut Output) -> Result<Outcome, Failure> {
        let task = Task::new(self.limits, start, "computing inner products");
        let (asked, json, whole) = (self.asked()?, self.json, self.on.is_none());
        let answer = task.run(move |clock| match asked {
            Asked::Exact(metric) => compare(&self, metric, clock),
            Asked::Estimate(estimate) => estimated(&self, estimate, clock),
        })?;
        drop(task);
        let answer = match answer {
            Ok(answer) => answer?,
            Err(stopped) => Err(Refused {
                reason: stopped.reason,
                needed: stopped.needed,
                instead: layerwise(asked, whole),
            }),
        };
        let (text, outcome) = match answer {
            Ok(text) => (text, Outcome::Holds),
            Err(refused) => (refused.text(asked, whole, json), Outcome::Undecided),
        };
        output.line(&text)?;
        Ok(outcome)
    }
}

/// Reads the models, which must fit together, and the domain.
fn models(
    arguments: &Similarity,
    fits: fn(&Signature, &Signature) -> Result<(), Failure>,
    clock: &Deadline,
) -> Result<([Model; 2], Option<Domain>), Failure> {
    let [set_a, set_b] = arguments.bindings.bindings()?;
    let a = load::model(&arguments.a, &set_a, clock)?;
    let b = load::model(&arguments.b, &set_b, clock)?;
    fits(&Signature::of(&arguments.a, &a.network), &Signature::of(&arguments.b, &b.network))?;
    let domain = match &arguments.on {
        Some(text) => Some(load::named_domain(text, &[a.network.inputs(), b.network.inputs()])?),
        None => None,
    };
    Ok(([a, b], domain))
}

/// Reads the models and estimates how similar they are.
fn estimated(
    arguments: &Similarity,
    estimate: Estimate,
    clock: &Deadline,
) -> Result<Result<String, Refused>, Failure> {
    let fits = match estimate {
        Estimate::Cka => Signature::takes_the_same,
        Estimate::Parameters | Estimate::Sampled => Signature::fits,
    };
    let ([a, b], domain) = models(arguments, fits, clock)?;
    let (seed, rows) = (arguments.seed.unwrap_or(0), arguments.rows.as_deref());
    let sampling =
        Sampling { domain: domain.as_ref(), count: arguments.samples.unwrap_or(SAMPLES), seed, rows };
    let began = clock.seconds();
    let numbers = compute_estimate(estimate, [&a.network, &b.network], &sampling, clock)?;
    let seconds = clock.seconds() - began;
    let view = render_estimate::View { estimate, on: arguments.on.as_deref(), rows, seed, seconds };
    let written =
        |numbers| if arguments.json { format!("{:#}", view.json(&numbers)) } else { view.text(&numbers) };
    Ok(numbers.map(written))
}

/// Reads the models and compares them.
fn compare(
    arguments: &Similarity,
    metric: Metric,
    clock: &Deadline,
) -> Result<Result<String, Refused>, Failure> {
    let ([a, b], domain) = models(arguments, Signature::fits, clock)?;
    let pair = Pair { a: &a.network, b: &b.network, metric, domain: domain.as_ref() };
    let began = clock.seconds();
    clock.begin("computing inner products");
    let result = if arguments.float {
        approximate_inner_products(&pair, &clock.budget())
    } else {
        inner_products(&pair, &clock.budget()).map(InnerProducts::Exact)
    };
    let numbers = match result {
        Ok(numbers) => numbers,
        Err(failure) => {
            let mut refused = refusal(&failure, clock)?;
            let floats = || seconds_in_floats(&pair, &clock.budget());
            if let Some(seconds) = (!arguments.float && !clock.expired()).then(floats).flatten() {
                refused.instead.push(format!("`--float` computes in f64: {}", duration(seconds)));
            }
            refused.instead.extend(layerwise(Asked::Exact(metric), arguments.on.is_none()));
            return Ok(Err(refused));
        }
    };
    let seconds = clock.seconds() - began;
    clock.begin("writing the answer");
    check_norms(&numbers, arguments)?;
    let view = View {
        metric,
        on: arguments.on.as_deref(),
        digits: arguments.digits as usize,
        float: arguments.float,
        seconds,
    };
    Ok(Ok(if arguments.json { format!("{:#}", view.json(&numbers)) } else { view.text(&numbers) }))
}

/// Similarity to the zero function is undefined.
fn check_norms(numbers: &InnerProducts, arguments: &Similarity) -> Result<(), Failure> {
    // Floats that are zero were refused earlier: the exact number may not be zero.
    let InnerProducts::Exact(split) = numbers else { return Ok(()) };
    let total = split.total();
    let sides = [(total.aa, &arguments.a), (total.bb, &arguments.b)];
    if let Some((_, name)) = sides.iter().find(|(norm, _)| norm.is_zero()) {
        let place = if arguments.on.is_some() { " on this domain" } else { "" };
        return Err(Failure::message(format!(
            "`{name}` is zero{place}, and similarity to the zero function is undefined: it divides by \
             the norm"
        )));
    }
    Ok(())
}
