//! The metrics that are inner products of functions, by expanding both networks into polynomials.
//!
//! In a basis of orthogonal polynomials, one variable at a time, an inner product is a sum over basis
//! elements of the product of two coefficients and a norm. So a polynomial `f` is rewritten, monomial by
//! monomial, as `sum_a f_a p_a1(x_1) .. p_an(x_n)`, and `<f, g> = sum_a f_a g_a |p_a1|^2 .. |p_an|^2`. The
//! symmetric metric needs no other basis: monomials are orthogonal in it, with norm `a!/|a|!` (Bombieri).
//!
//! The entries of a one-hot vector are reduced to at most one of them per monomial, and written in elements
//! of their own. Inputs that are whole points have each put in, one after the other.
//!
//! The degree of a basis element splits the sum: by Hermite order, by degree, and so on.

use std::collections::BTreeMap;

use num_bigint::BigInt;
use num_rational::BigRational;
use num_traits::{One, Zero};

use super::Failure;
use super::basis::{Basis, Measure};
use super::failure::{Expected, check};
use super::inner::{Inner, Split};
use crate::arithmetic::{Arithmetic, Base, BitBudget, CommonScale, Halt, Watched, degree_range};
use crate::budget::Budget;
use crate::calibration::{ORTHOGONAL_EXPANSION, ORTHOGONAL_TERM, TERM_PRODUCT};
use crate::network::{Network, Tensor, cost, evaluate};
use crate::polynomial::{Polynomial, PolynomialBudget, Relations, SparsePolynomials, TermCount};

/// Bytes that one term takes, its coefficient and its monomial included.
const BYTES_PER_TERM: u64 = 250;

/// Operations between two looks at the clock.
const UNASKED: usize = 1 << 12;

/// Which inner product.
#[derive(Clone, Debug)]
pub(super) enum Product {
    /// The expectation where every input is distributed like this, each on its own.
    Laws(Vec<Law>),
    /// `sum_a c_a d_a a!/|a|! prod_j v_j^a_j`, with `v_j` for every variable: 1, if the variables are the
    /// inputs.
    Symmetric(Option<Vec<BigRational>>),
}

/// How an input is distributed.
#[derive(Clone, Debug)]
pub(super) enum Law {
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

/// Exponents of variables that occur: ascending variables, positive exponents.
type Powers = Vec<(usize, u64)>;
/// The expanded outputs of two networks.
type Outputs<'a> = (
    &'a [Polynomial<<CommonScale as Arithmetic>::Element>],
    &'a [Polynomial<<CommonScale as Arithmetic>::Element>],
);
/// Coefficients in some basis.
type Coefficients = BTreeMap<Powers, BigRational>;

/// Estimating costs one evaluation of bounds; networks beyond this size are not estimated, and not expanded.
const LARGEST: f64 = 2e7;

/// What an expansion is expected to take.
pub(super) fn expected(
    a: &Network,
    b: &Network,
    product: &Product,
    budget: &Budget,
) -> Result<Expected, Failure> {
    let mut variables = a.variables();
    // The points of the domain, and the combinations of those that are put in one after the other; the
    // vectors.
    let (mut points, mut combinations, mut vectors) = (1.0f64, 1.0f64, 0.0f64);
    for (input, law) in a.inputs().iter().zip(laws(product)) {
        let size = input.shape.size() as f64;
        match law {
            Law::Entries(Measure::Set(values)) => points *= (values.len() as f64).powf(size),
            Law::Entries(Measure::Normal(_) | Measure::Interval) => points = f64::INFINITY,
            Law::OneHot { length, eliminates } => {
                let count = input.shape.size() / (*length).max(1);
                variables -= if *eliminates { count } else { 0 };
                // One more when 1 and the sum of a vector are not known to be the same.
                points *= ((length + usize::from(!eliminates)) as f64).powf(count as f64);
                vectors += count as f64;
            }
            Law::Points(given) => combinations *= given.len() as f64,
        }
    }
    if matches!(product, Product::Symmetric(_)) {
        points = f64::INFINITY;
    }
    let mut all = Expected { seconds: ORTHOGONAL_EXPANSION, bytes: 0.0 };
    for network in [a, b] {
        let cost = cost(network);
        let size = cost.per_point + cost.once;
        if size > LARGEST {
            // As many products as an evaluation of numbers has, at the very least.
            return Ok(Expected { seconds: size * TERM_PRODUCT, bytes: f64::INFINITY });
        }
        let count = Watched::new(TermCount::new(variables, points), UNASKED, budget.stop());
        let inputs: Option<Vec<_>> = (network.inputs().iter().enumerate())
            .map(|(position, input)| {
                let mut entries = vec![count.inner().variable(); input.shape.size()];
                match laws(product).get(position) {
                    Some(Law::OneHot { length, eliminates: true }) if *length > 0 => {
                        // The first entry of a vector is one minus the others.
                        let others = (1..*length).map(|_| count.inner().variable());
                        let first = others.fold(count.one(), |sum, other| count.add(&sum, &other));
                        entries.iter_mut().step_by(*length).for_each(|entry| *entry = first);
                    }
                    Some(Law::Points(_)) => entries.fill(count.one()),
                    _ => {}
                }
                Tensor::new(input.shape.clone(), entries)
            })
            .collect();
        let outputs = evaluate(&count, network, &inputs.unwrap_or_default())?;
        let terms: f64 = outputs.data().iter().map(TermCount::terms).sum();
        // An entry of a one-hot vector becomes three elements.
        let degree = degree_range(network)?.highest().map_or(f64::INFINITY, |degree| degree as f64);
        let images = terms * 3f64.powf(vectors.min(degree));
        all.seconds += count.inner().products() * TERM_PRODUCT + images * ORTHOGONAL_TERM;
        all.bytes += terms * BYTES_PER_TERM as f64;
    }
    all.seconds *= combinations;
    Ok(all)
}

/// The laws of the inputs; none for the symmetric inner product.
fn laws(product: &Product) -> &[Law] {
    match product {
        Product::Laws(laws) => laws,
        Product::Symmetric(_) => &[],
    }
}

/// The inner products of all outputs, by degree; not by degree where whole points are put in.
pub(super) fn inner(a: &Network, b: &Network, product: &Product, budget: &Budget) -> Result<Split, Failure> {
    let mut relations = Relations::none();
    let mut variables = Vec::new();
    // Inputs that whole points are put into.
    let mut whole: Vec<(usize, &[Tensor<BigRational>])> = Vec::new();
    for (position, (input, law)) in a.inputs().iter().zip(laws(product)).enumerate() {
        let (start, size) = (variables.len(), input.shape.size());
        match law {
            Law::Entries(measure) => {
                if let Measure::Set(values) = measure {
                    relations = relations.finite(start..start + size, values.clone());
                }
                variables.extend(std::iter::repeat_n(Variable::Entry(measure), size));
            }
            Law::OneHot { length, eliminates } => {
                let length = (*length).max(1);
                let share = BigRational::new(BigInt::one(), BigInt::from(length));
                for first in (start..start + size).step_by(length) {
                    let vector = first..first + length;
                    relations = match eliminates {
                        true => relations.one_hot(vector),
                        false => relations.one_hot_redundant(vector),
                    };
                    let entry = Variable::OneHot { first, share: share.clone() };
                    variables.extend(std::iter::repeat_n(entry, length));
                }
            }
            Law::Points(points) => {
                variables.extend(std::iter::repeat_n(Variable::Whole, size));
                whole.push((position, points));
            }
        }
    }
    let terms = PolynomialBudget::new(budget.memory / BYTES_PER_TERM, 1 << 40).stopped_by(budget.stop());
    // Integers over a common scale, which need no greatest common divisors until the end.
    let sets = variables.iter().flat_map(|variable| match variable {
        Variable::Entry(Measure::Set(values)) => values.as_slice(),
        _ => &[],
    });
    let points = whole.iter().flat_map(|(_, points)| points.iter().flat_map(|point| point.data()));
    let base = Base::new([a, b], sets.chain(points));
    let coefficients = CommonScale::new(base, BitBudget::new(1 << 24, 1 << 45).stopped_by(budget.stop()));
    let ring = SparsePolynomials::for_networks(coefficients, &[a, b], &relations, terms)?;
    let variances = match product {
        Product::Symmetric(variances) => variances.as_deref(),
        Product::Laws(_) => None,
    };
    let (bases, factorials) = (BTreeMap::new(), vec![BigRational::one()]);
    let mut space = Space { variables, variances, bases, factorials };
    let free = ring.inputs(a);
    let mut at = |inputs: &[Tensor<Polynomial<_>>]| -> Result<Split, Failure> {
        let (of_a, of_b) = (evaluate(&ring, a, inputs)?, evaluate(&ring, b, inputs)?);
        space.split(a, &ring, (of_a.data(), of_b.data()), budget)
    };
    if whole.is_empty() {
        return at(&free);
    }
    let count = whole.iter().try_fold(1u64, |count, (_, points)| count.checked_mul(points.len() as u64));
    let count = count.ok_or(Failure::TooManyPoints)?;
    let mut total: Vec<(Vec<usize>, Inner)> = Vec::new();
    for number in 0..count {
        check(budget, 0)?;
        let (mut rest, mut inputs) = (number, free.clone());
        for (position, points) in &whole {
            let point = &points[(rest % points.len() as u64) as usize];
            rest /= points.len() as u64;
            let entries = point.data().iter();
            let entries = entries.map(|entry| Ok(ring.constant(ring.coefficients().from_rational(entry)?)));
            let entries: Vec<Polynomial<_>> = entries.collect::<Result<_, Halt>>()?;
            let replaced = Tensor::new(point.shape().clone(), entries);
            inputs[*position] = replaced.ok_or(Failure::TooManyPoints)?;
        }
        let here = at(&inputs)?.by_output;
        if total.is_empty() {
            total = here;
        } else {
            total.iter_mut().zip(&here).for_each(|((_, total), (_, here))| total.add(here));
        }
    }
    let weight = BigRational::new(BigInt::one(), BigInt::from(count.max(1)));
    for (_, Inner { aa, ab, bb }) in &mut total {
        for sum in [aa, ab, bb] {
            *sum *= &weight;
        }
    }
    Ok(Split { by_output: total, by_degree: None })
}

/// The numbers of the elements of an entry of a one-hot vector.
const OWN: u64 = 1;
const COMMON: u64 = 2;

/// How a variable is distributed.
#[derive(Clone, Debug)]
enum Variable<'a> {
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
struct Space<'a> {
    /// None for the symmetric inner product, where monomials are orthogonal.
    variables: Vec<Variable<'a>>,
    /// The variances of the variables, for the symmetric inner product; 1 if there are none.
    variances: Option<&'a [BigRational]>,
    /// The bases of variables that are distributed on their own, as far as they occurred.
    bases: BTreeMap<usize, Basis>,
    /// `n!`
    factorials: Vec<BigRational>,
}

impl Space<'_> {
    /// The inner products of the outputs of two networks, by degree.
    fn split(
        &mut self,
        network: &Network,
        ring: &SparsePolynomials<CommonScale>,
        (of_a, of_b): Outputs<'_>,
        budget: &Budget,
    ) -> Result<Split, Failure> {
        let mut split = Split { by_degree: Some(Vec::new()), ..Split::default() };
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
            let mut at_output: BTreeMap<u64, Inner> = BTreeMap::new();
            let keys: std::collections::BTreeSet<&Powers> = f.keys().chain(g.keys()).collect();
            let zero = BigRational::zero();
            for powers in keys {
                let (c, d) = (f.get(powers).unwrap_or(&zero), g.get(powers).unwrap_or(&zero));
                let weight = self.norm(powers);
                let degree = powers.iter().map(|&power| self.order(power)).sum();
                let part = Inner { aa: c * c * &weight, ab: c * d * &weight, bb: d * d * &weight };
                at_output.entry(degree).or_default().add(&part);
            }
            split.push(network.output_shape().unravel(position), at_output);
        }
        Ok(split)
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
            for &(variable, exponent) in powers.iter().filter(|_| self.variances.is_some()) {
                let variance = self.variances.and_then(|variances| variances.get(variable));
                weight *=
                    variance.map_or_else(BigRational::one, |v| num_traits::pow(v.clone(), exponent as usize));
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::network::{Builder, Einsum, Input, Shape};

    /// On two one-hot vectors of 3, f = x0 . x1 + 2 x[0, 0] and g = x[0, 0] x[1, 2] - x[1, 1] + 1/2. At the
    /// nine points, by rows, f is 3, 2, 2; 0, 1, 0; 0, 0, 1, and twice g is 1, -1, 3; 1, -1, 1; 1, -1, 1. So
    /// the sums are 9 + 4 + 4 + 1 + 1 = 19 of f f, (3 - 2 + 6 - 1 + 1)/2 = 7/2 of f g and (8 + 9)/4 = 17/4 of
    /// g g. The sums of f and g are 9 and 5/2, so order 0 has 9, 5/2 and 25/36 ninths.
    #[test]
    fn an_entry_can_be_eliminated() {
        let shape = Shape::new([2, 3]).unwrap();
        let input = Input { name: "x".to_string(), shape: shape.clone() };
        let number = |n: i64, d: i64| BigRational::new(n.into(), d.into());
        let mut builder = Builder::new();
        let x = builder.input(0, shape);
        let [first, second] = [0, 1].map(|row| builder.select(x, 0, row).unwrap());
        let mut entry = |row, column| builder.select(row, 0, column).unwrap();
        let (corner, middle, last) = (entry(first, 0), entry(second, 1), entry(second, 2));
        let spec = Einsum { operands: vec![vec![0], vec![0]], output: vec![] };
        let same = builder.contract(vec![first, second], spec).unwrap();
        let f = builder.combine(vec![(number(1, 1), same), (number(2, 1), corner)]).unwrap();
        let (both, half) = (builder.multiply(corner, last).unwrap(), builder.scalar(number(1, 2)));
        let g = builder
            .combine(vec![(number(1, 1), both), (number(-1, 1), middle), (number(1, 1), half)])
            .unwrap();
        let [f, g] = [f, g].map(|output| builder.network(vec![input.clone()], output));
        let found = [true, false].map(|eliminates| {
            let product = Product::Laws(vec![Law::OneHot { length: 3, eliminates }]);
            inner(&f, &g, &product, &Budget::default()).unwrap()
        });
        assert_eq!(found[0], found[1]);
        let ninths = |aa: BigRational, ab: BigRational, bb: BigRational| {
            let part = |sum: BigRational| sum / BigRational::from_integer(9.into());
            Inner { aa: part(aa), ab: part(ab), bb: part(bb) }
        };
        assert_eq!(found[0].total(), ninths(number(19, 1), number(7, 2), number(17, 4)));
        let order_0 = ninths(number(9, 1), number(5, 2), number(25, 36));
        assert_eq!(found[0].by_degree.as_ref().and_then(|parts| parts.first()), Some(&(0, order_0)));
    }
}
