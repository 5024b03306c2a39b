//! Sparse polynomials with rational coefficients, reduced on a domain.

use std::collections::BTreeMap;

use num_bigint::BigInt;
use num_rational::BigRational;
use num_traits::{One, Zero};

use super::evaluate::Ring;
use super::outcome::{Refusal, Work, incomplete};

/// `[variable, exponent]`, variables ascending, exponents positive.
pub(super) type Monomial = Vec<(usize, u64)>;

/// Coefficients, none of them zero, by monomial.
pub(super) type Polynomial = BTreeMap<Monomial, BigRational>;

/// How a variable is reduced.
#[derive(Clone, Debug)]
pub(super) enum Rule {
    /// Not at all.
    Free,
    /// It takes finitely many values: `rows[e]` are the coefficients of `1, x, x^2, ..` in `x^e`, for the exponents
    /// that products of reduced polynomials have.
    Powers(std::rc::Rc<Vec<Vec<BigRational>>>),
    /// It belongs to the one-hot vector that begins at this variable and has this many.
    OneHot { start: usize, classes: usize },
}

impl Rule {
    /// More values than this are not reduced by.
    const MOST: usize = 256;

    /// The rule of a variable with these values: `x^m` is what `x^m - (x - s_1) .. (x - s_m)` leaves.
    pub(super) fn finite(values: &[BigRational]) -> Result<Rule, Refusal> {
        let m = values.len();
        if m == 0 || m > Rule::MOST {
            return Err(incomplete("only domains of 1 to 256 values are reduced by"));
        }
        let mut product = vec![BigRational::one()];
        for value in values {
            let mut next = vec![BigRational::zero(); product.len() + 1];
            for (i, coefficient) in product.iter().enumerate() {
                next[i + 1] += coefficient;
                next[i] -= coefficient * value;
            }
            product = next;
        }
        let unit =
            |e: usize| (0..m).map(|i| BigRational::from_integer(BigInt::from(u8::from(i == e)))).collect();
        let mut rows: Vec<Vec<BigRational>> = (0..m).map(unit).collect();
        for e in m..=(2 * m).saturating_sub(2).max(m) {
            // x times the row before, its x^m replaced.
            let before = rows[e - 1].clone();
            let top = before[m - 1].clone();
            rows.push(
                (0..m)
                    .map(|i| {
                        let shifted = if i > 0 { before[i - 1].clone() } else { BigRational::zero() };
                        shifted - &top * &product[i]
                    })
                    .collect(),
            );
        }
        Ok(Rule::Powers(std::rc::Rc::new(rows)))
    }
}

/// The ring of polynomials in variables with rules.
pub(super) struct Polynomials<'w> {
    pub rules: Vec<Rule>,
    pub work: &'w Work,
}

impl Polynomials<'_> {
    /// A variable, reduced.
    pub(super) fn variable(&self, variable: usize) -> Polynomial {
        match &self.rules[variable] {
            // The first entry of a one-hot vector is one less the others.
            Rule::OneHot { start, classes } if *start == variable => {
                let others =
                    (start + 1..start + classes).map(|other| (vec![(other, 1)], -BigRational::one()));
                others.chain([(Vec::new(), BigRational::one())]).collect()
            }
            _ => self.reduced(&vec![(variable, 1)], &BigRational::one()),
        }
    }

    /// A term, reduced.
    fn reduced(&self, monomial: &Monomial, coefficient: &BigRational) -> Polynomial {
        let mut result = Polynomial::from([(Vec::new(), coefficient.clone())]);
        let mut last_vector = None;
        for &(variable, exponent) in monomial {
            let factors: Vec<(u64, BigRational)> = match &self.rules[variable] {
                Rule::Free => vec![(exponent, BigRational::one())],
                Rule::OneHot { start, .. } => {
                    // Two entries of one vector: one of them is zero. A power of one is the entry itself.
                    if last_vector.replace(*start) == Some(*start) {
                        return Polynomial::new();
                    }
                    vec![(1, BigRational::one())]
                }
                Rule::Powers(rows) => {
                    let Some(row) = usize::try_from(exponent).ok().and_then(|exponent| rows.get(exponent))
                    else {
                        // Products of reduced polynomials have no such exponents.
                        self.work.spend(u64::MAX);
                        return Polynomial::new();
                    };
                    row.iter()
                        .cloned()
                        .enumerate()
                        .map(|(e, c)| (e as u64, c))
                        .filter(|(_, c)| !c.is_zero())
                        .collect()
                }
            };
            self.work.spend(100 * (result.len() * factors.len()) as u64);
            let mut next = Polynomial::new();
            for (monomial, coefficient) in &result {
                for (exponent, factor) in &factors {
                    let mut monomial = monomial.clone();
                    monomial.extend((*exponent > 0).then_some((variable, *exponent)));
                    add_term(&mut next, monomial, coefficient * factor);
                }
            }
            result = next;
        }
        result
    }
}

fn add_term(polynomial: &mut Polynomial, monomial: Monomial, coefficient: BigRational) {
    let sum = polynomial.entry(monomial.clone()).or_insert_with(BigRational::zero);
    *sum += coefficient;
    if sum.is_zero() {
        polynomial.remove(&monomial);
    }
}

impl Ring for Polynomials<'_> {
    type Element = Polynomial;

    fn number(&self, value: &BigRational) -> Result<Polynomial, Refusal> {
        Ok(if value.is_zero() { Polynomial::new() } else { Polynomial::from([(Vec::new(), value.clone())]) })
    }

    fn dyadic(&self, mantissa: i64, exponent: i32) -> Result<Polynomial, Refusal> {
        let power = BigInt::one() << exponent.unsigned_abs();
        let mantissa = BigInt::from(mantissa);
        self.number(&if exponent < 0 { BigRational::new(mantissa, power) } else { (mantissa * power).into() })
    }

    fn zero(&self) -> Polynomial {
        Polynomial::new()
    }

    fn add(&self, a: &Polynomial, b: &Polynomial) -> Polynomial {
        let (mut sum, other) = if a.len() >= b.len() { (a.clone(), b) } else { (b.clone(), a) };
        self.work.spend(100 * (a.len() + b.len()) as u64);
        for (monomial, coefficient) in other {
            add_term(&mut sum, monomial.clone(), coefficient.clone());
        }
        sum
    }

    fn multiply(&self, a: &Polynomial, b: &Polynomial) -> Polynomial {
        let mut product = Polynomial::new();
        if !self.work.spend((a.len() as u64).saturating_mul(b.len() as u64).saturating_mul(10_000)) {
            return product;
        }
        for (m, x) in a {
            for (n, y) in b {
                let coefficient = x * y;
                self.work.spend(coefficient.numer().bits() + coefficient.denom().bits());
                for (monomial, coefficient) in self.reduced(&times(m, n), &coefficient) {
                    add_term(&mut product, monomial, coefficient);
                }
            }
        }
        product
    }

    fn work(&self) -> &Work {
        self.work
    }

    fn cost(&self) -> u64 {
        100
    }
}

/// The product of two monomials.
pub(super) fn times(a: &Monomial, b: &Monomial) -> Monomial {
    let mut powers: BTreeMap<usize, u64> = a.iter().copied().collect();
    for &(variable, exponent) in b {
        let power = powers.entry(variable).or_insert(0);
        // Degrees beyond 2^61 are refused before anything is expanded.
        *power = power.saturating_add(exponent);
    }
    powers.into_iter().collect()
}
