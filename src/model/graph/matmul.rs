//! `@`: NumPy's matmul.

use super::Graph;
use crate::diagnostic::{Diagnostic, Span};
use crate::model::kinds;
use crate::model::value::{Eval, Placed};
use crate::model::words::is_shape;
use crate::network::{Einsum, Label, NodeId};

impl Graph<'_> {
    /// The matrix product. A vector on the left is a row, a vector on the right a column. Leading axes are
    /// paired from the last; an axis that is missing or has length 1 is repeated.
    pub fn matmul(&mut self, left: &Placed<NodeId>, right: &Placed<NodeId>) -> Eval<NodeId> {
        let span = left.span.to(right.span);
        let (a, b) = (left.value, right.value);
        let (a_shape, b_shape) = (self.shape(a), self.shape(b));
        for (shape, operand) in [(&a_shape, left), (&b_shape, right)] {
            if shape.rank() == 0 {
                let what = self.quote(operand.span, "this side");
                let message = format!("`@` multiplies matrices and vectors, but {what} is a scalar");
                let diagnostic = Diagnostic::new(kinds::SHAPE_MISMATCH, span, message);
                return Err(self.report(
                    diagnostic.also(operand.span, "is a scalar").help("use `*` to multiply by a scalar"),
                ));
            }
        }
        let ((c, a), (d, b)) = (self.unscaled(a), self.unscaled(b));
        let (a_axes, b_axes) = (a_shape.axes(), b_shape.axes());
        let inner = (a_axes[a_axes.len() - 1], b_axes[b_axes.len().saturating_sub(2)]);
        if inner.0 != inner.1 {
            let (what, other) =
                (self.quote(left.span, "the left side"), self.quote(right.span, "the right side"));
            let message = format!(
                "the inner axes of `@` differ: {what} {} but {other} {}",
                is_shape(&a_shape),
                is_shape(&b_shape)
            );
            let ends = |axis: usize, n: usize| match axis {
                0 => format!("the first axis has length {n}"),
                _ => format!("axis {axis} has length {n}"),
            };
            let mut diagnostic = Diagnostic::new(kinds::SHAPE_MISMATCH, span, message)
                .also(left.span, format!("the last axis has length {}", inner.0))
                .also(right.span, ends(b_axes.len().saturating_sub(2), inner.1));
            if a_axes.len() == 2 && a_axes[0] == inner.1 {
                diagnostic =
                    diagnostic.help(format!("did you mean `transpose({})`?", what.trim_matches('`')));
            } else if let [.., rows, columns] = *b_axes
                && columns == inner.0
                && rows == inner.1
            {
                let (x, matrix) = (what.trim_matches('`'), other.trim_matches('`'));
                let (x, matrix) = if what == "the left side" { ("x", "W") } else { (x, matrix) };
                diagnostic = diagnostic.help(format!(
                    "PyTorch keeps the weight of a linear layer as (out, in): did you mean `{x} @ \
                     transpose({matrix})`, which is `linear({x}, {matrix})`?"
                ));
            }
            return Err(self.report(diagnostic));
        }
        // Leading axes are aligned from the last. An axis of length 1 that is paired with a longer one is
        // dropped.
        let a_lead = &a_axes[..a_axes.len().saturating_sub(2)];
        let b_lead = &b_axes[..b_axes.len().saturating_sub(2)];
        let rank = a_lead.len().max(b_lead.len());
        let at = |lead: &[usize], i: usize| (i + lead.len()).checked_sub(rank).map(|i| lead[i]);
        let mut labels: (Vec<Label>, Vec<Label>) = (Vec::new(), Vec::new());
        let mut kept: (Vec<usize>, Vec<usize>) = (Vec::new(), Vec::new());
        let mut output: Vec<Label> = Vec::new();
        for i in 0..rank {
            let label = i as Label;
            let (x, y) = (at(a_lead, i), at(b_lead, i));
            match (x, y) {
                (Some(x), Some(y)) if x != y && x != 1 && y != 1 => {
                    let message = format!(
                        "the leading axes of `@` differ: {} {} but {} {}",
                        self.quote(left.span, "the left side"),
                        is_shape(&a_shape),
                        self.quote(right.span, "the right side"),
                        is_shape(&b_shape)
                    );
                    return Err(self.error(kinds::SHAPE_MISMATCH, span, message));
                }
                _ => {}
            }
            if let Some(x) = x
                && (y.is_none() || x != 1 || y == Some(1))
            {
                labels.0.push(label);
                kept.0.push(x);
            }
            if let Some(y) = y
                && (x.is_none() || y != 1 || x == Some(1))
            {
                labels.1.push(label);
                kept.1.push(y);
            }
            output.push(label);
        }
        let (row, middle, column) = (rank as Label, rank as Label + 1, rank as Label + 2);
        kept.0.extend(&a_axes[a_lead.len()..]);
        kept.1.extend(&b_axes[b_lead.len()..]);
        if a_axes.len() > 1 {
            labels.0.push(row);
            output.push(row);
        }
        labels.0.push(middle);
        labels.1.push(middle);
        if b_axes.len() > 1 {
            labels.1.push(column);
            output.push(column);
        }
        let a = self.reshaped(a, kept.0, left.span)?;
        let b = self.reshaped(b, kept.1, right.span)?;
        let spec = Einsum { operands: vec![labels.0, labels.1], output };
        let product = self.build(span, |builder| builder.contract(vec![a, b], spec))?;
        self.scaled(c * d, product, span)
    }

    /// The entries of a node in another shape of the same size.
    pub fn reshaped(&mut self, id: NodeId, axes: Vec<usize>, span: Span) -> Eval<NodeId> {
        let shape = self.checked_shape(axes, span)?;
        self.build(span, |builder| builder.reshape(id, shape))
    }
}
