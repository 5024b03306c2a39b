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
        Minus if previous == Some(Caret) => "an exponent is a natural number; `/` divides by a constant",
        Plus if !after_value => "a sign `+` is not written",
        DoubleEquals if expected == "`=`" => "a value is bound with one `=`",
        Colon if expected == PARAMETERS => "parameters of a `fn` have no shapes",
        Less | AtMost | Greater | AtLeast | NotEquals | DoubleEquals => {
            "comparisons are made in claims, one in each"
        }
        DoubleDot => "ranges stand in `x[1..3]` and in `for i in 0..3`",
        RightBracket if previous == Some(LeftBracket) => "there is nothing between the brackets",
        For => "`for` is a statement: it stands in a block `{ .. }`",
        Let if reserved_as_name(input) && !after_value => {
            "bindings inside an expression stand in a block: `{ let a = 1; a }`"
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
        "under" => "`under` goes with `similarity` and `distance`, and stands last",
        "on" => "`on` goes with `==`, `!=`, `similarity` and `distance`, and stands last",
        "up" => "`up to` goes with `==` and `!=`, and stands before `on`",
        _ if previous == "if" => "there is no `if`: polynomials have no cases",
        _ => return juxtaposed(input, expected),
    };
    Some(help.to_string())
}

/// Help for two values in a row.
fn juxtaposed(input: Cursor<'_>, expected: &str) -> Option<String> {
    if expected.starts_with("`,`") {
        Some("entries are separated by `,`".to_string())
    } else if expected.contains("operator") && !input.begins_line() {
        Some("if a product is meant, write `*`".to_string())
    } else {
        None
    }
}
