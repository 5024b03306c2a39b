//! Text to syntax tree.

use super::ast::{DomainExpr, Expr, File};
use crate::diagnostic::{Diagnostic, FileId};

/// The items of a file that parse, and everything that is wrong with the rest.
pub fn parse(_file: FileId, _text: &str) -> (File, Vec<Diagnostic>) {
    (File { items: Vec::new() }, Vec::new())
}

/// A model expression on its own, as in `net - base` on a command line.
pub fn parse_expression(_file: FileId, _text: &str) -> Result<Expr, Vec<Diagnostic>> {
    Err(Vec::new())
}

/// A domain on its own, as in `--on '{0,1}'`.
pub fn parse_domain(_file: FileId, _text: &str) -> Result<DomainExpr, Vec<Diagnostic>> {
    Err(Vec::new())
}
