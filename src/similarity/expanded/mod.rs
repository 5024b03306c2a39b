//! The metrics that are inner products of functions, by writing both networks in orthogonal polynomials.
//!
//! In a basis of orthogonal polynomials, one variable at a time, an inner product is a sum over basis
//! elements of the product of two coefficients and a norm. So a polynomial `f` is rewritten as `sum_a f_a
//! p_a1(x_1) .. p_an(x_n)`, and `<f, g> = sum_a f_a g_a |p_a1|^2 .. |p_an|^2`. The symmetric metric needs no
//! other basis: monomials are orthogonal in it, with norm `a!/|a|!` (Bombieri).
//!
//! The degree of a basis element splits the sum: by Hermite order, by degree, and so on.
//!
//! There are two ways to the coefficients, which share no code: [`sparse`] expands the networks into
//! monomials, [`interpolated`] evaluates them. The first is quicker where there are few monomials for the
//! degree, the other where there are many. Predictions choose, and where one fails the other is tried.

mod cost;
pub(super) mod interpolated;
mod space;
pub(super) mod sparse;

pub(super) use space::{Law, Product, Subject};

use self::interpolated::Plan;
use super::Failure;
use super::failure::{Expected, allow};
use super::inner::Split;
use crate::budget::Budget;
use crate::calibration::TRUST;

/// An expansion that is expected to take less than this, in seconds, needs no other way.
const MOMENT: f64 = 0.01;
/// A method may take so many seconds before the other is tried, however little was expected.
const LEAST: f64 = 1.0;

/// How the coefficients are found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Method {
    Sparse,
    Interpolated,
}

/// What each method is expected to take, or why it cannot be used.
type Expectations = [(Method, Result<Expected, Failure>); 2];

/// What the methods are expected to take, all or only one.
fn expectations(
    subject: &Subject<'_>,
    only: Option<Method>,
    budget: &Budget,
) -> Result<Expectations, Failure> {
    let other = || Failure::Meaningless("another method is asked for".to_string());
    let [a, b] = subject.networks;
    let sparse = match only {
        Some(Method::Interpolated) => Err(other()),
        _ => cost::expected(a, b, subject.product, budget),
    };
    let interpolated = match (&sparse, only) {
        (Err(Failure::Stopped), _) => return Err(Failure::Stopped),
        (_, Some(Method::Sparse)) => Err(other()),
        (Ok(expected), _) if expected.seconds < MOMENT => Err(other()),
        _ => Plan::new(subject, budget).map(|plan| plan.expected()),
    };
    if matches!(interpolated, Err(Failure::Stopped)) {
        return Err(Failure::Stopped);
    }
    Ok([(Method::Sparse, sparse), (Method::Interpolated, interpolated)])
}

/// What the quickest method is expected to take that the budget allows, of all or only one.
pub(super) fn expected(
    subject: &Subject<'_>,
    only: Option<Method>,
    budget: &Budget,
) -> Result<Expected, Failure> {
    match expectations(subject, only, budget)? {
        [(_, Ok(sparse)), (_, Ok(interpolated))] => {
            let fits = |expected| allow(budget, expected).is_ok();
            let quicker = interpolated.seconds < sparse.seconds || !fits(sparse);
            // Where nothing fits, what lacks less is said.
            let fits = fits(interpolated) || !fits(sparse) && interpolated.bytes < sparse.bytes;
            Ok(if quicker && fits { interpolated } else { sparse })
        }
        // What an expansion into monomials lacks is easier to say.
        [(_, sparse), (_, Err(_))] if only.is_none() => sparse,
        [(_, sparse), (_, interpolated)] => interpolated.or(sparse),
    }
}

/// The inner products of all outputs, by degree; not by degree where whole points are put in. The quickest
/// method comes first, and if it takes far longer than expected, or more memory, the other.
pub(super) fn inner(subject: &Subject<'_>, only: Option<Method>, budget: &Budget) -> Result<Split, Failure> {
    let [a, b] = subject.networks;
    let by = |method: Method, budget: &Budget| match method {
        Method::Sparse => sparse::inner(a, b, subject.product, budget),
        Method::Interpolated => Plan::new(subject, budget)?.inner(budget),
    };
    if let Some(method) = only {
        return by(method, budget);
    }
    let mut ways: Vec<(Method, Expected)> = Vec::new();
    for (method, expected) in expectations(subject, only, budget)? {
        ways.extend(
            expected.ok().filter(|&expected| allow(budget, expected).is_ok()).map(|one| (method, one)),
        );
    }
    ways.sort_by(|(_, one), (_, other)| one.seconds.total_cmp(&other.seconds));
    match ways.as_slice() {
        [(first, expected), (second, _)] => {
            let limited = budget.within((TRUST * expected.seconds).max(LEAST));
            by(*first, &limited).or_else(|failure| match failure {
                _ if budget.expired() => Err(failure),
                _ => by(*second, budget),
            })
        }
        [(method, _)] => by(*method, budget),
        // An expansion into monomials says why not.
        _ => by(Method::Sparse, budget),
    }
}
