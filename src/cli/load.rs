//! From the arguments of a command to models that fit together, and to the domain they are compared on.

use std::path::Path;

use super::clock::Deadline;
use super::failure::Failure;
use crate::diagnostic::{Diagnostic, Sources};
use crate::domain::Domain;
use crate::model::{Bindings, Library, Model, Program, kinds, read_domain, similar};
use crate::network::{Input, Network, Signature as Shapes};

/// Reads and resolves a file.
pub fn program(path: &Path, bindings: &Bindings, clock: &Deadline) -> Result<(Program, Sources), Failure> {
    clock.begin(&format!("reading {}", path.display()));
    let mut sources = Sources::default();
    match Program::load(path, bindings, &mut sources) {
        Ok(program) => Ok((program, sources)),
        Err(diagnostics) => Err(unloaded(diagnostics, sources, &path.display().to_string())),
    }
}

/// Reads the model that an argument names. Claims and other models of the file are not resolved.
pub fn model(target: &str, bindings: &Bindings, clock: &Deadline) -> Result<Model, Failure> {
    let (path, _) = file_and_model(target)?;
    model_of(&library(path, clock), target, bindings)
}

/// Reads a file whose models are wanted.
pub fn library(path: &str, clock: &Deadline) -> Library {
    clock.begin(&format!("reading {path}"));
    Library::read(Path::new(path))
}

/// The model that an argument names, of the file that it names.
pub fn model_of(library: &Library, target: &str, bindings: &Bindings) -> Result<Model, Failure> {
    let (_, name) = file_and_model(target)?;
    let model = library.model(name, bindings);
    Ok(model.map_err(|diagnostics| unloaded(diagnostics, library.sources().clone(), target))?.0)
}

fn file_and_model(target: &str) -> Result<(&str, Option<&str>), Failure> {
    let (path, name) = split(target, |path| Path::new(path).exists());
    if path.is_empty() || name.is_some_and(|name| name.split("::").any(str::is_empty)) {
        return Err(Failure::message(format!("`{target}` does not name a model"))
            .help("write `file.same` if the file has one model, else `file.same::model`"));
    }
    Ok((path, name))
}

/// The failure of reading a file that an argument names, with help for the command line.
fn unloaded(mut diagnostics: Vec<Diagnostic>, sources: Sources, target: &str) -> Failure {
    if let [only] = diagnostics.as_mut_slice()
        && only.primary.is_none()
    {
        if only.kind == kinds::WEIGHTS_AS_MODELS {
            let (file, _) = split(target, |path| Path::new(path).is_file());
            if [".safetensors", ".npz", ".npy"].iter().any(|end| file.ends_with(end)) {
                only.help.push(format!(
                    "to compare one model with two files of weights: `samenet equal net.same net.same \
                     --set-a W={file} --set-b W=FILE`"
                ));
            }
        } else if only.kind == kinds::UNREADABLE_FILE && only.help.is_empty() {
            only.help.extend(meant(target));
        }
    }
    Failure::Diagnostics(diagnostics, Box::new(sources))
}

/// Help for an argument that names no file.
pub fn meant(target: &str) -> Option<String> {
    let exists = |path: &str| Path::new(path).is_file();
    let (path, name) = split(target, exists);
    let named = |path: &str| match name {
        Some(name) => format!("did you mean `{path}::{name}`?"),
        None => format!("did you mean `{path}`?"),
    };
    if Path::new(path).is_dir() {
        return Some(
            "a model is named by its file; `samenet check` decides the claims of a whole folder".to_string(),
        );
    }
    if exists(path) || path.ends_with('/') {
        return None;
    }
    // `net.same:a`, `net.same/a`, `net.same#a`
    let ends = target.match_indices(".same").map(|(at, end)| target.split_at(at + end.len()));
    let separated = ends.filter(|(file, _)| exists(file)).find_map(|(file, rest)| {
        let model = rest.trim_start_matches([':', '/', '\\', '#', '.', '@']);
        (!model.is_empty()).then(|| format!("did you mean `{file}::{model}`?"))
    });
    let extended = || Some(format!("{path}.same")).filter(|path| exists(path)).map(|path| named(&path));
    let similar = || {
        similar(Path::new(path))
            .filter(|found| found.is_file())
            .map(|found| named(&found.display().to_string()))
    };
    let general = "a model is named by its file, `file.same`, and if that has several, `file.same::model`";
    let plain = || (!path.ends_with(".same")).then(|| general.to_string());
    separated.or_else(extended).or_else(similar).or_else(plain)
}

/// The file that an argument names.
pub fn file(target: &str) -> &str {
    split(target, |path| Path::new(path).exists()).0
}

/// Splits `file.same::model`, unless a file has that whole name. A model of an import is called `nets::model`
/// where it is imported, so the file is the longest part up to a `::` that is one.
fn split(target: &str, exists: impl Fn(&str) -> bool) -> (&str, Option<&str>) {
    if exists(target) {
        return (target, None);
    }
    let places = || target.match_indices("::").map(|(at, _)| (&target[..at], &target[at + 2..]));
    let file = places().filter(|(path, _)| exists(path)).last();
    // A file that is not there is most likely called like one.
    let likely = || places().find(|(path, _)| path.ends_with(".same")).or_else(|| places().last());
    file.or_else(likely).map_or((target, None), |(path, name)| (path, Some(name)))
}

/// The domain that `--on` names, or all inputs without it. `models` lists the inputs of every model; the
/// domain may use the names of any of them.
pub fn domain(on: Option<&str>, models: &[&[Input]]) -> Result<Domain, Failure> {
    match on {
        Some(text) => named_domain(text, models),
        None => Ok(Domain::everywhere(models.first().map_or(0, |inputs| inputs.len()))),
    }
}

/// The domain that `--on` names.
pub fn named_domain(text: &str, models: &[&[Input]]) -> Result<Domain, Failure> {
    let mut sources = Sources::default();
    read_domain("--on", text, models, &mut sources)
        .map_err(|diagnostics| Failure::Diagnostics(diagnostics, Box::new(sources)))
}

/// The input and output shapes of a model, with its name on the command line.
#[derive(Clone, Debug)]
pub struct Signature {
    name: String,
    /// Its inputs, in order.
    pub inputs: Vec<Input>,
    shapes: Shapes,
}

impl Signature {
    /// The signature of a network; `name` is what messages call it.
    pub fn of(name: &str, network: &Network) -> Signature {
        let (inputs, shapes) = (network.inputs().to_vec(), network.signature());
        Signature { name: name.to_string(), inputs, shapes }
    }

    /// Fails unless both models have the same inputs.
    pub fn takes_the_same(&self, other: &Signature) -> Result<(), Failure> {
        let (first, second) = (&self.name, &other.name);
        if self.shapes.inputs != other.shapes.inputs {
            let (one, two) = (takes(&self.inputs), takes(&other.inputs));
            return Err(Failure::message(format!("`{first}` takes {one} but `{second}` takes {two}"))
                .help("inputs are paired in order, and must have the same shapes"));
        }
        Ok(())
    }

    /// Fails unless both models have the same inputs and outputs.
    pub fn fits(&self, other: &Signature) -> Result<(), Failure> {
        self.takes_the_same(other)?;
        let (first, second) = (&self.name, &other.name);
        let (one, two) = (&self.shapes.output, &other.shapes.output);
        if one == two {
            return Ok(());
        }
        Err(Failure::message(format!(
            "the output of `{first}` has shape {one} but that of `{second}` has shape {two}"
        )))
    }
}

fn takes(inputs: &[Input]) -> String {
    let inputs: Vec<String> = inputs.iter().map(|input| format!("{}: {}", input.name, input.shape)).collect();
    if inputs.is_empty() { "no inputs".to_string() } else { inputs.join(", ") }
}

#[cfg(test)]
mod tests {
    use super::split;

    #[test]
    fn the_file_is_the_longest_part_that_exists() {
        let missing = |target| split(target, |_| false);
        assert_eq!(split("a.same", |_| true), ("a.same", None));
        assert_eq!(missing("a::b.same::net"), ("a::b.same", Some("net")));
        assert_eq!(missing("a.same::nets::net"), ("a.same", Some("nets::net")));
        assert_eq!(missing("a::net"), ("a", Some("net")));
        assert_eq!(split("a::b.same", |path| path == "a::b.same"), ("a::b.same", None));
        assert_eq!(split("a::b::c", |path| path == "a"), ("a", Some("b::c")));
        assert_eq!(split("a::b::c", |path| path == "a" || path == "a::b"), ("a::b", Some("c")));
    }
}
