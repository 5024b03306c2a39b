//! Cases that can be checked on paper.

use super::*;

/// `x0 + x1 - 2 x0 x1` and `(x0 - x1)^2`. On bits `x^2 = x`, so both are XOR. Elsewhere the difference is
/// `x0 (1 - x0) + x1 (1 - x1)`: the fewest nonzero entries are one, and of `x0 = 1` (equal, 1 and 1),
/// `x0 = -1` (-1 and 1) the second is the simplest that differs.
#[test]
fn xor_two_ways() {
    let xor = polynomial(2, &[(1, &[0]), (1, &[1]), (-2, &[0, 1])]);
    let gated = polynomial(2, &[(1, &[0, 0]), (-2, &[0, 1]), (1, &[1, 1])]);
    let verdict = ask(&xor, &gated, Relation::Equal, &bits(1));
    assert!(matches!(proof(&verdict).method, Method::Enumeration { points: 4, .. }), "{verdict:?}");
    let (input, output, a, b) = witness(&everywhere(&xor, &gated));
    assert_eq!(input, [integers(&[-1, 0])]);
    assert_eq!(output, [0usize; 0]);
    assert_eq!((a, b), (rational(-1, 1), rational(1, 1)));
}

/// `(x0 x1)(x2 x3)` and `(x0 x2)(x1 x3)`: one function. The difference is homogeneous of degree 4 in 4
/// variables: with one set to 1, C(3+4, 4) = 35 points.
#[test]
fn regrouped_products() {
    let group = |pairs: [usize; 4]| {
        network(&[&[4]], |builder, inputs| {
            let x = pairs.map(|i| builder.select(inputs[0], 0, i).unwrap());
            let left = builder.multiply(x[0], x[1]).unwrap();
            let right = builder.multiply(x[2], x[3]).unwrap();
            builder.multiply(left, right).unwrap()
        })
    };
    let (a, b) = (group([0, 1, 2, 3]), group([0, 2, 1, 3]));
    let verdict = everywhere(&a, &b);
    assert!(proof(&verdict).method.certain());
    let domain = Domain::everywhere(1);
    let problem = problem::Problem::new(&a, &b, Relation::Equal, &domain, &unlimited()).unwrap();
    let plan = methods::Procedure::plan(&grid::Grid, &problem, &unlimited()).unwrap();
    assert!(plan.what.starts_with("35 points modulo"));
    let outcome = plan.run(&unlimited()).unwrap();
    assert!(matches!(outcome, methods::Outcome::Equal(Method::Grid { degree: 4, points: 35, .. })));
    // x0 x1 x2^2 is another function: the fewest nonzero entries are those of one monomial.
    let other = group([0, 1, 2, 2]);
    let (input, _, a, b) = witness(&everywhere(&a, &other));
    assert_eq!((input, a, b), (vec![integers(&[1, 1, 1, 0])], rational(0, 1), rational(1, 1)));
}

/// With y = (x1^2, x1 x2, x2^2), y1 y3 and y2^2 are both x1^2 x2^2.
#[test]
fn second_order_pair() {
    let build = |second: bool| {
        network(&[&[2]], |builder, inputs| {
            let x: Vec<NodeId> = (0..2).map(|i| builder.select(inputs[0], 0, i).unwrap()).collect();
            let y = [(0, 0), (0, 1), (1, 1)].map(|(i, j)| builder.multiply(x[i], x[j]).unwrap());
            let (i, j) = if second { (1, 1) } else { (0, 2) };
            builder.multiply(y[i], y[j]).unwrap()
        })
    };
    let verdict = everywhere(&build(false), &build(true));
    assert!(proof(&verdict).method.certain(), "{verdict:?}");
}

/// The same network, node for node.
#[test]
fn identical() {
    let build = || polynomial(2, &[(3, &[0, 1]), (1, &[])]);
    assert_eq!(proof(&everywhere(&build(), &build())).method, Method::Identical);
}

/// `x0^2 x1 - x0 x1^2` vanishes where an entry is zero or both are equal: the simplest witness is (1, -1),
/// where it is -1 - 1.
#[test]
fn two_entries_are_needed() {
    let (a, b) = (polynomial(2, &[(1, &[0, 0, 1])]), polynomial(2, &[(1, &[0, 1, 1])]));
    let (input, _, a, b) = witness(&everywhere(&a, &b));
    assert_eq!((input, a, b), (vec![integers(&[1, -1])], rational(-1, 1), rational(1, 1)));
}

/// The product of x - k over all one-digit k, against zero: the simplest witness is 10, where it is
/// 1 * 2 * .. * 19 = 19!.
#[test]
fn no_one_digit_witness() {
    let build = |roots: std::ops::RangeInclusive<i64>| {
        network(&[&[]], |builder, inputs| {
            let mut product = builder.scalar(rational(1, 1));
            for root in roots {
                let root = builder.scalar(rational(root, 1));
                let factor =
                    builder.combine(vec![(rational(1, 1), inputs[0]), (rational(-1, 1), root)]).unwrap();
                product = builder.multiply(product, factor).unwrap();
            }
            product
        })
    };
    let zero = network(&[&[]], |builder, _| builder.scalar(rational(0, 1)));
    let (input, _, a, _) = witness(&everywhere(&build(-9..=9), &zero));
    assert_eq!((input, a), (vec![integers(&[10])], rational(121_645_100_408_832_000, 1)));
}

/// `f = 3/2 g`, `f = -g`, and zero on both sides.
#[test]
fn up_to_scale() {
    let domain = Domain::everywhere(1);
    let scale = |a: &Network, b: &Network| ask(a, b, Relation::UpToScale, &domain);
    let f = polynomial(2, &[(3, &[0, 1]), (6, &[])]);
    let g = polynomial(2, &[(2, &[0, 1]), (4, &[])]);
    assert_eq!(proof(&scale(&f, &g)).scale, Some(rational(3, 2)));
    assert_eq!(proof(&scale(&g, &f)).scale, Some(rational(2, 3)));

    // At 0 the values are 6 and -4: opposite signs, one evaluation is enough.
    let negative = polynomial(2, &[(-2, &[0, 1]), (-4, &[])]);
    let (input, _, a, b) = witness(&scale(&f, &negative));
    assert_eq!((input, a, b), (vec![integers(&[0, 0])], rational(6, 1), rational(-4, 1)));

    let zero = polynomial(2, &[]);
    let nothing = polynomial(2, &[(1, &[0, 1]), (-1, &[1, 0])]);
    assert_eq!(proof(&scale(&zero, &nothing)).scale, Some(rational(1, 1)));
    let (input, _, a, b) = witness(&scale(&zero, &f));
    assert_eq!((input, a, b), (vec![integers(&[0, 0])], rational(0, 1), rational(6, 1)));
    let (_, _, a, b) = witness(&scale(&f, &zero));
    assert_eq!((a, b), (rational(6, 1), rational(0, 1)));

    // x0 x1 + 2 and 2 x0 x1 + 2 both have values of one sign at (1, 1); no single point refutes c = 1 there.
    let (p, q) = (polynomial(2, &[(1, &[0, 1]), (2, &[])]), polynomial(2, &[(2, &[0, 1]), (2, &[])]));
    let Verdict::Different(Witness { evaluations }) = scale(&p, &q) else { panic!() };
    let [u, v] = evaluations.as_slice() else { panic!() };
    let ((_, _, fu, gu), (_, _, fv, gv)) = (parts(u), parts(v));
    assert_ne!(fu * gv, fv * gu);
}

/// Two outputs that differ by the same polynomial from those of the other network: softmax cannot tell. When
/// one entry is changed, it can.
#[test]
fn up_to_shift() {
    let build = |second: &[(i64, &[usize])], extra: &[(i64, &[usize])]| {
        network(&[&[2]], |builder, inputs| {
            let first = polynomial_node(builder, inputs[0], &[(1, &[0])]);
            let second = polynomial_node(builder, inputs[0], second);
            let extra = polynomial_node(builder, inputs[0], extra);
            let entries = [first, second]
                .map(|e| builder.combine(vec![(rational(1, 1), e), (rational(1, 1), extra)]).unwrap());
            builder.stack(entries.to_vec()).unwrap()
        })
    };
    let domain = Domain::everywhere(1);
    let f = build(&[(2, &[1])], &[(7, &[0, 1]), (1, &[])]);
    let g = build(&[(2, &[1])], &[]);
    assert!(proof(&ask(&f, &g, Relation::UpToShift, &domain)).method.certain());
    assert!(matches!(everywhere(&f, &g), Verdict::Different(_)));

    // The second entries now differ by 3 x1^2 more: at (0, 1), f - g is 0+1 and 1 - 3.
    let h = build(&[(2, &[1]), (3, &[1, 1])], &[]);
    let Verdict::Different(Witness { evaluations }) = ask(&f, &h, Relation::UpToShift, &domain) else {
        panic!()
    };
    let [first, second] = evaluations.as_slice() else { panic!() };
    assert_eq!((&first.output[..], &second.output[..]), (&[0][..], &[1][..]));
    assert_eq!(first.input, second.input);
    assert_eq!(first.input[0].data(), integers(&[0, 1]));
    let ((.., a0, b0), (.., a1, b1)) = (parts(first), parts(second));
    assert_eq!((a0 - b0, a1 - b1), (rational(1, 1), rational(-2, 1)));

    let scalar = polynomial(2, &[(1, &[0])]);
    let one = network(&[&[2]], |builder, inputs| builder.slice(inputs[0], 0, 0, 1).unwrap());
    for network in [&scalar, &one] {
        let question = Question { a: network, b: network, relation: Relation::UpToShift, domain: &domain };
        assert!(matches!(decide(&question, &unlimited()), Err(QuestionError::Shift(_))));
    }
}
