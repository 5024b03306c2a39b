//! Explanations of a difference as JSON.

use samenet::claim::Asked;
use samenet::claim::words::explanation::runs;
use samenet::equality::{Agreement, Coefficient, Coefficients, Explanation, Split};
use samenet::polynomial::{format_monomial, variable_name};
use serde_json::{Value, json};

use super::number::rational;
use super::rewrite::parting;

/// Ranges that one list may have.
const RANGES: usize = 100;

/// An explanation in the schema of `grammar/json.md`.
pub fn explanation(explanation: &Explanation, asked: &Asked) -> Value {
    let shape = &asked.output;
    let index = |position: usize| json!(shape.unravel(position));
    json!({
        "outputs": explanation.outputs.as_ref().map(|outputs| split(outputs, &index)),
        "scale": explanation.scale.as_ref().map(rational),
        "degrees": explanation.degrees.as_ref().map(|degrees| split(degrees, &|degree| json!(degree))),
        "coefficients": explanation.coefficients.as_ref().map(|list| coefficients(list, asked)),
        "parting": explanation.parting.as_ref().map(parting),
    })
}

fn split(split: &Split, name: &impl Fn(usize) -> Value) -> Value {
    let list = |positions: &[usize]| {
        let ranges = runs(positions).into_iter().take(RANGES);
        let ranges: Vec<Value> = ranges.map(|(first, last)| json!([name(first), name(last)])).collect();
        json!({"count": positions.len(), "ranges": ranges})
    };
    json!({
        "agree": list(&split.agree),
        "differ": list(&split.differ),
        "unknown": list(&split.unknown),
        "certain": split.how.map(|how| how == Agreement::Proved),
        "error_log2": match split.how {
            Some(Agreement::Error { error_log2 }) => json!(-i64::from(error_log2)),
            Some(Agreement::Proved) | None => Value::Null,
        },
    })
}

fn coefficients(list: &Coefficients, asked: &Asked) -> Value {
    let one = |coefficient: &Coefficient| {
        let monomial =
            format_monomial(&coefficient.powers, |variable| variable_name(&asked.inputs, variable));
        json!({
            "output": asked.output.unravel(coefficient.output),
            "monomial": monomial,
            "a": rational(&coefficient.a),
            "b": rational(&coefficient.b),
        })
    };
    json!({"differing": list.differing, "largest": list.largest.iter().map(one).collect::<Vec<_>>()})
}
