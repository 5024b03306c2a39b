//! Random pairs of small models: the checker accepts no evidence for equality unless expanding both models
//! over the domain shows that they are equal. If they are, there is a grid, an enumeration or a normal form.

use proptest::prelude::*;
use samenet::Budget;
use samenet::certificate::{Evidence, ModelSource, Source};
use samenet::equality::{Approach, Domain, Method, Question, Relation, Verdict, decide_by};
use samenet::model::read_domain;

use super::{by, grid, network, normal_form, random, rational};

use crate::common::size::properties;

/// An expression in `x: 2` and `y: []`, of few values, so that coincidences abound.
fn expression() -> impl Strategy<Value = String> {
    let leaf = prop_oneof![
        Just("x[0]".to_string()),
        Just("x[1]".to_string()),
        Just("y".to_string()),
        Just("1/3".to_string()),
        Just("2".to_string()),
        Just("sum(x)".to_string()),
    ];
    leaf.prop_recursive(4, 12, 2, |inner| {
        let layer = |a: i32, b: i32, e: &str| {
            format!(
                "sum(bilinear({e}, left: [[1, {a}], [{b}, 1]], right: [[1, {b}], [1, 1]], down: [[1, {a}]]))"
            )
        };
        prop_oneof![
            (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("({a} + {b})")),
            (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("({a} - {b})")),
            (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("({a} * {b})")),
            inner.clone().prop_map(|a| format!("({a})^2")),
            inner.clone().prop_map(|a| format!("(2*{a})")),
            (-1..2i32, -1..2i32, inner.clone(), inner).prop_map(move |(a, b, e, f)| layer(
                a,
                b,
                &format!("[{e}, {f}]")
            )),
        ]
    })
}

/// The same function written in another way, or nearly the same function.
fn variant(expression: &str, kind: usize) -> String {
    match kind {
        0 => expression.to_string(),
        1 => format!("(1/2)*({expression} + {expression})"),
        2 => expression.replace("x[0]", "(x[1] + x[0] - x[1])"),
        3 => expression.replace("y", "(y^2)"),
        4 => expression.replace("x[0]", "x[1]"),
        5 => expression.replace("(2*", "(3*"),
        6 => format!("(({expression} + 1)^2 - {expression}^2 - 1)/2"),
        _ => expression.replace("left: [[1, ", "left: [[1, 1/1000 + "),
    }
}

const DOMAINS: [&str; 5] =
    ["", "{0, 1}", "x in {-1, 1}", "x in onehot, y in {0, 1, 2}", "x in points [[0, 1], [2, 2]], y in {0}"];

proptest! {
    #![proptest_config(properties(250, 1000))]

    #[test]
    fn only_equal_models_have_certificates_of_equality(
        one in expression(), kind in 0..8usize, domain in 0..DOMAINS.len(), scaled: bool,
    ) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("pair.same");
        let other = variant(&one, kind);
        let factor = if scaled { "3/2 * " } else { "" };
        let text = format!("model a(x: 2, y: []) = {factor}({one})\nmodel b(x: 2, y: []) = {other}\n");
        std::fs::write(&path, text).unwrap();
        let file = path.to_str().unwrap().to_string();
        let model = |name: &str| ModelSource { file: file.clone(), model: name.to_string(), set: Vec::new() };
        let on = Some(DOMAINS[domain]).filter(|on| !on.is_empty());
        let relation = if scaled { Relation::UpToScale } else { Relation::Equal };
        let source = Source::Models { a: model("a"), b: model("b"), relation, on: on.map(str::to_string) };

        // The truth: `a` and `c b` expanded by the search, which shares no code with the checker.
        let (a, b) = (network(&file, "a"), network(&file, "b"));
        let set = match on {
            None => Domain::everywhere(2),
            Some(on) => read_domain("on", on, &[a.inputs(), b.inputs()], &mut Default::default()).unwrap(),
        };
        let relation = if scaled { Relation::UpToScale } else { Relation::Equal };
        let question = Question { a: &a, b: &b, relation, domain: &set };
        let approaches = [Approach::NormalForm, Approach::Grid, Approach::RandomEvaluation];
        let verdicts = approaches.map(|approach| decide_by(&question, &Budget::default(), approach).unwrap());
        let scale = verdicts.iter().find_map(|verdict| match verdict {
            Verdict::Equal(proof) => Some(proof.scale.clone()),
            _ => None,
        });
        let equal = scale.is_some();
        // Up to scale, a wrong factor proves nothing, except that zero is zero times anything.
        let scale = scale.unwrap_or_else(|| scaled.then(|| rational(3, 2)));

        let rewritten = Method::Identical;
        let methods = [(grid(), true), (normal_form(), true), (random(), true), (rewritten, false)];
        for (method, complete) in methods {
            match by(source.clone(), method.clone(), scale.clone()) {
                Ok(found) => prop_assert!(equal, "{:?}\n{one}\n{other}", found.evidence),
                Err(error) => prop_assert!(!(equal && complete), "{error} {method:?}\n{one}\n{other}"),
            }
        }
        // Swapped models, and a model compared with itself, prove no more than they should.
        let same = Source::Models {
            a: model("a"), b: model("a"), relation: Relation::Equal, on: on.map(str::to_string),
        };
        let same = by(same, Method::Identical, None).unwrap();
        prop_assert_eq!(same.evidence, Evidence::Identical {});
    }
}
