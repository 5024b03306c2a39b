//! The kinds of syntax errors: the stable names in `error[kind]`.

use crate::diagnostic::Kind;

/// A token that is not allowed where it is.
pub const SYNTAX: Kind = "syntax";
/// A bracket without its partner.
pub const UNCLOSED_BRACKET: Kind = "unclosed-bracket";
/// A string that is still open at the end of its line.
pub const UNTERMINATED_STRING: Kind = "unterminated-string";
/// A backslash before a character that no escape begins with.
pub const UNKNOWN_ESCAPE: Kind = "unknown-escape";
/// A lone `}` in a string.
pub const LONE_BRACE: Kind = "lone-brace";
/// A reserved word where a name is expected.
pub const RESERVED_WORD: Kind = "reserved-word";
/// A number in a form that the language does not have.
pub const MALFORMED_NUMBER: Kind = "malformed-number";
/// A number with more digits, or a larger exponent, than samenet reads.
pub const NUMBER_TOO_LONG: Kind = "number-too-long";
/// A character that the language does not use.
pub const UNKNOWN_CHARACTER: Kind = "unknown-character";
/// An operator or comment of another language.
pub const UNKNOWN_OPERATOR: Kind = "unknown-operator";
/// Brackets, blocks or operators nested too deeply.
pub const NESTING_TOO_DEEP: Kind = "nesting-too-deep";
/// A file that is too long to read.
pub const FILE_TOO_LARGE: Kind = "file-too-large";
/// More errors than are listed.
pub const TOO_MANY_ERRORS: Kind = "too-many-errors";

/// All kinds of syntax errors.
pub const KINDS: [Kind; 13] = [
    SYNTAX,
    UNCLOSED_BRACKET,
    UNTERMINATED_STRING,
    UNKNOWN_ESCAPE,
    LONE_BRACE,
    RESERVED_WORD,
    MALFORMED_NUMBER,
    NUMBER_TOO_LONG,
    UNKNOWN_CHARACTER,
    UNKNOWN_OPERATOR,
    NESTING_TOO_DEEP,
    FILE_TOO_LARGE,
    TOO_MANY_ERRORS,
];
