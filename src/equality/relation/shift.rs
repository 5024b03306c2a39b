//! All entries of `f - g` along the last axis agree.
//!
//! They do exactly if `f` minus its first entry equals `g` minus its first.

use std::sync::Arc;

use num_rational::BigRational;
use num_traits::One;

use super::{Related, converted};
use crate::arithmetic::{Arithmetic, PrimeField};
use crate::budget::Budget;
use crate::equality::explanation::{Explanation, Split};
use crate::equality::fit::built;
use crate::equality::methods::normal_form::Expanded;
use crate::equality::portfolio::{Decision, Solver};
use crate::equality::problem::Problem;
use crate::equality::witness::outputs::{Outputs, different, too_long};
use crate::equality::{Proof, Question, QuestionError, Verdict};
use crate::network::{BuildError, Constant, Data, Einsum, Label, Network, Shape};
use crate::polynomial::Polynomial;

/// Equality up to a shift of every row.
pub(super) struct UpToShift;

impl Related for UpToShift {
    fn check(&self, shape: &Shape) -> Result<(), QuestionError> {
        match shape.axes().last() {
            Some(&length) if length >= 2 => Ok(()),
            _ => Err(QuestionError::Shift(shape.to_string())),
        }
    }

    fn decide(&self, question: &Question<'_>, solver: &Solver<'_>) -> Result<Verdict, QuestionError> {
        let Question { a, b, relation, domain } = *question;
        let (shape, length) = (a.output_shape(), row(a.output_shape()));
        let (shifted_a, shifted_b) = (without_first(a)?, without_first(b)?);
        let problem = Problem::new(&shifted_a, &shifted_b, relation, domain, solver.budget)?;
        Ok(match solver.solve(&problem) {
            Decision::Equal(method) => Verdict::Equal(Proof { method, scale: None }),
            Decision::Undecided(undecided) => Verdict::Undecided(undecided),
            Decision::Differs(found) => {
                // The first entry along the last axis whose difference is not that of entry 0 of its row.
                let differs = |outputs: Outputs| {
                    let other = (0..shape.size()).find(|&i| outputs.differences_differ(i - i % length, i))?;
                    let at = |position| outputs.evaluation(a, found.input.clone(), position);
                    Some(different(vec![at(other - other % length), at(other)]))
                };
                found.outputs(a, b, solver.budget).and_then(differs).unwrap_or_else(too_long)
            }
        })
    }

    fn key(&self, values: &[BigRational]) -> Vec<BigRational> {
        values.iter().map(|value| value - &values[0]).collect()
    }

    fn residue_key(&self, field: &PrimeField, values: &[u64]) -> Option<Vec<u64>> {
        let first = field.element(*values.first()?);
        Some(converted(field, values, &|value| field.subtract(value, first)))
    }

    fn row(&self, shape: &Shape) -> Option<usize> {
        Some(row(shape))
    }

    fn places(&self, position: usize, _: usize, row: usize) -> Vec<usize> {
        vec![position - position % row, position]
    }

    fn explain(&self, problem: &Problem<'_>, expanded: &Expanded, _: &Budget) -> Option<Explanation> {
        explained(problem, expanded)
    }
}

/// The length of the last axis, at least 1.
fn row(shape: &Shape) -> usize {
    shape.axes().last().copied().unwrap_or(1).max(1)
}

/// The network of `f[.., 1:] - f[.., :1]`.
fn without_first(network: &Network) -> Result<Network, QuestionError> {
    let shape = network.output_shape();
    let axis = shape.rank().saturating_sub(1);
    let rest = shape.axes().last().map_or(0, |length| length.saturating_sub(1));
    built(network, |builder, inputs| {
        let output = builder.import(network, inputs)?;
        let first = builder.slice(output, axis, 0, 1)?;
        let others = builder.slice(output, axis, 1, rest)?;
        let ones = Shape::new([rest])
            .and_then(|shape| Constant::new(shape, Data::Integer(vec![1; rest])))
            .ok_or(BuildError::TooLarge)?;
        let ones = builder.constant(Arc::new(ones));
        // Repeat the first entry: [.., 1] times [rest], the axis of length 1 summed away.
        let rows: Vec<Label> = (0..axis as Label).collect();
        let mut with_one = rows.clone();
        with_one.push(axis as Label);
        let mut output = rows;
        output.push(axis as Label + 1);
        let spec = Einsum { operands: vec![with_one, vec![axis as Label + 1]], output };
        let repeated = builder.contract(vec![first, ones], spec)?;
        builder.combine(vec![(BigRational::one(), others), (-BigRational::one(), repeated)])
    })
}

/// In every row, the entries that have the difference that most of them have (of several, that of the
/// earliest).
fn explained(problem: &Problem<'_>, expanded: &Expanded) -> Option<Explanation> {
    let ring = &expanded.ring;
    let length = problem.a.output_shape().axes().last().copied().filter(|&length| length > 0)?;
    let minus_one = ring.constant(BigRational::from_integer((-1).into()));
    let difference = |(a, b): (&Polynomial<BigRational>, &Polynomial<BigRational>)| {
        ring.add(a, &ring.multiply(&minus_one, b))
    };
    let differences: Vec<_> = expanded.a.iter().zip(&expanded.b).map(difference).collect();
    ring.status().ok()?;
    let mut agrees = Vec::with_capacity(differences.len());
    for row in differences.chunks(length) {
        // Rows of thousands of distinct differences are not worth comparing all with all.
        if row.len() > 1_000 {
            return None;
        }
        let count = |one: &Polynomial<BigRational>| row.iter().filter(|other| *other == one).count();
        let counts: Vec<usize> = row.iter().map(count).collect();
        let most = counts.iter().copied().max().unwrap_or(0);
        let usual = counts.iter().position(|&count| count == most).unwrap_or(0);
        agrees.extend(row.iter().map(|one| most > 1 && *one == row[usual]));
    }
    Some(Explanation { outputs: Some(Split::proved(agrees.into_iter())), ..Explanation::default() })
}
