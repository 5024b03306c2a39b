//! The rational numbers: the plain reference that every other exact arithmetic is tested against.
//!
//! Every operation reduces its result, so this is slow; [`CommonScale`](super::CommonScale) gives the same
//! values faster.

use num_rational::BigRational;
use num_traits::{One, Zero};

use super::budget::{BitBudget, BitMeter};
use super::{Arithmetic, Exact, Halt};

/// The field of rationals, within a budget of bits.
#[derive(Debug, Default)]
pub struct Rationals {
    meter: BitMeter,
}

impl Rationals {
    /// The rationals with a default limit on the length of numbers.
    pub fn new() -> Rationals {
        Rationals::default()
    }

    /// The rationals within a budget. [`Arithmetic::status`] reports when it is used up; values computed
    /// after that are meaningless.
    pub fn with_budget(budget: BitBudget) -> Rationals {
        Rationals { meter: BitMeter::new(budget) }
    }
}

fn bits(value: &BigRational) -> u64 {
    value.numer().bits().saturating_add(value.denom().bits())
}

impl Arithmetic for Rationals {
    type Element = BigRational;

    fn from_rational(&self, value: &BigRational) -> Result<BigRational, Halt> {
        Ok(value.clone())
    }

    fn zero(&self) -> BigRational {
        BigRational::zero()
    }

    fn one(&self) -> BigRational {
        BigRational::one()
    }

    fn add(&self, a: &BigRational, b: &BigRational) -> BigRational {
        if a.is_zero() {
            return b.clone();
        }
        if b.is_zero() {
            return a.clone();
        }
        if self.meter.spend(bits(a).saturating_add(bits(b))) { a + b } else { BigRational::zero() }
    }

    fn multiply(&self, a: &BigRational, b: &BigRational) -> BigRational {
        if a.is_zero() || b.is_zero() {
            return BigRational::zero();
        }
        if self.meter.spend(bits(a).saturating_add(bits(b))) { a * b } else { BigRational::zero() }
    }

    fn status(&self) -> Result<(), Halt> {
        self.meter.status()
    }
}

impl Exact for Rationals {
    fn equal(&self, a: &BigRational, b: &BigRational) -> bool {
        a == b
    }
}
