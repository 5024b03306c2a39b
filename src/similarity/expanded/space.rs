//! The inner products that have an orthogonal basis, by how every input is distributed; and polynomials
//! written in orthogonal elements, one variable after the other, with the norms of these.

use std::collections::{BTreeMap, BTreeSet};

use num_bigint::BigInt;
use num_rational::BigRational;
use num_traits::{One, Zero};

use crate::arithmetic::{Arithmetic, CommonScale, Halt};
use crate::budget::Budget;
use crate::network::{Network, Tensor};
use crate::polynomial::{Polynomial, SparsePolynomials};
use crate::similarity::Failure;
use crate::similarity::basis::{Basis, Measure};
use crate::similarity::failure::check;
use crate::similarity::inner::{Inner, Split};

/// Bytes that one term takes, its coefficient and its monomial included.
pub(super) const BYTES_PER_TERM: u64 = 250;

/// Exponents of variables that occur: ascending variables, positive exponents.
type Powers = Vec<(usize, u64)>;
/// The expanded outputs of a network.
type Outputs<'a> = &'a [Polynomial<<CommonScale as Arithmetic>::Element>];
/// Coefficients in some basis.
type Coefficients = BTreeMap<Powers, BigRational>;

/// Which inner product.
#[derive(Clone, Debug)]
pub(in crate::similarity) enum Product {
    /// The expectation where every input is distributed like this, each on its own.
    Laws(Vec<Law>),
    /// `sum_a c_a d_a a!/|a|! prod_j v_j^a_j`, with `v_j` for every variable: 1, if the variables are the
    /// inputs.
    Symmetric(Option<Vec<BigRational>>),
}

/// Two networks and an inner product.
#[derive(Clone, Copy, Debug)]
pub(in crate::similarity) struct Subject<'a> {
    pub networks: [&'a Network; 2],
    pub product: &'a Product,
    /// Two networks that have the same inner products, of inputs that are normal with variance 1 if the
    /// others' are normal: what can be said of the length of the numbers is said of these.
    pub originals: [&'a Network; 2],
}

/// How an input is distributed.
#[derive(Clone, Debug)]
pub(in crate::similarity) enum Law {
    /// Every entry on its own.
    Entries(Measure),
    /// Every vector along the last axis has its 1 at every place equally often.
    OneHot {
        /// The length of the vectors.
        length: usize,
        /// Whether the first entry of each is replaced by one minus the others. It is the same inner product,
        /// with more terms where few entries matter, and with fewer where all do.
        eliminates: bool,
    },
    /// Every one of these tensors equally often.
    Points(Vec<Tensor<BigRational>>),
}

impl Product {
    /// The laws of the inputs; none for the symmetric inner product.
    pub(super) fn laws(&self) -> &[Law] {
        match self {
            Product::Laws(laws) => laws,
            Product::Symmetric(_) => &[],
        }
    }
}

/// The numbers of the elements of an entry of a one-hot vector.
const OWN: u64 = 1;
const COMMON: u64 = 2;

/// How a variable is distributed.
#[derive(Clone, Debug)]
pub(super) enum Variable<'a> {
    Entry(&'a Measure),
    /// An entry of a one-hot vector of n entries that begins with the variable `first`; `share` is `1/n`. An
    /// entry is written as `1/n + e + z/n`, with an element e of norm `1/n` of its own ([`OWN`]) and an
    /// element z of norm -1 for the vector ([`COMMON`] of the first variable). So the mean of the product of
    /// two entries is `1/n^2 + [same]/n - 1/n^2`, as it should be; what is constant is of order 0, and the
    /// rest, whose mean is zero, of order 1.
    OneHot {
        first: usize,
        share: BigRational,
    },
    /// Part of an input that whole points are put into.
    Whole,
}

/// Orthogonal elements, and how polynomials are written in them.
pub(super) struct Space<'a> {
    /// None for the symmetric inner product, where monomials are orthogonal.
    variables: Vec<Variable<'a>>,
    /// The variances of the variables, for the symmetric inner product; 1 if there are none.
    variances: Option<&'a [BigRational]>,
    /// The bases of variables that are distributed on their own, as far as they occurred.
    bases: BTreeMap<usize, Basis>,
    /// `n!`
    factorials: Vec<BigRational>,
}

impl<'a> Space<'a> {
    pub(super) fn new(variables: Vec<Variable<'a>>, variances: Option<&'a [BigRational]>) -> Space<'a> {
        Space { variables, variances, bases: BTreeMap::new(), factorials: vec![BigRational::one()] }
    }

    /// The inner products of the outputs of two networks, by degree.
    pub(super) fn split(
        &mut self,
        network: &Network,
        ring: &SparsePolynomials<CommonScale>,
        (of_a, of_b): (Outputs<'_>, Outputs<'_>),
        budget: &Budget,
    ) -> Result<Split, Failure> {
        let (mut by_output, mut by_degree) = (Vec::new(), BTreeMap::<u64, Inner>::new());
        for (position, (f, g)) in of_a.iter().zip(of_b).enumerate() {
            let terms = |polynomial| -> Result<Coefficients, Halt> {
                let terms = ring.terms(polynomial);
                terms.map(|(powers, c)| Ok((powers, ring.coefficients().rational(c)?))).collect()
            };
            let (mut f, mut g) = (terms(f)?, terms(g)?);
            if !self.variables.is_empty() {
                for (variable, exponent) in highest(f.keys().chain(g.keys())) {
                    let Variable::Entry(measure) = self.variables[variable] else { continue };
                    let known = self.bases.get(&variable).is_some_and(|basis| basis.degree() >= exponent);
                    if !known {
                        self.bases.insert(variable, Basis::new(measure, exponent));
                    }
                }
                f = self.orthogonal(&f, budget)?;
                g = self.orthogonal(&g, budget)?;
            }
            let mut total = Inner::default();
            let keys: BTreeSet<&Powers> = f.keys().chain(g.keys()).collect();
            let zero = BigRational::zero();
            for powers in keys {
                let (c, d) = (f.get(powers).unwrap_or(&zero), g.get(powers).unwrap_or(&zero));
                let weight = self.norm(powers);
                let degree = powers.iter().map(|&power| self.order(power)).sum();
                let part = Inner { aa: c * c * &weight, ab: c * d * &weight, bb: d * d * &weight };
                total.add(&part);
                by_degree.entry(degree).or_default().add(&part);
            }
            by_output.push((network.output_shape().unravel(position), total));
        }
        let by_degree = by_degree.into_iter().filter(|(_, part)| *part != Inner::default());
        Ok(Split { by_output, by_degree: Some(by_degree.collect()) })
    }

    /// The order of an element, which for monomials is their degree.
    fn order(&self, (variable, number): (usize, u64)) -> u64 {
        match self.variables.get(variable) {
            Some(Variable::OneHot { .. }) => 1,
            _ => number,
        }
    }

    /// The norm of a product of elements.
    fn norm(&mut self, powers: &Powers) -> BigRational {
        if self.variables.is_empty() {
            let mut weight = multinomial(powers, &mut self.factorials);
            for &(variable, exponent) in powers {
                if let Some(variance) = self.variances.and_then(|variances| variances.get(variable)) {
                    weight *= num_traits::pow(variance.clone(), exponent as usize);
                }
            }
            return weight;
        }
        let factor = |&(variable, order): &(usize, u64)| match &self.variables[variable] {
            Variable::OneHot { .. } if order == COMMON => -BigRational::one(),
            Variable::OneHot { share, .. } => share.clone(),
            Variable::Entry(_) | Variable::Whole => self
                .bases
                .get(&variable)
                .map_or_else(BigRational::one, |basis| basis.norm(order as usize).clone()),
        };
        powers.iter().map(factor).product()
    }

    /// Coefficients of products of elements, from those of monomials.
    fn orthogonal(&self, polynomial: &Coefficients, budget: &Budget) -> Result<Coefficients, Failure> {
        let mut result = Coefficients::new();
        for (powers, coefficient) in polynomial {
            // All products of elements in this monomial, one variable after the other.
            let mut products: Vec<(Powers, BigRational)> = vec![(Vec::new(), coefficient.clone())];
            for &(variable, exponent) in powers {
                // Coefficients, and elements other than 1.
                let choices: Vec<(BigRational, Option<(usize, u64)>)> = match &self.variables[variable] {
                    Variable::OneHot { first, share } => vec![
                        (share.clone(), None),
                        (BigRational::one(), Some((variable, OWN))),
                        (share.clone(), Some((*first, COMMON))),
                    ],
                    Variable::Entry(_) | Variable::Whole => {
                        let Some(basis) = self.bases.get(&variable) else { continue };
                        let power = basis.power(exponent as usize).iter().zip(0u64..);
                        let power = power.filter(|(by, _)| !by.is_zero());
                        power
                            .map(|(by, order)| (by.clone(), (order > 0).then_some((variable, order))))
                            .collect()
                    }
                };
                let mut next = Vec::with_capacity(products.len() * choices.len());
                for (factors, coefficient) in &products {
                    for (by, element) in &choices {
                        let factors: Powers = factors.iter().copied().chain(*element).collect();
                        next.push((factors, coefficient * by));
                    }
                }
                check(budget, (next.len() + result.len()) as u64 * BYTES_PER_TERM)?;
                products = next;
            }
            for (factors, coefficient) in products {
                *result.entry(factors).or_insert_with(BigRational::zero) += coefficient;
            }
        }
        result.retain(|_, coefficient| !coefficient.is_zero());
        Ok(result)
    }
}

/// The highest exponent of every variable that occurs.
fn highest<'a>(keys: impl Iterator<Item = &'a Powers>) -> BTreeMap<usize, usize> {
    let mut highest = BTreeMap::new();
    for &(variable, exponent) in keys.flatten() {
        let most = highest.entry(variable).or_insert(0);
        *most = (*most).max(exponent as usize);
    }
    highest
}

/// `a! / |a|!`, from a table of factorials that grows.
fn multinomial(powers: &Powers, factorials: &mut Vec<BigRational>) -> BigRational {
    let degree: u64 = powers.iter().map(|&(_, exponent)| exponent).sum();
    while (factorials.len() as u64) <= degree {
        let next = BigRational::from_integer(BigInt::from(factorials.len()));
        let next = factorials.last().map_or_else(BigRational::one, |last| last * next);
        factorials.push(next);
    }
    let numerator: BigRational = powers.iter().map(|&(_, exponent)| &factorials[exponent as usize]).product();
    numerator / &factorials[degree as usize]
}
