//! `samenet show`: what a model is made of.

use super::Outcome;
use super::arguments::Show;
use super::failure::Failure;
use super::output::Output;
use super::{dot, load};

pub fn run(arguments: &Show, output: &mut Output) -> Result<Outcome, Failure> {
    let model = load::model(&arguments.model, &arguments.bindings.with(&[]))?;
    if arguments.dot {
        output.line(dot::graph(&model.name, &model.network).trim_end())?;
        return Ok(Outcome::Holds);
    }
    Ok(Outcome::Holds)
}
