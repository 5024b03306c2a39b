//! Hand-derived rewrites, and what is no rewrite.

use std::sync::Arc;

use super::*;
use crate::budget::Stop;
use crate::equality::Relation;
use crate::equality::tests::{apply, matrix, network, rational, unlimited};
use crate::network::{Builder, Constant, Data, NodeId, Shape};

/// Rows of rationals as a constant matrix.
fn rationals(builder: &mut Builder, rows: &[&[(i64, i64)]]) -> NodeId {
    let shape = Shape::new([rows.len(), rows[0].len()]).unwrap();
    let values = rows.iter().flat_map(|row| row.iter().map(|&(n, d)| rational(n, d))).collect();
    builder.constant(Arc::new(Constant::new(shape, Data::Rational(values)).unwrap()))
}

fn bilinear(builder: &mut Builder, x: NodeId, [left, right, down]: [NodeId; 3]) -> NodeId {
    let (p, q) = (apply(builder, left, x), apply(builder, right, x));
    let hidden = builder.multiply(p, q).unwrap();
    apply(builder, down, hidden)
}

/// `D((L x) * (R x))` with three hidden units.
fn original() -> Network {
    network(&[&[2]], |builder, inputs| {
        let left = matrix(builder, 3, 2, vec![1, 2, 0, 1, 3, -1]);
        let right = matrix(builder, 3, 2, vec![1, 0, 1, 1, 0, 2]);
        let down = matrix(builder, 2, 3, vec![1, -1, 2, 0, 3, 1]);
        bilinear(builder, inputs[0], [left, right, down])
    })
}

fn rewrite(a: &Network, b: &Network) -> Option<Rewrite> {
    let domain = Domain::everywhere(a.inputs().len());
    let options = unlimited();
    let problem = Problem::new(a, b, Relation::Equal, &domain, &options).unwrap();
    predict(a, b, &options).unwrap();
    match run(&problem, &options).unwrap() {
        Outcome::Equal(Method::Rewrite(rewrite)) => Some(rewrite),
        Outcome::Undecided(_) => None,
        other => panic!("{other:?}"),
    }
}

fn one_to_one(a: usize, b: usize, left: (i64, i64), right: (i64, i64), swapped: bool) -> Correspondence {
    let (left, right) = (rational(left.0, left.1), rational(right.0, right.1));
    let factor = Some(&left * &right);
    Correspondence {
        layer_a: 1,
        a: vec![vec![a]],
        b: vec![vec![b]],
        factor,
        sides: Some(Sides { left, right, swapped }),
    }
}

/// Hidden units of B, by hand:
/// 0. unit 2 of A with factors swapped: left = 2 * (0, 2), right = 1/2 * (3, -1), so its column (2, 1) stays;
/// 1. unit 0 of A: left = 2 * (1, 2), right = 3 * (1, 0), its column (1, 0) a sixth;
/// 2. and 3. unit 1 of A, its column (-1, 3) = (-1/2, 1) + (-1/2, 2);
/// 4. something that nobody reads.
#[test]
fn every_kind_of_rewrite_at_once() {
    let rewritten = network(&[&[2]], |builder, inputs| {
        let left = rationals(
            builder,
            &[&[(0, 1), (4, 1)], &[(2, 1), (4, 1)], &[(0, 1), (1, 1)], &[(0, 1), (1, 1)], &[(7, 1), (5, 1)]],
        );
        let right = rationals(
            builder,
            &[&[(3, 2), (-1, 2)], &[(3, 1), (0, 1)], &[(1, 1), (1, 1)], &[(1, 1), (1, 1)], &[(1, 1), (9, 1)]],
        );
        let down = rationals(
            builder,
            &[&[(2, 1), (1, 6), (-1, 2), (-1, 2), (0, 1)], &[(1, 1), (0, 1), (1, 1), (2, 1), (0, 1)]],
        );
        bilinear(builder, inputs[0], [left, right, down])
    });
    let found = rewrite(&original(), &rewritten).unwrap();
    assert!(!found.folded);
    let [layer] = found.layers.as_slice() else { panic!("{found:?}") };
    let split = Correspondence {
        layer_a: 1,
        a: vec![vec![1]],
        b: vec![vec![2], vec![3]],
        factor: Some(rational(1, 1)),
        sides: Some(Sides { left: rational(1, 1), right: rational(1, 1), swapped: false }),
    };
    let expected =
        [one_to_one(2, 0, (2, 1), (1, 2), true), one_to_one(0, 1, (2, 1), (3, 1), false), split.clone()];
    assert_eq!(layer.units, expected);
    assert_eq!((&layer.dead_a, &layer.dead_b), (&vec![], &vec![vec![4]]));
    assert_eq!((&layer.alone_a, &layer.alone_b), (&vec![], &vec![]));
    // The other way round, the two are merged and unit 4 is dropped.
    let back = rewrite(&rewritten, &original()).unwrap();
    let [layer] = back.layers.as_slice() else { panic!("{back:?}") };
    assert_eq!(layer.units[1], Correspondence { a: split.b, b: split.a, ..layer.units[1].clone() });
    assert_eq!(layer.units[0], one_to_one(1, 0, (1, 2), (1, 3), false));
    // left = 2 * (3/2, -1/2), right = 1/2 * (0, 4)
    assert_eq!(layer.units[2], one_to_one(0, 2, (2, 1), (1, 2), true));
    assert_eq!(layer.dead_a, [vec![4]]);
}

/// A unit that is zero is dead on both sides: L has a row of zeros in A only.
#[test]
fn a_unit_that_is_zero_is_dead() {
    let with_zero = network(&[&[2]], |builder, inputs| {
        let left = matrix(builder, 4, 2, vec![1, 2, 0, 0, 0, 1, 3, -1]);
        let right = matrix(builder, 4, 2, vec![1, 0, 5, 7, 1, 1, 0, 2]);
        let down = matrix(builder, 2, 4, vec![1, 8, -1, 2, 0, 9, 3, 1]);
        bilinear(builder, inputs[0], [left, right, down])
    });
    let found = rewrite(&with_zero, &original()).unwrap();
    assert_eq!(found.layers[0].dead_a, [vec![1]]);
    assert!(found.layers[0].dead_b.is_empty());
}

/// (x0 x1)(x2 x3) = (x0 x2)(x1 x3): products are known by their factors, not by the order of multiplying. In
/// A the second layer multiplies the units of the first; neither unit of A's first layer is one of B's.
#[test]
fn products_are_associative() {
    let pairs = |first: [usize; 2], second: [usize; 2]| {
        network(&[&[4]], move |builder, inputs| {
            let mut product = |[i, j]: [usize; 2]| {
                let (a, b) =
                    (builder.select(inputs[0], 0, i).unwrap(), builder.select(inputs[0], 0, j).unwrap());
                builder.multiply(a, b).unwrap()
            };
            let (one, two) = (product(first), product(second));
            builder.multiply(one, two).unwrap()
        })
    };
    let found = rewrite(&pairs([0, 1], [2, 3]), &pairs([0, 2], [1, 3])).unwrap();
    assert_eq!(found.layers.len(), 3);
    assert_eq!(found.layers[2].units.len(), 1);
    assert_eq!(found.layers[2].units[0].sides, None);
    assert!(rewrite(&pairs([0, 1], [2, 3]), &pairs([0, 1], [2, 2])).is_none());
}

/// W2 (W1 x) against (W2 W1) x: by hand [[1, 1], [0, 2]] [[1, 2], [3, 4]] = [[4, 6], [6, 8]]. It takes
/// folding, and with 7 for 8 it is not found.
#[test]
fn linear_maps_are_folded_only_if_needed() {
    let two = network(&[&[2]], |builder, inputs| {
        let (first, second) =
            (matrix(builder, 2, 2, vec![1, 2, 3, 4]), matrix(builder, 2, 2, vec![1, 1, 0, 2]));
        let hidden = apply(builder, first, inputs[0]);
        apply(builder, second, hidden)
    });
    let one = |corner: i64| {
        network(&[&[2]], move |builder, inputs| {
            let map = matrix(builder, 2, 2, vec![4, 6, 6, corner]);
            apply(builder, map, inputs[0])
        })
    };
    assert!(rewrite(&two, &one(8)).unwrap().folded);
    assert!(rewrite(&two, &one(7)).is_none());
}

/// x + y + z in another order, with a bias and a product: sums of nodes have no order.
#[test]
fn residual_sums_have_no_order() {
    let build = |backwards: bool| {
        network(&[&[2]], move |builder, inputs| {
            let x = inputs[0];
            let map = matrix(builder, 2, 2, vec![1, 2, 3, 4]);
            let bias = builder.constant(Arc::new(
                Constant::new(Shape::new([2]).unwrap(), Data::F32(vec![0.5, -3.0])).unwrap(),
            ));
            let (square, linear) = (builder.multiply(x, x).unwrap(), apply(builder, map, x));
            let one = || rational(1, 1);
            let half = || rational(1, 2);
            if backwards {
                let inner = builder.combine(vec![(half(), linear), (one(), bias)]).unwrap();
                let outer = builder.combine(vec![(one(), square), (one(), inner)]).unwrap();
                builder.combine(vec![(one(), outer), (one(), x)]).unwrap()
            } else {
                let inner = builder.combine(vec![(one(), x), (one(), square)]).unwrap();
                builder.combine(vec![(one(), inner), (one(), bias), (half(), linear)]).unwrap()
            }
        })
    };
    let found = rewrite(&build(false), &build(true)).unwrap();
    assert!(!found.folded);
}

/// Not a rewrite, though equal: (x0 + x1)(x0 - x1) and x0^2 - x1^2. Products are not multiplied out.
#[test]
fn products_are_not_expanded() {
    let product = network(&[&[2]], |builder, inputs| {
        let (left, right) = (matrix(builder, 1, 2, vec![1, 1]), matrix(builder, 1, 2, vec![1, -1]));
        let (p, q) = (apply(builder, left, inputs[0]), apply(builder, right, inputs[0]));
        builder.multiply(p, q).unwrap()
    });
    let squares = network(&[&[2]], |builder, inputs| {
        let square = builder.multiply(inputs[0], inputs[0]).unwrap();
        let down = matrix(builder, 1, 2, vec![1, -1]);
        apply(builder, down, square)
    });
    assert!(rewrite(&product, &squares).is_none());
}

/// Limits end an attempt with an error, never with an answer.
#[test]
fn limits_are_kept() {
    let (a, b) = (original(), original());
    let attempt = |bytes, operations, expired: bool| {
        number(&a, &b, Numbering::new(false, bytes, operations, Stop::new(move || expired)))
    };
    assert!(attempt(1 << 20, 1 << 20, false).unwrap().rewrite(&a, &b, false).is_some());
    for (bytes, operations, expired) in [(1, 1 << 20, false), (1 << 20, 3, false), (1 << 20, 1 << 20, true)] {
        assert!(matches!(attempt(bytes, operations, expired), Err(EvaluateError::Halt(_))));
    }
}
