//! The matrices of [`heads`](crate::network::heads) over any arithmetic.

use std::any::Any;
use std::borrow::Cow;
use std::cell::RefCell;
use std::rc::Rc;

use crate::arithmetic::{Arithmetic, Product, transposed};
use crate::budget::Stop;
use crate::network::heads::machine::{Block, Factor, Machine, Place};

/// The entries of a block.
pub(super) struct Entries<E> {
    /// One matrix for each, or one for all.
    heads: usize,
    rows: usize,
    columns: usize,
    /// Head by head, row-major.
    pub(super) data: Vec<E>,
}

/// The operands of a node, and its result.
pub(super) struct Blocks<'b, A: Arithmetic> {
    arithmetic: &'b A,
    stop: &'b Stop,
    operands: &'b [Cow<'b, [A::Element]>],
    result: RefCell<Vec<A::Element>>,
}

impl<'b, A: Arithmetic> Blocks<'b, A> {
    /// The result has so many entries, which are zero at first.
    pub(super) fn new(
        arithmetic: &'b A,
        stop: &'b Stop,
        operands: &'b [Cow<'b, [A::Element]>],
        size: usize,
    ) -> Blocks<'b, A> {
        Blocks { arithmetic, stop, operands, result: RefCell::new(vec![arithmetic.zero(); size]) }
    }

    pub(super) fn into_result(self) -> Vec<A::Element> {
        self.result.into_inner()
    }

    fn block(&self, entries: Entries<A::Element>) -> Block {
        let (rows, columns) = (entries.rows, entries.columns);
        Block { rows, columns, entries: Some(Rc::new(entries)) }
    }

    /// The matrix of a head in row-major order.
    fn matrix<'e>(&self, (block, flipped): Factor<'e>, head: usize) -> Cow<'e, [A::Element]> {
        let Some(entries) = entries(block) else { return Cow::Borrowed(&[]) };
        let matrix = entries.matrix(head);
        if flipped {
            Cow::Owned(transposed(matrix, entries.rows, entries.columns))
        } else {
            Cow::Borrowed(matrix)
        }
    }
}

/// The entries of a block of this arithmetic.
pub(super) fn entries<E: 'static>(block: &Block) -> Option<&Entries<E>> {
    let any: &dyn Any = block.entries.as_deref()?;
    any.downcast_ref()
}

impl<E> Entries<E> {
    fn matrix(&self, head: usize) -> &[E] {
        let size = self.rows * self.columns;
        let start = if self.heads == 1 { 0 } else { head * size };
        self.data.get(start..start + size).unwrap_or(&[])
    }
}

/// How many heads the result of an operation has.
fn heads<'e, E: 'static>(blocks: impl Iterator<Item = &'e Block>) -> usize {
    blocks.filter_map(entries::<E>).map(|entries| entries.heads).max().unwrap_or(1)
}

impl<A: Arithmetic> Machine for Blocks<'_, A> {
    fn read(&self, place: &Place<'_>) -> Block {
        let operand = &self.operands[place.operand];
        if self.arithmetic.bounds_by_sums() {
            // One number that bounds the sum of all.
            let mut sum = self.arithmetic.zero();
            for &start in place.starts {
                for &row in place.rows {
                    for &column in place.columns {
                        sum = self.arithmetic.add(&sum, &operand[start + row + column]);
                    }
                }
            }
            return self.block(Entries { heads: 1, rows: 1, columns: 1, data: vec![sum] });
        }
        let (rows, columns) = (place.rows.len(), place.columns.len());
        let mut data = Vec::with_capacity(place.starts.len() * rows * columns);
        // Most often the entries of a row are neighbours.
        let neighbours = place.columns.iter().enumerate().all(|(i, &column)| column == place.columns[0] + i);
        for &start in place.starts {
            for &row in place.rows {
                if neighbours && columns > 0 {
                    let first = start + row + place.columns[0];
                    data.extend_from_slice(&operand[first..first + columns]);
                } else {
                    data.extend(place.columns.iter().map(|&column| operand[start + row + column].clone()));
                }
            }
        }
        self.block(Entries { heads: place.starts.len(), rows, columns, data })
    }

    fn sum(
        &self,
        shape: (usize, usize),
        products: &[(Factor<'_>, Factor<'_>)],
        scaled: &[(Option<&Block>, Factor<'_>)],
    ) -> Block {
        let (rows, columns) = if self.arithmetic.bounds_by_sums() { (1, 1) } else { shape };
        let size = rows * columns;
        let factors = products.iter().flat_map(|(left, right)| [left.0, right.0]);
        let terms = scaled.iter().flat_map(|(by, block)| by.iter().copied().chain([block.0]));
        let heads = heads::<A::Element>(factors.chain(terms));
        let mut data = vec![self.arithmetic.zero(); heads * size];
        let mut list: Vec<Product<'_, A::Element>> = Vec::with_capacity(products.len());
        for (head, total) in data.chunks_mut(size.max(1)).enumerate() {
            list.clear();
            for &((left, left_flipped), (right, right_flipped)) in products {
                let (Some(a), Some(b)) = (entries::<A::Element>(left), entries::<A::Element>(right)) else {
                    continue;
                };
                list.push(Product {
                    inner: if left_flipped { a.rows } else { a.columns },
                    left: a.matrix(head),
                    left_flipped,
                    right: b.matrix(head),
                    right_flipped,
                });
            }
            self.arithmetic.add_products(total, (rows, columns), &list);
            for &(by, block) in scaled {
                let matrix = self.matrix(block, head);
                match by.and_then(entries::<A::Element>).and_then(|by| by.matrix(head).first()) {
                    Some(by) => self.arithmetic.add_scaled(total, by, &matrix),
                    None => self.arithmetic.add_entrywise(total, &matrix),
                }
            }
        }
        self.block(Entries { heads, rows, columns, data })
    }

    fn dot(&self, pairs: &[(&Block, Factor<'_>)]) -> Block {
        let heads = heads::<A::Element>(pairs.iter().flat_map(|(left, right)| [*left, right.0]));
        let mut data = Vec::with_capacity(heads);
        for head in 0..heads {
            let mut sum = self.arithmetic.zero();
            for &(left, right) in pairs {
                let (left, right) = (self.matrix((left, false), head), self.matrix(right, head));
                let product = self.arithmetic.matmul((1, left.len(), 1), &left, &right);
                if let Some(product) = product.first() {
                    sum = self.arithmetic.add(&sum, product);
                }
            }
            data.push(sum);
        }
        self.block(Entries { heads, rows: 1, columns: 1, data })
    }

    fn trace(&self, block: &Block) -> Block {
        let Some(of) = entries::<A::Element>(block) else { return block.clone() };
        let mut data = Vec::with_capacity(of.heads);
        for head in 0..of.heads {
            let diagonal: Vec<A::Element> =
                of.matrix(head).iter().step_by(of.columns + 1).take(of.rows).cloned().collect();
            data.extend(self.arithmetic.sum_rows(1, diagonal.len(), &diagonal));
        }
        self.block(Entries { heads: of.heads, rows: 1, columns: 1, data })
    }

    fn write(&self, block: &Block, place: &Place<'_>) {
        let Some(of) = entries::<A::Element>(block) else { return };
        let mut result = self.result.borrow_mut();
        for (head, &start) in place.starts.iter().enumerate() {
            let matrix = of.matrix(head);
            for (i, &row) in place.rows.iter().enumerate() {
                for (j, &column) in place.columns.iter().enumerate() {
                    let entry = if of.data.len() == 1 { 0 } else { i * of.columns + j };
                    if let Some(value) = matrix.get(entry) {
                        result[start + row + column] = value.clone();
                    }
                }
            }
        }
    }

    fn is_stopped(&self) -> bool {
        self.stop.is_set() || self.arithmetic.status().is_err()
    }
}
