//! The samples that estimates are means over, and the outputs of networks there, batch by batch.

use std::sync::Arc;

use num_rational::BigRational;

use super::floats::{evaluation, overflow};
use super::generator::Generator;
use crate::arithmetic::{Arithmetic, Floats};
use crate::budget::Budget;
use crate::domain::{Domain, InputSet};
use crate::network::{Constant, EvaluateError, Input, Network, Prepared, Shape, Tensor, cost};
use crate::similarity::Failure;
use crate::similarity::failure::check;

/// More samples than this are not taken.
pub const MOST_SAMPLES: usize = 10_000_000;

/// The most samples that are evaluated at once.
const BATCH: usize = 1024;

/// Where to evaluate.
#[derive(Clone, Debug)]
pub enum Samples<'a> {
    /// Random inputs, sample after sample, in each the inputs in order, in each the entries in order. The
    /// first ones are the same for any count.
    Drawn {
        /// A set per input, with every choice equally likely: an entry of a finite set, the place of the 1 of
        /// a one-hot vector, or a point. Without a domain, and for inputs that it leaves free, entries are
        /// standard normal.
        domain: Option<&'a Domain>,
        /// What the generator starts from.
        seed: u64,
        /// How many, from 1 to [`MOST_SAMPLES`].
        count: usize,
    },
    /// One tensor for every input: its first axis is the sample, and what follows has as many entries as the
    /// input.
    Rows(Vec<Arc<Constant>>),
}

impl Samples<'_> {
    /// How many there are.
    pub fn count(&self) -> usize {
        match self {
            Samples::Drawn { count, .. } => *count,
            Samples::Rows(rows) => {
                rows.first().and_then(|rows| rows.shape().axes().first().copied()).unwrap_or(0)
            }
        }
    }

    /// An error when they are too few, too many, or do not fit the inputs.
    fn check(&self, network: &Network) -> Result<(), Failure> {
        let count = self.count();
        let inputs = network.inputs();
        let (fit, what) = match self {
            Samples::Drawn { domain, .. } => {
                let fits = domain.is_none_or(|domain| domain.0.len() == inputs.len());
                (fits, "the domain is for other inputs")
            }
            Samples::Rows(rows) => {
                let fits = |(rows, input): (&Arc<Constant>, &Input)| {
                    rows.shape().axes().first() == Some(&count)
                        && count.checked_mul(input.shape.size()) == Some(rows.shape().size())
                };
                let fit = rows.len() == inputs.len() && rows.iter().zip(inputs).all(fits);
                (fit, "the rows do not fit the inputs")
            }
        };
        Err(Failure::Meaningless(match count {
            _ if !fit => what.to_string(),
            0 => "there are no samples".to_string(),
            1..=MOST_SAMPLES => return Ok(()),
            _ => format!("{count} samples are more than {MOST_SAMPLES}"),
        }))
    }
}

/// What is left to draw or read.
struct Source<'a> {
    samples: &'a Samples<'a>,
    generator: Generator,
    sets: Vec<Set>,
    /// How many samples were taken.
    taken: usize,
}

/// What one input ranges over, in f64.
enum Set {
    Normal,
    Finite(Vec<f64>),
    /// The length of the vectors.
    OneHot(usize),
    Points(Vec<Vec<f64>>),
}

impl<'a> Source<'a> {
    fn new(network: &Network, samples: &'a Samples<'a>) -> Result<Source<'a>, Failure> {
        let (mut sets, mut seed_of) = (Vec::new(), 0);
        if let Samples::Drawn { domain, seed, .. } = samples {
            seed_of = *seed;
            for (position, input) in network.inputs().iter().enumerate() {
                sets.push(Set::new(&input.shape, domain.and_then(|domain| domain.0.get(position)))?);
            }
        }
        Ok(Source { samples, generator: Generator::new(seed_of), sets, taken: 0 })
    }

    /// The next samples: for every input, its entries at each.
    fn take(&mut self, network: &Network, count: usize) -> Result<Vec<Tensor<f64>>, Failure> {
        let sizes: Vec<usize> = network.inputs().iter().map(|input| input.shape.size()).collect();
        let mut entries: Vec<Vec<f64>> = Vec::with_capacity(sizes.len());
        match self.samples {
            Samples::Drawn { .. } => {
                entries.extend(sizes.iter().map(|size| Vec::with_capacity(size * count)));
                for _ in 0..count {
                    for ((set, &size), entries) in self.sets.iter().zip(&sizes).zip(&mut entries) {
                        set.draw(&mut self.generator, size, entries);
                    }
                }
            }
            Samples::Rows(rows) => {
                for (rows, &size) in rows.iter().zip(&sizes) {
                    let range = self.taken * size..(self.taken + count) * size;
                    let block = rows.block(range).map_err(EvaluateError::Unreadable)?;
                    entries.push(Floats::VALUES.from_data(&block)?);
                }
            }
        }
        self.taken += count;
        let tensors = network.inputs().iter().zip(entries).map(|(input, entries)| {
            let axes = [&[count], input.shape.axes()].concat();
            Shape::new(axes).and_then(|shape| Tensor::new(shape, entries))
        });
        tensors.collect::<Option<_>>().ok_or_else(|| overflow("the number of entries of a batch of samples"))
    }
}

impl Set {
    fn new(shape: &Shape, set: Option<&InputSet>) -> Result<Set, Failure> {
        let floats = |values: &[BigRational]| -> Result<Vec<f64>, Failure> {
            values.iter().map(|value| Ok(Floats::VALUES.from_rational(value)?)).collect()
        };
        Ok(match set {
            None | Some(InputSet::Everything) => Set::Normal,
            Some(InputSet::Finite(values)) => Set::Finite(floats(values)?),
            Some(InputSet::OneHot) => Set::OneHot(shape.axes().last().copied().unwrap_or(1)),
            Some(InputSet::Points(points)) => {
                Set::Points(points.iter().map(|point| floats(point.data())).collect::<Result<_, _>>()?)
            }
        })
    }

    /// Adds one sample of this many entries.
    fn draw(&self, generator: &mut Generator, size: usize, entries: &mut Vec<f64>) {
        match self {
            Set::Normal => entries.extend((0..size).map(|_| generator.normal())),
            Set::Finite(values) => entries.extend((0..size).map(|_| values[generator.below(values.len())])),
            Set::OneHot(length) => {
                for _ in 0..size.checked_div(*length).unwrap_or(0) {
                    let place = generator.below(*length);
                    entries.extend((0..*length).map(|i| if i == place { 1.0 } else { 0.0 }));
                }
            }
            Set::Points(points) => entries.extend(&points[generator.below(points.len())]),
        }
    }
}

/// Evaluates two networks with the same inputs, and shows their outputs on one batch of samples after the
/// other: how many samples it has, and for each network the entries of its output at each. Outputs are
/// finite.
pub(super) fn for_each_batch(
    (a, b): (&Network, &Network),
    samples: &Samples<'_>,
    budget: &Budget,
    mut visit: impl FnMut(usize, &[f64], &[f64]),
) -> Result<(), Failure> {
    samples.check(a)?;
    let (cost_a, cost_b) = (cost(a), cost(b));
    let per_sample = cost_a.live_per_point.max(cost_b.live_per_point)
        + (a.variables() + a.output_shape().size() + b.output_shape().size()) as f64;
    let once = cost_a.live_once + cost_b.live_once;
    let room = (budget.memory as f64 / 8.0 - once).max(0.0) / 2.0;
    let batch = ((room / per_sample.max(1.0)) as usize).clamp(1, BATCH);
    // Saturates.
    check(budget, (8.0 * (once + per_sample * batch as f64)) as u64)?;
    let prepare = |network: &Network| {
        Prepared::stopped_by(&budget.stop(), &Floats::VALUES, network)
            .map_err(|error| evaluation(error, budget))
    };
    let (prepared_a, prepared_b) = (prepare(a)?, prepare(b)?);
    let mut source = Source::new(a, samples)?;
    let mut left = samples.count();
    while left > 0 {
        check(budget, 0)?;
        let count = batch.min(left);
        let inputs = source.take(a, count)?;
        let outputs = |prepared: &Prepared<'_, Floats>| -> Result<Vec<f64>, Failure> {
            let output =
                prepared.evaluate_batch(count, &inputs).map_err(|error| evaluation(error, budget))?;
            match output.data().iter().all(|entry| entry.is_finite()) {
                true => Ok(output.into_data()),
                false => Err(overflow("an output at one of the samples")),
            }
        };
        let (of_a, of_b) = (outputs(&prepared_a)?, outputs(&prepared_b)?);
        visit(count, &of_a, &of_b);
        left -= count;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::network::{Builder, Data};

    /// Inputs x of shape [3] and y of shape [2], which is one-hot.
    fn network() -> Network {
        let mut builder = Builder::new();
        let [x, y] = [("x", 3), ("y", 2)]
            .map(|(name, length)| Input { name: name.to_string(), shape: Shape::new([length]).unwrap() });
        let output = builder.input(0, x.shape.clone());
        builder.network(vec![x, y], output)
    }

    /// Five at once, or three and then two. Normal numbers come in pairs, so an odd number of them is the
    /// hard case.
    #[test]
    fn batches_do_not_change_what_is_drawn() {
        let network = network();
        let domain = Domain(vec![InputSet::Everything, InputSet::OneHot]);
        let samples = Samples::Drawn { domain: Some(&domain), seed: 4, count: 5 };
        let take = |counts: &[usize]| -> Vec<Vec<f64>> {
            let mut source = Source::new(&network, &samples).unwrap();
            let mut all = vec![Vec::new(); 2];
            for &count in counts {
                let taken = source.take(&network, count).unwrap();
                all.iter_mut().zip(taken).for_each(|(all, taken)| all.extend(taken.into_data()));
            }
            all
        };
        let whole = take(&[5]);
        assert_eq!(take(&[3, 2]), whole);
        assert_eq!((whole[0].len(), whole[1].len()), (15, 10));
        assert!(whole[1].chunks(2).all(|y| y.iter().sum::<f64>() == 1.0));
    }

    #[test]
    fn batches_of_rows_follow_each_other() {
        let network = network();
        let rows = |width: usize| {
            let data = Data::F64((0..4 * width).map(|i| i as f64).collect());
            Arc::new(Constant::new(Shape::new([4, width]).unwrap(), data).unwrap())
        };
        let samples = Samples::Rows(vec![rows(3), rows(2)]);
        let mut source = Source::new(&network, &samples).unwrap();
        source.take(&network, 3).unwrap();
        let last = source.take(&network, 1).unwrap();
        assert_eq!([last[0].data(), last[1].data()], [&[9.0, 10.0, 11.0][..], &[6.0, 7.0]]);
        assert_eq!(last[0].shape().axes(), [1, 3]);
    }
}
