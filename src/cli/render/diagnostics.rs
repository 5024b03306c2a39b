//! Diagnostics as text for people: the place underlined, what was expected, how to fix it.

use std::collections::BTreeMap;

use annotate_snippets::{AnnotationKind, Group, Level, Origin, Renderer, Snippet, normalize_untrusted_str};

use super::excerpt::{Excerpt, Lines};
use crate::diagnostic::{Diagnostic, FileId, Label, Sources};
use crate::plural::plural;
use crate::syntax::kinds::TOO_MANY_ERRORS;

/// How many diagnostics are shown; the others are counted.
const MOST: usize = 101;
/// Messages longer than this (in characters) are cut: they may quote a name of any length.
const LONGEST: usize = 400;

/// All diagnostics, one after the other, and a last line that counts them. The text has ANSI colours; print
/// it through a stream that strips them where they are not wanted.
pub fn render(diagnostics: &[Diagnostic], sources: &Sources) -> String {
    let renderer = Renderer::styled().term_width(120);
    let mut lines: BTreeMap<FileId, Lines<'_>> = BTreeMap::new();
    for diagnostic in diagnostics.iter().take(MOST) {
        for label in diagnostic.primary.iter().chain(&diagnostic.secondary) {
            let file = label.span.file;
            lines.entry(file).or_insert_with(|| Lines::new(&sources.get(file).text));
        }
    }
    let mut text = String::new();
    for diagnostic in diagnostics.iter().take(MOST) {
        for line in renderer.render(&[group(diagnostic, sources, &lines)]).lines() {
            // The renderer adds a reference to a nameless file when an excerpt has its own origin.
            if anstream::adapter::strip_str(line).to_string().trim() != ":::" {
                text.push_str(line);
                text.push('\n');
            }
        }
        text.push('\n');
    }
    if diagnostics.len() > MOST {
        text.push_str(&format!("... and {} more\n\n", diagnostics.len() - MOST));
    }
    // The last diagnostic may say that there are more.
    let (count, more) = match diagnostics.split_last() {
        Some((last, rest)) if last.kind == TOO_MANY_ERRORS => (rest.len(), "more than "),
        _ => (diagnostics.len(), ""),
    };
    text.push_str(&format!("{more}{}\n", plural(count, "error", "errors")));
    text
}

/// Text from a file, without control characters and cut in the middle when it is long.
pub fn clean(text: &str) -> String {
    let mut starts = text.char_indices().map(|(at, _)| at);
    let cut = starts.clone().nth(LONGEST).and_then(|_| {
        let end = starts.nth(LONGEST / 2)?;
        let rest = text.char_indices().rev().nth(LONGEST / 2)?.0;
        Some(format!("{}...{}", &text[..end], &text[rest..]))
    });
    normalize_untrusted_str(cut.as_deref().unwrap_or(text))
}

fn group<'a>(
    diagnostic: &'a Diagnostic,
    sources: &'a Sources,
    lines: &BTreeMap<FileId, Lines<'_>>,
) -> Group<'a> {
    let message = clean(&diagnostic.message);
    let mut group = Group::with_title(Level::ERROR.primary_title(message).id(diagnostic.kind));
    let mut by_file: BTreeMap<FileId, Vec<&Label>> = BTreeMap::new();
    for label in diagnostic.primary.iter().chain(&diagnostic.secondary) {
        by_file.entry(label.span.file).or_default().push(label);
    }
    let is_primary = |label: &Label| diagnostic.primary.as_ref().is_some_and(|p| std::ptr::eq(p, label));
    let mut excerpts: Vec<(FileId, Excerpt<'a>)> = Vec::new();
    for (file, labels) in by_file {
        let found = lines.get(&file).map(|lines| lines.excerpts(&labels)).unwrap_or_default();
        excerpts.extend(found.into_iter().map(|excerpt| (file, excerpt)));
    }
    // The place to blame comes first; the sort is stable, so the rest keeps the order of the files.
    excerpts.sort_by_key(|(_, excerpt)| !excerpt.labels.iter().any(|(_, label)| is_primary(label)));
    for (file, excerpt) in excerpts {
        let path = clean(&sources.get(file).path.display().to_string());
        if sources.get(file).text.is_empty() {
            // The file is empty or was not read: there is nothing to underline.
            group = group.element(Origin::path(path));
            continue;
        }
        let mut snippet = Snippet::source(excerpt.text).line_start(excerpt.line);
        match excerpt.column {
            Some(column) => {
                group = group.element(Origin::path(path).line(excerpt.line).char_column(column));
            }
            None => snippet = snippet.path(path),
        }
        for (range, label) in excerpt.labels {
            let kind = if is_primary(label) { AnnotationKind::Primary } else { AnnotationKind::Context };
            let annotation = kind.span(range);
            snippet = snippet.annotation(match label.text.as_str() {
                "" => annotation,
                text => annotation.label(clean(text)),
            });
        }
        group = group.element(snippet);
    }
    for help in &diagnostic.help {
        group = group.element(Level::HELP.message(clean(help)));
    }
    group
}

#[cfg(test)]
mod tests {
    use std::ops::Range;
    use std::path::PathBuf;

    use crate::diagnostic::Span;

    use super::*;

    fn file(sources: &mut Sources, name: &str, text: &str) -> FileId {
        sources.add(PathBuf::from(name), text.into())
    }

    fn span(file: FileId, range: Range<usize>) -> Span {
        Span { file, start: range.start as u32, end: range.end as u32 }
    }

    fn plain(diagnostics: &[Diagnostic], sources: &Sources) -> String {
        anstream::adapter::strip_str(&render(diagnostics, sources)).to_string()
    }

    #[test]
    fn labels_help_and_the_count() {
        let mut sources = Sources::default();
        let text = "model net(x: 4) =\n  x |> bilinear(left: L, right: R, down: D)\n";
        let id = file(&mut sources, "net.same", text);
        let one = Diagnostic::new("shape-mismatch", span(id, 39..40), "`left` does not fit `x`")
            .label("this has shape [3, 2]")
            .also(span(id, 10..11), "this has shape [4]")
            .help("`left` needs 4 columns");
        let two = Diagnostic::without_place("no-file", "cannot read `W.npz`: not found");
        insta::assert_snapshot!(plain(&[one, two], &sources));
    }

    #[test]
    fn tabs_wide_characters_and_the_end_of_the_file() {
        let mut sources = Sources::default();
        let id = file(&mut sources, "wide.same", "# 重み\nlet\té = \"日本\" +");
        let one = Diagnostic::new("syntax", span(id, 18..26), "a string is not a number").label("here");
        let two = Diagnostic::new("syntax", span(id, 28..28), "the file ends here").label("expected a value");
        insta::assert_snapshot!(plain(&[one, two], &sources));
    }

    #[test]
    fn several_files_and_long_lines() {
        let mut sources = Sources::default();
        let long = format!("let a = {}y{}\n", "[".repeat(3000), "]".repeat(3000));
        let id = file(&mut sources, "long.same", &long);
        let other = file(&mut sources, "other.same", "let y = 1\nlet y = 2\n");
        let one = Diagnostic::new("name", span(id, 3008..3009), "`y` is unknown")
            .label("not found")
            .also(span(other, 14..15), "another file has one");
        insta::assert_snapshot!(plain(&[one], &sources));
    }

    #[test]
    fn control_characters_do_not_reach_the_terminal() {
        let mut sources = Sources::default();
        let id = file(&mut sources, "\u{1b}[2J.same", "let \u{1b}[31m\n");
        let one = Diagnostic::new("syntax", span(id, 4..5), "unexpected \u{1b}").help("\u{1b}");
        assert!(!plain(&[one], &sources).contains('\u{1b}'));
    }

    #[test]
    fn many_errors_are_counted() {
        let mut errors = vec![Diagnostic::without_place("name", "wrong"); 102];
        let text = plain(&errors, &Sources::default());
        assert!(text.contains("... and 1 more") && text.ends_with("\n102 errors\n"));
        errors.truncate(2);
        errors.push(Diagnostic::without_place(TOO_MANY_ERRORS, "7 more errors are not listed"));
        assert!(plain(&errors, &Sources::default()).ends_with("\nmore than 2 errors\n"));
    }

    #[test]
    fn long_names_are_cut_in_the_middle() {
        assert_eq!(clean(&"é".repeat(LONGEST)), "é".repeat(LONGEST));
        let long = format!("`{}` is unknown", "é".repeat(100_000));
        let cut = clean(&long);
        assert!(cut.starts_with("`éé") && cut.contains("é...é") && cut.ends_with("é` is unknown"));
        assert!(cut.chars().count() <= LONGEST + 4);
    }

    #[test]
    fn an_empty_file_has_nothing_to_underline() {
        let mut sources = Sources::default();
        let id = file(&mut sources, "empty.same", "");
        let one =
            Diagnostic::new("file-too-large", span(id, 0..0), "this file is too large").help("split it");
        insta::assert_snapshot!(plain(&[one], &sources));
    }
}
