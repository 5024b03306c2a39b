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
use super::token::RESERVED;
use super::token::TokenKind::*;
use crate::diagnostic::Diagnostic;
use crate::suggest::did_you_mean;
use crate::syntax::ast::{Expr, ExprKind, Item, ItemKind, ModelInput, ShapeExpr, Text};
use crate::syntax::elsewhere::{Place, instead};
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
    let claimed = matches!(item.kind, ItemKind::Claim(_));
    let another = rest.kind() == For && !(claimed && hints::domain_after_for(rest));
    if rest.kind() == End || another || rest.kind().begins_item() {
        Ok((rest, item))
    } else {
        Err(after_item(rest, &item.kind))
    }
}

/// The error at a token that should begin an item.
fn no_item(input: Cursor<'_>) -> nom::Err<ParseFault> {
    let expected = "`let`, `weights`, `fn`, `model`, `import`, `claim` or `for`";
    let message = format!("expected {expected}, found {}", input.found());
    let error = Diagnostic::new(kinds::SYNTAX, input.span(), message);
    input.fail(error.help_if_any(beginning(input)))
}

/// Help for a token that seems to begin an item.
fn beginning(input: Cursor<'_>) -> Option<String> {
    let word = input.text(input.peek(0));
    let help = match (input.kind(), input.peek(1).kind) {
        (TextStart, _) => "comments start with `#`",
        (Name, Equals) => "to define a constant, write `let`",
        (Name, DoubleEquals | NotEquals) => "a claim begins with the word `claim`",
        (Name, next) => {
            let words = RESERVED.iter().map(|(word, _)| *word);
            let help = instead(Place::Item, word).or_else(|| did_you_mean(word, words));
            return help.or_else(|| (next == LeftParenthesis).then(|| MODEL.to_string()));
        }
        _ => return None,
    };
    Some(help.to_string())
}

/// How a model is defined.
const MODEL: &str = "to define a model, write `model net(x: 4) = ..`; a claim begins with the word `claim`";

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
    let expected = match item {
        ItemKind::Import { .. } | ItemKind::Weights { .. } | ItemKind::Claims(_) => "the next item",
        ItemKind::Claim(_) => "the rest of the claim or the next item",
        _ => "an operator or the next item",
    };
    let mut fault = input.unexpected(expected);
    if input.begins_line()
        && let nom::Err::Failure(ParseFault::Committed(failure)) = &mut fault
        && let Some(error) = failure.diagnostic.as_mut().filter(|error| error.help.is_empty())
    {
        error.help.extend(beginning(input));
    }
    fault
}

/// `= EXPR`
fn defined_as(input: Cursor<'_>) -> Parsed<'_, Expr> {
    let (input, _) = expect(token(Equals), "`=`")(input)?;
    map(expected_expression, |tree| tree.node).parse(input)
}

/// `"file"`
fn path(input: Cursor<'_>) -> Parsed<'_, Text> {
    let written = if input.kind() == Name && input.peek(1).kind == Invalid { input.advance() } else { input };
    expect(map(text::text, |tree| tree.node), hints::PATH)(written)
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
    let (input, inputs) = expect(inputs, hints::INPUTS)(input)?;
    let (input, body) = defined_as(input)?;
    Ok((input, ItemKind::Model { name, inputs, body }))
}

/// `NAME: SHAPE`
fn model_input(input: Cursor<'_>) -> Parsed<'_, ModelInput> {
    let (input, name) = name("the name of an input")(input)?;
    let (input, _) = expect(token(Colon), hints::SHAPE)(input)?;
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
