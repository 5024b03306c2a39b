//! Telling the representatives of classes apart: evaluations where they differ, each for many pairs at once.
//!
//! A witness against one pair splits all representatives by their values there, and what it leaves together
//! is split again, so the number of searches is below the number of classes. Where no witness is found
//! (within the budget, say), the values at the shared points are one.

use std::sync::Arc;

use num_rational::BigRational;

use super::super::{Question, QuestionError, Relation, Verdict, decide};
use super::partition::Partition;
use super::probe::{Place, Probe, Readings, flat};
use crate::budget::Budget;
use crate::network::Network;

/// Evaluations that tell representatives apart.
#[derive(Clone, Debug, PartialEq)]
pub struct Separation {
    /// Where outputs are read: one place, or two for a relation.
    pub places: Vec<Place>,
    /// The prime that the values are modulo, or `None` when they are exact.
    pub prime: Option<u64>,
    /// Representatives, and for each its values at the places. Residues are integers.
    pub values: Vec<(usize, Vec<BigRational>)>,
    /// For each of them the number of its group. The values show that those of different groups are not
    /// related.
    pub groups: Vec<usize>,
}

/// Representatives that are still to be told apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Task {
    networks: Vec<usize>,
    /// Without looking for a witness: by what is known.
    known: bool,
}

impl Task {
    /// The same without a search, for a search that did not end.
    pub fn known(self) -> Task {
        Task { known: true, ..self }
    }

    /// Whether it takes no search.
    pub fn is_known(&self) -> bool {
        self.known
    }
}

/// What one task came to.
#[derive(Clone, Debug)]
pub struct Step {
    comparisons: u64,
    separations: Vec<Separation>,
    tasks: Vec<Task>,
}

impl Partition {
    /// What has to be done to tell all classes apart, those that are undecided left out.
    pub fn tasks(&self) -> Vec<Task> {
        let decided = self.classes.iter().filter(|class| class.undecided.is_none());
        let networks = decided.map(|class| class.representative).collect();
        vec![Task { networks, known: false }]
    }

    /// Works on a task. [`Partition::separated`] takes what it came to.
    ///
    /// # Errors
    /// When a network cannot be loaded.
    pub fn separate<E: From<QuestionError>>(
        &self,
        task: &Task,
        load: &mut dyn FnMut(usize) -> Result<Arc<Network>, E>,
        budget: &Budget,
    ) -> Result<Step, E> {
        let mut step = Step { comparisons: 0, separations: Vec::new(), tasks: Vec::new() };
        let [a, b, others @ ..] = task.networks.as_slice() else { return Ok(step) };
        let (a, b) = (*a, *b);
        if task.known {
            self.by_what_is_known((a, b), others, &mut step);
            return Ok(step);
        }
        let probe = match self.probe(a, b) {
            Some(probe) => Some(probe.clone()),
            None => {
                let (first, second) = (load(a)?, load(b)?);
                let question =
                    Question { a: &first, b: &second, relation: self.relation, domain: &self.domain };
                step.comparisons += 1;
                match decide(&question, budget)? {
                    Verdict::Different(witness) => Probe::new(&witness, (a, b)),
                    Verdict::Equal(_) | Verdict::Undecided(_) => None,
                }
            }
        };
        let Some(probe) = probe else {
            step.tasks.push(task.clone().known());
            return Ok(step);
        };
        let (mut rows, mut all) = (Vec::new(), Vec::new());
        let several = self.relation == Relation::Equal && !others.is_empty();
        for &network in &task.networks {
            let mut values = probe.of(network).cloned();
            if several {
                // The other outputs at this input may tell those apart that this one does not.
                let outputs = match budget.expired() {
                    true => None,
                    false => probe.outputs(0, &*load(network)?, budget),
                };
                values = values.or_else(|| outputs.as_ref()?.at(self.position(&probe)));
                all.extend(outputs.map(|outputs| (network, outputs)));
            } else if values.is_none() && !budget.expired() {
                values = probe.read(&*load(network)?, budget);
            }
            rows.push((network, values));
        }
        let left = self.split(&probe, rows, false, &mut step);
        if !left.is_empty() || step.separations.is_empty() {
            step.tasks.push(task.clone().known());
        }
        self.split_by_other_outputs(&probe, &all, &mut step);
        Ok(step)
    }

    /// The output that a probe of one place reads.
    fn position(&self, probe: &Probe) -> usize {
        probe.places.first().map_or(0, |place| flat(self.shapes.output_shape(), &place.output))
    }

    /// Splits what is still together, where all outputs at the input are known.
    fn split_by_other_outputs(&self, probe: &Probe, all: &[(usize, Readings)], step: &mut Step) {
        let outputs =
            |network: usize| all.iter().find(|(read, _)| *read == network).map(|(_, values)| values);
        let shape = self.shapes.output_shape();
        let (mut together, mut rest) = (std::mem::take(&mut step.tasks), Vec::new());
        while let Some(task) = together.pop() {
            let values: Option<Vec<&Readings>> = task.networks.iter().map(|&one| outputs(one)).collect();
            let differs = |position: &usize| {
                values.as_ref().is_some_and(|values| {
                    values.iter().skip(1).any(|other| values[0].differ(other, *position))
                })
            };
            let position = (0..shape.size()).find(|position| !task.known && differs(position));
            let (Some(position), Some(place)) = (position, probe.places.first()) else {
                rest.push(task);
                continue;
            };
            let place = Place { input: place.input.clone(), output: shape.unravel(position) };
            let probe = Probe { places: vec![place], field: probe.field, values: Vec::new() };
            let rows = task.networks.iter().map(|&one| (one, outputs(one).and_then(|v| v.at(position))));
            self.split(&probe, rows.collect(), false, step);
            together.append(&mut step.tasks);
        }
        step.tasks = rest;
    }

    /// Notes what a task came to, and adds what is left to do.
    pub fn separated(&mut self, step: Step, tasks: &mut Vec<Task>) -> Vec<Separation> {
        self.comparisons += step.comparisons;
        tasks.extend(step.tasks);
        step.separations
    }

    /// A witness against two representatives that was found when networks were placed.
    pub(super) fn probe(&self, a: usize, b: usize) -> Option<&Probe> {
        self.probes.iter().map(|probe| &**probe).find(|probe| probe.tells_apart(self.relation, a, b))
    }

    /// Separates by the values at the shared points; a pair without them was compared, and has a witness.
    fn by_what_is_known(&self, (a, b): (usize, usize), others: &[usize], step: &mut Step) {
        let task = |networks| Task { networks, known: true };
        let all = || [a, b].into_iter().chain(others.iter().copied());
        let values = |network: usize| self.class(network).and_then(|class| class.values.as_deref());
        let shared = self.shared.as_ref().and_then(|shared| {
            let positions = shared.positions(values(a)?, values(b)?)?;
            let places: Option<Vec<Place>> = positions.iter().map(|&at| shared.place(at)).collect();
            let probe = Probe { places: places?, field: Some(shared.field), values: Vec::new() };
            Some((positions, probe))
        });
        if let Some((positions, probe)) = shared {
            let read = |network: usize| Some(Readings::Residues(values(network)?.at(&positions)));
            let rows = all().map(|network| (network, read(network))).collect();
            let left = self.split(&probe, rows, true, step);
            // Pairs with one that has no key there.
            for (at, &network) in left.iter().enumerate() {
                let others = all().filter(|other| !left[..=at].contains(other));
                step.tasks.extend(others.map(|other| task(vec![network, other])));
            }
            return;
        }
        if let Some(probe) = self.probe(a, b) {
            let read = |network: usize| Some((network, probe.of(network)?.rationals()));
            let values = [a, b].into_iter().filter_map(read).collect();
            let prime = probe.field.map(|field| field.prime());
            let places = probe.places.clone();
            step.separations.push(Separation { places, prime, values, groups: vec![0, 1] });
        }
        if !others.is_empty() {
            step.tasks.push(task([a].iter().chain(others).copied().collect()));
            step.tasks.extend(others.iter().map(|&other| task(vec![b, other])));
        }
    }

    /// Groups representatives by their values, and leaves what is together in a group to be told apart.
    /// Returns those without a key.
    fn split(
        &self,
        probe: &Probe,
        rows: Vec<(usize, Option<Readings>)>,
        known: bool,
        step: &mut Step,
    ) -> Vec<usize> {
        let mut groups: Vec<(Readings, Vec<usize>)> = Vec::new();
        let (mut values, mut group_of, mut left) = (Vec::new(), Vec::new(), Vec::new());
        for (network, numbers) in rows {
            let key = numbers.as_ref().and_then(|numbers| numbers.key(self.relation, probe.field.as_ref()));
            let (Some(numbers), Some(key)) = (numbers, key) else {
                left.push(network);
                continue;
            };
            let group = groups.iter().position(|(other, _)| *other == key).unwrap_or_else(|| {
                groups.push((key, Vec::new()));
                groups.len() - 1
            });
            groups[group].1.push(network);
            values.push((network, numbers.rationals()));
            group_of.push(group);
        }
        // Values that tell nothing apart are not worth telling.
        if groups.len() > 1 {
            let (places, prime) = (probe.places.clone(), probe.field.map(|field| field.prime()));
            step.separations.push(Separation { places, prime, values, groups: group_of });
            let several = groups.into_iter().map(|(_, networks)| networks).filter(|group| group.len() > 1);
            step.tasks.extend(several.map(|networks| Task { networks, known }));
        }
        left
    }
}
