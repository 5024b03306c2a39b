//! Certificates of every kind: accepted as written, refused when anything in them is changed or forged.

mod degree;
mod documented;
mod enumeration;
mod format;
mod grid;
mod identical;
mod inner_product;
mod layerwise;
mod mutation;
mod normal_form;
mod random_evaluation;
mod reader;
mod rewrite;
mod soundness;
mod witness;

use std::path::Path;

use num_bigint::BigInt;
use num_rational::BigRational;
use samenet::Budget;
use samenet::certificate::{Binding, Certificate, Evidence, ModelSource, Natural, Number, Source};
use samenet::check::{Refusal, RefusalKind, verify};
use samenet::claim::{Answer, Asked, CertifyError, Finding, Status, certify};
use samenet::diagnostic::Sources;
use samenet::domain::Relation;
use samenet::equality::{Degree, Method, Proof};
use samenet::model::{Bindings, Program};

/// The models that these tests are about; see the file.
const FILE: &str = "tests/certificates/models.same";

fn program(file: &str) -> Program {
    Program::load(Path::new(file), &Bindings::default(), &mut Sources::default()).unwrap()
}

/// A model of a file.
fn network(file: &str, model: &str) -> samenet::network::Network {
    let read =
        Program::load_model(Path::new(file), Some(model), &Bindings::default(), &mut Sources::default());
    read.unwrap().0.network
}

/// A claim of the file, by its label.
fn claim_source(label: &str) -> Source {
    let claims = program(FILE).claims;
    let position = claims.iter().position(|claim| claim.label.as_deref() == Some(label)).unwrap();
    let text = claims[position].text.clone();
    Source::Claim { file: FILE.to_string(), set: Vec::new(), number: position + 1, text }
}

/// Two models of the file.
fn models_source(a: &str, b: &str, relation: Relation, on: Option<&str>) -> Source {
    let model = |name: &str| ModelSource { file: FILE.to_string(), model: name.to_string(), set: Vec::new() };
    Source::Models { a: model(a), b: model(b), relation, on: on.map(str::to_string) }
}

/// The certificate of a claim as the search decides it.
fn decided(label: &str) -> Certificate {
    measured(label).unwrap()
}

/// The same, or why there is none.
fn measured(label: &str) -> Result<Certificate, CertifyError> {
    let source = claim_source(label);
    let Source::Claim { number, .. } = &source else { unreachable!() };
    let answer = program(FILE).claims[number - 1].decide(&Budget::default()).unwrap();
    certify(source, &answer)
}

/// The certificate that a method would have.
fn by(source: Source, method: Method, scale: Option<BigRational>) -> Result<Certificate, CertifyError> {
    certify(source, &Answer::equal(Proof { method, scale }, Asked::default()))
}

/// The answer that a claim about a degree holds.
fn degree_holds() -> Answer {
    let finding = Finding::Degree(Degree::Exactly { degree: None, error_log2: None });
    Answer { status: Status::Holds, certain: true, finding }
}

fn grid() -> Method {
    Method::Grid { degree: 0, points: 0, primes: Vec::new(), bound_log2: 0 }
}

fn layerwise() -> Method {
    Method::Layerwise { levels: 0, bound_log2: 0 }
}

fn normal_form() -> Method {
    Method::NormalForm { terms: 0 }
}

fn random() -> Method {
    Method::RandomEvaluation { rounds: 0, error_log2: 0, degree: 0, height: 0 }
}

fn rational(n: i64, d: i64) -> BigRational {
    BigRational::new(n.into(), d.into())
}

fn number(n: i64, d: i64) -> Number {
    Number(rational(n, d))
}

fn naturals(values: &[u64]) -> Vec<Natural> {
    values.iter().copied().map(Natural).collect()
}

/// A certificate of every kind, with a name.
fn every_kind() -> Vec<(&'static str, Certificate)> {
    let one = |label: &str, method| by(claim_source(label), method, None).unwrap();
    let same = models_source("product", "product", Relation::Equal, None);
    let degree = |label: &str| certify(claim_source(label), &degree_holds()).unwrap();
    vec![
        ("witness", decided("a witness")),
        ("witness by residues", decided("a large value")),
        ("witness up to scale", decided("no factor")),
        ("witness up to shift", decided("not up to shift")),
        ("identical", by(same, Method::Identical, None).unwrap()),
        ("rewrite", decided("units")),
        ("rewrite, folded", decided("another basis")),
        ("layerwise", one("another basis", layerwise())),
        (
            "layerwise up to scale",
            by(claim_source("three times"), layerwise(), Some(rational(3, 1))).unwrap(),
        ),
        ("grid", one("equal everywhere", grid())),
        ("grid up to scale", by(claim_source("up to scale"), grid(), Some(rational(3, 1))).unwrap()),
        ("enumeration", one("on bits", grid())),
        ("normal form", one("equal everywhere", normal_form())),
        ("normal form on bits", one("on bits", normal_form())),
        ("random evaluation", one("equal everywhere", random())),
        ("degree, bounded", degree("bound")),
        ("degree, reached", degree("degree")),
        ("normal form of one model", degree("cancellation")),
        ("inner products", measured("similar").unwrap()),
        ("inner products on a domain", measured("on signs").unwrap()),
        ("layerwise inner products", measured("nearly Gaussian").unwrap()),
    ]
}

/// Checks a certificate after a change.
fn after(certificate: &Certificate, change: impl FnOnce(&mut Certificate)) -> Result<Certificate, Refusal> {
    let mut changed = certificate.clone();
    change(&mut changed);
    assert_ne!(&changed, certificate, "nothing was changed");
    verify(&changed.to_json())
}

/// Asserts that a changed certificate is invalid, at a field and for a reason.
#[track_caller]
fn forged(certificate: &Certificate, field: &str, reason: &str, change: impl FnOnce(&mut Certificate)) {
    match after(certificate, change) {
        Ok(_) => panic!("it is accepted"),
        Err(refusal) => {
            assert_eq!(refusal.kind, RefusalKind::Invalid, "{refusal}");
            assert!(refusal.field == field && refusal.reason.contains(reason), "{refusal}");
        }
    }
}

#[test]
fn every_kind_is_accepted() {
    for (name, certificate) in every_kind() {
        assert_eq!(verify(&certificate.to_json()).as_ref(), Ok(&certificate), "{name}");
    }
}

/// Evidence for one statement is refused under another, unless it happens to prove that one too.
#[test]
fn evidence_of_other_statements_is_refused() {
    let all = every_kind();
    for (name, certificate) in &all {
        for (other, stolen) in &all {
            if certificate.source == stolen.source || certificate.evidence == stolen.evidence {
                continue;
            }
            let result = after(certificate, |forged| forged.evidence = stolen.evidence.clone());
            // Grids of one degree and size are the same, and equal polynomials have one normal form. So
            // evidence that is accepted must be what the search would write for these models.
            if let Ok(accepted) = result {
                let by = |method| by(accepted.source.clone(), method, None).ok();
                let degree = certify(accepted.source.clone(), &degree_holds());
                let degree_form = matches!(accepted.evidence, Evidence::NormalForm(_)) && degree.is_ok();
                let own = [by(grid()), by(normal_form())].contains(&Some(accepted));
                assert!(own || degree_form, "{other} for {name}");
            }
        }
    }
}

/// A certificate with the source, the statement or the digests of another is refused.
#[test]
fn swapped_models_are_refused() {
    let all = every_kind();
    for (name, certificate) in &all {
        for (_, other) in &all {
            if certificate.source == other.source {
                continue;
            }
            assert!(after(certificate, |forged| forged.source = other.source.clone()).is_err(), "{name}");
            if certificate.statement != other.statement {
                assert!(
                    after(certificate, |forged| forged.statement = other.statement.clone()).is_err(),
                    "{name}"
                );
            }
            if certificate.models != other.models {
                assert!(after(certificate, |forged| forged.models = other.models.clone()).is_err(), "{name}");
            }
        }
        if certificate.models.len() == 2 && certificate.models[0] != certificate.models[1] {
            forged(certificate, "models.0", "is claimed", |forged| forged.models.swap(0, 1));
        }
    }
}

/// A certificate with the opposite verdict is refused.
#[test]
fn the_opposite_verdict_is_refused() {
    use samenet::certificate::Verdict;
    for (_, certificate) in every_kind() {
        assert_eq!(certificate.verdict, Verdict::Holds);
        forged(&certificate, "verdict", "it is \"holds\", and", |forged| forged.verdict = Verdict::Fails);
    }
}

#[test]
fn helpers_make_what_they_say() {
    assert_eq!(number(-6, 4).to_string(), "-3/2");
    assert_eq!(rational(4, 2), BigRational::from_integer(BigInt::from(2)));
    assert_eq!(naturals(&[3]), [Natural(3)]);
    let binding = Binding { name: "W".to_string(), file: "w.npy".to_string() };
    assert_eq!(binding, binding.clone());
}
