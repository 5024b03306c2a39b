//! `witness`.

use samenet::certificate::{Evaluation, Evidence, Natural, Nested, Number, Values};
use samenet::claim::{Answer, Asked, certify};
use samenet::domain::Relation;
use samenet::equality::{self, Witness};

use super::{decided, forged, models_source, number, rational};

fn evaluations(evidence: &mut Evidence) -> &mut Vec<Evaluation> {
    match evidence {
        Evidence::Witness { evaluations } => evaluations,
        other => panic!("{other:?}"),
    }
}

fn vector(values: &[(i64, i64)]) -> Nested<Number> {
    Nested::Rows(values.iter().map(|&(n, d)| Nested::Entry(number(n, d))).collect())
}

const FIELD: &str = "evidence.witness.evaluations";

/// `x0 x1 / 3` and `x0 x1 / 3 + x1 / 1000` at (0, 1): 0 and 1/1000.
#[test]
fn values_are_recomputed() {
    let witness = decided("a witness");
    let exact = |a, b| Values::Exact { a, b };
    for (values, name) in [
        (exact(number(1, 3), number(1, 1000)), "a"),
        (exact(number(0, 1), number(1, 1001)), "b"),
        (exact(number(0, 1), number(0, 1)), "b"),
        (exact(number(1, 1000), number(0, 1)), "a"),
    ] {
        forged(&witness, &format!("{FIELD}.0.values.{name}"), "the value is another", |forged| {
            evaluations(&mut forged.evidence)[0].values = values;
        });
    }
}

#[test]
fn equal_values_show_nothing() {
    let witness = decided("a witness");
    forged(&witness, FIELD, "the values are equal", |forged| {
        let evaluation = &mut evaluations(&mut forged.evidence)[0];
        evaluation.input = vec![vector(&[(5, 1), (0, 1)])];
        evaluation.values = Values::Exact { a: number(0, 1), b: number(0, 1) };
    });
}

#[test]
fn inputs_have_the_shapes_of_the_models() {
    let witness = decided("a witness");
    let wrong = [
        vec![],
        vec![vector(&[(0, 1)])],
        vec![vector(&[(0, 1), (1, 1), (1, 1)])],
        vec![Nested::Entry(number(0, 1))],
        vec![vector(&[(0, 1), (1, 1)]), vector(&[(0, 1), (1, 1)])],
        vec![Nested::Rows(vec![vector(&[(0, 1), (1, 1)])])],
    ];
    for input in wrong {
        forged(&witness, &format!("{FIELD}.0.input"), "shapes", |forged| {
            evaluations(&mut forged.evidence)[0].input = input;
        });
    }
}

#[test]
fn the_output_exists_and_is_the_one() {
    let witness = decided("a witness");
    for output in [vec![0], vec![0, 0]] {
        forged(&witness, &format!("{FIELD}.0.output"), "no such output", |forged| {
            evaluations(&mut forged.evidence)[0].output = output;
        });
    }
    // Another output at the same input has other values.
    let vectors = decided("not up to shift");
    forged(&vectors, &format!("{FIELD}.1.values.a"), "the value is", |forged| {
        evaluations(&mut forged.evidence)[1].output = vec![0];
    });
    forged(&vectors, &format!("{FIELD}.1.output"), "no such output", |forged| {
        evaluations(&mut forged.evidence)[1].output = vec![2];
    });
}

/// On {0, 1, 2} the models of XOR differ at (2, 0) by 2 and 4; at (3, 0), by 3 and 9, they do as well, but
/// that is not on the domain. One-hot: both vectors must be.
#[test]
fn inputs_are_on_the_domain() {
    let witness = decided("not on more");
    forged(&witness, &format!("{FIELD}.0.input.0"), "not on the domain", |forged| {
        let evaluation = &mut evaluations(&mut forged.evidence)[0];
        evaluation.input = vec![Nested::Entry(number(3, 1)), Nested::Entry(number(0, 1))];
        evaluation.values = Values::Exact { a: number(3, 1), b: number(9, 1) };
    });
    let evaluation = |input: &[[i64; 2]; 1], a: i64, b: i64| equality::Evaluation {
        input: vec![
            samenet::network::Tensor::new(
                samenet::network::Shape::new([2]).unwrap(),
                input[0].iter().map(|&v| rational(v, 1)).collect(),
            )
            .unwrap(),
        ],
        output: Vec::new(),
        values: equality::Values::Exact { a: rational(a, 1), b: rational(b, 1) },
    };
    // tripled = x0 x1 and layer-free product: on points and one-hot vectors of two entries x0 x1 is 0 or not.
    for (on, input, value) in [("onehot", [[1, 1]], 1), ("points [[2, 2], [0, 0]]", [[1, 1]], 1)] {
        let source = models_source("tripled", "almost", Relation::Equal, Some(on));
        let witness = Witness { evaluations: vec![evaluation(&input, value, 0)] };
        let error = certify(source, &Answer::different(witness, Asked::default())).unwrap_err().to_string();
        assert!(error.contains("not on the domain"), "{error}");
    }
}

#[test]
fn residues_are_recomputed_modulo_a_good_prime() {
    let witness = decided("a large value");
    let change = |field: &str, reason: &str, change: &dyn Fn(&mut u64, &mut u64, &mut u64)| {
        forged(&witness, &format!("{FIELD}.0.values.{field}"), reason, |forged| {
            match &mut evaluations(&mut forged.evidence)[0].values {
                Values::Residues { prime: Natural(prime), a: Natural(a), b: Natural(b) } => {
                    change(prime, a, b)
                }
                Values::Exact { .. } => panic!("the values are too long to be exact"),
            }
        });
    };
    change("a", "the value is", &|_, a, _| *a += 1);
    change("b", "the value is", &|_, _, b| *b += 1);
    change("a", "the value is", &|_, a, b| std::mem::swap(a, b));
    change("a", "the value is", &|prime, a, _| *a += *prime);
    change("prime", "not an odd prime below 2^62", &|prime, _, _| *prime += 2);
    change("prime", "not an odd prime below 2^62", &|prime, _, _| *prime = 2);
    change("prime", "not an odd prime below 2^62", &|prime, _, _| *prime = 0);
    change("prime", "not an odd prime below 2^62", &|prime, _, _| *prime = u64::MAX - 58);
    change("a", "the value is", &|prime, _, _| *prime = 1_000_003);
}

/// 3 divides the denominator of `x0 x1 / 3`.
#[test]
fn a_prime_that_divides_a_denominator_is_refused() {
    let witness = decided("a witness");
    forged(&witness, &format!("{FIELD}.0.values.prime"), "divides no denominator", |forged| {
        evaluations(&mut forged.evidence)[0].values =
            Values::Residues { prime: Natural(3), a: Natural(0), b: Natural(1) };
    });
}

/// Two evaluations that are consistent with a factor: 3 = c 1 and 6 = c 2.
#[test]
fn a_factor_that_fits_is_no_witness() {
    let witness = decided("no factor");
    forged(&witness, FIELD, "a positive factor fits", |forged| {
        let evaluation = &mut evaluations(&mut forged.evidence)[0];
        evaluation.input = vec![vector(&[(3, 1), (1, 1)])];
        evaluation.values = Values::Exact { a: number(1, 1), b: number(1001, 1000) };
    });
    forged(&witness, FIELD, "one factor fits both", |forged| {
        let evaluation = &mut evaluations(&mut forged.evidence)[0];
        evaluation.input = vec![vector(&[(3, 1), (1, 1)])];
        evaluation.values = Values::Exact { a: number(1, 1), b: number(1001, 1000) };
        let mut twice = evaluation.clone();
        twice.input = vec![vector(&[(3, 1), (2, 1)])];
        twice.values = Values::Exact { a: number(2, 1), b: number(1001, 500) };
        evaluations(&mut forged.evidence).push(twice);
    });
}

#[test]
fn a_shift_is_compared_in_one_row_at_one_input() {
    let witness = decided("not up to shift");
    forged(&witness, FIELD, "the shifts are equal", |forged| {
        let all = evaluations(&mut forged.evidence);
        all[1] = all[0].clone();
    });
    forged(&witness, FIELD, "at one input", |forged| {
        let all = evaluations(&mut forged.evidence);
        all[0].input = vec![vector(&[(0, 1), (0, 1)])];
        all[0].values = Values::Exact { a: number(0, 1), b: number(0, 1) };
    });
}

#[test]
fn the_number_of_evaluations_fits_the_relation() {
    for label in ["a witness", "no factor", "not up to shift"] {
        let witness = decided(label);
        forged(&witness, FIELD, "show nothing", |forged| evaluations(&mut forged.evidence).clear());
        forged(&witness, FIELD, "show nothing", |forged| {
            let all = evaluations(&mut forged.evidence);
            let first = all[0].clone();
            all.extend([first.clone(), first]);
        });
    }
}
