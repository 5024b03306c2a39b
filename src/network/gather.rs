//! Picking the entries of a tensor in another order: transposes, diagonals, slices, repeated axes and sums.

use super::strided::{entries, entries_along};
use super::view::View;

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

/// Which entries of a flat operand make up the result:
/// `result[i..] = sum over j of operand[offset + i . strides + j . strides]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Gather {
    kept: Vec<Axis>,
    summed: Vec<Axis>,
    offset: usize,
    /// Whether the result is the operand itself.
    pub(super) identity: bool,
}

/// The entries of a flat operand that make up a result, once the number of points is known.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Pick {
    pub(super) offset: usize,
    /// Lengths and strides of all axes, those that are summed last.
    pub(super) axes: Vec<(usize, usize)>,
    /// The number of sums and the number of terms of each, if any are summed.
    pub(super) sums: Option<(usize, usize)>,
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

    /// The number of entries of the result for one point, each counted once before sums.
    pub(super) fn entries(&self) -> f64 {
        self.kept.iter().chain(&self.summed).map(|axis| axis.length.for_one_point()).product()
    }

    /// How many entries are summed for each of the result, if any are summed.
    pub(super) fn sums(&self) -> Option<usize> {
        (!self.summed.is_empty()).then(|| entries(self.summed.iter().map(|axis| axis.length.at(1))))
    }

    /// The result for a constant operand that is described and not read, with the axes that are summed as its
    /// last; `None` when it cannot be described.
    pub(super) fn of_view(&self, view: &View) -> Option<View> {
        let axis = |axis: &Axis| match axis.length {
            Length::Fixed(length) => Some((length, axis.stride)),
            Length::Points => None,
        };
        view.part(self.offset, &self.kept.iter().chain(&self.summed).map(axis).collect::<Option<Vec<_>>>()?)
    }

    /// What is picked when an evaluation has so many points; `None` when the result is the operand itself.
    pub(super) fn at(&self, points: usize) -> Option<Pick> {
        if self.identity {
            return None;
        }
        let resolve = |axis: &Axis| (axis.length.at(points), axis.stride);
        let mut axes: Vec<(usize, usize)> = self.kept.iter().map(resolve).collect();
        let summed: Vec<(usize, usize)> = self.summed.iter().map(resolve).collect();
        let sums = (!summed.is_empty()).then(|| [&axes, &summed].map(|axes| entries_along(axes)).into());
        axes.extend(summed);
        Some(Pick { offset: self.offset, axes, sums })
    }
}
