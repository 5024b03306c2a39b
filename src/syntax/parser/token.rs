//! Tokens: the words of the language, and how messages call them.

/// The kinds of tokens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum TokenKind {
    /// A word that is not reserved.
    Name,
    /// A decimal number.
    Number,
    Let,
    Weights,
    Function,
    Model,
    Import,
    Claim,
    For,
    LeftParenthesis,
    RightParenthesis,
    LeftBracket,
    RightBracket,
    LeftBrace,
    RightBrace,
    Comma,
    Semicolon,
    Colon,
    DoubleColon,
    Equals,
    DoubleEquals,
    NotEquals,
    Less,
    AtMost,
    Greater,
    AtLeast,
    Plus,
    Minus,
    Star,
    Slash,
    At,
    Caret,
    Pipe,
    DoubleDot,
    /// The quote that begins a string.
    TextStart,
    /// Characters of a string as written, escapes and doubled braces included.
    TextLiteral,
    /// The `{` of an interpolation.
    InterpolationStart,
    /// The `}` of an interpolation.
    InterpolationEnd,
    /// The quote that ends a string.
    TextEnd,
    /// Characters that form no token; the lexer has reported them.
    Invalid,
    /// The end of the file.
    End,
}

use TokenKind::*;

/// A token and the bytes it was read from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Token {
    pub(super) kind: TokenKind,
    pub(super) start: u32,
    pub(super) end: u32,
}

/// The reserved words: each begins an item or a statement.
pub(super) const RESERVED: [(&str, TokenKind); 7] = [
    ("let", Let),
    ("weights", Weights),
    ("fn", Function),
    ("model", Model),
    ("import", Import),
    ("claim", Claim),
    ("for", For),
];

/// Everything that is neither a word, a number nor part of a string; longer ones first.
pub(super) const PUNCTUATION: [(&str, TokenKind); 25] = [
    ("::", DoubleColon),
    ("==", DoubleEquals),
    ("!=", NotEquals),
    ("<=", AtMost),
    (">=", AtLeast),
    ("|>", Pipe),
    ("..", DoubleDot),
    ("(", LeftParenthesis),
    (")", RightParenthesis),
    ("[", LeftBracket),
    ("]", RightBracket),
    ("{", LeftBrace),
    ("}", RightBrace),
    (",", Comma),
    (";", Semicolon),
    (":", Colon),
    ("=", Equals),
    ("<", Less),
    (">", Greater),
    ("+", Plus),
    ("-", Minus),
    ("*", Star),
    ("/", Slash),
    ("@", At),
    ("^", Caret),
];

impl TokenKind {
    /// Whether it closes a bracket.
    pub(super) fn closes(self) -> bool {
        matches!(self, RightParenthesis | RightBracket | RightBrace | InterpolationEnd)
    }

    /// Whether it is a reserved word.
    pub(super) fn is_reserved(self) -> bool {
        RESERVED.iter().any(|(_, kind)| *kind == self)
    }

    /// Whether it begins an item (`let` also begins a statement).
    pub(super) fn begins_item(self) -> bool {
        self != For && self.is_reserved()
    }

    /// Whether it can begin an expression.
    pub(super) fn begins_expression(self) -> bool {
        matches!(self, Name | Number | TextStart | LeftParenthesis | LeftBracket | LeftBrace | Minus)
    }

    /// Its spelling, for the kinds that have only one.
    pub(super) fn written(self) -> Option<&'static str> {
        let fixed = RESERVED.iter().chain(&PUNCTUATION).find(|(_, kind)| *kind == self);
        match self {
            InterpolationEnd => Some("}"),
            InterpolationStart => Some("{"),
            TextEnd => Some("\""),
            _ => fixed.map(|(text, _)| *text),
        }
    }

    /// The token in a sentence such as "expected .., found ..".
    pub(super) fn describe(self, text: &str) -> String {
        match self {
            Name | Number => {
                let noun = if self == Name { "name" } else { "number" };
                format!("the {noun} `{}`", shortened(text))
            }
            TextStart | TextLiteral => "a string".to_string(),
            TextEnd => "the end of the string".to_string(),
            InterpolationEnd => "the `}` that ends the interpolation".to_string(),
            Invalid => "something that is not part of the language".to_string(),
            End => "the end of the file".to_string(),
            kind if kind.is_reserved() => format!("the reserved word `{text}`"),
            _ => format!("`{text}`"),
        }
    }
}

/// A long word cut down to what fits in a message.
pub(super) fn shortened(text: &str) -> String {
    const LONGEST: usize = 40;
    match text.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}..", &text[..end]),
        None => text.to_string(),
    }
}
