//! Inputs where two networks differ: a cheap first look, and the way from a difference modulo a prime to a
//! simple rational witness.

use std::sync::Arc;

use num_rational::BigRational;

use super::coordinates::Point;
use super::integers::simplest;
use super::modular::{Modular, watched};
use super::problem::Problem;
use super::supports::{Oracle, Supports};
use super::{Clock, Options};
use crate::arithmetic::{Arithmetic, Halt, PrimeField, previous_prime};
use crate::network::{EvaluateError, Tensor};

/// A point of the domain where the networks differ modulo a prime, so that they differ.
#[derive(Clone, Debug)]
pub(crate) struct Lead {
    /// Where.
    pub point: Point,
    /// Modulo what. The prime divides no denominator of either network.
    pub field: PrimeField,
}

/// Where the networks differ: an input on the domain, an output, and a prime that shows it.
#[derive(Clone, Debug)]
pub(crate) struct Found {
    /// The input.
    pub input: Vec<Tensor<BigRational>>,
    /// The flat position of the first output whose residues differ.
    pub output: usize,
    /// Modulo what they differ.
    pub field: PrimeField,
}

/// The fields that deterministic methods use: the largest primes first.
pub(crate) fn fields() -> impl Iterator<Item = PrimeField> {
    let below = |&prime: &u64| previous_prime(prime);
    std::iter::successors(previous_prime(1 << PrimeField::MAX_BITS), below).filter_map(PrimeField::new)
}

/// Looks for a difference at some random points of the domain, modulo one prime. A difference of free
/// coordinates shows up at the first of them with near certainty; of others, when it is not too rare.
pub(crate) fn screen(problem: &Problem<'_>, options: &Options) -> Result<Option<Lead>, EvaluateError> {
    let Ok(block) = problem.block(options) else { return Ok(None) };
    let mut stream = problem.stream("screen");
    for field in fields().take(3) {
        let watched = watched(field, options);
        let modular = match Modular::new(&problem.difference, &problem.coordinates, &watched) {
            Ok(modular) => modular,
            // The prime divides a denominator: take the next.
            Err(EvaluateError::Halt(Halt::NoResidue(_))) => continue,
            Err(error) => return Err(error),
        };
        let list = problem.coordinates.list();
        let points: Vec<Point> = (0..if problem.finite().is_empty() { 2 } else { block.min(64) })
            .map(|_| {
                let mut point = vec![0; list.len()];
                for &i in &problem.used {
                    let bound = list[i].kind.levels().map_or(field.prime(), |levels| levels as u64);
                    point[i] = stream.below(bound.max(1)) as i64;
                }
                point
            })
            .collect();
        for points in points.chunks(block) {
            if let Some(place) = modular.nonzero(points)?.iter().position(|&differs| differs) {
                return Ok(Some(Lead { point: points[place].clone(), field }));
            }
        }
        return Ok(None);
    }
    Ok(None)
}

/// The simplest witness that the search finds in a bounded number of evaluations, starting from a lead. Whatever
/// stops the search, the lead itself is a witness.
pub(crate) fn simplify(problem: &Problem<'_>, lead: &Lead, options: &Options) -> Found {
    let (point, output) = search(problem, lead, options).unwrap_or((lead.point.clone(), 0));
    Found { input: problem.coordinates.tensors(&point), output, field: lead.field }
}

fn search(problem: &Problem<'_>, lead: &Lead, options: &Options) -> Option<(Point, usize)> {
    options.clock.begin("simplifying the witness");
    let block = problem.block(options).unwrap_or(1);
    let field = watched(lead.field, options);
    let modular = Modular::new(&problem.difference, &problem.coordinates, &field).ok()?;
    let mut stream = problem.stream("witness");
    let supports = Supports::new(&problem.coordinates, &problem.used, lead.field.prime(), &mut stream);
    let mut oracle = Evaluations::new(problem, &modular, block, options);
    let candidates = supports.smallest(&lead.point, &mut oracle);
    oracle.replenish();
    let simplest = simplest(&supports, candidates, &mut oracle, &mut stream);
    // A candidate that was not evaluated, for lack of time, may not differ after all.
    simplest.into_iter().chain([lead.point.clone()]).find_map(|point| {
        let values = modular.values(std::slice::from_ref(&point)).ok()?;
        Some((point, values.iter().position(|value| *value != lead.field.zero())?))
    })
}

/// Answers by evaluating modulo a prime, within a budget of evaluations and time.
struct Evaluations<'a> {
    modular: &'a Modular<'a>,
    block: usize,
    enough: usize,
    budget: u64,
    left: u64,
    clock: Arc<dyn Clock>,
}

impl<'a> Evaluations<'a> {
    fn new(
        problem: &Problem<'_>,
        modular: &'a Modular<'a>,
        block: usize,
        options: &Options,
    ) -> Evaluations<'a> {
        // Half a second of work for each part of the search: a simpler witness is worth that, not more.
        const OPERATIONS: f64 = 1.5e8;
        let each = problem.cost.per_point + problem.coordinates.len() as f64 + 100.0;
        let budget = (OPERATIONS / each).max(1000.0) as u64;
        // To look at every candidate of a size is worth half a second as well.
        let enough = (OPERATIONS / each).clamp(1.0, 4096.0) as usize;
        Evaluations { modular, block, enough, budget, left: budget, clock: options.clock.clone() }
    }
}

impl Oracle for Evaluations<'_> {
    fn differs(&mut self, points: &[Point]) -> Option<Vec<bool>> {
        if self.clock.expired() {
            return None;
        }
        self.left = self.left.checked_sub(points.len() as u64)?;
        self.modular.nonzero(points).ok()
    }

    fn block(&self) -> usize {
        self.block
    }

    fn enough(&self) -> usize {
        self.enough
    }

    fn replenish(&mut self) {
        self.left = self.budget;
    }
}
