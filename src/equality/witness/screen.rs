//! A first look at a few points, which finds most differences.

use super::lead::Lead;
use super::outputs::Outputs;
use crate::arithmetic::Residue;
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
        let modular = Modular::new(&problem.difference, &problem.coordinates, &field, budget)?;
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
