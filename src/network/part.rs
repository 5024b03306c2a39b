//! A part of a network as a network of its own.

use super::{Arrangement, Input, Network, Node, NodeId, Operation, Shape};

/// The network that computes some nodes of a network from its inputs and some other nodes. Its inputs are
/// those of the network and then one for every node of `given`; its output is the entries of all nodes of
/// `wanted`, one after the other. `None` when they are more than a tensor may have.
///
/// A node of `given` may be an input of the network, which the result then does not read.
pub fn part(network: &Network, given: &[NodeId], wanted: &[NodeId]) -> Option<Network> {
    let size: usize = wanted.iter().map(|id| network.nodes[id.0].shape.size()).sum();
    let shape = Shape::new([size])?;
    let mut places: Vec<Option<usize>> = vec![None; network.nodes.len()];
    given.iter().enumerate().for_each(|(place, id)| places[id.0] = Some(place));
    let mut needed = vec![false; network.nodes.len()];
    wanted.iter().for_each(|id| needed[id.0] = true);
    for (position, node) in network.nodes.iter().enumerate().rev() {
        if needed[position] && places[position].is_none() {
            node.operands().iter().for_each(|id| needed[id.0] = true);
        }
    }
    let mut inputs = network.inputs.clone();
    let mut moved = vec![NodeId(0); network.nodes.len()];
    let mut nodes: Vec<Node> = Vec::new();
    for (position, node) in network.nodes.iter().enumerate().filter(|&(position, _)| needed[position]) {
        let node = match places[position] {
            Some(place) => {
                Node { operation: Operation::Input(network.inputs.len() + place), shape: node.shape.clone() }
            }
            None => node.with_operands(|_, id| moved[id.0]),
        };
        moved[position] = NodeId(nodes.len());
        nodes.push(node);
    }
    for (place, id) in given.iter().enumerate() {
        inputs.push(Input { name: format!("part {place}"), shape: network.nodes[id.0].shape.clone() });
    }
    let mut flat = Vec::with_capacity(wanted.len());
    for id in wanted {
        let from = &network.nodes[id.0].shape;
        let operation = Operation::Arrange { operands: vec![moved[id.0]], arrangement: Arrangement::Reshape };
        nodes.push(Node { operation, shape: Shape::new([from.size()])? });
        flat.push(NodeId(nodes.len() - 1));
    }
    let operation = Operation::Arrange { operands: flat, arrangement: Arrangement::Concat { axis: 0 } };
    nodes.push(Node { operation, shape });
    Some(Network { inputs, output: NodeId(nodes.len() - 1), nodes })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::arithmetic::Rationals;
    use crate::network::{Builder, Tensor, evaluate};
    use num_rational::BigRational;

    /// `y = x * x`, `z = y + 2 x`: from x and y, the entries of z and then of y.
    #[test]
    fn from_the_middle_on() {
        let shape = Shape::new([2]).unwrap();
        let mut builder = Builder::new();
        let x = builder.input(0, shape.clone());
        let y = builder.multiply(x, x).unwrap();
        let number = |n: i64| BigRational::from_integer(n.into());
        let z = builder.combine(vec![(number(1), y), (number(2), x)]).unwrap();
        let network = builder.network(vec![Input { name: "x".to_string(), shape: shape.clone() }], z);
        let square =
            network.nodes().iter().position(|node| matches!(node.operation, Operation::Contract { .. }));
        let (y, z) = (NodeId(square.unwrap()), network.output());
        let tensor = |a, b| Tensor::new(shape.clone(), vec![number(a), number(b)]).unwrap();
        let rest = part(&network, &[y], &[z, y]).unwrap();
        // y is taken as given, whatever it is: (10, 20) + 2 (1, 2).
        let values = evaluate(&Rationals::new(), &rest, &[tensor(1, 2), tensor(10, 20)]).unwrap();
        assert_eq!(values.data(), [12, 24, 10, 20].map(number));
        let first = part(&network, &[], &[y]).unwrap();
        assert_eq!(evaluate(&Rationals::new(), &first, &[tensor(1, 3)]).unwrap().data(), [1, 9].map(number));
    }
}
