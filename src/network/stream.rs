//! Large constants as factors: read, converted and multiplied block by block.
//!
//! A constant is cut into blocks along its outermost axes, in the order in which it is stored, so that each entry is
//! read once and whatever the arithmetic, no more than a few blocks of it exist in memory. Blocks are worked on in
//! parallel; their products are put together in a fixed order, so that results do not depend on the number of
//! threads.

use std::borrow::Cow;
use std::ops::Range;

use rayon::prelude::*;

use super::EvaluateError;
use super::gather::{entries, for_each_run, pick};
use super::view::View;
use crate::arithmetic::Arithmetic;

/// Entries of a block.
const BLOCK: usize = 1 << 16;
/// Entries of a block that is cut along an axis that is summed: its product is as large as the whole result, so that
/// small blocks would spend their time adding.
const SUMMED_BLOCK: usize = 1 << 18;
/// Blocks whose products are added before they go anywhere.
const GROUP: usize = 8;
/// Elements of products that may wait to be put together.
const WAITING: usize = 1 << 22;

/// All elements of a view.
pub(super) fn convert<A: Arithmetic>(arithmetic: &A, view: &View) -> Result<Vec<A::Element>, EvaluateError> {
    let mut elements = Vec::with_capacity(view.len());
    for ranges in blocks(&view.axes, BLOCK) {
        let (offset, axes) = within(view.offset, &view.axes, &ranges, 0..view.axes.len());
        // Blocks of the outermost axes in the order of the view are needed here.
        elements.extend(arithmetic.from_data(&view.constant.pick(offset, &axes)?)?);
    }
    Ok(elements)
}

/// The lengths of the axes of a product, outermost first: `[batch.., m.., k..]` for the left factor, `[batch.., n..,
/// k..]` for the right one, `[batch.., m.., n..]` for the result.
pub(super) struct Sizes {
    pub(super) batch: Vec<usize>,
    pub(super) m: Vec<usize>,
    pub(super) n: Vec<usize>,
}

/// The product of `left`, which has no gaps, and a view with the axes `[batch.., n.., k..]`.
pub(super) fn matmul<A: Arithmetic>(
    arithmetic: &A,
    sizes: &Sizes,
    left: &[A::Element],
    right: &View,
    transposed: bool,
) -> Result<Vec<A::Element>, EvaluateError> {
    let product = Product::new(arithmetic, sizes, left, right, transposed);
    let mut result = vec![arithmetic.zero(); product.size];
    let summed_first = outermost(&right.axes).is_some_and(|axis| axis >= product.batch + product.n);
    let blocks = blocks_of_storage(&right.axes, if summed_first { SUMMED_BLOCK } else { BLOCK });
    let threads = rayon::current_num_threads().max(1);
    let waiting = (WAITING / product.size.max(1)).clamp(threads, 8 * threads);
    for wave in blocks.chunks(GROUP * waiting) {
        let groups: Vec<&[Vec<Range<usize>>]> = wave.chunks(GROUP).collect();
        let made: Vec<Result<Vec<Piece<A::Element>>, EvaluateError>> = if groups.len() == 1 {
            groups.into_iter().map(|group| product.pieces(group)).collect()
        } else {
            groups.into_par_iter().map(|group| product.pieces(group)).collect()
        };
        for pieces in made {
            pieces?.into_iter().for_each(|piece| product.put(&mut result, piece));
        }
        arithmetic.status()?;
    }
    Ok(result)
}

/// What a group of blocks adds to the result: elements for the parts of its axes `[batch.., m.., n..]`.
struct Piece<E> {
    ranges: Vec<Range<usize>>,
    elements: Vec<E>,
}

/// A product that is being computed.
struct Product<'a, A: Arithmetic> {
    arithmetic: &'a A,
    left: &'a [A::Element],
    right: &'a View,
    /// The numbers of axes of each kind.
    batch: usize,
    n: usize,
    /// Lengths and strides of the left factor: batch, all of `m` as one, summed.
    left_axes: Vec<(usize, usize)>,
    m: usize,
    /// Lengths and strides of the result: batch, all of `m` as one, `n`.
    result_axes: Vec<(usize, usize)>,
    size: usize,
}

impl<'a, A: Arithmetic> Product<'a, A> {
    fn new(
        arithmetic: &'a A,
        sizes: &Sizes,
        left: &'a [A::Element],
        right: &'a View,
        transposed: bool,
    ) -> Product<'a, A> {
        let (batch, n) = (sizes.batch.len(), sizes.n.len());
        let m = entries(sizes.m.iter().copied());
        let summed: Vec<usize> = right.axes[batch + n..].iter().map(|&(length, _)| length).collect();
        let left_axes = dense(&[&sizes.batch[..], &[m], &summed].concat());
        let result_axes = if transposed {
            // The result is `[batch.., n.., m..]`.
            let mut axes = dense(&[&sizes.batch[..], &sizes.n, &[m]].concat());
            let of_m = axes.pop().unwrap_or((m, 1));
            axes.insert(batch, of_m);
            axes
        } else {
            dense(&[&sizes.batch[..], &[m], &sizes.n].concat())
        };
        let size = entries(result_axes.iter().map(|&(length, _)| length));
        Product { arithmetic, left, right, batch, n, left_axes, m, result_axes, size }
    }

    /// The products of some blocks, neighbours for the same part of the result added.
    fn pieces(&self, blocks: &[Vec<Range<usize>>]) -> Result<Vec<Piece<A::Element>>, EvaluateError> {
        let mut pieces: Vec<Piece<A::Element>> = Vec::with_capacity(blocks.len());
        for block in blocks {
            let piece = self.piece(block)?;
            match pieces.last_mut() {
                Some(last) if last.ranges == piece.ranges => {
                    self.arithmetic.add_entrywise(&mut last.elements, &piece.elements);
                }
                _ => pieces.push(piece),
            }
        }
        Ok(pieces)
    }

    /// The product of one block: a range of every axis of the view.
    fn piece(&self, block: &[Range<usize>]) -> Result<Piece<A::Element>, EvaluateError> {
        let (offset, axes) = within(self.right.offset, &self.right.axes, block, 0..block.len());
        let data = self.right.constant.pick(offset, &axes)?;
        let (batch, own, summed) =
            (0..self.batch, self.batch..self.batch + self.n, self.batch + self.n..block.len());
        let count = |range: Range<usize>| entries(block[range].iter().map(|range| range.len()));
        let mut of_left: Vec<Range<usize>> = block[batch.clone()].to_vec();
        of_left.push(0..self.m);
        of_left.extend_from_slice(&block[summed.clone()]);
        let whole = of_left.iter().zip(&self.left_axes).all(|(range, &(length, _))| range.len() == length);
        let left: Cow<'_, [A::Element]> = if whole {
            Cow::Borrowed(self.left)
        } else {
            let (offset, axes) = within(0, &self.left_axes, &of_left, 0..of_left.len());
            Cow::Owned(pick(self.left, offset, &axes))
        };
        let sizes = (self.m, count(summed), count(own.clone()));
        let elements = self.arithmetic.matmul_data(count(batch.clone()), sizes, &left, &data)?;
        let mut ranges: Vec<Range<usize>> = block[batch].to_vec();
        ranges.push(0..self.m);
        ranges.extend_from_slice(&block[own]);
        Ok(Piece { ranges, elements })
    }

    /// Adds a piece to the result.
    fn put(&self, result: &mut [A::Element], piece: Piece<A::Element>) {
        let (offset, axes) = within(0, &self.result_axes, &piece.ranges, 0..piece.ranges.len());
        let mut done = 0;
        for_each_run(offset, &axes, |start, length, stride| {
            let elements = &piece.elements[done..done + length];
            if stride == 1 {
                self.arithmetic.add_entrywise(&mut result[start..start + length], elements);
            } else {
                for (element, place) in elements.iter().zip(result[start..].iter_mut().step_by(stride)) {
                    *place = self.arithmetic.add(place, element);
                }
            }
            done += length;
        });
    }
}

/// The axes of a tensor without gaps.
fn dense(lengths: &[usize]) -> Vec<(usize, usize)> {
    let mut axes: Vec<(usize, usize)> = lengths.iter().map(|&length| (length, 1)).collect();
    for axis in (1..axes.len()).rev() {
        axes[axis - 1].1 = axes[axis].1 * axes[axis].0;
    }
    axes
}

/// Where a range of every axis begins, and its axes.
fn within(
    offset: usize,
    axes: &[(usize, usize)],
    ranges: &[Range<usize>],
    which: Range<usize>,
) -> (usize, Vec<(usize, usize)>) {
    let first: usize = which.clone().map(|axis| ranges[axis].start * axes[axis].1).sum();
    (offset + first, which.map(|axis| (ranges[axis].len(), axes[axis].1)).collect())
}

/// The axis of the largest stride, of those that have more than one entry.
fn outermost(axes: &[(usize, usize)]) -> Option<usize> {
    (0..axes.len())
        .filter(|&axis| axes[axis].0 > 1)
        .max_by_key(|&axis| (axes[axis].1, std::cmp::Reverse(axis)))
}

/// Blocks of at most so many entries that together are everything, cut along the axes of large strides first.
fn blocks_of_storage(axes: &[(usize, usize)], most: usize) -> Vec<Vec<Range<usize>>> {
    let mut order: Vec<usize> = (0..axes.len()).collect();
    order.sort_by_key(|&axis| std::cmp::Reverse(axes[axis].1));
    let in_order: Vec<(usize, usize)> = order.iter().map(|&axis| axes[axis]).collect();
    let mut found = blocks(&in_order, most);
    for block in &mut found {
        let mut ranges = vec![0..0; axes.len()];
        for (range, &axis) in block.drain(..).zip(&order) {
            ranges[axis] = range;
        }
        *block = ranges;
    }
    found
}

/// The same, cut along the first axes first; none when there are no entries.
fn blocks(axes: &[(usize, usize)], most: usize) -> Vec<Vec<Range<usize>>> {
    if axes.iter().any(|&(length, _)| length == 0) {
        return Vec::new();
    }
    // The first axis such that everything along the axes after it is a block or less.
    let mut inner = 1;
    let mut cut = axes.len();
    while cut > 0 && inner * axes[cut - 1].0 <= most {
        cut -= 1;
        inner *= axes[cut].0;
    }
    let rest: Vec<Range<usize>> = axes[cut..].iter().map(|&(length, _)| 0..length).collect();
    let Some(cut) = cut.checked_sub(1) else { return vec![rest] };
    let step = (most / inner).max(1);
    let mut found = Vec::new();
    let outer: Vec<(usize, usize)> =
        dense(&axes[..cut].iter().map(|&(length, _)| length).collect::<Vec<_>>());
    for position in 0..entries(outer.iter().map(|&(length, _)| length)) {
        let prefix: Vec<Range<usize>> = outer
            .iter()
            .map(|&(length, stride)| {
                let index = position / stride % length;
                index..index + 1
            })
            .collect();
        let mut start = 0;
        while start < axes[cut].0 {
            let end = axes[cut].0.min(start + step);
            let mut block = prefix.clone();
            block.push(start..end);
            block.extend_from_slice(&rest);
            found.push(block);
            start = end;
        }
    }
    found
}
