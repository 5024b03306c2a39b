//! Which method when: predictions first, then methods in the order of what they are expected to take.
//!
//! A look at a few random points comes first: most unequal pairs already disagree there. Then methods are
//! tried in the order of their classes: a proof that takes a moment is better than a bounded error, and the
//! layerwise distance, which decides many equalities but not all, may take a little longer; otherwise random
//! evaluation comes before the complete methods, unless the answer must be certain. Off the domain nothing
//! refutes, so for a domain with finite parts there is one more method: equality on *all* inputs, by random
//! evaluation.

use super::coordinates::Coordinates;
use super::fit;
use super::methods::{Approach, Class, Estimate, METHODS, Outcome, PATIENCE, Plan, Procedure};
use super::problem::Problem;
use super::witness::{self, Counterexample};
use super::{Domain, Method, QuestionError, Relation};
use crate::budget::Budget;
use crate::calibration::TRUST;
use crate::network::{Network, fingerprint};
use crate::shortage::{Obstacle, Shortage, Smaller, Undecided, Why};

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

/// A method with its plan for a problem.
pub(super) struct Candidate<'p> {
    method: &'static dyn Procedure,
    name: &'static str,
    plan: Plan<'p>,
    class: Class,
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
            match witness::screen(problem, budget) {
                Ok(Some(lead)) => return Decision::Differs(witness::simplify(problem, &lead, budget)),
                Ok(None) => {}
                Err(_) if budget.expired() => refusals.refused("a first look", Why::stopped("it", budget)),
                Err(error) => refusals.refused("a first look", error.to_string().into()),
            }
        }
        self.by_methods(problem, refusals)
    }

    /// Tries the methods in their order. What takes long to plan is planned when what takes a moment has not
    /// decided.
    fn by_methods(&self, problem: &Problem<'_>, mut refusals: Refusals) -> Decision {
        let wanted = |method: &&'static dyn Procedure| {
            self.only.is_none_or(|only| only == method.approach()) && method.applies(problem)
        };
        let (late, early): (Vec<_>, Vec<_>) =
            METHODS.into_iter().filter(wanted).partition(|method| self.only.is_none() && method.plans_late());
        let planned = early.into_iter().filter_map(|method| self.candidate(problem, method, &mut refusals));
        let mut candidates: Vec<_> = planned.collect();
        sort(&mut candidates);
        let quick = candidates.partition_point(|candidate| candidate.class <= Class::Moment);
        let mut others = candidates.split_off(quick);
        // The decision of the first method that decides.
        let first = |candidates: &[Candidate<'_>], refusals: &mut Refusals| {
            candidates.iter().find_map(|candidate| self.attempt(problem, candidate, refusals))
        };
        if let Some(decision) = first(&candidates, &mut refusals) {
            return decision;
        }
        for method in late {
            self.budget.begins(method.name(problem));
            others.extend(self.candidate(problem, method, &mut refusals));
        }
        sort(&mut others);
        let decision = first(&others, &mut refusals);
        decision.unwrap_or_else(|| Decision::Undecided(refusals.undecided(self.budget)))
    }

    /// A method with its plan. `None` when it cannot be used: why is in `refusals`.
    fn candidate<'p>(
        &self,
        problem: &'p Problem<'_>,
        method: &'static dyn Procedure,
        refusals: &mut Refusals,
    ) -> Option<Candidate<'p>> {
        let name = method.name(problem);
        let plan = method.plan(problem, self.budget).map_err(|why| refusals.refused(name, why)).ok()?;
        Some(Candidate { method, name, class: method.class(plan.seconds, self.budget), plan })
    }

    /// Runs one method. `None` when it did not decide: why is in `refusals`.
    fn attempt(
        &self,
        problem: &Problem<'_>,
        candidate: &Candidate<'_>,
        refusals: &mut Refusals,
    ) -> Option<Decision> {
        let budget = self.budget;
        let Candidate { method, name, plan, .. } = candidate;
        let seconds = plan.seconds;
        if budget.certain_only && !method.certain() {
            refusals.uncertain(name, affordable(seconds, budget));
            return None;
        }
        if self.only.is_none() && !affordable(seconds, budget) {
            // What a method takes that may not decide is no answer to what would be needed.
            let enough = (!method.approach().is_partial()).then_some(seconds);
            refusals.too_slow(name, plan.what.clone(), seconds, enough);
            return None;
        }
        budget.begins(name);
        match plan.run(budget) {
            Ok(Outcome::Equal(method)) => return Some(Decision::Equal(method)),
            Ok(Outcome::Differs(lead)) => {
                return Some(Decision::Differs(witness::simplify(problem, &lead, budget)));
            }
            Ok(Outcome::Undecided(why)) => refusals.refused(name, why),
            Ok(Outcome::Late(needed)) => refusals.gave_up(name, seconds.max(needed), budget),
            Ok(Outcome::Full(_)) | Err(_) if budget.expired() || budget.memory_short() => {
                refusals.gave_up(name, seconds, budget);
            }
            Ok(Outcome::Full(why)) => refusals.full(name, why, budget),
            Err(error) => refusals.refused(name, error.to_string().into()),
        }
        None
    }
}

/// What is known when a method did not decide, and then the next.
#[derive(Default)]
struct Refusals {
    obstacles: Vec<Obstacle>,
    /// What would be enough for some method, as far as known. Seconds are those besides what was spent.
    shortage: Shortage,
    /// Whether the budget ended before it was known what a method would need.
    late: bool,
}

impl Refusals {
    /// A method cannot be used, or did not tell.
    fn refused(&mut self, method: &'static str, why: Why) {
        match why {
            Why::Memory { bytes, .. } => self.enough_bytes(bytes),
            Why::Stopped { .. } => self.late = true,
            Why::Time { .. } | Why::Uncertain | Why::Unsuited(_) => {}
        }
        self.note(method, why);
    }

    /// A method ran out of room. How much would be enough is not known: this is a guess.
    fn full(&mut self, method: &'static str, why: Why, budget: &Budget) {
        self.enough_bytes(4.0 * budget.memory as f64);
        self.note(method, why);
    }

    /// A method would not be certain. `affordable`: it might decide otherwise.
    fn uncertain(&mut self, method: &'static str, affordable: bool) {
        self.shortage.certainty |= affordable;
        self.note(method, Why::Uncertain);
    }

    /// A method would take too long. `enough`: the seconds that would be enough for it to decide.
    fn too_slow(&mut self, method: &'static str, what: String, seconds: f64, enough: Option<f64>) {
        if let Some(seconds) = enough {
            self.enough_seconds(seconds);
        }
        self.note(method, Why::Time { what, seconds });
    }

    /// A method was stopped; it would have taken so many seconds.
    fn gave_up(&mut self, method: &'static str, seconds: f64, budget: &Budget) {
        if budget.memory_short() {
            // How much would be enough is not known: it is more than there was.
            self.enough_bytes(2.0 * budget.memory as f64);
        } else {
            self.enough_seconds(seconds);
        }
        self.note(method, Why::stopped("it", budget));
    }

    fn note(&mut self, method: &'static str, why: Why) {
        self.obstacles.push(Obstacle { method: Some(method), why });
    }

    fn enough_bytes(&mut self, bytes: f64) {
        self.shortage.bytes = Some(self.shortage.bytes.map_or(bytes, |known| known.min(bytes)));
    }

    fn enough_seconds(&mut self, seconds: f64) {
        self.shortage.seconds = Some(self.shortage.seconds.map_or(seconds, |known| known.min(seconds)));
    }

    /// All of it, when no method decided.
    fn undecided(self, budget: &Budget) -> Undecided {
        let Refusals { obstacles, mut shortage, late } = self;
        // Nobody has more than a year, or a hundred terabytes.
        let seconds = shortage.seconds.filter(|&seconds| seconds < 3e7);
        shortage.seconds = seconds.map(|seconds| budget.seconds_spent() + seconds);
        shortage.bytes = shortage.bytes.filter(|&bytes| bytes < 1e14);
        if late && shortage.seconds.is_none() && shortage.bytes.is_none() {
            shortage = Shortage { certainty: shortage.certainty, ..Shortage::more(budget) };
        }
        if shortage == Shortage::default() {
            shortage = Shortage::smaller(Smaller::ModelOrDomain);
        }
        Undecided { part: None, obstacles, shortage }
    }
}

fn sort(candidates: &mut [Candidate<'_>]) {
    candidates.sort_by(|a, b| a.class.cmp(&b.class).then_with(|| a.plan.seconds.total_cmp(&b.plan.seconds)));
}

fn affordable(seconds: f64, budget: &Budget) -> bool {
    let left = budget.seconds_left();
    seconds <= if left.is_finite() { left * TRUST } else { PATIENCE }
}
