//! What a program has to compute: both networks in one graph, so that what they share is computed once.

use super::literal::{NumberStyle, is_long};
use super::view::uses;
use super::writer::Writer;
use crate::equality::{Evaluation, Values, Witness};
use crate::network::{Builder, Network, NodeId, Operation, Shape};

/// Programs of more operations than this are not written.
const STATEMENTS: usize = 20_000;

/// Both networks in one graph, at every input of the witness.
pub(super) struct Script {
    builder: Builder,
    /// For every evaluation, the position of the first of its inputs, and the outputs of both networks.
    evaluations: Vec<(usize, NodeId, NodeId)>,
    /// Names and places of the inputs of the first network.
    names: Vec<String>,
    /// Operations on numbers, as NumPy does them.
    pub(super) operations: f64,
    /// A bound on the degree of everything that is computed.
    pub(super) degree: u64,
}

impl Script {
    pub(super) fn new(a: &Network, b: &Network, witness: &Witness) -> Result<Script, String> {
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
        let needed = uses(&builder, evaluations.iter().flat_map(|&(_, a, b)| [a, b]));
        let (mut operations, mut count) = (0.0, 0);
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
                _ => node.shape.size() as f64,
            };
        }
        if count > STATEMENTS {
            return Err(format!("the models have {count} operations"));
        }
        let names = a.inputs().iter().map(|input| input.name.clone()).collect();
        let degree = degree(&builder);
        Ok(Script { builder, evaluations, names, operations, degree })
    }

    /// The statements of the program, computing with these numbers.
    pub(super) fn write(&self, witness: &Witness, style: NumberStyle) -> Result<Vec<String>, String> {
        let outputs: Vec<NodeId> = self.evaluations.iter().flat_map(|&(_, a, b)| [a, b]).collect();
        let mut writer = Writer::new(&self.builder, style, &outputs);
        writer.prints_long = witness.evaluations.iter().any(|evaluation| match &evaluation.values {
            Values::Exact { a, b } => style == NumberStyle::Fractions && (is_long(a) || is_long(b)),
            Values::Residues { .. } => false,
        });
        for ((first, ..), evaluation) in self.evaluations.iter().zip(&witness.evaluations) {
            for (position, (name, tensor)) in self.names.iter().zip(&evaluation.input).enumerate() {
                writer.input(first + position, name, tensor)?;
            }
        }
        writer.nodes()?;
        for (&(_, a, b), evaluation) in self.evaluations.iter().zip(&witness.evaluations) {
            writer.print(a, b, &evaluation.output);
        }
        Ok(writer.finish())
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
