//! `[a, b]`: tensors of one shape along a new first axis.

use num_rational::BigRational;

use super::Graph;
use crate::diagnostic::{Diagnostic, Span};
use crate::model::kinds;
use crate::model::value::{Eval, Placed};
use crate::model::words::is_shape;
use crate::network::{Data, NodeId};

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
                let message = format!(
                    "the entries of a stack must have one shape: entry 0 {} but entry {position} {}",
                    is_shape(&shape),
                    is_shape(&other)
                );
                let diagnostic = Diagnostic::new(kinds::SHAPE_MISMATCH, part.span, message)
                    .label(is_shape(&other))
                    .also(first.span, is_shape(&shape));
                return Err(self.report(diagnostic));
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
}
