//! The coefficients of all monomials that networks may have, modulo a prime.

use super::degrees::degrees_in;
use super::lower_set::{LowerSet, Weights, count};
use super::newton::{divided_differences, newton_basis};
use super::values::{Grid, Written};
use crate::arithmetic::{CentredField, DegreeRange, Halt, output_degrees_until};
use crate::budget::Stop;
use crate::calibration::{DENSE_ENTRY, DENSE_EVALUATION, DENSE_MULTIPLICATION, DENSE_PRIME, DENSE_STEP};
use crate::network::{Cost, EvaluateError, Network, Prepared};

/// No more monomials are taken, whatever the budget,
const MOST: f64 = (1u32 << 25) as f64;
/// nor powers of one variable.
const MOST_POWERS: u64 = 1 << 10;
/// Entries of tensors that are alive while a block of points is evaluated.
const BLOCK: f64 = 32_768.0;

/// Which monomials there may be in the entries of the inputs of some networks; and with them points that
/// determine their coefficients. Where all networks are homogeneous, output by output, one variable is 1 at
/// all points, and its power is what is missing to the degree.
#[derive(Clone, Debug)]
pub(crate) struct Monomials {
    /// The entries that the indices belong to.
    written: Vec<Written>,
    weights: Vec<Weights>,
    /// No index weighs more.
    bound: u32,
    one: Option<Written>,
    /// The entries of every input.
    sizes: Vec<usize>,
    /// How many there are.
    pub(crate) count: f64,
}

impl Monomials {
    /// Of networks with the same inputs and as many outputs; `None` if there are too many, or no bound is
    /// known. Fails soon after `stop` is set.
    pub(crate) fn new(networks: &[&Network], stop: &Stop) -> Result<Option<Monomials>, EvaluateError> {
        let Some(first) = networks.first() else { return Ok(None) };
        let mut ranges = vec![DegreeRange::Zero; first.output_shape().size()];
        for network in networks {
            let own = output_degrees_until(stop, network, &vec![1; network.inputs().len()])?;
            ranges.iter_mut().zip(own.data()).for_each(|(range, own)| *range = range.join(*own));
        }
        let highest = ranges.iter().try_fold(0, |all, range| Some(range.highest()?.max(all)));
        let Some(bound) = highest.and_then(|highest| u32::try_from(highest).ok()) else { return Ok(None) };
        let sizes: Vec<usize> = first.inputs().iter().map(|input| input.shape.size()).collect();
        let entries = sizes.iter().enumerate();
        let written: Vec<Written> = entries
            .flat_map(|(input, &size)| (0..size).map(move |start| Written { input, start, width: 1 }))
            .collect();
        let degrees = degrees_in(networks, &written, stop)?;
        let degrees = degrees.into_iter().map(|degree| degree.min(u64::from(bound)));
        let mut variables: Vec<(Written, u64)> =
            written.into_iter().zip(degrees).filter(|(_, degree)| *degree > 0).collect();
        if variables.iter().any(|(_, degree)| *degree >= MOST_POWERS) {
            return Ok(None);
        }
        let mut one = None;
        if ranges.iter().all(|range| range.is_homogeneous()) && !variables.is_empty() {
            let degree = |place: &usize| (variables[*place].1, std::cmp::Reverse(*place));
            let widest = (0..variables.len()).max_by_key(degree).unwrap_or(0);
            one = Some(variables.remove(widest).0);
        }
        let weights: Vec<Weights> =
            variables.iter().map(|(_, degree)| (0..=*degree as u32).collect()).collect();
        let count = count(&weights, bound);
        let written = variables.into_iter().map(|(written, _)| written).collect();
        Ok((count <= MOST).then_some(Monomials { written, weights, bound, one, sizes, count }))
    }

    /// The indices: exponents of all variables but the one that is 1. `None` soon after `stop` is set.
    pub(crate) fn indices(&self, stop: &Stop) -> Option<LowerSet> {
        LowerSet::new(self.weights.clone(), self.bound, stop)
    }

    /// The bytes that the indices take, and values of networks with these costs and numbers of outputs.
    pub(crate) fn bytes(&self, costs: &[Cost], outputs: usize) -> f64 {
        let alive: f64 = costs.iter().map(|cost| cost.live_once + cost.live_per_point).sum();
        LowerSet::bytes(self.count, self.written.len(), self.bound)
            + 8.0 * (self.count * (costs.len() * outputs) as f64 + BLOCK + 2.0 * alive)
    }

    /// The seconds that the values of a network at all points are expected to take, modulo one prime,
    pub(crate) fn seconds_of_values(&self, network: &Network, cost: &Cost) -> f64 {
        let blocks = (self.count / self.block(cost) as f64).ceil();
        let entries = self.count * network.output_shape().size() as f64;
        DENSE_PRIME
            + (cost.once + self.count * cost.per_point) * DENSE_MULTIPLICATION
            + blocks * network.nodes().len() as f64 * DENSE_EVALUATION
            + entries * DENSE_ENTRY
    }

    /// and their coefficients, from these.
    pub(crate) fn seconds_of_coefficients(&self, outputs: usize) -> f64 {
        let share = f64::from(self.bound) / (self.weights.len() as f64).max(1.0) + 1.0;
        let steps = self.weights.iter().map(|weights| (weights.len() as f64 / 2.0 + 1.0).min(share));
        self.count * outputs as f64 * 2.0 * DENSE_STEP * steps.sum::<f64>()
    }

    fn block(&self, cost: &Cost) -> usize {
        ((BLOCK / cost.live_per_point.max(1.0)) as usize).clamp(1, self.count.max(1.0) as usize)
    }

    /// The values of a network at all points: a row for every index, the outputs in it.
    pub(crate) fn values(
        &self,
        set: &LowerSet,
        field: &CentredField,
        (network, cost): (&Network, &Cost),
        stop: &Stop,
    ) -> Result<Vec<f64>, EvaluateError> {
        let mut fixed: Vec<Vec<f64>> = self.sizes.iter().map(|&size| vec![0.0; size]).collect();
        if let Some(Written { input, start, .. }) = self.one {
            fixed[input][start] = 1.0;
        }
        let nodes = self.nodes(field);
        let settings = vec![nodes.as_slice(); self.written.len()];
        let grid = Grid { set, written: &self.written, settings, fixed: &fixed };
        let outputs = network.output_shape().size();
        let mut data = vec![0.0; set.len() * outputs];
        let prepared = Prepared::stopped_by(stop, field, network)?;
        grid.evaluate(network, &prepared, self.block(cost), &mut data, (0, outputs))?;
        Ok(data)
    }

    /// The point of an index: the entries of every input.
    pub(crate) fn point(&self, set: &LowerSet, place: usize) -> Vec<Vec<i64>> {
        let mut inputs: Vec<Vec<i64>> = self.sizes.iter().map(|&size| vec![0; size]).collect();
        if let Some(Written { input, start, .. }) = self.one {
            inputs[input][start] = 1;
        }
        for (Written { input, start, .. }, &level) in self.written.iter().zip(set.levels(place)) {
            inputs[*input][*start] = i64::from(level);
        }
        inputs
    }

    /// Turns the values of so many outputs into the coefficients of the monomials.
    pub(crate) fn to_coefficients(
        &self,
        set: &LowerSet,
        field: &CentredField,
        data: &mut [f64],
        outputs: usize,
    ) -> Result<(), Halt> {
        let nodes = self.nodes(field);
        let zeros = vec![0.0; nodes.len()];
        let steps = [divided_differences(field, &nodes, true)?, newton_basis(field, &nodes, &zeros, &zeros)];
        for step in &steps {
            for coordinate in 0..self.written.len() {
                step.apply(field, set, coordinate, data, outputs);
            }
        }
        Ok(())
    }

    /// 0, 1, 2, .. as elements: as many as a variable may have powers.
    fn nodes(&self, field: &CentredField) -> Vec<f64> {
        let levels = self.weights.iter().map(Vec::len).max().unwrap_or(0);
        (0..levels).map(|node| field.element(node as u64)).collect()
    }
}
