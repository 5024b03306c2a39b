//! Classes of entries that are the same function up to a rational factor.
//!
//! A class is the constant one, an entry of an input, a product of classes or a linear combination of
//! classes. It is made once: a product is known by its factors, whatever their order, and a linear
//! combination by its row. So two entries of the same class and the same factor are the same function. The
//! converse does not hold.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use super::coefficient::{Aligned, Coefficient, Sum};
use super::row::{ClassId, Row};

/// The class of constants.
pub(crate) const ONE: ClassId = 0;
/// Products of more factors are not multiplied out into one list of factors.
const MAX_FACTORS: usize = 64;

/// What is known about an entry: it is this number times its class. Zero is zero times one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Value {
    /// The class.
    pub class: ClassId,
    /// The factor.
    pub coefficient: Coefficient,
}

impl Value {
    pub const ZERO: Value = Value { class: ONE, coefficient: Coefficient::ZERO };

    pub fn constant(coefficient: Coefficient) -> Value {
        Value { class: ONE, coefficient }
    }

    pub fn is_constant(&self) -> bool {
        self.class == ONE
    }

    pub fn is_zero(&self) -> bool {
        self.coefficient.is_zero()
    }
}

/// The function that a class stands for.
#[derive(Clone, Debug)]
pub(crate) enum Class {
    /// The constant one.
    One,
    /// An entry of an input.
    Input,
    /// A product of classes, ascending, with their exponents.
    Product(Arc<[(ClassId, u32)]>),
    /// A linear combination.
    Sum {
        /// Its terms.
        row: Arc<Row>,
        /// It was made by adding, so further terms join it instead of forming a sum of a sum.
        open: bool,
    },
}

/// A linear combination that has not been looked up yet.
pub(crate) enum Formed {
    /// A multiple of one class.
    Value(Value),
    /// A multiple of a row.
    Row(Coefficient, Row),
}

/// All classes.
#[derive(Debug)]
pub(crate) struct Table {
    classes: Vec<Class>,
    products: HashMap<Arc<[(ClassId, u32)]>, ClassId>,
    sums: HashMap<Arc<Row>, ClassId>,
    /// Products and the products they were made of, which their factors do not tell.
    made_of: HashSet<(ClassId, ClassId)>,
    bytes: u64,
}

impl Table {
    pub fn new() -> Table {
        Table {
            classes: vec![Class::One],
            products: HashMap::new(),
            sums: HashMap::new(),
            made_of: HashSet::new(),
            bytes: 0,
        }
    }

    pub fn len(&self) -> usize {
        self.classes.len()
    }

    /// The memory that the classes take, about.
    pub fn bytes(&self) -> u64 {
        self.bytes
    }

    pub fn class(&self, id: ClassId) -> &Class {
        &self.classes[id as usize]
    }

    fn push(&mut self, class: Class, bytes: u64) -> Option<ClassId> {
        let id = ClassId::try_from(self.classes.len()).ok()?;
        self.classes.push(class);
        self.bytes = self.bytes.saturating_add(bytes).saturating_add(100);
        Some(id)
    }

    /// A new class for an entry of an input.
    pub fn input(&mut self) -> Option<Value> {
        Some(Value { class: self.push(Class::Input, 0)?, coefficient: Coefficient::ONE })
    }

    /// The product.
    pub fn product(&mut self, a: &Value, b: &Value) -> Option<Value> {
        let coefficient = a.coefficient.multiply(&b.coefficient)?;
        if coefficient.is_zero() {
            return Some(Value::ZERO);
        }
        let class = match (a.is_constant(), b.is_constant()) {
            (true, _) => b.class,
            (_, true) => a.class,
            _ => self.product_class(a.class, b.class)?,
        };
        Some(Value { class, coefficient })
    }

    fn product_class(&mut self, a: ClassId, b: ClassId) -> Option<ClassId> {
        let factors = merged(&self.factors(a), &self.factors(b)).or_else(|| merged(&[(a, 1)], &[(b, 1)]))?;
        let id = match self.products.get(factors.as_slice()) {
            Some(&known) => known,
            None => {
                let factors: Arc<[(ClassId, u32)]> = factors.into();
                let id = self.push(Class::Product(factors.clone()), 16 * factors.len() as u64)?;
                self.products.insert(factors, id);
                id
            }
        };
        for part in [a, b] {
            if matches!(self.class(part), Class::Product(_)) && self.made_of.insert((id, part)) {
                self.bytes = self.bytes.saturating_add(16);
            }
        }
        Some(id)
    }

    fn factors(&self, id: ClassId) -> Vec<(ClassId, u32)> {
        match self.class(id) {
            Class::Product(factors) => factors.to_vec(),
            _ => vec![(id, 1)],
        }
    }

    /// The terms of a value where linear combinations may be taken apart: open ones, or all of them.
    pub fn terms(&self, value: &Value, all: bool, terms: &mut Vec<(ClassId, Coefficient)>) -> Option<()> {
        match self.class(value.class) {
            Class::Sum { row, open } if *open || all => {
                for (class, coefficient) in row.terms() {
                    terms.push((class, coefficient.multiply(&value.coefficient)?));
                }
            }
            _ if value.is_zero() => {}
            _ => terms.push((value.class, value.coefficient.clone())),
        }
        Some(())
    }

    /// The value of a linear combination.
    pub fn intern(&mut self, formed: Formed, open: bool) -> Option<Value> {
        let (content, row) = match formed {
            Formed::Value(value) => return Some(value),
            Formed::Row(content, row) => (content, row),
        };
        let class = match self.sums.get(&row) {
            Some(&known) => known,
            None => {
                let bytes = row.bytes().saturating_add(if open { 4 * row.len() as u64 } else { 0 });
                let row = Arc::new(row);
                let id = self.push(Class::Sum { row: row.clone(), open }, bytes)?;
                self.sums.insert(row, id);
                id
            }
        };
        Some(Value { class, coefficient: content })
    }

    /// For every class, whether one of these was made of it.
    pub fn reachable(&self, from: impl Iterator<Item = ClassId>) -> Vec<bool> {
        let mut made_of: Vec<(ClassId, ClassId)> = self.made_of.iter().copied().collect();
        made_of.sort_unstable();
        let mut reached = vec![false; self.classes.len()];
        let mut pending: Vec<ClassId> = from.collect();
        while let Some(id) = pending.pop() {
            if std::mem::replace(&mut reached[id as usize], true) {
                continue;
            }
            match self.class(id) {
                Class::One | Class::Input => {}
                Class::Product(factors) => {
                    pending.extend(factors.iter().map(|&(part, _)| part));
                    let start = made_of.partition_point(|&(product, _)| product < id);
                    let parts = made_of[start..].iter().take_while(|&&(product, _)| product == id);
                    pending.extend(parts.map(|&(_, part)| part));
                }
                Class::Sum { row, .. } => pending.extend(row.classes()),
            }
        }
        reached
    }
}

/// The factors of a product; `None` when there are too many.
fn merged(a: &[(ClassId, u32)], b: &[(ClassId, u32)]) -> Option<Vec<(ClassId, u32)>> {
    let mut factors: Vec<(ClassId, u32)> = Vec::with_capacity(a.len() + b.len());
    let mut all: Vec<(ClassId, u32)> = a.iter().chain(b).copied().collect();
    all.sort_unstable();
    for (class, exponent) in all {
        match factors.last_mut() {
            Some(last) if last.0 == class => last.1 = last.1.checked_add(exponent)?,
            _ => factors.push((class, exponent)),
        }
    }
    (factors.len() <= MAX_FACTORS).then_some(factors)
}

/// The sum of some terms, in any order.
pub(crate) fn sum(mut terms: Vec<(ClassId, Coefficient)>) -> Option<Formed> {
    terms.sort_by_key(|term| term.0);
    let (mut classes, mut coefficients) = (Vec::with_capacity(terms.len()), Vec::with_capacity(terms.len()));
    for group in terms.chunk_by(|a, b| a.0 == b.0) {
        let coefficient = match group {
            [(_, coefficient)] => coefficient.clone(),
            _ => {
                let mut sum = Sum::default();
                for (_, coefficient) in group {
                    sum.add_product(coefficient, &Coefficient::ONE)?;
                }
                sum.finish()?
            }
        };
        if !coefficient.is_zero() {
            classes.push(group[0].0);
            coefficients.push(coefficient);
        }
    }
    formed(&classes, coefficients, None)
}

/// A linear combination of distinct classes, which may be shared already, with coefficients that are not
/// zero.
fn formed(
    classes: &[ClassId],
    mut coefficients: Vec<Coefficient>,
    shared: Option<&Arc<[ClassId]>>,
) -> Option<Formed> {
    Some(match (classes, coefficients.as_mut_slice()) {
        ([], _) => Formed::Value(Value::ZERO),
        (&[class], [coefficient]) => {
            Formed::Value(Value { class, coefficient: std::mem::replace(coefficient, Coefficient::ZERO) })
        }
        _ => {
            let classes = shared.map_or_else(|| classes.into(), Arc::clone);
            let (content, row) = Row::new(classes, coefficients)?;
            Formed::Row(content, row)
        }
    })
}

/// Sums of so many products are made with aligned numbers, if they can be.
const LONG_SUM: usize = 8;

/// A vector of values that rows of constants are multiplied with, sorted by class.
pub(crate) struct Column {
    /// Position in the vector and factor, class by class.
    terms: Vec<(u32, Coefficient)>,
    /// The end of every class's terms, and their factors once more where there are many.
    groups: Vec<(usize, Option<Aligned>)>,
    classes: Arc<[ClassId]>,
}

/// The numbers of a row of constants, aligned if they can be.
pub(crate) fn aligned(row: &[Value]) -> Option<Aligned> {
    Aligned::new(row.iter().map(|value| &value.coefficient))
}

impl Column {
    /// A vector whose linear combinations are taken apart if `folding`.
    pub fn new<'a>(
        table: &Table,
        values: impl Iterator<Item = &'a Value>,
        folding: bool,
        spend: impl Fn(u64) -> bool,
    ) -> Option<Column> {
        let mut all: Vec<(ClassId, u32, Coefficient)> = Vec::new();
        let mut scratch = Vec::new();
        for (position, value) in values.enumerate() {
            let position = u32::try_from(position).ok()?;
            if folding {
                table.terms(value, true, &mut scratch)?;
                if !spend(scratch.len() as u64) {
                    return None;
                }
                all.extend(scratch.drain(..).map(|(class, coefficient)| (class, position, coefficient)));
            } else if !value.is_zero() {
                all.push((value.class, position, value.coefficient.clone()));
            }
        }
        all.sort_by_key(|term| (term.0, term.1));
        let (mut classes, mut ends) = (Vec::new(), Vec::new());
        for (i, term) in all.iter().enumerate() {
            if classes.last() != Some(&term.0) {
                classes.push(term.0);
                ends.push(i);
            }
            if let Some(end) = ends.last_mut() {
                *end = i + 1;
            }
        }
        let terms: Vec<(u32, Coefficient)> =
            all.into_iter().map(|(_, position, coefficient)| (position, coefficient)).collect();
        let mut start = 0;
        let group = |end: usize| {
            let group = &terms[std::mem::replace(&mut start, end)..end];
            let is_long = group.len() >= LONG_SUM;
            (end, is_long.then(|| Aligned::new(group.iter().map(|term| &term.1))).flatten())
        };
        let groups = ends.into_iter().map(group).collect();
        Some(Column { terms, groups, classes: classes.into() })
    }

    /// Whether aligned rows are of use.
    pub fn has_long_sums(&self) -> bool {
        self.groups.iter().any(|(_, aligned)| aligned.is_some())
    }

    /// How many products a row takes.
    pub fn len(&self) -> usize {
        self.terms.len()
    }

    /// The linear combination of the vector with these constants, which may be given aligned as well.
    pub fn combine(&self, row: &[Value], aligned_row: Option<&Aligned>) -> Option<Formed> {
        let mut coefficients = Vec::with_capacity(self.classes.len());
        let mut start = 0;
        // The classes that are left, once one has dropped out.
        let mut left: Option<Vec<ClassId>> = None;
        for (place, (end, aligned)) in self.groups.iter().enumerate() {
            let group = &self.terms[start..*end];
            start = *end;
            let positions = group.iter().map(|term| term.0 as usize);
            let sum =
                aligned.as_ref().zip(aligned_row).and_then(|(group, row)| group.product(row, positions));
            let coefficient = match (sum, group) {
                (Some(sum), _) => sum,
                (None, [(position, factor)]) => row[*position as usize].coefficient.multiply(factor)?,
                (None, _) => {
                    let mut sum = Sum::default();
                    for (position, factor) in group {
                        sum.add_product(&row[*position as usize].coefficient, factor)?;
                    }
                    sum.finish()?
                }
            };
            if coefficient.is_zero() {
                left.get_or_insert_with(|| self.classes[..place].to_vec());
                continue;
            }
            coefficients.push(coefficient);
            if let Some(left) = &mut left {
                left.push(self.classes[place]);
            }
        }
        match left {
            Some(left) => formed(&left, coefficients, None),
            None => formed(&self.classes, coefficients, Some(&self.classes)),
        }
    }
}
