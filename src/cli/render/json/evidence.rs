//! How a claim was decided, and how networks differ, as JSON.

use num_rational::BigRational;
use num_traits::One;
use serde_json::{Value, json};

use super::{nearest, rational};
use crate::claim::words::explanation::{runs, usual};
use crate::claim::words::number::DECIMALS;
use crate::claim::words::{Remedies, decimal};
use crate::claim::{Answer, Asked, Finding, Measured};
use crate::domain::Relation;
use crate::equality::{
    Agreement, Coefficient, Coefficients, Correspondence, Degree, Evaluation, Explanation, LayerMap, Method,
    Parting, Proof, Rewrite, Split, TensorWeights, Values, Weights, Wiring, Witness,
};
use crate::network::{Input, Tensor};
use crate::polynomial::{format_monomial, variable_name};

/// Tensors of weights that are listed.
const TENSORS: usize = 100;
/// Ranges that one list may have.
const RANGES: usize = 100;

/// What a claim was decided by, or why it was not.
pub fn finding(answer: &Answer, remedies: &Remedies) -> Value {
    if let Some((reason, needed)) = answer.reason_and_needed(remedies) {
        return undecided(&reason, &needed);
    }
    match &answer.finding {
        Finding::Equal { proof, .. } => self::proof(proof),
        Finding::Different { .. } => json!({"kind": "witness"}),
        Finding::Degree(degree) => self::degree(degree),
        Finding::Number(measured) => inner_products(measured),
        Finding::Undecided(why) => undecided(&why.to_string(), ""),
    }
}

/// Why there is no answer.
pub fn undecided(reason: &str, needed: &str) -> Value {
    json!({"kind": "undecided", "reason": reason, "needed": needed})
}

/// Why two models are the same.
pub fn proof(proof: &Proof) -> Value {
    let mut evidence = method(&proof.method);
    if let (Some(scale), Value::Object(fields)) = (&proof.scale, &mut evidence) {
        fields.insert("scale".to_string(), rational(scale));
        fields.insert("scale_float".to_string(), nearest(scale));
    }
    evidence
}

/// log2 of the bound on the probability of an error; `null` when there is no such probability.
pub fn error_log2(bound: Option<u32>) -> Value {
    bound.map_or(Value::Null, |k| json!(-i64::from(k)))
}

fn method(method: &Method) -> Value {
    match method {
        Method::Identical => json!({"kind": "identical"}),
        Method::Rewrite(map) => rewrite(map),
        Method::Layerwise { levels, bound_log2 } => {
            json!({"kind": "layerwise", "levels": levels, "bound_log2": bound_log2})
        }
        Method::Grid { degree, points, primes, bound_log2 } => {
            let primes: Vec<String> = primes.iter().map(u64::to_string).collect();
            json!({
                "kind": "grid", "degree": degree, "points": points, "primes": primes,
                "bound_log2": bound_log2,
            })
        }
        Method::NormalForm { terms } => json!({"kind": "normal_form", "terms": terms}),
        Method::Enumeration { points, domain_points } => {
            json!({"kind": "enumeration", "points": points, "domain_points": domain_points.to_string()})
        }
        Method::RandomEvaluation { rounds, error_log2, degree, height } => json!({
            "kind": "random_evaluation", "rounds": rounds, "error_log2": -i64::from(*error_log2),
            "degree": degree, "height": height,
        }),
    }
}

fn degree(degree: &Degree) -> Value {
    let (lowest, highest, error) = match degree {
        Degree::Exactly { degree, error_log2 } => (*degree, *degree, *error_log2),
        Degree::Between { lowest, highest, .. } => (*lowest, *highest, None),
    };
    json!({"kind": "degree", "lowest": lowest, "highest": highest, "error_log2": error_log2(error)})
}

fn inner_products(Measured { metric, inner, value, bound, .. }: &Measured) -> Value {
    let [aa, ab, bb, squared] = [&inner.aa, &inner.ab, &inner.bb, value.squared()].map(rational);
    json!({
        "kind": "inner_products", "metric": metric.map_or("domain", |metric| metric.name()),
        "aa": aa, "ab": ab, "bb": bb,
        "aa_float": nearest(&inner.aa), "ab_float": nearest(&inner.ab), "bb_float": nearest(&inner.bb),
        "sign": value.sign(), "squared": squared, "decimal": value.decimal(DECIMALS),
        "squared_float": nearest(value.squared()), "float": value.to_f64(),
        "near": decimal::near(value, DECIMALS, &[BigRational::one(), -BigRational::one(), bound.clone()]),
    })
}

/// A witness: one evaluation, or for a relation a list of evaluations.
pub fn witness(Witness { evaluations }: &Witness, asked: &Asked) -> Value {
    let rows = |at: usize| asked.rows.get(at).map(Vec::as_slice).unwrap_or_default();
    let all = evaluations.iter().enumerate();
    let all: Vec<Value> = all.map(|(at, one)| evaluation(one, &asked.inputs, rows(at))).collect();
    match (asked.relation, all.as_slice()) {
        (Relation::Equal, [one]) => one.clone(),
        _ => json!({"evaluations": all}),
    }
}

/// The values of inputs, by their names.
pub fn point(inputs: &[Input], values: &[Tensor<BigRational>]) -> Value {
    by_name(inputs, values, rational)
}

/// The same as floats.
pub fn point_in_floats(inputs: &[Input], values: &[Tensor<BigRational>]) -> Value {
    by_name(inputs, values, nearest)
}

fn by_name(inputs: &[Input], values: &[Tensor<BigRational>], entry: fn(&BigRational) -> Value) -> Value {
    let named = |(input, value): (&Input, &_)| (input.name.clone(), super::tensor(value, entry));
    Value::Object(inputs.iter().zip(values).map(named).collect())
}

fn evaluation(evaluation: &Evaluation, inputs: &[Input], rows: &[Option<usize>]) -> Value {
    let mut object = json!({
        "input": point(inputs, &evaluation.input), "input_float": point_in_floats(inputs, &evaluation.input),
        "output": evaluation.output,
    });
    let named: serde_json::Map<String, Value> = inputs
        .iter()
        .zip(rows)
        .filter_map(|(input, row)| Some((input.name.clone(), json!((*row)?))))
        .collect();
    if !named.is_empty() {
        object["rows"] = Value::Object(named);
    }
    match &evaluation.values {
        Values::Exact { a, b } => {
            both(&mut object, a, b);
            object["residues"] = Value::Null;
        }
        Values::Residues { prime, a, b } => {
            for name in ["a", "a_float", "b", "b_float", "difference", "difference_float"] {
                object[name] = Value::Null;
            }
            object["residues"] = json!({"prime": prime.to_string(), "a": a.to_string(), "b": b.to_string()});
        }
    }
    object
}

/// Two numbers and their difference, each also as a float.
fn both(object: &mut Value, a: &BigRational, b: &BigRational) {
    for (name, value) in [("a", a), ("b", b), ("difference", &(a - b))] {
        object[name] = rational(value);
        object[format!("{name}_float")] = nearest(value);
    }
}

/// An explanation in the schema of `grammar/json.md`.
pub fn explanation(found: &Explanation, asked: &Asked) -> Value {
    let shape = &asked.output;
    let index = |position: usize| json!(shape.unravel(position));
    json!({
        "outputs": found.outputs.as_ref().map(|outputs| split(outputs, &index)),
        "scale": found.scale.as_ref().map(rational),
        "scale_float": found.scale.as_ref().map(nearest),
        "references": found.references.iter().map(|&position| index(position)).collect::<Vec<_>>(),
        "degrees": found.degrees.as_ref().map(|degrees| split(degrees, &|degree| json!(degree))),
        "coefficients": found.coefficients.as_ref().map(|list| coefficients(list, asked)),
        "weights": found.weights.as_ref().map(weights),
        "wiring": found.wiring.iter().map(wiring).collect::<Vec<_>>(),
        "parting": found.parting.as_ref().map(parting),
        "agree_on": found.agree_on.as_ref().and_then(usual),
        "distance": found.distance.as_ref().map(|distance| distance.decimal(DECIMALS)),
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
        let mut object = json!({"output": asked.output.unravel(coefficient.output), "monomial": monomial});
        both(&mut object, &coefficient.a, &coefficient.b);
        object
    };
    json!({"differing": list.differing, "largest": list.largest.iter().map(one).collect::<Vec<_>>()})
}

/// Which weights differ.
fn weights(found: &Weights) -> Value {
    let tensor = |tensor: &TensorWeights| {
        let mut object = json!({
            "names": tensor.names, "differing": tensor.differing, "entries": tensor.entries,
            "index": tensor.index, "unread_a": tensor.unread[0], "unread_b": tensor.unread[1],
        });
        both(&mut object, &tensor.a, &tensor.b);
        object
    };
    let tensors: Vec<Value> = found.tensors.iter().take(TENSORS).map(tensor).collect();
    json!({
        "from_files": found.from_files, "differing": found.differing, "entries": found.entries,
        "tensors": tensors,
    })
}

/// A head that reads something else.
fn wiring(Wiring { head, a, b, shared, entries, of }: &Wiring) -> Value {
    json!({"head": head, "a": a, "b": b, "shared": shared, "entries": entries, "of": of})
}

/// Where networks that differ part.
fn parting(parting: &Parting) -> Value {
    let first = parting.first.as_ref();
    json!({
        "layers": parting.layers,
        "layer": first.map(|map| map.layer),
        "corresponding": first.map(|map| map.units.len()),
        "alone_a": first.map(|map| &map.alone_a),
        "alone_b": first.map(|map| &map.alone_b),
    })
}

/// A rewrite proof: which hidden unit of A is which of B.
fn rewrite(rewrite: &Rewrite) -> Value {
    let unit = |unit: &Correspondence| {
        let sides = unit.sides.as_ref();
        json!({
            "layer_a": unit.layer_a,
            "a": unit.a,
            "b": unit.b,
            "factor": unit.factor.as_ref().map(rational),
            "factor_float": unit.factor.as_ref().map(nearest),
            "left": sides.map(|sides| rational(&sides.left)),
            "left_float": sides.map(|sides| nearest(&sides.left)),
            "right": sides.map(|sides| rational(&sides.right)),
            "right_float": sides.map(|sides| nearest(&sides.right)),
            "swapped": sides.map(|sides| sides.swapped),
        })
    };
    let layer = |map: &LayerMap| {
        json!({
            "layer": map.layer,
            "units": map.units.iter().map(unit).collect::<Vec<_>>(),
            "dead_a": map.dead_a, "dead_b": map.dead_b,
            "alone_a": map.alone_a, "alone_b": map.alone_b,
        })
    };
    json!({
        "kind": "rewrite", "folded": rewrite.folded, "classes": rewrite.classes,
        "layers": rewrite.layers.iter().map(layer).collect::<Vec<_>>(),
    })
}
