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
    pub value: GivenValue<'a>,
}

#[derive(Clone)]
pub(super) enum GivenValue<'a> {
    Piped(Eval<Value>),
    Written(&'a Expr),
}

impl<'a> Given<'a> {
    /// The entries, if it is written as a list in brackets.
    pub fn as_list(&self) -> Option<&'a [Expr]> {
        let GivenValue::Written(mut expr) = self.value else { return None };
        while let ExprKind::Parenthesised(inner) = &expr.kind {
            expr = inner;
        }
        match &expr.kind {
            ExprKind::Stack(entries) => Some(entries),
            _ => None,
        }
    }
}
