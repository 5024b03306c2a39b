//! The inner products that have an orthogonal basis: how every input is distributed.

use num_rational::BigRational;

use crate::network::Tensor;
use crate::similarity::basis::Measure;

/// Which inner product.
#[derive(Clone, Debug)]
pub(in crate::similarity) enum Product {
    /// The expectation where every input is distributed like this, each on its own.
    Laws(Vec<Law>),
    /// `sum_a c_a d_a a!/|a|! prod_j v_j^a_j`, with `v_j` for every variable: 1, if the variables are the
    /// inputs.
    Symmetric(Option<Vec<BigRational>>),
}

/// How an input is distributed.
#[derive(Clone, Debug)]
pub(in crate::similarity) enum Law {
    /// Every entry on its own.
    Entries(Measure),
    /// Every vector along the last axis has its 1 at every place equally often.
    OneHot {
        /// The length of the vectors.
        length: usize,
        /// Whether the first entry of each is replaced by one minus the others. It is the same inner product,
        /// with more terms where few entries matter, and with fewer where all do.
        eliminates: bool,
    },
    /// Every one of these tensors equally often.
    Points(Vec<Tensor<BigRational>>),
}

impl Product {
    /// The laws of the inputs; none for the symmetric inner product.
    pub(super) fn laws(&self) -> &[Law] {
        match self {
            Product::Laws(laws) => laws,
            Product::Symmetric(_) => &[],
        }
    }
}
