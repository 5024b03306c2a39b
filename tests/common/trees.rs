//! Trees of `.same` files, for tests that compare what was written and not where.

use std::fmt::Debug;
use std::thread;

/// A tree as text, without its spans. To write a high tree takes more stack than a test has.
pub fn without_spans(tree: &(impl Debug + Sync)) -> String {
    let text = thread::scope(|scope| {
        let writer = thread::Builder::new().stack_size(64 << 20);
        writer.spawn_scoped(scope, || format!("{tree:?}")).unwrap().join().unwrap()
    });
    let mut pieces = text.split("Span {");
    let first = pieces.next().unwrap_or_default().to_string();
    pieces.fold(first, |all, piece| all + piece.split_once('}').map_or(piece, |(_, rest)| rest))
}
