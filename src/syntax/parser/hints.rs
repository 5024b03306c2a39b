//! What to say about a token that should not be where it is, when a fix is likely.

use super::cursor::Cursor;
use super::token::TokenKind::*;

/// Whether a reserved word stands where it was probably meant as a name, and does not begin the next item.
pub(super) fn reserved_as_name(input: Cursor<'_>) -> bool {
    !input.begins_line()
}

/// Help for the next token, which stands where something else is expected.
pub(super) fn for_found(input: Cursor<'_>, expected: &str) -> Option<String> {
    let next = input.peek(0);
    let before = input.position.checked_sub(1).map(|position| input.context.tokens[position]);
    let previous = before.map(|token| token.kind);
    let previous_text = before.map_or("", |token| input.text(token));
    let after_value =
        matches!(previous, Some(Name | Number | RightParenthesis | RightBracket | RightBrace | TextEnd));
    let written = input.text(next);
    let help = match next.kind {
        Name if after_value => return word_after_value(input, previous_text, expected),
        Number if after_value => return juxtaposed(input, expected),
        Minus if previous == Some(Caret) => {
            "exponents must be natural numbers; to divide by a constant, write `/`"
        }
        Plus if !after_value => "remove the `+`: positive numbers have no sign",
        DoubleEquals if expected == "`=`" => "to give a value a name, write a single `=`",
        Colon if expected == PARAMETERS => "remove the shape: parameters of a `fn` have none",
        Less | AtMost | Greater | AtLeast | NotEquals | DoubleEquals => {
            "only claims compare, and each claim compares once"
        }
        DoubleDot => "ranges can only be used in `x[1..3]` and in `for i in 0..3`",
        RightBracket if previous == Some(LeftBracket) => "the brackets are empty",
        For => "`for` is a statement: put it in a block `{ .. }`",
        Let if reserved_as_name(input) && !after_value => {
            "to use `let` inside an expression, open a block: `{ let a = 1; a }`"
        }
        kind if kind.is_reserved() && reserved_as_name(input) && !after_value => {
            return Some(format!("`{written}` is a reserved word and cannot be a name"));
        }
        _ => return None,
    };
    Some(help.to_string())
}

/// What can follow a parameter.
pub(super) const PARAMETERS: &str = "`,` or `)` after the parameter";

/// Help for a word behind a value.
fn word_after_value(input: Cursor<'_>, previous: &str, expected: &str) -> Option<String> {
    let help = match input.text(input.peek(0)) {
        "and" | "or" => "write one claim for each condition",
        "under" => "`under` ends a claim about `similarity` or `distance`",
        "on" => "`on` ends a claim with `==`, `!=`, `similarity` or `distance`",
        "up" => "`up to` follows the models of `==` or `!=`, before `on`",
        _ if previous == "if" => "there is no `if`: polynomials have no cases",
        _ => return juxtaposed(input, expected),
    };
    Some(help.to_string())
}

/// Help for two values in a row.
fn juxtaposed(input: Cursor<'_>, expected: &str) -> Option<String> {
    if expected.starts_with("`,`") {
        Some("separate entries by `,`".to_string())
    } else if expected.contains("operator") && !input.begins_line() {
        Some("to multiply, write `*`".to_string())
    } else {
        None
    }
}
