//! Which nodes are constants, and what their entries are.

use num_rational::BigRational;
use num_traits::{Signed, ToPrimitive};

use super::Graph;
use super::bounds::NUMBER_BITS;
use crate::arithmetic::{BitBudget, Rationals};
use crate::diagnostic::{Diagnostic, Span};
use crate::model::files::weights::WeightError;
use crate::model::kinds;
use crate::model::value::{Eval, Numeric, Reported};
use crate::model::words::{is_shape, short};
use crate::network::{NodeId, Operation, ReadError, Tensor, evaluate};

/// The most entries of a constant that is computed while a file is resolved, such as a divisor or a set of
/// points.
const COMPUTED: usize = 1 << 20;

impl Graph<'_> {
    /// Whether a node's value depends on an input.
    pub fn depends_on_input(&mut self, id: NodeId) -> bool {
        for position in self.depends.len()..=id.0 {
            let node = self.builder.node(NodeId(position));
            let value = matches!(node.operation, Operation::Input(_))
                || node.operands().iter().any(|operand| self.depends[operand.0]);
            self.depends.push(value);
        }
        self.depends[id.0]
    }

    /// The entries of a constant node.
    pub fn entries(&mut self, id: NodeId, span: Span) -> Eval<Tensor<BigRational>> {
        let size = self.builder.shape(id).size();
        if size > COMPUTED {
            let message = format!("at most {COMPUTED} entries can be computed here, but this has {size}");
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
    pub fn number(&mut self, value: &Numeric, span: Span, what: &str) -> Eval<BigRational> {
        let id = match value {
            Numeric::Number(number) => return Ok(number.clone()),
            &Numeric::Node(id) => id,
        };
        let shape = self.shape(id);
        if self.depends_on_input(id) {
            let message =
                format!("{what} must be a constant, but {} depends on an input", self.quote(span, "this"));
            return Err(self.error(kinds::NOT_CONSTANT, span, message));
        }
        if shape.rank() > 0 {
            let message =
                format!("{what} must be a scalar, but {} {}", self.quote(span, "this"), is_shape(&shape));
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

    /// A number that must be a natural.
    pub fn as_natural(&mut self, number: &BigRational, span: Span, what: &str) -> Eval<usize> {
        if !number.is_integer() || number.is_negative() {
            let message = format!("{what} must be 0, 1, 2, .., but this is {}", short(number));
            let diagnostic = Diagnostic::new(kinds::NOT_NATURAL, span, message);
            let help = "lengths and axes count from 0: -1 stands neither for the last nor for the rest";
            let help = (*number == BigRational::from_integer((-1).into())).then_some(help);
            return Err(self.report(diagnostic.help_if_any(help)));
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

    /// Reports a weight file, or a tensor of one, that cannot be used.
    pub fn unusable(&mut self, error: &WeightError, span: Span) -> Reported {
        let diagnostic = Diagnostic::new(kinds::WEIGHT_FILE, span, error.to_string());
        self.report(diagnostic.help_if_any(error.help()))
    }

    /// Reports weights that can no longer be read.
    pub fn unreadable(&mut self, error: &ReadError, span: Span) -> Reported {
        self.error(kinds::WEIGHT_FILE, span, error.to_string())
    }
}
