//! Picking the entries of a tensor in another order: transposes, diagonals, slices, repeated axes and sums.

use std::borrow::Cow;

use super::view::View;
use crate::arithmetic::Arithmetic;

/// The length of an axis.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Length {
    /// Known when the network is lowered.
    Fixed(usize),
    /// The number of points of an evaluation.
    Points,
}

impl Length {
    pub(super) fn at(self, points: usize) -> usize {
        match self {
            Length::Fixed(length) => length,
            Length::Points => points,
        }
    }

    pub(super) fn for_one_point(self) -> f64 {
        self.at(1) as f64
    }
}

/// An axis of the result of a [`Gather`]: along it, the position in the operand advances by `stride`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Axis {
    pub(super) length: Length,
    pub(super) stride: usize,
}

/// Which entries of a flat operand make up the result: `result[i..] = sum over j of
/// operand[offset + i . strides + j . strides]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Gather {
    kept: Vec<Axis>,
    summed: Vec<Axis>,
    offset: usize,
    identity: bool,
}

impl Gather {
    /// A gather from an operand of `size` entries per point.
    pub(super) fn new(kept: Vec<Axis>, summed: Vec<Axis>, offset: usize, size: usize) -> Gather {
        let mut stride = 1usize;
        let mut identity = summed.is_empty() && offset == 0;
        for axis in kept.iter().rev() {
            identity &= axis.stride == stride || axis.length == Length::Fixed(1);
            if let Length::Fixed(length) = axis.length {
                stride = stride.saturating_mul(length);
            }
        }
        identity &= stride == size;
        // The points are outermost in every operand, so elsewhere they would be out of order.
        identity &= kept.iter().skip(1).all(|axis| axis.length != Length::Points);
        Gather { kept, summed, offset, identity }
    }

    /// Whether the result is the operand itself.
    pub(super) fn is_identity(&self) -> bool {
        self.identity
    }

    /// The number of entries of the result for one point, each counted once before sums.
    pub(super) fn entries(&self) -> f64 {
        self.kept.iter().chain(&self.summed).map(|axis| axis.length.for_one_point()).product()
    }

    /// How many entries are summed for each of the result, if any are summed.
    pub(super) fn sums(&self) -> Option<usize> {
        (!self.summed.is_empty()).then(|| entries(self.summed.iter().map(|axis| axis.length.at(1))))
    }

    /// The result for a constant operand that is described and not read, with the axes that are summed as its last;
    /// `None` when it cannot be described.
    pub(super) fn of_view(&self, view: &View) -> Option<View> {
        let axis = |axis: &Axis| match axis.length {
            Length::Fixed(length) => Some((length, axis.stride)),
            Length::Points => None,
        };
        view.part(self.offset, &self.kept.iter().chain(&self.summed).map(axis).collect::<Option<Vec<_>>>()?)
    }

    /// The result.
    pub(super) fn apply<'a, A: Arithmetic>(
        &self,
        arithmetic: &A,
        points: usize,
        operand: &'a [A::Element],
    ) -> Cow<'a, [A::Element]> {
        if self.identity {
            return Cow::Borrowed(operand);
        }
        let resolve = |axes: &[Axis]| -> Vec<(usize, usize)> {
            axes.iter().map(|axis| (axis.length.at(points), axis.stride)).collect()
        };
        let (mut axes, summed) = (resolve(&self.kept), resolve(&self.summed));
        if summed.is_empty() {
            return Cow::Owned(pick(operand, self.offset, &axes));
        }
        let rows = entries(axes.iter().map(|&(length, _)| length));
        let length = entries(summed.iter().map(|&(length, _)| length));
        axes.extend(summed);
        let picked = pick(operand, self.offset, &axes);
        Cow::Owned(arithmetic.sum_rows(rows, length, &picked))
    }
}

/// The number of entries of a tensor with axes of these lengths. With an axis of length zero there are none, and the
/// product of the others may be anything.
pub(super) fn entries(lengths: impl Iterator<Item = usize> + Clone) -> usize {
    if lengths.clone().any(|length| length == 0) { 0 } else { lengths.product() }
}

/// The entries at all combinations of positions along `axes`, each a length and a stride.
pub(super) fn pick<E: Clone>(data: &[E], offset: usize, axes: &[(usize, usize)]) -> Vec<E> {
    let mut result = Vec::with_capacity(entries(axes.iter().map(|&(length, _)| length)));
    for_each_run(offset, axes, |start, length, stride| match stride {
        0 => result.extend(std::iter::repeat_n(&data[start], length).cloned()),
        1 => result.extend_from_slice(&data[start..start + length]),
        _ => result.extend(data[start..].iter().step_by(stride).take(length).cloned()),
    });
    result
}

/// Calls `run` with the start, length and stride of arithmetic progressions that together are the positions along
/// `axes`, in order.
pub(super) fn for_each_run(offset: usize, axes: &[(usize, usize)], mut run: impl FnMut(usize, usize, usize)) {
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
