//! Estimates of similarity to compare with: the cosine of parameters, of outputs at samples, and CKA.
//!
//! Every line printed about them says that it is an estimate, and how it was obtained.

use std::path::Path;

use samenet::domain::{Domain, Estimate};
use samenet::model::rows;
use samenet::network::Network;
use samenet::similarity::Failure as NoNumber;
use samenet::similarity::estimates::{
    Alignment, Parameters, Sampled, Samples, alignment, parameters, sampled,
};

use super::clock::Deadline;
use super::failure::Failure;
use super::measure::{Refused, refusal};

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
pub fn compute(
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
        Err(failure @ NoNumber::Evaluate(_)) if !clock.expired() => {
            Err(Failure::message(failure.to_string()))
        }
        Err(failure) => match refusal(&failure, clock) {
            Ok((reason, needed)) => Ok(Err(Refused { reason, needed, instead: Vec::new() })),
            Err(message) => Err(Failure::message(message)),
        },
    }
}

impl<'a> Sampling<'a> {
    /// The samples, for the inputs of a network.
    fn samples(&self, network: &Network, clock: &Deadline) -> Result<Samples<'a>, Failure> {
        if let Some(path) = self.rows {
            clock.begin(&format!("reading {}", path.display()));
            let rows = rows::open(path, network.inputs()).map_err(|error| {
                let failure = Failure::message(error.to_string());
                match error.help() {
                    Some(help) => failure.help(help),
                    None => failure,
                }
            })?;
            clock.begin("evaluating at the rows");
            return Ok(Samples::Rows(rows));
        }
        clock.begin("evaluating at samples");
        let count = usize::try_from(self.count).unwrap_or(usize::MAX);
        Ok(Samples::Drawn { domain: self.domain, seed: self.seed, count })
    }
}
