//! Verdicts in words: what was decided, how, and how sure that is.

use samenet::equality::{Evaluation, Method, Proof, Relation, Values, Verdict, Witness};
use samenet::network::{Input, Network};
use samenet::plural::plural;

use super::number::{self, Space};
use super::rewrite;
use crate::cli::needs::needed;

/// The question that a verdict answers, as far as its text needs it.
#[derive(Clone, Copy)]
pub struct Asked<'a> {
    /// The first network; its inputs' names are used.
    pub a: &'a Network,
    /// What was asked.
    pub relation: Relation,
}

/// The verdict in one line.
pub fn line(verdict: &Verdict, asked: Asked<'_>) -> String {
    match verdict {
        Verdict::Equal(proof) => equal(proof, asked.relation),
        Verdict::Different(witness) => format!("different: {}", witness_line(witness, asked)),
        Verdict::Undecided(why) => undecided(&why.to_string(), &needed(&why.shortage)),
    }
}

/// `undecided` with the reason and what would be needed.
pub fn undecided(reason: &str, needed: &str) -> String {
    if needed.is_empty() {
        format!("undecided: {reason}")
    } else {
        format!("undecided: {reason}; try {needed}")
    }
}

fn equal(proof: &Proof, relation: Relation) -> String {
    let relation = match (&proof.scale, relation) {
        (Some(scale), _) => {
            format!("equal up to scale, first = {} * second", number::rational(scale, Space::Short))
        }
        (None, Relation::UpToShift) => "equal up to shift".to_string(),
        (None, _) => "equal".to_string(),
    };
    match &proof.method {
        Method::RandomEvaluation { error_log2, .. } => {
            format!("{relation}, error at most 2^-{error_log2}: {}", method(&proof.method))
        }
        _ => format!("{relation}, proved: {}", method(&proof.method)),
    }
}

/// Why two networks are the same, as indented lines, where there is more to say than fits one line.
pub fn explanation(verdict: &Verdict) -> Vec<String> {
    match verdict {
        Verdict::Equal(Proof { method: Method::Rewrite(map), .. }) => rewrite::block(map),
        _ => Vec::new(),
    }
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

/// The inputs of an evaluation: `x = [1, 1], y = 0`.
fn inputs(evaluation: &Evaluation, inputs: &[Input], space: Space) -> Vec<String> {
    let pairs = inputs.iter().zip(&evaluation.input);
    pairs.map(|(input, tensor)| number::named(&input.name, tensor, space)).collect()
}

fn values(values: &Values, space: Space) -> (String, String, String) {
    match values {
        Values::Exact { a, b } => {
            let (a, b) = number::two(a, b, space);
            (a, b, String::new())
        }
        Values::Residues { prime, a, b } => {
            (a.to_string(), b.to_string(), format!(" modulo the prime {prime}"))
        }
    }
}

fn witness_line(witness: &Witness, asked: Asked<'_>) -> String {
    let mut parts = Vec::new();
    let mut previous = None;
    for evaluation in &witness.evaluations {
        let mut at = inputs(evaluation, asked.a.inputs(), Space::Short).join(", ");
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
        let (a, b, modulo) = values(&evaluation.values, Space::Short);
        parts.push(format!("{at}{a} and {b}{place}{modulo}"));
    }
    let reason = match asked.relation {
        Relation::Equal => "",
        Relation::UpToScale => ": no positive factor fits",
        Relation::UpToShift => ": the shifts differ",
    };
    format!("{}{reason}", parts.join(", but "))
}

/// A witness as indented lines, `left` and `right` being the names of the two sides.
pub fn witness_block(witness: &Witness, asked: Asked<'_>, (left, right): (&str, &str)) -> Vec<String> {
    let mut lines = Vec::new();
    let mut previous = None;
    for evaluation in &witness.evaluations {
        if previous.replace(&evaluation.input) != Some(&evaluation.input) {
            let at = inputs(evaluation, asked.a.inputs(), Space::Lines);
            lines.extend(at.into_iter().map(|text| format!("at {text}")));
        }
        let (a, b, modulo) = values(&evaluation.values, Space::Lines);
        let place = number::index(&evaluation.output);
        let (left, right) = (format!("{left}{place}"), format!("{right}{place}"));
        let width = left.chars().count().max(right.chars().count());
        lines.push(format!("  {left:<width$} = {a}{modulo}"));
        lines.push(format!("  {right:<width$} = {b}{modulo}"));
    }
    match asked.relation {
        Relation::Equal => {}
        Relation::UpToScale => lines.push("no factor c > 0 fits".to_string()),
        Relation::UpToShift => {
            lines.push("the differences along the last axis are not all the same".to_string())
        }
    }
    lines
}
