//! Text to syntax tree.
//!
//! A lexer and a parser, both made of nom's combinators; the grammar is `grammar/same.ebnf`. After an error
//! the lexer goes on with what was probably meant, and the parser with the next statement or item.
//!
//! * `scan` makes `token`s of the text, piece by piece from a `reader`; it leaves what looks like another
//!   language to `foreign`, and checks numbers with `number`.
//! * A `cursor` is a position in the tokens. `combinators` expect something there, with `hints` on what to
//!   write instead.
//! * `item`, `claim`, `claim_loop`, `block`, `expression` and `text` are the grammar, one function for a
//!   rule. A block holds expressions, an expression may be a block or a text, and a text may hold
//!   expressions: as the grammar is recursive, these three files name each other, and no others in the crate
//!   do.
//! * `recovery` finds the place to go on after an error; `errors` keeps the errors.

mod block;
mod claim;
mod claim_loop;
mod combinators;
mod cursor;
mod errors;
mod expression;
mod foreign;
mod hints;
mod item;
mod number;
mod reader;
mod recovery;
mod scan;
mod text;
mod token;

use std::cell::{Cell, RefCell};

use cursor::{Context, Cursor, ParseFault, Parsed};
pub use errors::MAX_ERRORS;
pub use expression::{MAX_HEIGHT, MAX_NESTING};
use token::{Token, TokenKind};

use super::ast::{DomainExpr, Expr, File, Item};
use super::kinds;
use crate::diagnostic::{Diagnostic, FileId, Span};
use crate::stack::on_large_stack;

/// The longest file that is read, in bytes: far more than anyone writes, and little enough that the tree of
/// any file fits in memory.
pub const MAX_SOURCE_BYTES: usize = 4 << 20;

/// The items of a file that parse, and everything that is wrong, in the order of the text.
///
/// Items are there so that further errors can be found in them. When anything is wrong, they may contain what
/// was probably meant instead of what was written, so that nothing may be concluded about the file.
pub fn parse(file: FileId, text: &str) -> (File, Vec<Diagnostic>) {
    let (items, errors) = with_tokens(file, text, items);
    (File { items: items.unwrap_or_default() }, errors)
}

/// A model expression on its own, as in `net - base` on a command line.
pub fn parse_expression(file: FileId, text: &str) -> Result<Expr, Vec<Diagnostic>> {
    alone(file, text, |input| {
        let (rest, tree) = expression::expected_expression(input)?;
        Ok((rest, tree.node))
    })
}

/// A domain on its own, as in `--on '{0,1}'`.
pub fn parse_domain(file: FileId, text: &str) -> Result<DomainExpr, Vec<Diagnostic>> {
    alone(file, text, claim::domain)
}

/// Runs a parser on the tokens of a text. There is no result for a text that is too long to read.
fn with_tokens<O: Send>(
    file: FileId,
    text: &str,
    parser: impl FnOnce(Cursor<'_>) -> O + Send,
) -> (Option<O>, Vec<Diagnostic>) {
    if text.len() > MAX_SOURCE_BYTES {
        return (None, vec![too_large(file, text.len() as u64)]);
    }
    let (tokens, errors) = scan::tokens(file, text);
    let deep = deepest(&tokens) > SHALLOW;
    let run = move || {
        let context = Context { file, text, tokens, errors: RefCell::default(), lost: Cell::new(false) };
        let result = parser(Cursor { context: &context, position: 0, nesting: 0 });
        (result, context.errors.into_inner())
    };
    let finished = if deep { on_large_stack(run).ok() } else { Some(run()) };
    let Some((result, parser_errors)) = finished else {
        let span = Span { file, start: 0, end: 0 };
        let message = "there is not enough memory for brackets nested this deeply";
        return (None, vec![Diagnostic::new(kinds::NESTING_TOO_DEEP, span, message)]);
    };
    (Some(result), errors.listed_with(parser_errors))
}

/// Brackets nested up to here are parsed on the caller's stack. Without optimisation a level takes 32 KiB.
const SHALLOW: usize = 16;

/// The kinds of brackets.
const BRACKETS: [(TokenKind, TokenKind); 4] = [
    (TokenKind::LeftParenthesis, TokenKind::RightParenthesis),
    (TokenKind::LeftBracket, TokenKind::RightBracket),
    (TokenKind::LeftBrace, TokenKind::RightBrace),
    (TokenKind::InterpolationStart, TokenKind::InterpolationEnd),
];

/// How many brackets are open at once, at most. Each kind is counted on its own, because after a stray `)`
/// the blocks around it are still open.
fn deepest(tokens: &[Token]) -> usize {
    let mut open = [0_usize; BRACKETS.len()];
    let mut deepest = 0;
    for token in tokens {
        for (count, (opening, closing)) in open.iter_mut().zip(BRACKETS) {
            if token.kind == opening {
                *count += 1;
            } else if token.kind == closing {
                *count = count.saturating_sub(1);
            }
        }
        deepest = deepest.max(open.iter().sum());
    }
    deepest
}

/// The error of a file of a length that exceeds [`MAX_SOURCE_BYTES`].
pub fn too_large(file: FileId, length: u64) -> Diagnostic {
    let message = format!("this file has {length} bytes; the limit is {MAX_SOURCE_BYTES}");
    Diagnostic::new(kinds::FILE_TOO_LARGE, Span { file, start: 0, end: 0 }, message)
        .help("keep large constants in a `.safetensors` or `.npz` file and name it with `weights`")
}

/// All items that can be read. What is wrong with others is reported to the context.
fn items(mut input: Cursor<'_>) -> Vec<Item> {
    let mut items = Vec::new();
    while input.kind() != TokenKind::End {
        input.context.lost.set(false);
        match item::item(input) {
            Ok((rest, item)) => {
                if !input.context.lost.get() {
                    items.push(item);
                }
                input = rest;
            }
            Err(error) => input = recovery::next_item(report(input, error), input),
        }
        if input.context.errors.borrow().are_too_many() {
            break;
        }
    }
    items
}

/// Reports what a parser that began at `start` failed on, and says where it is.
fn report<'a>(start: Cursor<'a>, error: nom::Err<ParseFault>) -> Cursor<'a> {
    let nom::Err::Failure(ParseFault::Committed(failure)) = error else { return start };
    if let Some(error) = failure.diagnostic {
        start.report(error);
    }
    Cursor { position: failure.position, ..start }
}

/// Runs a parser on a whole text.
fn alone<O: Send>(
    file: FileId,
    text: &str,
    parser: impl Fn(Cursor<'_>) -> Parsed<'_, O> + Send,
) -> Result<O, Vec<Diagnostic>> {
    let (result, errors) = with_tokens(file, text, move |input| match parser(input) {
        Ok((rest, read)) if rest.kind() == TokenKind::End => Some(read),
        Ok((rest, _)) => {
            report(input, rest.unexpected("an operator or the end"));
            None
        }
        Err(error) => {
            report(input, error);
            None
        }
    });
    match result.flatten() {
        Some(read) if errors.is_empty() => Ok(read),
        _ => Err(errors),
    }
}

#[cfg(test)]
mod tests;
