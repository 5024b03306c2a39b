//! A witness as a Python program: with NumPy anyone can see what the witness says.
//!
//! [`replay`] writes both models as NumPy code that reads the same weight files, and prints the values of
//! both at the input of the witness. The program computes with fractions where the witness has exact values,
//! and modulo its prime where it has residues; where exact arithmetic would be too slow, the program uses
//! float64 and says so. It needs NumPy and nothing else.
//!
//! * `script` puts both networks into one graph, so that what they share is computed once;
//! * `writer` turns the graph into statements (`view` shows operations as a reader would see them,
//!   `constant` writes tensors);
//! * `literal` writes numbers and shapes.

mod constant;
mod literal;
mod script;
#[cfg(test)]
mod tests;
mod view;
mod writer;

use thiserror::Error;

use crate::equality::{Values, Witness};
use crate::network::Network;

pub use literal::NumberStyle;
use script::Script;

/// How many operations on fractions, and on integers modulo a prime, Python does in about a second.
const FRACTIONS: f64 = 3e5;
const RESIDUES: f64 = 3e6;
/// How many operations in float64 NumPy does in about a minute.
const FLOATS: f64 = 1e11;
/// Polynomials of a higher degree leave the range of float64 too easily for their values to mean anything.
const FLOAT_DEGREE: u64 = 100;
/// The longest line that is shown, in characters.
const LINE: usize = 2_000;

/// A program that evaluates both models.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Replay {
    statements: Vec<String>,
    style: NumberStyle,
}

impl Replay {
    fn new(script: &Script, witness: &Witness, style: NumberStyle) -> Result<Replay, String> {
        Ok(Replay { statements: script.write(witness, style)?, style })
    }

    /// The program, one statement on a line.
    pub fn program(&self) -> String {
        self.statements.join("\n")
    }

    /// The program as a file, with a comment on what it is.
    pub fn file(&self, what: &str) -> String {
        // A comment must not end early.
        let what: String = what.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
        format!("# {what}\n# Run it where samenet was run. It computes {}.\n{}\n", self.how(), self.program())
    }

    /// What it computes with.
    pub fn style(&self) -> NumberStyle {
        self.style
    }

    /// The program as one line for a shell, if it is short.
    pub fn line(&self) -> Option<String> {
        let program = self.statements.join("; ").replace('\'', r"'\''");
        let line = format!("python3 -c '{program}'");
        (line.chars().count() <= LINE).then_some(line)
    }

    /// How exact it is.
    pub fn how(&self) -> String {
        match self.style {
            NumberStyle::Fractions => "with fractions, exactly".to_string(),
            NumberStyle::Residues(prime) => format!("modulo the prime {prime}, exactly"),
            NumberStyle::Floats => "in float64, which rounds".to_string(),
        }
    }
}

/// The program that prints the values of both models for every evaluation of a witness, one evaluation on a
/// line.
///
/// # Errors
/// When a constant is neither a tensor of a weight file (or computed from such) nor short, or NumPy would
/// take long.
pub fn replay(a: &Network, b: &Network, witness: &Witness) -> Result<Replay, Unreplayable> {
    let script = Script::new(a, b, witness)?;
    let exact = match witness.evaluations.first().map(|evaluation| &evaluation.values) {
        Some(Values::Exact { .. }) if script.operations <= FRACTIONS => Some(NumberStyle::Fractions),
        Some(Values::Residues { prime, .. }) if script.operations <= RESIDUES => {
            Some(NumberStyle::Residues(*prime))
        }
        _ => None,
    };
    if let Some(replay) = exact.and_then(|style| Replay::new(&script, witness, style).ok()) {
        return Ok(replay);
    }
    if script.degree > FLOAT_DEGREE {
        let degree = script.degree;
        let why = format!(
            "NumPy would take too long with exact numbers, \
             and values of degree {degree} leave the range of float64"
        );
        return Err(Unreplayable(why));
    }
    if script.operations > FLOATS {
        return Err(Unreplayable("NumPy would take too long".to_string()));
    }
    Ok(Replay::new(&script, witness, NumberStyle::Floats)?)
}

/// The program that computes with these numbers, however long it takes.
///
/// # Errors
/// As [`replay`], and when the numbers cannot be written so.
pub fn replay_with(
    a: &Network,
    b: &Network,
    witness: &Witness,
    style: NumberStyle,
) -> Result<Replay, Unreplayable> {
    Ok(Replay::new(&Script::new(a, b, witness)?, witness, style)?)
}

/// Why a witness cannot be replayed.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{0}")]
pub struct Unreplayable(String);

impl From<String> for Unreplayable {
    fn from(why: String) -> Unreplayable {
        Unreplayable(why)
    }
}
