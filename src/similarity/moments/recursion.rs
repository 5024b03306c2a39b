//! The recursion: what a moment needs, in which order moments are computed, and from what.

use std::collections::HashSet;

use num_rational::BigRational;
use num_traits::One;

use super::factors::{At, Block, Factor, ProductTerm, Side};
use super::isserlis::Sides;
use super::state::{Moments, Part, Reach, Variant};
use crate::network::{NodeId, Operation, Shape};
use crate::similarity::Failure;
use crate::similarity::failure::check;

/// Something to compute, once.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Request {
    Mean(NodeId),
    /// In the order of [`Moments::ordered`].
    Block(NodeId, NodeId, Part),
    /// At equal positions, in the same order.
    Tied(At, At),
}

impl Moments<'_> {
    /// Computes something and all it needs. The requests wait on a list, not on the call stack: networks are
    /// deep.
    pub(super) fn solve(&mut self, request: Request) -> Result<(), Failure> {
        let mut pending = vec![request];
        while let Some(&request) = pending.last() {
            check(self.budget, 0)?;
            if self.blocks.len().max(self.tied.len()).max(self.means.len()) > self.most_blocks {
                return Err(Failure::TooManyTerms);
            }
            if self.known(request) {
                pending.pop();
                continue;
            }
            let needed: Vec<Request> =
                self.needs(request)?.into_iter().filter(|&request| !self.known(request)).collect();
            if needed.is_empty() {
                match request {
                    Request::Mean(id) => {
                        let mean = self.mean(id)?;
                        self.means.insert(id, mean);
                    }
                    Request::Block(u, v, part) => {
                        let block = self.block(u, v, part)?;
                        self.blocks.insert((u, v, part), block);
                    }
                    Request::Tied(u, v) => {
                        let tied = self.tied_block(u, v)?;
                        self.tied.insert((u, v), tied);
                    }
                }
                pending.pop();
            } else {
                pending.extend(needed);
            }
        }
        Ok(())
    }

    fn known(&self, request: Request) -> bool {
        match request {
            Request::Mean(id) => self.means.contains_key(&id),
            Request::Block(u, v, part) => {
                self.blocks.contains_key(&(u, v, part)) || self.blocks.contains_key(&(v, u, part))
            }
            Request::Tied(u, v) => self.tied.contains_key(&(u, v)) || self.tied.contains_key(&(v, u)),
        }
    }

    pub(super) fn request(&self, u: NodeId, v: NodeId, part: Part) -> Request {
        let (u, v, _) = self.ordered(u, v);
        Request::Block(u, v, part)
    }

    /// What has to be known before.
    fn needs(&mut self, request: Request) -> Result<Vec<Request>, Failure> {
        if let Request::Block(u, v, _) | Request::Tied((u, _), (v, _)) = request {
            for id in [u, v] {
                self.shorten(id)?;
            }
        }
        Ok(match request {
            Request::Mean(id) if !self.depends(id) => Vec::new(),
            Request::Mean(id) if self.is_product(id) => {
                let sides = self.one_side(id)?;
                self.needs_of_sides(&sides)
            }
            Request::Mean(id) => self.operands(id).into_iter().map(Request::Mean).collect(),
            Request::Tied(u, v) => self.needs_of_tied(u, v)?,
            Request::Block(u, v, part) => match self.together(u, v) {
                Some((left, right)) => vec![self.tied_request((u, left), (v, right))],
                None => self.needs_of_block(u, v, part)?,
            },
        })
    }

    /// What has to be known before a block.
    pub(super) fn needs_of_block(
        &mut self,
        u: NodeId,
        v: NodeId,
        part: Part,
    ) -> Result<Vec<Request>, Failure> {
        if !self.depends(u) || !self.depends(v) {
            return Ok(Vec::new());
        }
        if let Some(shortcut) = self.shortcut(u) {
            return Ok(vec![self.request(shortcut.base, v, part)]);
        }
        if !self.is_product(u) {
            return Ok(self.operands(u).into_iter().map(|operand| self.request(operand, v, part)).collect());
        }
        let sides = self.sides(u, v)?;
        let mut needed = self.needs_of_sides(&sides);
        if self.variant == Variant::Gaussian && self.heads(u, v).is_some() {
            needed.extend(self.operands(v).into_iter().map(|operand| self.pair(u, operand)));
        }
        Ok(needed)
    }

    /// The operands that depend on an input.
    fn operands(&self, id: NodeId) -> Vec<NodeId> {
        let mut operands = self.builder.node(id).operands();
        operands.retain(|&operand| self.depends(operand));
        operands
    }

    fn needs_of_sides(&self, all: &[Sides]) -> Vec<Request> {
        let gaussian = self.variant == Variant::Gaussian;
        let mut requests = Vec::new();
        for sides in all {
            let operands = sides.operands();
            for (position, u) in operands.iter().enumerate() {
                if gaussian {
                    requests.push(Request::Mean(u.node));
                }
                for v in &operands[position + 1..] {
                    if gaussian || u.side != v.side {
                        requests.push(self.pair(u.node, v.node));
                    }
                }
            }
        }
        let mut seen = HashSet::new();
        requests.retain(|&request| seen.insert(request));
        requests
    }

    /// A product node with its own operands.
    pub(super) fn side(&self, id: NodeId) -> Side {
        let mut side = Side { operands: Vec::new(), constants: Vec::new(), output: Vec::new() };
        if let Operation::Contract { operands, spec } = self.operation(id) {
            for (&operand, labels) in operands.iter().zip(&spec.operands) {
                let labels = labels.clone();
                if self.depends(operand) {
                    side.operands.push((operand, labels));
                } else {
                    side.constants.push(Factor { block: Block::Node(operand), labels });
                }
            }
            side.output = spec.output.clone();
        }
        side
    }

    /// A product node as a sum of products.
    fn one_side(&mut self, id: NodeId) -> Result<Vec<Sides>, Failure> {
        Ok(match self.reach {
            Reach::Layer => vec![Sides { coefficient: BigRational::one(), sides: vec![self.side(id)] }],
            Reach::Input => {
                let terms = self.products(id)?;
                let sides = |term: &ProductTerm| Sides {
                    coefficient: term.coefficient.clone(),
                    sides: vec![term.side.clone()],
                };
                terms.iter().map(sides).collect()
            }
        })
    }

    /// The product of a product node and another: that one is expanded if it is a product of the same level,
    /// or if products are multiplied out, else taken as it is.
    pub(super) fn sides(&mut self, u: NodeId, v: NodeId) -> Result<Vec<Sides>, Failure> {
        let both = self.is_product(v) && self.levels[u.0] == self.levels[v.0];
        let second = match self.reach {
            Reach::Layer if !both => {
                vec![Sides { coefficient: BigRational::one(), sides: vec![Side::of(v, &self.shape(v))] }]
            }
            _ => self.one_side(v)?,
        };
        let first = self.one_side(u)?;
        Ok(first.iter().flat_map(|first| second.iter().map(|second| first.times(second))).collect())
    }

    /// The mean of a node whose operands' moments are known; `None` for zero.
    fn mean(&mut self, id: NodeId) -> Result<Option<NodeId>, Failure> {
        if !self.depends(id) {
            // In the symmetric recursion a constant is the part of degree 0.
            return Ok(Some(id));
        }
        if matches!(self.operation(id), Operation::Input(_)) {
            return Ok(None);
        }
        if self.is_product(id) {
            let sides = self.one_side(id)?;
            return self.expectation(&sides, &|_| true);
        }
        let blocks = self
            .builder
            .node(id)
            .operands()
            .into_iter()
            .map(|operand| match self.depends(operand) {
                true => self.means.get(&operand).copied().flatten().map_or(Block::Zero, Block::Node),
                false => Block::Node(operand),
            })
            .collect();
        Ok(match self.linear(id, blocks, &Shape::scalar())? {
            Block::Node(node) => Some(node),
            _ => None,
        })
    }

    /// Whether a node is of a lower level than a product, whose derivatives are known then.
    pub(super) fn is_lower(&self, v: NodeId, product: NodeId) -> bool {
        self.levels[v.0] < self.levels[product.0] && self.variant == Variant::Gaussian
    }

    /// The block of two nodes whose operands' moments are known.
    fn block(&mut self, u: NodeId, v: NodeId, part: Part) -> Result<Block, Failure> {
        if !self.depends(u) || !self.depends(v) {
            return Ok(Block::Zero);
        }
        if let Some((left, right)) = self.together(u, v) {
            return self.spread((u, left), (v, right));
        }
        if let Operation::Input(_) = self.operation(u) {
            let same = u == v && matches!(part, Part::Whole | Part::Order(1));
            return Ok(if same { Block::Identity(self.shape(u)) } else { Block::Zero });
        }
        if let Some(heads) = self.heads(u, v) {
            let block = self.covariance_of_heads((u, v), heads, None)?;
            return Ok(block.map_or(Block::Zero, Block::Node));
        }
        if self.is_lower(v, u) && self.head(u).is_some() {
            let block = self.covariance_with(u, v, None)?;
            return Ok(block.map_or(Block::Zero, Block::Node));
        }
        if self.is_product(u) {
            let sides = self.sides(u, v)?;
            let allowed = |across: usize| match part {
                Part::Whole => across > 0,
                Part::Order(order) => across == order,
            };
            let block = self.expectation(&sides, &allowed)?;
            return Ok(block.map_or(Block::Zero, Block::Node));
        }
        let shape = self.shape(v);
        if let Some(shortcut) = self.shortcut(u).cloned() {
            let below = self.oriented(shortcut.base, v, part)?;
            return self.taken(&shortcut, below, &shape);
        }
        let mut blocks = Vec::new();
        for operand in self.builder.node(u).operands() {
            blocks.push(self.oriented(operand, v, part)?);
        }
        self.linear(u, blocks, &shape)
    }
}
