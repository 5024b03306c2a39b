//! Attempts to make "equal" wrong: bounds that overflow, primes in denominators, empty shapes, no time.

use num_bigint::BigInt;

use super::*;
use crate::equality::methods::{Outcome, Procedure};
use crate::equality::problem::Problem;
use crate::shortage::Shortage;

/// `scale * (x + shift)^(2^times)`
fn tower(times: u32, scale: i64, shift: i64) -> Network {
    network(&[&[]], |builder, inputs| {
        let shift = builder.scalar(rational(shift, 1));
        let mut node = builder.combine(vec![(rational(1, 1), inputs[0]), (rational(1, 1), shift)]).unwrap();
        for _ in 0..times {
            node = builder.multiply(node, node).unwrap();
        }
        builder.combine(vec![(rational(scale, 1), node)]).unwrap()
    })
}

/// `scale * (x + 1)^(2^times)`, its first square multiplied out, which no renaming of hidden units finds.
fn expanded_tower(times: u32, scale: i64) -> Network {
    network(&[&[]], |builder, inputs| {
        let square = builder.multiply(inputs[0], inputs[0]).unwrap();
        let one = builder.scalar(rational(1, 1));
        let terms = vec![(rational(1, 1), square), (rational(2, 1), inputs[0]), (rational(1, 1), one)];
        let mut node = builder.combine(terms).unwrap();
        for _ in 1..times {
            node = builder.multiply(node, node).unwrap();
        }
        builder.combine(vec![(rational(scale, 1), node)]).unwrap()
    })
}

/// `f + amount`, as a separate node.
fn plus(f: &Network, amount: BigRational) -> Network {
    let mut builder = Builder::new();
    let inputs = builder.inputs(f);
    let output = builder.import(f, &inputs).unwrap();
    let amount = builder.scalar(amount);
    let amount = builder.broadcast(amount, f.output_shape().clone()).unwrap();
    let sum = builder.combine(vec![(rational(1, 1), output), (rational(1, 1), amount)]).unwrap();
    builder.network(f.inputs().to_vec(), sum)
}

/// The degree of `(x + 1)^(2^70)` fits no word and neither does the height. With `x + 1` written in another
/// way it is recognised all the same. With the first square multiplied out, no method may claim to know.
#[test]
fn degrees_that_overflow_are_undecided() {
    let rewritten = network(&[&[]], |builder, inputs| {
        let one = builder.scalar(rational(1, 1));
        let half = builder.combine(vec![(rational(1, 2), inputs[0]), (rational(1, 2), one)]).unwrap();
        let mut node = builder.combine(vec![(rational(2, 1), half)]).unwrap();
        for _ in 0..70 {
            node = builder.multiply(node, node).unwrap();
        }
        node
    });
    let verdict = everywhere(&tower(70, 1, 1), &rewritten);
    assert!(matches!(proof(&verdict).method, Method::Rewrite(_)), "{verdict:?}");
    let verdict = everywhere(&tower(70, 1, 1), &expanded_tower(70, 1));
    let Verdict::Undecided(undecided) = verdict else { panic!("{verdict:?}") };
    assert!(undecided.to_string().contains("degree"), "{undecided}");
    // A difference needs no bounds: at 0 the values are 1 and 2.
    let (input, _, a, b) = witness(&everywhere(&tower(70, 1, 1), &tower(70, 2, 1)));
    assert_eq!((input, a, b), (vec![integers(&[0])], rational(1, 1), rational(2, 1)));
    // On bits every value is 0 or 1 for x^(2^70), whatever the degree.
    let verdict = ask(&tower(70, 1, 0), &tower(71, 1, 0), Relation::Equal, &bits(1));
    assert!(matches!(proof(&verdict).method, Method::Enumeration { points: 2, .. }), "{verdict:?}");
}

/// (x + 1)^(2^40): degree and height fit, the error bound still holds, no complete method is affordable.
#[test]
fn large_degrees() {
    let f = tower(40, 3, 1);
    let g = network(&[&[]], |builder, inputs| {
        let f = builder.import(&expanded_tower(40, 1), inputs).unwrap();
        let thrice = builder.combine(vec![(rational(2, 1), f)]).unwrap();
        builder.combine(vec![(rational(1, 1), thrice), (rational(1, 1), f)]).unwrap()
    });
    let verdict = everywhere(&f, &g);
    let Method::RandomEvaluation { error_log2, degree, height, .. } = proof(&verdict).method else {
        panic!("{verdict:?}")
    };
    assert!(error_log2 >= 128 && degree == 1 << 40 && height >= 1 << 40);
    let question = Question { a: &f, b: &g, relation: Relation::Equal, domain: &Domain::everywhere(1) };
    let Verdict::Undecided(undecided) = decide(&question, &certain()).unwrap() else { panic!() };
    for method in ["grid", "normal form"] {
        assert!(undecided.obstacles.iter().any(|obstacle| obstacle.method == Some(method)), "{undecided}");
    }
    assert!(undecided.shortage.certainty, "{undecided:?}");
    // f - 3 is 3 ((x + 1)^(2^40) - 1). It differs from f at 0.
    assert_eq!(witness(&everywhere(&f, &plus(&f, rational(-3, 1)))).0, [integers(&[0])]);
}

/// Values too long to write: `(x + 1)^(2^40) x` against `2 (x + 1)^(2^40) x` is zero at 0 and has 2^40 bits
/// at 1.
#[test]
fn long_values_become_residues() {
    let f = |scale: i64| {
        network(&[&[]], |builder, inputs| {
            let power = builder.import(&tower(40, scale, 1), inputs).unwrap();
            builder.multiply(power, inputs[0]).unwrap()
        })
    };
    let Verdict::Different(Witness { evaluations }) = everywhere(&f(1), &f(2)) else { panic!() };
    let Values::Residues { prime, a, b } = evaluations[0].values else { panic!("{evaluations:?}") };
    assert_eq!(evaluations[0].input[0].data(), integers(&[1]));
    // 2^(2^40) modulo the prime, by squaring.
    let mut power = 2u128;
    for _ in 0..40 {
        power = power * power % u128::from(prime);
    }
    assert_eq!((u128::from(a), u128::from(b)), (power, 2 * power % u128::from(prime)));
    // The factor 1/2 cannot be read off values, but off residues, and is then decided.
    let verdict = ask(&f(1), &f(2), Relation::UpToScale, &Domain::everywhere(1));
    assert_eq!(proof(&verdict).scale, Some(rational(1, 2)));
    let verdict = ask(&f(1), &f(-2), Relation::UpToScale, &Domain::everywhere(1));
    assert!(!matches!(verdict, Verdict::Equal(_)), "{verdict:?}");
}

/// x plus one over the largest 62-bit prime: that prime has no residue for it and is passed over, by every
/// method. x plus the prime itself is x modulo that prime, and only modulo that one.
#[test]
fn primes_in_denominators_and_differences() {
    let prime = BigInt::from(modular::fields().next().unwrap().prime());
    let x = network(&[&[]], |_, inputs| inputs[0]);
    let over = plus(&x, BigRational::new(1.into(), prime.clone()));
    let other = network(&[&[]], |builder, inputs| {
        let over = builder.scalar(BigRational::new(1.into(), &prime * 2));
        let half = builder.combine(vec![(rational(1, 2), inputs[0]), (rational(1, 1), over)]).unwrap();
        builder.combine(vec![(rational(2, 1), half)]).unwrap()
    });
    let domain = Domain::everywhere(1);
    let problem = Problem::new(&over, &other, Relation::Equal, &domain, &unlimited()).unwrap();
    let plan = grid::Grid.plan(&problem, &unlimited()).unwrap();
    let Outcome::Equal(Method::Grid { primes, .. }) = plan.run(&unlimited()).unwrap() else { panic!() };
    assert!(!primes.iter().any(|&p| BigInt::from(p) == prime));
    assert!(matches!(everywhere(&x, &over), Verdict::Different(_)));

    // The difference is a multiple of the first primes of the grid: more primes are taken, and one tells.
    let product: BigInt = modular::fields().take(3).map(|field| BigInt::from(field.prime())).product();
    let shifted = plus(&x, BigRational::from_integer(product));
    let problem = Problem::new(&x, &shifted, Relation::Equal, &domain, &unlimited()).unwrap();
    assert!(witness::screen(&problem, &unlimited()).unwrap().is_none());
    let plan = grid::Grid.plan(&problem, &unlimited()).unwrap();
    assert!(matches!(plan.run(&unlimited()).unwrap(), Outcome::Differs(_)));
    assert!(matches!(everywhere(&x, &shifted), Verdict::Different(_)));
}

/// One float32 unit in the last place, and 0 against 2^-149.
#[test]
fn smallest_changes_of_weights() {
    let net = |weights: [f32; 4]| {
        network(&[&[2]], |builder, inputs| {
            let shape = Shape::new([2, 2]).unwrap();
            let weights = Constant::new(shape, Data::F32(weights.to_vec())).unwrap();
            let weights = builder.constant(Arc::new(weights));
            let hidden = apply(builder, weights, inputs[0]);
            builder.multiply(hidden, hidden).unwrap()
        })
    };
    let f = net([0.1, 0.0, -3.5, 1e-30]);
    let ulp = net([f32::from_bits(0.1f32.to_bits() + 1), 0.0, -3.5, 1e-30]);
    let (input, output, a, b) = witness(&everywhere(&f, &ulp));
    assert_eq!((input, output), (vec![integers(&[1, 0])], vec![0]));
    assert!(a != b && a > rational(0, 1));
    let tiny = net([0.1, f32::from_bits(1), -3.5, 1e-30]);
    let (input, output, a, b) = witness(&everywhere(&f, &tiny));
    assert_eq!((input, output), (vec![integers(&[0, 1])], vec![0]));
    assert_eq!((a, b), (rational(0, 1), BigRational::new(1.into(), BigInt::from(1) << 298)));
}

/// No inputs, inputs without entries, outputs without entries.
#[test]
fn empty_shapes() {
    let constant = |value: i64| {
        network(&[], |builder, _| {
            let value = builder.scalar(rational(value, 2));
            builder.broadcast(value, Shape::new([2]).unwrap()).unwrap()
        })
    };
    let sum = plus(&constant(1), rational(1, 1));
    assert!(proof(&everywhere(&sum, &constant(3))).method.certain());
    let (input, output, a, b) = witness(&everywhere(&sum, &constant(4)));
    assert_eq!((input.len(), output, a, b), (0, vec![0], rational(3, 2), rational(2, 1)));

    let entryless = |value: i64| {
        network(&[&[0]], |builder, inputs| {
            let value = builder.scalar(rational(value, 1));
            let value = builder.broadcast(value, Shape::new([0]).unwrap()).unwrap();
            let product = builder.multiply(value, inputs[0]).unwrap();
            let ones = builder.multiply(product, inputs[0]).unwrap();
            builder.contract(vec![ones], Einsum { operands: vec![vec![0]], output: vec![] }).unwrap()
        })
    };
    for domain in [Domain::everywhere(1), bits(1)] {
        let verdict = ask(&entryless(1), &entryless(2), Relation::Equal, &domain);
        assert!(proof(&verdict).method.certain());
    }
    let outputless = |value: i64| {
        network(&[&[2]], |builder, inputs| {
            let scaled = builder.combine(vec![(rational(value, 1), inputs[0])]).unwrap();
            builder.slice(scaled, 0, 1, 0).unwrap()
        })
    };
    assert!(proof(&everywhere(&outputless(2), &outputless(3))).method.certain());
}

/// Without time nothing is decided, and with a flag that asks for certainty nothing is decided by chance.
#[test]
fn budgets() {
    let f = polynomial(2, &[(1, &[0, 0]), (-2, &[0, 1]), (1, &[1, 1])]);
    let g = polynomial(2, &[(1, &[1, 1]), (-2, &[1, 0]), (1, &[0, 0])]);
    let domain = Domain::everywhere(1);
    let expired = expired();
    for relation in [Relation::Equal, Relation::UpToScale] {
        let question = Question { a: &f, b: &g, relation, domain: &domain };
        assert!(matches!(decide(&question, &expired).unwrap(), Verdict::Undecided(_)));
    }
    let problem = Problem::new(&f, &g, Relation::Equal, &domain, &unlimited()).unwrap();
    let plan = grid::Grid.plan(&problem, &expired).unwrap();
    assert!(matches!(plan.run(&expired).unwrap(), Outcome::Late(_)));
    let plan = random::plan(&problem, &expired).unwrap();
    assert!(matches!(random::run(&problem, &plan, &expired).unwrap(), Outcome::Late(_)));
    // It estimates first, which takes time as well.
    assert!(normal_form::plan(&problem, &expired).is_err());
    let plan = normal_form::plan(&problem, &unlimited()).unwrap();
    assert!(!matches!(normal_form::run(&problem, &plan, &expired), Ok(Outcome::Equal(_))));
    let tight = unlimited().memory(100);
    let question = Question { a: &f, b: &g, relation: Relation::Equal, domain: &domain };
    let Verdict::Undecided(undecided) = decide(&question, &tight).unwrap() else { panic!() };
    assert!(undecided.shortage.bytes.is_some_and(|bytes| bytes > 100.0), "{undecided:?}");
}

/// A grid of 200 variables and degree 8 has C(208, 8) points, and the layerwise distance of products that are
/// grouped in another way is not zero: a budget for proofs refuses, says what it would take, and random
/// evaluation decides.
#[test]
fn what_would_be_needed() {
    // W x * x three times, the last product grouped differently and with a factor by squares.
    let build = |regrouped: bool| {
        network(&[&[200]], |builder, inputs| {
            let n = 200;
            let values: Vec<i64> = (0..n * n).map(|i| (i as i64 * 7919) % 11 - 5).collect();
            let weights = matrix(builder, n, n, values);
            let mut x = inputs[0];
            let mut factors = (x, x);
            for _ in 0..2 {
                factors = (apply(builder, weights, x), x);
                x = builder.multiply(factors.0, factors.1).unwrap();
            }
            let mapped = apply(builder, weights, x);
            if regrouped {
                let first = by_squares(builder, mapped, factors.0);
                builder.multiply(first, factors.1).unwrap()
            } else {
                builder.multiply(mapped, x).unwrap()
            }
        })
    };
    let (f, g) = (build(false), build(true));
    assert!(matches!(proof(&everywhere(&f, &g)).method, Method::RandomEvaluation { error_log2: 128.., .. }));
    let question = Question { a: &f, b: &g, relation: Relation::Equal, domain: &Domain::everywhere(1) };
    let Verdict::Undecided(undecided) = decide(&question, &certain()).unwrap() else { panic!() };
    assert!(undecided.shortage.certainty, "{undecided:?}");
    let estimates = estimates(&f, &Domain::everywhere(1), &unlimited()).unwrap();
    assert_eq!(
        estimates.iter().map(|e| (e.method, e.seconds.is_some())).collect::<Vec<_>>(),
        [("grid", true), ("normal form", true), ("random evaluation", true)]
    );
}

/// Whoever asks for a proof is told what a proof takes. Seconds are enough for three random points, no minute
/// for the C(36, 16) points of the grid, which are above 7 * 10^9.
#[test]
fn a_proof_takes_more_time() {
    // Twice (W x * x)^2, or (W x)^2 x^2 by squares.
    let build = |regrouped: bool| {
        network(&[&[20]], |builder, inputs| {
            let weights = matrix(builder, 20, 20, (0..400).map(|i| (i * 7) % 11 - 5).collect());
            let mut x = inputs[0];
            for _ in 0..2 {
                let mapped = apply(builder, weights, x);
                let pairs = if regrouped { [(mapped, mapped), (x, x)] } else { [(mapped, x), (mapped, x)] };
                let [a, b] = pairs.map(|(left, right)| builder.multiply(left, right).unwrap());
                x = if regrouped { by_squares(builder, a, b) } else { builder.multiply(a, b).unwrap() };
            }
            x
        })
    };
    let (f, g) = (build(false), build(true));
    let question = Question { a: &f, b: &g, relation: Relation::Equal, domain: &Domain::everywhere(1) };
    let options = certain().time(Duration::from_secs(3));
    let Verdict::Undecided(undecided) = decide(&question, &options).unwrap() else { panic!() };
    let Shortage { seconds, bytes, certainty, smaller } = undecided.shortage;
    assert!(seconds.is_some_and(|seconds| seconds > 60.0) && bytes.is_none(), "{undecided:?}");
    assert!(certainty && smaller.is_none());
}

/// Whoever counts the ways to leave out one of 26 bits so that all others are 1 gets 0, 1 or 26, so the
/// fourth power is the count plus 26^4 - 26 times the product of all bits. The 2^26 points take half a minute
/// or more, the expansion a moment: methods of one class are tried in the order of their seconds.
#[test]
fn the_quicker_of_two_proofs_comes_first() {
    let build = |short: bool| {
        network(&[&[26]], |builder, inputs| {
            let bits: Vec<NodeId> = (0..26).map(|i| builder.select(inputs[0], 0, i).unwrap()).collect();
            let product = |builder: &mut Builder, without: Option<usize>| {
                let factors = (0..26).filter(|&i| Some(i) != without).map(|i| bits[i]);
                factors.reduce(|product, bit| builder.multiply(product, bit).unwrap()).unwrap()
            };
            let each: Vec<_> = (0..26).map(|i| (rational(1, 1), product(builder, Some(i)))).collect();
            let count = builder.combine(each).unwrap();
            if short {
                let all = product(builder, None);
                builder.combine(vec![(rational(1, 1), count), (rational(456_950, 1), all)]).unwrap()
            } else {
                let square = builder.multiply(count, count).unwrap();
                builder.multiply(square, square).unwrap()
            }
        })
    };
    let verdict = ask(&build(false), &build(true), Relation::Equal, &bits(1));
    assert!(matches!(proof(&verdict).method, Method::NormalForm { .. }), "{verdict:?}");
}
