//! A point where two networks differ: as a method finds it, and as a witness is made of it. The values of
//! both networks there are exact, or residues modulo a prime when they are too long to write.

use num_bigint::BigUint;
use num_rational::BigRational;
use num_traits::{Signed, Zero};

use crate::arithmetic::{Arithmetic, Base, BitBudget, CommonScale, PrimeField, exact_seconds, exact_values};
use crate::budget::Budget;
use crate::equality::coordinates::Point;
use crate::equality::modular::fields;
use crate::equality::{Evaluation, Values, Verdict, Witness};
use crate::network::{Network, Tensor, cost, evaluate};
use crate::shortage::{Shortage, Smaller, Undecided, Why};

/// Numerators and denominators of more decimal digits than this are not written.
const DIGITS: u32 = 10_000;
/// No number of an exact evaluation may be longer than this (in bits), nor all together.
const BITS_EACH: u64 = 1 << 20;
const BITS_TOTAL: u64 = 1 << 32;
/// Networks with up to this many operations are evaluated without asking what it takes.
const SMALL: f64 = 1e6;
/// An exact value is worth this many seconds; otherwise a residue is as good a proof.
const SECONDS: f64 = 10.0;

/// A point of the domain where the networks differ modulo a prime, so that they differ.
#[derive(Clone, Debug)]
pub(crate) struct Lead {
    /// Where.
    pub point: Point,
    /// Modulo what. The prime divides no denominator of either network.
    pub field: PrimeField,
    /// The values of both networks there, where the point is as simple as it needs to be.
    pub known: Option<Outputs>,
}

/// Where the networks differ: an input on the domain, an output, and a prime that shows it.
#[derive(Clone, Debug)]
pub(crate) struct Counterexample {
    /// The input.
    pub input: Vec<Tensor<BigRational>>,
    /// The flat position of the first output whose residues differ.
    pub output: usize,
    /// Modulo what they differ.
    pub field: PrimeField,
    /// The values of both networks there, if they are known.
    pub known: Option<Outputs>,
}

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

    /// Both networks at an input, read at one output.
    pub fn evaluation(
        &self,
        network: &Network,
        input: Vec<Tensor<BigRational>>,
        position: usize,
    ) -> Evaluation {
        Evaluation { input, output: network.output_shape().unravel(position), values: self.values(position) }
    }

    /// Whether exact values at one output alone show that `f` is no positive multiple of `g`.
    pub fn refute_scale(&self, position: usize) -> bool {
        let Outputs::Exact { a, b } = self else { return false };
        let (a, b) = (&a[position], &b[position]);
        a.is_zero() != b.is_zero() || (a * b).is_negative()
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
        matches!(self, Outputs::Exact { a, b } if a[position] != &b[position] * factor)
    }
}

impl Counterexample {
    /// Both networks at the input; residues when some value is too long, modulo the prime if that divides no
    /// denominator, and modulo another otherwise.
    pub fn outputs(&self, a: &Network, b: &Network, budget: &Budget) -> Option<Outputs> {
        budget.begins("evaluating the witness");
        if let (Some(a), Some(b)) = (exactly(a, &self.input, budget), exactly(b, &self.input, budget)) {
            return Some(Outputs::Exact { a, b });
        }
        [self.field].into_iter().chain(fields().take(16)).find_map(|field| self.residues(a, b, &field))
    }

    /// Both networks at the input modulo a prime, `None` when that divides a denominator.
    pub fn residues(&self, a: &Network, b: &Network, field: &PrimeField) -> Option<Outputs> {
        let (a, b) = (residues_of(a, &self.input, field)?, residues_of(b, &self.input, field)?);
        Some(Outputs::Residues { prime: field.prime(), a, b })
    }

    /// The verdict with one evaluation, at the first output with a property.
    pub fn shown(self, network: &Network, outputs: &Outputs, property: impl Fn(usize) -> bool) -> Verdict {
        match (0..network.output_shape().size()).find(|&position| property(position)) {
            Some(position) => different(vec![outputs.evaluation(network, self.input, position)]),
            None => too_long(),
        }
    }
}

/// The verdict with evaluations that show a difference.
pub(crate) fn different(evaluations: Vec<Evaluation>) -> Verdict {
    Verdict::Different(Witness { evaluations })
}

/// Verdict for unequal networks whose values are too long to print.
pub(crate) fn too_long() -> Verdict {
    smaller_values("they differ, but the values that show it are too long to print")
}

/// Verdict when values are too long for the method.
pub(crate) fn smaller_values(why: impl Into<Why>) -> Verdict {
    Verdict::Undecided(Undecided::because(why, Shortage::smaller(Smaller::Values)))
}

/// All outputs of one network at an input modulo a prime, `None` when that divides a denominator.
pub(crate) fn residues_of(
    network: &Network,
    input: &[Tensor<BigRational>],
    field: &PrimeField,
) -> Option<Vec<u64>> {
    Some(evaluated(field, network, input)?.data().iter().map(|&value| field.value(value)).collect())
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
        let base = Base::new([network], input.iter().flat_map(|tensor| tensor.data()));
        let scale = CommonScale::new(base, bits);
        scale.rationals(&evaluated(&scale, network, input)?).ok()?
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

/// All outputs in an arithmetic, `None` when it has no element for an entry of the input or of a constant.
fn evaluated<A: Arithmetic>(
    arithmetic: &A,
    network: &Network,
    input: &[Tensor<BigRational>],
) -> Option<Tensor<A::Element>> {
    let input: Option<Vec<_>> =
        input.iter().map(|tensor| tensor.try_map(|value| arithmetic.from_rational(value)).ok()).collect();
    evaluate(arithmetic, network, &input?).ok()
}
