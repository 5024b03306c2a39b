//! Isserlis' theorem: the expectation of a product of jointly Gaussian operands is a sum over partitions of
//! the operands into pairs and singletons, one contraction each.
//!
//! Operands may have means: these are the singletons.

use num_bigint::BigInt;
use num_rational::BigRational;
use num_traits::One;

use super::factors::{Block, Factor, Side, contract};
use super::state::{Moments, Variant};
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
        let sides = self.sides.iter().enumerate();
        let operands = sides.flat_map(|(side, of)| of.operands.iter().map(move |operand| (side, operand)));
        operands.map(|(side, (node, labels))| Operand { side, node: *node, labels }).collect()
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
        Ok(if terms.is_empty() { None } else { Some(self.builder.combine(terms)?) })
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
        let across = |partition: &Partition| {
            partition.pairs.iter().filter(|&&(i, j)| operands[i].side != operands[j].side).count()
        };
        let mut products: Vec<Vec<Factor>> = Vec::new();
        for partition in found.iter().filter(|partition| allowed(across(partition))) {
            products.push([constants.clone(), self.factors(partition, &operands)?].concat());
        }
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
            && !self.is_uncorrelated(left.node, right.node)
    }

    /// The covariances and means that a partition multiplies.
    fn factors(&mut self, partition: &Partition, operands: &[Operand<'_>]) -> Result<Vec<Factor>, Failure> {
        let mut factors = Vec::new();
        for &(i, j) in &partition.pairs {
            let (left, right) = (&operands[i], &operands[j]);
            let covariance = self.covariance((left.node, left.labels), (right.node, right.labels))?;
            factors.extend(covariance.into_iter().flatten());
        }
        for &i in &partition.singles {
            if let Some(mean) = self.known_mean(operands[i].node) {
                factors.push(Factor { block: Block::Node(mean), labels: operands[i].labels.to_vec() });
            }
        }
        Ok(factors)
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

/// A partition: pairs of positions, the smaller first, and positions on their own.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Partition {
    pairs: Vec<(usize, usize)>,
    singles: Vec<usize>,
}

/// Positions beyond this many are not partitioned: the search would be deep, and long.
const MOST_POSITIONS: usize = 48;
/// The search gives up after this many steps for every partition that it may find.
const STEPS: usize = 64;

/// All partitions of `0..count` whose pairs and singletons may be. `None` if there are more than `most`, or
/// if finding them would take too long.
fn partitions(
    count: usize,
    pair: &dyn Fn(usize, usize) -> bool,
    single: &dyn Fn(usize) -> bool,
    most: usize,
) -> Option<Vec<Partition>> {
    if count > MOST_POSITIONS {
        return None;
    }
    let mut search = Search {
        pair,
        single,
        most,
        steps: most.saturating_mul(STEPS).saturating_add(STEPS),
        free: vec![true; count],
        current: Partition { pairs: Vec::new(), singles: Vec::new() },
        found: Vec::new(),
    };
    search.extend().then_some(search.found)
}

struct Search<'a> {
    pair: &'a dyn Fn(usize, usize) -> bool,
    single: &'a dyn Fn(usize) -> bool,
    most: usize,
    /// How many more are taken.
    steps: usize,
    free: Vec<bool>,
    current: Partition,
    found: Vec<Partition>,
}

impl Search<'_> {
    /// Puts the first free position somewhere, in all ways. `false` when there are too many.
    fn extend(&mut self) -> bool {
        let Some(first) = self.free.iter().position(|&free| free) else {
            self.found.push(self.current.clone());
            return self.found.len() <= self.most;
        };
        let Some(steps) = self.steps.checked_sub(1) else { return false };
        self.steps = steps;
        self.free[first] = false;
        let mut within = true;
        if (self.single)(first) {
            self.current.singles.push(first);
            within = self.extend();
            self.current.singles.pop();
        }
        for second in first + 1..self.free.len() {
            if within && self.free[second] && (self.pair)(first, second) {
                self.free[second] = false;
                self.current.pairs.push((first, second));
                within = self.extend();
                self.current.pairs.pop();
                self.free[second] = true;
            }
        }
        self.free[first] = true;
        within
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 4 positions: 3 perfect matchings, and 10 partitions into pairs and singletons (1 + 6 + 3). 10
    /// positions have 945 matchings.
    #[test]
    fn counts() {
        let count =
            |n: usize, single: bool| partitions(n, &|_, _| true, &|_| single, 10_000).map(|p| p.len());
        assert_eq!(count(4, false), Some(3));
        assert_eq!(count(4, true), Some(10));
        assert_eq!(count(10, false), Some(945));
        assert_eq!(count(3, false), Some(0));
        assert_eq!(count(0, false), Some(1));
        assert_eq!(partitions(10, &|_, _| true, &|_| false, 944), None);
    }

    /// Only the last two positions have no partner, which a search from the front finds out again and again:
    /// 15 positions of 40 are paired in more ways than can be tried, and none leads anywhere.
    #[test]
    fn a_search_that_leads_nowhere_ends() {
        assert_eq!(partitions(40, &|_, j| j < 38, &|_| false, 100), None);
        assert_eq!(partitions(100, &|_, _| false, &|_| true, 100), None);
    }

    /// Pairs across 0, 1 | 2, 3 only: two.
    #[test]
    fn rules_are_kept() {
        let found = partitions(4, &|i, j| i < 2 && j >= 2, &|_| false, 10).unwrap();
        let pairs: Vec<_> = found.iter().map(|partition| partition.pairs.clone()).collect();
        assert_eq!(pairs, [vec![(0, 2), (1, 3)], vec![(0, 3), (1, 2)]]);
    }
}
