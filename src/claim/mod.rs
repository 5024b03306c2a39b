//! Claims: how each kind is decided, what the answer says in words, and how it is certified.
//!
//! [`Claim::decide`](crate::Claim::decide) answers a claim within a [`Budget`](crate::Budget). The [`Answer`]
//! has
//!
//! * a [`Status`]: the claim holds, fails, or is undecided. This is about the *claim*: `a != b` holds if the
//!   two networks are different.
//! * a [`Finding`]: what was found out about the *networks*, and how that is known. It has everything that
//!   can be said about the answer.
//! * whether it is `certain`: a proof, or a witness, and not a bound on the probability of an error.
//!
//! Displayed, an answer is a line, and more lines if the claim fails.
//! [`Claim::explain`](crate::Claim::explain) adds how the networks differ. A claim without a meaning, such as
//! a similarity to the zero function, has no answer but an [error](crate::equality::QuestionError): more time
//! would not help.
//!
//! * `answer`: what an answer consists of.
//! * `decide`: how each kind of claim is decided, and the shortest ways to ask about two models.
//! * [`words`]: every sentence about answers. Views such as JSON and colours are in the command line.
//! * `certify`: from an answer to a certificate. It reads the models again, and lets [`check`](crate::check)
//!   judge what it writes.

mod answer;
mod certify;
mod decide;
pub mod words;

pub use answer::{Answer, Asked, Finding, Measured, Status};
pub use certify::{CertifyError, certify, certify_with};
pub use decide::{equal, similarity};
