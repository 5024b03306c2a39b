//! The lexer: text to tokens. It reports what forms no token and replaces it by what was probably meant, so
//! that the parser can go on and find the errors that do not depend on it.

use nom::branch::alt;
use nom::bytes::complete::{tag, take_till, take_while, take_while1};
use nom::character::complete::{char, digit1, one_of, satisfy};
use nom::combinator::{opt, recognize, value};
use nom::multi::many0_count;
use nom::sequence::{pair, preceded};
use nom::{IResult, Parser};

use super::errors::Errors;
use super::foreign;
use super::number;
use super::reader::{Mode, Reader, is_word_character};
use super::token::TokenKind::{self, *};
use super::token::{PUNCTUATION, RESERVED, Token, shortened};
use crate::diagnostic::{Diagnostic, FileId};
use crate::syntax::kinds;

/// The tokens of a text, the last of which is [`TokenKind::End`], and what is wrong with the rest.
pub(super) fn tokens(file: FileId, text: &str) -> (Vec<Token>, Errors) {
    let mut reader = Reader::new(file, text);
    if text.starts_with('\u{feff}') {
        reader.skip('\u{feff}'.len_utf8());
    }
    while reader.step() {}
    (reader.tokens, reader.errors)
}

impl<'a> Reader<'a> {
    /// Reads one token; false after the last.
    fn step(&mut self) -> bool {
        match self.modes.last() {
            None => {
                self.skip_with(space);
                if self.rest().is_empty() {
                    self.push(End, 0);
                    return false;
                }
                self.code();
            }
            Some(Mode::Text { .. }) => self.text(),
            Some(Mode::Interpolation { .. }) => {
                self.skip_with(space_in_line);
                if self.rest().is_empty() || self.rest().starts_with(['\n', '\r']) {
                    self.unterminated();
                } else {
                    self.code();
                }
            }
        }
        true
    }

    /// Reads a token outside of strings.
    fn code(&mut self) {
        let rest = self.rest();
        if let Ok((_, word)) = word(rest) {
            return self.word(word);
        }
        if let Ok((_, written)) = number(rest) {
            return self.number(written);
        }
        if rest.starts_with('"') {
            self.modes.push(Mode::Text { start: self.position() });
            return self.push(TextStart, 1);
        }
        if foreign::read(self) {
            return;
        }
        match PUNCTUATION.iter().find(|(text, _)| rest.starts_with(text)) {
            Some((text, kind)) => self.punctuation(text.len(), *kind),
            None => foreign::unknown(self),
        }
    }

    /// Braces may begin or end what an interpolation holds; other punctuation stands for itself.
    fn punctuation(&mut self, length: usize, kind: TokenKind) {
        let Some(Mode::Interpolation { braces, .. }) = self.modes.last_mut() else {
            return self.push(kind, length);
        };
        match kind {
            LeftBrace => *braces += 1,
            RightBrace if *braces > 0 => *braces -= 1,
            RightBrace => {
                self.modes.pop();
                return self.push(InterpolationEnd, length);
            }
            _ => {}
        }
        self.push(kind, length);
    }

    fn word(&mut self, word: &str) {
        if !word.is_ascii() {
            let message = format!("`{word}` cannot be a name");
            let help = match word {
                "Σ" => "a sum over the entries is `sum(x)`",
                _ if word.ends_with('ᵀ') => "write `transpose(x)`",
                "π" => "every number is a fraction: write as many digits as are meant, `3.141592653589793`",
                _ => "names consist of the letters a to z and A to Z, digits and `_`",
            };
            self.report(self.error(kinds::UNKNOWN_CHARACTER, word.len(), message).help(help));
        }
        let kind = RESERVED.iter().find(|(text, _)| *text == word).map_or(Name, |(_, kind)| *kind);
        self.push(kind, word.len());
    }

    fn number(&mut self, written: &str) {
        let after = &self.rest()[written.len()..];
        let spoiled =
            after.starts_with(is_word_character) || after.starts_with('.') && !after.starts_with("..");
        let length = written.len() + if spoiled { number::spoiled_length(after) } else { 0 };
        let span = self.span(self.position(), self.position() + length);
        let names = self.tokens.last().is_some_and(|token| token.kind.is_reserved());
        let problem = if spoiled && names {
            let message = format!("`{}` cannot be a name", shortened(&self.rest()[..length]));
            let error = Diagnostic::new(kinds::MALFORMED_NUMBER, span, message);
            Some(error.help("names begin with a letter or `_`"))
        } else if spoiled {
            Some(number::malformed(span, &self.rest()[..length], written))
        } else {
            number::too_long(span, written)
        };
        if let Some(problem) = problem {
            self.report(problem);
        }
        self.push(Number, length);
    }

    /// Reads a piece of a string.
    fn text(&mut self) {
        let rest = self.rest();
        if let Ok((after, _)) = literal(rest) {
            return self.push(TextLiteral, rest.len() - after.len());
        }
        let mut characters = rest.chars();
        match characters.next() {
            Some('"') => {
                self.modes.pop();
                self.push(TextEnd, 1);
            }
            Some('{') => {
                self.modes.push(Mode::Interpolation { start: self.position(), braces: 0 });
                self.push(InterpolationStart, 1);
            }
            Some('}') => {
                let error = self.error(kinds::LONE_BRACE, 1, "this `}` has no `{` in its string");
                self.report(error.help("write `}}` for a brace that is part of the string"));
                self.skip(1);
            }
            Some('\\') if !matches!(characters.clone().next(), None | Some('\n' | '\r')) => {
                let length = 1 + characters.next().map_or(0, char::len_utf8);
                let message = format!("`{}` is not an escape", &rest[..length]);
                let help = r#"the escapes are `\"`, `\\`, `\n`, `\r` and `\t`; write `\\` for a backslash"#;
                self.report(self.error(kinds::UNKNOWN_ESCAPE, length, message).help(help));
                self.skip(length);
            }
            _ => self.unterminated(),
        }
    }

    /// A line ends inside a string.
    fn unterminated(&mut self) {
        let outermost = match self.modes.first() {
            Some(Mode::Text { start } | Mode::Interpolation { start, .. }) => *start,
            None => self.position(),
        };
        let span = self.span(outermost, self.position());
        let mut error = Diagnostic::new(
            kinds::UNTERMINATED_STRING,
            span,
            "this string does not end on the line where it begins",
        );
        let interpolation = self.modes.iter().find_map(|mode| match mode {
            Mode::Interpolation { start, .. } => Some(*start),
            Mode::Text { .. } => None,
        });
        match interpolation {
            Some(brace) => {
                error = error
                    .also(self.span(brace, brace + 1), "this `{` begins an interpolation")
                    .help("write `{{` for a brace that is part of the string");
                // The rest of the string has been read as if it were outside: nothing of it counts.
                let kept = self.tokens.partition_point(|token| (token.start as usize) < outermost);
                self.tokens.truncate(kept);
                self.push(Invalid, 0);
            }
            None => {
                error = error
                    .label("expected `\"` before the end of the line")
                    .help("write `\\n` for a line break");
                self.push(TextEnd, 0);
            }
        }
        self.report(error);
        self.modes.clear();
        self.skip_with(|rest| value((), take_till(|c| c == '\n')).parse(rest));
    }
}

/// White space and comments.
fn space(input: &str) -> IResult<&str, ()> {
    value((), many0_count(alt((take_while1(is_space), comment)))).parse(input)
}

/// White space and comments, as far as the end of the line.
fn space_in_line(input: &str) -> IResult<&str, ()> {
    value((), pair(take_while(|c| c == ' ' || c == '\t'), opt(comment))).parse(input)
}

fn is_space(c: char) -> bool {
    matches!(c, ' ' | '\t' | '\r' | '\n')
}

fn comment(input: &str) -> IResult<&str, &str> {
    recognize(pair(char('#'), take_till(|c| c == '\n' || c == '\r'))).parse(input)
}

fn word(input: &str) -> IResult<&str, &str> {
    recognize(pair(satisfy(|c| c.is_alphabetic() || c == '_'), take_while(is_word_character))).parse(input)
}

fn number(input: &str) -> IResult<&str, &str> {
    let fraction = preceded(char('.'), digit1);
    let exponent = (one_of("eE"), opt(one_of("+-")), digit1);
    recognize((digit1, opt(fraction), opt(exponent))).parse(input)
}

/// Characters of a string up to a quote, an interpolation, the end of the line or something wrong.
fn literal(input: &str) -> IResult<&str, &str> {
    let plain = take_while1(|c| !matches!(c, '"' | '\\' | '{' | '}' | '\n' | '\r'));
    let escape = recognize(pair(char('\\'), one_of(ESCAPED)));
    let (rest, pieces) = many0_count(alt((plain, tag("{{"), tag("}}"), escape))).parse(input)?;
    match pieces {
        0 => Err(nom::Err::Error(nom::error::Error::new(input, nom::error::ErrorKind::Many1Count))),
        _ => Ok((rest, &input[..input.len() - rest.len()])),
    }
}

/// What may follow a backslash in a string.
const ESCAPED: &str = "\"\\nrt";
