//! The abstract syntax of `.same` files. Every node has the span it was read from; printing and parsing a
//! tree gives the same tree up to spans.
//!
//! Here are files and their items; `expression` and `claim` have what stands in them.

mod claim;
mod expression;

pub use claim::{Claim, ClaimKind, ClaimLoop, ClaimStatement, DomainExpr, DomainKind, SetExpr, SetKind};
pub use expression::{Argument, BinaryOperator, Expr, ExprKind, IndexExpr, Name, Statement, Text, TextPart};

use crate::diagnostic::Span;

/// A whole file: items in the order they were written.
#[derive(Clone, Debug, PartialEq)]
pub struct File {
    /// The items.
    pub items: Vec<Item>,
}

/// A top-level item.
#[derive(Clone, Debug, PartialEq)]
pub struct Item {
    /// Which kind of item, with its parts.
    pub kind: ItemKind,
    /// Where it was read from.
    pub span: Span,
}

/// The kinds of items.
// Items are few, so that it does not matter that a claim is larger than the others.
#[allow(clippy::large_enum_variant)]
#[derive(Clone, Debug, PartialEq)]
pub enum ItemKind {
    /// `let NAME = EXPR`
    Let {
        /// The name.
        name: Name,
        /// Its value.
        value: Expr,
    },
    /// `weights NAME = "file"`
    Weights {
        /// The handle.
        name: Name,
        /// The path, relative to the file that says so.
        path: Text,
    },
    /// `fn NAME(params) = EXPR`
    Fn {
        /// The name.
        name: Name,
        /// The parameters.
        params: Vec<Name>,
        /// What it returns.
        body: Expr,
    },
    /// `model NAME(input: SHAPE, ...) = EXPR`
    Model {
        /// The name.
        name: Name,
        /// The inputs.
        inputs: Vec<ModelInput>,
        /// The output.
        body: Expr,
    },
    /// `import "other.same" as other`
    Import {
        /// The path, relative to the file that says so.
        path: Text,
        /// The prefix its items get.
        alias: Name,
    },
    /// `claim "label": CLAIM`
    Claim(Claim),
    /// `for i in a..b { claim .. }`
    Claims(ClaimLoop),
}

/// An input of a model.
#[derive(Clone, Debug, PartialEq)]
pub struct ModelInput {
    /// Its name.
    pub name: Name,
    /// Its shape.
    pub shape: ShapeExpr,
}

/// A shape as written: `3` (one axis), or `[2, 16]`, or `[]`. Axes are constant natural expressions.
#[derive(Clone, Debug, PartialEq)]
pub struct ShapeExpr {
    /// The axes.
    pub axes: Vec<Expr>,
    /// Whether it was written in brackets.
    pub bracketed: bool,
    /// Where it was read from.
    pub span: Span,
}
