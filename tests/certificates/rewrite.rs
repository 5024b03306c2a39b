//! `rewrite`.

use std::path::Path;

use samenet::certificate::{Certificate, Evidence, Layer, ModelSource, Rewrite, Source, Units};
use samenet::check::{Subject, canonical, verify};
use samenet::diagnostic::Sources;
use samenet::domain::Relation;
use samenet::equality::Method;
use samenet::model::{Bindings, Program};

use super::{FILE, after, by, claim_source, decided, forged, models_source, number};

const FIELD: &str = "evidence.rewrite";

fn fields(evidence: &mut Evidence) -> &mut Rewrite {
    match evidence {
        Evidence::Rewrite(rewrite) => rewrite,
        other => panic!("{other:?}"),
    }
}

/// The number of the node of a model that is the entrywise product of two others.
fn product_node(model: &str) -> usize {
    let (model, _) =
        Program::load_model(Path::new(FILE), Some(model), &Bindings::default(), &mut Sources::default())
            .unwrap();
    let text = canonical(&model.network).unwrap();
    let line = text.lines().find(|line| line.contains("contract") && line.ends_with("[0] -> [0]")).unwrap();
    line.split(' ').next().unwrap().parse().unwrap()
}

fn rewrite(scale: Option<samenet::certificate::Number>, folded: bool) -> Evidence {
    Evidence::Rewrite(Rewrite { scale, folded, layers: Vec::new() })
}

fn units(a: &[usize], b: &[usize], factor: (i64, i64)) -> Units {
    Units { a: a.to_vec(), b: b.to_vec(), factor: number(factor.0, factor.1) }
}

/// Unit 0 of `turned` is unit 2 of `layer`, doubled on the left and halved on the right; unit 1 is unit 0,
/// its factors swapped; units 2 and 3 are both unit 1 (what is halved is the column of `down`); unit 4 is
/// read by nothing.
#[test]
fn units_permuted_rescaled_split_dead_and_swapped() {
    let mut certificate = decided("units");
    let expected = Layer {
        a: product_node("layer"),
        b: product_node("turned"),
        units: vec![units(&[2], &[0], (1, 1)), units(&[0], &[1], (1, 1)), units(&[1], &[2, 3], (1, 1))],
    };
    let found = Rewrite { scale: None, folded: false, layers: vec![expected] };
    assert_eq!(*fields(&mut certificate.evidence), found);
    assert!(verify(&certificate.to_json()).is_ok());
}

/// Wrong correspondences: another unit, another factor, zero, a unit used twice or not at all, the dead unit,
/// a unit or layer that does not exist.
#[test]
fn units_that_do_not_correspond() {
    let certificate = decided("units");
    let change = |place: &str, change: &dyn Fn(&mut Layer)| {
        forged(&certificate, &format!("{FIELD}.layers{place}"), "claimed", |forged| {
            change(&mut fields(&mut forged.evidence).layers[0]);
        });
    };
    for entry in [1, 2, 3, 1_000] {
        change(".0.units.1.a.0", &|layer| layer.units[1].a = vec![entry]);
    }
    for entry in [0, 2, 4, 1_000] {
        change(".0.units.1.b.0", &|layer| layer.units[1].b = vec![entry]);
    }
    for factor in [number(2, 1), number(-1, 1), number(1, 3), number(0, 1)] {
        change(".0.units.1.factor", &|layer| layer.units[1].factor = factor.clone());
    }
    change(".0.units.0.a.0", &|layer| layer.units.swap(0, 1));
    change(".0.units.2.b", &|layer| layer.units[2].b.truncate(1));
    change(".0.units.2.b", &|layer| layer.units[2].b.push(4));
    change(".0.units.2.a", &|layer| layer.units[2].a = vec![1, 1]);
    change(".0.units.2.b.0", &|layer| layer.units[2].b.reverse());
    change(".0.units", &|layer| layer.units.push(layer.units[0].clone()));
    change(".0.units", &|layer| layer.units.truncate(2));
    change(".0.units", &|layer| layer.units.push(units(&[3], &[4], (1, 1))));
    change(".0.a", &|layer| layer.a += 1);
    change(".0.b", &|layer| layer.b = 0);
    forged(&certificate, &format!("{FIELD}.layers"), "there are 1, and 0 are claimed", |forged| {
        fields(&mut forged.evidence).layers.clear();
    });
    forged(&certificate, &format!("{FIELD}.folded"), "come out as the same values without", |forged| {
        fields(&mut forged.evidence).folded = true;
    });
}

/// Models in a folder of their own, with evidence that proves only that the first model equals itself.
fn compared(text: &str, evidence: Evidence) -> Result<Certificate, samenet::check::Refusal> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("models.same");
    std::fs::write(&path, text).unwrap();
    let file = path.to_str().unwrap().to_string();
    let model = |name: &str| ModelSource { file: file.clone(), model: name.to_string(), set: Vec::new() };
    let source = |b: &str| Source::Models { a: model("a"), b: model(b), relation: Relation::Equal, on: None };
    let certificate = by(source("a"), Method::Identical, None).unwrap();
    let models = Subject::read(&source("b")).unwrap().models;
    after(&certificate, |forged| {
        forged.source = source("b");
        forged.models = models;
        forged.evidence = evidence;
    })
}

/// 0.1, and the rational that the float 0.1 is: equal in f64, different numbers. And a rescaling by 3 that is
/// exact in rationals, next to one that is only the nearest float: 0.1 is no third of 0.3 in f64.
#[test]
fn models_that_only_nearly_match() {
    let float = "0.1000000000000000055511151231257827021181583404541015625";
    let layer = |name: &str, left: &str, down: &str| {
        format!(
            "model {name}(x: 2) = bilinear(x, left: [[1, {left}]], right: [[3, 1]], down: [[{down}], [1]])\n"
        )
    };
    let pairs = [
        (layer("a", "2", "0.1"), layer("b", "2", float)),
        (layer("a", "0.1", "1"), layer("b", float, "1")),
        (layer("a", "2", "1"), layer("b", "2", "1.00000000000000000001")),
        (layer("a", "2", "1"), layer("b", "2.00000000000000000001", "1")),
    ];
    for (a, b) in pairs {
        for folded in [false, true] {
            let refusal = compared(&format!("{a}{b}"), rewrite(None, folded)).unwrap_err();
            assert_eq!(refusal.field, FIELD, "{refusal}");
            assert!(refusal.reason.contains("do not come out as the same values"), "{refusal}");
        }
    }
}

/// `product` and `squares` are equal, but no unit of one is a unit of the other; on a domain, and up to scale
/// with the wrong factor, nothing is shown either.
#[test]
fn equality_that_is_no_rewrite() {
    for label in ["equal everywhere", "on bits", "tokens"] {
        let certificate = by(claim_source(label), super::grid(), None).unwrap();
        for folded in [false, true] {
            forged(&certificate, FIELD, "do not come out as the same values", |forged| {
                forged.evidence = rewrite(None, folded);
            });
        }
    }
    let scaled = by(claim_source("up to scale"), super::grid(), Some(super::rational(3, 1))).unwrap();
    // With the right factor, only the layers are missing.
    forged(&scaled, &format!("{FIELD}.layers"), "there are 1, and 0 are claimed", |forged| {
        forged.evidence = rewrite(Some(number(3, 1)), false);
    });
    for wrong in [number(1, 3), number(2, 1)] {
        forged(&scaled, FIELD, "do not come out", |forged| forged.evidence = rewrite(Some(wrong), false));
    }
    for wrong in [number(-3, 1), number(0, 1)] {
        forged(&scaled, &format!("{FIELD}.scale"), "not positive", |forged| {
            forged.evidence = rewrite(Some(wrong), false);
        });
    }
    forged(&scaled, &format!("{FIELD}.scale"), "belongs", |forged| forged.evidence = rewrite(None, false));
}

/// The hidden basis turned by `M = [[1, 1], [0, 1]]` and back: `down M^-1 M (..)`. The units of the second
/// layer are sums of those of the first only when linear maps are multiplied out.
#[test]
fn folding_sees_through_a_change_of_basis() {
    let mut certificate = decided("another basis");
    let found = fields(&mut certificate.evidence);
    assert!(found.folded);
    assert_eq!(found.layers.len(), 2);
    assert!(found.layers.iter().all(|layer| layer.units.len() == 2), "{:?}", found.layers);
    assert!(verify(&certificate.to_json()).is_ok());
    forged(&certificate, FIELD, "do not come out", |forged| fields(&mut forged.evidence).folded = false);
}

/// The checker accepts what the search proves by rewriting.
#[test]
fn relations_and_domains() {
    let source = models_source("both", "both", Relation::UpToShift, None);
    let certificate = by(source, Method::Identical, None).unwrap();
    assert_eq!(certificate.evidence, Evidence::Identical {});
    let on_bits = models_source("layer", "turned", Relation::Equal, Some("{0, 1}"));
    let rewritten = by(on_bits, Method::Identical, None).unwrap();
    assert!(matches!(rewritten.evidence, Evidence::Rewrite(_)));
}
