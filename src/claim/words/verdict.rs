//! Verdicts in words: what was decided about two networks, how, and how sure that is.

use num_rational::BigRational;

use super::number::{self, Space};
use super::relation;
use super::rewrite;
use crate::claim::answer::Asked;
use crate::domain::Relation;
use crate::equality::{Method, Proof, Values, Witness};
use crate::network::{Input, Tensor};
use crate::plural::plural;

/// Names of two sides.
#[derive(Clone, Copy, Debug)]
pub struct Sides<'a> {
    /// As in `left side[0] = 3`.
    pub values: (&'a str, &'a str),
    /// As in `hidden 0 of A`.
    pub of: (&'a str, &'a str),
    /// As in `3 in A`.
    pub at: (&'a str, &'a str),
}

impl<'a> Sides<'a> {
    /// The two sides of a claim.
    pub const CLAIM: Sides<'static> = Sides {
        values: ("left side", "right side"),
        of: ("the left side", "the right side"),
        at: ("on the left", "on the right"),
    };

    /// Two models, which are A and B for short.
    pub fn models(a: &'a str, b: &'a str) -> Sides<'a> {
        Sides { values: (a, b), of: ("A", "B"), at: ("in A", "in B") }
    }
}

/// That two networks are related, and why.
pub fn equal(proof: &Proof, relation: Relation) -> String {
    let relation = match (&proof.scale, relation) {
        (Some(scale), _) => {
            format!("equal up to scale, first = {} * second", number::rational(scale, Space::Short))
        }
        (None, relation) => format!("equal{}", relation::suffix(relation)),
    };
    format!("{relation}, {}: {}", sure(&proof.method), method(&proof.method))
}

/// How sure a method is: `proved`, or the bound on the probability of an error.
pub fn sure(method: &Method) -> String {
    method.error_log2().map_or_else(|| "proved".to_string(), error_at_most)
}

/// A bound on the probability of an error.
pub fn error_at_most(k: u32) -> String {
    format!("error at most 2^-{k}")
}

/// What a method did.
pub fn method(method: &Method) -> String {
    match method {
        Method::Identical => "both are one network, node for node".to_string(),
        Method::Rewrite(map) => rewrite::line(map),
        Method::Layerwise { levels, bound_log2 } => format!(
            "the layerwise distance, through {} of products, is zero (checked to {})",
            plural(*levels, "level", "levels"),
            plural(*bound_log2, "bit", "bits")
        ),
        Method::Grid { degree, points, primes, .. } => {
            let primes = plural(primes.len(), "prime", "primes");
            match points {
                1 => format!("agree at the one grid point of degree {degree} modulo {primes}"),
                _ => format!("agree at all {points} grid points of degree {degree} modulo {primes}"),
            }
        }
        Method::NormalForm { terms: 0 } => "both expand to zero".to_string(),
        Method::NormalForm { terms } => {
            format!("both expand to the same polynomials, {}", plural(*terms, "monomial", "monomials"))
        }
        Method::Enumeration { points, domain_points } if domain_points == &(*points).into() => match points {
            1 => "agree at the only point of the domain".to_string(),
            _ => format!("agree at all {points} points of the domain"),
        },
        Method::Enumeration { points, domain_points } => {
            format!("agree at {points} points that determine all {domain_points} of the domain")
        }
        Method::RandomEvaluation { rounds, .. } => {
            format!("{} of random evaluation", plural(*rounds, "round", "rounds"))
        }
    }
}

/// The values of inputs: `x = [1, 1], y = 0`.
pub fn inputs(inputs: &[Input], values: &[Tensor<BigRational>], space: Space) -> Vec<String> {
    let pairs = inputs.iter().zip(values);
    pairs.map(|(input, tensor)| number::named(&input.name, tensor, space)).collect()
}

/// The inputs of an evaluation with the rows of the lists of points that they are.
fn with_rows(mut inputs: Vec<String>, asked: &Asked, evaluation: usize) -> Vec<String> {
    let rows = asked.rows.get(evaluation).map(Vec::as_slice).unwrap_or_default();
    for (text, row) in inputs.iter_mut().zip(rows) {
        if let Some(row) = row {
            text.push_str(&format!(" (row {row} of the points)"));
        }
    }
    inputs
}

/// The evaluations that tell two networks apart, in a line.
pub fn witness_line(witness: &Witness, asked: &Asked) -> String {
    let mut parts = Vec::new();
    let mut previous = None;
    for (position, evaluation) in witness.evaluations.iter().enumerate() {
        let mut at =
            with_rows(inputs(&asked.inputs, &evaluation.input, Space::Short), asked, position).join(", ");
        if at.is_empty() {
            at = "the output".to_string();
        }
        let at = if previous.replace(&evaluation.input) == Some(&evaluation.input) {
            String::new()
        } else {
            format!("{at} gives ")
        };
        let place = number::index(&evaluation.output);
        let place = if place.is_empty() { place } else { format!(" at output {place}") };
        parts.push(match &evaluation.values {
            Values::Exact { a, b } => {
                let (a, b, difference) = number::two(a, b);
                let difference = difference.map_or(String::new(), |by| format!(" (difference {by})"));
                format!("{at}{a} and {b}{place}{difference}")
            }
            Values::Residues { prime, a, b } => format!("{at}{a} and {b}{place} modulo the prime {prime}"),
        });
    }
    let evaluations = parts.join(", but ");
    match relation::refuted(asked.relation) {
        Some(reason) => format!("{evaluations}: {reason}"),
        None => evaluations,
    }
}

/// The same in lines of their own.
pub fn witness_block(witness: &Witness, asked: &Asked, sides: &Sides<'_>) -> Vec<String> {
    let (left, right) = sides.values;
    let mut lines = Vec::new();
    let mut previous = None;
    for (position, evaluation) in witness.evaluations.iter().enumerate() {
        if previous.replace(&evaluation.input) != Some(&evaluation.input) {
            let at = |space| with_rows(inputs(&asked.inputs, &evaluation.input, space), asked, position);
            for (text, exact) in at(Space::Lines).into_iter().zip(at(Space::Exact)) {
                let differs = text != exact;
                lines.push(format!("at {text}"));
                lines.extend(differs.then(|| format!("  exactly {exact}")));
            }
        }
        let place = number::index(&evaluation.output);
        let (left, right) = (format!("{left}{place}"), format!("{right}{place}"));
        let pairs = match &evaluation.values {
            Values::Exact { a, b } => {
                let (first, second, difference) = number::two(a, b);
                let mut pairs = vec![(left, first), (right, second)];
                if let Some(difference) = difference {
                    let [a, b] = [a, b].map(|value| number::rational(value, Space::Exact));
                    let exact = format!("{a} and {b}");
                    pairs.extend([("difference".to_string(), difference), ("exactly".to_string(), exact)]);
                }
                pairs
            }
            Values::Residues { prime, a, b } => [(left, a), (right, b)]
                .map(|(name, x)| (name, format!("{x} modulo the prime {prime}")))
                .into(),
        };
        let width = pairs.iter().map(|(name, _)| name.chars().count()).max().unwrap_or(0);
        lines.extend(pairs.iter().map(|(name, text)| format!("  {name:<width$} = {text}")));
    }
    lines.extend(relation::refuted(asked.relation).map(str::to_string));
    lines
}
