//! `degree_bound`, `leading`, and the normal form of one model.

use samenet::certificate::{Certificate, ComparisonName, Evidence, Leading, Natural, Statement};
use samenet::certify::{Answer, certify};

use super::{claim_source, forged, number};

fn certificate(label: &str) -> Certificate {
    certify(claim_source(label), Answer::Degree(true)).unwrap().certificate
}

fn leading(evidence: &mut Evidence) -> &mut Leading {
    match evidence {
        Evidence::Leading(leading) => leading,
        other => panic!("{other:?}"),
    }
}

#[test]
fn each_kind_where_it_is_needed() {
    assert_eq!(certificate("bound").evidence, Evidence::DegreeBound { degree: Some(2) });
    assert_eq!(leading(&mut certificate("degree").evidence).degree, 2);
    assert!(matches!(certificate("cancellation").evidence, Evidence::NormalForm(_)));
}

#[test]
fn another_bound_is_refused() {
    for degree in [Some(1), Some(3), None] {
        forged(&certificate("bound"), "evidence.degree_bound.degree", "the bound is 2", |forged| {
            forged.evidence = Evidence::DegreeBound { degree };
        });
    }
}

/// A bound of 2 does not decide whether the degree is 2.
#[test]
fn a_bound_is_not_a_degree() {
    forged(&certificate("degree"), "evidence", "does not decide", |forged| {
        forged.evidence = Evidence::DegreeBound { degree: Some(2) };
    });
}

#[test]
fn the_coefficient_is_recomputed() {
    let certificate = certificate("degree");
    let change = |field: &str, reason: &str, change: &dyn Fn(&mut Leading)| {
        forged(&certificate, &format!("evidence.leading.{field}"), reason, |forged| {
            change(leading(&mut forged.evidence));
        });
    };
    change("coefficient", "it is", &|leading| leading.coefficient.0 += 1);
    change("coefficient", "it is", &|leading| leading.coefficient = Natural(0));
    change("coefficient", "it is", &|leading| leading.direction[0].0 += 1);
    change("coefficient", "it is 0", &|leading| leading.direction[0] = Natural(0));
    change("direction", "2 entries", &|leading| leading.direction.truncate(1));
    change("direction", "below the prime", &|leading| leading.direction[0].0 += leading.prime.0);
    change("degree", "not the bound", &|leading| leading.degree = 1);
    change("output", "no such output", &|leading| leading.output = vec![0]);
    change("prime", "not an odd prime", &|leading| leading.prime = Natural(15));
    change("prime", "not an odd prime", &|leading| leading.prime = Natural(2));
    change("prime", "divides a denominator", &|leading| leading.prime = Natural(3));
}

/// A zero coefficient shows nothing, also when it is claimed to be zero.
#[test]
fn a_zero_coefficient_shows_nothing() {
    forged(&certificate("degree"), "evidence.leading.coefficient", "shows nothing", |forged| {
        let leading = leading(&mut forged.evidence);
        leading.direction[0] = Natural(0);
        leading.coefficient = Natural(0);
    });
}

#[test]
fn the_statement_is_that_of_the_source() {
    let certificate = certificate("bound");
    for (comparison, bound) in [
        (ComparisonName::AtMost, number(3, 1)),
        (ComparisonName::Less, number(2, 1)),
        (ComparisonName::Equal, number(2, 1)),
    ] {
        forged(&certificate, "statement", "the source says", |forged| {
            forged.statement = Statement::Degree { comparison, bound };
        });
    }
}

#[test]
fn evidence_about_two_models_is_refused() {
    let certificate = certificate("bound");
    for (_, other) in super::every_kind().into_iter().filter(|(_, other)| other.models.len() == 2) {
        if matches!(other.evidence, Evidence::NormalForm(_)) {
            continue;
        }
        forged(&certificate, "evidence", "nothing about a degree", |forged| forged.evidence = other.evidence);
    }
    let grid = super::by(claim_source("equal everywhere"), super::grid(), None).unwrap();
    forged(&grid, "evidence", "nothing about two models", |forged| {
        forged.evidence = Evidence::DegreeBound { degree: Some(2) };
    });
}
