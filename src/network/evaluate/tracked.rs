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

/// A block with what is known of it.
struct Known {
    values: Block,
    norm: f64,
    error: f64,
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

    fn block(values: Block, error: f64) -> Block {
        let data: &[f64] = entries::<f64>(&values).map_or(&[], |entries| &entries.data);
        let norm = norm(data);
        let (rows, columns) = (values.rows, values.columns);
        let error = if norm.is_finite() { error * ENLARGED } else { f64::INFINITY };
        Block { rows, columns, entries: Some(Rc::new(Known { values, norm, error })) }
    }
}

fn known(block: &Block) -> Option<&Known> {
    let any: &dyn Any = block.entries.as_deref()?;
    any.downcast_ref()
}

/// The error of a product of two tensors whose sums have so many terms: `e |B| + |A| f + e f` and its own
/// roundings.
fn product(left: &Known, right: &Known, terms: usize) -> f64 {
    let own = growth(terms) * left.norm * right.norm;
    left.error * right.norm + left.norm * right.error + left.error * right.error + own
}

/// How many heads a block has.
fn count(known: &Known) -> f64 {
    let size = known.values.rows * known.values.columns;
    entries::<f64>(&known.values).map_or(1.0, |entries| (entries.data.len() / size.max(1)) as f64)
}

impl Machine for Tracked<'_> {
    fn read(&self, place: &Place<'_>) -> Block {
        Tracked::block(self.blocks.read(place), self.errors[place.operand])
    }

    fn sum(
        &self,
        shape: (usize, usize),
        products: &[(Factor<'_>, Factor<'_>)],
        scaled: &[(Option<&Block>, Factor<'_>)],
    ) -> Block {
        // What one sum goes through: all of its terms, and the products in them.
        let mut terms = scaled.len();
        let mut values = Vec::with_capacity(products.len());
        let mut others = Vec::with_capacity(scaled.len());
        let mut most = 1.0f64;
        for &((left, left_flipped), (right, right_flipped)) in products {
            let (Some(a), Some(b)) = (known(left), known(right)) else { continue };
            terms += if left_flipped { left.rows } else { left.columns };
            most = most.max(count(a)).max(count(b));
            values.push(((&a.values, left_flipped), (&b.values, right_flipped)));
        }
        for &(by, (block, flipped)) in scaled {
            let Some(of) = known(block) else { continue };
            let by = by.and_then(known);
            most = most.max(count(of)).max(by.map_or(1.0, count));
            others.push((by.map(|by| &by.values), (&of.values, flipped)));
        }
        let mut error = 0.0;
        for &((left, _), (right, _)) in products {
            let (Some(a), Some(b)) = (known(left), known(right)) else { continue };
            // A product that all heads share is there once for each.
            let times = if count(a).max(count(b)) < most { most.sqrt() } else { 1.0 };
            error += times * product(a, b, terms);
        }
        for &(by, (block, _)) in scaled {
            let Some(of) = known(block) else { continue };
            let by = by.and_then(known);
            let times = if by.map_or(1.0, count).max(count(of)) < most { most.sqrt() } else { 1.0 };
            error += times
                * match by {
                    Some(by) => product(by, of, terms),
                    None => of.error + growth(terms) * of.norm,
                };
        }
        let small = (terms + 1) as f64 * shape.0 as f64 * shape.1 as f64 * most * TINY;
        Tracked::block(self.blocks.sum(shape, &values, &others), error + small)
    }

    fn dot(&self, pairs: &[(&Block, Factor<'_>)]) -> Block {
        let terms: usize = pairs.iter().map(|(left, _)| left.rows * left.columns + 1).sum();
        let mut values = Vec::with_capacity(pairs.len());
        let (mut error, mut most) = (0.0, 1.0f64);
        for &(left, (right, flipped)) in pairs {
            let (Some(a), Some(b)) = (known(left), known(right)) else { continue };
            most = most.max(count(a)).max(count(b));
            values.push((&a.values, (&b.values, flipped)));
            error += product(a, b, terms);
        }
        // A number that all heads share is there once for each.
        let error = error * most.sqrt() + terms as f64 * most * TINY;
        Tracked::block(self.blocks.dot(&values), error)
    }

    fn trace(&self, block: &Block) -> Block {
        let Some(of) = known(block) else { return block.clone() };
        let error = (of.error + growth(block.rows) * of.norm) * (block.rows as f64).sqrt();
        Tracked::block(self.blocks.trace(&of.values), error)
    }

    fn write(&self, block: &Block, place: &Place<'_>) {
        let Some(of) = known(block) else { return };
        self.blocks.write(&of.values, place);
        // One matrix may be written for all heads.
        let times = place.starts.len() as f64 / count(of);
        self.written.set(self.written.get() + of.error * of.error * times.max(1.0));
    }

    fn is_stopped(&self) -> bool {
        self.blocks.is_stopped()
    }
}
