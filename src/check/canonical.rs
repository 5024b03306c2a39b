//! The canonical form of a network as text, and its digest.

use std::collections::{BTreeMap, HashMap};
use std::fmt::Write;

use sha2::{Digest, Sha256};

use super::number::{Number, for_each_entry};
use super::outcome::{Refusal, invalid};
use crate::certificate::Hash;
use crate::network::{Arrangement, Constant, Label, Network, Node, NodeId, Operation};

/// The canonical form: one line for every input and node, each with a line break at its end. Nodes are
/// numbered in the order of the network, where operands come before the nodes that use them. Names do not
/// enter.
pub fn canonical(network: &Network) -> Result<String, Refusal> {
    let mut text = "samenet canonical 1\n".to_string();
    for input in network.inputs() {
        let _ = writeln!(text, "input {}", input.shape);
    }
    for (position, node) in network.nodes().iter().enumerate() {
        let _ = writeln!(text, "{position} {}", line(node, |id| id.0)?);
    }
    let _ = writeln!(text, "output {}", network.output().0);
    Ok(text)
}

/// SHA-256 of the canonical form.
pub fn digest(network: &Network) -> Result<Hash, Refusal> {
    Ok(Hash(Sha256::digest(canonical(network)?.as_bytes()).into()))
}

/// Every constant of a network with its digest, in ascending order of digests.
pub fn constants(network: &Network) -> Result<BTreeMap<Hash, &Constant>, Refusal> {
    let mut constants = BTreeMap::new();
    for node in network.nodes() {
        if let Operation::Constant(constant) = &node.operation {
            constants.insert(constant_digest(constant)?, &**constant);
        }
    }
    Ok(constants)
}

/// A node as it stands in the canonical form, its operands numbered by `number`.
fn line(node: &Node, number: impl Fn(NodeId) -> usize) -> Result<String, Refusal> {
    let list = |ids: &[NodeId]| ids.iter().map(|&id| number(id).to_string()).collect::<Vec<_>>().join(" ");
    let axes = |labels: &[Label]| labels.iter().map(Label::to_string).collect::<Vec<_>>().join(" ");
    let what = match &node.operation {
        Operation::Input(position) => format!("input {position}"),
        Operation::Constant(constant) => format!("constant {}", constant_digest(constant)?),
        Operation::Contract { operands, spec } => {
            let each: Vec<String> = operands
                .iter()
                .zip(&spec.operands)
                .map(|(&id, labels)| format!("{}[{}]", number(id), axes(labels)))
                .collect();
            format!("contract {} -> [{}]", each.join(" "), axes(&spec.output))
        }
        Operation::Combine { terms } => {
            let terms: Vec<String> = terms.iter().map(|(c, id)| format!("{c}*{}", number(*id))).collect();
            format!("combine {}", terms.join(" "))
        }
        Operation::Arrange { operands, arrangement } => match arrangement {
            Arrangement::Reshape => format!("reshape {}", list(operands)),
            Arrangement::Slice { axis, start } => {
                format!("slice axis {axis} from {start} {}", list(operands))
            }
            Arrangement::Concat { axis } => format!("concat axis {axis} {}", list(operands)),
            Arrangement::Broadcast => format!("broadcast {}", list(operands)),
        },
        // No model has one.
        Operation::HeadCovariance { .. } => {
            return Err(invalid("model", "a covariance is not part of a model"));
        }
    };
    Ok(format!("{} {what}", node.shape))
}

/// Whether two networks are one, node for node: nodes of the same operation on the same nodes are the same.
pub(super) fn identical(a: &Network, b: &Network) -> Result<bool, Refusal> {
    let mut known: HashMap<String, usize> = HashMap::new();
    let mut outputs = Vec::new();
    for network in [a, b] {
        let mut numbers: Vec<usize> = Vec::new();
        for node in network.nodes() {
            let next = known.len();
            let number = *known.entry(line(node, |id| numbers[id.0])?).or_insert(next);
            numbers.push(number);
        }
        outputs.push(numbers[network.output().0]);
    }
    Ok(outputs[0] == outputs[1])
}

/// SHA-256 of a constant's shape as a line of text, and then of every entry in row-major order. An odd
/// integer below 2^63 times a power of two, with an exponent of magnitude below 2^20, and 0 times 1, is a
/// zero byte, the integer as 8 and the exponent as 4 little-endian bytes in two's complement; any other
/// number is a byte 1, the length of its fraction as decimal text as 8 little-endian bytes, and that text.
fn constant_digest(constant: &Constant) -> Result<Hash, Refusal> {
    let mut hasher = Sha256::new();
    hasher.update(format!("{}\n", constant.shape()));
    for_each_entry(constant, |entry| {
        let mut bytes = [0u8; 13];
        match entry {
            Number::Short { mantissa, exponent } => {
                bytes[1..9].copy_from_slice(&mantissa.to_le_bytes());
                bytes[9..].copy_from_slice(&exponent.to_le_bytes());
                hasher.update(bytes);
            }
            Number::Long(value) => {
                let text = value.to_string();
                bytes[0] = 1;
                bytes[1..9].copy_from_slice(&(text.len() as u64).to_le_bytes());
                hasher.update(&bytes[..9]);
                hasher.update(text.as_bytes());
            }
        }
        Ok(())
    })?;
    Ok(Hash(hasher.finalize().into()))
}
