//! Are two polynomial neural networks the same function?
//!
//! samenet answers that exactly: with a proof, or with an input on which the two networks differ. It covers
//! every network whose output is a polynomial in its input: linear layers, bilinear MLPs `D((L x) * (R x))`,
//! bilinear attention, residual streams, biases, and any tensor network built by hand. Weights, widths,
//! depths and kinds of layers may all differ.
//!
//! ```
//! use samenet::{Budget, Program};
//!
//! let program = Program::open("examples/xor.same")?;
//! for claim in &program.claims {
//!     println!("{}: {}", claim.text, claim.decide(&Budget::default())?);
//! }
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! The file builds XOR in two ways and makes five claims about them. So this prints five lines, which begin
//! with
//!
//! ```text
//! xor == xor_gated on {0, 1}: holds: equal, proved: agree at all 4 points of the domain
//! xor != xor_gated: holds: different: x = [-1, 0] gives -1 and 1
//! ```
//!
//! # Where to begin
//!
//! * The [`tutorials`] lead from a first circuit to trained checkpoints and certificates.
//! * You have **claims** in a file: [`Program::open`] reads it, [`Claim::decide`] decides one.
//!   [`assert_claims!`] makes them tests of your crate.
//! * You have **two models**: [`equal`] and [`similarity()`] compare them, and [`decide`] answers a
//!   [`Question`] with a domain or a relation. Models come from a file, or you build [`Network`]s in Rust
//!   with a [`Builder`].
//! * You have a **certificate**: [`verify()`] checks it, whoever wrote it. [`certify`] writes one.
//! * In a **shell**, the command `samenet` does all of this, as the README explains. To use it from another
//!   language, run it with `--json`.
//!
//! The files in `examples/` show the language; `grammar/` has its reference. To change samenet itself, begin
//! with `ARCHITECTURE.md`.
//!
//! # What a question is about
//!
//! * **The function, over the real numbers.** A weight is the exact number that its float denotes. What a
//!   forward pass in floating point rounds is not part of the question.
//! * **All inputs**, unless the question says which: `on {0, 1}`.
//! * **Within a [`Budget`]**: by default without a limit on time, and with 2 GiB of memory for each method.
//!   If the budget is too small, the question is undecided, and the answer says what would be enough.
//!   [`equality::estimates`] predicts what each method would take. Work runs on all cores; the answer is the
//!   same every time.
//!
//! A file with mistakes gives a [`LoadError`] that lists all of them, and a question without a meaning, such
//! as one about models with different inputs, gives a [`QuestionError`]. Only the assertions of [`testing`]
//! panic.
//!
//! # What an answer means
//!
//! The [`Status`] of an [`Answer`] says whether the claim holds, fails, or is undecided. Its [`Finding`] says
//! how that is known:
//!
//! * [`Finding::Equal`] with [`certain`](Answer::certain): a proof. Every step is exact arithmetic.
//! * [`Finding::Equal`] without: both networks agree at random points modulo random primes. The probability
//!   of an error is at most `2^-error_log2`, which is at most `2^-128`. The bound is proved, for networks
//!   that were chosen before the random points; these come from a hash of both networks.
//!   [`Budget::certain_only`] refuses such answers.
//! * [`Finding::Different`]: inputs, and the exact outputs of both networks there, or residues of them modulo
//!   a prime, which prove as much. Anyone can evaluate both networks and see.
//! * [`Finding::Number`]: exact inner products, and the similarity or distance that they give, compared with
//!   the bound of the claim without rounding. [`Finding::Degree`]: the degree of a network, or bounds on it;
//!   if not `certain`, with a bound on the error as above.
//! * [`Finding::Undecided`]: nothing is claimed.
//!
//! So a claim `a == b` holds if the finding is `Equal`, and a claim `a != b` if it is `Different`.
//!
//! # What it does not do
//!
//! * No activation functions that are not polynomials: no ReLU, GELU, softmax or layer norm.
//! * No "nearly equal": one unit in the last place of one weight is a difference. How similar two networks
//!   are is another question: [`mod@similarity`].
//! * No training, and no PyTorch modules: models are text, weights are files.
//! * No statement about a forward pass in floating point.
//!
//! # The rooms
//!
//! In the order in which an answer comes about:
//!
//! 1. [`syntax`] turns the text of a `.same` file into a tree.
//! 2. [`model`] resolves names and shapes, reads weight files, and builds a [`Network`] for every model.
//! 3. [`network`] is the graph: five operations, each a polynomial of its operands, and one evaluator.
//! 4. [`arithmetic`] is what the evaluator runs over: rationals, residues modulo a prime, f64, and bounds
//!    such as degrees. [`polynomial`] is one more: to evaluate a network at variables is to expand it.
//! 5. [`equality`] decides whether two networks are related, by several methods, cheapest first; it explains
//!    differences, and sorts many networks into [classes](equality::classes()).
//! 6. [`mod@similarity`] computes exact inner products of two networks.
//! 7. [`claim`] decides claims with these two, and has the words for answers.
//! 8. [`certificate`] is the vocabulary of certificates, and [`check`] verifies them. The checker shares with
//!    the search how files become networks (which includes constant folding, and for that the evaluator of
//!    networks over rational numbers), the graph of a network, and the words of certificates and domains. It
//!    shares no method, no other arithmetic, and nothing that decides.
//! 9. [`mod@replay`] writes a Python program that shows a difference in NumPy.
//!
//! [`budget`] says what a computation may take, [`shortage`] what it lacks, [`domain`] has the words of
//! questions, and [`diagnostic`] describes what is wrong with a file.

pub mod arithmetic;
pub mod budget;
mod calibration;
pub mod certificate;
pub mod check;
pub mod claim;
#[doc(hidden)]
pub mod cli;
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
pub mod suggest;
pub mod syntax;
pub mod testing;
pub mod tutorials;

pub use arithmetic::{Arithmetic, Exact};
pub use budget::Budget;
pub use check::verify;
pub use claim::{Answer, CertifyError, Finding, Status, certify, equal, similarity};
pub use diagnostic::{Diagnostic, Sources, Span};
pub use equality::{Domain, Method, Proof, Question, QuestionError, Relation, Verdict, Witness, decide};
pub use model::{Bindings, Claim, ClaimKind, LoadError, Model, Program};
pub use network::{Builder, Network, Shape, Tensor, evaluate};
