//! Statements about similarity and distance, and evidence that is made of inner products.

use serde::{Deserialize, Serialize};

use super::Number;
use crate::domain::Metric;

/// The numbers that two models have.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum QuantityName {
    /// `<f, g> / sqrt(<f, f> <g, g>)`
    Similarity,
    /// `sqrt(<f - g, f - g> / <f, f>)`
    Distance,
}

/// The inner products.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MetricName {
    /// The mean of `f(x) . g(x)` for standard normal `x`.
    Gaussian,
    /// `sum_a c_a d_a a!/|a|!` over monomials a with coefficients c and d.
    Symmetric,
    /// The mean of `f(x) . g(x)` for entries of `x` uniform on `[-1, 1]`.
    Uniform,
    /// The mean of `f(x) . g(x)` over the points of a finite domain.
    Domain,
    /// The layerwise recursion.
    Layerwise,
    /// The layerwise recursion for the symmetric inner product.
    LayerwiseSymmetric,
}

/// The inner products of two models f and g.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct InnerProduct {
    /// `<f, f>`
    pub aa: Number,
    /// `<f, g>`
    pub ab: Number,
    /// `<g, g>`
    pub bb: Number,
}

/// A difference whose norm by the layerwise recursion is zero.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Layerwise {
    /// Up to scale, the factor `c`; else `null`.
    pub scale: Option<Number>,
    /// The largest level of a product in the models.
    pub levels: u64,
}

impl From<Metric> for MetricName {
    fn from(metric: Metric) -> MetricName {
        match metric {
            Metric::Gaussian => MetricName::Gaussian,
            Metric::Symmetric => MetricName::Symmetric,
            Metric::Uniform => MetricName::Uniform,
            Metric::Layerwise => MetricName::Layerwise,
            Metric::LayerwiseSymmetric => MetricName::LayerwiseSymmetric,
        }
    }
}
