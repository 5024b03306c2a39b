//! Sums of products of coefficients and norms, modulo a prime.

use num_bigint::BigInt;
use num_rational::BigRational;
use num_traits::One;
use pulp::{Arch, NullaryFnOnce};

use crate::arithmetic::{Arithmetic, CentredField, Halt};
use crate::polynomial::dense::LowerSet;

/// For every weight of an index, what its products are multiplied by, and their order; `None` to leave them
/// out.
type Weighted<'a> = &'a dyn Fn(u32) -> Option<(f64, u32)>;

/// The sums of every order, output by output.
pub(super) struct Sums<'f> {
    field: &'f CentredField,
    outputs: usize,
    orders: usize,
    /// For every order, the sums of the first network with itself, of both, of the second with itself: each
    /// for all outputs.
    parts: Vec<f64>,
}

impl Sums<'_> {
    pub(super) fn new(field: &CentredField, outputs: usize, orders: usize) -> Sums<'_> {
        Sums { field, outputs, orders, parts: vec![0.0; 3 * outputs * orders] }
    }

    /// Adds the products of coefficients: `data` has a row for every index, the outputs of the first network
    /// and then those of the second.
    pub(super) fn add(&mut self, data: &[f64], norms: &[f64], weights: &[u32], weighted: Weighted<'_>) {
        if self.outputs > 0 {
            let Sums { field, outputs, parts, .. } = self;
            Arch::new().dispatch(Products {
                field,
                outputs: *outputs,
                parts,
                data,
                norms,
                weights,
                weighted,
            });
        }
    }

    /// Three sums for every output, and then for every order.
    pub(super) fn all(self) -> Vec<f64> {
        let Sums { field, outputs, orders, parts } = self;
        let of_order = 3 * outputs;
        let sum = |places: &mut dyn Iterator<Item = usize>| {
            places.fold(0.0, |sum, place| field.reduce(sum + parts[place]))
        };
        let mut all = Vec::new();
        for output in 0..outputs {
            for kind in 0..3 {
                all.push(sum(&mut (0..orders).map(|order| order * of_order + kind * outputs + output)));
            }
        }
        for order in 0..orders {
            for kind in 0..3 {
                let start = order * of_order + kind * outputs;
                all.push(sum(&mut (start..start + outputs)));
            }
        }
        all
    }
}

/// The work of [`Sums::add`].
struct Products<'a> {
    field: &'a CentredField,
    outputs: usize,
    parts: &'a mut [f64],
    data: &'a [f64],
    norms: &'a [f64],
    weights: &'a [u32],
    weighted: Weighted<'a>,
}

impl NullaryFnOnce for Products<'_> {
    type Output = ();

    #[inline(always)]
    fn call(self) {
        let Products { field, outputs, parts, data, norms, weights, weighted } = self;
        for ((row, norm), weight) in data.chunks_exact(2 * outputs).zip(norms).zip(weights) {
            let Some((factor, order)) = weighted(*weight) else { continue };
            let norm = field.reduce(norm * factor);
            let (of_a, of_b) = row.split_at(outputs);
            let parts = &mut parts[3 * outputs * order as usize..][..3 * outputs];
            let (aa, rest) = parts.split_at_mut(outputs);
            let (ab, bb) = rest.split_at_mut(outputs);
            for ((((f, g), aa), ab), bb) in of_a.iter().zip(of_b).zip(aa).zip(ab).zip(bb) {
                let (of_f, of_g) = (field.reduce(f * norm), field.reduce(g * norm));
                *aa = field.reduce(*aa + of_f * f);
                *ab = field.reduce(*ab + of_f * g);
                *bb = field.reduce(*bb + of_g * g);
            }
        }
    }
}

/// From coefficients of monomials of homogeneous functions of normal inputs to those of Hermite polynomials,
/// order by order; one variable is missing in the indices.
pub(super) struct Hermite<'a> {
    pub(super) field: &'a CentredField,
    pub(super) set: &'a LowerSet,
    /// The variances of the variables, and of the missing one.
    pub(super) variances: Vec<f64>,
    pub(super) missing: f64,
    /// Of every index and coordinate, the index whose level there is higher by two, or itself.
    pub(super) twice: &'a [u32],
    pub(super) degree: u32,
}

impl Hermite<'_> {
    /// Adds the products of all orders. The data are the coefficients of monomials, and change.
    pub(super) fn add_to(&self, sums: &mut Sums<'_>, data: &mut [f64], norms: &[f64]) -> Result<(), Halt> {
        let field = self.field;
        for order in (0..=self.degree).rev().step_by(2) {
            // Norms of the powers that the missing variable has.
            let mut powers = vec![1.0];
            for k in 1..=order {
                let next = field.reduce(powers[powers.len() - 1] * field.element(u64::from(k)));
                powers.push(field.reduce(next * self.missing));
            }
            sums.add(data, norms, self.set.weights(), &|weight| {
                Some((powers[order.checked_sub(weight)? as usize], order))
            });
            let Some(next) = order.checked_sub(2) else { break };
            // L / (2 (j + 1)), where the order is d - 2j.
            let by = BigRational::new(BigInt::one(), BigInt::from(self.degree - next));
            let by = field.from_rational(&by)?;
            if sums.outputs > 0 {
                Arch::new().dispatch(Step { hermite: self, width: 2 * sums.outputs, data, order: next, by });
            }
        }
        Ok(())
    }
}

/// Coefficients of `f` of an order that is two more become those of `L f`, times a factor.
struct Step<'a> {
    hermite: &'a Hermite<'a>,
    width: usize,
    data: &'a mut [f64],
    order: u32,
    by: f64,
}

impl NullaryFnOnce for Step<'_> {
    type Output = ();

    #[inline(always)]
    fn call(self) {
        let Step { hermite, width, data, order, by } = self;
        let Hermite { field, set, variances, missing, twice, .. } = hermite;
        let falling = |level: u32| field.element(u64::from(level + 2) * u64::from(level + 1));
        let of_missing: Vec<f64> = (0..=order).map(|level| field.reduce(falling(level) * missing)).collect();
        let of_others: Vec<Vec<f64>> = (variances.iter())
            .map(|own| (0..=order).map(|level| field.reduce(falling(level) * own)).collect())
            .collect();
        let mut sum = vec![0.0; width];
        for (place, weight) in set.weights().iter().enumerate() {
            let Some(level) = order.checked_sub(*weight) else { continue };
            let factor = of_missing[level as usize];
            for (sum, x) in sum.iter_mut().zip(&data[place * width..][..width]) {
                *sum = field.reduce(factor * x);
            }
            let levels = set.levels(place).iter().zip(&of_others);
            let moved = &twice[place * variances.len()..][..variances.len()];
            for ((&level, factors), &other) in levels.zip(moved) {
                // Further up in the order of indices, so it has not changed yet.
                if other as usize == place {
                    continue;
                }
                let factor = factors[usize::from(level)];
                for (sum, x) in sum.iter_mut().zip(&data[other as usize * width..][..width]) {
                    *sum = field.reduce(*sum + factor * x);
                }
            }
            for (x, sum) in data[place * width..][..width].iter_mut().zip(&sum) {
                *x = field.reduce(sum * by);
            }
        }
    }
}
