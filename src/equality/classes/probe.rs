//! Witnesses used again: places where two networks differ, and the values of other networks there.
//!
//! What values say about a relation is their *key*: networks are unrelated if the keys of their values at the
//! same places differ.
//!
//! * *equal*: the values themselves;
//! * *up to shift*: the differences to the first value; the places are of one row of the output;
//! * *up to scale*: the values divided by the magnitude of the first that is not zero. If `f = c g` with
//!   `c > 0`, the values of `f` and `g` are on one ray. Modulo a prime they are on one line if `c` has a
//!   residue other than zero, which nobody knows, but `f_i g_j = f_j g_i` in any case: networks that both
//!   have values other than zero, on two lines, are unrelated. Values that are all zero say nothing.

use num_rational::BigRational;

use super::super::relation::of;
use super::super::witness::outputs::{exactly, residues_of};
use super::super::{Relation, Values, Witness};
use crate::arithmetic::PrimeField;
use crate::budget::Budget;
use crate::network::{Network, Shape, Tensor};

/// An entry of the output at an input.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// One tensor per input, on the domain.
    pub input: Vec<Tensor<BigRational>>,
    /// The multi-index of the output.
    pub output: Vec<usize>,
}

/// Values of one kind, read at the places of a probe.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Readings {
    Exact(Vec<BigRational>),
    Residues(Vec<u64>),
}

/// Where outputs are read, and modulo what.
#[derive(Clone, Debug)]
pub(super) struct Probe {
    pub places: Vec<Place>,
    pub field: Option<PrimeField>,
    /// What was read: of the two networks that the witness is about, and of others.
    pub values: Vec<(usize, Readings)>,
}

impl Readings {
    /// Networks with different keys are not related; `None` when the numbers say nothing.
    pub fn key(&self, relation: Relation, field: Option<&PrimeField>) -> Option<Readings> {
        match self {
            Readings::Exact(values) => Some(Readings::Exact(of(relation).key(values))),
            Readings::Residues(values) => Some(Readings::Residues(of(relation).residue_key(field?, values)?)),
        }
    }

    /// The number at a position, alone.
    pub fn at(&self, position: usize) -> Option<Readings> {
        match self {
            Readings::Exact(values) => Some(Readings::Exact(vec![values.get(position)?.clone()])),
            Readings::Residues(values) => Some(Readings::Residues(vec![*values.get(position)?])),
        }
    }

    /// Whether two of one kind differ at a position.
    pub fn differ(&self, other: &Readings, position: usize) -> bool {
        match (self, other) {
            (Readings::Exact(a), Readings::Exact(b)) => a.get(position) != b.get(position),
            (Readings::Residues(a), Readings::Residues(b)) => a.get(position) != b.get(position),
            _ => false,
        }
    }

    /// Adds numbers of the same kind.
    fn append(&mut self, more: Readings) {
        match (self, more) {
            (Readings::Exact(values), Readings::Exact(more)) => values.extend(more),
            (Readings::Residues(values), Readings::Residues(more)) => values.extend(more),
            // One probe reads one kind.
            _ => {}
        }
    }

    /// The numbers, residues as integers.
    pub fn rationals(&self) -> Vec<BigRational> {
        match self {
            Readings::Exact(values) => values.clone(),
            Readings::Residues(values) => {
                values.iter().map(|&value| BigRational::from_integer(value.into())).collect()
            }
        }
    }
}

impl Probe {
    /// Of a witness against two networks.
    pub fn new(witness: &Witness, (first, second): (usize, usize)) -> Option<Probe> {
        let mut places = Vec::new();
        let (mut exact, mut residues) = ((Vec::new(), Vec::new()), (Vec::new(), Vec::new()));
        let mut field = None;
        for evaluation in &witness.evaluations {
            places.push(Place { input: evaluation.input.clone(), output: evaluation.output.clone() });
            match &evaluation.values {
                Values::Exact { a, b } => {
                    exact.0.push(a.clone());
                    exact.1.push(b.clone());
                }
                Values::Residues { prime, a, b } => {
                    residues.0.push(*a);
                    residues.1.push(*b);
                    field = Some(PrimeField::new(*prime)?);
                }
            }
        }
        let (a, b) = match field {
            None => (Readings::Exact(exact.0), Readings::Exact(exact.1)),
            // All evaluations of a witness are of one kind.
            Some(_) if exact.0.is_empty() => (Readings::Residues(residues.0), Readings::Residues(residues.1)),
            Some(_) => return None,
        };
        Some(Probe { places, field, values: vec![(first, a), (second, b)] })
    }

    /// The values of a network that was read here.
    pub fn of(&self, network: usize) -> Option<&Readings> {
        self.values.iter().find(|(read, _)| *read == network).map(|(_, numbers)| numbers)
    }

    /// Whether numbers read here show that their networks are not related.
    pub fn separates(&self, relation: Relation, a: &Readings, b: &Readings) -> bool {
        let key = |numbers: &Readings| numbers.key(relation, self.field.as_ref());
        matches!((key(a), key(b)), (Some(a), Some(b)) if a != b)
    }

    /// Whether two networks are not related by what is known here.
    pub fn tells_apart(&self, relation: Relation, a: usize, b: usize) -> bool {
        let witnessed = |(first, second): (usize, usize)| match self.values.as_slice() {
            [(one, _), (other, _), ..] => (*one, *other) == (first, second),
            _ => false,
        };
        witnessed((a, b))
            || witnessed((b, a))
            || self.of(a).zip(self.of(b)).is_some_and(|(a, b)| self.separates(relation, a, b))
    }

    /// The values of a network, `None` when they are too long, or the prime divides a denominator.
    pub fn read(&self, network: &Network, budget: &Budget) -> Option<Readings> {
        let mut inputs: Vec<(usize, Readings)> = Vec::new();
        let mut values: Option<Readings> = None;
        for (at, place) in self.places.iter().enumerate() {
            let same = |&(other, _): &(usize, Readings)| self.places[other].input == place.input;
            if !inputs.iter().any(same) {
                inputs.push((at, self.outputs(at, network, budget)?));
            }
            let outputs = inputs.iter().find(|one| same(one))?;
            let value = outputs.1.at(flat(network.output_shape(), &place.output))?;
            match &mut values {
                None => values = Some(value),
                Some(values) => values.append(value),
            }
        }
        values
    }

    /// All outputs of a network at the input of one of the places.
    pub fn outputs(&self, place: usize, network: &Network, budget: &Budget) -> Option<Readings> {
        if budget.expired() {
            return None;
        }
        let input = &self.places.get(place)?.input;
        match &self.field {
            None => exactly(network, input, budget).map(Readings::Exact),
            Some(field) => residues_of(network, input, field).map(Readings::Residues),
        }
    }
}

/// The flat position of an index.
pub(super) fn flat(shape: &Shape, index: &[usize]) -> usize {
    shape.axes().iter().zip(index).fold(0, |flat, (length, at)| flat * length + at)
}
