//! What follows from the models for a certificate: the fields of evidence that the checker recomputes, for whoever
//! writes one.

use super::bounds::odd_denominator;
use super::outcome::{Refusal, Work, invalid};
use super::pair::Pair;
use super::points::{Coordinate, coordinates};
use super::{agreement, degree, normal_form};
use crate::certificate::{Agreement, NormalForm, RandomEvaluation};
use crate::network::Network;

/// Computes fields of evidence. What it returns is not yet known to be a proof: nothing has been evaluated.
#[derive(Debug)]
pub(crate) struct Planner {
    work: Work,
}

impl Planner {
    pub(crate) fn new() -> Planner {
        Planner { work: Work::new() }
    }

    /// The fields of a grid or an enumeration.
    pub(crate) fn agreement(&self, pair: &Pair) -> Result<Agreement, Refusal> {
        agreement::plan_agreement(pair, &self.work)
    }

    /// The fields of a random evaluation.
    pub(crate) fn random(&self, pair: &Pair, everywhere: bool) -> Result<RandomEvaluation, Refusal> {
        agreement::plan_random(pair, everywhere, &self.work)
    }

    /// The common normal form of two models.
    pub(crate) fn normal_form(&self, pair: &Pair) -> Result<NormalForm, Refusal> {
        normal_form::expand_pair(pair, &self.work)
    }

    /// The normal form of one model.
    pub(crate) fn expansion(&self, network: &Network) -> Result<NormalForm, Refusal> {
        normal_form::expand_one(network, &self.work)
    }

    /// The bound on the degree.
    pub(crate) fn degree_bound(&self, network: &Network) -> Result<Option<u64>, Refusal> {
        degree::degree_bound(network, &self.work)
    }

    /// The highest coefficients of all outputs along a direction, modulo a prime: degree and residue.
    pub(crate) fn tops(
        &self,
        network: &Network,
        prime: u64,
        direction: &[u64],
    ) -> Result<Vec<Option<(u64, u64)>>, Refusal> {
        degree::tops(network, prime, direction, &self.work)
    }

    /// Whether some input that is read can be anything.
    pub(crate) fn has_free_inputs(&self, pair: &Pair) -> bool {
        coordinates(&[&pair.a, &pair.b], &pair.domain).iter().any(Coordinate::is_free)
    }

    /// The largest prime below 2^62 that divides no denominator of a network.
    pub(crate) fn largest_prime(&self, network: &Network) -> u64 {
        agreement::primes(&odd_denominator(&[network], std::iter::empty())).next().unwrap_or_default()
    }
}

/// The refusal of evidence that there is not.
pub(crate) fn nothing(reason: &str) -> Refusal {
    invalid("evidence", reason)
}
