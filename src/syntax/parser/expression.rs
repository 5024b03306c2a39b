//! Expressions, from the loosest operator to the tightest.
//!
//! Only brackets, blocks and interpolations make the parser call itself; operators of any number are read by
//! loops. Trees are therefore limited twice: how deep brackets nest ([`MAX_NESTING`]), because that is how
//! deep the parser's own stack gets, and how high a tree is ([`MAX_HEIGHT`]), because everything that walks
//! over trees later may call itself once per level.

use nom::Parser;
use nom::combinator::{map, opt};
use nom::sequence::preceded;

use super::block;
use super::combinators::{expect, list, name, token};
use super::cursor::{Cursor, ParseFault, Parsed};
use super::number;
use super::text;
use super::token::TokenKind::*;
use crate::diagnostic::{Diagnostic, Span};
use crate::syntax::ast::{Argument, BinaryOperator, Expr, ExprKind, IndexExpr};
use crate::syntax::elsewhere::{Place, instead};
use crate::syntax::kinds;

/// How deep brackets, blocks, loops and interpolations nest.
pub const MAX_NESTING: usize = 128;

/// How high the tree of an expression is: the number of operators, calls, indices, brackets and blocks on the
/// longest way from its root to a leaf. A sum of this many terms is just read.
pub const MAX_HEIGHT: usize = 2_000;

/// A part of a tree and how high it is.
pub(super) struct Tree<T> {
    pub(super) node: T,
    pub(super) height: usize,
}

/// The greatest of some heights.
pub(super) fn highest<T>(trees: &[Tree<T>]) -> usize {
    trees.iter().map(|tree| tree.height).max().unwrap_or(0)
}

/// The nodes alone.
pub(super) fn nodes<T>(trees: Vec<Tree<T>>) -> Vec<T> {
    trees.into_iter().map(|tree| tree.node).collect()
}

impl<'a> Cursor<'a> {
    /// The height of a node over children of a height, when that is not too high. The cursor is at the token
    /// that makes the node.
    pub(super) fn above(self, height: usize) -> Result<usize, nom::Err<ParseFault>> {
        if height >= MAX_HEIGHT {
            let message =
                format!("more than {MAX_HEIGHT} operations depend on one another in this expression");
            return Err(self.too_deep(message, "name parts of it with `let`"));
        }
        Ok(height + 1)
    }

    /// This position, one level further inside.
    pub(super) fn nested(self) -> Result<Cursor<'a>, nom::Err<ParseFault>> {
        if self.nesting >= MAX_NESTING {
            let message = format!("more than {MAX_NESTING} brackets and blocks are nested here");
            return Err(self.too_deep(message, "name the inner parts with `let`"));
        }
        Ok(Cursor { nesting: self.nesting + 1, ..self })
    }

    fn too_deep(self, message: String, help: &str) -> nom::Err<ParseFault> {
        let error = Diagnostic::new(kinds::NESTING_TOO_DEEP, self.span(), message).help(help);
        match self.fail(error) {
            nom::Err::Failure(ParseFault::Committed(mut failure)) => {
                failure.fatal = true;
                nom::Err::Failure(ParseFault::Committed(failure))
            }
            other => other,
        }
    }
}

/// `expression`: a pipe, or what is passed to it.
pub(super) fn expression(input: Cursor<'_>) -> Parsed<'_, Tree<Expr>> {
    let start = input;
    let (mut input, mut left) = binary(start.nested()?, 0)?;
    while let Ok((rest, _)) = token(Pipe)(input) {
        let height = input.above(left.height)?;
        let (rest, right) = stage(rest)?;
        let kind = ExprKind::Pipe { left: Box::new(left.node), right: Box::new(right.node) };
        left =
            Tree { node: Expr { kind, span: start.span_until(rest) }, height: height.max(right.height + 1) };
        input = rest;
    }
    let piped = matches!(left.node.kind, ExprKind::Pipe { .. });
    if piped && (operator(input).is_some() || matches!(input.kind(), Caret | LeftBracket | LeftParenthesis)) {
        let found = input.text(input.peek(0));
        let message = format!("`{found}` cannot follow the call that a value is passed to");
        let error = Diagnostic::new(kinds::SYNTAX, input.span(), message);
        return Err(input.fail(error.help("`|>` binds loosest: put parentheses around the pipe")));
    }
    Ok((Cursor { nesting: start.nesting, ..input }, left))
}

/// `expression`, committed.
pub(super) fn expected_expression(input: Cursor<'_>) -> Parsed<'_, Tree<Expr>> {
    expect(expression, "an expression")(input)
}

/// `stage`: what a value can be passed to, a name or a call of one.
fn stage(input: Cursor<'_>) -> Parsed<'_, Tree<Expr>> {
    let (rest, callee) = expect(qualified_name, "the function that the value is passed to")(input)?;
    if rest.kind() == LeftParenthesis { call(input, rest, callee) } else { Ok((rest, callee)) }
}

/// The binary operators between `|>` and `^`, and how tightly they bind.
fn operator(input: Cursor<'_>) -> Option<(BinaryOperator, u8)> {
    Some(match input.kind() {
        Plus => (BinaryOperator::Add, 0),
        Minus => (BinaryOperator::Subtract, 0),
        Star => (BinaryOperator::Multiply, 1),
        Slash => (BinaryOperator::Divide, 1),
        At => (BinaryOperator::MatMul, 1),
        _ => return None,
    })
}

/// `sum` (from level 0) or `product` (from level 1): operators of a level, left to right.
fn binary(start: Cursor<'_>, level: u8) -> Parsed<'_, Tree<Expr>> {
    let (mut input, mut left) = if level == 0 { binary(start, 1)? } else { unary(start)? };
    while let Some((operator, at)) = operator(input) {
        if at != level {
            break;
        }
        let operand = |input| if level == 0 { binary(input, 1) } else { unary(input) };
        let (rest, right) = expect(operand, "an expression after the operator")(input.advance())?;
        let height = input.above(left.height.max(right.height))?;
        let (l, r) = (Box::new(left.node), Box::new(right.node));
        let kind = ExprKind::Binary { operator, left: l, right: r };
        left = Tree { node: Expr { kind, span: start.span_until(rest) }, height };
        input = rest;
    }
    Ok((input, left))
}

/// `unary`: any number of minus signs and a power. `-x^2` is `-(x^2)`.
fn unary(start: Cursor<'_>) -> Parsed<'_, Tree<Expr>> {
    let mut input = start;
    while input.kind() == Minus {
        input = input.advance();
    }
    let (rest, mut tree) =
        if input.position == start.position { power(input)? } else { expect(power, "an expression")(input)? };
    for position in (start.position..input.position).rev() {
        let sign = Cursor { position, ..start };
        let kind = ExprKind::Negate(Box::new(tree.node));
        tree = Tree { node: Expr { kind, span: sign.span_until(rest) }, height: sign.above(tree.height)? };
    }
    Ok((rest, tree))
}

/// `power`: right to left, `x^2^3` is `x^(2^3)`.
fn power(start: Cursor<'_>) -> Parsed<'_, Tree<Expr>> {
    let (mut input, mut last) = postfix(start)?;
    let mut bases = Vec::new();
    let mut begin = start;
    while let Ok((rest, _)) = token(Caret)(input) {
        bases.push((begin, input, last));
        begin = rest;
        (input, last) = expect(postfix, "an exponent")(rest)?;
    }
    for (begin, caret, base) in bases.into_iter().rev() {
        let height = caret.above(base.height.max(last.height))?;
        let (left, right) = (Box::new(base.node), Box::new(last.node));
        let kind = ExprKind::Binary { operator: BinaryOperator::Power, left, right };
        last = Tree { node: Expr { kind, span: begin.span_until(input) }, height };
    }
    Ok((input, last))
}

/// `postfix`: calls and indices.
fn postfix(start: Cursor<'_>) -> Parsed<'_, Tree<Expr>> {
    let (mut input, mut tree) = primary(start)?;
    loop {
        let (rest, longer) = match input.kind() {
            LeftParenthesis => call(start, input, tree)?,
            LeftBracket => index(start, input, tree)?,
            _ => return Ok((input, tree)),
        };
        (input, tree) = (rest, longer);
    }
}

/// A call of a callee that begins at `start`.
fn call<'a>(start: Cursor<'a>, input: Cursor<'a>, callee: Tree<Expr>) -> Parsed<'a, Tree<Expr>> {
    let (rest, arguments) = list(LeftParenthesis, RightParenthesis, "`,` or `)`", argument)(input)
        .map_err(|error| callee_too(start, error))?;
    let height = input.above(callee.height.max(highest(&arguments)))?;
    let kind = ExprKind::Call { callee: Box::new(callee.node), arguments: nodes(arguments) };
    Ok((rest, Tree { node: Expr { kind, span: start.span_until(rest) }, height }))
}

/// Adds to an error at `dim=0` what to write instead of the function that is called, if that is wrong, too.
fn callee_too(start: Cursor<'_>, mut error: nom::Err<ParseFault>) -> nom::Err<ParseFault> {
    if let nom::Err::Failure(ParseFault::Committed(failure)) = &mut error
        && (Cursor { position: failure.position, ..start }).kind() == Equals
        && let Some(diagnostic) = &mut failure.diagnostic
        && start.peek(1).kind == LeftParenthesis
    {
        diagnostic.help.extend(instead(Place::Called, start.text(start.peek(0))));
    }
    error
}

/// `argument`: a value, perhaps after `name:`.
fn argument(input: Cursor<'_>) -> Parsed<'_, Tree<Argument>> {
    let named = input.peek(1).kind == Colon && (input.kind() == Name || input.kind().is_reserved());
    let (rest, name) =
        if named { map(name("the name of an argument"), Some).parse(input)? } else { (input, None) };
    let rest = if named { rest.advance() } else { rest };
    let (rest, value) = expected_expression(rest)?;
    Ok((rest, Tree { node: Argument { name, value: value.node }, height: value.height }))
}

fn index<'a>(start: Cursor<'a>, input: Cursor<'a>, base: Tree<Expr>) -> Parsed<'a, Tree<Expr>> {
    let (rest, indices) = nonempty(list(LeftBracket, RightBracket, "`,` or `]`", axis), "an index")(input)?;
    let height = input.above(base.height.max(highest(&indices)))?;
    let kind = ExprKind::Index { base: Box::new(base.node), indices: nodes(indices) };
    Ok((rest, Tree { node: Expr { kind, span: start.span_until(rest) }, height }))
}

/// `index`: one entry, or a range of them.
fn axis(start: Cursor<'_>) -> Parsed<'_, Tree<IndexExpr>> {
    let (input, from) = if start.kind() == DoubleDot {
        (start, None)
    } else {
        map(expect(expression, "an index"), Some).parse(start)?
    };
    let low = from.as_ref().map_or(0, |tree| tree.height);
    let (input, until) = opt(preceded(token(DoubleDot), opt(expression))).parse(input)?;
    match (from, until) {
        (Some(entry), None) => Ok((input, Tree { node: IndexExpr::At(entry.node), height: entry.height })),
        (from, until) => {
            let until = until.flatten();
            let height = until.as_ref().map_or(low, |tree| tree.height.max(low));
            let (start_expr, end) = (from.map(|tree| tree.node), until.map(|tree| tree.node));
            let node = IndexExpr::Range { start: start_expr, end, span: start.span_until(input) };
            Ok((input, Tree { node, height }))
        }
    }
}

/// A list that has at least one entry.
pub(super) fn nonempty<'a, O>(
    mut list: impl FnMut(Cursor<'a>) -> Parsed<'a, Vec<O>>,
    expected: &'static str,
) -> impl FnMut(Cursor<'a>) -> Parsed<'a, Vec<O>> {
    move |input: Cursor<'a>| match list(input) {
        Ok((_, entries)) if entries.is_empty() => Err(input.advance().unexpected(expected)),
        result => result,
    }
}

/// `primary`: what needs no operator.
fn primary(input: Cursor<'_>) -> Parsed<'_, Tree<Expr>> {
    let leaf = |kind, span: Span| Tree { node: Expr { kind, span }, height: 1 };
    match input.kind() {
        Number => {
            let text = input.text(input.peek(0)).to_string();
            // A number without a value has been reported by the lexer, so any value will do.
            let value = number::value(&text).unwrap_or_default();
            Ok((input.advance(), leaf(ExprKind::Number { value, text }, input.span())))
        }
        Name => qualified_name(input),
        TextStart => {
            let (rest, text) = text::text(input)?;
            let height = input.above(text.height)?;
            let span = text.node.span;
            Ok((rest, Tree { node: Expr { kind: ExprKind::Text(text.node), span }, height }))
        }
        LeftParenthesis => parenthesised(input),
        LeftBracket => {
            let entries = list(LeftBracket, RightBracket, "`,` or `]`", expected_expression);
            let (rest, entries) = nonempty(entries, "an expression")(input)?;
            let height = input.above(highest(&entries))?;
            let kind = ExprKind::Stack(nodes(entries));
            Ok((rest, Tree { node: Expr { kind, span: input.span_until(rest) }, height }))
        }
        LeftBrace => block::block(input),
        _ => Err(nom::Err::Error(ParseFault::Mismatch)),
    }
}

fn parenthesised(input: Cursor<'_>) -> Parsed<'_, Tree<Expr>> {
    let (rest, inner) = expected_expression(input.advance())?;
    if rest.kind() == Comma {
        let error = Diagnostic::new(kinds::SYNTAX, rest.span(), "expected `)`, found `,`");
        return Err(rest.fail(error.help("to stack several values, use brackets: `[a, b]`")));
    }
    if rest.kind() != RightParenthesis {
        return Err(rest.unclosed(input.peek(0), RightParenthesis, "`)`"));
    }
    let rest = rest.advance();
    let height = input.above(inner.height)?;
    let kind = ExprKind::Parenthesised(Box::new(inner.node));
    Ok((rest, Tree { node: Expr { kind, span: input.span_until(rest) }, height }))
}

/// `qualified_name`: a name, perhaps of an import.
fn qualified_name(start: Cursor<'_>) -> Parsed<'_, Tree<Expr>> {
    if start.kind() != Name {
        return Err(nom::Err::Error(ParseFault::Mismatch));
    }
    let (mut input, mut last) = name("a name")(start)?;
    let mut path = Vec::new();
    while let Ok((rest, _)) = token(DoubleColon)(input) {
        path.push(last);
        (input, last) = name("the name of an item of the import")(rest)?;
    }
    let kind = ExprKind::Name { path, name: last };
    Ok((input, Tree { node: Expr { kind, span: start.span_until(input) }, height: 1 }))
}
