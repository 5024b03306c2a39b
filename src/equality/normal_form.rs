//! Normal form.
use super::Options;
use super::method::Outcome;
use super::problem::Problem;
use crate::network::EvaluateError;
#[derive(Clone, Debug)]
pub(crate) struct Plan {
    pub seconds: f64,
    pub products: f64,
}
pub(crate) fn plan(_problem: &Problem<'_>, _options: &Options) -> Result<Plan, String> {
    Err("not yet".into())
}
pub(crate) fn run(
    _problem: &Problem<'_>,
    _plan: &Plan,
    _options: &Options,
) -> Result<Outcome, EvaluateError> {
    Ok(Outcome::Undecided("no".into()))
}
