//! Arguments as they are written, and matching the arguments of a call to the parameters of what is called.

use crate::diagnostic::{Diagnostic, Span};
use crate::model::builtins::{Signature, Takes};
use crate::model::graph::Graph;
use crate::model::kinds;
use crate::model::value::{Eval, Reported, Value};
use crate::model::words::names_in_ticks;
use crate::plural::plural;
use crate::suggest::did_you_mean;
use crate::syntax::ast::{Expr, ExprKind, Name};

/// What parameters are called in PyTorch and NumPy, and here.
const SYNONYMS: [(&str, &str); 16] = [
    ("dim", "axis"),
    ("dims", "axis"),
    ("dims", "order"),
    ("axes", "order"),
    ("perm", "order"),
    ("weight", "W"),
    ("kernel", "W"),
    ("b", "bias"),
    ("num_heads", "heads"),
    ("n_heads", "heads"),
    ("n_head", "heads"),
    ("nhead", "heads"),
    ("is_causal", "mask"),
    ("attn_mask", "mask"),
    ("causal", "mask"),
    ("scale", "score_scale"),
];

/// An argument before it is computed.
#[derive(Clone)]
pub(super) struct Given<'a> {
    /// The name of its parameter, unless it is given by position.
    pub name: Option<&'a Name>,
    pub span: Span,
    pub value: GivenValue<'a>,
}

#[derive(Clone)]
pub(super) enum GivenValue<'a> {
    Piped(Eval<Value>),
    Written(&'a Expr),
}

impl<'a> Given<'a> {
    /// The entries, if it is written as a list in brackets.
    pub fn as_list(&self) -> Option<&'a [Expr]> {
        let GivenValue::Written(mut expr) = self.value else { return None };
        while let ExprKind::Parenthesised(inner) = &expr.kind {
            expr = inner;
        }
        match &expr.kind {
            ExprKind::Stack(entries) => Some(entries),
            _ => None,
        }
    }
}

/// For every parameter the position of its argument, and the positions of all further arguments.
pub(super) struct Matched {
    pub parameters: Vec<Option<usize>>,
    pub rest: Vec<usize>,
}

/// What messages and matching need to know about the function, model or builtin that is called.
pub(super) struct Callee<'n> {
    pub name: &'n str,
    definition: Definition,
    pub parameters: Vec<&'n str>,
    /// How many of them can be given by position.
    pub positional: usize,
    /// Whether it takes further positional arguments.
    pub variadic: bool,
}

/// Where a message says that the parameters are defined.
enum Definition {
    At(Span),
    Builtin(&'static Signature),
}

impl<'n> Callee<'n> {
    /// A function or model of a file: every parameter can be given by position.
    pub fn item(name: &'n Name, parameters: Vec<&'n str>) -> Callee<'n> {
        let positional = parameters.len();
        Callee {
            name: &name.text,
            definition: Definition::At(name.span),
            parameters,
            positional,
            variadic: false,
        }
    }
    /// A builtin, with the parameters of its signature.
    pub fn builtin(signature: &'static Signature) -> Callee<'static> {
        Callee {
            name: signature.name,
            definition: Definition::Builtin(signature),
            parameters: signature.parameters.iter().map(|parameter| parameter.name).collect(),
            positional: signature.positional,
            variadic: signature.rest.is_some(),
        }
    }

    /// Matches arguments to parameters. Reports every mismatch, and fails if there was one. Missing arguments
    /// are left to the caller.
    pub fn matched(&self, graph: &mut Graph<'_>, given: &[Given<'_>]) -> Eval<Matched> {
        let mut parameters: Vec<Option<usize>> = vec![None; self.parameters.len()];
        let mut rest = Vec::new();
        let mut next = 0;
        let mut failed = None;
        for (position, argument) in given.iter().enumerate() {
            let slot = match argument.name {
                Some(name) => {
                    graph.spend(self.parameters.len() as u64 / 16, name.span)?;
                    let Some(slot) = self.parameters.iter().position(|known| *known == name.text) else {
                        failed = Some(self.unknown_argument(graph, name));
                        continue;
                    };
                    slot
                }
                None if next < self.positional => {
                    next += 1;
                    next - 1
                }
                None if self.variadic => {
                    rest.push(position);
                    continue;
                }
                None => {
                    if failed.is_none() {
                        failed = Some(self.too_many_arguments(graph, given, argument));
                    }
                    continue;
                }
            };
            match parameters[slot] {
                None => parameters[slot] = Some(position),
                Some(first) => {
                    let message = format!("`{}` is given twice", self.parameters[slot]);
                    let span = argument.name.map_or(argument.span, |name| name.span);
                    let diagnostic = Diagnostic::new(kinds::DUPLICATE_ARGUMENT, span, message);
                    failed =
                        Some(graph.report(diagnostic.also(given[first].span, "it has this value already")));
                }
            }
        }
        match failed {
            Some(reported) => Err(reported),
            None => Ok(Matched { parameters, rest }),
        }
    }

    fn unknown_argument(&self, graph: &mut Graph<'_>, name: &Name) -> Reported {
        let message = format!("`{}` has no parameter called `{}`", self.name, name.text);
        let known = || self.parameters.iter().copied();
        let synonym =
            SYNONYMS.iter().find(|(other, here)| *other == name.text && known().any(|name| name == *here));
        let synonym = synonym.map(|(_, here)| format!("did you mean `{here}`?"));
        let help = synonym.or_else(|| did_you_mean(&name.text, known())).unwrap_or_else(|| {
            match self.parameters.as_slice() {
                [] => format!("`{}` takes no arguments", self.name),
                [one] => format!("its parameter is `{one}`"),
                many => format!("its parameters are {}", names_in_ticks(many)),
            }
        });
        let diagnostic = Diagnostic::new(kinds::UNKNOWN_ARGUMENT, name.span, message).help(help);
        graph.report(self.defined_here(diagnostic))
    }

    fn too_many_arguments(&self, graph: &mut Graph<'_>, given: &[Given<'_>], first: &Given<'_>) -> Reported {
        let positional = given.iter().filter(|argument| argument.name.is_none()).count();
        let takes = plural(self.positional, "argument", "arguments");
        let by_position = if self.positional < self.parameters.len() { " by position" } else { "" };
        let message = format!("`{}` takes {takes}{by_position}, but {positional} are given", self.name);
        let mut diagnostic = Diagnostic::new(kinds::TOO_MANY_ARGUMENTS, first.span, message)
            .label("the first that is too many");
        if self.positional < self.parameters.len() {
            let named = names_in_ticks(&self.parameters[self.positional..]);
            diagnostic = diagnostic.help(format!("the others are given by name: {named}"));
        }
        if let Definition::Builtin(signature) = &self.definition
            && diagnostic.help.is_empty()
        {
            let list = signature.parameters.iter().any(|parameter| parameter.takes == Takes::Naturals);
            let example = if list { "; a list of axes is one argument, as in `[1, 0]`" } else { "" };
            diagnostic = diagnostic.help(format!("its signature is `{signature}`{example}"));
        }
        graph.report(self.defined_here(diagnostic))
    }

    /// Reports parameters without arguments.
    pub fn missing(&self, graph: &mut Graph<'_>, missing: &[&str], span: Span) -> Reported {
        let names = names_in_ticks(missing);
        let message =
            format!("`{}` needs {} more: {names}", self.name, plural(missing.len(), "argument", "arguments"));
        let diagnostic = Diagnostic::new(kinds::MISSING_ARGUMENT, span, message);
        graph.report(match &self.definition {
            Definition::At(_) => self.defined_here(diagnostic),
            Definition::Builtin(signature) => diagnostic.help(format!("its signature is `{signature}`")),
        })
    }

    fn defined_here(&self, diagnostic: Diagnostic) -> Diagnostic {
        match self.definition {
            Definition::At(span) => diagnostic.also(span, format!("`{}` is defined here", self.name)),
            Definition::Builtin(_) => diagnostic,
        }
    }
}
