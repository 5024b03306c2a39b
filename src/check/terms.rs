//! Sums of products of names: values in `rewrite`, and polynomials in `normal_form`.

use std::cell::RefCell;
use std::collections::HashMap;
use std::hash::{Hash, Hasher};
use std::rc::Rc;

use super::evaluate::Ring;
use super::number::{Number, primitive};
use super::outcome::{Refusal, Work};

/// A product of names: `(name, exponent)`, names ascending, exponents positive. The entries of the inputs are
/// names.
pub(super) type Product = Rc<[(u32, u64)]>;

/// A sum of products with coefficients: products ascending, no coefficient zero.
pub(super) type Sum = Rc<[(Product, Number)]>;

/// A sum divided by a common factor. Rows are compared term by term; the hash only finds them.
#[derive(PartialEq, Eq)]
struct Row(Vec<(Product, Number)>);

impl Hash for Row {
    fn hash<H: Hasher>(&self, state: &mut H) {
        let mix = |sum: u64, word: u64| (sum ^ word).wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(29);
        let sum = self.0.iter().fold(0, |sum, (product, number)| {
            let sum =
                product.iter().fold(sum, |sum, &(name, exponent)| mix(sum, u64::from(name) ^ exponent << 32));
            match number {
                Number::Short { mantissa, exponent } => mix(sum, *mantissa as u64 ^ (*exponent as u64) << 40),
                Number::Long(_) => sum,
            }
        });
        state.write_u64(sum);
    }
}

/// What is done to sums.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Naming {
    /// They are multiplied out.
    Never,
    /// They are named where contractions read and leave them.
    Always,
    /// They are named where they become factors of products.
    Folded,
}

/// How powers of a variable are reduced on a domain.
#[derive(Clone, Debug)]
pub(super) enum Rule {
    /// Not at all.
    Free,
    /// From this exponent on; the rows have the coefficients of `1, x, ..` in what its powers are equal to,
    /// one after the other, as far as products of reduced sums have them.
    Finite(u64, Rc<Vec<Vec<Number>>>),
    /// Entries of the one-hot vector of this number are 0 or 1, and no two are 1.
    OneHot(usize),
}

/// The ring.
pub(super) struct Terms<'w> {
    naming: Naming,
    /// For every variable; empty when nothing is reduced.
    rules: Vec<Rule>,
    variables: usize,
    /// The sums that have a name.
    known: RefCell<HashMap<Row, u32>>,
    /// The empty product.
    nothing: Product,
    work: &'w Work,
}

impl<'w> Terms<'w> {
    pub(super) fn new(naming: Naming, variables: usize, rules: Vec<Rule>, work: &'w Work) -> Terms<'w> {
        Terms { naming, rules, variables, known: RefCell::default(), nothing: Rc::from([]), work }
    }

    /// A variable.
    pub(super) fn variable(&self, variable: usize) -> Sum {
        let mut terms = Vec::new();
        self.push(Rc::from([(variable as u32, 1)]), Number::ONE, &mut terms);
        self.sum(terms)
    }

    /// A sum without a name is looked up, divided by a common factor.
    fn named(&self, value: &Sum) -> Sum {
        if value.len() < 2 {
            return value.clone();
        }
        self.work.announce(50 * value.len() as u64);
        let mut row = value.to_vec();
        let factor = primitive(&mut row, self.work);
        let mut known = self.known.borrow_mut();
        let next = u32::try_from(self.variables + known.len());
        if next.is_err() {
            self.stop();
        }
        let name = *known.entry(Row(row)).or_insert(next.unwrap_or(u32::MAX));
        Rc::from([(Rc::from([(name, 1)]), factor)])
    }

    /// What cannot be computed ends the evaluation.
    fn stop(&self) {
        self.work.announce(u64::MAX);
    }

    /// The product of two products.
    fn times(&self, a: &Product, b: &Product) -> Product {
        if a.is_empty() || b.is_empty() {
            return if a.is_empty() { b.clone() } else { a.clone() };
        }
        let mut all = [&a[..], &b[..]].concat();
        all.sort_unstable();
        let mut product: Vec<(u32, u64)> = Vec::with_capacity(all.len());
        for (name, exponent) in all {
            match product.last_mut() {
                Some(last) if last.0 == name => match last.1.checked_add(exponent) {
                    Some(sum) => last.1 = sum,
                    None => self.stop(),
                },
                _ => product.push((name, exponent)),
            }
        }
        Rc::from(product)
    }

    /// Terms in any order, added up.
    pub(super) fn sum(&self, mut terms: Vec<(Product, Number)>) -> Sum {
        self.work.announce(20 * terms.len() as u64);
        terms.sort_by(|a, b| a.0.cmp(&b.0));
        let mut sum: Vec<(Product, Number)> = Vec::with_capacity(terms.len());
        for (product, coefficient) in terms {
            match sum.last_mut() {
                Some((last, total)) if *last == product => *total = total.add(&coefficient, self.work),
                _ => {
                    drop(sum.pop_if(|(_, total)| total.is_zero()));
                    sum.push((product, coefficient));
                }
            }
        }
        drop(sum.pop_if(|(_, total)| total.is_zero()));
        Rc::from(sum)
    }

    /// Adds a term, reduced on the domain.
    fn push(&self, product: Product, coefficient: Number, terms: &mut Vec<(Product, Number)>) {
        let mut vector = None;
        for (at, &(variable, exponent)) in product.iter().enumerate() {
            let replaced = |exponent: u64| {
                let mut product = product.to_vec();
                product[at].1 = exponent;
                product.retain(|power| power.1 > 0);
                Rc::from(product)
            };
            match self.rules.get(variable as usize) {
                Some(Rule::OneHot(_)) if exponent > 1 => {
                    return self.push(replaced(1), coefficient, terms);
                }
                Some(Rule::OneHot(own)) if vector.replace(own) == Some(own) => return,
                Some(Rule::Finite(from, rows)) if exponent >= *from => {
                    let Some(row) = rows.get((exponent - from) as usize) else { return self.stop() };
                    for (i, factor) in row.iter().enumerate().filter(|(_, factor)| !factor.is_zero()) {
                        self.push(replaced(i as u64), coefficient.multiply(factor, self.work), terms);
                    }
                    return;
                }
                _ => {}
            }
        }
        terms.push((product, coefficient));
    }
}

/// Sums of more terms are added up before they grow further.
const MANY: usize = 1 << 20;

impl Ring for Terms<'_> {
    type Element = Sum;

    fn number(&self, value: &Number) -> Result<Sum, Refusal> {
        Ok(if value.is_zero() { Rc::from([]) } else { Rc::from([(self.nothing.clone(), value.clone())]) })
    }

    fn dot<'a>(&self, pairs: impl Iterator<Item = (&'a Sum, &'a Sum)>) -> Sum {
        let (mut terms, mut most) = (Vec::new(), MANY);
        for (a, b) in pairs {
            let count = (a.len() as u64).saturating_mul(b.len() as u64);
            let cost = if count > 1 { 300 } else { 0 };
            if !self.work.announce(count.saturating_mul(cost)) {
                break;
            }
            for (p, x) in a.iter() {
                for (q, y) in b.iter() {
                    self.push(self.times(p, q), x.multiply(y, self.work), &mut terms);
                }
                if terms.len() > most {
                    terms = self.sum(terms).to_vec();
                    most = MANY.max(2 * terms.len());
                }
            }
        }
        self.sum(terms)
    }

    fn work(&self) -> (&Work, u64) {
        (self.work, 60)
    }

    fn pass(&self, values: Vec<Sum>, alone: bool) -> Vec<Sum> {
        match self.naming {
            Naming::Folded if alone => values,
            _ => values.iter().map(|value| self.named(value)).collect(),
        }
    }

    fn passes(&self) -> bool {
        self.naming != Naming::Never
    }
}
