//! Rewrite proofs in words: which hidden unit of A is which of B.

use num_traits::One;

use super::number::{self, Space};
use crate::equality::{Correspondence, LayerMap, Parting, Rewrite, Sides};
use crate::plural::plural;

/// Lines that an explanation may have.
const LINES: usize = 12;
/// Lines about one layer, when there are several.
const LINES_PER_LAYER: usize = 4;

/// What changed from A to B, in one line.
pub fn line(rewrite: &Rewrite) -> String {
    let units = || rewrite.layers.iter().flat_map(|map| map.units.iter().map(move |unit| (map.layer, unit)));
    let sides = || units().filter_map(|(_, unit)| unit.sides.as_ref());
    let any_unit =
        |test: &dyn Fn(usize, &Correspondence) -> bool| units().any(|(layer, unit)| test(layer, unit));
    let dead = |map: &LayerMap| !map.dead_a.is_empty() || !map.dead_b.is_empty();
    let changes: Vec<&str> = [
        (any_unit(&|layer, unit| layer == unit.layer_a && single(unit) && unit.a != unit.b), "permuted"),
        (
            any_unit(&|_, unit| unit.factor.as_ref().is_none_or(|f| !f.is_one()))
                || sides().any(|sides| !sides.left.is_one() || !sides.right.is_one()),
            "rescaled",
        ),
        (sides().any(|sides| sides.swapped), "their factors swapped"),
        (any_unit(&|_, unit| unit.b.len() > unit.a.len()), "split"),
        (any_unit(&|_, unit| unit.a.len() > unit.b.len()), "merged"),
        (any_unit(&|layer, unit| layer != unit.layer_a), "moved to other layers"),
        (rewrite.layers.iter().any(dead), "dead ones aside"),
    ]
    .into_iter()
    .filter_map(|(seen, word)| seen.then_some(word))
    .collect();
    let what = match changes.as_slice() {
        [] if units().next().is_none() => "the same sums of the same products".to_string(),
        [] => "the same hidden units".to_string(),
        changes => format!("the same hidden units, {}", changes.join(", ")),
    };
    if rewrite.folded { format!("{what}; linear maps multiplied out") } else { what }
}

/// What corresponds to what, in lines: `layer 1: hidden 3 of A = hidden 0 of B, left x2, right x1/2`.
pub fn block(rewrite: &Rewrite) -> Vec<String> {
    let layers: Vec<(&LayerMap, Vec<String>)> =
        rewrite.layers.iter().map(|map| (map, layer(map))).filter(|(_, lines)| !lines.is_empty()).collect();
    let each = if layers.len() == 1 { LINES } else { LINES_PER_LAYER };
    let mut text = Vec::new();
    let mut shown = 0;
    for (map, lines) in &layers {
        if text.len() >= LINES {
            break;
        }
        shown += 1;
        let room = if lines.len() <= each + 1 { lines.len() } else { each };
        text.extend(lines[..room].iter().map(|line| format!("layer {}: {line}", map.layer)));
        if lines.len() > room {
            text.push(format!("layer {}: ... and {} more", map.layer, lines.len() - room));
        }
    }
    if shown < layers.len() {
        text.push(format!("... and {}", plural(layers.len() - shown, "more layer", "more layers")));
    }
    text
}

/// A correspondence of one unit with one.
fn single(unit: &Correspondence) -> bool {
    unit.a.len() == 1 && unit.b.len() == 1
}

/// Whether a unit is where it was, as it was.
fn unchanged(map: &LayerMap, unit: &Correspondence) -> bool {
    let same = |sides: &Sides| !sides.swapped && sides.left.is_one() && sides.right.is_one();
    unit.layer_a == map.layer
        && single(unit)
        && unit.a == unit.b
        && unit.factor.as_ref().is_some_and(One::is_one)
        && unit.sides.as_ref().is_none_or(same)
}

fn layer(map: &LayerMap) -> Vec<String> {
    let (same, changed): (Vec<_>, Vec<_>) = map.units.iter().partition(|unit| unchanged(map, unit));
    let mut lines: Vec<String> = changed.iter().map(|unit| correspondence(map, unit)).collect();
    for (units, network, what) in [
        (&map.dead_a, "A", "dead"),
        (&map.dead_b, "B", "dead"),
        (&map.alone_a, "A", "not a unit of B"),
        (&map.alone_b, "B", "not a unit of A"),
    ] {
        let verb = if units.len() == 1 { "is" } else { "are" };
        if !units.is_empty() {
            lines.push(format!("{} of {network} {verb} {what}", hidden(units)));
        }
    }
    match same.len() {
        0 => {}
        count if lines.is_empty() => lines.push(format!("{} as they were", plural(count, "unit", "units"))),
        count => lines.push(format!("{} as they were", plural(count, "more unit", "more units"))),
    }
    lines
}

fn correspondence(map: &LayerMap, unit: &Correspondence) -> String {
    let of_a =
        if unit.layer_a == map.layer { "A".to_string() } else { format!("layer {} of A", unit.layer_a) };
    let (a, b) = (hidden(&unit.a), hidden(&unit.b));
    let mut text = match (unit.a.len(), unit.b.len()) {
        (1, 1) => format!("{a} of {of_a} = {b} of B"),
        (1, _) => format!("{a} of {of_a} is split into {b} of B"),
        (_, 1) => format!("{a} of {of_a} are merged into {b} of B"),
        _ => format!("{a} of {of_a} are {b} of B together"),
    };
    if !single(unit) {
        return text;
    }
    let times = |name: &str, factor: &num_rational::BigRational| match factor.is_one() {
        true => String::new(),
        false => format!(", {name}x{}", number::rational(factor, Space::Short)),
    };
    match (&unit.sides, &unit.factor) {
        (Some(Sides { left, right, swapped }), _) => {
            text.push_str(&times("left ", left));
            text.push_str(&times("right ", right));
            if *swapped {
                text.push_str(", factors swapped");
            }
        }
        (None, Some(factor)) => text.push_str(&times("", factor)),
        (None, None) => text.push_str(", by a long factor"),
    }
    text
}

/// `hidden 3`, `hidden 1, 2`, `hidden [0, 3]`
fn hidden(units: &[Vec<usize>]) -> String {
    const MOST: usize = 8;
    let name = |unit: &Vec<usize>| match unit.as_slice() {
        [position] => position.to_string(),
        _ => number::index(unit),
    };
    if units.iter().all(Vec::is_empty) {
        // The layer is a scalar.
        return "the hidden unit".to_string();
    }
    let mut names: Vec<String> = units.iter().take(MOST).map(name).collect();
    if units.len() > MOST {
        names.push(format!("and {} more", units.len() - MOST));
    }
    format!("hidden {}", names.join(", "))
}

/// Where networks that differ part, in a line; the names are those of the two.
pub fn parting(parting: &Parting, (first, second): (&str, &str)) -> String {
    let Some(map) = &parting.first else {
        return format!(
            "every hidden unit of {first} is one of {second} up to a factor: the difference is in these \
             factors, or in what reads the units"
        );
    };
    let side = |units: &[Vec<usize>], one: &str, other: &str| {
        let verb = if units.len() == 1 { "is no unit" } else { "are no units" };
        (!units.is_empty()).then(|| format!("{} of {one} {verb} of {other}", hidden(units)))
    };
    let sides: Vec<String> = [side(&map.alone_a, first, second), side(&map.alone_b, second, first)]
        .into_iter()
        .flatten()
        .collect();
    let rest = match map.units.len() {
        0 => String::new(),
        count => format!(", {count} more correspond"),
    };
    format!("they part in layer {} of {}: {}{rest}", map.layer, parting.layers, sides.join(", "))
}
