//! The methods that decide problems: a file each, the table of them all, and what they have in common: what
//! each says about itself, when it is tried, and how it ends.
//!
//! A new method is a file with a [`Procedure`], a line in `METHODS`, and an [`Approach`] by which it is asked
//! for alone.

pub(crate) mod dense_form;
pub(crate) mod grid;
pub(crate) mod layerwise;
pub(crate) mod normal_form;
pub(crate) mod random;
pub(crate) mod rewrite;

use super::Method;
use super::problem::Problem;
use super::witness::Lead;
use crate::budget::Budget;
use crate::network::EvaluateError;
use crate::shortage::Why;

/// All methods. Those of one class that are expected to take equally long are tried in this order.
pub(crate) static METHODS: [&dyn Procedure; 6] = [
    &rewrite::Rewriting,
    &layerwise::Layerwise,
    &grid::Grid,
    &normal_form::NormalForm,
    &random::Random { everywhere: false },
    &random::Random { everywhere: true },
];

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

    /// The name by which it is asked for.
    pub fn name(self) -> &'static str {
        self.words().0
    }

    /// What it is, in a few words.
    pub fn summary(self) -> &'static str {
        self.words().1
    }

    /// The method of that name.
    pub fn named(name: &str) -> Option<Approach> {
        Approach::ALL.into_iter().find(|approach| approach.name() == name)
    }

    fn words(self) -> (&'static str, &'static str) {
        match self {
            Approach::Rewrite => {
                ("rewrite", "Hidden units of one model recognised in the other: it refutes nothing")
            }
            Approach::Layerwise => ("layerwise", "An exact layerwise distance of zero: it refutes nothing"),
            Approach::Grid => ("grid", "Points that determine the difference, modulo primes"),
            Approach::NormalForm => ("normal-form", "Expansion into polynomials"),
            Approach::RandomEvaluation => (
                "random-evaluation",
                "Random points modulo random primes: not a proof, but a bound on the error",
            ),
        }
    }

    /// Whether it can prove equalities only, and not all of them.
    pub fn is_partial(self) -> bool {
        matches!(self, Approach::Rewrite | Approach::Layerwise)
    }
}

/// A complete method that is expected to take less than this is preferred to random evaluation.
const MOMENT: f64 = 0.05;
/// Without a time budget, a method that is expected to take longer than this is not begun.
pub(crate) const PATIENCE: f64 = 86_400.0;

/// A way to decide problems.
pub(crate) trait Procedure: Sync {
    /// What [`decide_by`](crate::equality::decide_by) calls it.
    fn approach(&self) -> Approach;

    /// Its name on a problem, as in "by random evaluation".
    fn name(&self, problem: &Problem<'_>) -> &'static str;

    /// Whether its "equal" is a proof.
    fn certain(&self) -> bool {
        true
    }

    /// Whether it is about problems of this kind.
    fn applies(&self, _: &Problem<'_>) -> bool {
        true
    }

    /// Whether to plan it takes so long that what takes a moment is tried before.
    fn plans_late(&self) -> bool {
        false
    }

    /// Whether it knows what it takes in all once it has had a turn, because it counts its points.
    fn counts_points(&self) -> bool {
        false
    }

    /// When it is tried, if it is expected to take so many seconds.
    fn class(&self, seconds: f64, _: &Budget) -> Class {
        if self.certain() { Class::of_certain(seconds) } else { Class::Bounded }
    }

    /// What it would do; or why it cannot be used.
    fn plan<'p>(&self, problem: &'p Problem<'_>, budget: &Budget) -> Result<Plan<'p>, Why>;
}

/// The order of trying; within a class, what is expected to take less is tried first. What is expected to
/// take long waits until what is not has been tried, whatever its class (`turns.rs`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Class {
    /// Takes about as long as random evaluation, and explains what it proves.
    Explanation,
    /// A proof that takes a moment is better than a bounded error.
    Moment,
    /// The layerwise distance decides many equalities, not all, and may take a little longer for it.
    Distance,
    /// The probability of an error is bounded.
    Bounded,
    /// A proof that takes longer.
    Complete,
}

impl Class {
    /// The class of a proof.
    pub fn of_certain(seconds: f64) -> Class {
        if seconds < MOMENT { Class::Moment } else { Class::Complete }
    }
}

/// What carries a plan out.
pub(crate) type Run<'p> = Box<dyn Fn(&Budget) -> Result<Outcome, EvaluateError> + 'p>;

/// What a method would do for a problem.
pub(crate) struct Plan<'p> {
    /// Predicted seconds.
    pub seconds: f64,
    /// In words, such as "245157 points modulo 3 primes".
    pub what: String,
    /// What carries it out.
    pub run: Run<'p>,
}

impl Plan<'_> {
    /// Carries the plan out.
    pub fn run(&self, budget: &Budget) -> Result<Outcome, EvaluateError> {
        (self.run)(budget)
    }
}

/// How one method ended.
#[derive(Clone, Debug)]
pub(crate) enum Outcome {
    /// The networks are the same on the domain.
    Equal(Method),
    /// They differ there.
    Differs(Lead),
    /// The method could not tell, and why.
    Undecided(Why),
    /// The method ran out of room, and how.
    Full(Why),
    /// The budget stopped the method; as far as it had come, it would have taken this many seconds.
    Late(f64),
}

/// A method that works through a known number of points, and the time that it takes for them.
pub(crate) struct Progress {
    all: f64,
    done: f64,
    /// What was left of the time budget in the beginning.
    left: f64,
}

impl Progress {
    /// Begins with so many points to come.
    pub fn new(all: f64, budget: &Budget) -> Progress {
        Progress { all, done: 0.0, left: budget.seconds_left() }
    }

    /// Some points are done.
    pub fn advance(&mut self, points: usize) {
        self.done += points as f64;
    }

    /// The outcome when the budget is used up.
    pub fn late(&self, budget: &Budget) -> Outcome {
        Outcome::Late(self.expected(self.left - budget.seconds_left()))
    }

    /// The seconds that all points take, when so many were spent on those that are done.
    pub fn expected(&self, spent: f64) -> f64 {
        let seconds = spent * self.all / self.done;
        // Without a limit on time, or before the first point, nothing is known.
        if seconds.is_finite() { seconds } else { 0.0 }
    }
}

/// What a method is expected to take. Predictions only choose an order and are never part of a proof.
#[derive(Clone, Debug, PartialEq)]
pub struct Estimate {
    /// The method's name, as in "by random evaluation".
    pub method: &'static str,
    /// What it would do, such as "245157 points modulo 3 primes"; or why it cannot be used.
    pub what: String,
    /// Predicted seconds; `None` when it cannot be used.
    pub seconds: Option<f64>,
    /// Whether its "equal" is a proof.
    pub certain: bool,
}
