//! Items of files, and what messages call them.

use super::modules::ModuleId;
use crate::diagnostic::Span;
use crate::syntax::ast::{ItemKind, Name};

/// An item of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct ItemId {
    /// The file.
    pub module: ModuleId,
    /// Its position among the file's items.
    pub position: usize,
}

/// The name that an item defines.
pub(super) fn item_name(kind: &ItemKind) -> Option<&Name> {
    match kind {
        ItemKind::Let { name, .. }
        | ItemKind::Weights { name, .. }
        | ItemKind::Fn { name, .. }
        | ItemKind::Model { name, .. }
        | ItemKind::Import { alias: name, .. } => Some(name),
        ItemKind::Claim(_) | ItemKind::Claims(_) => None,
    }
}

/// What messages call an item.
pub(super) fn item_noun(kind: &ItemKind) -> &'static str {
    match kind {
        ItemKind::Let { .. } => "constant",
        ItemKind::Weights { .. } => "weight file",
        ItemKind::Fn { .. } => "function",
        ItemKind::Model { .. } => "model",
        ItemKind::Import { .. } => "imported file",
        ItemKind::Claim(_) => "claim",
        ItemKind::Claims(_) => "loop over claims",
    }
}

/// The place of an item's name.
pub(super) fn item_span(kind: &ItemKind) -> Option<Span> {
    item_name(kind).map(|name| name.span)
}
