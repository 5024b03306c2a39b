//! Matrix products of floats on the vector instructions of the CPU, found at run time: AVX-512, AVX2 with
//! FMA, NEON, or none.
//!
//! [`Floats`](super::Floats), [`CentredField`](super::CentredField) and [`Heights`](super::Heights) do their
//! large products here. This is the only place that calls the kernels (of the `gemm` family of crates, of
//! which one needs only the one for doubles), whose interface is raw pointers.

use gemm_common::Parallelism;
use gemm_f64::gemm::f64::get_gemm_fn;
use pulp::{Arch, NullaryFnOnce};

use super::{Product, transposed};

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

/// Products of more multiplications are worth packing, which [`add_product`] does.
const SMALL: usize = 1 << 16;

/// `total += left right` with a row-major total of these sizes, as [`add_product`], for small matrices.
pub(crate) fn add_small_product(total: &mut [f64], (m, n): (usize, usize), product: &Product<'_, f64>) {
    let k = product.inner;
    assert_eq!(total.len(), m * n, "the result has the shape of the product");
    if m.saturating_mul(k).saturating_mul(n) > SMALL {
        let matrix = |data, rows, columns, flipped| match flipped {
            true => Matrix::row_major(data, columns, rows).transposed(),
            false => Matrix::row_major(data, rows, columns),
        };
        let left = matrix(product.left, m, k, product.left_flipped);
        return add_product(total, left, matrix(product.right, k, n, product.right_flipped));
    }
    let flipped;
    let right = match product.right_flipped {
        true => {
            flipped = transposed(product.right, n, k);
            &flipped[..]
        }
        false => product.right,
    };
    let strides = if product.left_flipped { (1, m) } else { (k, 1) };
    Arch::new().dispatch(SmallProduct { total, sizes: (m, k, n), left: product.left, strides, right });
}

/// A small product with a row-major right factor.
struct SmallProduct<'a> {
    total: &'a mut [f64],
    sizes: (usize, usize, usize),
    left: &'a [f64],
    /// From row to row, and from column to column, of the left factor.
    strides: (usize, usize),
    right: &'a [f64],
}

impl NullaryFnOnce for SmallProduct<'_> {
    type Output = ();

    // Inside, instructions are known; so everything has to be.
    #[inline(always)]
    fn call(self) {
        let SmallProduct { total, sizes, left, strides, right } = self;
        let n = sizes.2;
        let mut column = 0;
        while column + 16 <= n {
            add_panel::<16>(total, sizes, left, strides, right, column);
            column += 16;
        }
        while column + 4 <= n {
            add_panel::<4>(total, sizes, left, strides, right, column);
            column += 4;
        }
        while column < n {
            add_panel::<1>(total, sizes, left, strides, right, column);
            column += 1;
        }
    }
}

/// Some columns of a small product, four rows at a time.
#[inline(always)]
fn add_panel<const WIDTH: usize>(
    total: &mut [f64],
    (m, k, n): (usize, usize, usize),
    left: &[f64],
    (row_stride, column_stride): (usize, usize),
    right: &[f64],
    column: usize,
) {
    let mut row = 0;
    while row + 4 <= m {
        add_tile::<4, WIDTH>(total, (k, n), left, (row_stride, column_stride), right, (row, column));
        row += 4;
    }
    while row < m {
        add_tile::<1, WIDTH>(total, (k, n), left, (row_stride, column_stride), right, (row, column));
        row += 1;
    }
}

#[inline(always)]
fn add_tile<const HEIGHT: usize, const WIDTH: usize>(
    total: &mut [f64],
    (k, n): (usize, usize),
    left: &[f64],
    (row_stride, column_stride): (usize, usize),
    right: &[f64],
    (row, column): (usize, usize),
) {
    let mut sums = [[0.0f64; WIDTH]; HEIGHT];
    for (inner, from) in right.chunks_exact(n).take(k).enumerate() {
        let Some(factors) = from.get(column..).and_then(|from| from.first_chunk::<WIDTH>()) else { continue };
        for (i, sum) in sums.iter_mut().enumerate() {
            let by = left[(row + i) * row_stride + inner * column_stride];
            for (sum, factor) in sum.iter_mut().zip(factors) {
                *sum = by.mul_add(*factor, *sum);
            }
        }
    }
    for (i, sum) in sums.iter().enumerate() {
        let start = (row + i) * n + column;
        for (total, sum) in total[start..start + WIDTH].iter_mut().zip(sum) {
            *total += sum;
        }
    }
}

/// The sum of all absolute values, in eight interleaved sums.
#[inline(always)]
fn sum_of_magnitudes(entries: &[f64]) -> f64 {
    let chunks = entries.chunks_exact(8);
    let tail: f64 = chunks.remainder().iter().map(|x| x.abs()).sum();
    let mut sums = [0.0; 8];
    for chunk in chunks {
        sums.iter_mut().zip(chunk).for_each(|(sum, x)| *sum += x.abs());
    }
    sums.iter().sum::<f64>() + tail
}

/// A bound for the spectral norm of a row-major matrix. After every squaring, `A` to `A A'`, the bounds that
/// entries give are closer to it. `norm` bounds the Frobenius norm.
pub(crate) fn spectral_norm(
    entries: &[f64],
    (rows, columns): (usize, usize),
    squarings: usize,
    norm: fn(&[f64]) -> f64,
) -> f64 {
    const UNIT: f64 = f64::EPSILON / 2.0;
    let frobenius = norm(entries);
    let mut in_columns = vec![0.0f64; columns];
    let mut in_rows = 0.0f64;
    Arch::new().dispatch(|| {
        for row in entries.chunks(columns.max(1)) {
            row.iter().zip(&mut in_columns).for_each(|(x, sum)| *sum += x.abs());
            in_rows = in_rows.max(sum_of_magnitudes(row));
        }
    });
    let in_columns = in_columns.into_iter().fold(0.0, f64::max);
    let roundings = 1.0 + (rows.max(columns) as f64 + 8.0) * 2.0 * UNIT;
    let bound = frobenius.min((in_rows * in_columns).sqrt() * roundings + f64::MIN_POSITIVE.sqrt());
    if squarings == 0 || rows == 0 || columns == 0 {
        return bound;
    }
    let matrix = Matrix::row_major(entries, rows, columns);
    let (left, right, size, terms) = match rows <= columns {
        true => (matrix, matrix.transposed(), rows, columns),
        false => (matrix.transposed(), matrix, columns, rows),
    };
    let mut square = vec![0.0; size * size];
    add_product(&mut square, left, right);
    let own = (terms as f64 + 2.0) * UNIT * 1.01 * frobenius * frobenius;
    let squared =
        (spectral_norm(&square, (size, size), squarings - 1, norm) + own).sqrt() * (1.0 + 8.0 * UNIT);
    // A square that is infinite or NaN says nothing.
    if squared.is_finite() && square.iter().all(|x| x.is_finite()) { bound.min(squared) } else { bound }
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

    /// Orthogonal rows of lengths 5 and 10: the norm is 10, and squarings approach it. No vector is stretched
    /// by more than the bound.
    #[test]
    fn spectral_norms_are_bounded() {
        let norm = |x: &[f64]| x.iter().map(|x| x * x).sum::<f64>().sqrt() * (1.0 + 1e-12);
        let matrix = [3.0, 4.0, 0.0, -8.0, 6.0, 0.0];
        let bounds = [0, 1, 2, 4].map(|squarings| spectral_norm(&matrix, (2, 3), squarings, norm));
        assert!(bounds.iter().all(|&bound| bound >= 10.0), "{bounds:?}");
        assert!(bounds.windows(2).all(|pair| pair[1] <= pair[0]) && bounds[3] < 10.0 + 1e-9, "{bounds:?}");
        let (m, n) = (20, 35);
        let matrix = numbers(m * n, 3);
        let bound = spectral_norm(&matrix, (m, n), 3, norm);
        for seed in 0..50 {
            let vector = numbers(n, seed);
            let row = |row: &[f64]| row.iter().zip(&vector).map(|(a, x)| a * x).sum::<f64>();
            let image: Vec<f64> = matrix.chunks(n).map(row).collect();
            assert!(norm(&image) <= bound * norm(&vector));
        }
        assert!(bound < norm(&matrix));
        assert!(spectral_norm(&[1e200, 1e200], (1, 2), 1, norm).is_infinite());
    }
}
