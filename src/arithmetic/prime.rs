//! Integers modulo a prime that is chosen at run time.
//!
//! Elements are kept in Montgomery form (P. L. Montgomery, *Modular multiplication without trial division*,
//! 1985): the residue `x` is stored as `x * 2^64 mod p`. Inner products add up the 128-bit products of
//! several pairs before they reduce.

use num_bigint::{BigInt, BigUint};
use num_rational::BigRational;
use num_traits::{Signed, ToPrimitive};
use rayon::prelude::*;

use super::{Arithmetic, Exact, Halt, is_prime};
use crate::network::{Data, decompose};

/// A residue modulo the prime of some [`PrimeField`], in that field's internal form. Equal residues of one
/// field are equal values; [`PrimeField::value`] gives the number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Residue(u64);

/// The field of integers modulo an odd prime below `2^62`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PrimeField {
    p: u64,
    /// `p^-1 mod 2^64`
    inverse: u64,
    /// `2^128 mod p`, which takes a number to Montgomery form.
    square: u64,
    /// `2^64 mod p`, the Montgomery form of one.
    one: u64,
    /// How many products of two residues can be added to a folded accumulator without overflow.
    run: usize,
}

/// Inner products with fewer multiplications than this are not worth a second thread.
const PARALLEL: usize = 1 << 19;

impl PrimeField {
    /// Primes must be below `2^MAX_BITS`.
    pub const MAX_BITS: u32 = 62;

    /// The field of a prime, or `None` when the number is not an odd prime below `2^62`.
    pub fn new(p: u64) -> Option<PrimeField> {
        if p < 3 || p >> Self::MAX_BITS != 0 || !is_prime(p) {
            return None;
        }
        // Newton's iteration doubles the number of correct low bits; p itself is right to three.
        let mut inverse = p;
        for _ in 0..5 {
            inverse = inverse.wrapping_mul(2u64.wrapping_sub(p.wrapping_mul(inverse)));
        }
        let one = ((1u128 << 64) % u128::from(p)) as u64;
        let square = (u128::from(one) * u128::from(one) % u128::from(p)) as u64;
        let largest = u128::from(p - 1) * u128::from(p - 1);
        let room = u128::MAX - (u128::from(p) << 64);
        let run = (room / largest).min(1 << 16) as usize;
        Some(PrimeField { p, inverse, square, one, run })
    }

    /// The prime.
    pub fn prime(&self) -> u64 {
        self.p
    }

    /// The residue of a number.
    pub fn element(&self, value: u64) -> Residue {
        Residue(self.reduce(u128::from(value % self.p) * u128::from(self.square)))
    }

    /// The residue of a signed number.
    pub fn element_signed(&self, value: i64) -> Residue {
        let magnitude = self.element(value.unsigned_abs());
        if value < 0 { self.negate(magnitude) } else { magnitude }
    }

    /// The residue of an integer of any length.
    pub fn element_big(&self, value: &BigInt) -> Residue {
        let magnitude = self.element(self.remainder(value.magnitude()));
        if value.is_negative() { self.negate(magnitude) } else { magnitude }
    }

    /// The number in `0 .. p` that an element stands for.
    pub fn value(&self, element: Residue) -> u64 {
        self.reduce(u128::from(element.0))
    }

    /// The additive inverse.
    pub fn negate(&self, a: Residue) -> Residue {
        if a.0 == 0 { a } else { Residue(self.p - a.0) }
    }

    /// The difference.
    pub fn subtract(&self, a: Residue, b: Residue) -> Residue {
        self.add(&a, &self.negate(b))
    }

    /// A power.
    pub fn power(&self, base: Residue, mut exponent: u64) -> Residue {
        let (mut result, mut square) = (Residue(self.one), base);
        while exponent > 0 {
            if exponent & 1 == 1 {
                result = self.multiply(&result, &square);
            }
            square = self.multiply(&square, &square);
            exponent >>= 1;
        }
        result
    }

    /// The multiplicative inverse, `None` for zero.
    pub fn invert(&self, a: Residue) -> Option<Residue> {
        (a.0 != 0).then(|| self.power(a, self.p - 2))
    }

    fn remainder(&self, value: &BigUint) -> u64 {
        match value.to_u64() {
            Some(small) => small % self.p,
            None => (value % self.p).to_u64().unwrap_or(0),
        }
    }

    /// `2^exponent`, for negative exponents too.
    fn power_of_two(&self, exponent: i32) -> Residue {
        let base = if exponent < 0 { self.element(self.p.div_ceil(2)) } else { self.element(2) };
        self.power(base, u64::from(exponent.unsigned_abs()))
    }

    /// `t * 2^-64 mod p`, for `t < p * 2^64`.
    #[inline(always)]
    fn reduce(&self, t: u128) -> u64 {
        let multiple = (t as u64).wrapping_mul(self.inverse);
        let high = ((u128::from(multiple) * u128::from(self.p)) >> 64) as u64;
        // t - multiple * p is divisible by 2^64, and its quotient lies strictly between -p and p.
        let (difference, borrow) = ((t >> 64) as u64).overflowing_sub(high);
        if borrow { difference.wrapping_add(self.p) } else { difference }
    }

    /// A number below `p * 2^64` congruent to `t`.
    #[inline(always)]
    fn fold(&self, t: u128) -> u128 {
        let mut high = (t >> 64) as u64;
        if self.p >> 61 == 1 {
            // 2^64 <= 8p, and 4p does not overflow.
            for multiple in [4 * self.p, 2 * self.p, self.p] {
                high = high.min(high.wrapping_sub(multiple));
            }
        } else {
            high %= self.p;
        }
        (u128::from(high) << 64) | u128::from(t as u64)
    }

    /// The inner product of two vectors.
    fn dot(&self, a: &[Residue], b: &[Residue]) -> Residue {
        let mut sum = 0u128;
        for (a, b) in a.chunks(self.run).zip(b.chunks(self.run)) {
            sum = self.fold(sum);
            for (a, b) in a.iter().zip(b) {
                sum += u128::from(a.0) * u128::from(b.0);
            }
        }
        Residue(self.reduce(self.fold(sum)))
    }

    /// The inner products of one vector with four at once, which keeps the multiplier busy.
    fn dot4(&self, a: &[Residue], b: [&[Residue]; 4]) -> [Residue; 4] {
        let mut sums = [0u128; 4];
        let mut start = 0;
        while start < a.len() {
            let end = a.len().min(start + self.run);
            let a = &a[start..end];
            let [b0, b1, b2, b3] = b.map(|b| &b[start..end]);
            if start > 0 {
                sums = sums.map(|sum| self.fold(sum));
            }
            for ((((a, b0), b1), b2), b3) in a.iter().zip(b0).zip(b1).zip(b2).zip(b3) {
                let a = u128::from(a.0);
                sums[0] += a * u128::from(b0.0);
                sums[1] += a * u128::from(b1.0);
                sums[2] += a * u128::from(b2.0);
                sums[3] += a * u128::from(b3.0);
            }
            start = end;
        }
        sums.map(|sum| Residue(self.reduce(self.fold(sum))))
    }

    /// One row of a matrix product.
    fn row(&self, a: &[Residue], n: usize, b: &[Residue], product: &mut [Residue]) {
        let k = a.len();
        let row = |column: usize| &b[column * k..(column + 1) * k];
        let mut column = 0;
        while column + 4 <= n {
            let sums = self.dot4(a, [row(column), row(column + 1), row(column + 2), row(column + 3)]);
            product[column..column + 4].copy_from_slice(&sums);
            column += 4;
        }
        while column < n {
            product[column] = self.dot(a, row(column));
            column += 1;
        }
    }

    /// Singles, at a few operations each: `M 2^e` is one Montgomery reduction of `M` times
    /// `2^(e + 128) mod p`.
    fn singles(&self, values: &[f32]) -> Vec<Residue> {
        // By biased exponent; the smallest normal numbers and those below them have one exponent.
        let mut powers = [0u64; 256];
        let mut power = self.multiply(&self.power_of_two(-149), &Residue(self.square));
        for (biased, slot) in powers.iter_mut().enumerate() {
            *slot = power.0;
            if biased > 0 {
                power = self.add(&power, &power);
            }
        }
        let residue = |x: &f32| {
            let bits = x.to_bits();
            let biased = (bits >> 23) & 0xff;
            let mantissa = (bits & 0x7f_ffff) | (u32::from(biased > 0) << 23);
            let magnitude = self.reduce(u128::from(mantissa) * u128::from(powers[biased as usize]));
            Residue(if bits >> 31 == 1 && magnitude != 0 { self.p - magnitude } else { magnitude })
        };
        values.iter().map(residue).collect()
    }

    fn floats(&self, values: impl Iterator<Item = f64>) -> Vec<Residue> {
        // Weights of one tensor have few exponents: each power of two is computed once.
        let mut powers: Vec<Option<Residue>> = vec![None; 2200];
        values
            .map(|x| {
                let (mantissa, exponent) = decompose(x);
                let slot = &mut powers[(exponent + 1100) as usize];
                let power = *slot.get_or_insert_with(|| self.power_of_two(exponent));
                self.multiply(&self.element_signed(mantissa), &power)
            })
            .collect()
    }
}

impl Arithmetic for PrimeField {
    type Element = Residue;

    fn from_rational(&self, value: &BigRational) -> Result<Residue, Halt> {
        let numerator = self.element_big(value.numer());
        if value.is_integer() {
            return Ok(numerator);
        }
        match self.invert(self.element_big(value.denom())) {
            Some(inverse) => Ok(self.multiply(&numerator, &inverse)),
            None => Err(Halt::NoResidue(value.to_string())),
        }
    }

    fn zero(&self) -> Residue {
        Residue(0)
    }

    fn one(&self) -> Residue {
        Residue(self.one)
    }

    #[inline(always)]
    fn add(&self, a: &Residue, b: &Residue) -> Residue {
        let sum = a.0 + b.0;
        Residue(sum.min(sum.wrapping_sub(self.p)))
    }

    #[inline(always)]
    fn multiply(&self, a: &Residue, b: &Residue) -> Residue {
        Residue(self.reduce(u128::from(a.0) * u128::from(b.0)))
    }

    fn unasked(&self) -> usize {
        1 << 26
    }

    fn from_data(&self, data: &Data) -> Result<Vec<Residue>, Halt> {
        Ok(match data {
            Data::F64(v) => self.floats(v.iter().copied()),
            Data::F32(v) => self.singles(v),
            Data::F16(v) => self.floats(v.iter().map(|&x| f64::from(x))),
            Data::BF16(v) => self.floats(v.iter().map(|&x| f64::from(x))),
            Data::Integer(v) => v.iter().map(|&x| self.element_signed(x)).collect(),
            Data::Unsigned(v) => v.iter().map(|&x| self.element(x)).collect(),
            Data::Rational(v) => v.iter().map(|x| self.from_rational(x)).collect::<Result<_, _>>()?,
        })
    }

    fn matmul(&self, (m, k, n): (usize, usize, usize), a: &[Residue], b: &[Residue]) -> Vec<Residue> {
        let mut product = vec![Residue(0); m * n];
        if k == 0 || n == 0 {
            return product;
        }
        if (4..n).contains(&m) {
            // The larger factor is read once, row by row, while the smaller one stays in the cache.
            let transposed = self.matmul((n, k, m), b, a);
            for (column, entries) in transposed.chunks(m).enumerate() {
                entries.iter().enumerate().for_each(|(row, &entry)| product[row * n + column] = entry);
            }
            return product;
        }
        let parallel = m.saturating_mul(k).saturating_mul(n) >= PARALLEL;
        let rows = |(row, product): (usize, &mut [Residue])| {
            let a = &a[row * k..(row + 1) * k];
            if parallel && m < 4 {
                // Multiples of four columns, which are taken four at a time.
                let width = n.div_ceil(rayon::current_num_threads().max(1)).next_multiple_of(4);
                let parts = product.par_chunks_mut(width).zip(b.par_chunks(width * k));
                parts.for_each(|(product, b)| self.row(a, product.len(), b, product));
            } else {
                self.row(a, n, b, product);
            }
        };
        if parallel && m >= 4 {
            product.par_chunks_mut(n).enumerate().for_each(rows);
        } else {
            product.chunks_mut(n).enumerate().for_each(rows);
        }
        product
    }

    fn matmul_batched(
        &self,
        batch: usize,
        (m, k, n): (usize, usize, usize),
        a: &[Residue],
        b: &[Residue],
    ) -> Vec<Residue> {
        if batch == 1 {
            return self.matmul((m, k, n), a, b);
        }
        let mut product = vec![Residue(0); batch * m * n];
        if k == 0 || m == 0 || n == 0 {
            return product;
        }
        for (i, product) in product.chunks_mut(m * n).enumerate() {
            let (a, b) = (&a[i * m * k..(i + 1) * m * k], &b[i * n * k..(i + 1) * n * k]);
            for (a, product) in a.chunks(k).zip(product.chunks_mut(n)) {
                self.row(a, n, b, product);
            }
        }
        product
    }
}

impl Exact for PrimeField {
    fn equal(&self, a: &Residue, b: &Residue) -> bool {
        a == b
    }
}
