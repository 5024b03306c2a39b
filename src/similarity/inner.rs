//! The question, two networks and an inner product, and whether it has a meaning for them; and the answer,
//! three inner products and the numbers they give.

use num_bigint::BigInt;
use num_rational::BigRational;
use num_traits::{One, Zero};

use super::root::Root;
use super::{Failure, moments};
use crate::domain::{Domain, Metric};
use crate::network::{Network, Shape, Tensor};

/// Two networks and an inner product. The networks have the same input shapes and the same output shape.
#[derive(Clone, Copy, Debug)]
pub struct Pair<'a> {
    /// The first network.
    pub a: &'a Network,
    /// The second.
    pub b: &'a Network,
    /// Which inner product, if there is no domain.
    pub metric: Metric,
    /// A finite domain, on which the inner product is the mean over its points.
    pub domain: Option<&'a Domain>,
}

impl Pair<'_> {
    /// An error when the networks do not take and give the same shapes.
    pub(super) fn check_shapes(&self) -> Result<(), Failure> {
        let (a, b) = (self.a.signature(), self.b.signature());
        let message = match (a.inputs == b.inputs, a.output == b.output) {
            (true, true) => return Ok(()),
            (false, _) => "the networks have different inputs".to_string(),
            (true, false) => format!("the outputs have shapes {} and {}", a.output, b.output),
        };
        Err(Failure::Meaningless(message))
    }

    /// An error when a node of a network that depends on an input is not homogeneous by its structure: the
    /// recursion looks at nodes, not at functions.
    pub(super) fn check_homogeneous(&self) -> Result<(), Failure> {
        for (network, which) in [(self.a, "first"), (self.b, "second")] {
            if !moments::homogeneous(network) {
                return Err(Failure::Meaningless(format!(
                    "`layerwise symmetric` needs homogeneous networks (no biases, no residuals around \
                     products), but the {which} is not"
                )));
            }
        }
        Ok(())
    }
}

/// The inner products of two functions `a` and `b`.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct Inner<T = BigRational> {
    /// `<a, a>`
    pub aa: T,
    /// `<a, b>`
    pub ab: T,
    /// `<b, b>`
    pub bb: T,
}

impl<T> Inner<T> {
    /// The same function of all three.
    pub(super) fn map(self, f: impl Fn(T) -> T) -> Inner<T> {
        Inner { aa: f(self.aa), ab: f(self.ab), bb: f(self.bb) }
    }
}

impl<T: std::ops::AddAssign<T> + Clone> Inner<T> {
    /// Adds those of other parts of the functions.
    pub fn add(&mut self, other: &Inner<T>) {
        self.aa += other.aa.clone();
        self.ab += other.ab.clone();
        self.bb += other.bb.clone();
    }
}

impl Inner {
    /// `<a, b> / sqrt(<a, a> <b, b>)`; `None` if a norm is zero.
    pub fn similarity(&self) -> Option<Root> {
        let norms = &self.aa * &self.bb;
        (!norms.is_zero()).then(|| Root::new(&self.ab, &self.ab * &self.ab / norms))
    }

    /// `|a - b| / |a|`; `None` if `|a|` is zero.
    pub fn distance(&self) -> Option<Root> {
        let difference = self.difference();
        (!self.aa.is_zero()).then(|| Root::new(&difference, &difference / &self.aa))
    }

    /// `|a - b|^2 = <a, a> - 2 <a, b> + <b, b>`
    pub fn difference(&self) -> BigRational {
        &self.aa - &self.ab - &self.ab + &self.bb
    }
}

/// Inner products by output and by degree.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct Split<T = BigRational> {
    /// For every output entry, its multi-index and its inner products.
    pub by_output: Vec<(Vec<usize>, Inner<T>)>,
    /// The parts of every degree (Hermite order, order of the basis), ascending, those that are zero left
    /// out; `None` when there is no such split.
    pub by_degree: Option<Vec<(u64, Inner<T>)>>,
}

impl<T: Clone> Split<T> {
    /// From the inner products of every output in row-major order.
    pub(super) fn of_outputs(shape: &Shape, parts: impl IntoIterator<Item = Inner<T>>) -> Split<T> {
        let parts = parts.into_iter().enumerate();
        let by_output = parts.map(|(position, part)| (shape.unravel(position), part)).collect();
        Split { by_output, by_degree: None }
    }

    /// From the value of a compiled network, with shape `[3, ..output]`: `aa`, `ab` and `bb` of every output.
    pub(super) fn of_values(shape: &Shape, values: &Tensor<T>) -> Split<T> {
        let (size, data) = (shape.size(), values.data());
        let inner = |i: usize| Inner {
            aa: data[i].clone(),
            ab: data[size + i].clone(),
            bb: data[2 * size + i].clone(),
        };
        Split::of_outputs(shape, (0..size).map(inner))
    }
}

impl<T: std::ops::AddAssign<T> + Clone + Default> Split<T> {
    /// Zero for every output.
    pub(super) fn zeros(shape: &Shape) -> Split<T> {
        Split::of_outputs(shape, vec![Inner::default(); shape.size()])
    }

    /// Adds those of other parts of the functions, output by output.
    pub(super) fn add_outputs(&mut self, other: &Split<T>) {
        let pairs = self.by_output.iter_mut().zip(&other.by_output);
        pairs.for_each(|((_, total), (_, part))| total.add(part));
    }

    /// The sum over all outputs.
    pub fn total(&self) -> Inner<T> {
        let mut total = Inner::default();
        self.by_output.iter().for_each(|(_, part)| total.add(part));
        total
    }
}

impl Split {
    /// The means of the inner products at so many points, output by output.
    pub(super) fn mean(
        shape: &Shape,
        count: u64,
        mut at: impl FnMut(u64) -> Result<Split, Failure>,
    ) -> Result<Split, Failure> {
        let mut total = Split::zeros(shape);
        for number in 0..count {
            total.add_outputs(&at(number)?);
        }
        let weight = BigRational::new(BigInt::one(), BigInt::from(count.max(1)));
        for (_, sum) in &mut total.by_output {
            *sum = std::mem::take(sum).map(|sum| sum * &weight);
        }
        Ok(total)
    }
}
