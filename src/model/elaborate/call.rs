//! Calls of functions, models and builtins: matching arguments to parameters, and inlining.

use std::rc::Rc;

use super::arithmetic::Operand;
use super::items::ModelValue;
use super::limits::copying;
use super::{Elaborator, Frame, Locals};
use crate::diagnostic::{Diagnostic, Span};
use crate::model::builtins::{self, Signature};
use crate::model::item::ItemId;
use crate::model::kinds;
use crate::model::suggest::did_you_mean;
use crate::model::value::{Eval, Reported, Value, count, is_shape, listed};
use crate::network::{NodeId, Operation};
use crate::syntax::ast::{Argument, Expr, ExprKind, ItemKind, Name};

/// An argument before it is computed.
#[derive(Clone)]
pub(in crate::model) struct Given<'a> {
    /// Its name, if it was given one.
    pub name: Option<&'a Name>,
    /// Its place.
    pub span: Span,
    source: GivenSource<'a>,
}

#[derive(Clone)]
enum GivenSource<'a> {
    Piped(Eval<Value>),
    Written(&'a Expr),
}

impl<'a> Given<'a> {
    /// The entries, when it is written as a list in brackets.
    pub fn as_list(&self) -> Option<&'a [Expr]> {
        let GivenSource::Written(mut expr) = self.source else { return None };
        while let ExprKind::Parenthesised(inner) = &expr.kind {
            expr = inner;
        }
        match &expr.kind {
            ExprKind::Stack(entries) => Some(entries),
            _ => None,
        }
    }
}

/// What is called, for messages and for matching arguments.
pub(in crate::model) struct Callee<'n> {
    pub name: &'n str,
    /// Where it is defined, unless it is a builtin.
    pub defined: Option<Span>,
    /// The parameters.
    pub parameters: Vec<&'n str>,
    /// How many of them can be given by position.
    pub positional: usize,
    /// Whether further positional arguments are taken.
    pub variadic: bool,
}

impl<'n> Callee<'n> {
    /// A function or model of a file: every parameter can be given by position.
    fn defined(name: &'n Name, parameters: Vec<&'n str>) -> Callee<'n> {
        let positional = parameters.len();
        Callee { name: &name.text, defined: Some(name.span), parameters, positional, variadic: false }
    }
}

/// Which argument every parameter got, and the further ones.
pub(in crate::model) struct Matched {
    pub parameters: Vec<Option<usize>>,
    pub rest: Vec<usize>,
}

impl<'a> Elaborator<'a> {
    /// `left |> right`
    pub(super) fn pipe(
        &mut self,
        locals: &mut Locals<'a>,
        left: Eval<Value>,
        left_span: Span,
        right: &'a Expr,
        span: Span,
    ) -> Eval<Value> {
        let mut target = right;
        while let ExprKind::Parenthesised(inner) = &target.kind {
            target = inner;
        }
        match &target.kind {
            ExprKind::Call { callee, arguments } => {
                self.call(locals, callee, Some((left, left_span)), arguments, span)
            }
            _ => self.call(locals, target, Some((left, left_span)), &[], span),
        }
    }

    /// `callee(arguments)`, with a piped argument first.
    pub(super) fn call(
        &mut self,
        locals: &mut Locals<'a>,
        callee: &'a Expr,
        piped: Option<(Eval<Value>, Span)>,
        arguments: &'a [Argument],
        span: Span,
    ) -> Eval<Value> {
        let function = self.eval(locals, callee);
        let mut given: Vec<Given<'a>> = Vec::with_capacity(arguments.len() + 1);
        if let Some((value, span)) = piped {
            given.push(Given { name: None, span, source: GivenSource::Piped(value) });
        }
        given.extend(arguments.iter().map(|argument| Given {
            name: argument.name.as_ref(),
            span: argument.value.span,
            source: GivenSource::Written(&argument.value),
        }));
        match function {
            Ok(Value::Builtin(position)) => {
                builtins::call(self, locals, &builtins::TABLE[position], &given, span)
            }
            Ok(Value::Function(id)) => self.call_function(locals, id, &given, span),
            Ok(Value::Model(id) | Value::Output(id)) => self.call_model(locals, id, &given, span),
            Ok(value) => {
                let what = self.quote(callee.span, "this");
                let message = format!("{what} is {} and cannot be called", value.noun());
                let mut diagnostic = Diagnostic::new(kinds::NOT_CALLABLE, callee.span, message);
                if let (Value::Tensor(_), [_]) = (&value, given.as_slice()) {
                    diagnostic = diagnostic.help(format!(
                        "to multiply, write `*` or `@`; to index, `{}[..]`",
                        what.trim_matches('`')
                    ));
                }
                let reported = self.report(diagnostic);
                given.iter().for_each(|argument| drop(self.given(locals, argument)));
                Err(reported)
            }
            Err(reported) => {
                given.iter().for_each(|argument| drop(self.given(locals, argument)));
                Err(reported)
            }
        }
    }

    /// The value of an argument.
    pub fn given(&mut self, locals: &mut Locals<'a>, argument: &Given<'a>) -> Eval<Value> {
        match &argument.source {
            GivenSource::Piped(value) => value.clone(),
            GivenSource::Written(expr) => self.eval(locals, expr),
        }
    }

    /// Matches arguments to parameters. All that is wrong is reported; then there is no answer. Missing
    /// arguments are for the caller to judge.
    pub fn matched(&mut self, callee: &Callee<'_>, given: &[Given<'a>]) -> Eval<Matched> {
        let mut parameters: Vec<Option<usize>> = vec![None; callee.parameters.len()];
        let mut rest = Vec::new();
        let mut next = 0;
        let mut failed = None;
        for (position, argument) in given.iter().enumerate() {
            let slot = match argument.name {
                Some(name) => {
                    self.spend(callee.parameters.len() as u64 / 16, name.span)?;
                    let Some(slot) = callee.parameters.iter().position(|known| *known == name.text) else {
                        failed = Some(self.unknown_argument(callee, name));
                        continue;
                    };
                    slot
                }
                None if next < callee.positional => {
                    next += 1;
                    next - 1
                }
                None if callee.variadic => {
                    rest.push(position);
                    continue;
                }
                None => {
                    if failed.is_none() {
                        failed = Some(self.too_many_arguments(callee, given, argument));
                    }
                    continue;
                }
            };
            match parameters[slot] {
                None => parameters[slot] = Some(position),
                Some(first) => {
                    let message = format!("`{}` is given twice", callee.parameters[slot]);
                    let span = argument.name.map_or(argument.span, |name| name.span);
                    let diagnostic = Diagnostic::new(kinds::DUPLICATE_ARGUMENT, span, message);
                    failed =
                        Some(self.report(diagnostic.also(given[first].span, "it has this value already")));
                }
            }
        }
        match failed {
            Some(reported) => Err(reported),
            None => Ok(Matched { parameters, rest }),
        }
    }

    fn unknown_argument(&mut self, callee: &Callee<'_>, name: &Name) -> Reported {
        let message = format!("`{}` has no parameter called `{}`", callee.name, name.text);
        let known = || callee.parameters.iter().copied();
        let help = did_you_mean(&name.text, known()).unwrap_or_else(|| match callee.parameters.as_slice() {
            [] => format!("`{}` takes no arguments", callee.name),
            [one] => format!("its parameter is `{one}`"),
            many => format!("its parameters are {}", listed(many)),
        });
        let mut diagnostic = Diagnostic::new(kinds::UNKNOWN_ARGUMENT, name.span, message).help(help);
        if let Some(defined) = callee.defined {
            diagnostic = diagnostic.also(defined, format!("`{}` is defined here", callee.name));
        }
        self.report(diagnostic)
    }

    fn too_many_arguments(
        &mut self,
        callee: &Callee<'_>,
        given: &[Given<'a>],
        first: &Given<'a>,
    ) -> Reported {
        let positional = given.iter().filter(|argument| argument.name.is_none()).count();
        let takes = count(callee.positional, "argument");
        let by_position = if callee.positional < callee.parameters.len() { " by position" } else { "" };
        let message = format!("`{}` takes {takes}{by_position}, but {positional} are given", callee.name);
        let mut diagnostic = Diagnostic::new(kinds::TOO_MANY_ARGUMENTS, first.span, message)
            .label("the first that is too many");
        if callee.positional < callee.parameters.len() {
            let named = listed(&callee.parameters[callee.positional..]);
            diagnostic = diagnostic.help(format!("the others are given by name: {named}"));
        }
        if let Some(defined) = callee.defined {
            diagnostic = diagnostic.also(defined, format!("`{}` is defined here", callee.name));
        }
        self.report(diagnostic)
    }

    /// Reports parameters that got no argument.
    pub fn missing(&mut self, callee: &Callee<'_>, missing: &[&str], span: Span) -> Reported {
        let names = listed(missing);
        let message = format!("`{}` needs {} more: {names}", callee.name, count(missing.len(), "argument"));
        let mut diagnostic = Diagnostic::new(kinds::MISSING_ARGUMENT, span, message);
        match callee.defined {
            Some(defined) => {
                diagnostic = diagnostic.also(defined, format!("`{}` is defined here", callee.name));
            }
            None => {
                if let Some(position) = builtins::find(callee.name) {
                    let signature = &builtins::TABLE[position];
                    diagnostic = diagnostic.help(format!("its signature is `{signature}`"));
                }
            }
        }
        self.report(diagnostic)
    }

    /// Matches arguments that are all required, and computes them.
    fn required(
        &mut self,
        locals: &mut Locals<'a>,
        callee: &Callee<'_>,
        given: &[Given<'a>],
        span: Span,
    ) -> Eval<Vec<Operand>> {
        let matched = self.matched(callee, given);
        let values: Vec<Eval<Value>> = given.iter().map(|argument| self.given(locals, argument)).collect();
        let matched = matched?;
        let unfilled: Vec<&str> = callee
            .parameters
            .iter()
            .zip(&matched.parameters)
            .filter(|(_, argument)| argument.is_none())
            .map(|(&name, _)| name)
            .collect();
        if !unfilled.is_empty() {
            return Err(self.missing(callee, &unfilled, span));
        }
        matched
            .parameters
            .into_iter()
            .flatten()
            .map(|position| {
                let value = values[position].clone()?;
                Ok(Operand { value, span: given[position].span })
            })
            .collect()
    }

    fn call_function(
        &mut self,
        locals: &mut Locals<'a>,
        id: ItemId,
        given: &[Given<'a>],
        span: Span,
    ) -> Eval<Value> {
        let names = self.names;
        let ItemKind::Fn { name, params, body } = names.kind(id) else { return Err(Reported) };
        let callee = Callee::defined(name, params.iter().map(|param| param.text.as_str()).collect());
        let operands = self.required(locals, &callee, given, span)?;
        // A function that is on a cycle of definitions has no value.
        if let Some(Err(reported)) = self.values.get(&id) {
            return Err(*reported);
        }
        let key = (id, operands.iter().map(|operand| operand.value.clone()).collect::<Vec<_>>());
        self.spend(key.1.iter().map(copying).sum(), span)?;
        // A model that stands for its output must be seen by every claim that names it.
        let reusable = !key.1.iter().any(|value| matches!(value, Value::Output(_)));
        if reusable && let Some(known) = self.calls.get(&key) {
            return known.clone();
        }
        let mut inside = Locals::new(id.module);
        for (param, operand) in params.iter().zip(operands) {
            inside.define(&param.text, Ok(operand.value));
        }
        self.frames.push(Frame::Call { name: &name.text, span });
        let value = self.eval(&mut inside, body);
        self.frames.pop();
        if reusable {
            self.calls.insert(key, value.clone());
        }
        value
    }

    fn call_model(
        &mut self,
        locals: &mut Locals<'a>,
        id: ItemId,
        given: &[Given<'a>],
        span: Span,
    ) -> Eval<Value> {
        let names = self.names;
        let ItemKind::Model { name, inputs, .. } = names.kind(id) else { return Err(Reported) };
        let callee = Callee::defined(name, inputs.iter().map(|input| input.name.text.as_str()).collect());
        let operands = self.required(locals, &callee, given, span)?;
        let nodes: Vec<Eval<NodeId>> =
            operands.iter().map(|operand| self.node(&operand.value, operand.span)).collect();
        let model = self.model(id)?;
        let nodes: Vec<NodeId> = nodes.into_iter().collect::<Eval<_>>()?;
        let mut failed = None;
        for ((input, written), (&node, operand)) in
            model.inputs.iter().zip(inputs).zip(nodes.iter().zip(&operands))
        {
            let shape = self.shape(node);
            if shape != input.shape {
                let message = format!(
                    "input `{}` of `{}` {} but {} {}",
                    input.name,
                    name.text,
                    is_shape(&input.shape),
                    self.quote(operand.span, "this"),
                    is_shape(&shape)
                );
                let diagnostic = Diagnostic::new(kinds::SHAPE_MISMATCH, operand.span, message)
                    .label(is_shape(&shape))
                    .also(written.name.span, is_shape(&input.shape));
                failed = Some(self.report(diagnostic));
            }
        }
        match failed {
            Some(reported) => Err(reported),
            None => self.apply(&model, &nodes, span).map(Value::Tensor),
        }
    }

    /// A model's output with its inputs replaced.
    fn apply(&mut self, model: &Rc<ModelValue>, inputs: &[NodeId], span: Span) -> Eval<NodeId> {
        // On the graph's own inputs it is there already.
        let own = |(position, &id): (usize, &NodeId)| matches!(self.builder.node(id).operation, Operation::Input(input) if input == position);
        if inputs.iter().enumerate().all(own) {
            return Ok(model.output);
        }
        let network = model.network(&self.builder);
        if !self.affords_nodes(network.nodes().len()) {
            return Err(self.exhaust(span));
        }
        self.spend(network.nodes().len() as u64, span)?;
        let output = self.builder.import(network, inputs);
        self.built(output, span)
    }

    /// What a message needs to know of a builtin.
    pub fn builtin_callee(signature: &'static Signature) -> Callee<'static> {
        Callee {
            name: signature.name,
            defined: None,
            parameters: signature.parameters.iter().map(|parameter| parameter.name).collect(),
            positional: signature.positional,
            variadic: signature.rest.is_some(),
        }
    }
}
