//! Classes of equal functions: the partition is the one that pairwise comparison gives, it takes few
//! comparisons, and every pair of classes is separated by values that can be recomputed.

use std::sync::Arc;
use std::time::Duration;

use num_bigint::BigInt;
use num_integer::Integer;
use num_rational::BigRational;
use num_traits::{One, Signed, Zero};
use proptest::prelude::*;
use samenet::Budget;
use samenet::arithmetic::Rationals;
use samenet::equality::{
    Class, Domain, InputSet, Partition, Question, QuestionError, Relation, Separation, Verdict, classes,
    decide,
};
use samenet::network::{Builder, Constant, Data, Einsum, Input, Network, NodeId, Shape, Tensor, evaluate};

use crate::common::size::properties;

const WIDTH: usize = 2;

fn number(n: i64) -> BigRational {
    BigRational::from_integer(n.into())
}

/// Hidden units of a bilinear layer: left row, right row, column of the down projection.
type Units = Vec<[[i64; WIDTH]; 3]>;

fn bilinear(builder: &mut Builder, x: NodeId, units: &Units) -> NodeId {
    let matrix = |builder: &mut Builder, which: usize| {
        let shape = Shape::new([units.len(), WIDTH]).unwrap();
        let data = units.iter().flat_map(|unit| unit[which]).collect();
        builder.constant(Arc::new(Constant::new(shape, Data::Integer(data)).unwrap()))
    };
    let (left, right, down) = (matrix(builder, 0), matrix(builder, 1), matrix(builder, 2));
    let spec =
        Einsum { operands: vec![vec![0, 1], vec![1], vec![0, 2], vec![2], vec![0, 3]], output: vec![3] };
    builder.contract(vec![left, x, right, x, down], spec).unwrap()
}

/// `factor * bilinear(x) + shift * [x0, x0]`
fn network(units: &Units, factor: i64, shift: i64) -> Arc<Network> {
    let mut builder = Builder::new();
    let shape = Shape::new([WIDTH]).unwrap();
    let x = builder.input(0, shape.clone());
    let y = bilinear(&mut builder, x, units);
    let first = builder.select(x, 0, 0).unwrap();
    let both = builder.broadcast(first, shape.clone()).unwrap();
    let output = builder.combine(vec![(number(factor), y), (number(shift), both)]).unwrap();
    Arc::new(builder.network(vec![Input { name: "x".to_string(), shape }], output))
}

/// Another way to write the same function: units permuted, their factors swapped, signs moved, one of them
/// split.
fn rewritten(units: &Units, seed: u32) -> Units {
    let mut units = units.clone();
    let rotate = seed as usize % units.len();
    units.rotate_left(rotate);
    for (at, unit) in units.iter_mut().enumerate() {
        if seed >> (8 + at) & 1 == 1 {
            unit.swap(0, 1);
        }
        if seed >> (16 + at) & 1 == 1 {
            unit[0] = unit[0].map(|w| -w);
            unit[2] = unit[2].map(|w| -w);
        }
    }
    if seed >> 24 & 1 == 1 {
        // l r d = l r (2 d) - l r d
        let [left, right, down] = units[0];
        units[0][2] = down.map(|w| 2 * w);
        units.push([left, right, down.map(|w| -w)]);
    }
    units
}

fn relations() -> [Relation; 3] {
    [Relation::Equal, Relation::UpToScale, Relation::UpToShift]
}

fn everywhere() -> Domain {
    Domain::everywhere(1)
}

fn members(partition: &Partition) -> Vec<Vec<usize>> {
    partition.classes().iter().map(|class| class.networks().collect()).collect()
}

/// The partition that comparing all pairs gives.
fn pairwise(networks: &[Arc<Network>], relation: Relation, domain: &Domain) -> Vec<Vec<usize>> {
    let mut classes: Vec<Vec<usize>> = Vec::new();
    for (at, network) in networks.iter().enumerate() {
        let same = |class: &&mut Vec<usize>| {
            let question = Question { a: network, b: &networks[class[0]], relation, domain };
            matches!(decide(&question, &Budget::default()).unwrap(), Verdict::Equal(_))
        };
        match classes.iter_mut().find(same) {
            Some(class) => class.push(at),
            None => classes.push(vec![at]),
        }
    }
    classes
}

/// Recomputes all values of separations, and finds every pair of classes refuted by some of them.
fn verify(networks: &[Arc<Network>], partition: &Partition, separations: &[Separation], relation: Relation) {
    let decided: Vec<usize> = partition
        .classes()
        .iter()
        .filter(|class| class.undecided.is_none())
        .map(|class| class.representative)
        .collect();
    for separation in separations {
        for (network, values) in &separation.values {
            for (place, value) in separation.places.iter().zip(values) {
                let output = evaluate(&Rationals::new(), &networks[*network], &place.input).unwrap();
                let axes = output.shape().axes().iter().zip(&place.output);
                let exact = &output.data()[axes.fold(0, |flat, (length, at)| flat * length + at)];
                match separation.prime {
                    None => assert_eq!(exact, value),
                    Some(prime) => {
                        let difference = exact - value;
                        let prime = BigInt::from(prime);
                        assert!(!difference.denom().is_multiple_of(&prime));
                        assert!(difference.numer().is_multiple_of(&prime));
                    }
                }
            }
        }
    }
    let refutes = |separation: &Separation, a: usize, b: usize| {
        let values =
            |network| separation.values.iter().find(|(listed, _)| *listed == network).map(|(_, v)| v);
        let (Some(f), Some(g)) = (values(a), values(b)) else { return false };
        let zero = |value: &BigRational| match separation.prime {
            None => value.is_zero(),
            Some(prime) => value.numer().is_multiple_of(&BigInt::from(prime)),
        };
        let refuted = match (relation, f.as_slice(), g.as_slice()) {
            (Relation::Equal, [f], [g]) => !zero(&(f - g)),
            (Relation::UpToShift, [f0, f1], [g0, g1]) => !zero(&(f1 - f0 - (g1 - g0))),
            (Relation::UpToScale, f, g) => {
                let cross = f.len() == 2 && !zero(&(&f[0] * &g[1] - &f[1] * &g[0]));
                let sign = f.iter().zip(g).any(|(f, g)| f.is_zero() != g.is_zero() || (f * g).is_negative());
                cross || separation.prime.is_none() && sign
            }
            _ => panic!("{separation:?}"),
        };
        let group = |network| separation.values.iter().position(|(listed, _)| *listed == network).unwrap();
        let apart = separation.groups[group(a)] != separation.groups[group(b)];
        // The groups agree with the values.
        assert!(refuted || !apart, "{separation:?}");
        refuted && apart
    };
    for (at, &a) in decided.iter().enumerate() {
        for &b in &decided[..at] {
            assert!(separations.iter().any(|separation| refutes(separation, a, b)), "{a} and {b}");
        }
    }
}

/// The number of comparisons that counts as few. Up to scale, no value separates the zero function from
/// others, so it is compared with all.
fn few(networks: usize, classes: usize, relation: Relation) -> u64 {
    let zero = if relation == Relation::UpToScale { classes } else { 0 };
    (networks + classes + zero) as u64
}

/// Copies of some base functions, in an order of their own.
fn planted() -> impl Strategy<Value = Vec<(Units, u32, i64, i64)>> {
    let unit = prop::array::uniform3(prop::array::uniform2(-2i64..=2));
    let bases = prop::collection::vec(prop::collection::vec(unit, 1..4), 1..5);
    let copies = prop::collection::vec((any::<u8>(), any::<u32>(), 1i64..3, 0i64..2), 1..14);
    (bases, copies).prop_map(|(bases, copies)| {
        let copy = |(base, seed, factor, shift): (u8, u32, i64, i64)| {
            let units: &Units = &bases[base as usize % bases.len()];
            (rewritten(units, seed), seed, factor, shift)
        };
        copies.into_iter().map(copy).collect()
    })
}

proptest! {
    #![proptest_config(properties(48, 192))]

    #[test]
    fn planted_classes_are_those_of_pairwise_comparison(copies in planted()) {
        for relation in relations() {
            let networks: Vec<Arc<Network>> = copies
                .iter()
                .map(|(units, _, factor, shift)| match relation {
                    Relation::Equal => network(units, 1, 0),
                    Relation::UpToScale => network(units, *factor, 0),
                    Relation::UpToShift => network(units, 1, *shift),
                })
                .collect();
            let (partition, separations) =
                classes(&networks, relation, &everywhere(), &Budget::default()).unwrap();
            prop_assert_eq!(members(&partition), pairwise(&networks, relation, &everywhere()));
            prop_assert!(partition.classes().iter().all(|class| class.undecided.is_none()));
            prop_assert!(partition.comparisons() <= few(networks.len(), partition.classes().len(), relation));
            prop_assert!(separations.len() < partition.classes().len().max(1));
            verify(&networks, &partition, &separations, relation);
        }
    }

    /// On {0, 1} more functions are the same: the squares are the entries.
    #[test]
    fn also_on_a_domain(copies in planted()) {
        let bits = Domain(vec![InputSet::Finite(vec![number(0), number(1)])]);
        let networks: Vec<Arc<Network>> =
            copies.iter().map(|(units, _, factor, shift)| network(units, *factor, *shift)).collect();
        let (partition, separations) =
            classes(&networks, Relation::Equal, &bits, &Budget::default()).unwrap();
        prop_assert_eq!(members(&partition), pairwise(&networks, Relation::Equal, &bits));
        prop_assert!(
            partition.comparisons() <= few(networks.len(), partition.classes().len(), Relation::Equal)
        );
        verify(&networks, &partition, &separations, Relation::Equal);
        for place in separations.iter().flat_map(|separation| &separation.places) {
            prop_assert!(place.input[0].data().iter().all(|entry| entry.is_zero() || entry.is_one()));
        }
    }
}

/// The linear functions `a x0 + b x1` (as two outputs, the second zero) for `a, b` in 0..8: 64 classes, of
/// which one value tells most apart. Every function comes three times: as it is, once more, and written as a
/// sum.
#[test]
fn many_classes_take_as_many_comparisons_as_there_are_networks() {
    let linear = |a: i64, b: i64, split: bool| {
        let mut builder = Builder::new();
        let shape = Shape::new([WIDTH]).unwrap();
        let x = builder.input(0, shape.clone());
        let (x0, x1) = (builder.select(x, 0, 0).unwrap(), builder.select(x, 0, 1).unwrap());
        let terms = if split {
            // x0 and x1 from their sum and difference.
            let half = BigRational::new(1.into(), 2.into());
            let sum = builder.combine(vec![(number(1), x0), (number(1), x1)]).unwrap();
            let difference = builder.combine(vec![(number(1), x0), (number(-1), x1)]).unwrap();
            vec![(number(a + b) * &half, sum), (number(a - b) * half, difference)]
        } else {
            vec![(number(a), x0), (number(b), x1)]
        };
        let y = builder.combine(terms).unwrap();
        let y = builder.multiply(y, y).unwrap();
        Arc::new(builder.network(vec![Input { name: "x".to_string(), shape }], y))
    };
    let mut networks = Vec::new();
    for kind in 0..3 {
        networks.extend((0..64).map(|n| linear(n / 8, n % 8, kind == 2)));
    }
    let (partition, separations) =
        classes(&networks, Relation::Equal, &everywhere(), &Budget::default()).unwrap();
    assert_eq!(partition.classes().len(), 64);
    assert!(partition.classes().iter().all(|class| class.networks().count() == 3 && class.certain()));
    // At most 64 copies that were not seen node for node, and one search for every class but the first.
    assert!(partition.comparisons() <= 64 + 63, "{}", partition.comparisons());
    assert!(separations.len() <= 63);
    verify(&networks, &partition, &separations, Relation::Equal);
}

/// On the points 0 .. 150, the product of all `x0 - n` but one is zero except at that one: random points show
/// no difference, and each class differs from another at two points. Those found for one pair serve others.
#[test]
fn functions_that_rarely_differ_take_few_comparisons() {
    let points = (0..150).map(|n| Tensor::new(Shape::new([1]).unwrap(), vec![number(n)]).unwrap()).collect();
    let domain = Domain(vec![InputSet::Points(points)]);
    let all_but = |left_out: i64, backwards: bool| {
        let mut builder = Builder::new();
        let shape = Shape::new([1]).unwrap();
        let x = builder.input(0, shape.clone());
        let x = builder.select(x, 0, 0).unwrap();
        let mut factors: Vec<i64> = (0..150).filter(|&n| n != left_out).collect();
        if backwards {
            factors.reverse();
        }
        let one = builder.scalar(BigRational::one());
        let mut product = one;
        for n in factors {
            let factor = builder.combine(vec![(number(1), x), (number(-n), one)]).unwrap();
            product = builder.multiply(product, factor).unwrap();
        }
        Arc::new(builder.network(vec![Input { name: "x".to_string(), shape }], product))
    };
    let networks: Vec<Arc<Network>> = (0..24).map(|n| all_but(n % 12, n >= 12)).collect();
    let (partition, separations) = classes(&networks, Relation::Equal, &domain, &Budget::default()).unwrap();
    assert_eq!(members(&partition), (0..12).map(|n| vec![n, n + 12]).collect::<Vec<_>>());
    assert!(partition.comparisons() <= 24 + 12, "{}", partition.comparisons());
    verify(&networks, &partition, &separations, Relation::Equal);
}

/// 0 and functions that vanish at the other's simplest witness: x0, x1, x0 x1, and copies with a denominator.
#[test]
fn one_witness_is_not_enough_for_all() {
    let term = |factors: &[usize]| {
        let mut builder = Builder::new();
        let shape = Shape::new([WIDTH]).unwrap();
        let x = builder.input(0, shape.clone());
        let mut product = builder.scalar(BigRational::one());
        for &factor in factors {
            let factor = builder.select(x, 0, factor).unwrap();
            product = builder.multiply(product, factor).unwrap();
        }
        let product = if factors == [0, 0, 0] { builder.scalar(BigRational::zero()) } else { product };
        Arc::new(builder.network(vec![Input { name: "x".to_string(), shape }], product))
    };
    let networks: Vec<Arc<Network>> =
        [&[0, 0, 0][..], &[0], &[1], &[0, 1], &[1, 0], &[0, 0]].map(term).to_vec();
    for relation in [Relation::Equal, Relation::UpToScale] {
        let (partition, separations) =
            classes(&networks, relation, &everywhere(), &Budget::default()).unwrap();
        assert_eq!(members(&partition), [vec![0], vec![1], vec![2], vec![3, 4], vec![5]]);
        verify(&networks, &partition, &separations, relation);
        assert!(separations.iter().all(|separation| separation.prime.is_none()), "{separations:?}");
    }
}

/// With no time, only networks that are the same node for node are merged, and none are separated.
#[test]
fn what_is_undecided_is_not_merged() {
    let units: Units = vec![[[1, 2], [3, 4], [1, 1]], [[0, 1], [1, 1], [1, 2]]];
    let other: Units = vec![[[1, 2], [3, 4], [1, 2]]];
    let copy = rewritten(&units, 0x0100_0301);
    let networks =
        [network(&units, 1, 0), network(&copy, 1, 0), network(&other, 1, 0), network(&units, 1, 0)];
    let options = Budget::default().time(Duration::ZERO);
    let (partition, separations) = classes(&networks, Relation::Equal, &everywhere(), &options).unwrap();
    assert_eq!(members(&partition), [vec![0, 3], vec![1], vec![2]]);
    let undecided: Vec<&Class> =
        partition.classes().iter().filter(|class| class.undecided.is_some()).collect();
    assert_eq!(undecided.len(), 2);
    assert_eq!(partition.candidates(undecided[0]), [0, 2]);
    assert_eq!(separations, []);
    // With time they are decided.
    let (partition, _) = classes(&networks, Relation::Equal, &everywhere(), &Budget::default()).unwrap();
    assert_eq!(members(&partition), [vec![0, 1, 3], vec![2]]);
}

/// If time runs out after the networks are placed, the values known so far separate them.
#[test]
fn classes_are_told_apart_also_without_a_search() {
    let base: Units = vec![[[1, 2], [3, 4], [1, 1]]];
    let networks: Vec<Arc<Network>> = (0..6).map(|n| network(&base, n, 2 * (n / 3))).collect();
    for relation in relations() {
        let mut partition = Partition::new(&networks[0], relation, everywhere()).unwrap();
        let mut load = |n: usize| -> Result<Arc<Network>, QuestionError> { Ok(networks[n].clone()) };
        for network in &networks {
            let placement = partition.place(network, &mut load, &Budget::default()).unwrap();
            partition.admit(placement);
        }
        let expired = Budget::default().time(Duration::ZERO);
        let (mut tasks, mut separations) = (partition.tasks(), Vec::new());
        while let Some(task) = tasks.pop() {
            let step = partition.separate(&task, &mut load, &expired).unwrap();
            separations.extend(partition.separated(step, &mut tasks));
        }
        assert_eq!(members(&partition), pairwise(&networks, relation, &everywhere()));
        verify(&networks, &partition, &separations, relation);
    }
}

#[test]
fn questions_without_a_meaning() {
    let scalar = {
        let mut builder = Builder::new();
        let shape = Shape::new([WIDTH]).unwrap();
        let x = builder.input(0, shape.clone());
        let first = builder.select(x, 0, 0).unwrap();
        Arc::new(builder.network(vec![Input { name: "x".to_string(), shape }], first))
    };
    let pair = network(&vec![[[1, 2], [3, 4], [1, 1]]], 1, 0);
    let of = |networks: &[Arc<Network>], relation, domain: &Domain| {
        classes(networks, relation, domain, &Budget::default()).map(|_| ())
    };
    assert!(of(&[pair.clone(), scalar.clone()], Relation::Equal, &everywhere()).is_err());
    assert!(of(&[scalar], Relation::UpToShift, &everywhere()).is_err());
    assert!(of(&[], Relation::Equal, &everywhere()).is_err());
    assert!(of(&[pair], Relation::Equal, &Domain::everywhere(2)).is_err());
}
