//! The evaluator against a definition of every operation that is written out entry by entry.
#![allow(clippy::unwrap_used)]

mod common;

use common::networks::{network, point};
use num_rational::BigRational;
use num_traits::{One, ToPrimitive, Zero};
use proptest::prelude::*;
use samenet::arithmetic::{Arithmetic, Floats, PrimeField, Rationals};
use samenet::network::{
    Arrangement, Einsum, Network, Operation, Prepared, Shape, Tensor, cost, evaluate, evaluate_batch,
};

/// A contraction by its definition: a sum over all values of all labels.
fn einsum_by_definition(
    spec: &Einsum,
    operands: &[&Tensor<BigRational>],
    shape: &Shape,
) -> Tensor<BigRational> {
    let labels = spec.operands.iter().flatten().max().map_or(0, |&label| label as usize + 1);
    let mut lengths = vec![1usize; labels];
    for (labels, operand) in spec.operands.iter().zip(operands) {
        for (&label, &axis) in labels.iter().zip(operand.shape().axes()) {
            lengths[label as usize] = axis;
        }
    }
    let position = |labels: &[u32], axes: &[usize], index: &[usize]| {
        labels.iter().zip(axes).fold(0, |flat, (&label, &axis)| flat * axis + index[label as usize])
    };
    let mut data = vec![BigRational::zero(); shape.size()];
    let all = Shape::new(lengths).unwrap();
    for flat in 0..all.size() {
        let index = all.unravel(flat);
        let mut product = BigRational::one();
        for (labels, operand) in spec.operands.iter().zip(operands) {
            product *= &operand.data()[position(labels, operand.shape().axes(), &index)];
        }
        data[position(&spec.output, shape.axes(), &index)] += product;
    }
    Tensor::new(shape.clone(), data).unwrap()
}

/// A network's value, node by node.
fn value_by_definition(network: &Network, inputs: &[Tensor<BigRational>]) -> Tensor<BigRational> {
    let mut values: Vec<Tensor<BigRational>> = Vec::new();
    for node in network.nodes() {
        let of = |id: &samenet::network::NodeId| &values[id.0];
        let make = |data| Tensor::new(node.shape.clone(), data).unwrap();
        let value = match &node.operation {
            Operation::Input(position) => inputs[*position].clone(),
            Operation::Constant(constant) => {
                make((0..constant.data().len()).map(|i| constant.data().rational(i)).collect())
            }
            Operation::Contract { operands, spec } => {
                let operands: Vec<_> = operands.iter().map(of).collect();
                einsum_by_definition(spec, &operands, &node.shape)
            }
            Operation::Combine { terms } => make(
                (0..node.shape.size())
                    .map(|i| terms.iter().map(|(c, id)| c * &of(id).data()[i]).sum())
                    .collect(),
            ),
            Operation::Arrange { operands, arrangement } => {
                let entry = |index: &[usize]| match arrangement {
                    Arrangement::Reshape => unreachable!(),
                    Arrangement::Slice { axis, start } => {
                        let mut index = index.to_vec();
                        index[*axis] += start;
                        at(of(&operands[0]), &index)
                    }
                    Arrangement::Concat { axis } => {
                        let mut index = index.to_vec();
                        let mut operands = operands.iter();
                        loop {
                            let operand = of(operands.next().unwrap());
                            let length = operand.shape().axes()[*axis];
                            if index[*axis] < length {
                                return at(operand, &index);
                            }
                            index[*axis] -= length;
                        }
                    }
                    Arrangement::Broadcast => of(&operands[0]).data()[0].clone(),
                };
                match arrangement {
                    Arrangement::Reshape => make(of(&operands[0]).data().to_vec()),
                    _ => make((0..node.shape.size()).map(|i| entry(&node.shape.unravel(i))).collect()),
                }
            }
        };
        values.push(value);
    }
    values[network.output().0].clone()
}

fn at(tensor: &Tensor<BigRational>, index: &[usize]) -> BigRational {
    let flat = index.iter().zip(tensor.shape().axes()).fold(0, |flat, (i, axis)| flat * axis + i);
    tensor.data()[flat].clone()
}

fn convert<A: Arithmetic>(arithmetic: &A, tensors: &[Tensor<BigRational>]) -> Vec<Tensor<A::Element>> {
    tensors.iter().map(|t| t.map(|value| arithmetic.from_rational(value).unwrap())).collect()
}

/// Several points as one batch.
fn batch(points: &[Vec<Tensor<BigRational>>]) -> Vec<Tensor<BigRational>> {
    (0..points[0].len())
        .map(|input| {
            let mut axes = vec![points.len()];
            axes.extend_from_slice(points[0][input].shape().axes());
            let data = points.iter().flat_map(|point| point[input].data().to_vec()).collect();
            Tensor::new(Shape::new(axes).unwrap(), data).unwrap()
        })
        .collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 600, failure_persistence: None, ..ProptestConfig::default() })]

    /// Rationals, a large and a small prime, and floats all agree with the definition, point by point and in
    /// a batch.
    #[test]
    fn every_arithmetic_agrees_with_the_definition(
        network in network(14, 8),
        points in proptest::collection::vec(point(), 1..4),
    ) {
        let expected: Vec<Tensor<BigRational>> =
            points.iter().map(|point| value_by_definition(&network, point)).collect();
        let rationals = Rationals::new();
        let prepared = Prepared::new(&rationals, &network).unwrap();
        for (point, expected) in points.iter().zip(&expected) {
            prop_assert_eq!(&prepared.evaluate(point).unwrap(), expected);
        }
        let together = prepared.evaluate_batch(points.len(), &batch(&points)).unwrap();
        let all: Vec<BigRational> = expected.iter().flat_map(|tensor| tensor.data().to_vec()).collect();
        prop_assert_eq!(together.data(), &all[..]);

        for prime in [(1u64 << 62) - 57, 101, (1 << 61) - 1] {
            let field = PrimeField::new(prime).unwrap();
            let inputs = convert(&field, &batch(&points));
            let values = evaluate_batch(&field, &network, points.len(), &inputs).unwrap();
            let residues: Vec<_> = all.iter().map(|value| field.from_rational(value).unwrap()).collect();
            prop_assert_eq!(values.data(), &residues[..]);
        }

        let values = evaluate(&Floats, &network, &convert(&Floats, &points[0])).unwrap();
        for (value, exact) in values.data().iter().zip(&all) {
            let exact = exact.to_f64().unwrap();
            prop_assert!((value - exact).abs() <= 1e-6 * (1.0 + exact.abs()), "{} {}", value, exact);
        }

        let cost = cost(&network);
        prop_assert!(cost.per_point.is_finite() && cost.once.is_finite());
        prop_assert!(cost.live_per_point + cost.live_once >= network.output_shape().size() as f64);
    }
}

/// The generator makes networks that are worth testing: most contain contractions of several operands, and
/// every operation occurs.
#[test]
fn random_networks_are_varied() {
    use proptest::strategy::ValueTree;
    use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
    let rng = TestRng::deterministic_rng(RngAlgorithm::ChaCha);
    let mut runner = TestRunner::new_with_rng(Config::default(), rng);
    let mut counts = [0usize; 9];
    for _ in 0..200 {
        let network = network(14, 8).new_tree(&mut runner).unwrap().current();
        for node in network.nodes() {
            let kind = match &node.operation {
                Operation::Input(_) => 0,
                Operation::Constant(_) => 1,
                Operation::Contract { operands, .. } => 1 + operands.len().min(3),
                Operation::Combine { .. } => 5,
                Operation::Arrange { arrangement: Arrangement::Concat { .. }, .. } => 6,
                Operation::Arrange { arrangement: Arrangement::Slice { .. }, .. } => 7,
                Operation::Arrange { .. } => 8,
            };
            counts[kind] += 1;
        }
    }
    println!("{counts:?}");
    assert!(counts.iter().all(|&count| count >= 50), "{counts:?}");
}
