//! Both networks as polynomials, where these are small: all that there is to know about the difference,
//! proved.
//!
//! On a domain the polynomials are reduced, so that they are equal, or multiples of each other, exactly if
//! the functions are on the domain. Their degrees and coefficients depend on how they are reduced, and are
//! not compared.

use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};

use num_rational::BigRational;
use num_traits::{Signed, Zero};

use super::super::Relation;
use super::super::methods::normal_form::{self, Expanded};
use super::super::problem::Problem;
use super::{Agreement, Coefficient, Coefficients, Explanation, Split, affordable};
use crate::arithmetic::Arithmetic;
use crate::budget::Budget;
use crate::polynomial::Polynomial;

/// The terms of one output in both networks, with their coefficients in each.
type CommonTerms = BTreeMap<Vec<(usize, u64)>, (BigRational, BigRational)>;

/// What the expansions show; `None` when they would take too long.
pub(super) fn explain(problem: &Problem<'_>, budget: &Budget) -> Option<Explanation> {
    let plan = normal_form::plan(problem, budget).ok()?;
    if !affordable(plan.seconds, budget) {
        return None;
    }
    let expanded = normal_form::expand(problem, &plan, budget).ok()??;
    match problem.relation {
        Relation::Equal => equal(problem, &expanded, budget),
        Relation::UpToScale => up_to_scale(&expanded, budget),
        Relation::UpToShift => up_to_shift(problem, &expanded),
    }
}

/// Proved lists out of one answer for every position.
fn split(agrees: impl Iterator<Item = bool>) -> Split {
    let mut split = Split::default();
    for (position, agrees) in agrees.enumerate() {
        if agrees { &mut split.agree } else { &mut split.differ }.push(position);
    }
    split.how = (!split.agree.is_empty()).then_some(Agreement::Proved);
    split
}

fn equal(problem: &Problem<'_>, expanded: &Expanded, budget: &Budget) -> Option<Explanation> {
    let pairs = || expanded.a.iter().zip(&expanded.b);
    let outputs = Some(split(pairs().map(|(a, b)| a == b)));
    if !problem.finite().is_empty() {
        return Some(Explanation { outputs, ..Explanation::default() });
    }
    let (mut occurring, mut differing) = (BTreeSet::new(), BTreeSet::new());
    let mut coefficients = Coefficients::default();
    for (output, (a, b)) in pairs().enumerate() {
        if budget.expired() {
            return Some(Explanation { outputs, ..Explanation::default() });
        }
        if a == b {
            occurring.extend(expanded.ring.terms(a).map(|(powers, _)| degree(&powers)));
            continue;
        }
        let mut terms: Vec<_> = terms(expanded, a, b).into_iter().collect();
        terms.sort_by(|(one, _), (other, _)| larger_first(one, other));
        for (powers, (a, b)) in terms {
            occurring.insert(degree(&powers));
            if a != b {
                differing.insert(degree(&powers));
                coefficients.add(Coefficient { output, powers, a, b });
            }
        }
    }
    let agree = occurring.difference(&differing).map(|&degree| degree as usize).collect();
    let how = (occurring.len() > differing.len()).then_some(Agreement::Proved);
    let degrees = Split::new(differing.iter().map(|&degree| degree as usize).collect(), agree, how);
    let (degrees, coefficients) = (Some(degrees), Some(coefficients));
    Some(Explanation { outputs, degrees, coefficients, ..Explanation::default() })
}

/// The total degree of a monomial.
fn degree(powers: &[(usize, u64)]) -> u64 {
    powers.iter().fold(0, |sum, power| sum.saturating_add(power.1))
}

/// Monomials in the order in which polynomials are written: higher degrees first, then powers of earlier
/// variables.
fn larger_first(one: &[(usize, u64)], other: &[(usize, u64)]) -> Ordering {
    let earlier =
        |(one, other): (&(usize, u64), &(usize, u64))| one.0.cmp(&other.0).then(other.1.cmp(&one.1));
    let lexical =
        || one.iter().zip(other).map(earlier).find(|order| order.is_ne()).unwrap_or(Ordering::Equal);
    degree(other).cmp(&degree(one)).then_with(lexical)
}

fn terms(expanded: &Expanded, a: &Polynomial<BigRational>, b: &Polynomial<BigRational>) -> CommonTerms {
    let mut terms = CommonTerms::new();
    for (powers, coefficient) in expanded.ring.terms(a) {
        terms.entry(powers).or_default().0 = coefficient.clone();
    }
    for (powers, coefficient) in expanded.ring.terms(b) {
        terms.entry(powers).or_default().1 = coefficient.clone();
    }
    terms
}

impl Coefficients {
    /// Counts a coefficient that differs, and keeps it if it is one of the largest. Of equal differences the
    /// one that came first stays first.
    fn add(&mut self, coefficient: Coefficient) {
        self.differing += 1;
        let size = |coefficient: &Coefficient| (&coefficient.a - &coefficient.b).abs();
        let new = size(&coefficient);
        let smaller = |known: &Coefficient| size(known).cmp(&new) == Ordering::Less;
        if self.largest.len() == Coefficients::MOST && !self.largest.last().is_some_and(smaller) {
            return;
        }
        let place = self.largest.partition_point(|known| !smaller(known));
        self.largest.insert(place, coefficient);
        self.largest.truncate(Coefficients::MOST);
    }
}

/// The positive factor that fits the most outputs (of several, that of the earliest output), and which these
/// are.
fn up_to_scale(expanded: &Expanded, budget: &Budget) -> Option<Explanation> {
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
    let outputs = Some(split(ratios.iter().map(fits)));
    Some(Explanation { outputs, scale: Some(scale), ..Explanation::default() })
}

/// In every row, the entries that have the difference that most of them have (of several, that of the
/// earliest).
fn up_to_shift(problem: &Problem<'_>, expanded: &Expanded) -> Option<Explanation> {
    let ring = &expanded.ring;
    let length = problem.a.output_shape().axes().last().copied().filter(|&length| length > 0)?;
    let minus_one = ring.constant(BigRational::from_integer((-1).into()));
    let difference = |(a, b): (&Polynomial<BigRational>, &Polynomial<BigRational>)| {
        ring.add(a, &ring.multiply(&minus_one, b))
    };
    let differences: Vec<_> = expanded.a.iter().zip(&expanded.b).map(difference).collect();
    ring.status().ok()?;
    let mut agrees = Vec::with_capacity(differences.len());
    for row in differences.chunks(length) {
        // Rows of thousands of distinct differences are not worth comparing all with all.
        if row.len() > 1_000 {
            return None;
        }
        let count = |one: &Polynomial<BigRational>| row.iter().filter(|other| *other == one).count();
        let counts: Vec<usize> = row.iter().map(count).collect();
        let most = counts.iter().copied().max().unwrap_or(0);
        let usual = counts.iter().position(|&count| count == most).unwrap_or(0);
        agrees.extend(row.iter().map(|one| most > 1 && *one == row[usual]));
    }
    Some(Explanation { outputs: Some(split(agrees.into_iter())), ..Explanation::default() })
}
