//! Numbers about two models: which one is asked for, and what to say if the budget does not suffice.

use clap::builder::{PossibleValuesParser, TypedValueParser};
use samenet::claim::words::undecided;
use samenet::domain::{Estimate, Metric};
use samenet::similarity;
use serde_json::json;

use super::clock::Deadline;
use super::needs::OPTIONS;
use super::options::possible;

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

/// The reason and the need, if the budget does not suffice; an error message, if the question is wrong.
pub fn refusal(failure: &similarity::Failure, clock: &Deadline) -> Result<(String, String), String> {
    match failure.undecided(&clock.budget()) {
        Some(undecided) => Ok((undecided.to_string(), OPTIONS.needed(&undecided.shortage))),
        None => Err(failure.to_string()),
    }
}
