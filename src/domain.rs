//! What is compared, and where: relations between networks, inner products of them, and domains of their inputs.
//!
//! The words of a question, shared by all who ask, answer or check one.

use num_rational::BigRational;

use crate::network::Tensor;

/// When two networks count as the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Relation {
    /// `f = g`
    Equal,
    /// `f = c g` for a rational `c > 0`
    UpToScale,
    /// All entries of `f - g` along the last axis agree.
    UpToShift,
}

/// An inner product of functions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Metric {
    /// `E[f(x) . g(x)]` for standard normal `x`.
    Gaussian,
    /// The Frobenius product of the symmetric coefficient tensors, degree by degree (Bombieri): for coefficients c and
    /// d of monomials a, `sum_a c_a d_a a!/|a|!`.
    Symmetric,
    /// `E[f(x) . g(x)]` for `x` with entries uniform on `[-1, 1]`.
    Uniform,
    /// The layerwise recursion of the paper: what every layer of products reads is taken to be Gaussian. Exact for one
    /// layer of products, an approximation for more.
    Layerwise,
    /// The layerwise recursion for the symmetric inner product, of homogeneous networks.
    LayerwiseSymmetric,
}

impl Metric {
    /// All of them.
    pub const ALL: [Metric; 5] =
        [Metric::Gaussian, Metric::Symmetric, Metric::Uniform, Metric::Layerwise, Metric::LayerwiseSymmetric];

    /// The name in claims and on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Metric::Gaussian => "gaussian",
            Metric::Symmetric => "symmetric",
            Metric::Uniform => "uniform",
            Metric::Layerwise => "layerwise",
            Metric::LayerwiseSymmetric => "layerwise symmetric",
        }
    }
}

/// The set of inputs on which networks are compared: a product of one set per input.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Domain(pub Vec<InputSet>);

/// The set that one input ranges over.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum InputSet {
    /// Every tensor of the input's shape.
    Everything,
    /// Every entry is one of these (distinct, ascending, at least one).
    Finite(Vec<BigRational>),
    /// Every vector along the last axis has a single 1 and is 0 elsewhere.
    OneHot,
    /// One of these tensors (distinct, at least one), each of the input's shape.
    Points(Vec<Tensor<BigRational>>),
}

impl Domain {
    /// All inputs, for a network with this many inputs.
    pub fn everywhere(inputs: usize) -> Domain {
        Domain(vec![InputSet::Everything; inputs])
    }

    /// Whether it leaves no input out.
    pub fn is_everywhere(&self) -> bool {
        self.0.iter().all(|set| matches!(set, InputSet::Everything))
    }
}
