//! The identity of a network: a digest of its canonical form.

use sha2::{Digest, Sha256};

use super::{Arrangement, Network, Operation};

/// SHA-256 of the network's canonical form: the shapes of its inputs, then every node in the network's order
/// with its operation, operands and shape (constants by the digest of their values), then the output. Names
/// do not enter. Equal digests mean the same network, node for node; one function has many networks.
pub fn fingerprint(network: &Network) -> [u8; 32] {
    let mut hasher = Sha256::new();
    let mut word = |value: usize| hasher.update((value as u64).to_le_bytes());
    let mut text = Vec::new();
    word(network.inputs().len());
    for input in network.inputs() {
        text.push(format!("shape {:?}", input.shape.axes()));
    }
    for node in network.nodes() {
        text.push(format!("shape {:?}", node.shape.axes()));
        match &node.operation {
            Operation::Input(position) => text.push(format!("input {position}")),
            Operation::Constant(constant) => {
                let digest: String = constant.digest().iter().map(|byte| format!("{byte:02x}")).collect();
                text.push(format!("constant {digest}"));
            }
            Operation::Contract { operands, spec } => {
                text.push(format!("contract {operands:?} {:?} {:?}", spec.operands, spec.output));
            }
            Operation::Combine { terms } => {
                let terms: Vec<String> = terms.iter().map(|(c, id)| format!("{c}*{}", id.0)).collect();
                text.push(format!("combine {}", terms.join(" ")));
            }
            Operation::Arrange { operands, arrangement } => {
                let kind = match arrangement {
                    Arrangement::Reshape => "reshape".to_string(),
                    Arrangement::Slice { axis, start } => format!("slice {axis} {start}"),
                    Arrangement::Concat { axis } => format!("concat {axis}"),
                    Arrangement::Broadcast => "broadcast".to_string(),
                };
                text.push(format!("{kind} {operands:?}"));
            }
            Operation::HeadCovariance { operands, spec } => {
                text.push(format!("covariance of heads {operands:?} {spec:?}"));
            }
        }
    }
    text.push(format!("output {}", network.output().0));
    for line in text {
        hasher.update((line.len() as u64).to_le_bytes());
        hasher.update(line.as_bytes());
    }
    hasher.finalize().into()
}
