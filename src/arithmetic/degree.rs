//! Bounds for degrees, found by running the network on degrees instead of numbers.

use num_rational::BigRational;
use num_traits::Zero;

use super::{Arithmetic, Halt};
use crate::budget::Stop;
use crate::network::{Data, EvaluateError, Network, Tensor, evaluate_until};

/// Bounds for the total degrees of the monomials of a polynomial.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum DegreeRange {
    /// The polynomial is zero: it has no monomials.
    Zero,
    /// Every monomial has a degree from `lowest` to `highest`. `u64::MAX` as `highest` means that no bound is
    /// known.
    Between {
        /// No monomial has a lower degree.
        lowest: u64,
        /// No monomial has a higher degree.
        highest: u64,
    },
}

impl DegreeRange {
    /// All monomials have this degree.
    pub fn exactly(degree: u64) -> DegreeRange {
        DegreeRange::Between { lowest: degree, highest: degree }
    }

    /// An upper bound for the degree (0 for the zero polynomial), `None` when it is above `u64::MAX - 1`.
    pub fn highest(self) -> Option<u64> {
        match self {
            DegreeRange::Zero => Some(0),
            DegreeRange::Between { highest, .. } => (highest != u64::MAX).then_some(highest),
        }
    }

    /// Whether every monomial is known to have the same degree. The zero polynomial is homogeneous of any
    /// degree.
    pub fn is_homogeneous(self) -> bool {
        match self {
            DegreeRange::Zero => true,
            DegreeRange::Between { lowest, highest } => lowest == highest && highest != u64::MAX,
        }
    }

    /// Bounds that hold for both: those of a sum, and of a pair.
    pub fn join(self, other: DegreeRange) -> DegreeRange {
        match (self, other) {
            (DegreeRange::Zero, range) | (range, DegreeRange::Zero) => range,
            (
                DegreeRange::Between { lowest: a, highest: b },
                DegreeRange::Between { lowest: c, highest: d },
            ) => DegreeRange::Between { lowest: a.min(c), highest: b.max(d) },
        }
    }

    fn product(self, other: DegreeRange) -> DegreeRange {
        match (self, other) {
            (DegreeRange::Zero, _) | (_, DegreeRange::Zero) => DegreeRange::Zero,
            (
                DegreeRange::Between { lowest: a, highest: b },
                DegreeRange::Between { lowest: c, highest: d },
            ) => DegreeRange::Between { lowest: a.saturating_add(c), highest: b.saturating_add(d) },
        }
    }
}

/// The element that all are, if there are any and all are the same.
fn uniform(all: &[DegreeRange]) -> Option<DegreeRange> {
    all.first().copied().filter(|first| all.iter().all(|other| other == first))
}

/// The semiring of degree ranges. A constant that is not zero has degree 0, and zero is known to be zero.
#[derive(Clone, Copy, Debug, Default)]
pub struct Degrees;

impl Arithmetic for Degrees {
    type Element = DegreeRange;

    fn from_rational(&self, value: &BigRational) -> Result<DegreeRange, Halt> {
        Ok(if value.is_zero() { self.zero() } else { self.one() })
    }

    fn zero(&self) -> DegreeRange {
        DegreeRange::Zero
    }

    fn one(&self) -> DegreeRange {
        DegreeRange::exactly(0)
    }

    fn add(&self, a: &DegreeRange, b: &DegreeRange) -> DegreeRange {
        a.join(*b)
    }

    fn multiply(&self, a: &DegreeRange, b: &DegreeRange) -> DegreeRange {
        a.product(*b)
    }

    fn from_data(&self, data: &Data) -> Result<Vec<DegreeRange>, Halt> {
        let element = |zero: bool| if zero { self.zero() } else { self.one() };
        Ok(data.zeros().into_iter().map(element).collect())
    }

    /// Of a row and a column that are each the same throughout, as in products of weights, one product tells.
    fn matmul(
        &self,
        (m, k, n): (usize, usize, usize),
        a: &[DegreeRange],
        b: &[DegreeRange],
    ) -> Vec<DegreeRange> {
        let rows = |all: &[DegreeRange], count: usize| -> Vec<Option<DegreeRange>> {
            (0..count).map(|row| uniform(&all[row * k..(row + 1) * k])).collect()
        };
        let (of_a, of_b) = (rows(a, m), rows(b, n));
        let mut product = Vec::with_capacity(m * n);
        for row in 0..m {
            for column in 0..n {
                product.push(match (of_a[row], of_b[column]) {
                    (Some(one), Some(other)) => one.product(other),
                    _ => {
                        let (a, b) = (&a[row * k..(row + 1) * k], &b[column * k..(column + 1) * k]);
                        let each = a.iter().zip(b).map(|(a, b)| a.product(*b));
                        each.fold(DegreeRange::Zero, DegreeRange::join)
                    }
                });
            }
        }
        product
    }

    /// A sum of multiples of some elements is bounded by what bounds those that are not multiplied by zero.
    fn matmul_data(
        &self,
        batch: usize,
        (m, k, n): (usize, usize, usize),
        a: &[DegreeRange],
        b: &Data,
    ) -> Result<Vec<DegreeRange>, Halt> {
        let zeros = b.zeros();
        let mut product = Vec::with_capacity(batch * m * n);
        for row in 0..batch * m {
            let a = &a[row * k..(row + 1) * k];
            let first = uniform(a);
            let zeros = &zeros[(row / m) * n * k..(row / m + 1) * n * k];
            for column in 0..n {
                let zeros = &zeros[column * k..(column + 1) * k];
                product.push(match first {
                    // All are the same: it only matters whether there is one.
                    Some(first) if zeros.contains(&false) => first,
                    Some(_) => DegreeRange::Zero,
                    None => a
                        .iter()
                        .zip(zeros)
                        .filter(|&(_, zero)| !zero)
                        .fold(DegreeRange::Zero, |all, (range, _)| all.join(*range)),
                });
            }
        }
        Ok(product)
    }
}

/// Bounds for the degree of every output entry, where an entry of input `i` counts as degree `degrees[i]`: 1
/// for a variable, 0 for an input that is held fixed.
pub fn output_degrees(network: &Network, degrees: &[u64]) -> Result<Tensor<DegreeRange>, EvaluateError> {
    output_degrees_until(&Stop::never(), network, degrees)
}

/// [`output_degrees`], which fails soon after `stop` is set.
pub fn output_degrees_until(
    stop: &Stop,
    network: &Network,
    degrees: &[u64],
) -> Result<Tensor<DegreeRange>, EvaluateError> {
    let inputs = network.inputs().iter().zip(degrees);
    let inputs =
        inputs.map(|(input, &degree)| Tensor::filled(input.shape.clone(), DegreeRange::exactly(degree)));
    evaluate_until(stop, &Degrees, network, &inputs.collect::<Vec<_>>())
}

/// Bounds for the total degree of all output entries together.
pub fn degree_range(network: &Network) -> Result<DegreeRange, EvaluateError> {
    let degrees = output_degrees(network, &vec![1; network.inputs().len()])?;
    Ok(degrees.data().iter().copied().fold(DegreeRange::Zero, DegreeRange::join))
}
