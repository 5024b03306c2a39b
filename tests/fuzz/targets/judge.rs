//! Checks verdicts: "equal" and "different" are compared with the definition.

use std::time::Duration;

use num_rational::BigRational;
use num_traits::Signed;
use samenet::Budget;
use samenet::arithmetic::{Arithmetic, BitBudget, PrimeField, Rationals};
use samenet::equality::{
    Approach, Domain, Evaluation, InputSet, Question, Relation, Values, Verdict, Witness, decide, decide_by,
};
use samenet::network::{Network, Tensor, evaluate};

use super::polynomials;

/// Limits that keep the fuzzer fast.
pub fn options(deterministic: bool, milliseconds: u64) -> Budget {
    let budget = Budget::default().memory(1 << 28).time(Duration::from_millis(milliseconds));
    if deterministic { budget.certain_only() } else { budget }
}

/// Decides in every way there is, and the other way round, and checks every answer.
pub fn judge(question: &Question<'_>, milliseconds: u64) {
    let Question { a, b, relation, domain } = *question;
    let last = a.output_shape().axes().last().copied().unwrap_or(1);
    let on_domain = |network: &Network| polynomials::on_domain(network, domain, 20_000);
    let truth = on_domain(a).zip(on_domain(b));
    let (mut equal, mut different) = (0, 0);
    for swapped in [false, true] {
        let question = if swapped { Question { a: b, b: a, ..*question } } else { *question };
        let truth = truth.as_ref().map(|(f, g)| if swapped { (g, f) } else { (f, g) });
        let related = truth.map(|(f, g)| polynomials::related(f, g, relation, last));
        let mut verdicts = vec![
            decide(&question, &options(false, milliseconds)),
            decide(&question, &options(true, milliseconds)),
        ];
        if !swapped {
            let alone = |approach| decide_by(&question, &options(false, milliseconds), approach);
            verdicts.extend(Approach::ALL.map(alone));
        }
        for verdict in verdicts {
            match verdict.unwrap() {
                Verdict::Equal(proof) => {
                    equal += 1;
                    assert_ne!(related, Some(false), "{proof:?} {relation:?}");
                    if let (Relation::UpToScale, Some((f, g))) = (relation, truth) {
                        assert_eq!(proof.scale, polynomials::scale(f, g));
                    }
                }
                Verdict::Different(witness) => {
                    different += 1;
                    assert_ne!(related, Some(true), "{witness:?} {relation:?}");
                    refutes(&question, &witness);
                }
                Verdict::Undecided(undecided) => {
                    let reason = undecided.to_string();
                    assert!(!reason.is_empty() && reason.len() < 2_000, "{undecided:?}");
                }
            }
        }
    }
    assert!(equal == 0 || different == 0);
}

/// A witness is on the domain, states the values that the networks have there, and they refute the relation.
pub fn refutes(question: &Question<'_>, witness: &Witness) {
    for evaluation in &witness.evaluations {
        assert!(on(question.domain, &evaluation.input), "{evaluation:?}");
        states_the_truth(question, evaluation);
    }
    let exact: Option<Vec<(&BigRational, &BigRational)>> = witness
        .evaluations
        .iter()
        .map(|evaluation| match &evaluation.values {
            Values::Exact { a, b } => Some((a, b)),
            Values::Residues { .. } => None,
        })
        .collect();
    let Some(values) = exact else { return };
    let refuted = match (question.relation, values.as_slice()) {
        (Relation::Equal, [(a, b)]) => a != b,
        // No positive factor takes b to a.
        (Relation::UpToScale, [(a, b)]) => a.signum() != b.signum(),
        (Relation::UpToScale, [(a, b), (c, d)]) => *a * *d != *b * *c,
        (Relation::UpToShift, [(a, b), (c, d)]) => *a - *b != *c - *d,
        _ => false,
    };
    assert!(refuted, "{witness:?}");
    if let (Relation::UpToShift, [one, other]) = (question.relation, witness.evaluations.as_slice()) {
        assert_eq!(one.input, other.input);
        assert_eq!(
            one.output.split_last().map(|(_, rest)| rest),
            other.output.split_last().map(|(_, rest)| rest)
        );
    }
}

fn on(domain: &Domain, input: &[Tensor<BigRational>]) -> bool {
    let is = |value: &BigRational, n: i64| *value == BigRational::from_integer(n.into());
    domain.0.iter().zip(input).all(|(set, tensor)| match set {
        InputSet::Everything => true,
        InputSet::Finite(values) => tensor.data().iter().all(|value| values.contains(value)),
        InputSet::OneHot => {
            let length = tensor.shape().axes().last().copied().unwrap_or(1);
            tensor.data().chunks(length.max(1)).all(|vector| {
                vector.iter().filter(|value| is(value, 1)).count() == 1
                    && vector.iter().all(|value| is(value, 0) || is(value, 1))
            })
        }
        InputSet::Points(points) => points.contains(tensor),
    })
}

fn states_the_truth(question: &Question<'_>, evaluation: &Evaluation) {
    let axes = question.a.output_shape().axes();
    assert_eq!(evaluation.output.len(), axes.len());
    let flat = evaluation.output.iter().zip(axes).fold(0, |flat, (i, axis)| {
        assert!(i < axis);
        flat * axis + i
    });
    match &evaluation.values {
        Values::Exact { a, b } => {
            for (network, stated) in [(question.a, a), (question.b, b)] {
                let rationals = Rationals::with_budget(BitBudget::new(1 << 20, 1 << 28));
                // A value that is too long to recompute here is not a wrong one.
                if let Ok(values) = evaluate(&rationals, network, &evaluation.input) {
                    assert_eq!(&values.data()[flat], stated);
                }
            }
        }
        Values::Residues { prime, a, b } => {
            assert_ne!(a, b);
            let field = PrimeField::new(*prime).unwrap();
            for (network, stated) in [(question.a, a), (question.b, b)] {
                let input: Vec<_> = evaluation
                    .input
                    .iter()
                    .map(|tensor| tensor.map(|value| field.from_rational(value).unwrap()))
                    .collect();
                let values = evaluate(&field, network, &input).unwrap();
                assert_eq!(field.value(values.data()[flat]), *stated);
            }
        }
    }
}
