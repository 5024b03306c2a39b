//! Syntax tree to text, in one canonical layout.
//!
//! What fits on a line stands on one. What does not is broken from the outside in: lists have an entry per
//! line, sums and pipes an operand per line, and a block always has a statement per line. Comments are not
//! part of the tree and are lost.

mod expression;
mod item;

use super::ast::{DomainExpr, Expr, File};

/// The longest line that is not broken further where it can be, in characters.
const WIDTH: usize = 100;

/// By how many columns a level is indented.
const INDENT: usize = 2;

/// The file as text that parses to the same tree.
pub fn print(file: &File) -> String {
    let mut printer = Printer::default();
    printer.file(file);
    printer.out
}

/// An expression on one line, as in a message or a heading.
pub fn print_expression(expression: &Expr) -> String {
    on_one_line(|printer| printer.expression(expression, 0, Layout::Flat))
}

/// A domain on one line.
pub fn print_domain(domain: &DomainExpr) -> String {
    on_one_line(|printer| printer.domain(domain, Layout::Flat))
}

fn on_one_line(print: impl FnOnce(&mut Printer) -> Printed) -> String {
    let mut printer = Printer { unlimited: true, ..Printer::default() };
    // Without a limit there is always enough room.
    let _ = print(&mut printer);
    printer.out
}

/// How something is laid out.
#[derive(Clone, Copy, Debug)]
enum Layout {
    /// On the current line, or not at all.
    Flat,
    /// Over several lines if it must be; those after the first are indented by this many columns.
    Broken(usize),
}

/// There is not enough room on the line.
#[derive(Debug)]
struct TooWide;

/// Whether there was enough room.
type Printed = Result<(), TooWide>;

/// The text so far.
#[derive(Default)]
struct Printer {
    out: String,
    /// Where the current line begins.
    line: usize,
    /// Whether lines may be of any length, and blocks stand on one line: so inside strings.
    unlimited: bool,
}

impl Printer {
    /// Appends to the current line.
    fn write(&mut self, text: &str) {
        self.out.push_str(text);
    }

    /// Begins a line.
    fn newline(&mut self, indent: usize) {
        self.out.push('\n');
        self.line = self.out.len();
        self.out.extend(std::iter::repeat_n(' ', indent));
    }

    /// Fails when a flat layout has left the line.
    fn check(&self, layout: Layout) -> Printed {
        let flat = matches!(layout, Layout::Flat) && !self.unlimited;
        if flat && self.out.len() - self.line > WIDTH { Err(TooWide) } else { Ok(()) }
    }

    /// Prints flat if there is room. Says whether there was; if not, nothing has been printed.
    fn try_flat(&mut self, print: impl FnOnce(&mut Printer) -> Printed) -> bool {
        let length = self.out.len();
        let fits = print(self).is_ok() && self.check(Layout::Flat).is_ok();
        if !fits {
            self.out.truncate(length);
        }
        fits
    }

    /// A list between brackets: on one line, or with a line for each entry.
    fn list<T>(
        &mut self,
        (opening, closing): (&str, &str),
        entries: &[T],
        layout: Layout,
        mut print: impl FnMut(&mut Printer, &T, Layout) -> Printed,
    ) -> Printed {
        self.write(opening);
        let inner = match layout {
            Layout::Flat => Layout::Flat,
            Layout::Broken(indent) => Layout::Broken(indent + INDENT),
        };
        for (position, entry) in entries.iter().enumerate() {
            match inner {
                Layout::Broken(indent) => self.newline(indent),
                Layout::Flat if position > 0 => self.write(" "),
                Layout::Flat => {}
            }
            print(self, entry, inner)?;
            if position + 1 < entries.len() {
                self.write(",");
            }
            self.check(layout)?;
        }
        if let (Layout::Broken(indent), false) = (layout, entries.is_empty()) {
            self.newline(indent);
        }
        self.write(closing);
        self.check(layout)
    }
}

#[cfg(test)]
mod tests;
