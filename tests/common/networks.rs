//! Random small networks with all five operations, and small random tensors, as proptest strategies.
//!
//! A network is grown from a list of random numbers ("choices"): each builds one node from nodes that exist.
//! Choices that do not fit are skipped, so every list gives a network and shrinking works.

use std::sync::Arc;

use num_rational::BigRational;
use proptest::prelude::*;
use samenet::network::{Builder, Constant, Data, Einsum, Input, Label, Network, NodeId, Shape, Tensor};

/// A rational with small numerator and denominator.
pub fn small_rational() -> impl Strategy<Value = BigRational> {
    (-4i64..=4, prop_oneof![4 => Just(1i64), 1 => Just(2), 1 => Just(3), 1 => Just(10)])
        .prop_map(|(n, d)| BigRational::new(n.into(), d.into()))
}

/// A list of choices for [`network_from`].
pub fn choices(nodes: usize) -> impl Strategy<Value = Vec<u32>> {
    proptest::collection::vec(any::<u32>(), nodes..=nodes)
}

/// A random network of up to `nodes` operations whose degree stays below `degree`, on inputs of at most 5
/// entries in all: one vector of 3 and one 1 x 2 matrix. All networks have the same input shapes.
pub fn network(nodes: usize, degree: u64) -> impl Strategy<Value = Network> {
    choices(12 * nodes).prop_map(move |choices| network_from(&choices, degree))
}

/// The shapes of the inputs of every network of [`network`].
pub fn input_shapes() -> Vec<Shape> {
    vec![Shape::new([3]).unwrap(), Shape::new([1, 2]).unwrap()]
}

/// One tensor for every input.
pub fn point() -> impl Strategy<Value = Vec<Tensor<BigRational>>> {
    proptest::collection::vec(small_rational(), 5).prop_map(|values| split(&values))
}

/// The inputs with these entries, in order.
pub fn split<E: Clone>(values: &[E]) -> Vec<Tensor<E>> {
    let mut start = 0;
    input_shapes()
        .into_iter()
        .map(|shape| {
            let data = values[start..start + shape.size()].to_vec();
            start += shape.size();
            Tensor::new(shape, data).unwrap()
        })
        .collect()
}

struct Choices<'a> {
    list: &'a [u32],
    next: usize,
}

impl Choices<'_> {
    fn below(&mut self, bound: usize) -> usize {
        let value = self.list.get(self.next).copied().unwrap_or(0) as usize;
        self.next += 1;
        value % bound.max(1)
    }

    fn done(&self) -> bool {
        self.next >= self.list.len()
    }

    fn rational(&mut self) -> BigRational {
        let numerator = self.below(9) as i64 - 4;
        let denominator = [1, 1, 1, 1, 2, 3, 4, 10][self.below(8)];
        BigRational::new(numerator.into(), i64::into(denominator))
    }
}

/// Builds a network from choices.
pub fn network_from(list: &[u32], max_degree: u64) -> Network {
    let mut choices = Choices { list, next: 0 };
    let mut builder = Builder::new();
    let inputs: Vec<Input> = input_shapes()
        .into_iter()
        .zip(["x", "y"])
        .map(|(shape, name)| Input { name: name.to_string(), shape })
        .collect();
    // Every node with an upper bound for its degree.
    let mut nodes: Vec<(NodeId, u64)> = inputs
        .iter()
        .enumerate()
        .map(|(position, input)| (builder.input(position, input.shape.clone()), 1))
        .collect();
    while !choices.done() {
        if let Some((id, degree)) = grow(&mut builder, &nodes, &mut choices)
            && degree <= max_degree
            && builder.shape(id).size() <= 40
            && builder.shape(id).rank() <= 4
        {
            nodes.push((id, degree));
        }
    }
    let output = nodes[nodes.len() - 1].0;
    builder.network(inputs, output)
}

/// Two networks with one output shape; the first one twice if their shapes differ.
pub fn pair_from(list: &[u32], other: &[u32], max_degree: u64) -> (Network, Network) {
    let (a, b) = (network_from(list, max_degree), network_from(other, max_degree));
    if a.output_shape() == b.output_shape() { (a, b) } else { (a.clone(), a) }
}

fn grow(builder: &mut Builder, nodes: &[(NodeId, u64)], choices: &mut Choices) -> Option<(NodeId, u64)> {
    let pick = |choices: &mut Choices| {
        // Recent nodes more often, so that networks get deep.
        let back = choices.below(nodes.len()).min(choices.below(nodes.len()));
        nodes[nodes.len() - 1 - back]
    };
    match choices.below(10) {
        0 => Some((constant(builder, choices), 0)),
        1..=4 => contraction(builder, nodes, choices),
        5 | 6 => {
            let (first, mut degree) = pick(choices);
            let shape = builder.shape(first).clone();
            let mut terms = vec![(choices.rational(), first)];
            for &(id, other) in nodes.iter().rev().filter(|&&(id, _)| *builder.shape(id) == shape).take(2) {
                terms.push((choices.rational(), id));
                degree = degree.max(other);
            }
            Some((builder.combine(terms).ok()?, degree))
        }
        7 => {
            let (id, degree) = pick(choices);
            let size = builder.shape(id).size();
            let first = (1..=size).filter(|d| size.is_multiple_of(*d)).nth(choices.below(3)).unwrap_or(1);
            let shape = if size == 0 { Shape::new([0]) } else { Shape::new([first, size / first]) };
            Some((builder.reshape(id, shape?).ok()?, degree))
        }
        8 => {
            let (id, degree) = pick(choices);
            let shape = builder.shape(id).clone();
            if shape.rank() == 0 {
                let to = Shape::new([choices.below(3), 2]).unwrap();
                return Some((builder.broadcast(id, to).ok()?, degree));
            }
            let axis = choices.below(shape.rank());
            let start = choices.below(shape.axes()[axis]);
            let length = choices.below(shape.axes()[axis] - start + 1);
            Some((builder.slice(id, axis, start, length).ok()?, degree))
        }
        _ => {
            let (first, degree) = pick(choices);
            let (second, other) = pick(choices);
            let rank = builder.shape(first).rank();
            if rank == 0 {
                return Some((builder.stack(vec![first, first]).ok()?, degree));
            }
            let axis = choices.below(rank);
            let joined = builder.concat(vec![first, second, first], axis).ok()?;
            Some((joined, degree.max(other)))
        }
    }
}

fn constant(builder: &mut Builder, choices: &mut Choices) -> NodeId {
    let axes: Vec<usize> = (0..choices.below(3)).map(|_| [2, 3, 1, 3][choices.below(4)]).collect();
    let shape = Shape::new(axes).unwrap();
    let size = shape.size();
    let data = match choices.below(4) {
        0 => Data::Integer((0..size).map(|_| choices.below(7) as i64 - 3).collect()),
        1 => Data::F32((0..size).map(|_| (choices.below(9) as f32 - 4.0) * 0.375).collect()),
        2 => Data::F64((0..size).map(|_| (choices.below(9) as f64 - 4.0) * 0.1).collect()),
        _ => Data::Rational((0..size).map(|_| choices.rational()).collect()),
    };
    builder.constant(Arc::new(Constant::new(shape, data).unwrap()))
}

/// A contraction of one to four operands with random labels that fit.
fn contraction(
    builder: &mut Builder,
    nodes: &[(NodeId, u64)],
    choices: &mut Choices,
) -> Option<(NodeId, u64)> {
    let count = [2, 2, 1, 3, 4][choices.below(5)];
    let (mut operands, mut spec, mut degree) = (Vec::new(), Vec::new(), 0u64);
    let mut lengths: Vec<usize> = Vec::new();
    for _ in 0..count {
        let back = choices.below(nodes.len()).min(choices.below(nodes.len()));
        let (id, more) = nodes[nodes.len() - 1 - back];
        let labels: Vec<Label> = builder
            .shape(id)
            .axes()
            .iter()
            .map(|&axis| {
                let fitting: Vec<usize> =
                    (0..lengths.len()).filter(|&label| lengths[label] == axis).collect();
                // Half of the time a label that is already there, if one fits.
                if !fitting.is_empty() && choices.below(2) == 0 {
                    fitting[choices.below(fitting.len())] as Label
                } else {
                    lengths.push(axis);
                    lengths.len() as Label - 1
                }
            })
            .collect();
        operands.push(id);
        spec.push(labels);
        degree += more;
    }
    let mut output: Vec<Label> = Vec::new();
    for label in 0..lengths.len() as Label {
        if choices.below(5) < 2 {
            let place = choices.below(output.len() + 1);
            output.insert(place, label);
        }
    }
    let size: usize = output.iter().map(|&label| lengths[label as usize]).product();
    if size > 40 || output.len() > 4 || lengths.iter().map(|&l| l.max(1)).product::<usize>() > 20_000 {
        return None;
    }
    Some((builder.contract(operands, Einsum { operands: spec, output }).ok()?, degree))
}
