//! How similar two networks are: exact inner products of the functions that they compute, from the weights
//! alone.
//!
//! For two functions with the same inputs and outputs, `similarity = <f, g> / sqrt(<f, f> <g, g>)` and
//! `distance = |f - g| / |f|`. [`Metric`] says which inner product; they are those of Nissen Gonzalez et al.,
//! arXiv 2605.15183, and two more. A similarity of 1, or a distance of 0, proves something about the
//! functions; what else a number says depends on the metric:
//!
//! | metric | distance 0 means | other values |
//! | --- | --- | --- |
//! | `gaussian`, `symmetric`, `uniform` | the same function | a cosine and a distance of the functions |
//! | a domain | the same values on the domain | the same, on the domain |
//! | `layerwise`, `layerwise symmetric` | the same function | exact for one layer of products only |
//!
//! The three inner products `<f, f>`, `<f, g>`, `<g, g>` are rational numbers, computed exactly. A similarity
//! is then the square root of a rational, which [`Root`] compares with a bound, and writes to any number of
//! digits, without rounding on the way.
//!
//! Samples are not needed for any of this. What it costs depends on the two networks, so `way` predicts the
//! cost of every way to the number, takes the cheapest, and refuses if the [`Budget`] does not suffice:
//!
//! * `moments` compiles both networks into one network without inputs, whose value is the inner products:
//!   layer by layer for `layerwise`, or with products multiplied out (`orders`), which gives the Gaussian and
//!   the symmetric inner product of any number of inputs without expanding anything;
//! * `expanded` writes both functions in orthogonal polynomials (`basis`), in few variables if there is a
//!   linear bottleneck (`narrow`): from their monomials, or from values at points that determine them;
//! * `points` sums over the points of a finite domain.
//!
//! [`matrix`] compares many networks with each other, and computes what belongs to one of them once.
//!
//! [`estimates`] are the numbers that others compute: floats, from weights or samples. They prove nothing.

mod basis;
pub mod estimates;
mod expanded;
mod failure;
mod inner;
pub mod matrix;
mod moments;
mod narrow;
mod orders;
mod points;
mod root;
mod rounded;
mod way;

pub use crate::domain::Metric;
pub use failure::Failure;
pub use inner::{Inner, Pair, Split};
pub(crate) use moments::{layers, squared_norm};
pub use root::{Root, decimal, leading};
pub use rounded::{Bounds, Rounded, RoundedInner};
pub use way::Way;

use crate::budget::Budget;
use expanded::Subject;
use orders::Precision;
use way::Route;

/// Inner products, exact or rounded at every step.
#[derive(Clone, Debug, PartialEq)]
pub enum InnerProducts {
    /// Rationals.
    Exact(Split),
    /// Computed in f64.
    Floats(Rounded),
}

/// Where f64 says too little about similarity and distance, exact numbers that are expected to take no longer
/// than this, in seconds, take its place.
const CHEAP: f64 = 0.25;
/// They may take so many times that.
const TRUSTED: f64 = 4.0;

/// The exact inner products of a pair, by output and by degree.
///
/// # Errors
/// When the question has no meaning, or the budget does not suffice.
pub fn inner_products(pair: &Pair<'_>, budget: &Budget) -> Result<Split, Failure> {
    exact(pair, way::route(pair, None, Precision::Exact, budget)?, budget)
}

/// As [`inner_products`], in a given way.
///
/// # Errors
/// As for [`inner_products`], and when this way does not lead to the metric, or to a domain.
pub fn inner_products_by(way: Way, pair: &Pair<'_>, budget: &Budget) -> Result<Split, Failure> {
    exact(pair, way::route(pair, Some(way), Precision::Exact, budget)?, budget)
}

/// The inner products of a pair in f64, with proven bounds for what rounding changes, where that is quicker
/// than exact numbers; otherwise those. They also take the place of floats that say too little, if that takes
/// a moment only.
///
/// # Errors
/// When the question has no meaning, when the budget does not suffice, and when a number overflows or a norm
/// may have vanished by rounding.
pub fn approximate_inner_products(pair: &Pair<'_>, budget: &Budget) -> Result<InnerProducts, Failure> {
    let compiled = match way::route(pair, None, Precision::Floats, budget)? {
        Route::Compiled(compiled) => compiled,
        route => return exact(pair, route, budget).map(InnerProducts::Exact),
    };
    let floats = compiled.floats();
    if !floats.as_ref().is_ok_and(Rounded::says_enough) {
        let expected = compiled.expected(Precision::Exact);
        if expected.seconds <= CHEAP && failure::allow(budget, expected).is_ok() {
            // The prediction may be far too low.
            match compiled.exact(&budget.within(TRUSTED * CHEAP)) {
                Ok(split) => return Ok(InnerProducts::Exact(split)),
                Err(failure) if budget.expired() => return Err(failure),
                Err(_) => {}
            }
        }
    }
    floats?.checked().map(InnerProducts::Floats)
}

/// The seconds that [`approximate_inner_products`] is expected to take in f64, if it computes in f64 and the
/// budget allows it.
pub fn seconds_in_floats(pair: &Pair<'_>, budget: &Budget) -> Option<f64> {
    match way::route(pair, None, Precision::Floats, budget).ok()? {
        Route::Compiled(compiled) => Some(compiled.expected(Precision::Floats).seconds),
        Route::Expansion(..) | Route::Bottleneck(..) | Route::Points(_) => None,
    }
}

fn exact(pair: &Pair<'_>, route: Route<'_>, budget: &Budget) -> Result<Split, Failure> {
    let originals = [pair.a, pair.b];
    match route {
        Route::Compiled(compiled) => compiled.exact(budget),
        Route::Expansion(product, method) => {
            let subject = Subject { networks: originals, product: &product, originals };
            expanded::inner(&subject, method, budget)
        }
        Route::Bottleneck(narrow, product) => {
            let subject = Subject { networks: [&narrow.a, &narrow.b], product: &product, originals };
            expanded::inner(&subject, None, budget)
        }
        Route::Points(domain) => points::inner(pair.a, pair.b, domain, budget),
    }
}
