//! From residues modulo some primes to residues modulo further primes.
//!
//! Let `P` be the product of the known primes and `N` an integer with `|N| < P/4`. With `y_i` the centred
//! residue of `N (P / p_i)^-1` modulo `p_i`, the sum of all `y_i P / p_i` is congruent to `N` modulo `P`, so
//! it is `N + k P` for an integer `k`, and `k = round(sum_i y_i / p_i)` because they differ by
//! `|N / P| < 1/4`. The sum is computed in floats: of at most [`MOST`] terms of magnitude at most 1/2, with
//! an error below `MOST * (MOST / 2 + 1) * 2^-52`, far below 1/4 (S. Kawamura and others, *Cox-Rower
//! architecture*, 2000). Modulo another prime `q`, `N = sum_i y_i (P / p_i) - k P`: for all entries and all
//! further primes together, one matrix product.

use std::ops::Range;

use pulp::Arch;

use super::residues::{Modular, Segment};
use crate::arithmetic::matrix::{Matrix, add_product};
use crate::arithmetic::scale::Base;
use crate::arithmetic::{Arithmetic, CentredField};
use crate::parallel;

/// At most so many primes are extended: few enough for one run of a matrix product of a [`CentredField`],
/// with one more term for `k`.
pub(super) const MOST: usize = 500;
/// Entries that are extended together.
const BLOCK: usize = 2048;

/// Values modulo further primes.
pub(super) struct Extension {
    entries: usize,
    /// For every block of entries: for every further prime, the values.
    blocks: Vec<Vec<f64>>,
}

impl Extension {
    /// The values in a range modulo one of the further primes.
    pub(super) fn values(&self, index: usize, range: Range<usize>) -> Vec<f64> {
        let mut values = Vec::with_capacity(range.len());
        let mut start = range.start;
        while start < range.end {
            let (block, from) = (start / BLOCK, start % BLOCK);
            let width = BLOCK.min(self.entries - block * BLOCK);
            let to = width.min(from + range.end - start);
            values.extend_from_slice(&self.blocks[block][index * width + from..index * width + to]);
            start += to - from;
        }
        values
    }

    /// The values that have these residues modulo the `known` primes, modulo the `fresh` ones. They are
    /// numerators `N`, `|N| < P/4`, over the denominators of their segments, which divide a power of the base
    /// and of two. `None` when more than [`MOST`] primes are known: sums could not be exact then.
    pub(super) fn new(
        known: &[CentredField],
        residues: &[Vec<f64>],
        segments: &[Segment],
        fresh: &[CentredField],
        base: &Base,
    ) -> Option<Extension> {
        if known.len() > MOST {
            return None;
        }
        let entries = segments.iter().map(|segment| segment.size).sum();
        let primes: Vec<u64> = known.iter().map(Modular::prime).collect();
        let product = |field: &CentredField| {
            primes.iter().fold(1.0, |product, &prime| field.multiply(&product, &field.element(prime)))
        };
        // No prime is zero modulo another.
        let inverse = |field: &CentredField, element: f64| field.invert(element).unwrap_or(0.0);
        let others = |i: usize| {
            let field = &known[i];
            let rest = primes.iter().enumerate().filter(|&(j, _)| j != i);
            rest.fold(1.0, |product, (_, &prime)| field.multiply(&product, &field.element(prime)))
        };
        // For every known prime and segment: from values to y.
        let weights: Vec<Vec<f64>> = (0..known.len())
            .map(|i| {
                let (field, inverse) = (&known[i], inverse(&known[i], others(i)));
                let weight = |s: &Segment| field.multiply(&field.denominator(base, s.denominator), &inverse);
                segments.iter().map(weight).collect()
            })
            .collect();
        // For every further prime, P / p_i and then -P; and from numerators back to values.
        let mut coefficients = Vec::with_capacity(fresh.len() * (known.len() + 1));
        let mut back: Vec<Vec<f64>> = Vec::with_capacity(fresh.len());
        for field in fresh {
            let all = product(field);
            for &prime in &primes {
                coefficients.push(field.multiply(&all, &inverse(field, field.element(prime))));
            }
            coefficients.push(-all);
            let value = |s: &Segment| inverse(field, field.denominator(base, s.denominator));
            back.push(segments.iter().map(value).collect());
        }
        let block = |start: usize| {
            let width = BLOCK.min(entries - start);
            let mut rows = Vec::with_capacity((known.len() + 1) * width);
            let mut quotients = vec![0.0; width];
            for ((field, residues), weights) in known.iter().zip(residues).zip(&weights) {
                let scaled = by_segment(field, segments, weights, start, &residues[start..start + width]);
                let share = 1.0 / field.prime() as f64;
                Arch::new().dispatch(|| {
                    for (quotient, y) in quotients.iter_mut().zip(&scaled) {
                        *quotient += y * share;
                    }
                });
                rows.extend(scaled);
            }
            rows.extend(quotients.into_iter().map(nearest));
            let terms = known.len() + 1;
            let mut sums = vec![0.0; fresh.len() * width];
            add_product(
                &mut sums,
                Matrix::row_major(&coefficients, fresh.len(), terms),
                Matrix::row_major(&rows, terms, width),
            );
            let mut values = Vec::with_capacity(sums.len());
            for ((field, sums), back) in fresh.iter().zip(sums.chunks_mut(width)).zip(&back) {
                field.reduce_all(sums);
                values.extend(by_segment(field, segments, back, start, sums));
            }
            values
        };
        let starts: Vec<usize> = (0..entries).step_by(BLOCK).collect();
        Some(Extension { entries, blocks: parallel::map(starts.len(), |index| block(starts[index])) })
    }
}

/// The nearest integer of a number of at most [`MOST`], which is never close to the middle between two.
fn nearest(x: f64) -> f64 {
    const ROUND: f64 = 6_755_399_441_055_744.0;
    (x + ROUND) - ROUND
}

/// The entries from `start` on, each times the factor of its segment.
fn by_segment(
    field: &CentredField,
    segments: &[Segment],
    factors: &[f64],
    start: usize,
    entries: &[f64],
) -> Vec<f64> {
    let mut result = Vec::with_capacity(entries.len());
    let mut end = 0;
    for (segment, factor) in segments.iter().zip(factors) {
        end += segment.size;
        let from = start + result.len();
        let to = end.min(start + entries.len());
        if from < to {
            result.extend(field.scale(factor, &entries[from - start..to - start]));
        }
    }
    result
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::arithmetic::scale::Denominator;
    use crate::arithmetic::{Exact, previous_prime};
    use num_bigint::BigInt;
    use num_rational::BigRational;

    /// Numbers up to just below P/4, over two denominators, come out as they are modulo further primes.
    #[test]
    fn values_up_to_a_quarter_of_the_product() {
        let seventh = BigRational::new(1.into(), 7.into());
        let base = Base::new([], [&seventh]);
        let below = |&p: &u64| previous_prime(p);
        for (top, count) in [(1u64 << 22, 1), (1 << 22, 6), (50, 3), (1 << 22, 90)] {
            let fields: Vec<CentredField> = std::iter::successors(below(&top), below)
                .filter_map(CentredField::new)
                .filter(|field| field.prime() != 7)
                .take(count + 4)
                .collect();
            let (known, fresh) = fields.split_at(count);
            let product: BigInt = known.iter().map(|field| BigInt::from(field.prime())).product();
            let quarter: BigInt = &product / 4;
            let mut numerators: Vec<BigInt> =
                vec![quarter.clone(), -&quarter, 0.into(), 1.into(), (-1).into()];
            numerators.extend(
                (1..5000).map(|i| (&quarter * BigInt::from(i)) / 5000 * if i % 2 == 0 { 1 } else { -1 }),
            );
            let denominators = [Denominator { two: 3, odd: 0 }, Denominator { two: 1, odd: 2 }];
            let sizes = [2100, numerators.len() - 2100];
            let segments = [0, 1].map(|i| Segment { size: sizes[i], denominator: denominators[i] });
            let values: Vec<BigRational> = numerators
                .iter()
                .enumerate()
                .map(|(i, n)| {
                    let denominator = base.value(denominators[usize::from(i >= sizes[0])]);
                    BigRational::new(n.clone(), denominator.into())
                })
                .collect();
            let of = |field: &CentredField| -> Vec<f64> {
                values.iter().map(|value| field.from_rational(value).unwrap()).collect()
            };
            let residues: Vec<Vec<f64>> = known.iter().map(of).collect();
            let extension = Extension::new(known, &residues, &segments, fresh, &base).unwrap();
            for (index, field) in fresh.iter().enumerate() {
                let expected = of(field);
                let found = [0..1, 1..2040, 2040..2060, 2060..values.len()]
                    .map(|range| extension.values(index, range))
                    .concat();
                assert_eq!(found.len(), expected.len());
                assert!(found.iter().zip(&expected).all(|(a, b)| field.equal(a, b)), "{top} {count} {index}");
            }
        }
    }
}
