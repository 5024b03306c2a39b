//! Operands of heads as linear maps of one node: the residual stream, the input.
//!
//! Between that node and the operands lie projections, reshapes and rotations. Each is a pass over every
//! block of moments, and there are 25 for a pair of heads. As one constant for every operand, they are one
//! product of matrices for a block.

use std::collections::{BTreeSet, HashMap};

use num_rational::BigRational;

use super::factors::{At, Block, Factor, ProductTerm, Shortcut, Tied, contract};
use super::state::Moments;
use super::tied::without;
use crate::network::{BuildError, Label, NodeId, Operation, Shape};
use crate::similarity::Failure;

/// No longer chains of linear operations are followed.
const MOST_DEEP: usize = 64;

impl Moments<'_> {
    /// The node as a linear map, if it is known as one.
    pub(super) fn shortcut(&self, id: NodeId) -> Option<&Shortcut> {
        self.shortcuts.get(&id)?.as_ref()
    }

    /// Finds shortcuts for the operands of a head.
    pub(super) fn shorten(&mut self, id: NodeId) -> Result<(), Failure> {
        if self.head(id).is_none() {
            return Ok(());
        }
        let operands = self.builder.node(id).operands();
        let operands: Vec<NodeId> = operands.into_iter().filter(|id| self.depends(*id)).collect();
        if operands.iter().all(|id| self.shortcuts.contains_key(id)) {
            return Ok(());
        }
        let mut common: Option<BTreeSet<NodeId>> = None;
        for &operand in &operands {
            let through: BTreeSet<NodeId> = self.passed(operand).into_iter().collect();
            common = Some(match common {
                Some(common) => common.intersection(&through).copied().collect(),
                None => through,
            });
        }
        let base = common.and_then(|common| common.last().copied());
        for operand in operands {
            let shortcut = match base {
                Some(base) if base != operand => match self.map_of_positions(operand, base)? {
                    Some(shortcut) => Some(shortcut),
                    None => self.linear_map(operand, base)?,
                },
                _ => None,
            };
            self.shortcuts.insert(operand, shortcut);
        }
        Ok(())
    }

    /// The nodes through which a node sees its inputs, each of them alone, as far as all between is linear.
    fn passed(&self, id: NodeId) -> Vec<NodeId> {
        let mut pending = BTreeSet::from([id]);
        let mut passed = Vec::new();
        while let Some(next) = pending.pop_last() {
            if pending.is_empty() {
                passed.push(next);
            }
            if self.is_product(next) || matches!(self.operation(next), Operation::Input(_)) {
                break;
            }
            pending.extend(self.builder.node(next).operands().into_iter().filter(|id| self.depends(*id)));
        }
        passed
    }

    /// A node as a linear map of another at each position along an axis: what the operations between make of
    /// the identity. `None` if positions are not kept apart.
    fn map_of_positions(&mut self, id: NodeId, base: NodeId) -> Result<Option<Shortcut>, Failure> {
        for axis in 0..self.shape(id).rank() {
            let mut known = HashMap::new();
            let Some((tied, of_base)) = self.map_at((id, axis), base, MOST_DEEP, &mut known)? else {
                continue;
            };
            if tied.block == Block::Zero {
                continue;
            }
            let (map, each) = self.tied_node(tied, (id, axis), (base, of_base))?;
            let rank = self.shape(id).rank() as Label;
            let own: Vec<Label> = (0..rank).collect();
            let mut base_labels: Vec<Label> = (rank..rank + self.shape(base).rank() as Label).collect();
            base_labels[of_base] = axis as Label;
            let mut labels = [without(&own, axis), without(&base_labels, of_base)].concat();
            if each {
                labels.insert(0, axis as Label);
            }
            return Ok(Some(Shortcut { base, map, labels, of_base: base_labels, rank }));
        }
        Ok(None)
    }

    /// The map of a node along an axis, and the axis of the other node; `None` if there is none.
    fn map_at(
        &mut self,
        at: At,
        base: NodeId,
        deep: usize,
        known: &mut HashMap<At, Option<(Tied, usize)>>,
    ) -> Result<Option<(Tied, usize)>, Failure> {
        if at.0 == base {
            let rest = without(self.shape(base).axes(), at.1);
            let rest = Shape::new(rest).ok_or(BuildError::TooLarge)?;
            return Ok(Some((Tied { block: Block::Identity(rest), each: false }, at.1)));
        }
        if let Some(found) = known.get(&at) {
            return Ok(found.clone());
        }
        let mut found = None;
        if let (Some(below), true) = (self.below(at), deep > 0) {
            let mut blocks = Vec::with_capacity(below.len());
            let mut axis = None;
            for operand in below {
                match self.map_at(operand, base, deep - 1, known)? {
                    Some((tied, of_base)) if *axis.get_or_insert(of_base) == of_base => {
                        blocks.push((operand, tied));
                    }
                    _ => return Ok(None),
                }
            }
            if let Some(axis) = axis {
                found = Some((self.linear_tied(at, (base, axis), blocks)?, axis));
            }
        }
        known.insert(at, found.clone());
        Ok(found)
    }

    /// A node as a linear map of another, through which it sees its inputs; `None` if this has no simple
    /// form.
    fn linear_map(&mut self, id: NodeId, base: NodeId) -> Result<Option<Shortcut>, Failure> {
        let known = std::mem::take(&mut self.products);
        self.leaf = Some(base);
        let terms = self.products(id);
        self.leaf = None;
        self.products = known;
        let terms: Vec<ProductTerm> = match terms {
            Ok(terms) => terms.iter().filter(|term| !term.side.operands.is_empty()).cloned().collect(),
            Err(Failure::TooManyTerms) => return Ok(None),
            Err(failure) => return Err(failure),
        };
        let mut sum: Vec<(BigRational, NodeId)> = Vec::new();
        let mut form: Option<(Vec<Label>, Vec<Label>)> = None;
        for ProductTerm { coefficient, side } in terms {
            let [(_, of_base)] = &side.operands[..] else { return Ok(None) };
            let rank = side.output.len() as Label;
            // The axes of the node, then those of the other that it does not share.
            let rename = |label: Label| {
                let own = side.output.iter().position(|own| *own == label);
                let other = of_base.iter().position(|other| *other == label);
                match (own, other) {
                    (Some(axis), _) => axis as Label,
                    (None, Some(axis)) => rank + axis as Label,
                    (None, None) => label + rank + of_base.len() as Label,
                }
            };
            let side = side.relabelled(&rename);
            let [(_, of_base)] = &side.operands[..] else { return Ok(None) };
            let repeated = (1..of_base.len()).any(|at| of_base[..at].contains(&of_base[at]));
            let mut labels: Vec<Label> = side.output.iter().chain(of_base).copied().collect();
            labels.retain(|label| side.constants.iter().any(|factor| factor.labels.contains(label)));
            labels.sort_unstable();
            labels.dedup();
            if repeated || labels.is_empty() {
                return Ok(None);
            }
            let form_here = (labels.clone(), of_base.clone());
            if *form.get_or_insert_with(|| form_here.clone()) != form_here {
                return Ok(None);
            }
            sum.push((coefficient, contract(&mut self.builder, self.budget, side.constants, labels)?));
        }
        let Some((labels, of_base)) = form else { return Ok(None) };
        let map = self.builder.combine(sum)?;
        Ok(Some(Shortcut { base, map, labels, of_base, rank: self.shape(id).rank() as Label }))
    }

    /// The block of a node, given that of the other. `behind` is the shape of the axes that follow.
    pub(super) fn taken(
        &mut self,
        shortcut: &Shortcut,
        below: Block,
        behind: &Shape,
    ) -> Result<Block, Failure> {
        if below == Block::Zero {
            return Ok(Block::Zero);
        }
        let first = shortcut.labels.iter().chain(&shortcut.of_base).max().map_or(0, |label| label + 1);
        let own: Vec<Label> = (first..first + behind.rank() as Label).collect();

        let factors = vec![
            Factor { block: Block::Node(shortcut.map), labels: shortcut.labels.clone() },
            Factor { block: below, labels: [shortcut.of_base.as_slice(), &own].concat() },
        ];
        let output = [(0..shortcut.rank).collect::<Vec<Label>>().as_slice(), &own].concat();
        Ok(Block::Node(contract(&mut self.builder, self.budget, factors, output)?))
    }
}
