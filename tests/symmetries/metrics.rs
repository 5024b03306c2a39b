//! Networks that a hidden symmetry relates are the same in every metric, and the distance of two networks is
//! the norm of their difference.

use std::sync::Arc;

use num_rational::BigRational;
use num_traits::{One, Zero};
use samenet::Budget;
use samenet::Network;
use samenet::domain::Metric;
use samenet::network::{Builder, Constant, Data, Einsum, Input, NodeId, Shape};
use samenet::similarity::{Failure, Inner, Pair, inner_products};

use crate::common::random::Random;

type Vector = Vec<BigRational>;
type Matrix = Vec<Vector>;

const WIDTH: usize = 2;
const HIDDEN: usize = 3;

/// `x -> skip x + down((left x + a) * (right x + b)) + c` with the biases `a`, `b`, `c`.
#[derive(Clone, Debug)]
struct Layer {
    skip: Matrix,
    left: Matrix,
    right: Matrix,
    down: Matrix,
    biases: [Vector; 3],
}

fn rational(n: i64, d: i64) -> BigRational {
    BigRational::new(n.into(), d.into())
}

fn vector(length: usize, random: &mut Random) -> Vector {
    (0..length).map(|_| rational(random.below(7) as i64 - 3, 1 + random.below(2) as i64)).collect()
}

fn matrix(rows: usize, columns: usize, random: &mut Random) -> Matrix {
    (0..rows).map(|_| vector(columns, random)).collect()
}

/// Random layers; homogeneous ones have neither biases nor skips.
fn layers(depth: usize, homogeneous: bool, random: &mut Random) -> Vec<Layer> {
    let layer = |random: &mut Random| {
        let mut layer = Layer {
            skip: matrix(WIDTH, WIDTH, random),
            left: matrix(HIDDEN, WIDTH, random),
            right: matrix(HIDDEN, WIDTH, random),
            down: matrix(WIDTH, HIDDEN, random),
            biases: [vector(HIDDEN, random), vector(HIDDEN, random), vector(WIDTH, random)],
        };
        if homogeneous {
            let extra = layer.skip.iter_mut().chain(&mut layer.biases);
            extra.flatten().for_each(|entry| *entry = BigRational::zero());
        }
        layer
    };
    (0..depth).map(|_| layer(random)).collect()
}

fn constant(builder: &mut Builder, axes: &[usize], data: Vector) -> NodeId {
    let shape = Shape::new(axes.to_vec()).unwrap();
    builder.constant(Arc::new(Constant::new(shape, Data::Rational(data)).unwrap()))
}

/// The sum; zeros are left out, so that a network without biases has none.
fn sum(builder: &mut Builder, terms: &[NodeId]) -> NodeId {
    builder.combine(terms.iter().map(|&id| (BigRational::one(), id)).collect()).unwrap()
}

fn linear(builder: &mut Builder, matrix: &Matrix, x: NodeId) -> NodeId {
    let matrix = constant(builder, &[matrix.len(), matrix[0].len()], matrix.concat());
    let spec = Einsum { operands: vec![vec![0, 1], vec![1]], output: vec![0] };
    builder.contract(vec![matrix, x], spec).unwrap()
}

fn network(layers: &[Layer]) -> Network {
    let shape = Shape::new([WIDTH]).unwrap();
    let mut builder = Builder::new();
    let mut x = builder.input(0, shape.clone());
    for layer in layers {
        let builder = &mut builder;
        let is_zero = |vector: &Vector| vector.iter().all(BigRational::is_zero);
        let [a, b, c] = layer.biases.clone().map(|bias| match is_zero(&bias) {
            true => Vec::new(),
            false => vec![constant(builder, &[bias.len()], bias)],
        });
        let left = linear(builder, &layer.left, x);
        let left = sum(builder, &[vec![left], a].concat());
        let right = linear(builder, &layer.right, x);
        let right = sum(builder, &[vec![right], b].concat());
        let hidden = builder.multiply(left, right).unwrap();
        let mut terms = vec![linear(builder, &layer.down, hidden)];
        if !layer.skip.iter().all(is_zero) {
            terms.push(linear(builder, &layer.skip, x));
        }
        x = sum(builder, &[terms, c].concat());
    }
    builder.network(vec![Input { name: "x".to_string(), shape }], x)
}

/// `left right`
fn product(left: &Matrix, right: &Matrix) -> Matrix {
    let entry = |row: &Vector, column: usize| row.iter().zip(right).map(|(x, row)| x * &row[column]).sum();
    left.iter().map(|row| (0..right[0].len()).map(|column| entry(row, column)).collect()).collect()
}

impl Layer {
    /// A further hidden unit.
    fn push(&mut self, left: Vector, right: Vector, biases: [BigRational; 2], down: Vector) {
        self.left.push(left);
        self.right.push(right);
        let [a, b] = biases;
        self.biases[0].push(a);
        self.biases[1].push(b);
        self.down.iter_mut().zip(down).for_each(|(row, entry)| row.push(entry));
    }
}

/// The hidden symmetries, each at one place. Merging is splitting, seen from the other side.
const SYMMETRIES: [&str; 7] =
    ["permuted", "rescaled", "split", "never read", "always zero", "factors swapped", "basis"];

fn apply(symmetry: &str, layers: &[Layer], random: &mut Random) -> Vec<Layer> {
    let mut layers = layers.to_vec();
    let at = random.below(layers.len());
    let unit = random.below(HIDDEN);
    let biased = layers[at].biases.iter().flatten().any(|entry| !entry.is_zero());
    let layer = &mut layers[at];
    match symmetry {
        "permuted" => {
            let other = (unit + 1) % HIDDEN;
            layer.left.swap(unit, other);
            layer.right.swap(unit, other);
            layer.biases[0].swap(unit, other);
            layer.biases[1].swap(unit, other);
            layer.down.iter_mut().for_each(|row| row.swap(unit, other));
        }
        "rescaled" => {
            let (s, t) = (rational(3, 2), rational(-2, 5));
            layer.left[unit].iter_mut().chain([&mut layer.biases[0][unit]]).for_each(|entry| *entry *= &s);
            layer.right[unit].iter_mut().chain([&mut layer.biases[1][unit]]).for_each(|entry| *entry *= &t);
            layer.down.iter_mut().for_each(|row| row[unit] /= &s * &t);
        }
        "split" => {
            let part = vector(WIDTH, random);
            layer.down.iter_mut().zip(&part).for_each(|(row, part)| row[unit] -= part);
            let (left, right) = (layer.left[unit].clone(), layer.right[unit].clone());
            let biases = [0, 1].map(|side: usize| layer.biases[side][unit].clone());
            layer.push(left, right, biases, part);
        }
        "never read" => {
            let bias = if biased { rational(1, 2) } else { BigRational::zero() };
            let biases = [bias.clone(), bias];
            layer.push(
                vector(WIDTH, random),
                vector(WIDTH, random),
                biases,
                vec![BigRational::zero(); WIDTH],
            );
        }
        "always zero" => {
            let biases = [BigRational::zero(), if biased { rational(3, 1) } else { BigRational::zero() }];
            let zero = vec![BigRational::zero(); WIDTH];
            layer.push(zero, vector(WIDTH, random), biases, vector(WIDTH, random));
        }
        "factors swapped" => {
            std::mem::swap(&mut layer.left[unit], &mut layer.right[unit]);
            let [a, b, _] = &mut layer.biases;
            std::mem::swap(&mut a[unit], &mut b[unit]);
        }
        "basis" => {
            // U has determinant -1. The last basis is that of the output.
            let u = vec![vec![rational(1, 1), rational(2, 1)], vec![rational(3, 1), rational(5, 1)]];
            let inverse = vec![vec![rational(-5, 1), rational(2, 1)], vec![rational(3, 1), rational(-1, 1)]];
            for at in 0..layers.len() - 1 {
                let layer = &mut layers[at];
                layer.down = product(&u, &layer.down);
                layer.skip = product(&u, &layer.skip);
                let bias: Matrix = layer.biases[2].iter().map(|entry| vec![entry.clone()]).collect();
                layer.biases[2] = product(&u, &bias).concat();
                let next = &mut layers[at + 1];
                for matrix in [&mut next.left, &mut next.right, &mut next.skip] {
                    *matrix = product(matrix, &inverse);
                }
            }
        }
        other => panic!("{other}"),
    }
    layers
}

fn inner(a: &Network, b: &Network, metric: Metric) -> Result<Inner, Failure> {
    let split = inner_products(&Pair { a, b, metric, domain: None }, &Budget::default())?;
    Ok(split.total())
}

/// A network and a related one have exactly the same inner products with every other network.
#[test]
fn similarity_is_invariant_under_hidden_symmetries() {
    for seed in 0..4 {
        for (depth, homogeneous) in [(1, true), (1, false), (2, true), (2, false)] {
            let mut random = Random(seed);
            let one = layers(depth, homogeneous, &mut random);
            let (a, c) = (network(&one), network(&layers(depth, homogeneous, &mut random)));
            for metric in Metric::ALL {
                if metric == Metric::LayerwiseSymmetric && !homogeneous {
                    continue;
                }
                let expected = inner(&a, &c, metric).unwrap();
                for symmetry in SYMMETRIES {
                    let b = network(&apply(symmetry, &one, &mut random));
                    let place = format!("{symmetry}, {}, {depth} layers, seed {seed}", metric.name());
                    assert_eq!(inner(&b, &c, metric).unwrap(), expected, "{place}");
                    let Inner { aa, ab, bb } = inner(&a, &b, metric).unwrap();
                    assert_eq!((&aa, &ab, &bb), (&expected.aa, &expected.aa, &expected.aa), "{place}");
                }
            }
        }
    }
}

/// |a - b|^2 of the network a - b is <a, a> - 2 <a, b> + <b, b>, in every metric and exactly.
#[test]
fn distances_are_norms_of_differences() {
    for seed in 0..8 {
        for (depth, homogeneous) in [(1, true), (1, false), (2, true), (2, false)] {
            let mut random = Random(100 + seed);
            let [a, b] = [(); 2].map(|()| network(&layers(depth, homogeneous, &mut random)));
            let mut builder = Builder::new();
            let inputs = builder.inputs(&a);
            let terms = [(1, &a), (-1, &b)]
                .map(|(sign, network)| (rational(sign, 1), builder.import(network, &inputs).unwrap()));
            let output = builder.combine(terms.to_vec()).unwrap();
            let difference = builder.network(a.inputs().to_vec(), output);
            for metric in Metric::ALL {
                if metric == Metric::LayerwiseSymmetric && !homogeneous {
                    continue;
                }
                let norm = inner(&difference, &difference, metric).unwrap().aa;
                assert_eq!(norm, inner(&a, &b, metric).unwrap().difference(), "{} {seed}", metric.name());
                assert!(!norm.is_zero());
            }
        }
    }
}
