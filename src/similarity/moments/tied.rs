//! Blocks of moments at equal positions along one axis of each node.
//!
//! Nodes that see one position of an input each (`independence`) are independent at different positions, so
//! there is nothing but these; and of outputs only these are wanted.

use num_rational::BigRational;
use num_traits::One;

use super::factors::{At, Block, Factor, Shortcut, Tied, contract};
use super::isserlis::Sides;
use super::recursion::Request;
use super::state::{Moments, Part, Reach};
use crate::network::{Arrangement, BuildError, Label, NodeId, Operation, Shape};
use crate::similarity::Failure;

/// All but one.
pub(super) fn without<T: Copy>(all: &[T], axis: usize) -> Vec<T> {
    all.iter().enumerate().filter(|(at, _)| *at != axis).map(|(_, &item)| item).collect()
}

impl Moments<'_> {
    /// Axes of two nodes at different indices of which they are independent.
    pub(super) fn together(&self, u: NodeId, v: NodeId) -> Option<(usize, usize)> {
        if self.by_partitions || self.reach != Reach::Layer {
            return None;
        }
        let (left, right) = (self.aligned.get(u.0)?, self.aligned.get(v.0)?);
        left.iter().enumerate().find_map(|(axis, input)| {
            let input = (*input)?;
            Some((axis, right.iter().position(|other| *other == Some(input))?))
        })
    }

    /// What has to be known of two nodes to know their covariance.
    pub(super) fn pair(&self, u: NodeId, v: NodeId) -> Request {
        match self.together(u, v) {
            Some((left, right)) => self.tied_request((u, left), (v, right)),
            None => self.request(u, v, Part::Whole),
        }
    }

    pub(super) fn tied_request(&self, u: At, v: At) -> Request {
        let (_, _, exchanged) = self.ordered(u.0, v.0);
        if exchanged { Request::Tied(v, u) } else { Request::Tied(u, v) }
    }

    /// A known block, and whether the axes of the second node come first.
    pub(super) fn known_tied(&self, u: At, v: At) -> (Tied, bool) {
        match self.tied.get(&(u, v)) {
            Some(tied) => (tied.clone(), false),
            None => (self.tied.get(&(v, u)).cloned().unwrap_or_else(|| self.missed(Tied::ZERO)), true),
        }
    }

    /// Whether the known covariance of two nodes is zero.
    pub(super) fn is_uncorrelated(&self, u: NodeId, v: NodeId) -> bool {
        match self.together(u, v) {
            Some((left, right)) => self.known_tied((u, left), (v, right)).0.block == Block::Zero,
            None => self.known_block(u, v, Part::Whole).0 == Block::Zero,
        }
    }

    /// The known covariance of two nodes with these labels, as factors; `None` for zero.
    pub(super) fn covariance(
        &mut self,
        (u, left): (NodeId, &[Label]),
        (v, right): (NodeId, &[Label]),
    ) -> Result<Option<Vec<Factor>>, Failure> {
        let Some((a, b)) = self.together(u, v) else {
            let (block, exchanged) = self.known_block(u, v, Part::Whole);
            let labels = if exchanged { [right, left].concat() } else { [left, right].concat() };
            return Ok((block != Block::Zero).then(|| vec![Factor { block, labels }]));
        };
        self.tied_factors((u, a, left), (v, b, right))
    }

    /// The known covariance of two nodes with these labels at equal positions along an axis of each.
    pub(super) fn tied_factors(
        &mut self,
        (u, a, left): (NodeId, usize, &[Label]),
        (v, b, right): (NodeId, usize, &[Label]),
    ) -> Result<Option<Vec<Factor>>, Failure> {
        let (tied, exchanged) = self.known_tied((u, a), (v, b));
        if tied.block == Block::Zero {
            return Ok(None);
        }
        let (front, back) = (without(left, a), without(right, b));
        let mut labels = if exchanged { [back, front].concat() } else { [front, back].concat() };
        if tied.each {
            labels.insert(0, left[a]);
        }
        let mut factors = vec![Factor { block: tied.block, labels }];
        let positions = self.positions(u, a)?;
        if left[a] != right[b] {
            factors.push(Factor { block: Block::Identity(positions), labels: vec![left[a], right[b]] });
        } else if !tied.each {
            factors.push(self.ones(positions, vec![left[a]])?);
        }
        Ok(Some(factors))
    }

    fn positions(&self, id: NodeId, axis: usize) -> Result<Shape, BuildError> {
        Shape::new([self.builder.shape(id).axes()[axis]]).ok_or(BuildError::TooLarge)
    }

    fn ones(&mut self, shape: Shape, labels: Vec<Label>) -> Result<Factor, Failure> {
        let one = self.builder.scalar(BigRational::one());
        Ok(Factor { block: Block::Node(self.builder.broadcast(one, shape)?), labels })
    }

    /// What has to be known before a block at equal positions.
    pub(super) fn needs_of_tied(&mut self, u: At, v: At) -> Result<Vec<Request>, Failure> {
        if !self.depends(u.0) || !self.depends(v.0) {
            return Ok(Vec::new());
        }
        Ok(match self.below(u) {
            Some(below) => below.into_iter().map(|operand| self.tied_request(operand, v)).collect(),
            None if matches!(self.operation(u.0), Operation::Input(_)) => Vec::new(),
            None if self.is_product(u.0) => self.needs_of_block(u.0, v.0, Part::Whole)?,
            // The whole block would be made of this one.
            None if self.together(u.0, v.0) == Some((u.1, v.1)) => return Err(Failure::TooManyTerms),
            None => vec![self.request(u.0, v.0, Part::Whole)],
        })
    }

    /// The node as a linear map of another one that has the same positions along an axis.
    fn shortcut_along(&self, (u, axis): At) -> Option<(&Shortcut, usize)> {
        let shortcut = self.shortcut(u)?;
        Some((shortcut, shortcut.axis_of_base(axis)?))
    }

    /// The operands of a linear node that depend on an input, each with the axis along which it has the same
    /// positions; `None` if there is no such axis.
    pub(super) fn below(&self, (u, axis): At) -> Option<Vec<At>> {
        if let Some((shortcut, of_base)) = self.shortcut_along((u, axis)) {
            return Some(vec![(shortcut.base, of_base)]);
        }
        if self.is_product(u) {
            return None;
        }
        let node = self.builder.node(u);
        let operands = || node.operands().into_iter().filter(|id| self.depends(*id));
        match &node.operation {
            Operation::Contract { operands, spec } => {
                let at = operands.iter().position(|&id| self.depends(id))?;
                let mut axes =
                    (0..spec.operands[at].len()).filter(|&own| spec.operands[at][own] == spec.output[axis]);
                let (own, None) = (axes.next()?, axes.next()) else { return None };
                Some(vec![(operands[at], own)])
            }
            Operation::Combine { .. } => Some(operands().map(|id| (id, axis)).collect()),
            Operation::Arrange { arrangement, .. } => match arrangement {
                Arrangement::Slice { axis: along, .. } | Arrangement::Concat { axis: along } => {
                    (*along != axis).then(|| operands().map(|id| (id, axis)).collect())
                }
                Arrangement::Reshape => {
                    let (operand, to) = (operands().next()?, node.shape.axes());
                    let from = self.builder.shape(operand).axes();
                    let before: usize = to[..axis].iter().product();
                    let own = (0..from.len()).find(|&own| {
                        from[own] == to[axis] && from[..own].iter().product::<usize>() == before
                    })?;
                    Some(vec![(operand, own)])
                }
                Arrangement::Broadcast => None,
            },
            Operation::Input(_) | Operation::Constant(_) | Operation::HeadCovariance { .. } => None,
        }
    }

    /// A block at equal positions, from what it needs.
    pub(super) fn tied_block(&mut self, u: At, v: At) -> Result<Tied, Failure> {
        if !self.depends(u.0) || !self.depends(v.0) {
            return Ok(Tied::ZERO);
        }
        if let Operation::Input(_) = self.operation(u.0) {
            if u.0 != v.0 {
                return Ok(Tied::ZERO);
            }
            if u.1 == v.1 {
                let rest = without(self.shape(u.0).axes(), u.1);
                let rest = Shape::new(rest).ok_or(BuildError::TooLarge)?;
                return Ok(Tied { block: Block::Identity(rest), each: false });
            }
            return self.picked(Block::Identity(self.shape(u.0)), u, v);
        }
        if let Some(below) = self.below(u) {
            let mut blocks = Vec::with_capacity(below.len());
            for operand in below {
                let (tied, exchanged) = self.known_tied(operand, v);
                blocks.push((operand, self.turned(tied, exchanged, operand, v)?));
            }
            return self.linear_tied(u, v, blocks);
        }
        if !self.is_product(u.0) {
            let block = self.oriented(u.0, v.0, Part::Whole)?;
            return self.picked(block, u, v);
        }
        let heads = self.heads(u.0, v.0);
        let node = match heads {
            Some(heads) if heads[0].is_tied(u.1) && heads[1].is_tied(v.1) => {
                self.covariance_of_heads((u.0, v.0), heads, Some((u.1, v.1)))?
            }
            Some(heads) => {
                let block = self.covariance_of_heads((u.0, v.0), heads, None)?;
                return self.picked(block.map_or(Block::Zero, Block::Node), u, v);
            }
            None if self.is_lower(v.0, u.0) && self.head(u.0).is_some() => {
                self.covariance_with(u.0, v.0, Some((u.1, v.1)))?
            }
            None => {
                let mut all = self.sides(u.0, v.0)?;
                all.iter_mut().for_each(|sides| sides.tie(u.1, v.1));
                self.expectation(&all, &|across| across > 0)?
            }
        };
        Ok(node.map_or(Tied::ZERO, |node| Tied { block: Block::Node(node), each: true }))
    }

    /// A whole block, from that at equal positions.
    pub(super) fn spread(&mut self, u: At, v: At) -> Result<Block, Failure> {
        let left: Vec<Label> = (0..self.builder.shape(u.0).rank() as Label).collect();
        let first = left.len() as Label;
        let right: Vec<Label> = (first..first + self.builder.shape(v.0).rank() as Label).collect();
        let Some(factors) = self.covariance((u.0, &left), (v.0, &right))? else { return Ok(Block::Zero) };
        let output = [left, right].concat();
        Ok(Block::Node(contract(&mut self.builder, self.budget, factors, output)?))
    }

    /// A known block with the axes of the first node in front.
    fn turned(&mut self, tied: Tied, exchanged: bool, u: At, v: At) -> Result<Tied, Failure> {
        let Tied { block: Block::Node(node), each } = tied else { return Ok(tied) };
        if !exchanged {
            return Ok(tied);
        }
        let (front, back) = (self.builder.shape(u.0).rank() - 1, self.builder.shape(v.0).rank() - 1);
        let first = usize::from(each);
        let mut order: Vec<usize> = (0..first).collect();
        order.extend((back..back + front).chain(0..back).map(|axis| axis + first));
        Ok(Tied { block: Block::Node(self.builder.transpose(node, &order)?), each })
    }

    /// The diagonal of a block with the axes of the first node in front.
    fn picked(&mut self, block: Block, u: At, v: At) -> Result<Tied, Failure> {
        if block == Block::Zero {
            return Ok(Tied::ZERO);
        }
        let left: Vec<Label> = (0..self.builder.shape(u.0).rank() as Label).collect();
        let first = left.len() as Label;
        let mut right: Vec<Label> = (first..first + self.builder.shape(v.0).rank() as Label).collect();
        right[v.1] = left[u.1];
        let mut output = vec![left[u.1]];
        output.extend(without(&left, u.1));
        output.extend(without(&right, v.1));
        let factors = vec![Factor { block, labels: [left, right].concat() }];
        let node = contract(&mut self.builder, self.budget, factors, output)?;
        Ok(Tied { block: Block::Node(node), each: true })
    }

    /// A linear operation on blocks at equal positions, one for every operand that depends on an input.
    pub(super) fn linear_tied(&mut self, u: At, v: At, blocks: Vec<(At, Tied)>) -> Result<Tied, Failure> {
        if blocks.iter().all(|(_, tied)| tied.block == Block::Zero) {
            return Ok(Tied::ZERO);
        }
        let behind = without(self.shape(v.0).axes(), v.1);
        let shape = self.shape(u.0);
        let positions = self.positions(u.0, u.1)?;
        // The labels of `u`, and those behind.
        let map: Option<(Vec<Factor>, Vec<Label>, Vec<Label>)> = match self.shortcut_along(u) {
            Some((shortcut, _)) => Some(shortcut.factors()),
            None => match self.operation(u.0).clone() {
                Operation::Contract { operands, spec } => {
                    let mut factors = Vec::new();
                    let mut of_operand = Vec::new();
                    for (operand, labels) in operands.into_iter().zip(spec.operands) {
                        if self.depends(operand) {
                            of_operand = labels;
                        } else {
                            factors.push(Factor { block: Block::Node(operand), labels });
                        }
                    }
                    Some((factors, of_operand, spec.output))
                }
                _ => None,
            },
        };
        if let (Some((mut factors, of_operand, of_node)), [(operand, tied)]) = (map, &blocks[..]) {
            let used = factors.iter().flat_map(|factor| &factor.labels).chain(&of_operand).chain(&of_node);
            let first = used.max().map_or(0, |label| label + 1);
            let own: Vec<Label> = (first..first + behind.len() as Label).collect();
            let position = of_node[u.1];
            let each = tied.each || factors.iter().any(|factor| factor.labels.contains(&position));
            let mut labels = [without(&of_operand, operand.1), own.clone()].concat();
            if tied.each {
                labels.insert(0, position);
            }
            factors.push(Factor { block: tied.block.clone(), labels });
            let mut output = [without(&of_node, u.1), own].concat();
            if each {
                output.insert(0, position);
            }
            let node = contract(&mut self.builder, self.budget, factors, output)?;
            return Ok(Tied { block: Block::Node(node), each });
        }
        // The same axes in all operands but one.
        let each = blocks.iter().any(|(_, tied)| tied.each);
        let mut parts = Vec::with_capacity(blocks.len());
        for (operand, tied) in blocks {
            let mut rest = without(self.shape(operand.0).axes(), operand.1);
            rest.extend(&behind);
            parts.push(self.written_tied(tied, each, &positions, rest)?);
        }
        let mut axes = without(shape.axes(), u.1);
        axes.extend(&behind);
        if each {
            axes.insert(0, positions.size());
        }
        let result = Shape::new(axes).ok_or(BuildError::TooLarge)?;
        let shifted = |axis: usize| axis - usize::from(axis > u.1) + usize::from(each);
        let node = match self.operation(u.0).clone() {
            Operation::Combine { terms } => {
                let terms = terms.into_iter().filter(|(_, id)| self.depends(*id));
                let terms = terms.map(|(coefficient, _)| coefficient).zip(parts).collect();
                self.builder.combine(terms)?
            }
            Operation::Arrange { operands, arrangement } => {
                let arrangement = match arrangement {
                    Arrangement::Slice { axis, start } => Arrangement::Slice { axis: shifted(axis), start },
                    Arrangement::Concat { axis } => Arrangement::Concat { axis: shifted(axis) },
                    other => other,
                };
                // Constants among the operands are uncorrelated with everything.
                let mut parts = parts.into_iter();
                let mut all = Vec::with_capacity(operands.len());
                for operand in operands {
                    match self.depends(operand) {
                        true => all.extend(parts.next()),
                        false => {
                            let mut axes = without(self.shape(operand).axes(), u.1);
                            axes.extend(&behind);
                            if each {
                                axes.insert(0, positions.size());
                            }
                            all.push(self.zeros(Shape::new(axes).ok_or(BuildError::TooLarge)?)?);
                        }
                    }
                }
                self.builder.arranged(all, &arrangement, result)?
            }
            _ => return Err(Failure::TooManyTerms),
        };
        Ok(Tied { block: Block::Node(node), each })
    }

    /// A block as a node, with an axis of positions or without. `rest` are the other axes.
    fn written_tied(
        &mut self,
        tied: Tied,
        each: bool,
        positions: &Shape,
        rest: Vec<usize>,
    ) -> Result<NodeId, Failure> {
        let rank = rest.len() as Label;
        let whole = Shape::new(rest).ok_or(BuildError::TooLarge)?;
        if tied.block == Block::Zero {
            let axes = if each { [positions.axes(), whole.axes()].concat() } else { whole.axes().to_vec() };
            return self.zeros(Shape::new(axes).ok_or(BuildError::TooLarge)?);
        }
        if let (Block::Node(node), true) = (&tied.block, tied.each == each) {
            return Ok(*node);
        }
        let labels: Vec<Label> = (1..rank + 1).collect();
        let mut factors = vec![Factor { block: tied.block, labels: labels.clone() }];
        let mut output = labels;
        if each {
            factors.push(self.ones(positions.clone(), vec![0])?);
            output.insert(0, 0);
        }
        contract(&mut self.builder, self.budget, factors, output)
    }

    /// A block at equal positions as a node, if the positions are those of the axis.
    pub(super) fn tied_node(&mut self, tied: Tied, u: At, v: At) -> Result<(NodeId, bool), Failure> {
        let mut rest = without(self.shape(u.0).axes(), u.1);
        rest.extend(without(self.shape(v.0).axes(), v.1));
        let (each, positions) = (tied.each, self.positions(u.0, u.1)?);
        Ok((self.written_tied(tied, each, &positions, rest)?, each))
    }
}

impl Sides {
    /// Makes one label of an axis of the first side and one of the second, and puts it first.
    fn tie(&mut self, a: usize, b: usize) {
        let [left, right] = &mut self.sides[..] else { return };
        let (kept, gone) = (left.output.remove(a), right.output[b]);
        left.output.insert(0, kept);
        *right = right.relabelled(&|label| if label == gone { kept } else { label });
        right.output.remove(b);
    }
}
