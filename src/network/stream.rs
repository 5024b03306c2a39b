//! Large constants as factors: read, converted and multiplied block by block.
//!
//! A constant is cut into blocks along its outermost axes, in the order in which it is stored, so that each
//! entry is read once and whatever the arithmetic, no more than a few blocks of it exist in memory. Blocks
//! are worked on in parallel; their products are put together in a fixed order, so that results do not depend
//! on the number of threads.

use std::borrow::Cow;
use std::ops::Range;

use super::strided::{entries, entries_along, for_each_run, pick, row_major};
use super::view::View;
use super::{Data, EvaluateError, bands};
use crate::arithmetic::Arithmetic;
use crate::budget::Stop;
use crate::parallel;

/// Entries of a block.
const BLOCK: usize = 1 << 16;
/// Entries of a block that is cut along an axis that is summed: its product is as large as the whole result,
/// so that small blocks would spend their time adding.
const SUMMED_BLOCK: usize = 1 << 18;
/// Blocks whose products are added before they go anywhere.
const GROUP: usize = 8;
/// Elements of products that may wait to be put together.
const WAITING: usize = 1 << 22;

/// Calls `use_block` with the entries of a view block by block, in order.
pub(super) fn for_each_block(
    view: &View,
    use_block: &mut dyn FnMut(&Data) -> Result<(), EvaluateError>,
) -> Result<(), EvaluateError> {
    for ranges in blocks(&view.axes, BLOCK) {
        let (offset, axes) = within(view.offset, &view.axes, &ranges);
        use_block(&view.constant.pick(offset, &axes)?)?;
    }
    Ok(())
}

/// A product of `left`, which is `[batch, m, k]` without gaps, and a view: `[batch, m, n]`, or
/// `[batch, n, m]` when it is transposed. The axes of the view multiply to `[batch, n, k]`; each of these may
/// be any number of axes.
pub(super) struct Product {
    right: View,
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

/// A range of every axis of the view.
type Block = Vec<Range<usize>>;

/// What a block contributes to a product, and the entries of it.
struct Factor {
    data: Data,
    batch: usize,
    sizes: (usize, usize, usize),
    /// Where the part of the left factor begins, and its axes; `None` for all of it.
    left: Option<(usize, Vec<(usize, usize)>)>,
    /// The part of the result's axes `[batch.., m.., n..]`.
    ranges: Block,
}

impl Product {
    /// How many products an entry of the result is a sum of.
    pub(super) fn terms(&self) -> usize {
        self.left_axes.iter().skip(self.batch + 1).map(|axis| axis.0).product()
    }

    /// The large factor.
    pub(super) fn constant(&self) -> &View {
        &self.right
    }

    /// The product of `batch` pairs of matrices, whose result has `m` rows and `n` columns.
    pub(super) fn new(right: View, [batch, m, n]: [usize; 3], transposed: bool) -> Product {
        let lengths: Vec<usize> = right.axes.iter().map(|&(length, _)| length).collect();
        // Axes of length 1 may be counted as of any kind.
        let take = |from: usize, size: usize| {
            let (mut end, mut product) = (from, 1);
            while end < lengths.len() && product < size {
                product *= lengths[end];
                end += 1;
            }
            end - from
        };
        let batch = take(0, batch);
        let n = take(batch, n);
        let (of_batch, of_n, summed) = (&lengths[..batch], &lengths[batch..batch + n], &lengths[batch + n..]);
        let left_axes = dense(&[of_batch, &[m], summed].concat());
        let result_axes = if transposed {
            let mut axes = dense(&[of_batch, of_n, &[m]].concat());
            let of_m = axes.pop().unwrap_or((m, 1));
            axes.insert(batch, of_m);
            axes
        } else {
            dense(&[of_batch, &[m], of_n].concat())
        };
        let size = entries_along(&result_axes);
        Product { right, batch, n, left_axes, m, result_axes, size }
    }

    /// Blocks in the order in which they are stored.
    fn blocks(&self) -> Vec<Block> {
        let summed_first = outermost(&self.right.axes).is_some_and(|axis| axis >= self.batch + self.n);
        blocks_of_storage(&self.right.axes, if summed_first { SUMMED_BLOCK } else { BLOCK })
    }

    fn factor(&self, block: &[Range<usize>]) -> Result<Factor, EvaluateError> {
        let (offset, axes) = within(self.right.offset, &self.right.axes, block);
        let data = self.right.constant.pick(offset, &axes)?;
        let (batch, rest) = block.split_at(self.batch);
        let (own, summed) = rest.split_at(self.n);
        let count = |ranges: &[Range<usize>]| entries(ranges.iter().map(|range| range.len()));
        let all_rows = 0..self.m;
        let rows = std::slice::from_ref(&all_rows);
        let of_left = [batch, rows, summed].concat();
        let whole = of_left.iter().zip(&self.left_axes).all(|(range, &(length, _))| range.len() == length);
        Ok(Factor {
            data,
            batch: count(batch),
            sizes: (self.m, count(summed), count(own)),
            left: (!whole).then(|| within(0, &self.left_axes, &of_left)),
            ranges: [batch, rows, own].concat(),
        })
    }
}

/// The entries of a product.
pub(super) fn matmul<A: Arithmetic>(
    stop: &Stop,
    arithmetic: &A,
    left: &[A::Element],
    product: &Product,
) -> Result<Vec<A::Element>, EvaluateError> {
    let mut result = vec![arithmetic.zero(); product.size];
    let blocks = product.blocks();
    let threads = rayon::current_num_threads().max(1);
    let waiting = (WAITING / product.size.max(1)).clamp(threads, 8 * threads);
    for wave in blocks.chunks(GROUP * waiting) {
        let groups = wave.len().div_ceil(GROUP);
        let group = |index: usize| {
            let blocks = &wave[index * GROUP..wave.len().min((index + 1) * GROUP)];
            pieces(stop, arithmetic, left, product, blocks)
        };
        let made = if groups == 1 { vec![group(0)?] } else { parallel::try_map(groups, group)? };
        for pieces in made {
            for piece in pieces {
                put(arithmetic, product, &mut result, piece);
            }
        }
        bands::check(stop, arithmetic)?;
    }
    Ok(result)
}

/// What a group of blocks adds to the result: elements for the parts of its axes `[batch.., m.., n..]`.
struct Piece<E> {
    ranges: Block,
    elements: Vec<E>,
}

/// The products of some blocks, neighbours for the same part of the result added.
fn pieces<A: Arithmetic>(
    stop: &Stop,
    arithmetic: &A,
    left: &[A::Element],
    product: &Product,
    blocks: &[Block],
) -> Result<Vec<Piece<A::Element>>, EvaluateError> {
    let mut pieces: Vec<Piece<A::Element>> = Vec::with_capacity(blocks.len());
    for block in blocks {
        let Factor { data, batch, sizes, left: part, ranges } = product.factor(block)?;
        let left = match part {
            None => Cow::Borrowed(left),
            Some((offset, axes)) => Cow::Owned(pick(left, offset, &axes)),
        };
        bands::check(stop, arithmetic)?;
        let elements = if stop.is_never() || bands::multiplications(batch, sizes) <= arithmetic.unasked() {
            arithmetic.matmul_data(batch, sizes, &left, &data)?
        } else {
            bands::matmul(stop, arithmetic, batch, sizes, &left, &arithmetic.from_data(&data)?)?
        };
        match pieces.last_mut() {
            Some(last) if last.ranges == ranges => {
                arithmetic.add_entrywise(&mut last.elements, &elements);
            }
            _ => pieces.push(Piece { ranges, elements }),
        }
    }
    Ok(pieces)
}

/// Adds a piece to the result.
fn put<A: Arithmetic>(
    arithmetic: &A,
    product: &Product,
    result: &mut [A::Element],
    piece: Piece<A::Element>,
) {
    let (offset, axes) = within(0, &product.result_axes, &piece.ranges);
    let mut rest = piece.elements.as_slice();
    for_each_run(offset, &axes, &mut |start, length, stride| {
        let (elements, after) = rest.split_at(length);
        rest = after;
        if stride == 1 {
            arithmetic.add_entrywise(&mut result[start..start + length], elements);
        } else {
            for (element, place) in elements.iter().zip(result[start..].iter_mut().step_by(stride)) {
                *place = arithmetic.add(place, element);
            }
        }
    });
}

/// The axes of a tensor without gaps.
fn dense(lengths: &[usize]) -> Vec<(usize, usize)> {
    lengths.iter().copied().zip(row_major(lengths)).collect()
}

/// Where a range of every axis begins, and its axes.
fn within(offset: usize, axes: &[(usize, usize)], ranges: &[Range<usize>]) -> (usize, Vec<(usize, usize)>) {
    let parts = axes.iter().zip(ranges);
    let first: usize = parts.clone().map(|(&(_, stride), range)| range.start * stride).sum();
    (offset + first, parts.map(|(&(_, stride), range)| (range.len(), stride)).collect())
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

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::arithmetic::{DegreeRange, Degrees, PrimeField, Residue};
    use crate::network::{
        Builder, Constant, Data, Einsum, Input, Label, Network, NodeId, Shape, Tensor, cost, evaluate,
    };

    fn shape(axes: &[usize]) -> Shape {
        Shape::new(axes).unwrap()
    }

    /// Integers that look random, entry by entry.
    fn entry(seed: u64, position: usize) -> i64 {
        let mixed = (position as u64 ^ seed.wrapping_mul(0x9e37_79b9)).wrapping_mul(0xd6e8_feb8_6659_fd93);
        ((mixed ^ (mixed >> 32)).wrapping_mul(0xd6e8_feb8_6659_fd93) >> 56) as i64 - 128
    }

    fn constant(seed: u64, axes: &[usize]) -> Arc<Constant> {
        let shape = shape(axes);
        let data = Data::F32((0..shape.size()).map(|i| entry(seed, i) as f32).collect());
        Arc::new(Constant::new(shape, data).unwrap())
    }

    /// Blocks are everything once, and no larger than they may be.
    #[test]
    fn blocks_cover_everything_once() {
        for lengths in [vec![], vec![1], vec![7], vec![3, 5], vec![2, 1, 4, 3], vec![10, 10]] {
            let axes = dense(&lengths);
            for most in [1, 2, 3, 7, 12, 1000] {
                let mut seen = vec![0; entries(lengths.iter().copied())];
                for block in blocks_of_storage(&axes, most) {
                    let (offset, axes) = within(0, &axes, &block);
                    let all: Vec<usize> = (0..seen.len()).collect();
                    let positions = pick(&all, offset, &axes);
                    assert!(positions.len() <= most);
                    positions.into_iter().for_each(|position| seen[position] += 1);
                }
                assert!(seen.iter().all(|&count| count == 1), "{lengths:?} {most}");
            }
        }
        assert!(blocks(&dense(&[3, 0, 2]), 4).is_empty());
    }

    /// Products with a constant of 4,300,800 entries (more than are ever converted as a whole) in many
    /// blocks: as it is, transposed, in parts, by heads, on either side, and times another constant.
    /// `expected` is computed entry by entry from the definition, in integers.
    #[test]
    fn products_with_large_constants() {
        const ROWS: usize = 1024;
        const COLUMNS: usize = 4200;
        let large = |row: usize, column: usize| i128::from(entry(1, row * COLUMNS + column));
        let mut builder = Builder::new();
        let w = builder.constant(constant(1, &[ROWS, COLUMNS]));
        let (x, y) = (builder.input(0, shape(&[COLUMNS])), builder.input(1, shape(&[ROWS])));
        let einsum = |builder: &mut Builder, operands: Vec<NodeId>, labels: &[&[Label]], output: &[Label]| {
            let spec =
                Einsum { operands: labels.iter().map(|l| l.to_vec()).collect(), output: output.to_vec() };
            builder.contract(operands, spec).unwrap()
        };
        let wx = einsum(&mut builder, vec![w, x], &[&[0, 1], &[1]], &[0]);
        let wty = einsum(&mut builder, vec![w, y], &[&[1, 0], &[1]], &[0]);
        let xwt = einsum(&mut builder, vec![x, w], &[&[1], &[0, 1]], &[0]);
        // Rows 100 to 900 and columns 1000 to 3000, as 8 heads of 100 rows, each times its part of y.
        let rows = builder.slice(w, 0, 100, 800).unwrap();
        let part = builder.slice(rows, 1, 1000, 2000).unwrap();
        let heads = builder.reshape(part, shape(&[8, 100, 2000])).unwrap();
        let of_y = builder.slice(y, 0, 0, 800).unwrap();
        let of_y = builder.reshape(of_y, shape(&[8, 100])).unwrap();
        let by_head = einsum(&mut builder, vec![heads, of_y], &[&[0, 1, 2], &[0, 1]], &[2, 0]);
        // A column, and the sum of every row.
        let column = builder.slice(w, 1, 17, 1).unwrap();
        let picked = einsum(&mut builder, vec![column, y], &[&[0, 1], &[0]], &[1]);
        let sums = einsum(&mut builder, vec![w], &[&[0, 1]], &[0]);
        // The same part as rows of 4: half of them begin where a row of it does not, and there are two axes
        // of rows.
        let fours = builder.reshape(part, shape(&[400_000, 4])).unwrap();
        let four_of_y = builder.slice(y, 0, 0, 4).unwrap();
        let fours = einsum(&mut builder, vec![fours, four_of_y], &[&[0, 1], &[1]], &[0]);
        let fours = builder.slice(fours, 0, 123_000, 1000).unwrap();
        let small = builder.constant(constant(2, &[3, COLUMNS]));
        let both = einsum(&mut builder, vec![w, small], &[&[0, 1], &[2, 1]], &[2, 0]);
        let parts = [wx, wty, xwt, by_head, picked, sums, fours, both];
        let flat: Vec<NodeId> = parts
            .iter()
            .map(|&id| {
                let size = builder.shape(id).size();
                builder.reshape(id, shape(&[size])).unwrap()
            })
            .collect();
        let output = builder.concat(flat, 0).unwrap();
        let inputs =
            [("x", COLUMNS), ("y", ROWS)].map(|(name, n)| Input { name: name.into(), shape: shape(&[n]) });
        let network: Network = builder.network(inputs.to_vec(), output);
        // Nowhere is the constant as a whole among what is alive.
        let cost = cost(&network);
        assert!(cost.live_once < 100_000.0, "{cost:?}");
        assert!(cost.streamed > 4.0 * (ROWS * COLUMNS) as f64);

        let (x, y) = (|i: usize| i128::from(entry(3, i)), |i: usize| i128::from(entry(4, i)));
        let mut expected: Vec<i128> = Vec::new();
        let wx: Vec<i128> = (0..ROWS).map(|i| (0..COLUMNS).map(|j| large(i, j) * x(j)).sum()).collect();
        expected.extend(&wx);
        expected.extend((0..COLUMNS).map(|j| (0..ROWS).map(|i| large(i, j) * y(i)).sum::<i128>()));
        expected.extend(&wx);
        for j in 0..2000 {
            for head in 0..8 {
                let term = |i: usize| large(100 + 100 * head + i, 1000 + j) * y(100 * head + i);
                expected.push((0..100).map(term).sum());
            }
        }
        expected.push((0..ROWS).map(|i| large(i, 17) * y(i)).sum());
        expected.extend((0..ROWS).map(|i| (0..COLUMNS).map(|j| large(i, j)).sum::<i128>()));
        for four in 123_000..124_000 {
            let term = |i: usize| large(100 + (4 * four + i) / 2000, 1000 + (4 * four + i) % 2000) * y(i);
            expected.push((0..4).map(term).sum());
        }
        for k in 0..3 {
            let other = |j: usize| i128::from(entry(2, k * COLUMNS + j));
            expected.extend((0..ROWS).map(|i| (0..COLUMNS).map(|j| large(i, j) * other(j)).sum::<i128>()));
        }
        let field = PrimeField::new((1 << 61) - 1).unwrap();
        let tensor = |length: usize, f: &dyn Fn(usize) -> i128| {
            let data: Vec<Residue> = (0..length).map(|i| field.element_signed(f(i) as i64)).collect();
            Tensor::new(shape(&[length]), data).unwrap()
        };
        let values = evaluate(&field, &network, &[tensor(COLUMNS, &x), tensor(ROWS, &y)]).unwrap();
        let expected: Vec<Residue> = expected.iter().map(|&x| field.element_signed(x as i64)).collect();
        assert_eq!(values.data(), expected);
        // A degree is that of the input, also where the factors' degrees differ.
        let degrees = [(COLUMNS, 1), (ROWS, 2)].map(|(length, degree)| {
            Tensor::new(
                shape(&[length]),
                (0..length).map(|i| DegreeRange::exactly(degree * (i as u64 % 2))).collect(),
            )
        });
        let [x, y] = degrees.map(Option::unwrap);
        let degrees = evaluate(&Degrees, &network, &[x, y]).unwrap();
        assert_eq!(degrees.data()[0], DegreeRange::Between { lowest: 0, highest: 1 });
        assert_eq!(degrees.data()[ROWS], DegreeRange::Between { lowest: 0, highest: 2 });
        assert_eq!(degrees.data()[degrees.data().len() - 1], DegreeRange::exactly(0));
    }
}
