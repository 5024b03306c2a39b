//! Claims: how each kind is decided, what the answer says in words, and how it is certified.
//!
//! [`Claim::decide`] answers a claim; [`Claim::explain`] then says more about an answer that refutes one, as far as
//! its budget goes. An [`Answer`] is complete in itself: [`words`] has every sentence about it.
//!
//! * `answer`: what an answer consists of. `judge`: what holds when numbers compare with a bound.
//! * `decide`: the kinds of claims, one line each. `equality`, `metric` and `degree` decide them, a file for each.
//! * `verbs`: the shortest ways to ask about two models.
//! * `certify`: from an answer to a certificate.

mod answer;
mod certify;
mod decide;
mod degree;
mod equality;
mod judge;
mod metric;
mod verbs;
pub mod words;

pub use answer::{Answer, Asked, Finding, Measured};
pub use certify::{CertifyError, certify};
pub use judge::Status;
pub use verbs::{equal, similarity};
