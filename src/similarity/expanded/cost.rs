//! What an expansion is expected to take.

use super::space::{BYTES_PER_TERM, Law, Product};
use crate::arithmetic::{Arithmetic, degree_range};
use crate::budget::Budget;
use crate::calibration::{ORTHOGONAL_EXPANSION, ORTHOGONAL_TERM, TERM_PRODUCT};
use crate::network::{Network, Tensor, cost, evaluate_until};
use crate::polynomial::TermCount;
use crate::similarity::Failure;
use crate::similarity::basis::Measure;
use crate::similarity::failure::Expected;

/// Estimating costs one evaluation of bounds; networks beyond this size are not estimated, and not expanded.
const LARGEST: f64 = 2e7;

/// What an expansion is expected to take.
pub(super) fn expected(
    a: &Network,
    b: &Network,
    product: &Product,
    budget: &Budget,
) -> Result<Expected, Failure> {
    let mut variables = a.variables();
    // The points of the domain, and the combinations of those that are put in one after the other; the
    // vectors.
    let (mut points, mut combinations, mut vectors) = (1.0f64, 1.0f64, 0.0f64);
    for (input, law) in a.inputs().iter().zip(product.laws()) {
        let size = input.shape.size() as f64;
        match law {
            Law::Entries(Measure::Set(values)) => points *= (values.len() as f64).powf(size),
            Law::Entries(Measure::Normal(_) | Measure::Interval) => points = f64::INFINITY,
            Law::OneHot { length, eliminates } => {
                let count = input.shape.size() / (*length).max(1);
                variables -= if *eliminates { count } else { 0 };
                // One more when 1 and the sum of a vector are not known to be the same.
                points *= ((length + usize::from(!eliminates)) as f64).powf(count as f64);
                vectors += count as f64;
            }
            Law::Points(given) => combinations *= given.len() as f64,
        }
    }
    if matches!(product, Product::Symmetric(_)) {
        points = f64::INFINITY;
    }
    let mut all = Expected { seconds: ORTHOGONAL_EXPANSION, bytes: 0.0 };
    for network in [a, b] {
        let cost = cost(network);
        let size = cost.per_point + cost.once;
        if size > LARGEST {
            // As many products as an evaluation of numbers has, at the very least.
            return Ok(Expected { seconds: size * TERM_PRODUCT, bytes: f64::INFINITY });
        }
        let count = TermCount::new(variables, points);
        let inputs: Option<Vec<_>> = (network.inputs().iter().enumerate())
            .map(|(position, input)| {
                let mut entries = vec![count.variable(); input.shape.size()];
                match product.laws().get(position) {
                    Some(Law::OneHot { length, eliminates: true }) if *length > 0 => {
                        // The first entry of a vector is one minus the others.
                        let others = (1..*length).map(|_| count.variable());
                        let first = others.fold(count.one(), |sum, other| count.add(&sum, &other));
                        entries.iter_mut().step_by(*length).for_each(|entry| *entry = first);
                    }
                    Some(Law::Points(_)) => entries.fill(count.one()),
                    _ => {}
                }
                Tensor::new(input.shape.clone(), entries)
            })
            .collect();
        let outputs = evaluate_until(&budget.stop(), &count, network, &inputs.unwrap_or_default())?;
        let terms: f64 = outputs.data().iter().map(|bound| bound.terms).sum();
        // An entry of a one-hot vector becomes three elements.
        let degree = degree_range(network)?.highest().map_or(f64::INFINITY, |degree| degree as f64);
        let images = terms * 3f64.powf(vectors.min(degree)) * elements(network, product, degree);
        all.seconds += count.products() * TERM_PRODUCT + images * ORTHOGONAL_TERM;
        all.bytes += terms * BYTES_PER_TERM as f64;
    }
    all.seconds *= combinations;
    Ok(all)
}

/// About how many orthogonal elements the monomials of a degree have on average. An exponent of mean `m` is
/// taken to be `k` with probability `m^k / (1 + m)^(k + 1)`. It becomes `k + 1` elements, or as many as
/// there are; every other one where the measure is symmetric about zero.
fn elements(network: &Network, product: &Product, degree: f64) -> f64 {
    let mean = degree / (network.variables() as f64).max(1.0);
    let laws = product.laws().iter().zip(network.inputs());
    let all = laws.map(|(law, input)| {
        let each = match law {
            Law::Entries(Measure::Normal(_) | Measure::Interval) => 1.0 + mean * mean / (1.0 + 2.0 * mean),
            Law::Entries(Measure::Set(values)) => 1.0 + mean.min(values.len() as f64 - 1.0),
            Law::OneHot { .. } | Law::Points(_) => 1.0,
        };
        each.powf(input.shape.size() as f64)
    });
    all.product::<f64>().max(1.0)
}
