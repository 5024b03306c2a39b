//! `identical`.

use samenet::certificate::{Certificate, Evidence};
use samenet::check::verify;
use samenet::domain::Relation;
use samenet::equality::Method;

use super::{by, claim_source, forged, grid, models_source};

fn identical() -> Certificate {
    by(models_source("product", "product", Relation::Equal, None), Method::Identical, None).unwrap()
}

#[test]
fn one_network_is_itself() {
    let certificate = identical();
    assert_eq!(certificate.evidence, Evidence::Identical {});
    assert!(verify(&certificate.to_json()).is_ok());
}

/// Equal functions that are not one network.
#[test]
fn other_networks_are_not_identical() {
    for label in ["equal everywhere", "units", "on bits", "up to shift", "up to scale"] {
        let scale = (label == "up to scale").then(|| super::rational(3, 1));
        let certificate = by(claim_source(label), grid(), scale).unwrap();
        forged(&certificate, "evidence.identical", "not one network", |forged| {
            forged.evidence = Evidence::Identical {};
        });
    }
}

/// Where the models differ, no kind of evidence for equality is accepted.
#[test]
fn different_models_have_no_certificate_of_equality() {
    let methods = [Method::Identical, grid(), super::normal_form(), super::random()];
    for (a, b) in [("product", "almost"), ("both", "lifted"), ("xor", "third"), ("huge", "huge_other")] {
        for relation in [Relation::Equal, Relation::UpToScale] {
            for method in &methods {
                let scale = (relation == Relation::UpToScale).then(|| super::rational(1, 1));
                let result = by(models_source(a, b, relation, None), method.clone(), scale);
                assert!(result.is_err(), "{a} {b} {method:?}");
            }
        }
    }
}
