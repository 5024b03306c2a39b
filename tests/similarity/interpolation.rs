//! Inner products from values at points, against those by expanding into monomials, with which they share
//! neither code nor a bound.

use std::sync::Arc;

use crate::common::layers::Layers;
use crate::common::networks::pair_from;
use crate::common::random::Random;
use crate::common::size::cases;
use num_bigint::BigInt;
use num_rational::BigRational;
use num_traits::Zero;
use samenet::Budget;
use samenet::domain::{Domain, InputSet, Metric};
use samenet::network::{Builder, Constant, Data, Einsum, Input, Network, NodeId, Shape, Tensor};
use samenet::similarity::{Failure, Inner, Pair, Split, Way, inner_products_by};

const METRICS: [Metric; 3] = [Metric::Gaussian, Metric::Symmetric, Metric::Uniform];

fn by(way: Way, a: &Network, b: &Network, metric: Metric) -> Result<Split, Failure> {
    inner_products_by(way, &Pair { a, b, metric, domain: None }, &Budget::default())
}

fn on(way: Way, a: &Network, b: &Network, domain: &Domain) -> Result<Split, Failure> {
    let pair = Pair { a, b, metric: Metric::Gaussian, domain: Some(domain) };
    inner_products_by(way, &pair, &Budget::default())
}

/// Both ways give the same split, which is returned.
fn agree(a: &Network, b: &Network, metric: Metric) -> Split {
    let interpolated = by(Way::Interpolation, a, b, metric).unwrap();
    assert_eq!(interpolated, by(Way::Expansion, a, b, metric).unwrap(), "{}", metric.name());
    interpolated
}

fn rational(n: i64, d: i64) -> BigRational {
    BigRational::new(n.into(), d.into())
}

fn choices(random: &mut Random, count: usize) -> Vec<u32> {
    (0..count).map(|_| random.next() as u32).collect()
}

/// Random networks, homogeneous or not, of degree 0 to 6 in up to five variables of two inputs, with odd
/// denominators and any number of outputs.
#[test]
fn random_networks() {
    let mut random = Random(11);
    let (mut zeros, mut high, mut empty) = (0, 0, 0);
    let count = cases(300, 6000);
    for _ in 0..count {
        let degree = 1 + random.below(6) as u64;
        let (list, other) = (choices(&mut random, 40), choices(&mut random, 40));
        let (a, b) = pair_from(&list, &other, degree);
        for metric in METRICS {
            let split = agree(&a, &b, metric);
            empty += usize::from(split.by_output.is_empty());
            zeros += usize::from(split.total() == Inner::default());
            high += usize::from(split.by_degree.unwrap().iter().any(|(degree, _)| *degree >= 3));
        }
    }
    assert!(zeros * 40 > count && high * 10 > count && empty * 100 > count, "{zeros} {high} {empty}");
}

/// Sets of numbers, one-hot vectors and points, in any combination, for both inputs.
#[test]
fn random_domains() {
    let mut random = Random(12);
    for _ in 0..cases(400, 6000) {
        let degree = 1 + random.below(5) as u64;
        let (list, other) = (choices(&mut random, 40), choices(&mut random, 40));
        let (a, b) = pair_from(&list, &other, degree);
        let sets = [0, 1].map(|input: usize| set(&mut random, &a.inputs()[input].shape));
        let domain = Domain(sets.to_vec());
        if sets.iter().all(|set| matches!(set, InputSet::Points(_))) {
            assert!(on(Way::Interpolation, &a, &b, &domain).is_err());
            continue;
        }
        let interpolated = on(Way::Interpolation, &a, &b, &domain).unwrap();
        assert_eq!(interpolated, on(Way::Expansion, &a, &b, &domain).unwrap(), "{domain:?}");
    }
}

fn set(random: &mut Random, shape: &Shape) -> InputSet {
    match random.below(6) {
        0 => InputSet::Finite(vec![rational(0, 1), rational(1, 1)]),
        1 => InputSet::Finite(vec![rational(-1, 1), rational(1, 1)]),
        2 => InputSet::Finite(vec![rational(7, 3)]),
        3 => {
            let mut values: Vec<BigRational> = (0..1 + random.below(5)).map(|_| random.rational()).collect();
            values.sort();
            values.dedup();
            InputSet::Finite(values)
        }
        4 => InputSet::OneHot,
        _ => {
            let points = 1 + random.below(3);
            let mut point = |_| {
                Tensor::new(shape.clone(), (0..shape.size()).map(|_| random.rational()).collect()).unwrap()
            };
            InputSet::Points((0..points).map(&mut point).collect())
        }
    }
}

/// Layers of products without biases, homogeneous of degree 4 and 8, and of different degrees.
#[test]
fn homogeneous_layers() {
    let mut random = Random(13);
    for round in 0..cases(6, 60) {
        let width = 1 + round % 3;
        let [two, other, three] = [2, 2, 3].map(|depth| Layers::random(depth, width, &mut random).network());
        for metric in METRICS {
            agree(&two, &other, metric);
            agree(&two, &three, metric);
            let of_one = agree(&three, &three, metric).total();
            assert_eq!(of_one.aa, of_one.ab);
        }
    }
}

/// A network of one input of four entries and one output from weights: `sum_i w_i x_i^2 x_(i + 1) + u`.
fn cubic(weights: &[f32], constant: &BigRational) -> Network {
    let shape = Shape::new([4]).unwrap();
    let mut builder = Builder::new();
    let x = builder.input(0, shape.clone());
    let constants = Constant::new(shape.clone(), Data::F32(weights.to_vec())).unwrap();
    let w = builder.constant(Arc::new(constants));
    let first = builder.slice(x, 0, 0, 1).unwrap();
    let rest = builder.slice(x, 0, 1, 3).unwrap();
    let turned = builder.concat(vec![rest, first], 0).unwrap();
    let spec = Einsum { operands: vec![vec![0]; 4], output: vec![] };
    let sum = builder.contract(vec![w, x, x, turned], spec).unwrap();
    let u: NodeId = builder.scalar(constant.clone());
    let one = || rational(1, 1);
    let output = builder.combine(vec![(one(), sum), (one(), u)]).unwrap();
    builder.network(vec![Input { name: "x".to_string(), shape }], output)
}

/// The smallest and the largest floats, and a factor between them of 2^276.
#[test]
fn extreme_weights() {
    let (least, most) = (f32::from_bits(1), f32::MAX);
    let networks = [
        cubic(&[least, least, least, least], &BigRational::zero()),
        cubic(&[most, -most, most, 0.0], &BigRational::zero()),
        cubic(&[least, most, -least, -most], &rational(1, 3)),
        cubic(&[0.0; 4], &BigRational::zero()),
        cubic(&[0.0; 4], &rational(-5, 7)),
    ];
    for a in &networks {
        for b in &networks {
            for metric in METRICS {
                agree(a, b, metric);
            }
        }
    }
    // E (w x^2 y)^2 = 3 w^2 for each of four, which are uncorrelated but for nothing else: w = 2^-149.
    let square = rational(12, 1) * BigRational::new(1.into(), BigInt::from(1) << 298);
    let diagonal = by(Way::Interpolation, &networks[0], &networks[0], Metric::Gaussian).unwrap().total();
    // Besides, E x0^2 x1 . x1^2 x2 = 0 and so on: all other products have an odd power.
    assert_eq!(diagonal.aa, square);
}

/// Denominators that the first primes divide: of coefficients, of biases, of the values of a domain; and
/// values that are equal modulo the first prime.
#[test]
fn primes_that_divide_denominators_are_left_out() {
    // The largest primes below 2^23.
    let primes = [8_388_593i64, 8_388_587, 8_388_581];
    for prime in primes {
        let a = cubic(&[1.0, 2.0, 3.0, -1.0], &rational(2, prime));
        let b = cubic(&[1.0, 0.5, 0.0, 1.0], &rational(-1, prime * primes[0]));
        for metric in METRICS {
            agree(&a, &b, metric);
        }
        for values in [
            vec![rational(1, prime), rational(0, 1), rational(2, 1)],
            vec![rational(1, 1), rational(1 + prime, 1)],
        ] {
            let domain = Domain(vec![InputSet::Finite(values)]);
            assert_eq!(on(Way::Interpolation, &a, &b, &domain), on(Way::Expansion, &a, &b, &domain));
        }
    }
}

/// Networks without variables, outputs or effect.
#[test]
fn nothing_to_see() {
    let shape = |axes: &[usize]| Shape::new(axes.to_vec()).unwrap();
    for axes in [&[][..], &[0], &[2, 0], &[3]] {
        for which in 0..3 {
            let mut builder = Builder::new();
            let x = builder.input(0, shape(axes));
            let spec = Einsum { operands: vec![(0..axes.len() as u32).collect()], output: vec![] };
            let sum = builder.contract(vec![x], spec).unwrap();
            let half = builder.scalar(rational(1, 2));
            let none = builder.broadcast(half, shape(&[0])).unwrap();
            let inputs = vec![Input { name: "x".to_string(), shape: shape(axes) }];
            let network = builder.network(inputs, [sum, half, none][which]);
            for metric in METRICS {
                agree(&network, &network, metric);
            }
            for set in [
                InputSet::Finite(vec![rational(2, 1)]),
                InputSet::Finite(vec![rational(0, 1), rational(1, 5)]),
            ] {
                let domain = Domain(vec![set]);
                let found = on(Way::Interpolation, &network, &network, &domain);
                assert_eq!(found, on(Way::Expansion, &network, &network, &domain));
            }
        }
    }
}
