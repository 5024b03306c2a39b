//! Deciding one claim: which part of the library answers it, and what the answer says about the claim.

use samenet::budget::Budget;
use samenet::equality::{Explanation, Question, Verdict, decide, degree, explain};
use samenet::judge::{self, Status};
use samenet::model::{Claim, ClaimKind};
use samenet::similarity::Pair;
use serde_json::Value;

use super::certificate::Found;
use super::clock::Deadline;
use super::options;
use super::render::explanation;
use super::render::json as to_json;
use super::render::replay;
use super::render::verdict::{self, Asked};
use super::supervisor::Preliminary;

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
    /// How the two sides differ, in lines, for a claim that fails.
    pub explanation: Vec<String>,
    /// How it was decided, for `--json`.
    pub evidence: Value,
    /// Wall-clock seconds.
    pub seconds: f64,
    /// What a certificate would be of.
    pub found: Found,
}

/// What may be used from now on, and what counts as an answer.
pub fn budget(arguments: &options::Budget, clock: &Deadline) -> Budget {
    let budget = clock.budget();
    if arguments.deterministic { budget.certain_only() } else { budget }
}

/// Decides a claim. An error means that it has no meaning. While an answer is explained, `unexplained` has it without
/// the explanation.
pub fn answer(
    claim: &Claim,
    arguments: &options::Budget,
    clock: &Deadline,
    unexplained: &Preliminary<Answer>,
) -> Result<Answer, String> {
    let began = clock.seconds();
    let mut seconds = None;
    let mut answer = match &claim.kind {
        ClaimKind::Equality { a, b, negated, relation, domain } => {
            let question = Question { a, b, relation: *relation, domain };
            let verdict = decide(&question, &budget(arguments, clock)).map_err(|error| error.to_string())?;
            let asked = Asked { a, relation: *relation };
            let decided = clock.seconds() - began;
            seconds = Some(decided);
            if !*negated && matches!(verdict, Verdict::Different(_)) {
                let mut answer = equality(&verdict, asked, *negated, None);
                answer.seconds = decided;
                unexplained.set(answer);
                let explanation = explain(&question, &budget(arguments, clock).for_explaining(decided));
                clock.begin("writing the answer");
                let mut answer = equality(&verdict, asked, *negated, Some(&explanation));
                if let Verdict::Different(witness) = &verdict {
                    let program = samenet::replay::replay(a, b, witness);
                    answer.explanation.extend(replay::text(&program, false).filter(|_| program.is_ok()));
                    if let Value::Object(fields) = &mut answer.evidence {
                        fields.insert("replay".to_string(), replay::json(Some(&program)));
                    }
                }
                answer
            } else {
                equality(&verdict, asked, *negated, None)
            }
        }
        ClaimKind::Metric { quantity, a, b, comparison, bound, metric, domain } => {
            let pair = Pair { a, b, metric: *metric, domain: domain.as_ref() };
            super::similarity::answer(*quantity, &pair, (*comparison, bound), clock)?
        }
        ClaimKind::Degree { network, comparison, bound } => {
            let degree = degree(network, &budget(arguments, clock)).map_err(|error| error.to_string())?;
            super::degree::answer(&degree, *comparison, bound)
        }
    };
    answer.seconds = seconds.unwrap_or_else(|| clock.seconds() - began);
    Ok(answer)
}

fn equality(verdict: &Verdict, asked: Asked<'_>, negated: bool, explanation: Option<&Explanation>) -> Answer {
    let status = judge::equality(verdict, negated);
    let mut evidence = to_json::evidence(verdict);
    let mut how = verdict::line(verdict, asked);
    let (mut details, mut lines) = (Vec::new(), Vec::new());
    if let Verdict::Different(witness) = verdict {
        if let Value::Object(fields) = &mut evidence {
            fields.insert("witness".to_string(), to_json::witness(verdict, asked));
        }
        if status == Status::Fails {
            how = "different".to_string();
            details = verdict::witness_block(witness, asked, ("left side", "right side"));
            if let (Some(explanation), Value::Object(fields)) = (explanation, &mut evidence) {
                fields.insert("explanation".to_string(), explanation::json(explanation, asked));
                lines = explanation::lines(explanation, asked, explanation::SIDES);
            }
        }
    }
    let (certain, found) = (to_json::certain(verdict), Found::of(verdict));
    Answer { status, certain, how, details, explanation: lines, evidence, seconds: 0.0, found }
}

/// The answer to a claim that was not decided.
pub fn undecided(reason: &str, needed: &str) -> Answer {
    let how = verdict::undecided(reason, needed);
    Answer { how, evidence: to_json::undecided(reason, needed), ..Answer::default() }
}

impl Default for Answer {
    /// Undecided, without a reason.
    fn default() -> Answer {
        Answer {
            status: Status::Undecided,
            certain: false,
            how: String::new(),
            details: Vec::new(),
            explanation: Vec::new(),
            evidence: Value::Null,
            seconds: 0.0,
            found: Found::Nothing,
        }
    }
}
