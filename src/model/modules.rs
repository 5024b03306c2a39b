//! A `.same` file and all files that it imports, directly or not. Each is read once.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use super::files::format;
use super::files::source::{self, Content, Unreadable};
use super::kinds;
use crate::diagnostic::{Diagnostic, FileId, Sources};
use crate::syntax::ast::{self, ItemKind, Text, TextPart};
use crate::syntax::{parse, too_large};

/// The position of a [`Module`] in the list of modules; 0 is the file that the user named.
pub(super) type ModuleId = usize;

/// One file.
pub(super) struct Module {
    /// Its text in [`Sources`].
    pub file: FileId,
    /// The directory that paths in it are relative to.
    pub directory: PathBuf,
    /// Its items.
    pub syntax: ast::File,
    /// Whether it has syntax errors, so that some items may be missing.
    pub broken: bool,
    /// For every `import` item (by its position among the items), the module; `None` when it could not be
    /// read.
    pub imports: HashMap<usize, Option<ModuleId>>,
}

/// Reads a file and everything it imports. The first module is the file itself; if that is unreadable, there
/// are none.
pub(super) fn read(path: &Path, sources: &mut Sources, diagnostics: &mut Vec<Diagnostic>) -> Vec<Module> {
    let mut modules: Vec<Module> = Vec::new();
    let mut known: HashMap<PathBuf, ModuleId> = HashMap::new();
    match source::read(path) {
        Ok(text) => {
            known.insert(source::identity(path), 0);
            modules.push(parse_module(path, text, sources, diagnostics));
        }
        Err(Unreadable { kind, why, help }) => {
            let message = format!("`{}` {why}", path.display());
            diagnostics.push(Diagnostic::without_place(kind, message).help_if_any(help));
            return modules;
        }
    }
    // A work list instead of recursion, because a chain of imports may be long.
    let mut next = 0;
    while next < modules.len() {
        for (position, name) in imports_of(&modules[next]) {
            let target = match literal(&name) {
                Ok(text) => modules[next].directory.join(text),
                Err(diagnostic) => {
                    diagnostics.push(*diagnostic);
                    modules[next].imports.insert(position, None);
                    continue;
                }
            };
            let identity = source::identity(&target);
            let id = match known.get(&identity) {
                Some(&id) => Some(id),
                None => match source::read(&target) {
                    Ok(text) => {
                        let id = modules.len();
                        known.insert(identity, id);
                        modules.push(parse_module(&target, text, sources, diagnostics));
                        Some(id)
                    }
                    Err(Unreadable { kind, why, help }) => {
                        let message = format!("`{}` {why}", target.display());
                        let diagnostic = Diagnostic::new(kind, name.span, message).label("imported here");
                        let relative = || "the path is relative to the file that imports it".to_string();
                        diagnostics.push(diagnostic.help(help.unwrap_or_else(relative)));
                        None
                    }
                },
            };
            modules[next].imports.insert(position, id);
        }
        next += 1;
    }
    break_cycles(&mut modules, sources, diagnostics);
    modules
}

fn imports_of(module: &Module) -> Vec<(usize, Text)> {
    let items = module.syntax.items.iter().enumerate();
    items
        .filter_map(|(position, item)| match &item.kind {
            ItemKind::Import { path, .. } => Some((position, path.clone())),
            _ => None,
        })
        .collect()
}

fn parse_module(
    path: &Path,
    content: Content,
    sources: &mut Sources,
    diagnostics: &mut Vec<Diagnostic>,
) -> Module {
    let (file, syntax, errors) = match content {
        Content::Text(text) => {
            let text: std::sync::Arc<str> = text.into();
            let file = sources.add(path.to_path_buf(), text.clone());
            let (syntax, mut errors) = parse(file, &text);
            if !errors.is_empty() && format::is_program(path, &text) {
                errors = vec![program(path)];
            }
            (file, syntax, errors)
        }
        Content::TooLong(length) => {
            let file = sources.add(path.to_path_buf(), "".into());
            (file, ast::File { items: Vec::new() }, vec![too_large(file, length)])
        }
    };
    let broken = !errors.is_empty();
    diagnostics.extend(errors);
    let directory = path.parent().map(Path::to_path_buf).unwrap_or_default();
    Module { file, directory, syntax, broken, imports: HashMap::new() }
}

/// The error of a Python program in place of a `.same` file.
fn program(path: &Path) -> Diagnostic {
    let message = format!("`{}` is a Python program, not a .same file", path.display());
    Diagnostic::without_place(kinds::UNREADABLE_FILE, message).help(
        "write the model as a formula in a .same file, which can read weights that \
         `safetensors.torch.save_file(net.state_dict(), \"net.safetensors\")` saved; see grammar/pytorch.md",
    )
}

/// The text of a string without interpolation.
fn literal(text: &Text) -> Result<String, Box<Diagnostic>> {
    let mut result = String::new();
    for part in &text.parts {
        match part {
            TextPart::Literal(piece) => result.push_str(piece),
            TextPart::Interpolated(expr) => {
                let message = "the path of an import must be written out";
                return Err(Box::new(
                    Diagnostic::new(kinds::NOT_CONSTANT, expr.span, message)
                        .help("`{{` stands for a brace in the path"),
                ));
            }
        }
    }
    Ok(result)
}

/// Reports every import that closes a cycle, and removes it.
fn break_cycles(modules: &mut [Module], sources: &Sources, diagnostics: &mut Vec<Diagnostic>) {
    #[derive(Clone, Copy, PartialEq)]
    enum State {
        New,
        Open,
        Done,
    }
    let mut states = vec![State::New; modules.len()];
    // The path that is being visited: modules, each with the positions of its imports that are still to be
    // visited.
    let mut path: Vec<(ModuleId, Vec<usize>)> = Vec::new();
    let pending = |modules: &[Module], id: ModuleId| -> Vec<usize> {
        let mut positions: Vec<usize> = imports_of(&modules[id]).into_iter().map(|(p, _)| p).collect();
        positions.reverse();
        positions
    };
    for start in 0..modules.len() {
        if states[start] != State::New {
            continue;
        }
        states[start] = State::Open;
        path.push((start, pending(modules, start)));
        while let Some((id, positions)) = path.last_mut() {
            let id = *id;
            let Some(position) = positions.pop() else {
                states[id] = State::Done;
                path.pop();
                continue;
            };
            let Some(&Some(target)) = modules[id].imports.get(&position) else { continue };
            match states[target] {
                State::New => {
                    states[target] = State::Open;
                    path.push((target, pending(modules, target)));
                }
                State::Done => {}
                State::Open => {
                    modules[id].imports.insert(position, None);
                    let from = path.iter().position(|&(open, _)| open == target).unwrap_or(0);
                    let name = |id: ModuleId| sources.get(modules[id].file).path.display().to_string();
                    let mut names: Vec<String> = path[from..].iter().map(|&(id, _)| name(id)).collect();
                    names.push(name(target));
                    let message = if names.len() == 2 {
                        format!("`{}` imports itself", names[0])
                    } else {
                        format!("these files import each other: {}", names.join(" -> "))
                    };
                    let diagnostic = match &modules[id].syntax.items[position].kind {
                        ItemKind::Import { path, .. } => {
                            Diagnostic::new(kinds::IMPORT_CYCLE, path.span, message)
                        }
                        _ => Diagnostic::without_place(kinds::IMPORT_CYCLE, message),
                    };
                    diagnostics.push(
                        diagnostic
                            .help("move what they share into a third file that imports neither of them"),
                    );
                }
            }
        }
    }
}
