//! Exact values as integers over a common scale: the fast way to evaluate a network at rational points.
//!
//! A value is `numerator / (2^two * base^odd)` with one base for the whole network ([`Base`]), so nothing is
//! ever reduced: no greatest common divisors are computed before the final result.

use std::sync::OnceLock;

use num_bigint::{BigInt, BigUint};
use num_rational::BigRational;
use num_traits::{One, Zero};

use super::budget::{BitBudget, BitMeter};
use super::scale::{Base, Denominator};
use super::{Arithmetic, Exact, Halt};
use crate::network::{Data, Tensor, decompose};

/// A number over the common scale. One number has many representations, so numbers are compared with
/// [`Exact::equal`].
#[derive(Clone, Debug)]
pub struct Scaled {
    numerator: BigInt,
    denominator: Denominator,
}

/// Entries of one constant are brought to one denominator when that makes none longer than this.
const ALIGNED_BITS: u64 = 1 << 10;
/// Powers of the base up to this exponent are kept.
const KEPT_POWERS: usize = 64;

/// The rationals whose denominators divide a power of two times a power of a base, within a budget of bits.
#[derive(Debug)]
pub struct CommonScale {
    base: Base,
    meter: BitMeter,
    powers: Vec<OnceLock<BigInt>>,
}

impl CommonScale {
    /// Numbers over the scale that a base gives. The base must cover the network's constants and its inputs.
    pub fn new(base: Base, budget: BitBudget) -> CommonScale {
        let powers = (0..KEPT_POWERS).map(|_| OnceLock::new()).collect();
        CommonScale { base, meter: BitMeter::new(budget), powers }
    }

    /// The rational in lowest terms. Fails when it is longer than the budget allows for one number.
    pub fn rational(&self, value: &Scaled) -> Result<BigRational, Halt> {
        if value.numerator.is_zero() {
            return Ok(BigRational::zero());
        }
        if !self.meter.spend(self.length(&value.numerator, value.denominator)) {
            self.meter.status()?;
        }
        let denominator = self.base.value(value.denominator);
        Ok(BigRational::new(value.numerator.clone(), BigInt::from(denominator)))
    }

    /// A tensor of rationals.
    pub fn rationals(&self, values: &Tensor<Scaled>) -> Result<Vec<BigRational>, Halt> {
        values.data().iter().map(|value| self.rational(value)).collect()
    }

    fn length(&self, numerator: &BigInt, denominator: Denominator) -> u64 {
        numerator.bits().saturating_add(self.base.log2(denominator))
    }

    /// The numerator over a larger denominator.
    fn lift(&self, value: &Scaled, to: Denominator) -> BigInt {
        let two = to.two - value.denominator.two;
        let odd = to.odd - value.denominator.odd;
        let lifted = if odd == 0 || self.base.odd().is_one() {
            value.numerator.clone()
        } else if let Some(power) = self.powers.get(odd as usize) {
            &value.numerator * power.get_or_init(|| self.base_power(odd))
        } else {
            &value.numerator * self.base_power(odd)
        };
        if two == 0 { lifted } else { lifted << two }
    }

    fn base_power(&self, exponent: u64) -> BigInt {
        BigInt::from(self.base.value(Denominator { two: 0, odd: exponent }))
    }

    /// All over one denominator, so that sums of them need no shifts; unless that makes them long.
    fn align(&self, values: Vec<Scaled>) -> Vec<Scaled> {
        let common = values.iter().fold(Denominator::default(), |all, value| all.join(value.denominator));
        if self.base.log2(common) > ALIGNED_BITS {
            return values;
        }
        let align = |value: Scaled| {
            if value.numerator.is_zero() {
                value
            } else {
                Scaled { numerator: self.lift(&value, common), denominator: common }
            }
        };
        values.into_iter().map(align).collect()
    }

    fn floats(&self, values: impl Iterator<Item = f64>) -> Vec<Scaled> {
        let scaled = |x: f64| {
            let (mantissa, exponent) = decompose(x);
            let numerator = BigInt::from(mantissa) << exponent.max(0);
            let two = u64::from(exponent.min(0).unsigned_abs());
            Scaled { numerator, denominator: Denominator { two, odd: 0 } }
        };
        self.align(values.map(scaled).collect())
    }

    fn cover(&self, value: &BigRational) -> Result<Scaled, Halt> {
        let number = value.denom().magnitude();
        let Some(denominator) = self.base.denominator(number) else {
            return Err(Halt::Range(format!("the common denominator does not cover {value}")));
        };
        let plain = Scaled { numerator: value.numer().clone(), denominator };
        if number.is_one() {
            return Ok(plain);
        }
        if !self.meter.spend(plain.numerator.bits().saturating_add(self.base.log2(denominator))) {
            self.meter.status()?;
        }
        let factor: BigUint = self.base.value(denominator) / number;
        Ok(Scaled { numerator: plain.numerator * BigInt::from(factor), denominator })
    }
}

impl Arithmetic for CommonScale {
    type Element = Scaled;

    /// Fails when the base lacks a factor of the denominator.
    fn from_rational(&self, value: &BigRational) -> Result<Scaled, Halt> {
        self.cover(value)
    }

    fn zero(&self) -> Scaled {
        Scaled { numerator: BigInt::zero(), denominator: Denominator::default() }
    }

    fn one(&self) -> Scaled {
        Scaled { numerator: BigInt::one(), denominator: Denominator::default() }
    }

    fn add(&self, a: &Scaled, b: &Scaled) -> Scaled {
        if a.numerator.is_zero() {
            return b.clone();
        }
        if b.numerator.is_zero() {
            return a.clone();
        }
        if a.denominator == b.denominator {
            return Scaled { numerator: &a.numerator + &b.numerator, denominator: a.denominator };
        }
        let common = a.denominator.join(b.denominator);
        let lifted =
            |x: &Scaled| self.length(&x.numerator, common).saturating_sub(self.base.log2(x.denominator));
        if !self.meter.spend(lifted(a).max(lifted(b))) {
            return self.zero();
        }
        Scaled { numerator: self.lift(a, common) + self.lift(b, common), denominator: common }
    }

    fn multiply(&self, a: &Scaled, b: &Scaled) -> Scaled {
        if a.numerator.is_zero() || b.numerator.is_zero() {
            return self.zero();
        }
        let denominator = a.denominator.times(b.denominator);
        let bits = a.numerator.bits().saturating_add(b.numerator.bits());
        if !self.meter.spend(bits.saturating_add(self.base.log2(denominator))) {
            return self.zero();
        }
        Scaled { numerator: &a.numerator * &b.numerator, denominator }
    }

    fn status(&self) -> Result<(), Halt> {
        self.meter.status()
    }

    fn from_data(&self, data: &Data) -> Result<Vec<Scaled>, Halt> {
        Ok(match data {
            Data::F64(v) => self.floats(v.iter().copied()),
            Data::F32(v) => self.floats(v.iter().map(|&x| f64::from(x))),
            Data::F16(v) => self.floats(v.iter().map(|&x| f64::from(x))),
            Data::BF16(v) => self.floats(v.iter().map(|&x| f64::from(x))),
            Data::Integer(_) | Data::Unsigned(_) | Data::Rational(_) => {
                let values: Result<Vec<Scaled>, Halt> =
                    (0..data.len()).map(|i| self.cover(&data.rational(i))).collect();
                self.align(values?)
            }
        })
    }
}

impl Exact for CommonScale {
    /// Without reducing them.
    fn equal(&self, a: &Scaled, b: &Scaled) -> bool {
        if a.numerator.is_zero() || b.numerator.is_zero() {
            return a.numerator.is_zero() && b.numerator.is_zero();
        }
        let common = a.denominator.join(b.denominator);
        a.numerator.sign() == b.numerator.sign() && self.lift(a, common) == self.lift(b, common)
    }

    fn is_zero(&self, a: &Scaled) -> bool {
        a.numerator.is_zero()
    }
}
