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
    /// The files that `--set` gives instead of those that are written.
    pub rebound: BTreeMap<ItemId, PathBuf>,
    /// The open files of the handles that have been used.
    pub stores: HashMap<ItemId, Eval<Rc<WeightStore>>>,
    /// Tensors that have been asked for.
    pub tensors: HashMap<(ItemId, Arc<str>), Eval<NodeId>>,
    /// Every file that was opened, in that order.
    pub files: Vec<WeightFile>,
}
