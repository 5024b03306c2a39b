//! The test's own polynomials: a map from exponent vectors to coefficients, written for obviousness. They are
//! the ground truth that verdicts are compared with and share no code with the library.

use std::collections::BTreeMap;

use num_rational::BigRational;
use num_traits::{One, Zero};

#[derive(Clone, Debug, PartialEq, Default)]
pub struct Polynomial(pub BTreeMap<Vec<u8>, BigRational>);

impl Polynomial {
    pub fn constant(value: &BigRational, variables: usize) -> Polynomial {
        let mut terms = BTreeMap::new();
        if !value.is_zero() {
            terms.insert(vec![0; variables], value.clone());
        }
        Polynomial(terms)
    }

    pub fn variable(index: usize, variables: usize) -> Polynomial {
        let mut exponents = vec![0; variables];
        exponents[index] = 1;
        Polynomial(BTreeMap::from([(exponents, BigRational::one())]))
    }

    pub fn add_scaled(&mut self, other: &Polynomial, factor: &BigRational) {
        if factor.is_zero() {
            return;
        }
        for (exponents, coefficient) in &other.0 {
            let sum = self.0.entry(exponents.clone()).or_insert_with(BigRational::zero);
            *sum += coefficient * factor;
            if sum.is_zero() {
                self.0.remove(exponents);
            }
        }
    }

    pub fn times(&self, other: &Polynomial) -> Polynomial {
        let mut product = Polynomial::default();
        for (a, c) in &self.0 {
            for (b, d) in &other.0 {
                let exponents: Vec<u8> = a.iter().zip(b).map(|(a, b)| a + b).collect();
                *product.0.entry(exponents).or_insert_with(BigRational::zero) += c * d;
            }
        }
        product.0.retain(|_, coefficient| !coefficient.is_zero());
        product
    }

    /// The polynomial in the open variables once the others have values.
    pub fn bind(&self, values: &[Option<BigRational>]) -> Polynomial {
        let mut bound = Polynomial::default();
        for (exponents, coefficient) in &self.0 {
            let (mut rest, mut factor) = (exponents.clone(), coefficient.clone());
            for (exponent, value) in rest.iter_mut().zip(values) {
                if let Some(value) = value {
                    (0..*exponent).for_each(|_| factor *= value);
                    *exponent = 0;
                }
            }
            bound.add_scaled(&Polynomial(BTreeMap::from([(rest, BigRational::one())])), &factor);
        }
        bound
    }

    pub fn at(&self, point: &[BigRational]) -> BigRational {
        let mut sum = BigRational::zero();
        for (exponents, coefficient) in &self.0 {
            let mut term = coefficient.clone();
            for (&exponent, value) in exponents.iter().zip(point) {
                for _ in 0..exponent {
                    term *= value;
                }
            }
            sum += term;
        }
        sum
    }
}
