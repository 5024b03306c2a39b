//! The values of two networks at one input: exactly, or modulo a prime when they are too long to write.

use num_bigint::BigUint;
use num_rational::BigRational;
use num_traits::Zero;

use crate::arithmetic::{Arithmetic, Base, BitBudget, CommonScale, PrimeField, exact_seconds, exact_values};
use crate::budget::Budget;
use crate::equality::Values;
use crate::equality::modular::fields;
use crate::network::{Network, Tensor, cost, evaluate};

/// Numerators and denominators of more decimal digits than this are not written.
const DIGITS: u32 = 10_000;
/// No number of an exact evaluation may be longer than this (in bits), nor all together.
const BITS_EACH: u64 = 1 << 20;
const BITS_TOTAL: u64 = 1 << 32;
/// Networks with up to this many operations are evaluated without asking what it takes.
const SMALL: f64 = 1e6;
/// An exact value is worth this many seconds; otherwise a residue is as good a proof.
const SECONDS: f64 = 10.0;

/// Both networks at one input: all outputs.
#[derive(Clone, Debug)]
pub(crate) enum Outputs {
    /// Exact values.
    Exact {
        /// Of the first network.
        a: Vec<BigRational>,
        /// Of the second.
        b: Vec<BigRational>,
    },
    /// Residues.
    Residues {
        /// The prime.
        prime: u64,
        /// Of the first network.
        a: Vec<u64>,
        /// Of the second.
        b: Vec<u64>,
    },
}

impl Outputs {
    /// The values at one output. The position is below the number of outputs.
    pub fn values(&self, position: usize) -> Values {
        match self {
            Outputs::Exact { a, b } => Values::Exact { a: a[position].clone(), b: b[position].clone() },
            Outputs::Residues { prime, a, b } => {
                Values::Residues { prime: *prime, a: a[position], b: b[position] }
            }
        }
    }

    /// Whether the networks differ at an output.
    pub fn differ(&self, position: usize) -> bool {
        match self {
            Outputs::Exact { a, b } => a[position] != b[position],
            Outputs::Residues { a, b, .. } => a[position] != b[position],
        }
    }

    /// Whether the difference of the networks is not the same at two outputs.
    pub fn differences_differ(&self, one: usize, other: usize) -> bool {
        match self {
            Outputs::Exact { a, b } => &a[one] - &b[one] != &a[other] - &b[other],
            Outputs::Residues { prime, a, b } => {
                let difference =
                    |i: usize| (u128::from(a[i]) + u128::from(prime - b[i])) % u128::from(*prime);
                difference(one) != difference(other)
            }
        }
    }

    /// The first output where the second network is not zero, and the ratio of the first to it there; `None`
    /// when there is none, or the values are residues.
    pub fn first_ratio(&self) -> Option<(usize, BigRational)> {
        let Outputs::Exact { a, b } = self else { return None };
        let position = b.iter().position(|b| !b.is_zero())?;
        Some((position, &a[position] / &b[position]))
    }

    /// Whether the first network's value at an output is not this multiple of the second's. Exact values
    /// only.
    pub fn is_not_multiple(&self, position: usize, factor: &BigRational) -> bool {
        match self {
            Outputs::Exact { a, b } => a[position] != &b[position] * factor,
            Outputs::Residues { .. } => false,
        }
    }
}

/// Both networks at an input; residues when some value is too long, modulo the field's prime if that divides
/// no denominator, and modulo another otherwise.
pub(crate) fn outputs(
    a: &Network,
    b: &Network,
    input: &[Tensor<BigRational>],
    field: &PrimeField,
    budget: &Budget,
) -> Option<Outputs> {
    budget.begins("evaluating the witness");
    if let (Some(a), Some(b)) = (exactly(a, input, budget), exactly(b, input, budget)) {
        return Some(Outputs::Exact { a, b });
    }
    [*field].into_iter().chain(fields().take(16)).find_map(|field| residues(a, b, input, &field))
}

/// Both networks at an input modulo a prime, `None` when that divides a denominator.
pub(crate) fn residues(
    a: &Network,
    b: &Network,
    input: &[Tensor<BigRational>],
    field: &PrimeField,
) -> Option<Outputs> {
    let (a, b) = (residues_of(a, input, field)?, residues_of(b, input, field)?);
    Some(Outputs::Residues { prime: field.prime(), a, b })
}

/// All outputs of one network at an input modulo a prime, `None` when that divides a denominator.
pub(crate) fn residues_of(
    network: &Network,
    input: &[Tensor<BigRational>],
    field: &PrimeField,
) -> Option<Vec<u64>> {
    let input: Option<Vec<_>> =
        input.iter().map(|tensor| tensor.try_map(|value| field.from_rational(value)).ok()).collect();
    let output = evaluate(field, network, &input?).ok()?;
    Some(output.data().iter().map(|&value| field.value(value)).collect())
}

/// All outputs exactly, or `None` when some value is too long, or it would take too long to find them.
pub(crate) fn exactly(
    network: &Network,
    input: &[Tensor<BigRational>],
    budget: &Budget,
) -> Option<Vec<BigRational>> {
    // Residues need some of the time that is left.
    let part = budget.within(0.75 * budget.seconds_left());
    let bits = BitBudget::new(BITS_EACH, BITS_TOTAL).stopped_by(part.stop());
    let cost = cost(network);
    let values = if cost.per_point + cost.once <= SMALL {
        by_common_scale(network, input, bits)?
    } else if exact_seconds(network, input) <= SECONDS.min(budget.seconds_left() / 4.0) {
        exact_values(network, input, &bits).ok()?.into_data()
    } else {
        return None;
    };
    let longest = values.iter().map(|v| v.numer().bits().max(v.denom().bits())).max().unwrap_or(0);
    // A number of this many bits is below 10^DIGITS, so the power is rarely needed.
    if longest > u64::from(DIGITS) * 3321 / 1000 {
        let limit = BigUint::from(10u8).pow(DIGITS);
        if values.iter().any(|v| *v.numer().magnitude() >= limit || *v.denom().magnitude() >= limit) {
            return None;
        }
    }
    Some(values)
}

/// All outputs over a common scale.
fn by_common_scale(
    network: &Network,
    input: &[Tensor<BigRational>],
    bits: BitBudget,
) -> Option<Vec<BigRational>> {
    let base = Base::new([network], input.iter().flat_map(|tensor| tensor.data()));
    let scale = CommonScale::new(base, bits);
    let converted: Option<Vec<_>> =
        input.iter().map(|tensor| tensor.try_map(|value| scale.from_rational(value)).ok()).collect();
    scale.rationals(&evaluate(&scale, network, &converted?).ok()?).ok()
}
