//! The ring of sparse polynomials.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use num_rational::BigRational;

use super::accumulator::Accumulator;
use super::monomial::Layout;
use super::relations::{Reducer, Relations, Scratch, Substitution};
use super::{Polynomial, Terms};
use crate::arithmetic::{Arithmetic, DegreeRange, Degrees, Exact, Halt, stopped};
use crate::budget::{Ended, Meter, Stop};
use crate::network::{Data, Input, Network, Tensor, evaluate};
use crate::parallel;

/// Limits of an expansion.
#[derive(Clone, Debug)]
pub struct PolynomialBudget {
    /// The largest number of terms alive at once, in all polynomials together. At most `2^31`.
    pub terms: u64,
    /// The largest number of products of terms.
    pub work: u64,
    stop: Stop,
}

impl PolynomialBudget {
    /// Limits on the number of terms alive at once and on the number of products of terms.
    pub fn new(terms: u64, work: u64) -> PolynomialBudget {
        PolynomialBudget { terms: terms.min(1 << 31), work, stop: Stop::never() }
    }

    /// The same, and work also stops soon after `stop` is set.
    pub fn stopped_by(self, stop: Stop) -> PolynomialBudget {
        PolynomialBudget { stop, ..self }
    }
}

/// Why an expansion ends, apart from its limit of products.
#[derive(Clone, Copy, Debug)]
enum Obstruction {
    /// Too many terms are alive.
    Terms,
    /// A product has a higher degree than the layout has room for.
    Degree,
    /// The arithmetic of the coefficients has halted.
    Coefficients,
}

/// The budget is looked at once in `2^POLL_LOG2` products of terms.
const POLL_LOG2: u32 = 12;
/// Sums of products with fewer term products than this are not worth a second thread.
const PARALLEL: u64 = 1 << 14;

/// The ring of sparse polynomials over an exact arithmetic, modulo the relations of a domain, within a
/// budget.
///
/// When the budget is used up, [`Arithmetic::status`] says so and all further results are meaningless.
#[derive(Debug)]
pub struct SparsePolynomials<C: Exact> {
    coefficients: C,
    layout: Layout,
    reducer: Option<Reducer<C::Element>>,
    budget: PolynomialBudget,
    alive: Arc<AtomicU64>,
    /// Counts products of terms.
    meter: Meter<Obstruction>,
}

/// A sum of products under construction.
struct Growing<E> {
    sum: Accumulator<E>,
    /// Products of terms since the budget was looked at.
    unpolled: u64,
    scratch: Scratch<E>,
}

/// Degrees, with a record of the highest that any product had.
struct Highest(AtomicU64);

impl Arithmetic for Highest {
    type Element = DegreeRange;

    fn from_rational(&self, value: &BigRational) -> Result<DegreeRange, Halt> {
        Degrees.from_rational(value)
    }

    fn zero(&self) -> DegreeRange {
        Degrees.zero()
    }

    fn one(&self) -> DegreeRange {
        Degrees.one()
    }

    fn add(&self, a: &DegreeRange, b: &DegreeRange) -> DegreeRange {
        Degrees.add(a, b)
    }

    fn multiply(&self, a: &DegreeRange, b: &DegreeRange) -> DegreeRange {
        let product = Degrees.multiply(a, b);
        self.0.fetch_max(product.highest().unwrap_or(u64::MAX), Ordering::Relaxed);
        product
    }

    fn from_data(&self, data: &Data) -> Result<Vec<DegreeRange>, Halt> {
        Degrees.from_data(data)
    }
}

/// A polynomial with coefficients of an arithmetic.
type Element<C> = Polynomial<<C as Arithmetic>::Element>;

impl<C: Exact> SparsePolynomials<C> {
    /// Polynomials in a number of variables, of total degree at most `max_degree` before reduction. (With
    /// relations for every variable, products of reduced polynomials have a bound of their own, and the
    /// smaller one counts.)
    pub fn new(
        coefficients: C,
        variables: usize,
        max_degree: u64,
        relations: &Relations,
        budget: PolynomialBudget,
    ) -> Result<SparsePolynomials<C>, Halt> {
        let product_degree = relations.reduced_degree(variables).map_or(u64::MAX, |d| d.saturating_mul(2));
        // An input is a polynomial of degree 1, whatever is said of the outputs.
        let max_degree = max_degree.min(product_degree).max(1);
        let layout = Layout::new(variables, max_degree)
            .ok_or_else(|| Halt::Range(format!("exponents up to {max_degree} do not fit 32 bits")))?;
        let reducer = Reducer::new(relations, &coefficients, &layout)?;
        Ok(SparsePolynomials {
            coefficients,
            layout,
            reducer,
            alive: Arc::default(),
            meter: Meter::new(budget.work, POLL_LOG2, budget.stop.clone()),
            budget,
        })
    }

    /// Polynomials in the entries of the networks' inputs, which must have the same shapes. The variables are
    /// the entries of the first input in row-major order, then those of the second, and so on.
    pub fn for_networks(
        coefficients: C,
        networks: &[&Network],
        relations: &Relations,
        budget: PolynomialBudget,
    ) -> Result<SparsePolynomials<C>, Halt> {
        let mut max_degree = 1;
        for network in networks {
            let highest = Highest(AtomicU64::new(0));
            let inputs = network.inputs().iter();
            let inputs = inputs.map(|input| Tensor::filled(input.shape.clone(), DegreeRange::exactly(1)));
            if let Err(error) = evaluate(&highest, network, &inputs.collect::<Vec<_>>()) {
                return Err(Halt::Budget(error.to_string()));
            }
            max_degree = max_degree.max(highest.0.into_inner());
        }
        let variables = networks.first().map_or(0, |network| network.variables());
        SparsePolynomials::new(coefficients, variables, max_degree, relations, budget)
    }

    /// The inputs of a network as tensors of variables, numbered as in [`SparsePolynomials::for_networks`].
    pub fn inputs(&self, network: &Network) -> Vec<Tensor<Element<C>>> {
        let mut variables = (0..network.variables()).map(|variable| self.variable(variable));
        let tensor = |input: &Input| {
            let data = variables.by_ref().take(input.shape.size()).collect();
            Tensor::new(input.shape.clone(), data)
        };
        network.inputs().iter().filter_map(tensor).collect()
    }

    /// A variable, reduced. Zero when there is none of that number.
    pub fn variable(&self, variable: usize) -> Element<C> {
        if variable >= self.layout.variables {
            return self.zero();
        }
        let single = |variable: usize| {
            let mut key = vec![0; self.layout.words];
            self.layout.multiply_power(&mut key, variable, 1);
            Polynomial::new(key, vec![self.coefficients.one()], &self.alive)
        };
        match self.reducer.as_ref().map_or(Substitution::Itself, |reducer| reducer.substitute(variable)) {
            Substitution::Itself => single(variable),
            Substitution::Constant(value) => self.constant(value.clone()),
            Substitution::OneMinus(others) => {
                let one = BigRational::from_integer(1.into());
                // -1 is a residue of every modulus.
                let Ok(minus_one) = self.coefficients.from_rational(&-one) else {
                    return self.zero();
                };
                let minus_one = self.constant(minus_one);
                let sum: Vec<Element<C>> = std::iter::once(self.one())
                    .chain(others.map(|other| self.multiply(&minus_one, &single(other))))
                    .collect();
                self.sum(&sum)
            }
        }
    }

    /// The polynomial that is a constant.
    pub fn constant(&self, value: C::Element) -> Element<C> {
        if self.coefficients.is_zero(&value) {
            return self.zero();
        }
        Polynomial::new(vec![0; self.layout.words], vec![value], &self.alive)
    }

    /// The arithmetic of the coefficients.
    pub fn coefficients(&self) -> &C {
        &self.coefficients
    }

    /// The terms, largest first: variables with their exponents, ascending, and the coefficient.
    pub fn terms<'a>(
        &'a self,
        polynomial: &'a Element<C>,
    ) -> impl Iterator<Item = (Vec<(usize, u64)>, &'a C::Element)> + 'a {
        let Terms { keys, coefficients, .. } = &*polynomial.0;
        keys.chunks_exact(self.layout.words).zip(coefficients).map(|(key, coefficient)| {
            let mut powers = Vec::new();
            self.layout.for_each_power(key, |variable, exponent| powers.push((variable, exponent)));
            (powers, coefficient)
        })
    }

    /// The total degree (after reduction); `None` for the zero polynomial.
    pub fn degree(&self, polynomial: &Element<C>) -> Option<u64> {
        (!polynomial.is_zero()).then(|| self.layout.degree(&polynomial.0.keys))
    }

    /// Looks at the budget: work is about to be done, and so many terms are under construction.
    fn poll(&self, work: u64, growing: usize) -> bool {
        if self.alive.load(Ordering::Relaxed).saturating_add(growing as u64) > self.budget.terms {
            self.meter.end(Ended::Because(Obstruction::Terms));
        }
        // The state of the coefficients is looked at once in a while, as is the stop.
        self.meter.spend_looking(work, || self.coefficients.status().err().map(|_| Obstruction::Coefficients))
    }

    /// Adds the product of two polynomials to a sum.
    fn accumulate(
        &self,
        a: &Element<C>,
        b: &Element<C>,
        Growing { sum, unpolled, scratch }: &mut Growing<C::Element>,
    ) {
        if a.is_zero() || b.is_zero() || self.meter.has_ended() {
            return;
        }
        let words = self.layout.words;
        let (a, b) = (&*a.0, &*b.0);
        let degree = self.layout.degree(&a.keys).saturating_add(self.layout.degree(&b.keys));
        if degree > self.layout.max_degree {
            return self.meter.end(Ended::Because(Obstruction::Degree));
        }
        let mut key = vec![0u64; words];
        for (a_key, a_coefficient) in a.keys.chunks_exact(words).zip(&a.coefficients) {
            for (b_key, b_coefficient) in b.keys.chunks_exact(words).zip(&b.coefficients) {
                for ((key, a), b) in key.iter_mut().zip(a_key).zip(b_key) {
                    *key = a + b;
                }
                let product = self.coefficients.multiply(a_coefficient, b_coefficient);
                match &self.reducer {
                    None => sum.add(&self.coefficients, &key, product),
                    Some(reducer) => {
                        let poll = |work: u64, growing: usize| self.poll(work, growing);
                        reducer.add_reduced(
                            (&self.coefficients, &self.layout, &poll),
                            &key,
                            product,
                            sum,
                            scratch,
                        );
                    }
                }
                *unpolled += 1;
                if *unpolled >= 1 << POLL_LOG2 {
                    if !self.poll(*unpolled, sum.len()) {
                        return;
                    }
                    *unpolled = 0;
                }
            }
        }
    }

    /// The sum of the products of some pairs.
    fn sum_of_products<'a>(
        &self,
        pairs: impl Iterator<Item = (&'a Element<C>, &'a Element<C>)> + Clone,
    ) -> Element<C>
    where
        C::Element: 'a,
    {
        let mut nonzero = pairs.clone().filter(|(a, b)| !a.is_zero() && !b.is_zero());
        match (nonzero.next(), nonzero.next()) {
            (None, _) => return self.zero(),
            (Some((a, b)), None) => {
                if let Some(product) = self.product_with_term(a, b).or_else(|| self.product_with_term(b, a)) {
                    return product;
                }
            }
            _ => {}
        }
        // At least the terms of the longest operand; more when there are few collisions.
        let expected = pairs.clone().map(|(a, b)| a.term_count().max(b.term_count())).max().unwrap_or(0);
        let sum = Accumulator::new(self.layout.words, 2 * expected);
        let mut growing = Growing { sum, unpolled: 0, scratch: Scratch::default() };
        for (a, b) in pairs {
            self.accumulate(a, b, &mut growing);
        }
        if !self.poll(growing.unpolled, growing.sum.len()) {
            return self.zero();
        }
        let (keys, coefficients) = growing.sum.finish(&self.coefficients);
        Polynomial::new(keys, coefficients, &self.alive)
    }

    /// The product with a polynomial of a single term, where that keeps the order of terms and needs no
    /// reduction.
    fn product_with_term(&self, term: &Element<C>, other: &Element<C>) -> Option<Element<C>> {
        let words = self.layout.words;
        let [factor] = term.0.coefficients.as_slice() else {
            return None;
        };
        let constant = self.layout.degree(&term.0.keys) == 0;
        if !constant && self.reducer.is_some() {
            return None;
        }
        if constant && self.coefficients.equal(factor, &self.coefficients.one()) {
            return Some(other.clone());
        }
        let degree = self.layout.degree(&term.0.keys).saturating_add(self.layout.degree(&other.0.keys));
        if degree > self.layout.max_degree {
            self.meter.end(Ended::Because(Obstruction::Degree));
        }
        if !self.poll(other.term_count() as u64, other.term_count()) {
            return Some(self.zero());
        }
        let keys = other
            .0
            .keys
            .chunks_exact(words)
            .flat_map(|key| key.iter().zip(&term.0.keys).map(|(a, b)| a + b))
            .collect();
        // The coefficients form a field, so no product of nonzero ones is zero.
        let coefficients = self.coefficients.scale(factor, &other.0.coefficients);
        Some(Polynomial::new(keys, coefficients, &self.alive))
    }

    fn sum(&self, terms: &[Element<C>]) -> Element<C> {
        match terms {
            [] => self.zero(),
            [one] => one.clone(),
            [a, b] => self.add(a, b),
            _ => {
                let one = self.one();
                self.sum_of_products(terms.iter().map(|term| (&one, term)))
            }
        }
    }
}

impl<C: Exact> Arithmetic for SparsePolynomials<C> {
    type Element = Polynomial<C::Element>;

    fn from_rational(&self, value: &BigRational) -> Result<Self::Element, Halt> {
        Ok(self.constant(self.coefficients.from_rational(value)?))
    }

    fn from_data(&self, data: &Data) -> Result<Vec<Self::Element>, Halt> {
        Ok(self.coefficients.from_data(data)?.into_iter().map(|value| self.constant(value)).collect())
    }

    fn zero(&self) -> Self::Element {
        Polynomial::new(Vec::new(), Vec::new(), &self.alive)
    }

    fn one(&self) -> Self::Element {
        Polynomial::new(vec![0; self.layout.words], vec![self.coefficients.one()], &self.alive)
    }

    /// A merge of two sorted lists.
    fn add(&self, a: &Self::Element, b: &Self::Element) -> Self::Element {
        if a.is_zero() {
            return b.clone();
        }
        if b.is_zero() {
            return a.clone();
        }
        if !self.poll((a.term_count() + b.term_count()) as u64, a.term_count() + b.term_count()) {
            return self.zero();
        }
        let words = self.layout.words;
        let (a, b) = (&*a.0, &*b.0);
        let mut keys = Vec::with_capacity(a.keys.len() + b.keys.len());
        let mut coefficients = Vec::with_capacity(a.coefficients.len() + b.coefficients.len());
        let (mut i, mut j) = (0, 0);
        while i < a.coefficients.len() && j < b.coefficients.len() {
            let (left, right) = (&a.keys[i * words..(i + 1) * words], &b.keys[j * words..(j + 1) * words]);
            match left.cmp(right) {
                std::cmp::Ordering::Greater => {
                    keys.extend_from_slice(left);
                    coefficients.push(a.coefficients[i].clone());
                    i += 1;
                }
                std::cmp::Ordering::Less => {
                    keys.extend_from_slice(right);
                    coefficients.push(b.coefficients[j].clone());
                    j += 1;
                }
                std::cmp::Ordering::Equal => {
                    let sum = self.coefficients.add(&a.coefficients[i], &b.coefficients[j]);
                    if !self.coefficients.is_zero(&sum) {
                        keys.extend_from_slice(left);
                        coefficients.push(sum);
                    }
                    i += 1;
                    j += 1;
                }
            }
        }
        keys.extend_from_slice(&a.keys[i * words..]);
        coefficients.extend_from_slice(&a.coefficients[i..]);
        keys.extend_from_slice(&b.keys[j * words..]);
        coefficients.extend_from_slice(&b.coefficients[j..]);
        Polynomial::new(keys, coefficients, &self.alive)
    }

    fn multiply(&self, a: &Self::Element, b: &Self::Element) -> Self::Element {
        self.sum_of_products(std::iter::once((a, b)))
    }

    fn status(&self) -> Result<(), Halt> {
        self.coefficients.status()?;
        match self.meter.ended() {
            None => Ok(()),
            Some(Ended::Stopped | Ended::Because(Obstruction::Coefficients)) => Err(stopped()),
            Some(Ended::Spent) => {
                Err(Halt::Budget(format!("more than {} products of terms would be needed", self.budget.work)))
            }
            Some(Ended::Because(Obstruction::Terms)) => {
                Err(Halt::Budget(format!("more than {} terms would be needed", self.budget.terms)))
            }
            Some(Ended::Because(Obstruction::Degree)) => {
                let most = self.layout.max_degree;
                Err(Halt::Range(format!("a polynomial of degree above {most} appeared")))
            }
        }
    }

    fn multiply_entrywise(&self, a: &[Self::Element], b: &[Self::Element]) -> Vec<Self::Element> {
        if work(a.iter().zip(b)) >= PARALLEL {
            parallel::map(a.len(), |index| self.multiply(&a[index], &b[index]))
        } else {
            a.iter().zip(b).map(|(a, b)| self.multiply(a, b)).collect()
        }
    }

    fn sum_rows(&self, rows: usize, length: usize, a: &[Self::Element]) -> Vec<Self::Element> {
        (0..rows).map(|row| self.sum(&a[row * length..(row + 1) * length])).collect()
    }

    fn matmul(
        &self,
        (m, k, n): (usize, usize, usize),
        a: &[Self::Element],
        b: &[Self::Element],
    ) -> Vec<Self::Element> {
        let entry = |flat: usize| {
            let (row, column) = (flat / n, flat % n);
            let (a, b) = (&a[row * k..(row + 1) * k], &b[column * k..(column + 1) * k]);
            self.sum_of_products(a.iter().zip(b))
        };
        let terms =
            |side: &[Self::Element]| side.iter().map(Polynomial::term_count).max().unwrap_or(0) as u64;
        let work = (m as u64).saturating_mul((k as u64).saturating_mul(n as u64));
        if work.saturating_mul(terms(a)).saturating_mul(terms(b)) >= PARALLEL {
            parallel::map(m * n, entry)
        } else {
            (0..m * n).map(entry).collect()
        }
    }
}

impl<C: Exact> Exact for SparsePolynomials<C> {
    fn equal(&self, a: &Self::Element, b: &Self::Element) -> bool {
        let pairs = || a.0.coefficients.iter().zip(&b.0.coefficients);
        a.0.keys == b.0.keys && pairs().all(|(a, b)| self.coefficients.equal(a, b))
    }

    fn is_zero(&self, a: &Self::Element) -> bool {
        a.is_zero()
    }
}

/// The number of products of terms in products of polynomials.
fn work<'a, E: 'a>(pairs: impl Iterator<Item = (&'a Polynomial<E>, &'a Polynomial<E>)>) -> u64 {
    pairs
        .map(|(a, b)| (a.term_count() as u64).saturating_mul(b.term_count() as u64))
        .fold(0, u64::saturating_add)
}
