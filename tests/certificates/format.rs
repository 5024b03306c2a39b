//! Texts that are not certificates, and certificates whose files are not there or have changed.

use samenet::certificate::{Certificate, Evidence, Source};
use samenet::check::{RefusalKind, verify};
use samenet::domain::Relation;
use samenet::equality::Method;

use super::{after, by, every_kind, models_source};

fn error(text: &str) -> String {
    let refusal = verify(text).unwrap_err();
    assert_eq!(refusal.kind, RefusalKind::Error, "{refusal}");
    refusal.to_string()
}

#[test]
fn texts_that_are_not_certificates() {
    for text in ["", "{", "[]", "null", "1", "{}", "\"certificate\"", "{\"samenet_certificate\": 1}", "\u{0}"]
    {
        assert!(error(text).contains("not a certificate"), "{text}");
    }
    let deep = "[".repeat(100_000);
    assert!(error(&deep).contains("not a certificate"));
}

#[test]
fn other_versions() {
    let text = every_kind()[0].1.to_json();
    for version in ["0", "2", "18446744073709551615"] {
        let changed =
            text.replace("\"samenet_certificate\": 1", &format!("\"samenet_certificate\": {version}"));
        assert!(error(&changed).contains(&format!("version {version}")), "{version}");
    }
    for version in ["-1", "1.0", "1e0", "\"1\"", "null", "01"] {
        let changed =
            text.replace("\"samenet_certificate\": 1", &format!("\"samenet_certificate\": {version}"));
        assert!(error(&changed).contains("not a certificate"), "{version}");
    }
}

#[test]
fn fields_missing_repeated_and_unknown() {
    let text = every_kind()[0].1.to_json();
    for (from, to, reason) in [
        ("\"verdict\": \"holds\",", "", "missing field `verdict`"),
        ("\"verdict\": \"holds\",", "\"verdict\": \"holds\", \"verdict\": \"holds\",", "duplicate field"),
        ("\"verdict\": \"holds\",", "\"verdict\": \"holds\", \"note\": \"\",", "unknown field `note`"),
        ("\"verdict\": \"holds\",", "\"verdict\": \"equal\",", "unknown variant"),
        ("\"evidence\": {", "\"evidence\": {\"identical\": {}, ", "expected"),
        ("\"witness\": {", "\"proof\": {", "unknown variant"),
        ("\"exact\": {", "\"exact\": {\"c\": \"1\",", "unknown field"),
    ] {
        assert!(text.contains(from));
        let found = error(&text.replacen(from, to, 1));
        assert!(found.contains(reason), "{to}: {found}");
    }
    assert!(error(&format!("{text}{text}")).contains("trailing"));
}

/// Variants that a lenient parser would accept: null fields left out, arrays in place of objects, objects in
/// place of names.
#[test]
fn values_have_one_spelling() {
    let all: Vec<String> = every_kind().iter().map(|(_, certificate)| certificate.to_json()).collect();
    let mut tried = 0;
    for (from, to) in [
        ("\"scale\": null,", ""),
        ("\"everywhere\": false,", "\"everywhere\": 0,"),
        ("\"everything\"", "{\"everything\": null}"),
        ("\"holds\"", "{\"holds\": null}"),
        ("\"relation\": \"equal\"", "\"relation\": {\"equal\": null}"),
        ("{\"identical\": {}}", "{\"identical\": []}"),
        ("\"set\": []", "\"set\": {}"),
        ("\"negated\": false", "\"negated\": 0"),
    ] {
        for text in all.iter().filter(|text| text.contains(from)) {
            assert!(error(&text.replacen(from, to, 1)).contains("not a certificate"), "{to}");
            tried += 1;
        }
    }
    assert!(tried > 20);
    // An equality as an array: its relation, whether it is negated, its domain.
    let mut value: serde_json::Value = serde_json::from_str(&all[0]).unwrap();
    let equality = &mut value["statement"]["equality"];
    *equality = ["relation", "negated", "domain"].iter().map(|field| equality[field].clone()).collect();
    assert!(error(&value.to_string()).contains("`equality`"));
}

#[test]
fn files_and_models_that_are_not_there() {
    let certificate =
        by(models_source("product", "product", Relation::Equal, None), Method::Identical, None).unwrap();
    let changes: [&dyn Fn(&mut Certificate); 3] = [
        &|certificate| {
            if let Source::Models { a, .. } = &mut certificate.source {
                a.file = "none.same".to_string()
            }
        },
        &|certificate| {
            if let Source::Models { a, .. } = &mut certificate.source {
                a.model = "none".to_string()
            }
        },
        &|certificate| {
            if let Source::Models { on, .. } = &mut certificate.source {
                *on = Some("{".to_string());
            }
        },
    ];
    for change in changes {
        let refusal = after(&certificate, |changed| change(changed)).unwrap_err();
        assert_eq!(refusal.kind, RefusalKind::Error, "{refusal}");
        assert!(refusal.field.starts_with("source"), "{refusal}");
    }
}

/// One bit of a checkpoint is changed. The digest of the file does not match; if the certificate is given the
/// new digest, the digests of the models do not match.
#[test]
fn weight_files_are_bound() {
    let folder = tempfile::tempdir().unwrap();
    let copy = folder.path().join("weights.safetensors");
    std::fs::copy("examples/checkpoint/step_1000.safetensors", &copy).unwrap();
    let model = samenet::certificate::ModelSource {
        file: "examples/checkpoint.same".to_string(),
        model: "trained".to_string(),
        set: vec![samenet::certificate::Binding {
            name: "NET".to_string(),
            file: copy.to_str().unwrap().to_string(),
        }],
    };
    let source = Source::Models { a: model.clone(), b: model, relation: Relation::Equal, on: None };
    let certificate = by(source, Method::Identical, None).unwrap();
    assert_eq!((certificate.weights.len(), &certificate.evidence), (1, &Evidence::Identical {}));
    assert!(verify(&certificate.to_json()).is_ok());
    let mut bytes = std::fs::read(&copy).unwrap();
    *bytes.last_mut().unwrap() ^= 1;
    std::fs::write(&copy, &bytes).unwrap();
    let refusal = verify(&certificate.to_json()).unwrap_err();
    assert_eq!(
        (refusal.kind, refusal.field.as_str()),
        (RefusalKind::Invalid, "weights.0.sha256"),
        "{refusal}"
    );
    let found = refusal.reason.split('"').nth(1).unwrap();
    let text = certificate.to_json().replace(&certificate.weights[0].sha256.to_string(), found);
    let refusal = verify(&text).unwrap_err();
    assert_eq!((refusal.kind, refusal.field.as_str()), (RefusalKind::Invalid, "models.0"), "{refusal}");
    std::fs::remove_file(&copy).unwrap();
    assert_eq!(verify(&certificate.to_json()).unwrap_err().kind, RefusalKind::Error);
}

#[test]
fn weight_files_that_are_left_out_or_made_up() {
    let certificate = super::every_kind()[0].1.clone();
    super::forged(&certificate, "weights", "there are 0, and 1 are claimed", |forged| {
        forged
            .weights
            .push(samenet::certificate::WeightFile { file: "w.npy".to_string(), sha256: forged.models[0] });
    });
    super::forged(&certificate, "models", "there are 2, and 1 are claimed", |forged| {
        forged.models.truncate(1)
    });
    super::forged(&certificate, "models", "there are 2, and 3 are claimed", |forged| {
        forged.models.push(forged.models[0])
    });
}
