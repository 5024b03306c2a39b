//! The abstract syntax of `.same` files. Every node has the span it was read from; printing and parsing a
//! tree gives the same tree up to spans.

use num_rational::BigRational;

use crate::diagnostic::Span;
use crate::domain::{Comparison, Metric, Quantity, Relation};

/// A whole file: items in the order they were written.
#[derive(Clone, Debug, PartialEq)]
pub struct File {
    /// The items.
    pub items: Vec<Item>,
}

/// A name and where it stands.
#[derive(Clone, Debug, PartialEq)]
pub struct Name {
    /// The name itself.
    pub text: String,
    /// Its place.
    pub span: Span,
}

/// A top-level item.
#[derive(Clone, Debug, PartialEq)]
pub struct Item {
    /// What it is.
    pub kind: ItemKind,
    /// All of it.
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
}

/// A string with its place; `{..}` has been split out.
#[derive(Clone, Debug, PartialEq)]
pub struct Text {
    /// Literal pieces and interpolated expressions, in order.
    pub parts: Vec<TextPart>,
    /// The string with its quotes.
    pub span: Span,
}

/// A piece of a string.
#[derive(Clone, Debug, PartialEq)]
pub enum TextPart {
    /// Literal characters, escapes resolved.
    Literal(String),
    /// `{expr}`: the expression must be a natural number.
    Interpolated(Expr),
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
    /// Its place.
    pub span: Span,
}

/// An expression.
#[derive(Clone, Debug, PartialEq)]
pub struct Expr {
    /// What it is.
    pub kind: ExprKind,
    /// Its place, parentheses included.
    pub span: Span,
}

/// The kinds of expressions.
#[derive(Clone, Debug, PartialEq)]
pub enum ExprKind {
    /// `3`, `0.125`, `1e-3`: exact. The text is kept for printing.
    Number {
        /// The value.
        value: BigRational,
        /// As written.
        text: String,
    },
    /// `"text"`
    Text(Text),
    /// `name` or `module::name`
    Name {
        /// The import prefixes, outermost first (at most one is meaningful today).
        path: Vec<Name>,
        /// The name itself.
        name: Name,
    },
    /// `[e1, e2]`
    Stack(Vec<Expr>),
    /// `f(a, name: b)`
    Call {
        /// What is called.
        callee: Box<Expr>,
        /// With what.
        arguments: Vec<Argument>,
    },
    /// `x[0]`, `x[1..3, ..]`, `W["name"]`
    Index {
        /// What is indexed.
        base: Box<Expr>,
        /// One entry per axis, from the first.
        indices: Vec<IndexExpr>,
    },
    /// `-x`
    Negate(Box<Expr>),
    /// `a + b` and the like.
    Binary {
        /// The operator.
        operator: BinaryOperator,
        /// The left operand.
        left: Box<Expr>,
        /// The right operand.
        right: Box<Expr>,
    },
    /// `x |> f(a)`, which means `f(x, a)`; the right side is a call or a name.
    Pipe {
        /// What is passed first.
        left: Box<Expr>,
        /// The call it is passed to.
        right: Box<Expr>,
    },
    /// `{ let a = e; for i in 0..n { .. } e }`
    Block {
        /// The statements.
        statements: Vec<Statement>,
        /// The value.
        value: Box<Expr>,
    },
    /// `(e)`: kept so that printing is faithful.
    Parenthesised(Box<Expr>),
}

/// An argument of a call.
#[derive(Clone, Debug, PartialEq)]
pub struct Argument {
    /// `name:` if given.
    pub name: Option<Name>,
    /// The value.
    pub value: Expr,
}

/// An index along one axis.
#[derive(Clone, Debug, PartialEq)]
pub enum IndexExpr {
    /// One entry (the axis disappears), or a string for a tensor of a weight file.
    At(Expr),
    /// `start..end`, half-open; either side may be left out. `..` is the whole axis.
    Range {
        /// The first index.
        start: Option<Expr>,
        /// One past the last.
        end: Option<Expr>,
        /// Its place.
        span: Span,
    },
}

/// The binary operators.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BinaryOperator {
    /// `+`
    Add,
    /// `-`
    Subtract,
    /// `*`: entry by entry, or by a scalar
    Multiply,
    /// `/`: by a constant without zeros
    Divide,
    /// `@`: NumPy's matmul
    MatMul,
    /// `^`: by a natural number
    Power,
}

/// A statement of a block.
#[derive(Clone, Debug, PartialEq)]
pub enum Statement {
    /// `let a = e;`
    Let {
        /// The name.
        name: Name,
        /// Its value.
        value: Expr,
    },
    /// `for i in a..b { .. }`
    For {
        /// The counter.
        name: Name,
        /// The first value.
        start: Expr,
        /// One past the last.
        end: Expr,
        /// The body: statements only.
        body: Vec<Statement>,
        /// All of it.
        span: Span,
    },
}

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

/// `on ..`
#[derive(Clone, Debug, PartialEq)]
pub struct DomainExpr {
    /// What follows `on`.
    pub kind: DomainKind,
    /// Its place, without `on`.
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
    /// What it is.
    pub kind: SetKind,
    /// Its place.
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
