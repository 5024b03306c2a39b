//! Checks the [bounds](super::bounds) while the graph is built.

use std::sync::Arc;

use num_rational::BigRational;

use super::Graph;
use super::bounds::{COMPUTATION, DEPTH, NODES, NUMBER_BITS, RANK, RATIONAL_WORDS, STEPS, WORDS};
use crate::diagnostic::{Diagnostic, Span};
use crate::model::kinds;
use crate::model::value::{Eval, Reported};
use crate::network::{Constant, Data, Input, Network, NodeId, Shape, cost};

impl Graph<'_> {
    /// Uses up some steps.
    pub fn spend(&mut self, steps: u64, span: Span) -> Eval<()> {
        if self.bounds.exhausted {
            return Err(Reported);
        }
        match self.bounds.steps_left.checked_sub(steps) {
            Some(left) if self.builder.len() <= NODES => {
                self.bounds.steps_left = left;
                self.account(span)
            }
            _ => Err(self.exhaust(span)),
        }
    }

    /// Accounts for the constants that have been added to the graph.
    fn account(&mut self, span: Span) -> Eval<()> {
        let mut words = 0u64;
        for position in self.bounds.accounted..self.builder.len() {
            if let Some(constant) = self.builder.as_constant(NodeId(position)) {
                words = words.saturating_add(match constant.in_memory() {
                    Some(Data::Rational(entries)) => rational_words(entries),
                    _ => constant.shape().size() as u64,
                });
            }
        }
        self.bounds.accounted = self.builder.len();
        match self.bounds.words_left.checked_sub(words) {
            Some(left) => {
                self.bounds.words_left = left;
                Ok(())
            }
            None => {
                let reported = self.too_many_entries(span);
                self.bounds.exhausted = true;
                Err(reported)
            }
        }
    }

    /// A tensor of a weight file as a node. Its entries are shared with the file, so they count for nothing.
    pub fn weight(&mut self, constant: Arc<Constant>, span: Span) -> Eval<NodeId> {
        self.spend(0, span)?;
        let id = self.builder.constant(constant);
        self.bounds.accounted = self.builder.len();
        Ok(id)
    }

    /// Whether this many steps are left.
    pub fn affords(&self, steps: u64) -> bool {
        steps <= self.bounds.steps_left
    }

    /// Whether this many nodes can be added.
    pub fn affords_nodes(&self, nodes: usize) -> bool {
        self.builder.len().saturating_add(nodes) <= NODES
    }

    /// Reports an error after which nothing more is computed or reported.
    pub fn stop(&mut self, diagnostic: Diagnostic) {
        self.report(diagnostic);
        self.bounds.exhausted = true;
    }

    /// Reports that the whole program is too large, and stops all further work.
    pub fn exhaust(&mut self, span: Span) -> Reported {
        let message = format!(
            "with functions inlined and loops unrolled, this file has more than {STEPS} steps or {NODES} \
             operations"
        );
        let diagnostic = Diagnostic::new(kinds::TOO_LARGE, span, message).label("the limit is passed here");
        let reported = self.report(diagnostic.help(
            "tensors instead of loops over entries keep networks small: `sum(x * y)` is one operation at any \
             size",
        ));
        self.bounds.exhausted = true;
        reported
    }

    /// Enters a nested expression.
    pub fn enter(&mut self, span: Span) -> Eval<()> {
        self.spend(1, span)?;
        if self.bounds.depth >= DEPTH {
            let message = format!("expressions and calls are nested more than {DEPTH} levels deep");
            let reported = self.error(kinds::TOO_LARGE, span, message);
            self.bounds.exhausted = true;
            return Err(reported);
        }
        self.bounds.depth += 1;
        Ok(())
    }

    /// Leaves a nested expression.
    pub fn leave(&mut self) {
        self.bounds.depth = self.bounds.depth.saturating_sub(1);
    }

    /// Checks that a constant of this many entries may be made. [`Graph::spend`] counts it once it is made.
    pub fn afford_entries(&mut self, entries: usize, span: Span) -> Eval<()> {
        if entries as u64 <= self.bounds.words_left {
            return Ok(());
        }
        Err(self.too_many_entries(span))
    }

    /// Checks that a constant of these rationals may be made.
    pub fn afford_rationals(&mut self, entries: &[BigRational], span: Span) -> Eval<()> {
        if rational_words(entries) <= self.bounds.words_left {
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

    /// Copies a network out of the graph; copies count as steps, because each takes memory.
    pub fn extract(&mut self, inputs: Vec<Input>, output: NodeId, span: Span) -> Eval<Network> {
        let network = self.builder.network(inputs, output);
        self.spend(network.nodes().len() as u64, span)?;
        Ok(network)
    }

    /// Checks that a network without inputs may be evaluated, and counts the work.
    pub fn afford_computation(&mut self, network: &Network, span: Span) -> Eval<()> {
        let cost = cost(network);
        let largest = cost.once.max(cost.live_once);
        if largest > COMPUTATION {
            let message =
                format!("computing this takes {largest:.0} operations; the limit is {COMPUTATION:.0}");
            return Err(self.error(kinds::TOO_LARGE, span, message));
        }
        // At most ten million, so the conversion is exact.
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

    /// A number, or an error when it is too long. Long numbers use up steps.
    pub fn checked_number(&mut self, value: BigRational, span: Span) -> Eval<BigRational> {
        let bits = value.numer().bits().max(value.denom().bits());
        if bits > NUMBER_BITS {
            let message = format!("this number has {bits} bits; the limit is {NUMBER_BITS}");
            return Err(self.error(kinds::TOO_LARGE, span, message));
        }
        // Reducing a fraction takes time quadratic in its length.
        self.spend(bits * (bits / 64) / 1000, span)?;
        Ok(value)
    }
}

/// The memory that rationals take, in words.
fn rational_words(entries: &[BigRational]) -> u64 {
    let words = |n: &BigRational| RATIONAL_WORDS + (n.numer().bits() + n.denom().bits()) / 64;
    entries.iter().map(words).sum()
}
