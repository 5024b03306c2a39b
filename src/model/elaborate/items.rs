//! Values of items: constants, weight files and models, each computed on first use.

use std::path::PathBuf;
use std::rc::Rc;

use super::{Elaborator, Locals, ModelValue};
use crate::diagnostic::{Diagnostic, Span};
use crate::model::files::listing::similar;
use crate::model::files::weights::{self, WeightError, WeightStore};
use crate::model::graph::Frame;
use crate::model::item::ItemId;
use crate::model::kinds;
use crate::model::value::{Eval, Reported, Value, all};
use crate::model::words::first_names;
use crate::network::{Input, NodeId, Shape};
use crate::syntax::ast::{Expr, ItemKind, ModelInput};

impl<'a> Elaborator<'a> {
    /// The value of an item's name.
    pub(super) fn item(&mut self, id: ItemId) -> Eval<Value> {
        match self.names.kind(id) {
            ItemKind::Fn { .. } => Ok(Value::Function(id)),
            ItemKind::Model { .. } => Ok(Value::Model(id)),
            ItemKind::Weights { .. } => Ok(Value::Weights(id)),
            ItemKind::Let { value, .. } => self.constant_item(id, value),
            ItemKind::Import { .. } | ItemKind::Claim(_) | ItemKind::Claims(_) => Err(Reported),
        }
    }

    /// The value of a `let` item.
    pub fn constant_item(&mut self, id: ItemId, value: &'a Expr) -> Eval<Value> {
        if let Some(known) = self.values.get(&id) {
            return known.clone();
        }
        let result = self.apart(|this| this.eval(&mut Locals::new(id.module), value));
        self.values.insert(id, result.clone());
        result
    }

    /// Does some work outside the current calls and claim: an item means the same wherever it is used.
    fn apart<T>(&mut self, work: impl FnOnce(&mut Self) -> T) -> T {
        let frames: Vec<Frame<'a>> = std::mem::take(&mut self.graph.frames);
        let claim = self.claim.take();
        let result = work(self);
        self.graph.frames = frames;
        self.claim = claim;
        result
    }

    /// A model, its body resolved on the graph's inputs.
    pub fn model(&mut self, id: ItemId) -> Eval<Rc<ModelValue>> {
        if let Some(known) = self.models.get(&id) {
            return known.clone();
        }
        let names = self.names;
        let ItemKind::Model { inputs, body, .. } = names.kind(id) else { return Err(Reported) };
        let result = self.apart(|this| this.resolve_model(id, inputs, body));
        self.models.insert(id, result.clone());
        result
    }

    fn resolve_model(
        &mut self,
        id: ItemId,
        inputs: &'a [ModelInput],
        body: &'a Expr,
    ) -> Eval<Rc<ModelValue>> {
        let mut locals = Locals::new(id.module);
        let mut declared: Vec<Eval<Input>> = Vec::with_capacity(inputs.len());
        for (position, input) in inputs.iter().enumerate() {
            let (name, shape) = (&input.name, self.input_shape(id, input));
            let value = shape.clone().map(|shape| Value::Tensor(self.graph.builder.input(position, shape)));
            locals.define(&name.text, value);
            declared.push(shape.map(|shape| Input { name: name.text.clone(), shape }));
        }
        let value = self.eval(&mut locals, body)?;
        let output = self.node(&value, body.span)?;
        Ok(Rc::new(ModelValue::new(all(declared.into_iter())?, output)))
    }

    fn input_shape(&mut self, id: ItemId, input: &'a ModelInput) -> Eval<Shape> {
        let mut locals = Locals::new(id.module);
        let axes = all(input.shape.axes.iter().map(|axis| {
            let length = self.eval(&mut locals, axis)?;
            self.natural(&length, axis.span, "the length of an axis")
        }))?;
        self.graph.checked_shape(axes, input.shape.span)
    }

    /// The file behind a weight handle, opened on first use.
    pub fn store(&mut self, id: ItemId) -> Eval<Rc<WeightStore>> {
        if let Some(known) = self.handles.stores.get(&id) {
            return known.clone();
        }
        let result = self.apart(|this| this.open_store(id));
        self.handles.stores.insert(id, result.clone());
        result
    }

    fn open_store(&mut self, id: ItemId) -> Eval<Rc<WeightStore>> {
        let (path, span) = self.weight_path(id)?;
        match weights::open(&path) {
            Ok(store) => {
                for file in store.files() {
                    if self.handles.files.iter().all(|known| known.path() != file.path()) {
                        self.handles.files.push(file.clone());
                    }
                }
                Ok(Rc::new(store))
            }
            Err(error) => Err(self.unopened(id, &error, span)),
        }
    }

    /// The path of a weight file and the place that names it.
    fn weight_path(&mut self, id: ItemId) -> Eval<(PathBuf, Span)> {
        let names = self.names;
        let ItemKind::Weights { name, path } = names.kind(id) else { return Err(Reported) };
        if let Some(path) = self.handles.rebound.get(&id) {
            return Ok((path.clone(), name.span));
        }
        let text = self.text(&mut Locals::new(id.module), path)?;
        Ok((names.modules[id.module].directory.join(&*text), path.span))
    }

    fn unopened(&mut self, id: ItemId, error: &WeightError, span: Span) -> Reported {
        let mut diagnostic = Diagnostic::new(kinds::WEIGHT_FILE, span, error.to_string());
        if self.handles.rebound.contains_key(&id) {
            let handle = self.names.name(id);
            diagnostic = diagnostic.label(format!("`{handle}` was bound to this file on the command line"));
        }
        let help = error.help().map(str::to_string).or_else(|| match similar(&error.path) {
            _ if error.path.exists() => None,
            _ if error.path.to_string_lossy().contains(":/") => {
                Some("download it first: `weights` names a file of this machine".to_string())
            }
            Some(path) => {
                let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
                Some(format!("did you mean `{name}`?"))
            }
            None if self.handles.rebound.contains_key(&id) => None,
            None => Some("the path is relative to the .same file that names it".to_string()),
        });
        self.graph.report(diagnostic.help_if_any(help))
    }

    /// Reports a missing weight file even if nothing uses it.
    pub fn check_presence(&mut self, id: ItemId) {
        if self.handles.stores.contains_key(&id) {
            return;
        }
        if let Ok((path, _)) = self.apart(|this| this.weight_path(id))
            && !path.is_file()
        {
            // Opening the file reports why it cannot be used.
            drop(self.store(id));
        }
    }

    /// The array of a `.npy` file.
    pub(super) fn only_array(&mut self, id: ItemId, span: Span) -> Eval<NodeId> {
        let store = self.store(id)?;
        match store.single() {
            Ok(Some(constant)) => self.graph.weight(constant, span),
            Ok(None) => {
                let handle = self.names.name(id);
                let names: Vec<&str> = store.names().iter().map(String::as_str).collect();
                let message = format!("a tensor is needed here, but `{handle}` is a file of tensors");
                let example = names.first().map_or("name".to_string(), ToString::to_string);
                let diagnostic = Diagnostic::new(kinds::WRONG_KIND, span, message).help(format!(
                    "choose one by its name, as in `{handle}[{example:?}]`; {}",
                    first_names(&names)
                ));
                Err(self.graph.report(diagnostic))
            }
            Err(error) => Err(self.graph.unusable(&error, span)),
        }
    }
}
