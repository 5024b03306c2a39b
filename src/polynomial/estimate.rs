//! How many terms an expansion into monomials may have, and how much work it may be.
//!
//! An [`Arithmetic`] whose elements are upper bounds on the number of terms of a polynomial, capped by the
//! number of monomials of its degree. Multiplications add up the products of terms that an expansion would
//! form.

use std::sync::atomic::{AtomicU64, Ordering};

use num_rational::BigRational;
use num_traits::Zero;

use crate::arithmetic::{Arithmetic, Halt};

/// Bounds on a polynomial.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Terms {
    /// The bound on the number of terms.
    pub terms: f64,
    degree: f64,
}

/// Counts terms.
#[derive(Debug)]
pub(crate) struct TermCount {
    variables: f64,
    /// The number of functions that are linearly independent on the domain; infinite when that is.
    largest: f64,
    products: AtomicU64,
}

impl TermCount {
    /// For polynomials of this many variables on a domain of this many points.
    pub fn new(variables: usize, largest: f64) -> TermCount {
        TermCount { variables: variables as f64, largest, products: AtomicU64::new(0) }
    }

    /// A variable.
    pub fn variable(&self) -> Terms {
        Terms { terms: 1.0, degree: 1.0 }
    }

    /// The products of terms formed so far; at 2^63 and above it means "at least".
    pub fn products(&self) -> f64 {
        self.products.load(Ordering::Relaxed) as f64
    }

    fn capped(&self, terms: f64, degree: f64) -> Terms {
        // Few terms are below every cap.
        if terms <= self.variables + 1.0 && degree >= 1.0 {
            return Terms { terms, degree };
        }
        Terms { terms: terms.min(self.largest).min(simplex(self.variables, degree)), degree }
    }
}

/// `C(n + d, d)`, as a float.
fn simplex(n: f64, d: f64) -> f64 {
    let (few, many) = (n.min(d), n.max(d));
    let (mut value, mut i) = (1.0f64, 1.0f64);
    while i <= few && value < 1e30 {
        value *= (many + i) / i;
        i += 1.0;
    }
    value
}

impl Arithmetic for TermCount {
    type Element = Terms;

    fn from_rational(&self, value: &BigRational) -> Result<Terms, Halt> {
        Ok(if value.is_zero() { self.zero() } else { self.one() })
    }

    fn zero(&self) -> Terms {
        Terms { terms: 0.0, degree: 0.0 }
    }

    fn one(&self) -> Terms {
        Terms { terms: 1.0, degree: 0.0 }
    }

    fn add(&self, a: &Terms, b: &Terms) -> Terms {
        self.capped(a.terms + b.terms, a.degree.max(b.degree))
    }

    fn multiply(&self, a: &Terms, b: &Terms) -> Terms {
        let products = a.terms * b.terms;
        // The conversion saturates, and the sum is kept from wrapping by its own cap.
        let _ = self.products.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |sum| {
            Some(sum.saturating_add(products as u64).min(1 << 63))
        });
        self.capped(products, a.degree + b.degree)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// (x + y)^2 of three variables in all: 4 products, 4 terms at most (no cap applies: C(5,2) = 10); its
    /// square has 16 products and is capped at C(7,4) = 35, so 16 terms; the square of that is capped at
    /// C(11,8) = 165.
    #[test]
    fn counts_and_caps() {
        let count = TermCount::new(3, f64::INFINITY);
        let sum = count.add(&count.variable(), &count.variable());
        let square = count.multiply(&sum, &sum);
        let fourth = count.multiply(&square, &square);
        let eighth = count.multiply(&fourth, &fourth);
        assert_eq!((square.terms, fourth.terms, eighth.terms), (4.0, 16.0, 165.0));
        assert_eq!(count.products(), 4.0 + 16.0 + 256.0);
        let bits = TermCount::new(3, 8.0);
        assert_eq!(bits.multiply(&eighth, &eighth).terms, 8.0);
    }
}
