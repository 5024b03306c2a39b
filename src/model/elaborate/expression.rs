//! Expressions. Operators, indices and pipes nest to the left without bound, so a loop walks down that side.
//! All other nesting goes through [`Elaborator::eval`], which counts levels.

use num_rational::BigRational;

use super::{Elaborator, Locals};
use crate::diagnostic::Span;
use crate::model::graph::arithmetic::Summand;
use crate::model::kinds;
use crate::model::names::Named;
use crate::model::value::{Eval, Numeric, Placed, Reported, Value, all};
use crate::syntax::ast::{BinaryOperator, Expr, ExprKind, Name};

impl<'a> Elaborator<'a> {
    /// The value of an expression.
    pub fn eval(&mut self, locals: &mut Locals<'a>, expr: &'a Expr) -> Eval<Value> {
        self.graph.enter(expr.span)?;
        let value = self.eval_inside(locals, expr);
        self.graph.leave();
        value
    }

    fn eval_inside(&mut self, locals: &mut Locals<'a>, expr: &'a Expr) -> Eval<Value> {
        // The expressions on the left side, from the whole one inwards.
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
            if self.graph.spend(1, outer.span).is_err() {
                return Err(Reported);
            }
            let operand = |value: Eval<Value>| value.map(|value| Placed { value, span });
            value = match &outer.kind {
                ExprKind::Binary { operator: BinaryOperator::Add | BinaryOperator::Subtract, .. } => {
                    // `a + b - c` becomes one sum of three terms.
                    let mut terms: Vec<(bool, Eval<Placed<Value>>)> = vec![(false, operand(value))];
                    let mut here = Some(outer);
                    while let Some(Expr { kind: ExprKind::Binary { operator, right, .. }, span: whole }) =
                        here
                    {
                        let right_value = self.eval(locals, right);
                        let operand = right_value.map(|value| Placed { value, span: right.span });
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
                            self.binary(*operator, left, Placed { value, span: right.span })
                        }
                        _ => Err(Reported),
                    }
                }
                ExprKind::Negate(_) => match operand(value) {
                    Ok(Placed { value: Value::Number(number), .. }) => Ok(Value::Number(-number)),
                    Ok(operand) => self.negate(&operand, outer.span),
                    Err(reported) => Err(reported),
                },
                ExprKind::Pipe { right, .. } => self.pipe(locals, value, span, right, outer.span),
                ExprKind::Index { indices, .. } => self.index(locals, operand(value), indices, outer.span),
                _ => value,
            };
            // After an error the loop goes on, to find errors further right.
            span = outer.span.to(span);
        }
        value
    }

    fn sum(&mut self, terms: Vec<(bool, Eval<Placed<Value>>)>) -> Eval<Value> {
        let terms: Vec<Summand> = terms
            .into_iter()
            .map(|(negative, operand)| (negative, operand.and_then(|operand| self.numeric(operand))))
            .collect();
        self.graph.sum(terms).map(Value::from)
    }

    /// The result of an operator on two operands.
    fn binary(&mut self, operator: BinaryOperator, left: Placed<Value>, right: Placed<Value>) -> Eval<Value> {
        let span = left.span.to(right.span);
        let value = match operator {
            BinaryOperator::Add => return self.sum(vec![(false, Ok(left)), (false, Ok(right))]),
            BinaryOperator::Subtract => return self.sum(vec![(false, Ok(left)), (true, Ok(right))]),
            BinaryOperator::Multiply => {
                let (left, right) = (self.numeric(left), self.numeric(right));
                self.graph.product("multiplied", &left?, &right?)
            }
            BinaryOperator::Divide => {
                let right = self.numeric(right)?;
                let inverse = self.graph.inverse(&right)?;
                let left = self.numeric(left)?;
                self.graph.product("divided", &left, &inverse)
            }
            BinaryOperator::MatMul => {
                let (left, right) = (self.placed_node(&left), self.placed_node(&right));
                self.graph.matmul(&left?, &right?).map(Numeric::Node)
            }
            BinaryOperator::Power => {
                let exponent = self.exponent(&right)?;
                let left = self.numeric(left)?;
                self.graph.power(&left.value, exponent as u64, span)
            }
        };
        value.map(Value::from)
    }

    /// The exponent of a power.
    fn exponent(&mut self, placed: &Placed<Value>) -> Eval<usize> {
        const HELP: &str =
            "with other exponents, a power is no polynomial; to divide by a constant, write `/`";
        let reported = self.graph.diagnostics.len();
        let exponent = self.natural(&placed.value, placed.span, "an exponent");
        let kinds = [kinds::NOT_NATURAL, kinds::NOT_CONSTANT];
        if let Some(diagnostic) = self.graph.diagnostics.get_mut(reported)
            && kinds.contains(&diagnostic.kind)
        {
            diagnostic.help = vec![HELP.to_string()];
        }
        exponent
    }

    fn negate(&mut self, operand: &Placed<Value>, span: Span) -> Eval<Value> {
        let id = self.node(&operand.value, operand.span)?;
        self.graph.scaled(-BigRational::from_integer(1.into()), id, span).map(Value::Tensor)
    }

    fn eval_leaf(&mut self, locals: &mut Locals<'a>, expr: &'a Expr) -> Eval<Value> {
        match &expr.kind {
            ExprKind::Number { value, .. } => {
                self.graph.checked_number(value.clone(), expr.span).map(Value::Number)
            }
            ExprKind::Text(text) => self.text(locals, text).map(Value::Text),
            ExprKind::Name { path, name } => self.name(locals, path, name),
            ExprKind::Stack(entries) => self.stack(locals, entries, expr.span),
            ExprKind::Call { callee, arguments } => self.call(locals, callee, None, arguments, expr.span),
            ExprKind::Block { statements, value } => self.block(locals, statements, value),
            // All other kinds have a left side and are handled by the loop.
            _ => Err(Reported),
        }
    }

    fn name(&mut self, locals: &mut Locals<'a>, path: &'a [Name], name: &'a Name) -> Eval<Value> {
        if path.is_empty()
            && let Some(value) = locals.get(&name.text)
        {
            let value = value.clone()?;
            self.graph.spend(value.copying(), name.span)?;
            return Ok(self.named_in_claim(value));
        }
        match self.names.find(locals.module, path, name, false, []) {
            Ok(Named::Item(id)) => self.item(id).map(|value| self.named_in_claim(value)),
            Ok(Named::Builtin(position)) => Ok(Value::Builtin(position)),
            // All names were looked up before anything is computed, and unknown ones were reported.
            Err(_) => Err(Reported),
        }
    }

    /// In a claim, and in functions that it calls, the name of a model stands for the model's output.
    fn named_in_claim(&self, value: Value) -> Value {
        match value {
            Value::Model(id) if self.claim.is_some() => Value::Output(id),
            value => value,
        }
    }

    /// `[a, b]`: expressions of one shape along a new first axis.
    fn stack(&mut self, locals: &mut Locals<'a>, entries: &'a [Expr], span: Span) -> Eval<Value> {
        let values = all(entries.iter().map(|entry| self.eval(locals, entry)))?;
        let number = |value: &Value| match value {
            Value::Number(number) => Some(number.clone()),
            _ => None,
        };
        if !values.is_empty()
            && let Some(numbers) = values.iter().map(number).collect::<Option<Vec<BigRational>>>()
        {
            return self.graph.vector(numbers, span).map(Value::Tensor);
        }
        let placed = values.into_iter().zip(entries).map(|(value, entry)| Placed { value, span: entry.span });
        let parts = all(placed.map(|entry| self.placed_node(&entry)))?;
        self.graph.stack(&parts, span).map(Value::Tensor)
    }
}

fn is_sum(expr: &Expr) -> bool {
    matches!(expr.kind, ExprKind::Binary { operator: BinaryOperator::Add | BinaryOperator::Subtract, .. })
}
