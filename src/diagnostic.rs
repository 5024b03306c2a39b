//! Diagnostics as data: what is wrong, where, and how to fix it. Rendering happens in the command line.

use std::ops::Range;
use std::path::PathBuf;
use std::sync::Arc;

/// A file that was read, by its position in [`Sources`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct FileId(pub u32);

/// Defines kinds of errors, and the list of them.
macro_rules! kinds {
    ($($(#[$doc:meta])* $name:ident = $text:literal;)*) => {
        $($(#[$doc])* pub const $name: Kind = $text;)*

        /// All of these kinds.
        pub const KINDS: [Kind; [$($text),*].len()] = [$($name),*];
    };
}
pub(crate) use kinds;

/// A range of bytes of a source file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Span {
    /// The file.
    pub file: FileId,
    /// The first byte.
    pub start: u32,
    /// One past the last byte.
    pub end: u32,
}

impl Span {
    /// The smallest span that covers both; they must be of one file.
    pub fn to(self, other: Span) -> Span {
        Span { file: self.file, start: self.start.min(other.start), end: self.end.max(other.end) }
    }

    /// The span as a range of bytes.
    pub fn range(self) -> Range<usize> {
        self.start as usize..self.end as usize
    }
}

/// The text of one `.same` file.
#[derive(Clone, Debug)]
pub struct Source {
    /// Where it was read from, as the user wrote it.
    pub path: PathBuf,
    /// Its text.
    pub text: Arc<str>,
}

/// Every file read so far.
#[derive(Clone, Debug, Default)]
pub struct Sources {
    files: Vec<Source>,
}

impl Sources {
    /// Adds a file.
    pub fn add(&mut self, path: PathBuf, text: Arc<str>) -> FileId {
        self.files.push(Source { path, text });
        FileId(self.files.len() as u32 - 1)
    }

    /// A file that was added.
    pub fn get(&self, file: FileId) -> &Source {
        &self.files[file.0 as usize]
    }

    /// The files, in the order they were added.
    pub fn iter(&self) -> impl Iterator<Item = (FileId, &Source)> {
        self.files.iter().enumerate().map(|(i, source)| (FileId(i as u32), source))
    }

    /// The 1-based line and column (in characters) of a byte of a file.
    pub fn line_column(&self, file: FileId, byte: usize) -> (usize, usize) {
        let text = &self.get(file).text;
        let mut end = byte.min(text.len());
        while !text.is_char_boundary(end) {
            end -= 1;
        }
        let before = &text[..end];
        let line = before.matches('\n').count() + 1;
        let column = before.rsplit('\n').next().unwrap_or("").chars().count() + 1;
        (line, column)
    }
}

/// What kind of thing is wrong: the stable name in `error[kind]`.
pub type Kind = &'static str;

/// A span with what there is to say about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Label {
    /// The place.
    pub span: Span,
    /// The text; may be empty.
    pub text: String,
}

/// One thing that is wrong with the input.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// The kind, such as `shape-mismatch`.
    pub kind: Kind,
    /// One sentence in the reader's terms, without a full stop.
    pub message: String,
    /// The place, and what to say there. `None` for errors without a place in a `.same` file.
    pub primary: Option<Label>,
    /// Other places that explain it.
    pub secondary: Vec<Label>,
    /// How to fix it, or what would be accepted.
    pub help: Vec<String>,
}

impl Diagnostic {
    /// A diagnostic at a place.
    pub fn new(kind: Kind, span: Span, message: impl Into<String>) -> Diagnostic {
        let primary = Some(Label { span, text: String::new() });
        Diagnostic { primary, ..Diagnostic::without_place(kind, message) }
    }

    /// A diagnostic without a place in a `.same` file.
    pub fn without_place(kind: Kind, message: impl Into<String>) -> Diagnostic {
        Diagnostic { kind, message: message.into(), primary: None, secondary: Vec::new(), help: Vec::new() }
    }

    /// Sets the text under the primary span.
    pub fn label(mut self, text: impl Into<String>) -> Diagnostic {
        if let Some(primary) = &mut self.primary {
            primary.text = text.into();
        }
        self
    }

    /// Adds another place.
    pub fn also(mut self, span: Span, text: impl Into<String>) -> Diagnostic {
        self.secondary.push(Label { span, text: text.into() });
        self
    }

    /// Adds a line of help.
    pub fn help(mut self, text: impl Into<String>) -> Diagnostic {
        self.help.push(text.into());
        self
    }

    /// In plain text: its place, what is wrong, and how to fix it.
    pub fn text(&self, sources: &Sources) -> String {
        let mut text = match &self.primary {
            Some(primary) => {
                let (line, column) = sources.line_column(primary.span.file, primary.span.start as usize);
                format!("{}:{line}:{column}: ", sources.get(primary.span.file).path.display())
            }
            None => String::new(),
        };
        text.push_str(&format!("error[{}]: {}", self.kind, printable(&self.message)));
        for help in &self.help {
            text.push_str(&format!("\n  help: {}", printable(help)));
        }
        text
    }

    /// Adds a line of help, if there is one.
    pub fn help_if_any(mut self, text: Option<impl Into<String>>) -> Diagnostic {
        self.help.extend(text.map(Into::into));
        self
    }
}

/// A text on one line, without control characters.
pub(crate) fn printable(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}
