//! How similar two networks are: exact inner products of the functions that they compute, from the weights alone.
//!
//! For two functions of the same inputs and outputs, `similarity = <f, g> / sqrt(<f, f> <g, g>)` and
//! `distance = |f - g| / |f|`. Which inner product is a [`Metric`]; the metrics are those of Nissen Gonzalez et al.,
//! arXiv 2605.15183, and two more. All three inner products are rational numbers and computed exactly, so similarities
//! and distances are compared with a bound, and written to any number of digits, without rounding on the way
//! ([`Root`]).
//!
//! * `moments` compiles both networks into the network of their moments: layer by layer, or with products multiplied
//!   out, which gives the Gaussian and the symmetric inner product without expanding anything (`orders`);
//! * `expanded` writes both functions in orthogonal polynomials (`basis`);
//! * `narrow` finds a linear bottleneck, and with it few variables for an expansion;
//! * `points` sums over the points of a finite domain;
//! * `way` chooses between the first two by what they are expected to take;
//! * [`estimates`] are the numbers that others compute: floats, from weights or samples. They prove nothing.

mod basis;
pub mod estimates;
mod expanded;
mod failure;
mod inner;
mod moments;
mod narrow;
mod orders;
mod points;
mod root;
mod way;

pub use crate::domain::Metric;
pub use failure::Failure;
pub use inner::{Inner, Split};
pub use root::{Root, decimal};
pub use way::Way;

use crate::budget::Budget;
use crate::domain::Domain;
use crate::network::Network;
use way::{Plan, Values};

/// Two networks and an inner product. The networks have the same input shapes and the same output shape.
#[derive(Clone, Copy, Debug)]
pub struct Pair<'a> {
    /// The first network.
    pub a: &'a Network,
    /// The second.
    pub b: &'a Network,
    /// Which inner product, if there is no domain.
    pub metric: Metric,
    /// A finite domain, on which the inner product is the mean over its points.
    pub domain: Option<&'a Domain>,
}

/// Inner products, exact or rounded at every step.
#[derive(Clone, Debug, PartialEq)]
pub enum Numbers {
    /// Rationals.
    Exact(Split),
    /// Computed in f64.
    Floats(Split<f64>),
}

/// The exact inner products of a pair, by output and by degree.
///
/// # Errors
/// When the question has no meaning, or the budget does not suffice.
pub fn inner_products(pair: &Pair<'_>, budget: &Budget) -> Result<Split, Failure> {
    exact(pair, way::plan(pair, None, Values::Exact, budget)?, budget)
}

/// The same as [`inner_products`], in a given way.
///
/// # Errors
/// As for [`inner_products`], and when this way does not lead to the metric, or to a domain.
pub fn inner_products_by(way: Way, pair: &Pair<'_>, budget: &Budget) -> Result<Split, Failure> {
    exact(pair, way::plan(pair, Some(way), Values::Exact, budget)?, budget)
}

/// The inner products of a pair in f64, rounded at every step, where that is quicker than exact numbers; otherwise
/// those.
///
/// # Errors
/// When the question has no meaning, when the budget does not suffice, and when a number overflows or a norm may have
/// vanished by rounding.
pub fn approximate_inner_products(pair: &Pair<'_>, budget: &Budget) -> Result<Numbers, Failure> {
    match way::plan(pair, None, Values::Floats, budget)? {
        Plan::Layerwise(network) => {
            let split = Split::of_values(pair.a.output_shape(), &orders::floats(&network)?);
            orders::large_enough(&split)?;
            Ok(Numbers::Floats(split))
        }
        Plan::Orders(orders) => orders.floats().map(Numbers::Floats),
        plan => exact(pair, plan, budget).map(Numbers::Exact),
    }
}

/// A network without inputs whose value is the squared norm of a network in the layerwise recursion, summed over its
/// outputs: zero proves that the network is zero (`equality::layerwise`). Not more than `most` contractions, nor blocks of
/// moments, are built.
pub(crate) fn squared_norm(network: &Network, most: usize, budget: &Budget) -> Result<Network, Failure> {
    moments::squared_norm(network, most, budget)
}

/// The levels of products in a network.
pub(crate) fn levels(network: &Network) -> u32 {
    moments::layers(network)
}

/// The seconds that [`approximate_inner_products`] is expected to take in f64, if it computes in f64 and the budget allows
/// it.
pub fn seconds_in_floats(pair: &Pair<'_>, budget: &Budget) -> Option<f64> {
    match way::plan(pair, None, Values::Floats, budget).ok()? {
        Plan::Layerwise(network) => Some(orders::in_floats([&network].into_iter()).seconds),
        Plan::Orders(orders) => Some(orders.expected_in_floats().seconds),
        Plan::Expansion(_) | Plan::Bottleneck(..) | Plan::Points(_) => None,
    }
}

fn exact(pair: &Pair<'_>, plan: Plan<'_>, budget: &Budget) -> Result<Split, Failure> {
    match plan {
        Plan::Layerwise(network) => {
            Ok(Split::of_values(pair.a.output_shape(), &orders::exact(&network, budget)?))
        }
        Plan::Orders(orders) => orders.exact(budget),
        Plan::Expansion(product) => expanded::inner(pair.a, pair.b, &product, budget),
        Plan::Bottleneck(narrow, product) => expanded::inner(&narrow.a, &narrow.b, &product, budget),
        Plan::Points(domain) => points::inner(pair.a, pair.b, domain, budget),
    }
}

/// Squared norms below this may have lost digits, or all: products of numbers below `2^-1022` are rounded to fewer bits.
const LEAST: f64 = 1e-250;

fn check_shapes(pair: &Pair<'_>) -> Result<(), Failure> {
    let inputs =
        |network: &Network| -> Vec<_> { network.inputs().iter().map(|input| input.shape.clone()).collect() };
    let (a, b) = (pair.a, pair.b);
    if inputs(a) != inputs(b) {
        return Err(Failure::Meaningless("the networks have different inputs".to_string()));
    }
    if a.output_shape() != b.output_shape() {
        let message = format!("the outputs have shapes {} and {}", a.output_shape(), b.output_shape());
        return Err(Failure::Meaningless(message));
    }
    Ok(())
}

/// Whether every node that depends on an input is homogeneous, by its structure: the recursion looks at nodes.
fn homogeneous(network: &Network) -> bool {
    moments::homogeneous(network)
}

fn check_homogeneous(pair: &Pair<'_>) -> Result<(), Failure> {
    for (network, which) in [(pair.a, "first"), (pair.b, "second")] {
        if !homogeneous(network) {
            return Err(Failure::Meaningless(format!(
                "`layerwise symmetric` is meant for homogeneous networks (no biases, no residuals around products), \
                 and the {which} is not"
            )));
        }
    }
    Ok(())
}
