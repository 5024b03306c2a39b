//! What the kernel computes with: a matrix for every pair of heads, whatever its entries are.

use std::any::Any;
use std::rc::Rc;

/// A matrix for every pair of heads, or one for all of them. Without entries it is zero.
#[derive(Clone, Debug)]
pub(in crate::network) struct Block {
    pub(in crate::network) rows: usize,
    pub(in crate::network) columns: usize,
    /// What the machine keeps.
    pub(in crate::network) entries: Option<Rc<dyn Any>>,
}

impl Block {
    pub(super) fn zero(rows: usize, columns: usize) -> Block {
        Block { rows, columns, entries: None }
    }

    pub(super) fn is_zero(&self) -> bool {
        self.entries.is_none()
    }
}

/// A factor: a block, and whether it is transposed.
pub(in crate::network) type Factor<'a> = (&'a Block, bool);

/// Where the entries of a matrix are in an operand of the node: the entry `(i, j)` of the matrix of a pair at
/// `starts[pair] + rows[i] + columns[j]`.
pub(in crate::network) struct Place<'a> {
    pub(in crate::network) operand: usize,
    pub(in crate::network) starts: &'a [usize],
    pub(in crate::network) rows: &'a [usize],
    pub(in crate::network) columns: &'a [usize],
}

/// Adds and multiplies blocks. Blocks that are zero are left out before.
pub(in crate::network) trait Machine {
    /// The matrices at some place.
    fn read(&self, place: &Place<'_>) -> Block;

    /// `sum of left right + sum of factor block`, where factors are numbers, given as blocks of one entry.
    /// `shape` is that of the result, and there is at least one term.
    fn sum(
        &self,
        shape: (usize, usize),
        products: &[(Factor<'_>, Factor<'_>)],
        scaled: &[(Option<&Block>, Factor<'_>)],
    ) -> Block;

    /// The sum of the products of all entries of pairs of blocks. There is at least one pair.
    fn dot(&self, pairs: &[(&Block, Factor<'_>)]) -> Block;

    /// The sum of the diagonal of a block.
    fn trace(&self, block: &Block) -> Block;

    /// Writes a block into the result, as [`Machine::read`] would read it.
    fn write(&self, block: &Block, place: &Place<'_>);

    /// Whether the work should end.
    fn is_stopped(&self) -> bool;
}
