//! Domains, alone and mixed.

use super::*;

/// `x (x - 1/2)` is zero on {0, 1/2} and not on {0, 1/2, -1/2}, where -1/2 gives 1/2.
#[test]
fn finite_sets() {
    let f = network(&[&[]], |builder, inputs| {
        let square = builder.multiply(inputs[0], inputs[0]).unwrap();
        builder.combine(vec![(rational(1, 1), square), (rational(-1, 2), inputs[0])]).unwrap()
    });
    let zero = network(&[&[]], |builder, _| builder.scalar(rational(0, 1)));
    let set = |values: &[BigRational]| Domain(vec![InputSet::Finite(values.to_vec())]);
    let small = set(&[rational(0, 1), rational(1, 2)]);
    assert!(proof(&ask(&f, &zero, Relation::Equal, &small)).method.certain());
    let large = set(&[rational(-1, 2), rational(0, 1), rational(1, 2)]);
    let (input, _, a, _) = witness(&ask(&f, &zero, Relation::Equal, &large));
    assert_eq!((input, a), (vec![vec![rational(-1, 2)]], rational(1, 2)));
}

/// On one-hot vectors of three classes, `x0 + x1 + x2` is 1 and `x0 x1` is 0.
#[test]
fn one_hot_vectors() {
    let domain = Domain(vec![InputSet::OneHot]);
    let equal = |a: &Network, b: &Network| ask(a, b, Relation::Equal, &domain);
    let sum = polynomial(3, &[(1, &[0]), (1, &[1]), (1, &[2])]);
    let one = polynomial(3, &[(1, &[]), (5, &[0, 1])]);
    let verdict = equal(&sum, &one);
    assert!(matches!(proof(&verdict).method, Method::Enumeration { .. } | Method::NormalForm { .. }));
    // Only class 2 tells x2 from 0.
    let (input, _, a, b) = witness(&equal(&polynomial(3, &[(4, &[2])]), &polynomial(3, &[])));
    assert_eq!((input, a, b), (vec![integers(&[0, 0, 1])], rational(4, 1), rational(0, 1)));
}

/// The points (1, 2), (3, 4) and (0, 5) on the line through the first two: x1 = x0 + 1 holds at these only.
#[test]
fn points() {
    let (a, b) = (polynomial(2, &[(1, &[1])]), polynomial(2, &[(1, &[0]), (1, &[])]));
    let on = |points: &[[i64; 2]]| {
        Domain(vec![InputSet::Points(points.iter().map(|point| vector(point)).collect())])
    };
    let two = on(&[[1, 2], [3, 4]]);
    let verdict = ask(&a, &b, Relation::Equal, &two);
    assert!(proof(&verdict).method.certain());
    let three = on(&[[1, 2], [3, 4], [0, 5]]);
    let (input, _, a, b) = witness(&ask(&a, &b, Relation::Equal, &three));
    assert_eq!((input, a, b), (vec![integers(&[0, 5])], rational(5, 1), rational(1, 1)));
}

/// `x y` and `x^2 y` with x a bit and y free are equal; with x in {0, 1, 2} they differ at x = 2, y = 1.
#[test]
fn a_bit_and_a_free_input() {
    let build = |power: u64| {
        network(&[&[], &[]], |builder, inputs| {
            let x = builder.power(inputs[0], power).unwrap();
            builder.multiply(x, inputs[1]).unwrap()
        })
    };
    let (a, b) = (build(1), build(2));
    let domain = |values: &[i64]| Domain(vec![InputSet::Finite(integers(values)), InputSet::Everything]);
    let verdict = ask(&a, &b, Relation::Equal, &domain(&[0, 1]));
    assert!(proof(&verdict).method.certain());
    let (input, ..) = witness(&ask(&a, &b, Relation::Equal, &domain(&[0, 1, 2])));
    assert_eq!(input, [integers(&[2]), integers(&[1])]);

    // By random evaluation alone: the bit is walked through, the free input is random.
    let domain = domain(&[0, 1]);
    let problem = problem::Problem::new(&a, &b, Relation::Equal, &domain, &unlimited()).unwrap();
    let plan = random::plan(&problem, &unlimited()).unwrap();
    assert_eq!(plan.points, 2);
    let outcome = random::run(&problem, &plan, &unlimited()).unwrap();
    assert!(matches!(outcome, methods::Outcome::Equal(Method::RandomEvaluation { error_log2: 128.., .. })));
}

/// Points for x and anything for y: (x0 - 1)(x0 - 2) y vanishes for x0 in {1, 2}, not for 3.
#[test]
fn points_and_a_free_input() {
    let f = network(&[&[1], &[]], |builder, inputs| {
        let x = polynomial_node(builder, inputs[0], &[(1, &[0, 0]), (-3, &[0]), (2, &[])]);
        builder.multiply(x, inputs[1]).unwrap()
    });
    let zero = network(&[&[1], &[]], |builder, _| builder.scalar(rational(0, 1)));
    let domain = |points: &[i64]| {
        Domain(vec![
            InputSet::Points(points.iter().map(|&point| vector(&[point])).collect()),
            InputSet::Everything,
        ])
    };
    assert!(proof(&ask(&f, &zero, Relation::Equal, &domain(&[1, 2]))).method.certain());
    let (input, _, a, _) = witness(&ask(&f, &zero, Relation::Equal, &domain(&[1, 2, 3])));
    assert_eq!((input, a), (vec![integers(&[3]), integers(&[1])], rational(2, 1)));
}

/// A one-hot vector without classes leaves no input at all: every statement about all inputs holds.
#[test]
fn empty_domain() {
    let build = |value: i64| network(&[&[2, 0]], |builder, _| builder.scalar(rational(value, 1)));
    let verdict = ask(&build(1), &build(2), Relation::Equal, &Domain(vec![InputSet::OneHot]));
    assert_eq!(
        proof(&verdict).method,
        Method::Enumeration { points: 0, domain_points: num_bigint::BigUint::from(0u8) }
    );
}

/// Domains that do not fit the inputs.
#[test]
fn domains_are_checked() {
    let scalar = network(&[&[]], |_, inputs| inputs[0]);
    for domain in [
        Domain(vec![]),
        Domain(vec![InputSet::OneHot]),
        Domain(vec![InputSet::Points([vector(&[1, 2])].into_iter().collect())]),
    ] {
        let question = Question { a: &scalar, b: &scalar, relation: Relation::Equal, domain: &domain };
        assert!(matches!(decide(&question, &unlimited()), Err(QuestionError::Shapes(_))));
    }
}

/// On bits 2x and x^2 are proportional with factor 2; elsewhere they are not. On {1, 2}, x and 3 - x are not.
#[test]
fn scale_on_a_domain() {
    let (f, g) = (polynomial(1, &[(2, &[0])]), polynomial(1, &[(1, &[0, 0])]));
    assert_eq!(proof(&ask(&f, &g, Relation::UpToScale, &bits(1))).scale, Some(rational(2, 1)));
    assert!(matches!(ask(&f, &g, Relation::UpToScale, &Domain::everywhere(1)), Verdict::Different(_)));
    let (f, g) = (polynomial(1, &[(1, &[0])]), polynomial(1, &[(3, &[]), (-1, &[0])]));
    let domain = Domain(vec![InputSet::Finite(integers(&[1, 2]))]);
    let Verdict::Different(Witness { evaluations }) = ask(&f, &g, Relation::UpToScale, &domain) else {
        panic!()
    };
    let [u, v] = evaluations.as_slice() else { panic!() };
    // At 1 the values are 1 and 2, at 2 they are 2 and 1.
    assert_eq!((u.input[0].data(), v.input[0].data()), (&integers(&[1])[..], &integers(&[2])[..]));
    // x (x - 1) is zero on bits, so it is related to zero there and to nothing else.
    let (f, zero) = (polynomial(1, &[(1, &[0, 0]), (-1, &[0])]), polynomial(1, &[]));
    assert_eq!(proof(&ask(&f, &zero, Relation::UpToScale, &bits(1))).scale, Some(rational(1, 1)));
    let one = polynomial(1, &[(1, &[])]);
    assert!(matches!(ask(&f, &one, Relation::UpToScale, &bits(1)), Verdict::Different(_)));
}

/// Logits (x, x^2 + 1) and (0, 1) differ by the shift x on bits only. The witness has x = -1 among all
/// integers: f - g is -1 in entry 0 and 1 in entry 1.
#[test]
fn shift_on_a_domain() {
    let logits = |zero: bool| {
        network(&[&[1]], |builder, inputs| {
            let entries: [&[(i64, &[usize])]; 2] =
                if zero { [&[], &[(1, &[])]] } else { [&[(1, &[0])], &[(1, &[0, 0]), (1, &[])]] };
            let entries = entries.map(|terms| polynomial_node(builder, inputs[0], terms));
            builder.stack(entries.to_vec()).unwrap()
        })
    };
    let (f, g) = (logits(false), logits(true));
    assert!(proof(&ask(&f, &g, Relation::UpToShift, &bits(1))).method.certain());
    let Verdict::Different(Witness { evaluations }) =
        ask(&f, &g, Relation::UpToShift, &Domain::everywhere(1))
    else {
        panic!()
    };
    assert_eq!(evaluations[0].input[0].data(), integers(&[-1]));
}

/// The difference (x^100000000 - x^7) y (y - 1), y one of 0, 1, 2 and x free, is zero unless y is 2, and then
/// at x = 0 and 1. A value at x = 2 has a hundred million bits; the point is found without it.
#[test]
fn high_powers_in_a_normal_form() {
    let f = network(&[&[], &[]], |builder, x| {
        let (high, low) = (builder.power(x[0], 100_000_000).unwrap(), builder.power(x[0], 7).unwrap());
        let one = builder.scalar(rational(1, 1));
        let difference = |builder: &mut Builder, a, b| {
            builder.combine(vec![(rational(1, 1), a), (rational(-1, 1), b)]).unwrap()
        };
        let (powers, less) = (difference(builder, high, low), difference(builder, x[1], one));
        let product = builder.multiply(powers, x[1]).unwrap();
        builder.multiply(product, less).unwrap()
    });
    let zero = fit::zero_like(&f).unwrap();
    let domain = Domain(vec![InputSet::Everything, InputSet::Finite(integers(&[0, 1, 2]))]);
    let question = Question { a: &f, b: &zero, relation: Relation::Equal, domain: &domain };
    // (1 - (-1)) * 2 = 4 at x = -1.
    let (input, _, a, b) = witness(&decide_by(&question, &unlimited(), Approach::NormalForm).unwrap());
    assert_eq!(input, [integers(&[-1]), integers(&[2])]);
    assert_eq!((a, b), (rational(4, 1), rational(0, 1)));
}

/// x^2900 + x on 1, .., 1500: reducing powers takes a table of 1500 x 2900 coefficients of up to 33,000 bits,
/// many times the work of evaluating at 1500 points. It is not called cheap, and not begun in too little
/// memory.
#[test]
fn tables_of_reduced_powers_are_costs() {
    let f = network(&[&[]], |builder, x| {
        let high = builder.power(x[0], 2900).unwrap();
        builder.combine(vec![(rational(1, 1), high), (rational(1, 1), x[0])]).unwrap()
    });
    let zero = fit::zero_like(&f).unwrap();
    let values: Vec<i64> = (1..=1500).collect();
    let domain = Domain(vec![InputSet::Finite(integers(&values))]);
    let problem = problem::Problem::new(&f, &zero, Relation::Equal, &domain, &unlimited()).unwrap();
    let large = unlimited().memory(1 << 40);
    let expansion = normal_form::plan(&problem, &large).unwrap();
    let grid = methods::Procedure::plan(&grid::Grid, &problem, &large).unwrap();
    assert!(expansion.seconds > 10.0 * grid.seconds);
    let why = normal_form::plan(&problem, &unlimited()).unwrap_err();
    assert!(why.to_string().contains("1500 values"), "{why:?}");
}
