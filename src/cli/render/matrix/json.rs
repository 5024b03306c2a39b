//! A matrix as JSON, in the schema of `grammar/json.md`.

use serde_json::{Value, json};

use super::View;
use super::tables::bounds;
use crate::claim::words::decimal;
use crate::cli::matrix::table::{Listed, Similarity};
use crate::cli::render::json::{nearest, rational};
use crate::similarity::Bounds;
use crate::similarity::matrix::{Cosine, Number};

/// The matrix.
pub fn of(view: &View<'_>) -> Value {
    let table = view.table;
    let float = table.head.float;
    let model = |(at, model): (usize, &Listed)| {
        let mut object = json!({ "name": model.name, "label": view.label(at), "digest": model.digest });
        put(&mut object, "norm", table.norm(at), float);
        object["left_out"] = json!(table.left_out(at));
        object
    };
    let mut pairs = Vec::new();
    for b in 0..table.count() {
        for a in 0..b {
            if let Some(similarity) = table.similarity(a, b) {
                let mut object = json!({ "a": a, "b": b });
                put(&mut object, "inner", table.inner(a, b), float);
                object["similarity"] = number(&similarity, view.digits, float);
                pairs.push(object);
            }
        }
    }
    let against = view.against.map(|against| {
        let to = |model| table.similarity(against, model).map(|found| number(&found, view.digits, float));
        json!({ "model": against, "similarity": (0..table.count()).map(to).collect::<Vec<_>>() })
    });
    let undecided = view.unfinished.map(|(reason, needed)| json!({ "reason": reason, "needed": needed }));
    json!({
        "schema": 1,
        "metric": table.head.metric, "on": table.head.on, "exact": !float,
        "title": view.labels.title,
        "models": table.head.models.iter().enumerate().map(model).collect::<Vec<_>>(),
        "pairs": pairs,
        "missing": table.missing(),
        "against": against,
        "undecided": undecided,
    })
}

/// What there is if not even the models were read.
pub fn undecided(metric: &str, reason: &str, needed: &str) -> Value {
    json!({ "schema": 1, "metric": metric, "undecided": { "reason": reason, "needed": needed } })
}

/// An inner product, and the nearest float or a bound for the error.
fn put(object: &mut Value, name: &str, number: Option<&Number>, float: bool) {
    match number {
        Some(Number::Exact(value)) if !float => {
            object[name] = rational(value);
            object[format!("{name}_float")] = nearest(value);
        }
        Some(number) => {
            let (value, error) = decimal::digits(&number.bounds());
            object[name] = json!(value);
            object[format!("{name}_error")] = json!(error);
        }
        None => object[name] = Value::Null,
    }
}

/// A similarity, as `similarity --json` writes it.
fn number(similarity: &Similarity, digits: usize, float: bool) -> Value {
    match similarity {
        Similarity::Other(Cosine::Exact(root)) if !float => json!({
            "sign": root.sign(), "squared": rational(root.squared()), "decimal": root.decimal(digits),
            "near": decimal::near_one(root, digits), "float": root.to_f64(),
        }),
        Similarity::Same if !float => {
            json!({ "sign": 1, "squared": "1", "decimal": "1", "near": null, "float": 1.0 })
        }
        _ => {
            let (low, high) = bounds(similarity);
            let bounds = Bounds { low, high };
            let near = decimal::similarity(&bounds, digits).ok().filter(|text| text.contains(' '));
            json!({
                "decimal": decimal::digits(&bounds).0, "at_least": low, "at_most": high, "near": near,
            })
        }
    }
}
