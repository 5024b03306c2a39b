//! A witness as a Python program: both models in NumPy, on the weight files they were read from, at the input of the
//! witness.
//!
//! [`replay`] writes a program that anyone can read and run, to see with other software what a witness says.
//! It follows the networks operation by operation (`code` writes
//! expressions, `constant` tensors). It computes with fractions where the witness has exact values, and modulo the prime of its residues; what would take long so is
//! computed in float64, which says so. It needs NumPy and nothing else.

mod code;
mod constant;
#[cfg(test)]
mod tests;

use crate::equality::{Evaluation, Values, Witness};
use crate::network::{Builder, Network, NodeId, Operation, Shape};

use thiserror::Error;

use code::Writer;

/// Operations on fractions, and on integers modulo a prime, that take Python a second or so.
const FRACTIONS: f64 = 3e5;
const RESIDUES: f64 = 3e6;
/// Operations in float64 that take NumPy a minute or so.
const FLOATS: f64 = 1e11;
/// Polynomials of a higher degree leave the range of float64 too easily for their values to mean anything.
const FLOAT_DEGREE: u64 = 100;
/// Programs of more operations than this are not written.
const STATEMENTS: usize = 20_000;
/// The longest line that is shown, in characters.
const LINE: usize = 2_000;

/// What a program computes with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Numbers {
    /// Fractions: exact values.
    Fractions,
    /// Integers modulo a prime: exact residues.
    Residues(u64),
    /// float64, which rounds.
    Floats,
}

/// A program that evaluates both models.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Replay {
    statements: Vec<String>,
    numbers: Numbers,
}

impl Replay {
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
    pub fn numbers(&self) -> Numbers {
        self.numbers
    }

    /// The program as one line for a shell, if it is short.
    pub fn line(&self) -> Option<String> {
        let program = self.statements.join("; ").replace('\'', r"'\''");
        let line = format!("python3 -c '{program}'");
        (line.chars().count() <= LINE).then_some(line)
    }

    /// How exact it is.
    pub fn how(&self) -> String {
        match self.numbers {
            Numbers::Fractions => "with fractions, exactly".to_string(),
            Numbers::Residues(prime) => format!("modulo the prime {prime}, exactly"),
            Numbers::Floats => "in float64, which rounds".to_string(),
        }
    }
}

/// The program that prints the values of both models for every evaluation of a witness, one evaluation on a line.
///
/// # Errors
/// When a constant is neither a tensor of a weight file (or computed from such) nor short, or NumPy would take long.
pub fn replay(a: &Network, b: &Network, witness: &Witness) -> Result<Replay, Unreplayable> {
    let plan = Plan::new(a, b, witness)?;
    let exact = match witness.evaluations.first().map(|evaluation| &evaluation.values) {
        Some(Values::Exact { .. }) if plan.operations <= FRACTIONS => Some(Numbers::Fractions),
        Some(Values::Residues { prime, .. }) if plan.operations <= RESIDUES => {
            Some(Numbers::Residues(*prime))
        }
        _ => None,
    };
    if let Some(replay) = exact.and_then(|numbers| plan.write(witness, numbers).ok()) {
        return Ok(replay);
    }
    if plan.degree > FLOAT_DEGREE {
        let degree = plan.degree;
        let why = format!(
            "exact numbers would take NumPy too long, and float64 does not hold values of degree {degree}"
        );
        return Err(Unreplayable(why));
    }
    if plan.operations > FLOATS {
        return Err(Unreplayable("it would take NumPy too long".to_string()));
    }
    Ok(plan.write(witness, Numbers::Floats)?)
}

/// The same with these numbers, however long it takes.
///
/// # Errors
/// As [`replay`], and when the numbers cannot be written so.
pub fn replay_with(
    a: &Network,
    b: &Network,
    witness: &Witness,
    numbers: Numbers,
) -> Result<Replay, Unreplayable> {
    Ok(Plan::new(a, b, witness)?.write(witness, numbers)?)
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

/// A bound on the degrees of all nodes.
fn degree(builder: &Builder) -> u64 {
    let mut degrees: Vec<u64> = Vec::with_capacity(builder.len());
    for position in 0..builder.len() {
        let node = builder.node(NodeId(position));
        let of_operands = node.operands().into_iter().map(|id| degrees[id.0]);
        degrees.push(match &node.operation {
            Operation::Input(_) => 1,
            Operation::Contract { .. } => of_operands.fold(0, u64::saturating_add),
            _ => of_operands.max().unwrap_or(0),
        });
    }
    degrees.into_iter().max().unwrap_or(0)
}

/// Both networks in one graph, at every input of the witness.
struct Plan {
    builder: Builder,
    /// For every evaluation, the position of the first of its inputs, and the outputs of both networks.
    evaluations: Vec<(usize, NodeId, NodeId)>,
    /// Names and places of the inputs of the first network.
    names: Vec<String>,
    /// Operations on numbers, as NumPy does them.
    operations: f64,
    /// A bound on the degree of everything that is computed.
    degree: u64,
}

impl Plan {
    fn new(a: &Network, b: &Network, witness: &Witness) -> Result<Plan, String> {
        let mut builder = Builder::new();
        let mut evaluations: Vec<(usize, NodeId, NodeId)> = Vec::new();
        let mut next = 0;
        for (position, evaluation) in witness.evaluations.iter().enumerate() {
            let same = |other: &Evaluation| other.input == evaluation.input;
            if let Some(known) = witness.evaluations[..position].iter().position(same) {
                evaluations.push(evaluations[known]);
                continue;
            }
            let inputs: Vec<NodeId> = a
                .inputs()
                .iter()
                .enumerate()
                .map(|(position, input)| builder.input(next + position, input.shape.clone()))
                .collect();
            let mut import =
                |network: &Network| builder.import(network, &inputs).map_err(|error| error.to_string());
            evaluations.push((next, import(a)?, import(b)?));
            next += inputs.len();
        }
        let needed = code::uses(&builder, evaluations.iter().flat_map(|&(_, a, b)| [a, b]));
        let mut operations = 0.0;
        let mut count = 0;
        for (position, _) in needed.iter().enumerate().filter(|(_, uses)| **uses > 0) {
            count += 1;
            let node = builder.node(NodeId(position));
            if node.shape.size() == 0 {
                return Err("a tensor has no entries".to_string());
            }
            operations += match &node.operation {
                Operation::Contract { operands, spec } => {
                    let shapes: Vec<&Shape> = operands.iter().map(|&id| builder.shape(id)).collect();
                    let lengths = spec.label_lengths(&shapes)?;
                    lengths.iter().flatten().map(|&length| length as f64).product::<f64>()
                        * operands.len() as f64
                }
                Operation::Combine { terms } => (terms.len() * node.shape.size()) as f64,
                Operation::Constant(_) | Operation::Input(_) | Operation::Arrange { .. } => {
                    node.shape.size() as f64
                }
            };
        }
        if count > STATEMENTS {
            return Err(format!("the models have {count} operations"));
        }
        let names = a.inputs().iter().map(|input| input.name.clone()).collect();
        let degree = degree(&builder);
        Ok(Plan { builder, evaluations, names, operations, degree })
    }

    fn write(&self, witness: &Witness, numbers: Numbers) -> Result<Replay, String> {
        let outputs: Vec<NodeId> = self.evaluations.iter().flat_map(|&(_, a, b)| [a, b]).collect();
        let mut writer = Writer::new(&self.builder, numbers, &outputs);
        for ((first, ..), evaluation) in self.evaluations.iter().zip(&witness.evaluations) {
            for (position, (name, tensor)) in self.names.iter().zip(&evaluation.input).enumerate() {
                writer.input(first + position, name, tensor)?;
            }
        }
        writer.nodes()?;
        for (&(_, a, b), evaluation) in self.evaluations.iter().zip(&witness.evaluations) {
            writer.print(a, b, &evaluation.output);
        }
        Ok(Replay { statements: writer.finish(), numbers })
    }
}
