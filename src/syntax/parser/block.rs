//! Blocks and their statements.

use num_rational::BigRational;
use num_traits::Zero;

use super::combinators::{expect, name, token, word};
use super::cursor::{Cursor, Failure, ParseFault, Parsed};
use super::expression::{Tree, expected_expression, expression, highest, nodes};
use super::recovery;
use super::token::Token;
use super::token::TokenKind::{self, *};
use crate::diagnostic::Diagnostic;
use crate::syntax::ast::{Expr, ExprKind, Name as NameNode, Statement};
use crate::syntax::kinds;

/// `block`: statements and a value.
pub(super) fn block(start: Cursor<'_>) -> Parsed<'_, Tree<Expr>> {
    let (input, opening) = token(LeftBrace)(start)?;
    let value = |input| {
        let (rest, value) = expect(expression, "the value of the block")(input)?;
        match rest.kind() {
            RightBrace => Ok((rest, value)),
            _ => Err(after_value(opening, rest)),
        }
    };
    let mut input = input;
    let mut all = Vec::new();
    let value = loop {
        let unclosed = |error| mention_block(start, error);
        let (rest, some) = statements(input).map_err(unclosed)?;
        all.extend(some);
        if rest.kind() == RightBrace && rest.context.lost.get() {
            // After an error, a value that is missing is most likely part of the same mistake.
            input = rest;
            break placeholder(rest);
        }
        let (rest, value) = recovering(rest, value).map_err(unclosed)?;
        input = rest;
        match value {
            Some(value) => break value,
            None if input.kind() == RightBrace => break placeholder(input),
            // What failed was a statement, such as one without `let`.
            None => {}
        }
    };
    let input = input.advance();
    let height = start.above(value.height.max(highest(&all)))?;
    let kind = ExprKind::Block { statements: nodes(all), value: Box::new(value.node) };
    Ok((input, Tree { node: Expr { kind, span: start.span_until(input) }, height }))
}

/// Adds to an error at the end of the file, or at the next item, that the block is still open, which may be
/// the actual mistake.
fn mention_block(opening: Cursor<'_>, mut error: nom::Err<ParseFault>) -> nom::Err<ParseFault> {
    if let nom::Err::Failure(ParseFault::Committed(failure)) = &mut error {
        let at = Cursor { position: failure.position, ..opening };
        let beyond = at.kind() == End || at.kind().begins_item() && at.begins_line();
        if let Some(diagnostic) = failure.diagnostic.take_if(|error| beyond && error.secondary.is_empty()) {
            failure.diagnostic = Some(diagnostic.also(opening.span(), "this `{` is not closed"));
        }
    }
    error
}

/// The error at a token after the value of a block that should be `}`.
fn after_value(opening: Token, input: Cursor<'_>) -> nom::Err<ParseFault> {
    match input.kind() {
        Semicolon => input.fail(
            Diagnostic::new(kinds::SYNTAX, input.span(), "the value of a block must not be followed by `;`")
                .help("remove the `;`"),
        ),
        Equals => input.fail(
            Diagnostic::new(kinds::SYNTAX, input.span(), "expected `}`, found `=`")
                .help("to give a value a name, write `let h = ..;`"),
        ),
        _ => input.unclosed(opening, RightBrace, "an operator or `}`"),
    }
}

/// Statements, as many as there are.
fn statements(mut input: Cursor<'_>) -> Parsed<'_, Vec<Tree<Statement>>> {
    let mut statements = Vec::new();
    loop {
        let parser = match input.kind() {
            Let => binding,
            For => repetition,
            _ => return Ok((input, statements)),
        };
        let (rest, statement) = recovering(input, parser)?;
        statements.extend(statement);
        input = rest;
    }
}

/// Runs a parser; if it fails where the rest of the block can still be read, the error is reported and the
/// position is there. The item is lost all the same, because an error has been reported.
fn recovering<'a, O>(
    input: Cursor<'a>,
    parser: impl Fn(Cursor<'a>) -> Parsed<'a, O>,
) -> Parsed<'a, Option<O>> {
    recovering_at(input, parser, recovery::next_statement)
}

/// The same, where `next` finds the place to go on from the token that failed and the first.
pub(super) fn recovering_at<'a, O>(
    input: Cursor<'a>,
    parser: impl Fn(Cursor<'a>) -> Parsed<'a, O>,
    next: impl Fn(Cursor<'a>, Cursor<'a>) -> Option<Cursor<'a>>,
) -> Parsed<'a, Option<O>> {
    match parser(input) {
        Ok((rest, read)) => Ok((rest, Some(read))),
        Err(nom::Err::Failure(ParseFault::Committed(mut failure))) if !failure.fatal => {
            let failed = Cursor { position: failure.position, ..input };
            match next(failed, input) {
                Some(rest) => {
                    if let Some(error) = failure.diagnostic.take() {
                        input.report(error);
                    }
                    input.context.lost.set(true);
                    Ok((rest, None))
                }
                None => {
                    let fatal = Failure { fatal: true, ..*failure };
                    Err(nom::Err::Failure(ParseFault::Committed(Box::new(fatal))))
                }
            }
        }
        Err(error) => Err(error),
    }
}

/// Stands for a value that could not be read, in an item that is lost.
fn placeholder(at: Cursor<'_>) -> Tree<Expr> {
    let kind = ExprKind::Number { value: BigRational::zero(), text: "0".to_string() };
    Tree { node: Expr { kind, span: at.span() }, height: 1 }
}

/// `let NAME = EXPR;`
fn binding(input: Cursor<'_>) -> Parsed<'_, Tree<Statement>> {
    let (rest, (name, value)) = bound(input, &[Let, For, RightBrace])?;
    Ok((rest, Tree { node: Statement::Let { name, value: value.node }, height: value.height }))
}

/// The name and the value of a `let`, in a block whose statements begin with these tokens.
pub(super) fn bound<'a>(input: Cursor<'a>, follows: &[TokenKind]) -> Parsed<'a, (NameNode, Tree<Expr>)> {
    let (input, _) = token(Let)(input)?;
    let (input, name) = name("the name that is bound")(input)?;
    let (input, _) = expect(token(Equals), "`=`")(input)?;
    let (input, value) = expected_expression(input)?;
    let rest = if input.kind() == Semicolon { input.advance() } else { missing_semicolon(input, follows)? };
    Ok((rest, (name, value)))
}

/// The error at a token that should be the `;` of a `let`. When a statement or the block's end follows, all
/// that is missing is the `;`, and the place to put it is after the value; then the block goes on here.
fn missing_semicolon<'a>(
    input: Cursor<'a>,
    follows: &[TokenKind],
) -> Result<Cursor<'a>, nom::Err<ParseFault>> {
    let next = input.kind();
    let begins_line = input.begins_line();
    let likely = follows.contains(&next) || begins_line && next.begins_expression();
    if !likely {
        return Err(input.unexpected("an operator or `;`"));
    }
    let last = input.position.saturating_sub(1);
    let end = input.context.tokens[last].end;
    let mut place = input.span();
    (place.start, place.end) = (end, end);
    let error = Diagnostic::new(kinds::SYNTAX, place, format!("expected `;` before {}", input.found()))
        .help("in a block, `let` ends with `;`");
    input.report(error);
    input.context.lost.set(true);
    Ok(input)
}

/// What a loop runs over.
pub(super) struct Range {
    pub(super) name: NameNode,
    pub(super) from: Tree<Expr>,
    pub(super) until: Tree<Expr>,
    /// The brace that opens the body.
    pub(super) opening: Token,
}

/// `for NAME in EXPR..EXPR {`
pub(super) fn range(input: Cursor<'_>) -> Parsed<'_, Range> {
    let (input, _) = token(For)(input)?;
    let (input, name) = name("the name of the counter")(input)?;
    let (input, _) = expect(word("in"), "`in`")(input)?;
    let (input, from) = expect(expression, "the first value of the counter")(input)?;
    let (input, _) = expect(token(DoubleDot), "`..`")(input)?;
    let (input, until) = expect(expression, "the end of the range")(input)?;
    let opening = input.peek(0);
    let (input, _) = expect(token(LeftBrace), "`{`")(input)?;
    Ok((input, Range { name, from, until, opening }))
}

/// `for NAME in EXPR..EXPR { .. }`
fn repetition(start: Cursor<'_>) -> Parsed<'_, Tree<Statement>> {
    let (input, Range { name, from, until, opening }) = range(start.nested()?)?;
    let (input, body) = statements(input)?;
    if input.kind() != RightBrace {
        return Err(if input.kind().begins_expression() {
            let message = format!("expected `let`, `for` or `}}`, found {}", input.found());
            input.fail(
                Diagnostic::new(kinds::SYNTAX, input.span(), message)
                    .help("the body of a `for` has no value: rebind an outer name with `let`"),
            )
        } else {
            input.unclosed(opening, RightBrace, "`let`, `for` or `}`")
        });
    }
    let input = input.advance();
    let height = start.above(from.height.max(until.height).max(highest(&body)))?;
    let node = Statement::For {
        name,
        start: from.node,
        end: until.node,
        body: nodes(body),
        span: start.span_until(input),
    };
    Ok((Cursor { nesting: start.nesting, ..input }, Tree { node, height }))
}
