//! Items: what a file consists of.

use nom::Parser;
use nom::combinator::map;

use super::claim;
use super::claim_loop;
use super::combinators::{expect, list, name, token, word};
use super::cursor::{Cursor, ParseFault, Parsed};
use super::expression::{Tree, expected_expression, expression};
use super::hints;
use super::text;
use super::token::TokenKind::*;
use crate::diagnostic::Diagnostic;
use crate::syntax::ast::{Expr, ExprKind, Item, ItemKind, ModelInput, ShapeExpr, Text};
use crate::syntax::kinds;

/// `item`
pub(super) fn item(start: Cursor<'_>) -> Parsed<'_, Item> {
    let input = start.advance();
    let (rest, kind) = match start.kind() {
        Let => binding(input)?,
        Weights => weights(input)?,
        Function => function(input)?,
        Model => model(input)?,
        Import => import(input)?,
        Claim => map(claim::claim, ItemKind::Claim).parse(input)?,
        For => map(claim_loop::claim_loop, ItemKind::Claims).parse(start)?,
        _ => return Err(no_item(start)),
    };
    let item = Item { kind, span: start.span_until(rest) };
    if rest.kind() == End || rest.kind() == For || rest.kind().begins_item() {
        Ok((rest, item))
    } else {
        Err(after_item(rest, &item.kind))
    }
}

/// The error at a token that should begin an item.
fn no_item(input: Cursor<'_>) -> nom::Err<ParseFault> {
    let expected = "`let`, `weights`, `fn`, `model`, `import`, `claim` or `for`";
    let message = format!("expected {expected}, found {}", input.found());
    let mut error = Diagnostic::new(kinds::SYNTAX, input.span(), message);
    if input.peek(1).kind == Equals {
        error = error.help("to define a constant, write `let`");
    } else if ["def", "func", "function"].iter().any(|word| input.is_word(0, word)) {
        error = error.help("to define a function, write `fn`");
    }
    input.fail(error)
}

/// The error at a token that follows an item and does not belong to it.
fn after_item(input: Cursor<'_>, item: &ItemKind) -> nom::Err<ParseFault> {
    let next = input.kind();
    if next == Semicolon {
        let error = Diagnostic::new(kinds::SYNTAX, input.span(), "an item has no `;` after it");
        return input.fail(error.help("remove the `;`"));
    }
    if next.closes() {
        let closing = next.written().unwrap_or_default();
        let message = format!("this `{closing}` has no opening bracket");
        return input.fail(Diagnostic::new(kinds::UNCLOSED_BRACKET, input.span(), message));
    }
    input.unexpected(match item {
        ItemKind::Import { .. } | ItemKind::Weights { .. } | ItemKind::Claims(_) => "the next item",
        ItemKind::Claim(_) => "the rest of the claim or the next item",
        _ => "an operator or the next item",
    })
}

/// `= EXPR`
fn defined_as(input: Cursor<'_>) -> Parsed<'_, Expr> {
    let (input, _) = expect(token(Equals), "`=`")(input)?;
    map(expected_expression, |tree| tree.node).parse(input)
}

/// `"file"`
fn path(input: Cursor<'_>) -> Parsed<'_, Text> {
    expect(map(text::text, |tree| tree.node), "the path of a file, as a string")(input)
}

fn binding(input: Cursor<'_>) -> Parsed<'_, ItemKind> {
    let (input, name) = name("the name that is bound")(input)?;
    map(defined_as, |value| ItemKind::Let { name: name.clone(), value }).parse(input)
}

fn weights(input: Cursor<'_>) -> Parsed<'_, ItemKind> {
    let (input, name) = name("the name of the weights")(input)?;
    let (input, _) = expect(token(Equals), "`=`")(input)?;
    let (input, path) = path(input)?;
    Ok((input, ItemKind::Weights { name, path }))
}

fn function(input: Cursor<'_>) -> Parsed<'_, ItemKind> {
    let (input, function) = name("the name of the function")(input)?;
    let params = list(LeftParenthesis, RightParenthesis, hints::PARAMETERS, name("the name of a parameter"));
    let (input, params) = expect(params, "`(` and the parameters")(input)?;
    let (input, body) = defined_as(input)?;
    Ok((input, ItemKind::Fn { name: function, params, body }))
}

fn model(input: Cursor<'_>) -> Parsed<'_, ItemKind> {
    let (input, name) = name("the name of the model")(input)?;
    let inputs = list(LeftParenthesis, RightParenthesis, "`,` or `)`", model_input);
    let (input, inputs) = expect(inputs, "`(` and the inputs")(input)?;
    let (input, body) = defined_as(input)?;
    Ok((input, ItemKind::Model { name, inputs, body }))
}

/// `NAME: SHAPE`
fn model_input(input: Cursor<'_>) -> Parsed<'_, ModelInput> {
    let (input, name) = name("the name of an input")(input)?;
    let (input, _) = expect(token(Colon), "`:` and the shape of the input")(input)?;
    let (input, shape) = shape(input)?;
    Ok((input, ModelInput { name, shape }))
}

/// `shape`: an expression, where brackets list the axes. Only here may they be empty.
fn shape(start: Cursor<'_>) -> Parsed<'_, ShapeExpr> {
    if start.kind() == LeftBracket && start.peek(1).kind == RightBracket {
        let rest = start.advance().advance();
        return Ok((rest, ShapeExpr { axes: Vec::new(), bracketed: true, span: start.span_until(rest) }));
    }
    let (rest, Tree { node, .. }) = expect(expression, "a shape, such as `3` or `[2, 16]`")(start)?;
    let span = node.span;
    let shape = match node.kind {
        ExprKind::Stack(axes) => ShapeExpr { axes, bracketed: true, span },
        kind => ShapeExpr { axes: vec![Expr { kind, span }], bracketed: false, span },
    };
    Ok((rest, shape))
}

/// `"other.same" as other`
fn import(input: Cursor<'_>) -> Parsed<'_, ItemKind> {
    let (input, path) = path(input)?;
    let (input, _) = expect(word("as"), "`as` and a name for the import")(input)?;
    let (input, alias) = name("a name for the import")(input)?;
    Ok((input, ItemKind::Import { path, alias }))
}
