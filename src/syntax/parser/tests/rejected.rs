//! What is rejected, with the place, the message and the help. Places are marked with `⟦⟧`.

use super::*;

/// Texts with one error each, for every production of the grammar.
const REJECTED: &str = include_str!("rejected.txt");

/// A marked text, and the lines that describe its error.
struct Case {
    text: &'static str,
    expected: Vec<&'static str>,
}

fn cases() -> Vec<Case> {
    let mut cases: Vec<Case> = Vec::new();
    for line in REJECTED.lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
        match (line.strip_prefix("  "), cases.last_mut()) {
            (Some(expected), Some(case)) => case.expected.push(expected),
            _ => cases.push(Case { text: line, expected: Vec::new() }),
        }
    }
    cases
}

#[test]
fn each_error_has_its_place_its_message_and_its_help() {
    for Case { text: marked, expected } in cases() {
        let (text, spans) = unmarked(marked);
        let (_, errors) = parse(FileId(0), &text);
        let described = errors.iter().flat_map(|error| {
            let help = error.help.iter().map(|help| format!("help: {help}"));
            std::iter::once(format!("{}: {}", error.kind, error.message)).chain(help)
        });
        assert_eq!(described.collect::<Vec<_>>(), expected, "in {text}");
        assert_eq!(places(&errors), spans, "in {text}");
    }
}

#[test]
fn the_remaining_text_on_a_command_line_is_an_error() {
    let errors = parse_expression(FileId(0), "net - base model").unwrap_err();
    assert_eq!(errors[0].message, "expected an operator or the end, found the reserved word `model`");
    assert_eq!(places(&errors), [(11, 16)]);
    let errors = parse_expression(FileId(0), "").unwrap_err();
    assert_eq!(errors[0].message, "expected an expression, found the end of the file");
    let errors = parse_domain(FileId(0), "{0,1} up").unwrap_err();
    assert_eq!(places(&errors), [(6, 8)]);
}

/// Independent errors of one text: all are found, and nothing that follows from another.
const SEVERAL: [&str; 7] = [
    // In items that follow one another, on lines of their own or not.
    "let a = ⟦)⟧\nlet b = 1\nlet c = b ⟦c⟧\nmodel m(x⟦)⟧ = x\nclaim m == m",
    "let a = ⟦*⟧ 2 let b = 1 +⟦+⟧ 2\n",
    // In statements of a block, and in blocks within blocks.
    "model m(x: 2) = {\n  let a = ⟦;⟧\n  let b = ⟦)⟧;\n  h ⟦=⟧ 3;\n  for i in 0..3 { let c = ⟦*⟧ 2; }\n  \
     for ⟦2⟧ in 0..3 { let d = 1; }\n  for i in 0 ⟦{⟧ }\n  for i in 0..3 { ⟦a⟧ }\n  a +\n⟦}⟧\nlet b = ⟦]⟧",
    "let a = {\n  let b = { let c = ⟦/⟧ 1; c };\n  let d = f(⟦;⟧\n  let e = 2⟦⟧\n  let f = 3⟦⟧\n  d\n}\n",
    // A bracket that is not closed ends at the next item.
    "let a = f⟦(⟧1,\nmodel m(x: 2) = x⟦[⟧0\nclaim m == m on ⟦{⟧0, 1\nclaim m ⟦=⟧ m",
    // What is no token does not hide what is wrong elsewhere, nor is it reported twice.
    "let a = x ⟦−⟧ y ⟦**⟧ ⟦2z⟧ + ⟦)⟧ ⟦$⟧\nlet b = ⟦\"abc⟧\nlet c = \"⟦\\q⟧\" + \"⟦}⟧\" + ⟦.5⟧",
    // A block that does not end takes no item with it that begins with another word than `let`.
    "let a = {\n  let b = 1\n\n⟦model⟧ m(x: 2) = x\nlet c = ⟦)⟧",
];

#[test]
fn independent_errors_are_found_at_once() {
    for marked in SEVERAL {
        let (text, spans) = unmarked(marked);
        let (_, errors) = parse(FileId(0), &text);
        assert_eq!(places(&errors), spans, "in {text}: {errors:#?}");
    }
}

#[test]
fn items_without_errors_are_read_all_the_same() {
    let text = "let a = )\nlet b = 1\nmodel m(x: 2) = { let c = ; x }\nmodel n(x: 2) = x";
    let (file, errors) = parse(FileId(0), text);
    assert_eq!(errors.len(), 2);
    assert_eq!(crate::syntax::print(&file), "let b = 1\n\nmodel n(x: 2) = x\n");
}

#[test]
fn brackets_that_stay_open_are_shown_with_the_place_where_that_is_noticed() {
    let (_, errors) = parse(FileId(0), "let a = (x + 1]");
    assert_eq!(errors[0].secondary.len(), 1);
    assert_eq!(errors[0].secondary[0].text, "expected `)` before `]`");
    assert_eq!(errors[0].secondary[0].span.range(), 14..15);
    let (_, errors) = parse(FileId(0), "let a = { let b = 1;");
    assert_eq!(errors[0].message, "expected the value of the block, found the end of the file");
    assert_eq!(errors[0].secondary[0].text, "this `{` is not closed");
    assert_eq!(errors[0].secondary[0].span.range(), 8..9);
}

#[test]
fn characters_that_cannot_be_seen_are_named() {
    let (_, errors) = parse(FileId(0), "let\u{a0}a = 1\u{200b}");
    let messages: Vec<_> = errors.iter().map(|error| error.message.as_str()).collect();
    assert_eq!(
        messages,
        [
            "U+00A0 (no-break space) is not white space here",
            "U+200B (zero width space) is not white space here"
        ]
    );
    // A byte order mark is fine at the beginning and nowhere else.
    assert_eq!(parse(FileId(0), "\u{feff}let a = 1").1, []);
    assert_eq!(parse(FileId(0), "let \u{feff}a = 1").1.len(), 1);
}

#[test]
fn every_kind_has_a_case() {
    let kind = |case: Case| case.expected[0].split(':').next();
    let limits = [kinds::NESTING_TOO_DEEP, kinds::FILE_TOO_LARGE, kinds::TOO_MANY_ERRORS];
    let tested: std::collections::BTreeSet<_> = cases().into_iter().filter_map(kind).chain(limits).collect();
    assert_eq!(tested, kinds::KINDS.into_iter().collect());
}
