//! Bilinear attention: two score maps multiplied entry by entry, no softmax.
//!
//! Per head, `z_s = sum_t mask[s, t] (q1_s . k1_t) (q2_s . k2_t) c^2 v_t`, then `o`. All heads are one
//! contraction with five operands (and the mask), so that the layer is a single product of its inputs.

use super::arguments::{Arguments, TensorArgument};
use super::layers::{add_bias, apply_matrix, matrix};
use super::rotary;
use crate::diagnostic::{Diagnostic, Span};
use crate::model::graph::Graph;
use crate::model::kinds;
use crate::model::value::{Eval, all};
use crate::model::words::is_shape;
use crate::network::{Data, Einsum, Label, NodeId};
use crate::plural::plural;
use num_rational::BigRational;
use num_traits::One;

/// The masks that have a name.
pub(super) const MASKS: [&str; 3] = ["causal", "none", "diag"];

/// The sizes of an attention layer.
struct Sizes {
    /// Leading axes of the input, before the sequence.
    lead: Vec<usize>,
    sequence: usize,
    heads: usize,
    /// Entries of a query or key of one head.
    head: usize,
    /// Entries of a value of one head.
    value: usize,
}

pub(super) fn attention(graph: &mut Graph<'_>, arguments: &Arguments) -> Eval<NodeId> {
    let x = arguments.required("x")?;
    let sizes = sizes(graph, arguments, x)?;
    let tables = tables(graph, arguments, &sizes);
    let mask = mask(graph, arguments, &sizes);
    let projected =
        all(["q1", "k1", "q2", "k2", "v"].into_iter().map(|name| projection(graph, arguments, x, name)));
    let (projected, tables, mask) = (projected?, tables?, mask?);

    let mut operands: Vec<NodeId> = Vec::with_capacity(6);
    for (position, id) in projected.into_iter().enumerate() {
        let width = if position < 4 { sizes.head } else { sizes.value };
        let mut axes = sizes.lead.clone();
        axes.extend([sizes.sequence, sizes.heads, width]);
        let split = graph.reshaped(id, axes, arguments.span)?;
        let turned = match tables {
            Some((cos, sin)) if position < 4 => rotate(graph, split, cos, sin, &sizes, arguments.span)?,
            _ => split,
        };
        operands.push(turned);
    }

    // Labels: the leading axes, then s, t, head, j (first score), l (second score), m (value).
    let lead: Vec<Label> = (0..sizes.lead.len() as Label).collect();
    let first = lead.len() as Label;
    let (s, head, j, l, m) = (first, first + 2, first + 3, first + 4, first + 5);
    let t = if matches!(mask, Mask::Diagonal) { s } else { first + 1 };
    let with = |tail: [Label; 3]| -> Vec<Label> { lead.iter().copied().chain(tail).collect() };
    let mut labels = vec![with([s, head, j]), with([t, head, j]), with([s, head, l]), with([t, head, l])];
    labels.push(with([t, head, m]));
    if let Mask::Tensor(mask) = mask {
        operands.push(mask);
        labels.push(vec![s, t]);
    }
    let attended = graph.build(arguments.span, |builder| {
        builder.contract(operands, Einsum { operands: labels, output: with([s, head, m]) })
    })?;

    let scale = match arguments.number("score_scale") {
        Some((scale, _)) => scale.clone(),
        None => BigRational::new(1.into(), sizes.head.into()),
    };
    let attended = graph.scaled(&scale * &scale, attended, arguments.span)?;
    let mut axes = sizes.lead.clone();
    axes.extend([sizes.sequence, sizes.heads * sizes.value]);
    let joined = graph.reshaped(attended, axes, arguments.span)?;
    let o = arguments.required("o")?;
    let y = apply_matrix(graph, (joined, "the output of the heads", arguments.span), (o, "o"));
    add_bias(graph, y, (o, "o"), (arguments.tensor("o_bias"), "o_bias"), arguments.span)
}

fn sizes(graph: &mut Graph<'_>, arguments: &Arguments, x: TensorArgument) -> Eval<Sizes> {
    let shape = graph.shape(x.id);
    let [lead @ .., sequence, _] = shape.axes() else {
        let message = format!("attention works on sequences of vectors, but `x` {}", is_shape(&shape));
        let diagnostic = Diagnostic::new(kinds::SHAPE_MISMATCH, x.span, message);
        return Err(graph.report(diagnostic.help("the shape of `x` is [sequence, width]")));
    };
    let (heads, heads_span) = arguments.natural("heads").unwrap_or((1, arguments.span));
    if heads == 0 {
        return Err(graph.error(kinds::INVALID_ARGUMENT, heads_span, "there must be at least one head"));
    }
    let q1 = arguments.required("q1")?;
    let mut rows: Vec<usize> = Vec::with_capacity(5);
    for name in ["q1", "k1", "q2", "k2", "v"] {
        let weight = arguments.required(name)?;
        // If the number of heads is wrong, one error is enough.
        rows.push(rows_per_head(graph, weight, name, heads)?);
    }
    let (head, value) = (rows[0], rows[4]);
    let mut failed = None;
    for (name, &other) in ["k1", "q2", "k2"].into_iter().zip(&rows[1..4]) {
        if other != head {
            let weight = arguments.required(name)?;
            let (first, shape) = (graph.shape(q1.id), graph.shape(weight.id));
            let rule = "queries and keys must have the same number of rows";
            let sides = [("`q1`", q1.span, &first), (&format!("`{name}`"), weight.span, &shape)];
            failed = Some(graph.misfit(rule, sides));
        }
    }
    if head == 0 {
        failed = Some(graph.error(kinds::INVALID_ARGUMENT, q1.span, "a head needs at least one entry"));
    }
    match failed {
        Some(reported) => Err(reported),
        None => Ok(Sizes { lead: lead.to_vec(), sequence: *sequence, heads, head, value }),
    }
}

/// The number of rows of a matrix that belong to one head. The rows of a head are contiguous.
fn rows_per_head(graph: &mut Graph<'_>, weight: TensorArgument, name: &str, heads: usize) -> Eval<usize> {
    let (rows, _) = matrix(graph, weight, name)?;
    if rows % heads != 0 {
        let message = format!("the {rows} rows of `{name}` cannot be divided among {heads} heads");
        return Err(graph.error(kinds::SHAPE_MISMATCH, weight.span, message));
    }
    Ok(rows / heads)
}

/// `name x + name_bias`
fn projection(graph: &mut Graph<'_>, arguments: &Arguments, x: TensorArgument, name: &str) -> Eval<NodeId> {
    let weight = arguments.required(name)?;
    let y = apply_matrix(graph, (x.id, "x", x.span), (weight, name));
    let bias = format!("{name}_bias");
    add_bias(graph, y, (weight, name), (arguments.tensor(&bias), &bias), arguments.span)
}

enum Mask {
    /// Every position sees every position.
    None,
    /// Every position sees only itself.
    Diagonal,
    /// A matrix says how much each position sees of each other.
    Tensor(NodeId),
}

fn mask(graph: &mut Graph<'_>, arguments: &Arguments, sizes: &Sizes) -> Eval<Mask> {
    let n = sizes.sequence;
    if let Some(mask) = arguments.tensor("mask") {
        let shape = graph.shape(mask.id);
        if shape.axes() != [n, n] {
            let message = format!("`mask` {} but the sequence has length {n}", is_shape(&shape));
            let diagnostic = Diagnostic::new(kinds::SHAPE_MISMATCH, mask.span, message);
            return Err(
                graph.report(diagnostic.help("mask[s, t] is the factor of position t in the result at s"))
            );
        }
        return Ok(Mask::Tensor(mask.id));
    }
    match arguments.text("mask") {
        Some(("causal", span)) => {
            let shape = graph.checked_shape(vec![n, n], span)?;
            graph.afford_entries(shape.size(), span)?;
            let entries = (0..shape.size()).map(|position| i64::from(position % n <= position / n)).collect();
            graph.made(shape, Data::Integer(entries), span).map(Mask::Tensor)
        }
        Some(("diag", _)) => Ok(Mask::Diagonal),
        _ => Ok(Mask::None),
    }
}

/// The tables of cosines and sines, `[sequence, d_head / 2]` each.
fn tables(graph: &mut Graph<'_>, arguments: &Arguments, sizes: &Sizes) -> Eval<Option<(NodeId, NodeId)>> {
    let rotary = arguments.number("rotary");
    let given = (arguments.tensor("rotary_cos"), arguments.tensor("rotary_sin"));
    let any = rotary.map(|(_, span)| span).or(given.0.or(given.1).map(|table| table.span));
    let Some(any) = any else { return Ok(None) };
    if sizes.head % 2 == 1 {
        let message = format!("rotary turns pairs of entries, but a head has {}", sizes.head);
        let q1 = arguments.required("q1")?;
        let diagnostic = Diagnostic::new(kinds::INVALID_ARGUMENT, any, message);
        let rows = format!("{} rows for {}", sizes.head * sizes.heads, plural(sizes.heads, "head", "heads"));
        return Err(graph.report(diagnostic.also(q1.span, rows)));
    }
    let half = sizes.head / 2;
    let shape = graph.checked_shape(vec![sizes.sequence, half], any)?;
    match (rotary, given) {
        (None, (Some(cos), Some(sin))) => {
            for (name, table) in [("rotary_cos", cos), ("rotary_sin", sin)] {
                let found = graph.shape(table.id);
                if found != shape {
                    let message = format!(
                        "`{name}` {} but must be {}x{half}: positions by half the entries of a head",
                        is_shape(&found),
                        sizes.sequence
                    );
                    return Err(graph.error(kinds::SHAPE_MISMATCH, table.span, message));
                }
            }
            Ok(Some((cos.id, sin.id)))
        }
        (Some((base, span)), (None, None)) => {
            if !rotary::base_is_supported(base) {
                let message = "the base of rotary must be between 2^-512 and 2^512";
                return Err(graph.error(kinds::INVALID_ARGUMENT, span, message));
            }
            // Computing an entry takes two products of numbers of some hundred bits.
            graph.afford_entries(shape.size().saturating_mul(2), span)?;
            graph.spend(shape.size() as u64, span)?;
            let (cos, sin) = rotary::tables(base, sizes.head, sizes.sequence);
            let cos = graph.made(shape.clone(), Data::F64(cos), span)?;
            let sin = graph.made(shape, Data::F64(sin), span)?;
            Ok(Some((cos, sin)))
        }
        (None, (Some(table), None) | (None, Some(table))) => {
            let message = "`rotary_cos` and `rotary_sin` must be given together";
            Err(graph.error(kinds::INVALID_ARGUMENT, table.span, message))
        }
        (_, (cos, sin)) => {
            let message = "give either `rotary` or `rotary_cos` and `rotary_sin`, not both";
            let span = cos.or(sin).map_or(any, |table| table.span);
            Err(graph.error(kinds::INVALID_ARGUMENT, span, message))
        }
    }
}

/// Turns the pairs (j, j + half) of every head: `y_j = x_j cos - x_{j+half} sin` and
/// `y_{j+half} = x_{j+half} cos + x_j sin`.
fn rotate(
    graph: &mut Graph<'_>,
    x: NodeId,
    cos: NodeId,
    sin: NodeId,
    sizes: &Sizes,
    span: Span,
) -> Eval<NodeId> {
    let axis = sizes.lead.len() + 2;
    let half = sizes.head / 2;
    let low = graph.build(span, |builder| builder.slice(x, axis, 0, half))?;
    let high = graph.build(span, |builder| builder.slice(x, axis, half, half))?;
    let rank = axis as Label + 1;
    let labels: Vec<Label> = (0..rank).collect();
    let mut times = |half: NodeId, table: NodeId| -> Eval<NodeId> {
        let spec =
            Einsum { operands: vec![labels.clone(), vec![rank - 3, rank - 1]], output: labels.clone() };
        graph.build(span, |builder| builder.contract(vec![half, table], spec))
    };
    let (low_cos, low_sin) = (times(low, cos)?, times(low, sin)?);
    let (high_cos, high_sin) = (times(high, cos)?, times(high, sin)?);
    let one = BigRational::one();
    let first = graph
        .build(span, |builder| builder.combine(vec![(one.clone(), low_cos), (-one.clone(), high_sin)]))?;
    let second =
        graph.build(span, |builder| builder.combine(vec![(one.clone(), high_cos), (one, low_sin)]))?;
    graph.build(span, |builder| builder.concat(vec![first, second], axis))
}
