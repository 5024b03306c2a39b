//! Building what computes: contractions, linear combinations, products and powers.

use std::collections::HashMap;

use num_rational::BigRational;
use num_traits::{One, Zero};

use super::{BuildError, Builder, Built};
use crate::network::fold::MAX_FOLDED;
use crate::network::{Einsum, Label, NodeId, Operation, Shape};

impl Builder {
    /// A multilinear contraction.
    pub fn contract(&mut self, operands: Vec<NodeId>, spec: Einsum) -> Built {
        let shapes: Vec<&Shape> = operands.iter().map(|&id| self.shape(id)).collect();
        let spec = relabelled(&spec);
        let lengths = spec.label_lengths(&shapes).map_err(BuildError::Shapes)?;
        let axes: Vec<usize> = spec.output.iter().filter_map(|&label| lengths[label as usize]).collect();
        let shape = Shape::new(axes).ok_or(BuildError::TooLarge)?;
        if let ([operand], [labels]) = (operands.as_slice(), spec.operands.as_slice())
            && *labels == spec.output
        {
            return Ok(*operand);
        }
        Ok(self.insert(Operation::Contract { operands, spec }, shape))
    }

    /// A linear combination of nodes of one shape. Terms of one node are collected, zero terms dropped; at
    /// least one term must be given.
    pub fn combine(&mut self, terms: Vec<(BigRational, NodeId)>) -> Built {
        let Some(&(_, first)) = terms.first() else {
            return Err(BuildError::Shapes("a sum of nothing has no shape".to_string()));
        };
        let shape = self.shape(first).clone();
        let mut collected: Vec<(BigRational, NodeId)> = Vec::with_capacity(terms.len());
        let mut places: HashMap<NodeId, usize> = HashMap::new();
        for (coefficient, id) in terms {
            if *self.shape(id) != shape {
                return Err(BuildError::Shapes(format!("{shape} and {} cannot be added", self.shape(id))));
            }
            match places.get(&id) {
                Some(&place) => collected[place].0 += coefficient,
                None => {
                    places.insert(id, collected.len());
                    collected.push((coefficient, id));
                }
            }
        }
        collected.retain(|&(ref coefficient, id)| !coefficient.is_zero() && !self.is_zero(id));
        match collected.as_slice() {
            [] => {
                let zero = self.scalar(BigRational::zero());
                self.broadcast(zero, shape)
            }
            [(coefficient, id)] if coefficient.is_one() => Ok(*id),
            _ => Ok(self.insert(Operation::Combine { terms: collected }, shape)),
        }
    }

    /// The entrywise product of two nodes of one shape, or of a scalar and anything.
    pub fn multiply(&mut self, left: NodeId, right: NodeId) -> Built {
        let (l, r) = (self.shape(left).rank() as Label, self.shape(right).rank() as Label);
        let (left_labels, right_labels): (Vec<Label>, Vec<Label>) = ((0..l).collect(), (0..r).collect());
        if l != 0 && r != 0 && self.shape(left) != self.shape(right) {
            let (left, right) = (self.shape(left), self.shape(right));
            return Err(BuildError::Shapes(format!(
                "{left} and {right} cannot be multiplied entry by entry"
            )));
        }
        // A scalar that is known is a coefficient.
        for (scalar, other) in [(left, right), (right, left)] {
            if let Some(value) = self.as_scalar(scalar) {
                return self.combine(vec![(value, other)]);
            }
        }
        let output = if l == 0 { right_labels.clone() } else { left_labels.clone() };
        self.contract(vec![left, right], Einsum { operands: vec![left_labels, right_labels], output })
    }

    /// Every entry to a natural power, by square-and-multiply; the zeroth power is one everywhere.
    pub fn power(&mut self, base: NodeId, exponent: u64) -> Built {
        let shape = self.shape(base).clone();
        let mut result = None;
        let mut square = base;
        let mut rest = exponent;
        while rest > 0 {
            if rest & 1 == 1 {
                result = Some(match result {
                    Some(so_far) => self.multiply(so_far, square)?,
                    None => square,
                });
            }
            rest >>= 1;
            if rest > 0 {
                square = self.multiply(square, square)?;
            }
        }
        if let Some(result) = result {
            return Ok(result);
        }
        let one = self.scalar(BigRational::one());
        self.broadcast(one, shape)
    }

    /// The axes in another order: axis `i` of the result is axis `order[i]` of the operand.
    pub fn transpose(&mut self, operand: NodeId, order: &[usize]) -> Built {
        let labels: Vec<Label> = (0..self.shape(operand).rank() as Label).collect();
        let output = order.iter().map(|&axis| axis as Label).collect();
        self.contract(vec![operand], Einsum { operands: vec![labels], output })
    }

    /// The value of a scalar constant.
    fn as_scalar(&self, id: NodeId) -> Option<BigRational> {
        self.as_constant(id).filter(|constant| constant.shape().rank() == 0)?.rational(0).ok()
    }

    /// Whether a node is a small constant that is zero everywhere.
    fn is_zero(&self, id: NodeId) -> bool {
        let small = self.as_constant(id).filter(|constant| constant.shape().size() <= MAX_FOLDED);
        let data = small.and_then(|constant| constant.data().ok());
        data.is_some_and(|data| data.zeros().into_iter().all(|zero| zero))
    }
}

/// The same spec with labels numbered by first appearance, so that equal contractions are equal nodes.
fn relabelled(spec: &Einsum) -> Einsum {
    let mut names: HashMap<Label, Label> = HashMap::new();
    let mut rename = |label: &Label| {
        let next = names.len() as Label;
        *names.entry(*label).or_insert(next)
    };
    let operands = spec.operands.iter().map(|labels| labels.iter().map(&mut rename).collect()).collect();
    let output = spec.output.iter().map(&mut rename).collect();
    Einsum { operands, output }
}
