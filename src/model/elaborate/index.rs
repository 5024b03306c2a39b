//! Indices and slices: `x[0]`, `x[1..3, ..]`, `W["name"]`.

use std::sync::Arc;

use super::{Elaborator, Locals};
use crate::diagnostic::{Diagnostic, Span};
use crate::model::graph::select::Selection;
use crate::model::item::ItemId;
use crate::model::kinds;
use crate::model::value::{Eval, Placed, Value, all};
use crate::model::words::first_names;
use crate::network::NodeId;
use crate::suggest::did_you_mean;
use crate::syntax::ast::{Expr, ExprKind, IndexExpr};

/// What is written between the brackets.
enum Bracketed {
    Axis(Selection),
    Name(Arc<str>, Span),
}

impl<'a> Elaborator<'a> {
    pub(super) fn index(
        &mut self,
        locals: &mut Locals<'a>,
        base: Eval<Placed<Value>>,
        indices: &'a [IndexExpr],
        span: Span,
    ) -> Eval<Value> {
        let known = base.as_ref().ok();
        let indices = all(indices.iter().map(|index| self.read_index(locals, index, known)));
        let (base, indices) = (base?, indices?);
        if let Value::Weights(id) = base.value
            && let [Bracketed::Name(name, at)] = indices.as_slice()
        {
            let key = (id, name.clone());
            if let Some(known) = self.handles.tensors.get(&key) {
                return known.map(Value::Tensor);
            }
            let tensor = self.tensor_of(id, name, *at);
            self.handles.tensors.insert(key, tensor);
            return tensor.map(Value::Tensor);
        }
        if let (Value::Text(path), [Bracketed::Name(..)]) = (&base.value, indices.as_slice()) {
            let what = self.graph.quote(base.span, "this");
            let message = format!("{what} is a string, not a weight file");
            let diagnostic = Diagnostic::new(kinds::WRONG_KIND, base.span, message);
            let help =
                format!("to read a weight file, write `weights {} = {path:?}`", what.trim_matches('`'));
            return Err(self.graph.report(diagnostic.help(help)));
        }
        let id = self.node(&base.value, base.span)?;
        let mut selections: Vec<Selection> = Vec::with_capacity(indices.len());
        for index in indices {
            match index {
                Bracketed::Axis(selection) => selections.push(selection),
                Bracketed::Name(_, at) => {
                    let what = self.graph.quote(base.span, "the indexed value");
                    let message =
                        format!("only weight files can be indexed by a string, but {what} is a tensor");
                    return Err(self.graph.error(kinds::WRONG_KIND, at, message));
                }
            }
        }
        self.graph.select(id, &selections, base.span, span).map(Value::from)
    }

    fn read_index(
        &mut self,
        locals: &mut Locals<'a>,
        index: &'a IndexExpr,
        base: Option<&Placed<Value>>,
    ) -> Eval<Bracketed> {
        match index {
            IndexExpr::At(expr) => {
                let value = self.eval(locals, expr)?;
                if let Value::Text(text) = value {
                    return Ok(Bracketed::Name(text, expr.span));
                }
                self.refuse_negative(&value, expr, base)?;
                let index = self.natural(&value, expr.span, "an index")?;
                Ok(Bracketed::Axis(Selection::One(index, expr.span)))
            }
            IndexExpr::Range { start, end, span } => {
                let mut bound = |expr: &'a Option<Expr>| -> Eval<Option<(usize, Span)>> {
                    let Some(expr) = expr else { return Ok(None) };
                    let value = self.eval(locals, expr)?;
                    self.refuse_negative(&value, expr, base)?;
                    Ok(Some((self.natural(&value, expr.span, "the bound of a slice")?, expr.span)))
                };
                let (start, end) = (bound(start), bound(end));
                Ok(Bracketed::Axis(Selection::Part(start?, end?, *span)))
            }
        }
    }

    /// Negative indices get a message of their own, because in Python they count from the end.
    fn refuse_negative(&mut self, value: &Value, expr: &Expr, base: Option<&Placed<Value>>) -> Eval<()> {
        let Value::Number(number) = value else { return Ok(()) };
        if *number >= num_traits::Zero::zero() || !number.is_integer() {
            return Ok(());
        }
        let length = base.and_then(|base| match base.value {
            Value::Tensor(id) => self.graph.builder.shape(id).axes().first().copied(),
            _ => None,
        });
        let from_end = num_traits::ToPrimitive::to_usize(&-number);
        let message = format!("indices count from 0, but this is {number}");
        let diagnostic = Diagnostic::new(kinds::NOT_NATURAL, expr.span, message);
        let help = match (length.zip(from_end), matches!(expr.kind, ExprKind::Negate(_))) {
            (Some((length, from_end)), true) if from_end <= length => {
                format!("negative indices do not count from the end; did you mean {}?", length - from_end)
            }
            _ => "negative indices do not count from the end".to_string(),
        };
        Err(self.graph.report(diagnostic.help(help)))
    }

    /// `W["name"]`
    fn tensor_of(&mut self, id: ItemId, name: &str, at: Span) -> Eval<NodeId> {
        let store = self.store(id)?;
        match store.get(name) {
            Ok(Some(constant)) => self.graph.weight(constant, at),
            Ok(None) => {
                let names: Vec<&str> = store.names().iter().map(String::as_str).collect();
                let file = store.path().display().to_string();
                let diagnostic = if names.is_empty() {
                    let message = format!("`{file}` holds one tensor without a name");
                    let handle = self.names.name(id);
                    Diagnostic::new(kinds::UNKNOWN_TENSOR, at, message)
                        .help(format!("use the file itself as the tensor: `{handle}`"))
                } else {
                    let message = format!("`{file}` has no tensor called {name:?}");
                    // A name without its prefix, or with one that was saved without.
                    let part = |known: &&&str| {
                        let (long, short) =
                            if known.len() > name.len() { (**known, name) } else { (name, **known) };
                        long.strip_suffix(short).is_some_and(|prefix| prefix.ends_with('.'))
                    };
                    let prefixed = names
                        .iter()
                        .filter(part)
                        .max_by_key(|known| known.len())
                        .map(|known| format!("did you mean `{known}`?"));
                    let help = prefixed
                        .or_else(|| did_you_mean(name, names.iter().copied()))
                        .unwrap_or_else(|| first_names(&names));
                    Diagnostic::new(kinds::UNKNOWN_TENSOR, at, message).help(help)
                };
                Err(self.graph.report(diagnostic))
            }
            Err(error) => Err(self.graph.unusable(&error, at)),
        }
    }
}
