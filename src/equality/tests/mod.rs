//! Tests of the portfolio as a whole, and of each method on whole problems.

mod agreement;
mod dense;
mod domains;
mod hand;
mod layerwise;
mod soundness;
mod stopping;
mod turns;

use std::sync::Arc;
use std::time::Duration;

use num_bigint::BigInt;
use num_rational::BigRational;
use num_traits::One;

use super::methods::{grid, normal_form, random};
use super::*;
use crate::budget::Budget;
use crate::network::{Builder, Constant, Data, Einsum, Input, NodeId, Shape};

pub(super) fn rational(n: i64, d: i64) -> BigRational {
    BigRational::new(n.into(), d.into())
}

pub(super) fn integers(values: &[i64]) -> Vec<BigRational> {
    values.iter().map(|&v| BigRational::from_integer(BigInt::from(v))).collect()
}

pub(super) fn vector(values: &[i64]) -> Tensor<BigRational> {
    Tensor::new(Shape::new([values.len()]).unwrap(), integers(values)).unwrap()
}

pub(super) fn bits(inputs: usize) -> Domain {
    Domain(vec![InputSet::Finite(integers(&[0, 1])); inputs])
}

/// A network with inputs of these shapes.
pub(super) fn network(shapes: &[&[usize]], build: impl FnOnce(&mut Builder, &[NodeId]) -> NodeId) -> Network {
    let mut builder = Builder::new();
    let shapes: Vec<Shape> = shapes.iter().map(|axes| Shape::new(axes.to_vec()).unwrap()).collect();
    let nodes: Vec<NodeId> =
        shapes.iter().enumerate().map(|(i, shape)| builder.input(i, shape.clone())).collect();
    let output = build(&mut builder, &nodes);
    let inputs =
        shapes.into_iter().enumerate().map(|(i, shape)| Input { name: format!("x{i}"), shape }).collect();
    builder.network(inputs, output)
}

/// A polynomial in one input of `n` entries: coefficients and the indices of the variables that are
/// multiplied, with repetition, so that `(3, &[0, 0, 1])` is `3 x0^2 x1`.
pub(super) fn polynomial(n: usize, terms: &[(i64, &[usize])]) -> Network {
    network(&[&[n]], |builder, inputs| polynomial_node(builder, inputs[0], terms))
}

pub(super) fn polynomial_node(builder: &mut Builder, x: NodeId, terms: &[(i64, &[usize])]) -> NodeId {
    let mut sum = vec![];
    for (coefficient, factors) in terms {
        let mut product = builder.scalar(BigRational::one());
        for &factor in *factors {
            let factor = builder.select(x, 0, factor).unwrap();
            product = builder.multiply(product, factor).unwrap();
        }
        sum.push((rational(*coefficient, 1), product));
    }
    if sum.is_empty() {
        return builder.scalar(rational(0, 1));
    }
    builder.combine(sum).unwrap()
}

/// A constant matrix of integers.
pub(super) fn matrix(builder: &mut Builder, rows: usize, columns: usize, values: Vec<i64>) -> NodeId {
    let shape = Shape::new([rows, columns]).unwrap();
    builder.constant(Arc::new(Constant::new(shape, Data::Integer(values)).unwrap()))
}

/// `matrix @ vector`
pub(super) fn apply(builder: &mut Builder, matrix: NodeId, vector: NodeId) -> NodeId {
    let spec = Einsum { operands: vec![vec![0, 1], vec![1]], output: vec![0] };
    builder.contract(vec![matrix, vector], spec).unwrap()
}

/// `left * right` as `((left + right)^2 - (left - right)^2) / 4`
pub(super) fn by_squares(builder: &mut Builder, left: NodeId, right: NodeId) -> NodeId {
    let squares = [1, -1].map(|sign| {
        let sum = builder.combine(vec![(rational(1, 1), left), (rational(sign, 1), right)]).unwrap();
        builder.multiply(sum, sum).unwrap()
    });
    builder.combine(vec![(rational(1, 4), squares[0]), (rational(-1, 4), squares[1])]).unwrap()
}

pub(super) fn unlimited() -> Budget {
    Budget::default().memory(1 << 30)
}

pub(super) fn certain() -> Budget {
    unlimited().certain_only()
}

/// A budget whose time is up.
pub(super) fn expired() -> Budget {
    unlimited().time(Duration::ZERO)
}

pub(super) fn ask(a: &Network, b: &Network, relation: Relation, domain: &Domain) -> Verdict {
    decide(&Question { a, b, relation, domain }, &unlimited()).unwrap()
}

pub(super) fn everywhere(a: &Network, b: &Network) -> Verdict {
    ask(a, b, Relation::Equal, &Domain::everywhere(a.inputs().len()))
}

/// The only evaluation of a witness: the inputs' entries, the output and the exact values.
pub(super) fn witness(verdict: &Verdict) -> (Vec<Vec<BigRational>>, Vec<usize>, BigRational, BigRational) {
    let Verdict::Different(Witness { evaluations }) = verdict else { panic!("{verdict:?}") };
    assert_eq!(evaluations.len(), 1);
    parts(&evaluations[0])
}

pub(super) fn parts(
    evaluation: &Evaluation,
) -> (Vec<Vec<BigRational>>, Vec<usize>, BigRational, BigRational) {
    let Values::Exact { a, b } = &evaluation.values else { panic!("{evaluation:?}") };
    let input = evaluation.input.iter().map(|tensor| tensor.data().to_vec()).collect();
    (input, evaluation.output.clone(), a.clone(), b.clone())
}

pub(super) fn proof(verdict: &Verdict) -> &Proof {
    let Verdict::Equal(proof) = verdict else { panic!("{verdict:?}") };
    proof
}
