//! Bounds on the degree and the coefficients of a difference, as the methods need them.

use num_rational::BigRational;
use num_traits::Zero;

use super::problem::Problem;
use crate::arithmetic::{Arithmetic, Halt};
use crate::network::{Network, Tensor, evaluate};

/// Bounds on the degree of a network's outputs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct DegreeBounds {
    /// No output has a higher degree; `None` when the bound does not fit.
    pub highest: Option<u64>,
    /// Whether every output is homogeneous (of a degree of its own).
    pub homogeneous: bool,
}

struct Deg;
impl Arithmetic for Deg {
    type Element = Option<(u64, u64)>;
    fn from_rational(&self, value: &BigRational) -> Result<Self::Element, Halt> {
        Ok((!value.is_zero()).then_some((0, 0)))
    }
    fn zero(&self) -> Self::Element {
        None
    }
    fn one(&self) -> Self::Element {
        Some((0, 0))
    }
    fn add(&self, a: &Self::Element, b: &Self::Element) -> Self::Element {
        match (a, b) {
            (None, x) | (x, None) => *x,
            (Some(a), Some(b)) => Some((a.0.min(b.0), a.1.max(b.1))),
        }
    }
    fn multiply(&self, a: &Self::Element, b: &Self::Element) -> Self::Element {
        match (a, b) {
            (None, _) | (_, None) => None,
            (Some(a), Some(b)) => Some((a.0.saturating_add(b.0), a.1.saturating_add(b.1))),
        }
    }
}

impl DegreeBounds {
    /// Of a network.
    pub fn of(network: &Network) -> DegreeBounds {
        let inputs: Vec<_> = network.inputs().iter().filter_map(|i| Tensor::new(i.shape.clone(), vec![Some((1, 1)); i.shape.size()])).collect();
        match evaluate(&Deg, network, &inputs) {
            Err(_) => DegreeBounds { highest: None, homogeneous: false },
            Ok(out) => {
                let highest = out.data().iter().flatten().map(|d| d.1).max().unwrap_or(0);
                DegreeBounds {
                    highest: (highest < u64::MAX).then_some(highest),
                    homogeneous: out.data().iter().flatten().all(|d| d.0 == d.1),
                }
            }
        }
    }
}

/// How free coordinates enter a bound.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Free {
    /// As variables: the bound is on coefficients.
    Symbolic,
    /// As integers of at most this magnitude: the bound is on values.
    UpTo(u64),
}

struct Hei;
impl Arithmetic for Hei {
    type Element = (u64, Option<u64>);
    fn from_rational(&self, value: &BigRational) -> Result<Self::Element, Halt> {
        Ok((value.denom().bits(), (!value.is_zero()).then(|| value.numer().bits())))
    }
    fn zero(&self) -> Self::Element {
        (0, None)
    }
    fn one(&self) -> Self::Element {
        (0, Some(0))
    }
    fn add(&self, a: &Self::Element, b: &Self::Element) -> Self::Element {
        (a.0 + b.0, match (a.1, b.1) {
            (None, None) => None,
            (Some(x), None) => Some(x + b.0),
            (None, Some(x)) => Some(x + a.0),
            (Some(x), Some(y)) => Some((x + b.0).max(y + a.0) + 1),
        })
    }
    fn multiply(&self, a: &Self::Element, b: &Self::Element) -> Self::Element {
        (a.0 + b.0, a.1.zip(b.1).map(|(a, b)| a + b))
    }
}

/// log2 of a bound.
pub(crate) fn coefficients(problem: &Problem<'_>, free: Free) -> Result<u64, String> {
    let n = &problem.difference;
    let m = match free {
        Free::Symbolic => 0,
        Free::UpTo(x) => 64 - x.leading_zeros() as u64,
    };
    let inputs: Vec<_> = n.inputs().iter().filter_map(|i| Tensor::new(i.shape.clone(), vec![(8, Some(8 + m)); i.shape.size()])).collect();
    match evaluate(&Hei, n, &inputs) {
        Err(e) => Err(e.to_string()),
        Ok(out) => Ok(out.data().iter().filter_map(|h| h.1).max().unwrap_or(0)),
    }
}
