//! Claims as regression tests: what a circuit does, stated once and checked ever after.
//!
//! # State it
//!
//! A *claim* is a sentence about models, in the same file as they are:
//!
//! ```text
//! claim "the same on bits": xor == xor_gated on {0, 1}
//! claim "but not the same function": xor != xor_gated
//! claim "half alike": similarity(xor, xor_gated) >= 0.47
//! ```
//!
//! A claim compares two models (`==`, `!=`, perhaps `up to scale` or `up to shift`), bounds how alike they
//! are (`similarity`, `distance`), or bounds a `degree`. It is about all inputs, unless it says `on` which.
//! State near misses with `!=`, too: they show that your claims are not true of everything.
//!
//! # Decide it
//!
//! [`Claim::decide`](crate::Claim::decide) does for one claim what `samenet check` does for every claim of a
//! file:
//!
//! ```
//! use std::time::Duration;
//!
//! use samenet::{Budget, Program, Status};
//!
//! let program = Program::open("examples/xor.same")?;
//! for claim in &program.claims {
//!     // The time starts here, so that every claim has ten seconds of its own.
//!     let budget = Budget::default().time(Duration::from_secs(10));
//!     let answer = claim.decide(&budget)?;
//!     println!("{}: {answer}", claim.text);
//!     assert_eq!(answer.status, Status::Holds);
//! }
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! A [`Status`](crate::Status) is one of three. `Holds` and `Fails` come with the reason. `Undecided` means
//! that the [`Budget`](crate::Budget) was too small, and the answer says what would be enough. An undecided
//! claim may be true: it is not refuted, but it is not shown either, so a test of it does not pass.
//!
//! By default samenet also accepts agreement at random points as a reason, with a proven bound of at most
//! 2^-128 on the probability of an error; `answer.certain` is then `false`.
//! [`Budget::certain_only`](crate::Budget::certain_only) accepts nothing but proofs.
//!
//! # In `cargo test`
//!
//! In a Rust crate, put `.same` files beside your tests, and write
//!
//! ```no_run
//! #[test]
//! fn claims_hold() {
//!     samenet::assert_claims!("tests/claims");
//! }
//! ```
//!
//! The test passes if there are claims and every one of them holds. Otherwise its message lists the others,
//! with the input that refutes each. [`Claims`](crate::testing::Claims) has the options:
//!
//! ```
//! use std::time::Duration;
//!
//! use samenet::testing::Claims;
//!
//! Claims::new("examples/xor.same")
//!     .filter("bits")                   // claims whose label or text has this word
//!     .time(Duration::from_secs(600))   // for each claim
//!     .deterministic()                  // nothing but proofs
//!     .assert();
//! ```
//!
//! # In CI without Rust code
//!
//! ```text
//! samenet check claims/ --junit report.xml
//! ```
//!
//! decides every claim of a directory, prints one line for each, and says by its exit code how that went:
//!
//! | exit code | means |
//! | --- | --- |
//! | 0 | every claim holds |
//! | 1 | a claim fails |
//! | 2 | an error: a file cannot be read, a name or a shape is wrong, a claim has no meaning |
//! | 3 | no claim fails, but one is undecided |
//!
//! If several apply, it is the first of 2, 1, 3, 0. The folder `examples/ci/` has a complete workflow.
//!
//! Next: [models whose weights come from a file](super::_3_a_trained_checkpoint).
