//! From expressions to nodes of one graph.
//!
//! Functions are inlined, loops unrolled, and constants that count or index computed; what is left is a
//! network. The work is bounded ([`bounds`](super::graph::bounds)): a short file can describe an enormous
//! network.

mod block;
mod builtin;
mod call;
mod claim_loop;
mod claims;
mod domains;
mod expression;
mod index;
mod items;
mod locals;
mod matching;
mod numeric;
mod points_file;
mod text;

use std::cell::OnceCell;
use std::collections::{BTreeMap, HashMap};
use std::path::PathBuf;
use std::rc::Rc;
use std::sync::Arc;

pub(super) use locals::Locals;

use super::Claim;
use super::files::weights::{WeightFile, WeightStore};
use super::graph::Graph;
use super::item::ItemId;
use super::names::Names;
use super::value::{Eval, Reported, Value};
use crate::diagnostic::{Sources, Span};
use crate::network::{Builder, Input, Network, NodeId};

/// All weight handles of a program.
#[derive(Default)]
pub(super) struct Handles {
    /// The files that the caller binds handles to, in place of those that the program names.
    pub rebound: BTreeMap<ItemId, PathBuf>,
    /// The open file of every handle that was used.
    pub stores: HashMap<ItemId, Eval<Rc<WeightStore>>>,
    /// Every tensor that was used.
    pub tensors: HashMap<(ItemId, Arc<str>), Eval<NodeId>>,
    /// All files that were opened, in order.
    pub files: Vec<WeightFile>,
}

/// A model whose body has been resolved.
pub(super) struct ModelValue {
    pub inputs: Vec<Input>,
    /// Its output, on the graph's inputs.
    pub output: NodeId,
    network: OnceCell<Network>,
}

impl ModelValue {
    pub fn new(inputs: Vec<Input>, output: NodeId) -> ModelValue {
        ModelValue { inputs, output, network: OnceCell::new() }
    }

    /// The model on its own.
    pub fn network(&self, builder: &Builder) -> &Network {
        self.network.get_or_init(|| builder.network(self.inputs.clone(), self.output))
    }
}

/// The state of resolving one program.
pub(super) struct Elaborator<'a> {
    pub names: &'a Names<'a>,
    pub graph: Graph<'a>,
    pub handles: Handles,
    /// Whether the points of a domain may be the path of a file: on a command line, which has no handles.
    pub names_files: bool,
    /// Values of items that have been asked for.
    values: HashMap<ItemId, Eval<Value>>,
    models: HashMap<ItemId, Eval<Rc<ModelValue>>>,
    /// Results of calls, by function and arguments.
    calls: HashMap<(ItemId, Vec<Value>), Eval<Value>>,
    /// Whether a `let` among claims is being resolved.
    binds_in_claims: bool,
    /// All claims so far.
    pub claims: Vec<Claim>,
    /// The models that the claim being resolved names.
    claim: Option<Vec<(ItemId, Span)>>,
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
            graph: Graph::new(sources),
            handles: Handles { rebound, ..Handles::default() },
            names_files: false,
            values: HashMap::new(),
            models: HashMap::new(),
            calls: HashMap::new(),
            binds_in_claims: false,
            claims: Vec::new(),
            claim: None,
        };
        for id in without_value {
            elaborator.values.insert(id, Err(Reported));
            elaborator.models.insert(id, Err(Reported));
        }
        elaborator
    }
}
