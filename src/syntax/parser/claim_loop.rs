//! Loops over claims.

use super::block::{Range, bound, range, recovering_at};
use super::claim;
use super::cursor::{Cursor, ParseFault, Parsed};
use super::hints;
use super::recovery;
use super::token::TokenKind::*;
use crate::diagnostic::Diagnostic;
use crate::syntax::ast::{ClaimLoop, ClaimStatement};
use crate::syntax::kinds;

/// `for NAME in EXPR..EXPR { .. }` outside of blocks
pub(super) fn claim_loop(start: Cursor<'_>) -> Parsed<'_, ClaimLoop> {
    let (mut input, Range { name, from, until, opening }) = range(start.nested()?)?;
    let mut body = Vec::new();
    while input.kind() != RightBrace {
        let parser = match input.kind() {
            Let => binding,
            Claim => labelled,
            For => repeated,
            kind if kind == End || kind.closes() => {
                return Err(input.unclosed(opening, RightBrace, EXPECTED));
            }
            _ => misplaced,
        };
        let (rest, statement) = recovering_at(input, parser, recovery::next_claim)?;
        body.extend(statement);
        input = rest;
    }
    let input = input.advance();
    let span = start.span_until(input);
    let node = ClaimLoop { name, start: from.node, end: until.node, body, span };
    Ok((Cursor { nesting: start.nesting, ..input }, node))
}

/// What may stand in the body.
const EXPECTED: &str = "`claim`, `let`, `for` or `}`";

/// What may follow a claim in it.
const EXPECTED_AFTER_CLAIM: &str = "the rest of the claim, `claim`, `let`, `for` or `}`";

fn binding(input: Cursor<'_>) -> Parsed<'_, ClaimStatement> {
    let (rest, (name, value)) = bound(input, &[Claim, Let, For, RightBrace])?;
    Ok((rest, ClaimStatement::Let { name, value: value.node }))
}

fn labelled(input: Cursor<'_>) -> Parsed<'_, ClaimStatement> {
    let (rest, claim) = claim::claim(input.advance())?;
    match rest.kind() {
        For if hints::domain_after_for(rest) => {
            let mut fault = rest.unexpected(EXPECTED_AFTER_CLAIM);
            if let nom::Err::Failure(ParseFault::Committed(failure)) = &mut fault {
                // What follows is no loop.
                failure.position += 1;
            }
            Err(fault)
        }
        // At the end of the file, the loop is not closed.
        Claim | Let | For | RightBrace | End => Ok((rest, ClaimStatement::Claim(claim))),
        Semicolon => {
            let error = Diagnostic::new(kinds::SYNTAX, rest.span(), "a claim has no `;` after it");
            Err(rest.fail(error.help("remove the `;`")))
        }
        _ => Err(rest.unexpected(EXPECTED_AFTER_CLAIM)),
    }
}

fn repeated(input: Cursor<'_>) -> Parsed<'_, ClaimStatement> {
    let (rest, inner) = claim_loop(input)?;
    Ok((rest, ClaimStatement::For(inner)))
}

/// The error at what cannot stand in a loop over claims.
fn misplaced(input: Cursor<'_>) -> Parsed<'_, ClaimStatement> {
    let message = format!("expected {EXPECTED}, found {}", input.found());
    let error = Diagnostic::new(kinds::SYNTAX, input.span(), message);
    let fault: nom::Err<ParseFault> = input.fail(match input.kind() {
        Model | Function => error.help(
            "outside of blocks, a loop repeats claims; what varies can be a function of the counter, as in \
             `claim net == f(net, i)`",
        ),
        _ => error.help("outside of blocks, a loop repeats claims, each of which begins with `claim`"),
    });
    Err(fault)
}
