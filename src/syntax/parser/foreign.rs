//! Characters and operators of other languages, and of typesetting: what they are here.

use super::number;
use super::reader::{Reader, is_word_character};
use super::token::TokenKind::{self, *};
use super::token::shortened;
use crate::syntax::elsewhere::{self, Place};
use crate::syntax::kinds;

/// What stands for a foreign operator from here on.
enum Meaning {
    /// It is read as this, which is written so.
    Read(TokenKind, &'static str),
    /// Nothing here corresponds to it; what to do instead.
    Nothing(&'static str),
}
use Meaning::*;

/// What to claim instead of `~=`.
const NEARLY: Meaning = Nothing(
    "`==` is exact; to allow for rounding, claim `distance(a, b) <= 1e-6`, or `similarity(a, b) >= 0.99`",
);

/// Operators none of which can begin two correct tokens; longer ones first.
const OPERATORS: [(&str, Meaning); 36] = [
    ("<=>", Read(DoubleEquals, "==")),
    ("<->", Read(DoubleEquals, "==")),
    ("⇔", Read(DoubleEquals, "==")),
    ("≟", Read(DoubleEquals, "==")),
    ("⊗", Nothing("the outer product of two vectors is `outer(a, b)`")),
    ("∑", Nothing("a sum over the entries is `sum(x)`")),
    ("+/-", NEARLY),
    ("~==", NEARLY),
    ("~=", NEARLY),
    ("=~", NEARLY),
    ("~", NEARLY),
    ("≈", NEARLY),
    ("≃", NEARLY),
    ("≅", NEARLY),
    ("±", NEARLY),
    ("≡", Read(DoubleEquals, "==")),
    ("∀", Nothing("a domain follows `on`, as in `a == b on x in {0, 1}`")),
    ("∈", Nothing("a domain is written `x in {0, 1}`")),
    ("√", Nothing("a root is no polynomial; of a constant, write the number itself")),
    ("∞", Nothing("every number is exact and finite")),
    ("===", Read(DoubleEquals, "==")),
    ("...", Read(DoubleDot, "..")),
    ("**", Read(Caret, "^")),
    (":=", Read(Equals, "=")),
    ("=<", Read(AtMost, "<=")),
    ("=>", Read(AtLeast, ">=")),
    ("<>", Read(NotEquals, "!=")),
    ("->", Nothing("a definition is written with `=`; to pass a value to a function, write `|>`")),
    ("+=", Nothing("to rebind a name, write `let`: `let h = h + ..;`")),
    ("-=", Nothing("to rebind a name, write `let`: `let h = h - ..;`")),
    ("*=", Nothing("to rebind a name, write `let`: `let h = h * ..;`")),
    ("/=", Read(NotEquals, "!=")),
    ("&&", Nothing("write one claim for each condition; of bits, `a*b` is and")),
    ("||", Nothing("a claim cannot offer alternatives; of bits, `a + b - a*b` is or")),
    ("|", Nothing("to pass a value to a function, write `|>`")),
    ("!", Nothing("to claim that two models differ, write `!=`; of a bit, `1 - x` is not")),
];

/// Characters that look like an operator or are one elsewhere.
const CHARACTERS: [(char, TokenKind, &str); 14] = [
    ('⊙', Star, "*"),
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
        let help = "comments start with `#`; to divide, write `/`";
        reader.report(reader.error(kinds::UNKNOWN_OPERATOR, 2, message).help(help));
        reader.skip(length);
        return true;
    }
    if rest.starts_with('.') && rest[1..].starts_with(|c: char| c.is_ascii_digit()) {
        let length = number::spoiled_length(rest);
        let message = "a number needs a digit before its point";
        let help = format!("write `0{}`", shortened(&rest[..length]));
        reader.report(reader.error(kinds::MALFORMED_NUMBER, length, message).help(help));
        reader.push(Number, length);
        return true;
    }
    if rest.starts_with('.') && rest[1..].starts_with(|c: char| c.is_alphabetic() || c == '_') {
        attribute(reader);
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

/// The ends of names of files.
const FILES: [&str; 9] = ["safetensors", "npy", "npz", "same", "json", "pt", "pth", "bin", "py"];

/// Reads `.T`, `.sum` or `.fc.weight` behind a value, or behind the name of a library.
fn attribute(reader: &mut Reader<'_>) {
    let (before, rest) = (reader.before(), reader.rest());
    let mut length = 0;
    while let Some(word) = rest[length..].strip_prefix('.').filter(|word| word.starts_with(is_word_character))
    {
        length += 1 + word.find(|c| !is_word_character(c)).unwrap_or(word.len());
    }
    let chain = &rest[..length];
    if reader.errors.are_too_many() {
        // It will not be listed, and to look for help takes a while.
        return reader.push(Invalid, length);
    }
    let last = chain.rsplit('.').next().unwrap_or_default();
    let defines = reader
        .tokens
        .iter()
        .rev()
        .nth(1)
        .is_some_and(|token| matches!(token.kind, Let | Weights | Function | Model));
    let base = &before[before.trim_end_matches(is_word_character).len()..];
    let value = if base.is_empty() || base.chars().count() > 20 { ".." } else { base };
    let index = before[..before.len() - base.len()].ends_with('[');
    let called = rest[length..].starts_with('(');
    let library = ["nn", "F", "np"].contains(&base) || elsewhere::instead(Place::Value, base).is_some();
    let help = if FILES.contains(&last) {
        format!("the path of a file stands in quotes: `\"{}\"`", shortened(&format!("{base}{chain}")))
    } else if matches!(last, "T" | "mT" | "H" | "t") {
        format!("write `transpose({value})`")
    } else if defines && !base.is_empty() {
        "names consist of letters, digits and `_`".to_string()
    } else if let Some(help) = elsewhere::instead(if called { Place::Called } else { Place::Value }, last)
        .or_else(|| elsewhere::instead(Place::Claim, last).filter(|_| called))
    {
        help
    } else if base == "self" {
        elsewhere::instead(Place::Value, base).unwrap_or_default()
    } else if called && library {
        format!("functions have no prefix: `{}(..)`", last.to_ascii_lowercase())
    } else if called {
        let more = if rest[length..].starts_with("()") { "" } else { ", .." };
        format!(
            "there are no methods: a function gets the value in parentheses, as in `{last}({value}{more})`"
        )
    } else if index {
        let name = shortened(&format!("{base}{chain}"));
        format!("the name of a tensor stands in quotes: `[\"{name}\"]`")
    } else {
        format!(
            "a tensor of a weight file is written `{value}[\"{}\"]`, an item of an import `{value}::{last}`",
            shortened(&chain[1..])
        )
    };
    let message = format!("nothing has attributes or methods, such as `{}`", shortened(chain));
    reader.report(reader.error(kinds::UNKNOWN_CHARACTER, length, message).help(help));
    reader.push(Invalid, length);
}

/// What `%` was probably meant for.
fn percent(before: &str, rest: &str) -> String {
    let line = before.trim_end_matches([' ', '\t']);
    let number = &line[line.trim_end_matches(|c: char| c.is_ascii_digit() || c == '.').len()..];
    let divides =
        rest.trim_start_matches([' ', '\t']).starts_with(|c: char| is_word_character(c) || c == '(');
    if line.is_empty() || line.ends_with('\n') {
        "comments start with `#`".to_string()
    } else if line.ends_with('"') {
        "numbers are put into a string in braces: `\"layers.{i}\"`".to_string()
    } else if !number.is_empty() && !divides {
        format!("a percentage is a fraction: write `{}/100`", shortened(number))
    } else {
        elsewhere::instead(Place::Called, "mod").unwrap_or_default()
    }
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
        '%' => Some(percent(reader.before(), &rest[length..])),
        _ => written_instead(first).map(str::to_string),
    };
    report(reader, length, first, help);
    match first {
        // A power of two or three, or an invisible character, can be left out without changing how the
        // rest is read.
        '²' | '³' => reader.skip(length),
        invisible if invisible_name(invisible).is_some() => reader.skip(length),
        _ => reader.push(Invalid, length),
    }
}

/// What to write instead of a character.
fn written_instead(character: char) -> Option<&'static str> {
    match character {
        '²' => Some("write `^2`"),
        '³' => Some("write `^3`"),
        '½' => Some("write `1/2`"),
        '¼' => Some("write `1/4`"),
        '⊤' => Some("write `transpose(x)`"),
        '‖' => Some("a norm is a root; its square is `dot(x, x)`, and claims compare `distance(a, b)`"),
        '?' => Some("a polynomial has no cases; for a bit `c`, write `c*a + (1 - c)*b`"),
        '.' => {
            Some("write `W[\"name\"]` for a tensor of a weight file, `other::name` for an item of an import")
        }
        '\'' | '`' => Some("names consist of letters, digits and `_`; strings are quoted with `\"`"),
        '&' => Some("write one claim for each condition"),
        _ => None,
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
