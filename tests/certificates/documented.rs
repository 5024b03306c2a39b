//! The worked examples of `grammar/certificate.md` are valid, and there is one of every kind.

use samenet::certificate::{Certificate, Evidence};
use samenet::check::verify;

/// The JSON blocks of the specification.
fn examples() -> Vec<String> {
    let text = std::fs::read_to_string("grammar/certificate.md").unwrap();
    let blocks = text.split("\n```json\n").skip(1);
    blocks.map(|block| block.split("\n```").next().unwrap().to_string()).collect()
}

fn kind(certificate: &Certificate) -> &'static str {
    match certificate.evidence {
        Evidence::Witness { .. } => "witness",
        Evidence::Identical {} => "identical",
        Evidence::Rewrite(_) => "rewrite",
        Evidence::Layerwise(_) => "layerwise",
        Evidence::Grid(_) => "grid",
        Evidence::Enumeration(_) => "enumeration",
        Evidence::NormalForm(_) => "normal_form",
        Evidence::RandomEvaluation(_) => "random_evaluation",
        Evidence::Degree(_) => "degree",
        Evidence::InnerProduct(_) => "inner_product",
    }
}

#[test]
fn every_worked_example_is_valid() {
    let mut kinds: Vec<&str> = examples()
        .iter()
        .map(|text| match verify(text) {
            Ok(certificate) => kind(&certificate),
            Err(refusal) => panic!("{refusal}\n{text}"),
        })
        .collect();
    kinds.sort_unstable();
    kinds.dedup();
    let mut all = [
        "witness",
        "identical",
        "rewrite",
        "layerwise",
        "grid",
        "enumeration",
        "normal_form",
        "random_evaluation",
        "degree",
        "inner_product",
    ];
    all.sort_unstable();
    assert_eq!(kinds, all);
}

/// The evidence of one example does not support the statement of another.
#[test]
fn examples_are_not_interchangeable() {
    let all: Vec<Certificate> = examples().iter().map(|text| Certificate::from_json(text).unwrap()).collect();
    for (one, other) in all.iter().zip(all.iter().cycle().skip(1)) {
        // Two of the examples prove one claim in two ways.
        if one.source == other.source {
            continue;
        }
        let forged = Certificate { evidence: other.evidence.clone(), ..one.clone() };
        assert!(verify(&forged.to_json()).is_err());
    }
}
