//! From files to networks.
//!
//! [`Program::load`] reads a `.same` file, with the files that it imports and the weights that it names. What
//! comes out has no names or functions left in it: calls are inlined, loops unrolled, indices resolved. To
//! see it, run `samenet show MODEL --canonical`.
//!
//! * A [`Model`] is a name and a [`Network`]. A [`Program`] has the models of the file itself, in its order;
//!   models of imported files are there only as far as these use them.
//! * A [`Claim`] holds the networks that it is about. They need not be models of the file: the sides of
//!   `2*net == net + net` are networks of their own.
//! * A [`Library`] is a file that is read once although many of its models are resolved, one after the other.
//! * [`Bindings`] read weights from other files than the ones named, as `--set` does.
//!
//! Small tensors are read at once, large ones stay in their files until an evaluation reads them, block by
//! block; a file that changes in between is an error. Paths in a `.same` file are relative to that file, all
//! others to the working directory.
//!
//! A file with mistakes gives all of them at once, as [`Diagnostic`]s, unless one follows from another. There
//! are bounds on what a file may ask for, because a few characters can describe more work than any machine
//! can do.
//!
//! The parts, each of which uses only those above it:
//!
//! * `files`: what is read from disk, such as weight files, points and samples.
//! * `modules`: a file and all files that it imports.
//! * `graph`: nodes under construction, the operators on them, and the bounds of the language.
//! * `builtins`: the functions that every file can call.
//! * `names`: what every name stands for.
//! * `elaborate`: expressions, calls, items, claims and domains.
//! * `resolve`: the order in which all this happens.

mod builtins;
mod command_line;
mod elaborate;
mod files;
mod graph;
mod item;
pub mod kinds;
mod modules;
mod names;
mod resolve;
mod value;
mod words;

use std::fmt;
use std::path::PathBuf;

pub use files::listing::{FilesError, same_files, similar};
pub use files::weights::WeightFile;
pub use files::{point, rows, weights};
pub use resolve::{Library, read_domain};

use num_rational::BigRational;

use crate::diagnostic::{Diagnostic, FileId, Sources, Span};
use crate::domain::{Comparison, Domain, Metric, Quantity, Relation};
use crate::network::Network;

/// Rebindings of weight handles: `--set NAME=file`, the path as the user typed it (relative to the working
/// directory, not to the `.same` file).
#[derive(Clone, Debug, Default)]
pub struct Bindings(pub Vec<(String, PathBuf)>);

/// A resolved file.
#[derive(Debug)]
pub struct Program {
    /// Every model of the file itself (not of its imports), in file order.
    pub models: Vec<Model>,
    /// Every claim of the file itself, in file order.
    pub claims: Vec<Claim>,
    /// Every weight file that was read; for an index, the files it names as well.
    pub weight_files: Vec<WeightFile>,
}

/// A model and its network.
#[derive(Clone, Debug)]
pub struct Model {
    /// Its name.
    pub name: String,
    /// Where it is defined.
    pub span: Span,
    /// What it computes.
    pub network: Network,
}

/// A resolved claim.
#[derive(Clone, Debug)]
pub struct Claim {
    /// The label, or `None`.
    pub label: Option<String>,
    /// The claim as written, white space collapsed to single blanks; in a loop, after `for i = 3: `.
    pub text: String,
    /// The round of the loops that it stands in: `i = 3`, or `i = 3, j = 0`.
    pub round: Option<String>,
    /// Its place.
    pub span: Span,
    /// What it says.
    pub kind: ClaimKind,
}

/// What a claim says, in networks.
#[derive(Clone, Debug)]
pub enum ClaimKind {
    /// `a == b` (or `!=` when negated) up to a relation, on a domain.
    Equality {
        /// The left network.
        a: Network,
        /// The right network.
        b: Network,
        /// Whether it is `!=`.
        negated: bool,
        /// `==`, `up to scale`, `up to shift`.
        relation: Relation,
        /// Where.
        domain: Domain,
    },
    /// `similarity(a, b) OP bound` or `distance(a, b) OP bound`.
    Metric {
        /// Which of the two.
        quantity: Quantity,
        /// The left network.
        a: Network,
        /// The right network.
        b: Network,
        /// The comparison.
        comparison: Comparison,
        /// The bound.
        bound: BigRational,
        /// Under which inner product, if no domain is given.
        metric: Metric,
        /// The mean over the points of this domain instead: a finite set for every input.
        domain: Option<Domain>,
    },
    /// `degree(network) OP bound`.
    Degree {
        /// The network.
        network: Network,
        /// The comparison.
        comparison: Comparison,
        /// The bound.
        bound: BigRational,
    },
}

impl Claim {
    /// A claim that stands in no file.
    pub fn new(kind: ClaimKind) -> Claim {
        let nowhere = Span { file: FileId(0), start: 0, end: 0 };
        Claim { label: None, text: String::new(), round: None, span: nowhere, kind }
    }

    /// Whether its label or its text contains this: what claims are selected by.
    pub fn contains(&self, text: &str) -> bool {
        self.text.contains(text) || self.label.as_deref().is_some_and(|label| label.contains(text))
    }
}

impl AsRef<Network> for Model {
    fn as_ref(&self) -> &Network {
        &self.network
    }
}

/// What is wrong with a file. Displayed, it is every error with its place.
#[derive(Clone)]
pub struct LoadError {
    /// The errors.
    pub diagnostics: Vec<Diagnostic>,
    /// The files that were read, which the errors point into.
    pub sources: Sources,
}

impl fmt::Display for LoadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, diagnostic) in self.diagnostics.iter().enumerate() {
            if at > 0 {
                f.write_str("\n")?;
            }
            f.write_str(&diagnostic.text(&self.sources))?;
        }
        Ok(())
    }
}

impl fmt::Debug for LoadError {
    /// As displayed: this is what a program that returns the error prints.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl std::error::Error for LoadError {}
