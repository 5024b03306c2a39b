//! Files that use each other in a circle can only be read together, so there are none but the declared one.

use std::collections::BTreeSet;

use super::source::sources;
use super::uses::{Files, invented};

/// The grammar's own recursion: expressions hold blocks and texts, which hold expressions.
const DECLARED: [&str; 3] =
    ["src/syntax/parser/block.rs", "src/syntax/parser/expression.rs", "src/syntax/parser/text.rs"];

/// Sets of files each of which uses, by way of others, every other one. That the front of a folder uses what
/// is in the folder does not count: the front is what the folder shows, and what stands in it is also for the
/// files behind it.
fn circles<'a>(files: &Files<'a>) -> Vec<BTreeSet<&'a str>> {
    let count = files.paths.len();
    let next = |file: usize| files.uses[file].keys().copied().filter(move |&to| !files.is_front(file, to));
    let reached: Vec<BTreeSet<usize>> = (0..count)
        .map(|start| {
            let mut reached = BTreeSet::new();
            let mut open = vec![start];
            while let Some(file) = open.pop() {
                open.extend(next(file).filter(|&to| reached.insert(to)));
            }
            reached
        })
        .collect();
    let circle = |file: usize| -> BTreeSet<usize> {
        reached[file].iter().copied().filter(|&other| reached[other].contains(&file)).collect()
    };
    let circles: BTreeSet<BTreeSet<usize>> =
        (0..count).map(circle).filter(|circle| !circle.is_empty()).collect();
    circles.into_iter().map(|circle| circle.into_iter().map(|file| files.paths[file]).collect()).collect()
}

/// What ties a circle, for the message.
fn ties(files: &Files, circle: &BTreeSet<&str>) -> String {
    let within = |file: usize| circle.contains(files.paths[file]);
    let mut text = String::new();
    for from in (0..files.paths.len()).filter(|&from| within(from)) {
        for (to, names) in
            files.uses[from].iter().filter(|(to, _)| within(**to) && !files.is_front(from, **to))
        {
            text.push_str(&format!("{} -> {}: {names:?}\n", files.paths[from], files.paths[*to]));
        }
    }
    text
}

#[test]
fn no_files_go_round_in_circles() {
    let sources = sources("src");
    let files = Files::new(&sources);
    let circles = circles(&files);
    let (declared, others): (Vec<_>, Vec<_>) =
        circles.iter().partition(|circle| circle.iter().eq(DECLARED.iter()));
    let shown: Vec<String> = others.iter().map(|circle| ties(&files, circle)).collect();
    assert!(others.is_empty(), "{}", shown.join("\n"));
    assert_eq!(declared.len(), 1, "the declared circle is gone");
}

#[test]
fn circles_are_found() {
    let sources = invented(&[
        ("src/a/mod.rs", "mod one;\nmod two;\npub use one::One;\nuse two::Two;\npub struct Front(Two);"),
        ("src/a/one.rs", "use super::two::Two;\npub struct One;"),
        ("src/a/two.rs", "use super::Front;\npub struct Two;"),
        ("src/b.rs", "pub fn b() { crate::c::c() }"),
        ("src/c.rs", "pub fn c() { crate::d::D::new() }"),
        ("src/d.rs", "pub struct D;\nfn f() { super::b::b() }"),
    ]);
    let files = Files::new(&sources);
    let found = circles(&files);
    assert_eq!(found, [BTreeSet::from(["src/b.rs", "src/c.rs", "src/d.rs"])]);
    assert!(ties(&files, &found[0]).contains("src/d.rs -> src/b.rs: {\"b\"}"));
}
