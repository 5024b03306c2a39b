//! Domains as coordinates, and the points of bounded weight that determine a polynomial of bounded degree.
//!
//! What can be chosen independently is a coordinate: a free entry, an entry with finitely many values, a
//! one-hot vector, or a whole input that is one of several points. Each has levels with weights;
//! `grammar/certificate.md` has the proof that a polynomial of degree at most `d` that vanishes at all points
//! of weight at most `d` vanishes on the whole domain.

use num_rational::BigRational;

use super::bounds::Bound;
use super::evaluate::Ring;
use super::number::Number;
use super::outcome::Refusal;
use super::residues::Residues;
use crate::domain::{Domain, InputSet};
use crate::network::{Input, Network, Operation};

/// A coordinate: the input it belongs to, and its kind.
#[derive(Clone, Copy, Debug)]
pub(super) enum Coordinate<'a> {
    /// An entry that can be any number. Level `k` is the number `k` and weighs `k`.
    Free { input: usize, entry: usize },
    /// An entry with these values, ascending. Level `k` weighs `k`.
    Entry { input: usize, entry: usize, values: &'a [BigRational] },
    /// A one-hot vector. Level 0 weighs nothing, every other class 1.
    Vector { input: usize, start: usize, classes: usize },
    /// A whole input. No level weighs anything.
    Whole { input: usize, points: &'a [crate::network::Tensor<BigRational>] },
}

impl Coordinate<'_> {
    pub(super) fn is_free(&self) -> bool {
        matches!(self, Coordinate::Free { .. })
    }

    /// The numbers that it can be, one level after the other.
    pub(super) fn numbers(&self) -> Vec<&BigRational> {
        match self {
            Coordinate::Entry { values, .. } => values.iter().collect(),
            Coordinate::Whole { points, .. } => points.iter().flat_map(|point| point.data()).collect(),
            _ => Vec::new(),
        }
    }

    pub(super) fn levels(&self) -> u64 {
        match self {
            Coordinate::Free { .. } => u64::MAX,
            Coordinate::Entry { values, .. } => values.len() as u64,
            Coordinate::Vector { classes, .. } => *classes as u64,
            Coordinate::Whole { points, .. } => points.len() as u64,
        }
    }

    fn weight(&self, level: u64) -> u64 {
        match self {
            Coordinate::Free { .. } | Coordinate::Entry { .. } => level,
            Coordinate::Vector { .. } => u64::from(level > 0),
            Coordinate::Whole { .. } => 0,
        }
    }
}

/// The coordinates of the inputs that one of the networks reads.
pub(super) fn coordinates<'a>(networks: &[&Network], domain: &'a Domain) -> Vec<Coordinate<'a>> {
    let reads = |input: usize| {
        let mut nodes = networks.iter().flat_map(|network| network.nodes());
        nodes.any(|node| matches!(node.operation, Operation::Input(position) if position == input))
    };
    let mut coordinates = Vec::new();
    for (input, (declared, set)) in
        networks[0].inputs().iter().zip(&domain.0).enumerate().filter(|(i, _)| reads(*i))
    {
        let size = declared.shape.size();
        match set {
            InputSet::Everything => {
                coordinates.extend((0..size).map(|entry| Coordinate::Free { input, entry }));
            }
            InputSet::Finite(values) => {
                coordinates.extend((0..size).map(|entry| Coordinate::Entry { input, entry, values }));
            }
            InputSet::OneHot => {
                let classes = declared.shape.axes().last().copied().unwrap_or(1);
                let starts = (0..size).step_by(classes.max(1));
                coordinates.extend(starts.map(|start| Coordinate::Vector { input, start, classes }));
            }
            InputSet::Points(points) => coordinates.push(Coordinate::Whole { input, points }),
        }
    }
    coordinates
}

/// The largest weight of a point, `None` when there is none because some coordinate is free.
pub(super) fn heaviest(coordinates: &[Coordinate<'_>]) -> Option<u64> {
    let heaviest = |coordinate: &Coordinate<'_>| coordinate.weight(coordinate.levels().saturating_sub(1));
    let free = coordinates.iter().any(Coordinate::is_free);
    (!free).then(|| coordinates.iter().map(heaviest).fold(0, u64::saturating_add))
}

/// Bounds on the input entries, each as a polynomial of degree 1; `free` bounds the magnitude of free entries
/// (1 for variables).
pub(super) fn input_bounds(network: &Network, domain: &Domain, free: u64) -> Vec<Vec<Option<Bound>>> {
    let bound_of = |values: &mut dyn Iterator<Item = &BigRational>| {
        values.map(|value| Bound::of(&Number::of(value), 1)).fold(Bound::of(&Number::ONE, 1), Bound::or)
    };
    let bound = |set: &InputSet| match set {
        InputSet::Everything => Bound::of(&Number::of(&BigRational::from_integer(free.max(1).into())), 1),
        InputSet::Finite(values) => bound_of(&mut values.iter()),
        InputSet::OneHot => Bound::of(&Number::ONE, 1),
        InputSet::Points(points) => bound_of(&mut points.iter().flat_map(|point| point.data())),
    };
    let inputs = network.inputs().iter().zip(&domain.0);
    inputs.map(|(input, set)| vec![Some(bound(set)); input.shape.size()]).collect()
}

/// Visits all points of the walked coordinates whose weight is at most `bound`, as levels; the others keep
/// the level
/// 0. An odometer whose last coordinate turns fastest. Ends early with an error of the visitor.
pub(super) fn walk(
    coordinates: &[Coordinate<'_>],
    walked: &[usize],
    bound: u64,
    mut visit: impl FnMut(&[u64]) -> Result<(), Refusal>,
) -> Result<(), Refusal> {
    if walked.iter().any(|&i| coordinates[i].levels() == 0) {
        return Ok(());
    }
    let mut point = vec![0; coordinates.len()];
    let mut weight = 0;
    loop {
        visit(&point)?;
        let mut rest = walked.iter().rev();
        loop {
            let Some(&i) = rest.next() else { return Ok(()) };
            let coordinate = &coordinates[i];
            let (now, next) = (coordinate.weight(point[i]), coordinate.weight(point[i] + 1));
            // Weights never fall from one level to the next.
            if point[i] + 1 < coordinate.levels() && weight - now + next <= bound {
                weight = weight - now + next;
                point[i] += 1;
                break;
            }
            weight -= now;
            point[i] = 0;
        }
    }
}

/// Visits the same points as residues of all input entries, some at a time: the inputs, and how many lanes of
/// them are points. Free coordinates that are not walked are set to `free`.
pub(super) fn walk_modulo<const N: usize>(
    ring: &Residues<'_, N>,
    inputs: &[Input],
    (coordinates, walked, bound): (&[Coordinate<'_>], &[usize], u64),
    free: &[u64],
    mut visit: impl FnMut(&[Vec<[u64; N]>], usize) -> Result<(), Refusal>,
) -> Result<(), Refusal> {
    let residues = coordinates.iter().map(|coordinate| {
        let values = coordinate.numbers().into_iter().map(|value| ring.residue(value));
        values.collect::<Result<Vec<u64>, Refusal>>()
    });
    let residues: Vec<Vec<u64>> = residues.collect::<Result<_, _>>()?;
    let mut inputs: Vec<_> = inputs.iter().map(|input| vec![[0; N]; input.shape.size()]).collect();
    let mut lane = 0;
    walk(coordinates, walked, bound, |point| {
        ring.work().0.spend(20 * point.len() as u64)?;
        let mut free = free.iter();
        for ((coordinate, &level), residues) in coordinates.iter().zip(point).zip(&residues) {
            match *coordinate {
                Coordinate::Free { input, entry } => {
                    inputs[input][entry][lane] = free.next().copied().unwrap_or(level);
                }
                Coordinate::Entry { input, entry, .. } => {
                    inputs[input][entry][lane] = residues[level as usize];
                }
                Coordinate::Vector { input, start, classes } => {
                    let entries = inputs[input][start..start + classes].iter_mut().zip(0..);
                    entries.for_each(|(entry, class)| entry[lane] = u64::from(class == level));
                }
                Coordinate::Whole { input, .. } => {
                    let whole = &residues[level as usize * inputs[input].len()..];
                    inputs[input].iter_mut().zip(whole).for_each(|(entry, &value)| entry[lane] = value);
                }
            }
        }
        lane = (lane + 1) % N;
        if lane == 0 { visit(&inputs, N) } else { Ok(()) }
    })?;
    if lane > 0 { visit(&inputs, lane) } else { Ok(()) }
}
