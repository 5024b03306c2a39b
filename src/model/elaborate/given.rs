//! Arguments as they are written.

use crate::diagnostic::Span;
use crate::model::value::{Eval, Value};
use crate::syntax::ast::{Expr, ExprKind, Name};

/// An argument before it is computed.
#[derive(Clone)]
pub(super) struct Given<'a> {
    /// The name of its parameter, unless it is given by position.
    pub name: Option<&'a Name>,
    pub span: Span,
    pub source: Source<'a>,
}

#[derive(Clone)]
pub(super) enum Source<'a> {
    Piped(Eval<Value>),
    Written(&'a Expr),
}

impl<'a> Given<'a> {
    /// The entries, if it is written as a list in brackets.
    pub fn as_list(&self) -> Option<&'a [Expr]> {
        let Source::Written(mut expr) = self.source else { return None };
        while let ExprKind::Parenthesised(inner) = &expr.kind {
            expr = inner;
        }
        match &expr.kind {
            ExprKind::Stack(entries) => Some(entries),
            _ => None,
        }
    }
}
