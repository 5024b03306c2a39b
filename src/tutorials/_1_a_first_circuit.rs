//! A first circuit: two ways to compute XOR, and whether they are the same function.
//!
//! # Write it down
//!
//! A *model* is a polynomial map, written in a text file that ends in `.same`. The beginning of
//! `examples/xor.same` has two of them:
//!
//! ```text
//! model xor(x: 2) = x[0] + x[1] - 2*x[0]*x[1]
//!
//! model xor_gated(x: 2) =
//!   x |> bilinear(left: [[1, -1]], right: [[1, -1]], down: [[1]]) |> sum
//! ```
//!
//! `x: 2` declares an input with two entries. The first model is a formula. The second is a network: one
//! hidden unit of a bilinear layer multiplies `x[0] - x[1]` with itself, and `sum` turns the vector of one
//! entry into a number. On bits, `(x[0] - x[1])^2` is XOR as well.
//!
//! # Load it
//!
//! [`Program::open`](crate::Program::open) reads a file, with the files that it imports and the weights that
//! it names. It turns every model into a [`Network`](crate::Network), a graph of sums and products. If the
//! file has mistakes, the error lists all of them, each with its place and often with a suggestion.
//!
//! ```
//! use samenet::Program;
//!
//! let program = Program::open("examples/xor.same")?;
//! let names: Vec<&str> = program.models.iter().map(|model| model.name.as_str()).collect();
//! assert_eq!(names, ["xor", "xor_gated"]);
//! assert_eq!(program.models[0].network.variables(), 2);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Compare
//!
//! ```
//! # use samenet::Program;
//! # let program = Program::open("examples/xor.same")?;
//! use samenet::{Status, equal};
//!
//! let answer = equal(&program.models[0], &program.models[1])?;
//! assert_eq!(answer.status, Status::Fails);
//! assert!(answer.to_string().starts_with("fails: different\n  at x = [-1, 0]\n"));
//! println!("{answer}");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! This prints
//!
//! ```text
//! fails: different
//!   at x = [-1, 0]
//!     left side  = -1
//!     right side = 1
//!   degrees: 1 and 2 differ
//!   ...
//! ```
//!
//! The two models are different, and the answer has an input that shows it. At `x = [-1, 0]` the formula
//! gives -1, the network 1. You can check that by hand, and no other evidence is needed. The input is not
//! made of bits: the question was about *all* inputs, over the real numbers.
//!
//! On bits alone the two are the same, and the file says so:
//!
//! ```text
//! claim "the same on bits": xor == xor_gated on {0, 1}
//! ```
//!
//! ```
//! # use samenet::{Program, Status};
//! # let program = Program::open("examples/xor.same")?;
//! use samenet::Budget;
//!
//! let answer = program.claims[0].decide(&Budget::default())?;
//! assert_eq!(answer.status, Status::Holds);
//! assert!(answer.certain); // a proof, not only a bound on the probability of an error
//! assert_eq!(answer.to_string(), "holds: equal, proved: agree at all 4 points of the domain");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! Two bits have four values, and samenet tries them all. It does not need a finite domain for a
//! proof, though. For `examples/parity.same` it shows that a chain of XORs and a product of signs are one
//! function *everywhere*: both are polynomials of degree 4, and they agree at enough points to determine such
//! a polynomial.
//!
//! # The same from a shell
//!
//! ```text
//! samenet show examples/xor.same::xor_gated
//! samenet equal examples/xor.same::xor examples/xor.same::xor_gated
//! samenet equal examples/xor.same::xor examples/xor.same::xor_gated --on '{0,1}'
//! ```
//!
//! # To try next
//!
//! * `examples/hidden_units.same`: two layers of the same hidden units, permuted, rescaled or split. Here
//!   samenet says which unit of one model is which unit of the other.
//! * `grammar/builtins.md`: all layers and functions of the language.
//! * [Part 2](super::_2_claims_as_regression_tests): keep what you found out, as a test.
