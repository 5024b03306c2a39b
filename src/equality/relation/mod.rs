//! Relations, with a file for each: how it becomes the question whether a map vanishes, what refutes it, what
//! related outputs have in common, and how a difference is explained.

mod equal;
mod scale;
mod shift;

use num_rational::BigRational;

use super::explanation::Explanation;
use super::methods::normal_form::Expanded;
use super::portfolio::Solver;
use super::problem::Problem;
use super::{Question, QuestionError, Relation, Verdict};
use crate::arithmetic::{PrimeField, Residue};
use crate::budget::Budget;
use crate::network::Shape;

/// What the search has to know of a relation. All are equivalences.
pub(super) trait Related: Sync {
    /// Whether it has a meaning for outputs of this shape.
    fn check(&self, _: &Shape) -> Result<(), QuestionError> {
        Ok(())
    }

    /// The factor by which a network is related to itself, if the relation has one.
    fn scale_of_itself(&self) -> Option<BigRational> {
        None
    }

    /// Decides a question about two networks that are not the same.
    fn decide(&self, question: &Question<'_>, solver: &Solver<'_>) -> Result<Verdict, QuestionError>;

    /// What exact values of related networks at the same places have in common.
    fn key(&self, values: &[BigRational]) -> Vec<BigRational>;

    /// The same of residues; `None` when they say nothing.
    fn residue_key(&self, field: &PrimeField, values: &[u64]) -> Option<Vec<u64>>;

    /// How many neighbouring outputs are compared with each other and with no others; `None` for all.
    fn row(&self, _: &Shape) -> Option<usize> {
        None
    }

    /// The positions of values that show that networks are not related, if the value at `position` is a part
    /// of that. At `nonzero` the value is not zero; `row` is what [`Related::row`] says, or how many values
    /// there are.
    fn places(&self, position: usize, nonzero: usize, row: usize) -> Vec<usize>;

    /// What the expansions of two networks that are not related show; `None` when that takes too long.
    fn explain(&self, problem: &Problem<'_>, expanded: &Expanded, budget: &Budget) -> Option<Explanation>;
}

/// What has to be known of a relation.
pub(super) fn of(relation: Relation) -> &'static dyn Related {
    match relation {
        Relation::Equal => &equal::Equal,
        Relation::UpToScale => &scale::UpToScale,
        Relation::UpToShift => &shift::UpToShift,
    }
}

/// The residues that all of these become.
fn converted(field: &PrimeField, values: &[u64], convert: &dyn Fn(Residue) -> Residue) -> Vec<u64> {
    values.iter().map(|&value| field.value(convert(field.element(value)))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rationals(values: &[i64]) -> Vec<BigRational> {
        values.iter().map(|&n| BigRational::from_integer(n.into())).collect()
    }

    #[test]
    fn exact_keys_are_those_of_related_values_and_no_others() {
        let same = |relation: Relation, a: &[i64], b: &[i64]| {
            of(relation).key(&rationals(a)) == of(relation).key(&rationals(b))
        };
        assert!(same(Relation::Equal, &[1, 2], &[1, 2]) && !same(Relation::Equal, &[1, 2], &[1, 3]));
        assert!(same(Relation::UpToShift, &[1, 3], &[5, 7]) && !same(Relation::UpToShift, &[1, 3], &[5, 8]));
        assert!(same(Relation::UpToScale, &[0, -2, 4], &[0, -3, 6]));
        // Not a positive factor; zero is a multiple of zero alone.
        assert!(!same(Relation::UpToScale, &[0, -2, 4], &[0, 2, -4]));
        assert!(!same(Relation::UpToScale, &[0, 0], &[0, 1]) && same(Relation::UpToScale, &[0, 0], &[0, 0]));
    }

    /// Modulo 101: 2 * 51 = 1, so (2, 4) and (1, 2) are on one line, as are (1, 2) and (-1, -2) = (100, 99).
    #[test]
    fn residues_of_multiples_are_on_one_line() {
        let field = PrimeField::new(101).unwrap();
        let key = |relation: Relation, values: &[u64]| of(relation).residue_key(&field, values);
        assert_eq!(key(Relation::UpToScale, &[2, 4]), Some(vec![1, 2]));
        assert_eq!(key(Relation::UpToScale, &[100, 99]), Some(vec![1, 2]));
        assert_eq!(key(Relation::UpToScale, &[0, 5]), Some(vec![0, 1]));
        // f may be 101 g: its zeros say nothing.
        assert_eq!(key(Relation::UpToScale, &[0, 0]), None);
        assert_eq!(key(Relation::UpToShift, &[100, 1]), Some(vec![0, 2]));
        assert_eq!(key(Relation::Equal, &[0, 7]), Some(vec![0, 7]));
    }
}
