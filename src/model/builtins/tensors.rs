//! Making tensors and moving their entries: everything that is not a layer.

use super::arguments::{Arguments, TensorArgument};

use crate::diagnostic::{Diagnostic, Span};
use crate::model::graph::Graph;
use crate::model::kinds;
use crate::model::value::{Eval, Reported};
use crate::model::words::{is_shape, shape_words};
use crate::network::{Data, Einsum, Label, NodeId, Shape};
use crate::plural::plural;
use num_rational::BigRational;

pub(super) fn zeros(graph: &mut Graph<'_>, arguments: &Arguments) -> Eval<NodeId> {
    filled(graph, arguments, 0)
}

pub(super) fn ones(graph: &mut Graph<'_>, arguments: &Arguments) -> Eval<NodeId> {
    filled(graph, arguments, 1)
}

fn filled(graph: &mut Graph<'_>, arguments: &Arguments, value: i64) -> Eval<NodeId> {
    let shape = graph.checked_shape(arguments.all_naturals(), arguments.span)?;
    filled_with(graph, shape, value, arguments.span)
}

/// A constant of equal entries: the graph repeats a scalar, so its size does not matter.
pub(super) fn filled_with(graph: &mut Graph<'_>, shape: Shape, value: i64, span: Span) -> Eval<NodeId> {
    let scalar = graph.builder.scalar(BigRational::from_integer(value.into()));
    graph.build(span, |builder| builder.broadcast(scalar, shape))
}

pub(super) fn eye(graph: &mut Graph<'_>, arguments: &Arguments) -> Eval<NodeId> {
    let Some((n, _)) = arguments.natural("n") else { return Err(Reported) };
    identity(graph, n, arguments.span)
}

/// The identity matrix.
pub(super) fn identity(graph: &mut Graph<'_>, n: usize, span: Span) -> Eval<NodeId> {
    let shape = graph.checked_shape(vec![n, n], span)?;
    graph.afford_entries(shape.size(), span)?;
    let entries = (0..shape.size()).map(|position| i64::from(position / n == position % n)).collect();
    graph.made(shape, Data::Integer(entries), span)
}

pub(super) fn onehot(graph: &mut Graph<'_>, arguments: &Arguments) -> Eval<NodeId> {
    let (Some((i, at)), Some((n, _))) = (arguments.natural("i"), arguments.natural("n")) else {
        return Err(Reported);
    };
    if i >= n {
        let message = format!("the 1 cannot be at {i}: the vector has {}", plural(n, "entry", "entries"));
        return Err(graph.error(kinds::OUT_OF_BOUNDS, at, message));
    }
    let shape = graph.checked_shape(vec![n], arguments.span)?;
    graph.afford_entries(n, arguments.span)?;
    let entries = (0..n).map(|position| i64::from(position == i)).collect();
    graph.made(shape, Data::Integer(entries), arguments.span)
}

pub(super) fn diag(graph: &mut Graph<'_>, arguments: &Arguments) -> Eval<NodeId> {
    let x = arguments.required("x")?;
    match *graph.shape(x.id).axes() {
        [n] => {
            let identity = identity(graph, n, arguments.span)?;
            let spec = Einsum { operands: vec![vec![0], vec![0, 1]], output: vec![0, 1] };
            graph.build(arguments.span, |builder| builder.contract(vec![x.id, identity], spec))
        }
        [n, m] if n == m => graph.build(arguments.span, |builder| {
            builder.contract(vec![x.id], Einsum { operands: vec![vec![0, 0]], output: vec![0] })
        }),
        _ => {
            let shape = graph.shape(x.id);
            let message = format!("`diag` takes a vector or a square matrix, but this {}", is_shape(&shape));
            Err(graph.error(kinds::SHAPE_MISMATCH, x.span, message))
        }
    }
}

pub(super) fn transpose(graph: &mut Graph<'_>, arguments: &Arguments) -> Eval<NodeId> {
    let x = arguments.required("x")?;
    let rank = graph.shape(x.id).rank();
    let order: Vec<usize> = match arguments.naturals("order") {
        None => (0..rank).rev().collect(),
        Some((order, at)) => {
            let mut sorted = order.to_vec();
            sorted.sort_unstable();
            if !sorted.into_iter().eq(0..rank) {
                let axes = match rank {
                    0 => "nothing, because `x` is a scalar".to_string(),
                    1 => "0, the only axis of `x`".to_string(),
                    n => format!("each of the axes 0 to {} of `x` once", n - 1),
                };
                let message = format!("the order must name {axes}");
                return Err(graph.error(kinds::INVALID_ARGUMENT, at, message));
            }
            order.to_vec()
        }
    };
    graph.build(arguments.span, |builder| builder.transpose(x.id, &order))
}

pub(super) fn reshape(graph: &mut Graph<'_>, arguments: &Arguments) -> Eval<NodeId> {
    let x = arguments.required("x")?;
    let shape = graph.checked_shape(arguments.all_naturals(), arguments.span)?;
    let from = graph.shape(x.id);
    if from.size() != shape.size() {
        let message = format!(
            "`x` has {} but {} would have {}",
            plural(from.size(), "entry", "entries"),
            shape_words(&shape),
            shape.size()
        );
        let diagnostic = Diagnostic::new(kinds::SHAPE_MISMATCH, arguments.span, message);
        return Err(graph.report(diagnostic.also(x.span, is_shape(&from))));
    }
    graph.build(arguments.span, |builder| builder.reshape(x.id, shape))
}

pub(super) fn concat(graph: &mut Graph<'_>, arguments: &Arguments) -> Eval<NodeId> {
    let parts = arguments.tensors();
    let Some(first) = parts.first().copied() else { return Err(Reported) };
    let shape = graph.shape(first.id);
    let axis = axis(graph, arguments, shape.rank(), "concat", first)?;
    let mut total = 0usize;
    for (position, part) in parts.iter().enumerate() {
        let other = graph.shape(part.id);
        let fits = other.rank() == shape.rank()
            && other.axes().iter().zip(shape.axes()).enumerate().all(|(i, (a, b))| i == axis || a == b);
        if !fits {
            let rule = format!("the parts must agree in every axis but axis {axis}");
            let parts = [("the first", first.span, &shape), (&format!("part {position}"), part.span, &other)];
            return Err(graph.misfit(&rule, parts));
        }
        total = total.saturating_add(other.axes()[axis]);
    }
    let mut axes = shape.axes().to_vec();
    axes[axis] = total;
    graph.checked_shape(axes, arguments.span)?;
    graph.build(arguments.span, |builder| builder.concat(parts.iter().map(|part| part.id).collect(), axis))
}

pub(super) fn stack(graph: &mut Graph<'_>, arguments: &Arguments) -> Eval<NodeId> {
    let parts = arguments.tensors();
    let Some(first) = parts.first().copied() else { return Err(Reported) };
    let shape = graph.shape(first.id);
    let axis = axis(graph, arguments, shape.rank() + 1, "stack", first)?;
    for (position, part) in parts.iter().enumerate() {
        let other = graph.shape(part.id);
        if other != shape {
            let rule = "the parts must have one shape";
            let parts = [("the first", first.span, &shape), (&format!("part {position}"), part.span, &other)];
            return Err(graph.misfit(rule, parts));
        }
    }
    let mut axes = vec![parts.len()];
    axes.extend_from_slice(shape.axes());
    graph.checked_shape(axes, arguments.span)?;
    let stacked =
        graph.build(arguments.span, |builder| builder.stack(parts.iter().map(|part| part.id).collect()))?;
    // The new axis comes first; move it to its place.
    let mut order: Vec<usize> = (1..=shape.rank()).collect();
    order.insert(axis, 0);
    graph.build(arguments.span, |builder| builder.transpose(stacked, &order))
}

/// The argument `axis`, which must be below `bound`; 0 if it is left out.
fn axis(
    graph: &mut Graph<'_>,
    arguments: &Arguments,
    bound: usize,
    function: &str,
    first: TensorArgument,
) -> Eval<usize> {
    let (axis, at) = arguments.natural("axis").unwrap_or((0, first.span));
    if axis < bound {
        return Ok(axis);
    }
    let shape = graph.shape(first.id);
    let diagnostic = if bound == 0 {
        let message = format!("`{function}` joins along an axis, but a scalar has none");
        Diagnostic::new(kinds::SHAPE_MISMATCH, first.span, message)
            .help("`stack` and `[a, b]` make a vector of scalars")
    } else {
        no_axis(axis, &shape, at, bound).also(first.span, is_shape(&shape))
    };
    Err(graph.report(diagnostic))
}

/// The diagnostic of an axis that does not exist.
fn no_axis(axis: usize, shape: &Shape, at: Span, bound: usize) -> Diagnostic {
    let axes = match bound {
        0 => "there is none".to_string(),
        1 => "the only axis is 0".to_string(),
        n => format!("the axes are 0 to {}", n - 1),
    };
    Diagnostic::new(
        kinds::OUT_OF_BOUNDS,
        at,
        format!("there is no axis {axis}: the tensor {}", is_shape(shape)),
    )
    .label(axes)
}

pub(super) fn sum(graph: &mut Graph<'_>, arguments: &Arguments) -> Eval<NodeId> {
    let x = arguments.required("x")?;
    let shape = graph.shape(x.id);
    let labels: Vec<Label> = (0..shape.rank() as Label).collect();
    let mut output = Vec::new();
    if let Some((axis, at)) = arguments.natural("axis") {
        if axis >= shape.rank() {
            let diagnostic = no_axis(axis, &shape, at, shape.rank()).also(x.span, is_shape(&shape));
            return Err(graph.report(diagnostic));
        }
        output.clone_from(&labels);
        output.remove(axis);
    }
    graph.build(arguments.span, |builder| {
        builder.contract(vec![x.id], Einsum { operands: vec![labels], output })
    })
}

pub(super) fn dot(graph: &mut Graph<'_>, arguments: &Arguments) -> Eval<NodeId> {
    let (a, b) = vectors(graph, arguments)?;
    let (n, m) = (graph.shape(a.id), graph.shape(b.id));
    if n != m {
        let message = format!("`a` {} but `b` {}", is_shape(&n), is_shape(&m));
        let diagnostic = Diagnostic::new(kinds::SHAPE_MISMATCH, arguments.span, message);
        return Err(graph.report(diagnostic.also(a.span, is_shape(&n)).also(b.span, is_shape(&m))));
    }
    let spec = Einsum { operands: vec![vec![0], vec![0]], output: vec![] };
    graph.build(arguments.span, |builder| builder.contract(vec![a.id, b.id], spec))
}

pub(super) fn outer(graph: &mut Graph<'_>, arguments: &Arguments) -> Eval<NodeId> {
    let (a, b) = vectors(graph, arguments)?;
    let axes = [a, b].iter().flat_map(|vector| graph.shape(vector.id).axes().to_vec()).collect();
    graph.checked_shape(axes, arguments.span)?;
    let spec = Einsum { operands: vec![vec![0], vec![1]], output: vec![0, 1] };
    graph.build(arguments.span, |builder| builder.contract(vec![a.id, b.id], spec))
}

/// The arguments `a` and `b`, which must be vectors.
fn vectors(graph: &mut Graph<'_>, arguments: &Arguments) -> Eval<(TensorArgument, TensorArgument)> {
    let (a, b) = (arguments.required("a")?, arguments.required("b")?);
    let mut failed = None;
    for (name, argument) in [("a", a), ("b", b)] {
        let shape = graph.shape(argument.id);
        if shape.rank() != 1 {
            let function = arguments.function;
            let message = format!("`{function}` takes two vectors, but `{name}` {}", is_shape(&shape));
            let diagnostic = Diagnostic::new(kinds::SHAPE_MISMATCH, argument.span, message);
            failed = Some(graph.report(diagnostic.help("`@` and `einsum` multiply tensors of any shape")));
        }
    }
    failed.map_or(Ok((a, b)), Err)
}
