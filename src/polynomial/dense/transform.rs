//! Matrices applied along one coordinate.

use pulp::{Arch, NullaryFnOnce};

use super::lower_set::{Lines, LowerSet};
use crate::arithmetic::CentredField;

/// Entries that are worked on together, so that they stay in the cache.
const LANES: usize = 256;
/// Products that are added before they are reduced: fewer than a [`CentredField`] allows.
const RUN: usize = 256;

/// A square matrix over a field. Of a line of `l` indices its first `l` rows and columns are used.
#[derive(Clone, Debug, Default)]
pub(crate) struct Transform {
    size: usize,
    entries: Vec<f64>,
    /// For every row, where its nonzero entries begin and end.
    spans: Vec<(usize, usize)>,
}

impl Transform {
    /// A matrix from its rows of equal length.
    pub(crate) fn new(rows: Vec<Vec<f64>>) -> Transform {
        let spans = rows.iter().map(|row| {
            let first = row.iter().position(|&entry| entry != 0.0).unwrap_or(0);
            (first, row.iter().rposition(|&entry| entry != 0.0).map_or(first, |last| last + 1))
        });
        Transform { size: rows.len(), spans: spans.collect(), entries: rows.concat() }
    }

    /// Applies the matrix along a coordinate to entries with `width` columns for every index of a set.
    pub(crate) fn apply(
        &self,
        field: &CentredField,
        set: &LowerSet,
        coordinate: usize,
        data: &mut [f64],
        width: usize,
    ) {
        let mut scratch = Scratch::default();
        for lines in set.lines(coordinate) {
            let count = lines.positions.len() / lines.length;
            let step = (LANES / width.max(1)).max(1);
            for from in (0..count).step_by(step) {
                self.apply_to(field, lines, from..count.min(from + step), data, width, &mut scratch);
            }
        }
    }

    fn apply_to(
        &self,
        field: &CentredField,
        lines: &Lines,
        range: std::ops::Range<usize>,
        data: &mut [f64],
        width: usize,
        Scratch { read, sums }: &mut Scratch,
    ) {
        let count = lines.positions.len() / lines.length;
        let lanes = range.len() * width;
        let places = |level: usize| &lines.positions[level * count..][range.clone()];
        read.clear();
        for level in 0..lines.length {
            for &position in places(level) {
                read.extend_from_slice(&data[position as usize * width..][..width]);
            }
        }
        for (level, &(first, end)) in self.spans.iter().enumerate().take(lines.length) {
            let row = &self.entries[level * self.size..][..lines.length.min(end)];
            sums.clear();
            sums.resize(lanes, 0.0);
            Arch::new().dispatch(Row { field, row, first, columns: read, sums });
            for (&position, sums) in places(level).iter().zip(sums.chunks_exact(width.max(1))) {
                data[position as usize * width..][..width].copy_from_slice(sums);
            }
        }
    }
}

/// One row of a product: the sums of its entries times the columns, reduced.
struct Row<'a> {
    field: &'a CentredField,
    row: &'a [f64],
    /// All entries before are zero.
    first: usize,
    columns: &'a [f64],
    sums: &'a mut [f64],
}

impl NullaryFnOnce for Row<'_> {
    type Output = ();

    #[inline(always)]
    fn call(self) {
        let Row { field, row, first, columns, sums } = self;
        let mut added = 0;
        for (factor, column) in row.iter().zip(columns.chunks_exact(sums.len().max(1))).skip(first) {
            for (sum, x) in sums.iter_mut().zip(column) {
                *sum += factor * x;
            }
            added += 1;
            if added == RUN {
                for sum in sums.iter_mut() {
                    *sum = field.reduce_large(*sum);
                }
                added = 0;
            }
        }
        for sum in sums.iter_mut() {
            *sum = field.reduce_large(*sum);
        }
    }
}

/// Room for what is worked on.
#[derive(Default)]
struct Scratch {
    read: Vec<f64>,
    sums: Vec<f64>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::budget::Stop;

    /// Lines of some lengths, up to more than one run, in a set of two coordinates, against sums by
    /// definition.
    #[test]
    fn agrees_with_the_definition() {
        let field = CentredField::new(8_388_593).unwrap();
        let prime = field.prime();
        let entry = |seed: u64| (seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 20) % prime;
        for (levels, width) in [(1usize, 3usize), (4, 1), (5, 300), (2 * RUN + 3, 2)] {
            let other = if levels > RUN { 1 } else { 3 };
            let weights = vec![(0..levels as u32).collect(), vec![0; other]];
            let set = LowerSet::new(weights, levels as u32, &Stop::never()).unwrap();
            let zero = |row: usize, column: usize| (row + 2 * column).is_multiple_of(3);
            let number = |row: usize, column: usize| match zero(row, column) {
                true => 0,
                false => entry((row * levels + column) as u64 + 1),
            };
            let rows =
                (0..levels).map(|row| (0..levels).map(|column| field.element(number(row, column))).collect());
            let matrix = Transform::new(rows.collect());
            let values: Vec<u64> = (0..set.len() * width).map(|place| entry(place as u64 + 77)).collect();
            let mut data: Vec<f64> = values.iter().map(|&value| field.element(value)).collect();
            matrix.apply(&field, &set, 0, &mut data, width);
            for row in 0..levels {
                for place in 0..other * width {
                    let product = |column: usize| {
                        let value = values[column * other * width + place];
                        u128::from(number(row, column)) * u128::from(value)
                    };
                    let sum: u128 = (0..levels).map(product).sum();
                    let found = field.value(data[row * other * width + place]);
                    // A line of one index stays as it is.
                    let expected = if levels == 1 { values[place] } else { (sum % u128::from(prime)) as u64 };
                    assert_eq!(found, expected, "{levels} {row} {place}");
                }
            }
        }
    }
}
