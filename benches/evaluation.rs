//! Evaluation over each arithmetic, in this process.
//!
//! `cargo bench --bench evaluation` prints seconds of processor time, the fastest and the median of five
//! runs. A word selects the rows whose names contain it.

// A benchmark may stop at the first thing that is wrong.
#![allow(clippy::unwrap_used)]

#[path = "../tests/common/mod.rs"]
mod common;

use std::hint::black_box;
use std::sync::Arc;

use common::random::Random;
use cpu_time::ProcessTime;
use num_rational::BigRational;
use samenet::arithmetic::{
    Arithmetic, Base, BitBudget, CommonScale, Floats, Height, PrimeField, Rationals, degree_range,
    height_bound,
};
use samenet::network::{
    Builder, Constant, Data, Einsum, Input, Network, NodeId, Prepared, Shape, Tensor, evaluate,
};
use samenet::polynomial::{PolynomialBudget, Relations, SparsePolynomials};

/// Runs of each row.
const RUNS: usize = 5;

fn main() {
    println!("| row | fastest | median |\n| --- | --- | --- |");
    for block in [256, 1024, 4096] {
        grid_modulo_a_prime(block);
    }
    grid_in_floats();
    one_exact_point();
    one_reference_point();
    for count in [64, 1024] {
        wide_modulo_a_prime(count);
    }
    wide_preparation();
    wide_bounds();
    expansion_modulo_a_prime();
    expansion_over_a_common_scale();
}

/// Prints one row, if it is asked for.
fn row<T>(name: &str, mut work: impl FnMut() -> T) {
    let mut words = std::env::args().skip(1).filter(|word| !word.starts_with('-')).peekable();
    if words.peek().is_some() && !words.any(|word| name.contains(&word)) {
        return;
    }
    let mut times: Vec<f64> = (0..RUNS)
        .map(|_| {
            let start = ProcessTime::now();
            black_box(work());
            start.elapsed().as_secs_f64()
        })
        .collect();
    times.sort_by(f64::total_cmp);
    println!("| {name} | {:.5} | {:.5} |", times[0], times[RUNS / 2]);
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
fn grid_modulo_a_prime(block: usize) {
    let network = bilinear(8, 16, 4);
    let field = PrimeField::new((1 << 62) - 57).unwrap();
    let prepared = Prepared::new(&field, &network).unwrap();
    let points = points(&field, 8, block);
    row(&format!("grid_modulo_a_prime/{block}"), || {
        for _ in 0..245_157usize.div_ceil(block) {
            black_box(prepared.evaluate_batch(block, std::slice::from_ref(&points)).unwrap());
        }
    });
}

fn grid_in_floats() {
    let network = bilinear(8, 16, 4);
    let prepared = Prepared::new(&Floats::VALUES, &network).unwrap();
    let points = points(&Floats::VALUES, 8, 1024);
    row("grid_in_floats", || {
        for _ in 0..240 {
            black_box(prepared.evaluate_batch(1024, std::slice::from_ref(&points)).unwrap());
        }
    });
}

fn one_exact_point() {
    let network = bilinear(8, 16, 4);
    let scale = CommonScale::new(Base::new([&network], []), BitBudget::default());
    let points = points(&scale, 8, 1);
    row("one_exact_point", || {
        let values = evaluate(&scale, &network, std::slice::from_ref(&points)).unwrap();
        scale.rationals(&values).unwrap()
    });
}

fn one_reference_point() {
    let network = bilinear(8, 16, 4);
    let points = points(&Rationals::new(), 8, 1);
    row("one_reference_point", || {
        evaluate(&Rationals::new(), &network, std::slice::from_ref(&points)).unwrap()
    });
}

fn wide_modulo_a_prime(count: usize) {
    let network = bilinear(512, 1024, 2);
    let field = PrimeField::new((1 << 62) - 57).unwrap();
    let prepared = Prepared::new(&field, &network).unwrap();
    let points = points(&field, 512, count);
    row(&format!("wide_modulo_a_prime/{count}"), || {
        prepared.evaluate_batch(count, std::slice::from_ref(&points)).unwrap()
    });
}

fn wide_preparation() {
    let network = bilinear(512, 1024, 2);
    let field = PrimeField::new((1 << 62) - 57).unwrap();
    row("wide_preparation", || {
        Prepared::new(&field, &network).unwrap().evaluate(&[points(&field, 512, 1)]).unwrap()
    });
}

fn wide_bounds() {
    let network = bilinear(512, 1024, 2);
    let base = Base::new([&network], []);
    row("wide_bounds", || (height_bound(&network, &base, &[Height::ONE]), degree_range(&network)));
}

fn expansion_modulo_a_prime() {
    let network = bilinear(6, 8, 3);
    let field = PrimeField::new((1 << 62) - 57).unwrap();
    let ring = SparsePolynomials::for_networks(
        field,
        &[&network],
        &Relations::none(),
        PolynomialBudget::new(20_000_000, 1 << 36),
    )
    .unwrap();
    row("expansion_modulo_a_prime", || evaluate(&ring, &network, &ring.inputs(&network)).unwrap());
}

fn expansion_over_a_common_scale() {
    let network = bilinear(6, 8, 3);
    let scale = CommonScale::new(Base::new([&network], []), BitBudget::default());
    let ring = SparsePolynomials::for_networks(
        scale,
        &[&network],
        &Relations::none(),
        PolynomialBudget::new(20_000_000, 1 << 36),
    )
    .unwrap();
    row("expansion_over_a_common_scale", || evaluate(&ring, &network, &ring.inputs(&network)).unwrap());
}
