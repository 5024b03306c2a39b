//! Inner products of many networks: what belongs to one network is computed once, and a pair of networks adds
//! one inner product.
//!
//! `<f, g> = E f . E g + Cov(f, g)`, summed over the outputs, where the means are those of the metric (for
//! the symmetric ones, the constants). The means of a network and its norm `<f, f>` are its [`Own`]; a pair
//! needs `Cov(f, g)` only, which is the value of a network without inputs (`moments`). Where an expansion or
//! a walk over the points of a domain is quicker, a pair is compared as if there were no others, exactly.
//!
//! Values in f64 do not depend on the clock, on the number of threads or on other pairs: the way is chosen
//! beforehand, from two networks, by predicted cost.

use num_rational::BigRational;
use num_traits::Zero;

use super::failure::allow;
use super::moments::{self, Reach, Variant};
use super::orders::{Precision, exact, expected};
use super::rounded::{Bounds, RoundedInner};
use super::way::{self, Route};
use super::{Failure, Inner, Metric, Pair, Root, inner_products};
use crate::arithmetic::bounded_values;
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
    /// `None`: every pair by itself.
    recursion: Option<(Variant, Reach)>,
    /// Those of the networks' constants.
    norms: SpectralNorms,
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
    means: Means,
}

/// The means of the outputs.
#[derive(Clone, Debug, PartialEq)]
enum Means {
    /// Pairs are compared by themselves.
    Unused,
    Exact(Vec<BigRational>),
    /// With bounds for how far they are off.
    Rounded(Vec<f64>, Vec<f64>),
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
    /// Inner products of networks that have the structure of these two, in f64 where that can be done
    /// without expanding, if `floats`. The budget's memory is that for one pair; its time does not matter.
    ///
    /// # Errors
    /// When the question has no meaning for the networks, or no way to the numbers can be taken.
    pub fn new(pair: &Pair<'a>, floats: bool, budget: &Budget) -> Result<Matrix<'a>, Failure> {
        pair.check_shapes()?;
        let precision = if floats { Precision::Floats } else { Precision::Exact };
        let endless = Budget::default().memory(budget.memory).stopped_by(budget.stop());
        let recursion = match way::route(pair, None, precision, &endless)? {
            Route::Compiled(compiled) => Some(compiled.recursion()),
            Route::Expansion(..) | Route::Bottleneck(..) | Route::Points(_) => None,
        };
        let norms = SpectralNorms::default();
        Ok(Matrix { metric: pair.metric, domain: pair.domain, precision, recursion, norms })
    }

    /// The same, as a word: two that have the same one give the same numbers in f64.
    pub fn way(&self) -> &'static str {
        match (self.recursion, self.precision) {
            (Some(_), Precision::Floats) => "moments in f64",
            (_, Precision::Exact) => "exact",
            (None, Precision::Floats) => "exact, rounded",
        }
    }

    /// What belongs to one network.
    ///
    /// # Errors
    /// When the budget does not suffice, and when a number overflows.
    pub fn own(&self, network: &Network, budget: &Budget) -> Result<Own, Failure> {
        let pair = Pair { a: network, b: network, metric: self.metric, domain: self.domain };
        let Some(recursion) = self.recursion else {
            return Ok(Own { norm: self.alone(&pair, budget)?, means: Means::Unused });
        };
        if recursion == (Variant::Symmetric, Reach::Layer) {
            pair.check_homogeneous()?;
        }
        let mean = moments::mean(network, recursion, budget)?;
        allow(budget, expected([&mean], self.precision))?;
        let means = match self.precision {
            Precision::Exact => Means::Exact(exact(&mean, budget)?.into_data()),
            Precision::Floats => {
                let (values, errors) = bounded_values(&mean, 0.0, &self.norms)?;
                Means::Rounded(values.into_data(), errors)
            }
        };
        let own = Own { norm: Number::Exact(BigRational::zero()), means };
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
        match self.recursion {
            Some(recursion) => self.moments(&pair, recursion, [a.1, b.1], budget),
            None => self.alone(&pair, budget),
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
        match (&a.means, &b.means) {
            (Means::Exact(of_a), Means::Exact(of_b)) => {
                let products = of_a.iter().zip(of_b).map(|(x, y)| x * y);
                Ok(Number::Exact(exact(&covariance, budget)?.into_data().into_iter().chain(products).sum()))
            }
            (Means::Rounded(of_a, errors_a), Means::Rounded(of_b, errors_b)) => {
                let size = (a.norm.rounded().0 * b.norm.rounded().0).sqrt();
                let (values, errors) = bounded_values(&covariance, ENOUGH * size, &self.norms)?;
                let (mut sum, mut error, mut all) = (0.0, 0.0, 0.0);
                for (value, off) in values.data().iter().zip(&errors) {
                    sum += value;
                    error += off;
                    all += value.abs();
                }
                for ((x, e), (y, f)) in of_a.iter().zip(errors_a).zip(of_b.iter().zip(errors_b)) {
                    sum += x * y;
                    error += x.abs() * f + e * y.abs() + e * f;
                    all += (x * y).abs() + f64::MIN_POSITIVE;
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
