//! Claims and domains.

use nom::Parser;
use nom::combinator::map;
use nom::sequence::terminated;

use super::combinators::{expect, list, name, token, word};
use super::cursor::{Cursor, Parsed};
use super::expression::{expected_expression, expression, nodes, nonempty};
use super::hints;
use super::text;
use super::token::TokenKind::*;
use super::token::shortened;
use crate::diagnostic::{Diagnostic, Span};
use crate::domain::{Comparison, Estimate, Metric, Quantity, Relation};
use crate::suggest::did_you_mean;
use crate::syntax::ast::{
    Claim as ClaimNode, ClaimKind, DomainExpr, DomainKind, Expr, Name as NameNode, SetExpr, SetKind, Text,
};
use crate::syntax::elsewhere::{Place, instead};
use crate::syntax::kinds;

/// `claim`, after the word itself.
pub(super) fn claim(start: Cursor<'_>) -> Parsed<'_, ClaimNode> {
    let (input, label) = label(start)?;
    let (rest, kind) = kind(input, label.is_none())?;
    Ok((rest, ClaimNode { label, kind, span: input.span_until(rest) }))
}

/// `"label":`, if there is one. A string without a colon may begin an expression.
fn label(start: Cursor<'_>) -> Parsed<'_, Option<Text>> {
    if start.kind() != TextStart {
        return Ok((start, None));
    }
    let labelled = terminated(map(text::text, |text| text.node), token(Colon)).parse(start);
    match labelled {
        Ok((rest, label)) => Ok((rest, Some(label))),
        Err(nom::Err::Error(_)) => Ok((start, None)),
        Err(error) => Err(error),
    }
}

fn kind(input: Cursor<'_>, unlabelled: bool) -> Parsed<'_, ClaimKind> {
    if input.peek(1).kind == LeftParenthesis {
        if input.is_word(0, "similarity") {
            return metric(input, Quantity::Similarity);
        }
        if input.is_word(0, "distance") {
            return metric(input, Quantity::Distance);
        }
        if input.is_word(0, "degree") {
            return degree(input);
        }
    }
    equality(input, unlabelled)
}

/// `A == B up to scale on {0, 1}`
fn equality(start: Cursor<'_>, unlabelled: bool) -> Parsed<'_, ClaimKind> {
    const EXPECTED: &str = "a model or a quantity to claim something about";
    if start.kind() == For {
        return Err(start.unexpected_with(EXPECTED, instead(Place::Claim, "forall")));
    }
    let (input, left) = expect(expression, EXPECTED)(start)?;
    let negated = match input.kind() {
        DoubleEquals => false,
        NotEquals => true,
        other => {
            let message = format!("expected `==` or `!=`, found {}", input.found());
            let error = Diagnostic::new(kinds::SYNTAX, input.span(), message);
            let called = start.text(start.peek(0));
            let ends = other == End || other.begins_item();
            let is_call = start.kind() == Name && start.peek(1).kind == LeftParenthesis;
            let quantity_meant = if is_call { quantity(called) } else { None };
            if let (true, Some(help)) = (ends, &quantity_meant) {
                let message = format!("`{}(..)` is not a claim", shortened(called));
                return Err(start.fail(Diagnostic::new(kinds::SYNTAX, start.span(), message).help(help)));
            }
            return Err(input.fail(match other {
                Equals => error.help("to claim equality, write `==`"),
                Colon if unlabelled && start.kind() == Name => {
                    error.help(format!("a label is a string: `claim \"{}\": ..`", shortened(called)))
                }
                _ if unlabelled && start.kind() == TextStart => error.help("put `:` after the label"),
                Name => error.help_if_any(infix(input, called)),
                Less | AtMost | Greater | AtLeast => error.help(quantity_meant.unwrap_or_else(|| {
                    "to compare sizes, begin with `similarity(..)`, `distance(..)` or `degree(..)`"
                        .to_string()
                })),
                _ => error.help(
                    quantity_meant
                        .unwrap_or_else(|| "a claim compares two models, as in `claim a == b`".to_string()),
                ),
            }));
        }
    };
    let (input, right) = expect(expression, "the model it is compared with")(input.advance())?;
    let (input, relation) = relation(input)?;
    let (input, domain) = on_domain(input)?;
    Ok((input, ClaimKind::Equality { left: left.node, right: right.node, negated, relation, domain }))
}

/// Help for a word behind the model of a claim; `before` is the word that the claim begins with.
fn infix(input: Cursor<'_>, before: &str) -> Option<String> {
    hints::in_claim(input, 0).or_else(|| instead(Place::Claim, before))
}

/// Help for a call that a claim begins with, where a quantity was probably meant.
fn quantity(called: &str) -> Option<String> {
    let words = Quantity::ALL.map(Quantity::name);
    did_you_mean(called, words.into_iter().chain(["degree"])).or_else(|| instead(Place::Claim, called))
}

/// `up to scale`, if it is there.
fn relation(start: Cursor<'_>) -> Parsed<'_, Option<(Relation, Span)>> {
    if !start.is_word(0, "up") {
        return Ok((start, None));
    }
    let input = start.advance();
    if !input.is_word(0, "to") {
        return Err(input.unexpected_with("`to`", instead(Place::Claim, "to")));
    }
    let input = input.advance();
    match Relation::UP_TO.into_iter().find(|relation| input.is_word(0, relation.name())) {
        Some(relation) => {
            let input = input.advance();
            Ok((input, Some((relation, start.span_until(input)))))
        }
        None => {
            let help = match input.kind() {
                Number => instead(Place::Claim, "rounding"),
                _ => meant(input, Place::Claim, &Relation::UP_TO.map(Relation::name))
                    .or_else(|| hints::in_claim(input, 0)),
            };
            Err(input.unexpected_with(&choice(Relation::UP_TO.map(Relation::name)), help))
        }
    }
}

/// `similarity(A, B) >= c under METRIC`, or `on DOMAIN`
fn metric(start: Cursor<'_>, quantity: Quantity) -> Parsed<'_, ClaimKind> {
    let (input, models) = models(start, 2)?;
    let (input, comparison) = comparison(input)?;
    let (input, bound) = expect(expression, "the number it is compared with")(input)?;
    let (input, metric) = under_metric(input)?;
    let (input, domain) = on_domain(input)?;
    let second = if domain.is_some() { input.is_word(0, "under") } else { false };
    if metric.is_some() && domain.is_some() || second {
        let message = "a claim cannot have both `under` and `on`";
        let span = domain.map_or(input.span(), |domain| domain.span);
        let error = Diagnostic::new(kinds::SYNTAX, span, message)
            .help("on a domain, the inner product is the sum over its points");
        return Err(input.fail(error));
    }
    let mut models = models.into_iter();
    let (Some(left), Some(right)) = (models.next(), models.next()) else {
        return Err(start.unexpected("two models"));
    };
    Ok((input, ClaimKind::Metric { quantity, left, right, comparison, bound: bound.node, metric, domain }))
}

/// `degree(A) <= n`
fn degree(start: Cursor<'_>) -> Parsed<'_, ClaimKind> {
    let (input, models) = models(start, 1)?;
    let (input, comparison) = comparison(input)?;
    let (input, bound) = expect(expression, "the number it is compared with")(input)?;
    let Some(model) = models.into_iter().next() else { return Err(start.unexpected("a model")) };
    Ok((input, ClaimKind::Degree { model, comparison, bound: bound.node }))
}

/// The word and the models in parentheses after it, of which there must be this many.
fn models(start: Cursor<'_>, count: usize) -> Parsed<'_, Vec<Expr>> {
    let input = start.advance();
    let (rest, models) = list(LeftParenthesis, RightParenthesis, "`,` or `)`", expected_expression)(input)?;
    if models.len() != count {
        let word = start.text(start.peek(0));
        let wanted = if count == 1 { "one model" } else { "two models" };
        let given = match models.len() {
            0 => "none is given".to_string(),
            1 => "one is given".to_string(),
            count => format!("{count} are given"),
        };
        let message = format!("`{word}` takes {wanted}, but {given}");
        return Err(start.fail(Diagnostic::new(kinds::SYNTAX, input.span_until(rest), message)));
    }
    Ok((rest, nodes(models)))
}

fn comparison(input: Cursor<'_>) -> Parsed<'_, Comparison> {
    let comparison = match input.kind() {
        Less => Comparison::Less,
        AtMost => Comparison::AtMost,
        Greater => Comparison::Greater,
        AtLeast => Comparison::AtLeast,
        DoubleEquals => Comparison::Equal,
        other => {
            let message = format!("expected `<`, `<=`, `>`, `>=` or `==`, found {}", input.found());
            let error = Diagnostic::new(kinds::SYNTAX, input.span(), message);
            let help = match other {
                Equals => "to claim equality, write `==`",
                Name if input.is_word(0, "on") || input.is_word(0, "under") => {
                    "the number comes first: `similarity(a, b) >= 0.9 on {0, 1}`"
                }
                _ => "compare it with a number, as in `similarity(a, b) >= 0.9`",
            };
            return Err(input.fail(error.help(help)));
        }
    };
    Ok((input.advance(), comparison))
}

/// `under METRIC`, if it is there.
fn under_metric(start: Cursor<'_>) -> Parsed<'_, Option<(Metric, Span)>> {
    if !start.is_word(0, "under") {
        return Ok((start, None));
    }
    let begin = start.advance();
    if let Some(estimate) = Estimate::ALL.into_iter().find(|estimate| begin.is_word(0, estimate.name())) {
        let message = format!("`{estimate}` is an estimate, and claims are decided exactly");
        let error = Diagnostic::new(kinds::SYNTAX, begin.span(), message);
        return Err(begin.fail(error.help(format!(
            "`samenet similarity` computes it; claims are about {}, or `on` a domain",
            choice(Metric::ALL.map(Metric::name))
        ))));
    }
    let words = |metric: &Metric| metric.name().split(' ').count();
    let stands = |metric: &Metric| {
        metric.name().split(' ').enumerate().all(|(distance, word)| begin.is_word(distance, word))
    };
    // The longest name: `layerwise symmetric` also begins with `layerwise`.
    match Metric::ALL.into_iter().filter(stands).max_by_key(words) {
        Some(metric) => {
            let input = (0..words(&metric)).fold(begin, |input, _| input.advance());
            Ok((input, Some((metric, begin.span_until(input)))))
        }
        None => {
            let names = Metric::ALL.map(Metric::name);
            let help = match begin.kind() {
                LeftBrace => instead(Place::Claim, "over"),
                TextStart => Some("a metric has no quotes: `under gaussian`".to_string()),
                _ if begins_set(begin, 0) => instead(Place::Claim, "over"),
                _ => meant(begin, Place::Metric, &names),
            };
            Err(begin.unexpected_with(&choice(names), help))
        }
    }
}

/// Help for a word that is none of a few: the closest of them, or what is written instead.
fn meant(input: Cursor<'_>, place: Place, words: &[&str]) -> Option<String> {
    let word = if input.kind() == Name { input.text(input.peek(0)) } else { return None };
    did_you_mean(word, words.iter().copied()).or_else(|| instead(place, word))
}

/// "`a`, `b` or `c`", for messages.
fn choice<const N: usize>(names: [&str; N]) -> String {
    let quoted = names.map(|name| format!("`{name}`"));
    match quoted.split_last() {
        Some((last, first)) if !first.is_empty() => format!("{} or {last}", first.join(", ")),
        _ => quoted.join(""),
    }
}

/// `on DOMAIN`, if it is there.
fn on_domain(start: Cursor<'_>) -> Parsed<'_, Option<DomainExpr>> {
    if !start.is_word(0, "on") {
        return Ok((start, None));
    }
    map(domain, Some).parse(start.advance())
}

/// `domain`: one set for all inputs, or a set for each.
pub(super) fn domain(start: Cursor<'_>) -> Parsed<'_, DomainExpr> {
    let every = start.kind() == LeftBrace || begins_set(start, 0) && !begins_set(start, 2);
    if every || !(start.kind() == Name && start.is_word(1, "in")) {
        let (input, set) = set(start)?;
        let kind = DomainKind::Every(set);
        return Ok((input, DomainExpr { kind, span: start.span_until(input) }));
    }
    let (mut input, first) = input_set(start)?;
    let mut sets = vec![first];
    while let Ok((rest, _)) = token(Comma)(input) {
        let (rest, set) = input_set(rest)?;
        sets.push(set);
        input = rest;
    }
    Ok((input, DomainExpr { kind: DomainKind::PerInput(sets), span: start.span_until(input) }))
}

/// Whether the token at a distance begins a set. `points` and `onehot` may also name an input, as in
/// `points in {0, 1}`.
fn begins_set(input: Cursor<'_>, distance: usize) -> bool {
    let named = input.is_word(distance, "points") || input.is_word(distance, "onehot");
    match distance {
        0 => named,
        _ => input.is_word(1, "in") && (named || input.peek(distance).kind == LeftBrace),
    }
}

/// `NAME in SET`
fn input_set(input: Cursor<'_>) -> Parsed<'_, (NameNode, SetExpr)> {
    let (input, name) = name("the name of an input")(input)?;
    let (input, _) = expect(word("in"), "`in`")(input)?;
    let (input, set) = set(input)?;
    Ok((input, (name, set)))
}

/// `set`: what an input ranges over.
fn set(start: Cursor<'_>) -> Parsed<'_, SetExpr> {
    let (input, kind) = if start.kind() == LeftBrace {
        let values = list(LeftBrace, RightBrace, "`,` or `}`", expected_expression);
        let (input, values) = nonempty(values, "a value of the set")(start)?;
        (input, SetKind::Finite(nodes(values)))
    } else if start.is_word(0, "onehot") {
        (start.advance(), SetKind::OneHot)
    } else if start.is_word(0, "points") {
        let (input, points) = expect(expression, "the list of points")(start.advance())?;
        (input, SetKind::Points(points.node))
    } else {
        if start.kind() == Name && start.peek(1).kind == Invalid {
            // The characters behind the name have been reported.
            return Err(start.advance().unexpected("a set"));
        }
        return Err(start.unexpected_with("a set: `{0, 1}`, `onehot` or `points [..]`", set_meant(start)));
    };
    Ok((input, SetExpr { kind, span: start.span_until(input) }))
}

/// Help for what stands where a set is expected.
fn set_meant(input: Cursor<'_>) -> Option<String> {
    let help = match (input.kind(), input.peek(1).kind) {
        (LeftBracket, LeftBracket) => "a list of points is written `points [[0, 1], [1, 0]]`",
        (LeftBracket | LeftParenthesis, _) => {
            "a set of values is written `{0, 1}`; for a whole interval leave the domain out, because \
             polynomials that agree on an interval agree everywhere"
        }
        (Number | Minus, _) => "a set of values is written `{0, 1}`",
        (TextStart, _) => "the points of a file are written `points \"inputs.npy\"`",
        (Name, Less | AtMost | Greater | AtLeast | NotEquals | DoubleEquals) => {
            "a domain is a set of values, not a condition: `x in {0, 1}`"
        }
        (Name, Comma) => "each input has its own set: `x in {0, 1}, y in {0, 1}`",
        (Name, LeftBrace | Equals | Colon) => "the set of one input is written `x in {0, 1}`",
        (Name, Name) if begins_set(input.advance(), 0) => "the set of one input is written `x in onehot`",
        _ => return meant(input, Place::Set, &["onehot", "points"]),
    };
    Some(help.to_string())
}
