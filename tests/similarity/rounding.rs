//! Floats with proven bounds, against exact numbers: for random networks of every scale, and for pairs that
//! are almost the same.

use std::sync::Arc;

use num_bigint::BigInt;
use num_rational::BigRational;
use num_traits::{Signed, Zero};
use samenet::Budget;
use samenet::arithmetic::{BitBudget, FloatValues, exact_values, float_values, rounding_error};
use samenet::domain::Metric;
use samenet::network::{Builder, Constant, Data, Einsum, Input, Network, Shape};
use samenet::similarity::{
    Bounds, Failure, Inner, InnerProducts, Pair, Root, Rounded, RoundedInner, approximate_inner_products,
    inner_products,
};

use crate::common::networks::{network_from, split};
use crate::common::random::{Random, ratio};
use crate::common::size::cases;

fn two_to(exponent: i64) -> BigRational {
    let power = BigRational::from_integer(BigInt::from(1) << exponent.unsigned_abs());
    if exponent < 0 { power.recip() } else { power }
}

fn exact(x: f64) -> BigRational {
    BigRational::from_float(x).unwrap()
}

fn list(random: &mut Random, nodes: usize) -> Vec<u32> {
    (0..nodes).map(|_| random.next() as u32).collect()
}

/// A network times a power of two.
fn scaled(network: &Network, exponent: i64) -> Network {
    let mut builder = Builder::unfolded();
    let inputs = builder.inputs(network);
    let output = builder.import(network, &inputs).unwrap();
    let output = builder.combine(vec![(two_to(exponent), output)]).unwrap();
    builder.network(network.inputs().to_vec(), output)
}

/// `a + factor b`
fn plus(a: &Network, factor: BigRational, b: &Network) -> Network {
    let mut builder = Builder::new();
    let inputs = builder.inputs(a);
    let (left, right) = (builder.import(a, &inputs).unwrap(), builder.import(b, &inputs).unwrap());
    let sum = builder.combine(vec![(BigRational::from_integer(1.into()), left), (factor, right)]).unwrap();
    builder.network(a.inputs().to_vec(), sum)
}

/// Values of networks of degree up to 6 at points from `2^-330` to `2^330`, whose products are below the
/// least float or above the largest.
#[test]
fn errors_are_within_their_bounds() {
    let (mut finite, mut by_norms, mut cancelled, mut tiny) = (0, 0, 0, 0);
    let count = cases(400, 20_000);
    for seed in 0..count as u64 {
        let mut random = Random(seed);
        let network = network_from(&list(&mut random, 60), 6);
        let network = scaled(&network, random.integer(300));
        let scale = if seed % 3 == 0 { 0 } else { random.integer(330) };
        let entries: Vec<BigRational> =
            (0..5).map(|_| exact(f64::from(random.weight()) / 3.0) * two_to(scale)).collect();
        let point = split(&entries);
        let Ok(FloatValues { values, magnitudes, roundings, error }) = float_values(&network, &point) else {
            continue;
        };
        finite += 1;
        let expected = exact_values(&network, &point, &BitBudget::default()).unwrap();
        if error.is_finite() {
            // The Frobenius norm of all errors.
            let squares = values.data().iter().zip(expected.data()).map(|(value, expected)| {
                let error = exact(*value) - expected;
                &error * &error
            });
            let squares: BigRational = squares.sum();
            assert!(squares <= exact(error) * exact(error), "seed {seed}: {error}");
            by_norms += 1;
        }
        let magnitudes = magnitudes.unwrap();
        for ((value, magnitude), expected) in values.data().iter().zip(magnitudes.data()).zip(expected.data())
        {
            let bound = rounding_error(roundings, *magnitude);
            if bound.is_finite() {
                let error = (exact(*value) - expected).abs();
                assert!(error <= exact(bound), "seed {seed}: {value} is off by {error}, not {bound}");
                assert!(expected.abs() <= exact(*magnitude) * two_to(1), "seed {seed}");
                cancelled += usize::from(bound > 1e-13 * value.abs() && !expected.is_zero());
                tiny += usize::from(*value == 0.0 && !expected.is_zero());
            }
        }
    }
    assert!(
        finite > count / 2 && by_norms > count / 4 && cancelled > count / 20 && tiny > count / 200,
        "{finite} {by_norms} {cancelled} {tiny}"
    );
}

/// The inner products in f64 themselves: exact numbers take more memory, which they are not given.
fn floats(pair: &Pair<'_>) -> Option<Rounded> {
    for bits in 4..34 {
        let budget = Budget::default().memory(1 << bits);
        match approximate_inner_products(pair, &budget) {
            Err(Failure::Memory(_)) => {}
            Ok(InnerProducts::Floats(rounded)) => return Some(rounded),
            Ok(InnerProducts::Exact(_)) | Err(_) => return None,
        }
    }
    None
}

fn contains(bounds: Bounds, value: &BigRational) -> bool {
    let low = bounds.low == f64::NEG_INFINITY || exact(bounds.low) <= *value;
    low && (bounds.high == f64::INFINITY || *value <= exact(bounds.high))
}

fn contains_root(bounds: Bounds, value: &Root) -> bool {
    value.compare(&exact(bounds.low)).is_ge()
        && (bounds.high == f64::INFINITY || value.compare(&exact(bounds.high)).is_le())
}

fn check(part: &RoundedInner<'_>, expected: &Inner, what: &str) {
    for (bounds, value) in [(part.aa(), &expected.aa), (part.ab(), &expected.ab), (part.bb(), &expected.bb)] {
        assert!(contains(bounds, value), "{what}: {value} is not in {bounds:?}");
    }
    assert!(contains(part.difference(), &expected.difference()), "{what}");
    if let Some(bounds) = part.similarity() {
        assert!(contains_root(bounds, &expected.similarity().unwrap()), "{what}: {bounds:?}");
    }
    if let Some(bounds) = part.distance() {
        assert!(contains_root(bounds, &expected.distance().unwrap()), "{what}: {bounds:?}");
    }
}

/// A random network against itself plus a small multiple of another, both times a power of two.
#[test]
fn planted_differences_are_within_their_bounds() {
    let (mut found, mut below, mut known) = (0, 0, 0);
    let count = cases(150, 5_000);
    for seed in 0..count as u64 {
        let mut random = Random(1_000_000 + seed);
        let a = network_from(&list(&mut random, 30), 3);
        let other = network_from(&list(&mut random, 30), 3);
        let small = ratio(1, 7) * num_traits::pow(ratio(1, 10), random.below(14));
        let other = if other.output_shape() == a.output_shape() { other } else { a.clone() };
        let scale = if seed % 2 == 0 { 0 } else { random.integer(240) };
        let [a, b] = [scaled(&a, scale), scaled(&plus(&a, small, &other), scale)];
        for metric in [Metric::Gaussian, Metric::Symmetric, Metric::Layerwise] {
            let pair = Pair { a: &a, b: &b, metric, domain: None };
            let Some(rounded) = floats(&pair) else { continue };
            let Ok(expected) = inner_products(&pair, &Budget::default()) else { continue };
            let what = format!("seed {seed}, {}", metric.name());
            let (values, errors) = (rounded.values.total(), rounded.errors.total());
            let total = RoundedInner { values: &values, errors: &errors };
            check(&total, &expected.total(), &what);
            let parts = rounded.values.by_output.iter().zip(&rounded.errors.by_output);
            for (((_, values), (_, errors)), (_, expected)) in parts.zip(&expected.by_output) {
                check(&RoundedInner { values, errors }, expected, &what);
            }
            let degrees = |parts: &Option<Vec<(u64, Inner<f64>)>>| parts.clone().unwrap_or_default();
            for ((degree, values), (same, errors)) in
                degrees(&rounded.values.by_degree).iter().zip(&degrees(&rounded.errors.by_degree))
            {
                assert_eq!(degree, same);
                let expected = expected.by_degree.iter().flatten().find(|(order, _)| order == degree);
                let expected = expected.map(|(_, part)| part.clone()).unwrap_or_default();
                check(&RoundedInner { values, errors }, &expected, &what);
            }
            found += 1;
            let distance = total.distance().unwrap();
            let different = !expected.total().difference().is_zero();
            below += usize::from(distance.low == 0.0 && different);
            known += usize::from(distance.high < 1.001 * distance.low);
        }
    }
    assert!(found > count / 2 && below > count / 10 && known > count / 4, "{found} {below} {known}");
}

/// Without such a limit, exact numbers say what floats do not.
#[test]
fn exact_numbers_take_the_place_of_floats_that_say_nothing() {
    let a = network_from(&list(&mut Random(5), 30), 2);
    let b = plus(&a, num_traits::pow(ratio(1, 10), 30), &a);
    let pair = Pair { a: &a, b: &b, metric: Metric::Layerwise, domain: None };
    let InnerProducts::Exact(split) = approximate_inner_products(&pair, &Budget::default()).unwrap() else {
        panic!("f64 has no 30 digits");
    };
    // |a - b| / |a| = 10^-30.
    assert_eq!(split.total().distance().unwrap().decimal(3), "1e-30");
}

/// Bilinear layers `x -> D ((L x) * (R x))`.
fn bilinear(random: &mut Random, width: usize, layers: usize) -> Network {
    let mut builder = Builder::new();
    let shape = Shape::new([width]).unwrap();
    let mut x = builder.input(0, shape.clone());
    let linear = |builder: &mut Builder, random: &mut Random, x| {
        let entries = (0..width * width).map(|_| random.weight() / (width as f32).sqrt()).collect();
        let matrix = Constant::new(Shape::new([width, width]).unwrap(), Data::F32(entries)).unwrap();
        let matrix = builder.constant(Arc::new(matrix));
        builder
            .contract(vec![matrix, x], Einsum { operands: vec![vec![1, 0], vec![0]], output: vec![1] })
            .unwrap()
    };
    for _ in 0..layers {
        let [left, right] = [0; 2].map(|_| linear(&mut builder, random, x));
        let product = builder.multiply(left, right).unwrap();
        x = linear(&mut builder, random, product);
    }
    builder.network(vec![Input { name: "x".to_string(), shape }], x)
}

/// Wide and deep networks, where magnitudes grow far beyond the values: norms do not. Two layers of width 8
/// are exact where that is expected to take a moment only.
#[test]
fn deep_networks_keep_their_digits() {
    let mut random = Random(11);
    for (width, layers, metric, known) in [
        (24, 1, Metric::Gaussian, 1e-8),
        (8, 2, Metric::Gaussian, 1e-7),
        (24, 3, Metric::Layerwise, 1e-6),
        (12, 5, Metric::Layerwise, 1e-3),
    ] {
        let [a, b] = [0; 2].map(|_| bilinear(&mut random, width, layers));
        let pair = Pair { a: &a, b: &b, metric, domain: None };
        let rounded = match approximate_inner_products(&pair, &Budget::default()).unwrap() {
            InnerProducts::Floats(rounded) => rounded,
            InnerProducts::Exact(_) => match floats(&pair) {
                Some(rounded) => rounded,
                None if (width, layers) == (8, 2) => continue,
                None => panic!("there are no floats"),
            },
        };
        let (values, errors) = (rounded.values.total(), rounded.errors.total());
        let total = RoundedInner { values: &values, errors: &errors };
        let what = format!("{layers} layers of width {width}");
        check(&total, &inner_products(&pair, &Budget::default()).unwrap().total(), &what);
        let Bounds { low, high } = total.similarity().unwrap();
        assert!(high - low < known, "{what}: {low} to {high}");
    }
}
