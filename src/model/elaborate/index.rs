//! Indices and slices: `x[0]`, `x[1..3, ..]`, `W["name"]`.

use super::arithmetic::Operand;
use super::{Elaborator, Locals};
use crate::diagnostic::{Diagnostic, Span};
use crate::model::item::ItemId;
use crate::model::kinds;
use crate::model::suggest::did_you_mean;
use crate::model::value::{Eval, Reported, Value, is_shape};
use crate::network::NodeId;
use crate::syntax::ast::{Expr, ExprKind, IndexExpr};

/// What an index selects along one axis, and where it is written.
enum Selection {
    One(usize, Span),
    Part(Option<(usize, Span)>, Option<(usize, Span)>, Span),
    Text(Value, Span),
}

impl<'a> Elaborator<'a> {
    pub(super) fn index(
        &mut self,
        locals: &mut Locals<'a>,
        base: Eval<Operand>,
        indices: &'a [IndexExpr],
        span: Span,
    ) -> Eval<Value> {
        let selections: Vec<Eval<Selection>> =
            indices.iter().map(|index| self.selection(locals, index, base.as_ref().ok())).collect();
        let base = base?;
        let selections: Vec<Selection> = selections.into_iter().collect::<Eval<_>>()?;
        if let Value::Weights(id) = base.value
            && let [Selection::Text(Value::Text(name), at)] = selections.as_slice()
        {
            let key = (id, name.clone());
            if let Some(known) = self.tensors.get(&key) {
                return known.map(Value::Tensor);
            }
            let tensor = self.tensor_of(id, name, *at);
            self.tensors.insert(key, tensor);
            return tensor.map(Value::Tensor);
        }
        let id = self.node(&base.value, base.span)?;
        if let Some(Selection::Text(_, at)) =
            selections.iter().find(|selection| matches!(selection, Selection::Text(..)))
        {
            let what = self.quote(base.span, "what is indexed");
            let message = format!("only weight files are indexed by a string, and {what} is a tensor");
            return Err(self.error(kinds::WRONG_KIND, *at, message));
        }
        self.select(id, &selections, base.span, span)
    }

    fn selection(
        &mut self,
        locals: &mut Locals<'a>,
        index: &'a IndexExpr,
        base: Option<&Operand>,
    ) -> Eval<Selection> {
        match index {
            IndexExpr::At(expr) => {
                let value = self.eval(locals, expr)?;
                if let Value::Text(_) = value {
                    return Ok(Selection::Text(value, expr.span));
                }
                self.refuse_negative(&value, expr, base)?;
                Ok(Selection::One(self.natural(&value, expr.span, "an index")?, expr.span))
            }
            IndexExpr::Range { start, end, span } => {
                let mut bound = |expr: &'a Option<Expr>| -> Eval<Option<(usize, Span)>> {
                    let Some(expr) = expr else { return Ok(None) };
                    let value = self.eval(locals, expr)?;
                    self.refuse_negative(&value, expr, base)?;
                    Ok(Some((self.natural(&value, expr.span, "the bound of a slice")?, expr.span)))
                };
                let (start, end) = (bound(start), bound(end));
                Ok(Selection::Part(start?, end?, *span))
            }
        }
    }

    /// Readers of Python count from the end with negative numbers.
    fn refuse_negative(&mut self, value: &Value, expr: &Expr, base: Option<&Operand>) -> Eval<()> {
        let Value::Number(number) = value else { return Ok(()) };
        if *number >= num_traits::Zero::zero() || !number.is_integer() {
            return Ok(());
        }
        let length = base.and_then(|base| match base.value {
            Value::Tensor(id) => self.builder.shape(id).axes().first().copied(),
            _ => None,
        });
        let from_end = num_traits::ToPrimitive::to_usize(&-number);
        let message = format!("indices count from 0, and this is {number}");
        let diagnostic = Diagnostic::new(kinds::NOT_NATURAL, expr.span, message);
        let help = match (length.zip(from_end), matches!(expr.kind, ExprKind::Negate(_))) {
            (Some((length, from_end)), true) if from_end <= length => {
                format!(
                    "negative indices do not count from the end; the entry meant may be {}",
                    length - from_end
                )
            }
            _ => "negative indices do not count from the end".to_string(),
        };
        Err(self.report(diagnostic.help(help)))
    }

    /// The selected part of a tensor.
    fn select(&mut self, id: NodeId, selections: &[Selection], base: Span, span: Span) -> Eval<Value> {
        let shape = self.shape(id);
        let what = self.quote(base, "this");
        if selections.len() > shape.rank() {
            let message = match (shape.rank(), selections.len()) {
                (0, _) => format!("a scalar has no entries to choose from, and {what} is one"),
                (1, n) => format!("{what} {} along one axis, and there are {n} indices", is_shape(&shape)),
                (rank, n) => format!("{what} has {rank} axes, and there are {n} indices"),
            };
            return Err(self.error(kinds::OUT_OF_BOUNDS, span, message));
        }
        let mut node = id;
        // The axis of the result so far; indexed axes disappear.
        let mut axis = 0;
        let mut failed = None;
        for (position, (selection, &length)) in selections.iter().zip(shape.axes()).enumerate() {
            let place = if shape.rank() == 1 { what.clone() } else { format!("axis {position} of {what}") };
            let result = match selection {
                Selection::One(index, at) if *index >= length => {
                    Err(self.out_of_bounds(format!("there is no entry {index}"), &place, length, (*at, base)))
                }
                Selection::One(index, at) => {
                    let selected = self.builder.select(node, axis, *index);
                    self.built(selected, *at)
                }
                Selection::Part(start, end, at) => {
                    let (first, last) = (start.map_or(0, |(n, _)| n), end.map_or(length, |(n, _)| n));
                    if last > length || first > length {
                        let (index, at) = match (start, end) {
                            (_, Some((n, at))) if *n > length => (*n, *at),
                            (Some((n, at)), _) => (*n, *at),
                            _ => (last, *at),
                        };
                        let message = format!("there is no part up to {index}");
                        Err(self.out_of_bounds(message, &place, length, (at, base)))
                    } else if first > last {
                        let message = format!("the slice ends at {last} before it starts at {first}");
                        Err(self.error(kinds::OUT_OF_BOUNDS, *at, message))
                    } else {
                        let sliced = self.builder.slice(node, axis, first, last - first);
                        axis += 1;
                        self.built(sliced, *at)
                    }
                }
                Selection::Text(..) => Err(Reported),
            };
            match result {
                Ok(id) => node = id,
                Err(reported) => {
                    // Other axes may be wrong too: each is checked on its own.
                    failed = Some(reported);
                    node = id;
                    axis = position + 1;
                }
            }
        }
        if let Some(reported) = failed {
            return Err(reported);
        }
        if selections.len() == shape.rank()
            && let Some(constant) = self.builder.as_constant(id)
        {
            let flat = selections.iter().zip(shape.axes()).try_fold(0, |flat, (selection, &length)| {
                let Selection::One(index, _) = selection else { return None };
                Some(flat * length + index)
            });
            if let Some(flat) = flat {
                let value = constant.rational(flat);
                return value.map(Value::Number).map_err(|error| self.unreadable(&error, span));
            }
        }
        Ok(Value::Tensor(node))
    }

    fn out_of_bounds(
        &mut self,
        message: String,
        place: &str,
        length: usize,
        (at, base): (Span, Span),
    ) -> Reported {
        let has = match length {
            0 => "has no entries".to_string(),
            1 => "has only entry 0".to_string(),
            n => format!("has entries 0 to {}", n - 1),
        };
        let diagnostic = Diagnostic::new(kinds::OUT_OF_BOUNDS, at, format!("{message}: {place} {has}"));
        self.report(diagnostic.also(base, has))
    }

    /// `W["name"]`
    fn tensor_of(&mut self, id: ItemId, name: &str, at: Span) -> Eval<NodeId> {
        let store = self.store(id)?;
        match store.get(name) {
            Ok(Some(constant)) => self.weight(constant, at),
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
                    let help = did_you_mean(name, names.iter().copied()).unwrap_or_else(|| listed(&names));
                    Diagnostic::new(kinds::UNKNOWN_TENSOR, at, message).help(help)
                };
                Err(self.report(diagnostic))
            }
            Err(error) => {
                let diagnostic = Diagnostic::new(kinds::WEIGHT_FILE, at, error.to_string());
                Err(self.report(diagnostic.help_if_any(error.help())))
            }
        }
    }
}

/// The first names of a file.
pub(super) fn listed(names: &[&str]) -> String {
    const SHOWN: usize = 12;
    let shown: Vec<String> = names.iter().take(SHOWN).map(|name| format!("{name:?}")).collect();
    let rest = names.len().saturating_sub(SHOWN);
    let more = if rest > 0 { format!(" and {rest} more") } else { String::new() };
    format!("it has {}{more}", shown.join(", "))
}
