//! The matrices of Newton interpolation along one coordinate.

use super::transform::Transform;
use crate::arithmetic::{CentredField, Halt};

/// `1 / x` modulo the prime; fails for zero.
pub(crate) fn inverse(field: &CentredField, x: f64) -> Result<f64, Halt> {
    field.invert(x).ok_or_else(|| Halt::NoResidue("a difference of two nodes".to_string()))
}

/// Row `k` has the divided difference at the first `k + 1` nodes, which may be known to be consecutive
/// numbers: `sum_i f(s_i) / prod_(l != i) (s_i - s_l)`.
pub(crate) fn divided_differences(
    field: &CentredField,
    nodes: &[f64],
    consecutive: bool,
) -> Result<Transform, Halt> {
    // Consecutive numbers have few differences.
    let known = if consecutive { nodes.len() as u64 } else { 0 };
    let known = (1..known).map(|distance| inverse(field, -field.element(distance)));
    let known: Vec<f64> = known.collect::<Result<_, _>>()?;
    let mut rows: Vec<Vec<f64>> = Vec::with_capacity(nodes.len());
    for (k, node) in nodes.iter().enumerate() {
        let mut row = vec![0.0; nodes.len()];
        row[k] = 1.0;
        for (i, other) in nodes.iter().enumerate().take(k) {
            let by = match known.get(k - i - 1) {
                Some(by) => *by,
                None => inverse(field, field.reduce(other - node))?,
            };
            row[i] = field.reduce(rows[k - 1][i] * by);
            row[k] = field.reduce(row[k] * -by);
        }
        rows.push(row);
    }
    Ok(Transform::new(rows))
}

/// Column `k` has the coefficients of the Newton polynomial `N_k` in the polynomials of a recurrence:
/// `N_(k+1) = (x - s_k) N_k`. The recurrence is `x p_j = p_(j+1) + alpha_j p_j + beta_j p_(j-1)`; with zeros
/// the polynomials are powers.
pub(crate) fn newton_basis(field: &CentredField, nodes: &[f64], alphas: &[f64], betas: &[f64]) -> Transform {
    let levels = nodes.len();
    let mut rows = vec![vec![0.0; levels]; levels];
    let mut newton = vec![0.0; levels];
    if let Some(first) = newton.first_mut() {
        *first = 1.0;
    }
    for (k, node) in nodes.iter().enumerate() {
        for (row, &entry) in rows.iter_mut().zip(&newton) {
            row[k] = entry;
        }
        let multiplied = |j: usize| {
            let of = |coefficients: &[f64], j: usize| coefficients.get(j).copied().unwrap_or(0.0);
            let below = if j == 0 { 0.0 } else { newton[j - 1] };
            let here = field.reduce(of(alphas, j) - node);
            // Three products of two elements, below 2^46.
            field.reduce(below + here * newton[j] + of(betas, j + 1) * of(&newton, j + 1))
        };
        newton = (0..levels).map(multiplied).collect();
    }
    Transform::new(rows)
}
