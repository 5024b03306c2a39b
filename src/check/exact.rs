//! Exact values: integers over a common scale.

use num_bigint::{BigInt, BigUint};
use num_integer::Integer;
use num_rational::BigRational;
use num_traits::{One, Pow, Zero};

use super::evaluate::Ring;
use super::outcome::{Refusal, Work};

/// The number `integer / (2^two * L^odd)`, for the odd denominator `L` of the ring.
#[derive(Clone, Debug)]
pub(super) struct Scaled {
    integer: BigInt,
    two: u64,
    odd: u64,
}

/// Numbers over powers of two and of one odd number, which every denominator divides.
pub(super) struct Exact<'w> {
    pub odd: BigUint,
    pub work: &'w Work,
}

/// Numbers of more bits are not computed.
const LONGEST: u64 = 1 << 22;

impl Exact<'_> {
    /// The number as a fraction in lowest terms.
    pub(super) fn rational(&self, value: &Scaled) -> BigRational {
        let denominator = Pow::pow(&self.odd, value.odd) << value.two;
        BigRational::new(value.integer.clone(), denominator.into())
    }

    /// The same number over larger powers.
    fn over(&self, value: &Scaled, two: u64, odd: u64) -> BigInt {
        let mut integer = value.integer.clone();
        if odd > value.odd {
            integer *= BigInt::from(Pow::pow(&self.odd, odd - value.odd));
        }
        integer << (two - value.two)
    }

    /// Whether a number of this many bits may be computed.
    fn fits(&self, bits: u64) -> bool {
        self.work.spend(if bits > LONGEST { u64::MAX } else { bits })
    }
}

impl Ring for Exact<'_> {
    type Element = Scaled;

    fn number(&self, value: &BigRational) -> Result<Scaled, Refusal> {
        let denominator = value.denom().magnitude();
        let two = denominator.trailing_zeros().unwrap_or(0);
        let odd_part = denominator >> two;
        // All denominators are known beforehand, so their odd parts divide L.
        let (factor, odd) =
            if odd_part.is_one() { (BigUint::one(), 0) } else { (self.odd.div_floor(&odd_part), 1) };
        Ok(Scaled { integer: value.numer() * BigInt::from(factor), two, odd })
    }

    fn dyadic(&self, mantissa: i64, exponent: i32) -> Result<Scaled, Refusal> {
        let integer = BigInt::from(mantissa) << exponent.max(0);
        Ok(Scaled { integer, two: u64::from(exponent.min(0).unsigned_abs()), odd: 0 })
    }

    fn zero(&self) -> Scaled {
        Scaled { integer: BigInt::zero(), two: 0, odd: 0 }
    }

    fn add(&self, a: &Scaled, b: &Scaled) -> Scaled {
        let (two, odd) = (a.two.max(b.two), a.odd.max(b.odd));
        let length = |x: &Scaled| x.integer.bits() + (two - x.two) + (odd - x.odd) * self.odd.bits();
        if !self.fits(length(a).max(length(b))) {
            return self.zero();
        }
        Scaled { integer: self.over(a, two, odd) + self.over(b, two, odd), two, odd }
    }

    fn multiply(&self, a: &Scaled, b: &Scaled) -> Scaled {
        if a.integer.is_zero() || b.integer.is_zero() || !self.fits(a.integer.bits() + b.integer.bits()) {
            return self.zero();
        }
        let (short, long) = (a.integer.bits().min(b.integer.bits()), a.integer.bits().max(b.integer.bits()));
        self.work.spend(short * long / 4096);
        Scaled { integer: &a.integer * &b.integer, two: a.two + b.two, odd: a.odd + b.odd }
    }

    fn work(&self) -> &Work {
        self.work
    }

    fn cost(&self) -> u64 {
        100
    }
}
