//! Calls of builtins: every argument becomes what its parameter takes.

use num_traits::ToPrimitive;

use super::matching::{Callee, Given};
use super::{Elaborator, Locals};
use crate::diagnostic::{Diagnostic, Span};
use crate::model::builtins::{Arguments, Datum, Parameter, Signature, Takes};
use crate::model::kinds;
use crate::model::value::{Eval, Placed, Reported, Value, all};
use crate::suggest::closest;

impl<'a> Elaborator<'a> {
    /// The result of a builtin.
    pub(super) fn call_builtin(
        &mut self,
        locals: &mut Locals<'a>,
        signature: &'static Signature,
        given: &[Given<'a>],
        span: Span,
    ) -> Eval<Value> {
        let callee = Callee::builtin(signature);
        let Ok(matched) = callee.matched(&mut self.graph, given) else {
            // Errors within the arguments are reported all the same.
            given.iter().for_each(|argument| drop(self.given(locals, argument)));
            return Err(Reported);
        };
        let mut failed = false;
        let mut datum = |parameter: &Parameter, position: usize| {
            let argument = &given[position];
            match self.datum(locals, signature, parameter, argument) {
                Ok(value) => Some(Placed { value, span: argument.span }),
                Err(Reported) => {
                    failed = true;
                    None
                }
            }
        };
        let pairs = signature.parameters.iter().zip(&matched.parameters);
        let values: Vec<Option<Placed<Datum>>> =
            pairs.clone().map(|(parameter, position)| datum(parameter, (*position)?)).collect();
        let rest: Vec<Placed<Datum>> = match &signature.rest {
            Some(parameter) => matched.rest.iter().filter_map(|&at| datum(parameter, at)).collect(),
            None => Vec::new(),
        };
        let mut missing: Vec<&str> = pairs
            .filter(|(parameter, position)| position.is_none() && parameter.default.is_none())
            .map(|(parameter, _)| parameter.name)
            .collect();
        missing.extend(signature.rest.iter().filter(|_| matched.rest.is_empty()).map(|rest| rest.name));
        if !missing.is_empty() {
            return Err(callee.missing(&mut self.graph, &missing, span));
        }
        if failed {
            return Err(Reported);
        }
        let (function, parameters) = (signature.name, signature.parameters);
        let arguments = Arguments { function, parameters, values, rest, span };
        signature.apply(&mut self.graph, &arguments).map(Value::from)
    }

    /// Computes one argument and converts it to what its parameter takes.
    fn datum(
        &mut self,
        locals: &mut Locals<'a>,
        signature: &Signature,
        parameter: &Parameter,
        argument: &Given<'a>,
    ) -> Eval<Datum> {
        let what = format!("`{}` of `{}`", parameter.name, signature.name);
        if parameter.takes == Takes::Naturals
            && let Some(entries) = argument.as_list()
        {
            return all(entries.iter().map(|entry| {
                let value = self.eval(locals, entry)?;
                self.natural(&value, entry.span, &what)
            }))
            .map(Datum::Naturals);
        }
        let value = self.given(locals, argument)?;
        let span = argument.span;
        match parameter.takes {
            Takes::Tensor => {
                if let Value::Text(_) = value {
                    let message = format!("{what} must be a tensor, but this is a string");
                    return Err(self.graph.error(kinds::WRONG_KIND, span, message));
                }
                self.node(&value, span).map(Datum::Tensor)
            }
            Takes::Natural => self.natural(&value, span, &what).map(Datum::Natural),
            Takes::Number => self.number(&value, span, &what).map(Datum::Number),
            Takes::Naturals => self.naturals(&value, span, &what).map(Datum::Naturals),
            Takes::Text => match value {
                Value::Text(text) => Ok(Datum::Text(text)),
                other => {
                    let message = format!("{what} must be a string, but this is {}", other.noun());
                    let diagnostic = Diagnostic::new(kinds::WRONG_KIND, span, message);
                    Err(self.graph.report(diagnostic.help(format!("its signature is `{signature}`"))))
                }
            },
            Takes::WordOrTensor(words) => match value {
                Value::Text(text) if words.contains(&&*text) => Ok(Datum::Text(text)),
                Value::Text(text) => {
                    let quoted: Vec<String> = words.iter().map(|word| format!("{word:?}")).collect();
                    let message = format!("{what} cannot be {text:?}");
                    let diagnostic = Diagnostic::new(kinds::INVALID_ARGUMENT, span, message);
                    let help = match closest(&text, words.iter().copied()) {
                        Some(word) => format!("did you mean {word:?}?"),
                        None => format!("it is {} or a tensor", quoted.join(", ")),
                    };
                    Err(self.graph.report(diagnostic.help(help)))
                }
                other => self.node(&other, span).map(Datum::Tensor),
            },
        }
    }

    /// A natural number, or a constant vector of them.
    fn naturals(&mut self, value: &Value, span: Span, what: &str) -> Eval<Vec<usize>> {
        let Value::Tensor(id) = *value else {
            return self.natural(value, span, what).map(|n| vec![n]);
        };
        let shape = self.graph.shape(id);
        if shape.rank() != 1 {
            return self.natural(value, span, what).map(|n| vec![n]);
        }
        if self.graph.depends_on_input(id) {
            let message = format!("{what} must be a constant, but this depends on an input");
            return Err(self.graph.error(kinds::NOT_CONSTANT, span, message));
        }
        let entries = self.graph.entries(id, span)?;
        let mut list = Vec::with_capacity(entries.data().len());
        for entry in entries.data() {
            list.push(match entry.is_integer().then(|| entry.to_usize()).flatten() {
                Some(n) if n <= usize::MAX / 2 => n,
                _ => self.graph.as_natural(entry, span, what)?,
            });
        }
        Ok(list)
    }
}
