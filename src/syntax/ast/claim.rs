//! Claims, loops over claims, and the domains that claims hold on.

use super::expression::{Expr, Name, Text};
use crate::diagnostic::Span;
use crate::domain::{Comparison, Metric, Quantity, Relation};

/// A claim.
#[derive(Clone, Debug, PartialEq)]
pub struct Claim {
    /// The label, if given.
    pub label: Option<Text>,
    /// What is claimed.
    pub kind: ClaimKind,
    /// The claim without `claim` and the label.
    pub span: Span,
}

/// The kinds of claims.
#[derive(Clone, Debug, PartialEq)]
pub enum ClaimKind {
    /// `A == B` or `A != B`, `up to ..`, `on ..`
    Equality {
        /// The left model.
        left: Expr,
        /// The right model.
        right: Expr,
        /// Whether it is `!=`.
        negated: bool,
        /// `up to scale` or `up to shift`, with its place.
        relation: Option<(Relation, Span)>,
        /// `on ..`
        domain: Option<DomainExpr>,
    },
    /// `similarity(A, B) OP c` or `distance(A, B) OP c`
    Metric {
        /// Which of the two.
        quantity: Quantity,
        /// The left model.
        left: Expr,
        /// The right model.
        right: Expr,
        /// The comparison.
        comparison: Comparison,
        /// What it is compared with: a constant scalar.
        bound: Expr,
        /// `under METRIC`
        metric: Option<(Metric, Span)>,
        /// `on DOMAIN`
        domain: Option<DomainExpr>,
    },
    /// `degree(A) OP n`
    Degree {
        /// The model.
        model: Expr,
        /// The comparison.
        comparison: Comparison,
        /// What it is compared with: a constant scalar.
        bound: Expr,
    },
}

/// `for i in a..b { .. }` outside of a block: its claims, once for every value of the counter.
#[derive(Clone, Debug, PartialEq)]
pub struct ClaimLoop {
    /// The counter.
    pub name: Name,
    /// The first value.
    pub start: Expr,
    /// One past the last.
    pub end: Expr,
    /// The body.
    pub body: Vec<ClaimStatement>,
    /// Where it was read from.
    pub span: Span,
}

/// What stands in a loop over claims.
// Statements are few, so that it does not matter that a claim is larger than the others.
#[allow(clippy::large_enum_variant)]
#[derive(Clone, Debug, PartialEq)]
pub enum ClaimStatement {
    /// `let a = e;`
    Let {
        /// The name.
        name: Name,
        /// Its value.
        value: Expr,
    },
    /// `claim "label": CLAIM`
    Claim(Claim),
    /// A loop inside the loop.
    For(ClaimLoop),
}

/// `on ..`
#[derive(Clone, Debug, PartialEq)]
pub struct DomainExpr {
    /// What follows `on`.
    pub kind: DomainKind,
    /// Where it was read from, without `on`.
    pub span: Span,
}

/// The kinds of domains.
#[derive(Clone, Debug, PartialEq)]
pub enum DomainKind {
    /// One set for every input.
    Every(SetExpr),
    /// `x in SET, y in SET`
    PerInput(Vec<(Name, SetExpr)>),
}

/// A set that an input ranges over.
#[derive(Clone, Debug, PartialEq)]
pub struct SetExpr {
    /// Which kind of set, with its parts.
    pub kind: SetKind,
    /// Where it was read from.
    pub span: Span,
}

/// The kinds of sets.
#[derive(Clone, Debug, PartialEq)]
pub enum SetKind {
    /// `{0, 1}`: for every entry. Elements are constant scalar expressions.
    Finite(Vec<Expr>),
    /// `onehot`: every vector along the last axis has a single 1.
    OneHot,
    /// `points [[..], ..]`: a constant whose first axis counts points.
    Points(Expr),
}
