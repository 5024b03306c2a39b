//! Isserlis' theorem: the expectation of a product of jointly Gaussian operands is a sum over partitions of
//! the operands into pairs and singletons, one contraction each.

use num_bigint::BigInt;
use num_rational::BigRational;
use num_traits::One;

use super::factors::{Block, Factor, contract};
use super::partitions::{Partition, partitions};
use super::side::Side;
use super::state::{Moments, Part, Variant};
use crate::network::{Label, NodeId};
use crate::similarity::Failure;
use crate::similarity::failure::check;

/// So many contractions are added up at once, so that few are kept.
const TOGETHER: usize = 16;

/// The product of one or two sides, with a coefficient. No two sides have a label in common.
pub(super) struct Sides {
    pub(super) coefficient: BigRational,
    pub(super) sides: Vec<Side>,
}

/// An operand of a product of sides.
pub(super) struct Operand<'a> {
    /// Which side it is of.
    pub(super) side: usize,
    pub(super) node: NodeId,
    pub(super) labels: &'a [Label],
}

impl Sides {
    /// The product with other sides.
    pub(super) fn times(&self, other: &Sides) -> Sides {
        let shift = self.sides.iter().map(Side::free).max().unwrap_or(0);
        let shifted = other.sides.iter().map(|side| side.relabelled(&|label| label + shift));
        Sides {
            coefficient: &self.coefficient * &other.coefficient,
            sides: self.sides.iter().cloned().chain(shifted).collect(),
        }
    }

    /// The operands of all sides.
    pub(super) fn operands(&self) -> Vec<Operand<'_>> {
        let mut operands = Vec::new();
        for (position, side) in self.sides.iter().enumerate() {
            let of_side = side.operands.iter();
            operands.extend(of_side.map(|(node, labels)| Operand { side: position, node: *node, labels }));
        }
        operands
    }
}

impl Moments<'_> {
    /// The expectation of a sum of products of one or two sides: the sum over all partitions of their
    /// operands whose number of pairs across is allowed. `None` for zero.
    pub(super) fn expectation(
        &mut self,
        all: &[Sides],
        allowed: &dyn Fn(usize) -> bool,
    ) -> Result<Option<NodeId>, Failure> {
        let mut terms = Vec::new();
        for sides in all {
            check(self.budget, 0)?;
            self.partitioned(sides, allowed, &mut terms)?;
        }
        if terms.is_empty() {
            return Ok(None);
        }
        Ok(Some(self.builder.combine(terms)?))
    }

    /// Adds the terms of one product.
    fn partitioned(
        &mut self,
        sides: &Sides,
        allowed: &dyn Fn(usize) -> bool,
        terms: &mut Vec<(BigRational, NodeId)>,
    ) -> Result<(), Failure> {
        let operands = sides.operands();
        let pair = |i: usize, j: usize| self.may_pair(&operands[i], &operands[j]);
        let single = |i: usize| self.known_mean(operands[i].node).is_some();
        let found = partitions(operands.len(), &pair, &single, self.room).ok_or(Failure::TooManyTerms)?;
        let constants: Vec<Factor> = sides.sides.iter().flat_map(|side| side.constants.clone()).collect();
        let products: Vec<Vec<Factor>> = found
            .iter()
            .filter(|partition| allowed(pairs_across(partition, &operands)))
            .map(|partition| [constants.clone(), self.factors(partition, &operands)].concat())
            .collect();
        self.room = self.room.saturating_sub(products.len());
        let output: Vec<Label> = sides.sides.iter().flat_map(|side| side.output.iter().copied()).collect();
        let coefficient = &sides.coefficient * self.weight(&sides.sides);
        for factors in products {
            let node = contract(&mut self.builder, self.budget, factors, output.clone())?;
            terms.push((coefficient.clone(), node));
            if terms.len() == TOGETHER {
                let sum = self.builder.combine(std::mem::take(terms))?;
                terms.push((BigRational::one(), sum));
            }
        }
        Ok(())
    }

    /// Whether two operands may be a pair, and their covariance is not zero.
    fn may_pair(&self, left: &Operand<'_>, right: &Operand<'_>) -> bool {
        (self.variant == Variant::Gaussian || left.side != right.side)
            && self.covariance(left, right).0 != Block::Zero
    }

    /// The covariance of two operands, and whether the axes of the second come first.
    fn covariance(&self, left: &Operand<'_>, right: &Operand<'_>) -> (Block, bool) {
        let (u, v, exchanged) = self.ordered(left.node, right.node);
        (self.blocks.get(&(u, v, Part::Whole)).cloned().unwrap_or(Block::Zero), exchanged)
    }

    /// The covariances and means that a partition multiplies.
    fn factors(&self, partition: &Partition, operands: &[Operand<'_>]) -> Vec<Factor> {
        let mut factors = Vec::new();
        for &(i, j) in &partition.pairs {
            let (block, exchanged) = self.covariance(&operands[i], &operands[j]);
            let (first, second) = if exchanged { (j, i) } else { (i, j) };
            let labels = [operands[first].labels, operands[second].labels].concat();
            factors.push(Factor { block, labels });
        }
        for &i in &partition.singles {
            if let Some(mean) = self.known_mean(operands[i].node) {
                factors.push(Factor { block: Block::Node(mean), labels: operands[i].labels.to_vec() });
            }
        }
        factors
    }

    /// What each partition counts: in the symmetric recursion `1/n!`, of two sides with n operands each (if
    /// their numbers differ there is no partition).
    fn weight(&self, sides: &[Side]) -> BigRational {
        match (self.variant, sides) {
            (Variant::Symmetric, [first, _]) => {
                BigRational::new(BigInt::one(), (1..=first.operands.len()).map(BigInt::from).product())
            }
            _ => BigRational::one(),
        }
    }
}

/// How many pairs of a partition have an operand of each side.
fn pairs_across(partition: &Partition, operands: &[Operand<'_>]) -> usize {
    partition.pairs.iter().filter(|&&(i, j)| operands[i].side != operands[j].side).count()
}
