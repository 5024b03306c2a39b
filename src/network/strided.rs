//! Walking over the entries of a flat tensor along axes that each have a length and a stride: transposes,
//! diagonals, slices and repetitions are all lists of such axes.

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
    let mut result = Vec::with_capacity(entries_along(axes));
    for_each_run(offset, axes, &mut |start, length, stride| match stride {
        0 => result.resize(result.len() + length, data[start].clone()),
        1 => result.extend_from_slice(&data[start..start + length]),
        _ => result.extend(data[start..].iter().step_by(stride).take(length).cloned()),
    });
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
