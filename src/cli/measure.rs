//! Numbers about two models: which one is asked for, estimates to compare with, and what to say if the budget
//! does not suffice.
//!
//! The estimates are the cosine of parameters, of outputs at samples, and CKA. Every line printed about them
//! says that it is an estimate, and how it was obtained.

use std::path::Path;

use clap::builder::{PossibleValuesParser, TypedValueParser};
use serde_json::json;

use super::clock::Deadline;
use super::failure::Failure;
use super::options::{OPTIONS, possible};
use crate::claim::words::undecided;
use crate::domain::{Domain, Estimate, Metric};
use crate::model::rows;
use crate::network::Network;
use crate::similarity;
use crate::similarity::estimates::{Alignment, Parameters, Sampled, Samples, alignment, parameters, sampled};

/// What `--metric` asks for.
#[derive(Clone, Copy, Debug)]
pub enum Asked {
    /// An inner product of functions.
    Exact(Metric),
    /// An estimate to compare with.
    Estimate(Estimate),
}

impl Asked {
    /// The name on the command line.
    pub fn option(self) -> String {
        match self {
            Asked::Exact(metric) => metric.name().replace(' ', "-"),
            Asked::Estimate(estimate) => estimate.name().to_string(),
        }
    }

    /// The values of `--metric`.
    pub fn parser() -> impl TypedValueParser<Value = Asked> {
        let metrics = Metric::ALL.map(|metric| possible(metric.name(), metric.meaning()));
        let estimates = Estimate::ALL.map(|estimate| possible(estimate.name(), estimate.meaning()));
        PossibleValuesParser::new(metrics.into_iter().chain(estimates)).try_map(|name| {
            let metric = name.replace('-', " ").parse().map(Asked::Exact);
            metric.or_else(|_| name.parse().map(Asked::Estimate))
        })
    }
}

/// Why there is no number within the budget.
pub struct Refused {
    /// Why.
    pub reason: String,
    /// What would be needed.
    pub needed: String,
    /// Alternatives, line by line.
    pub instead: Vec<String>,
}

impl Refused {
    /// As text, or as JSON.
    pub fn text(&self, asked: Asked, whole: bool, json: bool) -> String {
        let Refused { reason, needed, instead } = self;
        if json {
            let name = match asked {
                Asked::Exact(_) if !whole => "domain",
                Asked::Exact(metric) => metric.name(),
                Asked::Estimate(estimate) => estimate.name(),
            };
            let value = json!({
                "schema": 1, "metric": name,
                "undecided": { "reason": reason, "needed": needed },
            });
            return format!("{value:#}");
        }
        let mut text = undecided::line(reason, needed);
        for other in instead {
            text.push_str(&format!("\n  {other}"));
        }
        text
    }
}

/// Offers the layerwise recursion, unless it was asked for.
pub fn layerwise(asked: Asked, whole: bool) -> Vec<String> {
    match asked {
        Asked::Exact(Metric::Gaussian | Metric::Symmetric) if whole => {
            vec!["`--metric layerwise` is an approximation that takes much less".to_string()]
        }
        Asked::Exact(_) | Asked::Estimate(_) => Vec::new(),
    }
}

/// What to say if the budget does not suffice; an error, if the question is wrong.
pub fn refusal(failure: &similarity::Failure, clock: &Deadline) -> Result<Refused, Failure> {
    let undecided =
        failure.undecided(&clock.budget()).ok_or_else(|| Failure::message(failure.to_string()))?;
    let needed = OPTIONS.needed(&undecided.shortage);
    Ok(Refused { reason: undecided.to_string(), needed, instead: Vec::new() })
}

/// Which inputs the outputs are compared at.
pub struct Sampling<'a> {
    /// Where samples are drawn from, instead of the standard normal distribution.
    pub domain: Option<&'a Domain>,
    /// How many samples are drawn.
    pub count: u64,
    /// The seed of the generator.
    pub seed: u64,
    /// Read the inputs from this file instead of drawing them.
    pub rows: Option<&'a Path>,
}

/// What was computed.
pub enum Numbers {
    Parameters(Parameters),
    Sampled(Sampled),
    Alignment(Alignment),
}

/// Computes an estimate. The inner error says that the budget does not suffice.
pub fn compute_estimate(
    estimate: Estimate,
    [a, b]: [&Network; 2],
    sampling: &Sampling<'_>,
    clock: &Deadline,
) -> Result<Result<Numbers, Refused>, Failure> {
    let result = match estimate {
        Estimate::Parameters => {
            clock.begin("comparing parameters");
            parameters(a, b, &clock.budget()).map(Numbers::Parameters)
        }
        Estimate::Sampled => {
            sampled(a, b, &sampling.samples(a, clock)?, &clock.budget()).map(Numbers::Sampled)
        }
        Estimate::Cka => {
            alignment(a, b, &sampling.samples(a, clock)?, &clock.budget()).map(Numbers::Alignment)
        }
    };
    match result {
        Ok(numbers) => Ok(Ok(numbers)),
        Err(failure @ similarity::Failure::Evaluate(_)) if !clock.expired() => {
            Err(Failure::message(failure.to_string()))
        }
        Err(failure) => Ok(Err(refusal(&failure, clock)?)),
    }
}

impl<'a> Sampling<'a> {
    /// The samples, for the inputs of a network.
    fn samples(&self, network: &Network, clock: &Deadline) -> Result<Samples<'a>, Failure> {
        if let Some(path) = self.rows {
            clock.begin(&format!("reading {}", path.display()));
            let rows = rows::open(path, network.inputs())
                .map_err(|error| Failure::message(error.to_string()).help_if_any(error.help()))?;
            clock.begin("evaluating at the rows");
            return Ok(Samples::Rows(rows));
        }
        clock.begin("evaluating at samples");
        let count = usize::try_from(self.count).unwrap_or(usize::MAX);
        Ok(Samples::Drawn { domain: self.domain, seed: self.seed, count })
    }
}
