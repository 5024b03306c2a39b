//! Both networks expanded into sparse polynomials over the rationals, reduced on the domain, and compared.
//!
//! Reduced polynomials are equal exactly if the functions are equal on the domain (`lower_set.rs` has the
//! reductions, and why they are complete). Inputs that are whole points are put in as constants, one
//! combination after the other.
//!
//! Where there are many monomials for the degree, their coefficients are found from values instead
//! (`dense_form`).

use std::borrow::Cow;
use std::collections::BTreeMap;

use num_rational::BigRational;

use super::dense_form::DenseForm;
use super::{Approach, Outcome, PATIENCE, Plan, Procedure};
use crate::arithmetic::{Arithmetic, BitBudget, Halt, PrimeField, Rationals, Residue};
use crate::budget::Budget;
use crate::calibration::{EXPANSION, TERM_PRODUCT};
use crate::equality::Method;
use crate::equality::coordinates::{Kind, Point};
use crate::equality::lower_set::LowerSet;
use crate::equality::modular::fields;
use crate::equality::problem::Problem;
use crate::equality::witness::Lead;
use crate::network::{Builder, Constant, Data, EvaluateError, Network, Tensor, evaluate, evaluate_until};
use crate::plural::plural;
use crate::polynomial::{Polynomial, PolynomialBudget, Relations, SparsePolynomials, TermCount};
use crate::shortage::Why;

/// Coefficients of this many bits take twice as long as short ones.
const LONG: f64 = 2_000.0;
/// Monomials of this many bytes take twice as long as short ones.
const LONG_KEY: f64 = 500.0;
/// Bytes that one term takes, besides its monomial.
const BYTES_PER_TERM: f64 = 150.0;
/// Bytes that one polynomial takes, besides its terms.
const BYTES_PER_POLYNOMIAL: f64 = 100.0;
/// Estimating costs one evaluation; networks beyond this size are not estimated, and not expanded.
const LARGEST: f64 = 2e7;
/// Combinations of whole points that are put in one by one.
const COMBINATIONS: u64 = 1_000;

/// An expansion is not replaced where it takes less, in seconds.
const BRIEF: f64 = 0.01;

/// Expansion into normal forms.
pub(crate) struct NormalForm;

impl Procedure for NormalForm {
    fn approach(&self) -> Approach {
        Approach::NormalForm
    }

    fn name(&self, _: &Problem<'_>) -> &'static str {
        "normal form"
    }

    fn plan<'p>(&self, problem: &'p Problem<'_>, budget: &Budget) -> Result<Plan<'p>, Why> {
        let plan = plan(problem, budget);
        let sparse = plan.as_ref().map_or(f64::INFINITY, |plan| plan.seconds);
        let dense = if sparse > BRIEF { DenseForm::plan(problem, budget) } else { None };
        if let Some(dense) = dense.filter(|dense| dense.seconds < sparse) {
            let primes = plural(dense.primes, "prime", "primes");
            let what = format!("up to {:.0} monomials modulo {primes}", dense.monomials());
            let seconds = dense.seconds;
            return Ok(Plan { seconds, what, run: Box::new(move |budget| dense.run(problem, budget)) });
        }
        let plan = plan?;
        let what = match plan.products {
            ..1e6 => format!("up to {:.0} products of terms", plan.products),
            _ => format!("up to {:.1e} products of terms", plan.products),
        };
        let seconds = plan.seconds;
        let run = move |budget: &Budget| match run(problem, &plan, budget) {
            Err(EvaluateError::Halt(Halt::Budget(why))) => Ok(Outcome::Full(why.into())),
            outcome => outcome,
        };
        Ok(Plan { seconds, what, run: Box::new(run) })
    }
}

/// What the method would do.
#[derive(Clone, Debug)]
pub(crate) struct ExpansionPlan {
    /// A bound on the products of terms.
    pub products: f64,
    /// Predicted seconds.
    pub seconds: f64,
    combinations: Vec<Point>,
}

/// Plans the method, or says why it cannot be used.
pub(crate) fn plan(problem: &Problem<'_>, budget: &Budget) -> Result<ExpansionPlan, Why> {
    let cost = problem.cost.per_point + problem.cost.once;
    if cost > LARGEST {
        return Err("the networks are too large to expand".into());
    }
    let memory = |what: Cow<'static, str>, bytes: f64| {
        if bytes > budget.memory as f64 { Err(Why::Memory { what, bytes }) } else { Ok(()) }
    };
    let live = problem.cost.live_per_point + problem.cost.live_once;
    memory("an expansion".into(), live * BYTES_PER_POLYNOMIAL)?;
    if problem.degrees().highest.is_none_or(|degree| degree >> 32 != 0) {
        return Err(problem.unknown("the degree is too large to expand"));
    }
    // The variables alone are as many terms; what is first made of them takes as much again a few times, for
    // each network.
    let variables = problem.a.variables() as f64;
    let key = key_bytes(problem);
    let terms = 6.0 * variables * (BYTES_PER_POLYNOMIAL + BYTES_PER_TERM + key);
    memory("an expansion".into(), terms)?;
    let list = problem.coordinates.list();
    let whole = |&i: &usize| matches!(list[i].kind, Kind::Whole { .. });
    let walked: Vec<usize> = problem.used.iter().copied().filter(whole).collect();
    let mut set = LowerSet::new(&problem.coordinates, walked, vec![0; list.len()], 0);
    let count = set.count().filter(|&count| count <= COMBINATIONS);
    let count = count.ok_or_else(|| format!("there are more than {COMBINATIONS} combinations of points"))?;
    let largest = problem.finite_points().map_or(f64::INFINITY, |points| {
        // Saturates to infinity.
        num_traits::ToPrimitive::to_f64(&points).unwrap_or(f64::INFINITY)
    });
    let terms = TermCount::new(problem.used.len(), largest);
    let inputs = problem.difference.inputs().iter();
    let inputs: Vec<_> = inputs.map(|input| Tensor::filled(input.shape.clone(), terms.variable())).collect();
    evaluate_until(&budget.stop(), &terms, &problem.difference, &inputs).map_err(|error| match error {
        _ if budget.expired() => Why::stopped("estimating the number of terms", budget),
        error => error.to_string().into(),
    })?;
    let products = terms.products() * count as f64;
    // Long coefficients take longer: about bits^1.6, from some thousand bits on.
    let bits = problem.coefficients_log2()? as f64;
    let length = |bits: f64| 1.0 + (bits / LONG).powf(1.6) + key / LONG_KEY;
    let expansion = EXPANSION + variables * TERM_PRODUCT * length(0.0);
    let mut seconds = count as f64 * expansion + products * TERM_PRODUCT * length(bits);
    for coordinate in list {
        if let Kind::Entry { entry: 0, values } = &coordinate.kind {
            let (entries, bits) = table(values, problem.degrees().highest.unwrap_or(u64::MAX));
            let what = format!("reducing powers on {} values", values.len());
            memory(what.into(), entries * (bits / 8.0 + BYTES_PER_TERM))?;
            seconds += count as f64 * entries * TERM_PRODUCT * length(bits);
        }
    }
    Ok(ExpansionPlan { products, seconds, combinations: set.take_points(COMBINATIONS as usize) })
}

/// The bytes of a monomial: a field for the total degree, and for every variable, as long as the degree
/// needs.
fn key_bytes(problem: &Problem<'_>) -> f64 {
    let bits = 64 - problem.degrees().highest.unwrap_or(u64::MAX).leading_zeros();
    (problem.a.variables() as f64 + 1.0) * f64::from(bits.max(1)) / 8.0 + 8.0
}

/// How many coefficients the reduced powers of a variable with these values have, up to a degree, and how
/// many bits the longest of them at most, roughly.
fn table(values: &[BigRational], degree: u64) -> (f64, f64) {
    let count = values.len() as u64;
    let top = degree.min((2 * count).saturating_sub(2));
    if top < count {
        return (0.0, 0.0);
    }
    let longest = values.iter().map(|v| v.numer().bits() + v.denom().bits()).max().unwrap_or(0);
    // The coefficients of prod (x - value), and a row of as many for every power from `count` on.
    let rows = (top + 1) as f64;
    (rows * count as f64, (top * longest) as f64)
}

/// The number of the first variable of every input, and the number of all variables.
fn offsets(network: &Network) -> Vec<usize> {
    let mut offsets = vec![0];
    for input in network.inputs() {
        offsets.push(offsets.last().copied().unwrap_or(0) + input.shape.size());
    }
    offsets
}

/// A ring to expand in, its budget taken from the budget.
fn ring(
    problem: &Problem<'_>,
    networks: &[&Network],
    budget: &Budget,
) -> Result<SparsePolynomials<Rationals>, EvaluateError> {
    let mut relations = Relations::none();
    let offsets = offsets(problem.a);
    for coordinate in problem.coordinates.list() {
        let range = offsets[coordinate.input]..offsets[coordinate.input + 1];
        relations = match &coordinate.kind {
            // One rule for all entries of an input.
            Kind::Entry { entry: 0, values } => relations.finite(range, values.to_vec()),
            Kind::Vector { start, classes } => {
                relations.one_hot(range.start + start..range.start + start + classes, true)
            }
            // Whole points have become constants.
            Kind::Entry { .. } | Kind::Free { .. } | Kind::Whole { .. } => relations,
        };
    }
    let bytes = BYTES_PER_TERM + key_bytes(problem);
    let stop = budget.stop();
    let terms =
        PolynomialBudget::new((budget.memory as f64 / bytes) as u64, 1 << 40).stopped_by(stop.clone());
    let coefficients = Rationals::with_budget(BitBudget::new(1 << 20, 1 << 45).stopped_by(stop));
    Ok(SparsePolynomials::for_networks(coefficients, networks, &relations, terms)?)
}

/// Carries the plan out.
pub(crate) fn run(
    problem: &Problem<'_>,
    plan: &ExpansionPlan,
    budget: &Budget,
) -> Result<Outcome, EvaluateError> {
    let mut terms = 0u64;
    for combination in &plan.combinations {
        let (a, b) =
            (with_points(problem, problem.a, combination), with_points(problem, problem.b, combination));
        let (Some(a), Some(b)) = (a, b) else {
            return Ok(Outcome::Undecided("the points could not be substituted".into()));
        };
        let ring = ring(problem, &[&a, &b], budget)?;
        let inputs = ring.inputs(&a);
        let (a, b) = (evaluate(&ring, &a, &inputs)?, evaluate(&ring, &b, &inputs)?);
        for (a, b) in a.data().iter().zip(b.data()) {
            if a != b {
                return Ok(match find_lead(problem, combination, &ring, (a, b), budget)? {
                    Some(lead) => Outcome::Differs(lead),
                    None => Outcome::Undecided("they differ, but no point was found that shows it".into()),
                });
            }
            terms = terms.saturating_add(a.term_count() as u64);
        }
        ring.status()?;
    }
    Ok(Outcome::Equal(Method::NormalForm { terms }))
}

/// Two networks as polynomials over one ring, reduced on the domain: one polynomial for every output.
pub(crate) struct Expanded {
    /// The ring.
    pub ring: SparsePolynomials<Rationals>,
    /// Of the first network.
    pub a: Vec<Polynomial<BigRational>>,
    /// Of the second.
    pub b: Vec<Polynomial<BigRational>>,
}

/// Both networks expanded; `None` on domains with whole points, where there is one expansion for each of
/// them.
pub(crate) fn expand(
    problem: &Problem<'_>,
    plan: &ExpansionPlan,
    budget: &Budget,
) -> Result<Option<Expanded>, EvaluateError> {
    let whole = |kind: &Kind| matches!(kind, Kind::Whole { .. });
    if plan.combinations.len() != 1 || problem.coordinates.list().iter().any(|c| whole(&c.kind)) {
        return Ok(None);
    }
    let ring = ring(problem, &[problem.a, problem.b], budget)?;
    let inputs = ring.inputs(problem.a);
    let (a, b) = (evaluate(&ring, problem.a, &inputs)?, evaluate(&ring, problem.b, &inputs)?);
    ring.status()?;
    Ok(Some(Expanded { a: a.into_data(), b: b.into_data(), ring }))
}

/// The network with the settings of whole points put in as constants.
fn with_points(problem: &Problem<'_>, network: &Network, combination: &Point) -> Option<Network> {
    let mut points: BTreeMap<usize, &Tensor<BigRational>> = BTreeMap::new();
    for (coordinate, &setting) in problem.coordinates.list().iter().zip(combination) {
        if let Kind::Whole { points: all } = &coordinate.kind {
            points.insert(coordinate.input, all.get(setting as usize)?);
        }
    }
    if points.is_empty() {
        return Some(network.clone());
    }
    let mut builder = Builder::new();
    let mut inputs = Vec::new();
    for (position, input) in network.inputs().iter().enumerate() {
        inputs.push(match points.get(&position) {
            Some(point) => {
                let data = Data::Rational(point.data().to_vec());
                builder.constant(std::sync::Arc::new(Constant::new(input.shape.clone(), data)?))
            }
            None => builder.input(position, input.shape.clone()),
        });
    }
    let output = builder.import(network, &inputs).ok()?;
    Some(builder.network(network.inputs().to_vec(), output))
}

/// The total degree of the first network, by expanding it, when that takes no more than a second or so (or,
/// when certainty is asked for, as long as there is).
pub(crate) fn degree(problem: &Problem<'_>, budget: &Budget) -> Option<Option<u64>> {
    let plan = plan(problem, budget).ok()?;
    let patience = if budget.certain_only { budget.seconds_left().min(PATIENCE) } else { 1.0 };
    if plan.seconds > patience {
        return None;
    }
    let ring = ring(problem, &[problem.a], budget).ok()?;
    let output = evaluate(&ring, problem.a, &ring.inputs(problem.a)).ok()?;
    Some(output.data().iter().filter_map(|polynomial| ring.degree(polynomial)).max())
}

/// The terms of a polynomial modulo a prime: powers of variables, ascending, and coefficients that are not
/// zero.
type ResidueTerms = BTreeMap<Vec<(usize, u64)>, Residue>;

/// The value of a variable at a setting of its coordinate, `None` when the prime divides its denominator.
type ValueAt<'a> = Box<dyn Fn(i64, usize) -> Option<Residue> + 'a>;

/// A point of the domain where two different reduced polynomials differ modulo a prime.
fn find_lead(
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
    let offsets = offsets(problem.a);
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
