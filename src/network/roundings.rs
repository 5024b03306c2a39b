//! How many roundings a value of a network goes through when it is computed in floating point.

use super::Network;
use super::lowering::{Action, Program};

/// A number `n` such that every product of constants and inputs that contributes to an output goes through at
/// most `n` roundings in an evaluation, in whatever order sums are added: that of the constants, coefficients
/// and inputs themselves to the nearest number (two are counted, as a quotient may be rounded twice), one for
/// every multiplication, and one for every term of a sum that it is in. Roundings of the factors of a product
/// add up.
///
/// The steps are those that an evaluation runs, so the sums are too.
pub fn roundings(network: &Network) -> f64 {
    const CONVERSION: f64 = 2.0;
    let program = Program::new(network);
    let mut counts: Vec<f64> = Vec::with_capacity(program.steps.len());
    for step in &program.steps {
        let most = |slots: &[usize]| slots.iter().map(|&slot| counts[slot]).fold(0.0, f64::max);
        let product = |slots: &[usize]| slots.iter().map(|&slot| counts[slot]).sum::<f64>() + 1.0;
        counts.push(match &step.action {
            Action::Input(_) | Action::Constant(_) => CONVERSION,
            // A sum may be a product with ones.
            Action::Gather { operand, gather } => {
                counts[*operand] + gather.sums().map_or(0.0, |terms| terms as f64 + 1.0)
            }
            Action::Multiply { operands, .. } => product(operands),
            Action::Scale { factor, operand } => product(&[*factor, *operand]),
            Action::Matmul(matmul) => product(&matmul.operands) + matmul.k as f64,
            Action::Combine { terms } => most(&step.operands()) + CONVERSION + 1.0 + terms.len() as f64,
            Action::Concat { .. } | Action::Fill { .. } => most(&step.operands()),
            // Known by norms only.
            Action::Heads { .. } => f64::INFINITY,
        });
    }
    counts[program.output]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::network::{Builder, Einsum, Shape};
    use num_rational::BigRational;

    /// `x . x` of five entries: two roundings of each factor, one of a product and five additions at most.
    /// Three times that: two of the coefficient, a multiplication and one term more.
    #[test]
    fn by_hand() {
        let mut builder = Builder::new();
        let x = builder.input(0, Shape::new([5]).unwrap());
        let spec = Einsum { operands: vec![vec![0], vec![0]], output: vec![] };
        let square = builder.contract(vec![x, x], spec).unwrap();
        assert_eq!(roundings(&builder.network(Vec::new(), square)), 2.0 + 2.0 + 1.0 + 5.0);
        let thrice = builder.combine(vec![(BigRational::from_integer(3.into()), square)]).unwrap();
        assert_eq!(roundings(&builder.network(Vec::new(), thrice)), 10.0 + 2.0 + 1.0 + 1.0);
    }
}
