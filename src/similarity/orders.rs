//! Inner products as the values of networks without inputs, which `moments` compiles: those of the layerwise
//! recursion, or true ones without expanding. For these, products are multiplied out down to what is affine
//! in the input, and their moments follow from Isserlis' theorem, one network for every Hermite order (or
//! degree).

use num_rational::BigRational;

use super::failure::{Expected, bits};
use super::inner::{Inner, Split};
use super::moments::{self, Part, Reach, Variant};
use super::rounded::Rounded;
use super::{Failure, Pair};
use crate::arithmetic::{Height, exact_seconds, exact_values, float_values};
use crate::budget::Budget;
use crate::calibration::{FLOAT_CONTRACTION, FLOAT_MULTIPLICATION};
use crate::network::{Network, Shape, Tensor, cost};

/// How exactly values are wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Precision {
    Exact,
    Floats,
}

/// Networks without inputs whose values are the inner products of a pair.
pub(super) struct Compiled {
    shape: Shape,
    /// The parts of every order; without a split by order, the whole.
    parts: Vec<(u64, Network)>,
    splits: bool,
    recursion: (Variant, Reach),
}

impl Compiled {
    /// The layerwise recursion of a pair.
    pub fn layerwise(pair: &Pair<'_>, variant: Variant, budget: &Budget) -> Result<Compiled, Failure> {
        let recursion = (variant, Reach::Layer);
        let whole = moments::compile(pair.a, pair.b, recursion, Part::Whole, budget)?;
        Ok(Compiled {
            shape: pair.a.output_shape().clone(),
            parts: vec![(0, whole)],
            splits: false,
            recursion,
        })
    }

    /// The true moments of a pair, up to an order that neither network exceeds.
    pub fn by_order(
        pair: &Pair<'_>,
        variant: Variant,
        highest: u64,
        budget: &Budget,
    ) -> Result<Compiled, Failure> {
        let (mut parts, recursion) = (Vec::new(), (variant, Reach::Input));
        for order in 0..=highest {
            let part = Part::Order(usize::try_from(order).map_err(|_| Failure::TooManyTerms)?);
            parts.push((order, moments::compile(pair.a, pair.b, recursion, part, budget)?));
        }
        Ok(Compiled { shape: pair.a.output_shape().clone(), parts, splits: true, recursion })
    }

    /// Which moments these are.
    pub fn recursion(&self) -> (Variant, Reach) {
        self.recursion
    }

    /// The expected cost of computing them.
    pub fn expected(&self, precision: Precision) -> Expected {
        expected(self.parts.iter().map(|(_, network)| network), precision)
    }

    /// The exact inner products.
    pub fn exact(&self, budget: &Budget) -> Result<Split, Failure> {
        let mut by_degree = Vec::new();
        let mut all = Split::zeros(&self.shape);
        for (order, network) in &self.parts {
            let part = Split::of_values(&self.shape, &exact(network, budget)?);
            let sum = part.total();
            if sum != Inner::default() {
                by_degree.push((*order, sum));
            }
            all.add_outputs(&part);
        }
        Ok(Split { by_degree: self.splits.then_some(by_degree), ..all })
    }

    /// The inner products in f64, with bounds for their errors.
    pub fn floats(&self) -> Result<Rounded, Failure> {
        let mut parts = Vec::with_capacity(self.parts.len());
        for (order, network) in &self.parts {
            parts.push((*order, float_values(network, &[])?));
        }
        Ok(Rounded::of_parts(&self.shape, &parts, self.splits))
    }
}

/// The expected cost of the values of networks without inputs.
pub(super) fn expected<'a>(
    networks: impl IntoIterator<Item = &'a Network>,
    precision: Precision,
) -> Expected {
    let threads = rayon::current_num_threads().max(1) as f64;
    let mut all = Expected { seconds: 0.0, bytes: 0.0 };
    for network in networks {
        let cost = cost(network);
        let (seconds, each) = match precision {
            // Residues of several primes, and before them bounds.
            Precision::Exact => {
                let each = (threads * size_of::<f64>() as f64).max(size_of::<Height>() as f64);
                (exact_seconds(network, &[]), each)
            }
            Precision::Floats => {
                let nodes = network.nodes().len() as f64;
                // Once on the numbers, once on their magnitudes.
                let once = cost.once * FLOAT_MULTIPLICATION + nodes * FLOAT_CONTRACTION;
                (2.0 * once, size_of::<f64>() as f64)
            }
        };
        all.seconds += seconds;
        all.bytes = all.bytes.max(cost.live_once * each);
    }
    all
}

/// The exact value of a network without inputs.
pub(super) fn exact(network: &Network, budget: &Budget) -> Result<Tensor<BigRational>, Failure> {
    Ok(exact_values(network, &[], &bits(budget))?)
}
