//! The kinds of syntax errors: the stable names in `error[kind]`.

use crate::diagnostic::{Kind, kinds};

kinds! {
    /// A token that is not allowed where it is.
    SYNTAX = "syntax";
    /// A bracket without its partner.
    UNCLOSED_BRACKET = "unclosed-bracket";
    /// A string that is still open at the end of its line.
    UNTERMINATED_STRING = "unterminated-string";
    /// A backslash before a character that no escape begins with.
    UNKNOWN_ESCAPE = "unknown-escape";
    /// A lone `}` in a string.
    LONE_BRACE = "lone-brace";
    /// A reserved word where a name is expected.
    RESERVED_WORD = "reserved-word";
    /// A number in a form that the language does not have.
    MALFORMED_NUMBER = "malformed-number";
    /// A number with more digits, or a larger exponent, than samenet reads.
    NUMBER_TOO_LONG = "number-too-long";
    /// A character that the language does not use.
    UNKNOWN_CHARACTER = "unknown-character";
    /// An operator or comment of another language.
    UNKNOWN_OPERATOR = "unknown-operator";
    /// Brackets, blocks or operators nested too deeply.
    NESTING_TOO_DEEP = "nesting-too-deep";
    /// A file that is too long to read.
    FILE_TOO_LARGE = "file-too-large";
    /// More errors than are listed.
    TOO_MANY_ERRORS = "too-many-errors";
}
