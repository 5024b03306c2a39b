//! Agreement at random points modulo random primes (Schwartz, Zippel, DeMillo and Lipton).
//!
//! Let `h = f - g` have degree at most `d`, and let `D h` have integer coefficients of magnitude at most
//! `2^H` for a common denominator `D`. A prime is drawn uniformly from the primes of `[P, 2P)`, `P = 2^61`,
//! that divide no denominator in the networks or the domain, and a point uniformly from `F_p^n`. If `h` is
//! not zero, some coefficient of `D h` is a nonzero integer, and at most `floor(H / 61)` primes of the
//! interval divide it; if the prime does not divide it, `D h` is a nonzero polynomial modulo `p` of degree at
//! most `d` and vanishes at the point with probability at most `d / p`. There are at least `3P / (5 ln P)`
//! primes in the interval (Rosser and Schoenfeld, 1962, corollary 3), and at most `log2(denominator) / 61` of
//! them divide a denominator. So
//!
//! `Pr[h(point) = 0 mod p] <= floor(H/61) / N + d / P`,
//!
//! where `N` is `3P / (5 ln P)` less the number of primes that divide a denominator,
//!
//! and `k` independent rounds all agree with at most the `k`-th power of that.
//!
//! On a domain with finite parts, these are walked through (`lower_set.rs`) while the free coordinates are
//! random: if `h` does not vanish on the domain, then at some point walked to it is a nonzero polynomial of
//! the free coordinates, and the bound holds for that one.

use num_rational::BigRational;

use super::{Approach, Outcome, Plan, Procedure, Progress};
use crate::arithmetic::PrimeField;
use crate::budget::Budget;
use crate::calibration::{EVALUATION, MODULAR_MULTIPLICATION};
use crate::equality::Method;
use crate::equality::coordinates::Coordinate;
use crate::equality::lower_set::LowerSet;
use crate::equality::modular::if_defined;
use crate::equality::problem::Problem;
use crate::equality::witness::Lead;
use crate::network::{Constant, Data, EvaluateError, Network, Operation};
use crate::shortage::Why;

/// The probability of an error is at most `2^-ERROR_LOG2`.
const ERROR_LOG2: u32 = 128;
/// Rounds that are worth less than this are not worth their time.
const LEAST_BITS: u32 = 4;

/// Random evaluation, on the domain; or on all inputs for a problem on a domain, where nothing is refuted.
pub(crate) struct Random {
    pub everywhere: bool,
}

impl Procedure for Random {
    fn approach(&self) -> Approach {
        Approach::RandomEvaluation
    }

    fn name(&self, _: &Problem<'_>) -> &'static str {
        if self.everywhere { "random evaluation on all inputs" } else { "random evaluation" }
    }

    fn certain(&self) -> bool {
        false
    }

    fn applies(&self, problem: &Problem<'_>) -> bool {
        let finite = !problem.finite().is_empty();
        if self.everywhere { finite } else { !problem.free().is_empty() || !finite }
    }

    fn counts_points(&self) -> bool {
        true
    }

    fn plan<'p>(&self, problem: &'p Problem<'_>, budget: &Budget) -> Result<Plan<'p>, Why> {
        if !self.everywhere {
            let plan = plan(problem, budget)?;
            let what = match plan.points {
                0 | 1 => format!("{} rounds", plan.rounds),
                points => format!("{} rounds of {points} points", plan.rounds),
            };
            let seconds = plan.seconds;
            return Ok(Plan { seconds, what, run: Box::new(move |budget| run(problem, &plan, budget)) });
        }
        let everywhere = problem.everywhere(budget).map_err(|error| error.to_string())?;
        let plan = plan(&everywhere, budget)?;
        let what = format!("{} rounds on all inputs", plan.rounds);
        let seconds = plan.seconds;
        let run = move |budget: &Budget| {
            Ok(match run(&everywhere, &plan, budget)? {
                Outcome::Differs(_) => Outcome::Undecided("they differ, but maybe not on the domain".into()),
                outcome => outcome,
            })
        };
        Ok(Plan { seconds, what, run: Box::new(run) })
    }
}

/// What the method would do.
#[derive(Clone, Debug)]
pub(crate) struct RandomPlan {
    /// Points of the finite part.
    pub points: u64,
    /// Independent rounds.
    pub rounds: u32,
    /// The error of all rounds together is at most `2^-error_log2`.
    pub error_log2: u32,
    degree: u64,
    height: u64,
    /// Points that are evaluated at a time.
    block: usize,
    /// Predicted seconds.
    pub seconds: f64,
}

/// Plans the method, or says why it cannot be used.
pub(crate) fn plan(problem: &Problem<'_>, budget: &Budget) -> Result<RandomPlan, Why> {
    let degree = problem.degrees().highest.ok_or_else(|| problem.unknown("the degree is too large"))?;
    let height = problem.coefficients_log2()?;
    let bits = bits_per_round(height, degree, prime_divisors(problem))
        .filter(|&bits| bits >= LEAST_BITS)
        .ok_or_else(|| format!("degree {degree} and coefficients of {height} bits are too large for it"))?;
    let rounds = ERROR_LOG2.div_ceil(bits);
    let points = finite_part(problem, degree)
        .count()
        .ok_or("the finite part of the domain has more than 2^62 points")?;
    let block = problem.block(budget)?;
    let each = problem.cost.per_point + problem.coordinates.len() as f64 + 50.0;
    let seconds = f64::from(rounds)
        * (points as f64 * each * MODULAR_MULTIPLICATION
            + problem.seconds_once()
            // Finding a random prime takes as long as many evaluations.
            + 40.0 * EVALUATION);
    let error_log2 = rounds.saturating_mul(bits);
    Ok(RandomPlan { points, rounds, error_log2, degree, height, block, seconds })
}

fn finite_part<'a>(problem: &'a Problem<'_>, degree: u64) -> LowerSet<'a> {
    let base = vec![0; problem.coordinates.len()];
    LowerSet::new(&problem.coordinates, problem.finite(), base, degree)
}

/// The largest `t` such that one round errs with probability at most `2^-t`, or `None` when the bound is no
/// better than one half. All divisions round the error up.
fn bits_per_round(height: u64, degree: u64, divisors: u64) -> Option<u32> {
    // 3P / (5 ln P) with P = 2^61: ln P = 61 ln 2 = 42.28197.. < 42.282.
    const PRIMES: u128 = (3u128 << 61) * 1_000 / (5 * 42_282);
    let primes = PRIMES.checked_sub(u128::from(divisors)).filter(|&primes| primes > 0)?;
    // In units of 2^-64: the first term is below 2^128 because height is below 2^64.
    let bad_primes = (u128::from(height / 61) << 64).div_ceil(primes);
    let bad_points = u128::from(degree) << 3;
    let error = bad_primes.checked_add(bad_points)?.max(1);
    // error <= 2^(ceil log2 error)
    let ceil_log2 = u128::BITS - (error - 1).leading_zeros();
    64u32.checked_sub(ceil_log2).filter(|&bits| bits > 0)
}

/// A bound on how many primes above 2^61 divide a denominator in the network or the domain.
fn prime_divisors(problem: &Problem<'_>) -> u64 {
    let of_coordinate = |coordinate: &Coordinate| of_rationals(coordinate.kind.values());
    let of_domain = problem.coordinates.list().iter().map(of_coordinate);
    of_domain.fold(network_divisors(&problem.difference), u64::saturating_add)
}

fn of_rationals<'a>(values: impl IntoIterator<Item = &'a BigRational>) -> u64 {
    // A number of b bits is below 2^b and has at most (b - 1) / 61 prime factors of at least 2^61.
    values.into_iter().fold(0, |sum, value| sum.saturating_add((value.denom().bits().saturating_sub(1)) / 61))
}

/// The same for one network. Floats have powers of two as denominators.
pub(crate) fn network_divisors(network: &Network) -> u64 {
    let of_constant = |constant: &Constant| match constant.in_memory() {
        Some(Data::Rational(values)) => of_rationals(values),
        _ => 0,
    };
    network.nodes().iter().fold(0, |sum, node| {
        sum.saturating_add(match &node.operation {
            Operation::Constant(constant) => of_constant(constant),
            Operation::Combine { terms } => of_rationals(terms.iter().map(|term| &term.0)),
            Operation::Input(_)
            | Operation::Contract { .. }
            | Operation::Arrange { .. }
            | Operation::HeadCovariance { .. } => 0,
        })
    })
}

/// Carries the plan out.
pub(crate) fn run(
    problem: &Problem<'_>,
    plan: &RandomPlan,
    budget: &Budget,
) -> Result<Outcome, EvaluateError> {
    let mut stream = problem.stream("random evaluation");
    let free = problem.free();
    let mut round = 0;
    let mut progress = Progress::new(plan.points as f64 * f64::from(plan.rounds), budget);
    while round < plan.rounds {
        if budget.expired() {
            return Ok(progress.late(budget));
        }
        let Some(field) = PrimeField::new(stream.prime()) else { continue };
        let Some(modular) = if_defined(problem.modulo(&field, budget))? else { continue };
        let residues: Vec<i64> = free.iter().map(|_| stream.below(field.prime()) as i64).collect();
        let mut set = finite_part(problem, plan.degree);
        loop {
            let mut points = set.take_points(plan.block);
            if points.is_empty() {
                break;
            }
            if budget.expired() {
                return Ok(progress.late(budget));
            }
            for point in &mut points {
                for (&i, &residue) in free.iter().zip(&residues) {
                    point[i] = residue;
                }
            }
            if let Some(place) = modular.nonzero(&points)?.iter().position(|&differs| differs) {
                return Ok(Outcome::Differs(Lead { point: points[place].clone(), field, known: None }));
            }
            progress.advance(points.len());
        }
        round += 1;
    }
    Ok(Outcome::Equal(Method::RandomEvaluation {
        rounds: plan.rounds,
        error_log2: plan.error_log2,
        degree: plan.degree,
        height: plan.height,
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// By hand: N = 3 * 2^61 / (5 * 42.282) = 3.2720e16 = 2^54.861.
    /// * height 60, degree 1: no prime is bad, error 2^-61;
    /// * height 61, degree 0: one bad prime, error 1/N <= 2^-54;
    /// * height 6,100, degree 16: 100/N + 2^-57 = 2^-48.217 + 2^-57, so 2^-48;
    /// * degree 2^60: 1/2 at most, one bit; degree 2^61: nothing.
    #[test]
    fn error_bound() {
        assert_eq!(bits_per_round(60, 1, 0), Some(61));
        assert_eq!(bits_per_round(61, 0, 0), Some(54));
        assert_eq!(bits_per_round(6_100, 16, 0), Some(48));
        assert_eq!(bits_per_round(0, 0, 0), Some(64));
        assert_eq!(bits_per_round(0, 1 << 60, 0), Some(1));
        assert_eq!(bits_per_round(0, 1 << 61, 0), None);
        assert_eq!(bits_per_round(u64::MAX, u64::MAX, 0), None);
        assert_eq!(bits_per_round(u64::MAX, 1, 0), None);
        // Denominators that may use up all primes leave nothing to draw.
        assert_eq!(bits_per_round(60, 1, u64::MAX), None);
    }

    /// The bound really holds for N: pi(2x) - pi(x) > 3x / (5 ln x), checked where primes can be counted.
    #[test]
    fn primes_of_the_interval() {
        for x in [1u64 << 10, 1 << 14, 1 << 16] {
            let count = (x..2 * x).filter(|&n| crate::arithmetic::is_prime(n)).count();
            assert!(count as f64 > 0.6 * x as f64 / (x as f64).ln());
        }
    }
}
