//! The errors of a file, of which no more are kept than a reader can use.

use crate::diagnostic::Diagnostic;
use crate::syntax::kinds;

/// How many errors of a file are listed.
pub const MAX_ERRORS: usize = 50;

/// The errors found so far: at most one more than are listed, so that the last can say that there are more.
#[derive(Debug, Default)]
pub(super) struct Errors(Vec<Diagnostic>);

impl Errors {
    /// Adds an error, unless there are too many already.
    pub(super) fn report(&mut self, error: Diagnostic) {
        if !self.are_too_many() {
            self.0.push(error);
        }
    }

    /// Whether there are more than are listed, so that looking for others is in vain.
    pub(super) fn are_too_many(&self) -> bool {
        self.0.len() > MAX_ERRORS
    }

    /// These errors and others in the order of the text, as many as are listed.
    pub(super) fn listed_with(self, others: Errors) -> Vec<Diagnostic> {
        let mut errors = self.0;
        errors.extend(others.0);
        errors.sort_by_key(|error| error.primary.as_ref().map(|label| (label.span.start, label.span.end)));
        if errors.len() > MAX_ERRORS {
            let next = errors.swap_remove(MAX_ERRORS).primary;
            errors.truncate(MAX_ERRORS);
            errors.extend(next.map(|label| {
                let message = format!("more than {MAX_ERRORS} errors; the rest are not listed");
                Diagnostic::new(kinds::TOO_MANY_ERRORS, label.span, message)
            }));
        }
        errors
    }
}
