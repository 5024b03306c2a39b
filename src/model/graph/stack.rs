//! `[a, b]`: tensors of one shape along a new first axis.

use num_rational::BigRational;

use super::Graph;
use crate::diagnostic::{Diagnostic, Span};
use crate::model::kinds;
use crate::model::value::{Eval, Placed, Reported};
use crate::model::words::is_shape;
use crate::network::{Data, NodeId, Shape};

impl Graph<'_> {
    /// Known numbers along one axis, as one constant.
    pub fn vector(&mut self, numbers: Vec<BigRational>, span: Span) -> Eval<NodeId> {
        self.afford_rationals(&numbers, span)?;
        let shape = self.checked_shape(vec![numbers.len()], span)?;
        self.constant(shape, Data::Rational(numbers), span)
    }

    /// Tensors along a new first axis. Stacks of known numbers become one constant.
    pub fn stack(&mut self, parts: &[Placed<NodeId>], span: Span) -> Eval<NodeId> {
        let Some(first) = parts.first() else {
            let diagnostic = Diagnostic::new(kinds::SHAPE_MISMATCH, span, "a stack of nothing has no shape");
            return Err(self.report(diagnostic.help("`zeros(0)` is a vector without entries")));
        };
        let shape = self.shape(first.value);
        for (position, part) in parts.iter().enumerate() {
            let other = self.shape(part.value);
            if other != shape {
                let rule = "the entries of a stack must have one shape";
                let entry = format!("entry {position}");
                let parts = [("entry 0", first.span, &shape), (&entry, part.span, &other)];
                return Err(self.misfit(rule, parts));
            }
        }
        let mut axes = vec![parts.len()];
        axes.extend_from_slice(shape.axes());
        let whole = self.checked_shape(axes, span)?;
        let mut entries: Vec<BigRational> = Vec::new();
        for part in parts {
            match self.builder.as_constant(part.value).and_then(|constant| constant.in_memory()) {
                Some(Data::Rational(rows)) => entries.extend_from_slice(rows),
                _ => {
                    return self
                        .build(span, |builder| builder.stack(parts.iter().map(|part| part.value).collect()));
                }
            }
        }
        self.afford_rationals(&entries, span)?;
        self.constant(whole, Data::Rational(entries), span)
    }

    /// Reports a part whose shape does not fit that of the first.
    pub fn misfit(&mut self, rule: &str, [first, part]: [(&str, Span, &Shape); 2]) -> Reported {
        let (shape, other) = (is_shape(first.2), is_shape(part.2));
        let message = format!("{rule}: {} {shape} but {} {other}", first.0, part.0);
        let diagnostic = Diagnostic::new(kinds::SHAPE_MISMATCH, part.1, message);
        self.report(diagnostic.label(other).also(first.1, shape))
    }
}
