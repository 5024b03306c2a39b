//! The graph under construction, and the errors found on the way.
//!
//! Builtins and operators work here, on values that are already computed. This part knows shapes, places and
//! bounds, but no names, files or functions.
//!
//! * [`bounds`], `afford`: how much work a file may ask for.
//! * `constants`: nodes with known entries.
//! * `arithmetic`, `matmul`, `stack`, `select`: the operators.

mod afford;
pub(super) mod arithmetic;
pub(super) mod bounds;
mod constants;
mod matmul;
pub(super) mod select;
mod stack;

use std::collections::HashSet;

use self::bounds::Bounds;
use super::kinds;
use super::value::{Eval, Reported};
use crate::diagnostic::{Diagnostic, Kind, Sources, Span};
use crate::network::{BuildError, Builder, NodeId, Shape};

/// Later errors are dropped; far fewer are listed anyway.
const MOST_DIAGNOSTICS: usize = 300;

/// The graph of one program while it is built.
pub(super) struct Graph<'a> {
    pub sources: &'a Sources,
    pub builder: Builder,
    pub diagnostics: Vec<Diagnostic>,
    /// Kinds and places of errors so far: a loop or a function can run into the same error many times.
    reported: HashSet<(Kind, Option<Span>)>,
    bounds: Bounds,
    pub frames: Vec<Frame<'a>>,
    /// For every node, whether it depends on an input; filled in as needed.
    depends: Vec<bool>,
}

/// What is being evaluated, as messages show it.
#[derive(Clone, Copy)]
pub(super) enum Frame<'a> {
    /// A call of a function.
    Call { name: &'a str, span: Span },
    /// A round of a loop.
    Round { counter: &'a str, value: usize, span: Span },
}

impl<'a> Graph<'a> {
    pub fn new(sources: &'a Sources) -> Graph<'a> {
        Graph {
            sources,
            builder: Builder::new(),
            diagnostics: Vec::new(),
            reported: HashSet::new(),
            bounds: Bounds::default(),
            frames: Vec::new(),
            depends: Vec::new(),
        }
    }

    /// Whether a bound was exceeded that ends all work.
    pub fn is_exhausted(&self) -> bool {
        self.bounds.exhausted
    }

    /// Whether a function is being inlined.
    pub fn in_call(&self) -> bool {
        self.frames.iter().any(|frame| matches!(frame, Frame::Call { .. }))
    }

    /// The rounds of the loops that are being unrolled, outermost first: `i = 3, j = 0`.
    pub fn round(&self) -> String {
        let rounds = self.frames.iter().filter_map(|frame| match frame {
            Frame::Round { counter, value, .. } => Some(format!("{counter} = {value}")),
            Frame::Call { .. } => None,
        });
        rounds.collect::<Vec<_>>().join(", ")
    }

    /// Reports an error, once for each place.
    pub fn report(&mut self, mut diagnostic: Diagnostic) -> Reported {
        const FRAMES: usize = 3;
        let place = diagnostic.primary.as_ref().map(|label| label.span);
        if self.bounds.exhausted
            || self.diagnostics.len() >= MOST_DIAGNOSTICS
            || !self.reported.insert((diagnostic.kind, place))
        {
            return Reported;
        }
        for frame in self.frames.iter().rev().take(FRAMES) {
            let (span, text) = match *frame {
                Frame::Call { name, span } => (span, format!("in this call of `{name}`")),
                Frame::Round { counter, value, span } => (span, format!("when `{counter}` is {value}")),
            };
            diagnostic = diagnostic.also(span, text);
        }
        self.diagnostics.push(diagnostic);
        Reported
    }

    /// Reports an error of a kind at a place.
    pub fn error(&mut self, kind: Kind, span: Span, message: impl Into<String>) -> Reported {
        self.report(Diagnostic::new(kind, span, message))
    }

    /// Adds nodes, and reports it if the builder refuses them. Shapes are checked earlier, in the reader's
    /// terms, so this is mostly about size.
    pub fn build<T>(
        &mut self,
        span: Span,
        nodes: impl FnOnce(&mut Builder) -> Result<T, BuildError>,
    ) -> Eval<T> {
        nodes(&mut self.builder).map_err(|error| {
            let kind = match error {
                BuildError::TooLarge => kinds::TOO_LARGE,
                BuildError::Shapes(_) => kinds::SHAPE_MISMATCH,
            };
            self.error(kind, span, error.to_string())
        })
    }

    /// The shape of a node.
    pub fn shape(&self, id: NodeId) -> Shape {
        self.builder.shape(id).clone()
    }

    /// The text at a place in backticks if it is short, and otherwise a description.
    pub fn quote(&self, span: Span, otherwise: &str) -> String {
        const LONGEST: usize = 24;
        let text = &self.sources.get(span.file).text;
        match text.get(span.range()) {
            // A character takes at most four bytes.
            Some(text) if text.is_empty() || text.len() > 4 * LONGEST => otherwise.to_string(),
            Some(text) if text.chars().count() <= LONGEST && !text.contains('\n') => {
                format!("`{text}`")
            }
            _ => otherwise.to_string(),
        }
    }
}
