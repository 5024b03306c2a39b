//! From a difference modulo a prime to the simplest witness that a bounded search finds.

use super::integers::simplest;
use super::lead::{Counterexample, Lead};
use super::supports::{Oracle, Supports};
use crate::arithmetic::Arithmetic;
use crate::budget::Budget;
use crate::equality::coordinates::Point;
use crate::equality::modular::Modular;
use crate::equality::problem::Problem;

/// The simplest witness that the search finds in a bounded number of evaluations, starting from a lead.
/// Whatever stops the search, the lead itself is a witness.
pub(crate) fn simplify(problem: &Problem<'_>, lead: &Lead, budget: &Budget) -> Counterexample {
    let found = |point: &Point, output| Counterexample {
        input: problem.coordinates.tensors(point),
        output,
        field: lead.field,
        known: lead.known.clone(),
    };
    if let Some(known) = &lead.known {
        let output = (0..problem.a.output_shape().size()).find(|&output| known.differ(output));
        return found(&lead.point, output.unwrap_or(0));
    }
    let (point, output) = search(problem, lead, budget).unwrap_or((lead.point.clone(), 0));
    found(&point, output)
}

fn search(problem: &Problem<'_>, lead: &Lead, budget: &Budget) -> Option<(Point, usize)> {
    /// Integers up to this are easy to read.
    const LONG: u64 = 1 << 14;
    budget.begins("simplifying the witness");
    let block = problem.block(budget).unwrap_or(1);
    let modular = Modular::new(&problem.difference, &problem.coordinates, &lead.field, budget).ok()?;
    let mut stream = problem.stream("witness");
    let supports = Supports::new(&problem.coordinates, &problem.used, lead.field.prime(), &mut stream);
    let mut oracle = Evaluations::new(problem, &modular, block, budget);
    let candidates = supports.smallest(&lead.point, &mut oracle);
    oracle.replenish();
    let simplest = simplest(&supports, candidates, &mut oracle, &mut stream);
    // Where the search ended early, ones often do as well as what it has.
    let ones = |point: &Point| -> Point {
        let one = |(i, &value): (usize, &i64)| {
            let free = problem.coordinates.list()[i].kind.is_free();
            if free && value.unsigned_abs() > LONG { 1 } else { value }
        };
        point.iter().enumerate().map(one).collect()
    };
    let simpler = simplest.as_ref().map(ones).filter(|point| Some(point) != simplest.as_ref());
    // A candidate that was not evaluated, for lack of time, may not differ after all.
    simpler.into_iter().chain(simplest).chain([lead.point.clone()]).find_map(|point| {
        let values = modular.values(std::slice::from_ref(&point)).ok()?;
        Some((point, values.iter().position(|value| *value != lead.field.zero())?))
    })
}

/// Answers by evaluating modulo a prime, within a budget of work and time.
struct Evaluations<'a> {
    modular: &'a Modular<'a>,
    block: usize,
    enough: usize,
    /// Work is counted in multiplications: for every point,
    each: f64,
    /// and for every call, in which weights that are not kept are converted.
    call: f64,
    work: f64,
    left: f64,
    /// Half of the time; the rest is for evaluating the witness that is found.
    time: Budget,
}

impl<'a> Evaluations<'a> {
    fn new(
        problem: &Problem<'_>,
        modular: &'a Modular<'a>,
        block: usize,
        budget: &Budget,
    ) -> Evaluations<'a> {
        // Half a second of work for each part of the search: a simpler witness is worth that, or some
        // evaluations.
        const OPERATIONS: f64 = 1.5e8;
        const AT_MOST: f64 = 2e9;
        // To convert a weight takes about as long as so many multiplications.
        const CONVERSION: f64 = 4.0;
        let each = problem.cost.per_point + problem.coordinates.len() as f64 + 100.0;
        let call = CONVERSION * problem.cost.streamed;
        let work = AT_MOST.min(1000.0 * (each + call)).max(4.0 * (each + call)).max(OPERATIONS);
        // To look at every candidate of a size is worth half a second as well.
        let enough = (OPERATIONS / each).clamp(1.0, 4096.0) as usize;
        Evaluations {
            modular,
            block,
            enough,
            each,
            call,
            work,
            left: work,
            time: budget.within(budget.seconds_left() / 2.0),
        }
    }
}

impl Oracle for Evaluations<'_> {
    fn differs(&mut self, points: &[Point]) -> Option<Vec<bool>> {
        if self.time.expired() {
            return None;
        }
        let needed = self.call + points.len() as f64 * self.each;
        if needed > self.left {
            return None;
        }
        self.left -= needed;
        self.modular.nonzero(points).ok()
    }

    fn block(&self) -> usize {
        self.block
    }

    fn enough(&self) -> usize {
        self.enough
    }

    fn replenish(&mut self) {
        self.left = self.work;
    }
}
