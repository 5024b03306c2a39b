//! Writes the certificates of answers to files.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Instant;

use super::command::Task;
use super::failure::Failure;
use super::load;
use super::options::Limits;
use crate::certificate::{Binding, ModelSource, Source};
use crate::check::Reader;
use crate::claim::{Answer, certify_with};
use crate::model::Bindings;

/// Writes certificates, one after the other.
pub struct Writer {
    limits: Limits,
    reader: Reader,
}

impl Writer {
    /// A writer of certificates, each within these limits.
    pub fn new(limits: Limits) -> Writer {
        Writer { limits, reader: Reader::default() }
    }

    /// Writes a certificate.
    pub fn write(&mut self, path: &Path, source: Source, answer: Answer) -> Result<(), Failure> {
        // If the work is abandoned, so is the reader.
        let mut reader = std::mem::take(&mut self.reader);
        let (reader, certified) =
            Task::new(self.limits, Instant::now(), "certificate").finish(move |clock| {
                clock.begin("writing and checking the certificate");
                let certified = certify_with(&mut reader, source, &answer);
                (reader, certified)
            })?;
        self.reader = reader;
        let name = path.display();
        let certificate =
            certified.map_err(|error| Failure::message(format!("`{name}` is not written: {error}")))?;
        fs::write(path, certificate.to_json())
            .map_err(|error| Failure::message(format!("cannot write `{name}`: {error}")))
    }
}

/// A path as certificates write it.
pub fn utf8(path: &Path) -> Result<String, Failure> {
    let text = path.to_str().map(str::to_string);
    text.ok_or_else(|| {
        Failure::message(format!("`{}` is not UTF-8, and paths in certificates must be", path.display()))
    })
}

/// Where a model comes from, as certificates write it; `target` names it on the command line.
pub fn model(target: &str, model: String, set: &Bindings) -> Result<ModelSource, Failure> {
    Ok(ModelSource { file: load::file(target).to_string(), model, set: bindings(set)? })
}

/// Makes sure that there is a directory for certificates.
pub fn directory(path: &Path) -> Result<(), Failure> {
    fs::create_dir_all(path)
        .map_err(|error| Failure::message(format!("cannot create `{}`: {error}", path.display())))
}

/// Bindings as certificates write them.
pub fn bindings(bindings: &Bindings) -> Result<Vec<Binding>, Failure> {
    let binding = |(name, path): &(String, PathBuf)| Ok(Binding { name: name.clone(), file: utf8(path)? });
    bindings.0.iter().map(binding).collect()
}

/// An unused name for the certificate of a claim: the path of the file, in which `_` replaces everything but
/// letters and digits, and the number of the claim.
pub fn name(file: &str, number: usize, taken: &mut BTreeSet<PathBuf>) -> PathBuf {
    let stem = file.strip_suffix(".same").unwrap_or(file).trim_start_matches(['.', '/']);
    let plain: String = stem.chars().map(|c| if c.is_alphanumeric() { c } else { '_' }).collect();
    let candidates = (1..).map(|copy| match copy {
        1 => PathBuf::from(format!("{plain}.{number}.json")),
        copy => PathBuf::from(format!("{plain}-{copy}.{number}.json")),
    });
    // There are more numbers than names.
    let name = candidates.into_iter().find(|name| !taken.contains(name)).unwrap_or_default();
    taken.insert(name.clone());
    name
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_plain_and_different() {
        let mut taken = BTreeSet::new();
        let mut name = |file: &str, number| name(file, number, &mut taken).display().to_string();
        assert_eq!(name("examples/xor.same", 2), "examples_xor.2.json");
        assert_eq!(name("examples_xor.same", 2), "examples_xor-2.2.json");
        assert_eq!(name("../a b.same", 1), "a_b.1.json");
    }
}
