//! Are two polynomial neural networks the same function?
//!
//! samenet answers that exactly. Its answer is a proof, or a bound on the probability of an error that it
//! states, or an input on which the two networks differ. It covers every network whose output is a polynomial in
//! its input: linear layers, bilinear MLPs `D((L x) * (R x))`, bilinear attention, residual streams, biases, and
//! any tensor network built by hand. Weights, widths, depths and kinds of layers may all differ.
//!
//! ```
//! use samenet::{Budget, Program};
//!
//! // Models of XOR and claims about them; examples/xor.same explains itself.
//! let program = Program::open("examples/xor.same")?;
//! for claim in &program.claims {
//!     println!("{}: {}", claim.text, claim.decide(&Budget::default())?);
//! }
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # From a file to an answer
//!
//! 1. [`syntax`] turns the text of a `.same` file into a tree, with [diagnostics](diagnostic) that point at places.
//! 2. [`model`] resolves names and shapes, reads weight files, and builds a [`Network`] for every model and a
//!    [`Claim`] for every claim.
//! 3. [`network`] is the graph: five operations, each a polynomial of its operands, and one evaluator.
//! 4. [`arithmetic`] is what the evaluator runs over: rationals, integers modulo a prime, f64, and bounds such as
//!    degrees. [`exact_values`](arithmetic::exact_values) picks the fastest for an exact output. [`polynomial`] is
//!    one more: expanding a network is evaluating it at variables.
//! 5. [`equality`] decides a [`Question`] with a portfolio of methods, cheapest first, and sorts many networks into
//!    [classes](equality::classes()) of equal functions.
//! 6. [`similarity`] computes exact inner products of two networks, from their weights alone.
//! 7. [`claim`] decides the claims of a program: [`Claim::decide`] gives an [`Answer`], which says in words what was
//!    found. [`certify`] writes an answer down as a [`certificate`], and [`check`] verifies certificates on its own: it
//!    shares no arithmetic and no method with the rest.
//!
//! When networks differ, [`explain`](equality::explain()) says on which outputs, in which degrees and by which coefficients,
//! and [`mod@replay`] writes a Python program that shows it in NumPy.
//!
//! [`testing`] makes claims into tests of a Rust crate: [`assert_claims!`]. The `samenet` command is a thin layer over these.
//!
//! # What an answer means
//!
//! * [`Verdict::Equal`] with a [certain](Method::certain) method is a proof: every step is exact arithmetic.
//! * [`Verdict::Equal`] by random evaluation may be wrong with a probability of at most `2^-error_log2`; the bound
//!   is proved, and holds for networks chosen before the random points are, which come from a hash of both
//!   networks.
//! * [`Verdict::Different`] carries inputs, and the exact outputs there (or their residues modulo a prime, which
//!   prove as much). Anyone can evaluate both networks and see. An [`Explanation`](equality::Explanation) of it never
//!   blurs what is proved to agree and what has a bounded error.
//! * [`Verdict::Undecided`] claims nothing.
//!
//! # What it does not do
//!
//! * No activation functions that are not polynomials: no ReLU, GELU, softmax or layer norm.
//! * No notion of "nearly equal": weights are the exact numbers that their floats denote, and one unit in the
//!   last place is a difference. How similar two networks are is another question: [`similarity`].
//! * No training, and no PyTorch modules: models are written down as text, their weights come from files.
//! * No claim about a forward pass in floating point: the function is the one over the real numbers.

pub mod arithmetic;
pub mod budget;
mod calibration;
pub mod certificate;
pub mod check;
pub mod claim;
pub mod diagnostic;
pub mod domain;
pub mod equality;
pub mod model;
pub mod network;
mod parallel;
pub mod plural;
pub mod polynomial;
pub mod replay;
pub mod shortage;
pub mod similarity;
mod stack;
pub mod syntax;
pub mod testing;

pub use arithmetic::{Arithmetic, Exact};
pub use budget::Budget;
pub use check::verify;
pub use claim::{Answer, CertifyError, Finding, Status, certify, equal, similarity};
pub use diagnostic::{Diagnostic, Sources, Span};
pub use equality::{Domain, Method, Proof, Question, Relation, Verdict, Witness, decide};
pub use model::{Bindings, Claim, ClaimKind, LoadError, Model, Program};
pub use network::{Builder, Network, Shape, Tensor, evaluate};
