//! Which method when: predictions first, then methods in the order of what they are expected to take.
//!
//! A look at a few random points comes first: most unequal pairs already disagree there. Then methods take
//! turns (`turns.rs`), in the order of their classes: a proof that takes a moment is better than a bounded
//! error, and the layerwise distance, which decides many equalities but not all, may take a little longer;
//! otherwise random evaluation comes before the complete methods, unless the answer must be certain. Off the
//! domain nothing refutes, so for a domain with finite parts there is one more method: equality on *all*
//! inputs, by random evaluation.

use super::coordinates::Coordinates;
use super::fit;
use super::methods::{Approach, Estimate, METHODS, Plan, Procedure};
use super::problem::Problem;
use super::refusals::Refusals;
use super::turns::{Found, Turns};
use super::witness::{self, Counterexample};
use super::{Domain, Method, QuestionError, Relation};
use crate::budget::Budget;
use crate::network::{Network, fingerprint};
use crate::shortage::{Undecided, Why};

/// The part of the time that is left which the first look may take.
const SCREEN_PART: f64 = 0.1;

/// How a problem was decided.
#[derive(Clone, Debug)]
pub(crate) enum Decision {
    /// Zero difference on the domain.
    Equal(Method),
    /// A point where it is not zero.
    Differs(Counterexample),
    /// Neither.
    Undecided(Undecided),
}

/// What every method would take to decide whether a network is zero on a domain: about half of what it takes
/// to compare it with another of its kind. Empty when there is an [`obstacle`](super::obstacle).
pub fn estimates(
    network: &Network,
    domain: &Domain,
    budget: &Budget,
) -> Result<Vec<Estimate>, QuestionError> {
    fit::check(network, network, domain)?;
    if fit::obstacle(network, budget).is_some() {
        return Ok(Vec::new());
    }
    let zero = fit::zero_like(network)?;
    let problem = Problem::new(network, &zero, Relation::Equal, domain, budget)?;
    // A partial method decides only what it can prove, so it is no estimate of what deciding takes.
    let methods = METHODS.iter().filter(|method| !method.approach().is_partial() && method.applies(&problem));
    Ok(methods
        .map(|method| {
            let name = method.name(&problem);
            match method.plan(&problem, budget) {
                Ok(Plan { what, seconds, .. }) => {
                    Estimate { method: name, what, seconds: Some(seconds), certain: method.certain() }
                }
                Err(why) => Estimate { method: name, what: why.to_string(), seconds: None, certain: false },
            }
        })
        .collect())
}

/// Decides problems, with all methods or with one.
pub(crate) struct Solver<'a> {
    /// What may be used.
    pub budget: &'a Budget,
    /// The only method to use.
    pub only: Option<Approach>,
}

impl Solver<'_> {
    /// Whether two networks are one network, node for node; this takes no evaluation.
    pub fn sees_identity(&self, a: &Network, b: &Network, domain: &Domain) -> bool {
        self.only.is_none()
            && !self.budget.expired()
            && fingerprint(a) == fingerprint(b)
            && !Coordinates::new(a, domain).is_empty_set()
    }

    /// Decides whether a difference vanishes on a domain.
    pub fn solve(&self, problem: &Problem<'_>) -> Decision {
        let budget = self.budget;
        if budget.expired() {
            return Decision::Undecided(Undecided::stopped("the comparison", budget));
        }
        if problem.coordinates.is_empty_set() {
            return Decision::Equal(Method::Enumeration { points: 0, domain_points: 0u8.into() });
        }
        let mut refusals = Refusals::default();
        if self.only.is_none() {
            if problem.is_trivial() || fingerprint(problem.a) == fingerprint(problem.b) {
                return Decision::Equal(Method::Identical);
            }
            budget.begins("looking for a difference");
            let part = budget.within(budget.seconds_left() * SCREEN_PART);
            match witness::screen(problem, &part) {
                Ok(Some(lead)) => return Decision::Differs(witness::simplify(problem, &lead, budget)),
                Ok(None) => {}
                Err(_) if budget.expired() => refusals.refused("a first look", Why::stopped("it", budget)),
                Err(_) if part.expired() => {}
                Err(error) => refusals.refused("a first look", error.to_string().into()),
            }
        }
        let wanted = |method: &&'static dyn Procedure| {
            self.only.is_none_or(|only| only == method.approach()) && method.applies(problem)
        };
        let methods = METHODS.into_iter().filter(wanted);
        let turns = Turns::new(problem, budget, self.only.is_some(), methods);
        match turns.run(&mut refusals) {
            Some(Found::Equal(method)) => Decision::Equal(method),
            Some(Found::Differs(lead)) => Decision::Differs(witness::simplify(problem, &lead, budget)),
            None => Decision::Undecided(refusals.undecided(budget)),
        }
    }
}
