//! Parts of a constant in some order, which are read only when they are used.

use std::sync::Arc;

use super::Constant;
use super::strided::{entries, row_major};

/// The entries of a constant at all combinations of positions along `axes` (each a length and a stride), in
/// that order: a tensor of its own, numbered row by row.
#[derive(Clone, Debug)]
pub(super) struct View {
    pub(super) constant: Arc<Constant>,
    pub(super) offset: usize,
    pub(super) axes: Vec<(usize, usize)>,
}

impl View {
    /// All of a constant, in its order.
    pub(super) fn whole(constant: &Arc<Constant>) -> View {
        View { constant: constant.clone(), offset: 0, axes: vec![(constant.shape().size(), 1)] }
    }

    /// The number of entries.
    pub(super) fn len(&self) -> usize {
        entries(self.axes.iter().map(|&(length, _)| length))
    }

    /// The part of this tensor at all combinations of positions along `axes`, in that order; `None` when it
    /// cannot be described so (positions run over the end of an axis and on along the next).
    pub(super) fn part(&self, offset: usize, axes: &[(usize, usize)]) -> Option<View> {
        if entries(axes.iter().map(|&(length, _)| length)) == 0 {
            return None;
        }
        let own: Vec<(usize, usize)> = self.axes.iter().copied().filter(|&(length, _)| length != 1).collect();
        let lengths: Vec<usize> = own.iter().map(|&(length, _)| length).collect();
        // How far apart neighbours along each axis are in the numbering of this tensor.
        let steps = row_major(&lengths);
        let index = |position: usize| -> Option<Vec<usize>> {
            let mut rest = position;
            let digits: Vec<usize> = steps
                .iter()
                .map(|&step| {
                    let digit = rest / step;
                    rest %= step;
                    digit
                })
                .collect();
            (rest == 0 && digits.iter().zip(&lengths).all(|(digit, length)| digit < length)).then_some(digits)
        };
        // A length that runs over the end of an axis is split where the axis ends.
        let mut split: Vec<(usize, usize)> = Vec::new();
        for &(length, stride) in axes {
            let mut pending = vec![(length, stride)];
            while let Some((length, stride)) = pending.pop() {
                if length == 1 {
                    split.push((1, 0));
                    continue;
                }
                let axis = (0..own.len()).find(|&axis| stride != 0 && stride % steps[axis] == 0);
                let over = axis.filter(|&axis| (length - 1) * (stride / steps[axis]) >= lengths[axis]);
                match over {
                    None => split.push((length, stride)),
                    Some(axis) => {
                        let inner = lengths[axis] / (stride / steps[axis]).max(1);
                        let even = inner > 1 && inner < length && length % inner == 0;
                        if !even || inner * (stride / steps[axis]) != lengths[axis] {
                            return None;
                        }
                        pending.push((inner, stride));
                        pending.push((length / inner, stride * inner));
                    }
                }
            }
        }
        // Positions add up index by index as long as no index ever reaches the end of its axis.
        let first = index(offset)?;
        let mut last = first.clone();
        let place = |digits: &[usize]| -> usize {
            digits.iter().zip(&own).map(|(digit, &(_, stride))| digit * stride).sum()
        };
        let mut found = Vec::with_capacity(split.len());
        for (length, stride) in split {
            let digits = if length == 1 { vec![0; own.len()] } else { index(stride)? };
            for (last, digit) in last.iter_mut().zip(&digits) {
                *last = last.checked_add((length - 1).checked_mul(*digit)?)?;
            }
            found.push((length, place(&digits)));
        }
        if last.iter().zip(&lengths).any(|(last, length)| last >= length) {
            return None;
        }
        Some(View { constant: self.constant.clone(), offset: self.offset + place(&first), axes: found })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::network::strided::pick;
    use crate::network::{Data, Shape};

    fn numbers(count: usize) -> Arc<Constant> {
        let data = Data::Integer((0..count as i64).collect());
        Arc::new(Constant::new(Shape::new([count]).unwrap(), data).unwrap())
    }

    fn values(view: &View) -> Vec<i64> {
        match view.constant.pick(view.offset, &view.axes).unwrap() {
            Data::Integer(values) => values,
            other => panic!("{other:?}"),
        }
    }

    /// Rows 1 and 2 of a 4 x 6 matrix, columns 2 to 5 (12 entries): then its transpose, its second column,
    /// and its rows cut in halves.
    #[test]
    fn parts_of_parts() {
        let whole = View::whole(&numbers(24));
        let part = whole.part(8, &[(2, 6), (4, 1)]).unwrap();
        assert_eq!(values(&part), [8, 9, 10, 11, 14, 15, 16, 17]);
        let transposed = part.part(0, &[(4, 1), (2, 4)]).unwrap();
        assert_eq!(values(&transposed), [8, 14, 9, 15, 10, 16, 11, 17]);
        let column = part.part(1, &[(2, 4)]).unwrap();
        assert_eq!(values(&column), [9, 15]);
        // All eight in a row run over the end of a row of four: two axes.
        let flat = part.part(0, &[(8, 1)]).unwrap();
        assert_eq!(flat.axes, [(2, 6), (4, 1)]);
        let halves = part.part(0, &[(2, 2), (2, 4), (2, 1)]).unwrap();
        assert_eq!(values(&halves), [8, 9, 14, 15, 10, 11, 16, 17]);
        // Six in a row end in the middle of one.
        assert!(part.part(1, &[(6, 1)]).is_none());
    }

    /// Whatever is asked for, a part is right or refused: all parts with two axes of a part with two axes.
    #[test]
    fn parts_are_right_or_refused() {
        let whole = View::whole(&numbers(60));
        let view = whole.part(3, &[(4, 12), (3, 2)]).unwrap();
        let dense = values(&view);
        let mut described = 0;
        for offset in 0..12 {
            for (outer, inner) in (0..36).map(|i| ((i / 6) + 1, i % 6 + 1)) {
                for (long, short) in (0..49).map(|i| (i / 7, i % 7)) {
                    let axes = [(outer, long), (inner, short)];
                    if offset + (outer - 1) * long + (inner - 1) * short >= 12 {
                        continue;
                    }
                    if let Some(part) = view.part(offset, &axes) {
                        assert_eq!(values(&part), pick(&dense, offset, &axes), "{offset} {axes:?}");
                        described += 1;
                    }
                }
            }
        }
        assert!(described > 500, "{described}");
    }
}
