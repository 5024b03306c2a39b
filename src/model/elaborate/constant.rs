//! Turning values into what a place needs: nodes, numbers, naturals, tensors of known entries.

use num_rational::BigRational;
use num_traits::{Signed, ToPrimitive};

use super::Elaborator;
use super::limits::NUMBER_BITS;
use crate::arithmetic::{BitBudget, Rationals};
use crate::diagnostic::{Diagnostic, Span};
use crate::model::item::item_span;
use crate::model::kinds;
use crate::model::value::{Eval, Value, is_shape};
use crate::network::{NodeId, Tensor, evaluate};

/// The most entries that are computed while a file is resolved, for one divisor or set of points.
const COMPUTED: usize = 1 << 20;

impl<'a> Elaborator<'a> {
    /// The node of a tensor. The array of a `.npy` file is used under the file's own name; in a claim a
    /// model's name stands for its output.
    pub fn node(&mut self, value: &Value, span: Span) -> Eval<NodeId> {
        match value {
            Value::Number(number) => Ok(self.builder.scalar(number.clone())),
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
                let message = format!("a tensor is needed here, and `{name}` is {}", value.noun());
                let help = if self.claim.is_some() && !self.in_call() {
                    format!("claims compare models; `model m(x: ..) = {name}(x)` makes one of a function")
                } else {
                    format!("call it: `{name}(..)`")
                };
                let mut diagnostic = Diagnostic::new(kinds::WRONG_KIND, span, message).help(help);
                if let Some(defined) = defined {
                    diagnostic = diagnostic.also(defined, format!("`{name}` is defined here"));
                }
                Err(self.report(diagnostic))
            }
            Value::Text(_) | Value::Builtin(_) => {
                let what = self.quote(span, "this");
                let message = format!("a tensor is needed here, and {what} is {}", value.noun());
                Err(self.error(kinds::WRONG_KIND, span, message))
            }
        }
    }

    /// Whether a node's value depends on an input.
    pub fn depends_on_input(&mut self, id: NodeId) -> bool {
        for position in self.depends.len()..=id.0 {
            let node = self.builder.node(NodeId(position));
            let value = matches!(node.operation, crate::network::Operation::Input(_))
                || node.operands().iter().any(|operand| self.depends[operand.0]);
            self.depends.push(value);
        }
        self.depends[id.0]
    }

    /// The entries of a constant node.
    pub fn entries(&mut self, id: NodeId, span: Span) -> Eval<Tensor<BigRational>> {
        let size = self.builder.shape(id).size();
        if size > COMPUTED {
            let message = format!("at most {COMPUTED} entries can be computed here, and this has {size}");
            return Err(self.error(kinds::TOO_LARGE, span, message));
        }
        if let Some(constant) = self.builder.as_constant(id) {
            let shape = constant.shape().clone();
            let entries =
                constant.data().map(|data| (0..size).map(|position| data.rational(position)).collect());
            let entries = entries.map_err(|error| self.unreadable(&error, span))?;
            if let Some(tensor) = Tensor::new(shape, entries) {
                return Ok(tensor);
            }
        }
        let network = self.extract(Vec::new(), id, span)?;
        self.afford_computation(&network, span)?;
        let rationals = Rationals::with_budget(BitBudget::new(NUMBER_BITS, NUMBER_BITS << 12));
        evaluate(&rationals, &network, &[])
            .map_err(|error| self.error(kinds::TOO_LARGE, span, format!("this cannot be computed: {error}")))
    }

    /// A constant scalar. `what` names it in messages: `an index`.
    pub fn number(&mut self, value: &Value, span: Span, what: &str) -> Eval<BigRational> {
        if let Value::Number(number) = value {
            return Ok(number.clone());
        }
        if !matches!(value, Value::Tensor(_) | Value::Weights(_)) {
            let message = format!("{what} must be a number, and this is {}", value.noun());
            return Err(self.error(kinds::WRONG_KIND, span, message));
        }
        let id = self.node(value, span)?;
        let shape = self.shape(id);
        if self.depends_on_input(id) {
            let message =
                format!("{what} must be a constant, and {} depends on an input", self.quote(span, "this"));
            return Err(self.error(kinds::NOT_CONSTANT, span, message));
        }
        if shape.rank() > 0 {
            let message =
                format!("{what} must be a scalar, and {} {}", self.quote(span, "this"), is_shape(&shape));
            let mut diagnostic = Diagnostic::new(kinds::SHAPE_MISMATCH, span, message);
            if shape.size() == 1 {
                diagnostic = diagnostic.help("`[1]` is a vector with one entry; index it to get a scalar");
            }
            return Err(self.report(diagnostic));
        }
        let tensor = self.entries(id, span)?;
        let number = tensor.into_data().swap_remove(0);
        self.checked_number(number, span)
    }

    /// A constant natural number.
    pub fn natural(&mut self, value: &Value, span: Span, what: &str) -> Eval<usize> {
        let number = self.number(value, span, what)?;
        self.as_natural(&number, span, what)
    }

    /// A number as a natural.
    pub fn as_natural(&mut self, number: &BigRational, span: Span, what: &str) -> Eval<usize> {
        if !number.is_integer() || number.is_negative() {
            let message = format!("{what} must be 0, 1, 2, .., and this is {}", short(number));
            return Err(self.error(kinds::NOT_NATURAL, span, message));
        }
        // Half the range, so that the sum of two is still a number.
        match number.to_usize().filter(|&n| n <= usize::MAX / 2) {
            Some(n) => Ok(n),
            None => {
                let message = format!("{what} is too large: {}", short(number));
                Err(self.error(kinds::TOO_LARGE, span, message))
            }
        }
    }
}

/// A number for a message; long ones are cut.
pub(in crate::model) fn short(number: &BigRational) -> String {
    const LONGEST: usize = 40;
    if number.numer().bits() > 1_000 || number.denom().bits() > 1_000 {
        return "a number of hundreds of digits".to_string();
    }
    let text = number.to_string();
    match text.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}..", &text[..end]),
        None => text,
    }
}
