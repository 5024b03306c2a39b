//! Sums, products, quotients and powers, entry by entry. Only scalars broadcast.

use num_rational::BigRational;
use num_traits::{One, ToPrimitive, Zero};

use super::Graph;
use super::bounds::NUMBER_BITS;
use crate::diagnostic::{Diagnostic, Span};
use crate::model::kinds;
use crate::model::value::{Eval, Numeric, Placed, Reported};
use crate::model::words::is_shape;
use crate::network::{Constant, Data, NodeId, Operation, Provenance, Shape};

/// A term of a sum: whether it is subtracted, and its value.
pub(in crate::model) type Summand = (bool, Eval<Placed<Numeric>>);

impl Graph<'_> {
    /// A sum of terms, as one node.
    pub fn sum(&mut self, terms: Vec<Summand>) -> Eval<Numeric> {
        let mut number = BigRational::zero();
        let mut nodes: Vec<(BigRational, NodeId)> = Vec::with_capacity(terms.len());
        // The first operand that is not a scalar gives the shape for all.
        let mut first: Option<(Shape, Span)> = None;
        let mut failed = None;
        for (negative, operand) in terms {
            let (value, span) = match operand {
                Ok(operand) => (operand.value, operand.span),
                Err(reported) => {
                    failed = Some(reported);
                    continue;
                }
            };
            let id = match value {
                Numeric::Number(n) => {
                    let sum = if negative { number - n } else { number + n };
                    number = self.checked_number(sum, span)?;
                    continue;
                }
                Numeric::Node(id) => id,
            };
            let shape = self.shape(id);
            match &first {
                _ if shape.rank() == 0 => {}
                None => first = Some((shape, span)),
                Some((known, known_span)) if *known != shape => {
                    failed = Some(self.mismatch("added", (known, *known_span), (&shape, span)));
                }
                Some(_) => {}
            }
            let (coefficient, id) = self.unscaled(id);
            nodes.push((if negative { -coefficient } else { coefficient }, id));
        }
        if let Some(reported) = failed {
            return Err(reported);
        }
        if nodes.is_empty() {
            return Ok(Numeric::Number(number));
        }
        if !number.is_zero() {
            nodes.push((BigRational::one(), self.builder.scalar(number)));
        }
        let (shape, span) = match first {
            Some((shape, span)) => (shape, Some(span)),
            None => (Shape::scalar(), None),
        };
        let mut terms = Vec::with_capacity(nodes.len());
        for (coefficient, id) in nodes {
            let id = match span {
                Some(span) => self.build(span, |builder| builder.broadcast(id, shape.clone()))?,
                None => id,
            };
            terms.push((coefficient, id));
        }
        // The shapes are known to agree.
        self.builder.combine(terms).map(Numeric::Node).map_err(|_| Reported)
    }

    /// Reports two shapes that must be equal but are not.
    pub fn mismatch(
        &mut self,
        what: &str,
        (left, left_span): (&Shape, Span),
        (right, right_span): (&Shape, Span),
    ) -> Reported {
        let message = format!(
            "these cannot be {what}: {} {} but {} {}",
            self.quote(left_span, "the left side"),
            is_shape(left),
            self.quote(right_span, "the right side"),
            is_shape(right)
        );
        let mut diagnostic = Diagnostic::new(kinds::SHAPE_MISMATCH, left_span.to(right_span), message)
            .also(left_span, is_shape(left))
            .also(right_span, is_shape(right));
        if left.size() == 1 || right.size() == 1 {
            diagnostic =
                diagnostic.help("only scalars broadcast, and `[1]` is a vector; index it to get a scalar");
        } else if what == "multiplied" && left.rank().max(right.rank()) > 1 && meets(left, right) {
            diagnostic = diagnostic.help("`*` multiplies entry by entry; `@` is the matrix product");
        } else if what != "multiplied" && repeats(left, right) {
            diagnostic = diagnostic.help(
                "only scalars are repeated; a bias for every row is `linear(x, W, bias: b)`, and \
                 `einsum(\"i, j -> i j\", ones(n), b)` repeats a vector",
            );
        }
        self.report(diagnostic)
    }

    /// Splits a constant factor off a node, so that factors are collected in one place.
    pub fn unscaled(&self, id: NodeId) -> (BigRational, NodeId) {
        if let Operation::Combine { terms } = &self.builder.node(id).operation
            && let [(coefficient, inner)] = terms.as_slice()
        {
            return (coefficient.clone(), *inner);
        }
        (BigRational::one(), id)
    }

    /// A multiple of a node.
    pub fn scaled(&mut self, coefficient: BigRational, id: NodeId, span: Span) -> Eval<NodeId> {
        let (inner, id) = self.unscaled(id);
        let coefficient = self.checked_number(coefficient * inner, span)?;
        self.build(span, |builder| builder.combine(vec![(coefficient, id)]))
    }

    /// The product entry by entry. `what` is the word for it in messages: `multiplied`, or `divided` for the
    /// product with the [inverse](Graph::inverse) of a divisor.
    pub fn product(&mut self, what: &str, left: &Placed<Numeric>, right: &Placed<Numeric>) -> Eval<Numeric> {
        let span = left.span.to(right.span);
        match (&left.value, &right.value) {
            (Numeric::Number(a), Numeric::Number(b)) => self.checked_number(a * b, span).map(Numeric::Number),
            (Numeric::Number(number), &Numeric::Node(id)) | (&Numeric::Node(id), Numeric::Number(number)) => {
                self.scaled(number.clone(), id, span).map(Numeric::Node)
            }
            (&Numeric::Node(a), &Numeric::Node(b)) => {
                let (left_shape, right_shape) = (self.shape(a), self.shape(b));
                if left_shape.rank() > 0 && right_shape.rank() > 0 && left_shape != right_shape {
                    let (left, right) = ((&left_shape, left.span), (&right_shape, right.span));
                    return Err(self.mismatch(what, left, right));
                }
                let ((c, a), (d, b)) = (self.unscaled(a), self.unscaled(b));
                let product = self.build(span, |builder| builder.multiply(a, b))?;
                self.scaled(c * d, product, span).map(Numeric::Node)
            }
        }
    }

    /// The inverse, entry by entry, of a constant without zeros.
    pub fn inverse(&mut self, divisor: &Placed<Numeric>) -> Eval<Placed<Numeric>> {
        let span = divisor.span;
        let value = match &divisor.value {
            Numeric::Number(number) if number.is_zero() => {
                return Err(self.error(kinds::DIVISION_BY_ZERO, span, "the divisor is 0"));
            }
            Numeric::Number(number) => Numeric::Number(number.recip()),
            &Numeric::Node(id) => self.inverse_node(id, span)?,
        };
        Ok(Placed { value, span })
    }

    fn inverse_node(&mut self, id: NodeId, span: Span) -> Eval<Numeric> {
        if self.depends_on_input(id) {
            let message = format!(
                "the divisor must be a constant, but {} depends on an input",
                self.quote(span, "this")
            );
            let diagnostic = Diagnostic::new(kinds::DIVISION_BY_INPUT, span, message);
            return Err(self.report(diagnostic.help(
                "models are polynomials in their inputs, and a quotient need not be one; divide by a \
                 constant, or compare `a/c` with `b/d` as `a*d == b*c`",
            )));
        }
        let entries = self.entries(id, span)?;
        if let Some(position) = entries.data().iter().position(BigRational::is_zero) {
            let zeros = entries.data().iter().filter(|entry| entry.is_zero()).count();
            let index = entries.shape().unravel(position);
            let message = match (index.is_empty(), zeros) {
                (true, _) => "the divisor is 0".to_string(),
                (false, 1) => format!("the divisor is 0 at {index:?}"),
                (false, n) => format!("{n} entries of the divisor are 0, the first at {index:?}"),
            };
            return Err(self.error(kinds::DIVISION_BY_ZERO, span, message));
        }
        let shape = entries.shape().clone();
        let mut inverses: Vec<BigRational> = entries.data().iter().map(BigRational::recip).collect();
        if shape.rank() == 0 {
            let number = inverses.swap_remove(0);
            return self.checked_number(number, span).map(Numeric::Number);
        }
        self.afford_rationals(&inverses, span)?;
        self.constant(shape, Data::Rational(inverses), span).map(Numeric::Node)
    }

    /// A constant node. The caller has checked that its entries may be made.
    pub fn constant(&mut self, shape: Shape, data: Data, span: Span) -> Eval<NodeId> {
        self.constant_of(shape, data, Provenance::Written, span)
    }

    /// A constant node that the language makes, such as an identity matrix; its entries are not written in
    /// the program.
    pub fn made(&mut self, shape: Shape, data: Data, span: Span) -> Eval<NodeId> {
        self.constant_of(shape, data, Provenance::Made, span)
    }

    fn constant_of(&mut self, shape: Shape, data: Data, provenance: Provenance, span: Span) -> Eval<NodeId> {
        match Constant::new(shape, data) {
            Some(constant) => {
                Ok(self.builder.constant(std::sync::Arc::new(constant.with_provenance(provenance))))
            }
            None => Err(self.error(kinds::INVALID_ARGUMENT, span, "these entries do not make a tensor")),
        }
    }

    /// A natural power, entry by entry; `span` is the place of base and exponent together.
    pub fn power(&mut self, base: &Numeric, exponent: u64, span: Span) -> Eval<Numeric> {
        match base {
            Numeric::Number(number) => self.number_power(number, exponent, span).map(Numeric::Number),
            &Numeric::Node(id) => self.build(span, |builder| builder.power(id, exponent)).map(Numeric::Node),
        }
    }

    fn number_power(&mut self, base: &BigRational, exponent: u64, span: Span) -> Eval<BigRational> {
        let one = BigRational::one();
        if exponent == 0 || *base == one {
            return Ok(one);
        }
        if base.is_zero() || *base == -one.clone() {
            let odd = exponent % 2 == 1;
            return Ok(if odd { base.clone() } else { base * base });
        }
        // The result has at least (bits - 1) * exponent bits.
        let bits = base.numer().bits().max(base.denom().bits());
        let exponent = match exponent.to_u32() {
            Some(small) if (bits - 1).saturating_mul(exponent) <= NUMBER_BITS => small,
            _ => {
                let message = format!("this power has more than {NUMBER_BITS} bits, the limit for numbers");
                return Err(self.error(kinds::TOO_LARGE, span, message));
            }
        };
        // The power of a reduced fraction is reduced.
        let power = BigRational::new_raw(base.numer().pow(exponent), base.denom().pow(exponent));
        self.checked_number(power, span)
    }
}

/// Whether the last axis of one shape is as long as the first of the other, as in a matrix product.
fn meets(left: &Shape, right: &Shape) -> bool {
    let ends = |one: &Shape, other: &Shape| one.axes().last() == other.axes().first();
    ends(left, right) || ends(right, left)
}

/// Whether one shape ends with the other, so that NumPy would repeat it.
fn repeats(left: &Shape, right: &Shape) -> bool {
    left.rank() != right.rank()
        && (left.axes().ends_with(right.axes()) || right.axes().ends_with(left.axes()))
}
