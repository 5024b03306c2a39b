//! How similar two networks are: exact inner products of the functions that they compute, from the weights alone.
//!
//! For two functions of the same inputs and outputs, `similarity = <f, g> / sqrt(<f, f> <g, g>)` and
//! `distance = |f - g| / |f|`. Which inner product is a [`Metric`]; the metrics are those of Nissen Gonzalez et al.,
//! arXiv 2605.15183, and two more. All three inner products are rational numbers and computed exactly, so similarities
//! and distances are compared with a bound, and written to any number of digits, without rounding on the way
//! ([`Root`]).
//!
//! * `expanded` writes both functions in orthogonal polynomials (`basis`);
//! * `moments` compiles both networks into the network of their layerwise moments. For networks with one layer of
//!   products that is the Gaussian and the symmetric inner product, without expanding anything;
//! * `points` sums over the points of a finite domain.

mod basis;
mod expanded;
mod inner;
mod moments;
mod points;
mod root;

use std::fmt;
use std::sync::Arc;

use num_rational::BigRational;
use thiserror::Error;

pub use crate::domain::Metric;
pub use inner::{Inner, Split};
pub use root::{Root, decimal};

use crate::arithmetic::{Budget, Floats, Halt, exact_values};
use crate::domain::{Domain, InputSet};
use crate::network::{BuildError, EvaluateError, Network, Tensor, evaluate};
use basis::Measure;
use expanded::Product;
use moments::{Part, Variant};
use points::MOST_POINTS;

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
    /// Asked often, from any thread: whether to stop.
    pub stop: Arc<dyn Fn() -> bool + Send + Sync>,
}

impl fmt::Debug for Limits {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Limits").field("memory", &self.memory).finish_non_exhaustive()
    }
}

impl Default for Limits {
    /// 4 GiB and all the time in the world.
    fn default() -> Limits {
        Limits { memory: 4 << 30, stop: Arc::new(|| false) }
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

    fn budget(&self) -> Budget {
        Budget::bits(1 << 31, self.memory.saturating_mul(8)).stopped_by(self.stop.clone())
    }
}

/// Why there is no number.
#[derive(Clone, Debug, PartialEq, Error)]
pub enum Failure {
    /// The networks do not fit together, or the metric is not meant for them.
    #[error("{0}")]
    Meaningless(String),
    /// It would take too much memory, in bytes.
    #[error("about {} MB of memory would be needed", .0 >> 20)]
    Memory(u64),
    /// There are too many ways to pair the operands of the products.
    #[error("the products have too many operands: there are more than 200,000 ways to pair them")]
    TooManyTerms,
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

/// The exact inner products of a pair, by output and by degree.
///
/// # Errors
/// When the question has no meaning, or the limits do not suffice.
pub fn inner_products(pair: &Pair<'_>, limits: &Limits) -> Result<Split, Failure> {
    check_shapes(pair)?;
    let Pair { a, b, metric, domain } = *pair;
    if let Some(domain) = domain {
        return on_domain(a, b, domain, limits);
    }
    let one_layer = moments::depth(a).level <= 1 && moments::depth(b).level <= 1;
    let of_inputs = |measure: Measure| vec![measure; a.inputs().len()];
    match metric {
        Metric::Gaussian if one_layer => layerwise(pair, Variant::Gaussian, limits),
        Metric::Gaussian => expanded::inner(a, b, &Product::Measures(&of_inputs(Measure::Normal)), limits),
        Metric::Uniform => expanded::inner(a, b, &Product::Measures(&of_inputs(Measure::Interval)), limits),
        Metric::Symmetric if one_layer && homogeneous(a) && homogeneous(b) => {
            layerwise(pair, Variant::Symmetric, limits)
        }
        Metric::Symmetric => expanded::inner(a, b, &Product::Symmetric, limits),
        Metric::Layerwise => layerwise(pair, Variant::Gaussian, limits),
        Metric::LayerwiseSymmetric => {
            check_homogeneous(pair)?;
            layerwise(pair, Variant::Symmetric, limits)
        }
    }
}

/// The inner products of the layerwise recursion in f64: fast, rounded at every step.
///
/// # Errors
/// When the question has no meaning, when the limits do not suffice, and when a number overflows or a norm may have
/// vanished by rounding.
pub fn layerwise_floats(pair: &Pair<'_>, limits: &Limits) -> Result<Split<f64>, Failure> {
    check_shapes(pair)?;
    let variant = match pair.metric {
        Metric::LayerwiseSymmetric | Metric::Symmetric => {
            check_homogeneous(pair)?;
            Variant::Symmetric
        }
        _ => Variant::Gaussian,
    };
    let network = moments::compile(pair.a, pair.b, variant, Part::Whole, limits)?;
    let values = Floats::finite(evaluate(&Floats, &network, &[])?)?;
    let split = by_output(pair.a, &values);
    let total = split.total();
    if total.aa < LEAST || total.bb < LEAST {
        return Err(Failure::Underflow);
    }
    Ok(split)
}

/// Squared norms below this may have lost digits, or all: products of numbers below `2^-1022` are rounded to fewer bits.
const LEAST: f64 = 1e-250;

/// Whether [`layerwise_floats`] gives this metric's true value, up to rounding.
pub fn floats_are_true(pair: &Pair<'_>) -> bool {
    let one_layer = moments::depth(pair.a).level <= 1 && moments::depth(pair.b).level <= 1;
    let whole = pair.domain.is_none();
    whole
        && match pair.metric {
            Metric::Gaussian => one_layer,
            Metric::Symmetric => one_layer && homogeneous(pair.a) && homogeneous(pair.b),
            Metric::Uniform => false,
            Metric::Layerwise | Metric::LayerwiseSymmetric => true,
        }
}

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

/// The mean over the points of a domain.
fn on_domain(a: &Network, b: &Network, domain: &Domain, limits: &Limits) -> Result<Split, Failure> {
    let sets: Option<Vec<Measure>> = domain
        .0
        .iter()
        .map(|set| match set {
            InputSet::Finite(values) => Some(Measure::Set(values.clone())),
            InputSet::Everything | InputSet::OneHot | InputSet::Points(_) => None,
        })
        .collect();
    match sets {
        Some(measures) => expanded::inner(a, b, &Product::Measures(&measures), limits),
        None => points::inner(a, b, domain, limits),
    }
}

/// The recursion, exactly.
fn layerwise(pair: &Pair<'_>, variant: Variant, limits: &Limits) -> Result<Split, Failure> {
    let Pair { a, b, .. } = *pair;
    let (depth_a, depth_b) = (moments::depth(a), moments::depth(b));
    let value = |part: Part| -> Result<Tensor<BigRational>, Failure> {
        let network = moments::compile(a, b, variant, part, limits)?;
        Ok(exact_values(&network, &[], &limits.budget())?)
    };
    if depth_a.level > 1 || depth_b.level > 1 || variant == Variant::Symmetric {
        return Ok(by_output(a, &value(Part::Whole)?));
    }
    // One layer of products: the number of pairs across is the Hermite order.
    let mut orders: Vec<(u64, Inner)> = Vec::new();
    let mut total: Vec<(Vec<usize>, Inner)> = Vec::new();
    for order in 0..=depth_a.operands.max(depth_b.operands) {
        let part = by_output(a, &value(Part::Order(order))?);
        let sum = part.total();
        if sum != Inner::default() {
            orders.push((order as u64, sum));
        }
        if total.is_empty() {
            total = part.by_output;
        } else {
            total.iter_mut().zip(&part.by_output).for_each(|((_, total), (_, part))| total.add(part));
        }
    }
    Ok(Split { by_output: total, by_degree: Some(orders) })
}

/// The value of a compiled network, with shape `[3, ..output]`, output by output.
fn by_output<T: Clone>(a: &Network, values: &Tensor<T>) -> Split<T> {
    let shape = a.output_shape();
    let size = shape.size();
    let data = values.data();
    let by_output = (0..size)
        .map(|i| {
            let inner =
                Inner { aa: data[i].clone(), ab: data[size + i].clone(), bb: data[2 * size + i].clone() };
            (shape.unravel(i), inner)
        })
        .collect();
    Split { by_output, by_degree: None }
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
