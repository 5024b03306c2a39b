//! What is wrong with a claim, in words for the message of a panic.

use num_rational::BigRational;
use num_traits::Zero;

use crate::diagnostic::{Diagnostic, Sources};
use crate::domain::{Quantity, Relation};
use crate::equality::{Degree, Evaluation, Method, Values, Verdict};
use crate::judge::Status;
use crate::model::Claim;
use crate::network::{Input, Tensor};
use crate::shortage::{Shortage, Undecided, duration, memory_size};
use crate::similarity::Root;

/// Numbers with more characters than this are cut.
const LONGEST: usize = 200;
/// Tensors with more entries than this are listed by their nonzero entries, and by no more of them than this.
const MANY: usize = 16;

/// A diagnostic: its place, what is wrong, and how to fix it.
pub(super) fn diagnostic(diagnostic: &Diagnostic, sources: &Sources) -> String {
    let mut text = match &diagnostic.primary {
        Some(primary) => {
            let (line, column) = sources.line_column(primary.span.file, primary.span.start as usize);
            format!("{}:{line}:{column}: ", sources.get(primary.span.file).path.display())
        }
        None => String::new(),
    };
    text.push_str(&format!("error[{}]: {}", diagnostic.kind, printable(&diagnostic.message)));
    for help in &diagnostic.help {
        text.push_str(&format!("\n  help: {}", printable(help)));
    }
    text
}

/// A claim that does not hold: its place, its label, what it says, and why. A claim without a status has no
/// meaning.
pub(super) fn claim(claim: &Claim, sources: &Sources, status: Option<Status>, why: &[String]) -> String {
    let (line, _) = sources.line_column(claim.span.file, claim.span.start as usize);
    let word = match status {
        Some(Status::Holds) => "holds",
        Some(Status::Fails) => "fails",
        Some(Status::Undecided) => "undecided",
        None => "error",
    };
    let mut text = format!("{word}: {}:{line}", sources.get(claim.span.file).path.display());
    if let Some(label) = &claim.label {
        text.push_str(&format!(": {}", printable(label)));
    }
    text.push_str(&format!("\n  claim {}", printable(&claim.text)));
    why.iter().for_each(|line| text.push_str(&format!("\n  {line}")));
    text
}

/// A verdict: the evaluations that refute equality, or how equality was decided.
pub(super) fn verdict(verdict: &Verdict, inputs: &[Input], relation: Relation) -> Vec<String> {
    match verdict {
        Verdict::Equal(proof) => vec![match proof.method {
            Method::RandomEvaluation { error_log2, .. } => {
                format!("the two sides are the same, error at most 2^-{error_log2}")
            }
            Method::Identical
            | Method::Rewrite(_)
            | Method::Layerwise { .. }
            | Method::Grid { .. }
            | Method::NormalForm { .. }
            | Method::Enumeration { .. } => "the two sides are the same, proved".to_string(),
        }],
        Verdict::Different(witness) => {
            let mut lines: Vec<String> = witness
                .evaluations
                .iter()
                .flat_map(|evaluation| self::evaluation(evaluation, inputs))
                .collect();
            match relation {
                Relation::Equal => {}
                Relation::UpToScale => lines.push("no factor c > 0 fits".to_string()),
                Relation::UpToShift => {
                    lines.push("the differences along the last axis are not all the same".to_string());
                }
            }
            lines
        }
        Verdict::Undecided(why) => undecided(why),
    }
}

/// A degree that is not as claimed.
pub(super) fn degree(degree: &Degree) -> Vec<String> {
    match degree {
        Degree::Exactly { degree: None, .. } => {
            vec!["it is the zero polynomial, whose degree is below every number".to_string()]
        }
        Degree::Exactly { degree: Some(degree), error_log2: None } => {
            vec![format!("the degree is {degree}, proved")]
        }
        Degree::Exactly { degree: Some(degree), error_log2: Some(k) } => {
            vec![format!("the degree is {degree}, error at most 2^-{k}")]
        }
        Degree::Between { lowest, highest, undecided: why } => {
            let bounds = [lowest.map(|d| format!("at least {d}")), highest.map(|d| format!("at most {d}"))];
            let known: Vec<String> = bounds.into_iter().flatten().collect();
            let mut lines = undecided(why);
            if !known.is_empty() {
                lines.push(format!("the degree is {}", known.join(" and ")));
            }
            lines
        }
    }
}

/// A similarity or a distance.
pub(super) fn metric(quantity: Quantity, number: &Root) -> Vec<String> {
    vec![format!("the {} is {}", quantity.name(), number.decimal(16))]
}

/// Why nothing was decided, and what would be needed, in the options of [`Claims`](super::Claims).
pub(super) fn undecided(why: &Undecided) -> Vec<String> {
    let mut lines = vec![printable(&why.to_string())];
    let Shortage { seconds, bytes, certainty, smaller } = &why.shortage;
    let time = seconds.map(|seconds| format!("more time, {} (`Claims::time`)", duration(seconds)));
    let memory = bytes.map(|bytes| format!("more memory, {} (`Claims::memory`)", memory_size(bytes)));
    let uncertain =
        certainty.then(|| "an answer that need not be certain (without `Claims::deterministic`)".to_string());
    let smaller = smaller.map(|smaller| smaller.to_string());
    let ways: Vec<String> = [time, memory, uncertain, smaller].into_iter().flatten().collect();
    if !ways.is_empty() {
        lines.push(format!("it would need {}", ways.join(", or ")));
    }
    lines
}

fn evaluation(evaluation: &Evaluation, inputs: &[Input]) -> Vec<String> {
    let point: Vec<String> = inputs
        .iter()
        .zip(&evaluation.input)
        .map(|(input, tensor)| format!("{} = {}", input.name, self::tensor(tensor)))
        .collect();
    let place = if evaluation.output.is_empty() { String::new() } else { format!("{:?}", evaluation.output) };
    let (left, right, modulo) = match &evaluation.values {
        Values::Exact { a, b } => (rational(a), rational(b), String::new()),
        Values::Residues { prime, a, b } => {
            (a.to_string(), b.to_string(), format!(" modulo the prime {prime}"))
        }
    };
    let mut lines = Vec::new();
    if !point.is_empty() {
        lines.push(format!("at {}", point.join(", ")));
    }
    lines.push(format!("  left side{place}  = {left}{modulo}"));
    lines.push(format!("  right side{place} = {right}{modulo}"));
    lines
}

/// Nested brackets, or the nonzero entries of a large tensor.
fn tensor(tensor: &Tensor<BigRational>) -> String {
    let entries = tensor.data();
    if entries.len() <= MANY {
        return nested(tensor.shape().axes(), entries);
    }
    let nonzero: Vec<usize> = (0..entries.len()).filter(|&at| !entries[at].is_zero()).collect();
    let mut parts: Vec<String> = nonzero
        .iter()
        .take(MANY)
        .map(|&at| format!("{} at {:?}", rational(&entries[at]), tensor.shape().unravel(at)))
        .collect();
    match nonzero.len().saturating_sub(parts.len()) {
        0 => parts.push("0 elsewhere".to_string()),
        more => parts.push(format!("and {more} more that are not 0")),
    }
    format!("({})", parts.join(", "))
}

fn nested(axes: &[usize], entries: &[BigRational]) -> String {
    let Some((&length, inner)) = axes.split_first() else {
        return entries.first().map(rational).unwrap_or_default();
    };
    let size = entries.len().checked_div(length).unwrap_or(0);
    let parts: Vec<String> =
        (0..length).map(|at| nested(inner, &entries[at * size..(at + 1) * size])).collect();
    format!("[{}]", parts.join(", "))
}

/// `p` or `p/q`, or its ends when it is long.
fn rational(value: &BigRational) -> String {
    let text = value.to_string();
    if text.len() <= LONGEST {
        return text;
    }
    format!("{}...{} ({} characters)", &text[..LONGEST / 2], &text[text.len() - LONGEST / 2..], text.len())
}

/// A text on one line, without control characters.
fn printable(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}

#[cfg(test)]
mod tests {
    use num_bigint::BigInt;

    use super::*;
    use crate::network::Shape;

    #[test]
    fn tensors_by_size() {
        let number = |n: i64| BigRational::from_integer(n.into());
        let of = |axes: &[usize], data: Vec<BigRational>| {
            tensor(&Tensor::new(Shape::new(axes).unwrap(), data).unwrap())
        };
        assert_eq!(of(&[], vec![BigRational::new(1.into(), 3.into())]), "1/3");
        assert_eq!(of(&[2, 2], (1..5).map(number).collect()), "[[1, 2], [3, 4]]");
        assert_eq!(of(&[2, 0], vec![]), "[[], []]");
        let mut sparse = vec![number(0); 20];
        sparse[13] = number(-2);
        assert_eq!(of(&[2, 10], sparse), "(-2 at [1, 3], 0 elsewhere)");
        assert!(of(&[20], vec![number(1); 20]).ends_with("1 at [15], and 4 more that are not 0)"));
    }

    /// 10^300 has 301 digits.
    #[test]
    fn long_numbers_say_that_they_are_cut() {
        let text = rational(&BigRational::from_integer(BigInt::from(10).pow(300)));
        assert_eq!(text, format!("1{}...{} (301 characters)", "0".repeat(99), "0".repeat(100)));
    }
}
