//! Deciding one claim: which part of the library answers it, and what the answer says about the claim.

use std::sync::Arc;

use samenet::equality::{Options, Question, QuestionError, Verdict, decide, degree};
use samenet::judge::{self, Status};
use samenet::model::{Claim, ClaimKind};
use samenet::syntax::ast::Quantity;
use serde_json::Value;

use super::arguments::Budget;
use super::certificate::Found;
use super::clock::Deadline;
use super::memory;
use super::render::json as to_json;
use super::render::verdict::{self, Asked};

/// What was found out about a claim.
#[derive(Debug)]
pub struct Answer {
    /// Whether it holds.
    pub status: Status,
    /// Whether that admits no doubt.
    pub certain: bool,
    /// How it was decided, in one line.
    pub how: String,
    /// More lines, for a claim that fails.
    pub details: Vec<String>,
    /// How it was decided, for `--json`.
    pub evidence: Value,
    /// Wall-clock seconds.
    pub seconds: f64,
    /// What a certificate would be of.
    pub found: Found,
}

/// The options that a budget means: methods may use the memory that is left.
pub fn options(budget: &Budget, clock: &Arc<Deadline>) -> Options {
    Options { deterministic: budget.deterministic, memory: memory::left(), clock: clock.clone() }
}

/// Decides a claim. An error means that it has no meaning.
pub fn answer(claim: &Claim, budget: &Budget, clock: &Arc<Deadline>) -> Result<Answer, QuestionError> {
    let began = clock.seconds();
    let mut answer = match &claim.kind {
        ClaimKind::Equality { a, b, negated, relation, domain } => {
            let question = Question { a, b, relation: *relation, domain };
            let verdict = decide(&question, &options(budget, clock))?;
            equality(&verdict, Asked { a, relation: *relation }, *negated)
        }
        ClaimKind::Metric { quantity, .. } => {
            let quantity = match quantity {
                Quantity::Similarity => "similarity",
                Quantity::Distance => "distance",
            };
            undecided(&format!("{quantity} is not available yet"), "")
        }
        ClaimKind::Degree { network, comparison, bound } => {
            super::degree::answer(&degree(network, &options(budget, clock))?, *comparison, bound)
        }
    };
    answer.seconds = clock.seconds() - began;
    Ok(answer)
}

fn equality(verdict: &Verdict, asked: Asked<'_>, negated: bool) -> Answer {
    let status = judge::equality(verdict, negated);
    let mut evidence = to_json::evidence(verdict);
    let mut how = verdict::line(verdict, asked);
    let mut details = Vec::new();
    if let Verdict::Different(witness) = verdict {
        if let Value::Object(fields) = &mut evidence {
            fields.insert("witness".to_string(), to_json::witness(verdict, asked));
        }
        if status == Status::Fails {
            how = "different".to_string();
            details = verdict::witness_block(witness, asked, ("left side", "right side"));
        }
    }
    let found = Found::of(verdict);
    Answer { status, certain: to_json::certain(verdict), how, details, evidence, seconds: 0.0, found }
}

/// The answer to a claim that was not decided.
pub fn undecided(reason: &str, needed: &str) -> Answer {
    Answer {
        status: Status::Undecided,
        certain: false,
        how: verdict::undecided(reason, needed),
        details: Vec::new(),
        evidence: to_json::undecided(reason, needed),
        seconds: 0.0,
        found: Found::Nothing,
    }
}
