//! Polynomials as text.

use num_rational::BigRational;
use num_traits::{One, Signed};

use super::{Polynomial, SparsePolynomials};
use crate::arithmetic::Exact;
use crate::network::{Input, Network};

/// The names of a network's variables, in the order of [`SparsePolynomials::for_networks`]: `x` for a scalar
/// input, `x[0]` and `x[0, 1]` for entries of vectors and matrices.
pub fn variable_names(network: &Network) -> Vec<String> {
    (0..network.variables()).filter_map(|variable| variable_name(network.inputs(), variable)).collect()
}

/// The name of one variable of these inputs.
pub fn variable_name(inputs: &[Input], variable: usize) -> Option<String> {
    let mut flat = variable;
    for input in inputs {
        let size = input.shape.size();
        if flat < size {
            let index: Vec<String> = input.shape.unravel(flat).iter().map(usize::to_string).collect();
            let scalar = index.is_empty();
            return Some(if scalar {
                input.name.clone()
            } else {
                format!("{}[{}]", input.name, index.join(", "))
            });
        }
        flat -= size;
    }
    None
}

/// A monomial as in `x[0]*x[1]^2`, `1` if it is constant; variables without a name are `x0`, `x1`, ..
pub fn format_monomial(powers: &[(usize, u64)], name: impl Fn(usize) -> Option<String>) -> String {
    let factor = |&(variable, exponent): &(usize, u64)| {
        let name = name(variable).unwrap_or_else(|| format!("x{variable}"));
        if exponent > 1 { format!("{name}^{exponent}") } else { name }
    };
    let factors: Vec<String> = powers.iter().map(factor).collect();
    if factors.is_empty() { "1".to_string() } else { factors.join("*") }
}

/// The polynomial as in `x[0]*x[1]^2 - 3/2*y`, largest monomial first; variables without a name are `x0`,
/// `x1`, ..
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
        if powers.is_empty() {
            text.push_str(&size.to_string());
            continue;
        }
        if !size.is_one() {
            text.push_str(&format!("{size}*"));
        }
        text.push_str(&format_monomial(&powers, |variable| names.get(variable).cloned()));
    }
    if text.is_empty() { "0".to_string() } else { text }
}
