//! Matrix products of floats on the vector instructions of the CPU, found at run time: AVX-512, AVX2 with
//! FMA, NEON, or none.
//!
//! [`Floats`](super::Floats), [`CentredField`](super::CentredField) and [`Heights`](super::Heights) do their
//! large products here. This is the only place that calls the kernels (of the `gemm` family of crates, of
//! which one needs only the one for doubles), whose interface is raw pointers.

use gemm_common::Parallelism;
use gemm_f64::gemm::f64::get_gemm_fn;

/// A matrix in a slice: the entry `(i, j)` is at `i * row_stride + j * column_stride`.
#[derive(Clone, Copy)]
pub(crate) struct Matrix<'a> {
    data: &'a [f64],
    rows: usize,
    columns: usize,
    row_stride: usize,
    column_stride: usize,
}

impl<'a> Matrix<'a> {
    /// The columns `from .. to` of a row-major matrix with rows of `width` entries.
    pub fn columns(data: &'a [f64], rows: usize, width: usize, from: usize, to: usize) -> Matrix<'a> {
        assert!(from <= to && to <= width);
        let data = if data.is_empty() { data } else { &data[from..] };
        Matrix { data, rows, columns: to - from, row_stride: width, column_stride: 1 }
    }

    /// A row-major matrix.
    pub fn row_major(data: &'a [f64], rows: usize, columns: usize) -> Matrix<'a> {
        Matrix::columns(data, rows, columns, 0, columns)
    }

    /// The transpose.
    pub fn transposed(self) -> Matrix<'a> {
        Matrix {
            rows: self.columns,
            columns: self.rows,
            row_stride: self.column_stride,
            column_stride: self.row_stride,
            ..self
        }
    }

    /// Whether every entry is inside the slice.
    fn is_inside(&self) -> bool {
        if self.rows == 0 || self.columns == 0 {
            return true;
        }
        let last = |length: usize, stride: usize| (length - 1).checked_mul(stride);
        last(self.rows, self.row_stride)
            .zip(last(self.columns, self.column_stride))
            .and_then(|(row, column)| row.checked_add(column))
            .is_some_and(|last| last < self.data.len())
    }
}

/// `total += a b`, where `total` is row-major with `a.rows` rows and `b.columns` columns. Every entry is a
/// sum of the products in some order, with or without fused multiplication and addition; so if all sums of
/// some of the products and the former value are exact, the result is.
///
/// # Panics
///
/// When the shapes do not fit together or the slices.
pub(crate) fn add_product(total: &mut [f64], a: Matrix<'_>, b: Matrix<'_>) {
    let (m, k, n) = (a.rows, a.columns, b.columns);
    assert_eq!(b.rows, k, "the inner lengths agree");
    assert_eq!(Some(total.len()), m.checked_mul(n), "the result has the shape of the product");
    assert!(a.is_inside() && b.is_inside(), "the factors are inside their slices");
    if total.is_empty() || k == 0 {
        return;
    }
    let kernel = get_gemm_fn();
    // All threads of the pool, for products that are worth it. Whoever is on one of them has given the others
    // work already, and more threads for one product would only get in their way.
    let inside = rayon::current_thread_index().is_some();
    let threads = if inside { Parallelism::None } else { Parallelism::Rayon(0) };
    #[allow(
        unsafe_code,
        reason = "the kernels take pointers; everything they read and write was checked above"
    )]
    // SAFETY: `total` is borrowed mutably and has m * n entries, of which (i, j) is at i * n + j; the entries
    // of `a` and `b` are inside their slices. Lengths of slices fit isize, and so do strides that stay inside
    // them (a stride along an axis of length one is never taken). The kernel was chosen for the features of
    // this CPU.
    unsafe {
        // Kernels write column-major matrices, so they make the transpose: total^T += b^T a^T.
        kernel(
            n,
            m,
            k,
            total.as_mut_ptr(),
            n as isize,
            1,
            true,
            b.data.as_ptr(),
            b.row_stride as isize,
            b.column_stride as isize,
            a.data.as_ptr(),
            a.row_stride as isize,
            a.column_stride as isize,
            1.0,
            1.0,
            false,
            false,
            false,
            threads,
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn numbers(count: usize, seed: usize) -> Vec<f64> {
        (0..count).map(|i| ((i * 7 + seed * 13) % 11) as f64 - 5.0).collect()
    }

    /// Against the definition, in shapes around the sizes of vector registers and blocks; integers, so
    /// exactly.
    #[test]
    fn agrees_with_the_definition() {
        for (m, k, n) in
            [(1, 1, 1), (3, 5, 7), (8, 16, 8), (9, 33, 17), (1, 100, 40), (40, 100, 1), (65, 129, 31)]
        {
            let (a, b) = (numbers(m * k, 1), numbers(n * (k + 3), 2));
            let mut total = numbers(m * n, 3);
            let mut expected = total.clone();
            for (i, j, l) in (0..m).flat_map(|i| (0..n).flat_map(move |j| (0..k).map(move |l| (i, j, l)))) {
                expected[i * n + j] += a[i * k + l] * b[j * (k + 3) + l + 2];
            }
            let right = Matrix::columns(&b, n, k + 3, 2, k + 2).transposed();
            add_product(&mut total, Matrix::row_major(&a, m, k), right);
            assert_eq!(total, expected, "{m} {k} {n}");
        }
    }

    #[test]
    fn empty_products_change_nothing() {
        let mut total = vec![1.0, 2.0];
        add_product(&mut total, Matrix::row_major(&[], 2, 0), Matrix::row_major(&[], 0, 1));
        assert_eq!(total, [1.0, 2.0]);
        add_product(&mut [], Matrix::row_major(&[], 0, 3), Matrix::row_major(&[0.0; 6], 3, 2));
    }

    #[test]
    #[should_panic(expected = "inside their slices")]
    fn matrices_outside_their_slices_are_refused() {
        add_product(&mut [0.0; 4], Matrix::row_major(&[1.0; 3], 2, 2), Matrix::row_major(&[1.0; 4], 2, 2));
    }
}
