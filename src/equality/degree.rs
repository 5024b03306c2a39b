//! The exact total degree of a network.
//!
//! The formal degree bounds it from above. From below, a coefficient of `f(t v)` that is not zero modulo a
//! prime, for a random direction `v`, is a certain bound: the coefficient of `t^k` is the value at `v` of the
//! part of `f` that is homogeneous of degree `k`. If the two bounds meet, the degree is certain. Otherwise
//! the expansion tells, when it is affordable; and when it is not, all rounds of random directions modulo
//! random primes found the parts of higher degree to vanish, with the error bound of random evaluation for
//! each of them (their coefficients are coefficients of `f`, and their degree is no larger).

use std::cmp::Ordering;

use num_rational::BigRational;
use num_traits::Zero;

use super::fit::{obstacle, zero_like};
use super::methods::{normal_form, random};
use super::modular::{fields, if_defined};
use super::problem::Problem;
use super::transcript::Transcript;
use super::{Domain, QuestionError, Relation};
use crate::arithmetic::{self, Arithmetic, Halt, PrimeField, Residue};
use crate::budget::{Budget, Stop};
use crate::calibration::MODULAR_MULTIPLICATION;
use crate::network::{EvaluateError, Network, Prepared, Shape, Tensor, evaluate_until};
use crate::shortage::{Shortage, Smaller, Undecided, Why};

/// The degree of a network, or what is known about it.
#[derive(Clone, Debug, PartialEq)]
pub enum Degree {
    /// The largest total degree of a monomial of any output. The zero polynomial has no monomials: its degree
    /// is `None`, which compares below every number (as minus infinity would).
    Exactly {
        /// The degree.
        degree: Option<u64>,
        /// `None` when it is proved; otherwise the probability that it is higher is at most `2^-error_log2`.
        error_log2: Option<u32>,
    },
    /// Both bounds are certain, but they do not meet.
    Between {
        /// The degree is at least this (`None`: the polynomial may be zero).
        lowest: Option<u64>,
        /// The degree is at most this, if a bound is known.
        highest: Option<u64>,
        /// Why there is no exact answer, and what would be needed.
        undecided: Undecided,
    },
}

/// What is done, for messages.
const FINDING: &str = "finding the degree";
/// Interpolation takes the square of the degree: at most this many operations per round.
const INTERPOLATION: f64 = 2e8;

/// The degree of a network.
///
/// # Errors
/// When the network is too large to build on.
pub fn degree(network: &Network, budget: &Budget) -> Result<Degree, QuestionError> {
    let between = |lowest, highest, undecided| Ok(Degree::Between { lowest, highest, undecided });
    let smaller = |why: Why| Undecided::because(why, Shortage::smaller(Smaller::Model));
    if let Some(undecided) = obstacle(network, budget) {
        return between(None, None, undecided);
    }
    let zero = zero_like(network)?;
    let domain = Domain::everywhere(network.inputs().len());
    let problem = Problem::new(network, &zero, Relation::Equal, &domain, budget)?;
    let highest = problem.degrees().highest;
    if budget.expired() {
        return between(None, highest, Undecided::stopped(FINDING, budget));
    }
    let Some(highest) = highest else {
        return between(None, None, smaller("the degree is too large".into()));
    };
    if problem.degrees().zero {
        return Ok(Degree::Exactly { degree: None, error_log2: None });
    }
    let mut stream = problem.stream("degree");
    if formal_degree_is_reached(network, highest, &mut stream, budget) {
        return Ok(Degree::Exactly { degree: Some(highest), error_log2: None });
    }
    if let Some(degree) = normal_form::degree(&problem, budget) {
        return Ok(Degree::Exactly { degree, error_log2: None });
    }
    let plan = match random::plan(&problem, budget) {
        Ok(plan) => plan,
        Err(why) => {
            let shortage = match why {
                Why::Memory { bytes, .. } => Shortage::bytes(bytes),
                Why::Stopped { .. } => Shortage::more(budget),
                _ => Shortage::smaller(Smaller::Model),
            };
            return between(None, Some(highest), Undecided::because(why, shortage));
        }
    };
    let work = (highest as f64 + 1.0)
        * (highest as f64 * network.output_shape().size() as f64 + problem.cost.per_point);
    if work > INTERPOLATION {
        let why = format!("degrees up to {highest} cannot be told apart");
        return between(None, Some(highest), smaller(why.into()));
    }
    let bytes = 8.0 * (highest as f64 + 1.0) * (network.output_shape().size() as f64 + 1.0);
    if bytes > budget.memory as f64 {
        let why = Why::Memory { what: "the values that tell degrees apart".into(), bytes };
        return between(None, Some(highest), Undecided::because(why, Shortage::bytes(bytes)));
    }
    let mut found = None;
    let mut round = 0;
    while round < plan.rounds {
        if budget.expired() {
            let mut undecided = Undecided::stopped(FINDING, budget);
            if !budget.memory_short() {
                let seconds = f64::from(plan.rounds) * work * MODULAR_MULTIPLICATION;
                undecided.shortage = Shortage::seconds(seconds, budget);
            }
            return between(found, Some(highest), undecided);
        }
        let Some(field) = PrimeField::new(stream.prime()) else { continue };
        match if_defined(along_a_line(network, highest, field, &mut stream, budget)) {
            Ok(Some(reached)) => found = found.max(reached),
            // Another prime is drawn. There are fewer that divide a denominator than `plan` counted.
            Ok(None) => continue,
            Err(_) if budget.expired() => continue,
            Err(error) => return between(found, Some(highest), smaller(error.to_string().into())),
        }
        round += 1;
    }
    if budget.certain_only {
        let why = "the parts of higher degree vanish, but only random evaluation says so";
        let shortage = Shortage { certainty: true, ..Shortage::default() };
        return between(found, Some(highest), Undecided::because(why, shortage));
    }
    Ok(Degree::Exactly { degree: found, error_log2: Some(plan.error_log2) })
}

/// `coefficient * t^degree` and lower powers; `None` is zero.
type Top = Option<(u64, Residue)>;

/// The part of highest degree of a network, at a random direction `v` modulo a prime: along the line `t v`
/// the network is a polynomial in `t`. An element is its formal degree and the coefficient of exactly that
/// power: what is lower never reaches it again, because degrees only add up.
#[derive(Clone, Copy, Debug)]
struct Leading {
    field: PrimeField,
}

impl Arithmetic for Leading {
    type Element = Top;

    fn from_rational(&self, value: &BigRational) -> Result<Top, Halt> {
        let residue = self.field.from_rational(value)?;
        Ok((!value.is_zero()).then_some((0, residue)))
    }

    fn zero(&self) -> Top {
        None
    }

    fn one(&self) -> Top {
        Some((0, self.field.one()))
    }

    fn add(&self, a: &Top, b: &Top) -> Top {
        match (a, b) {
            (None, top) | (top, None) => *top,
            (Some((m, x)), Some((n, y))) => Some(match m.cmp(n) {
                Ordering::Less => (*n, *y),
                Ordering::Greater => (*m, *x),
                Ordering::Equal => (*m, self.field.add(x, y)),
            }),
        }
    }

    fn multiply(&self, a: &Top, b: &Top) -> Top {
        let ((m, x), (n, y)) = a.as_ref().zip(b.as_ref())?;
        // A saturated degree is above every degree that a caller accepts.
        Some((m.saturating_add(*n), self.field.multiply(x, y)))
    }
}

/// Whether some output has, in a random direction, a nonzero coefficient of its formal degree, and that is
/// the highest of all.
fn formal_degree_is_reached(
    network: &Network,
    highest: u64,
    stream: &mut Transcript,
    budget: &Budget,
) -> bool {
    for field in fields().take(3) {
        let inputs = directions(network, &field, stream, |direction| Some((1, direction)));
        if let Ok(tops) = evaluate_until(&budget.stop(), &Leading { field }, network, &inputs) {
            let zero = field.zero();
            return tops.data().iter().flatten().any(|&(degree, top)| degree == highest && top != zero);
        }
    }
    false
}

/// A random residue for every input entry.
fn directions<E>(
    network: &Network,
    field: &PrimeField,
    stream: &mut Transcript,
    mut entry: impl FnMut(Residue) -> E,
) -> Vec<Tensor<E>> {
    let mut tensor = |shape: &Shape| {
        let data = (0..shape.size()).map(|_| entry(field.element(stream.below(field.prime())))).collect();
        Tensor::new(shape.clone(), data)
    };
    network.inputs().iter().filter_map(|input| tensor(&input.shape)).collect()
}

/// The degree in `t` of the network at `t v`, for a random `v`, modulo a prime; `None` when it is zero. Fails
/// when the prime divides a denominator, or when the budget is used up.
fn along_a_line(
    network: &Network,
    highest: u64,
    field: PrimeField,
    stream: &mut Transcript,
    budget: &Budget,
) -> Result<Option<u64>, EvaluateError> {
    let stop = budget.stop();
    let prepared = Prepared::stopped_by(&stop, &field, network)?;
    let direction = directions(network, &field, stream, |residue| residue);
    let mut values: Vec<Vec<Residue>> = vec![Vec::new(); network.output_shape().size()];
    for t in 0..=highest {
        let t = field.element(t);
        let inputs: Vec<_> = direction.iter().map(|input| input.map(|v| field.multiply(v, &t))).collect();
        for (values, value) in values.iter_mut().zip(prepared.evaluate(&inputs)?.into_data()) {
            values.push(value);
        }
    }
    // Degrees are below the prime, so every number up to them has an inverse.
    let inverses: Vec<Residue> = (1..=highest).filter_map(|k| field.invert(field.element(k))).collect();
    let mut degree = None;
    for values in values {
        degree = degree.max(degree_of_values(&field, values, &inverses, &stop)?);
    }
    Ok(degree)
}

/// The degree of the polynomial with these values at 0, 1, 2, ..: the last divided difference that is not
/// zero. (In Newton's form, the `k`-th coefficient belongs to a product of `k` linear factors, so this is the
/// degree.)
fn degree_of_values(
    field: &PrimeField,
    mut values: Vec<Residue>,
    inverses: &[Residue],
    stop: &Stop,
) -> Result<Option<u64>, Halt> {
    let zero = field.zero();
    let mut degree = (values.first() != Some(&zero)).then_some(0);
    for (order, inverse) in inverses.iter().enumerate() {
        if stop.is_set() {
            return Err(arithmetic::stopped());
        }
        for i in 0..values.len().saturating_sub(1) {
            values[i] = field.multiply(&field.subtract(values[i + 1], values[i]), inverse);
        }
        values.pop();
        if values.first() != Some(&zero) {
            degree = Some(order as u64 + 1);
        }
    }
    Ok(degree)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::equality::tests::{apply, network};
    use crate::equality::tests::{certain, expired, matrix, polynomial, rational, unlimited};

    fn exactly(degree: Option<u64>) -> Degree {
        Degree::Exactly { degree, error_log2: None }
    }

    #[test]
    fn formal_degree_is_the_degree() {
        let f = polynomial(3, &[(1, &[0, 0, 1]), (-5, &[2]), (2, &[])]);
        assert_eq!(degree(&f, &certain()).unwrap(), exactly(Some(3)));
        assert_eq!(degree(&polynomial(3, &[(7, &[])]), &certain()).unwrap(), exactly(Some(0)));
        assert_eq!(degree(&polynomial(3, &[]), &certain()).unwrap(), exactly(None));
        // x^(10^9)
        let power = network(&[&[]], |builder, x| builder.power(x[0], 1_000_000_000).unwrap());
        assert_eq!(degree(&power, &certain()).unwrap(), exactly(Some(1_000_000_000)));
    }

    /// (x0 + x1)^2 - (x0 - x1)^2 - 4 x0 x1 + x0 cancels to x0: formal degree 2, degree 1.
    #[test]
    fn cancellation() {
        let f = network(&[&[2]], |builder, x| {
            let turn = matrix(builder, 3, 2, vec![1, 1, 1, -1, 1, 0]);
            let turned = apply(builder, turn, x[0]);
            let squares = builder.multiply(turned, turned).unwrap();
            let entry = |builder: &mut crate::network::Builder, node, i| builder.select(node, 0, i).unwrap();
            let (plus, minus) = (entry(builder, squares, 0), entry(builder, squares, 1));
            let (x0, x1) = (entry(builder, x[0], 0), entry(builder, x[0], 1));
            let product = builder.multiply(x0, x1).unwrap();
            let terms = [(1, plus), (-1, minus), (-4, product), (1, x0)];
            builder.combine(terms.map(|(c, node)| (rational(c, 1), node)).to_vec()).unwrap()
        });
        let domain = Domain::everywhere(1);
        let mut stream = Transcript::new("test", &f, &f, Relation::Equal, &domain);
        assert!(!formal_degree_is_reached(&f, 2, &mut stream, &unlimited()));
        for field in fields().take(3) {
            assert_eq!(along_a_line(&f, 2, field, &mut stream, &unlimited()), Ok(Some(1)));
        }
        assert!(matches!(degree(&f, &unlimited()).unwrap(), Degree::Exactly { degree: Some(1), .. }));
    }

    /// Values of 3 t^2 - t modulo 101 at 0..=4, of a constant, and of zero.
    #[test]
    fn degrees_of_values() {
        let field = PrimeField::new(101).unwrap();
        let inverses: Vec<Residue> = (1..=4).map(|k| field.invert(field.element(k)).unwrap()).collect();
        let of = |f: &dyn Fn(i64) -> i64| {
            let values = (0..5).map(|t| field.element_signed(f(t))).collect();
            degree_of_values(&field, values, &inverses, &Stop::never()).unwrap()
        };
        assert_eq!(of(&|t| 3 * t * t - t), Some(2));
        assert_eq!(of(&|t| t * t * t * t), Some(4));
        assert_eq!(of(&|_| 7), Some(0));
        assert_eq!(of(&|_| 0), None);
    }

    #[test]
    fn no_time() {
        let f = polynomial(3, &[(1, &[0, 0, 1])]);
        let expired = expired();
        assert!(matches!(degree(&f, &expired).unwrap(), Degree::Between { lowest: None, highest: None, .. }));
    }
}
