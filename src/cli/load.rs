//! From `file.same` or `file.same::model` to a model.

use std::path::Path;

use samenet::diagnostic::Sources;
use samenet::model::{Bindings, Model, Program};

use super::clock::Deadline;
use super::failure::Failure;

/// Reads and resolves a file.
pub fn program(path: &Path, bindings: &Bindings, clock: &Deadline) -> Result<(Program, Sources), Failure> {
    clock.begin(&format!("reading {}", path.display()));
    let mut sources = Sources::default();
    match Program::load(path, bindings, &mut sources) {
        Ok(program) => Ok((program, sources)),
        Err(diagnostics) => Err(Failure::Diagnostics(diagnostics, Box::new(sources))),
    }
}

/// Reads the model that an argument names. Claims and other models of the file are not resolved.
pub fn model(target: &str, bindings: &Bindings, clock: &Deadline) -> Result<Model, Failure> {
    let (path, name) = split(target, |path| Path::new(path).exists());
    if path.is_empty() || name == Some("") {
        return Err(Failure::message(format!("`{target}` does not name a model"))
            .help("write `file.same` if the file has one model, else `file.same::model`"));
    }
    clock.begin(&format!("reading {path}"));
    let mut sources = Sources::default();
    match Program::load_model(Path::new(path), name, bindings, &mut sources) {
        Ok((model, _)) => Ok(model),
        Err(diagnostics) => Err(Failure::Diagnostics(diagnostics, Box::new(sources))),
    }
}

/// The file that an argument names.
pub fn file(target: &str) -> &str {
    split(target, |path| Path::new(path).exists()).0
}

/// Splits `file.same::model`, unless a file has that whole name.
fn split(target: &str, exists: impl Fn(&str) -> bool) -> (&str, Option<&str>) {
    match target.rsplit_once("::") {
        Some((path, name)) if !exists(target) => (path, Some(name)),
        _ => (target, None),
    }
}

#[cfg(test)]
mod tests {
    use super::split;

    #[test]
    fn the_last_double_colon_separates_unless_the_file_exists() {
        assert_eq!(split("a.same", |_| true), ("a.same", None));
        assert_eq!(split("a::b.same::net", |_| false), ("a::b.same", Some("net")));
        assert_eq!(split("a::b.same", |path| path == "a::b.same"), ("a::b.same", None));
    }
}
