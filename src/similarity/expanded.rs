//! The metrics that are inner products of functions, by expanding both networks into polynomials.
//!
//! In a basis of orthogonal polynomials, one variable at a time, an inner product is a sum over basis elements of the
//! product of two coefficients and a norm. So a polynomial `f` is rewritten, monomial by monomial, as
//! `sum_a f_a p_a1(x_1) .. p_an(x_n)`, and `<f, g> = sum_a f_a g_a |p_a1|^2 .. |p_an|^2`. The symmetric metric needs no
//! other basis: monomials are orthogonal in it, with norm `a!/|a|!` (Bombieri).
//!
//! The degree of a basis element splits the sum: by Hermite order, by degree, and so on.

use std::collections::BTreeMap;

use num_bigint::BigInt;
use num_rational::BigRational;
use num_traits::{One, Zero};

use super::basis::{Basis, Measure};
use super::inner::{Inner, Split};
use super::{Expected, Failure, Limits};
use crate::arithmetic::{Base, Budget, CommonScale, Halt, Watched};
use crate::network::{Network, Tensor, cost, evaluate};
use crate::polynomial::{PolynomialBudget, Relations, SparsePolynomials, TermCount};

/// Bytes that one term takes, its coefficient and its monomial included.
const BYTES_PER_TERM: u64 = 250;

/// Operations between two looks at the clock.
const UNASKED: usize = 1 << 12;

/// Which inner product.
#[derive(Clone, Debug)]
pub(super) enum Product {
    /// The expectation where every entry of an input is distributed like this: one measure for every input.
    Measures(Vec<Measure>),
    /// `sum_a c_a d_a a!/|a|! prod_j v_j^a_j`, with `v_j` for every variable: 1, if the variables are the inputs.
    Symmetric(Option<Vec<BigRational>>),
}

/// Exponents of variables that occur: ascending variables, positive exponents.
type Powers = Vec<(usize, u64)>;
/// Coefficients in some basis.
type Coefficients = BTreeMap<Powers, BigRational>;

/// Seconds that one product of terms takes, one term of a result, and an expansion besides.
const SECONDS_PER_PRODUCT: f64 = 3e-7;
const SECONDS_PER_TERM: f64 = 1e-5;
const SECONDS_PER_EXPANSION: f64 = 1e-4;
/// Estimating costs one evaluation of bounds; networks beyond this size are not estimated, and not expanded.
const LARGEST: f64 = 2e7;

/// What an expansion is expected to take.
pub(super) fn expected(
    a: &Network,
    b: &Network,
    product: &Product,
    limits: &Limits,
) -> Result<Expected, Failure> {
    let variables: usize = a.inputs().iter().map(|input| input.shape.size()).sum();
    let mut points = 1.0f64;
    if let Product::Measures(of_inputs) = product {
        for (input, measure) in a.inputs().iter().zip(of_inputs) {
            points *= match measure {
                Measure::Set(values) => (values.len() as f64).powf(input.shape.size() as f64),
                Measure::Normal(_) | Measure::Interval => f64::INFINITY,
            };
        }
    } else {
        points = f64::INFINITY;
    }
    let mut all = Expected { seconds: SECONDS_PER_EXPANSION, bytes: 0.0 };
    for network in [a, b] {
        let cost = cost(network);
        let size = cost.per_point + cost.once;
        if size > LARGEST {
            // As many products as an evaluation of numbers has, at the very least.
            return Ok(Expected { seconds: size * SECONDS_PER_PRODUCT, bytes: f64::INFINITY });
        }
        let count = Watched::new(TermCount::new(variables, points), UNASKED, limits.stop.clone());
        let inputs: Option<Vec<_>> = (network.inputs().iter())
            .map(|input| {
                let variables = vec![count.inner().variable(); input.shape.size()];
                Tensor::new(input.shape.clone(), variables)
            })
            .collect();
        let outputs = evaluate(&count, network, &inputs.unwrap_or_default())?;
        let terms: f64 = outputs.data().iter().map(TermCount::terms).sum();
        all.seconds += count.inner().products() * SECONDS_PER_PRODUCT + terms * SECONDS_PER_TERM;
        all.bytes += terms * BYTES_PER_TERM as f64;
    }
    Ok(all)
}

/// The inner products of all outputs, by degree.
pub(super) fn inner(a: &Network, b: &Network, product: &Product, limits: &Limits) -> Result<Split, Failure> {
    let mut relations = Relations::none();
    let mut measures = Vec::new();
    if let Product::Measures(of_inputs) = product {
        let mut start = 0;
        for (input, measure) in a.inputs().iter().zip(of_inputs) {
            let size = input.shape.size();
            if let Measure::Set(values) = measure {
                relations = relations.finite(start..start + size, values.clone());
            }
            measures.extend(std::iter::repeat_n(measure, size));
            start += size;
        }
    }
    let budget =
        PolynomialBudget::new(limits.memory / BYTES_PER_TERM, 1 << 40).stopped_by(limits.stop.clone());
    // Integers over a common scale, which need no greatest common divisors until the end.
    let numbers = measures.iter().flat_map(|measure| match measure {
        Measure::Set(values) => values.as_slice(),
        Measure::Normal(_) | Measure::Interval => &[],
    });
    let base = Base::new([a, b], numbers);
    let coefficients = CommonScale::new(base, Budget::bits(1 << 24, 1 << 45).stopped_by(limits.stop.clone()));
    let ring = SparsePolynomials::for_networks(coefficients, &[a, b], &relations, budget)?;
    let inputs = ring.inputs(a);
    let (of_a, of_b) = (evaluate(&ring, a, &inputs)?, evaluate(&ring, b, &inputs)?);

    let mut bases: BTreeMap<usize, Basis> = BTreeMap::new();
    let mut factorials = vec![BigRational::one()];
    let mut split = Split { by_degree: Some(Vec::new()), ..Split::default() };
    let axes = a.output_shape();
    for (position, (f, g)) in of_a.data().iter().zip(of_b.data()).enumerate() {
        let terms = |polynomial| -> Result<Coefficients, Halt> {
            let terms = ring.terms(polynomial);
            terms.map(|(powers, c)| Ok((powers, ring.coefficients().rational(c)?))).collect()
        };
        let (mut f, mut g) = (terms(f)?, terms(g)?);
        if !measures.is_empty() {
            for (variable, exponent) in highest(f.keys().chain(g.keys())) {
                let known = bases.get(&variable).is_some_and(|basis| basis.degree() >= exponent);
                if !known {
                    bases.insert(variable, Basis::new(measures[variable], exponent));
                }
            }
            f = orthogonal(&f, &bases, limits)?;
            g = orthogonal(&g, &bases, limits)?;
        }
        let mut norm = |powers: &Powers| match product {
            Product::Symmetric(variances) => {
                let mut weight = multinomial(powers, &mut factorials);
                for (variance, exponent) in variances.iter().flat_map(|variances| {
                    powers.iter().map(|&(variable, exponent)| (&variances[variable], exponent))
                }) {
                    weight *= num_traits::pow(variance.clone(), exponent as usize);
                }
                weight
            }
            Product::Measures(_) => powers
                .iter()
                .filter_map(|(variable, order)| Some(bases.get(variable)?.norm(*order as usize)))
                .product(),
        };
        let mut at_output: BTreeMap<u64, Inner> = BTreeMap::new();
        let keys: std::collections::BTreeSet<&Powers> = f.keys().chain(g.keys()).collect();
        let zero = BigRational::zero();
        for powers in keys {
            let (c, d) = (f.get(powers).unwrap_or(&zero), g.get(powers).unwrap_or(&zero));
            let weight = norm(powers);
            let degree = powers.iter().map(|&(_, exponent)| exponent).sum();
            let part = Inner { aa: c * c * &weight, ab: c * d * &weight, bb: d * d * &weight };
            at_output.entry(degree).or_default().add(&part);
        }
        split.push(axes.unravel(position), at_output);
    }
    Ok(split)
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

/// Coefficients in the orthogonal basis, from those of monomials.
fn orthogonal(
    polynomial: &Coefficients,
    bases: &BTreeMap<usize, Basis>,
    limits: &Limits,
) -> Result<Coefficients, Failure> {
    let mut result = Coefficients::new();
    for (powers, coefficient) in polynomial {
        // All products of basis elements in this monomial, one variable after the other.
        let mut products: Vec<(Powers, BigRational)> = vec![(Vec::new(), coefficient.clone())];
        for (variable, exponent) in powers {
            let Some(basis) = bases.get(variable) else { continue };
            let power = basis.power(*exponent as usize);
            let mut next = Vec::with_capacity(products.len() * (power.len() / 2 + 1));
            for (factors, coefficient) in &products {
                for (order, by) in power.iter().enumerate().filter(|(_, by)| !by.is_zero()) {
                    let mut factors = factors.clone();
                    if order > 0 {
                        factors.push((*variable, order as u64));
                    }
                    next.push((factors, coefficient * by));
                }
            }
            limits.check((next.len() + result.len()) as u64 * BYTES_PER_TERM)?;
            products = next;
        }
        for (factors, coefficient) in products {
            *result.entry(factors).or_insert_with(BigRational::zero) += coefficient;
        }
    }
    result.retain(|_, coefficient| !coefficient.is_zero());
    Ok(result)
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
