//! Contractions as NumPy writes them: `@`, `*`, `.T` or a sum where it is one, `einsum` otherwise.

use std::collections::BTreeSet;

use super::literal::{Code, NumberStyle};
use crate::network::{Einsum, Label, Shape};

/// A contraction: `@`, `*`, `.T` or a sum where it is one, `einsum` otherwise.
pub(super) fn contraction(
    spec: &Einsum,
    operands: &[(Code, &Shape)],
    style: NumberStyle,
) -> Result<Code, String> {
    let codes: Vec<&Code> = operands.iter().map(|(code, _)| code).collect();
    let labels: Vec<&[Label]> = spec.operands.iter().map(Vec::as_slice).collect();
    if labels.iter().all(|labels| labels.is_empty()) {
        // NumPy would make machine integers of Python's.
        let factors: Vec<String> = codes.iter().map(|code| code.bracketed()).collect();
        return Ok(Code::product(factors.join("*")));
    }
    let distinct = |labels: &[Label]| labels.iter().collect::<BTreeSet<_>>().len() == labels.len();
    if let ([x, y], [of_x, of_y]) = (codes.as_slice(), labels.as_slice())
        && distinct(of_x)
        && distinct(of_y)
    {
        let (x, y) = (x.bracketed(), y.bracketed());
        let out = spec.output.as_slice();
        let whole = |labels: &[Label]| labels == out;
        if (of_x.is_empty() || whole(of_x)) && (of_y.is_empty() || whole(of_y)) {
            return Ok(Code::product(format!("{x}*{y}")));
        }
        let product = |left: &[Label], right: &[Label]| {
            left.last() == right.first()
                && left.len() <= 2
                && right.len() <= 2
                && !left.is_empty()
                && [&left[..left.len() - 1], &right[1..]].concat() == out
        };
        if product(of_x, of_y) {
            return Ok(Code::product(format!("{x}@{y}")));
        }
        if product(of_y, of_x) {
            return Ok(Code::product(format!("{y}@{x}")));
        }
        let turned = |labels: &[Label]| -> Vec<Label> { labels.iter().rev().copied().collect() };
        if of_y.len() == 2 && product(of_x, &turned(of_y)) {
            return Ok(Code::product(format!("{x}@{y}.T")));
        }
        if of_x.len() == 2 && product(of_y, &turned(of_x)) {
            return Ok(Code::product(format!("{y}@{x}.T")));
        }
    }
    if let ([x], [of_x]) = (codes.as_slice(), labels.as_slice())
        && distinct(of_x)
    {
        if spec.output.is_empty() {
            return Ok(Code::atom(format!("{}.sum()", x.bracketed())));
        }
        if of_x.len() == 2 && spec.output.iter().rev().eq(of_x.iter()) {
            return Ok(Code::atom(format!("{}.T", x.bracketed())));
        }
    }
    let letters = |labels: &[Label]| -> Result<String, String> {
        let letter = |&label: &Label| {
            let alphabet = (b'a'..=b'z').chain(b'A'..=b'Z');
            alphabet
                .map(char::from)
                .nth(label as usize)
                .ok_or_else(|| "an einsum has too many axes".to_string())
        };
        labels.iter().map(letter).collect()
    };
    let specs: Result<Vec<String>, String> = labels.iter().map(|labels| letters(labels)).collect();
    let texts: Vec<&str> = codes.iter().map(|code| code.text.as_str()).collect();
    // One after the other is faster, but NumPy cannot do so with Python's numbers.
    let optimize = if codes.len() > 2 && style == NumberStyle::Floats { ", optimize=True" } else { "" };
    Ok(Code::atom(format!(
        "np.einsum(\"{}->{}\", {}{optimize})",
        specs?.join(","),
        letters(&spec.output)?,
        texts.join(", ")
    )))
}
