//! Linear centred kernel alignment (CKA) of the outputs of two networks on the same samples.
//!
//! With the outputs at N samples as the rows of X and Y, and the mean of every column taken off,
//! `CKA = |Y^T X|^2 / (|X^T X| |Y^T Y|)` in Frobenius norms (Kornblith, Norouzi, Lee, Hinton, *Similarity of
//! neural network representations revisited*, ICML 2019, equation 3). It is between 0 and 1, and does not see
//! orthogonal maps of outputs, their scale, nor constants that are added. With few samples it is too high,
//! because anything aligns where there are fewer samples than outputs.

use super::floats::{overflow, sum};
use super::samples::{Samples, for_each_batch};
use crate::arithmetic::{Arithmetic, Floats};
use crate::budget::Budget;
use crate::network::Network;
use crate::similarity::Failure;
use crate::similarity::failure::check;

/// The alignment of two networks.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Alignment {
    /// How many samples there were.
    pub samples: usize,
    /// From 0 to 1.
    pub value: f64,
}

/// Outputs whose standard deviation is this part of their size, or less, are taken to be constant: they may
/// vary by rounding alone.
const CONSTANT: f64 = 1e-13;

/// Estimates from samples. The networks have the same inputs; their outputs may have different shapes.
///
/// # Errors
/// When the samples do not fit, when the outputs of a network are the same at all of them, when numbers are
/// too large for f64, and when the budget does not suffice.
pub fn alignment(
    a: &Network,
    b: &Network,
    samples: &Samples<'_>,
    budget: &Budget,
) -> Result<Alignment, Failure> {
    let sizes = [a.output_shape().size(), b.output_shape().size()];
    let count = samples.count();
    if count == 1 {
        return Err(Failure::Meaningless("CKA needs at least two samples".to_string()));
    }
    let [p, q] = sizes.map(|size| size as f64);
    // The three products, twice while a batch is added.
    let needed = (16.0 * (p * p + p * q + q * q)) as u64;
    check(budget, needed)?;
    let mut products = Products::new(sizes);
    let rest = budget.clone().memory(budget.memory.saturating_sub(needed));
    for_each_batch((a, b), samples, &rest, |points, x, y| products.add(points, x, y))?;
    products.alignment()
}

/// The products of centred columns, of the samples so far.
struct Products {
    count: usize,
    sizes: [usize; 2],
    /// The outputs at the first sample, which are taken off all others: what is constant is exactly 0 then.
    origins: [Vec<f64>; 2],
    means: [Vec<f64>; 2],
    /// The sum of the squares of all outputs.
    squares: [f64; 2],
    /// `X^T X`, `X^T Y` and `Y^T Y`, as [`SIDES`] has them.
    products: [Vec<f64>; 3],
}

const SIDES: [(usize, usize); 3] = [(0, 0), (0, 1), (1, 1)];

impl Products {
    fn new(sizes: [usize; 2]) -> Products {
        Products {
            count: 0,
            sizes,
            origins: [Vec::new(), Vec::new()],
            means: sizes.map(|size| vec![0.0; size]),
            squares: [0.0; 2],
            products: SIDES.map(|(left, right)| vec![0.0; sizes[left] * sizes[right]]),
        }
    }

    /// Adds a batch by the update of Chan, Golub and LeVeque (*Algorithms for computing the sample variance*,
    /// The American Statistician 37, 1983): products about the means of both parts, and of the differences of
    /// these means.
    fn add(&mut self, points: usize, x: &[f64], y: &[f64]) {
        let (before, added) = (self.count as f64, points as f64);
        let mut columns: [Vec<f64>; 2] = Default::default();
        let mut steps: [Vec<f64>; 2] = Default::default();
        for (side, outputs) in [x, y].into_iter().enumerate() {
            let size = self.sizes[side];
            if self.count == 0 {
                self.origins[side] = outputs[..size].to_vec();
            }
            self.squares[side] += sum(outputs.iter().map(|output| output * output));
            for column in 0..size {
                let origin = self.origins[side][column];
                let entries = || (0..points).map(|point| outputs[point * size + column] - origin);
                let mean = sum(entries()) / added;
                columns[side].extend(entries().map(|entry| entry - mean));
                steps[side].push(mean - self.means[side][column]);
                self.means[side][column] += steps[side][column] * added / (before + added);
            }
        }
        let weight = before * added / (before + added);
        for (total, (left, right)) in self.products.iter_mut().zip(SIDES) {
            let (rows, width) = (self.sizes[left], self.sizes[right]);
            let product = Floats::VALUES.matmul((rows, points, width), &columns[left], &columns[right]);
            for (position, (total, product)) in total.iter_mut().zip(product).enumerate() {
                *total += product + weight * steps[left][position / width] * steps[right][position % width];
            }
        }
        self.count += points;
    }

    fn alignment(&self) -> Result<Alignment, Failure> {
        let trace = |matrix: &[f64], size: usize| sum((0..size).map(|i| matrix[i * size + i]));
        let [xx, xy, yy] = &self.products;
        let varied = [trace(xx, self.sizes[0]), trace(yy, self.sizes[1])];
        let norm = |matrix: &[f64]| {
            // The largest entry is taken out: squares of squares easily leave the range of f64.
            let largest = matrix.iter().fold(0.0f64, |largest, entry| largest.max(entry.abs()));
            let scaled = sum(matrix.iter().map(|entry| (entry / largest) * (entry / largest))).sqrt();
            if largest > 0.0 { largest * scaled } else { 0.0 }
        };
        let [xx, xy, yy] = [xx, xy, yy].map(|matrix| norm(matrix));
        if !(xx.is_finite() && xy.is_finite() && yy.is_finite() && self.squares.iter().all(|s| s.is_finite()))
        {
            return Err(overflow("the square of an output at one of the samples"));
        }
        for (side, (which, norm)) in [("first", xx), ("second", yy)].into_iter().enumerate() {
            // A square that is not normal has lost its digits.
            if varied[side] <= CONSTANT * CONSTANT * self.squares[side] || !norm.is_normal() {
                return Err(Failure::Meaningless(format!(
                    "the outputs of the {which} model do not vary over the {} samples (beyond rounding), \
                     and CKA compares how outputs vary",
                    self.count
                )));
            }
        }
        let value = ((xy / xx) * (xy / yy)).clamp(0.0, 1.0);
        Ok(Alignment { samples: self.count, value })
    }
}
