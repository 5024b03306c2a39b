//! True inner products without expanding: products are multiplied out down to what is affine in the input,
//! and their moments follow from Isserlis' theorem, one network for every Hermite order (or degree).

use num_rational::BigRational;

use super::failure::{Expected, bits};
use super::inner::{Inner, LEAST_NORM, Split};
use super::moments::{self, Part, Reach, Variant};
use super::{Failure, Pair};
use crate::arithmetic::{Floats, Height, exact_seconds, exact_values};
use crate::budget::Budget;
use crate::calibration::{FLOAT_CONTRACTION, FLOAT_MULTIPLICATION};
use crate::network::{Network, Shape, Tensor, cost, evaluate};

/// Networks without inputs: the part of the inner products of every order.
pub(super) struct Orders {
    shape: Shape,
    parts: Vec<(u64, Network)>,
}

impl Orders {
    /// Compiles the moments of a pair, up to an order that neither network exceeds.
    pub fn compile(
        pair: &Pair<'_>,
        variant: Variant,
        highest: u64,
        budget: &Budget,
    ) -> Result<Orders, Failure> {
        let mut parts = Vec::new();
        for order in 0..=highest {
            let part = Part::Order(usize::try_from(order).map_err(|_| Failure::TooManyTerms)?);
            parts.push((order, moments::compile(pair.a, pair.b, (variant, Reach::Input), part, budget)?));
        }
        Ok(Orders { shape: pair.a.output_shape().clone(), parts })
    }

    /// The expected cost of computing them exactly.
    pub fn expected(&self) -> Expected {
        exactly(self.parts.iter().map(|(_, network)| network))
    }

    /// The expected cost of computing them in f64.
    pub fn expected_in_floats(&self) -> Expected {
        in_floats(self.parts.iter().map(|(_, network)| network))
    }

    /// The exact inner products.
    pub fn exact(&self, budget: &Budget) -> Result<Split, Failure> {
        self.sum(|network| Ok(exact_values(network, &[], &bits(budget))?))
    }

    /// The inner products in f64.
    pub fn floats(&self) -> Result<Split<f64>, Failure> {
        let split = self.sum(floats)?;
        large_enough(&split).map(|()| split)
    }

    fn sum<T: Clone + Default + PartialEq + std::ops::AddAssign<T>>(
        &self,
        value: impl Fn(&Network) -> Result<Tensor<T>, Failure>,
    ) -> Result<Split<T>, Failure> {
        let mut by_degree = Vec::new();
        let mut total = Vec::new();
        for (order, network) in &self.parts {
            let part = Split::of_values(&self.shape, &value(network)?);
            let sum = part.total();
            if sum != Inner::default() {
                by_degree.push((*order, sum));
            }
            if total.is_empty() {
                total = part.by_output;
            } else {
                total.iter_mut().zip(&part.by_output).for_each(|((_, total), (_, part))| total.add(part));
            }
        }
        Ok(Split { by_output: total, by_degree: Some(by_degree) })
    }
}

/// The expected cost of the exact values of networks without inputs.
pub(super) fn exactly<'a>(networks: impl Iterator<Item = &'a Network>) -> Expected {
    let threads = rayon::current_num_threads().max(1) as f64;
    let mut all = Expected { seconds: 0.0, bytes: 0.0 };
    for network in networks {
        all.seconds += exact_seconds(network, &[]);
        // Residues of several primes, and before them bounds.
        let each = (threads * size_of::<f64>() as f64).max(size_of::<Height>() as f64);
        all.bytes = all.bytes.max(cost(network).live_once * each);
    }
    all
}

/// The expected cost of their values in f64.
pub(super) fn in_floats<'a>(networks: impl Iterator<Item = &'a Network>) -> Expected {
    let mut all = Expected { seconds: 0.0, bytes: 0.0 };
    for network in networks {
        let cost = cost(network);
        all.seconds += cost.once * FLOAT_MULTIPLICATION + network.nodes().len() as f64 * FLOAT_CONTRACTION;
        all.bytes = all.bytes.max(cost.live_once * size_of::<f64>() as f64);
    }
    all
}

/// The value of a network without inputs in f64.
pub(super) fn floats(network: &Network) -> Result<Tensor<f64>, Failure> {
    Ok(Floats::finite(evaluate(&Floats, network, &[])?)?)
}

/// Norms that are zero, or of which digits may be missing, are refused.
pub(super) fn large_enough(split: &Split<f64>) -> Result<(), Failure> {
    let total = split.total();
    if total.aa < LEAST_NORM || total.bb < LEAST_NORM { Err(Failure::Underflow) } else { Ok(()) }
}

/// The exact value of a network without inputs.
pub(super) fn exact(network: &Network, budget: &Budget) -> Result<Tensor<BigRational>, Failure> {
    Ok(exact_values(network, &[], &bits(budget))?)
}
