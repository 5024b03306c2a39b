//! A first look at a few points, which finds most differences, and the way from a difference modulo a prime
//! to the simplest witness that a bounded search finds.

use super::integers::simplest;
use super::outputs::{Counterexample, Lead, Outputs};
use super::supports::{Oracle, Supports};
use crate::arithmetic::{Arithmetic, Residue};
use crate::budget::Budget;
use crate::equality::coordinates::Point;
use crate::equality::modular::{Modular, in_some_field};
use crate::equality::problem::{Problem, side_by_side};
use crate::network::EvaluateError;

/// Networks with more multiplications are evaluated as rarely as can be.
const HUGE: f64 = 3e7;

/// Looks for a difference at some random points of the domain, modulo one prime. A difference of free
/// coordinates shows up at the first of them with near certainty; of others, when it is not too rare.
pub(crate) fn screen(problem: &Problem<'_>, budget: &Budget) -> Result<Option<Lead>, EvaluateError> {
    if problem.cost.per_point + problem.cost.once > HUGE {
        return screen_once(problem, budget);
    }
    let Ok(block) = problem.block(budget) else { return Ok(None) };
    let mut stream = problem.stream("screen");
    let found = in_some_field(3, |field| {
        let modular = problem.modulo(&field, budget)?;
        let points: Vec<Point> = (0..if problem.finite().is_empty() { 2 } else { block.min(64) })
            .map(|_| problem.random_point(&mut stream, field.prime()))
            .collect();
        for points in points.chunks(block) {
            if let Some(place) = modular.nonzero(points)?.iter().position(|&differs| differs) {
                return Ok(Some(Lead { point: points[place].clone(), field, known: None }));
            }
        }
        Ok(None)
    });
    Ok(found?.flatten())
}

/// The same for networks that take long to evaluate: one evaluation of both at a few points that make simple
/// witnesses, so that every weight is read once or twice. What differs there is not simplified any further.
fn screen_once(problem: &Problem<'_>, budget: &Budget) -> Result<Option<Lead>, EvaluateError> {
    let Ok(both) = side_by_side(problem.a, problem.b) else { return Ok(None) };
    let points = simple_points(problem);
    // Both networks are alive, each at all points.
    let needed =
        2.0 * points.len() as f64 * (problem.cost.live_per_point + 3.0 * problem.coordinates.len() as f64);
    if needed + problem.cost.live_once > budget.memory as f64 / 8.0 {
        return Ok(None);
    }
    let outputs = problem.a.output_shape().size();
    let found = in_some_field(3, |field| {
        let modular = Modular::new(&both, &problem.coordinates, &field, budget)?;
        let values = modular.values(&points)?;
        for (point, values) in points.iter().zip(values.chunks(2 * outputs.max(1))) {
            let (a, b) = values.split_at(outputs.min(values.len()));
            if a != b {
                let residues = |values: &[Residue]| values.iter().map(|&value| field.value(value)).collect();
                let known = Outputs::Residues { prime: field.prime(), a: residues(a), b: residues(b) };
                return Ok(Some(Lead { point: point.clone(), field, known: Some(known) }));
            }
        }
        Ok(None)
    });
    Ok(found?.flatten())
}

/// A unit vector, all ones, and small numbers, as far as coordinates are free; others are random.
fn simple_points(problem: &Problem<'_>) -> Vec<Point> {
    let list = problem.coordinates.list();
    let mut stream = problem.stream("simple points");
    let first = problem.used.iter().copied().find(|&i| list[i].kind.is_free());
    let mut points = Vec::with_capacity(3);
    for kind in 0..3 {
        let mut point = vec![0; list.len()];
        for &i in &problem.used {
            point[i] = match (list[i].kind.levels(), kind) {
                (Some(levels), _) => stream.below((levels as u64).max(1)) as i64,
                (None, 0) => i64::from(Some(i) == first),
                (None, 1) => 1,
                (None, _) => 1 + stream.below(9) as i64,
            };
        }
        points.push(point);
    }
    points
}

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
    let modular = problem.modulo(&lead.field, budget).ok()?;
    let mut stream = problem.stream("witness");
    let supports = Supports::new(&problem.coordinates, &problem.used, lead.field.prime(), &mut stream);
    let mut oracle = Evaluations::new(problem, &modular, budget);
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
    fn new(problem: &Problem<'_>, modular: &'a Modular<'a>, budget: &Budget) -> Evaluations<'a> {
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
            block: problem.block(budget).unwrap_or(1),
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
