//! The names that files define, and what each stands for.

use std::cell::Cell;
use std::collections::{HashMap, HashSet};

use crate::diagnostic::{Diagnostic, Sources};
use crate::model::builtins;
use crate::model::item::{ItemId, item_name};
use crate::model::kinds;
use crate::model::modules::{Module, ModuleId};
use crate::model::words::names_in_ticks;
use crate::suggest::did_you_mean;
use crate::syntax::ast::{ItemKind, Name};
use crate::syntax::elsewhere::{Place, instead};

/// What a name that is not local stands for.
#[derive(Clone, Copy)]
pub(in crate::model) enum Named {
    /// An item.
    Item(ItemId),
    /// A builtin function, by its position in the table.
    Builtin(usize),
}

/// Why a name stands for nothing: an error to report, or `None` if its cause is reported already.
pub(in crate::model) type NotFound = Option<Box<Diagnostic>>;

/// The most unknown names that get a suggestion.
const SUGGESTIONS: usize = 200;

/// The names that every file defines.
pub(in crate::model) struct Names<'a> {
    pub modules: &'a [Module],
    tables: Vec<HashMap<&'a str, usize>>,
    /// For a file with syntax errors, names that it seems to define in items that could not be read.
    unread: Vec<HashSet<&'a str>>,
    /// How many suggestions are left: looking for one takes a while, and nobody reads hundreds.
    suggestions: Cell<usize>,
}

impl<'a> Names<'a> {
    /// Collects the names of all files; reports names defined twice.
    pub fn collect(
        modules: &'a [Module],
        sources: &'a Sources,
        diagnostics: &mut Vec<Diagnostic>,
    ) -> Names<'a> {
        let mut tables = Vec::with_capacity(modules.len());
        let mut unread = Vec::with_capacity(modules.len());
        for module in modules {
            let mut table: HashMap<&str, usize> = HashMap::new();
            for (position, item) in module.syntax.items.iter().enumerate() {
                let Some(name) = item_name(&item.kind) else { continue };
                let message = format!("`{}` is defined twice", name.text);
                if let Some(first) = table
                    .get(name.text.as_str())
                    .and_then(|&first| item_name(&module.syntax.items[first].kind))
                {
                    diagnostics.push(
                        Diagnostic::new(kinds::DUPLICATE_NAME, name.span, message)
                            .label("defined again here")
                            .also(first.span, "first defined here"),
                    );
                } else {
                    table.insert(&name.text, position);
                }
            }
            tables.push(table);
            let text = &sources.get(module.file).text;
            unread.push(if module.broken { names_after_keywords(text) } else { HashSet::new() });
        }
        Names { modules, tables, unread, suggestions: Cell::new(SUGGESTIONS) }
    }

    /// What `path::name` stands for in a file, where it may be called. If it is unknown, the message may also
    /// suggest one of `locals`.
    pub fn find<'n>(
        &self,
        module: ModuleId,
        path: &[Name],
        name: &Name,
        called: bool,
        locals: impl IntoIterator<Item = &'n str>,
    ) -> Result<Named, NotFound> {
        let mut here = module;
        for alias in path {
            here = self.follow(here, alias)?;
        }
        match self.tables[here].get(name.text.as_str()) {
            Some(&position) => {
                if let ItemKind::Import { alias, .. } = &self.modules[here].syntax.items[position].kind {
                    let message = format!("`{}` is a file, not a value", name.text);
                    let help = format!("its items are used as `{}::name`", name.text);
                    return Err(Some(Box::new(
                        Diagnostic::new(kinds::WRONG_KIND, name.span, message)
                            .also(alias.span, "imported here")
                            .help(help),
                    )));
                }
                Ok(Named::Item(ItemId { module: here, position }))
            }
            None => {
                let builtin = if path.is_empty() { builtins::find(&name.text) } else { None };
                if let Some(position) = builtin {
                    return Ok(Named::Builtin(position));
                }
                if self.unread[here].contains(name.text.as_str()) {
                    return Err(None);
                }
                Err(Some(Box::new(self.unknown(here, path, name, called, locals))))
            }
        }
    }

    fn unknown<'n>(
        &self,
        here: ModuleId,
        path: &[Name],
        name: &Name,
        called: bool,
        locals: impl IntoIterator<Item = &'n str>,
    ) -> Diagnostic {
        let text = name.text.as_str();
        let suggest = self.suggest_once_more();
        let (message, help) = match path.last() {
            Some(alias) => {
                let message = format!("`{}` has no item `{text}`", alias.text);
                let help = if suggest { did_you_mean(text, self.in_order(here)) } else { None };
                (message, help)
            }
            None if !suggest => (format!("nothing is called `{text}`"), None),
            None => {
                let mut own: Vec<&str> = Vec::new();
                own.extend(locals.into_iter().map(|local| -> &str { local }));
                own.extend(self.in_order(here));
                let help = did_you_mean(text, own)
                    .or_else(|| instead(if called { Place::Called } else { Place::Value }, text))
                    .or_else(|| did_you_mean(text, builtins::names()));
                (format!("nothing is called `{text}`"), help)
            }
        };
        Diagnostic::new(kinds::UNKNOWN_NAME, name.span, message).help_if_any(help)
    }

    /// Whether there are suggestions left.
    pub fn suggests(&self) -> bool {
        self.suggestions.get() > 0
    }

    /// Whether another suggestion may be looked for.
    fn suggest_once_more(&self) -> bool {
        let left = self.suggestions.get();
        self.suggestions.set(left.saturating_sub(1));
        left > 0
    }

    /// The file that an alias stands for.
    fn follow(&self, module: ModuleId, alias: &Name) -> Result<ModuleId, NotFound> {
        match self.tables[module].get(alias.text.as_str()) {
            Some(&position) => {
                match self.modules[module].imports.get(&position) {
                    Some(&Some(target)) => Ok(target),
                    Some(None) => Err(None),
                    None => {
                        let message = format!("`{}` is not an imported file", alias.text);
                        Err(Some(Box::new(Diagnostic::new(kinds::WRONG_KIND, alias.span, message).help(
                            "only files have items: `import \"file.same\" as other`, then `other::name`",
                        ))))
                    }
                }
            }
            None if self.unread[module].contains(alias.text.as_str()) => Err(None),
            None => {
                let message = format!("no file is imported as `{}`", alias.text);
                let aliases = self.in_order(module).filter(|name| {
                    let position = self.tables[module].get(name);
                    position.is_some_and(|position| self.modules[module].imports.contains_key(position))
                });
                let suggestion = match self.suggest_once_more() {
                    true => did_you_mean(&alias.text, aliases).or_else(|| instead(Place::Value, &alias.text)),
                    false => None,
                };
                let help =
                    suggestion.unwrap_or_else(|| format!("write `import \"file.same\" as {}`", alias.text));
                Err(Some(Box::new(Diagnostic::new(kinds::UNKNOWN_NAME, alias.span, message).help(help))))
            }
        }
    }

    /// The item with a name that was given outside a file, such as on the command line: `NAME` or
    /// `other::NAME`.
    pub fn find_path(&self, text: &str) -> Option<ItemId> {
        let mut parts: Vec<&str> = text.split("::").collect();
        let name = parts.pop()?;
        let mut module = 0;
        for alias in parts {
            let position = self.tables.get(module)?.get(alias)?;
            module = (*self.modules[module].imports.get(position)?)?;
        }
        Some(ItemId { module, position: *self.tables.get(module)?.get(name)? })
    }

    /// The item of this name in a file, if it is one.
    pub fn item(&self, module: ModuleId, name: &str) -> Option<ItemId> {
        self.tables[module].get(name).map(|&position| ItemId { module, position })
    }

    /// The name that an item defines; empty for a claim.
    pub fn name(&self, id: ItemId) -> &'a str {
        item_name(self.kind(id)).map_or("", |name| &name.text)
    }

    /// The kind of an item.
    pub fn kind(&self, id: ItemId) -> &'a ItemKind {
        &self.modules[id.module].syntax.items[id.position].kind
    }

    /// Help for an unknown model: the models of a file.
    pub fn models(&self, module: ModuleId) -> Option<String> {
        if !self.suggests() {
            return None;
        }
        let items = self.modules[module].syntax.items.iter();
        let names: Vec<&str> = items
            .filter(|item| matches!(item.kind, ItemKind::Model { .. }))
            .filter_map(|item| Some(item_name(&item.kind)?.text.as_str()))
            .take(20)
            .collect();
        match names.as_slice() {
            [] => None,
            [one] => Some(format!("the only model of this file is `{one}`")),
            all => Some(format!("the models of this file are {}", names_in_ticks(all))),
        }
    }

    /// Every name of a file, in the order of the file.
    fn in_order(&self, module: ModuleId) -> impl Iterator<Item = &str> {
        self.modules[module].syntax.items.iter().filter_map(|item| Some(item_name(&item.kind)?.text.as_str()))
    }
}

/// The words that follow an item keyword anywhere in a text.
fn names_after_keywords(text: &str) -> HashSet<&str> {
    let mut names = HashSet::new();
    let mut after_keyword = false;
    for word in text.split(|c: char| !(c.is_alphanumeric() || c == '_')).filter(|word| !word.is_empty()) {
        if after_keyword {
            names.insert(word);
        }
        after_keyword = matches!(word, "let" | "weights" | "fn" | "model" | "as");
    }
    names
}
