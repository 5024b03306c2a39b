//! Bounds for norms of tensors, and for the roundings of sums.

use crate::arithmetic::spectral_norm;

/// `2^-53`
pub(super) const UNIT: f64 = f64::EPSILON / 2.0;
/// More than what a product, or a number, loses that is too small for all of its digits.
pub(super) const TINY: f64 = f64::from_bits(1 << 12);
/// So many multiplications take next to nothing.
const BRIEF: f64 = 2e7;
/// Bounds are enlarged by this in every step.
pub(super) const ENLARGED: f64 = 1.0 + 1e-12;

/// The roundings of a sum of so many products, relative to the sum of their magnitudes.
pub(super) fn growth(terms: usize) -> f64 {
    (terms as f64 + 2.0) * UNIT * 1.01
}

pub(super) fn largest(entries: &[f64]) -> f64 {
    let larger = |most: f64, x: &f64| if x.is_nan() { f64::INFINITY } else { most.max(x.abs()) };
    interleaved(entries, larger).into_iter().fold(0.0, f64::max)
}

/// Folds in eight interleaved sequences, which the compiler turns into vector instructions.
#[inline(always)]
fn interleaved(entries: &[f64], fold: impl Fn(f64, &f64) -> f64) -> [f64; 8] {
    let mut folded = [0.0; 8];
    let chunks = entries.chunks_exact(8);
    for (at, x) in chunks.remainder().iter().enumerate() {
        folded[at] = fold(folded[at], x);
    }
    for chunk in chunks {
        for (folded, x) in folded.iter_mut().zip(chunk) {
            *folded = fold(*folded, x);
        }
    }
    folded
}

/// A bound for the Frobenius norm. Squares below `2^-1022` may vanish, so their roots are added.
pub(super) fn norm(entries: &[f64]) -> f64 {
    const VANISHING: f64 = f64::from_bits((1023 - 510) << 52);
    let squares: f64 = interleaved(entries, |sum, x| sum + x * x).into_iter().sum();
    let length = entries.len() as f64;
    (squares.sqrt() + length.sqrt() * VANISHING) * (1.0 + (length + 8.0) * UNIT)
}

/// The root of the sum, over pairs of matrices, of the products of their squared norms.
pub(super) fn pairs(a: &[f64], b: &[f64], batch: usize) -> f64 {
    let parts = |x: &[f64], i: usize| norm(&x[i * x.len() / batch..(i + 1) * x.len() / batch]);
    if batch == 1 {
        return norm(a) * norm(b) * ENLARGED;
    }
    let products = (0..batch).map(|i| parts(a, i) * parts(b, i));
    products.map(|product| product * product).sum::<f64>().sqrt() * ENLARGED + norm(a) * norm(b) * 1e-9
}

/// A bound for the largest spectral norm of some matrices, each of which is multiplied with one of `others`
/// rows.
pub(super) fn spectral(entries: &[f64], batch: usize, (rows, columns): (usize, usize), others: usize) -> f64 {
    let size = rows * columns;
    if size == 0 {
        return 0.0;
    }
    // To square takes not much more than the product does, or next to nothing.
    let squared = (rows.min(columns) as f64).powi(2) * rows.max(columns) as f64 * batch as f64;
    let affordable = squared <= (size * batch) as f64 * others as f64 || squared <= BRIEF;
    let squarings = if rows.min(columns) >= 4 && affordable { 3 } else { 0 };
    let one = |i: usize| {
        let matrix = &entries[i * size..(i + 1) * size];
        spectral_norm(matrix, (rows, columns), squarings, norm)
    };
    (0..batch).map(one).fold(0.0, f64::max)
}
