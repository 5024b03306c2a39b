//! What an evaluation costs, found without carrying it out.

use super::Network;
use super::lowering::{Program, Step};

/// What one evaluation of a network takes, in scalar operations and stored elements. The counts are of the
/// very steps that an evaluation runs; huge ones are infinite rather than wrong.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Cost {
    /// Multiplications (each with at most one addition) of parts that depend on an input, for one point.
    pub per_point: f64,
    /// Multiplications of parts that do not depend on an input: done once for any number of points.
    pub once: f64,
    /// The largest number of elements alive at once that depend on an input, for one point.
    pub live_per_point: f64,
    /// The largest number of constant elements alive at once, converted weights included. Large constants are
    /// not converted as a whole.
    pub live_once: f64,
    /// Of all multiplications, those with large constants that are read block by block, and the conversions
    /// of these: much faster than others in arithmetics that are slow.
    pub streamed: f64,
}

/// The cost of evaluating a network.
pub fn cost(network: &Network) -> Cost {
    let program = Program::new(network);
    let (constant, batched) = program.phases();
    let (once, live_once) = simulate(&program, &constant);
    let (per_point, live_per_point) = simulate(&program, &batched);
    let streamed = program.steps.iter().map(|step| step.streamed(&program.steps)).sum();
    Cost { per_point, once, live_per_point, live_once, streamed }
}

/// Multiplications and peak of live elements of one phase.
fn simulate(program: &Program, phase: &super::lowering::Phase) -> (f64, f64) {
    let (mut multiplications, mut live, mut peak) = (0.0f64, 0.0f64, 0.0f64);
    for (position, freed) in phase {
        let step: &Step = &program.steps[*position];
        // Moving an entry costs about as much as multiplying it.
        multiplications += step.multiplications.max(step.entries) + step.copies;
        let entries = |step: &Step| if step.view.is_some() { 0.0 } else { step.entries };
        live += entries(step);
        peak = peak.max(live + step.copies);
        live -= freed.iter().map(|&slot| entries(&program.steps[slot])).sum::<f64>();
    }
    // Infinite counts cancel to NaN.
    (multiplications, if peak.is_nan() { f64::INFINITY } else { peak })
}
