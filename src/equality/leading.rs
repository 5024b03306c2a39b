//! The part of highest degree of a network, at a random direction modulo a prime.
//!
//! Along the line `t v` a network is a polynomial in `t`. An element here is its formal degree and the
//! coefficient of exactly that power: what is lower never reaches it again, because degrees only add up.

use num_rational::BigRational;

use crate::arithmetic::{Arithmetic, Halt, PrimeField, Residue};

/// `coefficient * t^degree` and lower powers; `None` is zero.
pub(crate) type Top = Option<(u64, Residue)>;

/// Formal degrees with their coefficients.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Leading {
    field: PrimeField,
}

impl Leading {
    /// Modulo a prime.
    pub fn new(field: PrimeField) -> Leading {
        Leading { field }
    }

    /// The entry `direction * t` of an input.
    pub fn variable(&self, direction: Residue) -> Top {
        Some((1, direction))
    }
}

impl Arithmetic for Leading {
    type Element = Top;

    fn from_rational(&self, value: &BigRational) -> Result<Top, Halt> {
        let residue = self.field.from_rational(value)?;
        Ok((!num_traits::Zero::is_zero(value)).then_some((0, residue)))
    }

    fn zero(&self) -> Top {
        None
    }

    fn one(&self) -> Top {
        Some((0, self.field.one()))
    }

    fn add(&self, a: &Top, b: &Top) -> Top {
        match (a, b) {
            (None, top) | (top, None) => *top,
            (Some((m, x)), Some((n, y))) => Some(match m.cmp(n) {
                std::cmp::Ordering::Less => (*n, *y),
                std::cmp::Ordering::Greater => (*m, *x),
                std::cmp::Ordering::Equal => (*m, self.field.add(x, y)),
            }),
        }
    }

    fn multiply(&self, a: &Top, b: &Top) -> Top {
        let ((m, x), (n, y)) = a.as_ref().zip(b.as_ref())?;
        // A saturated degree is above every degree that a caller accepts.
        Some((m.saturating_add(*n), self.field.multiply(x, y)))
    }
}
