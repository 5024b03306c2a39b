//! Dense tensors of elements of some arithmetic.

use super::Shape;

/// A dense row-major tensor. `data.len()` is always `shape.size()`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Tensor<E> {
    shape: Shape,
    data: Vec<E>,
}

impl<E> Tensor<E> {
    /// A tensor from its entries in row-major order, or `None` when their number does not fit the shape.
    pub fn new(shape: Shape, data: Vec<E>) -> Option<Tensor<E>> {
        (shape.size() == data.len()).then_some(Tensor { shape, data })
    }

    /// The tensor of a shape whose entries are all the same.
    pub fn filled(shape: Shape, element: E) -> Tensor<E>
    where
        E: Clone,
    {
        let data = vec![element; shape.size()];
        Tensor { shape, data }
    }

    /// The shape.
    pub fn shape(&self) -> &Shape {
        &self.shape
    }

    /// The entries in row-major order.
    pub fn data(&self) -> &[E] {
        &self.data
    }

    /// The entries in row-major order, by value.
    pub fn into_data(self) -> Vec<E> {
        self.data
    }

    /// The tensor of the same shape with `f` applied to every entry.
    pub fn map<F>(&self, f: impl FnMut(&E) -> F) -> Tensor<F> {
        Tensor { shape: self.shape.clone(), data: self.data.iter().map(f).collect() }
    }

    /// The tensor of the same shape with `f` applied to every entry, or the first error.
    pub fn try_map<F, Error>(&self, f: impl FnMut(&E) -> Result<F, Error>) -> Result<Tensor<F>, Error> {
        let data = self.data.iter().map(f).collect::<Result<Vec<F>, Error>>()?;
        Ok(Tensor { shape: self.shape.clone(), data })
    }
}
