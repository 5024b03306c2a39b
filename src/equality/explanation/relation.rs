//! Differences up to scale and up to shift, as fully as differences: the relation is applied first.
//!
//! Up to scale, `a` is compared with `c b`, where `c` is the factor that fits the most outputs. Up to shift,
//! in every row along the last axis the differences from one output are compared, that of which the shift is
//! the most frequent one. Both are read off expansions where these are small, otherwise off values at a few
//! points; what is said then about the comparison does not depend on how they were found.

use std::sync::Arc;

use num_rational::BigRational;
use num_traits::{One, Signed, Zero};

use super::super::fit::built;
use super::super::problem::Problem;
use super::super::witness::outputs::exactly;
use super::super::{Question, Relation};
use super::{Explanation, Split, expansion, same};
use crate::budget::Budget;
use crate::network::{BuildError, Builder, Constant, Data, Einsum, Network, NodeId, Shape};

/// How many points values are looked at.
const POINTS: usize = 3;
/// Entries of points are below this: small values are short.
const LARGEST: u64 = 7;
/// Larger matrices that take differences are not built.
const MOST: usize = 1 << 20;

/// Exact values of both networks.
type Values = (Vec<BigRational>, Vec<BigRational>);

/// What can be said; `None` if it would take too long.
pub(super) fn explain(problem: &Problem<'_>, budget: &Budget) -> Option<Explanation> {
    let known = expansion::explain(problem, budget);
    let applied = match problem.relation {
        Relation::Equal => None,
        Relation::UpToScale => up_to_scale(problem, known.as_ref(), budget),
        Relation::UpToShift => up_to_shift(problem, known.as_ref(), budget),
    };
    match (known, applied) {
        // What the expansions show is proved.
        (Some(Explanation { outputs: Some(outputs), .. }), Some(applied)) => {
            Some(Explanation { outputs: Some(outputs), ..applied })
        }
        (known, applied) => applied.or(known),
    }
}

fn up_to_scale(problem: &Problem<'_>, known: Option<&Explanation>, budget: &Budget) -> Option<Explanation> {
    let scale = match known {
        Some(known) => known.scale.clone()?,
        None => usual_ratio(&values(problem, budget)?)?,
    };
    let scaled = built(problem.b, |builder, inputs| {
        let output = builder.import(problem.b, inputs)?;
        builder.combine(vec![(scale.clone(), output)])
    });
    let compared = compared(problem, problem.a, &scaled.ok()?, budget)?;
    Some(Explanation { scale: Some(scale), ..compared })
}

fn up_to_shift(problem: &Problem<'_>, known: Option<&Explanation>, budget: &Budget) -> Option<Explanation> {
    let shape = problem.a.output_shape();
    let length = shape.axes().last().copied().filter(|&length| length > 1)?;
    let references = match known.and_then(|known| known.outputs.as_ref()) {
        Some(split) => (0..shape.size())
            .step_by(length)
            .map(|row| {
                split.agree.iter().copied().find(|&at| (row..row + length).contains(&at)).unwrap_or(row)
            })
            .collect(),
        None => usual_shifts(&values(problem, budget)?, length),
    };
    let [a, b] = [problem.a, problem.b].map(|network| {
        built(network, |builder, inputs| {
            let output = builder.import(network, inputs)?;
            differences(builder, output, length, &references)
        })
    });
    let mut compared = compared(problem, &a.ok()?, &b.ok()?, budget)?;
    if let Some(split) = &mut compared.outputs {
        alone_is_different(split, length);
    }
    Some(Explanation { references, ..compared })
}

/// Two networks that are to be equal.
fn compared(problem: &Problem<'_>, a: &Network, b: &Network, budget: &Budget) -> Option<Explanation> {
    same(&Question { a, b, relation: Relation::Equal, domain: problem.domain }, budget)
}

/// The values of both networks at some points of the domain.
fn values(problem: &Problem<'_>, budget: &Budget) -> Option<Vec<Values>> {
    let mut stream = problem.stream("scales and shifts");
    let at = |_| {
        let point = problem.random_point(&mut stream, LARGEST);
        let input = problem.coordinates.tensors(&point);
        Some((exactly(problem.a, &input, budget)?, exactly(problem.b, &input, budget)?))
    };
    (0..POINTS).map(at).collect()
}

/// The positive factor that fits the most outputs, of several that of the earliest.
fn usual_ratio(values: &[Values]) -> Option<BigRational> {
    let outputs = values.first()?.0.len();
    let mut ratios: Vec<(BigRational, usize)> = Vec::new();
    for output in 0..outputs {
        let mut pairs = values.iter().map(|(a, b)| (&a[output], &b[output]));
        let Some((a, b)) = pairs.find(|(_, b)| !b.is_zero()) else { continue };
        let ratio = a / b;
        if !ratio.is_positive() || values.iter().any(|(a, b)| a[output] != &ratio * &b[output]) {
            continue;
        }
        match ratios.iter_mut().find(|(known, _)| *known == ratio) {
            Some((_, count)) => *count += 1,
            None => ratios.push((ratio, 1)),
        }
    }
    let most = ratios.iter().map(|(_, count)| *count).max()?;
    ratios.into_iter().find(|(_, count)| *count == most).map(|(ratio, _)| ratio)
}

/// For every row, the first output with the shift that most of its outputs have.
fn usual_shifts(values: &[Values], length: usize) -> Vec<usize> {
    let shift = |at: usize| -> Vec<BigRational> { values.iter().map(|(a, b)| &a[at] - &b[at]).collect() };
    let outputs = values.first().map_or(0, |(a, _)| a.len());
    let usual = |row: usize| {
        let shifts: Vec<Vec<BigRational>> = (row..row + length).map(shift).collect();
        let count = |at: usize| shifts.iter().filter(|other| **other == shifts[at]).count();
        let most = (0..length).map(count).max();
        row + (0..length).find(|&at| Some(count(at)) == most).unwrap_or(0)
    };
    (0..outputs).step_by(length).map(usual).collect()
}

/// In every row, the differences of its entries from one of them.
fn differences(
    builder: &mut Builder,
    output: NodeId,
    length: usize,
    references: &[usize],
) -> Result<NodeId, BuildError> {
    let shape = builder.shape(output).clone();
    let rows = references.len();
    let axes = Shape::new([rows, length, length]).filter(|axes| axes.size() <= MOST);
    let axes = axes.ok_or(BuildError::TooLarge)?;
    let mut entries = vec![0i64; axes.size()];
    for (row, reference) in references.iter().enumerate() {
        for i in 0..length {
            let start = (row * length + i) * length;
            entries[start + i] += 1;
            entries[start + reference % length] -= 1;
        }
    }
    let matrix = Constant::new(axes, Data::Integer(entries)).ok_or(BuildError::TooLarge)?;
    let matrix = builder.constant(Arc::new(matrix));
    let flat = builder.reshape(output, Shape::new([rows, length]).ok_or(BuildError::TooLarge)?)?;
    let spec = Einsum { operands: vec![vec![0, 1, 2], vec![0, 2]], output: vec![0, 1] };
    let differences = builder.contract(vec![matrix, flat], spec)?;
    builder.reshape(differences, shape)
}

/// An output that is only compared with itself agrees with none.
fn alone_is_different(split: &mut Split, length: usize) {
    let rows: Vec<usize> = split.agree.iter().map(|at| at / length).collect();
    let alone = |at: &usize| rows.iter().filter(|row| **row == at / length).count().is_one();
    let moved: Vec<usize> = split.agree.iter().copied().filter(alone).collect();
    split.agree.retain(|at| !moved.contains(at));
    split.differ.extend(moved);
    split.differ.sort_unstable();
    if split.agree.is_empty() {
        split.how = None;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn integers(values: &[i64]) -> Vec<BigRational> {
        values.iter().map(|&value| BigRational::from_integer(value.into())).collect()
    }

    /// The factors of the outputs are 2, 3 and 3 at the first point, and 2, 3 and 4 at the second; the fourth
    /// is negative, and the last output of b is zero.
    #[test]
    fn the_usual_factor() {
        let first = (integers(&[2, 3, 3, -1, 5]), integers(&[1, 1, 1, 1, 0]));
        let second = (integers(&[4, 6, 8, -2, 0]), integers(&[2, 2, 2, 2, 0]));
        let two = BigRational::from_integer(2.into());
        assert_eq!(usual_ratio(&[first.clone(), second]), Some(two));
        let three = BigRational::from_integer(3.into());
        assert_eq!(usual_ratio(&[first]), Some(three));
        assert_eq!(usual_ratio(&[(integers(&[-1]), integers(&[1]))]), None);
    }

    /// Rows of three with the shifts 1, 2, 2 and 5, 5, 0; at another point 1, 2, 3 and 5, 5, 0.
    #[test]
    fn the_usual_shift() {
        let zero = integers(&[0; 6]);
        let first = (integers(&[1, 2, 2, 5, 5, 0]), zero.clone());
        assert_eq!(usual_shifts(std::slice::from_ref(&first), 3), [1, 3]);
        let second = (integers(&[1, 2, 3, 5, 5, 0]), zero);
        assert_eq!(usual_shifts(&[first, second], 3), [0, 3]);
    }

    #[test]
    fn one_output_agrees_with_none() {
        let how = Some(super::super::Agreement::Proved);
        let mut split = Split { agree: vec![0, 3, 4], differ: vec![1, 2, 5], unknown: Vec::new(), how };
        alone_is_different(&mut split, 3);
        assert_eq!((split.agree, split.differ), (vec![3, 4], vec![0, 1, 2, 5]));
    }
}
