//! What is accepted and what is rejected, and where errors point.

mod accepted;
mod limits;
mod rejected;

use super::*;

/// A text without its marks `⟦` and `⟧`, and the ranges of bytes between them.
fn unmarked(marked: &str) -> (String, Vec<(u32, u32)>) {
    let mut text = String::new();
    let mut spans = Vec::new();
    let mut start = 0;
    for c in marked.chars() {
        match c {
            '⟦' => start = text.len() as u32,
            '⟧' => spans.push((start, text.len() as u32)),
            other => text.push(other),
        }
    }
    (text, spans)
}

/// Where errors point.
fn places(errors: &[Diagnostic]) -> Vec<(u32, u32)> {
    let spans = errors.iter().filter_map(|error| error.primary.as_ref().map(|label| label.span));
    spans.map(|span| (span.start, span.end)).collect()
}
