//! Reading a certificate: an answer in a file, which anyone can check again.
//!
//! # Why
//!
//! The search for an answer is a large program, and large programs have mistakes. A certificate lets you
//! check an answer without the search: it says what is true of which files and why, and
//! [`check`](crate::check) verifies that with code of its own. The format is documented
//! (`grammar/certificate.md`), so that you can write another checker.
//!
//! # Write one
//!
//! A certificate is about files, because whoever checks it reads them again. Its
//! [`Source`](crate::certificate::Source) names the file and the claim:
//!
//! ```
//! use samenet::certificate::Source;
//! use samenet::{Budget, Program, certify};
//!
//! let program = Program::open("examples/xor.same")?;
//! let claim = &program.claims[1];
//! let answer = claim.decide(&Budget::default())?;
//! let source = Source::Claim {
//!     file: "examples/xor.same".to_string(),
//!     set: Vec::new(),
//!     number: 2,
//!     text: claim.text.clone(),
//! };
//! let certificate = certify(source, &answer)?;
//! println!("{}", certificate.to_json());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! From a shell, `samenet check examples/xor.same --certificates out/` writes one for every claim of the
//! file.
//!
//! # Read it
//!
//! This is the certificate that the snippet prints, with fewer line breaks:
//!
//! ```json
//! {
//!   "samenet_certificate": 1,
//!   "source": {"claim": {"file": "examples/xor.same", "set": [], "number": 2, "text": "xor != xor_gated"}},
//!   "statement": {"equality": {"relation": "equal", "negated": true, "domain": ["everything"]}},
//!   "models": [
//!     "79e7654e7c1ec6924dd9dbe394902d77c4265ac29abdee5dbb2e58e1cfcc32ae",
//!     "f39393855b3c46fcca6e7139fbd4bf94cd8b8e90f1c2cb603663e97dd9410462"
//!   ],
//!   "weights": [],
//!   "verdict": "holds",
//!   "evidence": {
//!     "witness": {
//!       "evaluations": [
//!         {"input": [["-1", "0"]], "output": [], "values": {"exact": {"a": "-1", "b": "1"}}}
//!       ]
//!     }
//!   }
//! }
//! ```
//!
//! From top to bottom:
//!
//! * `source`: the second claim of `examples/xor.same`, with the weights that the file names (`set` is
//!   empty).
//! * `statement`: what that claim says. The two models are *not* (`negated`) equal, on all inputs.
//! * `models` and `weights`: hashes of both networks and of every weight file. If a file changes, the
//!   certificate is no longer about it.
//! * `verdict`: the statement holds.
//! * `evidence`: why. At the input `[-1, 0]` the first model is -1 and the second is 1. Numbers are strings,
//!   because they are exact and may be longer than a JSON reader allows.
//!
//! Every other kind of answer has its own kind of evidence: the points and the primes of a grid, which hidden
//! unit is which, polynomials, inner products. `grammar/certificate.md` has an example of each.
//!
//! # Verify it, and see a false one refused
//!
//! [`verify`](crate::verify()) reads the models again, works out every field for itself, and
//! compares:
//!
//! ```
//! use samenet::verify;
//!
//! let text = r#"{
//!   "samenet_certificate": 1,
//!   "source": {"claim": {"file": "examples/xor.same", "set": [], "number": 2, "text": "xor != xor_gated"}},
//!   "statement": {"equality": {"relation": "equal", "negated": true, "domain": ["everything"]}},
//!   "models": [
//!     "79e7654e7c1ec6924dd9dbe394902d77c4265ac29abdee5dbb2e58e1cfcc32ae",
//!     "f39393855b3c46fcca6e7139fbd4bf94cd8b8e90f1c2cb603663e97dd9410462"
//!   ],
//!   "weights": [],
//!   "verdict": "holds",
//!   "evidence": {
//!     "witness": {
//!       "evaluations": [
//!         {"input": [["-1", "0"]], "output": [], "values": {"exact": {"a": "-1", "b": "1"}}}
//!       ]
//!     }
//!   }
//! }"#;
//! assert!(verify(text).is_ok());
//!
//! // Another value, another verdict, another model: each is refused, with the field that is wrong.
//! let refused = |from: &str, to: &str| verify(&text.replace(from, to)).expect_err("it is false").field;
//! assert_eq!(refused(r#""b": "1""#, r#""b": "2""#), "evidence.witness.evaluations.0.values.b");
//! assert_eq!(refused("holds", "fails"), "verdict");
//! assert_eq!(refused("79e7", "79e8"), "models.0");
//! ```
//!
//! `samenet verify FILE...` does the same. Its exit code is 0 if all certificates are valid, 1 if one is
//! invalid, 2 after an error, and 3 if checking one goes beyond the limits of the checker.
//!
//! # What it rests on
//!
//! The checker is separate code, but not all of it is. It shares with the search how files become networks.
//! So a mistake *there* could mislead both: `samenet show MODEL --canonical` prints a network, with all its
//! constants, for you to compare with what you meant.
//!
//! Next: [how alike two functions are](super::_5_similarity).
