//! Pairs of small networks: every verdict about them, by any method, is right. A pair is two random networks,
//! one network with one choice changed, or one function written in two ways.

use num_rational::BigRational;
use samenet::equality::{Domain, InputSet, Question, Relation};
use samenet::network::{Builder, Network, NodeId, Tensor};

use super::judge::judge;
use super::networks::{Bytes, network, stretched};
use super::polynomials::{Polynomial, expand};
use crate::common::networks::input_shapes;

/// The first bytes choose the question, the others grow the networks.
pub fn run(bytes: &[u8]) {
    let mut bytes = Bytes(bytes);
    let relation =
        [Relation::Equal, Relation::Equal, Relation::UpToScale, Relation::UpToShift][bytes.below(4)];
    let pair = bytes.below(5);
    let domain = Domain(input_shapes().iter().map(|shape| set(&mut bytes, shape.axes())).collect());
    let mut head = Bytes(bytes.take(20));
    let choices = bytes.take(300);
    let a = network(choices, 5);
    let b = match pair {
        0 => network(bytes.take(300), 5),
        1 => {
            let mut changed = choices.to_vec();
            if !changed.is_empty() {
                let place = usize::from(head.byte()) * 256 + usize::from(head.byte());
                let length = changed.len();
                changed[place % length] = head.byte();
            }
            network(&changed, 5)
        }
        2 => stretched(&a, &mut head),
        _ => match rewritten(&a, relation, pair == 4, &mut head) {
            Some(network) => network,
            None => return,
        },
    };
    if a.output_shape() != b.output_shape() {
        return;
    }
    let last = a.output_shape().axes().last().copied();
    if relation == Relation::UpToShift && last.is_none_or(|last| last < 2) {
        return;
    }
    judge(&Question { a: &a, b: &b, relation, domain: &domain }, 2_000);
}

fn set(bytes: &mut Bytes<'_>, axes: &[usize]) -> InputSet {
    let kind = bytes.byte();
    match kind % 8 {
        0..=3 => InputSet::Everything,
        4 => InputSet::OneHot,
        5 => {
            let points = (0..1 + bytes.below(3)).map(|_| {
                let entries = (0..axes.iter().product()).map(|_| bytes.rational()).collect();
                Tensor::new(samenet::Shape::new(axes).unwrap(), entries).unwrap()
            });
            let mut points: Vec<_> = points.collect();
            points.sort_by(|a, b| a.data().cmp(b.data()));
            points.dedup();
            InputSet::Points(points.into_iter().collect())
        }
        _ => {
            let mut values: Vec<BigRational> = (0..1 + bytes.below(3)).map(|_| bytes.rational()).collect();
            values.sort();
            values.dedup();
            InputSet::Finite(values)
        }
    }
}

/// The expansion of a network as a sum of products, changed as the relation allows, and by a small amount
/// somewhere when it is to miss.
fn rewritten(network: &Network, relation: Relation, miss: bool, head: &mut Bytes<'_>) -> Option<Network> {
    let mut polynomials = expand(network, 2_000)?;
    let last = network.output_shape().axes().last().copied().unwrap_or(1);
    let (amount, place, exponents) = (head.rational(), head.byte(), head.byte());
    let monomial: Vec<u16> = (0..network.variables()).map(|i| u16::from(exponents >> i & 1)).collect();
    let mut change = |position: usize, amount: &BigRational| {
        let zero = || BigRational::from_integer(0.into());
        *polynomials[position].entry(monomial.clone()).or_insert_with(zero) += amount;
    };
    if relation == Relation::UpToShift {
        (0..last.min(network.output_shape().size())).for_each(|position| change(position, &amount));
    }
    if miss && network.output_shape().size() > 0 {
        let tiny = BigRational::new(1.into(), (1i64 << (place % 60)).into());
        change(usize::from(place) % network.output_shape().size(), &tiny);
    }
    let mut builder = Builder::new();
    let mut variables: Vec<NodeId> = Vec::new();
    for (position, input) in network.inputs().iter().enumerate() {
        let whole = builder.input(position, input.shape.clone());
        let flat = builder.reshape(whole, samenet::Shape::new([input.shape.size()])?).ok()?;
        for entry in 0..input.shape.size() {
            variables.push(builder.select(flat, 0, entry).ok()?);
        }
    }
    let outputs: Option<Vec<NodeId>> = polynomials.iter().map(|p| sum(&mut builder, p, &variables)).collect();
    let mut output = match outputs?.as_slice() {
        [] => {
            let zero = builder.scalar(BigRational::from_integer(0.into()));
            builder.broadcast(zero, network.output_shape().clone()).ok()?
        }
        outputs => {
            let stacked = builder.stack(outputs.to_vec()).ok()?;
            builder.reshape(stacked, network.output_shape().clone()).ok()?
        }
    };
    if relation == Relation::UpToScale && amount > BigRational::from_integer(0.into()) {
        output = builder.combine(vec![(amount, output)]).ok()?;
    }
    Some(builder.network(network.inputs().to_vec(), output))
}

fn sum(builder: &mut Builder, polynomial: &Polynomial, variables: &[NodeId]) -> Option<NodeId> {
    let mut terms = Vec::new();
    for (monomial, coefficient) in polynomial.iter().rev() {
        let mut product = builder.scalar(BigRational::from_integer(1.into()));
        for (&exponent, &variable) in monomial.iter().zip(variables).rev() {
            let power = builder.power(variable, u64::from(exponent)).ok()?;
            product = builder.multiply(power, product).ok()?;
        }
        terms.push((coefficient.clone(), product));
    }
    if terms.is_empty() {
        return Some(builder.scalar(BigRational::from_integer(0.into())));
    }
    builder.combine(terms).ok()
}
