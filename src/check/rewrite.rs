//! `rewrite`: both networks evaluated over names; see [`certificate::Rewrite`](crate::certificate::Rewrite).

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, HashMap};
use std::rc::Rc;

use num_rational::BigRational;
use num_traits::Zero;

use super::coefficient::{Coefficient, primitive};
use super::evaluate::{Ring, Run, evaluate};
use super::outcome::{Refusal, Work, require};
use super::pair::Pair;
use crate::certificate::{Rewrite, Unit};

/// A product of named values: their numbers, ascending. Empty for a constant.
type Product = Rc<[u32]>;

/// A sum of products with coefficients: ascending, distinct, none with coefficient zero.
type Sum = Vec<(Product, Coefficient)>;

/// A value over names.
#[derive(Clone, Debug, PartialEq)]
enum Value {
    Zero,
    Term(Product, Coefficient),
    Sum(Rc<Sum>),
}

impl Value {
    fn terms(&self) -> Sum {
        match self {
            Value::Zero => Vec::new(),
            Value::Term(product, coefficient) => vec![(product.clone(), coefficient.clone())],
            Value::Sum(terms) => terms.to_vec(),
        }
    }
}

/// Which values to keep: by network (0 or 1) and node, the entries.
type Kept = BTreeMap<(usize, usize), Vec<Value>>;

struct Names<'w> {
    /// Whether sums keep their terms until they are factors of products.
    folded: bool,
    /// Sums without their common factor, by name. The entries of the inputs have names before all these.
    known: RefCell<HashMap<Sum, u32>>,
    variables: u32,
    nothing: Product,
    side: Cell<usize>,
    kept: RefCell<Kept>,
    work: &'w Work,
}

impl Names<'_> {
    /// The value of some terms in any order.
    fn sum(&self, mut terms: Sum) -> Value {
        self.work.spend(20 * terms.len() as u64);
        terms.sort_by(|a, b| a.0.cmp(&b.0));
        let mut merged: Sum = Vec::new();
        for (product, coefficient) in terms {
            match merged.last_mut() {
                Some((last, total)) if *last == product => match total.add(&coefficient, self.work) {
                    Some(sum) => *total = sum,
                    // The terms cancel.
                    None => drop(merged.pop()),
                },
                _ => merged.push((product, coefficient)),
            }
        }
        match merged.pop() {
            None => Value::Zero,
            Some((product, coefficient)) if merged.is_empty() => Value::Term(product, coefficient),
            Some(last) => {
                merged.push(last);
                Value::Sum(Rc::new(merged))
            }
        }
    }

    /// A number times a name, for any value that is not a constant.
    fn named(&self, value: &Value) -> Value {
        let terms = match value {
            Value::Zero => return Value::Zero,
            Value::Term(product, _) if product.len() < 2 => return value.clone(),
            value => value.terms(),
        };
        self.work.spend(50 * terms.len() as u64);
        let (factor, row) = primitive(terms, self.work);
        let mut known = self.known.borrow_mut();
        let next = self.variables.saturating_add(known.len() as u32);
        let name = *known.entry(row).or_insert(next);
        Value::Term(Rc::from([name]), factor)
    }

    fn is_constant(&self, value: &Value) -> bool {
        match value {
            Value::Zero => true,
            Value::Term(product, _) => product.is_empty(),
            Value::Sum(_) => false,
        }
    }

    /// The terms of a product.
    fn product(&self, a: &Value, b: &Value, into: &mut Sum) {
        let times = |p: &Product, q: &Product| match (p.is_empty(), q.is_empty()) {
            (true, _) => q.clone(),
            (_, true) => p.clone(),
            _ => {
                let mut all = [&p[..], &q[..]].concat();
                all.sort_unstable();
                Rc::from(all)
            }
        };
        if let (Value::Term(p, x), Value::Term(q, y)) = (a, b) {
            into.push((times(p, q), x.multiply(y, self.work)));
            return;
        }
        let named = |value: &Value, other: &Value| {
            if self.folded && !self.is_constant(other) { self.named(value) } else { value.clone() }
        };
        let (a, b) = (named(a, b).terms(), named(b, a).terms());
        self.work.spend(50 * (a.len() * b.len()) as u64);
        for (p, x) in &a {
            into.extend(b.iter().map(|(q, y)| (times(p, q), x.multiply(y, self.work))));
        }
    }
}

impl Ring for Names<'_> {
    type Element = Value;

    fn number(&self, value: &BigRational) -> Result<Value, Refusal> {
        Ok(match Coefficient::of(value) {
            None => Value::Zero,
            Some(coefficient) => Value::Term(self.nothing.clone(), coefficient),
        })
    }

    fn dyadic(&self, mantissa: i64, exponent: i32) -> Result<Value, Refusal> {
        Ok(match Coefficient::dyadic(mantissa, exponent) {
            None => Value::Zero,
            Some(coefficient) => Value::Term(self.nothing.clone(), coefficient),
        })
    }

    fn zero(&self) -> Value {
        Value::Zero
    }

    fn add(&self, a: &Value, b: &Value) -> Value {
        match (a, b) {
            (Value::Zero, value) | (value, Value::Zero) => value.clone(),
            _ => self.sum([a.terms(), b.terms()].concat()),
        }
    }

    fn multiply(&self, a: &Value, b: &Value) -> Value {
        let mut terms = Vec::new();
        self.product(a, b, &mut terms);
        self.sum(terms)
    }

    fn dot(&self, a: Run<'_, Value>, b: Run<'_, Value>, length: usize) -> Value {
        let mut terms = Vec::new();
        for k in 0..length {
            self.product(&a.entries[k * a.stride], &b.entries[k * b.stride], &mut terms);
        }
        self.sum(terms)
    }

    fn finish(&self, node: usize, values: Vec<Value>) -> Result<Vec<Value>, Refusal> {
        let values =
            if self.folded { values } else { values.iter().map(|value| self.named(value)).collect() };
        if let Some(kept) = self.kept.borrow_mut().get_mut(&(self.side.get(), node)) {
            kept.clone_from(&values);
        }
        Ok(values)
    }

    fn work(&self) -> &Work {
        self.work
    }

    fn cost(&self) -> u64 {
        60
    }
}

/// Checks that both networks come out as the same values, and that the units correspond as claimed.
pub(super) fn check(pair: &Pair, claimed: &Rewrite, work: &Work) -> Result<(), Refusal> {
    let mut kept = Kept::new();
    for unit in &claimed.units {
        kept.insert((0, unit.a.0), Vec::new());
        kept.insert((1, unit.b.0), Vec::new());
    }
    let names = Names {
        folded: claimed.folded,
        known: RefCell::default(),
        variables: u32::try_from(pair.a.variables()).unwrap_or(u32::MAX),
        nothing: Rc::from([]),
        side: Cell::new(0),
        kept: RefCell::new(kept),
        work,
    };
    let mut variables = 0u32..;
    let mut variable = || Value::Term(Rc::from_iter(variables.next()), Coefficient::ONE);
    let inputs: Vec<Vec<Value>> =
        pair.a.inputs().iter().map(|input| (0..input.shape.size()).map(|_| variable()).collect()).collect();
    let a = evaluate(&names, &pair.a, &inputs)?;
    names.side.set(1);
    let b = evaluate(&names, &pair.b, &inputs)?;
    let difference = pair.relate(&names, a, b)?;
    work.status()?;
    require(difference.iter().all(|value| *value == Value::Zero), "evidence.rewrite", || {
        "the outputs of the two models do not come out as the same values".to_string()
    })?;
    let kept = names.kept.borrow();
    for (position, unit) in claimed.units.iter().enumerate() {
        check_unit(&names, &kept, unit, &format!("evidence.rewrite.units.{position}"))?;
    }
    let mut seen: Vec<_> = claimed.units.iter().map(|unit| (unit.a, unit.b)).collect();
    seen.sort_unstable();
    require(seen.windows(2).all(|two| two[0] != two[1]), "evidence.rewrite.units", || {
        "two units of the models correspond twice".to_string()
    })?;
    work.status()
}

fn check_unit(names: &Names<'_>, kept: &Kept, unit: &Unit, field: &str) -> Result<(), Refusal> {
    let value =
        |side: usize, (node, entry): (usize, usize)| kept.get(&(side, node)).and_then(|all| all.get(entry));
    let of = |side: usize, name: &str, place| {
        let found = value(side, place).filter(|value| **value != Value::Zero);
        found.ok_or_else(|| {
            super::outcome::invalid(format!("{field}.{name}"), "there is no such unit, or it is zero")
        })
    };
    let (a, b) = (of(0, "a", unit.a)?, of(1, "b", unit.b)?);
    require(!unit.factor.0.is_zero(), format!("{field}.factor"), || "the factor is zero".to_string())?;
    let scaled = names.multiply(&names.number(&unit.factor.0)?, a);
    require(scaled == *b, format!("{field}.factor"), || {
        "the unit of the second model is not this multiple of the unit of the first".to_string()
    })
}
