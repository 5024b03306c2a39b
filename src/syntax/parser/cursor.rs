//! What the parsers read: a position in the tokens; and how they fail.
//!
//! A parser that finds another token than it could begin with *mismatches*, and another may be tried. Once it
//! has begun, everything that follows is expected, and a failure is *committed*: it carries a diagnostic and
//! ends the statement or the item.

use std::cell::{Cell, RefCell};

use nom::error::{ErrorKind, ParseError};
use nom::{Err, IResult, Parser};

use super::MAX_ERRORS;
use super::hints;
use super::recovery;
use super::token::{Token, TokenKind};
use crate::diagnostic::{Diagnostic, FileId, Span};
use crate::syntax::ast::Name;
use crate::syntax::kinds;

/// What all positions of a file share.
pub(super) struct Context<'a> {
    pub(super) file: FileId,
    pub(super) text: &'a str,
    /// Never empty: the last token is [`TokenKind::End`].
    pub(super) tokens: Vec<Token>,
    /// Errors after which parsing went on.
    pub(super) errors: RefCell<Vec<Diagnostic>>,
    /// Whether part of the item that is being read could not be read.
    pub(super) lost: Cell<bool>,
}

/// A position in the tokens of a file.
#[derive(Clone, Copy)]
pub(super) struct Cursor<'a> {
    pub(super) context: &'a Context<'a>,
    pub(super) position: usize,
    /// How many brackets and blocks are around it.
    pub(super) nesting: usize,
}

/// Why a parser failed.
#[derive(Debug)]
pub(super) enum Problem {
    /// The first token is not one that it begins with.
    Mismatch,
    /// Something is wrong.
    Committed(Box<Failure>),
}

/// An error that ends a statement or an item.
#[derive(Debug)]
pub(super) struct Failure {
    /// What is wrong; `None` when it has been reported already.
    pub(super) diagnostic: Option<Diagnostic>,
    /// The token that is wrong, by position.
    pub(super) position: usize,
    /// Whether only the next item can be read without consequential errors.
    pub(super) fatal: bool,
}

/// The result of a parser.
pub(super) type Parsed<'a, O> = IResult<Cursor<'a>, O, Problem>;

impl ParseError<Cursor<'_>> for Problem {
    fn from_error_kind(_: Cursor<'_>, _: ErrorKind) -> Problem {
        Problem::Mismatch
    }

    fn append(_: Cursor<'_>, _: ErrorKind, other: Problem) -> Problem {
        other
    }
}

impl<'a> Cursor<'a> {
    /// The token at a distance; the end of the file when there are fewer.
    pub(super) fn peek(self, distance: usize) -> Token {
        let tokens = &self.context.tokens;
        tokens[(self.position + distance).min(tokens.len() - 1)]
    }

    /// The kind of the next token.
    pub(super) fn kind(self) -> TokenKind {
        self.peek(0).kind
    }

    /// The text of a token.
    pub(super) fn text(self, token: Token) -> &'a str {
        &self.context.text[token.start as usize..token.end as usize]
    }

    /// The place of a token.
    pub(super) fn span_of(self, token: Token) -> Span {
        Span { file: self.context.file, start: token.start, end: token.end }
    }

    /// The place of the next token.
    pub(super) fn span(self) -> Span {
        self.span_of(self.peek(0))
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

    /// The place of everything between this position and a later one.
    pub(super) fn span_until(self, after: Cursor<'a>) -> Span {
        let start = self.peek(0).start;
        let last = after.position.checked_sub(1).map_or(start, |last| self.context.tokens[last].end);
        Span { file: self.context.file, start, end: last.max(start) }
    }

    /// The position after the next token.
    pub(super) fn advance(self) -> Cursor<'a> {
        Cursor { position: self.position + 1, ..self }
    }

    /// Whether the token at a distance is this word.
    pub(super) fn is_word(self, distance: usize, word: &str) -> bool {
        let token = self.peek(distance);
        token.kind == TokenKind::Name && self.text(token) == word
    }

    /// What a message calls the next token.
    pub(super) fn found(self) -> String {
        let token = self.peek(0);
        token.kind.describe(self.text(token))
    }

    /// Reports an error after which parsing goes on.
    pub(super) fn report(self, error: Diagnostic) {
        let mut errors = self.context.errors.borrow_mut();
        if errors.len() <= MAX_ERRORS {
            errors.push(error);
        }
    }

    /// A committed failure at the next token.
    pub(super) fn fail(self, error: Diagnostic) -> Err<Problem> {
        let reported = self.kind() == TokenKind::Invalid;
        Err::Failure(Problem::Committed(Box::new(Failure {
            diagnostic: (!reported).then_some(error),
            position: self.position,
            fatal: false,
        })))
    }

    /// The failure of finding the next token where something else is expected.
    pub(super) fn unexpected(self, expected: &str) -> Err<Problem> {
        let message = format!("expected {expected}, found {}", self.found());
        let mut error = Diagnostic::new(kinds::SYNTAX, self.found_span(), message);
        if self.kind().is_reserved() && hints::reserved_as_name(self) {
            error.kind = kinds::RESERVED_WORD;
        }
        error.help.extend(hints::for_found(self, expected));
        self.fail(error)
    }

    /// The same for a bracket that should be closed here.
    pub(super) fn unclosed(self, opening: Token, closing: TokenKind, expected: &str) -> Err<Problem> {
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
}

/// Reads a token of a kind.
pub(super) fn token<'a>(kind: TokenKind) -> impl Fn(Cursor<'a>) -> Parsed<'a, Token> {
    move |input: Cursor<'a>| {
        let next = input.peek(0);
        if next.kind == kind { Ok((input.advance(), next)) } else { Err(Err::Error(Problem::Mismatch)) }
    }
}

/// Reads a word that is reserved nowhere but means something here.
pub(super) fn word<'a>(word: &'static str) -> impl Fn(Cursor<'a>) -> Parsed<'a, Token> {
    move |input: Cursor<'a>| {
        if input.is_word(0, word) {
            Ok((input.advance(), input.peek(0)))
        } else {
            Err(Err::Error(Problem::Mismatch))
        }
    }
}

/// Commits to a parser: what it describes must stand here.
pub(super) fn expect<'a, O>(
    mut parser: impl Parser<Cursor<'a>, Output = O, Error = Problem>,
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
            if next == TokenKind::End || next.closes() || next.begins_item() && recovery::begins_line(input) {
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
