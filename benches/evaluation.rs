//! Evaluation over each arithmetic. `cargo bench --bench evaluation`.
#![allow(clippy::unwrap_used)]

#[path = "../tests/common/mod.rs"]
mod common;

use std::sync::Arc;

use common::random::Random;
use num_rational::BigRational;
use samenet::arithmetic::{
    Arithmetic, Base, BitBudget, CommonScale, Floats, Height, PrimeField, Rationals, degree_range,
    height_bound,
};
use samenet::network::{
    Builder, Constant, Data, Einsum, Input, Network, NodeId, Prepared, Shape, Tensor, evaluate,
};
use samenet::polynomial::{PolynomialBudget, Relations, SparsePolynomials};

fn main() {
    divan::main();
}

fn weights(builder: &mut Builder, rows: usize, columns: usize, random: &mut Random) -> NodeId {
    let values = (0..rows * columns).map(|_| random.weight() / 4.0).collect();
    let shape = Shape::new([rows, columns]).unwrap();
    builder.constant(Arc::new(Constant::new(shape, Data::F32(values)).unwrap()))
}

fn linear(builder: &mut Builder, x: NodeId, w: NodeId) -> NodeId {
    let spec = Einsum { operands: vec![vec![1, 0], vec![0]], output: vec![1] };
    builder.contract(vec![w, x], spec).unwrap()
}

/// `layers` times `x -> D((L x) * (R x))`.
fn bilinear(width: usize, hidden: usize, layers: usize) -> Network {
    let mut builder = Builder::new();
    let shape = Shape::new([width]).unwrap();
    let mut x = builder.input(0, shape.clone());
    let mut random = Random(1);
    for _ in 0..layers {
        let [l, r] = [0; 2].map(|_| weights(&mut builder, hidden, width, &mut random));
        let d = weights(&mut builder, width, hidden, &mut random);
        let (left, right) = (linear(&mut builder, x, l), linear(&mut builder, x, r));
        let product = builder.multiply(left, right).unwrap();
        x = linear(&mut builder, product, d);
    }
    builder.network(vec![Input { name: "x".to_string(), shape }], x)
}

fn points<A: Arithmetic>(arithmetic: &A, width: usize, count: usize) -> Tensor<A::Element> {
    let data: Vec<A::Element> = (0..width * count)
        .map(|i| arithmetic.from_rational(&BigRational::from_integer((i % 17).into())).unwrap())
        .collect();
    Tensor::new(Shape::new([count, width]).unwrap(), data).unwrap()
}

/// A grid's worth of points modulo one prime, in blocks.
#[divan::bench(args = [256, 1024, 4096], sample_count = 5)]
fn grid_modulo_a_prime(bencher: divan::Bencher, block: usize) {
    let network = bilinear(8, 16, 4);
    let field = PrimeField::new((1 << 62) - 57).unwrap();
    let prepared = Prepared::new(&field, &network).unwrap();
    let points = points(&field, 8, block);
    bencher.bench_local(|| {
        for _ in 0..245_157usize.div_ceil(block) {
            divan::black_box(prepared.evaluate_batch(block, std::slice::from_ref(&points)).unwrap());
        }
    });
}

#[divan::bench(sample_count = 5)]
fn grid_in_floats(bencher: divan::Bencher) {
    let network = bilinear(8, 16, 4);
    let prepared = Prepared::new(&Floats, &network).unwrap();
    let points = points(&Floats, 8, 1024);
    bencher.bench_local(|| {
        for _ in 0..240 {
            divan::black_box(prepared.evaluate_batch(1024, std::slice::from_ref(&points)).unwrap());
        }
    });
}

#[divan::bench(sample_count = 5)]
fn one_exact_point(bencher: divan::Bencher) {
    let network = bilinear(8, 16, 4);
    let scale = CommonScale::new(Base::new([&network], []), BitBudget::default());
    let points = points(&scale, 8, 1);
    bencher.bench_local(|| {
        let values = evaluate(&scale, &network, std::slice::from_ref(&points)).unwrap();
        scale.rationals(&values).unwrap()
    });
}

#[divan::bench(sample_count = 5)]
fn one_reference_point(bencher: divan::Bencher) {
    let network = bilinear(8, 16, 4);
    let points = points(&Rationals::new(), 8, 1);
    bencher.bench_local(|| evaluate(&Rationals::new(), &network, std::slice::from_ref(&points)).unwrap());
}

#[divan::bench(args = [64, 1024], sample_count = 5)]
fn wide_modulo_a_prime(bencher: divan::Bencher, count: usize) {
    let network = bilinear(512, 1024, 2);
    let field = PrimeField::new((1 << 62) - 57).unwrap();
    let prepared = Prepared::new(&field, &network).unwrap();
    let points = points(&field, 512, count);
    bencher.bench_local(|| prepared.evaluate_batch(count, std::slice::from_ref(&points)).unwrap());
}

#[divan::bench(sample_count = 5)]
fn wide_preparation(bencher: divan::Bencher) {
    let network = bilinear(512, 1024, 2);
    let field = PrimeField::new((1 << 62) - 57).unwrap();
    bencher.bench_local(|| {
        Prepared::new(&field, &network).unwrap().evaluate(&[points(&field, 512, 1)]).unwrap()
    });
}

#[divan::bench(sample_count = 5)]
fn wide_bounds(bencher: divan::Bencher) {
    let network = bilinear(512, 1024, 2);
    let base = Base::new([&network], []);
    bencher.bench_local(|| (height_bound(&network, &base, &[Height::ONE]), degree_range(&network)));
}

#[divan::bench(sample_count = 1)]
fn expansion_modulo_a_prime(bencher: divan::Bencher) {
    let network = bilinear(6, 8, 3);
    let field = PrimeField::new((1 << 62) - 57).unwrap();
    let ring = SparsePolynomials::for_networks(
        field,
        &[&network],
        &Relations::none(),
        PolynomialBudget::new(20_000_000, 1 << 36),
    )
    .unwrap();
    bencher.bench_local(|| evaluate(&ring, &network, &ring.inputs(&network)).unwrap());
}

#[divan::bench(sample_count = 1)]
fn expansion_over_a_common_scale(bencher: divan::Bencher) {
    let network = bilinear(6, 8, 3);
    let scale = CommonScale::new(Base::new([&network], []), BitBudget::default());
    let ring = SparsePolynomials::for_networks(
        scale,
        &[&network],
        &Relations::none(),
        PolynomialBudget::new(20_000_000, 1 << 36),
    )
    .unwrap();
    bencher.bench_local(|| evaluate(&ring, &network, &ring.inputs(&network)).unwrap());
}
