//! The description of a model as text and as JSON.

use serde_json::{Map, Value, json};

use super::json::{self as to_json, seconds};
use crate::arithmetic::HeightBound;
use crate::cli::facts::{Expansion, Facts};
use crate::equality::Estimate;

/// The description for people.
pub fn text(facts: &Facts<'_>) -> String {
    let network = &facts.model.network;
    let mut lines = vec![format!("model {}", facts.model.name)];
    for input in network.inputs() {
        lines.push(format!("  input       {} {}", input.name, input.shape));
    }
    lines.push(format!("  output      {}", network.output_shape()));
    lines.push(format!("  parameters  {}", facts.parameters));
    let operations: Vec<String> = facts
        .operations
        .iter()
        .filter(|(_, count)| *count > 0)
        .map(|(kind, count)| format!("{count} {kind}"))
        .collect();
    lines.push(format!("  nodes       {} ({})", facts.model.network.nodes().len(), operations.join(", ")));
    if let Some(obstacle) = &facts.obstacle {
        lines.push(format!("  degree, height and costs are not known: {obstacle}"));
        return lines.join("\n");
    }
    lines.push(match (&facts.expansion, facts.degree) {
        (Some(Expansion { degree: Some(degree), .. }), _) => format!("  degree      {degree}"),
        (Some(Expansion { degree: None, .. }), _) => {
            "  degree      none, this is the zero polynomial".to_string()
        }
        (None, Some(bound)) => format!("  degree      at most {bound}"),
        (None, None) => "  degree      no bound below 2^64".to_string(),
    });
    lines.push(match &facts.height {
        // For instance 1/3 and -1: sizes sum to at most 2^1, and 3 is at most 2^2.
        Some(HeightBound { denominator_log2: 0, norm_log2, .. }) => {
            format!("  height      integer coefficients, of sum at most 2^{norm_log2}")
        }
        Some(HeightBound { denominator_log2, norm_log2, .. }) => format!(
            "  height      coefficients of sum at most 2^{norm_log2} over a common denominator of at most \
             2^{denominator_log2}"
        ),
        None => "  height      too large to tell".to_string(),
    });
    lines.push("  deciding whether it equals another model of its kind".to_string());
    for Estimate { method, what, seconds, certain } in &facts.cost {
        let time = match seconds {
            Some(seconds) => format!("{}{}", duration(*seconds), if *certain { ", a proof" } else { "" }),
            None => "not possible".to_string(),
        };
        lines.push(format!("    {method}: {time} ({what})"));
    }
    if let Some(expansion) = facts.expansion.as_ref().filter(|expansion| !expansion.outputs.is_empty()) {
        lines.push("  polynomial".to_string());
        lines.extend(expansion.outputs.iter().map(|line| format!("    {line}")));
    }
    lines.join("\n")
}

/// The description for programs, in the schema of `grammar/json.md`.
pub fn json(facts: &Facts<'_>) -> Value {
    let network = &facts.model.network;
    let inputs: Vec<Value> = network
        .inputs()
        .iter()
        .map(|input| json!({"name": input.name, "shape": to_json::shape(&input.shape)}))
        .collect();
    let operations: Map<String, Value> =
        facts.operations.iter().map(|&(kind, count)| (kind.to_string(), json!(count))).collect();
    let exact = facts.expansion.as_ref().and_then(|expansion| expansion.degree);
    json!({
        "schema": 1,
        "model": facts.model.name,
        "inputs": inputs,
        "output_shape": to_json::shape(network.output_shape()),
        "variables": network.variables(),
        "outputs": network.output_shape().size(),
        "parameters": facts.parameters,
        "nodes": operations,
        "degree": {"bound": facts.degree, "exact": exact},
        "height": facts.height.as_ref().map(|height| {
            json!({"norm_log2": height.norm_log2, "denominator_log2": height.denominator_log2})
        }),
        "cost": facts.cost.iter().map(estimate).collect::<Vec<Value>>(),
        "polynomial": facts.expansion.as_ref().map(|expansion| &expansion.outputs),
    })
}

fn estimate(estimate: &Estimate) -> Value {
    json!({
        "method": estimate.method,
        "what": estimate.what,
        "seconds": estimate.seconds.map(seconds),
        "proof": estimate.certain,
    })
}

/// A predicted time. Predictions are rough, so they are not given to the millisecond.
fn duration(seconds: f64) -> String {
    const UNITS: [(f64, &str); 5] = [
        (31_557_600.0, "years"),
        (86_400.0, "days"),
        (3_600.0, "hours"),
        (60.0, "minutes"),
        (1.0, "seconds"),
    ];
    match UNITS.iter().find(|(unit, _)| seconds >= 2.0 * unit) {
        _ if !seconds.is_finite() || seconds > 1e15 => "longer than anyone can wait".to_string(),
        Some((unit, name)) => format!("about {:.0} {name}", seconds / unit),
        None if seconds >= 0.1 => format!("about {seconds:.1} seconds"),
        None => "less than 0.1 seconds".to_string(),
    }
}
