//! Opening a file in one step, for programs that only print what is wrong with it.

use std::fmt;
use std::path::Path;

use super::{Bindings, Program};
use crate::diagnostic::{Diagnostic, Sources};

/// What is wrong with a file. Displayed, it is every error with its place.
#[derive(Clone)]
pub struct LoadError {
    /// The errors.
    pub diagnostics: Vec<Diagnostic>,
    /// The files that were read, which the errors point into.
    pub sources: Sources,
}

impl Program {
    /// Reads and resolves a file. [`Program::load`] also binds weights to other files, and keeps the sources.
    ///
    /// # Errors
    /// When something is wrong with the file, with one that it imports, or with its weights.
    pub fn open(path: impl AsRef<Path>) -> Result<Program, LoadError> {
        let mut sources = Sources::default();
        Program::load(path.as_ref(), &Bindings::default(), &mut sources)
            .map_err(|diagnostics| LoadError { diagnostics, sources })
    }
}

impl fmt::Display for LoadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, diagnostic) in self.diagnostics.iter().enumerate() {
            if at > 0 {
                f.write_str("\n")?;
            }
            f.write_str(&diagnostic.text(&self.sources))?;
        }
        Ok(())
    }
}

impl fmt::Debug for LoadError {
    /// As displayed: this is what a program that returns the error prints.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl std::error::Error for LoadError {}
