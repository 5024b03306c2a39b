//! Reads the models of a matrix.

use super::arguments::Matrix as Arguments;
use super::progress::Progress;
use super::table::Listed;
use crate::cli::clock::Deadline;
use crate::cli::failure::Failure;
use crate::cli::load::{self, Signature};
use crate::cli::models::Models;
use crate::domain::Domain;
use crate::similarity::Failure as NoNumber;

/// The models that were read.
pub struct Read {
    /// All of them, with those that could not be read.
    pub listed: Vec<Listed>,
    /// The first two that could be read.
    pub first: Option<(usize, usize)>,
    /// The domain that they are compared on.
    pub domain: Option<Domain>,
    /// The last failure: what is wrong with the file of all models is said once.
    last: String,
}

impl Read {
    /// Leaves a model out, and says why.
    fn leave_out(&mut self, name: String, failure: &Failure, clock: &Deadline) {
        let text = failure.text();
        if text != self.last {
            clock.reports(failure);
        }
        self.last = text;
        clock.says(&format!("`{name}` is left out"));
        self.listed.push(Listed { name, digest: None, left_out: Some(failure.summary()) });
    }
}

/// Reads every model once: those that cannot be read, or do not fit the others, are left out. `None` if the
/// budget does not suffice.
pub fn read(
    arguments: &Arguments,
    models: &Models,
    progress: &Progress,
    clock: &Deadline,
) -> Result<Option<Read>, Failure> {
    let mut read = Read { listed: Vec::new(), first: None, domain: None, last: String::new() };
    let mut signature: Option<Signature> = None;
    for model in 0..models.count() {
        if clock.expired() {
            progress.miss(&NoNumber::Stopped, "", clock);
            return Ok(None);
        }
        let name = models.name(model).to_string();
        clock.shows(&format!("reading model {} of {}, {name}", model + 1, models.count()));
        let network = match models.load(model, clock) {
            Ok(network) => network,
            Err(failure) => {
                read.leave_out(name, &failure, clock);
                continue;
            }
        };
        let own = Signature::of(&name, &network);
        match &signature {
            Some(first) => {
                if let Err(failure) = first.fits(&own) {
                    read.leave_out(name, &failure, clock);
                    continue;
                }
            }
            None => {
                if let Some(text) = &arguments.on {
                    read.domain = Some(load::named_domain(text, &[&own.inputs])?);
                }
                signature = Some(own);
            }
        }
        let digest = models.digest(model);
        read.listed.push(Listed { name, digest, left_out: None });
        read.first = match read.first {
            None => Some((model, model)),
            Some((first, second)) if first == second => Some((first, model)),
            both => both,
        };
    }
    Ok(Some(read))
}
