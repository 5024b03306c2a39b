//! Picking the entries of a tensor in another order: transposes, diagonals, slices, repeated axes and sums.

use std::borrow::Cow;

use super::strided::{entries, pick};
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
