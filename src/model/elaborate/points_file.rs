//! Points of a domain that are in a file: `points "D.npz:images"`, on a command line.

use std::path::Path;

use super::Elaborator;
use crate::diagnostic::{Diagnostic, Span};
use crate::model::files::weights::{self, WeightError};
use crate::model::kinds;
use crate::model::value::{Eval, Reported};
use crate::model::words::first_names;
use crate::network::NodeId;
use crate::suggest::did_you_mean;

impl Elaborator<'_> {
    /// The array that a text names: a file, perhaps with the name of an array in it.
    pub(super) fn points_file(&mut self, text: &str, span: Span) -> Eval<NodeId> {
        if !self.names_files {
            let message = "a tensor is needed here, but this is a string";
            let help = format!("to read points from a file, write `weights X = {text:?}`, and `on points X`");
            return Err(self.graph.report(Diagnostic::new(kinds::WRONG_KIND, span, message).help(help)));
        }
        let (path, name) = split(text, |path| Path::new(path).is_file());
        let unreadable = |this: &mut Self, error: &WeightError| -> Reported {
            let diagnostic = Diagnostic::new(kinds::WEIGHT_FILE, span, error.to_string());
            this.graph.report(diagnostic.help_if_any(error.help()))
        };
        let store = weights::open(Path::new(path)).map_err(|error| unreadable(self, &error))?;
        let names: Vec<&str> = store.names().iter().map(String::as_str).collect();
        let found = match (name, names.as_slice()) {
            (None, [only]) => store.get(only),
            (None, _) => store.single(),
            (Some(name), _) => store.get(name),
        };
        let message = match (found.map_err(|error| unreadable(self, &error))?, name) {
            (Some(array), _) => return self.graph.weight(array, span),
            (None, Some(name)) if names.is_empty() => {
                format!("`{path}` holds no array called {name:?}, but one without a name")
            }
            (None, Some(name)) => format!("`{path}` has no array called {name:?}"),
            (None, None) => format!("`{path}` holds {} arrays; say which", names.len()),
        };
        let diagnostic = Diagnostic::new(kinds::UNKNOWN_TENSOR, span, message);
        let help = match (name, names.first()) {
            (_, None) => format!("write `points {path}`"),
            (Some(name), _) => {
                did_you_mean(name, names.iter().copied()).unwrap_or_else(|| first_names(&names))
            }
            (None, Some(first)) => format!("write `points {path}:{first}`; {}", first_names(&names)),
        };
        Err(self.graph.report(diagnostic.help(help)))
    }
}

/// `D.npz:images` in two: the file is the longest part up to a `:` that exists.
fn split(text: &str, exists: impl Fn(&str) -> bool) -> (&str, Option<&str>) {
    if exists(text) {
        return (text, None);
    }
    let places = || text.match_indices(':').map(|(at, _)| (&text[..at], &text[at + 1..]));
    let array = |path: &str| [".npz", ".npy", ".safetensors", ".json"].iter().any(|end| path.ends_with(end));
    let file = places().filter(|(path, _)| exists(path)).last();
    // A file that is not there is most likely called like one.
    let likely = || places().find(|(path, _)| array(path));
    file.or_else(likely).map_or((text, None), |(path, name)| (path, Some(name)))
}

#[cfg(test)]
mod tests {
    use super::split;

    #[test]
    fn the_file_is_the_longest_part_that_exists() {
        let missing = |text| split(text, |_| false);
        assert_eq!(missing("X.npy"), ("X.npy", None));
        assert_eq!(missing("D.npz:images"), ("D.npz", Some("images")));
        assert_eq!(missing("a:b"), ("a:b", None));
        assert_eq!(split("a:b.npz", |path| path == "a:b.npz"), ("a:b.npz", None));
        assert_eq!(split("a:b.npz:c:d", |path| path == "a:b.npz"), ("a:b.npz", Some("c:d")));
    }
}
