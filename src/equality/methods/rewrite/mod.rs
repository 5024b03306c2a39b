//! Equality by rewriting: B is A with hidden units permuted, rescaled, split, merged, dropped when dead, or
//! with factors swapped.
//!
//! Both networks are evaluated over one table of classes of entries that are the same function up to a
//! rational factor (value numbering, or congruence closure, of single hidden units): `numbering` is the
//! arithmetic, `table` the classes, `row` linear combinations up to a factor and `coefficient` exact numbers.
//! A hidden unit is found again by its factors, in either order and at any scale; a linear combination by its
//! coefficients over the classes it reads, where those of equal units have been added up and zeros dropped.
//! If every output entry of both networks has the same class and the same factor, the networks are equal.
//! Rows are compared entry by entry; hashes only find candidates.
//!
//! The first attempt compares linear maps as they are. If it fails, a second one multiplies each linear map
//! into the next (`folding`), so that any basis may be chosen between two layers.
//!
//! The method never refutes anything. What it proves needs no search to check: a checker only repeats the
//! numbering. `explain` reads off the table which unit is which.

mod coefficient;
mod explain;
mod numbering;
mod row;
mod table;
#[cfg(test)]
mod tests;

use num_rational::BigRational;

use super::{Approach, Class, Outcome, Plan, Procedure};
use crate::arithmetic::Arithmetic;
use crate::budget::Budget;
use crate::calibration::{COEFFICIENT_OPERATION, COEFFICIENT_PRODUCT};
use crate::equality::fit::check;
use crate::equality::problem::Problem;
use crate::equality::{Domain, Method};
use crate::network::{EvaluateError, Network, NodeId, Shape, Tensor, cost, evaluate};
use crate::shortage::Why;
use numbering::{Layer, Numbering};
use table::{Table, Value};

/// Bytes of an element.
const BYTES_PER_ELEMENT: f64 = 24.0;
/// A second attempt that multiplies linear maps may take this many operations, and this many times those of
/// the first: more of them if random evaluation is no alternative.
const FOLDING_OPERATIONS: u64 = 1 << 20;
const FOLDING_FACTOR: u64 = 8;
const FOLDING_FACTOR_IF_CERTAIN: u64 = 1_000;

/// How the hidden units of one network correspond to those of another that is the same function.
#[derive(Clone, Debug, PartialEq)]
pub struct Rewrite {
    /// Whether linear maps had to be multiplied into each other for it.
    pub folded: bool,
    /// Classes of entries of both networks.
    pub classes: u64,
    /// The layers of products, in the order of evaluation.
    pub layers: Vec<LayerMap>,
    /// For every layer of the first network, the node that it is and its shape. Empty when products are not
    /// nodes, but made within contractions of more operands; units are then numbered in the order of
    /// evaluation.
    pub nodes_a: Vec<(NodeId, Shape)>,
    /// The same for the second network.
    pub nodes_b: Vec<(NodeId, Shape)>,
}

/// The hidden units of one layer.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct LayerMap {
    /// The layer's number in both networks, from 1.
    pub layer: usize,
    /// Units that compute the same up to a factor, in the order of the units of the second network.
    pub units: Vec<Correspondence>,
    /// Units of the first network that are zero, or that the output does not depend on.
    pub dead_a: Vec<Vec<usize>>,
    /// The same for the second network.
    pub dead_b: Vec<Vec<usize>>,
    /// Other units of the first network that are not in any layer of the second.
    pub alone_a: Vec<Vec<usize>>,
    /// Other units of the second network that are not in any layer of the first.
    pub alone_b: Vec<Vec<usize>>,
}

/// Units of one class.
#[derive(Clone, Debug, PartialEq)]
pub struct Correspondence {
    /// The layer of the first network that they are in, from 1.
    pub layer_a: usize,
    /// The units of the first network, at least one: positions in the layer.
    pub a: Vec<Vec<usize>>,
    /// The units of the second network, at least one: positions in the layer.
    pub b: Vec<Vec<usize>>,
    /// The first of `b` is this times the first of `a`; `None` when the number is too long to write down.
    pub factor: Option<BigRational>,
    /// How the factors of the first of `b` come from those of the first of `a`, if they do one by one.
    pub sides: Option<Sides>,
}

/// The two factors of a unit of the second network, compared with those of a unit of the first.
#[derive(Clone, Debug, PartialEq)]
pub struct Sides {
    /// The left factor is this times a factor of the unit of the first network.
    pub left: BigRational,
    /// The right factor is this times the other.
    pub right: BigRational,
    /// Whether the left factor comes from the right one.
    pub swapped: bool,
}

/// The share of the time that is left which looking for the parting of two networks may take.
const PARTING_SHARE: f64 = 0.9;

/// Rewriting is tried first unless it would take more than this share of the time.
const SHARE: f64 = 0.2;

/// Rewriting.
pub(crate) struct Rewriting;

impl Procedure for Rewriting {
    fn approach(&self) -> Approach {
        Approach::Rewrite
    }

    fn name(&self, _: &Problem<'_>) -> &'static str {
        "rewrite"
    }

    fn class(&self, seconds: f64, budget: &Budget) -> Class {
        let short = seconds < budget.seconds_left() * SHARE;
        if short { Class::Explanation } else { Class::of_certain(seconds) }
    }

    fn plan<'p>(&self, problem: &'p Problem<'_>, budget: &Budget) -> Result<Plan<'p>, Why> {
        let Prediction { operations, seconds } = predict(problem.a, problem.b, budget)?;
        let what = match operations {
            ..1e6 => format!("{operations:.0} operations on coefficients"),
            _ => format!("{operations:.1e} operations on coefficients"),
        };
        Ok(Plan { seconds, what, run: Box::new(move |budget| run(problem, budget)) })
    }
}

/// What the method is predicted to take.
struct Prediction {
    /// Operations on coefficients.
    operations: f64,
    seconds: f64,
}

/// What the method takes; or why it cannot be used.
fn predict(a: &Network, b: &Network, budget: &Budget) -> Result<Prediction, Why> {
    let (mut operations, mut seconds, mut live) = (0.0, 2e-5, 0.0f64);
    for network in [a, b] {
        let cost = cost(network);
        let all = cost.per_point + cost.once;
        operations += all;
        seconds += (all - cost.products).max(0.0) * COEFFICIENT_OPERATION;
        seconds += cost.products * COEFFICIENT_PRODUCT;
        live = live.max(cost.live_per_point + cost.live_once);
    }
    if live * BYTES_PER_ELEMENT > budget.memory as f64 / 2.0 {
        return Err("the networks are too large to number their entries".into());
    }
    Ok(Prediction { operations, seconds })
}

fn numbering(folding: bool, budget: &Budget, operations: u64) -> Numbering {
    Numbering::new(folding, budget.memory / 2, operations, budget.stop())
}

/// Numbers both networks, first as they are; if that does not do, with folded sums.
fn run(problem: &Problem<'_>, budget: &Budget) -> Result<Outcome, EvaluateError> {
    let (a, b) = (problem.a, problem.b);
    let both = number(a, b, numbering(false, budget, u64::MAX))?;
    if let Some(rewrite) = both.rewrite(a, b, false) {
        return Ok(Outcome::Equal(Method::Rewrite(rewrite)));
    }
    let operations = both.operations;
    // The second table takes its place in memory.
    drop(both);
    let factor = if budget.certain_only { FOLDING_FACTOR_IF_CERTAIN } else { FOLDING_FACTOR };
    let more = operations.saturating_mul(factor).saturating_add(FOLDING_OPERATIONS);
    let both = number(a, b, numbering(true, budget, more));
    match both.map(|both| both.rewrite(a, b, true)) {
        Ok(Some(rewrite)) => Ok(Outcome::Equal(Method::Rewrite(rewrite))),
        // How much more it would take is not known.
        _ if budget.expired() => Ok(Outcome::Late(0.0)),
        _ => Ok(Outcome::Undecided("hidden units do not correspond one by one".into())),
    }
}

/// Two networks over one table of classes.
struct Numbered {
    output_a: Tensor<Value>,
    output_b: Tensor<Value>,
    layers_a: Vec<Layer>,
    layers_b: Vec<Layer>,
    table: Table,
    operations: u64,
}

impl Numbered {
    /// The proof that they are equal, if their outputs are.
    fn rewrite(&self, a: &Network, b: &Network, folded: bool) -> Option<Rewrite> {
        if self.output_a != self.output_b {
            return None;
        }
        let used = self.table.reachable(self.output_a.data().iter().map(|value| value.class));
        let (nodes_a, nodes_b) = (explain::nodes(a, &self.layers_a), explain::nodes(b, &self.layers_b));
        let layers = explain::layers((&self.layers_a, &nodes_a), (&self.layers_b, &nodes_b), &used);
        Some(Rewrite { folded, classes: self.table.len() as u64, layers, nodes_a, nodes_b })
    }
}

fn number(a: &Network, b: &Network, numbering: Numbering) -> Result<Numbered, EvaluateError> {
    let inputs: Vec<Tensor<Value>> = a
        .inputs()
        .iter()
        .filter_map(|input| Tensor::new(input.shape.clone(), numbering.inputs(input.shape.size())))
        .collect();
    let output_a = evaluate(&numbering, a, &inputs)?;
    let layers_a = numbering.take_layers();
    let output_b = evaluate(&numbering, b, &inputs)?;
    let layers_b = numbering.take_layers();
    // Values made after a halt mean nothing.
    numbering.status()?;
    let operations = numbering.operations();
    Ok(Numbered { output_a, output_b, layers_a, layers_b, table: numbering.into_table(), operations })
}

/// Where two networks that differ part, as far as hidden units can be recognised.
#[derive(Clone, Debug, PartialEq)]
pub struct Parting {
    /// How many layers of products each network has.
    pub layers: usize,
    /// The first layer with units that are not found in the other network; `None` when there is none, so that
    /// the difference lies in what reads the last layer.
    pub first: Option<LayerMap>,
}

/// Where two networks that differ part. `None` when they are not of one architecture (as many layers of
/// products, of the same sizes), when they have nothing in common to begin with, or when it would take too
/// long.
pub fn parting(a: &Network, b: &Network, budget: &Budget) -> Option<Parting> {
    check(a, b, &Domain::everywhere(a.inputs().len())).ok()?;
    if predict(a, b, budget).ok()?.seconds > budget.seconds_left() * PARTING_SHARE {
        return None;
    }
    let both = number(a, b, numbering(false, budget, u64::MAX)).ok()?;
    let sizes = |layers: &[Layer]| layers.iter().map(|layer| layer.product.len()).collect::<Vec<_>>();
    if sizes(&both.layers_a) != sizes(&both.layers_b) {
        return None;
    }
    let (nodes_a, nodes_b) = (explain::nodes(a, &both.layers_a), explain::nodes(b, &both.layers_b));
    let used = vec![true; both.table.len()];
    let maps = explain::layers((&both.layers_a, &nodes_a), (&both.layers_b, &nodes_b), &used);
    let layers = maps.len();
    let parts = |map: &LayerMap| !map.alone_a.is_empty() || !map.alone_b.is_empty();
    let related = maps.first().is_some_and(|map| !map.units.is_empty());
    related.then(|| Parting { layers, first: maps.into_iter().find(parts) })
}
