//! Integers modulo a small prime, kept as floats, so that matrix products run on floating-point kernels.
//!
//! An element is the integer `r` of its class with `|r| <= (p - 1) / 2`. It takes one multiplication, one
//! rounding and one multiplication and subtraction to reduce an integer `x`: `r = x - p round(x / p)`. Let
//! `u = 2^-53`.
//!
//! **Lemma.** Let `p < 2^23` be odd, `x` an integer, `|x| <= 2^53 - 2^23` and `|x / p| <= 2^50`, and let `t`
//! be the float product of `x` and the float nearest to `1 / p`. Then `x - p round(t)` is computed exactly,
//! is congruent to `x`, and is at most `p/2 + 2` in magnitude. If `|x| <= 2^50`, it is at most `(p - 1)/2`.
//!
//! *Proof.* Both roundings together give `t = (x / p)(1 + e)` with `|e| < 2u + u^2`, so
//! `|t - x/p| < |x / p| (2u + u^2)`. Rounding to an integer adds at most 1/2 (`|t| < 2^51`, where adding and
//! subtracting `1.5 * 2^52` rounds to the nearest integer). So
//! `|x - p round(t)| < p/2 + |x| (2u + u^2) < p/2 + 2`. The integer `p round(t)` is thus at most
//! `|x| + p/2 + 2 < 2^53` in magnitude, hence a float, and so is the difference. For the last claim, `x / p`
//! is at least `1 / (2p)` away from every half-integer, because `2x` is even and odd multiples of `p` are
//! odd; and `|t - x/p| < (2^50 / p)(2u + u^2) < 1 / (2p)`, so `t` rounds to the integer nearest to `x / p`. ∎
//!
//! So one reduction is enough for sums and products of two elements (below `2^44`), and two reductions for
//! inner products of up to [`RUN`] terms.

use num_bigint::{BigInt, BigUint};
use num_rational::BigRational;
use num_traits::{Signed, ToPrimitive};
use pulp::Arch;

use super::matrix::{Matrix, add_product, add_small_product};
use super::{Arithmetic, Exact, Halt, Product, add_products_by_matmul, is_prime};
use crate::network::{Data, decompose};

/// How many products of two elements can be added up: with `|r| < 2^22`, an element and 511 products are
/// below `2^22 + 511 * 2^44 < 2^53 - 2^23`, and so is every sum of some of them. Divided by `p` it is below
/// `2^31`, since the sum is at most `p/2 + 511 p^2/4`.
const RUN: usize = (1 << 9) - 1;
/// Matrix products with fewer multiplications are not worth packing.
const SMALL: usize = 256;
/// Adding and subtracting it rounds to the nearest integer.
const ROUND: f64 = 6_755_399_441_055_744.0;

/// The field of integers modulo an odd prime below `2^23`. Its elements are floats: the integers of least
/// magnitude.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct CentredField {
    p: f64,
    /// The float nearest to `1 / p`.
    inverse: f64,
    prime: u64,
}

impl CentredField {
    /// Primes must be below `2^MAX_BITS`.
    pub const MAX_BITS: u32 = 23;

    /// The field of a prime, or `None` when the number is not an odd prime below `2^23`.
    pub fn new(prime: u64) -> Option<CentredField> {
        let fits = prime >= 3 && prime >> Self::MAX_BITS == 0 && is_prime(prime);
        fits.then(|| CentredField { p: prime as f64, inverse: 1.0 / prime as f64, prime })
    }

    /// The prime.
    pub fn prime(&self) -> u64 {
        self.prime
    }

    /// The element of a number.
    pub fn element(&self, value: u64) -> f64 {
        self.reduce((value % self.prime) as f64)
    }

    /// The element of an integer of any length.
    pub fn element_big(&self, value: &BigInt) -> f64 {
        let magnitude = self.element(self.remainder(value.magnitude()));
        if value.is_negative() { -magnitude } else { magnitude }
    }

    /// The number in `0 .. p` that an element stands for.
    pub fn value(&self, element: f64) -> u64 {
        (if element < 0.0 { element + self.p } else { element }) as u64
    }

    /// The multiplicative inverse, `None` for zero.
    pub fn invert(&self, a: f64) -> Option<f64> {
        (a != 0.0).then(|| self.power(a, self.prime - 2))
    }

    /// A power.
    pub fn power(&self, base: f64, mut exponent: u64) -> f64 {
        let (mut result, mut square) = (1.0, base);
        while exponent > 0 {
            if exponent & 1 == 1 {
                result = self.reduce(result * square);
            }
            square = self.reduce(square * square);
            exponent >>= 1;
        }
        result
    }

    fn remainder(&self, value: &BigUint) -> u64 {
        match value.to_u64() {
            Some(small) => small % self.prime,
            None => (value % self.prime as u32).to_u64().unwrap_or(0),
        }
    }

    /// `2^exponent`, for negative exponents too.
    fn power_of_two(&self, exponent: i32) -> f64 {
        let base = if exponent < 0 { self.element(self.prime.div_ceil(2)) } else { self.element(2) };
        self.power(base, u64::from(exponent.unsigned_abs()))
    }

    /// One reduction; see the lemma.
    #[inline(always)]
    pub(crate) fn reduce(&self, x: f64) -> f64 {
        let quotient = (x * self.inverse + ROUND) - ROUND;
        x - quotient * self.p
    }

    /// The element of an integer of at most `2^53 - 2^23`.
    #[inline(always)]
    pub(crate) fn reduce_large(&self, x: f64) -> f64 {
        self.reduce(self.reduce(x))
    }

    /// The elements of floats. When all are multiples of a power of two of at most `2^51` of it, which is
    /// usual, that takes a few vector instructions each.
    fn floats(&self, mut values: Vec<f64>) -> Vec<f64> {
        match common_scale(&values) {
            Some(exponent) => {
                let (up, down) = (exact_power_of_two(-exponent), self.power_of_two(exponent));
                Arch::new().dispatch(|| {
                    for x in &mut values {
                        *x = self.reduce(self.reduce_large(*x * up) * down);
                    }
                });
            }
            None => {
                let mut powers: Vec<Option<f64>> = vec![None; 2200];
                for x in &mut values {
                    let (mantissa, exponent) = decompose(*x);
                    let slot = &mut powers[(exponent + 1100) as usize];
                    let power = *slot.get_or_insert_with(|| self.power_of_two(exponent));
                    *x = self.reduce(self.signed(mantissa) * power);
                }
            }
        }
        values
    }

    /// The element of an integer, in two halves.
    #[inline(always)]
    fn signed(&self, value: i64) -> f64 {
        let (high, low) = ((value >> 32) as f64, (value & 0xffff_ffff) as f64);
        // 2^32 modulo p, as 2^16 * 2^16: all magnitudes are below 2^45.
        let half = self.reduce(65_536.0);
        let shifted = self.reduce(self.reduce(self.reduce(high) * half) * half);
        self.reduce(shifted + low)
    }

    /// `total += a b^T`, reduced.
    fn add_matmul(&self, total: &mut [f64], (m, k, n): (usize, usize, usize), a: &[f64], b: &[f64]) {
        for from in (0..k).step_by(RUN) {
            let to = k.min(from + RUN);
            let right = Matrix::columns(b, n, k, from, to).transposed();
            add_product(total, Matrix::columns(a, m, k, from, to), right);
            self.reduce_all(total);
        }
    }

    /// The elements of integers of at most `2^53 - 2^23`, in place.
    pub(super) fn reduce_all(&self, values: &mut [f64]) {
        Arch::new().dispatch(|| {
            for x in values {
                *x = self.reduce_large(*x);
            }
        });
    }

    /// A product too small for a kernel.
    fn small_matmul(&self, total: &mut Vec<f64>, (m, k, n): (usize, usize, usize), a: &[f64], b: &[f64]) {
        for row in 0..m {
            let a = &a[row * k..(row + 1) * k];
            for column in 0..n {
                let b = &b[column * k..(column + 1) * k];
                // SMALL is below RUN.
                total.push(self.reduce_large(a.iter().zip(b).map(|(a, b)| a * b).sum()));
            }
        }
    }
}

/// `2^exponent` for an exponent of a normal float.
fn exact_power_of_two(exponent: i32) -> f64 {
    f64::from_bits(((1023 + i64::from(exponent)) as u64) << 52)
}

/// An exponent `e` such that every number is an integer of at most `2^51` times `2^e`, if one is found and it
/// and `-e` are exponents of normal floats.
fn common_scale(values: &[f64]) -> Option<i32> {
    const EXPONENT: u64 = 0x7ff << 52;
    let (mut all, mut largest, mut smallest) = (0u64, 0u64, u64::MAX);
    Arch::new().dispatch(|| {
        for x in values {
            let magnitude = x.to_bits() & !(1 << 63);
            all |= magnitude;
            largest = largest.max(magnitude);
            // Zero, less one, is the largest of all.
            smallest = smallest.min(magnitude.wrapping_sub(1));
        }
    });
    if largest == 0 {
        return Some(0);
    }
    let smallest = smallest.wrapping_add(1);
    if smallest & EXPONENT == 0 {
        return None;
    }
    let binary = |bits: u64| ((bits >> 52) as i32) - 1023;
    // The trailing zeros that all mantissas have in common.
    let zeros = (all | 1 << 52).trailing_zeros() as i32;
    let exponent = binary(smallest) - 52 + zeros;
    // Below 2^(binary(largest) + 1).
    (binary(largest) + 1 - exponent <= 51 && (-1000..=1000).contains(&exponent)).then_some(exponent)
}

impl Arithmetic for CentredField {
    type Element = f64;

    fn from_rational(&self, value: &BigRational) -> Result<f64, Halt> {
        let numerator = self.element_big(value.numer());
        if value.is_integer() {
            return Ok(numerator);
        }
        match self.invert(self.element_big(value.denom())) {
            Some(inverse) => Ok(self.reduce(numerator * inverse)),
            None => Err(Halt::NoResidue(value.to_string())),
        }
    }

    fn zero(&self) -> f64 {
        0.0
    }

    fn one(&self) -> f64 {
        1.0
    }

    #[inline(always)]
    fn add(&self, a: &f64, b: &f64) -> f64 {
        self.reduce(a + b)
    }

    #[inline(always)]
    fn multiply(&self, a: &f64, b: &f64) -> f64 {
        self.reduce(a * b)
    }

    fn unasked(&self) -> usize {
        1 << 26
    }

    fn from_data(&self, data: &Data) -> Result<Vec<f64>, Halt> {
        Ok(match data {
            Data::F64(v) => self.floats(v.clone()),
            Data::F32(v) => self.floats(v.iter().map(|&x| f64::from(x)).collect()),
            Data::F16(v) => self.floats(v.iter().map(|&x| f64::from(x)).collect()),
            Data::BF16(v) => self.floats(v.iter().map(|&x| f64::from(x)).collect()),
            Data::Integer(v) => v.iter().map(|&x| self.signed(x)).collect(),
            Data::Unsigned(v) => v.iter().map(|&x| self.element(x)).collect(),
            Data::Rational(v) => v.iter().map(|x| self.from_rational(x)).collect::<Result<_, _>>()?,
        })
    }

    fn multiply_entrywise(&self, a: &[f64], b: &[f64]) -> Vec<f64> {
        Arch::new().dispatch(|| a.iter().zip(b).map(|(a, b)| self.reduce(a * b)).collect())
    }

    fn scale(&self, factor: &f64, a: &[f64]) -> Vec<f64> {
        Arch::new().dispatch(|| a.iter().map(|a| self.reduce(factor * a)).collect())
    }

    fn add_entrywise(&self, total: &mut [f64], a: &[f64]) {
        Arch::new().dispatch(|| {
            for (total, a) in total.iter_mut().zip(a) {
                *total = self.reduce(*total + a);
            }
        });
    }

    fn add_scaled(&self, total: &mut [f64], coefficient: &f64, a: &[f64]) {
        Arch::new().dispatch(|| {
            for (total, a) in total.iter_mut().zip(a) {
                *total = self.reduce(*total + coefficient * a);
            }
        });
    }

    fn sum_rows(&self, rows: usize, length: usize, a: &[f64]) -> Vec<f64> {
        // Tensors have at most 2^31 entries, of magnitude below 2^22: the sums are below 2^53 - 2^31.
        let sum = |row: usize| a[row * length..(row + 1) * length].iter().sum();
        (0..rows).map(|row| self.reduce_large(sum(row))).collect()
    }

    fn matmul(&self, (m, k, n): (usize, usize, usize), a: &[f64], b: &[f64]) -> Vec<f64> {
        self.matmul_batched(1, (m, k, n), a, b)
    }

    fn matmul_batched(
        &self,
        batch: usize,
        (m, k, n): (usize, usize, usize),
        a: &[f64],
        b: &[f64],
    ) -> Vec<f64> {
        let parts = (0..batch).map(|i| (&a[i * m * k..(i + 1) * m * k], &b[i * n * k..(i + 1) * n * k]));
        if m.saturating_mul(k).saturating_mul(n) < SMALL {
            let mut product = Vec::with_capacity(batch * m * n);
            Arch::new()
                .dispatch(|| parts.for_each(|(a, b)| self.small_matmul(&mut product, (m, k, n), a, b)));
            return product;
        }
        let mut product = vec![0.0; batch * m * n];
        for (total, (a, b)) in product.chunks_mut(m * n).zip(parts) {
            self.add_matmul(total, (m, k, n), a, b);
        }
        product
    }

    fn add_products(&self, total: &mut [f64], sizes: (usize, usize), products: &[Product<'_, f64>]) {
        // Products of elements since the last reduction.
        let mut added = 0;
        for product in products {
            if product.inner > RUN {
                add_products_by_matmul(self, total, sizes, &[*product]);
                continue;
            }
            if added + product.inner > RUN {
                self.reduce_all(total);
                added = 0;
            }
            add_small_product(total, sizes, product);
            added += product.inner;
        }
        self.reduce_all(total);
    }
}

impl Exact for CentredField {
    fn equal(&self, a: &f64, b: &f64) -> bool {
        a == b
    }
}
