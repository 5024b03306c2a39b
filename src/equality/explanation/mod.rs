//! Explaining a difference: on which outputs and in which degrees two networks agree and differ, the
//! coefficients that differ most, and where their hidden units part.
//!
//! A difference is always proved (an unequal coefficient, or an unequal value at a point). An agreement says
//! how it is known: [`Agreement::Proved`], or random evaluation with a bound on the error of the whole list.
//! Where neither could be shown, that is unknown; what does not fit the budget is left out. Nothing here
//! takes part in a verdict.
//!
//! At last, `nearly` looks whether something else may have been meant: both agree on a usual domain, or
//! differ so little that rounding may be the cause.
//!
//! `weights` compares the weights of networks of one architecture. `expansion` compares normal forms where
//! they are small, as the relation says (for equality: `coefficients`); `relation` applies a factor or a
//! shift before. Otherwise `outputs` evaluates at a few points and asks the portfolio about the outputs that
//! agree there, and `lines` looks at homogeneous parts along random lines.

pub(super) mod coefficients;
mod expansion;
mod lines;
mod nearly;
mod outputs;
mod relation;
#[cfg(test)]
mod tests;
mod weights;
mod wiring;

use num_rational::BigRational;

use super::methods::rewrite::{Parting, parting};
use super::problem::Problem;
use super::{Question, Relation};
use crate::budget::Budget;
use crate::domain::InputSet;
use crate::similarity::Root;
pub use weights::{TensorWeights, Weights};
pub use wiring::Wiring;

/// Without a time budget, nothing that is expected to take more seconds than this is begun.
const PATIENCE: f64 = 0.5;
/// The share of the time left that one part may be expected to take.
const SHARE: f64 = 0.25;

/// What is known about a difference, as far as the budget went.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Explanation {
    /// The outputs by row-major position. `Relation::Equal`: where the networks agree on the domain. Up to
    /// scale: where the first is [`scale`](Explanation::scale) times the second. Up to shift: entries along
    /// the last axis whose differences are the same, most of every row, agree with each other, and the others
    /// differ from them.
    pub outputs: Option<Split>,
    /// Up to scale, the positive factor that fits the most outputs.
    pub scale: Option<BigRational>,
    /// Up to shift, an output of every row along the last axis: degrees and coefficients are those of the
    /// differences from it.
    pub references: Vec<usize>,
    /// The degrees of the homogeneous parts that at least one of the networks has. Only everywhere. Up to
    /// scale, the second network is taken times the factor.
    pub degrees: Option<Split>,
    /// The coefficients that differ. Only everywhere.
    pub coefficients: Option<Coefficients>,
    /// The weights that differ, if the networks have one architecture.
    pub weights: Option<Weights>,
    /// Heads that read something else, where that is the only difference.
    pub wiring: Vec<Wiring>,
    /// Where hidden units part. Not up to shift.
    pub parting: Option<Parting>,
    /// A usual domain on which both are related, proved, for networks that were compared everywhere.
    pub agree_on: Option<InputSet>,
    /// The Gaussian distance, exactly, where it is so small that rounding may be the cause. Only for
    /// `Relation::Equal` everywhere.
    pub distance: Option<Root>,
}

/// What agrees, what differs, and what is not known to do either; each ascending.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Split {
    /// These differ, proved.
    pub differ: Vec<usize>,
    /// These agree.
    pub agree: Vec<usize>,
    /// Nothing was shown of these.
    pub unknown: Vec<usize>,
    /// How it is known that all of `agree` do; `None` if there are none.
    pub how: Option<Agreement>,
}

impl Split {
    /// What differs, and the others: they agree if it is known how.
    fn new(differ: Vec<usize>, others: Vec<usize>, how: Option<Agreement>) -> Split {
        let (agree, unknown) = if how.is_some() { (others, Vec::new()) } else { (Vec::new(), others) };
        Split { differ, agree, unknown, how }
    }

    /// Proved lists out of one answer for every position.
    pub(super) fn proved(agrees: impl Iterator<Item = bool>) -> Split {
        let mut split = Split::default();
        for (position, agrees) in agrees.enumerate() {
            if agrees { &mut split.agree } else { &mut split.differ }.push(position);
        }
        split.how = (!split.agree.is_empty()).then_some(Agreement::Proved);
        split
    }
}

/// How an agreement is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Agreement {
    /// By exact arithmetic.
    Proved,
    /// The probability that not all agree is at most `2^-error_log2`.
    Error {
        /// The bound.
        error_log2: u32,
    },
}

/// Coefficients of two networks as polynomials in the entries of their inputs.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Coefficients {
    /// How many differ, over all outputs.
    pub differing: u64,
    /// Those that differ most, the largest difference first; at most [`Coefficients::MOST`].
    pub largest: Vec<Coefficient>,
}

impl Coefficients {
    /// How many coefficients are listed.
    pub const MOST: usize = 20;
}

/// One coefficient in both networks.
#[derive(Clone, Debug, PartialEq)]
pub struct Coefficient {
    /// The output's row-major position.
    pub output: usize,
    /// The monomial: variables, numbered through all inputs in row-major order, with their exponents.
    pub powers: Vec<(usize, u64)>,
    /// In the first network.
    pub a: BigRational,
    /// In the second.
    pub b: BigRational,
}

/// What can be said about two networks that differ, within the budget.
pub fn explain(question: &Question<'_>, budget: &Budget) -> Explanation {
    let mut explanation = related(question, budget).unwrap_or_default();
    if !budget.expired() {
        budget.begins("comparing weights");
        explanation.weights = weights::weights(question.a, question.b, budget);
        explanation.wiring = wiring::wiring(question.a, question.b, budget);
    }
    if question.relation != Relation::UpToShift && !budget.expired() {
        budget.begins("comparing hidden units");
        explanation.parting = parting(question.a, question.b, budget);
    }
    if question.domain.is_everywhere() && nearly::small(question) && !budget.expired() {
        budget.begins("looking for what may have been meant");
        explanation.agree_on = nearly::agree_on(question, budget);
        if question.relation == Relation::Equal {
            explanation.distance = nearly::small_distance(question.a, question.b, budget);
        }
    }
    explanation
}

fn related(question: &Question<'_>, budget: &Budget) -> Option<Explanation> {
    let Question { a, b, relation, domain } = *question;
    budget.begins("comparing outputs and degrees");
    super::fit::check(a, b, domain).ok()?;
    if super::fit::obstacle_to_both(a, b, budget).is_some() {
        return None;
    }
    if relation == Relation::Equal {
        return same(question, budget);
    }
    relation::explain(&Problem::new(a, b, relation, domain, budget).ok()?, budget)
}

/// What can be said about two networks that are to be equal.
fn same(question: &Question<'_>, budget: &Budget) -> Option<Explanation> {
    let Question { a, b, relation, domain } = *question;
    let problem = Problem::new(a, b, relation, domain, budget).ok()?;
    if let Some(explanation) = expansion::explain(&problem, budget) {
        return Some(explanation);
    }
    Some(Explanation {
        outputs: outputs::split(&problem, budget),
        degrees: lines::degrees(&problem, budget),
        ..Explanation::default()
    })
}

/// Whether something that is expected to take so many seconds fits.
fn affordable(seconds: f64, budget: &Budget) -> bool {
    let left = budget.seconds_left();
    seconds <= if left.is_finite() { left * SHARE } else { PATIENCE }
}

/// The bound on the error of a list of `count` agreements, each of which has this one; `None` if nothing is
/// left of it.
fn all_of(error_log2: u32, count: usize) -> Option<Agreement> {
    // count <= 2^(its bits), and the errors add up at most.
    let bits = usize::BITS - count.saturating_sub(1).leading_zeros();
    error_log2.checked_sub(bits).filter(|&bits| bits > 0).map(|error_log2| Agreement::Error { error_log2 })
}
