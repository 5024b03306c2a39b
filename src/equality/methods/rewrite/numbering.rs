//! Value numbering as an arithmetic: an entry is evaluated to its class and a factor.
//!
//! The evaluator runs both networks over one table of classes. It never multiplies anything out, so it takes
//! about as many operations as an evaluation at one point. Not every law of rings holds on the nose: sums of
//! sums have one class only if they are taken apart (`folding`), and products are never distributed over
//! sums.

use std::sync::{Mutex, MutexGuard, PoisonError};

use num_rational::BigRational;
use rayon::prelude::*;

use super::coefficient::{Aligned, Coefficient};
use super::table::{Column, Formed, Table, Value, aligned, sum};
use crate::arithmetic::{Arithmetic, Halt, stopped};
use crate::budget::{Ended, Meter, Stop};
use crate::network::{Data, decompose};

/// Rows of constants are combined on several threads from this number of products on.
const PARALLEL: usize = 1 << 14;
/// The budget is polled once in `2^14` operations. They take tens of microseconds each if numbers are long.
const POLL_LOG2: u32 = 14;
/// Products are recorded up to this number.
const MAX_RECORDED: usize = 1 << 21;

/// Why numbering ends, apart from its limit of operations.
#[derive(Clone, Copy, Debug)]
enum TooLarge {
    Coefficient,
    Table,
}

/// Products of two tensors that both depend on an input, entry by entry: what a hidden layer computes.
#[derive(Clone, Debug, Default)]
pub(crate) struct Layer {
    /// The first factor of every unit.
    pub left: Vec<Value>,
    /// The second factor of every unit.
    pub right: Vec<Value>,
    /// Their product.
    pub product: Vec<Value>,
}

#[derive(Debug)]
struct State {
    table: Table,
    layers: Vec<Layer>,
    recorded: usize,
}

/// The arithmetic.
pub(crate) struct Numbering {
    state: Mutex<State>,
    folding: bool,
    /// The most bytes of the table.
    bytes: u64,
    /// Counts operations on coefficients.
    meter: Meter<TooLarge>,
}

impl Numbering {
    /// An empty table. With `folding`, linear combinations of linear combinations are multiplied out.
    pub fn new(folding: bool, bytes: u64, operations: u64, stop: Stop) -> Numbering {
        let state = Mutex::new(State { table: Table::new(), layers: Vec::new(), recorded: 0 });
        Numbering { state, folding, bytes, meter: Meter::new(operations, POLL_LOG2, stop) }
    }

    /// A new class for every entry of an input.
    pub fn inputs(&self, count: usize) -> Vec<Value> {
        let mut state = self.lock();
        (0..count).map(|_| self.or_halt(state.table.input())).collect()
    }

    /// The layers recorded since this was last asked, in the order of evaluation.
    pub fn take_layers(&self) -> Vec<Layer> {
        let mut state = self.lock();
        state.recorded = 0;
        std::mem::take(&mut state.layers)
    }

    /// Operations so far.
    pub fn operations(&self) -> u64 {
        self.meter.spent()
    }

    /// The classes.
    pub fn into_table(self) -> Table {
        self.state.into_inner().unwrap_or_else(PoisonError::into_inner).table
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Operations of an arithmetic do not fail: the fact is remembered, and the value is meaningless.
    fn or_halt(&self, value: Option<Value>) -> Value {
        value.unwrap_or_else(|| {
            // If work was refused, the reason is already known and stays.
            self.meter.end(Ended::Because(TooLarge::Coefficient));
            Value::ZERO
        })
    }

    fn intern(&self, state: &mut State, formed: Option<Formed>, open: bool) -> Value {
        let value = self.or_halt(formed.and_then(|formed| state.table.intern(formed, open)));
        if state.table.bytes() > self.bytes {
            self.meter.end(Ended::Because(TooLarge::Table));
        }
        value
    }

    fn product(&self, state: &mut State, a: &Value, b: &Value) -> Value {
        if !self.meter.spend(1) {
            return Value::ZERO;
        }
        self.or_halt(state.table.product(a, b))
    }

    /// The sum of some values; sums that were made by adding are taken apart if `open`.
    fn total<'a>(&self, state: &mut State, values: impl Iterator<Item = &'a Value>, open: bool) -> Value {
        let mut terms = Vec::new();
        for value in values {
            let taken = if open || self.folding {
                state.table.terms(value, self.folding, &mut terms)
            } else {
                if !value.is_zero() {
                    terms.push((value.class, value.coefficient.clone()));
                }
                Some(())
            };
            if taken.is_none() {
                return self.or_halt(None);
            }
        }
        if !self.meter.spend(terms.len() as u64 + 1) {
            return Value::ZERO;
        }
        self.intern(state, sum(terms), open)
    }

    /// Rows of constants times columns of values: `place(row, column)` is where a result goes.
    fn combine(
        &self,
        (rows, length, columns): (usize, usize, usize),
        constants: &[Value],
        values: &[Value],
        place: impl Fn(usize, usize) -> usize,
    ) -> Vec<Value> {
        let mut result = vec![Value::ZERO; rows * columns];
        let mut aligned_rows: Vec<Option<Aligned>> = Vec::new();
        for column in 0..columns {
            let vector = values[column * length..(column + 1) * length].iter();
            let prepared =
                Column::new(&self.lock().table, vector, self.folding, |count| self.meter.spend(count));
            let Some(prepared) = prepared else {
                self.or_halt(None);
                return result;
            };
            if !self.meter.affords((rows as u64).saturating_mul(prepared.len() as u64)) {
                return result;
            }
            if aligned_rows.is_empty() && prepared.has_long_sums() {
                aligned_rows = constants.chunks(length).map(aligned).collect();
            }
            let form = |row: usize| {
                let aligned = aligned_rows.get(row).and_then(Option::as_ref);
                let row = &constants[row * length..(row + 1) * length];
                self.meter.spend(prepared.len() as u64 + 1).then(|| prepared.combine(row, aligned)).flatten()
            };
            let formed: Vec<Option<Formed>> = if rows.saturating_mul(prepared.len()) < PARALLEL {
                (0..rows).map(form).collect()
            } else {
                let least = (PARALLEL / 4).div_ceil(prepared.len() + 1);
                (0..rows).into_par_iter().with_min_len(least).map(form).collect()
            };
            let mut state = self.lock();
            for (row, formed) in formed.into_iter().enumerate() {
                result[place(row, column)] = self.intern(&mut state, formed, false);
            }
        }
        result
    }

    fn record(&self, state: &mut State, a: &[Value], b: &[Value], product: &[Value]) {
        let hidden = a.iter().zip(b).any(|(a, b)| !a.is_constant() && !b.is_constant());
        if !hidden || state.recorded.saturating_add(a.len()) > MAX_RECORDED {
            return;
        }
        state.recorded += a.len();
        state.layers.push(Layer { left: a.to_vec(), right: b.to_vec(), product: product.to_vec() });
    }
}

impl Arithmetic for Numbering {
    type Element = Value;

    fn from_rational(&self, value: &BigRational) -> Result<Value, Halt> {
        Coefficient::from_rational(value).map(Value::constant).ok_or_else(too_long)
    }

    fn from_data(&self, data: &Data) -> Result<Vec<Value>, Halt> {
        let float = |x: f64| {
            let (mantissa, exponent) = decompose(x);
            Coefficient::dyadic(mantissa, exponent).map(Value::constant).ok_or_else(too_long)
        };
        let values = match data {
            Data::F64(v) => v.iter().map(|&x| float(x)).collect(),
            Data::F32(v) => v.iter().map(|&x| float(f64::from(x))).collect(),
            Data::F16(v) => v.iter().map(|&x| float(f64::from(x))).collect(),
            Data::BF16(v) => v.iter().map(|&x| float(f64::from(x))).collect(),
            Data::Rational(_) | Data::Integer(_) | Data::Unsigned(_) => {
                (0..data.len()).map(|position| self.from_rational(&data.rational(position))).collect()
            }
        };
        if !self.meter.spend(data.len() as u64) {
            self.status()?;
        }
        values
    }

    fn zero(&self) -> Value {
        Value::ZERO
    }

    fn one(&self) -> Value {
        Value::constant(Coefficient::ONE)
    }

    fn add(&self, a: &Value, b: &Value) -> Value {
        self.total(&mut self.lock(), [a, b].into_iter(), true)
    }

    fn multiply(&self, a: &Value, b: &Value) -> Value {
        self.product(&mut self.lock(), a, b)
    }

    fn status(&self) -> Result<(), Halt> {
        let too_much = |what: &str| Err(Halt::Budget(what.to_string()));
        match self.meter.ended() {
            None => Ok(()),
            Some(Ended::Stopped) => Err(stopped()),
            Some(Ended::Spent) => too_much("it would take more operations than are worth it"),
            Some(Ended::Because(TooLarge::Table)) => {
                too_much("the classes would need more memory than allowed")
            }
            Some(Ended::Because(TooLarge::Coefficient)) => Err(too_long()),
        }
    }

    fn multiply_entrywise(&self, a: &[Value], b: &[Value]) -> Vec<Value> {
        let mut state = self.lock();
        let product: Vec<Value> = a.iter().zip(b).map(|(a, b)| self.product(&mut state, a, b)).collect();
        self.record(&mut state, a, b, &product);
        product
    }

    fn scale(&self, factor: &Value, a: &[Value]) -> Vec<Value> {
        let mut state = self.lock();
        let product: Vec<Value> = a.iter().map(|a| self.product(&mut state, factor, a)).collect();
        if !factor.is_constant() {
            self.record(&mut state, &vec![factor.clone(); a.len()], a, &product);
        }
        product
    }

    fn add_entrywise(&self, total: &mut [Value], a: &[Value]) {
        let mut state = self.lock();
        for (total, a) in total.iter_mut().zip(a) {
            *total = self.total(&mut state, [&*total, a].into_iter(), true);
        }
    }

    fn sum_rows(&self, rows: usize, length: usize, a: &[Value]) -> Vec<Value> {
        let mut state = self.lock();
        (0..rows)
            .map(|row| self.total(&mut state, a[row * length..(row + 1) * length].iter(), false))
            .collect()
    }

    fn add_scaled(&self, total: &mut [Value], coefficient: &Value, a: &[Value]) {
        let mut state = self.lock();
        for (total, a) in total.iter_mut().zip(a) {
            let term = self.product(&mut state, coefficient, a);
            *total = self.total(&mut state, [&*total, &term].into_iter(), true);
        }
    }

    fn matmul(&self, (m, k, n): (usize, usize, usize), a: &[Value], b: &[Value]) -> Vec<Value> {
        if a.iter().all(Value::is_constant) {
            return self.combine((m, k, n), a, b, |row, column| row * n + column);
        }
        if b.iter().all(Value::is_constant) {
            return self.combine((n, k, m), b, a, |row, column| column * n + row);
        }
        let mut result = Vec::with_capacity(m * n);
        let mut state = self.lock();
        for row in 0..m {
            for column in 0..n {
                let (a, b) = (&a[row * k..(row + 1) * k], &b[column * k..(column + 1) * k]);
                let products: Vec<Value> =
                    a.iter().zip(b).map(|(a, b)| self.product(&mut state, a, b)).collect();
                result.push(self.total(&mut state, products.iter(), false));
            }
        }
        result
    }
}

fn too_long() -> Halt {
    Halt::Range("a coefficient is too long".to_string())
}
