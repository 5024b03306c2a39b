//! Agreement at points that determine the difference, modulo enough primes: a proof of equality.
//!
//! `lower_set.rs` has the points and the proof that they are enough. What is evaluated is a residue, so the
//! difference must be shown to be zero from its residues:
//! * **All coordinates free.** Let `D h` be the difference times a common denominator, with integer
//!   coefficients of magnitude at most `2^bound`. If `h` vanishes at the points modulo a prime above its
//!   degree that divides no denominator, all coefficients of `D h` are divisible by the prime (the points are
//!   unisolvent modulo it). A product of such primes above `2^bound` divides coefficients that are smaller
//!   than it: they are zero.
//! * **Otherwise** `2^bound` bounds the magnitude of `D h` *at the points*. If `h` vanishes at a point modulo
//!   primes whose product is larger, it vanishes there.
//!
//! When all coordinates are free and every output of `h` is homogeneous, one coordinate is set to 1: `h` is
//! zero exactly if `h(1, ..)` is, because the missing powers can be put back from the degree; and `h(1, ..)`
//! has the same coefficients and no larger degree.

use num_bigint::BigUint;
use num_traits::One;

use super::{Approach, Outcome, Plan, Procedure, Progress};
use crate::budget::Budget;
use crate::calibration::{EVALUATION, MODULAR_MULTIPLICATION};
use crate::equality::Method;
use crate::equality::coordinates::Point;
use crate::equality::lower_set::LowerSet;
use crate::equality::modular::{fields, if_defined};
use crate::equality::problem::Problem;
use crate::equality::witness::Lead;
use crate::network::EvaluateError;
use crate::parallel;
use crate::plural::plural;
use crate::shortage::Why;

/// Grid and enumeration.
pub(crate) struct Grid;

impl Procedure for Grid {
    fn approach(&self) -> Approach {
        Approach::Grid
    }

    fn name(&self, problem: &Problem<'_>) -> &'static str {
        if problem.free().is_empty() { "enumeration" } else { "grid" }
    }

    fn plan<'p>(&self, problem: &'p Problem<'_>, budget: &Budget) -> Result<Plan<'p>, Why> {
        let free = problem.free();
        let all_free = problem.finite().is_empty();
        let mut walked = problem.used.clone();
        let mut base = vec![0; problem.coordinates.len()];
        // Without a degree bound there are still all the points of a finite domain.
        let weight = match problem.degrees().highest {
            // Weights are settings and values of coordinates; no walk gets anywhere near this bound.
            Some(degree) if degree < 1 << 61 => degree,
            _ if free.is_empty() => u64::MAX,
            _ => return Err(problem.unknown("the degree is too large")),
        };
        if all_free && problem.degrees().homogeneous && !walked.is_empty() {
            base[walked.remove(0)] = 1;
        }
        let points = LowerSet::new(&problem.coordinates, walked.clone(), base.clone(), weight)
            .count()
            .ok_or("there are more than 2^62 points")?;
        let bound_log2 = if all_free { problem.coefficients_log2() } else { problem.values_log2(weight) }?;
        let primes = bound_log2 / 61 + 1;
        let block = problem.block(budget)?;
        let each = problem.cost.per_point + problem.coordinates.len() as f64 + 50.0;
        let evaluations = points as f64 * each / rayon::current_num_threads().max(1) as f64;
        let seconds =
            primes as f64 * ((evaluations + problem.cost.once) * MODULAR_MULTIPLICATION + 10.0 * EVALUATION);
        let count = plural(points, "point", "points");
        let what = format!("{count} modulo {}", plural(primes, "prime", "primes"));
        let plan = GridPlan { walked, base, weight, points, primes, bound_log2, block };
        Ok(Plan { seconds, what, run: Box::new(move |budget| run(problem, &plan, budget)) })
    }
}

/// What the method would do.
struct GridPlan {
    walked: Vec<usize>,
    base: Point,
    /// The weight up to which points are taken: the degree bound, or without limit.
    weight: u64,
    /// How many points.
    points: u64,
    /// How many primes, as far as can be said before they are chosen.
    primes: u64,
    bound_log2: u64,
    /// Points that are evaluated at a time.
    block: usize,
}

/// Carries the plan out.
fn run(problem: &Problem<'_>, plan: &GridPlan, budget: &Budget) -> Result<Outcome, EvaluateError> {
    let block = plan.block;
    let threads = rayon::current_num_threads().max(1);
    let bound = BigUint::one() << plan.bound_log2;
    let mut product = BigUint::one();
    let mut primes = Vec::new();
    let mut progress = Progress::new(plan.points as f64 * plan.primes as f64, budget);
    for field in fields() {
        if product > bound {
            break;
        }
        if budget.expired() {
            return Ok(progress.late(budget));
        }
        let Some(modular) = if_defined(problem.modulo(&field, budget))? else { continue };
        let mut set =
            LowerSet::new(&problem.coordinates, plan.walked.clone(), plan.base.clone(), plan.weight);
        loop {
            if budget.expired() {
                return Ok(progress.late(budget));
            }
            let points = set.take_points(block * threads);
            if points.is_empty() {
                break;
            }
            let differs: Vec<bool> = if points.len() <= block {
                modular.nonzero(&points)?
            } else {
                let part = |i: usize| modular.nonzero(&points[i * block..points.len().min((i + 1) * block)]);
                parallel::try_map(points.len().div_ceil(block), part)?.concat()
            };
            if let Some(place) = differs.iter().position(|&differs| differs) {
                return Ok(Outcome::Differs(Lead { point: points[place].clone(), field, known: None }));
            }
            progress.advance(points.len());
        }
        product *= field.prime();
        primes.push(field.prime());
    }
    if product <= bound {
        return Ok(Outcome::Undecided("there are not enough primes for the bound".into()));
    }
    Ok(Outcome::Equal(match problem.finite_points() {
        Some(domain_points) => Method::Enumeration { points: plan.points, domain_points },
        None => {
            Method::Grid { degree: plan.weight, points: plan.points, primes, bound_log2: plan.bound_log2 }
        }
    }))
}
