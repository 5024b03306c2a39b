//! The parser's own combinators.
//!
//! nom's combinators read a sequence or one of several alternatives. What they lack stands here: an error
//! that says what was expected and what was found, and lists that remember the bracket they began with.

use nom::{Err, Parser};

use super::cursor::{Cursor, ParseFault, Parsed};
use super::hints;
use super::token::{Token, TokenKind};
use crate::diagnostic::{Diagnostic, Span};
use crate::syntax::ast::Name;
use crate::syntax::kinds;

impl<'a> Cursor<'a> {
    /// The failure when something else is expected than the next token.
    pub(super) fn unexpected(self, expected: &str) -> Err<ParseFault> {
        self.unexpected_with(expected, None)
    }

    /// The same with help that knows the place better than a general hint.
    pub(super) fn unexpected_with(self, expected: &str, help: Option<String>) -> Err<ParseFault> {
        let message = format!("expected {expected}, found {}", self.found());
        let mut error = Diagnostic::new(kinds::SYNTAX, self.found_span(), message);
        if self.kind().is_reserved() && hints::reserved_as_name(self) {
            error.kind = kinds::RESERVED_WORD;
        }
        error.help.extend(help.or_else(|| hints::for_found(self, expected)));
        self.fail(error)
    }

    /// The failure when a bracket should be closed here. If that is likely, it points to where it was opened.
    pub(super) fn unclosed(self, opening: Token, closing: TokenKind, expected: &str) -> Err<ParseFault> {
        let next = self.peek(0);
        let ends = next.kind == TokenKind::End || next.kind.is_reserved();
        if !ends && !next.kind.closes() {
            return self.unexpected(expected);
        }
        let written = opening.kind.written().unwrap_or_default();
        let error = Diagnostic::new(
            kinds::UNCLOSED_BRACKET,
            self.span_of(opening),
            format!("this `{written}` is not closed"),
        )
        .also(self.span(), format!("expected {expected} before {}", self.found()))
        .help(format!("add `{}`", closing.written().unwrap_or_default()));
        self.fail(error)
    }

    /// The place of the next token, or of the whole string that it begins.
    fn found_span(self) -> Span {
        let mut end = self;
        let mut strings = 0;
        loop {
            match end.kind() {
                TokenKind::TextStart => strings += 1,
                TokenKind::TextEnd if strings > 0 => strings -= 1,
                TokenKind::End => return self.span(),
                _ => {}
            }
            if strings == 0 {
                return self.span().to(end.span());
            }
            end = end.advance();
        }
    }
}

/// Reads a token of a kind.
pub(super) fn token<'a>(kind: TokenKind) -> impl Fn(Cursor<'a>) -> Parsed<'a, Token> {
    move |input: Cursor<'a>| {
        let next = input.peek(0);
        if next.kind == kind { Ok((input.advance(), next)) } else { Err(Err::Error(ParseFault::Mismatch)) }
    }
}

/// Reads a word that is a keyword here and a name elsewhere.
pub(super) fn word<'a>(word: &'static str) -> impl Fn(Cursor<'a>) -> Parsed<'a, Token> {
    move |input: Cursor<'a>| {
        if input.is_word(0, word) {
            Ok((input.advance(), input.peek(0)))
        } else {
            Err(Err::Error(ParseFault::Mismatch))
        }
    }
}

/// Commits to a parser: what it describes must stand here.
pub(super) fn expect<'a, O>(
    mut parser: impl Parser<Cursor<'a>, Output = O, Error = ParseFault>,
    expected: &'static str,
) -> impl FnMut(Cursor<'a>) -> Parsed<'a, O> {
    move |input: Cursor<'a>| match parser.parse(input) {
        Err(Err::Error(_)) => Err(input.unexpected(expected)),
        result => result,
    }
}

/// Reads a name; a reserved word gets a message of its own.
pub(super) fn name<'a>(expected: &'static str) -> impl Fn(Cursor<'a>) -> Parsed<'a, Name> {
    move |input: Cursor<'a>| {
        let next = input.peek(0);
        let text = input.text(next);
        if next.kind == TokenKind::Name {
            return Ok((input.advance(), Name { text: text.to_string(), span: input.span() }));
        }
        if next.kind.is_reserved() && hints::reserved_as_name(input) {
            let message = format!("`{text}` is a reserved word and cannot be {expected}");
            let error = Diagnostic::new(kinds::RESERVED_WORD, input.span(), message)
                .help(format!("choose another name, such as `{text}_`"));
            return Err(input.fail(error));
        }
        Err(input.unexpected(expected))
    }
}

/// Reads a bracketed list with commas between its entries and perhaps after the last one.
pub(super) fn list<'a, O>(
    opening: TokenKind,
    closing: TokenKind,
    expected: &'static str,
    mut entry: impl FnMut(Cursor<'a>) -> Parsed<'a, O>,
) -> impl FnMut(Cursor<'a>) -> Parsed<'a, Vec<O>> {
    move |input: Cursor<'a>| {
        let (mut input, opener) = token(opening)(input)?;
        let mut entries = Vec::new();
        while input.kind() != closing {
            let next = input.kind();
            if next == TokenKind::End || next.closes() || next.begins_item() && input.begins_line() {
                return Err(input.unclosed(opener, closing, expected));
            }
            let (rest, read) = entry(input)?;
            entries.push(read);
            input = rest;
            match token(TokenKind::Comma)(input) {
                Ok((rest, _)) => input = rest,
                Err(_) if input.kind() == closing => {}
                Err(_) => return Err(input.unclosed(opener, closing, expected)),
            }
        }
        Ok((input.advance(), entries))
    }
}
