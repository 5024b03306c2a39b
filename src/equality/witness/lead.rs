//! A point where two networks differ: as a method finds it, and as a witness is made of it.

use num_rational::BigRational;

use super::outputs::Outputs;
use crate::arithmetic::PrimeField;
use crate::equality::coordinates::Point;
use crate::network::Tensor;

/// A point of the domain where the networks differ modulo a prime, so that they differ.
#[derive(Clone, Debug)]
pub(crate) struct Lead {
    /// Where.
    pub point: Point,
    /// Modulo what. The prime divides no denominator of either network.
    pub field: PrimeField,
    /// The values of both networks there, where the point is as simple as it needs to be.
    pub known: Option<Outputs>,
}

/// Where the networks differ: an input on the domain, an output, and a prime that shows it.
#[derive(Clone, Debug)]
pub(crate) struct Counterexample {
    /// The input.
    pub input: Vec<Tensor<BigRational>>,
    /// The flat position of the first output whose residues differ.
    pub output: usize,
    /// Modulo what they differ.
    pub field: PrimeField,
    /// The values of both networks there, if they are known.
    pub known: Option<Outputs>,
}
