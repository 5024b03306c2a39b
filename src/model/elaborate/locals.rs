//! The names of one scope: parameters, counters of loops, and what `let` in a block defines.

use std::collections::{HashMap, HashSet};

use crate::model::value::{Eval, Value};

/// The names in scope that are not items.
pub(in crate::model) struct Locals<'a> {
    /// The file that is being read.
    pub module: usize,
    /// For every name its definitions, innermost last, each with its position in `order`.
    values: HashMap<&'a str, Vec<(usize, Eval<Value>)>>,
    order: Vec<&'a str>,
}

impl<'a> Locals<'a> {
    /// No local names.
    pub fn new(module: usize) -> Locals<'a> {
        Locals { module, values: HashMap::new(), order: Vec::new() }
    }

    /// Defines a name, which hides an earlier definition.
    pub fn define(&mut self, name: &'a str, value: Eval<Value>) {
        self.values.entry(name).or_default().push((self.order.len(), value));
        self.order.push(name);
    }

    pub fn get(&self, name: &str) -> Option<&Eval<Value>> {
        self.values.get(name)?.last().map(|(_, value)| value)
    }

    /// The number of names so far. A scope consists of the names after such a mark.
    pub fn mark(&self) -> usize {
        self.order.len()
    }

    /// Ends the scope that began at `mark`. Returns the last value of each of its names, latest first.
    pub fn leave(&mut self, mark: usize) -> Vec<(&'a str, Eval<Value>)> {
        let mut last: Vec<(&'a str, Eval<Value>)> = Vec::new();
        let mut seen: HashSet<&str> = HashSet::new();
        for name in self.order.drain(mark..).rev() {
            let value = self.values.get_mut(name).and_then(Vec::pop);
            if let Some((_, value)) = value
                && seen.insert(name)
            {
                last.push((name, value));
            }
        }
        last
    }

    /// Gives a name a value in the scope that began at `mark`.
    pub fn assign(&mut self, mark: usize, name: &'a str, value: Eval<Value>) {
        match self.values.get_mut(name).and_then(|values| values.last_mut()) {
            Some((position, slot)) if *position >= mark => *slot = value,
            _ => self.define(name, value),
        }
    }
}
