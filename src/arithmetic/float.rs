//! Double-precision floating point: fast and approximate. It decides nothing.

use num_rational::BigRational;
use num_traits::{ToPrimitive, Zero};
use pulp::Arch;

use super::matrix::{Matrix, add_product, add_small_product};
use super::{Arithmetic, Halt, Product, add_products_by_matmul};
use crate::network::{Data, Tensor};

/// IEEE binary64 with the usual rounding. Overflow gives infinities and NaN; [`Floats::finite`] finds them.
#[derive(Clone, Copy, Debug)]
pub struct Floats {
    /// Whether numbers are without their signs, and not below [`LEAST`] but for zero.
    magnitudes: bool,
}

/// The least magnitude that is not zero. The product of two such numbers is far above the least float, so it
/// does not vanish. It is also far more than what products lose that are too small for a float with all its
/// digits.
const LEAST: f64 = f64::from_bits((1023 - 500) << 52);

impl Floats {
    /// Numbers as they are.
    pub const VALUES: Floats = Floats { magnitudes: false };

    /// Absolute values, for bounds of rounding errors (`rounding`): every number becomes the larger of its
    /// absolute value and `2^-500`, unless it is zero, and `2^-500` is added to every product that is not
    /// zero. So nothing cancels, and nothing but zero is zero.
    pub(super) const MAGNITUDES: Floats = Floats { magnitudes: true };

    /// The tensor itself when every entry is finite, or [`Halt::Range`].
    pub fn finite(tensor: Tensor<f64>) -> Result<Tensor<f64>, Halt> {
        match tensor.data().iter().position(|x| !x.is_finite()) {
            None => Ok(tensor),
            Some(flat) => Err(Halt::Range(format!(
                "entry {:?} is too large for a double-precision number",
                tensor.shape().unravel(flat)
            ))),
        }
    }

    /// The magnitude of a number.
    fn magnitude(x: f64) -> f64 {
        if x == 0.0 { 0.0 } else { x.abs().max(LEAST) }
    }

    /// What a product becomes.
    fn product(self, product: f64) -> f64 {
        if self.magnitudes && product != 0.0 { product + LEAST } else { product }
    }
}

impl Arithmetic for Floats {
    type Element = f64;

    /// The nearest double. Fails when there is none.
    fn from_rational(&self, value: &BigRational) -> Result<f64, Halt> {
        match value.to_f64() {
            Some(x) if x.is_finite() => Ok(match self.magnitudes {
                // The nearest double of a number that is not zero may be zero.
                true if x == 0.0 && !value.is_zero() => LEAST,
                true => Floats::magnitude(x),
                false => x,
            }),
            _ => Err(Halt::Range(
                "a constant of the model is too large for a double-precision number".to_string(),
            )),
        }
    }

    fn zero(&self) -> f64 {
        0.0
    }

    fn one(&self) -> f64 {
        1.0
    }

    fn add(&self, a: &f64, b: &f64) -> f64 {
        a + b
    }

    fn multiply(&self, a: &f64, b: &f64) -> f64 {
        self.product(a * b)
    }

    fn unasked(&self) -> usize {
        1 << 28
    }

    fn from_data(&self, data: &Data) -> Result<Vec<f64>, Halt> {
        let mut converted: Vec<f64> = match data {
            Data::F64(v) => v.clone(),
            Data::F32(v) => v.iter().map(|&x| f64::from(x)).collect(),
            Data::F16(v) => v.iter().map(|&x| f64::from(x)).collect(),
            Data::BF16(v) => v.iter().map(|&x| f64::from(x)).collect(),
            Data::Integer(v) => v.iter().map(|&x| x as f64).collect(),
            Data::Unsigned(v) => v.iter().map(|&x| x as f64).collect(),
            Data::Rational(v) => return v.iter().map(|x| self.from_rational(x)).collect(),
        };
        if self.magnitudes {
            converted.iter_mut().for_each(|x| *x = Floats::magnitude(*x));
        }
        Ok(converted)
    }

    fn matmul(&self, (m, k, n): (usize, usize, usize), a: &[f64], b: &[f64]) -> Vec<f64> {
        // One row or column is read once, so there is nothing to gain from blocks.
        let mut product;
        if m > 1 && n > 1 && m.saturating_mul(k).saturating_mul(n) >= SMALL {
            product = vec![0.0; m * n];
            let transposed = Matrix::row_major(b, n, k).transposed();
            add_product(&mut product, Matrix::row_major(a, m, k), transposed);
        } else {
            product = Vec::with_capacity(m * n);
            Arch::new().dispatch(|| {
                for row in 0..m {
                    let a = &a[row * k..(row + 1) * k];
                    product.extend((0..n).map(|column| dot(a, &b[column * k..(column + 1) * k])));
                }
            });
        }
        if self.magnitudes {
            product.iter_mut().for_each(|entry| *entry = self.product(*entry));
        }
        product
    }

    fn add_products(&self, total: &mut [f64], sizes: (usize, usize), products: &[Product<'_, f64>]) {
        if self.magnitudes {
            return add_products_by_matmul(self, total, sizes, products);
        }
        products.iter().for_each(|product| add_small_product(total, sizes, product));
    }
}

/// Matrix products with fewer multiplications are not worth packing.
const SMALL: usize = 4096;

/// The inner product in eight interleaved sums, which the compiler turns into vector instructions.
#[inline(always)]
fn dot(a: &[f64], b: &[f64]) -> f64 {
    let (a_chunks, b_chunks) = (a.chunks_exact(8), b.chunks_exact(8));
    let tail: f64 = a_chunks.remainder().iter().zip(b_chunks.remainder()).map(|(a, b)| a * b).sum();
    let mut sums = [0.0; 8];
    for (a, b) in a_chunks.zip(b_chunks) {
        for ((sum, a), b) in sums.iter_mut().zip(a).zip(b) {
            *sum += a * b;
        }
    }
    sums.iter().sum::<f64>() + tail
}
