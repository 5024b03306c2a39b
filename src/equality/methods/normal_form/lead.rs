//! A point where two different polynomials, reduced on a domain, have different values.

use std::collections::BTreeMap;

use num_rational::BigRational;

use crate::arithmetic::{Arithmetic, PrimeField, Rationals, Residue};
use crate::budget::Budget;
use crate::equality::coordinates::{Kind, Point};
use crate::equality::modular::fields;
use crate::equality::problem::Problem;
use crate::equality::witness::Lead;
use crate::network::EvaluateError;
use crate::polynomial::{Polynomial, SparsePolynomials};

/// ResidueTerms of a polynomial modulo a prime: powers of variables, ascending, and coefficients that are not
/// zero.
type ResidueTerms = BTreeMap<Vec<(usize, u64)>, Residue>;

/// The value of a variable at a setting of its coordinate, `None` when the prime divides its denominator.
type ValueAt<'a> = Box<dyn Fn(i64, usize) -> Option<Residue> + 'a>;

/// A point of the domain where two different reduced polynomials differ modulo a prime.
pub(super) fn find(
    problem: &Problem<'_>,
    combination: &Point,
    ring: &SparsePolynomials<Rationals>,
    (a, b): (&Polynomial<BigRational>, &Polynomial<BigRational>),
    budget: &Budget,
) -> Result<Option<Lead>, EvaluateError> {
    for field in fields().take(16) {
        if budget.expired() {
            return Ok(None);
        }
        // A prime that divides a denominator shows nothing.
        let Some(terms) = difference(ring, a, b, &field) else { continue };
        let Some(point) = nonzero_point(problem, combination, terms, &field, budget) else { continue };
        let Ok(modular) = problem.modulo(&field, budget) else { continue };
        if modular.nonzero(std::slice::from_ref(&point))? == [true] {
            return Ok(Some(Lead { point, field, known: None }));
        }
    }
    Ok(None)
}

/// The difference of two polynomials modulo a prime, `None` when that divides a denominator.
fn difference(
    ring: &SparsePolynomials<Rationals>,
    a: &Polynomial<BigRational>,
    b: &Polynomial<BigRational>,
    field: &PrimeField,
) -> Option<ResidueTerms> {
    let mut terms = ResidueTerms::new();
    for (powers, coefficient) in ring.terms(a) {
        add(&mut terms, powers, field.from_rational(coefficient).ok()?, field);
    }
    for (powers, coefficient) in ring.terms(b) {
        add(&mut terms, powers, field.negate(field.from_rational(coefficient).ok()?), field);
    }
    Some(terms)
}

/// A point where a reduced polynomial is not zero. Coordinate after coordinate takes its first setting that
/// leaves the polynomial not zero. If it is not zero to begin with there is one, because it is reduced in
/// this coordinate: of degree below the number of its levels (which are distinct, unless the prime is an
/// unlucky one).
fn nonzero_point(
    problem: &Problem<'_>,
    combination: &Point,
    mut terms: ResidueTerms,
    field: &PrimeField,
    budget: &Budget,
) -> Option<Point> {
    let offsets = super::offsets(problem.a);
    let mut point = combination.clone();
    let list = problem.coordinates.list();
    for &i in &problem.used {
        let offset = offsets[list[i].input];
        // The variables of the coordinate, and their values at a setting.
        let (variables, value): (_, ValueAt<'_>) = match &list[i].kind {
            Kind::Whole { .. } => continue,
            Kind::Free { entry } => (
                offset + entry..offset + entry + 1,
                Box::new(|setting, _| Some(field.element_signed(setting))),
            ),
            Kind::Entry { entry, values } => {
                let values = values.clone();
                let value = move |s, _| field.from_rational(&values[s as usize]).ok();
                (offset + entry..offset + entry + 1, Box::new(value))
            }
            Kind::Vector { start, classes } => {
                let first = offset + start;
                let is = move |s, v| Some(field.element(u64::from(v == first + s as usize)));
                (first..first + classes, Box::new(is))
            }
        };
        // A polynomial of degree d in a free variable has at most d roots.
        let powers = terms.keys().flatten().filter(|(v, _)| variables.contains(v));
        let settings =
            list[i].kind.levels().map_or_else(|| powers.map(|p| p.1).max().unwrap_or(0) + 1, |n| n as u64);
        let mut chosen = None;
        for setting in 0..settings as i64 {
            if budget.expired() {
                return None;
            }
            let mut substituted = ResidueTerms::new();
            for (powers, &coefficient) in &terms {
                let mut rest = Vec::with_capacity(powers.len());
                let mut factor = coefficient;
                for &(variable, exponent) in powers {
                    if variables.contains(&variable) {
                        factor = field.multiply(&factor, &field.power(value(setting, variable)?, exponent));
                    } else {
                        rest.push((variable, exponent));
                    }
                }
                add(&mut substituted, rest, factor, field);
            }
            if !substituted.is_empty() {
                chosen = Some((setting, substituted));
                break;
            }
        }
        let (setting, substituted) = chosen?;
        point[i] = setting;
        terms = substituted;
    }
    Some(point)
}

/// Adds a term; terms that cancel disappear.
fn add(terms: &mut ResidueTerms, powers: Vec<(usize, u64)>, coefficient: Residue, field: &PrimeField) {
    let sum = terms.get(&powers).map_or(coefficient, |known| field.add(known, &coefficient));
    if sum == field.zero() {
        terms.remove(&powers);
    } else {
        terms.insert(powers, sum);
    }
}
