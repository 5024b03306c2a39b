//! Which part of a source file a diagnostic shows.
//!
//! A file may be large and a line long; a message must not be. Labels that stand close together share one
//! [`Excerpt`] of whole lines; a label on a very long line gets a window of that line.

use std::ops::Range;

use crate::diagnostic::Label;

/// Lines longer than this (in bytes) are cut.
const LONG_LINE: usize = 1000;
/// How many characters of a long line are shown before and after the start of a label.
const WINDOW: (usize, usize) = (50, 100);
/// Labels that are further apart (in bytes) are shown in separate excerpts.
const NEAR: usize = 4000;

/// A piece of a file and the labels in it.
#[derive(Debug, PartialEq, Eq)]
pub struct Excerpt<'a> {
    /// What is shown.
    pub text: String,
    /// The 1-based number of its first line.
    pub line: usize,
    /// The 1-based column (in characters) of the first label, when the text is a window of a long line and
    /// the column cannot be read off.
    pub column: Option<usize>,
    /// Ranges of bytes of `text`, and what to say about them.
    pub labels: Vec<(Range<usize>, &'a Label)>,
}

/// The starts of a file's lines, found once for any number of diagnostics.
pub struct Lines<'a> {
    text: &'a str,
    starts: Vec<usize>,
}

impl<'a> Lines<'a> {
    /// The lines of a text.
    pub fn new(text: &'a str) -> Lines<'a> {
        let after_breaks = text.bytes().enumerate().filter(|&(_, byte)| byte == b'\n').map(|(at, _)| at + 1);
        Lines { text, starts: std::iter::once(0).chain(after_breaks).collect() }
    }

    /// The position of the line that a byte is in, from 0.
    pub fn of(&self, byte: usize) -> usize {
        self.starts.partition_point(|&start| start <= byte).saturating_sub(1)
    }

    /// The bytes of a line without its line break.
    fn range(&self, line: usize) -> Range<usize> {
        let start = self.starts[line];
        let end = self.starts.get(line + 1).map_or(self.text.len(), |&next| next - 1);
        start..start + self.text[start..end].trim_end_matches('\r').len()
    }

    /// A label's bytes, inside the text and on character boundaries.
    fn clamp(&self, label: &Label) -> Range<usize> {
        let boundary = |byte: usize| {
            let byte = byte.min(self.text.len());
            (0..=byte).rev().find(|&at| self.text.is_char_boundary(at)).unwrap_or(0)
        };
        let range = label.span.range();
        let start = boundary(range.start);
        start..boundary(range.end).max(start)
    }

    /// The excerpts that show these labels, in the order of the file.
    pub fn excerpts<'l>(&self, labels: &[&'l Label]) -> Vec<Excerpt<'l>> {
        let mut placed: Vec<(Range<usize>, &'l Label)> =
            labels.iter().map(|&label| (self.clamp(label), label)).collect();
        placed.sort_by_key(|(range, _)| (range.start, range.end));
        let mut groups: Vec<Vec<(Range<usize>, &'l Label)>> = Vec::new();
        for (range, label) in placed {
            let range = self.shorten(range);
            let joins = groups.last().and_then(|group| group.first()).is_some_and(|(first, _)| {
                range.end - first.start <= NEAR && !self.is_long(first.start) && !self.is_long(range.start)
            });
            match groups.last_mut() {
                Some(group) if joins => group.push((range, label)),
                _ => groups.push(vec![(range, label)]),
            }
        }
        groups.into_iter().map(|group| self.excerpt(group)).collect()
    }

    fn is_long(&self, byte: usize) -> bool {
        self.range(self.of(byte)).len() > LONG_LINE
    }

    /// A label over many bytes, or that runs into a long line, is shown on its first line only.
    fn shorten(&self, range: Range<usize>) -> Range<usize> {
        let (first, last) = (self.of(range.start), self.of(range.end));
        let fits = range.len() <= NEAR && (first..=last).all(|line| self.range(line).len() <= LONG_LINE);
        if first == last || fits { range } else { range.start..self.range(first).end.max(range.start) }
    }

    fn excerpt<'l>(&self, group: Vec<(Range<usize>, &'l Label)>) -> Excerpt<'l> {
        let start = group.iter().map(|(range, _)| range.start).min().unwrap_or(0);
        let end = group.iter().map(|(range, _)| range.end).max().unwrap_or(start);
        let (first, last) = (self.of(start), self.of(end));
        let whole = self.range(first).start..self.range(last).end.max(end);
        if first != last || whole.len() <= LONG_LINE {
            let labels =
                group.into_iter().map(|(r, label)| (r.start - whole.start..r.end - whole.start, label));
            let labels = labels.collect();
            return Excerpt { text: self.text[whole].to_string(), line: first + 1, column: None, labels };
        }
        let before = &self.text[whole.start..start];
        let from =
            before.char_indices().rev().nth(WINDOW.0 - 1).map_or(whole.start, |(at, _)| whole.start + at);
        let after = &self.text[start..whole.end];
        let to = after.char_indices().nth(WINDOW.1).map_or(whole.end, |(at, _)| start + at);
        let (left, right) =
            (if from > whole.start { "…" } else { "" }, if to < whole.end { "…" } else { "" });
        let shift = |byte: usize| byte.clamp(from, to) - from + left.len();
        Excerpt {
            text: format!("{left}{}{right}", &self.text[from..to]),
            line: first + 1,
            column: Some(before.chars().count() + 1),
            labels: group.into_iter().map(|(r, label)| (shift(r.start)..shift(r.end), label)).collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::diagnostic::{FileId, Span};

    use super::*;

    fn label(range: Range<usize>) -> Label {
        Label {
            span: Span { file: FileId(0), start: range.start as u32, end: range.end as u32 },
            text: String::new(),
        }
    }

    #[test]
    fn near_labels_share_an_excerpt_of_whole_lines() {
        let lines = Lines::new("one\r\ntwo\nthree\n");
        let (one, three) = (label(0..3), label(9..14));
        let excerpts = lines.excerpts(&[&three, &one]);
        assert_eq!(excerpts.len(), 1);
        assert_eq!(excerpts[0].text, "one\r\ntwo\nthree");
        assert_eq!(excerpts[0].labels, vec![(0..3, &one), (9..14, &three)]);
    }

    #[test]
    fn far_labels_get_excerpts_of_their_own() {
        let text = format!("one\n{}two\n", "middle\n".repeat(1000));
        let (one, two) = (label(0..3), label(7004..7007));
        let lines = Lines::new(&text);
        let excerpts = lines.excerpts(&[&one, &two]);
        let shown: Vec<(&str, usize)> = excerpts.iter().map(|e| (e.text.as_str(), e.line)).collect();
        assert_eq!(shown, vec![("one", 1), ("two", 1002)]);
    }

    /// Byte 2000 of a line of `é` (two bytes each) is its 1001st character.
    #[test]
    fn a_long_line_is_cut_around_the_label() {
        let text = format!("x\n{}", "é".repeat(5000));
        let wide = label(2002..2006);
        let lines = Lines::new(&text);
        let excerpts = lines.excerpts(&[&wide]);
        assert_eq!(excerpts[0].line, 2);
        assert_eq!(excerpts[0].column, Some(1001));
        assert_eq!(excerpts[0].text, format!("…{}…", "é".repeat(150)));
        // The ellipsis is three bytes, then come 50 characters of two.
        assert_eq!(excerpts[0].labels, vec![(103..107, &wide)]);
    }

    #[test]
    fn a_label_over_many_lines_is_shown_on_its_first() {
        let text = "line\n".repeat(10_000);
        let all = label(5..50_000);
        let lines = Lines::new(&text);
        let excerpts = lines.excerpts(&[&all]);
        assert_eq!((excerpts[0].text.as_str(), excerpts[0].line), ("line", 2));
        assert_eq!(excerpts[0].labels, vec![(0..4, &all)]);
    }

    #[test]
    fn labels_outside_the_text_or_inside_a_character_do_no_harm() {
        let lines = Lines::new("aé");
        let (outside, inside) = (label(7..9), label(2..2));
        assert_eq!(lines.excerpts(&[&outside])[0].labels[0].0, 3..3);
        assert_eq!(lines.excerpts(&[&inside])[0].labels[0].0, 1..1);
        assert_eq!(Lines::new("").excerpts(&[&outside])[0].labels[0].0, 0..0);
    }
}
