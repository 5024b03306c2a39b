//! Both networks as polynomials, where these are small: all that there is to know about the difference,
//! proved. What that is depends on the relation.
//!
//! On a domain the polynomials are reduced, so that they are equal, or multiples of each other, exactly if
//! the functions are on the domain. Their degrees and coefficients depend on how they are reduced, and are
//! not compared.

use super::super::methods::normal_form;
use super::super::problem::Problem;
use super::super::relation;
use super::{Explanation, affordable};
use crate::budget::Budget;

/// What the expansions show; `None` when they would take too long.
pub(super) fn explain(problem: &Problem<'_>, budget: &Budget) -> Option<Explanation> {
    let plan = normal_form::plan(problem, budget).ok()?;
    if !affordable(plan.seconds, budget) {
        return None;
    }
    let expanded = normal_form::expand(problem, &plan, budget).ok()??;
    relation::of(problem.relation).explain(problem, &expanded, budget)
}
