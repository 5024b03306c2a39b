//! The mean over the points of a finite domain: both networks are evaluated at every point.

use num_bigint::BigInt;
use num_integer::Integer;
use num_rational::BigRational;
use num_traits::{One, Zero};

use super::Failure;
use super::failure::{Expected, MOST_POINTS, bits, check};
use super::inner::{Inner, Split};
use crate::arithmetic::{exact_seconds, exact_values};
use crate::budget::Budget;
use crate::calibration::DOMAIN_POINT;
use crate::domain::{Domain, InputSet};
use crate::network::{Input, Network, Shape, Tensor};

/// What visiting every point is expected to take; `None` when that cannot be done.
pub(super) fn expected(a: &Network, b: &Network, domain: &Domain) -> Option<Expected> {
    let digits = digits(a, domain).ok()?;
    let count = count(&digits)?;
    let point = point(&digits, 0)?;
    let seconds = DOMAIN_POINT + exact_seconds(a, &point) + exact_seconds(b, &point);
    Some(Expected { seconds: seconds * count as f64, bytes: 0.0 })
}

/// How many points there are, if they can be visited.
fn count(digits: &[Digit<'_>]) -> Option<u64> {
    let count = digits.iter().try_fold(1u64, |count, digit| count.checked_mul(digit.count()?));
    count.filter(|&count| count <= MOST_POINTS)
}

/// The inner products of all outputs; a domain has no split by degree.
pub(super) fn inner(a: &Network, b: &Network, domain: &Domain, budget: &Budget) -> Result<Split, Failure> {
    let digits = digits(a, domain)?;
    let count = count(&digits).ok_or(Failure::TooManyPoints)?;
    let shape = a.output_shape();
    Split::mean(shape, count, |number| {
        check(budget, 0)?;
        let point = point(&digits, number).ok_or(Failure::TooManyTerms)?;
        let (of_a, of_b) = (exact_values(a, &point, &bits(budget))?, exact_values(b, &point, &bits(budget))?);
        let pairs = of_a.data().iter().zip(of_b.data());
        Ok(Split::of_outputs(shape, pairs.map(|(f, g)| Inner { aa: f * f, ab: f * g, bb: g * g })))
    })
}

/// All outputs at all points, point by point, over their least common denominator; and that, and the number
/// of points.
pub(super) fn values(
    network: &Network,
    domain: &Domain,
    budget: &Budget,
) -> Result<(Vec<BigInt>, BigInt, u64), Failure> {
    let digits = digits(network, domain)?;
    let count = count(&digits).ok_or(Failure::TooManyPoints)?;
    let mut values = Vec::new();
    for number in 0..count {
        check(budget, 0)?;
        let point = point(&digits, number).ok_or(Failure::TooManyTerms)?;
        values.extend(exact_values(network, &point, &bits(budget))?.into_data());
    }
    let denominator = values.iter().fold(BigInt::one(), |all, value| all.lcm(value.denom()));
    let scaled = values.iter().map(|value| value.numer() * (&denominator / value.denom())).collect();
    Ok((scaled, denominator, count))
}

/// The expected size of [`values`], in bytes; `None` if not all points can be visited.
pub(super) fn size(network: &Network, domain: &Domain) -> Option<f64> {
    /// What a number takes, about.
    const EACH: f64 = 96.0;
    let count = count(&digits(network, domain).ok()?)?;
    Some(count as f64 * network.output_shape().size() as f64 * EACH)
}

/// The settings of all inputs, each limited to a finite set.
fn digits<'a>(network: &'a Network, domain: &'a Domain) -> Result<Vec<Digit<'a>>, Failure> {
    let digit = |(input, set): (&'a Input, &'a InputSet)| match set {
        InputSet::Everything => Err(Failure::Meaningless(
            "similarity on a domain is a sum over its points, and an input is not limited to a finite set"
                .to_string(),
        )),
        _ => Ok(Digit { shape: &input.shape, set }),
    };
    network.inputs().iter().zip(&domain.0).map(digit).collect()
}

/// The point of a number.
fn point(digits: &[Digit<'_>], mut number: u64) -> Option<Vec<Tensor<BigRational>>> {
    digits.iter().map(|digit| digit.tensor(&mut number)).collect()
}

/// The settings of one input.
struct Digit<'a> {
    shape: &'a Shape,
    set: &'a InputSet,
}

impl Digit<'_> {
    /// How many choices are made, of how many each.
    fn choices(&self) -> (usize, usize) {
        match self.set {
            InputSet::Everything => (0, 0),
            InputSet::Finite(values) => (self.shape.size(), values.len()),
            InputSet::OneHot => {
                let classes = self.shape.axes().last().copied().unwrap_or(1);
                (self.shape.size().checked_div(classes).unwrap_or(0), classes)
            }
            InputSet::Points(points) => (1, points.len()),
        }
    }

    fn count(&self) -> Option<u64> {
        let (choices, of) = self.choices();
        (of as u64).checked_pow(u32::try_from(choices).ok()?)
    }

    /// The setting that the lowest digits of a number say; the number keeps the others.
    fn tensor(&self, number: &mut u64) -> Option<Tensor<BigRational>> {
        let (choices, of) = self.choices();
        let chosen: Vec<usize> = (0..choices)
            .map(|_| {
                let choice = *number % of as u64;
                *number /= of as u64;
                choice as usize
            })
            .collect();
        match self.set {
            InputSet::Everything => None,
            InputSet::Finite(values) => {
                Tensor::new(self.shape.clone(), chosen.iter().map(|&i| values[i].clone()).collect())
            }
            InputSet::OneHot => {
                let mut data = vec![BigRational::zero(); self.shape.size()];
                for (vector, class) in chosen.into_iter().enumerate() {
                    data[vector * of + class] = BigRational::one();
                }
                Tensor::new(self.shape.clone(), data)
            }
            InputSet::Points(points) => chosen.first().and_then(|&i| points.get(i)).cloned(),
        }
    }
}
