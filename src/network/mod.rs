//! Polynomial networks: the graph every other part of samenet works on.
//!
//! A [`Network`] is an acyclic graph of five operations ([`Operation`]) over dense tensors. Because each
//! operation is either a sum or a multilinear contraction, the network's output is a polynomial in its
//! inputs, whatever the graph looks like. [`Builder`] makes networks and shares equal nodes; [`evaluate`]
//! runs one over any [`Arithmetic`](crate::arithmetic::Arithmetic).

mod builder;
mod canonical;
mod constant;
mod contraction;
mod cost;
mod data;
mod digest;
mod einsum;
mod evaluate;
mod fold;
mod gather;
mod graph;
mod lowering;
mod origin;
mod part;
mod shape;
mod stream;
mod strided;
mod tensor;
mod view;

pub use builder::{BuildError, Builder};
pub use canonical::fingerprint;
pub use constant::{Constant, ReadError, Stored};
pub use cost::{Cost, cost};
pub use data::{Data, decompose};
pub use digest::Unfit;
pub use einsum::{Einsum, Label};
pub use evaluate::{EvaluateError, Prepared, evaluate, evaluate_batch};
pub use graph::{Arrangement, Input, Network, Node, NodeId, Operation};
pub use origin::{Computed, FilePlace, FileTensor, Operand, OperandSource, Origin, Provenance};
pub use part::part;
pub use shape::Shape;
pub use tensor::Tensor;
