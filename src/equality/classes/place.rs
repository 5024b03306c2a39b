//! Where values that separate classes are.

use num_rational::BigRational;

use crate::network::Tensor;

/// An entry of the output at an input.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// One tensor per input, on the domain.
    pub input: Vec<Tensor<BigRational>>,
    /// The multi-index of the output.
    pub output: Vec<usize>,
}
