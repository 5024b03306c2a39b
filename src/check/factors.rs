//! Contractions of many factors, two at a time.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::rc::Rc;

use super::evaluate::{Ring, contract, fits};
use super::number::Number;
use super::outcome::Refusal;
use crate::network::{Einsum, Label};

/// A tensor with a label for every axis, its entries in row-major order.
type Factor<E> = (Vec<Label>, Rc<Vec<E>>);

/// Factors with a label for every axis: to be multiplied, and summed over the labels that the result does not
/// have.
pub(super) struct Factors<'r, R: Ring> {
    ring: &'r R,
    lengths: BTreeMap<Label, usize>,
    factors: Vec<Factor<R::Element>>,
    /// Pairs of labels for factors that are 1 where two labels are equal, and else 0.
    same: Vec<(Label, Label)>,
}

// Derived, this would ask that rings are cloned.
impl<R: Ring> Clone for Factors<'_, R> {
    fn clone(&self) -> Self {
        let (lengths, factors, same) = (self.lengths.clone(), self.factors.clone(), self.same.clone());
        Factors { ring: self.ring, lengths, factors, same }
    }
}

impl<'r, R: Ring> Factors<'r, R> {
    pub(super) fn new(ring: &'r R) -> Self {
        Factors { ring, lengths: BTreeMap::new(), factors: Vec::new(), same: Vec::new() }
    }

    /// Labels stand for axes of these lengths.
    pub(super) fn label(&mut self, labels: &[Label], axes: &[usize]) {
        self.lengths.extend(labels.iter().copied().zip(axes.iter().copied()));
    }

    pub(super) fn multiply(&mut self, labels: Vec<Label>, entries: Rc<Vec<R::Element>>) {
        self.factors.push((labels, entries));
    }

    /// A factor that is 1 where all labels are equal, one by one.
    pub(super) fn multiply_same(&mut self, labels: &[Label], others: &[Label]) {
        self.same.extend(labels.iter().copied().zip(others.iter().copied()));
    }

    /// The result, with axes for these labels.
    pub(super) fn contract(mut self, output: &[Label]) -> Result<Vec<R::Element>, Refusal> {
        self.identify(output)?;
        while self.factors.len() > 2 {
            let (i, j, kept) = self.cheapest(output);
            let (two, one) = (self.factors.swap_remove(j), self.factors.swap_remove(i));
            let product = self.product(&[one, two], &kept)?;
            self.factors.push((kept, Rc::new(product)));
        }
        self.product(&self.factors, output)
    }

    /// Equal labels become one label, so that few of the factors that say so are left.
    fn identify(&mut self, output: &[Label]) -> Result<(), Refusal> {
        let [zero, one] = [Number::ZERO, Number::ONE].map(|number| self.ring.number(&number));
        let (zero, one) = (zero?, one?);
        while let Some((stays, goes)) = self.same.pop() {
            let length = self.lengths[&stays];
            let (stays, goes) = if output.contains(&goes) { (goes, stays) } else { (stays, goes) };
            if stays != goes && output.contains(&goes) {
                let (work, square) = (self.ring.work().0, (length as u128).pow(2));
                fits(square * size_of::<R::Element>() as u128)?;
                work.spend(10 * square as u64)?;
                let entry = |at: usize| if at / length == at % length { one.clone() } else { zero.clone() };
                let matrix = (0..length * length).map(entry).collect();
                self.factors.push((vec![stays, goes], Rc::new(matrix)));
                continue;
            }
            let pairs = self.same.iter_mut().flat_map(|(one, two)| [one, two]);
            let labels = self.factors.iter_mut().flat_map(|(labels, _)| labels).chain(pairs);
            labels.filter(|label| **label == goes).for_each(|label| *label = stays);
            // A label that no other factor has stands for a factor of ones.
            self.factors.push((vec![stays], Rc::new(vec![one.clone(); length])));
        }
        Ok(())
    }

    /// The pair of factors whose product is smallest compared with them, and the labels of the product.
    fn cheapest(&self, output: &[Label]) -> (usize, usize, Vec<Label>) {
        let size = |labels: &[Label]| labels.iter().map(|label| self.lengths[label] as f64).product::<f64>();
        let mut best = (f64::INFINITY, 0, 1, Vec::new());
        for (j, (two, _)) in self.factors.iter().enumerate() {
            for (i, (one, _)) in self.factors[..j].iter().enumerate() {
                let others = self.factors.iter().enumerate().filter(|&(k, _)| k != i && k != j);
                let mut kept: Vec<Label> = one.iter().chain(two).copied().collect();
                kept.sort_unstable();
                kept.dedup();
                kept.retain(|label| {
                    output.contains(label) || others.clone().any(|(_, (labels, _))| labels.contains(label))
                });
                let growth = size(&kept) - size(one) - size(two);
                if growth < best.0 || best.3.is_empty() && best.0.is_infinite() {
                    best = (growth, i, j, kept);
                }
            }
        }
        (best.1, best.2, best.3)
    }

    fn product(&self, factors: &[Factor<R::Element>], output: &[Label]) -> Result<Vec<R::Element>, Refusal> {
        let axes = |labels: &[Label]| labels.iter().map(|label| self.lengths[label]).collect::<Vec<_>>();
        let axes: Vec<Vec<usize>> = factors.iter().map(|(labels, _)| axes(labels)).collect();
        let parts = axes.iter().zip(factors);
        let parts = parts.map(|(axes, (_, entries))| (axes.as_slice(), Cow::Borrowed(entries.as_slice())));
        let operands = factors.iter().map(|(labels, _)| labels.clone()).collect();
        contract(self.ring, parts.collect(), &Einsum { operands, output: output.to_vec() })
    }
}
