//! The inputs that models are compared on: the domain of `--on`.

use samenet::diagnostic::Sources;
use samenet::domain::Domain;
use samenet::model::read_domain;
use samenet::network::Input;

use super::failure::Failure;

/// The domain that `--on` names, or all inputs without it. `models` lists the inputs of every model; the
/// domain may use the names of any of them.
pub fn domain(on: Option<&str>, models: &[&[Input]]) -> Result<Domain, Failure> {
    match on {
        Some(text) => named(text, models),
        None => Ok(Domain::everywhere(models.first().map_or(0, |inputs| inputs.len()))),
    }
}

/// The domain that `--on` names.
pub fn named(text: &str, models: &[&[Input]]) -> Result<Domain, Failure> {
    let mut sources = Sources::default();
    read_domain("--on", text, models, &mut sources)
        .map_err(|diagnostics| Failure::Diagnostics(diagnostics, Box::new(sources)))
}
