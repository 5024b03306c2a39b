//! Shapes of tensors. A scalar has shape `[]`, a vector of three entries `[3]`.

use std::fmt;

/// The lengths of a tensor's axes, outermost first (row-major, last axis fastest).
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct Shape(Vec<usize>);

impl Shape {
    /// The largest number of entries a tensor may have. It keeps every index and byte count far from
    /// overflow, and is well above what a laptop can hold.
    pub const MAX_ENTRIES: usize = 1 << 31;

    /// The largest number of axes, the same as NumPy's. It keeps the work per axis small.
    pub const MAX_RANK: usize = 64;

    /// A shape, or `None` when its number of entries overflows or is above [`Shape::MAX_ENTRIES`], or it has
    /// more than [`Shape::MAX_RANK`] axes.
    pub fn new(axes: impl Into<Vec<usize>>) -> Option<Shape> {
        let axes = axes.into();
        if axes.len() > Self::MAX_RANK {
            return None;
        }
        // Checked with zeros taken as ones, so that `[0, huge, huge]` is refused as well.
        let product = axes.iter().try_fold(1usize, |n, &a| n.checked_mul(a.max(1)))?;
        (product <= Self::MAX_ENTRIES).then_some(Shape(axes))
    }

    /// The shape `[]` of a scalar.
    pub fn scalar() -> Shape {
        Shape(Vec::new())
    }

    /// The lengths of the axes.
    pub fn axes(&self) -> &[usize] {
        &self.0
    }

    /// The number of axes.
    pub fn rank(&self) -> usize {
        self.0.len()
    }

    /// The number of entries; 1 for a scalar.
    pub fn size(&self) -> usize {
        self.0.iter().product()
    }

    /// The multi-index of the entry at a flat row-major position.
    pub fn unravel(&self, mut flat: usize) -> Vec<usize> {
        let mut index = vec![0; self.0.len()];
        for (i, &axis) in self.0.iter().enumerate().rev() {
            if axis > 0 {
                index[i] = flat % axis;
                flat /= axis;
            }
        }
        index
    }
}

impl fmt::Display for Shape {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.0)
    }
}
