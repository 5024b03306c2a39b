//! Both networks expanded into sparse polynomials over the rationals, which are then written in orthogonal
//! elements monomial by monomial.
//!
//! The entries of a one-hot vector are reduced to at most one of them per monomial, and written in elements
//! of their own. Inputs that are whole points have each put in, one after the other.

use num_bigint::BigInt;
use num_rational::BigRational;
use num_traits::One;

use super::space::{BYTES_PER_TERM, Law, Product, Space, Variable};
use crate::arithmetic::{Arithmetic, Base, BitBudget, CommonScale, Halt};
use crate::budget::Budget;
use crate::network::{Network, Tensor, evaluate};
use crate::polynomial::{Polynomial, PolynomialBudget, Relations, SparsePolynomials};
use crate::similarity::Failure;
use crate::similarity::basis::Measure;
use crate::similarity::failure::check;
use crate::similarity::inner::Split;

/// The inner products of all outputs, by degree; not by degree where whole points are put in.
pub(in crate::similarity) fn inner(
    a: &Network,
    b: &Network,
    product: &Product,
    budget: &Budget,
) -> Result<Split, Failure> {
    let Inputs { variables, relations, whole } = Inputs::new(a, product);
    let terms = PolynomialBudget::new(budget.memory / BYTES_PER_TERM, 1 << 40).stopped_by(budget.stop());
    // Integers over a common scale, which need no greatest common divisors until the end.
    // An input without entries has no variables, but its set is looked at.
    let sets = product.laws().iter().flat_map(|law| match law {
        Law::Entries(Measure::Set(values)) => values.as_slice(),
        _ => &[],
    });
    let points = whole.iter().flat_map(|(_, points)| points.iter().flat_map(|point| point.data()));
    let base = Base::new([a, b], sets.chain(points));
    let coefficients = CommonScale::new(base, BitBudget::new(1 << 24, 1 << 45).stopped_by(budget.stop()));
    let ring = SparsePolynomials::for_networks(coefficients, &[a, b], &relations, terms)?;
    let variances = match product {
        Product::Symmetric(variances) => variances.as_deref(),
        Product::Laws(_) => None,
    };
    let mut space = Space::new(variables, variances);
    let free = ring.inputs(a);
    let mut at = |inputs: &[Tensor<Polynomial<_>>]| -> Result<Split, Failure> {
        let (of_a, of_b) = (evaluate(&ring, a, inputs)?, evaluate(&ring, b, inputs)?);
        space.split(a, &ring, (of_a.data(), of_b.data()), budget)
    };
    if whole.is_empty() {
        return at(&free);
    }
    let count = whole.iter().try_fold(1u64, |count, (_, points)| count.checked_mul(points.len() as u64));
    let count = count.ok_or(Failure::TooManyPoints)?;
    Split::mean(a.output_shape(), count, |mut rest| {
        check(budget, 0)?;
        let mut inputs = free.clone();
        for (position, points) in &whole {
            let point = &points[(rest % points.len() as u64) as usize];
            rest /= points.len() as u64;
            let entries = point.data().iter();
            let entries = entries.map(|entry| Ok(ring.constant(ring.coefficients().from_rational(entry)?)));
            let entries: Vec<Polynomial<_>> = entries.collect::<Result<_, Halt>>()?;
            let replaced = Tensor::new(point.shape().clone(), entries);
            inputs[*position] = replaced.ok_or(Failure::TooManyPoints)?;
        }
        at(&inputs)
    })
}

/// The inputs of both networks, as the variables of polynomials.
struct Inputs<'a> {
    variables: Vec<Variable<'a>>,
    /// What holds between the variables, on the domain.
    relations: Relations,
    /// By their position, the inputs that whole points are put into, and these points.
    whole: Vec<(usize, &'a [Tensor<BigRational>])>,
}

impl<'a> Inputs<'a> {
    fn new(network: &Network, product: &'a Product) -> Inputs<'a> {
        let mut inputs = Inputs { variables: Vec::new(), relations: Relations::none(), whole: Vec::new() };
        for (position, (input, law)) in network.inputs().iter().zip(product.laws()).enumerate() {
            let size = input.shape.size();
            match law {
                Law::Entries(measure) => {
                    let start = inputs.variables.len();
                    if let Measure::Set(values) = measure {
                        let relations = std::mem::take(&mut inputs.relations);
                        inputs.relations = relations.finite(start..start + size, values.clone());
                    }
                    inputs.variables.extend(std::iter::repeat_n(Variable::Entry(measure), size));
                }
                Law::OneHot { length, eliminates } => inputs.one_hot((*length).max(1), *eliminates, size),
                Law::Points(points) => {
                    inputs.variables.extend(std::iter::repeat_n(Variable::Whole, size));
                    inputs.whole.push((position, points));
                }
            }
        }
        inputs
    }

    /// Adds an input of one-hot vectors.
    fn one_hot(&mut self, length: usize, eliminates: bool, size: usize) {
        let start = self.variables.len();
        let share = BigRational::new(BigInt::one(), BigInt::from(length));
        for first in (start..start + size).step_by(length) {
            let vector = first..first + length;
            self.relations = std::mem::take(&mut self.relations).one_hot(vector, eliminates);
            let entry = Variable::OneHot { first, share: share.clone() };
            self.variables.extend(std::iter::repeat_n(entry, length));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::network::{Builder, Einsum, Input, Shape};
    use crate::similarity::Inner;

    /// On two one-hot vectors of 3, f = x0 . x1 + 2 x[0, 0] and g = x[0, 0] x[1, 2] - x[1, 1] + 1/2. At the
    /// nine points, by rows, f is 3, 2, 2; 0, 1, 0; 0, 0, 1, and twice g is 1, -1, 3; 1, -1, 1; 1, -1, 1. So
    /// the sums are 9 + 4 + 4 + 1 + 1 = 19 of f f, (3 - 2 + 6 - 1 + 1)/2 = 7/2 of f g and (8 + 9)/4 = 17/4 of
    /// g g. The sums of f and g are 9 and 5/2, so order 0 has 9, 5/2 and 25/36 ninths.
    #[test]
    fn an_entry_can_be_eliminated() {
        let shape = Shape::new([2, 3]).unwrap();
        let input = Input { name: "x".to_string(), shape: shape.clone() };
        let number = |n: i64, d: i64| BigRational::new(n.into(), d.into());
        let mut builder = Builder::new();
        let x = builder.input(0, shape);
        let [first, second] = [0, 1].map(|row| builder.select(x, 0, row).unwrap());
        let mut entry = |row, column| builder.select(row, 0, column).unwrap();
        let (corner, middle, last) = (entry(first, 0), entry(second, 1), entry(second, 2));
        let spec = Einsum { operands: vec![vec![0], vec![0]], output: vec![] };
        let same = builder.contract(vec![first, second], spec).unwrap();
        let f = builder.combine(vec![(number(1, 1), same), (number(2, 1), corner)]).unwrap();
        let (both, half) = (builder.multiply(corner, last).unwrap(), builder.scalar(number(1, 2)));
        let g = builder
            .combine(vec![(number(1, 1), both), (number(-1, 1), middle), (number(1, 1), half)])
            .unwrap();
        let [f, g] = [f, g].map(|output| builder.network(vec![input.clone()], output));
        let found = [true, false].map(|eliminates| {
            let product = Product::Laws(vec![Law::OneHot { length: 3, eliminates }]);
            inner(&f, &g, &product, &Budget::default()).unwrap()
        });
        assert_eq!(found[0], found[1]);
        let ninths = |aa: BigRational, ab: BigRational, bb: BigRational| {
            let part = |sum: BigRational| sum / BigRational::from_integer(9.into());
            Inner { aa: part(aa), ab: part(ab), bb: part(bb) }
        };
        assert_eq!(found[0].total(), ninths(number(19, 1), number(7, 2), number(17, 4)));
        let order_0 = ninths(number(9, 1), number(5, 2), number(25, 36));
        assert_eq!(found[0].by_degree.as_ref().and_then(|parts| parts.first()), Some(&(0, order_0)));
    }
}
