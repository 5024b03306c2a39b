//! Statements about degrees: `degree_bound`, `leading` and the normal form of one model.

use std::cmp::Ordering;

use num_rational::BigRational;
use num_traits::Zero;

use super::agreement::check_prime;
use super::bounds::{Bounds, Total, natural, odd_denominator};
use super::evaluate::{Ring, evaluate};
use super::outcome::{Refusal, Work, invalid, require};
use super::points::input_bounds;
use super::residues::{Residues, multiply};
use super::witness::flat;
use crate::certificate::{ComparisonName, Evidence, Leading};
use crate::domain::Domain;
use crate::network::Network;

/// What is known of a degree. The zero polynomial has none: it compares below every number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Known {
    Exactly(Option<u64>),
    AtMost(Option<u64>),
}

/// A bound on the degree from the structure of a network; `None` when there is no monomial.
pub(crate) fn degree_bound(network: &Network, work: &Work) -> Result<Option<u64>, Refusal> {
    let inputs = input_bounds(network, &Domain::everywhere(network.inputs().len()), 1);
    let bounds = evaluate(&Bounds { work }, network, &inputs)?;
    let total = Total::of(&bounds, &1u8.into());
    total.degree()?;
    Ok(total.degree)
}

/// Checks evidence about a degree.
pub(super) fn check(network: &Network, evidence: &Evidence, work: &Work) -> Result<Known, Refusal> {
    match evidence {
        Evidence::DegreeBound { degree } => {
            let proved = degree_bound(network, work)?;
            require(*degree == proved, "evidence.degree_bound.degree", || {
                format!("the bound is {}", proved.map_or("null".to_string(), |degree| degree.to_string()))
            })?;
            // Nothing is below the zero polynomial.
            Ok(if proved.is_none() { Known::Exactly(None) } else { Known::AtMost(proved) })
        }
        Evidence::Leading(leading) => check_leading(network, leading, work),
        Evidence::NormalForm(form) => {
            require(form.scale.is_none(), "evidence.normal_form.scale", || "there is no factor".to_string())?;
            super::normal_form::check(form, &super::normal_form::expand_one(network, work)?)?;
            Ok(Known::Exactly(super::normal_form::degree(form)))
        }
        _ => Err(invalid("evidence", "this kind of evidence says nothing about a degree")),
    }
}

/// The truth of a comparison, `None` when it depends on what is not known.
pub(super) fn truth(known: Known, comparison: ComparisonName, bound: &BigRational) -> Option<bool> {
    let compare = |degree: Option<u64>| degree.map_or(Ordering::Less, |degree| natural(degree).cmp(bound));
    let holds = |ordering: Ordering| match comparison {
        ComparisonName::Less => ordering.is_lt(),
        ComparisonName::AtMost => ordering.is_le(),
        ComparisonName::Greater => ordering.is_gt(),
        ComparisonName::AtLeast => ordering.is_ge(),
        ComparisonName::Equal => ordering.is_eq(),
    };
    match known {
        Known::Exactly(degree) => Some(holds(compare(degree))),
        // Smaller degrees compare as less as soon as the bound does; whether they do otherwise is not known.
        Known::AtMost(degree) if compare(degree).is_lt() => Some(holds(Ordering::Less)),
        Known::AtMost(degree) if compare(degree).is_eq() => match comparison {
            ComparisonName::AtMost => Some(true),
            ComparisonName::Greater => Some(false),
            _ => None,
        },
        Known::AtMost(_) => None,
    }
}

/// The value of an entry along `t * direction`: the bound on its degree, and the coefficient of exactly that power
/// of `t`. Lower powers never reach it again, because degrees of factors add up.
type Top = Option<(u64, u64)>;

/// The arithmetic of highest coefficients modulo a prime. The element of a number other than zero has degree 0, also
/// if the prime divides it: degrees are those of the bound.
struct Tops<'w> {
    prime: u64,
    residues: Residues<'w, 1>,
    work: &'w Work,
}

impl Ring for Tops<'_> {
    type Element = Top;

    fn number(&self, value: &BigRational) -> Result<Top, Refusal> {
        let [residue] = self.residues.number(value)?;
        Ok((!value.is_zero()).then_some((0, residue)))
    }

    fn dyadic(&self, mantissa: i64, exponent: i32) -> Result<Top, Refusal> {
        let [residue] = self.residues.dyadic(mantissa, exponent)?;
        Ok((mantissa != 0).then_some((0, residue)))
    }

    fn zero(&self) -> Top {
        None
    }

    fn add(&self, a: &Top, b: &Top) -> Top {
        match (a, b) {
            (Some((m, x)), Some((n, y))) => Some(match m.cmp(n) {
                Ordering::Less => (*n, *y),
                Ordering::Greater => (*m, *x),
                Ordering::Equal => (*m, self.residues.add(&[*x], &[*y])[0]),
            }),
            (top, None) | (None, top) => *top,
        }
    }

    fn multiply(&self, a: &Top, b: &Top) -> Top {
        let ((m, x), (n, y)) = a.as_ref().zip(b.as_ref())?;
        Some((m.saturating_add(*n), multiply(*x, *y, self.prime)))
    }

    fn work(&self) -> &Work {
        self.work
    }

    fn cost(&self) -> u64 {
        20
    }
}

/// The highest coefficients of all outputs along a direction.
pub(crate) fn tops(
    network: &Network,
    prime: u64,
    direction: &[u64],
    work: &Work,
) -> Result<Vec<Top>, Refusal> {
    let ring = Tops { prime, residues: Residues::new(prime, "evidence.leading.prime", work), work };
    let mut rest = direction.iter();
    let entries = |size: usize, rest: &mut std::slice::Iter<'_, u64>| {
        rest.by_ref().take(size).map(|&residue| Some((1, residue))).collect::<Vec<Top>>()
    };
    let inputs: Vec<Vec<Top>> =
        network.inputs().iter().map(|input| entries(input.shape.size(), &mut rest)).collect();
    evaluate(&ring, network, &inputs)
}

fn check_leading(network: &Network, leading: &Leading, work: &Work) -> Result<Known, Refusal> {
    let field = |field: &str| format!("evidence.leading.{field}");
    let odd = odd_denominator(&[network], std::iter::empty());
    check_prime(leading.prime.0, &odd, &field("prime"))?;
    let direction: Vec<u64> = leading.direction.iter().map(|residue| residue.0).collect();
    require(direction.len() == network.variables(), field("direction"), || {
        format!("the inputs have {} entries", network.variables())
    })?;
    require(direction.iter().all(|&residue| residue < leading.prime.0), field("direction"), || {
        "residues are below the prime".to_string()
    })?;
    let output = flat(network.output_shape(), &leading.output)
        .ok_or_else(|| invalid(field("output"), "the model has no such output"))?;
    let bound = degree_bound(network, work)?;
    require(bound == Some(leading.degree), field("degree"), || {
        "this is not the bound on the degree".to_string()
    })?;
    let top = tops(network, leading.prime.0, &direction, work)?[output];
    let coefficient = top.filter(|top| top.0 == leading.degree).map_or(0, |top| top.1);
    require(coefficient == leading.coefficient.0, field("coefficient"), || format!("it is {coefficient}"))?;
    require(coefficient != 0, field("coefficient"), || "it is zero, which shows nothing".to_string())?;
    Ok(Known::Exactly(bound))
}
