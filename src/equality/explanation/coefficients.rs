//! Outputs, degrees and coefficients of two networks as polynomials: which are the same.

use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};

use num_rational::BigRational;
use num_traits::Signed;

use super::super::methods::normal_form::Expanded;
use super::super::problem::Problem;
use super::{Agreement, Coefficient, Coefficients, Explanation, Split};
use crate::budget::Budget;
use crate::polynomial::Polynomial;

/// The terms of one output in both networks, with their coefficients in each.
type CommonTerms = BTreeMap<Vec<(usize, u64)>, (BigRational, BigRational)>;

/// All that can be said about the difference of two networks.
pub(in crate::equality) fn compare(
    problem: &Problem<'_>,
    expanded: &Expanded,
    budget: &Budget,
) -> Option<Explanation> {
    let pairs = || expanded.a.iter().zip(&expanded.b);
    let outputs = Some(Split::proved(pairs().map(|(a, b)| a == b)));
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
