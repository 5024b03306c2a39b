//! Strings: the lexer has found their pieces; here escapes are resolved and interpolations parsed.

use super::combinators::token;
use super::cursor::{Cursor, Parsed};
use super::expression::{Tree, expected_expression};
use super::token::TokenKind::*;
use crate::syntax::ast::{Text, TextPart};

/// `TEXT`: a string with its interpolations.
pub(super) fn text(start: Cursor<'_>) -> Parsed<'_, Tree<Text>> {
    let (mut input, _) = token(TextStart)(start)?;
    let mut parts: Vec<TextPart> = Vec::new();
    let mut height = 0;
    loop {
        let next = input.peek(0);
        match next.kind {
            TextEnd => break,
            TextLiteral => {
                let piece = unescaped(input.text(next));
                // A character that was left out because it is wrong separates two literals.
                match parts.last_mut() {
                    Some(TextPart::Literal(before)) => before.push_str(&piece),
                    _ => parts.push(TextPart::Literal(piece)),
                }
                input = input.advance();
            }
            InterpolationStart => {
                let (rest, inner) = expected_expression(input.advance())?;
                if rest.kind() != InterpolationEnd {
                    return Err(rest.unclosed(next, InterpolationEnd, "`}`"));
                }
                height = height.max(inner.height);
                parts.push(TextPart::Interpolated(inner.node));
                input = rest.advance();
            }
            _ => return Err(input.unexpected("the rest of the string")),
        }
    }
    let input = input.advance();
    Ok((input, Tree { node: Text { parts, span: start.span_until(input) }, height }))
}

/// The characters that a literal stands for.
fn unescaped(written: &str) -> String {
    let mut text = String::with_capacity(written.len());
    let mut characters = written.chars();
    while let Some(c) = characters.next() {
        let meant = match c {
            '\\' => match characters.next() {
                Some('n') => '\n',
                Some('r') => '\r',
                Some('t') => '\t',
                other => other.unwrap_or('\\'),
            },
            // The lexer lets only doubled braces through.
            '{' | '}' => characters.next().unwrap_or(c),
            other => other,
        };
        text.push(meant);
    }
    text
}
