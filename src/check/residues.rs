//! Integers modulo a prime below 2^62, at several points at once; primality.

use num_bigint::BigInt;
use num_integer::Integer;
use num_rational::BigRational;
use num_traits::ToPrimitive;

use super::evaluate::{Ring, Run};
use super::outcome::{Refusal, Work, invalid};

/// Primes must be below this.
pub(super) const LARGEST: u64 = 1 << 62;

/// The integers modulo a prime. An element holds residues at `N` points.
pub(super) struct Residues<'w, const N: usize> {
    prime: u64,
    /// `2^e` for `e` from -1100 to 1100.
    powers: Vec<u64>,
    work: &'w Work,
    /// The field that named the prime.
    field: &'w str,
}

const EXPONENTS: i32 = 1100;

impl<'w, const N: usize> Residues<'w, N> {
    /// The ring of an odd prime below 2^62.
    pub(super) fn new(prime: u64, field: &'w str, work: &'w Work) -> Residues<'w, N> {
        let half = prime.div_ceil(2);
        let mut power = power(half, EXPONENTS as u64, prime);
        let powers = (-EXPONENTS..=EXPONENTS)
            .map(|_| {
                let this = power;
                power = multiply(power, 2, prime);
                this
            })
            .collect();
        Residues { prime, powers, work, field }
    }

    /// The residue of a number.
    pub(super) fn residue(&self, value: &BigRational) -> Result<u64, Refusal> {
        let remainder = |value: &BigInt| value.mod_floor(&self.prime.into()).to_u64().unwrap_or(0);
        let (numerator, denominator) = (remainder(value.numer()), remainder(value.denom()));
        if denominator == 0 {
            return Err(invalid(
                self.field,
                format!("the prime {} divides the denominator of {value}", self.prime),
            ));
        }
        // Fermat: the inverse is the power p - 2.
        Ok(multiply(numerator, power(denominator, self.prime - 2, self.prime), self.prime))
    }
}

impl<const N: usize> Ring for Residues<'_, N> {
    type Element = [u64; N];

    fn number(&self, value: &BigRational) -> Result<[u64; N], Refusal> {
        Ok([self.residue(value)?; N])
    }

    fn dyadic(&self, mantissa: i64, exponent: i32) -> Result<[u64; N], Refusal> {
        let magnitude = mantissa.unsigned_abs() % self.prime;
        let signed = if mantissa < 0 { self.prime - magnitude } else { magnitude };
        // Floats have exponents in this range.
        let factor = self.powers[(exponent.clamp(-EXPONENTS, EXPONENTS) + EXPONENTS) as usize];
        Ok([multiply(signed, factor, self.prime); N])
    }

    fn zero(&self) -> [u64; N] {
        [0; N]
    }

    fn add(&self, a: &[u64; N], b: &[u64; N]) -> [u64; N] {
        std::array::from_fn(|i| {
            let sum = a[i] + b[i];
            if sum >= self.prime { sum - self.prime } else { sum }
        })
    }

    fn multiply(&self, a: &[u64; N], b: &[u64; N]) -> [u64; N] {
        std::array::from_fn(|i| multiply(a[i], b[i], self.prime))
    }

    /// Sixteen products of residues below 2^62 fit 128 bits.
    fn dot(&self, a: Run<'_, [u64; N]>, b: Run<'_, [u64; N]>, length: usize) -> [u64; N] {
        let mut total = [0u128; N];
        for k in 0..length {
            let (x, y) = (&a.entries[k * a.stride], &b.entries[k * b.stride]);
            for i in 0..N {
                total[i] += u128::from(x[i]) * u128::from(y[i]);
            }
            if k % 8 == 7 {
                total.iter_mut().for_each(|total| *total %= u128::from(self.prime));
            }
        }
        total.map(|total| (total % u128::from(self.prime)) as u64)
    }

    fn work(&self) -> &Work {
        self.work
    }

    fn cost(&self) -> u64 {
        2 + 2 * N as u64
    }
}

/// `a b mod n`
pub(super) fn multiply(a: u64, b: u64, n: u64) -> u64 {
    (u128::from(a) * u128::from(b) % u128::from(n)) as u64
}

fn power(base: u64, mut exponent: u64, n: u64) -> u64 {
    let (mut result, mut square) = (1 % n, base % n);
    while exponent > 0 {
        if exponent % 2 == 1 {
            result = multiply(result, square, n);
        }
        square = multiply(square, square, n);
        exponent /= 2;
    }
    result
}

/// Whether a number is prime: the test of Miller and Rabin with the first twelve primes as bases, which is right for
/// all numbers of 64 bits (Sorenson and Webster, 2017).
pub(super) fn is_prime(n: u64) -> bool {
    const BASES: [u64; 12] = [2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37];
    if n < 2 || BASES.iter().any(|&base| n.is_multiple_of(base)) {
        return BASES.contains(&n);
    }
    let shift = (n - 1).trailing_zeros();
    let passes = |base: u64| {
        let mut x = power(base, (n - 1) >> shift, n);
        if x == 1 || x == n - 1 {
            return true;
        }
        for _ in 1..shift {
            x = multiply(x, x, n);
            if x == n - 1 {
                return true;
            }
        }
        false
    };
    BASES.into_iter().all(passes)
}
