//! Large matrix products in parts, between which an evaluation can be stopped.

use std::ops::Range;

use crate::arithmetic::{Arithmetic, Halt, stopped};
use crate::budget::Stop;

/// [`Arithmetic::matmul_batched`], which fails soon after `stop` is set.
pub(super) fn matmul<A: Arithmetic>(
    stop: &Stop,
    arithmetic: &A,
    batch: usize,
    sizes: (usize, usize, usize),
    a: &[A::Element],
    b: &[A::Element],
) -> Result<Vec<A::Element>, Halt> {
    let unasked = if stop.is_never() { usize::MAX } else { arithmetic.unasked() };
    if multiplications(batch, sizes) <= unasked {
        return Ok(arithmetic.matmul_batched(batch, sizes, a, b));
    }
    let mut product = Vec::with_capacity(batch * sizes.0 * sizes.2);
    for_each_band(unasked, batch, sizes, &mut |band| {
        if stop.is_set() {
            return Err(stopped());
        }
        let (a, b) = (&a[band.a.clone()], &b[band.b.clone()]);
        product.append(&mut arithmetic.matmul_batched(band.batch, band.sizes, a, b));
        Ok(())
    })?;
    Ok(product)
}

/// Whether an evaluation can go on.
pub(super) fn check<A: Arithmetic>(stop: &Stop, arithmetic: &A) -> Result<(), Halt> {
    if stop.is_set() { Err(stopped()) } else { arithmetic.status() }
}

/// How many multiplications such products take; huge numbers saturate.
pub(super) fn multiplications(batch: usize, (m, k, n): (usize, usize, usize)) -> usize {
    [m, k, n].into_iter().fold(batch, usize::saturating_mul)
}

/// A part of some matrix products: the entries of both factors, and the sizes of the products of these.
struct Band {
    batch: usize,
    sizes: (usize, usize, usize),
    a: Range<usize>,
    b: Range<usize>,
}

/// Calls `multiply` with parts of not many more than `unasked` multiplications, in the order of their entries
/// in the result.
fn for_each_band(
    unasked: usize,
    batch: usize,
    (m, k, n): (usize, usize, usize),
    multiply: &mut dyn FnMut(Band) -> Result<(), Halt>,
) -> Result<(), Halt> {
    let unasked = unasked.max(1);
    let each = multiplications(1, (m, k, n)).max(1);
    if each <= unasked {
        // Several products at once.
        let together = (unasked / each).clamp(1, batch.max(1));
        for start in (0..batch).step_by(together) {
            let end = batch.min(start + together);
            let (a, b) = (start * m * k..end * m * k, start * n * k..end * n * k);
            multiply(Band { batch: end - start, sizes: (m, k, n), a, b })?;
        }
        return Ok(());
    }
    // Some rows of one product; where one row is more than enough, some of its columns.
    let row = k.saturating_mul(n).max(1);
    let rows = (unasked / row).clamp(1, m.max(1));
    let columns = if row <= unasked { n } else { (unasked / k.max(1)).clamp(1, n.max(1)) };
    for product in 0..batch {
        for start in (0..m).step_by(rows) {
            let rows = rows.min(m - start);
            let a = (product * m + start) * k;
            for first in (0..n).step_by(columns.max(1)) {
                let columns = columns.min(n - first);
                let b = (product * n + first) * k;
                let (a, b) = (a..a + rows * k, b..b + columns * k);
                multiply(Band { batch: 1, sizes: (rows, k, columns), a, b })?;
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicU64, Ordering};

    use super::*;
    use crate::arithmetic::{PrimeField, Residue};

    fn entries(field: &PrimeField, count: usize, seed: u64) -> Vec<Residue> {
        (0..count as u64).map(|i| field.element((i * i + seed * i + 7) % 1_000_003)).collect()
    }

    /// Products in bands of rows, of columns and of batches are the products.
    #[test]
    fn bands_make_no_difference() {
        let field = PrimeField::new(1_000_003).unwrap();
        for unasked in [0, 1, 5, 12, 30, 60, 1000] {
            for (batch, m, k, n) in
                [(1, 3, 4, 5), (4, 3, 4, 5), (1, 1, 6, 9), (3, 2, 0, 2), (2, 0, 3, 3), (5, 7, 1, 1)]
            {
                let (a, b) = (entries(&field, batch * m * k, 3), entries(&field, batch * n * k, 5));
                let mut product = Vec::new();
                for_each_band(unasked, batch, (m, k, n), &mut |band| {
                    assert!(multiplications(band.batch, band.sizes) <= unasked.max(k));
                    let (a, b) = (&a[band.a], &b[band.b]);
                    product.extend(field.matmul_batched(band.batch, band.sizes, a, b));
                    Ok(())
                })
                .unwrap();
                let whole = field.matmul_batched(batch, (m, k, n), &a, &b);
                assert_eq!(product, whole, "{batch} {m} {k} {n} {unasked}");
            }
        }
    }

    /// A large product asks more than once, and fails when the third question is answered with yes. A small
    /// one does not ask.
    #[test]
    fn stops_in_the_middle() {
        let field = PrimeField::new(1_000_003).unwrap();
        let asked = Arc::new(AtomicU64::new(0));
        let counted = asked.clone();
        let stop = Stop::new(move || counted.fetch_add(1, Ordering::Relaxed) >= 2);
        let (m, k, n) = (1 << 7, 1 << 12, 1 << 9);
        let (a, b) = (entries(&field, m * k, 1), entries(&field, n * k, 2));
        assert!(matmul(&stop, &field, 1, (m, k, n), &a, &b).is_err());
        assert_eq!(asked.load(Ordering::Relaxed), 3);
        let small = matmul(&stop, &field, 1, (1, k, 1), &a[..k], &b[..k]).unwrap();
        assert_eq!(small, field.matmul((1, k, 1), &a[..k], &b[..k]));
        assert_eq!(asked.load(Ordering::Relaxed), 3);
    }
}
