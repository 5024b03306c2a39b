//! Texts that ask for too much: each gets one clear error, and soon.

use super::*;
use crate::syntax::tests::trees::without_spans;
use crate::syntax::{MAX_DIGITS, print};

/// The only error of a text.
fn error(text: &str) -> Diagnostic {
    let (_, errors) = parse(FileId(0), text);
    assert_eq!(errors.len(), 1, "{errors:?}");
    errors.into_iter().next().unwrap()
}

#[test]
fn nesting_has_a_limit() {
    let cases = [("(", ")"), ("[", "]"), ("f(", ")"), ("f[", "]"), ("{ let a = ", "; a }"), ("\"{", "}\"")];
    for (opening, closing) in cases {
        let nested = |levels: usize| format!("let a = {}x{}", opening.repeat(levels), closing.repeat(levels));
        // The expression inside the brackets is a level, too.
        let (file, errors) = parse(FileId(0), &nested(MAX_NESTING - 1));
        assert_eq!(errors, []);
        assert_eq!(without_spans(&parse(FileId(0), &print(&file)).0), without_spans(&file));
        for text in [nested(MAX_NESTING), nested(100_000), format!("let a = {}", opening.repeat(100_000))] {
            let error = if opening.starts_with('"') && !text.ends_with('"') {
                // The string that does not end is the first of two errors.
                parse(FileId(0), &text).1.remove(0)
            } else {
                error(&text)
            };
            let start = error.primary.as_ref().unwrap().span.start as usize;
            if error.kind != kinds::UNTERMINATED_STRING {
                assert_eq!(error.kind, kinds::NESTING_TOO_DEEP, "{opening}");
                assert_eq!(error.message, "more than 128 brackets and blocks are nested here");
                assert_eq!(start, 8 + MAX_NESTING * opening.len(), "{opening}");
            }
        }
    }
}

#[test]
fn loops_count_as_nesting() {
    let nested =
        |levels| format!("let a = {{ {} {} 1 }}", "for i in 0..1 {".repeat(levels), "}".repeat(levels));
    // The block itself is a level, and so is the range of the innermost loop.
    assert_eq!(parse(FileId(0), &nested(MAX_NESTING - 2)).1, []);
    assert_eq!(error(&nested(MAX_NESTING)).kind, kinds::NESTING_TOO_DEEP);
    assert_eq!(error(&nested(100_000)).kind, kinds::NESTING_TOO_DEEP);
}

#[test]
fn long_chains_have_a_limit() {
    let chains: [fn(usize) -> String; 7] = [
        |n| format!("let a = x{}", " + x".repeat(n)),
        |n| format!("let a = x{}", " |> f".repeat(n)),
        |n| format!("let a = x{}", "[0]".repeat(n)),
        |n| format!("let a = x{}", "(0)".repeat(n)),
        |n| format!("let a = x{}", "^x".repeat(n)),
        |n| format!("let a = {}x", "-".repeat(n)),
        |n| format!("let a = 1 + (2 * x{})", " * x".repeat(n)),
    ];
    for chain in chains {
        // Read, copied, compared, printed and dropped, all on the small stack of a test.
        let (file, errors) = parse(FileId(0), &chain(MAX_HEIGHT - 4));
        assert_eq!(errors, []);
        assert_eq!(file.clone(), file);
        assert_eq!(without_spans(&parse(FileId(0), &print(&file)).0), without_spans(&file));
        for operations in [MAX_HEIGHT + 1, 100_000] {
            let error = error(&chain(operations));
            assert_eq!(error.kind, kinds::NESTING_TOO_DEEP);
            let message = "more than 2000 operations depend on one another in this expression";
            assert_eq!(
                (error.message.as_str(), &error.help[..]),
                (message, &["name parts of it with `let`".to_string()][..])
            );
        }
    }
}

#[test]
fn wide_lists_have_no_limit_of_their_own() {
    let text = format!("let a = [{}0]", "1, ".repeat(100_000));
    let (file, errors) = parse(FileId(0), &text);
    assert_eq!(errors, []);
    assert_eq!(without_spans(&parse(FileId(0), &print(&file)).0), without_spans(&file));
}

#[test]
fn long_files_are_refused_before_they_are_read() {
    let longest = format!("let a = 1 {}", "#".repeat(MAX_SOURCE_BYTES - 10));
    assert_eq!(parse(FileId(0), &longest).1, []);
    let error = error(&format!("{longest}#"));
    assert_eq!(error.kind, kinds::FILE_TOO_LARGE);
    assert_eq!(error.message, "this file has 4194305 bytes; the limit is 4194304");
    assert_eq!(error, too_large(FileId(0), MAX_SOURCE_BYTES as u64 + 1));
}

#[test]
fn long_numbers_are_refused() {
    assert_eq!(parse(FileId(0), &format!("let a = {}", "1".repeat(MAX_DIGITS))).1, []);
    let long = error(&format!("let a = 0.{}", "1".repeat(MAX_DIGITS)));
    assert_eq!(long.kind, kinds::NUMBER_TOO_LONG);
    assert_eq!(long.message, "this number has 10001 digits; the limit is 10000");
    let large = error(&format!("let a = 1e{}", "9".repeat(1_000_000)));
    assert_eq!(large.kind, kinds::NUMBER_TOO_LONG);
    assert!(large.message.len() < 100, "{}", large.message);
}

#[test]
fn many_errors_are_cut_off_with_a_note() {
    let listed = |lines: usize| parse(FileId(0), &"let a = )\n".repeat(lines)).1;
    assert_eq!(listed(MAX_ERRORS).len(), MAX_ERRORS);
    assert!(listed(MAX_ERRORS).iter().all(|error| error.kind == kinds::SYNTAX));
    for text in ["let a = )\n", "let a = $\n", "let a = \"\n", "let a = { let b = ); 1 }\n"] {
        let (_, errors) = parse(FileId(0), &text.repeat(100_000));
        assert_eq!(errors.len(), MAX_ERRORS + 1);
        let note = &errors[MAX_ERRORS];
        assert_eq!(note.kind, kinds::TOO_MANY_ERRORS);
        assert_eq!(note.message, "more than 50 errors; the rest are not listed");
        let start = note.primary.as_ref().unwrap().span.start as usize;
        assert_eq!(start / text.len(), MAX_ERRORS);
    }
}

/// Texts of a megabyte that would take minutes if anything were looked at again and again.
#[test]
fn work_is_proportional_to_length() {
    let pieces = [
        "let b = {(\n",
        "{let b=);",
        "\"\n",
        "' ",
        "‘ ",
        "/* ",
        "€",
        "$ ",
        "(",
        ")",
        "{ ",
        "}",
        "\"{",
        "let ",
        "claim ",
        "for i in 0..1 {",
        "x y\n",
        "let a = \"{\" ",
        "if ",
        "..",
        "-",
        "^",
        "[",
        "1e999,",
        "é",
        "\u{a0}",
    ];
    for piece in pieces {
        for head in ["", "let a = ", "let a = [", "claim \"x\": {"] {
            let text = format!("{head}{}", piece.repeat((1 << 20) / piece.len() / 4));
            let (_, errors) = parse(FileId(0), &text);
            assert!((1..=MAX_ERRORS + 1).contains(&errors.len()), "{head}{piece}");
        }
    }
}
