//! What the checker shares with the search, followed through everything that it uses.

use std::collections::BTreeSet;

use super::floors::room;
use super::source::{Source, code, is_in, sources};
use super::uses::Files;

/// Where claims get the methods that decide them. The checker reads claims, and calls none of these.
const DECIDING: &str = "src/claim/decide.rs";
const DECIDING_CALLS: [&str; 3] = [".decide(", ".decide_by(", ".explain("];

/// What the checker reaches: files that it uses, files that these use, and files in which their types get
/// methods.
fn reached<'a>(files: &Files<'a>) -> BTreeSet<&'a str> {
    let all = 0..files.paths.len();
    let checker = |file: &usize| files.paths[*file].starts_with("src/check/");
    let mut reached: BTreeSet<usize> = all.clone().filter(checker).collect();
    let mut open: Vec<usize> = reached.iter().copied().collect();
    while let Some(file) = open.pop() {
        let extends =
            |other: &usize| files.paths[*other] != DECIDING && files.extends[*other].contains(&file);
        let methods = all.clone().filter(extends);
        for next in methods.chain(files.uses[file].keys().copied()) {
            if reached.insert(next) {
                open.push(next);
            }
        }
    }
    reached.into_iter().map(|file| files.paths[file]).filter(|path| !path.starts_with("src/check/")).collect()
}

/// The checker shares with the search how files become networks (which includes constant folding, and for
/// that the evaluator of networks over rational numbers), the graph of a network, and the words of
/// certificates and domains. Below these are tools that know nothing of networks: budgets, threads, words.
/// It shares no method, no other arithmetic, and nothing that decides: it evaluates, bounds and tests primes
/// with code of its own. README.md says the same.
#[test]
fn the_checker_shares_how_files_are_read_and_nothing_that_decides() {
    let sources = sources("src");
    let reached = reached(&Files::new(&sources));
    let rooms: BTreeSet<&str> = reached.iter().map(|path| room(path)).collect();
    let expected =
        "arithmetic budget certificate diagnostic domain model network parallel plural stack suggest syntax";
    assert_eq!(rooms.into_iter().collect::<Vec<_>>().join(" "), expected, "{reached:#?}");
    for Source { path, text } in &sources {
        if reached.contains(path.as_str()) || is_in(path, "src/check") {
            let calls = code(text).any(|(_, line)| DECIDING_CALLS.iter().any(|call| line.contains(call)));
            assert!(!calls, "{path} decides");
        }
    }
    let arithmetic: Vec<_> = reached.into_iter().filter(|path| room(path) == "arithmetic").collect();
    let expected = ["budget", "mod", "rational"].map(|file| format!("src/arithmetic/{file}.rs"));
    assert_eq!(arithmetic, expected);
}
