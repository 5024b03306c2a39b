//! `f = g`.

use num_rational::BigRational;

use super::Related;
use crate::arithmetic::PrimeField;
use crate::budget::Budget;
use crate::equality::explanation::{Explanation, coefficients};
use crate::equality::methods::normal_form::Expanded;
use crate::equality::portfolio::{Decision, Solver};
use crate::equality::problem::Problem;
use crate::equality::witness::outputs::too_long;
use crate::equality::{Proof, Question, QuestionError, Verdict};

/// Equality.
pub(super) struct Equal;

impl Related for Equal {
    fn decide(&self, question: &Question<'_>, solver: &Solver<'_>) -> Result<Verdict, QuestionError> {
        let (Question { a, b, relation, domain }, budget) = (*question, solver.budget);
        let problem = Problem::new(a, b, relation, domain, budget)?;
        Ok(match solver.solve(&problem) {
            Decision::Equal(method) => Verdict::Equal(Proof { method, scale: None }),
            Decision::Undecided(undecided) => Verdict::Undecided(undecided),
            Decision::Differs(mut found) => found
                .known
                .take()
                .or_else(|| found.outputs(a, b, budget))
                .map_or_else(too_long, |outputs| found.shown(a, &outputs, |i| outputs.differ(i))),
        })
    }

    fn key(&self, values: &[BigRational]) -> Vec<BigRational> {
        values.to_vec()
    }

    fn residue_key(&self, _: &PrimeField, values: &[u64]) -> Option<Vec<u64>> {
        Some(values.to_vec())
    }

    fn places(&self, position: usize, _: usize, _: usize) -> Vec<usize> {
        vec![position]
    }

    fn explain(&self, problem: &Problem<'_>, expanded: &Expanded, budget: &Budget) -> Option<Explanation> {
        coefficients::compare(problem, expanded, budget)
    }
}
