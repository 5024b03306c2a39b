//! The degree of networks in some entries of their inputs.

use super::values::Written;
use crate::arithmetic::{Arithmetic, DegreeRange, Degrees};
use crate::budget::Stop;
use crate::network::{EvaluateError, Network, Tensor, cost, evaluate_until};

/// Degrees are found out where that takes no more operations.
const MOST_OPERATIONS: f64 = 1e7;

/// For some entries each, a bound for the degree of all networks in them; `u64::MAX` where that is not found
/// out. Fails soon after `stop` is set.
pub(crate) fn degrees_in(
    networks: &[&Network],
    written: &[Written],
    stop: &Stop,
) -> Result<Vec<u64>, EvaluateError> {
    let operations = networks.iter().map(|network| {
        let cost = cost(network);
        cost.once + cost.per_point
    });
    if operations.sum::<f64>() * written.len() as f64 > MOST_OPERATIONS {
        return Ok(vec![u64::MAX; written.len()]);
    }
    let mut degrees = Vec::with_capacity(written.len());
    for &Written { input, start, width } in written {
        let mut degree = 0;
        for network in networks {
            let mut inputs: Vec<Vec<DegreeRange>> =
                network.inputs().iter().map(|input| vec![Degrees.one(); input.shape.size()]).collect();
            inputs[input][start..start + width].fill(DegreeRange::exactly(1));
            let inputs = inputs.into_iter().zip(network.inputs());
            let inputs = inputs.filter_map(|(entries, input)| Tensor::new(input.shape.clone(), entries));
            let outputs = evaluate_until(stop, &Degrees, network, &inputs.collect::<Vec<_>>())?;
            let all = outputs.data().iter().copied().fold(DegreeRange::Zero, DegreeRange::join);
            degree = degree.max(all.highest().unwrap_or(u64::MAX));
        }
        degrees.push(degree);
    }
    Ok(degrees)
}
