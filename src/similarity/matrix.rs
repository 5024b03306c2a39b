//! Inner products of many networks: what belongs to one network is computed once, and a pair of networks adds
//! one inner product.
//!
//! `<f, g> = E f . E g + Cov(f, g)`, summed over the outputs, where the means are those of the metric (for
//! the symmetric ones, the constants). The means of a network and its norm `<f, f>` are its [`Own`]; a pair
//! needs `Cov(f, g)` only, which is the value of a network without inputs (`moments`). On the points of a
//! domain, the values at all of them are what belongs to a network, if there is room for those of all
//! networks. Where an expansion is quicker, a pair is compared as if there were no others, exactly.
//!
//! Values in f64 do not depend on the clock, on the number of threads or on other pairs: the way is chosen
//! beforehand, from two networks, by predicted cost.

use num_bigint::BigInt;
use num_rational::BigRational;
use num_traits::Zero;

use super::failure::allow;
use super::moments::{self, Reach, Variant};
use super::orders::{Precision, exact, expected};
use super::rounded::{Bounds, RoundedInner};
use super::way::{self, Route};
use super::{Failure, Inner, Metric, Pair, Root, inner_products, points};
use crate::arithmetic::{Halt, bounded_values, degree_range};
use crate::budget::Budget;
use crate::domain::Domain;
use crate::network::{Network, SpectralNorms};

/// Magnitudes are looked at if norms do not show that a similarity is off by less than this.
const ENOUGH: f64 = 1e-8;

/// Which inner products of networks are wanted, and how they are computed.
#[derive(Debug)]
pub struct Matrix<'a> {
    metric: Metric,
    domain: Option<&'a Domain>,
    precision: Precision,
    plan: Plan,
    /// Those of the networks' constants.
    norms: SpectralNorms,
}

/// What a pair needs.
#[derive(Clone, Copy, Debug)]
enum Plan {
    /// The covariance of these moments.
    Moments(Variant, Reach),
    /// The values of both networks at all points.
    Values,
    /// All that it needs without other pairs.
    Alone,
}

/// A number, exact or in f64.
#[derive(Clone, Debug, PartialEq)]
pub enum Number {
    /// The number.
    Exact(BigRational),
    /// What was computed, and a bound for how far it is off.
    Rounded(f64, f64),
}

/// A cosine, exact or between two floats.
#[derive(Clone, Debug, PartialEq)]
pub enum Cosine {
    /// The number.
    Exact(Root),
    /// Floats that it is between.
    Rounded(Bounds),
}

/// What belongs to one network.
#[derive(Clone, Debug, PartialEq)]
pub struct Own {
    /// `<f, f>`
    pub norm: Number,
    shared: Shared,
}

/// What pairs of a network have in common.
#[derive(Clone, Debug, PartialEq)]
enum Shared {
    Nothing,
    /// The means of the outputs,
    Means(Vec<BigRational>),
    /// and in f64, with bounds for how far they are off.
    Rounded(Vec<f64>, Vec<f64>),
    /// The outputs at all points over a common denominator.
    Values {
        values: Vec<BigInt>,
        denominator: BigInt,
        points: u64,
    },
}

impl Number {
    /// A float that is close, and a bound for how far.
    fn rounded(&self) -> (f64, f64) {
        match self {
            Number::Rounded(value, error) => (*value, *error),
            Number::Exact(value) if value.is_zero() => (0.0, 0.0),
            Number::Exact(value) => {
                let near = Root::new(value, value * value).to_f64();
                (near, (near.abs() * f64::EPSILON).max(f64::MIN_POSITIVE))
            }
        }
    }

    /// The floats that it is between.
    pub fn bounds(&self) -> Bounds {
        let (value, error) = self.rounded();
        Bounds::around(value, error)
    }

    /// Whether it is zero, or may be.
    pub fn may_be_zero(&self) -> bool {
        match self {
            Number::Exact(value) => value.is_zero(),
            Number::Rounded(..) => self.bounds().low <= 0.0,
        }
    }
}

/// Whether neither network has more than one layer of products, and one has products of more than two
/// operands: there are few ways to pair two.
fn is_shallow(pair: &Pair<'_>) -> bool {
    let long = |network| !degree_range(network).is_ok_and(|range| range.highest().is_some_and(|d| d <= 2));
    moments::layers(pair.a).max(moments::layers(pair.b)) <= 1 && (long(pair.a) || long(pair.b))
}

/// The moments of a pair: one layer of products reads what is affine in the input, so the recursion gives the
/// same as products that are multiplied out.
fn recursion(pair: &Pair<'_>, variant: Variant, reach: Reach) -> (Variant, Reach) {
    match variant {
        Variant::Gaussian if is_shallow(pair) => (variant, Reach::Layer),
        _ => (variant, reach),
    }
}

/// The sum of the products of numbers over two common denominators, divided by the number of points.
fn mean_product(a: (&[BigInt], &BigInt), b: (&[BigInt], &BigInt), points: u64) -> BigRational {
    let sum: BigInt = a.0.iter().zip(b.0).map(|(x, y)| x * y).sum();
    BigRational::new(sum, a.1 * b.1 * BigInt::from(points.max(1)))
}

/// `<a, b> / sqrt(<a, a> <b, b>)`; `None` if a norm is zero, or may be.
pub fn cosine(aa: &Number, ab: &Number, bb: &Number) -> Option<Cosine> {
    if let (Number::Exact(aa), Number::Exact(ab), Number::Exact(bb)) = (aa, ab, bb) {
        let inner = Inner { aa: aa.clone(), ab: ab.clone(), bb: bb.clone() };
        return inner.similarity().map(Cosine::Exact);
    }
    let [aa, ab, bb] = [aa, ab, bb].map(Number::rounded);
    let values = Inner { aa: aa.0, ab: ab.0, bb: bb.0 };
    let errors = Inner { aa: aa.1, ab: ab.1, bb: bb.1 };
    RoundedInner { values: &values, errors: &errors }.similarity().map(Cosine::Rounded)
}

impl<'a> Matrix<'a> {
    /// Inner products of so many networks that have the structure of these two, in f64 where that can be
    /// done without expanding, if `floats`. The budget's memory is that for one pair; its time does not
    /// matter.
    ///
    /// # Errors
    /// When the question has no meaning for the networks, or no way to the numbers can be taken.
    pub fn new(
        pair: &Pair<'a>,
        networks: usize,
        floats: bool,
        budget: &Budget,
    ) -> Result<Matrix<'a>, Failure> {
        pair.check_shapes()?;
        let precision = if floats { Precision::Floats } else { Precision::Exact };
        let endless = Budget::default().memory(budget.memory).stopped_by(budget.stop());
        let norms = SpectralNorms::default();
        // What a split by order would take does not matter.
        if pair.metric == Metric::Gaussian && pair.domain.is_none() && is_shallow(pair) {
            let recursion = (Variant::Gaussian, Reach::Layer);
            let covariance = moments::covariance(pair.a, pair.b, recursion, &endless);
            if covariance.is_ok_and(|network| allow(&endless, expected([&network], precision)).is_ok()) {
                let plan = Plan::Moments(Variant::Gaussian, Reach::Input);
                return Ok(Matrix { metric: pair.metric, domain: None, precision, plan, norms });
            }
        }
        let plan = match way::route(pair, None, precision, &endless)? {
            Route::Compiled(compiled) => {
                let (variant, reach) = compiled.recursion();
                Plan::Moments(variant, reach)
            }
            Route::Points(domain) => {
                let size = points::size(pair.a, domain).map_or(f64::INFINITY, |one| one * networks as f64);
                if size <= budget.memory as f64 / 4.0 { Plan::Values } else { Plan::Alone }
            }
            Route::Expansion(..) | Route::Bottleneck(..) => Plan::Alone,
        };
        Ok(Matrix { metric: pair.metric, domain: pair.domain, precision, plan, norms })
    }

    /// The same, as a word: two that have the same one give the same numbers in f64.
    pub fn way(&self) -> &'static str {
        match (self.plan, self.precision) {
            (Plan::Moments(..), Precision::Floats) => "moments in f64",
            (_, Precision::Exact) => "exact",
            (_, Precision::Floats) => "exact, rounded",
        }
    }

    /// What belongs to one network.
    ///
    /// # Errors
    /// When the budget does not suffice, and when a number overflows.
    pub fn own(&self, network: &Network, budget: &Budget) -> Result<Own, Failure> {
        let pair = Pair { a: network, b: network, metric: self.metric, domain: self.domain };
        let recursion = match (self.plan, self.domain) {
            (Plan::Moments(variant, reach), _) => recursion(&pair, variant, reach),
            (Plan::Values, Some(domain)) => {
                let (values, denominator, points) = points::values(network, domain, budget)?;
                let norm = mean_product((&values, &denominator), (&values, &denominator), points);
                let shared = Shared::Values { values, denominator, points };
                return Ok(Own { norm: Number::Exact(norm), shared });
            }
            _ => return Ok(Own { norm: self.alone(&pair, budget)?, shared: Shared::Nothing }),
        };
        if recursion == (Variant::Symmetric, Reach::Layer) {
            pair.check_homogeneous()?;
        }
        let mean = moments::mean(network, recursion, budget)?;
        allow(budget, expected([&mean], self.precision))?;
        let shared = match self.precision {
            Precision::Exact => Shared::Means(exact(&mean, budget)?.into_data()),
            Precision::Floats => {
                let mean = bounded_values(&mean, 0.0, &self.norms)?;
                let errors = (0..mean.values.data().len()).map(|position| mean.error(position)).collect();
                Shared::Rounded(mean.values.into_data(), errors)
            }
        };
        let own = Own { norm: Number::Exact(BigRational::zero()), shared };
        let norm = self.moments(&pair, recursion, [&own, &own], budget)?;
        Ok(Own { norm, ..own })
    }

    /// `<a, b>` of two networks, each with what belongs to it.
    ///
    /// # Errors
    /// When the networks do not fit together, when the budget does not suffice, and when a number overflows.
    pub fn cross(
        &self,
        a: (&Network, &Own),
        b: (&Network, &Own),
        budget: &Budget,
    ) -> Result<Number, Failure> {
        let pair = Pair { a: a.0, b: b.0, metric: self.metric, domain: self.domain };
        pair.check_shapes()?;
        match (self.plan, &a.1.shared, &b.1.shared) {
            (Plan::Moments(variant, reach), ..) => {
                self.moments(&pair, recursion(&pair, variant, reach), [a.1, b.1], budget)
            }
            (
                _,
                Shared::Values { values: of_a, denominator: by_a, points },
                Shared::Values { values: of_b, denominator: by_b, .. },
            ) => Ok(Number::Exact(mean_product((of_a, by_a), (of_b, by_b), *points))),
            _ => self.alone(&pair, budget),
        }
    }

    /// A pair by itself.
    fn alone(&self, pair: &Pair<'_>, budget: &Budget) -> Result<Number, Failure> {
        Ok(Number::Exact(inner_products(pair, budget)?.total().ab))
    }

    /// A pair by the moments of both.
    fn moments(
        &self,
        pair: &Pair<'_>,
        recursion: (Variant, Reach),
        [a, b]: [&Own; 2],
        budget: &Budget,
    ) -> Result<Number, Failure> {
        let covariance = moments::covariance(pair.a, pair.b, recursion, budget)?;
        allow(budget, expected([&covariance], self.precision))?;
        match (&a.shared, &b.shared) {
            (Shared::Means(of_a), Shared::Means(of_b)) => {
                let products = of_a.iter().zip(of_b).map(|(x, y)| x * y);
                Ok(Number::Exact(exact(&covariance, budget)?.into_data().into_iter().chain(products).sum()))
            }
            (Shared::Rounded(of_a, errors_a), Shared::Rounded(of_b, errors_b)) => {
                let size = (a.norm.rounded().0 * b.norm.rounded().0).sqrt();
                let covariance = bounded_values(&covariance, ENOUGH * size, &self.norms)?;
                let values = &covariance.values;
                let (mut sum, mut all) = (0.0, 0.0);
                for value in values.data() {
                    sum += value;
                    all += value.abs();
                }
                let mut error = covariance.error_of_sum(0..values.data().len());
                for ((x, e), (y, f)) in of_a.iter().zip(errors_a).zip(of_b.iter().zip(errors_b)) {
                    sum += x * y;
                    error += x.abs() * f + e * y.abs() + e * f;
                    all += (x * y).abs() + f64::MIN_POSITIVE;
                }
                if !sum.is_finite() {
                    let what = "an inner product is too large for a double-precision number";
                    return Err(Halt::Range(what.to_string()).into());
                }
                // Every term is in fewer sums than there are terms, after one product at most.
                let sums = (2 * values.data().len() + 4) as f64 * f64::EPSILON;
                let error = (error + sums * all) * (1.0 + 1e-9);
                Ok(Number::Rounded(sum, if error.is_nan() { f64::INFINITY } else { error }))
            }
            _ => self.alone(pair, budget),
        }
    }
}
