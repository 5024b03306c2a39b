//! Which outputs differ: at a few points modulo a prime. Of those that agree there the portfolio decides
//! whether they agree on the whole domain.

use super::super::coordinates::Point;
use super::super::modular::fields;
use super::super::problem::Problem;
use super::super::{Question, Relation, Verdict, decide};
use super::{Agreement, Split, affordable, all_of};
use crate::arithmetic::Arithmetic;
use crate::budget::Budget;
use crate::calibration::MODULAR_MULTIPLICATION;
use crate::network::{Arrangement, Builder, Network, NodeId, Operation, Shape};

/// How often the portfolio is asked: on a domain a difference can be too rare for the first look.
const QUESTIONS: usize = 8;
/// Outputs that agree are joined from at most this many runs of neighbours.
const RUNS: usize = 1_000;

/// Which outputs agree on the domain; `None` when one look takes too long.
pub(super) fn split(problem: &Problem<'_>, budget: &Budget) -> Option<Split> {
    let mut differs = first_look(problem, budget)?;
    let mut how = None;
    for _ in 0..QUESTIONS {
        let agree: Vec<usize> = (0..differs.len()).filter(|&output| !differs[output]).collect();
        if agree.is_empty() || budget.expired() {
            break;
        }
        let Some((a, b)) = only(problem.a, &agree).zip(only(problem.b, &agree)) else { break };
        let question = Question { a: &a, b: &b, relation: Relation::Equal, domain: problem.domain };
        match decide(&question, budget) {
            Ok(Verdict::Equal(proof)) => {
                let error = proof.method.error_log2();
                how = error.map_or(Some(Agreement::Proved), |error_log2| all_of(error_log2, QUESTIONS));
                break;
            }
            Ok(Verdict::Different(witness)) => {
                let found = witness.evaluations.first().and_then(|evaluation| evaluation.output.first());
                *differs.get_mut(*agree.get(*found?)?)? = true;
            }
            Ok(Verdict::Undecided(_)) | Err(_) => break,
        }
    }
    let (differ, others): (Vec<usize>, Vec<usize>) = (0..differs.len()).partition(|&output| differs[output]);
    Some(Split::new(differ, others, how))
}

/// For every output, whether it differs at some random points of the domain modulo a prime. `None` if that
/// takes too long.
pub(super) fn first_look(problem: &Problem<'_>, budget: &Budget) -> Option<Vec<bool>> {
    let outputs = problem.a.output_shape().size();
    let block = problem.block(budget).ok()?;
    let count = if problem.finite().is_empty() { 2 } else { block.min(64) };
    // Deciding takes some looks more.
    let seconds = 16.0
        * MODULAR_MULTIPLICATION
        * (problem.cost.once + count as f64 * (problem.cost.per_point + problem.coordinates.len() as f64));
    if outputs == 0 || !affordable(seconds, budget) {
        return None;
    }
    let mut stream = problem.stream("differing outputs");
    for field in fields().take(3) {
        // A prime that divides a denominator shows nothing.
        let Ok(modular) = problem.modulo(&field, budget) else { continue };
        let points: Vec<Point> =
            (0..count).map(|_| problem.random_point(&mut stream, field.prime())).collect();
        let mut differs = vec![false; outputs];
        for points in points.chunks(block) {
            for values in modular.values(points).ok()?.chunks(outputs) {
                for (differs, value) in differs.iter_mut().zip(values) {
                    *differs |= *value != field.zero();
                }
            }
        }
        return Some(differs);
    }
    None
}

/// The network with some of its outputs alone, in a row; `None` when they are too scattered.
pub(super) fn only(network: &Network, outputs: &[usize]) -> Option<Network> {
    let mut runs: Vec<(usize, usize)> = Vec::new();
    for &output in outputs {
        match runs.last_mut() {
            Some((start, length)) if *start + *length == output => *length += 1,
            _ => runs.push((output, 1)),
        }
    }
    if runs.len() > RUNS {
        return None;
    }
    let mut builder = Builder::new();
    let inputs = builder.inputs(network);
    let output = builder.import(network, &inputs).ok()?;
    let flat = Shape::new([network.output_shape().size()])?;
    let row = pieces(&mut builder, output).filter(|pieces| pieces.len() == flat.size());
    let parts: Option<Vec<NodeId>> = match row {
        // Outputs that are computed one by one: what the others need is left out.
        Some(pieces) => outputs.iter().map(|&output| pieces.get(output).copied()).collect(),
        None => {
            let row = builder.reshape(output, flat).ok()?;
            runs.into_iter().map(|(start, length)| builder.slice(row, 0, start, length).ok()).collect()
        }
    };
    let output = builder.concat(parts?, 0).ok()?;
    Some(builder.network(network.inputs().to_vec(), output))
}

/// The entries that a node joins, each with one entry along the only axis.
fn pieces(builder: &mut Builder, node: NodeId) -> Option<Vec<NodeId>> {
    let Operation::Arrange { operands, arrangement: Arrangement::Concat { axis: 0 } } =
        &builder.node(node).operation
    else {
        return None;
    };
    let single = |id: &NodeId| builder.shape(*id).axes() == [1];
    operands.iter().all(single).then(|| operands.clone())
}
