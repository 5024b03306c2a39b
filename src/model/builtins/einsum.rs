//! `einsum`, in NumPy's notation.

use std::collections::BTreeMap;

use super::arguments::{Arguments, TensorArgument};

use crate::diagnostic::{Diagnostic, Span};
use crate::model::graph::Graph;
use crate::model::kinds;
use crate::model::value::{Eval, Reported};
use crate::model::words::is_shape;
use crate::network::{Einsum, Label, NodeId};
use crate::plural::plural;

/// The most operands of one call, as in NumPy.
const OPERANDS: usize = 64;

/// A spec: the letters of each operand and of the output.
struct Spec {
    operands: Vec<Vec<char>>,
    output: Vec<char>,
}

pub(super) fn einsum(graph: &mut Graph<'_>, arguments: &Arguments) -> Eval<NodeId> {
    let Some((text, at)) = arguments.text("spec") else { return Err(Reported) };
    let spec = match parse(text) {
        Ok(spec) => spec,
        Err((message, help)) => {
            let diagnostic = Diagnostic::new(kinds::EINSUM_SPEC, at, message);
            return Err(graph.report(diagnostic.help_if_any(help)));
        }
    };
    let operands = arguments.tensors();
    if operands.len() > OPERANDS {
        let message = format!("einsum takes at most {OPERANDS} tensors, but {} are given", operands.len());
        return Err(graph.error(kinds::TOO_LARGE, arguments.span, message));
    }
    if spec.operands.len() != operands.len() {
        let message = format!(
            "the spec is for {}, but {} given",
            plural(spec.operands.len(), "tensor", "tensors"),
            match operands.len() {
                1 => "1 is".to_string(),
                n => format!("{n} are"),
            }
        );
        let diagnostic = Diagnostic::new(kinds::EINSUM_SPEC, at, message);
        return Err(graph.report(diagnostic.help("commas separate the tensors, as in \"ij,j->i\"")));
    }
    let lengths = check_axes(graph, &spec, &operands, at)?;
    let label: BTreeMap<char, Label> =
        lengths.keys().enumerate().map(|(i, &letter)| (letter, i as Label)).collect();
    let labels =
        |letters: &[char]| -> Vec<Label> { letters.iter().filter_map(|c| label.get(c).copied()).collect() };
    graph.checked_shape(spec.output.iter().map(|letter| lengths[letter].0).collect(), arguments.span)?;
    let einsum =
        Einsum { operands: spec.operands.iter().map(|o| labels(o)).collect(), output: labels(&spec.output) };
    graph.build(arguments.span, |builder| {
        builder.contract(operands.iter().map(|operand| operand.id).collect(), einsum)
    })
}

/// The length that every letter stands for, and the first tensor that has it.
fn check_axes(
    graph: &mut Graph<'_>,
    spec: &Spec,
    operands: &[TensorArgument],
    at: Span,
) -> Eval<BTreeMap<char, (usize, Span)>> {
    let mut lengths: BTreeMap<char, (usize, Span)> = BTreeMap::new();
    let mut failed = None;
    for (letters, operand) in spec.operands.iter().zip(operands) {
        let shape = graph.shape(operand.id);
        if letters.len() != shape.rank() {
            let written: String = letters.iter().collect();
            let message = format!(
                "\"{written}\" names {}, but {} {}",
                plural(letters.len(), "axis", "axes"),
                graph.quote(operand.span, "this tensor"),
                is_shape(&shape)
            );
            let diagnostic = Diagnostic::new(kinds::EINSUM_SPEC, operand.span, message);
            failed = Some(graph.report(diagnostic.also(at, "by this spec")));
            continue;
        }
        for (&letter, &length) in letters.iter().zip(shape.axes()) {
            match lengths.get(&letter) {
                Some(&(known, first)) if known != length => {
                    let message =
                        format!("`{letter}` stands for an axis of length {known} and one of length {length}");
                    let diagnostic = Diagnostic::new(kinds::EINSUM_SPEC, operand.span, message)
                        .label(is_shape(&shape))
                        .also(first, format!("`{letter}` is {known} here"));
                    failed = Some(graph.report(diagnostic));
                }
                Some(_) => {}
                None => {
                    lengths.insert(letter, (length, operand.span));
                }
            }
        }
    }
    failed.map_or(Ok(lengths), Err)
}

/// Reads a spec. Without `->` the output is, as in NumPy, the letters that occur once, in alphabetical order.
fn parse(text: &str) -> Result<Spec, (String, Option<&'static str>)> {
    let compact: String = text.chars().filter(|c| !c.is_whitespace()).collect();
    if compact.contains("...") {
        return Err(("einsum does not support `...`".to_string(), Some("name every axis by a letter")));
    }
    let mut halves = compact.split("->");
    let inputs = halves.next().unwrap_or("");
    let output = halves.next();
    if halves.next().is_some() {
        return Err(("a spec has at most one `->`".to_string(), None));
    }
    let letters = |part: &str| -> Result<Vec<char>, (String, Option<&'static str>)> {
        match part.chars().find(|c| !c.is_ascii_alphabetic()) {
            Some(other) => Err((
                format!("axes are named by the letters a to z and A to Z, but {other:?} is not one"),
                Some("a spec looks like \"ij,j->i\""),
            )),
            None => Ok(part.chars().collect()),
        }
    };
    let operands: Vec<Vec<char>> = inputs.split(',').map(letters).collect::<Result<_, _>>()?;
    let occurrences = |letter: char| operands.iter().flatten().filter(|&&other| other == letter).count();
    let output = match output {
        Some(output) => letters(output)?,
        None => {
            let mut once: Vec<char> =
                operands.iter().flatten().copied().filter(|&letter| occurrences(letter) == 1).collect();
            once.sort_unstable();
            once
        }
    };
    for (position, &letter) in output.iter().enumerate() {
        if output[..position].contains(&letter) {
            return Err((format!("the output names `{letter}` twice"), None));
        }
        if occurrences(letter) == 0 {
            return Err((format!("the output names `{letter}`, which no tensor has"), None));
        }
    }
    Ok(Spec { operands, output })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn output(text: &str) -> String {
        parse(text).ok().unwrap().output.into_iter().collect()
    }

    /// NumPy: without an arrow the free letters come in alphabetical order, capitals first.
    #[test]
    fn implicit_output() {
        assert_eq!(output("ij,jk"), "ik");
        assert_eq!(output("ba"), "ab");
        assert_eq!(output("ii"), "");
        assert_eq!(output("bA"), "Ab");
        assert_eq!(output(" i j , j -> "), "");
    }

    #[test]
    fn rejected_specs() {
        for text in ["i->j", "ij->ii", "i->i->i", "i1->i", "...i->i", "i.,j"] {
            assert!(parse(text).is_err(), "{text}");
        }
    }
}
