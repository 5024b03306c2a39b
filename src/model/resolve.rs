//! The order of work: read files, collect names, look up every name, refuse recursion, then compute.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::{Path, PathBuf};

use super::command_line::with_paths_quoted;
use super::elaborate::{Elaborator, Locals};
use super::item::{ItemId, item_name, item_noun};
use super::modules::{self, Module};
use super::names::{self, Names};
use super::words::{first_of, names_in_ticks};
use super::{Bindings, LoadError, Model, Program, WeightFile, kinds};
use crate::diagnostic::{Diagnostic, Sources, Span};
use crate::domain::Domain;
use crate::network::Input;
use crate::stack::on_large_stack;
use crate::suggest::did_you_mean;
use crate::syntax::ast::{self, ItemKind};
use crate::syntax::{kinds as syntax_kinds, parse_domain};

/// The most errors that are listed.
const MAX_ERRORS: usize = 100;

/// Which part of a file to resolve.
#[derive(Clone, Copy)]
enum Wanted<'w> {
    Everything,
    Model(Option<&'w str>),
}

impl Program {
    /// Reads and resolves a file. [`Program::load`] also binds weights to other files, and keeps the sources.
    ///
    /// # Errors
    /// When something is wrong with the file, with one that it imports, or with its weights.
    pub fn open(path: impl AsRef<Path>) -> Result<Program, LoadError> {
        let mut sources = Sources::default();
        Program::load(path.as_ref(), &Bindings::default(), &mut sources)
            .map_err(|diagnostics| LoadError { diagnostics, sources })
    }

    /// Reads and resolves a file. `sources` receives the text of every file read, also when there are errors.
    pub fn load(path: &Path, bindings: &Bindings, sources: &mut Sources) -> Result<Program, Vec<Diagnostic>> {
        let looked = Looked::at(path, true, sources);
        looked.resolve(path, Wanted::Everything, bindings, sources)
    }

    /// Reads a file and resolves one of its models: the one of this name, or the only one. Claims, and models
    /// that are not asked for, are not looked at. Also returns the weight files that were read. To resolve
    /// several models of a file, use a [`Library`].
    pub fn load_model(
        path: &Path,
        name: Option<&str>,
        bindings: &Bindings,
        sources: &mut Sources,
    ) -> Result<(Model, Vec<WeightFile>), Vec<Diagnostic>> {
        Looked::at(path, false, sources).model(path, name, bindings, sources)
    }
}

/// A file that is read once, so that its models can be resolved one after the other.
pub struct Library {
    path: PathBuf,
    sources: Sources,
    looked: Looked,
}

impl Library {
    /// Reads a file, and the files that it imports. What is wrong with them, [`Library::model`] says.
    pub fn read(path: &Path) -> Library {
        let mut sources = Sources::default();
        let looked = Looked::at(path, false, &mut sources);
        Library { path: path.to_path_buf(), sources, looked }
    }

    /// Resolves a model, as [`Program::load_model`] does.
    pub fn model(
        &self,
        name: Option<&str>,
        bindings: &Bindings,
    ) -> Result<(Model, Vec<WeightFile>), Vec<Diagnostic>> {
        self.looked.model(&self.path, name, bindings, &self.sources)
    }

    /// The texts of all files that were read.
    pub fn sources(&self) -> &Sources {
        &self.sources
    }
}

/// A file and all that it imports, with every name looked up.
struct Looked {
    modules: Vec<Module>,
    /// What is wrong; the first of it is syntax errors.
    diagnostics: Vec<Diagnostic>,
    syntax_errors: usize,
    /// Items that use themselves, or others that do. `None` when the system refused a thread.
    without_value: Option<BTreeSet<ItemId>>,
}

impl Looked {
    /// Reads files, and looks up their names: those in claims only if asked.
    fn at(path: &Path, claims: bool, sources: &mut Sources) -> Looked {
        let mut diagnostics = Vec::new();
        let modules = modules::read(path, sources, &mut diagnostics);
        let syntax_errors = diagnostics.len();
        let sources: &Sources = sources;
        let without_value = on_large_stack(|| {
            let names = Names::collect(&modules, sources, &mut diagnostics);
            let mut uses = HashMap::new();
            for module in 0..modules.len() {
                uses.extend(names::check_module(&names, module, claims && module == 0, &mut diagnostics));
            }
            names::find_recursion(&names, &uses, &mut diagnostics)
        });
        Looked { modules, diagnostics, syntax_errors, without_value: without_value.ok() }
    }

    fn model(
        &self,
        path: &Path,
        name: Option<&str>,
        bindings: &Bindings,
        sources: &Sources,
    ) -> Result<(Model, Vec<WeightFile>), Vec<Diagnostic>> {
        let mut program = self.resolve(path, Wanted::Model(name), bindings, sources)?;
        match program.models.pop() {
            Some(model) => Ok((model, program.weight_files)),
            None => Err(vec![Diagnostic::without_place(kinds::UNKNOWN_MODEL, "there is no model")]),
        }
    }

    fn resolve(
        &self,
        path: &Path,
        wanted: Wanted<'_>,
        bindings: &Bindings,
        sources: &Sources,
    ) -> Result<Program, Vec<Diagnostic>> {
        let mut diagnostics = self.diagnostics.clone();
        let program = match &self.without_value {
            Some(without_value) if !self.modules.is_empty() => on_large_stack(|| {
                resolve(path, &self.modules, without_value, wanted, bindings, sources, &mut diagnostics)
            })
            .ok(),
            _ => None,
        };
        match program {
            Some(program) if diagnostics.is_empty() => Ok(program),
            _ => Err(sorted(without_echoes(diagnostics, self.syntax_errors))),
        }
    }
}

/// Drops errors at the place of a syntax error, which most likely report the same mistake again.
fn without_echoes(diagnostics: Vec<Diagnostic>, syntax_errors: usize) -> Vec<Diagnostic> {
    let place = |diagnostic: &Diagnostic| diagnostic.primary.as_ref().map(|label| label.span);
    let (syntax, _) = diagnostics.split_at(syntax_errors);
    let taken: Vec<Span> = syntax.iter().filter_map(place).collect();
    let echo = |span: Span| {
        taken.iter().any(|error| error.file == span.file && error.start < span.end && span.start < error.end)
    };
    let kept = |(position, diagnostic): &(usize, Diagnostic)| {
        *position < syntax_errors || !place(diagnostic).is_some_and(echo)
    };
    diagnostics.into_iter().enumerate().filter(kept).map(|(_, diagnostic)| diagnostic).collect()
}

fn resolve(
    path: &Path,
    modules: &[Module],
    without_value: &BTreeSet<ItemId>,
    wanted: Wanted<'_>,
    bindings: &Bindings,
    sources: &Sources,
    diagnostics: &mut Vec<Diagnostic>,
) -> Program {
    // Names that are defined twice are known already.
    let names = Names::collect(modules, sources, &mut Vec::new());
    let rebound = rebound(&names, bindings, diagnostics);
    let mut elaborator = Elaborator::new(&names, sources, without_value.iter().copied(), rebound);
    let items = || {
        let items = modules[0].syntax.items.iter().enumerate();
        items.map(|(position, item)| (ItemId { module: 0, position }, item))
    };
    let mut program = Program { models: Vec::new(), claims: Vec::new(), weight_files: Vec::new() };
    match wanted {
        Wanted::Everything => {
            for (id, item) in items() {
                match &item.kind {
                    ItemKind::Let { value, .. } => drop(elaborator.constant_item(id, value)),
                    ItemKind::Model { .. } => program.models.extend(model(&mut elaborator, id)),
                    _ => {}
                }
            }
            for (id, item) in items() {
                match &item.kind {
                    ItemKind::Claim(claim) => elaborator.resolve_claim(0, claim),
                    ItemKind::Claims(repeated) => elaborator.resolve_claims(0, repeated),
                    ItemKind::Weights { .. } => elaborator.check_presence(id),
                    _ => {}
                }
            }
        }
        Wanted::Model(name) => {
            let all: Vec<ItemId> = items()
                .filter(|(_, item)| matches!(item.kind, ItemKind::Model { .. }))
                .map(|(id, _)| id)
                .collect();
            let broken = modules.iter().any(|module| module.broken);
            match chosen(path, &names, &all, name, broken) {
                Ok(id) => program.models.extend(id.and_then(|id| one(&mut elaborator, id, name))),
                Err(diagnostic) => diagnostics.push(*diagnostic),
            }
        }
    }
    program.claims = std::mem::take(&mut elaborator.claims);
    program.weight_files = std::mem::take(&mut elaborator.handles.files);
    diagnostics.append(&mut elaborator.graph.diagnostics);
    program
}

fn model(elaborator: &mut Elaborator<'_>, id: ItemId) -> Option<Model> {
    let value = elaborator.model(id).ok()?;
    let name = item_name(elaborator.names.kind(id))?;
    let network = elaborator.graph.extract(value.inputs.clone(), value.output, name.span).ok()?;
    Some(Model { name: name.text.clone(), span: name.span, network })
}

/// The model to resolve, under the name that it was asked for by.
fn one(elaborator: &mut Elaborator<'_>, id: ItemId, name: Option<&str>) -> Option<Model> {
    let mut model = model(elaborator, id)?;
    model.name = name.map_or(model.name, str::to_string);
    Some(model)
}

/// The model to resolve. `None` if it may be among items that could not be read.
fn chosen(
    path: &Path,
    names: &Names<'_>,
    all: &[ItemId],
    name: Option<&str>,
    broken: bool,
) -> Result<Option<ItemId>, Box<Diagnostic>> {
    let called = |id: &ItemId| names.name(*id).to_string();
    let file = path.display();
    let listed = || {
        let all: Vec<String> = all.iter().map(called).chain(imported(names, is_model)).collect();
        match all.as_slice() {
            [] => "to use a model, define one: `model m(x: 2) = ..`".to_string(),
            [one] => format!("its only model is {file}::{one}"),
            all => {
                format!("its models are {}", first_of(all.iter().map(|name| format!("{file}::{name}")), 10))
            }
        }
    };
    match (name, all) {
        (Some(name), _) => match names.find_path(name) {
            Some(id) if is_model(names.kind(id)) => Ok(Some(id)),
            Some(id) => {
                let noun = item_noun(names.kind(id));
                let article = if noun.starts_with(['a', 'e', 'i', 'o', 'u']) { "an" } else { "a" };
                let message = format!("`{name}` of `{file}` is {article} {noun}, not a model");
                Err(Box::new(Diagnostic::without_place(kinds::WRONG_KIND, message).help(listed())))
            }
            None if broken => Ok(None),
            None => {
                let known: Vec<String> = all.iter().map(called).chain(imported(names, is_model)).collect();
                let help = did_you_mean(name, known.iter().map(String::as_str)).unwrap_or_else(listed);
                let message = format!("`{file}` has no model `{name}`");
                Err(Box::new(Diagnostic::without_place(kinds::UNKNOWN_MODEL, message).help(help)))
            }
        },
        (None, &[id]) => Ok(Some(id)),
        (None, _) if broken => Ok(None),
        (None, _) => {
            let (kind, message) = match all.len() {
                0 => (kinds::UNKNOWN_MODEL, format!("`{file}` has no models of its own")),
                n => (kinds::AMBIGUOUS_MODEL, format!("`{file}` has {n} models; say which")),
            };
            Err(Box::new(Diagnostic::without_place(kind, message).help(listed())))
        }
    }
}

/// The weight items that the caller binds to other files.
fn rebound(
    names: &Names<'_>,
    bindings: &Bindings,
    diagnostics: &mut Vec<Diagnostic>,
) -> BTreeMap<ItemId, PathBuf> {
    let mut rebound = BTreeMap::new();
    for (name, path) in &bindings.0 {
        match names.find_path(name) {
            Some(id) if matches!(names.kind(id), ItemKind::Weights { .. }) => {
                rebound.insert(id, path.clone());
            }
            // The item may be among those that could not be read, which are reported already.
            None if names.modules.iter().any(|module| module.broken) => {}
            found => {
                let message = match found {
                    Some(_) => format!("`{name}` cannot be bound to a file: it is not a weight file"),
                    None => format!("no weight file is called `{name}`"),
                };
                let handles = bindable(names);
                let help = did_you_mean(name, handles.iter().map(String::as_str)).unwrap_or_else(|| {
                    if handles.is_empty() {
                        "the file has no `weights` item".to_string()
                    } else {
                        format!("weight files are {}", names_in_ticks(&handles))
                    }
                });
                diagnostics.push(Diagnostic::without_place(kinds::UNKNOWN_NAME, message).help(help));
            }
        }
    }
    rebound
}

impl Bindings {
    /// A name that a list binds twice.
    pub fn repeated(list: &[(String, PathBuf)]) -> Option<&str> {
        let mut names = list.iter().map(|(name, _)| name.as_str()).enumerate();
        names.find(|(at, name)| list[..*at].iter().any(|(earlier, _)| earlier == name)).map(|(_, name)| name)
    }

    /// For every file the bindings of its weights: `W` binds its own, `other::W` those of a file that it
    /// imports as `other`. Errors in the files are left for [`Program::load`] to report.
    ///
    /// # Errors
    /// A name that no file has.
    pub fn distributed(&self, files: &[PathBuf]) -> Result<Vec<Bindings>, String> {
        if self.0.is_empty() {
            return Ok(vec![Bindings::default(); files.len()]);
        }
        let known: Vec<Vec<String>> = files.iter().map(|file| weight_names(file)).collect();
        if let Some((unknown, _)) = self.0.iter().find(|(name, _)| !known.iter().flatten().any(|k| k == name))
        {
            return Err(unknown.clone());
        }
        let of =
            |known: &Vec<String>| self.0.iter().filter(|(name, _)| known.contains(name)).cloned().collect();
        Ok(known.iter().map(|known| Bindings(of(known))).collect())
    }
}

/// The names under which the weights of a file can be bound: `W` for its own, `other::W` for those of a file
/// that it imports as `other`. Errors are left for [`Program::load`] to report.
fn weight_names(path: &Path) -> Vec<String> {
    let (mut sources, mut ignored) = (Sources::default(), Vec::new());
    let modules = modules::read(path, &mut sources, &mut ignored);
    if modules.is_empty() {
        return Vec::new();
    }
    on_large_stack(|| bindable(&Names::collect(&modules, &sources, &mut ignored))).unwrap_or_default()
}

/// The names under which weight items can be bound: the file's own, and those of the files it imports.
fn bindable(names: &Names<'_>) -> Vec<String> {
    let is_weights = |kind: &ItemKind| matches!(kind, ItemKind::Weights { .. });
    let own = names_in(names, 0, is_weights).map(str::to_string).collect::<Vec<_>>();
    own.into_iter().chain(imported(names, is_weights)).collect()
}

fn is_model(kind: &ItemKind) -> bool {
    matches!(kind, ItemKind::Model { .. })
}

/// The names of items of a kind in a file, in its order.
fn names_in<'n>(
    names: &'n Names<'_>,
    module: usize,
    wanted: fn(&ItemKind) -> bool,
) -> impl Iterator<Item = &'n str> {
    let items = names.modules[module].syntax.items.iter().filter(move |item| wanted(&item.kind));
    items.filter_map(|item| Some(item_name(&item.kind)?.text.as_str()))
}

/// The names of items of a kind in the files that the first file imports: `other::name`.
fn imported(names: &Names<'_>, wanted: fn(&ItemKind) -> bool) -> Vec<String> {
    let mut all = Vec::new();
    for (position, item) in names.modules[0].syntax.items.iter().enumerate() {
        if let ItemKind::Import { alias, .. } = &item.kind
            && let Some(&Some(target)) = names.modules[0].imports.get(&position)
        {
            all.extend(names_in(names, target, wanted).map(|name| format!("{}::{name}", alias.text)));
        }
    }
    all
}

/// The domain that a text given outside a file, such as `{0,1}`, means for models with these inputs: one list
/// for each model, their shapes the same. The names of all of them may be used, as long as it is clear which
/// input is meant. The text is added to `sources` under a name of its own, so that diagnostics can show it.
pub fn read_domain(
    name: &str,
    text: &str,
    models: &[&[Input]],
    sources: &mut Sources,
) -> Result<Domain, Vec<Diagnostic>> {
    let text = with_paths_quoted(text);
    let file = sources.add(PathBuf::from(name), text.clone().into());
    let tree = parse_domain(file, &text)?;
    let sources: &Sources = sources;
    // The text is treated as a file without items, so it can name only builtins.
    let modules = [Module {
        file,
        directory: PathBuf::new(),
        syntax: ast::File { items: Vec::new() },
        broken: false,
        imports: HashMap::new(),
    }];
    let mut diagnostics = Vec::new();
    let domain = on_large_stack(|| {
        let names = Names::collect(&modules, sources, &mut diagnostics);
        names::check_domain(&names, 0, &tree, &mut diagnostics);
        let mut elaborator = Elaborator::new(&names, sources, [], BTreeMap::new());
        elaborator.names_files = true;
        let domain = elaborator.domain(&mut Locals::new(0), &tree, models);
        diagnostics.append(&mut elaborator.graph.diagnostics);
        domain
    });
    match domain {
        Ok(Ok(domain)) if diagnostics.is_empty() => Ok(domain),
        _ => Err(sorted(diagnostics)),
    }
}

/// Errors in the order of the files; the last ones of very many are dropped.
fn sorted(mut diagnostics: Vec<Diagnostic>) -> Vec<Diagnostic> {
    let place = |diagnostic: &Diagnostic| {
        diagnostic.primary.as_ref().map(|label| (label.span.file, label.span.start, label.span.end))
    };
    diagnostics.sort_by_key(|diagnostic| (place(diagnostic), diagnostic.kind));
    if diagnostics.len() > MAX_ERRORS {
        let next = diagnostics.swap_remove(MAX_ERRORS).primary;
        diagnostics.truncate(MAX_ERRORS);
        let message = format!("more than {MAX_ERRORS} errors; the rest are not listed");
        diagnostics.push(match next {
            Some(label) => Diagnostic::new(syntax_kinds::TOO_MANY_ERRORS, label.span, message),
            None => Diagnostic::without_place(syntax_kinds::TOO_MANY_ERRORS, message),
        });
    }
    if diagnostics.is_empty() {
        // This happens only when the system refuses a thread.
        diagnostics.push(Diagnostic::without_place(
            kinds::TOO_LARGE,
            "there is not enough memory to resolve this file",
        ));
    }
    diagnostics
}
