//! What checking comes to.

use std::cell::Cell;
use std::fmt;

/// Why a certificate is not accepted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// What kind of refusal it is.
    pub kind: RefusalKind,
    /// The field of the certificate that it is about, such as `evidence.grid.primes`.
    pub field: String,
    /// The reason, in one sentence.
    pub reason: String,
}

/// The kinds of refusals.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RefusalKind {
    /// A field is wrong, or the evidence does not show what it should.
    Invalid,
    /// Nothing wrong was found, but checking goes beyond the limits of the checker.
    Incomplete,
    /// There is nothing to check: the certificate, a model or a weight file cannot be read.
    Error,
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.field, self.reason)
    }
}

/// A field is wrong.
pub(crate) fn invalid(field: impl Into<String>, reason: impl Into<String>) -> Refusal {
    Refusal { kind: RefusalKind::Invalid, field: field.into(), reason: reason.into() }
}

/// Something cannot be read.
pub(super) fn unreadable(field: impl Into<String>, reason: impl Into<String>) -> Refusal {
    Refusal { kind: RefusalKind::Error, field: field.into(), reason: reason.into() }
}

/// Checking would take too long, or too much memory.
pub(super) fn incomplete(reason: impl Into<String>) -> Refusal {
    Refusal { kind: RefusalKind::Incomplete, field: "evidence".to_string(), reason: reason.into() }
}

/// `Ok` if a condition holds, else the field is wrong.
pub(super) fn require(condition: bool, field: impl Into<String>, reason: &str) -> Result<(), Refusal> {
    if condition { Ok(()) } else { Err(invalid(field, reason)) }
}

/// What checking may still take, in units of about a nanosecond.
#[derive(Debug)]
pub(crate) struct Work(Cell<u64>);

impl Work {
    /// What checking one certificate may take.
    pub(crate) fn new() -> Work {
        Work(Cell::new(1 << 37))
    }

    /// Announces work. `false` when it must not be done.
    pub(super) fn announce(&self, units: u64) -> bool {
        let left = self.0.get().saturating_sub(units);
        self.0.set(left);
        left > 0
    }

    /// Announces work. An error when it must not be done, or when any was announced before that must not.
    pub(super) fn spend(&self, units: u64) -> Result<(), Refusal> {
        let reason = "checking this takes longer than the checker's limit of 2^37 steps";
        if self.announce(units) { Ok(()) } else { Err(incomplete(reason)) }
    }
}
