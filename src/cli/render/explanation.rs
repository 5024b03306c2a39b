//! Explanations of a difference in words and as JSON: where models agree and differ, and how that is known.

use samenet::equality::{Agreement, Coefficient, Coefficients, Explanation, Relation, Split};
use samenet::network::{Network, Shape};
use samenet::plural::plural;
use samenet::polynomial::{format_monomial, variable_name};
use serde_json::{Value, json};

use super::number::{self, Space};
use super::rewrite;
use super::verdict::Asked;

/// Runs of neighbours that one list in words may have.
const RUNS: usize = 8;
/// Coefficients that are listed in words.
const COEFFICIENTS: usize = 5;
/// Ranges that one list in JSON may have.
const RANGES: usize = 100;

/// What the two sides are called.
#[derive(Clone, Copy, Debug)]
pub struct Names {
    /// As in `hidden 0 of A`.
    pub of: (&'static str, &'static str),
    /// As in `3 in A`.
    pub at: (&'static str, &'static str),
}

/// The two models of a command.
pub const MODELS: Names = Names { of: ("A", "B"), at: ("in A", "in B") };
/// The two sides of a claim.
pub const SIDES: Names =
    Names { of: ("the left side", "the right side"), at: ("on the left", "on the right") };

/// An explanation in lines.
pub fn lines(explanation: &Explanation, asked: Asked<'_>, names: Names) -> Vec<String> {
    let shape = asked.a.output_shape();
    let output = |position: usize| number::index(&shape.unravel(position));
    let mut lines = Vec::new();
    // Of a scalar there is nothing to say that the witness does not.
    if let Some(split) = explanation.outputs.as_ref().filter(|_| shape.size() > 1) {
        match (asked.relation, &explanation.scale) {
            (Relation::Equal, _) => lines.push(format!("outputs: {}", agreement(split, &output))),
            (Relation::UpToScale, Some(scale)) if !split.agree.is_empty() => lines.push(format!(
                "c = {} fits outputs {}{}, not {}",
                number::rational(scale, Space::Short),
                listed(&split.agree, &output),
                how(split),
                listed(&split.differ, &output),
            )),
            (Relation::UpToShift, _) if !split.agree.is_empty() => lines.push(format!(
                "outputs {} are shifted alike{}, {} otherwise",
                listed(&split.agree, &output),
                how(split),
                listed(&split.differ, &output),
            )),
            (Relation::UpToScale | Relation::UpToShift, _) => {}
        }
    }
    let several = |split: &&Split| split.agree.len() + split.differ.len() + split.unknown.len() > 1;
    if let Some(split) = explanation.degrees.as_ref().filter(several) {
        lines.push(format!("degrees: {}", agreement(split, &|degree| degree.to_string())));
    }
    if let Some(list) = &explanation.coefficients {
        lines.extend(coefficients(list, asked.a, names));
    }
    lines.extend(explanation.parting.as_ref().map(|parting| rewrite::parting(parting, names.of)));
    lines
}

/// `[0] and [1] agree (proved), [2] differs`
fn agreement(split: &Split, name: &impl Fn(usize) -> String) -> String {
    let verb =
        |list: &[usize], one: &'static str, many: &'static str| if list.len() == 1 { one } else { many };
    let mut parts = Vec::new();
    if !split.agree.is_empty() {
        let verb = verb(&split.agree, "agrees", "agree");
        parts.push(format!("{} {verb}{}", listed(&split.agree, name), how(split)));
    }
    let all = split.agree.is_empty() && split.unknown.is_empty();
    match split.differ.len() {
        0 => {}
        count if all && count > RUNS => parts.push(format!("all {count} differ")),
        _ => {
            parts.push(format!(
                "{} {}",
                listed(&split.differ, name),
                verb(&split.differ, "differs", "differ")
            ));
        }
    }
    if !split.unknown.is_empty() {
        parts.push(format!("of {} it is not known", listed(&split.unknown, name)));
    }
    parts.join(", ")
}

/// ` (proved)`, or the bound on the error.
fn how(split: &Split) -> String {
    match split.how {
        None => String::new(),
        Some(Agreement::Proved) => " (proved)".to_string(),
        Some(Agreement::Error { error_log2 }) => format!(" (error at most 2^-{error_log2})"),
    }
}

/// Neighbours among ascending positions: the first and the last of every run.
fn runs(positions: &[usize]) -> Vec<(usize, usize)> {
    let mut runs: Vec<(usize, usize)> = Vec::new();
    for &position in positions {
        match runs.last_mut() {
            Some((_, last)) if last.checked_add(1) == Some(position) => *last = position,
            _ => runs.push((position, position)),
        }
    }
    runs
}

/// `[0] to [7], [9] and [11]`
fn listed(positions: &[usize], name: &impl Fn(usize) -> String) -> String {
    let mut parts = Vec::new();
    let mut left = positions.len();
    for (first, last) in runs(positions) {
        if parts.len() == RUNS {
            break;
        }
        left -= last - first + 1;
        match last - first {
            0 => parts.push(name(first)),
            1 => parts.extend([name(first), name(last)]),
            _ => parts.push(format!("{} to {}", name(first), name(last))),
        }
    }
    if left > 0 {
        parts.push(format!("{left} more"));
    }
    match parts.split_last() {
        Some((last, rest)) if !rest.is_empty() => format!("{} and {last}", rest.join(", ")),
        _ => parts.concat(),
    }
}

fn coefficients(list: &Coefficients, a: &Network, names: Names) -> Vec<String> {
    let Some(_) = list.largest.first() else { return Vec::new() };
    let verb = if list.differing == 1 { "differs" } else { "differ" };
    let most = if list.differing > COEFFICIENTS as u64 { ", most of all" } else { "" };
    let mut lines = vec![format!("{} {verb}{most}:", plural(list.differing, "coefficient", "coefficients"))];
    for Coefficient { output, powers, a: one, b: other } in list.largest.iter().take(COEFFICIENTS) {
        let place = number::index(&a.output_shape().unravel(*output));
        let place = if place.is_empty() { place } else { format!("output {place}, ") };
        let monomial = if powers.is_empty() {
            "constant term".to_string()
        } else {
            format_monomial(powers, |variable| variable_name(a, variable))
        };
        let (one, other) = number::two(one, other, Space::Short);
        lines.push(format!("  {place}{monomial}: {one} {}, {other} {}", names.at.0, names.at.1));
    }
    lines
}

/// An explanation in the schema of `grammar/json.md`.
pub fn json(explanation: &Explanation, asked: Asked<'_>) -> Value {
    let shape = asked.a.output_shape();
    let index = |position: usize| json!(shape.unravel(position));
    json!({
        "outputs": explanation.outputs.as_ref().map(|outputs| split_json(outputs, &index)),
        "scale": explanation.scale.as_ref().map(number::json),
        "degrees": explanation.degrees.as_ref().map(|degrees| split_json(degrees, &|degree| json!(degree))),
        "coefficients": explanation.coefficients.as_ref().map(|list| coefficients_json(list, asked.a, shape)),
        "parting": explanation.parting.as_ref().map(rewrite::parting_json),
    })
}

fn split_json(split: &Split, name: &impl Fn(usize) -> Value) -> Value {
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

fn coefficients_json(list: &Coefficients, a: &Network, shape: &Shape) -> Value {
    let one = |coefficient: &Coefficient| {
        json!({
            "output": shape.unravel(coefficient.output),
            "monomial": format_monomial(&coefficient.powers, |variable| variable_name(a, variable)),
            "a": number::json(&coefficient.a),
            "b": number::json(&coefficient.b),
        })
    };
    json!({"differing": list.differing, "largest": list.largest.iter().map(one).collect::<Vec<_>>()})
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_name_runs_and_are_cut() {
        let list = |positions: &[usize]| listed(positions, &|position| format!("[{position}]"));
        assert_eq!(list(&[3]), "[3]");
        assert_eq!(list(&[3, 4]), "[3] and [4]");
        assert_eq!(list(&[0, 1, 2, 3, 5, 8, 9, 10]), "[0] to [3], [5] and [8] to [10]");
        let odd: Vec<usize> = (0..20).map(|i| 2 * i + 1).collect();
        assert_eq!(list(&odd), "[1], [3], [5], [7], [9], [11], [13], [15] and 12 more");
        assert_eq!(list(&[usize::MAX]), format!("[{}]", usize::MAX));
    }

    #[test]
    fn proof_and_probability_are_told_apart() {
        let name = |position: usize| position.to_string();
        let split = |how| Split { agree: vec![0, 1, 2], differ: vec![3], unknown: Vec::new(), how };
        assert_eq!(agreement(&split(Some(Agreement::Proved)), &name), "0 to 2 agree (proved), 3 differs");
        let error = Some(Agreement::Error { error_log2: 126 });
        assert_eq!(agreement(&split(error), &name), "0 to 2 agree (error at most 2^-126), 3 differs");
        let unknown = Split { differ: vec![0, 1], unknown: vec![2], ..Split::default() };
        assert_eq!(agreement(&unknown, &name), "0 and 1 differ, of 2 it is not known");
        let all = Split { differ: (0..10).collect(), ..Split::default() };
        assert_eq!(agreement(&all, &name), "all 10 differ");
        let some = Split { differ: vec![0, 1, 2], ..Split::default() };
        assert_eq!(agreement(&some, &name), "0 to 2 differ");
    }
}
