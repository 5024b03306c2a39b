//! Random networks with all five operations: fractions, residues and floats.

use std::path::Path;

use num_rational::BigRational;
use num_traits::ToPrimitive;
use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::TestRunner;
use samenet::arithmetic::{Arithmetic, PrimeField, Rationals};
use samenet::equality::{Evaluation, Values, Witness};
use samenet::network::{Network, Tensor, evaluate};
use samenet::replay::{NumberStyle, replay_with};

use super::Python;
use crate::common::networks;

const PAIRS: usize = 400;
/// The largest prime below 2^61, so that products of residues do not fit machine integers.
const PRIME: u64 = (1 << 61) - 1;

fn values(network: &Network, point: &[Tensor<BigRational>]) -> Tensor<BigRational> {
    evaluate(&Rationals::default(), network, point).unwrap()
}

/// All outputs of pairs of networks, each as a witness; what is printed is compared with samenet's own
/// values.
pub fn networks(python: &Python) -> String {
    let mut runner = TestRunner::deterministic();
    let strategy = (networks::network(12, 9), networks::network(12, 9), networks::point());
    let field = PrimeField::new(PRIME).unwrap();
    let (mut programs, mut expected): (Vec<String>, Vec<(String, NumberStyle)>) = (Vec::new(), Vec::new());
    while programs.len() < 3 * PAIRS {
        let (a, b, point) = strategy.new_tree(&mut runner).unwrap().current();
        if a.output_shape() != b.output_shape() || a.output_shape().size() == 0 {
            continue;
        }
        let (of_a, of_b) = (values(&a, &point), values(&b, &point));
        let last = a.output_shape().size() - 1;
        let (x, y) = (of_a.data()[last].clone(), of_b.data()[last].clone());
        let residue = |value: &BigRational| field.value(field.from_rational(value).unwrap()).to_string();
        let float = |value: &BigRational| value.to_f64().unwrap().to_string();
        let exact = Values::Exact { a: x.clone(), b: y.clone() };
        let output = a.output_shape().unravel(last);
        let witness = Witness { evaluations: vec![Evaluation { input: point, output, values: exact }] };
        for (numbers, text) in [
            (NumberStyle::Fractions, format!("{x} {y}\n")),
            (NumberStyle::Residues(PRIME), format!("{} {}\n", residue(&x), residue(&y))),
            (NumberStyle::Floats, format!("{} {}\n", float(&x), float(&y))),
        ] {
            let program = match replay_with(&a, &b, &witness, numbers) {
                Ok(replay) => replay.program(),
                Err(why) => {
                    assert!(why.to_string().contains("no entries"), "{why}");
                    continue;
                }
            };
            programs.push(program);
            expected.push((text, numbers));
        }
    }
    let printed = python.run_all(&programs, Path::new("."));
    assert_eq!(printed.len(), programs.len());
    for ((program, printed), (expected, numbers)) in programs.iter().zip(&printed).zip(&expected) {
        let same = match numbers {
            NumberStyle::Floats => close(printed, expected),
            _ => printed == expected,
        };
        assert!(same, "printed {printed:?}, expected {expected:?}:\n{program}");
    }
    format!("{} programs", programs.len())
}

/// The same numbers but for rounding.
fn close(printed: &str, expected: &str) -> bool {
    let numbers = |text: &str| -> Vec<f64> {
        text.split_whitespace().map(|word| word.parse().unwrap_or(f64::NAN)).collect()
    };
    let (printed, expected) = (numbers(printed), numbers(expected));
    let close = |(x, y): (&f64, &f64)| (x - y).abs() <= 1e-6 * (1.0 + y.abs());
    printed.len() == expected.len() && printed.iter().zip(&expected).all(close)
}
