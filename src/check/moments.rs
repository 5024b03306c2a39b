//! The layerwise recursion: means and covariances of the nodes of two networks, where the operands of every
//! product are taken to be jointly Gaussian. `grammar/certificate.md` defines it, and says what it proves.

use std::borrow::Cow;
use std::collections::HashMap;
use std::rc::Rc;

use num_bigint::BigInt;
use num_rational::BigRational;

use super::evaluate::{Ring, arrange, fits};
use super::factors::Factors;
use super::joint::{Joint, Kind};
use super::number::{Number, for_each_entry};
use super::outcome::{Refusal, Work, incomplete, invalid};
use super::subject::Pair;
use crate::network::{Label, Operation};

/// Products of more operands that depend on inputs are not expanded.
pub(super) const MOST_OPERANDS: usize = 8;

/// The covariance of two nodes: the axes of the first, then those of the second.
enum Covariance<E> {
    Zero,
    /// Of an input with itself: 1 at equal positions, else 0.
    Same,
    Entries(Rc<Vec<E>>),
}

/// Entries in row-major order; `None` if all are zero because nothing adds to them.
type Entries<E> = Option<Rc<Vec<E>>>;

/// Means and covariances in a ring.
pub(super) struct Moments<'a, R: Ring> {
    ring: &'a R,
    joint: &'a Joint<'a>,
    /// Whether operands of a product are paired only with operands of another, as in the symmetric inner
    /// product.
    symmetric: bool,
    means: Vec<Entries<R::Element>>,
    /// Of nodes that depend on inputs, in the order of [`Joint::ordered`].
    covariances: HashMap<(usize, usize), Covariance<R::Element>>,
    bytes: usize,
}

impl<'a, R: Ring> Moments<'a, R> {
    /// All means and what they need.
    pub(super) fn new(ring: &'a R, joint: &'a Joint<'a>, symmetric: bool) -> Result<Self, Refusal> {
        if joint.width() > MOST_OPERANDS {
            return Err(incomplete("a product has more than 8 operands that depend on inputs"));
        }
        if symmetric && !joint.is_homogeneous() {
            return Err(invalid("statement", "layerwise symmetric inner products are of homogeneous models"));
        }
        let (means, covariances) = (Vec::new(), HashMap::new());
        let mut moments = Moments { ring, joint, symmetric, means, covariances, bytes: 0 };
        for node in 0..joint.nodes.len() {
            let mean = match joint.kinds[node] {
                Kind::Input(_) => None,
                Kind::Product if symmetric => None,
                Kind::Product => {
                    let operands: Vec<usize> = joint.dependent(node).collect();
                    pairs(&operands).try_for_each(|(one, two)| moments.require(one, two))?;
                    moments.product(node, None)?
                }
                _ => moments.linear(node, None)?,
            };
            moments.keep(mean.as_ref())?;
            moments.means.push(mean);
        }
        Ok(moments)
    }

    /// `<f, f>`, `<f, g>` and `<g, g>`
    pub(super) fn inner_products(&mut self) -> Result<[R::Element; 3], Refusal> {
        let [f, g] = self.joint.outputs;
        Ok([self.inner_product(f, f)?, self.inner_product(f, g)?, self.inner_product(g, g)?])
    }

    fn inner_product(&mut self, one: usize, two: usize) -> Result<R::Element, Refusal> {
        let (covariance, size) = (self.covariance(one, two)?, self.joint.size(one));
        let (means, unit) = ([self.mean(one)?, self.mean(two)?], self.ring.number(&Number::ONE)?);
        let diagonal = (0..size).map(|i| (&covariance[i * size + i], &unit));
        Ok(self.ring.dot(diagonal.chain(means[0].iter().zip(&means[1]))))
    }

    /// `<h, h>` for the difference h of a pair.
    pub(super) fn norm(&mut self, pair: &Pair<'_>) -> Result<R::Element, Refusal> {
        let [f, g] = self.joint.outputs;
        let size = self.joint.size(f);
        self.announce(4 * size, size)?;
        // The covariances of the entries of an output with those of h.
        let mut with_h = |output: usize| -> Result<Vec<Vec<R::Element>>, Refusal> {
            let (of_f, of_g) = (self.covariance(output, f)?, self.covariance(output, g)?);
            let rows = of_f.chunks(size.max(1)).zip(of_g.chunks(size.max(1)));
            rows.map(|(of_f, of_g)| pair.relate(self.ring, of_f, of_g)).collect()
        };
        let (f_with_h, g_with_h) = (with_h(f)?, with_h(g)?);
        let mean = pair.relate(self.ring, &self.mean(f)?, &self.mean(g)?)?;
        let unit = self.ring.number(&Number::ONE)?;
        let mut variances = Vec::new();
        for i in 0..mean.len() {
            let [of_f, of_g] = [&f_with_h, &g_with_h]
                .map(|with_h| with_h.iter().map(|row| row[i].clone()).collect::<Vec<R::Element>>());
            variances.push(pair.relate(self.ring, &of_f, &of_g)?.swap_remove(i));
        }
        Ok(self.ring.dot(variances.iter().map(|variance| (variance, &unit)).chain(mean.iter().zip(&mean))))
    }

    /// The mean of a node.
    fn mean(&self, node: usize) -> Result<Vec<R::Element>, Refusal> {
        let zero = self.ring.number(&Number::ZERO)?;
        Ok(self.means[node].as_ref().map_or(vec![zero; self.joint.size(node)], |mean| mean.to_vec()))
    }

    /// The covariance of two nodes.
    fn covariance(&mut self, one: usize, two: usize) -> Result<Vec<R::Element>, Refusal> {
        self.require(one, two)?;
        let (zero, size) = (self.ring.number(&Number::ZERO)?, self.joint.size(one) * self.joint.size(two));
        Ok(self.entries(one, two)?.map_or_else(|| vec![zero; size], |entries| entries.to_vec()))
    }

    fn announce(&self, terms: usize, times: usize) -> Result<(), Refusal> {
        let (work, cost) = self.ring.work();
        fits((terms as u128).saturating_mul(times as u128).saturating_mul(size_of::<R::Element>() as u128))?;
        work.spend((terms as u64).saturating_mul(times as u64).saturating_mul(cost))
    }

    fn keep(&mut self, entries: Option<&Rc<Vec<R::Element>>>) -> Result<(), Refusal> {
        // What a table takes for an entry, at least.
        const ROW: usize = 128;
        let bytes = entries.map_or(0, |entries| entries.len() * size_of::<R::Element>());
        self.bytes = self.bytes.saturating_add(ROW + bytes);
        self.ring.work().0.spend(200)?;
        fits(self.bytes as u128)
    }

    /// Computes a covariance, and before it whatever it needs.
    fn require(&mut self, one: usize, two: usize) -> Result<(), Refusal> {
        let joint = self.joint;
        let mut waiting = vec![joint.ordered(one, two)];
        while let Some(&(one, two)) = waiting.last() {
            if !self.covariances.contains_key(&(one, two)) {
                let mut missing = self.needs(one, two);
                missing.retain(|pair| !self.covariances.contains_key(pair));
                self.ring.work().0.spend(100 + 100 * missing.len() as u64)?;
                if !missing.is_empty() {
                    waiting.extend(missing);
                    continue;
                }
                let entries = match (joint.kinds[one], joint.kinds[two]) {
                    (_, Kind::Constant) => None,
                    (Kind::Linear, _) => self.linear(one, Some(two))?,
                    (Kind::Product, _) => self.product(one, Some(two))?,
                    _ => None,
                };
                self.keep(entries.as_ref())?;
                let same = matches!(joint.kinds[one], Kind::Input(_)) && joint.kinds[one] == joint.kinds[two];
                let none = if same { Covariance::Same } else { Covariance::Zero };
                self.covariances.insert((one, two), entries.map_or(none, Covariance::Entries));
            }
            waiting.pop();
        }
        Ok(())
    }

    /// The covariances that another one is computed from.
    fn needs(&self, one: usize, two: usize) -> Vec<(usize, usize)> {
        let joint = self.joint;
        let mut all: Vec<usize> = joint.dependent(one).collect();
        match (joint.kinds[one], joint.kinds[two]) {
            (_, Kind::Constant) => Vec::new(),
            (Kind::Linear, _) => all.into_iter().map(|operand| joint.ordered(operand, two)).collect(),
            (Kind::Product, _) => {
                if joint.levels[one] == joint.levels[two] {
                    all.extend(joint.dependent(two));
                } else {
                    all.push(two);
                }
                pairs(&all).map(|(one, two)| joint.ordered(one, two)).collect()
            }
            _ => Vec::new(),
        }
    }

    fn known(&self, one: usize, two: usize) -> Result<&Covariance<R::Element>, Refusal> {
        let known = self.covariances.get(&self.joint.ordered(one, two));
        known.ok_or_else(|| incomplete("a covariance has not been computed"))
    }

    /// The entries of a covariance.
    fn entries(&self, one: usize, two: usize) -> Result<Entries<R::Element>, Refusal> {
        let (rows, columns) = (self.joint.size(one), self.joint.size(two));
        let entries = match self.known(one, two)? {
            Covariance::Zero => return Ok(None),
            Covariance::Entries(entries) if self.joint.ordered(one, two) == (one, two) => entries,
            covariance => {
                self.announce(rows, columns)?;
                let [zero, unit] = [Number::ZERO, Number::ONE].map(|number| self.ring.number(&number));
                let (zero, unit) = (zero?, unit?);
                let entry = |at: usize| match covariance {
                    Covariance::Entries(entries) => entries[at % columns * rows + at / columns].clone(),
                    _ if at / columns == at % columns => unit.clone(),
                    _ => zero.clone(),
                };
                &Rc::new((0..rows * columns).map(entry).collect())
            }
        };
        Ok(Some(entries.clone()))
    }

    /// Multiplies by the mean of a node, or by its covariance with another. `false` if that is zero.
    fn multiply(
        &self,
        factors: &mut Factors<'_, R>,
        (labels, node): (&[Label], usize),
        other: Option<(&[Label], usize)>,
    ) -> Result<bool, Refusal> {
        let Some((others, other)) = other else {
            let mean = self.means[node].as_ref();
            mean.into_iter().for_each(|mean| factors.multiply(labels.to_vec(), mean.clone()));
            return Ok(mean.is_some());
        };
        match self.known(node, other)? {
            Covariance::Zero => return Ok(false),
            Covariance::Same => factors.multiply_same(labels, others),
            Covariance::Entries(entries) => {
                let turned = self.joint.ordered(node, other) != (node, other);
                let labels = if turned { [others, labels] } else { [labels, others] };
                factors.multiply(labels.concat(), entries.clone());
            }
        }
        Ok(true)
    }

    /// The mean of a constant or linear node, or its covariance with another node, in which constants have no
    /// part.
    fn linear(&self, node: usize, other: Option<usize>) -> Result<Entries<R::Element>, Refusal> {
        let (ring, joint) = (self.ring, self.joint);
        let more = other.map_or(&[][..], |other| joint.axes(other));
        let ((this, operands), axes) = (&joint.nodes[node], [joint.axes(node), more].concat());
        let size = other.map_or(1, |other| joint.size(other)) * joint.size(node);
        if let Operation::Contract { spec, .. } = &this.operation {
            let mut factors = Factors::new(ring);
            let first = spec.operands.iter().flatten().max().map_or(0, |label| label + 1);
            let fresh: Vec<Label> = (first..).take(more.len()).collect();
            factors.label(&fresh, more);
            for (labels, &operand) in spec.operands.iter().zip(operands) {
                factors.label(labels, joint.axes(operand));
                let with = other.filter(|_| joint.kinds[operand] != Kind::Constant);
                let with = with.map(|other| (&fresh[..], other));
                if !self.multiply(&mut factors, (labels, operand), with)? {
                    return Ok(None);
                }
            }
            return Ok(Some(Rc::new(factors.contract(&[&spec.output[..], &fresh].concat())?)));
        }
        if let Operation::Constant(constant) = &this.operation {
            ring.work().0.spend(size as u64 * 10)?;
            let mut entries = Vec::with_capacity(size);
            for_each_entry(constant, |entry| {
                entries.push(ring.number(&entry)?);
                Ok(())
            })?;
            return Ok(Some(Rc::new(entries)));
        }
        let mut parts: Vec<Entries<R::Element>> = Vec::new();
        for &operand in operands {
            parts.push(match other {
                None => self.means[operand].clone(),
                Some(_) if joint.kinds[operand] == Kind::Constant => None,
                Some(other) => self.entries(operand, other)?,
            });
        }
        if parts.iter().all(Option::is_none) {
            return Ok(None);
        }
        self.announce(size, parts.len())?;
        Ok(Some(Rc::new(match &this.operation {
            Operation::Combine { terms } => {
                let mut known = Vec::new();
                for ((coefficient, _), part) in terms.iter().zip(&parts) {
                    if let Some(part) = part {
                        known.push((ring.number(&Number::of(coefficient))?, part));
                    }
                }
                (0..size).map(|i| ring.dot(known.iter().map(|(c, part)| (c, &part[i])))).collect()
            }
            Operation::Arrange { arrangement, .. } => {
                let zero = ring.number(&Number::ZERO)?;
                let own: Vec<Vec<usize>> = operands.iter().map(|&i| [joint.axes(i), more].concat()).collect();
                let filled = own.iter().zip(&parts).map(|(axes, part)| match part {
                    Some(part) => (axes.as_slice(), Cow::Borrowed(part.as_slice())),
                    None => (axes.as_slice(), Cow::Owned(vec![zero.clone(); axes.iter().product()])),
                });
                arrange(&filled.collect::<Vec<_>>(), arrangement, &axes)
            }
            _ => return Ok(None),
        })))
    }

    /// The mean of a product, or its covariance with another node, which is expanded if it is a product of
    /// the same level: a sum over partitions of the operands into pairs and singletons.
    fn product(&self, node: usize, other: Option<usize>) -> Result<Entries<R::Element>, Refusal> {
        let joint = self.joint;
        let mut factors = Factors::new(self.ring);
        // The operands that depend on inputs, with their labels; the labels of the result.
        let (mut operands, mut output): (Vec<(Vec<Label>, usize)>, Vec<Label>) = (Vec::new(), Vec::new());
        let (mut first, mut own) = (0, 0);
        for side in [Some(node), other].into_iter().flatten() {
            own = operands.len();
            match &joint.nodes[side].0.operation {
                Operation::Contract { spec, .. }
                    if joint.kinds[side] == Kind::Product && joint.levels[side] == joint.levels[node] =>
                {
                    for (labels, &operand) in spec.operands.iter().zip(&joint.nodes[side].1) {
                        let labels: Vec<Label> = labels.iter().map(|label| label + first).collect();
                        factors.label(&labels, joint.axes(operand));
                        if joint.kinds[operand] != Kind::Constant {
                            operands.push((labels, operand));
                        } else if !self.multiply(&mut factors, (&labels, operand), None)? {
                            return Ok(None);
                        }
                    }
                    output.extend(spec.output.iter().map(|label| label + first));
                    first += spec.operands.iter().flatten().max().map_or(0, |label| label + 1);
                }
                _ => {
                    let labels: Vec<Label> = (first..).take(joint.axes(side).len()).collect();
                    factors.label(&labels, joint.axes(side));
                    output.extend(&labels);
                    operands.push((labels, side));
                }
            }
        }
        let across = |i: usize, j: usize| other.is_some() && i < own && j >= own;
        let may = |i: usize, j: usize| {
            let ((_, one), (_, two)) = (&operands[i], &operands[j]);
            Ok(match (i == j, self.symmetric) {
                (true, true) => false,
                (true, false) => self.means[*one].is_some(),
                (false, symmetric) => {
                    (!symmetric || across(i, j)) && !matches!(self.known(*one, *two)?, Covariance::Zero)
                }
            })
        };
        let mut sum = Sum { ring: self.ring, parts: Vec::new() };
        partitions(
            &(0..operands.len()).collect::<Vec<_>>(),
            &may,
            &mut Vec::new(),
            self.ring.work().0,
            &mut |blocks| {
                if other.is_some() && !blocks.iter().any(|&(i, j)| across(i, j)) {
                    return Ok(());
                }
                let mut factors = factors.clone();
                for &(i, j) in blocks {
                    let (one, two) = (&operands[i], &operands[j]);
                    self.multiply(&mut factors, (&one.0, one.1), (i != j).then_some((&two.0[..], two.1)))?;
                }
                sum.add(factors.contract(&output)?)
            },
        )?;
        let total = sum.total()?;
        if !self.symmetric {
            return Ok(total.map(Rc::new));
        }
        // The mean over all orders of the operands.
        let share = self.ring.number(&Number::of(&share(own)))?;
        Ok(total.map(|mut total| {
            total.iter_mut().for_each(|entry| *entry = self.ring.dot([(&share, &*entry)].into_iter()));
            Rc::new(total)
        }))
    }
}

/// `1/n!`, for at most 20 operands.
pub(super) fn share(operands: usize) -> BigRational {
    BigRational::new(1.into(), (1..=operands.min(20)).map(BigInt::from).product())
}

/// A sum of tensors, added up in pairs of equally many, so that bounds grow with the logarithm of their
/// number.
struct Sum<'r, R: Ring> {
    ring: &'r R,
    parts: Vec<(u32, Vec<R::Element>)>,
}

impl<R: Ring> Sum<'_, R> {
    fn add(&mut self, tensor: Vec<R::Element>) -> Result<(), Refusal> {
        let (mut count, mut tensor) = (0, tensor);
        while let Some((_, other)) = self.parts.pop_if(|(other, _)| *other == count) {
            (count, tensor) = (count + 1, self.both(&other, &tensor)?);
        }
        self.parts.push((count, tensor));
        Ok(())
    }

    fn total(mut self) -> Result<Option<Vec<R::Element>>, Refusal> {
        let Some((_, mut total)) = self.parts.pop() else { return Ok(None) };
        while let Some((_, other)) = self.parts.pop() {
            total = self.both(&other, &total)?;
        }
        Ok(Some(total))
    }

    fn both(&self, one: &[R::Element], two: &[R::Element]) -> Result<Vec<R::Element>, Refusal> {
        let ((work, cost), unit) = (self.ring.work(), self.ring.number(&Number::ONE)?);
        work.spend((one.len() as u64).saturating_mul(2 * cost))?;
        let add = |(x, y)| self.ring.dot([(&unit, x), (&unit, y)].into_iter());
        Ok(one.iter().zip(two).map(add).collect())
    }
}

/// All pairs of two positions.
fn pairs(all: &[usize]) -> impl Iterator<Item = (usize, usize)> {
    all.iter().enumerate().flat_map(|(i, &one)| all[i + 1..].iter().map(move |&two| (one, two)))
}

/// Visits all partitions of ascending numbers into pairs and singletons `(i, i)` of which every one may be.
fn partitions(
    rest: &[usize],
    may: &impl Fn(usize, usize) -> Result<bool, Refusal>,
    blocks: &mut Vec<(usize, usize)>,
    work: &Work,
    visit: &mut impl FnMut(&[(usize, usize)]) -> Result<(), Refusal>,
) -> Result<(), Refusal> {
    work.spend(1_000)?;
    let Some((&first, others)) = rest.split_first() else { return visit(blocks) };
    for &partner in rest {
        if may(first, partner)? {
            let left: Vec<usize> = others.iter().copied().filter(|&other| other != partner).collect();
            blocks.push((first, partner));
            partitions(&left, may, blocks, work, visit)?;
            blocks.pop();
        }
    }
    Ok(())
}
