//! Networks as Graphviz graphs.

use std::fmt::Write;

use crate::claim::words::number::{self, Space};
use crate::network::{Arrangement, Einsum, Network, Node, Operation};

/// How many terms of a linear combination are listed; of more, only the number is given.
const MOST_TERMS: usize = 6;

/// The network as the text of a Graphviz graph: one box for every node with what it computes and its shape,
/// and an arrow from every operand, numbered when there are several.
pub fn graph(name: &str, network: &Network) -> String {
    let mut text = String::new();
    // Writing to a string cannot fail.
    let _ = writeln!(text, "digraph {} {{", quoted(name));
    let _ = writeln!(text, "  rankdir=BT;\n  node [shape=box, fontname=\"monospace\"];");
    for (position, node) in network.nodes().iter().enumerate() {
        let style = match node.operation {
            Operation::Input(_) => ", style=bold",
            Operation::Constant(_) => ", style=dotted",
            _ => "",
        };
        let label = format!("{}\n{}", describe(node, network), node.shape);
        let _ = writeln!(text, "  n{position} [label={}{style}];", quoted(&label));
        let operands = node.operands();
        for (index, operand) in operands.iter().enumerate() {
            let _ = match operands.len() {
                1 => writeln!(text, "  n{} -> n{position};", operand.0),
                _ => writeln!(text, "  n{} -> n{position} [label=\"{index}\"];", operand.0),
            };
        }
    }
    let _ = writeln!(text, "  output [shape=plaintext];\n  n{} -> output;\n}}", network.output().0);
    text
}

fn describe(node: &Node, network: &Network) -> String {
    match &node.operation {
        Operation::Input(position) => {
            network.inputs().get(*position).map_or_else(String::new, |input| format!("input {}", input.name))
        }
        Operation::Constant(constant) if constant.shape().size() == 1 => constant
            .rational(0)
            .map_or_else(|_| "constant".to_string(), |value| number::rational(&value, Space::Short)),
        Operation::Constant(_) => "constant".to_string(),
        Operation::Contract { spec, .. } => format!("contract {}", einsum(spec)),
        Operation::Combine { terms } if terms.len() > MOST_TERMS => format!("combine {} terms", terms.len()),
        Operation::Combine { terms } => {
            let coefficients: Vec<String> =
                terms.iter().map(|(coefficient, _)| number::rational(coefficient, Space::Short)).collect();
            format!("combine {}", coefficients.join(", "))
        }
        Operation::Arrange { arrangement, .. } => match arrangement {
            Arrangement::Reshape => "reshape".to_string(),
            Arrangement::Slice { axis, start } => format!("slice axis {axis} from {start}"),
            Arrangement::Concat { axis } => format!("concat axis {axis}"),
            Arrangement::Broadcast => "broadcast".to_string(),
        },
        Operation::HeadCovariance { .. } => "covariance of two heads".to_string(),
    }
}

/// `ij,jk->ik`; labels after the 26th are numbers in brackets.
fn einsum(spec: &Einsum) -> String {
    let word = |labels: &[u32]| -> String {
        labels
            .iter()
            .map(|&label| match u8::try_from(label) {
                Ok(small) if small < 26 => char::from(b'a' + small).to_string(),
                _ => format!("[{label}]"),
            })
            .collect()
    };
    let operands: Vec<String> = spec.operands.iter().map(|labels| word(labels)).collect();
    format!("{}->{}", operands.join(","), word(&spec.output))
}

/// A Graphviz string: quotes and backslashes escaped, line breaks as `\n`.
fn quoted(text: &str) -> String {
    let escaped = text.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n");
    format!("\"{escaped}\"")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_cannot_end_a_string() {
        assert_eq!(quoted("a\"b\\c\nd"), r#""a\"b\\c\nd""#);
    }

    #[test]
    fn labels_beyond_the_alphabet_are_numbers() {
        let spec = Einsum { operands: vec![vec![0, 1], vec![1, 30]], output: vec![0, 30] };
        assert_eq!(einsum(&spec), "ab,b[30]->a[30]");
    }
}
