//! What parsers read, which is a position in the tokens, and how they fail.
//!
//! A parser that finds another token than it could begin with *mismatches*, and another may be tried. Once it
//! has begun, everything that follows is expected, and a failure is *committed*: it carries a diagnostic and
//! ends the statement or the item.

use std::cell::{Cell, RefCell};

use nom::error::{ErrorKind, ParseError};
use nom::{Err, IResult};

use super::errors::Errors;
use super::token::{Token, TokenKind};
use crate::diagnostic::{Diagnostic, FileId, Span};

/// What all positions of a file share.
pub(super) struct Context<'a> {
    pub(super) file: FileId,
    pub(super) text: &'a str,
    /// Never empty: the last token is [`TokenKind::End`].
    pub(super) tokens: Vec<Token>,
    /// Errors after which parsing went on.
    pub(super) errors: RefCell<Errors>,
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
pub(super) enum ParseFault {
    /// It does not begin with the next token, so that another parser may be tried.
    Mismatch,
    /// It had begun, so that the text is wrong.
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
pub(super) type Parsed<'a, O> = IResult<Cursor<'a>, O, ParseFault>;

impl ParseError<Cursor<'_>> for ParseFault {
    fn from_error_kind(_: Cursor<'_>, _: ErrorKind) -> ParseFault {
        ParseFault::Mismatch
    }

    fn append(_: Cursor<'_>, _: ErrorKind, other: ParseFault) -> ParseFault {
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

    /// Whether the next token is the first of its line.
    pub(super) fn begins_line(self) -> bool {
        let before = self.context.text[..self.peek(0).start as usize].trim_end_matches([' ', '\t']);
        before.is_empty() || before.ends_with(['\n', '\r'])
    }

    /// What a message calls the next token.
    pub(super) fn found(self) -> String {
        let token = self.peek(0);
        token.kind.describe(self.text(token))
    }

    /// Reports an error after which parsing goes on.
    pub(super) fn report(self, error: Diagnostic) {
        self.context.errors.borrow_mut().report(error);
    }

    /// A committed failure at the next token.
    pub(super) fn fail(self, error: Diagnostic) -> Err<ParseFault> {
        let reported = self.kind() == TokenKind::Invalid;
        Err::Failure(ParseFault::Committed(Box::new(Failure {
            diagnostic: (!reported).then_some(error),
            position: self.position,
            fatal: false,
        })))
    }
}
