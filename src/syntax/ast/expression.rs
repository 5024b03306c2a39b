//! Expressions, blocks and strings.

use num_rational::BigRational;

use crate::diagnostic::Span;

/// A name and where it stands.
#[derive(Clone, Debug, PartialEq)]
pub struct Name {
    /// The name itself.
    pub text: String,
    /// Where it was read from.
    pub span: Span,
}

/// A string with its span; `{..}` has been split out.
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
    /// `{expr}`: a number or a string.
    Interpolated(Expr),
}

/// An expression.
#[derive(Clone, Debug, PartialEq)]
pub struct Expr {
    /// Which kind of expression, with its parts.
    pub kind: ExprKind,
    /// Where it was read from, parentheses included.
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
        /// Where it was read from.
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
        /// Where it was read from.
        span: Span,
    },
}
