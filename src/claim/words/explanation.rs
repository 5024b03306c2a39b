//! Explanations of a difference in words: where models agree and differ, and how that is known.

use super::number;
use super::relation;
use super::rewrite;
use super::verdict::Sides;
use crate::claim::answer::Asked;
use crate::domain::{InputSet, Relation};
use crate::equality::{
    Agreement, Coefficient, Coefficients, Explanation, Split, TensorWeights, Weights, Wiring,
};
use crate::plural::plural;
use crate::polynomial::{format_monomial, variable_name};
use crate::similarity::decimal;

/// How many runs of neighbours a list names.
const RUNS: usize = 8;
/// Digits of differences.
const DIGITS: usize = 3;
/// How many coefficients are listed.
const COEFFICIENTS: usize = 5;

/// An explanation in lines.
pub fn lines(explanation: &Explanation, asked: &Asked, sides: &Sides<'_>) -> Vec<String> {
    let shape = &asked.output;
    let output = |position: usize| number::index(&shape.unravel(position));
    let mut lines = Vec::new();
    // For a scalar, the witness says it all.
    if let Some(split) = explanation.outputs.as_ref().filter(|_| shape.size() > 1) {
        if asked.relation == Relation::Equal {
            lines.push(format!("outputs: {}", agreement(split, &output)));
        } else if !split.agree.is_empty() {
            let (agree, differ) = (listed(&split.agree, &output), listed(&split.differ, &output));
            let outputs = [agree.as_str(), &how(split), &differ];
            lines.extend(relation::outputs(asked.relation, explanation.scale.as_ref(), outputs));
        }
    }
    let several = |split: &&Split| split.agree.len() + split.differ.len() + split.unknown.len() > 1;
    if let Some(split) = explanation.degrees.as_ref().filter(several) {
        lines.push(format!("degrees: {}", agreement(split, &|degree| degree.to_string())));
    }
    if let Some(list) = &explanation.coefficients {
        lines.extend(coefficients(list, explanation, asked, sides));
    }
    lines.extend(explanation.weights.as_ref().map(|found| weights(found, sides)).unwrap_or_default());
    lines.extend(wiring(&explanation.wiring, sides));
    lines.extend(
        explanation
            .parting
            .as_ref()
            .filter(|_| explanation.wiring.is_empty())
            .map(|parting| rewrite::parting(parting, sides.of)),
    );
    if let Some(set) = explanation.agree_on.as_ref().and_then(usual) {
        let inputs = if set == "onehot" { "one-hot inputs" } else { &set };
        let relation = relation::suffix(asked.relation);
        lines.push(format!("they agree{relation} on {inputs} (proved): was `on {set}` meant?"));
    }
    if let Some(distance) = &explanation.distance {
        lines.push(format!(
            "they differ little, by a distance of {} (gaussian): to allow for rounding, claim `distance(a, \
             b) <= 1e-6`",
            distance.decimal(3)
        ));
    }
    lines
}

/// A domain as it is written, if it is a set of numbers or one-hot.
pub fn usual(set: &InputSet) -> Option<String> {
    match set {
        InputSet::Finite(values) => {
            let values: Vec<String> = values.iter().map(ToString::to_string).collect();
            Some(format!("{{{}}}", values.join(", ")))
        }
        InputSet::OneHot => Some("onehot".to_string()),
        InputSet::Everything | InputSet::Points(_) => None,
    }
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
pub fn runs(positions: &[usize]) -> Vec<(usize, usize)> {
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

fn coefficients(
    list: &Coefficients,
    explanation: &Explanation,
    asked: &Asked,
    sides: &Sides<'_>,
) -> Vec<String> {
    let Some(_) = list.largest.first() else { return Vec::new() };
    let verb = if list.differing == 1 { "differs" } else { "differ" };
    let most = if list.differing > COEFFICIENTS as u64 { ", most of all" } else { "" };
    let (of, times) = relation::coefficients(asked.relation, &explanation.references, &asked.output);
    let count = plural(list.differing, "coefficient", "coefficients");
    let mut lines = vec![format!("{count}{of} {verb}{most}:")];
    for Coefficient { output, powers, a: one, b: other } in list.largest.iter().take(COEFFICIENTS) {
        let place = number::index(&asked.output.unravel(*output));
        let place = if place.is_empty() { place } else { format!("output {place}, ") };
        let monomial = if powers.is_empty() {
            "constant term".to_string()
        } else {
            format_monomial(powers, |variable| variable_name(&asked.inputs, variable))
        };
        let (one, other, difference) = number::two(one, other);
        let difference = difference.map_or(String::new(), |by| format!(" (difference {by})"));
        let (in_one, in_other) = sides.at;
        lines.push(format!("  {place}{monomial}: {one} {in_one}, {other} {in_other}{times}{difference}"));
    }
    lines
}

/// How many tensors are listed.
const TENSORS: usize = 5;

/// Which weights differ, and which hidden units are not read.
fn weights(found: &Weights, sides: &Sides<'_>) -> Vec<String> {
    let verb = if found.differing == 1 { "differs" } else { "differ" };
    let nouns = if found.from_files { ["weight", "weights"] } else { ["number", "numbers"] };
    let count = format!("{} of {} {verb}", found.differing, plural(found.entries, nouns[0], nouns[1]));
    let one = |tensor: &TensorWeights| {
        let by = if tensor.differing == 1 { "by" } else { "the largest by" };
        let at = number::index(&tensor.index);
        let at = if at.is_empty() { at } else { format!(" at {at}") };
        format!("{by} {}{at}", decimal(&tensor.largest(), DIGITS))
    };
    let mut lines = Vec::new();
    match found.tensors.as_slice() {
        [tensor] if tensor.names == [None, None] => lines.push(format!("{count}, {}", one(tensor))),
        [tensor] => lines.push(format!("{count}, {}, in {}", one(tensor), called(tensor))),
        tensors => {
            lines.push(format!("{count}, in {} tensors:", tensors.len()));
            for tensor in tensors.iter().take(TENSORS) {
                let TensorWeights { differing, entries, .. } = tensor;
                lines.push(format!("  {differing} of {entries} in {}, {}", called(tensor), one(tensor)));
            }
            if tensors.len() > TENSORS {
                lines.push(format!("  ... and in {} more", tensors.len() - TENSORS));
            }
        }
    }
    for tensor in &found.tensors {
        for (units, side) in tensor.unread.iter().zip([sides.at.0, sides.at.1]) {
            let (unit, verb) = if units.len() == 1 { ("unit", "is") } else { ("units", "are") };
            if !units.is_empty() {
                let listed = listed(units, &|unit| unit.to_string());
                lines.push(format!("hidden {unit} {listed} {verb} not read {side}, by {}", called(tensor)));
            }
        }
    }
    lines
}

/// How many heads are listed.
const HEADS: usize = 8;

/// Which heads read something else.
fn wiring(found: &[Wiring], sides: &Sides<'_>) -> Vec<String> {
    let (in_one, in_other) = sides.at;
    let line = |Wiring { head, a, b, shared, entries, of }: &Wiring| {
        let (reader, what) = match (entries, shared) {
            (true, _) => ("part", "entry"),
            (false, true) => ("head", "key-value head"),
            (false, false) => ("head", "head"),
        };
        let of = of.as_ref().map_or(String::new(), |name| format!(" of `{name}`"));
        format!("{reader} {head} reads {what} {a}{of} {in_one}, {b} {in_other}")
    };
    let mut lines: Vec<String> = found.iter().take(HEADS).map(line).collect();
    if found.len() > HEADS {
        lines
            .push(format!("and {} read others, too", plural(found.len() - HEADS, "more head", "more heads")));
    }
    lines
}

/// A tensor by its names.
fn called(tensor: &TensorWeights) -> String {
    match &tensor.names {
        [Some(a), Some(b)] if a == b => format!("`{a}`"),
        [Some(a), Some(b)] => format!("`{a}` and `{b}`"),
        [Some(one), None] | [None, Some(one)] => format!("`{one}`"),
        [None, None] => "a constant".to_string(),
    }
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
