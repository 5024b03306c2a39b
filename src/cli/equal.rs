//! `samenet equal`: are two models the same function?

use std::fs;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Instant;

use anstyle::AnsiColor;
use clap::Args;
use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser};
use samenet::certificate::{ModelSource, Source};
use samenet::claim::words::{Sides, undecided};
use samenet::claim::{Finding, Status};
use samenet::equality::{Approach, Relation};
use samenet::model::ClaimKind;
use serde_json::{Value, json};

use super::answer::{Told, Untold, tell};
use super::clock::Deadline;
use super::command::{Command, Task};
use super::failure::Failure;
use super::needs::OPTIONS;
use super::options::{Budget, Limits, Set, binding, up_to};
use super::outcome::Outcome;
use super::output::Output;
use super::render::json::{self as to_json, evidence, explanation};
use super::render::replay;
use super::signature::Signature;
use super::{certificate, load, reach};

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

    /// Compare only on these inputs: '{0,1}', '{-1,1}', onehot, 'points [[0,1],[1,0]]', or one set per input
    /// as in 'x in {0,1}, y in onehot'
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
    pub bindings: Set,

    /// Rebind a weight handle in the first model only
    #[arg(long, value_name = "NAME=FILE", value_parser = binding)]
    pub set_a: Vec<(String, PathBuf)>,

    /// Rebind a weight handle in the second model only
    #[arg(long, value_name = "NAME=FILE", value_parser = binding)]
    pub set_b: Vec<(String, PathBuf)>,

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

impl Command for Equal {
    fn limits(&self) -> Limits {
        self.budget.limits
    }

    fn run(self, start: Instant, output: &mut Output) -> Result<Outcome, Failure> {
        run(&Arc::new(self), start, output)
    }
}

/// Decides, and prints the answer.
fn run(arguments: &Arc<Equal>, start: Instant, output: &mut Output) -> Result<Outcome, Failure> {
    let limits = arguments.limits();
    let task = Task::new(limits, start, "comparing");
    let json = arguments.json;
    let stopped = |reason: &str, needed: &str, output: &mut Output| {
        output.line(&not_told(reason, needed, json, task.clock().seconds()))?;
        Ok(Outcome::Undecided)
    };
    let read = task.run({
        let arguments = arguments.clone();
        move |clock| question(&arguments, clock)
    })?;
    let (claim, source) = match read {
        Ok(read) => read?,
        Err(why) => return stopped(&why.reason, &why.needed, output),
    };
    let told = tell(&task, &Arc::new(claim), arguments.method, arguments.budget, {
        let arguments = arguments.clone();
        move |told| if json { format!("{:#}", object(told)) } else { text(told, &arguments) }
    })?;
    let (told, shown) = match told {
        Ok(told) => told,
        Err(Untold::Meaningless(error)) => return Err(error.into()),
        Err(Untold::Stopped(why)) => return stopped(&why.reason, &why.needed, output),
    };
    drop(task);
    output.line(&shown)?;
    let Told { answer, replay, .. } = told;
    let status = answer.status;
    if let (Some(path), Status::Holds | Status::Fails) = (&arguments.certificate, status) {
        certificate::write(path, source, answer, &limits)?;
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
    Ok(match status {
        Status::Holds => Outcome::Holds,
        Status::Fails => Outcome::Fails,
        Status::Undecided => Outcome::Undecided,
    })
}

/// Reads the models. The question is the claim that they are equal; a certificate says where it comes from.
fn question(arguments: &Equal, clock: &Deadline) -> Result<(ClaimKind, Source), Failure> {
    let a = load::model(&arguments.a, &arguments.bindings.with(&arguments.set_a)?, clock)?;
    let b = load::model(&arguments.b, &arguments.bindings.with(&arguments.set_b)?, clock)?;
    Signature::of(&arguments.a, &a.network).fits(&Signature::of(&arguments.b, &b.network))?;
    let domain = reach::domain(arguments.on.as_deref(), &[a.network.inputs(), b.network.inputs()])?;
    let relation = arguments.up_to.unwrap_or(Relation::Equal);
    let source = source(arguments, &a.name, &b.name)?;
    let (a, b) = (a.network, b.network);
    Ok((ClaimKind::Equality { a, b, negated: false, relation, domain }, source))
}

/// Where the models and the question come from, as a certificate says it.
fn source(arguments: &Equal, a: &str, b: &str) -> Result<Source, Failure> {
    let model = |target: &str, model: &str, set: &[(String, PathBuf)]| -> Result<ModelSource, Failure> {
        Ok(ModelSource {
            file: load::file(target).to_string(),
            model: model.to_string(),
            set: certificate::bindings(&arguments.bindings.with(set)?)?,
        })
    };
    Ok(Source::Models {
        a: model(&arguments.a, a, &arguments.set_a)?,
        b: model(&arguments.b, b, &arguments.set_b)?,
        relation: arguments.up_to.unwrap_or(Relation::Equal),
        on: arguments.on.clone(),
    })
}

/// The answer for programs, in the schema of `grammar/json.md`.
fn object(told: &Told) -> Value {
    let Told { answer, replay, seconds } = told;
    let mut error_log2 = Value::Null;
    let (mut witness, mut found) = (Value::Null, Value::Null);
    let verdict = match &answer.finding {
        Finding::Equal { proof, .. } => {
            error_log2 = evidence::error_log2(proof);
            "equal"
        }
        Finding::Different { witness: evaluations, asked, explanation } => {
            witness = evidence::witness(evaluations, asked);
            found = explanation.as_ref().map_or(Value::Null, |found| explanation::explanation(found, asked));
            "different"
        }
        Finding::Degree(_) | Finding::Number(_) | Finding::Undecided(_) => "undecided",
    };
    json!({
        "schema": 1,
        "verdict": verdict,
        "certain": answer.certain,
        "error_log2": error_log2,
        "evidence": evidence::finding(answer, &OPTIONS),
        "witness": witness,
        "replay": replay::json(replay.as_ref()),
        "explanation": found,
        "seconds": to_json::seconds(*seconds),
    })
}

/// That a limit stopped the command.
fn not_told(reason: &str, needed: &str, json: bool, seconds: f64) -> String {
    if json {
        let object = json!({
            "schema": 1,
            "verdict": "undecided",
            "certain": false,
            "error_log2": null,
            "evidence": evidence::undecided(reason, needed),
            "witness": null,
            "replay": null,
            "explanation": null,
            "seconds": to_json::seconds(seconds),
        });
        return format!("{object:#}");
    }
    styled(&undecided::line(reason, needed), AnsiColor::Yellow, &[], seconds)
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
    let colour = match answer.status {
        Status::Holds => AnsiColor::Green,
        Status::Fails => AnsiColor::Red,
        Status::Undecided => AnsiColor::Yellow,
    };
    styled(&answer.headline(&OPTIONS), colour, &details, *seconds)
}

/// An answer, whose first word is coloured, and its details.
fn styled(line: &str, colour: AnsiColor, details: &[String], seconds: f64) -> String {
    let end = line.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(line.len());
    let (word, rest) = line.split_at(end);
    let style = colour.on_default().bold();
    let mut text = format!("{style}{word}{style:#}{rest}  [{seconds:.3} s]");
    for detail in details {
        text.push_str(&format!("\n  {detail}"));
    }
    text
}
