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
mod inner;
mod moments;
mod narrow;
mod orders;
mod points;
mod root;
mod way;

use std::fmt;
use std::sync::Arc;

use thiserror::Error;

pub use crate::domain::Metric;
pub use inner::{Inner, Split};
pub use root::{Root, decimal};
pub use way::Way;

use crate::arithmetic::{Budget, Halt};
use crate::domain::Domain;
use crate::needs::{duration, memory_size};
use crate::network::{BuildError, EvaluateError, Network};
use moments::MOST_TERMS;
use points::MOST_POINTS;
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

/// What may be used.
#[derive(Clone)]
pub struct Limits {
    /// Bytes.
    pub memory: u64,
    /// Seconds: what is expected to take several times as long is not begun.
    pub seconds: f64,
    /// Asked often, from any thread: whether to stop.
    pub stop: Arc<dyn Fn() -> bool + Send + Sync>,
}

impl fmt::Debug for Limits {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Limits")
            .field("memory", &self.memory)
            .field("seconds", &self.seconds)
            .finish_non_exhaustive()
    }
}

impl Default for Limits {
    /// 4 GiB and all the time in the world.
    fn default() -> Limits {
        Limits { memory: 4 << 30, seconds: f64::INFINITY, stop: Arc::new(|| false) }
    }
}

impl Limits {
    /// An error when this many bytes are too many, or it is time to stop.
    fn check(&self, bytes: u64) -> Result<(), Failure> {
        if bytes > self.memory {
            return Err(Failure::Memory(bytes));
        }
        if (self.stop)() { Err(Failure::Stopped) } else { Ok(()) }
    }

    /// An error when something is expected to take more than there is.
    fn allow(&self, expected: Expected) -> Result<(), Failure> {
        if expected.bytes > BEYOND || expected.seconds > BEYOND {
            return Err(Failure::TooLarge);
        }
        self.check(expected.bytes as u64)?;
        if expected.seconds > TRUST * self.seconds {
            return Err(Failure::Time(expected.seconds));
        }
        Ok(())
    }

    fn budget(&self) -> Budget {
        Budget::bits(1 << 31, self.memory.saturating_mul(8)).stopped_by(self.stop.clone())
    }
}

/// Predictions may be off by this factor before something is refused for lack of time.
const TRUST: f64 = 4.0;

/// No machine has so many bytes or seconds.
const BEYOND: f64 = 1e14;

/// What a computation is expected to take.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Expected {
    seconds: f64,
    bytes: f64,
}

/// Why there is no number.
#[derive(Clone, Debug, PartialEq, Error)]
pub enum Failure {
    /// The networks do not fit together, or the metric is not meant for them.
    #[error("{0}")]
    Meaningless(String),
    /// It would take too much memory, in bytes.
    #[error("about {} of memory would be needed", memory_size(*.0 as f64))]
    Memory(u64),
    /// It would take too long, in seconds.
    #[error("it would take {}", duration(*.0))]
    Time(f64),
    /// There are too many ways to pair the operands of the products.
    #[error("the products have too many operands: there are more than {MOST_TERMS} ways to pair them")]
    TooManyTerms,
    /// No budget would do.
    #[error("it would take more memory or time than any machine has")]
    TooLarge,
    /// A domain has too many points to visit each.
    #[error("the domain has more than {MOST_POINTS} points, and each would be visited")]
    TooManyPoints,
    /// A norm is zero, or too small for f64.
    #[error("a norm is zero or too small for f64; exact inner products (without --float) tell which")]
    Underflow,
    /// The time is up.
    #[error("the time is up")]
    Stopped,
    /// A tensor of moments would be too large.
    #[error("the network of moments cannot be built: {0}")]
    Build(#[from] BuildError),
    /// An evaluation stopped.
    #[error(transparent)]
    Evaluate(#[from] EvaluateError),
}

impl From<Halt> for Failure {
    fn from(halt: Halt) -> Failure {
        Failure::Evaluate(EvaluateError::Halt(halt))
    }
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
/// When the question has no meaning, or the limits do not suffice.
pub fn inner_products(pair: &Pair<'_>, limits: &Limits) -> Result<Split, Failure> {
    exact(pair, way::plan(pair, None, Values::Exact, limits)?, limits)
}

/// The same as [`inner_products`], in a given way.
///
/// # Errors
/// As for [`inner_products`], and when this way does not lead to the metric, or to a domain.
pub fn inner_products_by(way: Way, pair: &Pair<'_>, limits: &Limits) -> Result<Split, Failure> {
    exact(pair, way::plan(pair, Some(way), Values::Exact, limits)?, limits)
}

/// The inner products of a pair in f64, rounded at every step, where that is quicker than exact numbers; otherwise
/// those.
///
/// # Errors
/// When the question has no meaning, when the limits do not suffice, and when a number overflows or a norm may have
/// vanished by rounding.
pub fn approximate_inner_products(pair: &Pair<'_>, limits: &Limits) -> Result<Numbers, Failure> {
    match way::plan(pair, None, Values::Floats, limits)? {
        Plan::Layerwise(network) => {
            let split = Split::of_values(pair.a.output_shape(), &orders::floats(&network)?);
            orders::large_enough(&split)?;
            Ok(Numbers::Floats(split))
        }
        Plan::Orders(orders) => orders.floats().map(Numbers::Floats),
        plan => exact(pair, plan, limits).map(Numbers::Exact),
    }
}

/// A network without inputs whose value is the squared norm of a network in the layerwise recursion, summed over its
/// outputs: zero proves that the network is zero (`equality::layerwise`). Not more than `most` contractions, nor blocks of
/// moments, are built.
pub(crate) fn squared_norm(network: &Network, most: usize, limits: &Limits) -> Result<Network, Failure> {
    moments::squared_norm(network, most, limits)
}

/// The levels of products in a network.
pub(crate) fn levels(network: &Network) -> u32 {
    moments::layers(network)
}

/// The seconds that [`approximate_inner_products`] is expected to take in f64, if it computes in f64 and the limits allow
/// it.
pub fn seconds_in_floats(pair: &Pair<'_>, limits: &Limits) -> Option<f64> {
    match way::plan(pair, None, Values::Floats, limits).ok()? {
        Plan::Layerwise(network) => Some(orders::in_floats([&network].into_iter()).seconds),
        Plan::Orders(orders) => Some(orders.expected_in_floats().seconds),
        Plan::Expansion(_) | Plan::Bottleneck(..) | Plan::Points(_) => None,
    }
}

fn exact(pair: &Pair<'_>, plan: Plan<'_>, limits: &Limits) -> Result<Split, Failure> {
    match plan {
        Plan::Layerwise(network) => {
            Ok(Split::of_values(pair.a.output_shape(), &orders::exact(&network, limits)?))
        }
        Plan::Orders(orders) => orders.exact(limits),
        Plan::Expansion(product) => expanded::inner(pair.a, pair.b, &product, limits),
        Plan::Bottleneck(narrow, product) => expanded::inner(&narrow.a, &narrow.b, &product, limits),
        Plan::Points(domain) => points::inner(pair.a, pair.b, domain, limits),
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
