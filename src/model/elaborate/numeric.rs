//! Converts values to nodes, numbers and naturals.

use num_rational::BigRational;

use super::Elaborator;
use crate::diagnostic::{Diagnostic, Span};
use crate::model::builtins::TABLE;
use crate::model::item::item_span;
use crate::model::kinds;
use crate::model::value::{Eval, Numeric, Placed, Value};
use crate::network::NodeId;

impl Elaborator<'_> {
    /// The node of a value. The handle of a `.npy` file stands for its array, and in a claim the name of a
    /// model stands for the model's output.
    pub fn node(&mut self, value: &Value, span: Span) -> Eval<NodeId> {
        match value {
            Value::Number(number) => Ok(self.graph.builder.scalar(number.clone())),
            Value::Tensor(id) => Ok(*id),
            Value::Weights(id) => self.only_array(*id, span),
            Value::Output(id) => {
                let model = self.model(*id)?;
                if let Some(models) = &mut self.claim {
                    models.push((*id, span));
                }
                Ok(model.output)
            }
            Value::Model(id) | Value::Function(id) => {
                let name = self.names.name(*id);
                let defined = item_span(self.names.kind(*id));
                let message = format!("a tensor is needed here, but `{name}` is {}", value.noun());
                let help = if self.claim.is_some() && !self.graph.in_call() {
                    format!("claims compare models; `model m(x: ..) = {name}(x)` makes a model of a function")
                } else if self.binds_in_claims {
                    format!(
                        "here a `let` holds constants: name `{name}` in the claim, or in a function it calls"
                    )
                } else {
                    format!("call it: `{name}(..)`")
                };
                let mut diagnostic = Diagnostic::new(kinds::WRONG_KIND, span, message).help(help);
                if let Some(defined) = defined {
                    diagnostic = diagnostic.also(defined, format!("`{name}` is defined here"));
                }
                Err(self.graph.report(diagnostic))
            }
            Value::Text(_) | Value::Builtin(_) => {
                let what = self.graph.quote(span, "this");
                let message = format!("a tensor is needed here, but {what} is {}", value.noun());
                let help = match value {
                    Value::Builtin(position) => format!("call it: its signature is `{}`", TABLE[*position]),
                    _ => "a string is a path or a name; to put one together, write `\"{prefix}.weight\"`"
                        .to_string(),
                };
                Err(self.graph.report(Diagnostic::new(kinds::WRONG_KIND, span, message).help(help)))
            }
        }
    }

    /// The node of an operand.
    pub fn placed_node(&mut self, operand: &Placed<Value>) -> Eval<Placed<NodeId>> {
        let value = self.node(&operand.value, operand.span)?;
        Ok(Placed { value, span: operand.span })
    }

    /// An operand to compute with.
    pub fn numeric(&mut self, operand: Placed<Value>) -> Eval<Placed<Numeric>> {
        let Placed { value, span } = operand;
        let value = match value {
            Value::Number(number) => Numeric::Number(number),
            other => Numeric::Node(self.node(&other, span)?),
        };
        Ok(Placed { value, span })
    }

    /// A constant scalar. `what` names it in messages: `an index`.
    pub fn number(&mut self, value: &Value, span: Span, what: &str) -> Eval<BigRational> {
        let value = match value {
            Value::Number(number) => Numeric::Number(number.clone()),
            Value::Tensor(_) | Value::Weights(_) => Numeric::Node(self.node(value, span)?),
            other => {
                let message = format!("{what} must be a number, but this is {}", other.noun());
                return Err(self.graph.error(kinds::WRONG_KIND, span, message));
            }
        };
        self.graph.number(&value, span, what)
    }

    /// A constant natural number.
    pub fn natural(&mut self, value: &Value, span: Span, what: &str) -> Eval<usize> {
        let number = self.number(value, span, what)?;
        self.graph.as_natural(&number, span, what)
    }
}
