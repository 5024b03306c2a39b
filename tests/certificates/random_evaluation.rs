//! `random_evaluation`.

use samenet::certificate::{Certificate, Evidence, ModelSource, Natural, RandomEvaluation, Source};
use samenet::check::{RefusalKind, verify};
use samenet::domain::Relation;

use super::{by, claim_source, forged, models_source, number, random, rational};

fn fields(evidence: &mut Evidence) -> &mut RandomEvaluation {
    match evidence {
        Evidence::RandomEvaluation(random) => random,
        other => panic!("{other:?}"),
    }
}

fn certificate(label: &str) -> Certificate {
    by(claim_source(label), random(), None).unwrap()
}

const FIELD: &str = "evidence.random_evaluation";

/// Degree 2, a handful of bits: no prime of 61 bits divides a coefficient, so a round errs with at most 2 /
/// 2^61, and three rounds are needed for 2^-128.
#[test]
fn rounds_follow_from_the_bounds() {
    let mut certificate = certificate("equal everywhere");
    let random = fields(&mut certificate.evidence);
    assert_eq!((random.degree, random.points, random.primes.len(), random.error_log2), (2, 1, 3, 180));
    assert!(random.primes.iter().all(|prime| prime.0 >> 61 == 1));
}

#[test]
fn too_small_bounds_and_too_few_rounds() {
    let certificate = certificate("equal everywhere");
    let change = |field: &str, reason: &str, change: &dyn Fn(&mut RandomEvaluation)| {
        forged(&certificate, &format!("{FIELD}.{field}"), reason, |forged| {
            change(fields(&mut forged.evidence))
        });
    };
    change("degree", "it is 2, and", &|random| random.degree = 1);
    change("degree", "it is 2, and", &|random| random.degree = 3);
    change("height", "it is", &|random| random.height -= 1);
    change("height", "it is", &|random| random.height += 1);
    change("points", "it is 1, and", &|random| random.points = 0);
    change("error_log2", "it is 180, and", &|random| random.error_log2 = 181);
    change("error_log2", "it is 180, and", &|random| random.error_log2 = 128);
    change("primes", "there are 3, and", &|random| random.primes.truncate(2));
    change("primes", "there are 3, and", &|random| random.primes.clear());
    change("primes", "there are 3, and", &|random| random.primes.push(Natural((1 << 62) - 57)));
}

/// Primes that are chosen by hand, reordered, or taken from other models. Points cannot be chosen: the format
/// has no place for them.
#[test]
fn chosen_primes_and_points() {
    let certificate = certificate("equal everywhere");
    type Change<'a> = (usize, &'a dyn Fn(&mut Vec<Natural>));
    let primes: [Change<'_>; 5] = [
        (0, &|primes| primes[0] = Natural((1 << 62) - 57)),
        (1, &|primes| primes[1] = primes[0]),
        (0, &|primes| primes.swap(0, 2)),
        (2, &|primes| primes[2] = Natural(101)),
        (2, &|primes| primes[2].0 += 2),
    ];
    for (place, change) in primes {
        forged(&certificate, &format!("{FIELD}.primes.{place}"), "is claimed", |forged| {
            change(&mut fields(&mut forged.evidence).primes);
        });
    }
    let other = fields(&mut by(claim_source("partly bits"), random(), None).unwrap().evidence).primes.clone();
    forged(&certificate, &format!("{FIELD}.primes.0"), "is claimed", |forged| {
        fields(&mut forged.evidence).primes = other;
    });
    let text = certificate
        .to_json()
        .replace("\"everywhere\": false,", "\"everywhere\": false, \"point\": [\"0\", \"0\"],");
    let refusal = verify(&text).unwrap_err();
    assert!(refusal.reason.contains("unknown field `point`"), "{refusal}");
}

/// On a domain whose finite part is walked through: the bits of y, 4 points; or on all inputs, when it is
/// true there.
#[test]
fn domains() {
    let mut mixed = certificate("partly bits");
    let random = fields(&mut mixed.evidence);
    assert_eq!((random.everywhere, random.points), (false, 4));
    // mixed and mixed_other differ off the domain.
    let refused = super::after(&mixed, |forged| fields(&mut forged.evidence).everywhere = true);
    assert!(refused.is_err());
    let plain = certificate("equal everywhere");
    forged(&plain, &format!("{FIELD}.everywhere"), "about all inputs already", |forged| {
        fields(&mut forged.evidence).everywhere = true;
    });
}

/// On 64 bits and of degree 32, points of weight at most 32 cannot be walked through; equality on all inputs
/// is shown instead, and claims no more than that.
#[test]
fn all_inputs_in_place_of_too_many_points() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("bits.same");
    std::fs::write(&path, "model a(x: 64) = sum(x)^32\nmodel b(x: 64) = sum(2*x)^32 / 2^32\n").unwrap();
    let model = |name: &str| ModelSource {
        file: path.to_str().unwrap().to_string(),
        model: name.to_string(),
        set: Vec::new(),
    };
    let (a, b, on) = (model("a"), model("b"), Some("{0, 1}".to_string()));
    let source = Source::Models { a, b, relation: Relation::Equal, on };
    let mut certificate = by(source, random(), None).unwrap();
    let random = fields(&mut certificate.evidence);
    assert_eq!((random.everywhere, random.degree, random.points), (true, 32, 1));
    let refusal =
        super::after(&certificate, |forged| fields(&mut forged.evidence).everywhere = false).unwrap_err();
    assert_eq!(refusal.kind, RefusalKind::Incomplete, "{refusal}");
}

#[test]
fn different_models_disagree() {
    for (a, b, on) in
        [("product", "almost", None), ("xor", "third", Some("{0, 1}")), ("mixed", "mixed_other", None)]
    {
        let error = by(models_source(a, b, Relation::Equal, on), random(), None).unwrap_err();
        assert!(error.to_string().contains("the models differ modulo"), "{error}");
    }
}

#[test]
fn relations() {
    let scaled = by(claim_source("up to scale"), random(), Some(rational(3, 1))).unwrap();
    assert!(verify(&scaled.to_json()).is_ok());
    for wrong in [Some(number(4, 1)), Some(number(-3, 1)), None] {
        let refused = super::after(&scaled, |forged| fields(&mut forged.evidence).scale = wrong);
        assert!(refused.is_err());
    }
    assert!(by(claim_source("up to shift"), random(), None).is_ok());
}
