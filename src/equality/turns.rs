//! Methods take turns: a method that takes several times what was predicted lets the others try.
//!
//! Predictions may be 20 times too low or too high, so none may keep a method from deciding. A turn has a
//! limit; a method that reaches it ends, and begins again in a later round with a much longer one, so that
//! what was begun in vain takes a fraction of the last turn. A method that is stopped has proved nothing, and
//! nothing of what it did is used.
//!
//! 1. In *short* rounds, a method has a turn of several times its prediction if that fits, or if its class
//!    says that it should be tried early.
//! 2. In the *long* rounds, a turn is about a third of the time: every method has one whose prediction fits
//!    the budget, then those whose prediction does not. So what one method decides in a third of the time is
//!    decided whatever was predicted, unless more than two others used up their turns.
//! 3. What is left after that belongs to the methods that may still do with it.
//!
//! A method that counts its points (`Progress`) knows after one turn what it takes in all. If that fits into
//! what is left, it is certain to decide, and no other has a turn after which it would not fit any more.
//! Before anything is given more than a third of the time, such methods have a short turn to measure them.
//! When only one method is left, nobody waits for it to end its turn.

use super::Method;
use super::methods::{Class, Outcome, PATIENCE, Plan, Procedure};
use super::problem::Problem;
use super::refusals::Refusals;
use super::witness::Lead;
use crate::budget::Budget;
use crate::calibration::TRUST;
use crate::network::EvaluateError;
use crate::shortage::Why;

/// The part of the time that a turn of the long rounds takes: three of them, and what was tried before.
const LONG_TURN: f64 = 0.31;
const LONG_TURNS: usize = 3;
/// Turns of the rounds before it are shorter by this factor, each.
const GROWTH: f64 = 4.0;
/// Those of the first round are at most so many seconds,
const FIRST_TURN: f64 = 4.0;
/// and at least so many,
const SHORTEST_TURN: f64 = 0.02;
/// and this where nothing limits the time.
const FIRST_UNLIMITED: f64 = 2.0;
/// A method that is tried early has several times its prediction up to so many first turns, and beyond that
/// not much more than its prediction.
const EARLY: f64 = 2.0;
/// What was measured may be off by this factor.
const MEASURED: f64 = 1.1;
/// A prediction for which a longer turn is given may be off by this factor.
const PREDICTED: f64 = 1.3;
/// A method begins again only with so many times what was not enough.
const LONGER: f64 = 1.1;
/// A method that was stopped is expected to take so many times that.
const STOPPED: f64 = 2.0;

/// How a method decided.
pub(super) enum Found {
    /// The networks are the same on the domain.
    Equal(Method),
    /// They differ there.
    Differs(Lead),
}

/// A method, and what is known of the time that it takes.
struct Candidate<'p> {
    method: &'static dyn Procedure,
    name: &'static str,
    /// `None` until it is planned.
    plan: Option<Plan<'p>>,
    class: Class,
    /// Seconds that it is expected to take: predicted, or corrected by what its turns showed.
    expected: f64,
    /// Whether that was measured.
    measured: bool,
    /// The longest turn that was not enough, in seconds.
    tried: f64,
    /// Whether it is expected to take far more time than there is.
    doubt: Doubt,
}

impl Candidate<'_> {
    /// It was not done within so many seconds, and goes first no more.
    fn was_stopped(&mut self, seconds: f64, outcome: Result<Outcome, EvaluateError>) {
        self.tried = seconds;
        self.expected = match outcome {
            Ok(Outcome::Late(needed)) if needed > 0.0 => {
                self.measured = true;
                needed
            }
            Ok(Outcome::Undecided(Why::Time { seconds: needed, .. })) => needed,
            _ => self.expected.max(seconds * STOPPED),
        };
        if self.method.certain() {
            self.class = Class::Complete;
        }
    }

    /// Whether it is known to decide in so many seconds, as far as measuring can tell.
    fn surely_fits(&self, seconds: f64) -> bool {
        self.measured && self.expected * MEASURED <= seconds
    }

    /// Notes that it would take too long.
    fn too_slow(&self, refusals: &mut Refusals) {
        let Some(plan) = &self.plan else { return };
        // What a method takes that may not decide is no answer to what would be needed.
        let enough = (!self.method.approach().is_partial()).then_some(self.expected);
        refusals.too_slow(self.name, plan.what.clone(), self.expected, enough);
    }
}

/// Whether something is expected to take far more time than there is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Doubt {
    None,
    Predicted,
    /// It may still find a difference before it comes to its end.
    Measured,
}

/// How far the rounds have come.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Round {
    /// Turns of at most so many seconds.
    Short(f64),
    /// Short turns for methods that can be measured.
    Measuring,
    /// Turns of about a third of the time, for methods with no more doubt than this.
    Long(Doubt),
    /// Turns of whatever is left.
    Rest,
}

/// What became of a turn.
enum Turn {
    Decided(Found),
    /// The method will not decide.
    Over,
    /// The method has to wait, or needs a longer turn.
    Waits,
}

/// The methods that may still decide.
pub(super) struct Turns<'p> {
    problem: &'p Problem<'p>,
    budget: &'p Budget,
    waiting: Vec<Candidate<'p>>,
    /// Whether methods are used however long they are expected to take.
    unconditional: bool,
    /// The seconds of a turn in the long rounds,
    long: f64,
    /// and in the first.
    first: f64,
}

impl<'p> Turns<'p> {
    /// These methods; `unconditional`: however long they are expected to take.
    pub fn new(
        problem: &'p Problem<'p>,
        budget: &'p Budget,
        unconditional: bool,
        methods: impl Iterator<Item = &'static dyn Procedure>,
    ) -> Turns<'p> {
        let candidate = |method: &'static dyn Procedure| Candidate {
            method,
            name: method.name(problem),
            plan: None,
            class: Class::Complete,
            expected: 0.0,
            measured: false,
            tried: 0.0,
            doubt: Doubt::None,
        };
        let long = budget.seconds_left() * LONG_TURN;
        let mut first = if long.is_finite() { long / (GROWTH * GROWTH) } else { FIRST_UNLIMITED };
        while first > FIRST_TURN {
            first /= GROWTH;
        }
        let first = first.max(SHORTEST_TURN).min(long);
        Turns { problem, budget, waiting: methods.map(candidate).collect(), unconditional, long, first }
    }

    /// Lets methods take turns until one decides. `None` when none did: why is in `refusals`.
    pub fn run(mut self, refusals: &mut Refusals) -> Option<Found> {
        let mut round = Some(Round::Short(self.first));
        while let Some(now) = round {
            if let Some(found) = self.round(now, refusals) {
                return Some(found);
            }
            let goes_on = !self.waiting.is_empty() && !self.budget.expired();
            round = if goes_on { self.after(now) } else { None };
        }
        for candidate in &self.waiting {
            self.gives_up(candidate, refusals);
        }
        None
    }

    fn after(&self, round: Round) -> Option<Round> {
        Some(match round {
            Round::Short(seconds) if seconds * GROWTH < self.long * 0.9 => Round::Short(seconds * GROWTH),
            Round::Short(_) => Round::Measuring,
            Round::Measuring => Round::Long(Doubt::None),
            Round::Long(Doubt::None) => Round::Long(Doubt::Predicted),
            Round::Long(Doubt::Predicted) => Round::Long(Doubt::Measured),
            Round::Long(Doubt::Measured) => Round::Rest,
            Round::Rest => return None,
        })
    }

    /// Every method that waits has its turn, if it has one in this round. What takes long to plan is planned
    /// when what takes a moment has not decided.
    fn round(&mut self, round: Round, refusals: &mut Refusals) -> Option<Found> {
        for (late, last) in [(false, Class::Moment), (true, Class::Complete)] {
            let found = self.each(&mut |turns, at| turns.plan(at, round, late, refusals));
            if found.is_some() {
                return found;
            }
            self.sort();
            let found = self.each(&mut |turns, at| match &turns.waiting[at] {
                candidate if candidate.class <= last => turns.turn(at, round, refusals),
                _ => Turn::Waits,
            });
            if found.is_some() {
                return found;
            }
        }
        None
    }

    /// Takes a step with every method that waits, as long as there is time.
    fn each(&mut self, step: &mut dyn FnMut(&mut Self, usize) -> Turn) -> Option<Found> {
        let mut at = 0;
        while at < self.waiting.len() && !self.budget.expired() {
            match step(self, at) {
                Turn::Decided(found) => return Some(found),
                Turn::Over => drop(self.waiting.remove(at)),
                Turn::Waits => at += 1,
            }
        }
        None
    }

    fn sort(&mut self) {
        let by_seconds = |a: &Candidate<'_>, b: &Candidate<'_>| a.expected.total_cmp(&b.expected);
        self.waiting.sort_by(|a, b| a.class.cmp(&b.class).then_with(|| by_seconds(a, b)));
    }

    /// Plans a method that is not planned yet. An explanation does not wait for the plans of others.
    fn plan(&mut self, at: usize, round: Round, late: bool, refusals: &mut Refusals) -> Turn {
        let limit = if self.waiting.len() == 1 || round == Round::Rest { f64::INFINITY } else { self.long };
        let candidate = &mut self.waiting[at];
        let is_next = candidate.plan.is_none() && candidate.method.plans_late() == late;
        if !is_next || candidate.tried * LONGER >= limit {
            return Turn::Waits;
        }
        if late {
            self.budget.begins(candidate.name);
        }
        let part = self.budget.within(limit);
        match candidate.method.plan(self.problem, &part) {
            Ok(plan) => {
                candidate.expected = plan.seconds;
                candidate.class = candidate.method.class(plan.seconds, self.budget);
                candidate.tried = 0.0;
                candidate.plan = Some(plan);
                let first = candidate.class == Class::Explanation;
                if first { self.turn(at, round, refusals) } else { Turn::Waits }
            }
            Err(_) if part.expired() && !self.budget.expired() => {
                candidate.tried = limit;
                Turn::Waits
            }
            Err(why) => {
                refusals.refused(candidate.name, why);
                Turn::Over
            }
        }
    }

    /// Runs a method that is planned, if it has a turn in this round.
    fn turn(&mut self, at: usize, round: Round, refusals: &mut Refusals) -> Turn {
        let left = self.budget.seconds_left();
        let candidate = &mut self.waiting[at];
        let name = candidate.name;
        if candidate.plan.is_none() {
            return Turn::Waits;
        }
        let Candidate { expected, measured, .. } = *candidate;
        let affordable = if measured { expected <= left * MEASURED } else { is_affordable(expected, left) };
        if self.budget.certain_only && !candidate.method.certain() {
            refusals.uncertain(name, is_affordable(expected, left));
            return Turn::Over;
        }
        candidate.doubt = match affordable || self.unconditional {
            true => Doubt::None,
            false if measured => Doubt::Measured,
            false => Doubt::Predicted,
        };
        if candidate.doubt > Doubt::None && left.is_infinite() {
            candidate.too_slow(refusals);
            return Turn::Over;
        }
        let Some(limit) = self.limit(at, round, left) else { return Turn::Waits };
        let candidate = &mut self.waiting[at];
        let Some(plan) = &candidate.plan else { return Turn::Waits };
        let (budget, part) = (self.budget, self.budget.within(limit));
        budget.begins(name);
        let outcome = plan.run(&part);
        // A method may also find out at work that its turn is too short.
        let is_short = matches!(outcome, Ok(Outcome::Undecided(Why::Time { .. }))) && limit < left;
        let stopped = part.expired() || is_short;
        let ended = budget.expired() || budget.memory_short();
        match outcome {
            Ok(Outcome::Equal(method)) => return Turn::Decided(Found::Equal(method)),
            Ok(Outcome::Differs(lead)) => return Turn::Decided(Found::Differs(lead)),
            outcome if stopped && !ended => {
                candidate.was_stopped(limit, outcome);
                return Turn::Waits;
            }
            Ok(Outcome::Undecided(why)) => refusals.refused(name, why),
            _ if candidate.doubt > Doubt::None => candidate.too_slow(refusals),
            Ok(Outcome::Late(needed)) => refusals.gave_up(name, candidate.expected.max(needed), budget),
            Ok(Outcome::Full(_)) | Err(_) if ended => refusals.gave_up(name, candidate.expected, budget),
            Ok(Outcome::Full(why)) => refusals.full(name, why, budget),
            Err(error) => refusals.refused(name, error.to_string().into()),
        }
        Turn::Over
    }

    /// The seconds of a method's turn in a round; `None` when it has none.
    fn limit(&self, at: usize, round: Round, left: f64) -> Option<f64> {
        let candidate = &self.waiting[at];
        let Candidate { expected, doubt, .. } = *candidate;
        let doubtful = doubt > Doubt::None;
        let alone = self.waiting.len() == 1 && !doubtful;
        let limit = match round {
            _ if alone => f64::INFINITY,
            Round::Short(seconds) if expected * TRUST <= seconds => self.first.max(expected * TRUST),
            // Its class says that it should be tried early.
            Round::Short(_) if candidate.class < Class::Bounded && candidate.tried == 0.0 && !doubtful => {
                (expected * TRUST).min(EARLY * self.first).max(expected * PREDICTED).min(self.long)
            }
            Round::Short(_) => return None,
            Round::Measuring => {
                let unknown =
                    |other: &Candidate<'_>| !other.measured && other.expected * PREDICTED > self.long;
                let useful = self.waiting.len() > LONG_TURNS || self.waiting.iter().any(unknown);
                let can_be = candidate.method.counts_points() && candidate.tried == 0.0;
                return (useful && can_be).then_some(self.first);
            }
            Round::Long(most) if doubt > most => return None,
            Round::Long(_) | Round::Rest if candidate.surely_fits(left) => f64::INFINITY,
            Round::Long(_) if candidate.tried * LONGER >= self.long => return None,
            Round::Long(_) if doubtful || expected * PREDICTED <= self.long => self.long,
            // Others have their turn after it, unless it would be in vain then.
            Round::Long(_) if expected <= left - self.long => (expected * PREDICTED).min(left - self.long),
            Round::Rest if doubt == Doubt::Predicted || expected > left * TRUST => return None,
            Round::Long(_) | Round::Rest => f64::INFINITY,
        };
        // Nothing keeps a method from deciding that is certain to.
        let is_late = |other: &Candidate<'_>| other.surely_fits(left) && !other.surely_fits(left - limit);
        let late = !candidate.surely_fits(left) && self.waiting.iter().any(is_late);
        (!late && candidate.tried * LONGER < limit.min(left)).then_some(limit)
    }

    /// A method has not decided when everything ends.
    fn gives_up(&self, candidate: &Candidate<'_>, refusals: &mut Refusals) {
        match &candidate.plan {
            None => refusals.refused(candidate.name, Why::stopped("it", self.budget)),
            Some(_) if candidate.doubt > Doubt::None => candidate.too_slow(refusals),
            Some(_) => refusals.gave_up(candidate.name, candidate.expected, self.budget),
        }
    }
}

/// Whether a method that is expected to take so long is begun before others that do not fit.
fn is_affordable(seconds: f64, left: f64) -> bool {
    seconds <= if left.is_finite() { left * TRUST } else { PATIENCE }
}
