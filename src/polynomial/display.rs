//! Polynomials as text.

use std::fmt::Write;

use num_rational::BigRational;
use num_traits::{One, Signed};

use super::{Polynomial, SparsePolynomials};
use crate::arithmetic::Exact;
use crate::network::Network;

/// The names of a network's variables, in the order of [`SparsePolynomials::for_networks`]: `x` for a scalar input,
/// `x[0]` and `x[0, 1]` for entries of vectors and matrices.
pub fn variable_names(network: &Network) -> Vec<String> {
    let mut names = Vec::with_capacity(network.variables());
    for input in network.inputs() {
        for flat in 0..input.shape.size() {
            let index: Vec<String> = input.shape.unravel(flat).iter().map(usize::to_string).collect();
            names.push(if index.is_empty() {
                input.name.clone()
            } else {
                format!("{}[{}]", input.name, index.join(", "))
            });
        }
    }
    names
}

/// The polynomial as in `x[0]*x[1]^2 - 3/2*y`, largest monomial first; variables without a name are `x0`, `x1`, ..
pub fn format_polynomial<C: Exact<Element = BigRational>>(
    ring: &SparsePolynomials<C>,
    polynomial: &Polynomial<BigRational>,
    names: &[String],
) -> String {
    let mut text = String::new();
    for (powers, coefficient) in ring.terms(polynomial) {
        text.push_str(match (text.is_empty(), coefficient.is_negative()) {
            (true, true) => "-",
            (true, false) => "",
            (false, true) => " - ",
            (false, false) => " + ",
        });
        let size = coefficient.abs();
        let mut factors = Vec::new();
        if powers.is_empty() || !size.is_one() {
            factors.push(size.to_string());
        }
        for (variable, exponent) in powers {
            let mut factor = names.get(variable).cloned().unwrap_or_else(|| format!("x{variable}"));
            if exponent > 1 {
                // Writing to a string does not fail.
                let _ = write!(factor, "^{exponent}");
            }
            factors.push(factor);
        }
        text.push_str(&factors.join("*"));
    }
    if text.is_empty() { "0".to_string() } else { text }
}
