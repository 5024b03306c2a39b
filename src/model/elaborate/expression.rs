//! Expressions. Operators, indices and pipes nest to the left without bound, so that side is a loop; every
//! other nesting goes through [`Elaborator::eval`], which counts the levels.

use std::sync::Arc;

use num_rational::BigRational;

use super::arithmetic::{Operand, Term};
use super::limits::copying;
use super::{Elaborator, Locals};
use crate::diagnostic::{Diagnostic, Span};
use crate::model::kinds;
use crate::model::names::Named;
use crate::model::value::{Eval, Reported, Value, is_shape};
use crate::network::{Data, NodeId};
use crate::syntax::ast::{BinaryOperator, Expr, ExprKind, Name, Text, TextPart};

impl<'a> Elaborator<'a> {
    /// The value of an expression.
    pub fn eval(&mut self, locals: &mut Locals<'a>, expr: &'a Expr) -> Eval<Value> {
        self.enter(expr.span)?;
        let value = self.eval_inside(locals, expr);
        self.leave();
        value
    }

    fn eval_inside(&mut self, locals: &mut Locals<'a>, expr: &'a Expr) -> Eval<Value> {
        // From the whole expression down its left side.
        let mut chain: Vec<&'a Expr> = Vec::new();
        let mut leaf = expr;
        loop {
            let inner = match &leaf.kind {
                ExprKind::Binary { left, .. } | ExprKind::Pipe { left, .. } => left,
                ExprKind::Index { base, .. } => base,
                ExprKind::Negate(inner) | ExprKind::Parenthesised(inner) => inner,
                _ => break,
            };
            chain.push(leaf);
            leaf = inner;
        }
        let mut value = self.eval_leaf(locals, leaf);
        let mut span = leaf.span;
        while let Some(outer) = chain.pop() {
            if self.spend(1, outer.span).is_err() {
                return Err(Reported);
            }
            let operand = |value: Eval<Value>| value.map(|value| Operand { value, span });
            value = match &outer.kind {
                ExprKind::Binary { operator: BinaryOperator::Add | BinaryOperator::Subtract, .. } => {
                    // A run of sums is one sum.
                    let mut terms: Vec<Term> = vec![(false, operand(value))];
                    let mut here = Some(outer);
                    while let Some(Expr { kind: ExprKind::Binary { operator, right, .. }, span: whole }) =
                        here
                    {
                        let right_value = self.eval(locals, right);
                        let operand = right_value.map(|value| Operand { value, span: right.span });
                        terms.push((*operator == BinaryOperator::Subtract, operand));
                        span = *whole;
                        here = chain.pop_if(|next| is_sum(next));
                    }
                    self.sum(terms)
                }
                ExprKind::Binary { operator, right, .. } => {
                    let right_value = self.eval(locals, right);
                    match (operand(value), right_value) {
                        (Ok(left), Ok(value)) => {
                            let right = Operand { value, span: right.span };
                            match operator {
                                BinaryOperator::Multiply => self.product(&left, &right),
                                BinaryOperator::Divide => self.quotient(&left, &right),
                                BinaryOperator::MatMul => self.matmul(&left, &right),
                                BinaryOperator::Power => self.power(&left, &right),
                                BinaryOperator::Add | BinaryOperator::Subtract => {
                                    self.sum(vec![(false, Ok(left)), (false, Ok(right))])
                                }
                            }
                        }
                        _ => Err(Reported),
                    }
                }
                ExprKind::Negate(_) => match operand(value) {
                    Ok(Operand { value: Value::Number(number), .. }) => Ok(Value::Number(-number)),
                    Ok(operand) => self.negate(&operand, outer.span),
                    Err(reported) => Err(reported),
                },
                ExprKind::Pipe { right, .. } => self.pipe(locals, value, span, right, outer.span),
                ExprKind::Index { indices, .. } => self.index(locals, operand(value), indices, outer.span),
                _ => value,
            };
            // A value that goes wrong may still have errors to its right, so the chain goes on.
            span = outer.span.to(span);
        }
        value
    }

    fn negate(&mut self, operand: &Operand, span: Span) -> Eval<Value> {
        let id = self.node(&operand.value, operand.span)?;
        self.scaled(-BigRational::from_integer(1.into()), id, span).map(Value::Tensor)
    }

    fn eval_leaf(&mut self, locals: &mut Locals<'a>, expr: &'a Expr) -> Eval<Value> {
        match &expr.kind {
            ExprKind::Number { value, .. } => {
                self.checked_number(value.clone(), expr.span).map(Value::Number)
            }
            ExprKind::Text(text) => self.text(locals, text).map(Value::Text),
            ExprKind::Name { path, name } => self.name(locals, path, name),
            ExprKind::Stack(entries) => self.stack(locals, entries, expr.span),
            ExprKind::Call { callee, arguments } => self.call(locals, callee, None, arguments, expr.span),
            ExprKind::Block { statements, value } => self.block(locals, statements, value),
            // The rest has a left side and is on the chain.
            _ => Err(Reported),
        }
    }

    fn name(&mut self, locals: &mut Locals<'a>, path: &'a [Name], name: &'a Name) -> Eval<Value> {
        if path.is_empty()
            && let Some(value) = locals.get(&name.text)
        {
            let value = value.clone()?;
            self.spend(copying(&value), name.span)?;
            return Ok(value);
        }
        match self.names.find(locals.module, path, name, []) {
            Ok(Named::Item(id)) => match self.item(id) {
                Ok(Value::Model(id)) if self.claim.is_some() && !self.in_call() => Ok(Value::Output(id)),
                value => value,
            },
            Ok(Named::Builtin(position)) => Ok(Value::Builtin(position)),
            // Every name has been looked up, and what is unknown reported, before anything is computed.
            Err(_) => Err(Reported),
        }
    }

    /// A string with its interpolations filled in.
    pub fn text(&mut self, locals: &mut Locals<'a>, text: &'a Text) -> Eval<Arc<str>> {
        let mut result = String::new();
        let mut failed = None;
        for part in &text.parts {
            match part {
                TextPart::Literal(piece) => result.push_str(piece),
                TextPart::Interpolated(expr) => {
                    let value = self.eval(locals, expr);
                    match value
                        .and_then(|value| self.natural(&value, expr.span, "what a string interpolates"))
                    {
                        Ok(number) => result.push_str(&number.to_string()),
                        Err(reported) => failed = Some(reported),
                    }
                }
            }
        }
        self.spend(result.len() as u64 / 64, text.span)?;
        failed.map_or(Ok(result.into()), Err)
    }

    /// `[e1, e2]`: expressions of one shape along a new first axis.
    fn stack(&mut self, locals: &mut Locals<'a>, entries: &'a [Expr], span: Span) -> Eval<Value> {
        if entries.is_empty() {
            let diagnostic = Diagnostic::new(kinds::SHAPE_MISMATCH, span, "a stack of nothing has no shape");
            return Err(self.report(diagnostic.help("`zeros(0)` is a vector without entries")));
        }
        let values: Vec<Eval<Value>> = entries.iter().map(|entry| self.eval(locals, entry)).collect();
        let values: Vec<Value> = values.into_iter().collect::<Eval<_>>()?;
        let operands: Vec<Operand> = values
            .into_iter()
            .zip(entries)
            .map(|(value, entry)| Operand { value, span: entry.span })
            .collect();
        self.stack_values(&operands, span).map(Value::Tensor)
    }

    /// Values of one shape along a new first axis. Stacks of known numbers become one constant.
    pub(super) fn stack_values(&mut self, operands: &[Operand], span: Span) -> Eval<NodeId> {
        let numbers: Option<Vec<BigRational>> = operands
            .iter()
            .map(|operand| match &operand.value {
                Value::Number(number) => Some(number.clone()),
                _ => None,
            })
            .collect();
        if let Some(numbers) = numbers {
            self.afford_rationals(&numbers, span)?;
            let shape = self.checked_shape(vec![numbers.len()], span)?;
            return self.constant(shape, Data::Rational(numbers), span);
        }
        let nodes: Vec<Eval<NodeId>> =
            operands.iter().map(|operand| self.node(&operand.value, operand.span)).collect();
        let nodes: Vec<NodeId> = nodes.into_iter().collect::<Eval<_>>()?;
        let (Some(&first), Some(first_operand)) = (nodes.first(), operands.first()) else {
            return Err(self.error(kinds::SHAPE_MISMATCH, span, "a stack of nothing has no shape"));
        };
        let shape = self.shape(first);
        for (position, (&id, operand)) in nodes.iter().zip(operands).enumerate() {
            let other = self.shape(id);
            if other != shape {
                let message = format!(
                    "the entries of a stack must have one shape: entry 0 {} but entry {position} {}",
                    is_shape(&shape),
                    is_shape(&other)
                );
                let diagnostic = Diagnostic::new(kinds::SHAPE_MISMATCH, operand.span, message)
                    .label(is_shape(&other))
                    .also(first_operand.span, is_shape(&shape));
                return Err(self.report(diagnostic));
            }
        }
        let mut axes = vec![nodes.len()];
        axes.extend_from_slice(shape.axes());
        let whole = self.checked_shape(axes, span)?;
        let mut entries: Vec<BigRational> = Vec::new();
        for &id in &nodes {
            match self.builder.as_constant(id).and_then(|constant| constant.in_memory()) {
                Some(Data::Rational(rows)) => entries.extend_from_slice(rows),
                _ => {
                    let stacked = self.builder.stack(nodes.clone());
                    return self.built(stacked, span);
                }
            }
        }
        self.afford_rationals(&entries, span)?;
        self.constant(whole, Data::Rational(entries), span)
    }
}

fn is_sum(expr: &Expr) -> bool {
    matches!(expr.kind, ExprKind::Binary { operator: BinaryOperator::Add | BinaryOperator::Subtract, .. })
}
