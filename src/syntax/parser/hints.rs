//! What to say about a token that should not be where it is, when a fix is likely.

use super::cursor::Cursor;
use super::token::TokenKind::*;
use crate::suggest::closest;
use crate::syntax::elsewhere::{Place, instead};

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
    if expected.starts_with(CLAIM_END)
        && let Some(help) = after_claim(input)
    {
        return Some(help);
    }
    let help = match next.kind {
        _ if expected.starts_with(PATH) && next.kind == Name => {
            "a path stands in quotes, as in `weights W = \"net.safetensors\"` and `import \"other.same\" \
             as other`; nothing of Python can be imported"
        }
        _ if expected.starts_with(SHAPE) => {
            "every input has a shape: `x: 4` has 4 entries, `x: [2, 3]` is 2x3, and `x: []` is a scalar"
        }
        _ if expected == INPUTS => "the inputs and their shapes stand in parentheses: `model net(x: 4) = ..`",
        Name if after_value => return word_after_value(input, previous_text, expected),
        Number if after_value => return juxtaposed(input, expected),
        Minus if previous == Some(Caret) => {
            "exponents must be natural numbers; to divide by a constant, write `/`"
        }
        Plus if !after_value => "remove the `+`: positive numbers have no sign",
        DoubleEquals if expected == "`=`" => "to give a value a name, write a single `=`",
        Colon if expected == PARAMETERS => "remove the shape: parameters of a `fn` have none",
        Colon | LeftBrace if expected == "`=`" => {
            "what a name stands for follows `=`, as in `fn f(x) = x^2` and `model net(x: 4) = x`"
        }
        Equals if expected.starts_with("`,`") => "an argument is named with `:`, as in `sum(x, axis: 0)`",
        Colon if expected == "an index" || expected.starts_with("`,` or `]`") => {
            "a slice is written with `..`, as in `x[0..2]`, and a whole axis as `x[..]`"
        }
        DoubleColon if expected == "an index" || expected.starts_with("`,` or `]`") => {
            "a slice is written with `..`, as in `x[0..2]`, and takes every entry between its ends"
        }
        DoubleDot if expected == "`,` or `}`" => "a set lists its values, as in `{0, 1, 2}`",
        _ if expected == "`..`" => "a loop runs over a range, as in `for i in 0..3`, where i is 0, 1 and 2",
        Less | AtMost | Greater | AtLeast | NotEquals | DoubleEquals => {
            "only claims compare, and each claim compares once; instead of cases on a bit `c`, write \
             `c*a + (1 - c)*b`"
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

/// What a message calls that which may follow a claim.
pub(super) const CLAIM_END: &str = "the rest of the claim";

/// What a message calls the path of a file.
pub(super) const PATH: &str = "the path of a file, as a string";

/// What a message calls what follows the name of an input.
pub(super) const SHAPE: &str = "`:` and the shape of the input";

/// What a message calls what follows the name of a model.
pub(super) const INPUTS: &str = "`(` and the inputs";

/// Help for what follows the models of a claim.
fn after_claim(input: Cursor<'_>) -> Option<String> {
    match input.kind() {
        LeftBrace | For => instead(Place::Claim, "over"),
        Comma => Some("between the models of a claim and `on`, `under` or `up to` stands no `,`".to_string()),
        Name => match input.text(input.peek(0)) {
            // They have their own help.
            "on" | "under" | "up" => None,
            word => instead(Place::Claim, word)
                .or_else(|| closest(word, ["under"]).map(|_| "did you mean `under`?".to_string())),
        },
        _ => None,
    }
}

/// Whether `for x in {0, 1}` stands here, which has no end of a range and so cannot begin a loop.
pub(super) fn domain_after_for(input: Cursor<'_>) -> bool {
    if input.kind() != For || input.peek(1).kind != Name || !input.is_word(2, "in") {
        return false;
    }
    let mut after = match input.peek(3).kind {
        Name if input.is_word(3, "onehot") => 4,
        LeftBrace => 3,
        _ => return false,
    };
    if after == 3 {
        let mut depth = 0_usize;
        loop {
            match input.peek(after).kind {
                LeftBrace => depth += 1,
                RightBrace => depth -= 1,
                End => return true,
                _ => {}
            }
            after += 1;
            if depth == 0 {
                break;
            }
        }
    }
    let next = input.peek(after).kind;
    next == End || next == Comma || next == For || next == RightBrace || next.begins_item()
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
        word @ ("if" | "else" | "elif" | "then") => return instead(Place::Value, word),
        _ => return instead_of_previous(previous).or_else(|| juxtaposed(input, expected)),
    };
    Some(help.to_string())
}

/// Help for a word that takes a value without parentheses elsewhere.
fn instead_of_previous(word: &str) -> Option<String> {
    let takes = ["if", "lambda", "return", "not", "print"].contains(&word);
    if takes { instead(Place::Value, word) } else { None }
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
