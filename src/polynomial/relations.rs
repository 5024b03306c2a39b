//! The relations that hold between the variables on a finite domain, and reduction by them.

use std::ops::Range;

use num_rational::BigRational;

use super::accumulator::Accumulator;
use super::monomial::Layout;
use crate::arithmetic::{Exact, Halt};

/// What is known of the variables of a domain. Variables that nothing is said about are free.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Relations {
    rules: Vec<(Range<usize>, Rule)>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Rule {
    /// Each variable takes these distinct values.
    Finite(Vec<BigRational>),
    /// One of the variables is 1, the others are 0. The first may be replaced by one minus the sum of the
    /// others.
    OneHot { eliminates: bool },
}

impl Relations {
    /// Free variables.
    pub fn none() -> Relations {
        Relations::default()
    }

    /// Each of these variables independently takes one of some distinct values (at least one). Powers from
    /// the number of values on are reduced modulo `prod (x - value)`.
    pub fn finite(mut self, variables: Range<usize>, values: Vec<BigRational>) -> Relations {
        self.rules.push((variables, Rule::Finite(values)));
        self
    }

    /// One of these variables is 1 and the others are 0: `x_i^2 = x_i`, `x_i x_j = 0`, and the first, if it
    /// is eliminated, is replaced by one minus the sum of the others. Otherwise reduced polynomials are no
    /// normal form (the sum of the variables and 1 are the same function), but may have far fewer terms.
    pub fn one_hot(mut self, variables: Range<usize>, eliminates: bool) -> Relations {
        self.rules.push((variables, Rule::OneHot { eliminates }));
        self
    }

    /// The largest degree of a reduced polynomial, `None` when a variable is free.
    pub(super) fn reduced_degree(&self, variables: usize) -> Option<u64> {
        let mut bound = vec![false; variables];
        let mut degree = 0u64;
        for (range, rule) in &self.rules {
            for variable in range.clone() {
                *bound.get_mut(variable)? = true;
            }
            degree = degree.saturating_add(match rule {
                Rule::Finite(values) => {
                    (values.len().saturating_sub(1) as u64).saturating_mul(range.len() as u64)
                }
                Rule::OneHot { .. } => 1,
            });
        }
        bound.iter().all(|&bound| bound).then_some(degree)
    }
}

/// How one variable is reduced.
#[derive(Clone, Debug)]
enum Reduction<E> {
    Free,
    /// The variable has one value.
    Fixed(E),
    /// `x^e = x^powers[e]`
    Power(Vec<u64>),
    /// `x^e = sum of rows[e][i] x^i`
    Row(std::sync::Arc<Vec<Vec<E>>>),
    /// A member of the one-hot group with this number; the first member is replaced when it is made.
    OneHot {
        group: usize,
        first: bool,
    },
}

/// Tables of reductions for every variable.
#[derive(Clone, Debug)]
pub(super) struct Reducer<E> {
    variables: Vec<Reduction<E>>,
    groups: Vec<Range<usize>>,
}

/// Expansions of one monomial to more terms than this are announced.
const LONG: usize = 1 << 10;
/// Reduction tables may have this many entries.
const MAX_TABLE: usize = 1 << 22;

impl<E: Clone + Send + Sync> Reducer<E> {
    /// Prepares reduction, or `None` when there are no relations. Fails when two values of a variable are the
    /// same in the arithmetic of the coefficients, or a table would be too large.
    pub(super) fn new<C: Exact<Element = E>>(
        relations: &Relations,
        coefficients: &C,
        layout: &Layout,
    ) -> Result<Option<Reducer<E>>, Halt> {
        if relations.rules.is_empty() {
            return Ok(None);
        }
        let mut variables = vec![Reduction::Free; layout.variables];
        let mut groups = Vec::new();
        for (range, rule) in &relations.rules {
            let known = range.clone().filter(|&variable| variable < layout.variables);
            match rule {
                Rule::Finite(values) => {
                    let reduction = powers(values, coefficients, layout.max_degree)?;
                    known.for_each(|variable| variables[variable] = reduction.clone());
                }
                Rule::OneHot { eliminates } => {
                    for variable in known {
                        let first = *eliminates && variable == range.start;
                        variables[variable] = Reduction::OneHot { group: groups.len(), first };
                    }
                    groups.push(range.clone());
                }
            }
        }
        Ok(Some(Reducer { variables, groups }))
    }

    /// What a variable is replaced by when it is made.
    pub(super) fn substitute(&self, variable: usize) -> Substitution<'_, E> {
        match &self.variables[variable] {
            Reduction::Fixed(value) => Substitution::Constant(value),
            Reduction::OneHot { group, first: true } => {
                let group = &self.groups[*group];
                Substitution::OneMinus(group.start + 1..group.end)
            }
            _ => Substitution::Itself,
        }
    }

    /// Adds the reduced form of `coefficient * monomial` to a sum, for a monomial that is the product of two
    /// reduced ones. A monomial that expands to many is announced to `poll`, with the work and the number of
    /// terms, and dropped when the answer is no. `scratch` avoids allocation.
    pub(super) fn add_reduced<C: Exact<Element = E>>(
        &self,
        (coefficients, layout, poll): (&C, &Layout, &dyn Fn(u64, usize) -> bool),
        key: &[u64],
        coefficient: E,
        sum: &mut Accumulator<E>,
        scratch: &mut Scratch<E>,
    ) {
        let Scratch { terms, next, powers, groups } = scratch;
        powers.clear();
        groups.clear();
        let (mut vanishes, mut expands) = (false, false);
        layout.for_each_power(key, |variable, exponent| match &self.variables[variable] {
            Reduction::OneHot { group, .. } => {
                // Variables ascend and groups are ranges, so two members of a group follow one another.
                vanishes |= groups.contains(group);
                groups.push(*group);
                powers.push((variable, 1));
            }
            Reduction::Power(table) => {
                powers.push((variable, table.get(exponent as usize).copied().unwrap_or(exponent)));
            }
            Reduction::Row(rows) if rows.len() as u64 > exponent && !rows[exponent as usize].is_empty() => {
                expands = true;
                powers.push((variable, exponent));
            }
            Reduction::Row(_) | Reduction::Free | Reduction::Fixed(_) => powers.push((variable, exponent)),
        });
        if vanishes {
            return;
        }
        terms.clear();
        terms.push((vec![0; layout.words], coefficient));
        for &(variable, exponent) in powers.iter() {
            let row = match &self.variables[variable] {
                Reduction::Row(rows) if expands => rows.get(exponent as usize).filter(|row| !row.is_empty()),
                _ => None,
            };
            let Some(row) = row else {
                terms.iter_mut().for_each(|(key, _)| layout.multiply_power(key, variable, exponent));
                continue;
            };
            let expanded = terms.len().saturating_mul(row.len());
            if expanded > LONG && !poll(expanded as u64, sum.len().saturating_add(expanded)) {
                return;
            }
            next.clear();
            for (key, coefficient) in terms.iter() {
                for (power, factor) in row.iter().enumerate() {
                    if coefficients.is_zero(factor) {
                        continue;
                    }
                    let mut key = key.clone();
                    layout.multiply_power(&mut key, variable, power as u64);
                    next.push((key, coefficients.multiply(coefficient, factor)));
                }
            }
            std::mem::swap(terms, next);
        }
        for (key, coefficient) in terms.drain(..) {
            sum.add(coefficients, &key, coefficient);
        }
    }
}

/// Space that reductions reuse.
pub(super) struct Scratch<E> {
    terms: Vec<(Vec<u64>, E)>,
    next: Vec<(Vec<u64>, E)>,
    powers: Vec<(usize, u64)>,
    groups: Vec<usize>,
}

impl<E> Default for Scratch<E> {
    fn default() -> Scratch<E> {
        Scratch { terms: Vec::new(), next: Vec::new(), powers: Vec::new(), groups: Vec::new() }
    }
}

/// What a variable is replaced by when it is made.
pub(super) enum Substitution<'a, E> {
    Itself,
    Constant(&'a E),
    /// One minus the sum of these variables.
    OneMinus(Range<usize>),
}

/// The reduction of a variable that takes these values: `x^e` for `e` up to the largest that a product of two
/// reduced powers has.
fn powers<C: Exact>(
    values: &[BigRational],
    coefficients: &C,
    max_degree: u64,
) -> Result<Reduction<C::Element>, Halt> {
    let roots: Vec<C::Element> =
        values.iter().map(|value| coefficients.from_rational(value)).collect::<Result<_, _>>()?;
    let (zero, one) = (coefficients.zero(), coefficients.one());
    if let [value] = roots.as_slice() {
        return Ok(Reduction::Fixed(value.clone()));
    }
    let count = roots.len();
    let top = (2 * count).saturating_sub(2).min(usize::try_from(max_degree).unwrap_or(usize::MAX));
    if top < count {
        return Ok(Reduction::Free);
    }
    if count.saturating_mul(top - count + 1) > MAX_TABLE {
        return Err(Halt::Budget(format!("powers modulo a polynomial of degree {count} would be needed")));
    }
    for (i, root) in roots.iter().enumerate() {
        if let Some(j) = roots[..i].iter().position(|other| coefficients.equal(other, root)) {
            return Err(Halt::NoResidue(format!("1/({} - {})", values[i], values[j])));
        }
    }
    let minus_one = coefficients.from_rational(&-BigRational::from_integer(1.into()))?;
    // prod (x - root), lowest power first, without its leading 1.
    let mut modulus = vec![one.clone()];
    for root in &roots {
        let negative = coefficients.multiply(root, &minus_one);
        let mut next = vec![zero.clone(); modulus.len() + 1];
        for (power, coefficient) in modulus.iter().enumerate() {
            next[power] = coefficients.add(&next[power], &coefficients.multiply(coefficient, &negative));
            next[power + 1] = coefficients.add(&next[power + 1], coefficient);
        }
        modulus = next;
    }
    modulus.pop();
    let lower: Vec<C::Element> =
        modulus.iter().map(|coefficient| coefficients.multiply(coefficient, &minus_one)).collect();
    // Rows below `count` are empty: those powers are reduced. Each next row is x times the one before.
    let mut rows = vec![Vec::new(); count];
    rows.push(lower.clone());
    while rows.len() <= top {
        let last = &rows[rows.len() - 1];
        let overflow = &last[count - 1];
        let mut row: Vec<C::Element> = vec![zero.clone()];
        row.extend_from_slice(&last[..count - 1]);
        for (entry, coefficient) in row.iter_mut().zip(&lower) {
            *entry = coefficients.add(entry, &coefficients.multiply(overflow, coefficient));
        }
        rows.push(row);
    }
    // {0, 1}, {-1, 1} and {-1, 0, 1} turn powers into powers.
    let single = |row: &Vec<C::Element>| {
        let mut nonzero = row.iter().enumerate().filter(|(_, entry)| !coefficients.is_zero(entry));
        match (nonzero.next(), nonzero.next()) {
            (Some((power, entry)), None) if coefficients.equal(entry, &one) => Some(power as u64),
            _ => None,
        }
    };
    let table: Option<Vec<u64>> = (0..rows.len())
        .map(|power| if power < count { Some(power as u64) } else { single(&rows[power]) })
        .collect();
    Ok(match table {
        Some(table) => Reduction::Power(table),
        None => Reduction::Row(std::sync::Arc::new(rows)),
    })
}
