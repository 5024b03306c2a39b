//! Heads against the sum over partitions, and against each other.

use std::sync::Arc;

use super::*;
use num_traits::Zero;

use crate::arithmetic::{BitBudget, PrimeField, exact_values, float_values};
use crate::network::{Constant, Data, Input, evaluate};

/// A small generator of numbers (SplitMix64).
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn below(&mut self, n: u64) -> u64 {
        self.next() % n
    }

    fn one_in(&mut self, n: u64) -> bool {
        self.below(n) == 0
    }
}

fn constant(builder: &mut Builder, random: &mut Random, axes: &[usize]) -> NodeId {
    let shape = Shape::new(axes.to_vec()).unwrap();
    let entries = (0..shape.size()).map(|_| random.below(7) as i64 - 3).collect();
    builder.constant(Arc::new(Constant::new(shape, Data::Integer(entries)).unwrap()))
}

/// The sizes of a layer of attention.
#[derive(Clone, Debug)]
struct Sizes {
    positions: usize,
    width: usize,
    heads: usize,
    head: usize,
    value: usize,
    layers: usize,
    biases: bool,
    mask: u64,
    rotary: bool,
    residual: bool,
}

impl Sizes {
    fn random(random: &mut Random) -> Sizes {
        Sizes {
            positions: 1 + random.below(2) as usize,
            width: 1 + random.below(2) as usize,
            heads: 1 + random.below(2) as usize,
            head: 1 + random.below(2) as usize,
            value: 1 + random.below(2) as usize,
            layers: 1 + usize::from(random.one_in(3)),
            biases: random.one_in(2),
            mask: random.below(4),
            rotary: random.one_in(3),
            residual: random.one_in(2),
        }
    }
}

/// A model of some layers of attention, of sizes of its own but for those of the input and the output.
fn model(random: &mut Random, sizes: &Sizes) -> Network {
    let Sizes { positions: n, width, heads: h, .. } = *sizes;
    let mut builder = Builder::new();
    let shape = Shape::new([n, width]).unwrap();
    let mut x = builder.input(0, shape.clone());
    for _ in 0..sizes.layers {
        let mut operands = Vec::new();
        for place in 0..5 {
            let d = if place == 4 { sizes.value } else { sizes.head };
            let weights = constant(&mut builder, random, &[h, d, width]);
            let spec = Einsum { operands: vec![vec![0, 3], vec![1, 2, 3]], output: vec![0, 1, 2] };
            let mut operand = builder.contract(vec![x, weights], spec).unwrap();
            if sizes.rotary && place < 4 {
                let turn = constant(&mut builder, random, &[n, d, d]);
                let spec = Einsum { operands: vec![vec![0, 1, 3], vec![0, 2, 3]], output: vec![0, 1, 2] };
                operand = builder.contract(vec![operand, turn], spec).unwrap();
            }
            if sizes.biases && random.one_in(2) {
                let bias = constant(&mut builder, random, &[n, h, d]);
                let one = BigRational::one();
                operand = builder.combine(vec![(one.clone(), operand), (one, bias)]).unwrap();
            }
            // The same operand in two places.
            let earlier = operands.len().checked_sub(2).filter(|_| place < 4 && random.one_in(4));
            operands.push(earlier.map_or(operand, |at| operands[at]));
        }
        // s, t, head, j, l, m
        let mut labels = vec![vec![0, 2, 3], vec![1, 2, 3], vec![0, 2, 4], vec![1, 2, 4], vec![1, 2, 5]];
        match sizes.mask {
            0 => {}
            1 => {
                let shape = Shape::new([n, n]).unwrap();
                let entries = (0..n * n).map(|at| i64::from(at % n <= at / n)).collect();
                let mask = Constant::new(shape, Data::Integer(entries)).unwrap();
                operands.push(builder.constant(Arc::new(mask)));
                labels.push(vec![0, 1]);
            }
            2 => {
                operands.push(constant(&mut builder, random, &[n, n]));
                labels.push(vec![0, 1]);
            }
            _ => {
                operands.push(constant(&mut builder, random, &[h, n, n]));
                labels.push(vec![2, 0, 1]);
            }
        }
        // In any order.
        let mut order: Vec<usize> = (0..operands.len()).collect();
        for i in (1..order.len()).rev() {
            order.swap(i, random.below(i as u64 + 1) as usize);
        }
        let output = if random.one_in(2) { vec![0, 2, 5] } else { vec![5, 0, 2] };
        let spec =
            Einsum { operands: order.iter().map(|&i| labels[i].clone()).collect(), output: output.clone() };
        let z = builder.contract(order.iter().map(|&i| operands[i]).collect(), spec).unwrap();
        let o = constant(&mut builder, random, &[width, h, sizes.value]);
        let spec = Einsum { operands: vec![output, vec![6, 2, 5]], output: vec![0, 6] };
        let y = builder.contract(vec![z, o], spec).unwrap();
        let one = BigRational::one();
        x = if sizes.residual { builder.combine(vec![(one.clone(), x), (one, y)]).unwrap() } else { y };
    }
    builder.network(vec![Input { name: "x".to_string(), shape }], x)
}

/// The values of the compiled networks, by heads and by partitions, modulo a large prime.
fn compare(a: &Network, b: &Network, variant: Variant) -> usize {
    let field = PrimeField::new((1 << 61) - 1).unwrap();
    let budget = Budget::default();
    let [quick, slow] = [false, true].map(|by_partitions| {
        let how = (variant, Reach::Layer);
        compile_by(a, b, how, Part::Whole, &budget, by_partitions).unwrap()
    });
    let is_head = |node: &&crate::network::Node| matches!(node.operation, Operation::HeadCovariance { .. });
    let heads = quick.nodes().iter().filter(is_head).count();
    assert!(!slow.nodes().iter().any(|node| is_head(&node)));
    let [quick, slow] = [quick, slow].map(|network| {
        let values = evaluate(&field, &network, &[]).unwrap();
        values.data().iter().map(|value| field.value(*value)).collect::<Vec<_>>()
    });
    assert_eq!(quick, slow);
    heads
}

/// Attention with biases, masks and weights, rotations, residuals, heads, values of other width, one layer
/// and two, both variants.
#[test]
fn heads_are_sums_over_partitions() {
    let large = std::env::var_os("SAMENET_LARGE").is_some();
    let cases = if large { 60 } else { 4 };
    let mut heads = 0;
    for seed in 0..cases {
        let mut random = Random(seed);
        let mut sizes = Sizes::random(&mut random);
        // A second layer has means everywhere, and takes long by partitions.
        sizes.layers = if large { sizes.layers } else { 1 };
        let mut other = Sizes::random(&mut random);
        (other.positions, other.width, other.layers) = (sizes.positions, sizes.width, sizes.layers);
        let (a, b) = (model(&mut random, &sizes), model(&mut random, &other));
        heads += compare(&a, &b, Variant::Gaussian);
        if !sizes.biases && !other.biases && !sizes.residual && !other.residual {
            heads += compare(&a, &b, Variant::Symmetric);
        }
    }
    assert!(heads as u64 > cases, "{heads}");
}

/// In f64, against exact values: two layers with means, in networks of which each is compared with itself and
/// with the other.
#[test]
fn bounds_of_heads_hold() {
    let cases = if std::env::var_os("SAMENET_LARGE").is_some() { 300 } else { 6 };
    let mut close = 0;
    for seed in 0..cases {
        let mut random = Random(seed + 500);
        let sizes = Sizes::random(&mut random);
        let (a, b) = (model(&mut random, &sizes), model(&mut random, &sizes));
        let how = (Variant::Gaussian, Reach::Layer);
        let network = compile(&a, &b, how, Part::Whole, &Budget::default()).unwrap();
        let exact = exact_values(&network, &[], &BitBudget::default()).unwrap();
        let floats = float_values(&network, &[]).unwrap();
        let squares: BigRational = (floats.values.data().iter().zip(exact.data()))
            .map(|(value, exact)| BigRational::from_float(*value).unwrap() - exact)
            .map(|error| &error * &error)
            .sum();
        let bound = BigRational::from_float(floats.error).unwrap();
        assert!(squares <= &bound * &bound, "seed {seed}");
        let largest = floats.values.data().iter().fold(0.0, |most: f64, value| most.max(value.abs()));
        close += u64::from(floats.error <= 1e-6 * largest);
    }
    assert!(close > cases / 2, "{close}");
}

/// Operands of a head that the output has besides: what is linear in the residual stream is asked for before
/// the head is found, and after.
#[test]
fn operands_may_be_seen_from_outside() {
    let cases = if std::env::var_os("SAMENET_LARGE").is_some() { 100 } else { 6 };
    let network = |random: &mut Random| {
        let mut builder = Builder::new();
        let shape = Shape::new([2, 2]).unwrap();
        let x = builder.input(0, shape.clone());
        let mut operands = Vec::new();
        for _ in 0..5 {
            let weights = constant(&mut builder, random, &[2, 2]);
            let spec = Einsum { operands: vec![vec![0, 2], vec![1, 2]], output: vec![0, 1] };
            operands.push(builder.contract(vec![x, weights], spec).unwrap());
        }
        let seen = operands[random.below(5) as usize];
        let labels = vec![vec![0, 3], vec![1, 3], vec![0, 4], vec![1, 4], vec![1, 5]];
        let spec = Einsum { operands: labels, output: vec![0, 5] };
        let z = builder.contract(operands, spec).unwrap();
        let one = BigRational::one();
        let terms = if random.one_in(2) {
            vec![(one.clone(), seen), (one, z)]
        } else {
            vec![(one.clone(), z), (one, seen)]
        };
        let output = builder.combine(terms).unwrap();
        builder.network(vec![Input { name: "x".to_string(), shape }], output)
    };
    for seed in 0..cases {
        let mut random = Random(seed + 77);
        let (a, b) = (network(&mut random), network(&mut random));
        assert!(compare(&a, &b, Variant::Gaussian) > 0);
        assert!(compare(&a, &b, Variant::Symmetric) > 0);
    }
}

/// Values without entries: the head is zero, in f64 too.
#[test]
fn heads_without_values_are_zero() {
    let mut random = Random(3);
    let mut sizes = Sizes::random(&mut random);
    (sizes.positions, sizes.layers, sizes.value, sizes.residual) = (2, 1, 0, true);
    let empty = model(&mut random, &sizes);
    let how = (Variant::Gaussian, Reach::Layer);
    let network = compile(&empty, &empty, how, Part::Whole, &Budget::default()).unwrap();
    // The residual stream is the identity.
    assert!(float_values(&network, &[]).unwrap().values.data().iter().all(|value| *value == 1.0));
}

/// The two scores may change places, and with them the heads: the same function, so the distance is zero. One
/// more in one weight, and it is not.
#[test]
fn equal_heads_have_distance_zero() {
    let network = |swapped: bool, more: i64| {
        let mut random = Random(7);
        let mut builder = Builder::new();
        let shape = Shape::new([2, 2]).unwrap();
        let x = builder.input(0, shape.clone());
        let mut operands = Vec::new();
        for place in 0..5 {
            let mut entries: Vec<i64> = (0..8).map(|_| random.below(7) as i64 - 3).collect();
            entries[3] += if place == 2 { more } else { 0 };
            if swapped {
                entries.rotate_left(4);
            }
            let weights = Constant::new(Shape::new([2, 2, 2]).unwrap(), Data::Integer(entries)).unwrap();
            let weights = builder.constant(Arc::new(weights));
            let spec = Einsum { operands: vec![vec![0, 3], vec![1, 2, 3]], output: vec![0, 1, 2] };
            operands.push(builder.contract(vec![x, weights], spec).unwrap());
        }
        if swapped {
            operands.swap(0, 2);
            operands.swap(1, 3);
        }
        let labels = vec![vec![0, 2, 3], vec![1, 2, 3], vec![0, 2, 4], vec![1, 2, 4], vec![1, 2, 5]];
        let spec = Einsum { operands: labels, output: vec![0, 5] };
        let output = builder.contract(operands, spec).unwrap();
        builder.network(vec![Input { name: "x".to_string(), shape }], output)
    };
    let distance = |a: &Network, b: &Network, variant| {
        let network = compile(a, b, (variant, Reach::Layer), Part::Whole, &Budget::default()).unwrap();
        let values = exact_values(&network, &[], &BitBudget::default()).unwrap();
        let part = |which: usize| -> BigRational { values.data()[which * 4..which * 4 + 4].iter().sum() };
        part(0) - part(1) - part(1) + part(2)
    };
    for variant in [Variant::Gaussian, Variant::Symmetric] {
        assert_eq!(distance(&network(false, 0), &network(true, 0), variant), BigRational::zero());
        assert!(distance(&network(false, 0), &network(true, 1), variant) > BigRational::zero());
    }
}

/// Linear maps that move positions, and products entry by entry: none of these is a head, but some see one
/// position each, and some only seem to.
#[test]
fn positions_that_stay_apart_are_found() {
    let cases = if std::env::var_os("SAMENET_LARGE").is_some() { 20_000 } else { 300 };
    let field = PrimeField::new((1 << 61) - 1).unwrap();
    let (mut quicker, budget) = (0, Budget::default());
    for seed in 0..cases {
        let mut random = Random(seed + 1_000_000);
        let sizes = [1 + random.below(3) as usize, 1 + random.below(3) as usize];
        let networks = [0, 1].map(|_| moving(&mut random, sizes));
        for (variant, networks) in [Variant::Gaussian, Variant::Symmetric].map(|variant| (variant, &networks))
        {
            let [quick, slow] = [false, true].map(|by_partitions| {
                let how = (variant, Reach::Layer);
                compile_by(&networks[0], &networks[1], how, Part::Whole, &budget, by_partitions).unwrap()
            });
            let [a, b] = [&quick, &slow].map(|network| {
                let values = evaluate(&field, network, &[]).unwrap();
                values.data().iter().map(|value| field.value(*value)).collect::<Vec<_>>()
            });
            assert_eq!(a, b, "seed {seed} {variant:?}");
            quicker += u64::from(quick.nodes().len() != slow.nodes().len());
        }
    }
    assert!(quicker > cases / 2, "{quicker}");
}

/// Some random operations on a matrix of positions and entries.
fn moving(random: &mut Random, [n, d]: [usize; 2]) -> Network {
    let mut builder = Builder::new();
    let shape = Shape::new([n, d]).unwrap();
    let x = builder.input(0, shape.clone());
    let one = BigRational::one();
    let mut nodes = vec![x];
    for _ in 0..1 + random.below(6) {
        let of = nodes[random.below(nodes.len() as u64) as usize];
        let other = nodes[random.below(nodes.len() as u64) as usize];
        let made = match random.below(10) {
            0 => {
                let w = constant(&mut builder, random, &[d, d]);
                let spec = Einsum { operands: vec![vec![0, 2], vec![1, 2]], output: vec![0, 1] };
                builder.contract(vec![of, w], spec).unwrap()
            }
            1 => {
                let w = constant(&mut builder, random, &[n, n]);
                let spec = Einsum { operands: vec![vec![2, 1], vec![0, 2]], output: vec![0, 1] };
                builder.contract(vec![of, w], spec).unwrap()
            }
            2 => {
                let w = constant(&mut builder, random, &[n, d]);
                let spec = Einsum { operands: vec![vec![0, 1], vec![0, 1]], output: vec![0, 1] };
                builder.contract(vec![w, of], spec).unwrap()
            }
            3 => builder.multiply(of, other).unwrap(),
            4 => builder.combine(vec![(one.clone(), of), (-one.clone(), other)]).unwrap(),
            5 if n > 1 => {
                // The first position last.
                let first = builder.slice(of, 0, 0, 1).unwrap();
                let rest = builder.slice(of, 0, 1, n - 1).unwrap();
                builder.concat(vec![rest, first], 0).unwrap()
            }
            6 if n > 1 => {
                let first = builder.slice(of, 0, 0, 1).unwrap();
                let rest = builder.slice(other, 0, 1, n - 1).unwrap();
                builder.concat(vec![first, rest], 0).unwrap()
            }
            7 if d > 1 => {
                let (left, right) =
                    (builder.slice(of, 1, 0, 1).unwrap(), builder.slice(other, 1, 1, d - 1).unwrap());
                builder.concat(vec![left, right], 1).unwrap()
            }
            8 if n == d => builder.transpose(of, &[1, 0]).unwrap(),
            _ => {
                let flat = builder.reshape(of, Shape::new([n * d]).unwrap()).unwrap();
                let back = builder.reshape(flat, shape.clone()).unwrap();
                let bias = constant(&mut builder, random, &[n, d]);
                builder.combine(vec![(one.clone(), back), (one.clone(), bias)]).unwrap()
            }
        };
        nodes.push(made);
    }
    // Products of few levels only: there are many partitions.
    let deep = |id: &NodeId| levels((0..builder.len()).map(|at| builder.node(NodeId(at))))[id.0] > Some(2);
    nodes.retain(|id| !deep(id));
    let output = nodes[nodes.len() - 1];
    builder.network(vec![Input { name: "x".to_string(), shape }], output)
}

/// For one layer of attention the recursion is exact: what `gaussian` and, without biases and residuals,
/// `symmetric` find by it are the sums over Hermite orders and over degrees.
#[test]
fn one_layer_of_heads_is_exact() {
    use crate::domain::Metric;
    use crate::similarity::{Pair, Way, inner_products, inner_products_by};
    let cases = if std::env::var_os("SAMENET_LARGE").is_some() { 40 } else { 3 };
    for seed in 0..cases {
        let mut random = Random(seed + 9000);
        let mut sizes = Sizes::random(&mut random);
        (sizes.layers, sizes.positions, sizes.width) = (1, 2, 2);
        (sizes.biases, sizes.residual) = (seed % 2 == 1, seed % 2 == 1);
        let (a, b) = (model(&mut random, &sizes), model(&mut random, &sizes));
        for metric in [Metric::Gaussian, Metric::Symmetric] {
            let pair = Pair { a: &a, b: &b, metric, domain: None };
            let how = if metric == Metric::Gaussian { Variant::Gaussian } else { Variant::Symmetric };
            let budget = Budget::default();
            let expanded = inner_products_by(Way::Expansion, &pair, &budget).unwrap();
            assert_eq!(inner_products(&pair, &budget).unwrap().total(), expanded.total(), "seed {seed}");
            if how == Variant::Gaussian || seed % 2 == 0 {
                let whole = compile(&a, &b, (how, Reach::Layer), Part::Whole, &budget).unwrap();
                let values = exact_values(&whole, &[], &BitBudget::default()).unwrap();
                let sum: BigRational = values.data().iter().sum();
                let total = expanded.total();
                assert_eq!(sum, total.aa + total.ab + total.bb, "seed {seed} {metric:?}");
            }
        }
    }
}
