//! Sparse polynomials as an [`Arithmetic`](crate::arithmetic::Arithmetic): running a network over them
//! expands it into its normal form.
//!
//! [`SparsePolynomials`] holds what all polynomials of one computation share: the arithmetic of the
//! coefficients, how monomials are packed into words, the relations of a finite domain ([`Relations`]), and a
//! budget. With relations every product is reduced, so that two results are equal exactly if the functions
//! agree on the domain.
//!
//! `dense` has polynomials with many monomials for their degree, modulo primes, from the values of a network.

mod accumulator;
pub(crate) mod dense;
mod display;
mod estimate;
mod monomial;
mod relations;
mod ring;

pub(crate) use estimate::TermCount;

pub use display::{format_monomial, format_polynomial, variable_name, variable_names};
pub use relations::Relations;
pub use ring::{PolynomialBudget, SparsePolynomials};

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// A polynomial of some [`SparsePolynomials`]: distinct monomials in descending graded lexicographic order
/// (total degree first, then `x[0] > x[1] > ..`), with nonzero coefficients. Cloning is cheap.
#[derive(Clone, Debug)]
pub struct Polynomial<E>(Arc<Terms<E>>);

#[derive(Debug)]
struct Terms<E> {
    /// The monomials, a fixed number of words each.
    keys: Vec<u64>,
    coefficients: Vec<E>,
    /// The number of terms of all polynomials that are alive.
    alive: Arc<AtomicU64>,
}

impl<E> Drop for Terms<E> {
    fn drop(&mut self) {
        self.alive.fetch_sub(self.coefficients.len() as u64, Ordering::Relaxed);
    }
}

impl<E> Polynomial<E> {
    fn new(keys: Vec<u64>, coefficients: Vec<E>, alive: &Arc<AtomicU64>) -> Polynomial<E> {
        alive.fetch_add(coefficients.len() as u64, Ordering::Relaxed);
        Polynomial(Arc::new(Terms { keys, coefficients, alive: alive.clone() }))
    }

    /// The number of terms.
    pub fn term_count(&self) -> usize {
        self.0.coefficients.len()
    }

    /// Whether it is the zero polynomial.
    pub fn is_zero(&self) -> bool {
        self.0.coefficients.is_empty()
    }
}

/// Polynomials of one [`SparsePolynomials`] are equal if their terms are. (For coefficients without
/// `PartialEq` there is [`Exact::equal`](crate::arithmetic::Exact::equal).)
impl<E: PartialEq> PartialEq for Polynomial<E> {
    fn eq(&self, other: &Polynomial<E>) -> bool {
        self.0.keys == other.0.keys && self.0.coefficients == other.0.coefficients
    }
}
