//! How a claim was decided, as JSON.

use samenet::claim::words::Remedies;
use samenet::claim::words::number::DECIMALS;
use samenet::claim::{Answer, Asked, Finding, Measured};
use samenet::domain::Relation;
use samenet::equality::{Degree, Evaluation, Method, Proof, Values, Witness};
use samenet::network::Input;
use serde_json::{Map, Value, json};

use super::{number, rewrite};

/// What a claim was decided by, or why it was not.
pub fn finding(answer: &Answer, remedies: &Remedies) -> Value {
    if let Some(reason) = answer.reason() {
        let needed = answer.shortage().map(|shortage| remedies.needed(shortage)).unwrap_or_default();
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
        fields.insert("scale".to_string(), number::rational(scale));
    }
    evidence
}

/// log2 of the bound on the probability that a proof is wrong; `null` when there is no such probability.
pub fn error_log2(proof: &Proof) -> Value {
    proof.method.error_log2().map_or(Value::Null, |k| json!(-i64::from(k)))
}

fn method(method: &Method) -> Value {
    match method {
        Method::Identical => json!({"kind": "identical"}),
        Method::Rewrite(map) => rewrite::rewrite(map),
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
    let error = error.map(|k| -i64::from(k));
    json!({"kind": "degree", "lowest": lowest, "highest": highest, "error_log2": error})
}

fn inner_products(Measured { metric, inner, value, .. }: &Measured) -> Value {
    let [aa, ab, bb, squared] = [&inner.aa, &inner.ab, &inner.bb, value.squared()].map(number::rational);
    json!({
        "kind": "inner_products", "metric": metric.map_or("domain", |metric| metric.name()),
        "aa": aa, "ab": ab, "bb": bb,
        "sign": value.sign(), "squared": squared, "decimal": value.decimal(DECIMALS),
    })
}

/// A witness: one evaluation, or for a relation a list of evaluations.
pub fn witness(Witness { evaluations }: &Witness, asked: &Asked) -> Value {
    let all: Vec<Value> = evaluations.iter().map(|one| evaluation(one, &asked.inputs)).collect();
    match (asked.relation, all.as_slice()) {
        (Relation::Equal, [one]) => one.clone(),
        _ => json!({"evaluations": all}),
    }
}

fn evaluation(evaluation: &Evaluation, inputs: &[Input]) -> Value {
    let point: Map<String, Value> = inputs
        .iter()
        .zip(&evaluation.input)
        .map(|(input, tensor)| (input.name.clone(), number::tensor(tensor, number::rational)))
        .collect();
    let (a, b, residues) = match &evaluation.values {
        Values::Exact { a, b } => (number::rational(a), number::rational(b), Value::Null),
        Values::Residues { prime, a, b } => (
            Value::Null,
            Value::Null,
            json!({"prime": prime.to_string(), "a": a.to_string(), "b": b.to_string()}),
        ),
    };
    json!({"input": point, "output": evaluation.output, "a": a, "b": b, "residues": residues})
}
