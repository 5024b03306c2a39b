//! What to say about a token that should not be where it is, when a fix is likely.

use super::cursor::Cursor;
use super::recovery;
use super::token::TokenKind::*;

/// Whether a reserved word stands where it was probably meant as a name, and does not begin the next item.
pub(super) fn reserved_as_name(input: Cursor<'_>) -> bool {
    !recovery::begins_line(input)
}

/// Help for the next token, which is not what is expected.
pub(super) fn for_found(input: Cursor<'_>) -> Option<String> {
    let next = input.peek(0);
    let before = input.position.checked_sub(1).map(|position| input.context.tokens[position]);
    let previous = before.map(|token| token.kind);
    let after_value =
        matches!(previous, Some(Name | Number | RightParenthesis | RightBracket | RightBrace | TextEnd));
    let written = input.text(next);
    Some(match next.kind {
        Name if after_value && matches!(written, "and" | "or") => {
            "write one claim for each condition".to_string()
        }
        Name | Number if after_value && previous != Some(TextEnd) && !recovery::begins_line(input) => {
            "if a product is meant, write `*`".to_string()
        }
        Minus if previous == Some(Caret) => {
            "an exponent is a natural number; `/` divides by a constant".to_string()
        }
        Plus if !after_value => "a sign `+` is not written".to_string(),
        DoubleEquals if previous == Some(Name) => "a value is bound with one `=`".to_string(),
        Less | AtMost | Greater | AtLeast | NotEquals | DoubleEquals => {
            "comparisons are made in claims, one in each".to_string()
        }
        Pipe => "`|>` binds loosest: put parentheses around what it is in".to_string(),
        DoubleDot => "ranges stand in `x[1..3]` and in `for i in 0..3`".to_string(),
        For => "`for` is a statement: it stands in a block `{ .. }`".to_string(),
        Let if !recovery::begins_line(input) && !after_value => {
            "bindings inside an expression stand in a block: `{ let a = 1; a }`".to_string()
        }
        kind if kind.is_reserved() && reserved_as_name(input) && !after_value => {
            format!("`{written}` is a reserved word and cannot be a name")
        }
        _ => return None,
    })
}
