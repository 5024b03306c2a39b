//! What is known while the network of moments is built, and how it is looked up.

use std::cell::Cell;
use std::collections::HashMap;
use std::rc::Rc;

use num_traits::Zero;

use super::factors::{At, Block, ProductTerm, Shortcut, Tied};
use super::independence::{Axis, aligned};
use super::levels::{levels, linear};
use crate::budget::Budget;
use crate::network::{Builder, Label, NodeId, Operation, Shape};
use crate::similarity::Failure;
use crate::similarity::failure::MOST_TERMS;

/// Fewer contractions than [`MOST_TERMS`] are built when products of several layers are multiplied out: each
/// has many factors.
const MOST_LONG_TERMS: usize = 20_000;

/// Which recursion.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::similarity) enum Variant {
    /// Jointly Gaussian operands.
    Gaussian,
    /// Operands of one node paired with those of the other only.
    Symmetric,
}

/// What the operands of products are taken to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::similarity) enum Reach {
    /// The nodes of the layer before, jointly Gaussian: the layerwise recursion.
    Layer,
    /// Affine in the input: products are multiplied out.
    Input,
}

/// Which part of an inner product.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(in crate::similarity) enum Part {
    /// The whole inner product.
    Whole,
    /// The part with so many pairs across, when products are multiplied out.
    Order(usize),
}

/// A node with a label for every axis.
pub(super) type Labelled = (NodeId, Vec<Label>);

/// The moments of the nodes of one or two networks, as nodes of the network that is built.
pub(super) struct Moments<'a> {
    pub(super) builder: Builder,
    /// The levels of the nodes of the two networks; nodes of moments come after them.
    pub(super) levels: Vec<Option<u32>>,
    /// How long the longest path from a leaf to each of them is.
    pub(super) depths: Vec<usize>,
    /// Which of them are linear in the input, without a constant.
    pub(super) linear: Vec<bool>,
    pub(super) variant: Variant,
    pub(super) reach: Reach,
    /// Nodes that are multiplied out.
    pub(super) products: HashMap<NodeId, Rc<[ProductTerm]>>,
    pub(super) means: HashMap<NodeId, Option<NodeId>>,
    pub(super) blocks: HashMap<(NodeId, NodeId, Part), Block>,
    /// Blocks at equal positions.
    pub(super) tied: HashMap<(At, At), Tied>,
    /// Contractions that may still be built.
    pub(super) room: usize,
    /// Not more blocks of moments are built.
    pub(super) most_blocks: usize,
    pub(super) budget: &'a Budget,
    /// Whether a moment was used that is not known: never, if `needs` is right.
    pub(super) missed: Cell<bool>,
    /// Whether every moment is a sum over partitions, also where there is a quicker way.
    pub(super) by_partitions: bool,
    /// Nodes that are linear in another, without what lies between.
    pub(super) shortcuts: HashMap<NodeId, Option<Shortcut>>,
    /// The only node that is not taken apart when products are multiplied out; else those that are affine in
    /// the input.
    pub(super) leaf: Option<NodeId>,
    /// For every node, the axes along which positions stay apart.
    pub(super) aligned: Vec<Vec<Option<Axis>>>,
    /// Expectations of all operands of a product but one, with their labels.
    pub(super) jacobians: HashMap<(NodeId, usize), Option<Labelled>>,
}

impl<'a> Moments<'a> {
    /// Nothing is known yet of the networks in the builder.
    pub(super) fn new(
        builder: Builder,
        (variant, reach): (Variant, Reach),
        budget: &'a Budget,
    ) -> Moments<'a> {
        let nodes = (0..builder.len()).map(|id| builder.node(NodeId(id)));
        let linear = linear(nodes.clone());
        let mut depths: Vec<usize> = Vec::with_capacity(builder.len());
        for node in nodes.clone() {
            let below = node.operands().into_iter().map(|id| depths[id.0] + 1).max();
            depths.push(below.unwrap_or(0));
        }
        let aligned = aligned(nodes.clone());
        let levels = levels(nodes);
        let deep = reach == Reach::Input && levels.iter().any(|&level| level > Some(1));
        let room = if deep { MOST_LONG_TERMS } else { MOST_TERMS };
        Moments {
            builder,
            levels,
            depths,
            linear,
            variant,
            reach,
            products: HashMap::new(),
            means: HashMap::new(),
            blocks: HashMap::new(),
            tied: HashMap::new(),
            room,
            most_blocks: usize::MAX,
            budget,
            missed: Cell::new(false),
            by_partitions: false,
            shortcuts: HashMap::new(),
            leaf: None,
            aligned,
            jacobians: HashMap::new(),
        }
    }

    pub(super) fn operation(&self, id: NodeId) -> &Operation {
        &self.builder.node(id).operation
    }

    pub(super) fn shape(&self, id: NodeId) -> Shape {
        self.builder.shape(id).clone()
    }

    pub(super) fn depends(&self, id: NodeId) -> bool {
        self.levels[id.0].is_some()
    }

    /// Whether a node is a product of at least two operands that depend on an input.
    pub(super) fn is_product(&self, id: NodeId) -> bool {
        matches!(self.operation(id), Operation::Contract { operands, .. }
            if operands.iter().filter(|id| self.depends(**id)).count() > 1)
    }

    /// The two nodes, the one that is taken apart first in front, and whether they were exchanged: the one of
    /// the higher level; a linear operation before a product or an input; what is farther from the leaves, so
    /// that blocks of the layers of two networks are used by all that is above them. When products are
    /// multiplied out, linear operations on products come before all others.
    pub(super) fn ordered(&self, u: NodeId, v: NodeId) -> (NodeId, NodeId, bool) {
        let key = |id: NodeId| {
            let leaf = self.is_product(id) || matches!(self.operation(id), Operation::Input(_));
            let first = self.reach == Reach::Input && !leaf && self.levels[id.0] > Some(0);
            // What is linear in a node further below is soon done with.
            (first, self.shortcut(id).is_some(), self.levels[id.0], !leaf, self.depths[id.0], id)
        };
        if key(u) >= key(v) { (u, v, false) } else { (v, u, true) }
    }

    /// A known block, and whether the axes of the second node come first. The order may have changed since it
    /// was computed, so both are looked at.
    pub(super) fn known_block(&self, u: NodeId, v: NodeId, part: Part) -> (Block, bool) {
        match self.blocks.get(&(u, v, part)) {
            Some(block) => (block.clone(), false),
            None => {
                (self.blocks.get(&(v, u, part)).cloned().unwrap_or_else(|| self.missed(Block::Zero)), true)
            }
        }
    }

    /// Notes that something was not known, which is no zero: what is computed with it is not used.
    pub(super) fn missed<T>(&self, stand_in: T) -> T {
        self.missed.set(true);
        stand_in
    }

    /// A known block, with the axes of `u` first. Zero for a constant.
    pub(super) fn oriented(&mut self, u: NodeId, v: NodeId, part: Part) -> Result<Block, Failure> {
        if !self.depends(u) {
            return Ok(Block::Zero);
        }
        Ok(match self.known_block(u, v, part) {
            (Block::Node(node), true) => {
                let (back, front) = (self.builder.shape(v).rank(), self.builder.shape(u).rank());
                let order: Vec<usize> = (back..back + front).chain(0..back).collect();
                Block::Node(self.builder.transpose(node, &order)?)
            }
            (block, _) => block,
        })
    }

    /// The mean of an operand, where operands may stand alone.
    pub(super) fn known_mean(&self, id: NodeId) -> Option<NodeId> {
        match self.variant {
            Variant::Symmetric => None,
            Variant::Gaussian => self.means.get(&id).copied().flatten(),
        }
    }

    pub(super) fn zeros(&mut self, shape: Shape) -> Result<NodeId, Failure> {
        let zero = self.builder.scalar(Zero::zero());
        Ok(self.builder.broadcast(zero, shape)?)
    }
}
