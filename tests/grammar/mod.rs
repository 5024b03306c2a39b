//! `grammar/same.ebnf` and the parser describe the same language: the parser accepts what the grammar
//! generates, and on changed sentences it agrees with a recogniser that knows nothing but the grammar.

mod ebnf;
mod generator;
mod recogniser;

use ebnf::Grammar;
use generator::{Generator, pieces};
use recogniser::Recogniser;
use samenet::diagnostic::{Diagnostic, FileId};
use samenet::syntax;

use crate::common::size::cases;
use crate::common::trees::without_spans;

const GRAMMAR: &str = include_str!("../../grammar/same.ebnf");

/// Items as people write them, to be changed like those that are generated.
const WRITTEN: [&str; 9] = [
    "model xor(x: 2) = x[0] + x[1] - 2*x[0]*x[1]",
    "model gated(x: 2) =\n  x |> bilinear(left: [[1, -1]], right: [[1, -1]]) |> sum",
    "claim \"the same on bits\": xor == xor_gated on {0,1}",
    "claim similarity(xor, xor_gated) >= 0.47 # sqrt(2)/3",
    "fn net(x, W, n) = {\n  let h = W[\"embed\"] @ x;\n  \
     for i in 0..n { let h = h + W[\"b.{i}\"] @ h; }\n  h\n}",
    "import \"lib.same\" as lib\nweights W = \"runs/1.npz\"",
    "claim lib::a[1..3, ..] != b up to shift on x in {-1, 1/2}, y in onehot",
    "claim degree(x^2^n) <= 4",
    "for i in 0..24 {\n  let j = i + 1;\n  claim \"unit {i}\": similarity(net, without(i)) >= 0.95\n}",
];

/// Short items that use every production together.
const SHORT: [&str; 34] = [
    "let a = 1",
    "let a = f(x, b: 2,)",
    "let a = f()",
    "let a = x[0, 1..n, ..]",
    "let a = x[..2,]",
    "let a = -x^2^n",
    "let a = x * y / z @ w",
    "let a = x + y - z",
    "let a = x |> f |> m::g(a)",
    "let a = (x)",
    "let a = [x, [y],]",
    "let a = { let b = 1; b }",
    "let a = { for i in 0..n { let b = i; } b }",
    "let a = 1.5e-3",
    "let a = \"a{x}b\"",
    "let a = \"{{\\n}}\"",
    "weights W = \"w\"",
    "import \"m\" as m",
    "fn f(a, b,) = a",
    "fn f() = 1",
    "model m(x: 2, y: [2, n],) = x",
    "model m(x: []) = x",
    "claim \"l\": a == b",
    "claim a != b up to scale",
    "claim a == b up to shift on onehot",
    "claim a == b on {0, 1,}",
    "claim a == b on x in {0}, y in onehot",
    "claim a == b on points in onehot",
    "claim similarity(a, b,) > 1 under layerwise symmetric",
    "claim distance(a, b) <= 1 on points p",
    "claim degree(a,) == 2",
    "for i in a..b {}",
    "for i in 0..2 { let j = i; claim a == b }",
    "for i in 0..2 { for j in i..2 { claim a != b on onehot } }",
];

/// What the parser says about a text, apart from the limit on exponents, which the grammar leaves out.
fn errors(text: &str) -> Vec<Diagnostic> {
    let errors = syntax::parse(FileId(0), text).1;
    for error in &errors {
        for label in error.primary.iter().chain(&error.secondary) {
            assert!(text.get(label.span.range()).is_some(), "{text:?}: no characters at {:?}", label.span);
        }
    }
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
        for _ in 0..cases(1_500, 6_000) {
            let sentence = generator.sentence("FILE");
            assert!(errors(&sentence).is_empty(), "{}", explained(&sentence));
            let (file, errors) = syntax::parse(FileId(0), &sentence);
            if !errors.is_empty() {
                continue;
            }
            let printed = syntax::print(&file);
            let (again, errors) = syntax::parse(FileId(0), &printed);
            assert!(errors.is_empty(), "{}", explained(&printed));
            assert_eq!(without_spans(&again), without_spans(&file), "{sentence}\n{printed}");
        }
        for part in grammar.derivable("FILE") {
            assert!(generator.used[part] > 0, "{:?} is in no sentence", grammar.parts[part]);
        }
    });
}

/// Fails unless the parser and a recogniser of the grammar agree on a text. Says what they agree on.
fn agreed(grammar: &Grammar, text: &str) -> bool {
    let expected = Recogniser::new(grammar, text).accepts("FILE");
    let found = errors(text).is_empty();
    assert_eq!(found, expected, "parser: {found}, grammar: {expected}\n{}", explained(text));
    found
}

/// A large run tries all of them; a usual run one in six, different ones at every position.
#[test]
fn parser_and_recogniser_agree_on_all_single_changes_of_short_items() {
    with_large_stack(|| {
        let all = 24_000;
        let expected = cases(all / 6, all);
        let step = all / expected;
        let grammar = Grammar::read(GRAMMAR);
        let mut fresh = grammar.terminals();
        fresh.extend(["x", "1", " ", "\n", "#", "\"s\"", "−", "'", "&", "."].map(String::from));
        let (mut accepted, mut rejected) = (0, 0);
        let mut count = |accepts: bool| if accepts { accepted += 1 } else { rejected += 1 };
        for text in SHORT {
            assert!(agreed(&grammar, text), "{text}");
            let pieces = pieces(text);
            for at in 0..pieces.len() {
                let (before, after) = (pieces[..at].concat(), pieces[at + 1..].concat());
                count(agreed(&grammar, &format!("{before}{after}")));
                for new in fresh.iter().skip(at % step).step_by(step) {
                    count(agreed(&grammar, &format!("{before}{new}{after}")));
                    count(agreed(&grammar, &format!("{before}{new}{}{after}", pieces[at])));
                }
            }
        }
        assert!(
            accepted > expected / 6 && rejected > expected * 5 / 6,
            "{accepted} accepted, {rejected} rejected"
        );
    });
}

#[test]
fn parser_and_recogniser_agree_on_random_characters() {
    with_large_stack(|| {
        let grammar = Grammar::read(GRAMMAR);
        let mut generator = Generator::new(&grammar, 3);
        let mut accepted = 0;
        let count = cases(2_000, 10_000);
        for _ in 0..count {
            let text = match generator.random.below(3) {
                0 => generator.noise(30),
                1 => format!("let a = {}", generator.noise(4)),
                _ => format!("let a = \"{}\"", generator.noise(6)),
            };
            accepted += usize::from(agreed(&grammar, &text));
        }
        assert!(accepted > count / 20, "{accepted} accepted");
    });
}

#[test]
fn parser_and_recogniser_agree_on_changed_sentences() {
    with_large_stack(|| {
        let grammar = Grammar::read(GRAMMAR);
        let mut generator = Generator::new(&grammar, 2);
        let (mut accepted, mut rejected) = (0, 0);
        let count = cases(600, 10_000);
        while accepted + rejected < count {
            let sentence = match generator.random.below(8) {
                0 => generator.sentence("FILE"),
                1 | 2 => generator.random.pick(&WRITTEN).to_string(),
                _ => generator.sentence("item"),
            };
            if sentence.len() > 200 {
                continue;
            }
            for _ in 0..4 {
                let changed = generator.mutated(&sentence);
                if agreed(&grammar, &changed) { accepted += 1 } else { rejected += 1 }
            }
        }
        assert!(accepted > count / 5 && rejected > count / 5, "{accepted} accepted, {rejected} rejected");
    });
}
