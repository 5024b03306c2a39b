//! Layers that act on the last axis: `linear` and `bilinear`. Matrices are `(out, in)`, as PyTorch stores
//! them.

use super::arguments::{Arguments, TensorArgument};
use super::tensors;
use crate::diagnostic::{Diagnostic, Span};
use crate::model::graph::Graph;
use crate::model::kinds;
use crate::model::value::{Eval, Reported};
use crate::model::words::{is_shape, shape_words};
use crate::network::{Einsum, Label, NodeId, Shape};
use crate::plural::plural;
use num_rational::BigRational;
use num_traits::One;

pub(super) fn linear(graph: &mut Graph<'_>, arguments: &Arguments) -> Eval<NodeId> {
    let x = arguments.required("x")?;
    let weight = arguments.required("W")?;
    let y = apply_matrix(graph, (x.id, "x", x.span), (weight, "W"));
    // The bias is checked against the matrix even if the matrix does not fit the input.
    add_bias(graph, y, (weight, "W"), (arguments.tensor("bias"), "bias"), arguments.span)
}

/// `down((left x) * (right x)) + bias`: one binary product node.
pub(super) fn bilinear(graph: &mut Graph<'_>, arguments: &Arguments) -> Eval<NodeId> {
    let x = arguments.required("x")?;
    let (left, right, down) =
        (arguments.required("left")?, arguments.required("right")?, arguments.required("down")?);
    let p = apply_matrix(graph, (x.id, "x", x.span), (left, "left"));
    let q = apply_matrix(graph, (x.id, "x", x.span), (right, "right"));
    let hidden = match (p, q) {
        (Ok(p), Ok(q)) => {
            let (rows, other) = (graph.shape(left.id), graph.shape(right.id));
            if rows.axes().first() == other.axes().first() {
                graph.build(arguments.span, |builder| builder.multiply(p, q))
            } else {
                let rule = "`left` and `right` must have the same number of rows";
                let sides = [("`left`", left.span, &rows), ("`right`", right.span, &other)];
                Err(graph.misfit(rule, sides))
            }
        }
        _ => Err(Reported),
    };
    let y = hidden
        .and_then(|hidden| apply_matrix(graph, (hidden, "the hidden layer", left.span), (down, "down")));
    add_bias(graph, y, (down, "down"), (arguments.tensor("bias"), "bias"), arguments.span)
}

/// The rows and columns of an argument that must be a matrix.
pub(super) fn matrix(graph: &mut Graph<'_>, weight: TensorArgument, name: &str) -> Eval<(usize, usize)> {
    let shape = graph.shape(weight.id);
    match shape.axes() {
        &[rows, columns] => Ok((rows, columns)),
        _ => {
            let message = format!("`{name}` must be a matrix, but it {}", is_shape(&shape));
            let diagnostic = Diagnostic::new(kinds::SHAPE_MISMATCH, weight.span, message);
            Err(graph
                .report(diagnostic.help(
                    "its shape is [out, in], and the input comes first, as in `linear(x, W, bias: b)`",
                )))
        }
    }
}

/// `weight x` along the last axis of `x`, one node. Names are for messages.
pub(super) fn apply_matrix(
    graph: &mut Graph<'_>,
    (x, x_name, x_span): (NodeId, &str, Span),
    (weight, name): (TensorArgument, &str),
) -> Eval<NodeId> {
    let (rows, columns) = matrix(graph, weight, name)?;
    let shape = graph.shape(x);
    if shape.axes().last() != Some(&columns) {
        let subject = if x_name == "x" { "`x`".to_string() } else { x_name.to_string() };
        let message = format!("`{name}` is {rows}x{columns} but {subject} {}", is_shape(&shape));
        let takes = format!("takes vectors of {}", plural(columns, "entry", "entries"));
        let mut diagnostic = Diagnostic::new(kinds::SHAPE_MISMATCH, weight.span, message)
            .label(takes)
            .also(x_span, format!("{subject} {}", is_shape(&shape)));
        if shape.axes().last() == Some(&rows) {
            diagnostic = diagnostic
                .help(format!("matrices are (out, in), `y = {name} x`; this one may need `transpose`"));
        }
        return Err(graph.report(diagnostic));
    }
    let rank = shape.rank() as Label;
    let labels: Vec<Label> = (0..rank).collect();
    let mut output = labels.clone();
    if let Some(last) = output.last_mut() {
        *last = rank;
    }
    let mut axes = shape.axes().to_vec();
    if let Some(last) = axes.last_mut() {
        *last = rows;
    }
    graph.checked_shape(axes, weight.span)?;
    let spec = Einsum { operands: vec![labels, vec![rank, rank - 1]], output };
    graph.build(weight.span, |builder| builder.contract(vec![x, weight.id], spec))
}

/// Adds a bias of shape `[out]` along the last axis, if there is one.
pub(super) fn add_bias(
    graph: &mut Graph<'_>,
    y: Eval<NodeId>,
    (weight, weight_name): (TensorArgument, &str),
    (bias, name): (Option<TensorArgument>, &str),
    span: Span,
) -> Eval<NodeId> {
    let Some(bias) = bias else { return y };
    let (bias_shape, weight_shape) = (graph.shape(bias.id), graph.shape(weight.id));
    if let &[rows, _] = weight_shape.axes()
        && bias_shape.axes() != [rows]
    {
        let message = format!(
            "`{name}` {} but `{weight_name}` is {}, so it must have {}",
            is_shape(&bias_shape),
            shape_words(&weight_shape),
            plural(rows, "entry", "entries")
        );
        let diagnostic = Diagnostic::new(kinds::SHAPE_MISMATCH, bias.span, message)
            .label(is_shape(&bias_shape))
            .also(weight.span, is_shape(&weight_shape));
        return Err(graph.report(diagnostic));
    }
    let y = y?;
    let axes = graph.shape(y).axes().to_vec();
    let lead = &axes[..axes.len().saturating_sub(1)];
    let spread = if lead.is_empty() {
        bias.id
    } else {
        // The outer product with ones repeats the bias over the leading axes.
        let shape = Shape::new(lead).unwrap_or_default();
        let ones = tensors::filled_with(graph, shape, 1, span)?;
        let rank = lead.len() as Label;
        let spec = Einsum { operands: vec![(0..rank).collect(), vec![rank]], output: (0..=rank).collect() };
        graph.build(span, |builder| builder.contract(vec![ones, bias.id], spec))?
    };
    graph.build(span, |builder| builder.combine(vec![(BigRational::one(), y), (BigRational::one(), spread)]))
}
