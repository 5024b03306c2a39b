//! The layerwise distance: what it proves, what it cannot prove, and what it must never prove.

use super::*;

/// The verdict of the layerwise distance alone.
fn alone(a: &Network, b: &Network, domain: &Domain) -> Verdict {
    let question = Question { a, b, relation: Relation::Equal, domain };
    decide_by(&question, &unlimited(), Approach::Layerwise).unwrap()
}

fn proves(a: &Network, b: &Network) -> bool {
    match alone(a, b, &Domain::everywhere(a.inputs().len())) {
        Verdict::Equal(proof) => {
            assert!(matches!(proof.method, Method::Layerwise { .. }), "{proof:?}");
            true
        }
        Verdict::Undecided(undecided) => {
            assert_eq!(
                undecided.to_string(),
                "layerwise distance: the layerwise distance is not zero, which proves nothing"
            );
            false
        }
        Verdict::Different(_) => panic!("it refutes nothing"),
    }
}

fn sum(builder: &mut Builder, terms: &[(i64, NodeId)]) -> NodeId {
    builder.combine(terms.iter().map(|&(c, id)| (rational(c, 1), id)).collect()).unwrap()
}

/// `(x + 1)(y + 2)` of two inputs, and `x y + 2 x + y + 2`; with a last 3 instead of 2, they differ. The
/// operands have means 1 and 2. The difference of the former is `p - q` with
/// `p = (x + 1)(y + 2) - 2 x - y - 2` and `q = x y`: `|p|^2 = |q|^2 = <p, q> = 1`. In the latter it is -1, of
/// squared norm 1.
#[test]
fn biases_and_several_inputs() {
    let factored = network(&[&[], &[]], |builder, x| {
        let one = builder.scalar(rational(1, 1));
        let (left, right) = (sum(builder, &[(1, x[0]), (1, one)]), sum(builder, &[(1, x[1]), (2, one)]));
        builder.multiply(left, right).unwrap()
    });
    let expanded = |constant: i64| {
        network(&[&[], &[]], |builder, x| {
            let (product, one) = (builder.multiply(x[0], x[1]).unwrap(), builder.scalar(rational(1, 1)));
            sum(builder, &[(1, product), (2, x[0]), (1, x[1]), (constant, one)])
        })
    };
    assert!(proves(&factored, &expanded(2)) && proves(&expanded(2), &factored));
    assert!(!proves(&factored, &expanded(3)));
    // Constants have no other variance than none.
    let constant = |c: i64| network(&[&[], &[]], |builder, _| builder.scalar(rational(c, 3)));
    assert!(proves(&constant(2), &constant(2)) && !proves(&constant(2), &constant(1)));
}

/// Two products of one function in two ways, (x0 x1)(x2 x3) and (x0 x2)(x1 x3); and with y = (x1^2, x1 x2,
/// x2^2), y1 y3 and y2^2. Their layerwise similarities are 0 and 1/sqrt(27), so it proves nothing.
#[test]
fn regrouping_is_beyond_it() {
    let group = |pairs: [usize; 4]| {
        network(&[&[4]], |builder, inputs| {
            let x = pairs.map(|i| builder.select(inputs[0], 0, i).unwrap());
            let (left, right) =
                (builder.multiply(x[0], x[1]).unwrap(), builder.multiply(x[2], x[3]).unwrap());
            builder.multiply(left, right).unwrap()
        })
    };
    assert!(!proves(&group([0, 1, 2, 3]), &group([0, 2, 1, 3])));
    assert!(proves(&group([0, 1, 2, 3]), &group([3, 2, 0, 1])));
    assert!(!proves(&group([0, 0, 1, 1]), &group([0, 1, 0, 1])));
}

/// A hidden unit written in two ways makes the covariances of the layer singular. With `u = x0 x1` and `v`
/// the same by squares, `u^2`, `u v` and `v^2` are one function, `(u - v) w` is zero, and `(u + v) w` is not.
#[test]
fn singular_covariances() {
    let of = |build: fn(&mut Builder, [NodeId; 3]) -> NodeId| {
        network(&[&[2]], |builder, inputs| {
            let x = [0, 1].map(|i| builder.select(inputs[0], 0, i).unwrap());
            let (u, v) = (builder.multiply(x[0], x[1]).unwrap(), by_squares(builder, x[0], x[1]));
            let w = sum(builder, &[(3, u), (1, x[0])]);
            build(builder, [u, v, w])
        })
    };
    let products = [
        of(|builder, [u, _, _]| builder.multiply(u, u).unwrap()),
        of(|builder, [u, v, _]| builder.multiply(u, v).unwrap()),
        of(|builder, [_, v, _]| builder.multiply(v, v).unwrap()),
    ];
    for (a, b) in [(0, 1), (1, 2), (0, 2)] {
        assert!(proves(&products[a], &products[b]), "{a} {b}");
    }
    let zero = network(&[&[2]], |builder, _| builder.scalar(rational(0, 1)));
    let times = |sign: i64| {
        if sign < 0 {
            of(|builder, [u, v, w]| {
                let difference = sum(builder, &[(1, u), (-1, v)]);
                builder.multiply(difference, w).unwrap()
            })
        } else {
            of(|builder, [u, v, w]| {
                let total = sum(builder, &[(1, u), (1, v)]);
                builder.multiply(total, w).unwrap()
            })
        }
    };
    assert!(proves(&times(-1), &zero) && !proves(&times(1), &zero));
}

/// One node of three operands: `(x0 + x1) x1 x2` is `x0 x1 x2 + x1 x1 x2`, each a node of three, because one
/// layer is exact. `(x1 x1) x2` by two nodes of two is not: products are never split.
#[test]
fn nodes_of_three_operands() {
    let build = |kind: usize| {
        network(&[&[3]], |builder, inputs| {
            let [a, b, c] = [0, 1, 2].map(|i| builder.select(inputs[0], 0, i).unwrap());
            let mut triple = |x, y, z| {
                let spec = Einsum { operands: vec![vec![]; 3], output: vec![] };
                builder.contract(vec![x, y, z], spec).unwrap()
            };
            match kind {
                0 => {
                    let (one, other) = (triple(a, b, c), triple(b, b, c));
                    sum(builder, &[(1, one), (1, other)])
                }
                1 => {
                    let ab = sum(builder, &[(1, a), (1, b)]);
                    builder
                        .contract(vec![ab, c, b], Einsum { operands: vec![vec![]; 3], output: vec![] })
                        .unwrap()
                }
                2 => triple(b, b, c),
                _ => {
                    let square = builder.multiply(b, b).unwrap();
                    builder.multiply(square, c).unwrap()
                }
            }
        })
    };
    assert!(proves(&build(0), &build(1)));
    assert!(!proves(&build(2), &build(3)) && !proves(&build(0), &build(2)));
}

/// Equality on all inputs is equality on a domain; what is equal on the domain only is not its business.
#[test]
fn domains() {
    let xor = polynomial(2, &[(1, &[0]), (1, &[1]), (-2, &[0, 1])]);
    let gated = polynomial(2, &[(1, &[0, 0]), (-2, &[0, 1]), (1, &[1, 1])]);
    assert!(matches!(alone(&xor, &gated, &bits(1)), Verdict::Undecided(_)));
    let squared = network(&[&[2]], |builder, inputs| {
        let [a, b] = [0, 1].map(|i| builder.select(inputs[0], 0, i).unwrap());
        let difference = sum(builder, &[(1, a), (-1, b)]);
        builder.multiply(difference, difference).unwrap()
    });
    assert!(matches!(proof(&alone(&gated, &squared, &bits(1))).method, Method::Layerwise { levels: 1, .. }));
}

/// Five layers of degree 2 in six inputs, every product by squares or not: too many points for a grid to be
/// quick, and hidden units that are not those of the other.
pub(super) fn deep(squares: bool, output: impl FnOnce(&mut Builder, NodeId) -> NodeId) -> Network {
    network(&[&[6]], |builder, inputs| {
        let weights = matrix(builder, 6, 6, (0..36).map(|i| (i * 7) % 5 - 2).collect());
        let mut x = inputs[0];
        for _ in 0..5 {
            let mapped = apply(builder, weights, x);
            x = if squares { by_squares(builder, mapped, x) } else { builder.multiply(mapped, x).unwrap() };
        }
        output(builder, x)
    })
}

/// A proof that takes little is better than a bounded error, whatever the relation. The factor is found by
/// values.
#[test]
fn the_portfolio_prefers_it() {
    let layerwise = |verdict: &Verdict| match proof(verdict).method {
        Method::Layerwise { levels, .. } => levels,
        _ => panic!("{verdict:?}"),
    };
    let (f, g) = (deep(false, |_, x| x), deep(true, |_, x| x));
    assert_eq!(layerwise(&everywhere(&f, &g)), 5);
    let digits: Vec<i64> = (-4..=4).collect();
    let nine = Domain(vec![InputSet::Finite(integers(&digits))]);
    assert_eq!(layerwise(&ask(&f, &g, Relation::Equal, &nine)), 5);
    let scaled = deep(true, |builder, x| builder.combine(vec![(rational(2, 7), x)]).unwrap());
    let domain = Domain::everywhere(1);
    let verdict = ask(&f, &scaled, Relation::UpToScale, &domain);
    assert_eq!((layerwise(&verdict), &proof(&verdict).scale), (5, &Some(rational(7, 2))));
    let shifted = deep(true, |builder, x| {
        let first = builder.select(x, 0, 0).unwrap();
        let all = builder.broadcast(first, Shape::new([6]).unwrap()).unwrap();
        sum(builder, &[(1, x), (1, all)])
    });
    assert_eq!(layerwise(&ask(&f, &shifted, Relation::UpToShift, &domain)), 5);
    assert!(matches!(everywhere(&f, &shifted), Verdict::Different(_)));
    // What it cannot prove is decided by others.
    let regrouped = deep(true, |builder, x| {
        let [a, b, c] = [0, 1, 2].map(|i| builder.select(x, 0, i).unwrap());
        let product = builder.multiply(a, b).unwrap();
        builder.multiply(product, c).unwrap()
    });
    let grouped = deep(false, |builder, x| {
        let [a, b, c] = [0, 1, 2].map(|i| builder.select(x, 0, i).unwrap());
        let product = builder.multiply(b, c).unwrap();
        builder.multiply(a, product).unwrap()
    });
    assert!(matches!(proof(&everywhere(&grouped, &regrouped)).method, Method::RandomEvaluation { .. }));
}

/// Of the outputs' covariances only the diagonal is needed: 20,000 outputs, which are linear maps of the same
/// 6 hidden units, take less than the 3 GB of a matrix. A difference of one in the last entry is seen.
#[test]
fn many_outputs() {
    let tall = |builder: &mut Builder, x: NodeId, last: i64| {
        let mut values: Vec<i64> = (0..120_000).map(|i| (i * 7919) % 11 - 5).collect();
        values[119_999] += last;
        let matrix = matrix(builder, 20_000, 6, values);
        apply(builder, matrix, x)
    };
    let f = deep(false, |builder, x| tall(builder, x, 0));
    let g = |last: i64| deep(true, |builder, x| tall(builder, x, last));
    assert!(proves(&f, &g(0)) && !proves(&f, &g(1)));
    // Whichever way round, and whatever the factors.
    let zero = network(&[&[6]], |builder, _| {
        let zero = builder.scalar(rational(0, 1));
        builder.broadcast(zero, Shape::new([20_000]).unwrap()).unwrap()
    });
    let difference = network(&[&[6]], |builder, inputs| {
        let (f, g) = (builder.import(&f, inputs).unwrap(), builder.import(&g(0), inputs).unwrap());
        sum(builder, &[(3, f), (-3, g)])
    });
    assert!(proves(&zero, &difference) && proves(&difference, &zero));
}

/// Too little memory is said beforehand, with what would be enough.
#[test]
fn memory_is_predicted() {
    let build = |squares: bool| {
        network(&[&[200]], |builder, inputs| {
            let mapped = builder.combine(vec![(rational(2, 1), inputs[0])]).unwrap();
            let product = builder.multiply(mapped, inputs[0]).unwrap();
            let x = sum(builder, &[(1, product), (1, inputs[0])]);
            if squares { by_squares(builder, x, product) } else { builder.multiply(x, product).unwrap() }
        })
    };
    let (f, g) = (build(false), build(true));
    let question = Question { a: &f, b: &g, relation: Relation::Equal, domain: &Domain::everywhere(1) };
    let with = |memory: u64| decide_by(&question, &unlimited().memory(memory), Approach::Layerwise).unwrap();
    let Verdict::Undecided(undecided) = with(1 << 20) else { panic!() };
    assert!(undecided.to_string().contains("the layerwise distance would take"), "{undecided}");
    assert!(undecided.shortage.bytes.is_some_and(|bytes| bytes > f64::from(1 << 20)), "{undecided:?}");
    assert!(matches!(with(1 << 30), Verdict::Equal(_)));
}

/// Contractions of so many operands have more partitions than anyone can go through; finding that out is
/// quick.
#[test]
fn too_many_partitions_are_refused() {
    let power = |operands: usize, mean: i64| {
        network(&[&[]], |builder, x| {
            let one = builder.scalar(rational(mean, 1));
            let x = sum(builder, &[(1, x[0]), (1, one)]);
            let spec = Einsum { operands: vec![vec![]; operands], output: vec![] };
            builder.contract(vec![x; operands], spec).unwrap()
        })
    };
    let domain = Domain::everywhere(1);
    for (operands, mean) in [(12, 1), (25, 0), (26, 0)] {
        let (f, g) = (power(operands, mean), power(operands + 1, mean));
        let Verdict::Undecided(undecided) = alone(&f, &g, &domain) else { panic!() };
        assert!(undecided.to_string().contains("more than 10000 moments"), "{undecided}");
    }
}
