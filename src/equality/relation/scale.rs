//! `f = c g` for a rational `c > 0`.
//!
//! If `g` is zero on the domain, so must `f` be. Otherwise there is a point `u` and an output `i` with
//! `g_i(u) != 0`, and `c` can only be `f_i(u) / g_i(u)`: it must be positive, and `f - c g` must vanish. If
//! that does not vanish at output `j` of `v`, then `f_j(v) g_i(u) != f_i(u) g_j(v)`, which refutes every
//! factor.

use std::collections::BTreeMap;

use num_bigint::{BigInt, Sign};
use num_integer::Integer;
use num_rational::BigRational;
use num_traits::{One, Signed, Zero};

use super::{Related, converted};
use crate::arithmetic::{Arithmetic, PrimeField};
use crate::budget::Budget;
use crate::equality::explanation::{Explanation, Split};
use crate::equality::fit::{built, zero_like};
use crate::equality::methods::normal_form::Expanded;
use crate::equality::modular::fields;
use crate::equality::portfolio::{Decision, Solver};
use crate::equality::problem::Problem;
use crate::equality::witness::outputs::{Counterexample, Outputs, different, smaller_values, too_long};
use crate::equality::{Method, Proof, Question, QuestionError, Relation, Values, Verdict};
use crate::network::Network;
use crate::shortage::Undecided;

/// Equality up to a positive factor.
pub(super) struct UpToScale;

impl Related for UpToScale {
    fn scale_of_itself(&self) -> Option<BigRational> {
        Some(BigRational::one())
    }

    fn decide(&self, question: &Question<'_>, solver: &Solver<'_>) -> Result<Verdict, QuestionError> {
        decide(question, solver)
    }

    fn key(&self, values: &[BigRational]) -> Vec<BigRational> {
        match values.iter().find(|value| !value.is_zero()) {
            Some(first) => values.iter().map(|value| value / first.abs()).collect(),
            None => values.to_vec(),
        }
    }

    fn residue_key(&self, field: &PrimeField, values: &[u64]) -> Option<Vec<u64>> {
        let nonzero = values.iter().find(|&&value| value != 0)?;
        let inverse = field.invert(field.element(*nonzero))?;
        Some(converted(field, values, &|value| field.multiply(&value, &inverse)))
    }

    fn places(&self, position: usize, nonzero: usize, _: usize) -> Vec<usize> {
        vec![nonzero, position]
    }

    fn explain(&self, _: &Problem<'_>, expanded: &Expanded, budget: &Budget) -> Option<Explanation> {
        explained(expanded, budget)
    }
}

/// Decides `a = c b` on a domain.
fn decide(question: &Question<'_>, solver: &Solver<'_>) -> Result<Verdict, QuestionError> {
    let Question { a, b, domain, .. } = *question;
    let zero = zero_like(a)?;
    let vanishes = |network: &Network| -> Result<Decision, QuestionError> {
        Ok(solver.solve(&Problem::new(network, &zero, Relation::UpToScale, domain, solver.budget)?))
    };
    let found = match vanishes(b)? {
        Decision::Undecided(undecided) => return Ok(part("whether the second is zero", undecided)),
        Decision::Differs(found) => found,
        Decision::Equal(method_b) => {
            return Ok(match vanishes(a)? {
                Decision::Undecided(undecided) => part("whether the first is zero", undecided),
                Decision::Differs(found) => found
                    .outputs(a, b, solver.budget)
                    .map_or_else(too_long, |outputs| found.shown(a, &outputs, |i| outputs.differ(i))),
                // If they are unrelated, one of them is not zero, and deciding that it is had the error.
                Decision::Equal(method_a) => {
                    let method = less_certain(method_a, method_b);
                    Verdict::Equal(Proof { method, scale: Some(BigRational::one()) })
                }
            });
        }
    };

    let Some(at_u) = found.outputs(a, b, solver.budget) else { return Ok(too_long()) };
    let factor = match at_u.first_ratio() {
        Some((_, ratio)) if !ratio.is_positive() => {
            return Ok(found.shown(a, &at_u, |i| at_u.refute_scale(i)));
        }
        Some(ratio) => ratio,
        None => (found.output, ratio_from_residues(a, b, &found)),
    };
    decide_factor(question, solver, (found, at_u), factor)
}

/// The method with the larger probability of an error.
fn less_certain(one: Method, other: Method) -> Method {
    let bits = |method: &Method| method.error_log2().unwrap_or(u32::MAX);
    if bits(&one) < bits(&other) { one } else { other }
}

fn part(what: &'static str, undecided: Undecided) -> Verdict {
    Verdict::Undecided(Undecided { part: Some(what), ..undecided })
}

/// Decides `f - c g` for the only factor `c` that is possible (or, when it could only be guessed from
/// residues, for the guess), which was read off at output `i` of a point.
fn decide_factor(
    question: &Question<'_>,
    solver: &Solver<'_>,
    (found, outputs_u): (Counterexample, Outputs),
    (i, factor): (usize, BigRational),
) -> Result<Verdict, QuestionError> {
    let Question { a, b, domain, .. } = *question;
    let scaled = built(b, |builder, inputs| {
        let output = builder.import(b, inputs)?;
        builder.combine(vec![(factor.clone(), output)])
    })?;
    let problem = Problem::new(a, &scaled, Relation::UpToScale, domain, solver.budget)?;
    let at_v = match solver.solve(&problem) {
        Decision::Undecided(undecided) => return Ok(Verdict::Undecided(undecided)),
        Decision::Equal(method) if factor.is_positive() => {
            return Ok(Verdict::Equal(Proof { method, scale: Some(factor) }));
        }
        Decision::Equal(_) => {
            return Ok(smaller_values(format!(
                "the factor could only be {factor}, but no value is short enough to show its sign"
            )));
        }
        Decision::Differs(at_v) => at_v,
    };

    let exact_v = at_v.outputs(a, b, solver.budget);
    if let (Outputs::Exact { .. }, Some(outputs_v @ Outputs::Exact { .. })) = (&outputs_u, exact_v) {
        let positions = || 0..a.output_shape().size();
        if positions().any(|position| outputs_v.refute_scale(position)) {
            return Ok(at_v.shown(a, &outputs_v, |position| outputs_v.refute_scale(position)));
        }
        let other = positions().find(|&position| outputs_v.is_not_multiple(position, &factor));
        return Ok(other.map_or_else(too_long, |j| {
            different(vec![outputs_u.evaluation(a, found.input, i), outputs_v.evaluation(a, at_v.input, j)])
        }));
    }
    // Long values: both evaluations modulo one prime, if it shows that no factor is possible.
    let prime = at_v.field.prime();
    let pair = found.residues(a, b, &at_v.field).zip(at_v.residues(a, b, &at_v.field));
    if let Some((outputs_u, outputs_v)) = pair
        && let (Values::Residues { a: fu, b: gu, .. }, Values::Residues { a: fv, b: gv, .. }) =
            (outputs_u.values(i), outputs_v.values(at_v.output))
        && product(&at_v.field, fu, gv) != product(&at_v.field, fv, gu)
    {
        return Ok(different(vec![
            outputs_u.evaluation(a, found.input, i),
            outputs_v.evaluation(a, at_v.input, at_v.output),
        ]));
    }
    Ok(smaller_values(format!(
        "values are too long to read off a factor, and residues modulo {prime} show none"
    )))
}

fn product(field: &PrimeField, a: u64, b: u64) -> u64 {
    field.value(field.multiply(&field.element(a), &field.element(b)))
}

/// The ratio at an output from its residues modulo several primes: the fraction with small numerator and
/// denominator that they agree with, if there is one. It is only a guess.
fn ratio_from_residues(a: &Network, b: &Network, found: &Counterexample) -> BigRational {
    const PRIMES: usize = 4;
    let (mut residue, mut modulus) = (BigInt::zero(), BigInt::one());
    let others = fields().filter(|field| *field != found.field).take(2 * PRIMES);
    let mut used = 0;
    for field in [found.field].into_iter().chain(others) {
        let Some(outputs) = found.residues(a, b, &field) else { continue };
        let Values::Residues { a, b, .. } = outputs.values(found.output) else { continue };
        let Some(inverse) = field.invert(field.element(b)) else { continue };
        let ratio = BigInt::from(field.value(field.multiply(&field.element(a), &inverse)));
        // residue + modulus * t = ratio (mod p)
        let prime = BigInt::from(field.prime());
        let difference = (&ratio - &residue).mod_floor(&prime);
        let inverse = modulus.extended_gcd(&prime).x;
        residue += &modulus * (difference * inverse).mod_floor(&prime);
        modulus *= prime;
        used += 1;
        if used == PRIMES {
            break;
        }
    }
    reconstruct(&residue, &modulus)
}

/// The fraction `n / d` with `|n|` and `d` at most `sqrt(modulus / 2)` that is congruent to a residue, or the
/// residue itself when there is none (Wang's algorithm, 1981).
fn reconstruct(residue: &BigInt, modulus: &BigInt) -> BigRational {
    let limit = (modulus / 2u8).sqrt();
    let (mut r0, mut r1) = (modulus.clone(), residue.mod_floor(modulus));
    let (mut t0, mut t1) = (BigInt::zero(), BigInt::one());
    while r1 > limit {
        let (quotient, remainder) = r0.div_rem(&r1);
        (r0, r1) = (r1, remainder);
        let t2 = t0 - quotient * &t1;
        (t0, t1) = (t1, t2);
    }
    if t1.sign() != Sign::NoSign && t1.abs() <= limit && r1.gcd(&t1).is_one() {
        BigRational::new(r1, t1)
    } else {
        BigRational::from_integer(residue.clone())
    }
}

/// The positive factor that fits the most outputs (of several, that of the earliest output), and which these
/// are.
fn explained(expanded: &Expanded, budget: &Budget) -> Option<Explanation> {
    let (ring, zero) = (&expanded.ring, BigRational::zero());
    // Every output: no factor fits, any does, or one.
    let mut ratios: Vec<Result<Option<BigRational>, ()>> = Vec::new();
    for (a, b) in expanded.a.iter().zip(&expanded.b) {
        if budget.expired() {
            return None;
        }
        ratios.push(match (ring.terms(a).next(), ring.terms(b).next()) {
            (None, None) => Ok(None),
            (Some((powers, top_a)), Some((other, top_b))) if powers == other => {
                let ratio = top_a / top_b;
                let scaled = ring.multiply(&ring.constant(ratio.clone()), b);
                if ratio > zero && scaled == *a { Ok(Some(ratio)) } else { Err(()) }
            }
            _ => Err(()),
        });
    }
    ring.status().ok()?;
    let mut counts: BTreeMap<&BigRational, usize> = BTreeMap::new();
    for ratio in ratios.iter().flatten().flatten() {
        *counts.entry(ratio).or_default() += 1;
    }
    let most = counts.values().copied().max()?;
    let scale = ratios.iter().flatten().flatten().find(|ratio| counts[ratio] == most)?.clone();
    let fits = |ratio: &Result<Option<BigRational>, ()>| match ratio {
        Ok(known) => known.as_ref().is_none_or(|known| *known == scale),
        Err(()) => false,
    };
    let outputs = Some(Split::proved(ratios.iter().map(fits)));
    Some(Explanation { outputs, scale: Some(scale), ..Explanation::default() })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Two functions are both zero with an error of 2^-128 for one and 2^-183 for the other: of 2^-128 at
    /// most, not less. Whatever is proved has none.
    #[test]
    fn the_larger_error_counts() {
        let random = |error_log2| Method::RandomEvaluation { rounds: 3, error_log2, degree: 1, height: 1 };
        for (one, other) in [(128, 183), (183, 128)] {
            assert_eq!(less_certain(random(one), random(other)), random(128));
        }
        for (one, other) in [(Method::Identical, random(128)), (random(128), Method::Identical)] {
            assert_eq!(less_certain(one, other), random(128));
        }
    }

    /// -22/7 modulo 10^9 + 7: found again, and a number without a small fraction stays as it is.
    #[test]
    fn reconstructs_fractions() {
        let modulus = BigInt::from(1_000_000_007i64);
        let seventh = BigInt::from(7).extended_gcd(&modulus).x.mod_floor(&modulus);
        let residue = (BigInt::from(-22) * seventh).mod_floor(&modulus);
        assert_eq!(reconstruct(&residue, &modulus), BigRational::new((-22).into(), 7.into()));
        assert_eq!(reconstruct(&BigInt::from(5), &modulus), BigRational::from_integer(5.into()));
        assert_eq!(reconstruct(&BigInt::zero(), &modulus), BigRational::zero());
    }
}
