//! The evaluator against a definition of every operation that is written out entry by entry.

use crate::common::networks::{network, point};
use crate::common::size::properties;
use num_rational::BigRational;
use num_traits::{One, ToPrimitive, Zero};
use proptest::prelude::*;
use samenet::arithmetic::{Arithmetic, Base, BitBudget, CommonScale, Floats, Halt, PrimeField, Rationals};
use samenet::network::{
    Arrangement, Builder, Constant, Cost, Data, Einsum, EvaluateError, Input, Network, Operation, Prepared,
    Shape, Tensor, cost, evaluate, evaluate_batch,
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
                make((0..constant.shape().size()).map(|i| constant.rational(i).unwrap()).collect())
            }
            Operation::Contract { operands, spec } => {
                let operands: Vec<_> = operands.iter().map(of).collect();
                einsum_by_definition(spec, &operands, &node.shape)
            }
            Operation::HeadCovariance { .. } => unreachable!("no model has one"),
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
    #![proptest_config(properties(600, 2400))]

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

        let values = evaluate(&Floats::VALUES, &network, &convert(&Floats::VALUES, &points[0])).unwrap();
        for (value, exact) in values.data().iter().zip(&all) {
            let exact = exact.to_f64().unwrap();
            prop_assert!((value - exact).abs() <= 1e-6 * (1.0 + exact.abs()), "{} {}", value, exact);
        }

        let cost = cost(&network);
        prop_assert!(cost.per_point.is_finite() && cost.once.is_finite());
        prop_assert!(cost.live_per_point + cost.live_once >= network.output_shape().size() as f64);
    }
}

/// A contraction: for every operand its labels and whether it is an input (a batch of 3 points) or a
/// constant; the lengths of the labels; the output.
type Contraction = (Vec<(Vec<u32>, bool)>, Vec<usize>, Vec<u32>);

fn contraction(operands: std::ops::Range<usize>, labels: usize) -> impl Strategy<Value = Contraction> {
    let operand = (proptest::collection::vec(0..labels as u32, 0..4), any::<bool>());
    let length = prop_oneof![1 => Just(0usize), 2 => Just(1), 6 => Just(2), 4 => Just(3)];
    (
        proptest::collection::vec(operand, operands),
        proptest::collection::vec(length, labels),
        Just((0..labels as u32).collect::<Vec<u32>>()).prop_shuffle(),
        0..=labels,
    )
        .prop_map(|(operands, lengths, order, count)| {
            let used = |label: &u32| operands.iter().any(|(labels, _)| labels.contains(label));
            let output = order.into_iter().filter(used).take(count.min(4)).collect();
            (operands, lengths, output)
        })
}

/// Evaluates a contraction at three points, and compares with the definition at each.
fn check_contraction(operands: &[(Vec<u32>, bool)], lengths: &[usize], output: &[u32], seed: i64) {
    const POINTS: usize = 3;
    let mut builder = Builder::new();
    let (mut inputs, mut ids, mut points, mut next) = (Vec::new(), Vec::new(), Vec::new(), seed);
    let mut entry = || {
        next = (next * 37 + 11) % 101;
        BigRational::new((next - 50).into(), (1 + next % 3).into())
    };
    // The operands' values at every point.
    let mut values: Vec<Vec<Tensor<BigRational>>> = vec![Vec::new(); POINTS];
    for (labels, is_input) in operands {
        let shape = Shape::new(labels.iter().map(|&l| lengths[l as usize]).collect::<Vec<_>>()).unwrap();
        let mut tensor = || Tensor::new(shape.clone(), (0..shape.size()).map(|_| entry()).collect()).unwrap();
        if *is_input {
            let tensors: Vec<Tensor<BigRational>> = (0..POINTS).map(|_| tensor()).collect();
            ids.push(builder.input(inputs.len(), shape.clone()));
            inputs.push(Input { name: "x".to_string(), shape: shape.clone() });
            for (values, tensor) in values.iter_mut().zip(&tensors) {
                values.push(tensor.clone());
            }
            points.push(tensors);
        } else {
            let tensor = tensor();
            let data = Data::Rational(tensor.data().to_vec());
            ids.push(builder.constant(std::sync::Arc::new(Constant::new(shape.clone(), data).unwrap())));
            values.iter_mut().for_each(|values| values.push(tensor.clone()));
        }
    }
    let spec = Einsum {
        operands: operands.iter().map(|(labels, _)| labels.clone()).collect(),
        output: output.to_vec(),
    };
    let id = builder.contract(ids, spec.clone()).unwrap();
    let shape = builder.shape(id).clone();
    let network = builder.network(inputs, id);
    let by_point: Vec<Vec<Tensor<BigRational>>> =
        (0..POINTS).map(|point| points.iter().map(|tensors| tensors[point].clone()).collect()).collect();
    let given = if points.is_empty() { Vec::new() } else { batch(&by_point) };
    let result = evaluate_batch(&Rationals::new(), &network, POINTS, &given).unwrap();
    assert_eq!(result.shape().axes()[0], POINTS);
    let mut expected = Vec::new();
    for values in &values {
        let values: Vec<&Tensor<BigRational>> = values.iter().collect();
        expected.extend(einsum_by_definition(&spec, &values, &shape).into_data());
    }
    assert_eq!(result.data(), &expected[..], "{spec:?}");
}

proptest! {
    #![proptest_config(properties(3_000, 12_000))]

    /// Any spec: repeated labels, labels shared by many operands, axes without entries, scalars, constants
    /// among inputs.
    #[test]
    fn contractions_agree_with_their_definition(
        (operands, lengths, output) in contraction(1..6, 5),
        seed in 0i64..100,
    ) {
        check_contraction(&operands, &lengths, &output, seed);
    }
}

proptest! {
    #![proptest_config(properties(60, 240))]

    /// More operands than the exact choice of an order is for.
    #[test]
    fn long_contractions_agree_with_their_definition(
        (operands, lengths, output) in contraction(9..20, 6),
        seed in 0i64..100,
    ) {
        check_contraction(&operands, &lengths, &output, seed);
    }
}

/// A sum over no entries is zero, and a tensor without entries stays one.
#[test]
fn empty_axes() {
    check_contraction(&[(vec![0, 1], true), (vec![1, 2], false)], &[2, 0, 3], &[0, 2], 1);
    check_contraction(&[(vec![0, 1], true)], &[2, 0], &[0], 1);
    check_contraction(&[(vec![0], true), (vec![0], true)], &[0], &[0], 1);
    // Four operands without entries: every intermediate result is empty, however long its other axes are.
    let operands: Vec<(Vec<u32>, bool)> = (1..5).map(|label| (vec![0, label], false)).collect();
    check_empty(&operands, &[0, 1 << 20, 1 << 20, 1 << 20, 1 << 20]);
}

/// The sum of everything, which is zero.
fn check_empty(operands: &[(Vec<u32>, bool)], lengths: &[usize]) {
    let mut builder = Builder::new();
    let mut ids = Vec::new();
    for (labels, _) in operands {
        let shape = Shape::new(labels.iter().map(|&l| lengths[l as usize]).collect::<Vec<_>>()).unwrap();
        ids.push(builder.constant(std::sync::Arc::new(Constant::new(shape, Data::Integer(vec![])).unwrap())));
    }
    for output in [vec![], vec![0, 3]] {
        let spec = Einsum { operands: operands.iter().map(|(labels, _)| labels.clone()).collect(), output };
        let id = builder.contract(ids.clone(), spec.clone()).unwrap();
        let network = builder.network(Vec::new(), id);
        let result = evaluate(&Rationals::new(), &network, &[]).unwrap();
        assert!(result.data().iter().all(BigRational::is_zero));
        assert_eq!(result.data().len(), usize::from(spec.output.is_empty()));
    }
}

fn halts(network: &Network, inputs: &[Tensor<f64>]) -> bool {
    matches!(evaluate(&Floats::VALUES, network, inputs), Err(EvaluateError::Halt(Halt::Budget(_))))
}

/// Five operands of which every two share an axis of length 36, each with four axes: any two together have
/// six axes left, so 36^6 > 2^31 entries. The evaluation is refused, and its cost was predicted.
#[test]
fn intermediate_tensors_that_are_too_large_are_refused() {
    let mut builder = Builder::new();
    let shape = Shape::new([36; 4]).unwrap();
    let x = builder.input(0, shape.clone());
    // The pairs 01, 02, 03, 04, 12, 13, 14, 23, 24, 34 in order are the labels 0 to 9.
    let operands = [[0, 1, 2, 3], [0, 4, 5, 6], [1, 4, 7, 8], [2, 5, 7, 9], [3, 6, 8, 9]];
    let spec = Einsum { operands: operands.map(Vec::from).to_vec(), output: vec![] };
    let output = builder.contract(vec![x; 5], spec).unwrap();
    let network = builder.network(vec![Input { name: "x".to_string(), shape: shape.clone() }], output);
    assert!(cost(&network).live_per_point > Shape::MAX_ENTRIES as f64);
    assert!(cost(&network).per_point > 36f64.powi(7));
    let size = shape.size();
    assert!(halts(&network, &[Tensor::new(shape, vec![1.0; size]).unwrap()]));
}

/// `W x` for a 3 x 4 matrix takes 12 multiplications; the points and the result are 4 + 3 entries; the matrix
/// is 12.
#[test]
fn the_cost_of_a_linear_map() {
    let mut builder = Builder::new();
    let shape = Shape::new([4]).unwrap();
    let x = builder.input(0, shape.clone());
    let w = Constant::new(Shape::new([3, 4]).unwrap(), Data::Integer(vec![1; 12])).unwrap();
    let w = builder.constant(std::sync::Arc::new(w));
    let spec = Einsum { operands: vec![vec![0, 1], vec![1]], output: vec![0] };
    let output = builder.contract(vec![w, x], spec).unwrap();
    let network = builder.network(vec![Input { name: "x".to_string(), shape }], output);
    // Reading an input or a constant counts one for each entry.
    let expected = Cost {
        per_point: 12.0 + 4.0,
        once: 12.0,
        live_per_point: 7.0,
        live_once: 12.0,
        streamed: 0.0,
        products: 0.0,
    };
    assert_eq!(cost(&network), expected);
}

/// Inputs of the wrong number or shape are refused, and no points give no values.
#[test]
fn inputs_are_checked() {
    let mut builder = Builder::new();
    let shape = Shape::new([2]).unwrap();
    let x = builder.input(0, shape.clone());
    let y = builder.multiply(x, x).unwrap();
    let network = builder.network(vec![Input { name: "x".to_string(), shape }], y);
    let tensor = |axes: &[usize]| {
        let shape = Shape::new(axes).unwrap();
        Tensor::new(shape.clone(), vec![3.0; shape.size()]).unwrap()
    };
    let run = |points, inputs: &[Tensor<f64>]| evaluate_batch(&Floats::VALUES, &network, points, inputs);
    assert!(matches!(run(1, &[]), Err(EvaluateError::Inputs(_))));
    assert!(matches!(run(1, &[tensor(&[3])]), Err(EvaluateError::Inputs(_))));
    assert!(matches!(run(2, &[tensor(&[2])]), Err(EvaluateError::Inputs(_))));
    assert!(matches!(run(3, &[tensor(&[2, 2])]), Err(EvaluateError::Inputs(_))));
    assert_eq!(run(1, &[tensor(&[2])]).unwrap().shape().axes(), [2]);
    assert_eq!(run(1, &[tensor(&[1, 2])]).unwrap().shape().axes(), [2]);
    assert_eq!(run(2, &[tensor(&[2, 2])]).unwrap().data(), [9.0; 4]);
    assert_eq!(run(0, &[tensor(&[0, 2])]).unwrap().shape().axes(), [0, 2]);
}

/// 2^(10^9) and (1/2)^(10^9) exactly: refused within the budget of bits, at once.
#[test]
fn gigantic_powers_halt() {
    let mut builder = Builder::new();
    let x = builder.input(0, Shape::scalar());
    let power = builder.power(x, 1_000_000_000).unwrap();
    let network = builder.network(vec![Input { name: "x".to_string(), shape: Shape::scalar() }], power);
    for value in [BigRational::from_integer(2.into()), BigRational::new(1.into(), 2.into())] {
        let scale = CommonScale::new(Base::new([&network], []), BitBudget::default());
        let point = Tensor::filled(Shape::scalar(), scale.from_rational(&value).unwrap());
        let result = evaluate(&scale, &network, &[point]);
        assert!(matches!(result, Err(EvaluateError::Halt(Halt::Budget(_)))));
        let result = evaluate(&Rationals::new(), &network, &[Tensor::filled(Shape::scalar(), value)]);
        assert!(matches!(result, Err(EvaluateError::Halt(Halt::Budget(_)))));
    }
    // 1 and 0 have small powers.
    let one = Tensor::filled(Shape::scalar(), BigRational::one());
    assert_eq!(evaluate(&Rationals::new(), &network, std::slice::from_ref(&one)).unwrap(), one);
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
                Operation::HeadCovariance { .. } => unreachable!("no model has one"),
            };
            counts[kind] += 1;
        }
    }
    println!("{counts:?}");
    assert!(counts.iter().all(|&count| count >= 50), "{counts:?}");
}
