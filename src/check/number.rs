//! Numbers: exact, and short where they can be.

use std::rc::Rc;

use num_bigint::{BigInt, BigUint};
use num_integer::Integer;
use num_rational::BigRational;
use num_traits::{One, Signed, ToPrimitive, Zero};

use super::outcome::{Refusal, Work, unreadable};
use crate::network::{Constant, Data, Network, Operation, decompose};

/// A rational. A number has one form only: the short one if it has that.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum Number {
    /// `mantissa * 2^exponent`, the mantissa odd, the exponent of magnitude below 2^20; or both are zero.
    Short { mantissa: i64, exponent: i32 },
    /// Any other.
    Long(Rc<BigRational>),
}

impl Number {
    pub(super) const ZERO: Number = Number::Short { mantissa: 0, exponent: 0 };
    pub(super) const ONE: Number = Number::Short { mantissa: 1, exponent: 0 };

    fn dyadic(mantissa: i128, exponent: i64) -> Number {
        if mantissa == 0 {
            return Number::ZERO;
        }
        let odd = mantissa >> mantissa.trailing_zeros();
        let exponent = exponent + i64::from(mantissa.trailing_zeros());
        match i64::try_from(odd) {
            Ok(mantissa) if exponent.abs() < 1 << 20 => Number::Short { mantissa, exponent: exponent as i32 },
            _ => Number::Long(Rc::new(shifted(odd.into(), exponent))),
        }
    }

    pub(super) fn of(value: &BigRational) -> Number {
        let zeros = |number: &BigInt| number.trailing_zeros().unwrap_or(0);
        let (up, down) = (zeros(value.numer()), zeros(value.denom()));
        let short = value.denom().bits() == down + 1 && up.max(down) < 1 << 20;
        match (value.numer() >> up).to_i64() {
            Some(mantissa) if short => Number::dyadic(mantissa.into(), up as i64 - down as i64),
            _ => Number::Long(Rc::new(value.clone())),
        }
    }

    pub(super) fn rational(&self) -> BigRational {
        match self {
            Number::Short { mantissa, exponent } => shifted((*mantissa).into(), (*exponent).into()),
            Number::Long(value) => (**value).clone(),
        }
    }

    pub(super) fn is_zero(&self) -> bool {
        *self == Number::ZERO
    }

    pub(super) fn multiply(&self, other: &Number, work: &Work) -> Number {
        match (self, other) {
            (Number::Short { mantissa: m, exponent: e }, Number::Short { mantissa: n, exponent: f }) => {
                Number::dyadic(i128::from(*m) * i128::from(*n), i64::from(*e) + i64::from(*f))
            }
            _ => self.long(other, work, |a, b| a * b),
        }
    }

    pub(super) fn add(&self, other: &Number, work: &Work) -> Number {
        match (self, other) {
            (Number::Short { mantissa: m, exponent: e }, Number::Short { mantissa: n, exponent: f })
                if e.abs_diff(*f) < 60 =>
            {
                let least = *e.min(f);
                let (m, n) = (i128::from(*m) << (e - least), i128::from(*n) << (f - least));
                Number::dyadic(m + n, least.into())
            }
            _ => self.long(other, work, |a, b| a + b),
        }
    }

    /// Numbers of more than a million bits are not computed.
    fn long(
        &self,
        other: &Number,
        work: &Work,
        f: impl Fn(BigRational, BigRational) -> BigRational,
    ) -> Number {
        let (a, b) = (self.rational(), other.rational());
        let bits: u64 = [&a, &b].map(|x| x.numer().bits() + x.denom().bits()).iter().sum();
        if work.announce(if bits > 1 << 21 { u64::MAX } else { 500 + bits }) {
            Number::of(&f(a, b))
        } else {
            Number::ZERO
        }
    }
}

/// `mantissa * 2^exponent`
fn shifted(mantissa: BigInt, exponent: i64) -> BigRational {
    let power = BigInt::one() << exponent.unsigned_abs();
    if exponent < 0 { BigRational::new(mantissa, power) } else { (mantissa * power).into() }
}

/// Divides coefficients, none of them zero, by a common factor, which is returned: what is left are integers
/// without a common odd divisor, times powers of two, the first of them odd and positive. Two rows come out
/// the same exactly if one is a multiple of the other.
pub(super) fn primitive<M>(row: &mut [(M, Number)], work: &Work) -> Number {
    let mut divisor = Some(0i64);
    for (_, number) in row.iter() {
        divisor = match (divisor, number) {
            (Some(1), Number::Short { .. }) => Some(1),
            (Some(divisor), Number::Short { mantissa, .. }) => Some(divisor.gcd(mantissa)),
            _ => None,
        };
    }
    let Some((_, first)) = row.first() else { return Number::ONE };
    if let (Some(divisor), Number::Short { mantissa, exponent: shift }) = (divisor, first) {
        let (divisor, shift) = (i128::from(divisor * mantissa.signum()), i64::from(*shift));
        for (_, number) in row {
            if let Number::Short { mantissa, exponent } = number {
                *number = Number::dyadic(i128::from(*mantissa) / divisor, i64::from(*exponent) - shift);
            }
        }
        return Number::dyadic(divisor, shift);
    }
    let odd = |number: &BigInt| number >> number.trailing_zeros().unwrap_or(0);
    let first = first.rational();
    let two = BigRational::new(first.numer() / odd(first.numer()), first.denom() / odd(first.denom()));
    let (mut numerator, mut denominator) = (BigInt::zero(), BigInt::one());
    for value in row.iter().map(|(_, number)| number.rational()) {
        if !work.announce(500 + value.numer().bits() + value.denom().bits() + denominator.bits()) {
            return Number::ONE;
        }
        (numerator, denominator) = (numerator.gcd(&odd(value.numer())), denominator.lcm(&odd(value.denom())));
    }
    let factor = BigRational::new(numerator, denominator) * two * first.signum();
    row.iter_mut().for_each(|(_, number)| *number = Number::of(&(number.rational() / &factor)));
    Number::of(&factor)
}

/// How many entries of a constant are read at a time.
const BLOCK: usize = 1 << 16;

/// Visits all entries of a constant in row-major order. They may be in a weight file, which may have changed.
pub(super) fn for_each_entry(
    constant: &Constant,
    mut visit: impl FnMut(Number) -> Result<(), Refusal>,
) -> Result<(), Refusal> {
    let size = constant.shape().size();
    for start in (0..size).step_by(BLOCK) {
        let block = constant
            .block(start..size.min(start + BLOCK))
            .map_err(|error| unreadable("weights", error.to_string()))?;
        let mut float = |x: f64| {
            let (mantissa, exponent) = decompose(x);
            visit(Number::Short { mantissa, exponent })
        };
        match &*block {
            Data::F64(v) => v.iter().try_for_each(|&x| float(x))?,
            Data::F32(v) => v.iter().try_for_each(|&x| float(x.into()))?,
            Data::F16(v) => v.iter().try_for_each(|&x| float(x.into()))?,
            Data::BF16(v) => v.iter().try_for_each(|&x| float(x.into()))?,
            data => (0..data.len()).try_for_each(|i| visit(Number::of(&data.rational(i))))?,
        }
    }
    Ok(())
}

/// The least common multiple of the denominators of some numbers and of all numbers of some networks.
pub(super) fn common_denominator<'a>(
    networks: &[&Network],
    numbers: impl Iterator<Item = &'a BigRational>,
) -> Result<BigUint, Refusal> {
    let (mut two, mut other) = (0u32, BigUint::one());
    let mut include = |number: &Number| match number {
        Number::Short { exponent, .. } => two = two.max(exponent.min(&0).unsigned_abs()),
        Number::Long(value) => {
            let denominator = value.denom().magnitude();
            if !(&other % denominator).is_zero() {
                other = other.lcm(denominator);
            }
        }
    };
    numbers.for_each(|value| include(&Number::of(value)));
    for node in networks.iter().flat_map(|network| network.nodes()) {
        match &node.operation {
            Operation::Constant(constant) => for_each_entry(constant, |entry| {
                include(&entry);
                Ok(())
            })?,
            Operation::Combine { terms } => terms.iter().for_each(|(value, _)| include(&Number::of(value))),
            _ => {}
        }
    }
    Ok(other.lcm(&(BigUint::one() << two)))
}

/// The least `n` such that a number is at most `2^n` in magnitude; of zero, 0.
pub(super) fn ceil_log2(number: &Number) -> i64 {
    match number {
        Number::Short { mantissa: 0, .. } => 0,
        Number::Short { mantissa, exponent } => {
            i64::from(64 - (mantissa.unsigned_abs() - 1).leading_zeros()) + i64::from(*exponent)
        }
        Number::Long(value) => {
            let (p, q) = (value.numer().magnitude(), value.denom().magnitude());
            // p / q is between 2^(n - 1) and 2^(n + 1).
            let n = p.bits() as i64 - q.bits() as i64;
            let fits = if n >= 0 { *p <= q << n } else { p << n.unsigned_abs() <= *q };
            if fits { n } else { n + 1 }
        }
    }
}
