//! Calls of functions, models and builtins: computing arguments, and inlining.

use std::rc::Rc;

use super::matching::{Callee, Given, GivenValue};
use super::{Elaborator, Locals, ModelValue};
use crate::diagnostic::{Diagnostic, Span};
use crate::model::builtins;
use crate::model::graph::Frame;
use crate::model::item::ItemId;
use crate::model::kinds;
use crate::model::value::{Eval, Placed, Reported, Value, all};
use crate::model::words::is_shape;
use crate::network::{NodeId, Operation};
use crate::syntax::ast::{Argument, Expr, ExprKind, ItemKind};

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
            given.push(Given { name: None, span, value: GivenValue::Piped(value) });
        }
        given.extend(arguments.iter().map(|argument| Given {
            name: argument.name.as_ref(),
            span: argument.value.span,
            value: GivenValue::Written(&argument.value),
        }));
        match function {
            Ok(Value::Builtin(position)) => {
                self.call_builtin(locals, &builtins::TABLE[position], &given, span)
            }
            Ok(Value::Function(id)) => self.call_function(locals, id, &given, span),
            Ok(Value::Model(id) | Value::Output(id)) => self.call_model(locals, id, &given, span),
            Ok(value) => {
                let what = self.graph.quote(callee.span, "this");
                let message = format!("{what} is {} and cannot be called", value.noun());
                let mut diagnostic = Diagnostic::new(kinds::NOT_CALLABLE, callee.span, message);
                if let (Value::Tensor(_), [_]) = (&value, given.as_slice()) {
                    diagnostic = diagnostic.help(format!(
                        "to multiply, write `*` or `@`; to index, `{}[..]`",
                        what.trim_matches('`')
                    ));
                }
                if let Value::Weights(_) = &value {
                    let handle = what.trim_matches('`');
                    diagnostic = diagnostic.help(format!("a tensor of it is `{handle}[\"name\"]`"));
                }
                let reported = self.graph.report(diagnostic);
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
    pub(super) fn given(&mut self, locals: &mut Locals<'a>, argument: &Given<'a>) -> Eval<Value> {
        match &argument.value {
            GivenValue::Piped(value) => value.clone(),
            GivenValue::Written(expr) => self.eval(locals, expr),
        }
    }

    /// Matches and computes arguments; every parameter needs one.
    fn required(
        &mut self,
        locals: &mut Locals<'a>,
        callee: &Callee<'_>,
        given: &[Given<'a>],
        span: Span,
    ) -> Eval<Vec<Placed<Value>>> {
        let matched = callee.matched(&mut self.graph, given);
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
            return Err(callee.missing(&mut self.graph, &unfilled, span));
        }
        let positions = matched.parameters.into_iter().flatten();
        all(positions.map(|at| Ok(Placed { value: values[at].clone()?, span: given[at].span })))
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
        let callee = Callee::item(name, params.iter().map(|param| param.text.as_str()).collect());
        let operands = self.required(locals, &callee, given, span)?;
        // A function that takes part in a cycle of definitions has no value.
        if let Some(Err(reported)) = self.values.get(&id) {
            return Err(*reported);
        }
        let key = (id, operands.iter().map(|operand| operand.value.clone()).collect::<Vec<_>>());
        self.graph.spend(key.1.iter().map(Value::copying).sum(), span)?;
        // Every claim that names a model must see it again, and outside of claims a model has no output. So
        // calls in which models are named as values are not remembered.
        let is_model = |value: &Value| matches!(value, Value::Output(_) | Value::Model(_));
        let reusable = !key.1.iter().any(is_model);
        let named = self.claim.as_ref().map_or(0, Vec::len);
        if reusable && let Some(known) = self.calls.get(&key) {
            return known.clone();
        }
        let mut inside = Locals::new(id.module);
        for (param, operand) in params.iter().zip(operands) {
            inside.define(&param.text, Ok(operand.value));
        }
        self.graph.frames.push(Frame::Call { name: &name.text, span });
        let value = self.eval(&mut inside, body);
        self.graph.frames.pop();
        let names_models = self.claim.as_ref().map_or(0, Vec::len) > named;
        if reusable && !names_models && !value.as_ref().is_ok_and(is_model) {
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
        let callee = Callee::item(name, inputs.iter().map(|input| input.name.text.as_str()).collect());
        let operands = self.required(locals, &callee, given, span)?;
        let nodes = all(operands.iter().map(|operand| self.node(&operand.value, operand.span)));
        let (model, nodes) = (self.model(id)?, nodes?);
        let mut failed = None;
        for ((input, written), (&node, operand)) in
            model.inputs.iter().zip(inputs).zip(nodes.iter().zip(&operands))
        {
            let shape = self.graph.shape(node);
            if shape != input.shape {
                let message = format!(
                    "input `{}` of `{}` {} but {} {}",
                    input.name,
                    name.text,
                    is_shape(&input.shape),
                    self.graph.quote(operand.span, "this"),
                    is_shape(&shape)
                );
                let diagnostic = Diagnostic::new(kinds::SHAPE_MISMATCH, operand.span, message)
                    .label(is_shape(&shape))
                    .also(written.name.span, is_shape(&input.shape));
                failed = Some(self.graph.report(diagnostic));
            }
        }
        match failed {
            Some(reported) => Err(reported),
            None => self.apply(&model, &nodes, span).map(Value::Tensor),
        }
    }

    /// A model's output on other inputs.
    fn apply(&mut self, model: &Rc<ModelValue>, inputs: &[NodeId], span: Span) -> Eval<NodeId> {
        // On the graph's own inputs, the output is in the graph already.
        let is_own = |(position, &id): (usize, &NodeId)| match self.graph.builder.node(id).operation {
            Operation::Input(input) => input == position,
            _ => false,
        };
        if inputs.iter().enumerate().all(is_own) {
            return Ok(model.output);
        }
        let network = model.network(&self.graph.builder);
        if !self.graph.affords_nodes(network.nodes().len()) {
            return Err(self.graph.exhaust(span));
        }
        self.graph.spend(network.nodes().len() as u64, span)?;
        self.graph.build(span, |builder| builder.import(network, inputs))
    }
}
