//! `normal_form`.

use samenet::certificate::{Certificate, Evidence, NormalForm, Term};
use samenet::check::verify;
use samenet::domain::Relation;

use super::{by, claim_source, forged, models_source, normal_form, number, rational};

fn fields(evidence: &mut Evidence) -> &mut NormalForm {
    match evidence {
        Evidence::NormalForm(form) => form,
        other => panic!("{other:?}"),
    }
}

fn certificate(label: &str) -> Certificate {
    by(claim_source(label), normal_form(), None).unwrap()
}

fn term(n: i64, d: i64, powers: &[(usize, u64)]) -> Term {
    Term { coefficient: number(n, d), powers: powers.to_vec() }
}

/// `x0 x1 / 3`. On bits, `a + b - 2ab`: the same as `(a - b)^2` where squares are linear. On one-hot vectors
/// of three, entry 0 is one less the others: with `u` and `v`, the row and the column, M = [1 2 3; 4 5 6; 7 8
/// 9] gives `1 + 3 u1 + 6 u2 + v1 + 2 v2` (the mixed terms cancel, because rows differ by constants).
#[test]
fn forms_by_hand() {
    let form = |label: &str| fields(&mut certificate(label).evidence).forms.clone();
    assert_eq!(form("equal everywhere"), [[term(1, 3, &[(0, 1), (1, 1)])]]);
    let bits = [term(1, 1, &[(0, 1)]), term(-2, 1, &[(0, 1), (1, 1)]), term(1, 1, &[(1, 1)])];
    assert_eq!(form("on bits"), [bits]);
    let tokens = [
        term(1, 1, &[]),
        term(3, 1, &[(1, 1)]),
        term(6, 1, &[(2, 1)]),
        term(1, 1, &[(4, 1)]),
        term(2, 1, &[(5, 1)]),
    ];
    assert_eq!(form("tokens"), [tokens]);
}

#[test]
fn another_polynomial_is_refused() {
    let certificate = certificate("on bits");
    type Change<'a> = (&'a str, &'a dyn Fn(&mut Vec<Term>));
    let changes: [Change<'_>; 9] = [
        (".0.coefficient", &|terms| terms[0].coefficient = number(2, 1)),
        (".1.powers.0.1", &|terms| terms[1].powers[0].1 = 2),
        (".1.powers.0.0", &|terms| terms[1].powers[0].0 = 1),
        (".0.coefficient", &|terms| terms.swap(0, 1)),
        ("", &|terms| terms.truncate(2)),
        ("", &|terms| terms.push(term(0, 1, &[(1, 2)]))),
        ("", &|terms| terms.push(term(1, 1, &[(7, 1)]))),
        ("", &|terms| terms.clear()),
        (".1.powers.0.0", &|terms| terms[1].powers.reverse()),
    ];
    for (place, change) in changes {
        forged(&certificate, &format!("evidence.normal_form.forms.0{place}"), "claimed", |forged| {
            change(&mut fields(&mut forged.evidence).forms[0]);
        });
    }
    forged(&certificate, "evidence.normal_form.forms", "there are 1, and 0 are claimed", |forged| {
        fields(&mut forged.evidence).forms.clear();
    });
    forged(&certificate, "evidence.normal_form.forms", "there are 1, and 2 are claimed", |forged| {
        fields(&mut forged.evidence).forms.push(Vec::new());
    });
    forged(&certificate, "evidence.normal_form.scale", "no others", |forged| {
        fields(&mut forged.evidence).scale = Some(number(1, 1));
    });
}

/// The normal form of one model proves nothing if the other model has a different one.
#[test]
fn both_models_are_expanded() {
    for (a, b, on) in
        [("product", "almost", None), ("xor", "differs", None), ("xor", "third", Some("{0, 1}"))]
    {
        let error = by(models_source(a, b, Relation::Equal, on), normal_form(), None).unwrap_err();
        assert!(error.to_string().contains("different normal forms"), "{error}");
    }
}

#[test]
fn relations() {
    for (label, scale) in
        [("up to scale", Some(rational(3, 1))), ("up to shift", None), ("partly bits", None)]
    {
        let certificate = by(claim_source(label), normal_form(), scale).unwrap();
        assert!(verify(&certificate.to_json()).is_ok(), "{label}");
    }
    let scaled = by(claim_source("up to scale"), normal_form(), Some(rational(3, 1))).unwrap();
    for wrong in [number(1, 3), number(2, 1), number(3, 2)] {
        forged(&scaled, "evidence.normal_form", "different normal forms", |forged| {
            fields(&mut forged.evidence).scale = Some(wrong);
        });
    }
}
