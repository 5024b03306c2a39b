//! Everything that ends a command early, and how it is reported on stderr.

use std::io::{ErrorKind, Write};
use std::path::Path;

use anstyle::{AnsiColor, Style};

use super::render::diagnostics;
use crate::diagnostic::{Diagnostic, Sources};
use crate::equality::QuestionError;

/// Says something on stderr that is no failure of the command.
pub fn note(text: &str) {
    let yellow = AnsiColor::Yellow.on_default().bold();
    let text = diagnostics::clean(text);
    // If stderr cannot be written, there is no other place to say so.
    let _ = writeln!(anstream::stderr(), "{yellow}note{yellow:#}: {text}");
}

/// Why a command could not answer, or not everything. The exit code is always 2.
#[derive(Debug)]
pub enum Failure {
    /// Something is wrong in a `.same` file, a weight file or an expression on the command line.
    Diagnostics(Vec<Diagnostic>, Box<Sources>),
    /// Something else, in one sentence, and perhaps how to fix it.
    Message(String, Option<String>),
    /// stdout was closed; exit quietly.
    BrokenPipe,
}

impl From<QuestionError> for Failure {
    fn from(error: QuestionError) -> Failure {
        Failure::message(error.to_string())
    }
}

impl Failure {
    /// A failure described by one sentence.
    pub fn message(text: impl Into<String>) -> Failure {
        Failure::Message(text.into(), None)
    }

    /// The failure of the program itself.
    pub fn bug() -> Failure {
        Failure::message("this is a bug in samenet; nothing was decided")
    }

    /// The same with a line of help.
    pub fn help(self, text: impl Into<String>) -> Failure {
        match self {
            Failure::Message(message, _) => Failure::Message(message, Some(text.into())),
            other => other,
        }
    }

    /// The same with a line of help, if there is one.
    pub fn help_if_any(self, text: Option<String>) -> Failure {
        match text {
            Some(text) => self.help(text),
            None => self,
        }
    }

    /// The failure of writing to stdout.
    pub fn writing(error: &std::io::Error) -> Failure {
        match error.kind() {
            ErrorKind::BrokenPipe => Failure::BrokenPipe,
            _ => Failure::message(format!("cannot write the output: {error}")),
        }
    }

    /// What is wrong, in one line.
    pub fn summary(&self) -> String {
        match self {
            Failure::Diagnostics(list, _) => match list.as_slice() {
                [] => String::new(),
                [one] => one.message.clone(),
                [first, rest @ ..] => format!("{} (and {} more)", first.message, rest.len()),
            },
            Failure::Message(message, _) => message.clone(),
            Failure::BrokenPipe => "stdout was closed".to_string(),
        }
    }

    /// The line of a file at which the first mistake is.
    pub fn line(&self, path: &Path) -> Option<usize> {
        let Failure::Diagnostics(list, sources) = self else { return None };
        let span = list.first()?.primary.as_ref()?.span;
        let is_here = sources.get(span.file).path == path;
        is_here.then(|| sources.line_column(span.file, span.start as usize).0)
    }

    /// What is wrong, with ANSI colours.
    pub fn text(&self) -> String {
        let red = AnsiColor::BrightRed.on_default().bold();
        let bold = Style::new().bold();
        match self {
            Failure::Diagnostics(list, sources) => diagnostics::render(list, sources),
            Failure::Message(message, help) => {
                let message = diagnostics::clean(message);
                let mut text = format!("{red}error{red:#}{bold}: {message}{bold:#}\n");
                if let Some(help) = help {
                    let help = diagnostics::clean(help);
                    text.push_str(&format!("  = {bold}help{bold:#}: {help}\n"));
                }
                text
            }
            Failure::BrokenPipe => String::new(),
        }
    }

    /// What is wrong, without colours.
    pub fn plain(&self) -> String {
        anstream::adapter::strip_str(&self.text()).to_string().trim_end().to_string()
    }

    /// Reports the failure on stderr.
    pub fn report(&self) {
        // If stderr cannot be written, there is no other place to say so.
        let _ = anstream::stderr().write_all(self.text().as_bytes());
    }
}
