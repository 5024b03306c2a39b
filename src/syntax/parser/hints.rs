//! What to say about a token that should not be where it is, when a fix is likely.

use super::cursor::Cursor;
use super::token::TokenKind::{self, *};
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
    if let Some(help) = where_expected(next.kind, expected) {
        return Some(help.to_string());
    }
    let help = match next.kind {
        TextStart if previous_text == "f" => {
            "strings need no `f` in front: `\"layers.{i}\"` has the value of `i`"
        }
        Comma if previous == Some(Number) && input.peek(1).kind == Number => DECIMAL_POINT,
        Equals if after_value && expected.contains("next item") => {
            "values get names in a block: `model net(x: 4) = { let h = x^2; h }`"
        }
        LeftBrace if after_value => "an entry is written `x[0]`, and a call `f(x)`",
        Name if after_value => return word_after_value(input, previous_text, expected),
        Number if after_value => return juxtaposed(input, expected),
        Minus if previous == Some(Caret) => {
            "exponents must be natural numbers; to divide by a constant, write `/`"
        }
        Plus if !after_value => "remove the `+`: positive numbers have no sign",
        Less | AtMost | Greater | AtLeast | NotEquals | DoubleEquals => {
            "only claims compare, and each claim compares once; instead of cases on a bit `c`, write \
             `c*a + (1 - c)*b`"
        }
        DoubleDot => {
            "ranges can only be used in `x[1..3]` and in `for i in 0..3`; a set lists its values, `{0, 1, 2}`"
        }
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

/// Help for a token where one thing alone is expected.
fn where_expected(found: TokenKind, expected: &str) -> Option<&'static str> {
    let in_brackets = expected == "an index" || expected == "`,` or `]`";
    Some(match (expected, found) {
        (PATH, Name) => {
            "a path stands in quotes, as in `weights W = \"net.safetensors\"` and `import \"other.same\" \
             as other`; nothing of Python can be imported"
        }
        (SHAPE, _) => {
            "every input has a shape: `x: 4` has 4 entries, `x: [2, 3]` is 2x3, and `x: []` is a scalar"
        }
        (INPUTS, Minus) => "names consist of letters, digits and `_`",
        (INPUTS, _) => "the inputs and their shapes stand in parentheses: `model net(x: 4) = ..`",
        (PARAMETERS, Colon) => "remove the shape: parameters of a `fn` have none",
        ("the name of an input", Number) => "a shape of several axes is a list: `x: [2, 3]`",
        ("the name of the model", _) => "to define a model, write `model net(x: 4) = ..`",
        ("the name of the weights", _) => {
            "to name a file of weights, write `weights W = \"net.safetensors\"`"
        }
        ("`as` and a name for the import", _) => "write `import \"other.same\" as other`",
        ("the list of points", _) => "points are listed, `points [[0, 1], [1, 0]]`, or read from a file",
        ("`=`", DoubleEquals) => "to give a value a name, write a single `=`",
        ("`=`", LeftParenthesis) => "to define a function, write `fn f(x) = x^2`",
        ("`=`", Comma) => "every name has a `let` of its own",
        ("`=`", Colon | LeftBrace) => {
            "what a name stands for follows `=`, as in `fn f(x) = x^2` and `model net(x: 4) = x`"
        }
        ("`,` or `)`", Equals) => "an argument is named with `:`, as in `sum(x, axis: 0)`",
        ("`,` or `]`", Equals) => "the end of a slice does not count: `x[1..4]` has the entries 1, 2 and 3",
        (_, Colon) if in_brackets => {
            "a slice is written with `..`, as in `x[0..2]`, and a whole axis as `x[..]`"
        }
        (_, DoubleColon) if in_brackets => {
            "a slice is written with `..`, as in `x[0..2]`, and takes every entry between its ends"
        }
        ("`,` or `}`", DoubleDot) => "a set lists its values, as in `{0, 1, 2}`",
        ("`,` or `)`" | "`,` or `]`" | "`,` or `}`", Semicolon) => "separate entries by `,`",
        ("`in`", _) => "a loop is written `for i in 0..3 { .. }`, and a domain `on x in {0, 1}`",
        ("`..`", _) => "a loop runs over a range, as in `for i in 0..3`, where i is 0, 1 and 2",
        ("`{`", Colon) => "the body of a loop stands in braces: `for i in 0..3 { let h = f(h); }`",
        _ => return None,
    })
}

/// What to write instead of a decimal comma.
const DECIMAL_POINT: &str = "a number has a point: `0.99`";

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
    let previous = input.context.tokens[input.position.saturating_sub(1)];
    let follows_set = previous.kind == RightBrace || input.text(previous) == "onehot";
    let word_help = |distance| in_claim(input, distance);
    match input.kind() {
        LeftBrace | For => instead(Place::Claim, "over"),
        Caret | Star if follows_set => {
            Some("a set holds for every entry of an input, whatever its shape".to_string())
        }
        LeftParenthesis => Some("nothing stands in parentheses here".to_string()),
        Comma if previous.kind == Number && input.peek(1).kind == Number => Some(DECIMAL_POINT.to_string()),
        Comma => word_help(1).or_else(|| {
            Some("between the models of a claim and `on`, `under` or `up to` stands no `,`".to_string())
        }),
        Name => match input.text(input.peek(0)) {
            // They have their own help.
            "on" | "under" | "up" => None,
            "and" if follows_set => Some("the sets of several inputs are separated by `,`".to_string()),
            _ if follows_set => Some(
                "one set holds for every entry of every input; a set for each input is written \
                 `on x in {0, 1}, y in onehot`"
                    .to_string(),
            ),
            word => {
                word_help(0).or_else(|| closest(word, ["under"]).map(|_| "did you mean `under`?".to_string()))
            }
        },
        _ => None,
    }
}

/// Help for a word of a claim, or the one behind it.
pub(super) fn in_claim(input: Cursor<'_>, distance: usize) -> Option<String> {
    let word = |distance: usize| {
        let token = input.peek(distance);
        if token.kind == Name { input.text(token) } else { "" }
    };
    // `is close to`, `with tolerance`, `to a constant`
    let small = ["is", "with", "to", "a", "the", "in"].contains(&word(distance));
    let second = if small { instead(Place::Claim, word(distance + 1)) } else { None };
    second.or_else(|| instead(Place::Claim, word(distance)))
}

/// Whether `for x in {0, 1}` stands here, which has no end of a range and so cannot begin a loop.
pub(super) fn domain_after_for(input: Cursor<'_>) -> bool {
    if input.kind() != For {
        return false;
    }
    if input.peek(1).kind != Name || !input.is_word(2, "in") {
        // `for all x`
        return !input.begins_line();
    }
    let mut after = match input.peek(3).kind {
        Name => 4,
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
        word @ ("and" | "or") if !expected.starts_with(CLAIM_END) => return instead(Place::Value, word),
        "and" | "or" => "write one claim for each condition",
        "as" => return instead(Place::Value, "float"),
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
    let takes =
        ["if", "lambda", "return", "not", "print", "while", "var", "const", "val", "auto", "mut", "set"]
            .contains(&word);
    let binds = || closest(word, ["let"]).map(|_| "did you mean `let`?".to_string());
    if takes { instead(Place::Value, word) } else { binds() }
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
