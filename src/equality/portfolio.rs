//! Which method when: predictions first, then methods in the order of what they are expected to take.
//!
//! A look at a few random points comes first, because most pairs that differ, differ there. A proof that
//! takes a moment is better than a bounded error, and the layerwise distance, which decides many equalities
//! but not all, may take a little longer; otherwise random evaluation comes before the complete methods,
//! unless the answer must be certain. Off the domain nothing refutes, so for a domain with finite parts there
//! is one more method: equality on *all* inputs, by random evaluation.

use super::coordinates::Coordinates;
use super::method::{Estimate, Outcome};
use super::problem::Problem;
use super::witness::{self, Found};
use super::{Domain, Method, QuestionError, Relation};
use super::{grid, layerwise, normal_form, random, rewrite};
use crate::arithmetic::Halt;
use crate::budget::Budget;
use crate::calibration::TRUST;
use crate::network::{EvaluateError, Network, fingerprint};
use crate::plural::plural;
use crate::shortage::{Obstacle, Shortage, Smaller, Undecided, Why};

/// A complete method that is expected to take less than this is preferred to random evaluation.
const MOMENT: f64 = 0.05;
/// The layerwise distance is preferred to random evaluation when it is expected to take less than this.
const LAYERWISE_PATIENCE: f64 = 2.0;
/// The share of the time that rewriting may take before anything else is tried.
const SHARE: f64 = 0.2;
/// Without a time budget, a method that is expected to take longer than this is not begun.
pub(crate) const PATIENCE: f64 = 86_400.0;

/// How a problem was decided.
#[derive(Clone, Debug)]
pub(crate) enum Decision {
    /// Zero difference on the domain.
    Equal(Method),
    /// A point where it is not zero.
    Differs(Found),
    /// Neither.
    Undecided(Undecided),
}

/// A method that [`decide_by`](super::decide_by) uses alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Approach {
    /// Hidden units of one network recognised in the other. It refutes nothing, and most equalities have no
    /// such proof.
    Rewrite,
    /// The layerwise distance. It refutes nothing either, and not every equality has such a proof.
    Layerwise,
    /// Points that determine the difference, modulo primes: grid and enumeration.
    Grid,
    /// Expansion into polynomials.
    NormalForm,
    /// Random points modulo random primes.
    RandomEvaluation,
}

impl Approach {
    /// All of them.
    pub const ALL: [Approach; 5] = [
        Approach::Rewrite,
        Approach::Layerwise,
        Approach::Grid,
        Approach::NormalForm,
        Approach::RandomEvaluation,
    ];

    /// Whether it can prove equalities only, and not all of them.
    pub fn is_partial(self) -> bool {
        matches!(self, Approach::Rewrite | Approach::Layerwise)
    }
}

/// A method with its plan.
enum Candidate<'a> {
    Rewrite(rewrite::Plan),
    Layerwise(Box<layerwise::Plan>),
    Grid(grid::Plan),
    NormalForm(normal_form::Plan),
    Random(random::Plan),
    /// Random evaluation on all inputs, for a problem on a domain.
    RandomEverywhere(random::Plan, Box<Problem<'a>>),
}

impl Candidate<'_> {
    fn run(&self, problem: &Problem<'_>, budget: &Budget) -> Result<Outcome, EvaluateError> {
        match self {
            Candidate::Rewrite(_) => rewrite::run(problem, budget),
            Candidate::Layerwise(plan) => layerwise::run(problem, plan, budget),
            Candidate::Grid(plan) => grid::run(problem, plan, budget),
            Candidate::NormalForm(plan) => normal_form::run(problem, plan, budget),
            Candidate::Random(plan) => random::run(problem, plan, budget),
            Candidate::RandomEverywhere(plan, everywhere) => random::run(everywhere, plan, budget),
        }
    }

    fn seconds(&self) -> f64 {
        match self {
            Candidate::Rewrite(plan) => plan.seconds,
            Candidate::Layerwise(plan) => plan.seconds,
            Candidate::Grid(plan) => plan.seconds,
            Candidate::NormalForm(plan) => plan.seconds,
            Candidate::Random(plan) | Candidate::RandomEverywhere(plan, _) => plan.seconds,
        }
    }

    fn certain(&self) -> bool {
        !matches!(self, Candidate::Random(_) | Candidate::RandomEverywhere(..))
    }

    fn what(&self) -> String {
        match self {
            Candidate::Rewrite(plan) if plan.operations < 1e6 => {
                format!("{:.0} operations on coefficients", plan.operations)
            }
            Candidate::Rewrite(plan) => format!("{:.1e} operations on coefficients", plan.operations),
            Candidate::Layerwise(plan) => format!("{} moments and steps between them", plan.nodes),
            Candidate::Grid(plan) => {
                let points = plural(plan.points, "point", "points");
                format!("{points} modulo {}", plural(plan.primes, "prime", "primes"))
            }
            Candidate::NormalForm(plan) if plan.products < 1e6 => {
                format!("up to {:.0} products of terms", plan.products)
            }
            Candidate::NormalForm(plan) => format!("up to {:.1e} products of terms", plan.products),
            Candidate::Random(plan) if plan.points > 1 => {
                format!("{} rounds of {} points", plan.rounds, plan.points)
            }
            Candidate::Random(plan) => format!("{} rounds", plan.rounds),
            Candidate::RandomEverywhere(plan, _) => format!("{} rounds on all inputs", plan.rounds),
        }
    }
}

/// The name of a method on this problem.
fn name(candidate: &Candidate<'_>, problem: &Problem<'_>) -> &'static str {
    match candidate {
        Candidate::Rewrite(_) => REWRITE,
        Candidate::Layerwise(_) => LAYERWISE,
        Candidate::Grid(_) => grid_name(problem),
        Candidate::NormalForm(_) => NORMAL_FORM,
        Candidate::Random(_) => RANDOM,
        Candidate::RandomEverywhere(..) => RANDOM_EVERYWHERE,
    }
}

const REWRITE: &str = "rewrite";
const LAYERWISE: &str = "layerwise distance";
const NORMAL_FORM: &str = "normal form";
const RANDOM: &str = "random evaluation";
const RANDOM_EVERYWHERE: &str = "random evaluation on all inputs";

fn grid_name(problem: &Problem<'_>) -> &'static str {
    if problem.free().is_empty() { "enumeration" } else { "grid" }
}

/// Every method (or the only one) with its plan, or why it cannot be used. The layerwise distance takes more
/// to plan, so it is here only if it is the only one.
fn plans<'a>(
    problem: &Problem<'a>,
    everywhere: &'a Domain,
    budget: &Budget,
    only: Option<Approach>,
) -> Vec<Result<Candidate<'a>, (&'static str, Why)>> {
    let wanted = |approach: Approach| only.is_none_or(|only| only == approach);
    let mut plans = Vec::new();
    if wanted(Approach::Rewrite) {
        let plan = rewrite::plan(problem, budget);
        plans.push(plan.map(Candidate::Rewrite).map_err(|why| (REWRITE, why.into())));
    }
    if only == Some(Approach::Layerwise) {
        plans.push(layerwise_plan(problem, budget));
    }
    if wanted(Approach::Grid) {
        plans.push(grid::plan(problem, budget).map(Candidate::Grid).map_err(|why| (grid_name(problem), why)));
    }
    if wanted(Approach::NormalForm) {
        let plan = normal_form::plan(problem, budget);
        plans.push(plan.map(Candidate::NormalForm).map_err(|why| (NORMAL_FORM, why)));
    }
    if !wanted(Approach::RandomEvaluation) {
        return plans;
    }
    if !problem.free().is_empty() || problem.finite().is_empty() {
        plans.push(random::plan(problem, budget).map(Candidate::Random).map_err(|why| (RANDOM, why)));
    }
    if !problem.finite().is_empty() {
        let plan = || {
            let problem = Problem::new(problem.a, problem.b, problem.relation, everywhere, budget)
                .map_err(|error| error.to_string())?;
            Ok(Candidate::RandomEverywhere(random::plan(&problem, budget)?, Box::new(problem)))
        };
        plans.push(plan().map_err(|why: Why| (RANDOM_EVERYWHERE, why)));
    }
    plans
}

/// The layerwise distance with its plan, or why it cannot be used.
fn layerwise_plan<'a>(problem: &Problem<'a>, budget: &Budget) -> Result<Candidate<'a>, (&'static str, Why)> {
    let plan = layerwise::plan(problem, LAYERWISE_PATIENCE, budget);
    plan.map(|plan| Candidate::Layerwise(Box::new(plan))).map_err(|why| (LAYERWISE, why))
}

/// What every method would take to decide whether a network is zero on a domain: about half of what it takes
/// to compare it with another of its kind. Empty when there is an [`obstacle`](super::obstacle).
pub fn estimates(
    network: &Network,
    domain: &Domain,
    budget: &Budget,
) -> Result<Vec<Estimate>, QuestionError> {
    super::relation::check(network, network, domain)?;
    if super::obstacle(network, budget).is_some() {
        return Ok(Vec::new());
    }
    let zero = super::relation::zero_like(network)?;
    let problem = Problem::new(network, &zero, Relation::Equal, domain, budget)?;
    let everywhere = Domain::everywhere(network.inputs().len());
    // Rewriting decides only what it can prove, so it is no estimate of what deciding takes.
    let decides = |plan: &Result<Candidate<'_>, (&'static str, Why)>| {
        !matches!(plan, Ok(Candidate::Rewrite(_)) | Err((REWRITE, _)))
    };
    Ok(plans(&problem, &everywhere, budget, None)
        .into_iter()
        .filter(decides)
        .map(|plan| match plan {
            Ok(candidate) => Estimate {
                method: name(&candidate, &problem),
                what: candidate.what(),
                seconds: Some(candidate.seconds()),
                certain: candidate.certain(),
            },
            Err((method, why)) => Estimate { method, what: why.to_string(), seconds: None, certain: false },
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
        let mut undecided = Refusals::default();
        if self.only.is_none() {
            if problem.is_trivial() || fingerprint(problem.a) == fingerprint(problem.b) {
                return Decision::Equal(Method::Identical);
            }
            budget.begins("looking for a difference");
            match witness::screen(problem, budget) {
                Ok(Some(lead)) => return Decision::Differs(witness::simplify(problem, &lead, budget)),
                Ok(None) => {}
                Err(_) if budget.expired() => {
                    undecided.refused("a first look", Why::stopped("it", budget));
                }
                Err(error) => undecided.refused("a first look", error.to_string().into()),
            }
        }
        let everywhere = Domain::everywhere(problem.a.inputs().len());
        let mut candidates = Vec::new();
        for plan in plans(problem, &everywhere, budget, self.only) {
            match plan {
                Ok(candidate) => candidates.push(candidate),
                Err((method, why)) => undecided.refused(method, why),
            }
        }
        let by_rank = |a: &Candidate<'_>, b: &Candidate<'_>| rank(a, budget).total_cmp(&rank(b, budget));
        candidates.sort_by(by_rank);
        let later = candidates.partition_point(|candidate| rank(candidate, budget) < CLASS);
        let mut later = candidates.split_off(later);
        for candidate in &candidates {
            if let Some(decision) = self.attempt(problem, candidate, &mut undecided) {
                return decision;
            }
        }
        if self.only.is_none() {
            budget.begins(LAYERWISE);
            match layerwise_plan(problem, budget) {
                Ok(candidate) => later.push(candidate),
                Err((method, why)) => undecided.refused(method, why),
            }
            later.sort_by(by_rank);
        }
        for candidate in &later {
            if let Some(decision) = self.attempt(problem, candidate, &mut undecided) {
                return decision;
            }
        }
        undecided.decision(budget)
    }

    /// Runs one method. `None` when it did not decide: why is in `undecided`.
    fn attempt(
        &self,
        problem: &Problem<'_>,
        candidate: &Candidate<'_>,
        undecided: &mut Refusals,
    ) -> Option<Decision> {
        let budget = self.budget;
        let method = name(candidate, problem);
        if budget.certain_only && !candidate.certain() {
            undecided.uncertain(method, candidate, budget);
            return None;
        }
        if self.only.is_none() && !affordable(candidate, budget) {
            undecided.too_slow(method, candidate);
            return None;
        }
        budget.begins(method);
        match (candidate.run(problem, budget), candidate) {
            (Ok(Outcome::Equal(method)), _) => return Some(Decision::Equal(method)),
            (Ok(Outcome::Differs(_)), Candidate::RandomEverywhere(..)) => {
                undecided.refused(method, "they differ, but maybe not on the domain".into());
            }
            (Ok(Outcome::Differs(lead)), _) => {
                return Some(Decision::Differs(witness::simplify(problem, &lead, budget)));
            }
            (Ok(Outcome::Undecided(why)), _) => undecided.refused(method, why),
            (Ok(Outcome::Late(seconds)), _) => undecided.gave_up(method, candidate, seconds, budget),
            (Err(_), _) if budget.expired() || budget.memory_short() => {
                undecided.gave_up(method, candidate, 0.0, budget);
            }
            (Err(EvaluateError::Halt(Halt::Budget(why))), Candidate::NormalForm(_)) => {
                // How much would be enough is not known: it is more than there was.
                undecided.enough_bytes(4.0 * budget.memory as f64);
                undecided.refused(method, why.into());
            }
            (Err(error), _) => undecided.refused(method, error.to_string().into()),
        }
        None
    }
}

/// Methods of one class are ordered by seconds, which are fewer.
const CLASS: f64 = 1e100;

/// The order of trying: rewriting, which takes about as long as random evaluation and explains what it
/// proves, unless that would leave too little time for what decides more; complete methods that take a
/// moment; the layerwise distance, if that takes little; random evaluation; what else is certain. And by
/// predicted time among these.
fn rank(candidate: &Candidate<'_>, budget: &Budget) -> f64 {
    let seconds = candidate.seconds().min(1e99);
    if matches!(candidate, Candidate::Rewrite(_)) && seconds < budget.seconds_left() * SHARE {
        return 0.0;
    }
    match (candidate, seconds) {
        (Candidate::Layerwise(_), ..LAYERWISE_PATIENCE) => CLASS,
        (candidate, ..MOMENT) if candidate.certain() => seconds,
        (candidate, _) if candidate.certain() => 3.0 * CLASS + seconds,
        _ => 2.0 * CLASS + seconds,
    }
}

fn affordable(candidate: &Candidate<'_>, budget: &Budget) -> bool {
    let left = budget.seconds_left();
    candidate.seconds() <= if left.is_finite() { left * TRUST } else { PATIENCE }
}

/// Why methods did not decide, and what would have to be different.
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
        self.obstacles.push(Obstacle { method: Some(method), why });
    }

    fn enough_bytes(&mut self, bytes: f64) {
        let least = self.shortage.bytes.map_or(bytes, |known| known.min(bytes));
        self.shortage.bytes = Some(least);
    }

    fn enough_seconds(&mut self, seconds: f64) {
        let least = self.shortage.seconds.map_or(seconds, |known| known.min(seconds));
        self.shortage.seconds = Some(least);
    }

    fn uncertain(&mut self, method: &'static str, candidate: &Candidate<'_>, budget: &Budget) {
        self.shortage.certainty |= affordable(candidate, budget);
        self.refused(method, Why::Uncertain);
    }

    fn too_slow(&mut self, method: &'static str, candidate: &Candidate<'_>) {
        let seconds = candidate.seconds();
        if !matches!(candidate, Candidate::Rewrite(_) | Candidate::Layerwise(_)) {
            self.enough_seconds(seconds);
        }
        self.refused(method, Why::Time { what: candidate.what(), seconds });
    }

    /// A method was stopped; as far as it had come, it would have taken so many seconds.
    fn gave_up(&mut self, method: &'static str, candidate: &Candidate<'_>, seconds: f64, budget: &Budget) {
        if budget.memory_short() {
            // How much would be enough is not known: it is more than there was.
            self.enough_bytes(2.0 * budget.memory as f64);
        } else {
            self.enough_seconds(candidate.seconds().max(seconds));
        }
        self.obstacles.push(Obstacle { method: Some(method), why: Why::stopped("it", budget) });
    }

    fn decision(self, budget: &Budget) -> Decision {
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
        Decision::Undecided(Undecided { part: None, obstacles, shortage })
    }
}
