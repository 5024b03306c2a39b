//! Behavioural similarity: the cosine of two functions, estimated from their outputs at samples of the
//! inputs.
//!
//! With `x = f.g`, `y = f.f` and `z = g.g` at every sample (`.` sums over outputs) and their means X, Y, Z,
//! the similarity is estimated by `r = X / sqrt(Y Z)`, the distance by `d = sqrt(W / Y)`, where
//! `w = |f - g|^2`.
//!
//! Standard errors are those of the delta method (Oehlert, *A note on the delta method*, The American
//! Statistician 46, 1992): to first order an estimate is the mean of a linear function of each sample, for
//! the similarity `(x - r/2 (y sqrt(Z/Y) + z sqrt(Y/Z))) / sqrt(Y Z)` and for the distance `d/2 (w/W - y/Y)`,
//! whose mean over the samples is 0; the error is the root of their sum of squares over N(N - 1). It is
//! itself an estimate, and too small where few samples matter: powers of normal numbers have heavy tails, and
//! the more so the higher the degree.

use super::floats::{LEAST_NORM, cosine, overflow, sum};
use super::samples::{Samples, for_each_batch};
use crate::budget::Budget;
use crate::network::Network;
use crate::similarity::failure::check;
use crate::similarity::{Failure, Inner, Split};

/// A number that is estimated from samples.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Estimated {
    /// The estimate.
    pub value: f64,
    /// Its standard error; `None` for a single sample.
    pub error: Option<f64>,
}

/// The cosine and the distance of two functions, estimated.
#[derive(Clone, Debug, PartialEq)]
pub struct Sampled {
    /// How many samples there were.
    pub samples: usize,
    /// `E[f.g] / sqrt(E[f.f] E[g.g])`
    pub similarity: Estimated,
    /// `sqrt(E[|f - g|^2] / E[f.f])`
    pub distance: Estimated,
    /// The means of the products, output by output.
    pub split: Split<f64>,
}

/// Bytes that are kept of every sample.
const KEPT: u64 = 32;

/// Estimates from samples. The networks have the same inputs and the same output shape.
///
/// # Errors
/// When shapes do not fit, when a network is zero at all samples, when numbers are too large for f64, and
/// when the budget does not suffice.
pub fn sampled(a: &Network, b: &Network, samples: &Samples<'_>, budget: &Budget) -> Result<Sampled, Failure> {
    let size = a.output_shape().size();
    if *a.output_shape() != *b.output_shape() {
        return Err(Failure::Meaningless("the outputs have different shapes".to_string()));
    }
    let count = samples.count();
    // Of every output, the sums so far and those of a batch.
    let kept_bytes = (count as u64).saturating_mul(KEPT).saturating_add(size as u64 * 48);
    check(budget, kept_bytes)?;
    // Of every sample: f.g, f.f, g.g and |f - g|^2.
    let mut kept: [Vec<f64>; 4] = Default::default();
    let mut outputs = vec![Inner::<f64>::default(); size];
    let rest = budget.clone().memory(budget.memory.saturating_sub(kept_bytes));
    for_each_batch((a, b), samples, &rest, |points, f, g| {
        let mut here = vec![Inner::<f64>::default(); size];
        for point in 0..points {
            let (f, g) = (&f[point * size..(point + 1) * size], &g[point * size..(point + 1) * size]);
            for ((part, f), g) in here.iter_mut().zip(f).zip(g) {
                part.add(&Inner { aa: f * f, ab: f * g, bb: g * g });
            }
            let pairs = || f.iter().zip(g);
            kept[0].push(pairs().map(|(f, g)| f * g).sum());
            kept[1].push(f.iter().map(|f| f * f).sum());
            kept[2].push(g.iter().map(|g| g * g).sum());
            kept[3].push(pairs().map(|(f, g)| (f - g) * (f - g)).sum());
        }
        outputs.iter_mut().zip(&here).for_each(|(total, here)| total.add(here));
    })?;
    let mean = |numbers: &[f64]| sum(numbers.iter().copied()) / count as f64;
    let [x, y, z, w] = &kept;
    let means = [x, y, z, w].map(|numbers| mean(numbers));
    if means.iter().any(|mean| !mean.is_finite()) {
        return Err(overflow("the square of an output at one of the samples"));
    }
    let [ab, aa, bb, dd] = means;
    for (norm, which) in [(aa, "first"), (bb, "second")] {
        if norm < LEAST_NORM {
            return Err(Failure::Meaningless(format!(
                "the {which} model is zero, or too small for f64, at every one of the {count} samples, \
                 and similarity to zero is undefined"
            )));
        }
    }
    let similarity = cosine(aa, ab, bb);
    let (norms, ratio) = (aa.sqrt() * bb.sqrt(), bb.sqrt() / aa.sqrt());
    let of_similarity = (0..count).map(|i| (x[i] - similarity / 2.0 * (y[i] * ratio + z[i] / ratio)) / norms);
    let distance = dd.sqrt() / aa.sqrt();
    let of_distance =
        (0..count).map(|i| if dd > 0.0 { distance / 2.0 * (w[i] / dd - y[i] / aa) } else { 0.0 });
    Ok(Sampled {
        samples: count,
        similarity: Estimated { value: similarity, error: standard_error(of_similarity, count) },
        distance: Estimated { value: distance, error: standard_error(of_distance, count) },
        split: Split::of_outputs(
            a.output_shape(),
            outputs.into_iter().map(|sum| sum.map(|sum| sum / count as f64)),
        ),
    })
}

/// The standard error of the mean of numbers whose mean is 0 by construction.
fn standard_error(numbers: impl Iterator<Item = f64>, count: usize) -> Option<f64> {
    let n = count as f64;
    (count > 1).then(|| (sum(numbers.map(|number| number * number)) / n / (n - 1.0)).sqrt())
}
