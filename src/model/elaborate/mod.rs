//! From expressions to nodes of one graph.
//!
//! Functions are inlined, loops unrolled and constants that count or index computed, so that what is left is a
//! network. The work is bounded ([`limits`]): a short file can describe an enormous network.

mod arithmetic;
mod block;
mod call;
mod claims;
mod constant;
mod domains;
mod expression;
mod index;
mod items;
mod limits;
mod matmul;

use std::collections::{BTreeMap, HashMap, HashSet};
use std::path::PathBuf;
use std::rc::Rc;
use std::sync::Arc;

pub(super) use call::Given;
pub(super) use items::ModelValue;

use self::limits::Limits;
use super::files::weights::WeightStore;
use super::item::ItemId;
use super::names::Names;
use super::value::{Eval, Reported, Value};
use super::{WeightFile, kinds};
use crate::diagnostic::{Diagnostic, Kind, Sources, Span};
use crate::network::{BuildError, Builder, NodeId, Shape};

/// Errors beyond this many are not kept; not as many are listed.
const MOST_DIAGNOSTICS: usize = 300;

/// The state of resolving one program.
pub(super) struct Elaborator<'a> {
    pub names: &'a Names<'a>,
    pub sources: &'a Sources,
    pub builder: Builder,
    pub diagnostics: Vec<Diagnostic>,
    /// What has been reported where: a loop or a function can run into one error many times.
    reported: HashSet<(Kind, Option<Span>)>,
    limits: Limits,
    /// Values of items that have been asked for.
    values: HashMap<ItemId, Eval<Value>>,
    models: HashMap<ItemId, Eval<Rc<ModelValue>>>,
    stores: HashMap<ItemId, Eval<Rc<WeightStore>>>,
    /// Tensors of weight files that have been asked for.
    tensors: HashMap<(ItemId, Arc<str>), Eval<NodeId>>,
    /// Where `--set` says weights are to be read from.
    rebound: BTreeMap<ItemId, PathBuf>,
    pub weight_files: Vec<WeightFile>,
    /// Results of calls, by function and arguments.
    calls: HashMap<(ItemId, Vec<Value>), Eval<Value>>,
    frames: Vec<Frame<'a>>,
    /// For every node, whether it depends on an input; filled as needed.
    depends: Vec<bool>,
    /// The models that the claim being resolved names.
    pub claim: Option<Vec<(ItemId, Span)>>,
}

/// Where the elaboration is, for messages.
#[derive(Clone, Copy)]
enum Frame<'a> {
    /// In a call of a function.
    Call { name: &'a str, span: Span },
    /// In a round of a loop.
    Round { counter: &'a str, value: usize, span: Span },
}

/// The names in scope that are not items.
pub(super) struct Locals<'a> {
    /// The file the expression stands in.
    pub module: usize,
    /// For every name its definitions, innermost last, each with its position in `order`.
    values: HashMap<&'a str, Vec<(usize, Eval<Value>)>>,
    order: Vec<&'a str>,
}

impl<'a> Locals<'a> {
    /// No local names.
    pub fn new(module: usize) -> Locals<'a> {
        Locals { module, values: HashMap::new(), order: Vec::new() }
    }

    /// Adds a name, hiding what had it.
    pub fn define(&mut self, name: &'a str, value: Eval<Value>) {
        self.values.entry(name).or_default().push((self.order.len(), value));
        self.order.push(name);
    }

    fn get(&self, name: &str) -> Option<&Eval<Value>> {
        self.values.get(name)?.last().map(|(_, value)| value)
    }

    /// The end of the names so far; a scope is what comes after such a mark.
    fn mark(&self) -> usize {
        self.order.len()
    }

    /// Forgets the names after a mark; returns the last value of each, latest first.
    fn leave(&mut self, mark: usize) -> Vec<(&'a str, Eval<Value>)> {
        let mut last: Vec<(&'a str, Eval<Value>)> = Vec::new();
        let mut seen: HashSet<&str> = HashSet::new();
        for name in self.order.drain(mark..).rev() {
            let value = self.values.get_mut(name).and_then(Vec::pop);
            if let Some((_, value)) = value
                && seen.insert(name)
            {
                last.push((name, value));
            }
        }
        last
    }

    /// Gives a name a value in the scope that began at a mark.
    fn assign(&mut self, mark: usize, name: &'a str, value: Eval<Value>) {
        match self.values.get_mut(name).and_then(|values| values.last_mut()) {
            Some((position, slot)) if *position >= mark => *slot = value,
            _ => self.define(name, value),
        }
    }
}

impl<'a> Elaborator<'a> {
    pub fn new(
        names: &'a Names<'a>,
        sources: &'a Sources,
        without_value: impl IntoIterator<Item = ItemId>,
        rebound: BTreeMap<ItemId, PathBuf>,
    ) -> Elaborator<'a> {
        let mut elaborator = Elaborator {
            names,
            sources,
            builder: Builder::new(),
            diagnostics: Vec::new(),
            reported: HashSet::new(),
            limits: Limits::default(),
            values: HashMap::new(),
            models: HashMap::new(),
            stores: HashMap::new(),
            tensors: HashMap::new(),
            rebound,
            weight_files: Vec::new(),
            calls: HashMap::new(),
            frames: Vec::new(),
            depends: Vec::new(),
            claim: None,
        };
        for id in without_value {
            elaborator.values.insert(id, Err(Reported));
            elaborator.models.insert(id, Err(Reported));
        }
        elaborator
    }

    /// Whether a function is being inlined.
    fn in_call(&self) -> bool {
        self.frames.iter().any(|frame| matches!(frame, Frame::Call { .. }))
    }

    /// Reports an error, once for each place.
    pub fn report(&mut self, mut diagnostic: Diagnostic) -> Reported {
        const FRAMES: usize = 3;
        let place = diagnostic.primary.as_ref().map(|label| label.span);
        if self.limits.exhausted
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

    /// Reports what the graph refused. Shapes are checked before, in the reader's terms, so this is mostly
    /// about size.
    pub fn built<T>(&mut self, result: Result<T, BuildError>, span: Span) -> Eval<T> {
        result.map_err(|error| {
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

    /// The text of a place in backticks when it is short, and otherwise a description.
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
