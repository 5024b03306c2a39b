//! An arithmetic that can be stopped in the middle of an evaluation.

use std::sync::atomic::{AtomicBool, Ordering};

use num_rational::BigRational;

use super::{Arithmetic, Halt, stopped};
use crate::budget::Stop;
use crate::network::Data;

/// Another arithmetic, whose evaluations halt soon after a caller wants them to. The caller is asked after
/// every step of an evaluation, and several times during large matrix products. Once it has said so, results
/// are no longer computed, which [`Arithmetic::status`] reports.
pub struct Watched<A> {
    inner: A,
    stop: Stop,
    /// Multiplications between two questions.
    unasked: usize,
    stopped: AtomicBool,
}

impl<A> Watched<A> {
    /// An arithmetic with the question whether to stop, which may come from any thread. The multiplications
    /// that it makes without asking should take a tenth of a second or so.
    pub fn new(inner: A, unasked: usize, stop: Stop) -> Watched<A> {
        Watched { inner, stop, unasked: unasked.max(1), stopped: AtomicBool::new(false) }
    }

    /// The arithmetic itself.
    pub fn inner(&self) -> &A {
        &self.inner
    }

    fn stops(&self) -> bool {
        if self.stopped.load(Ordering::Relaxed) {
            return true;
        }
        let stops = self.stop.is_set();
        if stops {
            self.stopped.store(true, Ordering::Relaxed);
        }
        stops
    }
}

impl<A: Arithmetic> Arithmetic for Watched<A> {
    type Element = A::Element;

    fn from_rational(&self, value: &BigRational) -> Result<A::Element, Halt> {
        self.inner.from_rational(value)
    }

    fn zero(&self) -> A::Element {
        self.inner.zero()
    }

    fn one(&self) -> A::Element {
        self.inner.one()
    }

    fn add(&self, a: &A::Element, b: &A::Element) -> A::Element {
        self.inner.add(a, b)
    }

    fn multiply(&self, a: &A::Element, b: &A::Element) -> A::Element {
        self.inner.multiply(a, b)
    }

    fn status(&self) -> Result<(), Halt> {
        if self.stops() { Err(stopped()) } else { self.inner.status() }
    }

    fn from_data(&self, data: &Data) -> Result<Vec<A::Element>, Halt> {
        self.inner.from_data(data)
    }

    fn multiply_entrywise(&self, a: &[A::Element], b: &[A::Element]) -> Vec<A::Element> {
        self.inner.multiply_entrywise(a, b)
    }

    fn scale(&self, factor: &A::Element, a: &[A::Element]) -> Vec<A::Element> {
        self.inner.scale(factor, a)
    }

    fn add_entrywise(&self, total: &mut [A::Element], a: &[A::Element]) {
        self.inner.add_entrywise(total, a);
    }

    fn sum_rows(&self, rows: usize, length: usize, a: &[A::Element]) -> Vec<A::Element> {
        self.inner.sum_rows(rows, length, a)
    }

    fn add_scaled(&self, total: &mut [A::Element], coefficient: &A::Element, a: &[A::Element]) {
        self.inner.add_scaled(total, coefficient, a);
    }

    fn matmul(
        &self,
        (m, k, n): (usize, usize, usize),
        a: &[A::Element],
        b: &[A::Element],
    ) -> Vec<A::Element> {
        let row = k.saturating_mul(n).max(1);
        if m.saturating_mul(row) <= self.unasked {
            return self.inner.matmul((m, k, n), a, b);
        }
        // Bands of rows; where one row is more than enough, a band of its columns after the other.
        let rows = (self.unasked / row).clamp(1, m);
        let columns = if rows > 1 { n } else { (self.unasked / k.max(1)).clamp(1, n.max(1)) };
        let mut product = Vec::with_capacity(m * n);
        for start in (0..m).step_by(rows) {
            let rows = rows.min(m - start);
            let a = &a[start * k..(start + rows) * k];
            for first in (0..n).step_by(columns) {
                let columns = columns.min(n - first);
                if self.stops() {
                    product.resize(m * n, self.inner.zero());
                    return product;
                }
                // Either all columns, or one row.
                product.extend(self.inner.matmul(
                    (rows, k, columns),
                    a,
                    &b[first * k..(first + columns) * k],
                ));
            }
        }
        product
    }

    fn matmul_data(
        &self,
        batch: usize,
        sizes: (usize, usize, usize),
        a: &[A::Element],
        b: &Data,
    ) -> Result<Vec<A::Element>, Halt> {
        let all = [batch, sizes.0, sizes.1, sizes.2].into_iter().fold(1, usize::saturating_mul);
        if all > self.unasked {
            return Ok(self.matmul_batched(batch, sizes, a, &self.from_data(b)?));
        }
        // Such products are parts of one with a large constant: it can stop between them.
        if self.stops() { Err(stopped()) } else { self.inner.matmul_data(batch, sizes, a, b) }
    }

    fn matmul_batched(
        &self,
        batch: usize,
        (m, k, n): (usize, usize, usize),
        a: &[A::Element],
        b: &[A::Element],
    ) -> Vec<A::Element> {
        let each = m.saturating_mul(k).saturating_mul(n).max(1);
        if batch <= 1 || each > self.unasked {
            let mut product = Vec::with_capacity(batch * m * n);
            for i in 0..batch {
                product.extend(self.matmul(
                    (m, k, n),
                    &a[i * m * k..(i + 1) * m * k],
                    &b[i * n * k..(i + 1) * n * k],
                ));
            }
            return product;
        }
        let together = (self.unasked / each).clamp(1, batch);
        if together == batch {
            return self.inner.matmul_batched(batch, (m, k, n), a, b);
        }
        let mut product = Vec::with_capacity(batch * m * n);
        for start in (0..batch).step_by(together) {
            let count = together.min(batch - start);
            if self.stops() {
                product.resize(batch * m * n, self.inner.zero());
                break;
            }
            let (a, b) =
                (&a[start * m * k..(start + count) * m * k], &b[start * n * k..(start + count) * n * k]);
            product.extend(self.inner.matmul_batched(count, (m, k, n), a, b));
        }
        product
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::AtomicU64;

    use super::*;
    use crate::arithmetic::{PrimeField, Residue};

    fn entries(field: &PrimeField, count: usize, seed: u64) -> Vec<Residue> {
        (0..count as u64).map(|i| field.element((i * i + seed * i + 7) % 1_000_003)).collect()
    }

    /// Products in bands of rows, of columns and of batches are the products.
    #[test]
    fn bands_make_no_difference() {
        let field = PrimeField::new(1_000_003).unwrap();
        for unasked in [1, 5, 12, 30, 60, 1000] {
            let watched = Watched::new(field, unasked, Stop::never());
            for (batch, m, k, n) in
                [(1, 3, 4, 5), (4, 3, 4, 5), (1, 1, 6, 9), (3, 2, 0, 2), (2, 0, 3, 3), (5, 7, 1, 1)]
            {
                let (a, b) = (entries(&field, batch * m * k, 3), entries(&field, batch * n * k, 5));
                assert_eq!(
                    watched.matmul_batched(batch, (m, k, n), &a, &b),
                    field.matmul_batched(batch, (m, k, n), &a, &b),
                    "{batch} {m} {k} {n} {unasked}"
                );
            }
            assert_eq!(watched.status(), Ok(()));
        }
    }

    /// Stopped at the third question, a product of 100 rows that asks after each computes two, has the right
    /// length, and the status says that it is not one. Nothing is computed after that.
    #[test]
    fn stops_in_the_middle() {
        let field = PrimeField::new(1_000_003).unwrap();
        let asked = Arc::new(AtomicU64::new(0));
        let counted = asked.clone();
        let watched =
            Watched::new(field, 100, Stop::new(move || counted.fetch_add(1, Ordering::Relaxed) >= 2));
        let (a, b) = (entries(&field, 1000, 1), entries(&field, 100, 2));
        let product = watched.matmul((100, 10, 10), &a, &b);
        assert_eq!(product.len(), 1000);
        assert_eq!(product[..20], field.matmul((100, 10, 10), &a, &b)[..20]);
        assert!(product[20..].iter().all(|entry| *entry == field.zero()));
        assert!(watched.status().is_err());
        let batched = watched.matmul_batched(10, (10, 10, 1), &a, &b);
        assert!(batched.iter().all(|entry| *entry == field.zero()));
        assert_eq!(asked.load(Ordering::Relaxed), 3);
    }
}
