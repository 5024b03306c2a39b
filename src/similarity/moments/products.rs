//! A node multiplied out: as a sum of products of nodes that are affine in the input, with constants.
//!
//! Sums are distributed over products, whatever lies between two layers of products becomes a constant
//! factor, and constants that meet are multiplied. A node with two layers of binary products is a sum of
//! terms of up to four operands, with three layers eight, and so on.

use std::ops::Range;
use std::rc::Rc;

use num_rational::BigRational;
use num_traits::One;

use super::super::failure::check;
use super::factors::{Block, Factor, ProductTerm, Side, contract, eye};
use super::state::{Moments, Variant};
use crate::network::{Arrangement, BuildError, Label, NodeId, Operation, Shape};
use crate::similarity::Failure;

/// More products than this, of one node, are not looked at.
const MOST_PRODUCTS: usize = 1024;
/// Nor products of more operands.
const MOST_OPERANDS: usize = 24;
/// No longer axis is cut or reshaped by a matrix.
const MOST_SELECTED: usize = 2048;

impl Moments<'_> {
    /// Whether a node is not taken apart: it is affine in the input, and has one degree where that matters.
    fn is_leaf(&self, id: NodeId) -> bool {
        if let Some(leaf) = self.leaf {
            return id == leaf;
        }
        self.levels[id.0] == Some(0) && (self.variant == Variant::Gaussian || self.linear[id.0])
    }

    /// A node as a sum of products. What it needs waits on a list, not on the call stack: networks are deep.
    pub(super) fn products(&mut self, id: NodeId) -> Result<Rc<[ProductTerm]>, Failure> {
        let mut pending = vec![id];
        while let Some(&next) = pending.last() {
            check(self.budget, 0)?;
            let whole = self.is_leaf(next) || !self.depends(next);
            let operands = if whole { Vec::new() } else { self.builder.node(next).operands() };
            let missing: Vec<NodeId> =
                operands.into_iter().filter(|operand| !self.products.contains_key(operand)).collect();
            if self.products.contains_key(&next) {
                pending.pop();
            } else if missing.is_empty() {
                let terms = self.multiplied(next)?;
                self.products.insert(next, terms.into());
                pending.pop();
            } else {
                pending.extend(missing);
            }
        }
        Ok(self.known_products(id))
    }

    /// A node without the linear maps and constants that come last: what is below them is the one operand.
    /// Its central moments are those of the node. The axes of the node are the labels from 0 on.
    pub(super) fn peeled(&self, id: NodeId) -> ProductTerm {
        let mut term = ProductTerm { coefficient: BigRational::one(), side: Side::of(id, &self.shape(id)) };
        while let [(id, labels)] = &term.side.operands[..] {
            let (next, side) = match self.operation(*id) {
                Operation::Combine { terms } => {
                    let mut depend = terms.iter().filter(|(_, id)| self.depends(*id));
                    let (Some((coefficient, id)), None) = (depend.next(), depend.next()) else { break };
                    let side = Side { operands: vec![(*id, labels.clone())], ..term.side.clone() };
                    (&term.coefficient * coefficient, side)
                }
                Operation::Contract { .. } if self.depends(*id) && !self.is_product(*id) => {
                    let mut side = Side { operands: Vec::new(), ..term.side.clone() };
                    side = side.times(&self.side(*id), labels, term.side.free());
                    (term.coefficient.clone(), side)
                }
                _ => break,
            };
            term = ProductTerm { coefficient: next, side };
        }
        term
    }

    /// A node whose operands are multiplied out.
    fn multiplied(&mut self, id: NodeId) -> Result<Vec<ProductTerm>, Failure> {
        let shape = self.shape(id);
        let one = |side: Side| vec![ProductTerm { coefficient: BigRational::one(), side }];
        if !self.depends(id) {
            return Ok(one(Side::constant(id, &shape)));
        }
        if self.is_leaf(id) {
            return Ok(one(Side::of(id, &shape)));
        }
        let mut terms = Vec::new();
        match self.operation(id).clone() {
            // An input is a leaf.
            Operation::Input(_) | Operation::Constant(_) | Operation::HeadCovariance { .. } => {}
            Operation::Combine { terms: sum } => {
                for (coefficient, operand) in sum {
                    for term in self.known_products(operand).iter() {
                        let coefficient = &coefficient * &term.coefficient;
                        terms.push(ProductTerm { coefficient, side: term.side.clone() });
                    }
                }
            }
            Operation::Contract { operands, spec } => {
                let reserved = spec.operands.iter().flatten().max().map_or(0, |label| label + 1);
                let empty = Side { operands: Vec::new(), constants: Vec::new(), output: spec.output };
                terms = one(empty);
                for (operand, labels) in operands.into_iter().zip(spec.operands) {
                    let known = self.known_products(operand);
                    let mut next = Vec::with_capacity(terms.len() * known.len());
                    for (left, right) in
                        terms.iter().flat_map(|left| known.iter().map(move |right| (left, right)))
                    {
                        let side = left.side.times(&right.side, &labels, reserved);
                        next.push(ProductTerm { coefficient: &left.coefficient * &right.coefficient, side });
                        let long = next.last().is_some_and(|term| term.side.operands.len() > MOST_OPERANDS);
                        if long || next.len() > MOST_PRODUCTS {
                            return Err(Failure::TooManyTerms);
                        }
                    }
                    terms = next;
                }
            }
            Operation::Arrange { operands, arrangement } => {
                let mut start = 0;
                for operand in operands {
                    let from = self.shape(operand);
                    let (map, axes) = self.arranging(&arrangement, &from, &shape, start)?;
                    if let Arrangement::Concat { axis } = arrangement {
                        start += from.axes()[axis];
                    }
                    let reserved = axes.iter().max().map_or(0, |label| label + 1);
                    for term in self.known_products(operand).iter() {
                        let side = map.times(&term.side, &axes, reserved);
                        terms.push(ProductTerm { coefficient: term.coefficient.clone(), side });
                    }
                }
            }
        }
        if terms.len() > MOST_PRODUCTS {
            return Err(Failure::TooManyTerms);
        }
        terms.iter_mut().try_for_each(|term| self.tidy(&mut term.side))?;
        Ok(terms)
    }

    fn known_products(&self, id: NodeId) -> Rc<[ProductTerm]> {
        self.products.get(&id).cloned().unwrap_or_else(|| Rc::from([]))
    }

    /// An arrangement as constant matrices: a side of constants whose output are the axes of the result, and
    /// the labels of the operand's axes. `start` is where the operand begins on the axis of a concatenation.
    fn arranging(
        &mut self,
        arrangement: &Arrangement,
        from: &Shape,
        to: &Shape,
        start: usize,
    ) -> Result<(Side, Vec<Label>), Failure> {
        let axes: Vec<Label> = (0..from.rank() as Label).collect();
        let mut next = from.rank() as Label;
        let mut fresh = || {
            next += 1;
            next - 1
        };
        let mut map = Side { operands: Vec::new(), constants: Vec::new(), output: axes.clone() };
        match *arrangement {
            Arrangement::Broadcast => {
                let one = self.builder.scalar(BigRational::one());
                let ones = self.builder.broadcast(one, to.clone())?;
                map = Side::constant(ones, to);
            }
            Arrangement::Slice { axis, .. } | Arrangement::Concat { axis } => {
                let (before, after) = (from.axes()[axis], to.axes()[axis]);
                let matrix = match *arrangement {
                    Arrangement::Slice { start, .. } => self.selection(before, 0, start, after)?,
                    _ => self.selection(after, 1, start, before)?,
                };
                map.output[axis] = fresh();
                let labels = vec![map.output[axis], axes[axis]];
                map.constants.push(Factor { block: Block::Node(matrix), labels });
            }
            Arrangement::Reshape => {
                map.output = Vec::with_capacity(to.rank());
                for (old, new) in groups(from.axes(), to.axes()) {
                    if let ([old], [_]) = (&axes[old.clone()], &to.axes()[new.clone()]) {
                        map.output.push(*old);
                        continue;
                    }
                    let length = from.axes()[old.clone()].iter().product();
                    let matrix = self.selection(length, 0, 0, length)?;
                    let shape = [&to.axes()[new.clone()], &from.axes()[old.clone()]].concat();
                    let shape = Shape::new(shape).ok_or(BuildError::TooLarge)?;
                    let matrix = self.builder.reshape(matrix, shape)?;
                    let here: Vec<Label> = new.map(|_| fresh()).collect();
                    let labels = [here.as_slice(), &axes[old]].concat();
                    map.constants.push(Factor { block: Block::Node(matrix), labels });
                    map.output.extend(here);
                }
            }
        }
        Ok((map, axes))
    }

    /// A part of the identity matrix: so many rows (axis 0) or columns (axis 1) of it from `start` on.
    fn selection(
        &mut self,
        length: usize,
        axis: usize,
        start: usize,
        count: usize,
    ) -> Result<NodeId, Failure> {
        if length > MOST_SELECTED {
            return Err(Failure::TooManyTerms);
        }
        let identity = eye(&mut self.builder, self.budget, length)?;
        Ok(self.builder.slice(identity, axis, start, count)?)
    }

    /// Multiplies constants that meet, as long as the result is no larger than they are: then every later
    /// contraction has fewer operands.
    fn tidy(&mut self, side: &mut Side) -> Result<(), Failure> {
        while let Some((i, j, output)) = self.meeting(side) {
            let second = (i != j).then(|| side.constants.remove(j.max(i)));
            let first = side.constants.remove(j.min(i));
            let factors = second.into_iter().chain([first]).collect();
            let node = contract(&mut self.builder, self.budget, factors, output.clone())?;
            side.constants.push(Factor { block: Block::Node(node), labels: output });
        }
        Ok(())
    }

    /// Two constants whose product is no larger than the larger one, or twice the same that has axes to sum;
    /// and the axes of the product.
    fn meeting(&self, side: &Side) -> Option<(usize, usize, Vec<Label>)> {
        let size = |labels: &[Label]| -> f64 {
            let length = |label: &Label| {
                side.constants.iter().find_map(|factor| {
                    let axis = factor.labels.iter().position(|own| own == label)?;
                    let Block::Node(node) = factor.block else { return None };
                    Some(self.builder.shape(node).axes()[axis] as f64)
                })
            };
            labels.iter().filter_map(length).product()
        };
        for i in 0..side.constants.len() {
            for j in i..side.constants.len() {
                let (left, right) = (&side.constants[i].labels, &side.constants[j].labels);
                let elsewhere = |label: &Label| {
                    side.uses(*label)
                        || (side.constants.iter().enumerate())
                            .any(|(k, factor)| k != i && k != j && factor.labels.contains(label))
                };
                let mut output: Vec<Label> =
                    left.iter().chain(right).copied().filter(|l| elsewhere(l)).collect();
                output.sort_unstable();
                output.dedup();
                let gain = match i == j {
                    true => output.len() < left.len(),
                    false => size(&output) <= size(left).max(size(right)),
                };
                if gain {
                    return Some((i, j, output));
                }
            }
        }
        None
    }
}

/// The axes of two shapes of one size in groups that have the same size: ranges of the first and of the
/// second.
fn groups(from: &[usize], to: &[usize]) -> Vec<(Range<usize>, Range<usize>)> {
    let mut groups = Vec::new();
    let (mut i, mut j) = (0, 0);
    while i < from.len() || j < to.len() {
        let (first, second) = (i, j);
        let (mut left, mut right) = (1usize, 1usize);
        // At least one axis of one side, until the sizes agree; what is left at the end has length one.
        loop {
            if left <= right && i < from.len() {
                left = left.saturating_mul(from[i]);
                i += 1;
            } else if j < to.len() {
                right = right.saturating_mul(to[j]);
                j += 1;
            } else {
                break;
            }
            if left == right && i > first && j > second {
                break;
            }
        }
        groups.push((first..i, second..j));
    }
    groups
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn axes_are_grouped_by_size() {
        assert_eq!(groups(&[2, 3], &[6]), [(0..2, 0..1)]);
        assert_eq!(groups(&[4, 6], &[4, 2, 3]), [(0..1, 0..1), (1..2, 1..3)]);
        assert_eq!(groups(&[64], &[1, 64]), [(0..1, 0..2)]);
        assert_eq!(groups(&[], &[1]), [(0..0, 0..1)]);
        assert_eq!(groups(&[2, 1, 3], &[3, 2]), [(0..3, 0..2)]);
    }
}
