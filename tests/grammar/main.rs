//! `grammar/same.ebnf` and the parser describe the same language: the parser accepts what the grammar
//! generates, and on changed sentences it agrees with a recogniser that knows nothing but the grammar.

mod ebnf;
mod generator;
mod recogniser;

use ebnf::Grammar;
use generator::Generator;
use recogniser::Recogniser;
use samenet::diagnostic::{Diagnostic, FileId};
use samenet::syntax;

const GRAMMAR: &str = include_str!("../../grammar/same.ebnf");

/// What the parser says about a text, apart from the limit on exponents, which the grammar leaves out.
fn errors(text: &str) -> Vec<Diagnostic> {
    let errors = syntax::parse(FileId(0), text).1;
    errors.into_iter().filter(|error| error.kind != syntax::kinds::NUMBER_TOO_LONG).collect()
}

/// What the parser says about a text, for the message of a failed test.
fn explained(text: &str) -> String {
    let errors = errors(text).into_iter().map(|error| format!("\n{}: {:?}", error.message, error.primary));
    format!("{text:?}\n{text}{}", errors.collect::<String>())
}

/// The recogniser calls itself more often than a small stack allows.
fn with_large_stack(test: impl FnOnce() + Send + 'static) {
    let thread = std::thread::Builder::new().stack_size(256 << 20).spawn(test).unwrap();
    if let Err(failure) = thread.join() {
        std::panic::resume_unwind(failure);
    }
}

#[test]
fn generated_sentences_are_accepted_and_print_to_themselves() {
    with_large_stack(|| {
        let grammar = Grammar::read(GRAMMAR);
        let mut generator = Generator::new(&grammar, 1);
        for _ in 0..8_000 {
            let sentence = generator.sentence("FILE");
            assert!(errors(&sentence).is_empty(), "{}", explained(&sentence));
            let (file, errors) = syntax::parse(FileId(0), &sentence);
            if !errors.is_empty() {
                continue;
            }
            let printed = syntax::print(&file);
            let (again, errors) = syntax::parse(FileId(0), &printed);
            assert!(errors.is_empty(), "{}", explained(&printed));
            assert_eq!(again.without_spans(), file.without_spans(), "{sentence}\n{printed}");
        }
        for part in grammar.derivable("FILE") {
            assert!(generator.used[part] > 0, "{:?} is in no sentence", grammar.parts[part]);
        }
    });
}

#[test]
fn parser_and_recogniser_agree_on_changed_sentences() {
    with_large_stack(|| {
        let grammar = Grammar::read(GRAMMAR);
        let mut generator = Generator::new(&grammar, 2);
        let (mut accepted, mut rejected) = (0, 0);
        while accepted + rejected < 12_000 {
            let rule = if generator.random.one_in(5) { "FILE" } else { "item" };
            let sentence = generator.sentence(rule);
            if sentence.len() > 200 {
                continue;
            }
            for _ in 0..4 {
                let changed = generator.mutated(&sentence);
                let expected = Recogniser::new(&grammar, &changed).accepts("FILE");
                let found = errors(&changed).is_empty();
                assert_eq!(found, expected, "parser: {found}, grammar: {expected}\n{}", explained(&changed));
                if expected { accepted += 1 } else { rejected += 1 }
            }
        }
        assert!(accepted > 2_000 && rejected > 2_000, "{accepted} accepted, {rejected} rejected");
    });
}
