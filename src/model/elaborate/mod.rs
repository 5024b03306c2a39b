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
mod given;
mod handles;
mod index;
mod items;
mod locals;
mod matching;
mod model_value;
mod numeric;
mod text;

use std::collections::{BTreeMap, HashMap};
use std::path::PathBuf;
use std::rc::Rc;

pub(super) use locals::Locals;

use self::handles::Handles;
use self::model_value::ModelValue;
use super::Claim;
use super::graph::Graph;
use super::item::ItemId;
use super::names::Names;
use super::value::{Eval, Reported, Value};
use crate::diagnostic::{Sources, Span};

/// The state of resolving one program.
pub(super) struct Elaborator<'a> {
    pub names: &'a Names<'a>,
    pub graph: Graph<'a>,
    pub handles: Handles,
    /// Values of items that have been asked for.
    values: HashMap<ItemId, Eval<Value>>,
    models: HashMap<ItemId, Eval<Rc<ModelValue>>>,
    /// Results of calls, by function and arguments.
    calls: HashMap<(ItemId, Vec<Value>), Eval<Value>>,
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
            values: HashMap::new(),
            models: HashMap::new(),
            calls: HashMap::new(),
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
