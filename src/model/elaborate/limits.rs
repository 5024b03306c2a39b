//! How much a file may ask for. A few characters can describe more work than any machine can do; these bounds
//! turn that into an error.

use std::sync::Arc;

use num_rational::BigRational;

use super::Elaborator;
use crate::diagnostic::{Diagnostic, Span};
use crate::model::kinds;
use crate::model::value::{Eval, Reported, Value};
use crate::network::{Constant, Data, Input, Network, NodeId, Shape, cost};

/// Expressions evaluated, with loops unrolled and functions inlined.
const STEPS: u64 = 2_000_000;
/// Nodes of the graph.
const NODES: usize = 500_000;
/// Words of 64 bits in constants that are made by the language, all together (128 MB).
const WORDS: u64 = 1 << 24;
/// Words that one rational takes beyond its digits.
const RATIONAL_WORDS: u64 = 8;
/// Operations of one computation of constants.
const COMPUTATION: f64 = 1e7;
/// Bits of the numerator and of the denominator of one number.
pub(super) const NUMBER_BITS: u64 = 1 << 16;
/// Expressions within expressions and calls within calls.
const DEPTH: usize = 4_000;
/// Axes of one tensor.
const RANK: usize = Shape::MAX_RANK;

/// What has been used of each.
pub(super) struct Limits {
    steps_left: u64,
    words_left: u64,
    /// How many nodes of the graph have been looked at for constants.
    accounted: usize,
    depth: usize,
    /// A limit was passed that ends everything; nothing more is computed or reported.
    pub exhausted: bool,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits { steps_left: STEPS, words_left: WORDS, accounted: 0, depth: 0, exhausted: false }
    }
}

impl Elaborator<'_> {
    /// Uses up some of the budget of steps.
    pub fn spend(&mut self, steps: u64, span: Span) -> Eval<()> {
        if self.limits.exhausted {
            return Err(Reported);
        }
        match self.limits.steps_left.checked_sub(steps) {
            Some(left) if self.builder.len() <= NODES => {
                self.limits.steps_left = left;
                self.account(span)
            }
            _ => Err(self.exhaust(span)),
        }
    }

    /// Accounts for the constants that have been added to the graph.
    fn account(&mut self, span: Span) -> Eval<()> {
        let mut words = 0u64;
        for position in self.limits.accounted..self.builder.len() {
            if let Some(constant) = self.builder.as_constant(NodeId(position)) {
                words = words.saturating_add(match constant.in_memory() {
                    Some(Data::Rational(entries)) => rational_words(entries),
                    _ => constant.shape().size() as u64,
                });
            }
        }
        self.limits.accounted = self.builder.len();
        match self.limits.words_left.checked_sub(words) {
            Some(left) => {
                self.limits.words_left = left;
                Ok(())
            }
            None => {
                let reported = self.too_many_entries(span);
                self.limits.exhausted = true;
                Err(reported)
            }
        }
    }

    /// A tensor of a weight file as a node. It is shared with the file and costs nothing.
    pub(super) fn weight(&mut self, constant: Arc<Constant>, span: Span) -> Eval<NodeId> {
        self.spend(0, span)?;
        let id = self.builder.constant(constant);
        self.limits.accounted = self.builder.len();
        Ok(id)
    }

    /// Whether a number of steps is within the budget.
    pub(super) fn affords(&self, steps: u64) -> bool {
        steps <= self.limits.steps_left
    }

    /// Whether this many nodes can be added.
    pub(super) fn affords_nodes(&self, nodes: usize) -> bool {
        self.builder.len().saturating_add(nodes) <= NODES
    }

    /// Reports that the whole is too large, and stops everything else.
    pub(super) fn exhaust(&mut self, span: Span) -> Reported {
        let message = format!(
            "with functions inlined and loops unrolled this file has more than {STEPS} steps or {NODES} operations"
        );
        let diagnostic = Diagnostic::new(kinds::TOO_LARGE, span, message).label("the limit is passed here");
        let reported = self.report(diagnostic.help(
            "tensors instead of loops over entries keep networks small: `sum(x * y)` is one operation at any size",
        ));
        self.limits.exhausted = true;
        reported
    }

    /// Goes one level deeper.
    pub(super) fn enter(&mut self, span: Span) -> Eval<()> {
        self.spend(1, span)?;
        if self.limits.depth >= DEPTH {
            let message = format!("expressions and calls are nested more than {DEPTH} levels deep");
            let reported = self.error(kinds::TOO_LARGE, span, message);
            self.limits.exhausted = true;
            return Err(reported);
        }
        self.limits.depth += 1;
        Ok(())
    }

    /// Comes back from one level.
    pub(super) fn leave(&mut self) {
        self.limits.depth = self.limits.depth.saturating_sub(1);
    }

    /// Checks that a constant of this many entries can be made; it is accounted for when it has been.
    pub fn afford_entries(&mut self, entries: usize, span: Span) -> Eval<()> {
        if entries as u64 <= self.limits.words_left {
            return Ok(());
        }
        Err(self.too_many_entries(span))
    }

    /// Checks that a constant of these rationals can be made.
    pub(super) fn afford_rationals(&mut self, entries: &[BigRational], span: Span) -> Eval<()> {
        if rational_words(entries) <= self.limits.words_left {
            return Ok(());
        }
        Err(self.too_many_entries(span))
    }

    fn too_many_entries(&mut self, span: Span) -> Reported {
        let message =
            format!("the constants made by this file take more than {} MB in all", WORDS * 8 / (1 << 20));
        let diagnostic = Diagnostic::new(kinds::TOO_LARGE, span, message);
        self.report(diagnostic.help("read large tensors from a weight file: `weights W = \"file\"`"))
    }

    /// A network taken out of the graph. Every copy takes room.
    pub fn extract(&mut self, inputs: Vec<Input>, output: NodeId, span: Span) -> Eval<Network> {
        self.spend(output.0 as u64 / 16, span)?;
        let network = self.builder.network(inputs, output);
        self.spend(network.nodes().len() as u64, span)?;
        Ok(network)
    }

    /// Checks that a network without inputs can be computed, and accounts for the work.
    pub(super) fn afford_computation(&mut self, network: &Network, span: Span) -> Eval<()> {
        let cost = cost(network);
        let largest = cost.once.max(cost.live_once);
        if largest > COMPUTATION {
            let message = format!(
                "computing this takes {largest:.0} operations, and at most {COMPUTATION:.0} are done here"
            );
            return Err(self.error(kinds::TOO_LARGE, span, message));
        }
        // At most ten million, so exact.
        self.spend(largest as u64 / 16, span)
    }

    /// A shape, or an error when it has too many entries or axes.
    pub fn checked_shape(&mut self, axes: Vec<usize>, span: Span) -> Eval<Shape> {
        if axes.len() > RANK {
            let message = format!("a tensor has at most {RANK} axes, but this has {}", axes.len());
            return Err(self.error(kinds::TOO_LARGE, span, message));
        }
        let words: Vec<String> = axes.iter().map(usize::to_string).collect();
        Shape::new(axes).ok_or_else(|| {
            let message = format!(
                "a tensor has at most {} entries, but {} has more",
                Shape::MAX_ENTRIES,
                words.join("x")
            );
            self.error(kinds::TOO_LARGE, span, message)
        })
    }

    /// A node, or an error when it has too many axes.
    pub fn checked_rank(&mut self, id: NodeId, span: Span) -> Eval<NodeId> {
        let rank = self.builder.shape(id).rank();
        if rank > RANK {
            let message = format!("a tensor has at most {RANK} axes, but this has {rank}");
            return Err(self.error(kinds::TOO_LARGE, span, message));
        }
        Ok(id)
    }

    /// A number, or an error when it is too long; long ones use up steps.
    pub(super) fn checked_number(&mut self, value: BigRational, span: Span) -> Eval<BigRational> {
        let bits = value.numer().bits().max(value.denom().bits());
        if bits > NUMBER_BITS {
            let message =
                format!("this number has {bits} bits, and the language computes with at most {NUMBER_BITS}");
            return Err(self.error(kinds::TOO_LARGE, span, message));
        }
        // Reducing a fraction takes a time quadratic in its length.
        self.spend(bits * (bits / 64) / 1000, span)?;
        Ok(value)
    }
}

/// The room that rationals take, in words.
fn rational_words(entries: &[BigRational]) -> u64 {
    let words = |n: &BigRational| RATIONAL_WORDS + (n.numer().bits() + n.denom().bits()) / 64;
    entries.iter().map(words).sum()
}

/// The steps that copying a value takes.
pub(super) fn copying(value: &Value) -> u64 {
    match value {
        Value::Number(number) => (number.numer().bits() + number.denom().bits()) / 512,
        _ => 0,
    }
}
