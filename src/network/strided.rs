//! Walking over the entries of a flat tensor along axes that each have a length and a stride: transposes,
//! diagonals, slices and repetitions are all lists of such axes.

use std::mem::needs_drop;

/// The number of entries of a tensor with axes of these lengths. With an axis of length zero there are none,
/// and the product of the others may be anything.
pub(super) fn entries(lengths: impl Iterator<Item = usize> + Clone) -> usize {
    if lengths.clone().any(|length| length == 0) { 0 } else { lengths.product() }
}

/// How far apart neighbours along each axis are in a row-major tensor of these lengths. Where a product
/// overflows it stays at the largest number: tensors of that size are refused before anyone walks over them.
pub(super) fn row_major(lengths: &[usize]) -> Vec<usize> {
    let mut strides = vec![1usize; lengths.len()];
    for axis in (1..lengths.len()).rev() {
        strides[axis - 1] = strides[axis].saturating_mul(lengths[axis]);
    }
    strides
}

/// The number of entries along axes, each a length and a stride.
pub(super) fn entries_along(axes: &[(usize, usize)]) -> usize {
    entries(axes.iter().map(|&(length, _)| length))
}

/// The entries at all combinations of positions along `axes`, each a length and a stride.
pub(super) fn pick<E: Clone>(data: &[E], offset: usize, axes: &[(usize, usize)]) -> Vec<E> {
    if let [(rows, 1), (columns, stride)] = *axes
        && rows.min(columns) >= TILE
        && !needs_drop::<E>()
    {
        return transposed(&data[offset..], rows, columns, stride);
    }
    let mut result = Vec::with_capacity(entries_along(axes));
    for_each_run(offset, axes, &mut |start, length, stride| match stride {
        0 => result.resize(result.len() + length, data[start].clone()),
        1 => result.extend_from_slice(&data[start..start + length]),
        _ => result.extend(data[start..].iter().step_by(stride).take(length).cloned()),
    });
    result
}

/// The side of a tile in which entries are moved, so that few cache lines are in use at a time.
const TILE: usize = 16;

/// The entries `(i, j)` at `i + j * stride`, row by row.
fn transposed<E: Clone>(data: &[E], rows: usize, columns: usize, stride: usize) -> Vec<E> {
    let mut result = vec![data[0].clone(); rows * columns];
    for top in (0..rows).step_by(TILE) {
        for left in (0..columns).step_by(TILE) {
            for i in top..rows.min(top + TILE) {
                let row = &mut result[i * columns..(i + 1) * columns];
                for j in left..columns.min(left + TILE) {
                    row[j] = data[i + j * stride].clone();
                }
            }
        }
    }
    result
}

/// Calls `run` with the start, length and stride of arithmetic progressions that together are the positions
/// along `axes`, in order.
pub(super) fn for_each_run(offset: usize, axes: &[(usize, usize)], run: &mut dyn FnMut(usize, usize, usize)) {
    if axes.iter().any(|&(length, _)| length == 0) {
        return;
    }
    // Axes of length 1 do not matter, and neighbours that run on from one another are one axis.
    let mut merged: Vec<(usize, usize)> = Vec::with_capacity(axes.len());
    for &(length, stride) in axes.iter().filter(|&&(length, _)| length != 1) {
        match merged.last_mut() {
            Some(last) if last.1 == length * stride => *last = (last.0 * length, stride),
            _ => merged.push((length, stride)),
        }
    }
    let Some((length, stride)) = merged.pop() else {
        return run(offset, 1, 1);
    };
    let mut index = vec![0usize; merged.len()];
    let mut start = offset;
    loop {
        run(start, length, stride);
        // The next combination of the outer axes, like an odometer.
        let mut axis = merged.len();
        loop {
            if axis == 0 {
                return;
            }
            axis -= 1;
            index[axis] += 1;
            start += merged[axis].1;
            if index[axis] < merged[axis].0 {
                break;
            }
            start -= merged[axis].1 * merged[axis].0;
            index[axis] = 0;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Sides that are no multiples of a tile, and with an offset; a long number is not moved in tiles.
    #[test]
    fn transposes() {
        for (rows, columns, gap) in [(16, 16, 0), (17, 33, 3), (40, 16, 1), (5, 50, 0)] {
            let stride = rows + gap;
            let data: Vec<u32> = (0..2 + columns * stride).map(|x| x as u32).collect();
            let expected: Vec<u32> =
                (0..rows).flat_map(|i| (0..columns).map(move |j| (2 + i + j * stride) as u32)).collect();
            let axes = [(rows, 1), (columns, stride)];
            assert_eq!(pick(&data, 2, &axes), expected);
            let long: Vec<String> = data.iter().map(u32::to_string).collect();
            let texts: Vec<String> = expected.iter().map(u32::to_string).collect();
            assert_eq!(pick(&long, 2, &axes), texts);
        }
    }
}
