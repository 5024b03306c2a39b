//! Integers modulo a prime below 2^62, at several points at once; primality.

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
/// An element holds residues at this many points.
pub(super) const LANES: usize = 8;

/// The integers modulo odd primes that divide no denominator: one at many points, or many.
pub(super) struct Residues<'w> {
    primes: [u64; LANES],
    /// `2^e` for the exponents seen.
    powers: RefCell<BTreeMap<i32, [u64; LANES]>>,
    work: &'w Work,
}

impl<'w> Residues<'w> {
    pub(super) fn new(prime: u64, work: &'w Work) -> Residues<'w> {
        Residues { primes: [prime; LANES], powers: RefCell::default(), work }
    }

    /// Modulo several primes, at least one, a lane for each, the last of them in all further lanes.
    pub(super) fn of_many(primes: &[u64], work: &'w Work) -> Residues<'w> {
        let prime = |lane: usize| primes.get(lane).or(primes.last()).copied().unwrap_or(3);
        Residues { primes: std::array::from_fn(prime), powers: RefCell::default(), work }
    }

    /// The residue of a number modulo the first prime.
    pub(super) fn residue(&self, value: &BigRational) -> Result<u64, Refusal> {
        residue(value, self.primes[0])
    }

    /// A value for every lane, from the lane and its prime; the same for the same prime.
    fn lanes(&self, value: impl Fn(usize, u64) -> Result<u64, Refusal>) -> Result<[u64; LANES], Refusal> {
        let mut lanes = [value(0, self.primes[0])?; LANES];
        for lane in 1..LANES {
            let known = self.primes[lane] == self.primes[lane - 1];
            lanes[lane] = if known { lanes[lane - 1] } else { value(lane, self.primes[lane])? };
        }
        Ok(lanes)
    }
}

impl Ring for Residues<'_> {
    type Element = [u64; LANES];

    fn number(&self, value: &Number) -> Result<[u64; LANES], Refusal> {
        let (mantissa, exponent) = match value {
            Number::Long(value) => return self.lanes(|_, prime| residue(value, prime)),
            Number::Short { mantissa, exponent } => (i128::from(*mantissa), *exponent),
        };
        let power_of_two = |_, prime: u64| {
            let base = if exponent < 0 { prime.div_ceil(2) } else { 2 };
            Ok(power(base, exponent.unsigned_abs().into(), prime))
        };
        let known = self.powers.borrow().get(&exponent).copied();
        let powers = match known {
            Some(powers) => powers,
            None => {
                let powers = self.lanes(power_of_two)?;
                *self.powers.borrow_mut().entry(exponent).or_insert(powers)
            }
        };
        self.lanes(|lane, prime| Ok(multiply(mantissa.rem_euclid(prime.into()) as u64, powers[lane], prime)))
    }

    fn dot<'a>(&self, pairs: impl Iterator<Item = (&'a [u64; LANES], &'a [u64; LANES])>) -> [u64; LANES] {
        // The lower and the upper halves of the products, which are of residues below 2^62.
        let (mut low, mut high) = ([0u128; LANES], [0u128; LANES]);
        for (a, b) in pairs {
            for lane in 0..LANES {
                let product = u128::from(a[lane]) * u128::from(b[lane]);
                low[lane] += u128::from(product as u64);
                high[lane] += product >> 64;
            }
        }
        std::array::from_fn(|lane| {
            let prime = u128::from(self.primes[lane]);
            let high = if high[lane] < LARGEST.into() { high[lane] } else { high[lane] % prime };
            // Fewer than 2^62 products: this is below 2^126 + 2^126.
            (((high << 64) + low[lane]) % prime) as u64
        })
    }

    fn work(&self) -> (&Work, u64) {
        (self.work, 2 + 2 * LANES as u64)
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

    /// (p - 1)^2 = 1 modulo p: n such products add up to n, modulo every prime that a lane has.
    #[test]
    fn sums_of_many_products() {
        let (work, primes) = (Work::new(), primes_above(62 * 9, &BigUint::from(1u8)));
        let ring = Residues::of_many(&primes[..5], &work);
        let minus = ring.number(&Number::of(&BigRational::from_integer((-1).into()))).unwrap();
        assert_eq!(minus, std::array::from_fn(|lane| primes[lane.min(4)] - 1));
        for count in [0, 1, 2, 15, 16, 17, 1000] {
            let pairs = vec![(&minus, &minus); count];
            assert_eq!(ring.dot(pairs.into_iter()), [count as u64; LANES]);
        }
        // Halves and thirds: 1/2 + 1/2 = 1 = 3/3.
        let [half, third] = [2, 3].map(|n| ring.number(&Number::of(&BigRational::new(1.into(), n.into()))));
        let (half, third, one) = (half.unwrap(), third.unwrap(), [1; LANES]);
        assert_eq!(ring.dot([(&half, &one), (&half, &one)].into_iter()), one);
        assert_eq!(ring.dot([(&third, &[3; LANES])].into_iter()), one);
    }
}
