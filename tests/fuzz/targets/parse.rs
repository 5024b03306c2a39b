//! Any text: the parser returns, its errors point into the text, and what is accepted is printed to a text
//! that parses to the same tree and prints the same again.

use samenet::diagnostic::{Diagnostic, FileId};
use samenet::syntax::{
    MAX_ERRORS, parse, parse_domain, parse_expression, print, print_domain, print_expression,
};

use crate::common::trees::without_spans;

const FILE: FileId = FileId(0);

/// Runs the parser for files, for expressions and for domains.
pub fn run(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    file(text);
    match parse_expression(FILE, text) {
        Ok(tree) => {
            let printed = print_expression(&tree);
            let again = parse_expression(FILE, &printed).unwrap_or_else(|e| panic!("{printed}: {e:?}"));
            assert_eq!(print_expression(&again), printed);
            assert_eq!(without_spans(&again), without_spans(&tree), "{printed}");
        }
        Err(errors) => check(&errors, text),
    }
    match parse_domain(FILE, text) {
        Ok(tree) => {
            let printed = print_domain(&tree);
            let again = parse_domain(FILE, &printed).unwrap_or_else(|e| panic!("{printed}: {e:?}"));
            assert_eq!(print_domain(&again), printed);
            assert_eq!(without_spans(&again), without_spans(&tree), "{printed}");
        }
        Err(errors) => check(&errors, text),
    }
}

fn file(text: &str) {
    let (tree, errors) = parse(FILE, text);
    if !errors.is_empty() {
        check(&errors, text);
        return;
    }
    let printed = print(&tree);
    let (again, errors) = parse(FILE, &printed);
    assert!(errors.is_empty(), "{printed}: {errors:?}");
    assert_eq!(print(&again), printed);
    assert_eq!(without_spans(&again), without_spans(&tree), "{printed}");
}

/// There is at least one error, not too many, and every place is a range of whole characters.
fn check(errors: &[Diagnostic], text: &str) {
    assert!(!errors.is_empty() && errors.len() <= MAX_ERRORS + 1);
    for error in errors {
        assert!(!error.message.is_empty());
        for label in error.primary.iter().chain(&error.secondary) {
            assert!(text.get(label.span.range()).is_some(), "{error:?}");
        }
    }
}
