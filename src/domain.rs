//! What is compared, and where: relations between networks, and domains of their inputs.
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
