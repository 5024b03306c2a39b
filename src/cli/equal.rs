//! `samenet equal`: are two models the same function?

use std::fs;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Instant;

use clap::Args;
use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser};
use serde_json::{Value, json};

use super::answer::{Told, Untold, tell};
use super::certificate::{self, Writer};
use super::clock::Deadline;
use super::command::{Outcome, Output, Task};
use super::failure::Failure;
use super::load::{self, Signature};
use super::options::{Budget, OPTIONS, SetEach, up_to};
use super::render::json::{self as to_json, evidence};
use super::render::replay;
use super::supervisor::Stopped;
use crate::certificate::Source;
use crate::claim::words::{Sides, undecided};
use crate::claim::{Finding, Status};
use crate::equality::{Approach, Relation};
use crate::model::{Claim, ClaimKind};

const EQUAL_EXAMPLES: &str = "\
Examples:
  samenet equal xor.same xor_gated.same
  samenet equal circuits.same::xor circuits.same::xor_gated --on '{0,1}'
  samenet equal lookup.same circuit.same --on 'a in onehot, b in onehot'
  samenet equal net.same net.same --set-a W=step_1.safetensors --set-b W=step_2.safetensors
  samenet equal logits.same shifted.same --up-to shift --deterministic
  samenet equal trained.same circuit.same --certificate proof.json
  samenet equal net.same rotated.same --method layerwise

Exit code: 0 equal, 1 different, 3 undecided, 2 an error.";

/// Decide whether two models are the same function
///
/// Equal means: the same output on every input (or on every input of --on DOMAIN). The answer `equal, proved`
/// admits no doubt; `equal, error at most 2^-k` rests on random evaluation and says how unlikely an error is;
/// `different` comes with an input where the models differ, and with what agrees and what differs most.
#[derive(Debug, Args)]
#[command(after_long_help = EQUAL_EXAMPLES)]
pub struct Equal {
    /// The first model: file.same if it has one model, else file.same::model
    pub a: String,

    /// The second model, written the same way
    pub b: String,

    /// Compare only on these inputs: '{0,1}', '{-1,1}', onehot, 'points [[0,1],[1,0]]', 'points X.npy',
    /// 'points D.npz:images', or one set per input as in 'x in {0,1}, y in onehot'
    #[arg(long, value_name = "DOMAIN")]
    pub on: Option<String>,

    /// Count models as the same if they differ by a positive factor (scale), or by a shift that is the same
    /// for all entries along the last axis, as before a softmax (shift)
    #[arg(long, value_name = "RELATION", value_parser = up_to())]
    pub up_to: Option<Relation>,

    /// Use only this method, however long it is expected to take: to compare methods with each other
    #[arg(long, value_name = "METHOD", value_parser = methods())]
    pub method: Option<Approach>,

    #[command(flatten)]
    pub bindings: SetEach,

    /// Write a certificate of the answer to FILE (see `samenet verify`)
    #[arg(long, value_name = "FILE")]
    pub certificate: Option<PathBuf>,

    /// Write a Python program that replays the witness in NumPy, when the models differ. A short one is also
    /// printed, as a line for a shell
    #[arg(long, value_name = "FILE")]
    pub replay: Option<PathBuf>,

    #[command(flatten)]
    pub budget: Budget,

    /// Print one JSON object instead of text (its schema is in grammar/json.md)
    #[arg(long)]
    pub json: bool,
}

/// The methods of `--method`.
fn methods() -> impl TypedValueParser<Value = Approach> {
    let names = Approach::ALL.map(|approach| PossibleValue::new(approach.name()).help(approach.summary()));
    PossibleValuesParser::new(names).try_map(|name| Approach::named(&name).ok_or("there is no such method"))
}

impl Equal {
    /// Runs the command and prints the answer. Its time started at `start`.
    pub fn run(self, start: Instant, output: &mut Output) -> Result<Outcome, Failure> {
        let arguments = &Arc::new(self);
        let limits = arguments.budget.limits;
        let task = Task::new(limits, start, "comparing");
        let json = arguments.json;
        let stopped = |why: &Stopped, output: &mut Output| {
            let (reason, needed, seconds) = (&why.reason, &why.needed, task.clock().seconds());
            match json {
                true => output.json(&object(None, evidence::undecided(reason, needed), seconds))?,
                false => {
                    let line = undecided::line(reason, needed);
                    output.line(&styled(&line, Status::Undecided, &[], seconds))?;
                }
            }
            Ok(Outcome::Undecided)
        };
        let read = task.run({
            let arguments = arguments.clone();
            move |clock| question(&arguments, clock)
        })?;
        let (claim, source) = match read {
            Ok(read) => read?,
            Err(why) => return stopped(&why, output),
        };
        let told = tell(&task, &Arc::new(claim), arguments.method, arguments.budget, {
            let arguments = arguments.clone();
            move |told| match json {
                true => {
                    let evidence = evidence::finding(&told.answer, &OPTIONS);
                    format!("{:#}", object(Some(told), evidence, told.seconds))
                }
                false => text(told, &arguments),
            }
        })?;
        let (told, shown) = match told {
            Ok(told) => told,
            Err(Untold::Meaningless(error)) => return Err(error.into()),
            Err(Untold::Stopped(why)) => return stopped(&why, output),
        };
        drop(task);
        output.line(&shown)?;
        let Told { answer, replay, .. } = told;
        let status = answer.status;
        if let (Some(path), Status::Holds | Status::Fails) = (&arguments.certificate, status) {
            Writer::new(limits).write(path, source, answer)?;
            if !json {
                output.line(&format!("  certificate: {}", path.display()))?;
            }
        }
        if let (Some(path), Some(replay)) = (&arguments.replay, replay) {
            let name = path.display();
            match replay {
                Ok(program) => {
                    let what = format!("samenet equal {} {}", arguments.a, arguments.b);
                    fs::write(path, program.file(&what))
                        .map_err(|error| Failure::message(format!("cannot write `{name}`: {error}")))?;
                    if !json {
                        output.line(&format!("  replay: python3 {name}"))?;
                    }
                }
                // The verdict stands, whether it can be replayed or not.
                Err(why) => Failure::message(format!("`{name}` is not written: {why}")).report(),
            }
        }
        Ok(status.into())
    }
}

/// Reads the models. The question is the claim that they are equal; a certificate says where it comes from.
fn question(arguments: &Equal, clock: &Deadline) -> Result<(Claim, Source), Failure> {
    let [set_a, set_b] = arguments.bindings.bindings()?;
    let a = load::model(&arguments.a, &set_a, clock)?;
    let b = load::model(&arguments.b, &set_b, clock)?;
    Signature::of(&arguments.a, &a.network).fits(&Signature::of(&arguments.b, &b.network))?;
    let domain = load::domain(arguments.on.as_deref(), &[a.network.inputs(), b.network.inputs()])?;
    let relation = arguments.up_to.unwrap_or(Relation::Equal);
    let source = Source::Models {
        a: certificate::model(&arguments.a, a.name, &set_a)?,
        b: certificate::model(&arguments.b, b.name, &set_b)?,
        relation,
        on: arguments.on.clone(),
    };
    let (a, b) = (a.network, b.network);
    Ok((Claim::new(ClaimKind::Equality { a, b, negated: false, relation, domain }), source))
}

/// The answer for programs, in the schema of `grammar/json.md`; `None` if a limit stopped the command.
fn object(told: Option<&Told>, evidence: Value, seconds: f64) -> Value {
    let (verdict, error_log2, witness, explanation) = match told.map(|told| &told.answer.finding) {
        Some(Finding::Equal { proof, .. }) => {
            ("equal", evidence::error_log2(proof.method.error_log2()), Value::Null, Value::Null)
        }
        Some(Finding::Different { witness, asked, explanation }) => {
            let explanation = explanation.as_ref().map(|found| evidence::explanation(found, asked));
            ("different", Value::Null, evidence::witness(witness, asked), explanation.unwrap_or_default())
        }
        _ => ("undecided", Value::Null, Value::Null, Value::Null),
    };
    json!({
        "schema": 1,
        "verdict": verdict,
        "certain": told.is_some_and(|told| told.answer.certain),
        "error_log2": error_log2,
        "evidence": evidence,
        "witness": witness,
        "replay": replay::json(told.and_then(|told| told.replay.as_ref())),
        "explanation": explanation,
        "seconds": to_json::seconds(seconds),
    })
}

/// The answer for people.
fn text(told: &Told, arguments: &Equal) -> String {
    let Told { answer, replay, seconds } = told;
    let (mut a, mut b) = (arguments.a.as_str(), arguments.b.as_str());
    if a == b {
        // It is one model with two sets of weights.
        (a, b) = ("first", "second");
    }
    let sides = Sides::models(a, b);
    let mut details = answer.correspondence();
    details.extend(answer.refutation(&sides));
    details.extend(answer.explanation(&sides));
    let program = replay.as_ref();
    details.extend(program.and_then(|program| replay::text(program, arguments.replay.is_none())));
    styled(&answer.headline(&OPTIONS), answer.status, &details, *seconds)
}

/// An answer, whose first word is coloured, and its details.
fn styled(line: &str, status: Status, details: &[String], seconds: f64) -> String {
    let end = line.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(line.len());
    let (word, rest) = line.split_at(end);
    let style = Outcome::from(status).style();
    let mut text = format!("{style}{word}{style:#}{rest}  [{seconds:.3} s]");
    for detail in details {
        text.push_str(&format!("\n  {detail}"));
    }
    text
}
