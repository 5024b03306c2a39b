//! The weight files behind `weights` items, and what has been read of them.

use std::collections::{BTreeMap, HashMap};
use std::path::PathBuf;
use std::rc::Rc;
use std::sync::Arc;

use crate::model::files::weights::{WeightFile, WeightStore};
use crate::model::item::ItemId;
use crate::model::value::Eval;
use crate::network::NodeId;

/// All weight handles of a program.
#[derive(Default)]
pub(in crate::model) struct Handles {
    /// The files that the caller binds handles to, in place of those that the program names.
    pub rebound: BTreeMap<ItemId, PathBuf>,
    /// The open file of every handle that was used.
    pub stores: HashMap<ItemId, Eval<Rc<WeightStore>>>,
    /// Every tensor that was used.
    pub tensors: HashMap<(ItemId, Arc<str>), Eval<NodeId>>,
    /// All files that were opened, in order.
    pub files: Vec<WeightFile>,
}
