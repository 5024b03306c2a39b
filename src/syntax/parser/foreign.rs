//! Characters and operators of other languages, and of typesetting: what they are here.

use super::number;
use super::reader::{Reader, is_word_character};
use super::token::TokenKind::{self, *};
use crate::syntax::kinds;

/// What stands for a foreign operator from here on.
enum Meaning {
    /// It is read as this, which is written so.
    Read(TokenKind, &'static str),
    /// Nothing here corresponds to it; what to do instead.
    Nothing(&'static str),
}
use Meaning::*;

/// Operators none of which can begin two correct tokens; longer ones first.
const OPERATORS: [(&str, Meaning); 16] = [
    ("===", Read(DoubleEquals, "==")),
    ("...", Read(DoubleDot, "..")),
    ("**", Read(Caret, "^")),
    (":=", Read(Equals, "=")),
    ("=<", Read(AtMost, "<=")),
    ("=>", Read(AtLeast, ">=")),
    ("<>", Read(NotEquals, "!=")),
    ("->", Nothing("to pass a value to a function, write `|>`")),
    ("+=", Nothing("to rebind a name, write `let`: `let h = h + ..;`")),
    ("-=", Nothing("to rebind a name, write `let`: `let h = h - ..;`")),
    ("*=", Nothing("to rebind a name, write `let`: `let h = h * ..;`")),
    ("/=", Read(NotEquals, "!=")),
    ("&&", Nothing("write one claim for each condition")),
    ("||", Nothing("a claim cannot offer alternatives")),
    ("|", Nothing("to pass a value to a function, write `|>`")),
    ("!", Nothing("to claim that two models differ, write `!=`")),
];

/// Characters that look like an operator or are one elsewhere.
const CHARACTERS: [(char, TokenKind, &str); 13] = [
    ('−', Minus, "-"),
    ('–', Minus, "-"),
    ('—', Minus, "-"),
    ('‐', Minus, "-"),
    ('×', Star, "*"),
    ('·', Star, "*"),
    ('⋅', Star, "*"),
    ('∗', Star, "*"),
    ('÷', Slash, "/"),
    ('≤', AtMost, "<="),
    ('≥', AtLeast, ">="),
    ('≠', NotEquals, "!="),
    ('…', DoubleDot, ".."),
];

/// The longest string in foreign quotes that is read as a string, in characters.
const LONGEST_QUOTED: usize = 200;

/// The longest foreign comment of several lines that is read as a comment, in bytes.
const LONGEST_COMMENT: usize = 10_000;

/// Reads a foreign operator, comment or number that the lexer would otherwise take apart. Says whether there
/// is one.
pub(super) fn read(reader: &mut Reader<'_>) -> bool {
    let rest = reader.rest();
    if rest.starts_with("!=") {
        return false;
    }
    if rest.starts_with("//") || rest.starts_with("/*") {
        let line = rest.find('\n').unwrap_or(rest.len());
        let opening = &rest[..2];
        let closing = rest
            .bytes()
            .zip(rest.bytes().skip(1))
            .take(LONGEST_COMMENT)
            .position(|pair| pair == (b'*', b'/'));
        let length = closing.filter(|_| opening == "/*").map_or(line, |closing| closing + 2);
        let message = format!("`{opening}` does not begin a comment");
        reader.report(reader.error(kinds::UNKNOWN_OPERATOR, 2, message).help("comments start with `#`"));
        reader.skip(length);
        return true;
    }
    if rest.starts_with('.') && rest[1..].starts_with(|c: char| c.is_ascii_digit()) {
        let length = number::spoiled_length(rest);
        let message = "a number needs a digit before its point";
        let help = format!("write `0{}`", super::token::shortened(&rest[..length]));
        reader.report(reader.error(kinds::MALFORMED_NUMBER, length, message).help(help));
        reader.push(Number, length);
        return true;
    }
    let Some((operator, meaning)) = OPERATORS.iter().find(|(operator, _)| {
        // `|>` begins with `|`, and `..` followed by a number's point is left to the number.
        rest.starts_with(operator) && !(*operator == "|" && rest.starts_with("|>"))
    }) else {
        return false;
    };
    let message = format!("`{operator}` is not an operator");
    let error = reader.error(kinds::UNKNOWN_OPERATOR, operator.len(), message);
    match meaning {
        Read(kind, written) => {
            reader.report(error.help(format!("write `{written}`")));
            reader.push(*kind, operator.len());
        }
        Nothing(help) => {
            reader.report(error.help(*help));
            reader.push(Invalid, operator.len());
        }
    }
    true
}

/// Reports the characters at the reader's position, which begin no token, and moves past them.
pub(super) fn unknown(reader: &mut Reader<'_>) {
    let rest = reader.rest();
    let Some(first) = rest.chars().next() else { return };
    // A run of one character is one mistake.
    let mut length = rest.find(|c| c != first).unwrap_or(rest.len());
    if let Some((_, kind, written)) = CHARACTERS.iter().find(|(character, ..)| *character == first) {
        length = first.len_utf8();
        report(reader, length, first, Some(format!("write `{written}`")));
        return reader.push(*kind, length);
    }
    if let Some(closing) = closing_quote(first) {
        let opening = first.len_utf8();
        let after_word = reader.before().ends_with(is_word_character);
        // Not looking far keeps a file of lone quotes linear.
        let mut line = rest[opening..].char_indices().take(LONGEST_QUOTED).take_while(|(_, c)| *c != '\n');
        let end = line.find(|(_, c)| *c == closing).map(|(end, _)| opening + end);
        if let Some(end) = end.filter(|_| !after_word) {
            length = end + closing.len_utf8();
            report(reader, length, first, Some("strings are quoted with `\"`".to_string()));
            reader.push(TextStart, length);
            return reader.push(TextEnd, 0);
        }
    }
    let help = match first {
        '²' => Some("write `^2`"),
        '³' => Some("write `^3`"),
        '.' => {
            Some("write `W[\"name\"]` for a tensor of a weight file, `other::name` for an item of an import")
        }
        '%' => Some("a remainder is not a polynomial; use a table over one-hot inputs"),
        '\'' | '`' => Some("names consist of letters, digits and `_`; strings are quoted with `\"`"),
        '&' => Some("write one claim for each condition"),
        _ => None,
    };
    report(reader, length, first, help.map(str::to_string));
    match first {
        // A power of two or three, or an invisible character, can be left out without changing how the
        // rest is read.
        '²' | '³' => reader.skip(length),
        invisible if invisible_name(invisible).is_some() => reader.skip(length),
        _ => reader.push(Invalid, length),
    }
}

fn report(reader: &mut Reader<'_>, length: usize, first: char, help: Option<String>) {
    let message = match invisible_name(first) {
        Some(name) => format!("U+{:04X} ({name}) is not white space here", u32::from(first)),
        None if first.is_control() => format!("unexpected character U+{:04X}", u32::from(first)),
        None if first.is_ascii() => format!("unexpected character `{first}`"),
        None => format!("unexpected character `{first}` (U+{:04X})", u32::from(first)),
    };
    reader.report(reader.error(kinds::UNKNOWN_CHARACTER, length, message).help_if_any(help));
}

/// The quote that ends what this one begins.
fn closing_quote(opening: char) -> Option<char> {
    match opening {
        '\'' => Some('\''),
        '`' => Some('`'),
        '“' | '„' | '”' => Some('”'),
        '‘' | '’' => Some('’'),
        '«' => Some('»'),
        _ => None,
    }
}

/// The name of a character that looks like nothing or like a blank.
fn invisible_name(c: char) -> Option<&'static str> {
    match c {
        '\u{a0}' => Some("no-break space"),
        '\u{ad}' => Some("soft hyphen"),
        '\u{2000}'..='\u{200a}' => Some("a typographic space"),
        '\u{200b}' => Some("zero width space"),
        '\u{200c}' | '\u{200d}' => Some("zero width joiner"),
        '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' => Some("direction mark"),
        '\u{2028}' | '\u{2029}' => Some("line separator"),
        '\u{202f}' => Some("narrow no-break space"),
        '\u{2060}' => Some("word joiner"),
        '\u{3000}' => Some("ideographic space"),
        '\u{feff}' => Some("byte order mark"),
        _ => None,
    }
}
