//! From `file.same` or `file.same::model` to a model.

use std::path::Path;

use samenet::diagnostic::Sources;
use samenet::model::{Bindings, Model, Program};

use super::clock::Deadline;
use super::failure::Failure;

/// Reads and resolves a file.
pub fn program(path: &Path, bindings: &Bindings) -> Result<(Program, Sources), Failure> {
    let _shown_when_slow = Deadline::new(None, &format!("reading {}", path.display()));
    let mut sources = Sources::default();
    match Program::load(path, bindings, &mut sources) {
        Ok(program) => Ok((program, sources)),
        Err(diagnostics) => Err(Failure::Diagnostics(diagnostics, Box::new(sources))),
    }
}

/// The model that an argument names.
pub fn model(target: &str, bindings: &Bindings) -> Result<Model, Failure> {
    let (path, name) = split(target, |path| Path::new(path).exists());
    let (program, _) = program(Path::new(path), bindings)?;
    let mut models = program.models;
    match name {
        Some(name) => {
            let Some(position) = models.iter().position(|model| model.name == name) else {
                return Err(
                    Failure::message(format!("`{path}` has no model `{name}`")).help(choices(path, &models))
                );
            };
            Ok(models.swap_remove(position))
        }
        None if models.len() == 1 => Ok(models.swap_remove(0)),
        None if models.is_empty() => Err(Failure::message(format!("`{path}` has no models"))),
        None => {
            let message = format!("`{path}` has {} models; say which", models.len());
            Err(Failure::message(message).help(choices(path, &models)))
        }
    }
}

/// `file.same::model` in two, unless a file has that whole name.
fn split(target: &str, exists: impl Fn(&str) -> bool) -> (&str, Option<&str>) {
    match target.rsplit_once("::") {
        Some((path, name)) if !exists(target) => (path, Some(name)),
        _ => (target, None),
    }
}

/// What could have been written.
fn choices(path: &str, models: &[Model]) -> String {
    const MOST: usize = 10;
    let mut names: Vec<String> =
        models.iter().take(MOST).map(|model| format!("{path}::{}", model.name)).collect();
    if models.len() > MOST {
        names.push(format!("{} more", models.len() - MOST));
    }
    match names.as_slice() {
        [] => {
            "the file has no models of its own; models of imported files are named by those files".to_string()
        }
        [one] => format!("its only model is {one}"),
        [first @ .., last] => format!("its models are {} and {last}", first.join(", ")),
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
