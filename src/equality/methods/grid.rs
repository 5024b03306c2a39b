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
//! On a finite domain values are often far smaller than any bound says. If modulo primes it would take long,
//! all points are evaluated in doubles, of which every operation is seen to be exact (`exhaustive`). A few
//! points where that is not enough are then evaluated modulo the primes; if there are many, all points are.
//!
//! When all coordinates are free and every output of `h` is homogeneous, one coordinate is set to 1: `h` is
//! zero exactly if `h(1, ..)` is, because the missing powers can be put back from the degree; and `h(1, ..)`
//! has the same coefficients and no larger degree.

use num_bigint::BigUint;
use num_traits::One;

use super::{Approach, Outcome, Plan, Procedure, Progress};
use crate::budget::Budget;
use crate::calibration::{EVALUATION, MODULAR_MULTIPLICATION, TRUST, WRITTEN_STEP};
use crate::equality::Method;
use crate::equality::coordinates::Point;
use crate::equality::exhaustive::{End, Exhaustive};
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

    fn counts_points(&self) -> bool {
        true
    }

    fn plan<'p>(&self, problem: &'p Problem<'_>, budget: &Budget) -> Result<Plan<'p>, Why> {
        let by_primes = Primes::plan(problem, budget);
        let seconds = by_primes.as_ref().map_or(f64::INFINITY, |plan| plan.seconds);
        let operations = problem.cost.once + problem.cost.per_point;
        if seconds > BRIEF + operations * WRITTEN_STEP
            && let Some(all) = exhaustive(problem, budget).filter(|all| all.seconds() < seconds)
        {
            let points = plural(all.points(), "point", "points");
            let what = format!("{points} in exact floating point");
            let seconds = all.seconds();
            let run = move |budget: &Budget| run_exhaustive(problem, &all, &by_primes, budget);
            return Ok(Plan { seconds, what, run: Box::new(run) });
        }
        let plan = by_primes?;
        let (seconds, what) = (plan.seconds, plan.what());
        Ok(Plan { seconds, what, run: Box::new(move |budget| plan.run(problem, None, budget)) })
    }
}

/// Agreement modulo primes is not replaced where it takes not much longer than to look for something else.
const BRIEF: f64 = 0.005;

/// The exhaustive evaluation of the difference, if there is one.
fn exhaustive(problem: &Problem<'_>, budget: &Budget) -> Option<Exhaustive> {
    /// Networks that take more multiplications are not evaluated point by point.
    const MOST: f64 = (1 << 18) as f64;
    let small = problem.cost.once + problem.cost.per_point <= MOST;
    if problem.free().is_empty() && small {
        Exhaustive::new(&problem.difference, &problem.coordinates, budget)
    } else {
        None
    }
}

/// Carries an exhaustive evaluation out; where doubles are not enough, there are still the primes.
fn run_exhaustive(
    problem: &Problem<'_>,
    all: &Exhaustive,
    by_primes: &Result<Primes, Why>,
    budget: &Budget,
) -> Result<Outcome, EvaluateError> {
    let mut progress = Progress::new(all.points() as f64, budget);
    let equal = || {
        let domain_points = problem.finite_points().unwrap_or_default();
        Outcome::Equal(Method::Enumeration { points: all.points(), domain_points })
    };
    match all.run(budget) {
        End::Zero => Ok(equal()),
        End::Nonzero(point) => {
            // The value there is an odd number below 2^53 times a power of two: not zero modulo larger
            // primes.
            for field in fields() {
                if if_defined(problem.modulo(&field, budget))?.is_some() {
                    return Ok(Outcome::Differs(Lead { point, field, known: None }));
                }
            }
            Ok(Outcome::Undecided("every prime divides a denominator".into()))
        }
        End::Late(done) => {
            progress.advance(usize::try_from(done).unwrap_or(usize::MAX));
            Ok(progress.late(budget))
        }
        End::Doubtful(points) => match by_primes {
            Ok(plan) => Ok(match plan.run(problem, Some(&points), budget)? {
                Outcome::Equal(_) => equal(),
                other => other,
            }),
            Err(why) => Ok(Outcome::Undecided(why.clone())),
        },
        End::Inexact => match by_primes {
            Ok(plan) if plan.seconds <= budget.seconds_left() * TRUST => plan.run(problem, None, budget),
            Ok(plan) => Ok(Outcome::Undecided(Why::Time { what: plan.what(), seconds: plan.seconds })),
            Err(why) => Ok(Outcome::Undecided(why.clone())),
        },
    }
}

impl Primes {
    /// What there is to evaluate modulo which primes.
    fn plan(problem: &Problem<'_>, budget: &Budget) -> Result<Primes, Why> {
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
        let seconds = primes as f64
            * (evaluations * MODULAR_MULTIPLICATION + problem.seconds_once() + 10.0 * EVALUATION);
        Ok(Primes { walked, base, weight, points, primes, bound_log2, block, seconds })
    }

    /// The plan in words.
    fn what(&self) -> String {
        let count = plural(self.points, "point", "points");
        format!("{count} modulo {}", plural(self.primes, "prime", "primes"))
    }

    /// Carries the plan out; or does it for some points of a finite domain alone.
    fn run(
        &self,
        problem: &Problem<'_>,
        some: Option<&[Point]>,
        budget: &Budget,
    ) -> Result<Outcome, EvaluateError> {
        let plan = self;
        let block = plan.block;
        let threads = rayon::current_num_threads().max(1);
        let bound = BigUint::one() << plan.bound_log2;
        let mut product = BigUint::one();
        let mut primes = Vec::new();
        let count = some.map_or(plan.points as f64, |points| points.len() as f64);
        let mut progress = Progress::new(count * plan.primes as f64, budget);
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
            let mut rest = some.unwrap_or_default();
            loop {
                if budget.expired() {
                    return Ok(progress.late(budget));
                }
                let points = match some {
                    None => set.take_points(block * threads),
                    Some(_) => {
                        let (next, later) = rest.split_at(rest.len().min(block * threads));
                        rest = later;
                        next.to_vec()
                    }
                };
                if points.is_empty() {
                    break;
                }
                let differs: Vec<bool> = if points.len() <= block {
                    modular.nonzero(&points)?
                } else {
                    let part =
                        |i: usize| modular.nonzero(&points[i * block..points.len().min((i + 1) * block)]);
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
}

/// Points modulo primes.
struct Primes {
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
    /// The seconds that it is expected to take.
    seconds: f64,
}
