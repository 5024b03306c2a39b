//! Homogeneous parts along random lines.
//!
//! On the line `t v` a network of degree at most `d` is a polynomial in `t` whose coefficient of `t^k` is the
//! value of its homogeneous part of degree `k` at `v`, and its values at `t = 0..=d` give all of them. Modulo
//! a prime that divides no denominator all of this is exact, so an unequal coefficient proves that the parts
//! differ. If they are equal for random primes and directions, the bound of random evaluation holds: the
//! coefficients of a part are coefficients of the network.

use super::super::coordinates::Point;
use super::super::methods::random;
use super::super::modular::{Modular, if_defined};
use super::super::problem::{DegreeBounds, Problem, side_by_side};
use super::{Split, affordable, all_of};
use crate::arithmetic::{Arithmetic, PrimeField, Residue};
use crate::budget::Budget;
use crate::calibration::{EVALUATION, MODULAR_MULTIPLICATION};

/// Higher degrees are not looked into.
const HIGHEST: u64 = 256;

/// In which degrees the networks differ everywhere; `None` when a domain says what is meant, or it would take
/// too long.
pub(super) fn degrees(problem: &Problem<'_>, budget: &Budget) -> Option<Split> {
    if !problem.finite().is_empty() {
        return None;
    }
    let both = side_by_side(problem.a, problem.b).ok()?;
    let highest = DegreeBounds::of(&both, budget).highest.filter(|&highest| highest <= HIGHEST)?;
    let count = highest as usize + 1;
    // Agreement is only claimed if random evaluation may be.
    let plan = if budget.certain_only { None } else { random::plan(problem, budget).ok() };
    let rounds = plan.as_ref().map_or(1, |plan| plan.rounds);
    let outputs = 2 * problem.a.output_shape().size();
    let operations = problem.cost.once
        + count as f64
            * (problem.cost.per_point + problem.coordinates.len() as f64 + (outputs * count) as f64);
    let seconds = f64::from(rounds) * (operations * MODULAR_MULTIPLICATION + 40.0 * EVALUATION);
    if outputs == 0 || !affordable(seconds, budget) {
        return None;
    }
    let block = problem.block(budget).ok()?;
    let mut stream = problem.stream("homogeneous parts");
    let (mut occurs, mut differs) = (vec![false; count], vec![false; count]);
    let mut round = 0;
    while round < rounds {
        if budget.expired() {
            return None;
        }
        let Some(field) = PrimeField::new(stream.prime()) else { continue };
        let modular = if_defined(Modular::new(&both, &problem.coordinates, &field, budget));
        let Some(modular) = modular.ok()? else { continue };
        let direction: Vec<Residue> =
            (0..problem.coordinates.len()).map(|_| field.element(stream.below(field.prime()))).collect();
        let at = |t: u64| -> Point {
            // Residues are below 2^62.
            direction.iter().map(|v| field.value(field.multiply(v, &field.element(t))) as i64).collect()
        };
        let points: Vec<Point> = (0..=highest).map(at).collect();
        let mut values = Vec::with_capacity(count * outputs);
        for points in points.chunks(block) {
            values.extend(modular.values(points).ok()?);
        }
        for output in 0..outputs / 2 {
            let along = |output: usize| -> Vec<Residue> {
                let values: Vec<Residue> = values.iter().skip(output).step_by(outputs).copied().collect();
                interpolate(&field, values)
            };
            let (a, b) = (along(output), along(outputs / 2 + output));
            for (degree, (a, b)) in a.iter().zip(&b).enumerate() {
                occurs[degree] |= *a != field.zero() || *b != field.zero();
                differs[degree] |= a != b;
            }
        }
        round += 1;
    }
    let (differ, others): (Vec<usize>, Vec<usize>) =
        (0..count).filter(|&degree| occurs[degree]).partition(|&degree| differs[degree]);
    // The degrees that are left out are said to agree as well.
    let how = if others.is_empty() { None } else { plan.and_then(|plan| all_of(plan.error_log2, count)) };
    Some(Split::new(differ, others, how))
}

/// The coefficients of the polynomial with these values at 0, 1, 2, .. (fewer than the prime): divided
/// differences give it in Newton's form, Horner's rule multiplies that out.
fn interpolate(field: &PrimeField, mut values: Vec<Residue>) -> Vec<Residue> {
    let count = values.len();
    for order in 1..count {
        let Some(inverse) = field.invert(field.element(order as u64)) else { return Vec::new() };
        for i in (order..count).rev() {
            values[i] = field.multiply(&field.subtract(values[i], values[i - 1]), &inverse);
        }
    }
    for node in (0..count.saturating_sub(1)).rev() {
        // Multiply by (t - node) what is above, and add what is here.
        let negative = field.element_signed(-(node as i64));
        for i in node..count - 1 {
            values[i] = field.add(&values[i], &field.multiply(&negative, &values[i + 1]));
        }
    }
    values
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 5 - t + 3 t^3 has the values 5, 7, 27, 83, 193 at 0..=4.
    #[test]
    fn interpolates() {
        let field = PrimeField::new(101).unwrap();
        let values = [5, 7, 27, 83, 193].map(|value| field.element_signed(value)).to_vec();
        let expected = [5, -1, 0, 3, 0].map(|value| field.element_signed(value));
        assert_eq!(interpolate(&field, values), expected);
        assert_eq!(interpolate(&field, vec![field.element(7)]), [field.element(7)]);
    }
}
