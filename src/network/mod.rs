//! Polynomial networks: the graph that every other part of samenet works on.
//!
//! A [`Network`] is an acyclic graph of operations on dense tensors. There are five [operations](Operation),
//! and each is a polynomial of its operands, so the output is a polynomial of the inputs, whatever the graph
//! looks like:
//!
//! | operation | stands for |
//! | --- | --- |
//! | input | a tensor that the user of the network gives |
//! | constant | weights and biases, in the type of their file; large ones stay in the file |
//! | contract | an Einstein sum: linear maps, products of hidden units, attention heads, sums over an axis |
//! | combine | a linear combination of tensors of one shape: residual streams, biases, differences |
//! | arrange | the same entries in another place: reshape, slice, concatenate, broadcast |
//!
//! The networks by which `similarity` computes moments have one operation more, the covariance of two heads
//! of attention (`heads`), which no model has.
//!
//! There are no layers, functions or loops in a network: [`model`](crate::model) inlines them when it reads a
//! file. [`Builder`] makes a network in Rust. It checks shapes, keeps one node for equal operations on the
//! same operands, and computes what depends on small constants alone. [`evaluate`] runs a network, over any
//! [`Arithmetic`](crate::arithmetic::Arithmetic):
//!
//! ```
//! use num_rational::BigRational;
//! use samenet::arithmetic::Rationals;
//! use samenet::network::{Builder, Input, Shape, Tensor, evaluate};
//!
//! // x times x, entry by entry, for a vector x of two entries.
//! let two = Shape::new([2]).ok_or("too large")?;
//! let mut builder = Builder::new();
//! let x = builder.input(0, two.clone());
//! let squares = builder.multiply(x, x)?;
//! let network = builder.network(vec![Input { name: "x".to_string(), shape: two.clone() }], squares);
//!
//! let number = |n: i64| BigRational::from_integer(n.into());
//! let input = Tensor::new(two, vec![number(3), number(-4)]).ok_or("two entries")?;
//! let output = evaluate(&Rationals::default(), &network, &[input])?;
//! assert_eq!(output.data(), [number(9), number(16)]);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! Networks with the same [`fingerprint`] are the same graph, node for node. Different graphs can be one
//! function, too: [`equality`](crate::equality) finds that out.

mod bands;
mod builder;
mod canonical;
mod computation;
mod constant;
mod contracting;
mod contraction;
mod data;
mod digest;
mod error;
mod evaluate;
mod fold;
mod gather;
mod graph;
pub(crate) mod heads;
mod instruction;
mod lowering;
mod origin;
mod part;
mod roundings;
mod shape;
mod stream;
mod strided;
mod tensor;
mod view;

pub use builder::{BuildError, Builder, Built};
pub use canonical::fingerprint;
pub use computation::{Arrangement, Computation, Einsum, Label};
pub use constant::{Constant, ReadError, Stored};
pub use data::Data;
pub(crate) use data::decompose;
pub use digest::Unfit;
pub use error::EvaluateError;
pub use evaluate::{Prepared, evaluate, evaluate_batch};
pub(crate) use evaluate::{SpectralNorms, evaluate_bounded, evaluate_until};
pub use graph::{Input, Network, Node, NodeId, Operation, Signature};
pub use heads::HeadCovariance;
pub use lowering::{Cost, cost};
pub use origin::{FilePlace, FileTensor, Operand, Origin, Provenance};
pub use part::part;
pub use roundings::roundings;
pub use shape::Shape;
pub use tensor::Tensor;
