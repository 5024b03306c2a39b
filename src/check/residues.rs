//! Integers modulo a prime below 2^62, at one point or at several at once; primality.

use std::cell::RefCell;
use std::collections::BTreeMap;

use num_bigint::{BigInt, BigUint};
use num_integer::Integer;
use num_rational::BigRational;
use num_traits::{ToPrimitive, Zero};

use super::evaluate::Ring;
use super::number::Number;
use super::outcome::{Refusal, Work, invalid};

/// Primes are below this.
pub(super) const LARGEST: u64 = 1 << 62;
/// Where there are many points, an element holds the residues at this many.
pub(super) const LANES: usize = 8;

/// The integers modulo an odd prime that divides no denominator, at `N` points at once. An evaluation at a
/// single point takes a fraction of the time with one lane.
pub(super) struct Residues<'w, const N: usize> {
    prime: u64,
    /// `2^e` for the exponents seen.
    powers: RefCell<BTreeMap<i32, u64>>,
    work: &'w Work,
}

impl<'w, const N: usize> Residues<'w, N> {
    pub(super) fn new(prime: u64, work: &'w Work) -> Residues<'w, N> {
        Residues { prime, powers: RefCell::default(), work }
    }

    /// The residue of a number.
    pub(super) fn residue(&self, value: &BigRational) -> Result<u64, Refusal> {
        residue(value, self.prime)
    }

    /// `2^exponent`
    fn power_of_two(&self, exponent: i32) -> u64 {
        let base = if exponent < 0 { self.prime.div_ceil(2) } else { 2 };
        let new = || power(base, exponent.unsigned_abs().into(), self.prime);
        *self.powers.borrow_mut().entry(exponent).or_insert_with(new)
    }
}

impl<const N: usize> Ring for Residues<'_, N> {
    type Element = [u64; N];

    fn number(&self, value: &Number) -> Result<[u64; N], Refusal> {
        Ok([match value {
            Number::Long(value) => residue(value, self.prime)?,
            Number::Short { mantissa, exponent } => {
                let mantissa = i128::from(*mantissa).rem_euclid(self.prime.into()) as u64;
                multiply(mantissa, self.power_of_two(*exponent), self.prime)
            }
        }; N])
    }

    fn dot<'a>(&self, pairs: impl Iterator<Item = (&'a [u64; N], &'a [u64; N])>) -> [u64; N] {
        // The lower and the upper halves of the products, which are of residues below 2^62.
        let (mut low, mut high) = ([0u128; N], [0u128; N]);
        for (a, b) in pairs {
            for lane in 0..N {
                let product = u128::from(a[lane]) * u128::from(b[lane]);
                low[lane] += u128::from(product as u64);
                high[lane] += product >> 64;
            }
        }
        let prime = u128::from(self.prime);
        std::array::from_fn(|lane| {
            let high = if high[lane] < LARGEST.into() { high[lane] } else { high[lane] % prime };
            // Fewer than 2^62 products: this is below 2^126 + 2^126.
            (((high << 64) + low[lane]) % prime) as u64
        })
    }

    fn work(&self) -> (&Work, u64) {
        (self.work, 2 * N as u64)
    }
}

fn residue(value: &BigRational, prime: u64) -> Result<u64, Refusal> {
    let remainder = |value: &BigInt| value.mod_floor(&prime.into()).to_u64().unwrap_or(0);
    let denominator = remainder(value.denom());
    if denominator == 0 {
        return Err(invalid("evidence", format!("the prime {prime} divides a denominator")));
    }
    // Fermat: the inverse is the power p - 2.
    Ok(multiply(remainder(value.numer()), power(denominator, prime - 2, prime), prime))
}

/// `a b mod n`
pub(super) fn multiply(a: u64, b: u64, n: u64) -> u64 {
    (u128::from(a) * u128::from(b) % u128::from(n)) as u64
}

pub(super) fn power(base: u64, mut exponent: u64, n: u64) -> u64 {
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

/// Whether a number is prime: the test of Miller and Rabin with the first twelve primes as bases, which is
/// right for all numbers of 64 bits (Sorenson and Webster, 2017).
fn is_prime(n: u64) -> bool {
    const BASES: [u64; 12] = [2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37];
    if n < 2 || BASES.iter().any(|&base| n.is_multiple_of(base)) {
        return BASES.contains(&n);
    }
    let shift = (n - 1).trailing_zeros();
    BASES.into_iter().all(|base| {
        let mut x = power(base, (n - 1) >> shift, n);
        let mut passes = x == 1 || x == n - 1;
        for _ in 1..shift {
            x = multiply(x, x, n);
            passes |= x == n - 1;
        }
        passes
    })
}

/// Whether a number is an odd prime below 2^62 that does not divide the common denominator.
pub(super) fn is_good(prime: u64, denominator: &BigUint) -> bool {
    prime > 2 && prime < LARGEST && is_prime(prime) && !(denominator % prime).is_zero()
}

/// The largest good primes, descending, as few as have a product above `2^bits`.
pub(super) fn primes_above(bits: u64, denominator: &BigUint) -> Vec<u64> {
    let (mut product, mut primes) = (BigUint::from(1u8), Vec::new());
    for prime in (0..LARGEST).rev().filter(|&candidate| is_good(candidate, denominator)) {
        // Above 2^bits, which is no power of an odd prime, with one bit more.
        if product.bits() > bits && product.count_ones() > 1 {
            break;
        }
        product *= prime;
        primes.push(prime);
    }
    primes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn primes() {
        let small: Vec<u64> = (0..60).filter(|&n| is_prime(n)).collect();
        assert_eq!(small, [2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43, 47, 53, 59]);
        // Carmichael numbers, the square of a prime, a Mersenne prime.
        assert!([561, 3_215_031_751, 341_550_071_728_321, 1_018_081].iter().all(|&n| !is_prime(n)));
        assert!(is_prime((1 << 61) - 1));
        let none = BigUint::from(1u8);
        assert_eq!(primes_above(0, &none), [(1 << 62) - 57]);
        assert_eq!(primes_above(61, &none).len(), 1);
        assert_eq!(primes_above(62, &none).len(), 2);
        assert_ne!(primes_above(0, &((1u64 << 62) - 57).into()), primes_above(0, &none));
    }

    /// (p - 1)^2 = 1 modulo p: n such products add up to n, in one lane or in many.
    #[test]
    fn sums_of_many_products() {
        sums::<1>();
        sums::<LANES>();
    }

    fn sums<const N: usize>() {
        let work = Work::new();
        for prime in primes_above(62 * 3, &BigUint::from(1u8)) {
            let ring = Residues::<N>::new(prime, &work);
            let minus = ring.number(&Number::of(&BigRational::from_integer((-1).into()))).unwrap();
            assert_eq!(minus, [prime - 1; N]);
            for count in [0, 1, 2, 15, 16, 17, 1000] {
                let pairs = vec![(&minus, &minus); count];
                assert_eq!(ring.dot(pairs.into_iter()), [count as u64; N]);
            }
            // Halves and thirds: 1/2 + 1/2 = 1 = 3/3.
            let number = |n: i64| ring.number(&Number::of(&BigRational::new(1.into(), n.into()))).unwrap();
            let (half, third, one) = (number(2), number(3), [1; N]);
            assert_eq!(ring.dot([(&half, &one), (&half, &one)].into_iter()), one);
            assert_eq!(ring.dot([(&third, &[3; N])].into_iter()), one);
        }
    }

    /// What is evaluated at one point is announced as an eighth of what eight points take.
    #[test]
    fn a_single_point_is_cheaper() {
        let work = Work::new();
        let (one, many) = (Residues::<1>::new(7, &work), Residues::<LANES>::new(7, &work));
        assert_eq!((one.work().1, many.work().1), (2, 16));
    }

    /// Lanes do not mix: 2 * 3 + 5 * 7 = 41 in the first, 11 * 13 + 0 = 143 in the second.
    #[test]
    fn lanes_are_apart() {
        let work = Work::new();
        let ring = Residues::<2>::new(1_000_003, &work);
        assert_eq!(ring.dot([(&[2, 11], &[3, 13]), (&[5, 0], &[7, 1])].into_iter()), [41, 143]);
    }
}
