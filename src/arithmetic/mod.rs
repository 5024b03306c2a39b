//! What a network can be evaluated over.
//!
//! [`Arithmetic`] is the small context trait that the evaluator is generic over. An implementation is a
//! value, not a type alone, because a prime, a layout of monomials or a budget is known at run time.

mod budget;
mod centred;
mod chinese;
mod degree;
mod exact;
mod float;
mod height;
#[cfg(test)]
mod laws;
mod matrix;
mod primality;
mod prime;
mod rational;
mod rounding;
mod scale;
mod scaled;
mod straight_line;

use num_rational::BigRational;
use thiserror::Error;

pub use budget::BitBudget;
pub(crate) use budget::stopped;
pub use centred::CentredField;
pub(crate) use chinese::ChineseRemainders;
pub use degree::{DegreeRange, Degrees, degree_range, output_degrees, output_degrees_until};
pub use exact::{Route, exact_values, exact_values_by};
pub(crate) use exact::{exact_seconds, exactly_zero};
pub use float::Floats;
pub use height::{Height, HeightBound, Heights, Magnitude, height_bound, height_bound_until};
pub(crate) use matrix::spectral_norm;
pub(crate) use primality::is_prime;
pub use primality::previous_prime;
pub use prime::{PrimeField, Residue};
pub use rational::Rationals;
pub(crate) use rounding::bounded_values;
pub use rounding::{FloatValues, float_values, rounding_error};
pub use scale::{Base, Denominator};
pub use scaled::{CommonScale, Scaled};
pub(crate) use straight_line::{Step, StraightLine, double};

use crate::network::Data;

/// Why an arithmetic cannot go on.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum Halt {
    /// A prime divides a denominator: the rational has no residue.
    #[error("the prime divides the denominator of {0}")]
    NoResidue(String),
    /// A value that the arithmetic cannot hold, such as an f64 overflow.
    #[error("{0}")]
    Range(String),
    /// A budget of time, terms or memory is used up; the message says which and what it was.
    #[error("{0}")]
    Budget(String),
}

/// A commutative semiring to evaluate networks in, with bulk operations that faster implementations override.
#[expect(clippy::wrong_self_convention, reason = "conversions need the context, which is the receiver")]
pub trait Arithmetic: Sync {
    /// An element. Elements carry no context; the arithmetic does.
    type Element: Clone + Send + Sync + 'static;

    /// The element of a rational. Fails when a prime divides the denominator.
    fn from_rational(&self, value: &BigRational) -> Result<Self::Element, Halt>;

    /// The neutral element of addition.
    fn zero(&self) -> Self::Element;

    /// The neutral element of multiplication.
    fn one(&self) -> Self::Element;

    /// The sum.
    fn add(&self, a: &Self::Element, b: &Self::Element) -> Self::Element;

    /// The product.
    fn multiply(&self, a: &Self::Element, b: &Self::Element) -> Self::Element;

    /// Whether the arithmetic can go on. It is asked after every step of an evaluation; an arithmetic with a
    /// budget, or with values out of range, answers here, so that its operations need not be fallible.
    fn status(&self) -> Result<(), Halt> {
        Ok(())
    }

    /// How many multiplications take a tenth of a second or so. A product of large matrices is cut into parts
    /// of so many, between which an evaluation that can be stopped asks whether it is.
    fn unasked(&self) -> usize {
        1 << 22
    }

    /// The elements of a constant's entries.
    fn from_data(&self, data: &Data) -> Result<Vec<Self::Element>, Halt> {
        (0..data.len()).map(|position| self.from_rational(&data.rational(position))).collect()
    }

    /// `a[i] * b[i]`.
    fn multiply_entrywise(&self, a: &[Self::Element], b: &[Self::Element]) -> Vec<Self::Element> {
        a.iter().zip(b).map(|(a, b)| self.multiply(a, b)).collect()
    }

    /// `factor * a[i]`.
    fn scale(&self, factor: &Self::Element, a: &[Self::Element]) -> Vec<Self::Element> {
        a.iter().map(|a| self.multiply(factor, a)).collect()
    }

    /// `total[i] += a[i]`.
    fn add_entrywise(&self, total: &mut [Self::Element], a: &[Self::Element]) {
        for (total, a) in total.iter_mut().zip(a) {
            *total = self.add(total, a);
        }
    }

    /// The sums of `rows` consecutive runs of `length` entries; an empty run sums to zero.
    fn sum_rows(&self, rows: usize, length: usize, a: &[Self::Element]) -> Vec<Self::Element> {
        let sum = |row: &[Self::Element]| match row {
            [] => self.zero(),
            [first, rest @ ..] => rest.iter().fold(first.clone(), |sum, term| self.add(&sum, term)),
        };
        (0..rows).map(|row| sum(&a[row * length..(row + 1) * length])).collect()
    }

    /// `total[i] += coefficient * a[i]`.
    fn add_scaled(&self, total: &mut [Self::Element], coefficient: &Self::Element, a: &[Self::Element]) {
        for (total, a) in total.iter_mut().zip(a) {
            *total = self.add(total, &self.multiply(coefficient, a));
        }
    }

    /// The matrix product with a transposed right factor: `a` is `m x k` and `b` is `n x k`, both row-major;
    /// the result is `m x n`.
    fn matmul(
        &self,
        (m, k, n): (usize, usize, usize),
        a: &[Self::Element],
        b: &[Self::Element],
    ) -> Vec<Self::Element> {
        matmul_by_definition(self, (m, k, n), a, b)
    }

    /// [`Arithmetic::matmul_batched`] with entries of a constant as the right factor.
    fn matmul_data(
        &self,
        batch: usize,
        sizes: (usize, usize, usize),
        a: &[Self::Element],
        b: &Data,
    ) -> Result<Vec<Self::Element>, Halt> {
        Ok(self.matmul_batched(batch, sizes, a, &self.from_data(b)?))
    }

    /// `batch` matrix products one after the other: `a` is `batch x m x k`, `b` is `batch x n x k`, the
    /// result is `batch x m x n`.
    fn matmul_batched(
        &self,
        batch: usize,
        (m, k, n): (usize, usize, usize),
        a: &[Self::Element],
        b: &[Self::Element],
    ) -> Vec<Self::Element> {
        if batch == 1 {
            return self.matmul((m, k, n), a, b);
        }
        let mut product = Vec::with_capacity(batch * m * n);
        for i in 0..batch {
            let (a, b) = (&a[i * m * k..(i + 1) * m * k], &b[i * n * k..(i + 1) * n * k]);
            product.extend(self.matmul((m, k, n), a, b));
        }
        product
    }

    /// Adds matrix products to a row-major matrix of `m` rows and `n` columns.
    fn add_products(
        &self,
        total: &mut [Self::Element],
        (m, n): (usize, usize),
        products: &[Product<'_, Self::Element>],
    ) {
        add_products_by_matmul(self, total, (m, n), products);
    }

    /// Whether elements are bounds, so that the sum of some bounds each of them.
    fn bounds_by_sums(&self) -> bool {
        false
    }
}

/// A term of a sum of matrix products.
#[derive(Clone, Copy, Debug)]
pub struct Product<'a, E> {
    /// The number of columns of the left factor, and of rows of the right one.
    pub inner: usize,
    /// The left factor.
    pub left: &'a [E],
    /// Whether it is stored column by column, not row by row.
    pub left_flipped: bool,
    /// The right factor.
    pub right: &'a [E],
    /// Whether it is stored column by column.
    pub right_flipped: bool,
}

/// [`Arithmetic::add_products`] one product after the other.
fn add_products_by_matmul<A: Arithmetic + ?Sized>(
    arithmetic: &A,
    total: &mut [A::Element],
    (m, n): (usize, usize),
    products: &[Product<'_, A::Element>],
) {
    for product in products {
        let k = product.inner;
        let left = product.left_flipped.then(|| transposed(product.left, k, m));
        let right = (!product.right_flipped).then(|| transposed(product.right, k, n));
        let left = left.as_deref().unwrap_or(product.left);
        let right = right.as_deref().unwrap_or(product.right);
        arithmetic.add_entrywise(total, &arithmetic.matmul((m, k, n), left, right));
    }
}

/// A row-major matrix transposed.
pub(crate) fn transposed<E: Clone>(matrix: &[E], rows: usize, columns: usize) -> Vec<E> {
    let mut flipped = Vec::with_capacity(matrix.len());
    for column in 0..columns {
        flipped.extend((0..rows).map(|row| matrix[row * columns + column].clone()));
    }
    flipped
}

/// The matrix product of [`Arithmetic::matmul`] entry by entry.
fn matmul_by_definition<A: Arithmetic + ?Sized>(
    arithmetic: &A,
    (m, k, n): (usize, usize, usize),
    a: &[A::Element],
    b: &[A::Element],
) -> Vec<A::Element> {
    let mut product = Vec::with_capacity(m * n);
    for row in 0..m {
        for column in 0..n {
            let (a, b) = (&a[row * k..(row + 1) * k], &b[column * k..(column + 1) * k]);
            let mut terms = a.iter().zip(b).map(|(a, b)| arithmetic.multiply(a, b));
            let first = terms.next().unwrap_or_else(|| arithmetic.zero());
            product.push(terms.fold(first, |sum, term| arithmetic.add(&sum, &term)));
        }
    }
    product
}

/// Marks arithmetics whose equality means equality of the numbers they stand for (f64 does not). Only these
/// may decide or certify anything.
pub trait Exact: Arithmetic {
    /// Whether two elements stand for the same number.
    fn equal(&self, a: &Self::Element, b: &Self::Element) -> bool;

    /// Whether an element stands for zero.
    fn is_zero(&self, a: &Self::Element) -> bool {
        self.equal(a, &self.zero())
    }
}
