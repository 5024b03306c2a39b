//! `degree`, and the normal form of one model.

use samenet::certificate::{Certificate, DegreeEvidence, Evidence, Natural, Reached, Statement};
use samenet::claim::certify;
use samenet::domain::Comparison;

use super::{claim_source, degree_holds, forged, number};

fn certificate(label: &str) -> Certificate {
    certify(claim_source(label), &degree_holds()).unwrap()
}

fn fields(evidence: &mut Evidence) -> &mut DegreeEvidence {
    match evidence {
        Evidence::Degree(degree) => degree,
        other => panic!("{other:?}"),
    }
}

/// `degree(cancels) <= 2` follows from the bound; `degree(product) == 2` needs that it is reached; and that
/// the degree of `cancels` is 1 is seen when it is expanded.
#[test]
fn each_kind_where_it_is_needed() {
    let bound = DegreeEvidence { bound: Some(2), reached: None };
    assert_eq!(certificate("bound").evidence, Evidence::Degree(bound));
    assert!(fields(&mut certificate("degree").evidence).reached.is_some());
    assert!(matches!(certificate("cancellation").evidence, Evidence::NormalForm(_)));
}

/// Along a line `t y` the output is `y0 y1 t^2 / 3`, whose second difference is `2 y0 y1 / 3`.
#[test]
fn the_difference_is_a_multiple_of_the_coefficient() {
    let mut certificate = certificate("degree");
    let reached = fields(&mut certificate.evidence).reached.clone().unwrap();
    assert_eq!(reached.prime.0 >> 61, 1);
    assert!(reached.output.is_empty());
    assert!(reached.difference.0 > 0 && reached.difference < reached.prime);
}

#[test]
fn another_bound_is_refused() {
    for label in ["bound", "degree"] {
        for bound in [Some(1), Some(3), None] {
            forged(&certificate(label), "evidence.degree.bound", "it is 2, and", |forged| {
                fields(&mut forged.evidence).bound = bound;
            });
        }
    }
}

/// A bound of 2 does not decide whether the degree is 2. Where the bound does decide, the evidence says
/// nothing else.
#[test]
fn a_bound_is_not_a_degree() {
    forged(&certificate("degree"), "evidence.degree.reached", "null is claimed", |forged| {
        fields(&mut forged.evidence).reached = None;
    });
    let reached = fields(&mut certificate("degree").evidence).reached.clone();
    forged(&certificate("bound"), "evidence.degree.reached", "it is null", |forged| {
        fields(&mut forged.evidence).reached = reached;
    });
}

#[test]
fn the_difference_is_recomputed() {
    let certificate = certificate("degree");
    let change = |field: &str, change: &dyn Fn(&mut Reached)| {
        forged(&certificate, &format!("evidence.degree.reached.{field}"), "claimed", |forged| {
            change(fields(&mut forged.evidence).reached.as_mut().unwrap());
        });
    };
    change("difference", &|reached| reached.difference.0 += 1);
    change("difference", &|reached| reached.difference = Natural(0));
    change("difference", &|reached| reached.difference.0 += reached.prime.0);
    change("output", &|reached| reached.output = vec![0]);
    change("prime", &|reached| reached.prime = Natural(15));
    change("prime", &|reached| reached.prime = Natural(2));
    change("prime", &|reached| reached.prime = Natural(3));
    change("prime", &|reached| reached.prime.0 += 2);
    change("prime", &|reached| reached.prime = Natural((1 << 61) - 1));
}

/// The bound on the degree of `cancels` is 2, which it does not reach.
#[test]
fn a_bound_that_is_not_reached() {
    let reached = fields(&mut certificate("degree").evidence).reached.clone();
    forged(&certificate("cancellation"), "evidence.degree", "not reached", |forged| {
        forged.evidence = Evidence::Degree(DegreeEvidence { bound: Some(2), reached });
    });
}

#[test]
fn the_statement_is_that_of_the_source() {
    let certificate = certificate("bound");
    for (comparison, bound, field) in [
        (Comparison::AtMost, number(3, 1), "bound"),
        (Comparison::Less, number(2, 1), "comparison"),
        (Comparison::Equal, number(2, 1), "comparison"),
    ] {
        forged(&certificate, &format!("statement.degree.{field}"), "claimed", |forged| {
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
        let metric = matches!(other.evidence, Evidence::InnerProduct(_));
        let about = if metric { "similarity or distance" } else { "equality" };
        let reason = &format!("for statements about {about}");
        forged(&certificate, "evidence", reason, |forged| forged.evidence = other.evidence);
    }
    let grid = super::by(claim_source("equal everywhere"), super::grid(), None).unwrap();
    forged(&grid, "evidence", "for statements about a degree", |forged| {
        forged.evidence = Evidence::Degree(DegreeEvidence { bound: Some(2), reached: None });
    });
}
