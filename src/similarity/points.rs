//! The mean over the points of a finite domain: both networks are evaluated at every point.

use num_bigint::BigInt;
use num_rational::BigRational;
use num_traits::{One, Zero};

use super::Failure;
use super::failure::{Expected, MOST_POINTS, bits, check};
use super::inner::{Inner, Split};
use crate::arithmetic::{exact_seconds, exact_values};
use crate::budget::Budget;
use crate::calibration::DOMAIN_POINT;
use crate::domain::{Domain, InputSet};
use crate::network::{Network, Shape, Tensor};

/// What visiting every point is expected to take; `None` when that cannot be done.
pub(super) fn expected(a: &Network, b: &Network, domain: &Domain) -> Option<Expected> {
    let digits: Vec<Digit<'_>> = a
        .inputs()
        .iter()
        .zip(&domain.0)
        .map(|(input, set)| Digit::new(&input.shape, set).ok())
        .collect::<Option<_>>()?;
    let count = count(&digits)?;
    let point: Vec<Tensor<BigRational>> =
        digits.iter().map(|digit| digit.tensor(&mut 0)).collect::<Option<_>>()?;
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
    let mut digits: Vec<Digit<'_>> = Vec::new();
    for (input, set) in a.inputs().iter().zip(&domain.0) {
        digits.push(Digit::new(&input.shape, set)?);
    }
    let count = count(&digits).ok_or(Failure::TooManyPoints)?;
    let size = a.output_shape().size();
    let mut sums = vec![Inner::default(); size];
    for number in 0..count {
        check(budget, 0)?;
        let mut rest = number;
        let point: Option<Vec<Tensor<BigRational>>> =
            digits.iter().map(|digit| digit.tensor(&mut rest)).collect();
        let point = point.ok_or(Failure::TooManyTerms)?;
        let (of_a, of_b) = (exact_values(a, &point, &bits(budget))?, exact_values(b, &point, &bits(budget))?);
        for (sum, (f, g)) in sums.iter_mut().zip(of_a.data().iter().zip(of_b.data())) {
            sum.add(&Inner { aa: f * f, ab: f * g, bb: g * g });
        }
    }
    let weight = BigRational::new(BigInt::one(), BigInt::from(count.max(1)));
    let by_output = sums
        .into_iter()
        .enumerate()
        .map(|(position, sum)| {
            let mean = Inner { aa: sum.aa * &weight, ab: sum.ab * &weight, bb: sum.bb * &weight };
            (a.output_shape().unravel(position), mean)
        })
        .collect();
    Ok(Split { by_output, by_degree: None })
}

/// The settings of one input.
struct Digit<'a> {
    shape: &'a Shape,
    set: &'a InputSet,
}

impl<'a> Digit<'a> {
    fn new(shape: &'a Shape, set: &'a InputSet) -> Result<Digit<'a>, Failure> {
        match set {
            InputSet::Everything => Err(Failure::Meaningless(
                "similarity on a domain is a sum over its points, and an input is not limited to a finite set"
                    .to_string(),
            )),
            _ => Ok(Digit { shape, set }),
        }
    }

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
