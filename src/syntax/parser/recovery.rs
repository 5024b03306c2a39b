//! Where to go on after an error, so that all independent errors of a file are found at once.

use super::cursor::Cursor;
use super::token::TokenKind::*;

/// Whether the next token is the first character of its line.
fn begins_column(input: Cursor<'_>) -> bool {
    let before = &input.context.text[..input.peek(0).start as usize];
    before.is_empty() || before.ends_with('\n')
}

/// The next place after a failure, in a statement or value that begins at `start`, where its block goes on:
/// behind a `;` or the body of a `for`, before a statement, or before the block's `}`. Only braces are
/// counted, because the mistake may be a missing parenthesis. `None` when it is unclear where the block ends.
pub(super) fn next_statement<'a>(failed: Cursor<'a>, start: Cursor<'a>) -> Option<Cursor<'a>> {
    next_place(failed, start, false)
}

/// The same in a loop over claims, where a claim is a statement unless it begins at the left margin.
pub(super) fn next_claim<'a>(failed: Cursor<'a>, start: Cursor<'a>) -> Option<Cursor<'a>> {
    next_place(failed, start, true)
}

fn next_place<'a>(failed: Cursor<'a>, start: Cursor<'a>, claims: bool) -> Option<Cursor<'a>> {
    let mut depth = 0_usize;
    let mut input = start;
    loop {
        let reached = input.position >= failed.position && input.position > start.position;
        let kind = input.kind();
        match kind {
            LeftBrace => depth += 1,
            RightBrace if depth > 0 => {
                depth -= 1;
                // The body of a `for` ends it.
                if depth == 0 && start.kind() == For && input.position >= failed.position {
                    return Some(input.advance());
                }
            }
            RightBrace => return Some(input).filter(|_| input.position >= failed.position),
            Semicolon if depth == 0 && input.position >= failed.position => return Some(input.advance()),
            Let if reached && begins_column(input) => return None,
            Let | For if reached && depth == 0 && !follows_keyword(input) => return Some(input),
            Claim if claims && reached && depth == 0 && !begins_column(input) => return Some(input),
            Let | For => {}
            End => return None,
            kind if reached && kind.begins_item() && input.begins_line() => return None,
            _ => {}
        }
        input = input.advance();
    }
}

/// The next item after a failure in an item that begins at `start`; the end of the file if there is none.
pub(super) fn next_item<'a>(failed: Cursor<'a>, start: Cursor<'a>) -> Cursor<'a> {
    let mut depth = 0_isize;
    let mut input = start;
    loop {
        let kind = input.kind();
        match kind {
            End => return input,
            LeftBrace => depth += 1,
            RightBrace => depth -= 1,
            _ => {}
        }
        let reached = input.position >= failed.position && input.position > start.position;
        if reached && kind == For && depth <= 0 && begins_column(input) {
            return input;
        }
        if reached && kind.begins_item() {
            let outside = depth <= 0;
            let named = matches!(input.peek(1).kind, Name | TextStart);
            let found = if input.begins_line() {
                kind != Let || outside || begins_column(input)
            } else {
                outside && named && input.position > failed.position && !follows_keyword(input)
            };
            if found {
                return input;
            }
        }
        input = input.advance();
    }
}

/// Whether the next token stands where a reserved word before it asks for a name.
fn follows_keyword(input: Cursor<'_>) -> bool {
    let Some(before) = input.position.checked_sub(1) else { return false };
    let token = input.context.tokens[before];
    token.kind.is_reserved() || token.kind == Name && input.text(token) == "as"
}
