//! Verdicts as JSON, in the schema of `grammar/json.md`.

use samenet::equality::{Evaluation, Method, Relation, Values, Verdict, Witness};
use samenet::network::Input;
use serde_json::{Map, Value, json};

use super::number;
use super::rewrite;
use super::verdict::Asked;
use crate::cli::needs::needed;

/// Whether a verdict admits no doubt.
pub fn certain(verdict: &Verdict) -> bool {
    match verdict {
        Verdict::Equal(proof) => proof.method.certain(),
        Verdict::Different(_) => true,
        Verdict::Undecided(_) => false,
    }
}

/// log2 of the bound on the probability that the verdict is wrong; `null` when there is no such probability,
/// or no answer.
pub fn error_log2(verdict: &Verdict) -> Value {
    match verdict {
        Verdict::Equal(proof) => match proof.method {
            Method::RandomEvaluation { error_log2, .. } => json!(-i64::from(error_log2)),
            _ => Value::Null,
        },
        _ => Value::Null,
    }
}

/// How a verdict was reached.
pub fn evidence(verdict: &Verdict) -> Value {
    match verdict {
        Verdict::Equal(proof) => {
            let mut evidence = method(&proof.method);
            if let (Some(scale), Value::Object(fields)) = (&proof.scale, &mut evidence) {
                fields.insert("scale".to_string(), number::json(scale));
            }
            evidence
        }
        Verdict::Different(_) => json!({"kind": "witness"}),
        Verdict::Undecided(why) => undecided(&why.to_string(), &needed(&why.shortage)),
    }
}

/// Why there is no verdict.
pub fn undecided(reason: &str, needed: &str) -> Value {
    json!({"kind": "undecided", "reason": reason, "needed": needed})
}

fn method(method: &Method) -> Value {
    match method {
        Method::Identical => json!({"kind": "identical"}),
        Method::Rewrite(map) => rewrite::json(map),
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

/// The witness of a verdict, `null` if it has none: one evaluation, or for a relation a list of evaluations.
pub fn witness(verdict: &Verdict, asked: Asked<'_>) -> Value {
    let Verdict::Different(Witness { evaluations }) = verdict else { return Value::Null };
    let all: Vec<Value> = evaluations.iter().map(|one| evaluation(one, asked.a.inputs())).collect();
    match (asked.relation, all.as_slice()) {
        (Relation::Equal, [one]) => one.clone(),
        _ => json!({"evaluations": all}),
    }
}

fn evaluation(evaluation: &Evaluation, inputs: &[Input]) -> Value {
    let point: Map<String, Value> = inputs
        .iter()
        .zip(&evaluation.input)
        .map(|(input, tensor)| (input.name.clone(), number::json_tensor(tensor, number::json)))
        .collect();
    let (a, b, residues) = match &evaluation.values {
        Values::Exact { a, b } => (number::json(a), number::json(b), Value::Null),
        Values::Residues { prime, a, b } => (
            Value::Null,
            Value::Null,
            json!({"prime": prime.to_string(), "a": a.to_string(), "b": b.to_string()}),
        ),
    };
    json!({"input": point, "output": evaluation.output, "a": a, "b": b, "residues": residues})
}

/// A time in seconds, to the microsecond.
pub fn seconds(value: f64) -> Value {
    json!((value * 1e6).round() / 1e6)
}

/// An object with one more field.
pub fn entry(name: &str, value: Value, mut object: Value) -> Value {
    if let Value::Object(fields) = &mut object {
        fields.insert(name.to_string(), value);
    }
    object
}
