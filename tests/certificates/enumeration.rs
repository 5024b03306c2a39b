//! `enumeration`.

use samenet::certificate::{Agreement, Certificate, Evidence};
use samenet::check::verify;
use samenet::domain::Relation;

use super::{by, claim_source, forged, grid, models_source, naturals};

fn fields(evidence: &mut Evidence) -> &mut Agreement {
    match evidence {
        Evidence::Enumeration(agreement) => agreement,
        other => panic!("{other:?}"),
    }
}

fn certificate(label: &str) -> Certificate {
    by(claim_source(label), grid(), None).unwrap()
}

/// Two bits: 4 points of weight at most 2. Two one-hot vectors of three: 9 of weight at most 2. Three points:
/// they weigh nothing.
#[test]
fn every_point_of_the_domain() {
    for (label, degree, points) in [("on bits", 2, 4), ("tokens", 2, 9), ("on points", 0, 3)] {
        let mut certificate = certificate(label);
        let agreement = fields(&mut certificate.evidence);
        assert_eq!((agreement.degree, agreement.points), (degree, points), "{label}");
        assert!(verify(&certificate.to_json()).is_ok());
    }
}

#[test]
fn fewer_points_are_refused() {
    for label in ["on bits", "tokens", "on points"] {
        let certificate = certificate(label);
        forged(&certificate, "evidence.enumeration.points", "it is", |forged| {
            fields(&mut forged.evidence).points -= 1;
        });
        forged(&certificate, "evidence.enumeration.degree", "it is", |forged| {
            fields(&mut forged.evidence).degree += 1;
        });
        forged(&certificate, "evidence.enumeration.bound_log2", "it is", |forged| {
            fields(&mut forged.evidence).bound_log2 += 1;
        });
        forged(&certificate, "evidence.enumeration.primes.0", "it is", |forged| {
            fields(&mut forged.evidence).primes = naturals(&[3]);
        });
        forged(&certificate, "evidence", "for a finite domain", |forged| {
            forged.evidence = Evidence::Grid(fields(&mut forged.evidence).clone());
        });
    }
}

/// The models of XOR on a larger domain, on other values, and everywhere.
#[test]
fn domains_where_they_differ() {
    for on in [Some("{0, 1, 2}"), Some("{0, 2}"), Some("{-1, 1}"), Some("points [0, 1, 2]"), None] {
        let error = by(models_source("xor", "differs", Relation::Equal, on), grid(), None).unwrap_err();
        assert!(error.to_string().contains("differ modulo a prime at a point"), "{error}");
    }
    let everywhere = by(models_source("pick", "pick_other", Relation::Equal, None), grid(), None);
    assert!(everywhere.is_err());
}

/// A certificate for a part of the domain does not hold for the whole domain.
#[test]
fn the_domain_is_that_of_the_statement() {
    use samenet::certificate::{Set, Statement};
    let certificate = certificate("on bits");
    let field = "statement.equality.domain.0";
    for (set, field) in [
        (Set::Finite(vec![super::number(0, 1)]), format!("{field}.finite")),
        (Set::Everything, field.to_string()),
        (Set::Finite(Vec::new()), format!("{field}.finite")),
    ] {
        forged(&certificate, &field, "claimed", |forged| {
            if let Statement::Equality { domain, .. } = &mut forged.statement {
                domain[0] = set;
            }
        });
    }
    let models = by(models_source("xor", "differs", Relation::Equal, Some("{0, 1}")), grid(), None).unwrap();
    forged(&models, "statement.equality.domain.0.finite.0", "it is \"1\", and \"0\" is claimed", |forged| {
        if let samenet::certificate::Source::Models { on, .. } = &mut forged.source {
            *on = Some("{1}".to_string());
        }
    });
}
