//! Rewrite proofs as JSON: which hidden unit of A is which of B.

use samenet::equality::{Correspondence, LayerMap, Parting, Rewrite};
use serde_json::{Value, json};

use super::number::rational;

/// Where networks that differ part.
pub fn parting(parting: &Parting) -> Value {
    let first = parting.first.as_ref();
    json!({
        "layers": parting.layers,
        "layer": first.map(|map| map.layer),
        "corresponding": first.map(|map| map.units.len()),
        "alone_a": first.map(|map| &map.alone_a),
        "alone_b": first.map(|map| &map.alone_b),
    })
}

/// The evidence, in full.
pub fn rewrite(rewrite: &Rewrite) -> Value {
    let unit = |unit: &Correspondence| {
        let sides = unit.sides.as_ref();
        json!({
            "layer_a": unit.layer_a,
            "a": unit.a,
            "b": unit.b,
            "factor": unit.factor.as_ref().map(rational),
            "left": sides.map(|sides| rational(&sides.left)),
            "right": sides.map(|sides| rational(&sides.right)),
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
