//! Exhaustive evaluation against rationals at every point, and near misses where doubles are not enough.

use num_bigint::BigInt;
use num_rational::BigRational;
use num_traits::{One, Zero};

use super::*;
use crate::arithmetic::Rationals;
use crate::equality::tests::{bits, integers, network, rational, unlimited, vector};
use crate::equality::{Approach, Domain, InputSet, Question, Relation, Verdict, decide_by};
use crate::network::{Builder, NodeId, evaluate};

/// A small random number.
fn below(state: &mut u64, bound: u64) -> u64 {
    *state = state.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
    (*state >> 33) % bound
}

/// The end of the walk, if there is one.
fn walked(network: &Network, domain: &Domain) -> Option<End> {
    let coordinates = Coordinates::new(network, domain);
    Exhaustive::new(network, &coordinates, &unlimited()).map(|all| all.run(&unlimited()))
}

/// All points of a domain of finite coordinates.
fn points(coordinates: &Coordinates) -> Vec<Point> {
    coordinates.list().iter().fold(vec![Vec::new()], |points, coordinate| {
        let levels = coordinate.kind.levels().unwrap() as i64;
        points
            .iter()
            .flat_map(|point| (0..levels).map(move |level| [&point[..], &[level]].concat()))
            .collect()
    })
}

/// Whether every output is zero at a point.
fn is_zero_at(network: &Network, coordinates: &Coordinates, point: &[i64]) -> bool {
    let values = evaluate(&Rationals::new(), network, &coordinates.tensors(point)).unwrap();
    values.data().iter().all(Zero::is_zero)
}

/// Random nodes over the entries of an input: sums with coefficients such as 1/2 and -2/3, and products.
fn grow(builder: &mut Builder, entries: Vec<NodeId>, state: &mut u64) -> NodeId {
    let mut nodes = entries;
    for _ in 0..4 + below(state, 12) {
        let [a, b] = [0, 1].map(|_| nodes[below(state, nodes.len() as u64) as usize]);
        let mut coefficient = || {
            let by = [1, 1, 1, 2, 3][below(state, 5) as usize];
            let wide = if below(state, 40) == 0 { (1 << 60) + 1 } else { 1 };
            rational((below(state, 5) as i64 - 2) * wide, by)
        };
        let terms = vec![(coefficient(), a), (coefficient(), b)];
        let node = match below(state, 2) {
            0 => builder.multiply(a, b).unwrap(),
            _ => builder.combine(terms).unwrap(),
        };
        nodes.push(node);
    }
    nodes[nodes.len() - 1]
}

/// Networks of two inputs of 3 and 2 x 3 entries on sets of every kind. What is said is true at every point
/// by rationals, and most of the time something is said.
#[test]
fn ends_are_true_by_brute_force() {
    let mut state = 5u64;
    let (mut zero, mut nonzero, mut none) = (0, 0, 0);
    for _ in 0..160 {
        let mut sets: Vec<InputSet> = Vec::new();
        for shape in [3usize, 6] {
            sets.push(match below(&mut state, 4) {
                0 => InputSet::Finite(integers(&[0, 1])),
                1 if shape == 3 => InputSet::Finite(vec![rational(-1, 1), rational(1, 2), rational(3, 4)]),
                2 => InputSet::OneHot,
                _ => {
                    let entry = |state: &mut u64| below(state, 5) as i64 - 2;
                    let entries: Vec<Vec<i64>> =
                        (0..4).map(|_| (0..shape).map(|_| entry(&mut state)).collect()).collect();
                    let whole = |entries: &Vec<i64>| match shape {
                        3 => vector(entries),
                        _ => crate::network::Tensor::new(
                            crate::network::Shape::new([2, 3]).unwrap(),
                            integers(entries),
                        )
                        .unwrap(),
                    };
                    let mut points: Vec<_> = entries.iter().map(whole).collect();
                    points.dedup();
                    InputSet::Points(points.into_iter().collect())
                }
            });
        }
        let domain = Domain(sets);
        let f = network(&[&[3], &[2, 3]], |builder, inputs| {
            let mut entries = Vec::new();
            for i in 0..3 {
                entries.push(builder.select(inputs[0], 0, i).unwrap());
                let row = builder.select(inputs[1], 0, i % 2).unwrap();
                entries.push(builder.select(row, 0, i).unwrap());
            }
            let [a, b] = [0, 1].map(|_| grow(builder, entries.clone(), &mut state));
            // Differences of the like are zero, and of few entries often enough.
            let product = builder.multiply(a, b).unwrap();
            match below(&mut state, 3) {
                0 => product,
                1 => {
                    let other = builder.multiply(product, entries[0]).unwrap();
                    let one = builder.multiply(b, entries[0]).unwrap();
                    let same = builder.multiply(one, a).unwrap();
                    builder.combine(vec![(BigRational::one(), other), (-BigRational::one(), same)]).unwrap()
                }
                _ => a,
            }
        });
        let coordinates = Coordinates::new(&f, &domain);
        match walked(&f, &domain) {
            Some(End::Zero) => {
                zero += 1;
                assert!(points(&coordinates).iter().all(|point| is_zero_at(&f, &coordinates, point)));
            }
            Some(End::Nonzero(point)) => {
                nonzero += 1;
                assert!(!is_zero_at(&f, &coordinates, &point));
            }
            Some(End::Doubtful(doubtful)) => {
                let clear = points(&coordinates).into_iter().filter(|point| !doubtful.contains(point));
                assert!(clear.into_iter().all(|point| is_zero_at(&f, &coordinates, &point)));
            }
            Some(end) => assert_eq!(end, End::Inexact),
            None => none += 1,
        }
    }
    assert!(zero > 20 && nonzero > 40 && none < 80, "{zero} {nonzero} {none}");
}

/// The product of 13 bits or their complements: 1 at one point only, which is not among the first or the last
/// of any block that is looked at beforehand.
fn needle(builder: &mut Builder, x: NodeId) -> NodeId {
    let one = builder.scalar(BigRational::one());
    let mut product = one;
    for i in 0..13 {
        let mut factor = builder.select(x, 0, i).unwrap();
        if [1, 4, 5, 8, 10, 11].contains(&i) {
            factor = builder.combine(vec![(rational(1, 1), one), (rational(-1, 1), factor)]).unwrap();
        }
        product = builder.multiply(product, factor).unwrap();
    }
    product
}

/// A power of two as a coefficient.
fn two(exponent: i32) -> BigRational {
    num_traits::Pow::pow(rational(2, 1), exponent)
}

/// A value that is 1 at the needle and would round to 0 there, in four ways: it is in doubt, and found.
#[test]
fn what_rounds_is_not_taken_for_exact() {
    let minus = rational(-1, 1);
    let build = |way: usize| {
        network(&[&[13]], |builder, inputs| {
            let p = needle(builder, inputs[0]);
            let square = builder.multiply(p, p).unwrap();
            let third = builder.multiply(square, p).unwrap();
            let scaled =
                |builder: &mut Builder, c: BigRational, node| builder.combine(vec![(c, node)]).unwrap();
            match way {
                // (2^53 p + p^2) - 2^53 p^3, in sums of two.
                0 => {
                    let large = scaled(builder, two(53), p);
                    let sum = builder.multiply(large, p).unwrap();
                    let other = builder.multiply(large, square).unwrap();
                    let sum = builder.combine(vec![(rational(1, 1), sum), (rational(1, 1), third)]).unwrap();
                    let sum = builder.multiply(sum, p).unwrap();
                    builder.combine(vec![(rational(1, 1), sum), (minus.clone(), other)]).unwrap()
                }
                // ((2^27 + 1) p)^2 - (2^54 + 2^28) p
                1 => {
                    let factor = scaled(builder, two(27) + BigRational::one(), p);
                    let product = builder.multiply(factor, factor).unwrap();
                    let large = scaled(builder, two(54) + two(28), p);
                    let other = builder.multiply(large, p).unwrap();
                    builder.combine(vec![(rational(1, 1), product), (minus.clone(), other)]).unwrap()
                }
                // (2^80 + 1) p - 2^80 p^2, whose first coefficient is no double.
                2 => {
                    let large = scaled(builder, two(80), p);
                    let other = builder.multiply(large, p).unwrap();
                    let sum = vec![(two(80) + BigRational::one(), p), (minus.clone(), other)];
                    builder.combine(sum).unwrap()
                }
                // (2^-300 p)^2 (2^-300 p) 2^300 2^300 2^300, which would be 0 after the cube.
                _ => {
                    let small = scaled(builder, two(-300), p);
                    let square = builder.multiply(small, small).unwrap();
                    let mut node = builder.multiply(square, small).unwrap();
                    for _ in 0..3 {
                        let large = scaled(builder, two(300), p);
                        node = builder.multiply(node, large).unwrap();
                    }
                    node
                }
            }
        })
    };
    let found: Point = (0..13).map(|i| i64::from(![1, 4, 5, 8, 10, 11].contains(&i))).collect();
    for way in 0..4 {
        let f = build(way);
        let Some(End::Doubtful(doubtful)) = walked(&f, &bits(1)) else { panic!("{way}") };
        assert_eq!(doubtful.len(), 64, "{way}");
        assert!(doubtful.contains(&found), "{way}");
        // The method then finds it modulo a prime.
        let zero = network(&[&[13]], |builder, _| builder.scalar(rational(0, 1)));
        let question = Question { a: &f, b: &zero, relation: Relation::Equal, domain: &bits(1) };
        let verdict = decide_by(&question, &unlimited(), Approach::Grid).unwrap();
        assert!(matches!(verdict, Verdict::Different(_)), "{way}: {verdict:?}");
    }
    // What does not round: the needle itself is found, 2^400 p is, and p^2 - p is zero.
    let p = network(&[&[13]], |builder, inputs| needle(builder, inputs[0]));
    assert_eq!(walked(&p, &bits(1)), Some(End::Nonzero(found)));
    let difference = network(&[&[13]], |builder, inputs| {
        let p = needle(builder, inputs[0]);
        let square = builder.multiply(p, p).unwrap();
        builder.combine(vec![(rational(1, 1), square), (rational(-1, 1), p)]).unwrap()
    });
    assert_eq!(walked(&difference, &bits(1)), Some(End::Zero));
}

/// Twelve entries of -1, 0 and 1 are 531,441 points, which fill no block to its end; `x^3 - x` is zero there
/// and `x^3 + x^2` is not. An input that is not read, and a set of one value, are not walked through.
#[test]
fn blocks_that_are_not_full_and_coordinates_that_do_not_matter() {
    let f = |sign: i64, power: u64| {
        network(&[&[12], &[30], &[]], |builder, inputs| {
            let mut terms = Vec::new();
            for i in 0..12 {
                let x = builder.select(inputs[0], 0, i).unwrap();
                let cube = builder.power(x, 3).unwrap();
                let other = builder.power(x, power).unwrap();
                let both = vec![(rational(1, 1), cube), (rational(sign, 1), other)];
                terms.push((
                    BigRational::from_integer(BigInt::from(3).pow(i as u32)),
                    builder.combine(both).unwrap(),
                ));
            }
            let sum = builder.combine(terms).unwrap();
            builder.multiply(sum, inputs[2]).unwrap()
        })
    };
    let domain = Domain(vec![
        InputSet::Finite(integers(&[-1, 0, 1])),
        InputSet::Finite(integers(&[0, 1])),
        InputSet::Finite(integers(&[7])),
    ]);
    let zero = f(-1, 1);
    let coordinates = Coordinates::new(&zero, &domain);
    let all = Exhaustive::new(&zero, &coordinates, &unlimited()).unwrap();
    assert_eq!((all.points(), all.run(&unlimited())), (531_441, End::Zero));
    let other = f(1, 2);
    let Some(End::Nonzero(point)) = walked(&other, &domain) else { panic!("x^3 + x^2 is 2 at 1") };
    assert!(!is_zero_at(&other, &Coordinates::new(&other, &domain), &point));
    // A free input that matters, and numbers that are no doubles.
    let free = Domain(vec![InputSet::Everything, domain.0[1].clone(), domain.0[2].clone()]);
    assert_eq!(walked(&zero, &free), None);
    let thirds = Domain(vec![
        InputSet::Finite(vec![rational(1, 3), rational(0, 1)]),
        domain.0[1].clone(),
        domain.0[2].clone(),
    ]);
    assert_eq!(walked(&zero, &thirds), None);
}

/// The needle is in doubt and zero all the same: `(2^53 p^2 + p^2) p - 2^53 p^3 - p^4`, once the points in
/// doubt have been looked at. If doubles are not enough for most points, nothing is walked through.
#[test]
fn what_is_in_doubt_may_be_zero() {
    let f = |wide: bool| {
        network(&[&[13]], |builder, inputs| {
            let p = match wide {
                false => needle(builder, inputs[0]),
                true => builder.select(inputs[0], 0, 0).unwrap(),
            };
            let q = builder.select(inputs[0], 0, 1).unwrap();
            let other = if wide { builder.combine(vec![(two(1), q), (two(0), p)]).unwrap() } else { p };
            let scaled = builder.combine(vec![(two(53), other)]).unwrap();
            let sum = builder.multiply(scaled, other).unwrap();
            let square = builder.multiply(other, other).unwrap();
            let all = builder.combine(vec![(two(0), sum), (two(0), square)]).unwrap();
            let all = builder.multiply(all, other).unwrap();
            let cube = builder.multiply(square, other).unwrap();
            let fourth = builder.multiply(cube, other).unwrap();
            let terms = vec![(two(0), all), (-two(53), cube), (-two(0), fourth)];
            builder.combine(terms).unwrap()
        })
    };
    let zero = network(&[&[13]], |builder, _| builder.scalar(rational(0, 1)));
    let narrow = f(false);
    assert!(matches!(walked(&narrow, &bits(1)), Some(End::Doubtful(points)) if points.len() == 64));
    let question = Question { a: &narrow, b: &zero, relation: Relation::Equal, domain: &bits(1) };
    let verdict = decide_by(&question, &unlimited(), Approach::Grid).unwrap();
    assert!(matches!(verdict, Verdict::Equal(_)), "{verdict:?}");
    assert_eq!(walked(&f(true), &bits(1)), None);
}
