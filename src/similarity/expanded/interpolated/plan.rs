//! At which points two networks are evaluated.

use num_bigint::BigInt;
use num_rational::BigRational;
use num_traits::{One, Zero};

use super::super::space::{Law, Product, Subject};
use super::kinds::{Kind, Steps};
use crate::arithmetic::{DegreeRange, degree_range};
use crate::budget::Budget;
use crate::network::{Network, Tensor};
use crate::polynomial::dense::{Written, count, degrees_in};
use crate::similarity::Failure;
use crate::similarity::basis::Measure;

/// No more points are taken, whatever the budget,
const MOST_POINTS: f64 = (1u32 << 25) as f64;
/// nor levels along one coordinate.
const MOST_LEVELS: u64 = 1 << 10;
/// The recurrence of a set is found out with rationals that get longer with every level: so many levels,
/// times the numbers in the set or their bits, are enough.
const MOST_WORK: u64 = 1 << 10;

/// A coordinate of the points.
#[derive(Clone, Debug)]
pub(super) struct Coordinate {
    pub(super) written: Written,
    /// The position of its kind.
    pub(super) kind: usize,
    /// The weights of its levels: the order of the orthogonal element.
    pub(super) weights: Vec<u32>,
}

/// How the sums of products of coefficients are weighted, besides the norms of every coordinate.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Reading {
    /// By nothing.
    Orthogonal,
    /// Monomials of total degree `t` by `1/t!`.
    Symmetric,
    /// The networks are homogeneous of this degree, and one variable, of this variance, is 1: it has what is
    /// missing to the degree.
    HomogeneousSymmetric(u32, BigRational),
    /// The same, for normal inputs: the coefficients of every Hermite order follow from those of monomials.
    HomogeneousNormal(u32, BigRational),
}

/// The points, and what the values there say.
#[derive(Clone, Debug)]
pub(super) struct Points<'a> {
    pub(super) kinds: Vec<Kind<'a>>,
    pub(super) coordinates: Vec<Coordinate>,
    /// What has only one level: where it is written, and its kind.
    pub(super) constant: Vec<(Written, usize)>,
    /// The entry that is 1 because the networks are homogeneous.
    pub(super) one: Option<Written>,
    /// The largest weight of an index.
    pub(super) bound: u32,
    /// The highest order that there may be.
    pub(super) highest: u32,
    /// The total degree of the outputs, where it is known.
    pub(super) degree: u64,
    pub(super) reading: Reading,
    /// For every weight up to the bound, what the sums are multiplied by.
    pub(super) factors: Vec<BigRational>,
    /// Whether the sums are split by order.
    pub(super) splits: bool,
    pub(super) count: f64,
}

/// A coordinate before its levels are known.
struct Candidate<'a> {
    written: Written,
    /// The position of the law; for the symmetric inner product, of the variance.
    law: usize,
    what: What<'a>,
}

#[derive(Clone, Copy)]
enum What<'a> {
    Measured(&'a Measure),
    Power,
    Classes(usize),
    Points(&'a [Tensor<BigRational>]),
}

fn refused(why: &str) -> Failure {
    Failure::Meaningless(why.to_string())
}

impl<'a> Points<'a> {
    /// The points for a pair; an error if there are too many, or if it is not known how many are enough.
    pub(super) fn new(subject: &Subject<'a>, budget: &Budget) -> Result<Points<'a>, Failure> {
        let [a, b] = subject.networks;
        let range = degree_range(a)?.join(degree_range(b)?);
        let candidates = candidates(a, subject.product)?;
        let written: Vec<Written> = candidates.iter().map(|candidate| candidate.written).collect();
        let caps = degrees_in(&subject.networks, &written, &budget.stop())?;
        let finite = candidates.iter().all(|one| {
            !matches!(one.what, What::Power | What::Measured(Measure::Normal(_) | Measure::Interval))
        });
        let degree = match range.highest() {
            Some(degree) => degree,
            None if finite => u64::MAX,
            None => return Err(refused("the degree is too large")),
        };
        let splits = !subject.product.laws().iter().any(|law| matches!(law, Law::Points(_)));
        let mut points = Points {
            kinds: Vec::new(),
            coordinates: Vec::new(),
            constant: Vec::new(),
            one: None,
            bound: 0,
            highest: 0,
            degree,
            reading: Reading::Orthogonal,
            factors: Vec::new(),
            splits,
            count: 0.0,
        };
        let mut chosen: Vec<(Candidate<'a>, usize)> = Vec::new();
        let (mut all, mut heaviest) = (Vec::new(), 0u64);
        for (candidate, cap) in candidates.into_iter().zip(caps) {
            let levels = candidate.levels(cap.min(degree))?;
            if let What::Measured(_) | What::Power | What::Classes(_) = candidate.what {
                heaviest =
                    heaviest.saturating_add(candidate.weights(levels).last().map_or(0, |&w| u64::from(w)));
            }
            all.push((candidate, levels));
        }
        // No index weighs more than all heaviest levels together.
        let bound = u32::try_from(degree.min(heaviest)).map_err(|_| refused("the degree is too large"))?;
        points.bound = bound;
        points.highest = bound;
        let normal =
            all.iter().all(|(one, _)| matches!(one.what, What::Power | What::Measured(Measure::Normal(_))));
        let homogeneous = range.is_homogeneous() && range != DegreeRange::Zero && degree > 0 && normal;
        let widest = (0..all.len()).max_by_key(|&place| (all[place].1, std::cmp::Reverse(place)));
        if let (true, Some(widest)) = (homogeneous && u64::from(bound) == degree, widest) {
            let (one, _) = all.remove(widest);
            let symmetric = matches!(subject.product, Product::Symmetric(_));
            let variance = one.variance(subject.product);
            points.one = Some(one.written);
            points.reading = match symmetric {
                true => Reading::HomogeneousSymmetric(bound, variance),
                false => Reading::HomogeneousNormal(bound, variance),
            };
            for (candidate, _) in &mut all {
                candidate.what = What::Power;
            }
        } else if matches!(subject.product, Product::Symmetric(_)) {
            points.reading = Reading::Symmetric;
        }
        chosen.append(&mut all);
        points.add(chosen, subject.product);
        points.count = count(points.coordinates.iter().map(|coordinate| &coordinate.weights), bound);
        if points.count > MOST_POINTS {
            return Err(Failure::TooLarge);
        }
        points.factors = weighted(&points.reading, bound);
        Ok(points)
    }

    /// Adds coordinates; those of the same law share a kind, for the most levels that one of them has.
    fn add(&mut self, chosen: Vec<(Candidate<'a>, usize)>, product: &Product) {
        let mut known: Vec<(usize, usize)> = Vec::new();
        for (candidate, _) in &chosen {
            if known.iter().all(|(law, _)| *law != candidate.law) {
                let of_law = chosen.iter().filter(|(other, _)| other.law == candidate.law);
                let levels = of_law.map(|(_, levels)| *levels).max().unwrap_or(1);
                known.push((candidate.law, self.kinds.len()));
                self.kinds.push(match candidate.what {
                    What::Measured(measure) => Kind::Steps(Steps::orthogonal(measure, levels)),
                    What::Power => Kind::Steps(Steps::powers(&candidate.variance(product), levels)),
                    What::Classes(classes) => Kind::Classes(classes),
                    What::Points(points) => Kind::Points(points),
                });
            }
        }
        for (candidate, levels) in chosen {
            let kind = known.iter().find(|(law, _)| *law == candidate.law).map_or(0, |(_, kind)| *kind);
            if levels > 1 {
                let weights = candidate.weights(levels);
                self.coordinates.push(Coordinate { written: candidate.written, kind, weights });
            } else {
                self.constant.push((candidate.written, kind));
            }
        }
    }

    /// For every kind, the most levels that a coordinate has.
    pub(super) fn levels(&self) -> Vec<usize> {
        let mut levels = vec![1; self.kinds.len()];
        for coordinate in &self.coordinates {
            levels[coordinate.kind] = levels[coordinate.kind].max(coordinate.weights.len());
        }
        levels
    }
}

impl Candidate<'_> {
    /// How many levels there are, if the degree in what is written is at most `cap`.
    fn levels(&self, cap: u64) -> Result<usize, Failure> {
        let levels = match self.what {
            What::Power | What::Measured(Measure::Normal(_) | Measure::Interval) => cap.saturating_add(1),
            What::Measured(Measure::Set(values)) => {
                let levels = cap.saturating_add(1).min(values.len() as u64);
                let bits = values.iter().map(|value| value.numer().bits().max(value.denom().bits())).max();
                let work = levels.saturating_mul(bits.unwrap_or(0).max(values.len() as u64));
                if work > MOST_WORK && levels > 1 {
                    return Err(Failure::TooLarge);
                }
                levels
            }
            What::Classes(classes) if cap > 0 => classes as u64,
            What::Points(points) if cap > 0 => points.len() as u64,
            What::Classes(_) | What::Points(_) => 1,
        };
        let fits = levels <= MOST_LEVELS || matches!(self.what, What::Points(_)) && levels < 1 << 16;
        if fits { Ok(levels as usize) } else { Err(Failure::TooLarge) }
    }

    fn weights(&self, levels: usize) -> Vec<u32> {
        match self.what {
            What::Measured(_) | What::Power => (0..levels as u32).collect(),
            What::Classes(_) => (0..levels as u32).map(|level| level.min(1)).collect(),
            What::Points(_) => vec![0; levels],
        }
    }

    /// The variance of a variable that is normal, or of the symmetric inner product.
    fn variance(&self, product: &Product) -> BigRational {
        match product {
            Product::Symmetric(Some(variances)) => variances.get(self.law).cloned(),
            Product::Symmetric(None) => None,
            Product::Laws(laws) => match laws.get(self.law) {
                Some(Law::Entries(Measure::Normal(variance))) => Some(variance.clone()),
                _ => None,
            },
        }
        .unwrap_or_else(BigRational::one)
    }
}

/// All that can be chosen independently.
fn candidates<'a>(network: &Network, product: &'a Product) -> Result<Vec<Candidate<'a>>, Failure> {
    let mut candidates = Vec::new();
    for (input, declared) in network.inputs().iter().enumerate() {
        let size = declared.shape.size();
        let mut add = |start, width, law, what| {
            candidates.push(Candidate { written: Written { input, start, width }, law, what });
        };
        let law = match product {
            Product::Symmetric(variances) => {
                for entry in 0..size {
                    add(entry, 1, 0, What::Power);
                }
                if variances.is_some() {
                    // Every variable has its own.
                    let first = candidates.len() - size;
                    candidates[first..].iter_mut().enumerate().for_each(|(i, one)| one.law = first + i);
                }
                continue;
            }
            Product::Laws(laws) => laws.get(input).ok_or_else(|| refused("an input has no law"))?,
        };
        match law {
            Law::Entries(Measure::Set(values)) if values.is_empty() => return Err(refused("a set is empty")),
            Law::Entries(measure) => {
                (0..size).for_each(|entry| add(entry, 1, input, What::Measured(measure)));
            }
            Law::OneHot { length: 0, .. } => return Err(refused("a vector has no classes")),
            Law::OneHot { length, .. } => {
                let starts = (0..size).step_by(*length);
                starts.for_each(|start| add(start, *length, input, What::Classes(*length)));
            }
            Law::Points(points) if points.is_empty() => return Err(refused("there are no points")),
            Law::Points(points) => add(0, size, input, What::Points(points)),
        }
    }
    Ok(candidates)
}

/// For every weight up to a bound, what the sums are multiplied by.
fn weighted(reading: &Reading, bound: u32) -> Vec<BigRational> {
    let factorial = |n: u32| -> BigInt { (1..=n).map(BigInt::from).product() };
    let rest = |degree: u32, variance: &BigRational, weight: u32| {
        let missing = degree.saturating_sub(weight);
        let power = num_traits::pow(variance.clone(), missing as usize);
        BigRational::from_integer(factorial(missing)) * power
    };
    let factor = |weight: u32| match reading {
        Reading::Orthogonal => BigRational::one(),
        Reading::Symmetric => BigRational::new(BigInt::one(), factorial(weight)),
        Reading::HomogeneousSymmetric(degree, variance) => {
            rest(*degree, variance, weight) / BigRational::from_integer(factorial(*degree))
        }
        // The missing degree is that of the order, which changes.
        Reading::HomogeneousNormal(..) => BigRational::zero(),
    };
    (0..=bound).map(factor).collect()
}
