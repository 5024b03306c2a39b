//! How much a file may ask for. A few characters can describe more work than any machine can do; these bounds
//! turn that into an error.

use num_rational::BigRational;

use super::Elaborator;
use crate::diagnostic::{Diagnostic, Span};
use crate::model::kinds;
use crate::model::value::{Eval, Reported};
use crate::network::{NodeId, Shape};

/// Expressions evaluated, with loops unrolled and functions inlined.
const STEPS: u64 = 2_000_000;
/// Nodes of the graph.
const NODES: usize = 500_000;
/// Entries of constants that are made by the language, all together (128 MB of integers).
const ENTRIES: u64 = 1 << 24;
/// Bits of the numerator and of the denominator of one number.
pub(super) const NUMBER_BITS: u64 = 1 << 16;
/// Expressions within expressions and calls within calls.
const DEPTH: usize = 4_000;
/// Axes of one tensor.
const RANK: usize = Shape::MAX_RANK;

/// The stack that resolving needs at [`DEPTH`].
pub(in crate::model) const STACK_BYTES: usize = 256 << 20;

/// What has been used of each.
pub(super) struct Limits {
    steps_left: u64,
    entries_left: u64,
    depth: usize,
    /// A limit was passed that ends everything; nothing more is computed or reported.
    pub exhausted: bool,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits { steps_left: STEPS, entries_left: ENTRIES, depth: 0, exhausted: false }
    }
}

impl Elaborator<'_> {
    /// Uses up some of the budget of steps.
    pub(super) fn spend(&mut self, steps: u64, span: Span) -> Eval<()> {
        if self.limits.exhausted {
            return Err(Reported);
        }
        match self.limits.steps_left.checked_sub(steps) {
            Some(left) if self.builder.len() <= NODES => {
                self.limits.steps_left = left;
                Ok(())
            }
            _ => Err(self.exhaust(span)),
        }
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

    /// Uses up some of the budget of constant entries.
    pub fn spend_entries(&mut self, entries: usize, span: Span) -> Eval<()> {
        match self.limits.entries_left.checked_sub(entries as u64) {
            Some(left) => {
                self.limits.entries_left = left;
                Ok(())
            }
            None => {
                let message =
                    format!("the constants made by this file have more than {ENTRIES} entries in all");
                let diagnostic = Diagnostic::new(kinds::TOO_LARGE, span, message);
                Err(self
                    .report(diagnostic.help("read large tensors from a weight file: `weights W = \"file\"`")))
            }
        }
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
