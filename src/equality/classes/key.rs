//! What values say about a relation: networks are unrelated if the keys of their values at the same places
//! differ.
//!
//! * *equal*: the values themselves;
//! * *up to shift*: the differences to the first value; the places are of one row of the output;
//! * *up to scale*: the values divided by the magnitude of the first that is not zero. If `f = c g` with
//!   `c > 0`, the values of `f` and `g` are on one ray. Modulo a prime they are on one line if `c` has a
//!   residue other than zero, which nobody knows, but `f_i g_j = f_j g_i` in any case: networks that both
//!   have values other than zero, on two lines, are unrelated. Values that are all zero say nothing.

use num_rational::BigRational;
use num_traits::{Signed, Zero};

use super::super::Relation;
use crate::arithmetic::{Arithmetic, PrimeField, Residue};

/// The key of exact values.
pub(super) fn exact(relation: Relation, values: &[BigRational]) -> Vec<BigRational> {
    match relation {
        Relation::Equal => values.to_vec(),
        Relation::UpToShift => match values.first() {
            Some(first) => values.iter().map(|value| value - first).collect(),
            None => Vec::new(),
        },
        Relation::UpToScale => match values.iter().find(|value| !value.is_zero()) {
            Some(first) => values.iter().map(|value| value / first.abs()).collect(),
            None => values.to_vec(),
        },
    }
}

/// The key of residues; `None` when they say nothing.
pub(super) fn residues(relation: Relation, field: &PrimeField, values: &[u64]) -> Option<Vec<u64>> {
    let element = |&value: &u64| field.element(value);
    let numbers = |convert: &dyn Fn(Residue) -> Residue| -> Vec<u64> {
        values.iter().map(|value| field.value(convert(element(value)))).collect()
    };
    match relation {
        Relation::Equal => Some(values.to_vec()),
        Relation::UpToShift => {
            let first = element(values.first()?);
            Some(numbers(&|value| field.subtract(value, first)))
        }
        Relation::UpToScale => {
            let inverse = field.invert(element(values.iter().find(|&&value| value != 0)?))?;
            Some(numbers(&|value| field.multiply(&value, &inverse)))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rationals(values: &[i64]) -> Vec<BigRational> {
        values.iter().map(|&n| BigRational::from_integer(n.into())).collect()
    }

    #[test]
    fn exact_keys_are_those_of_related_values_and_no_others() {
        let same =
            |relation, a: &[i64], b: &[i64]| exact(relation, &rationals(a)) == exact(relation, &rationals(b));
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
        let key = |relation, values: &[u64]| residues(relation, &field, values);
        assert_eq!(key(Relation::UpToScale, &[2, 4]), Some(vec![1, 2]));
        assert_eq!(key(Relation::UpToScale, &[100, 99]), Some(vec![1, 2]));
        assert_eq!(key(Relation::UpToScale, &[0, 5]), Some(vec![0, 1]));
        // f may be 101 g: its zeros say nothing.
        assert_eq!(key(Relation::UpToScale, &[0, 0]), None);
        assert_eq!(key(Relation::UpToShift, &[100, 1]), Some(vec![0, 2]));
        assert_eq!(key(Relation::Equal, &[0, 7]), Some(vec![0, 7]));
    }
}
