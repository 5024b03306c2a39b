//! The matrices of [`heads`](crate::network::heads) in f64, with a bound for the Frobenius norm of the error
//! of each: what `errors` says of matrix products and linear combinations, with Frobenius norms in place of
//! spectral ones. All heads of a block are one tensor.

use std::any::Any;
use std::cell::Cell;
use std::rc::Rc;

use super::blocks::{Blocks, entries};
use super::norms::{ENLARGED, TINY, growth, norm};
use crate::arithmetic::Floats;
use crate::network::heads::machine::{Block, Factor, Machine, Place};

/// A block with what is known of it, for every pair of heads that it has a matrix for.
struct Known {
    values: Block,
    /// Norms and errors.
    sizes: Vec<(f64, f64)>,
}

impl Known {
    /// The norm and the error of the matrix of a pair.
    fn of(&self, pair: usize) -> (f64, f64) {
        let at = if self.sizes.len() == 1 { 0 } else { pair };
        self.sizes.get(at).copied().unwrap_or((f64::INFINITY, f64::INFINITY))
    }
}

/// The machine.
pub(super) struct Tracked<'b> {
    blocks: Blocks<'b, Floats>,
    /// Of every operand.
    errors: &'b [f64],
    /// The sum of the squared errors of what has been written.
    written: Cell<f64>,
}

impl<'b> Tracked<'b> {
    pub(super) fn new(blocks: Blocks<'b, Floats>, errors: &'b [f64]) -> Tracked<'b> {
        Tracked { blocks, errors, written: Cell::new(0.0) }
    }

    /// The result, and a bound for its error.
    pub(super) fn into_result(self) -> (Vec<f64>, f64) {
        let error = self.written.get().sqrt() * ENLARGED;
        (self.blocks.into_result(), error)
    }

    /// A block, given the error of the matrix of every pair.
    fn block(values: Block, error: impl Fn(usize) -> f64) -> Block {
        let (rows, columns) = (values.rows, values.columns);
        let data: &[f64] = entries::<f64>(&values).map_or(&[], |entries| &entries.data);
        let matrices = data.chunks((rows * columns).max(1)).enumerate();
        let sizes = matrices.map(|(pair, matrix)| {
            let norm = norm(matrix);
            (norm, if norm.is_finite() { error(pair) * ENLARGED } else { f64::INFINITY })
        });
        let sizes = sizes.collect();
        Block { rows, columns, entries: Some(Rc::new(Known { values, sizes })) }
    }
}

fn known(block: &Block) -> Option<&Known> {
    let any: &dyn Any = block.entries.as_deref()?;
    any.downcast_ref()
}

/// The error of a product of two matrices, or of any sums of products of their entries with so many terms:
/// `e |B| + |A| f + e f` and its own roundings.
fn product((left, e): (f64, f64), (right, f): (f64, f64), terms: usize) -> f64 {
    e * right + left * f + e * f + growth(terms) * left * right
}

impl Machine for Tracked<'_> {
    fn read(&self, place: &Place<'_>) -> Block {
        // The error of all entries of the operand may be that of any of its matrices.
        Tracked::block(self.blocks.read(place), |_| self.errors[place.operand])
    }

    fn sum(
        &self,
        shape: (usize, usize),
        products: &[(Factor<'_>, Factor<'_>)],
        scaled: &[(Option<&Block>, Factor<'_>)],
    ) -> Block {
        // What one sum goes through: all of its terms, and the products in them.
        let mut terms = scaled.len();
        let mut factors = Vec::with_capacity(products.len());
        let mut values = Vec::with_capacity(products.len());
        for &((left, left_flipped), (right, right_flipped)) in products {
            let (Some(a), Some(b)) = (known(left), known(right)) else { continue };
            terms += if left_flipped { left.rows } else { left.columns };
            values.push(((&a.values, left_flipped), (&b.values, right_flipped)));
            factors.push((a, b));
        }
        let mut others = Vec::with_capacity(scaled.len());
        let mut added = Vec::with_capacity(scaled.len());
        for &(by, (block, flipped)) in scaled {
            let Some(of) = known(block) else { continue };
            let by = by.and_then(known);
            others.push((by.map(|by| &by.values), (&of.values, flipped)));
            added.push((by, of));
        }
        let small = (terms + 1) as f64 * shape.0 as f64 * shape.1 as f64 * TINY;
        Tracked::block(self.blocks.sum(shape, &values, &others), |pair| {
            let mut error = small;
            for (a, b) in &factors {
                error += product(a.of(pair), b.of(pair), terms);
            }
            for (by, of) in &added {
                let (norm, own) = of.of(pair);
                error += match by {
                    Some(by) => product(by.of(pair), (norm, own), terms),
                    None => own + growth(terms) * norm,
                };
            }
            error
        })
    }

    fn dot(&self, pairs: &[(&Block, Factor<'_>)]) -> Block {
        let terms: usize = pairs.iter().map(|(left, _)| left.rows * left.columns + 1).sum();
        let mut factors = Vec::with_capacity(pairs.len());
        let mut values = Vec::with_capacity(pairs.len());
        for &(left, (right, flipped)) in pairs {
            let (Some(a), Some(b)) = (known(left), known(right)) else { continue };
            values.push((&a.values, (&b.values, flipped)));
            factors.push((a, b));
        }
        Tracked::block(self.blocks.dot(&values), |pair| {
            let errors = factors.iter().map(|(a, b)| product(a.of(pair), b.of(pair), terms));
            errors.sum::<f64>() + terms as f64 * TINY
        })
    }

    fn trace(&self, block: &Block) -> Block {
        let Some(of) = known(block) else { return block.clone() };
        Tracked::block(self.blocks.trace(&of.values), |pair| {
            let (norm, error) = of.of(pair);
            (error + growth(block.rows) * norm) * (block.rows as f64).sqrt()
        })
    }

    fn write(&self, block: &Block, place: &Place<'_>) {
        let Some(of) = known(block) else { return };
        self.blocks.write(&of.values, place);
        let squares = (0..place.starts.len()).map(|pair| of.of(pair).1 * of.of(pair).1);
        self.written.set(self.written.get() + squares.sum::<f64>());
    }

    fn is_stopped(&self) -> bool {
        self.blocks.is_stopped()
    }
}
