//! Where the tokens of a text come from: a position that moves on, token by token.

use nom::IResult;

use super::errors::Errors;
use super::token::{Token, TokenKind};
use crate::diagnostic::{Diagnostic, FileId, Kind, Span};

/// What surrounds the next token, when it is not plain text of the file.
#[derive(Clone, Copy)]
pub(super) enum Mode {
    /// Inside a string whose quote is at `start`.
    Text { start: usize },
    /// Inside an interpolation whose brace is at `start`, and inside `braces` pairs of braces within it.
    Interpolation { start: usize, braces: usize },
}

/// A position in a text, and what has been read before it.
pub(super) struct Reader<'a> {
    file: FileId,
    text: &'a str,
    position: usize,
    /// Strings and interpolations around the position, outermost first. A line ends them all, so that a
    /// forgotten quote spoils one line only.
    pub(super) modes: Vec<Mode>,
    pub(super) tokens: Vec<Token>,
    pub(super) errors: Errors,
}

impl<'a> Reader<'a> {
    /// The beginning of a text.
    pub(super) fn new(file: FileId, text: &'a str) -> Reader<'a> {
        Reader { file, text, position: 0, modes: Vec::new(), tokens: Vec::new(), errors: Errors::default() }
    }

    /// What is left to read.
    pub(super) fn rest(&self) -> &'a str {
        &self.text[self.position..]
    }

    /// Where it starts.
    pub(super) fn position(&self) -> usize {
        self.position
    }

    /// The text before the position.
    pub(super) fn before(&self) -> &'a str {
        &self.text[..self.position]
    }

    /// A range of the file.
    pub(super) fn span(&self, start: usize, end: usize) -> Span {
        Span { file: self.file, start: start as u32, end: end as u32 }
    }

    /// Appends a token and moves past it.
    pub(super) fn push(&mut self, kind: TokenKind, length: usize) {
        let start = self.position;
        self.position += length;
        self.tokens.push(Token { kind, start: start as u32, end: self.position as u32 });
    }

    /// Moves on without a token.
    pub(super) fn skip(&mut self, length: usize) {
        self.position += length;
    }

    /// An error at the next characters, which take `length` bytes.
    pub(super) fn error(&self, kind: Kind, length: usize, message: impl Into<String>) -> Diagnostic {
        Diagnostic::new(kind, self.span(self.position, self.position + length), message)
    }

    /// Reports an error, unless there are too many already.
    pub(super) fn report(&mut self, error: Diagnostic) {
        self.errors.report(error);
    }

    /// Moves past what a parser reads.
    pub(super) fn skip_with(&mut self, mut parser: impl FnMut(&'a str) -> IResult<&'a str, ()>) {
        if let Ok((rest, ())) = parser(self.rest()) {
            self.position = self.text.len() - rest.len();
        }
    }
}

/// Whether a character may stand in a word. Words with letters that names cannot have are reported whole.
pub(super) fn is_word_character(c: char) -> bool {
    c.is_alphabetic() || c.is_ascii_digit() || c == '_'
}
