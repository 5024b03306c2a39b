//! `rewrite`.

use samenet::certificate::{Certificate, Evidence, RelationName, Rewrite, Unit};
use samenet::check::{canonical, verify};
use samenet::diagnostic::Sources;
use samenet::equality::Method;
use samenet::model::{Bindings, Program};

use super::{FILE, after, by, claim_source, forged, models_source, number};

const FIELD: &str = "evidence.rewrite";

fn fields(evidence: &mut Evidence) -> &mut Rewrite {
    match evidence {
        Evidence::Rewrite(rewrite) => rewrite,
        other => panic!("{other:?}"),
    }
}

/// The number of the node of a model that is the entrywise product of two others.
fn product_node(model: &str) -> usize {
    let path = std::path::Path::new(FILE);
    let (model, _) =
        Program::load_model(path, Some(model), &Bindings::default(), &mut Sources::default()).unwrap();
    let text = canonical(&model.network).unwrap();
    let line = text.lines().find(|line| line.contains("contract") && line.ends_with("[0] -> [0]")).unwrap();
    line.split(' ').next().unwrap().parse().unwrap()
}

/// `layer` and `turned`, with the units that correspond: unit 2 of `turned` (and 3, its half) is unit 1 of `layer`,
/// of which each is the whole (the rows are the same; what is halved is the column of `down`); unit 0 of `turned` is
/// unit 2 of `layer` (doubled and halved), and unit 1 is unit 0, its factors swapped.
pub fn certificate() -> Certificate {
    let mut certificate = by(claim_source("units"), Method::Identical, None).unwrap();
    let (a, b) = (product_node("layer"), product_node("turned"));
    fields(&mut certificate.evidence).units = [(2, 0), (0, 1), (1, 2), (1, 3)]
        .map(|(i, j)| Unit { a: (a, i), b: (b, j), factor: number(1, 1) })
        .to_vec();
    certificate
}

#[test]
fn units_permuted_rescaled_split_dead_and_swapped() {
    let mut certificate = certificate();
    assert!(!fields(&mut certificate.evidence).folded);
    assert!(verify(&certificate.to_json()).is_ok());
}

/// Correspondences that are not: another unit, another factor, zero, a unit twice, the dead unit, what is not there.
#[test]
fn units_that_do_not_correspond() {
    let certificate = certificate();
    let unit = |forged: &mut Certificate, change: &dyn Fn(&mut Unit)| {
        change(&mut fields(&mut forged.evidence).units[1]);
    };
    for entry in [0, 2, 4] {
        forged(&certificate, &format!("{FIELD}.units.1.factor"), "not this multiple", |forged| {
            unit(forged, &|unit| unit.b.1 = entry);
        });
    }
    for factor in [number(2, 1), number(-1, 1), number(1, 3)] {
        forged(&certificate, &format!("{FIELD}.units.1.factor"), "not this multiple", |forged| {
            unit(forged, &|unit| unit.factor = factor.clone());
        });
    }
    forged(&certificate, &format!("{FIELD}.units.1.factor"), "zero", |forged| {
        unit(forged, &|unit| unit.factor = number(0, 1));
    });
    forged(&certificate, &format!("{FIELD}.units.1.a"), "no such unit", |forged| {
        unit(forged, &|unit| unit.a.1 = 3);
    });
    forged(&certificate, &format!("{FIELD}.units.1.b"), "no such unit", |forged| {
        unit(forged, &|unit| unit.b.0 = 1_000);
    });
    forged(&certificate, &format!("{FIELD}.units"), "twice", |forged| {
        let first = fields(&mut forged.evidence).units[0].clone();
        fields(&mut forged.evidence).units.push(first);
    });
}

/// Models that are not the same, also when the weights differ by less than a float can tell.
#[test]
fn models_that_only_nearly_match() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("near.same");
    let text = |down: &str| format!("model {down}");
    let bilinear = |name: &str, value: &str| {
        text(&format!("{name}(x: 2) = bilinear(x, left: [[1, 2]], right: [[3, 1]], down: [[{value}], [1]])"))
    };
    // 0.1, and the rational that the float 0.1 is: equal in f64, different numbers.
    let float = "0.1000000000000000055511151231257827021181583404541015625";
    std::fs::write(&path, format!("{}\n{}\n", bilinear("a", "0.1"), bilinear("b", float))).unwrap();
    let file = path.to_str().unwrap().to_string();
    let model = |name: &str| samenet::certificate::ModelSource {
        file: file.clone(),
        model: name.to_string(),
        set: Vec::new(),
    };
    let mut certificate = {
        let source = samenet::certificate::Source::Models {
            a: model("a"),
            b: model("a"),
            relation: RelationName::Equal,
            on: None,
        };
        by(source, Method::Identical, None).unwrap()
    };
    certificate.evidence = Evidence::Rewrite(Rewrite { scale: None, folded: false, units: Vec::new() });
    assert!(verify(&certificate.to_json()).is_ok());
    let other = samenet::check::Subject::read(&samenet::certificate::Source::Models {
        a: model("a"),
        b: model("b"),
        relation: RelationName::Equal,
        on: None,
    })
    .unwrap();
    for folded in [false, true] {
        forged(&certificate, FIELD, "do not come out as the same values", |forged| {
            if let samenet::certificate::Source::Models { b, .. } = &mut forged.source {
                b.model = "b".to_string();
            }
            forged.models = other.models.clone();
            forged.evidence = Evidence::Rewrite(Rewrite { scale: None, folded, units: Vec::new() });
        });
    }
}

/// `product` and `squares` are equal, but no unit of one is a unit of the other; on a domain, and up to scale with the
/// wrong factor, nothing is shown either.
#[test]
fn equality_that_is_no_rewrite() {
    for label in ["equal everywhere", "on bits", "tokens"] {
        let certificate = by(claim_source(label), super::grid(), None).unwrap();
        forged(&certificate, FIELD, "do not come out as the same values", |forged| {
            forged.evidence = Evidence::Rewrite(Rewrite { scale: None, folded: false, units: Vec::new() });
        });
    }
    let scaled = by(claim_source("up to scale"), super::grid(), Some(super::rational(3, 1))).unwrap();
    let rewrite = |scale| Evidence::Rewrite(Rewrite { scale, folded: false, units: Vec::new() });
    assert!(after(&scaled, |forged| forged.evidence = rewrite(Some(number(3, 1)))).is_ok());
    for wrong in [number(1, 3), number(2, 1)] {
        forged(&scaled, FIELD, "do not come out", |forged| forged.evidence = rewrite(Some(wrong)));
    }
    forged(&scaled, &format!("{FIELD}.scale"), "not positive", |forged| {
        forged.evidence = rewrite(Some(number(-3, 1)));
    });
    forged(&scaled, &format!("{FIELD}.scale"), "belongs", |forged| forged.evidence = rewrite(None));
}

/// A shift is a sum: only when sums keep their terms can it be seen.
#[test]
fn folding_sees_through_sums() {
    let source = || models_source("both", "both", RelationName::Shift, None);
    let certificate = by(source(), Method::Identical, None).unwrap();
    for folded in [false, true] {
        let rewrite = Rewrite { scale: None, folded, units: Vec::new() };
        assert!(after(&certificate, |changed| changed.evidence = Evidence::Rewrite(rewrite)).is_ok());
    }
}
