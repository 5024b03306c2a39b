//! The builtin functions: one table of signatures that checks arguments, words the help texts and is what
//! `grammar/builtins.md` documents; one file per family of implementations.

mod attention;
mod einsum;
mod layers;
mod rotary;
mod table;
mod tensors;

use std::fmt;

pub(super) use table::TABLE;

use super::elaborate::{Elaborator, Given, Locals};
use super::kinds;
use super::suggest::closest;
use super::value::{Eval, Reported, Value};
use crate::diagnostic::{Diagnostic, Span};
use crate::network::{NodeId, Operation};
use num_rational::BigRational;
use num_traits::ToPrimitive;

/// What a parameter takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Takes {
    /// A tensor of any shape that the builtin then checks.
    Tensor,
    /// A natural number.
    Natural,
    /// A list of natural numbers, `[2, 3]`, or a single one.
    Naturals,
    /// A constant scalar.
    Number,
    /// A string.
    Text,
    /// A tensor, or one of a few words in quotes.
    WordOrTensor(&'static [&'static str]),
}

impl fmt::Display for Takes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Takes::Tensor => f.write_str("tensor"),
            Takes::Natural => f.write_str("natural"),
            Takes::Naturals => f.write_str("naturals"),
            Takes::Number => f.write_str("number"),
            Takes::Text => f.write_str("string"),
            Takes::WordOrTensor(words) => {
                words.iter().try_for_each(|word| write!(f, "\"{word}\" | "))?;
                f.write_str("tensor")
            }
        }
    }
}

/// A parameter of a builtin.
#[derive(Clone, Copy, Debug)]
pub struct Parameter {
    /// Its name; every parameter but the repeated one can be given by name.
    pub name: &'static str,
    /// What it takes.
    pub takes: Takes,
    /// What holds when it is left out, in words; `None` when it must be given.
    pub default: Option<&'static str>,
}

/// The signature of a builtin.
pub struct Signature {
    /// Its name.
    pub name: &'static str,
    /// The parameters that are given once.
    pub parameters: &'static [Parameter],
    /// How many of them, from the first, can be given by position.
    pub positional: usize,
    /// A parameter that takes all further positional arguments, at least one.
    pub rest: Option<Parameter>,
    /// What the result is, in shapes.
    pub result: &'static str,
    implementation: Implementation,
}

type Implementation = for<'e, 'a> fn(&'e mut Elaborator<'a>, &Arguments) -> Eval<NodeId>;

impl fmt::Display for Signature {
    /// As in Python: parameters after `*` are given by name only.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let one = |parameter: &Parameter| match parameter.default {
            Some(default) => format!("{}: {} = {default}", parameter.name, parameter.takes),
            None => format!("{}: {}", parameter.name, parameter.takes),
        };
        let mut parts: Vec<String> = self.parameters[..self.positional].iter().map(one).collect();
        if let Some(rest) = &self.rest {
            parts.push(format!("{}: {}, ..", rest.name, rest.takes));
        }
        if self.positional < self.parameters.len() {
            if self.rest.is_none() {
                parts.push("*".to_string());
            }
            parts.extend(self.parameters[self.positional..].iter().map(one));
        }
        write!(f, "{}({})", self.name, parts.join(", "))
    }
}

impl fmt::Debug for Signature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

/// The signatures of all builtins.
pub fn signatures() -> &'static [Signature] {
    &TABLE
}

/// The position of the builtin of this name in the table.
pub(super) fn find(name: &str) -> Option<usize> {
    TABLE.iter().position(|signature| signature.name == name)
}

/// The names of all builtins.
pub(super) fn names() -> impl Iterator<Item = &'static str> {
    TABLE.iter().map(|signature| signature.name)
}

/// An argument after it has been computed.
#[derive(Clone, Debug)]
enum Datum {
    Tensor(NodeId),
    Natural(usize),
    Naturals(Vec<usize>),
    Number(BigRational),
    Text(std::sync::Arc<str>),
}

/// A tensor argument.
#[derive(Clone, Copy, Debug)]
struct TensorArgument {
    id: NodeId,
    span: Span,
}

/// The arguments of one call, checked against the signature.
struct Arguments {
    signature: &'static Signature,
    values: Vec<Option<(Datum, Span)>>,
    rest: Vec<(Datum, Span)>,
    /// The whole call.
    span: Span,
}

impl Arguments {
    fn get(&self, name: &str) -> Option<&(Datum, Span)> {
        let position = self.signature.parameters.iter().position(|parameter| parameter.name == name)?;
        self.values.get(position)?.as_ref()
    }

    /// A tensor that may have been left out.
    fn tensor(&self, name: &str) -> Option<TensorArgument> {
        match self.get(name) {
            Some(&(Datum::Tensor(id), span)) => Some(TensorArgument { id, span }),
            _ => None,
        }
    }

    /// A tensor that must be there; that it is has been checked.
    fn required(&self, name: &str) -> Eval<TensorArgument> {
        self.tensor(name).ok_or(Reported)
    }

    fn natural(&self, name: &str) -> Option<(usize, Span)> {
        match self.get(name) {
            Some(&(Datum::Natural(n), span)) => Some((n, span)),
            _ => None,
        }
    }

    fn naturals(&self, name: &str) -> Option<(&[usize], Span)> {
        match self.get(name) {
            Some((Datum::Naturals(list), span)) => Some((list, *span)),
            _ => None,
        }
    }

    fn number(&self, name: &str) -> Option<(&BigRational, Span)> {
        match self.get(name) {
            Some((Datum::Number(number), span)) => Some((number, *span)),
            _ => None,
        }
    }

    fn text(&self, name: &str) -> Option<(&str, Span)> {
        match self.get(name) {
            Some((Datum::Text(text), span)) => Some((text, *span)),
            _ => None,
        }
    }

    /// The repeated arguments as tensors.
    fn tensors(&self) -> Vec<TensorArgument> {
        let tensor = |(datum, span): &(Datum, Span)| match datum {
            Datum::Tensor(id) => Some(TensorArgument { id: *id, span: *span }),
            _ => None,
        };
        self.rest.iter().filter_map(tensor).collect()
    }

    /// The repeated arguments as one list of naturals.
    fn all_naturals(&self) -> Vec<usize> {
        let list = |(datum, _): &(Datum, Span)| match datum {
            Datum::Naturals(list) => list.clone(),
            _ => Vec::new(),
        };
        self.rest.iter().flat_map(list).collect()
    }
}

/// Calls a builtin.
pub(super) fn call<'a>(
    elaborator: &mut Elaborator<'a>,
    locals: &mut Locals<'a>,
    signature: &'static Signature,
    given: &[Given<'a>],
    span: Span,
) -> Eval<Value> {
    let callee = Elaborator::builtin_callee(signature);
    let Ok(matched) = elaborator.matched(&callee, given) else {
        // Errors inside the arguments are independent of how they are passed.
        given.iter().for_each(|argument| drop(elaborator.given(locals, argument)));
        return Err(Reported);
    };
    let mut missing: Vec<&str> = Vec::new();
    let mut failed = false;
    let mut values = Vec::with_capacity(signature.parameters.len());
    for (parameter, position) in signature.parameters.iter().zip(&matched.parameters) {
        values.push(match position {
            Some(position) => {
                let argument = &given[*position];
                match datum(elaborator, locals, signature, parameter, argument) {
                    Ok(datum) => Some((datum, argument.span)),
                    Err(Reported) => {
                        failed = true;
                        None
                    }
                }
            }
            None => {
                if parameter.default.is_none() {
                    missing.push(parameter.name);
                }
                None
            }
        });
    }
    let mut rest = Vec::with_capacity(matched.rest.len());
    if let Some(parameter) = &signature.rest {
        for &position in &matched.rest {
            let argument = &given[position];
            match datum(elaborator, locals, signature, parameter, argument) {
                Ok(datum) => rest.push((datum, argument.span)),
                Err(Reported) => failed = true,
            }
        }
        if matched.rest.is_empty() {
            missing.push(parameter.name);
        }
    }
    if !missing.is_empty() {
        return Err(elaborator.missing(&callee, &missing, span));
    }
    if failed {
        return Err(Reported);
    }
    let arguments = Arguments { signature, values, rest, span };
    let id = (signature.implementation)(elaborator, &arguments)?;
    let id = elaborator.checked_rank(id, span)?;
    // A scalar of known value can count and index.
    match &elaborator.builder.node(id).operation {
        Operation::Constant(constant) if constant.shape().rank() == 0 => {
            let value = constant.rational(0);
            value.map(Value::Number).map_err(|error| elaborator.unreadable(&error, span))
        }
        _ => Ok(Value::Tensor(id)),
    }
}

/// Computes one argument as what its parameter takes.
fn datum<'a>(
    elaborator: &mut Elaborator<'a>,
    locals: &mut Locals<'a>,
    signature: &Signature,
    parameter: &Parameter,
    argument: &Given<'a>,
) -> Eval<Datum> {
    let what = format!("`{}` of `{}`", parameter.name, signature.name);
    if parameter.takes == Takes::Naturals
        && let Some(entries) = argument.as_list()
    {
        let mut list = Vec::with_capacity(entries.len());
        let mut failed = false;
        for entry in entries {
            let value = elaborator.eval(locals, entry);
            match value.and_then(|value| elaborator.natural(&value, entry.span, &what)) {
                Ok(n) => list.push(n),
                Err(Reported) => failed = true,
            }
        }
        return if failed { Err(Reported) } else { Ok(Datum::Naturals(list)) };
    }
    let value = elaborator.given(locals, argument)?;
    let span = argument.span;
    match parameter.takes {
        Takes::Tensor => {
            if let Value::Text(_) = value {
                let message = format!("{what} must be a tensor, and this is a string");
                return Err(elaborator.error(kinds::WRONG_KIND, span, message));
            }
            elaborator.node(&value, span).map(Datum::Tensor)
        }
        Takes::Natural => elaborator.natural(&value, span, &what).map(Datum::Natural),
        Takes::Number => elaborator.number(&value, span, &what).map(Datum::Number),
        Takes::Naturals => naturals(elaborator, &value, span, &what).map(Datum::Naturals),
        Takes::Text => match value {
            Value::Text(text) => Ok(Datum::Text(text)),
            other => {
                let message = format!("{what} must be a string, and this is {}", other.noun());
                let diagnostic = Diagnostic::new(kinds::WRONG_KIND, span, message);
                Err(elaborator.report(diagnostic.help(format!("its signature is `{signature}`"))))
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
                Err(elaborator.report(diagnostic.help(help)))
            }
            other => elaborator.node(&other, span).map(Datum::Tensor),
        },
    }
}

/// A natural number, or a constant vector of them.
fn naturals(elaborator: &mut Elaborator<'_>, value: &Value, span: Span, what: &str) -> Eval<Vec<usize>> {
    let Value::Tensor(id) = *value else {
        return elaborator.natural(value, span, what).map(|n| vec![n]);
    };
    let shape = elaborator.shape(id);
    if shape.rank() != 1 {
        return elaborator.natural(value, span, what).map(|n| vec![n]);
    }
    if elaborator.depends_on_input(id) {
        let message = format!("{what} must be a constant, and this depends on an input");
        return Err(elaborator.error(kinds::NOT_CONSTANT, span, message));
    }
    let entries = elaborator.entries(id, span)?;
    let mut list = Vec::with_capacity(entries.data().len());
    for entry in entries.data() {
        list.push(match entry.is_integer().then(|| entry.to_usize()).flatten() {
            Some(n) if n <= usize::MAX / 2 => n,
            _ => elaborator.as_natural(entry, span, what)?,
        });
    }
    Ok(list)
}

#[cfg(test)]
mod tests {
    use super::*;

    const MANUAL: &str = include_str!("../../../grammar/builtins.md");

    /// `(name, text)` of every section of the manual.
    fn sections() -> Vec<(&'static str, &'static str)> {
        let parts = MANUAL.split("\n## `").skip(1);
        parts.map(|part| part.split_once('`').unwrap()).collect()
    }

    #[test]
    fn the_manual_and_the_table_agree() {
        let documented: Vec<&str> = sections().into_iter().map(|(name, _)| name).collect();
        assert_eq!(documented, names().collect::<Vec<_>>());
        for (signature, (name, text)) in signatures().iter().zip(sections()) {
            let lines: Vec<&str> = text.lines().filter(|line| !line.is_empty()).collect();
            assert_eq!(lines[0], format!("    {signature}"));
            assert_eq!(lines[1], format!("Result: {}", signature.result), "{name}");
            assert!(text.contains("\nErrors: "), "{name} says nothing of errors");
        }
    }

    #[test]
    fn the_manual_explains_every_parameter_of_a_layer() {
        for (signature, (name, text)) in signatures().iter().zip(sections()) {
            for parameter in signature.parameters.iter().filter(|_| signature.parameters.len() > 2) {
                let quoted = format!("`{}`", parameter.name);
                let explained = text.lines().skip(3).any(|line| line.contains(&quoted));
                assert!(explained || parameter.name == "x", "{} of {name} is not explained", parameter.name);
            }
        }
    }

    #[test]
    fn the_manual_names_only_kinds_that_exist() {
        let words = MANUAL.split('`').skip(1).step_by(2);
        let kinds: Vec<&str> = words
            .filter(|word| word.contains('-') && word.chars().all(|c| c.is_ascii_lowercase() || c == '-'))
            .collect();
        assert!(kinds.len() > 20);
        for kind in kinds {
            assert!(kind.starts_with('-') || kinds::KINDS.contains(&kind), "{kind}");
        }
    }

    #[test]
    fn the_table_is_sound() {
        for (place, signature) in signatures().iter().enumerate() {
            assert_eq!(find(signature.name), Some(place), "two builtins are called {}", signature.name);
            assert!(signature.positional <= signature.parameters.len());
            // What must be given can be given by position.
            for parameter in &signature.parameters[signature.positional..] {
                assert!(parameter.default.is_some(), "{} of {}", parameter.name, signature.name);
            }
        }
    }
}
