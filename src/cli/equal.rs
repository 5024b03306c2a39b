//! `samenet equal`: are two models the same function?

use std::fs;
use std::path::PathBuf;
use std::time::Instant;

use anstyle::AnsiColor;
use clap::Args;
use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser};
use samenet::certificate::{ModelSource, Source};
use samenet::equality::{Approach, Explanation, Question, Relation, Verdict, decide, decide_by, explain};
use samenet::model::Model;
use samenet::replay::{Replay, Unreplayable};
use serde_json::json;

use super::certificate::{Found, Wanted};
use super::clock::Deadline;
use super::command::{Command, Task};
use super::failure::Failure;
use super::needs::needed;
use super::options::{Budget, Limits, Set, binding, up_to};
use super::outcome::Outcome;
use super::output::Output;
use super::render::explanation;
use super::render::json as to_json;
use super::render::replay;
use super::render::verdict::{self, Asked};
use super::signature::Signature;
use super::supervisor::{Preliminary, Stopped};
use super::{certificate, claim, load, reach};

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

    /// Use this method alone, whatever it is expected to take: to compare methods with each other
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
        run(self, start, output)
    }
}

/// Decides, and prints the answer.
fn run(arguments: Equal, start: Instant, output: &mut Output) -> Result<Outcome, Failure> {
    let limits = arguments.limits();
    let task = Task::new(limits, start, "comparing");
    let json = arguments.json;
    let unexplained = Preliminary::new();
    let answer = task.run({
        let unexplained = unexplained.clone();
        move |clock| answer(&arguments, clock, &unexplained)
    });
    let answer = match (answer, unexplained.take()) {
        (Ok(Ok(answer)), _) => answer?,
        // An explanation that was not finished is no reason to be silent about the verdict.
        (_, Some(unexplained)) => unexplained,
        (Err(broken), None) => return Err(broken),
        (Ok(Err(Stopped { reason, needed, .. })), None) => {
            Answer::undecided(&reason, &needed, json, task.clock().seconds())
        }
    };
    drop(task);
    output.line(&answer.text)?;
    if let Some((path, wanted)) = answer.certificate {
        certificate::write(&path, wanted, &limits)?;
        if !json {
            output.line(&format!("  certificate: {}", path.display()))?;
        }
    }
    match answer.replay {
        None => {}
        Some((path, Ok(program))) => {
            let name = path.display();
            fs::write(&path, program)
                .map_err(|error| Failure::message(format!("cannot write `{name}`: {error}")))?;
            if !json {
                output.line(&format!("  replay: python3 {name}"))?;
            }
        }
        // The verdict stands, whether it can be replayed or not.
        Some((path, Err(why))) => {
            Failure::message(format!("`{}` is not written: {why}", path.display())).report();
        }
    }
    Ok(answer.outcome)
}

/// What a verdict is about.
#[derive(Clone, Copy)]
struct About<'a> {
    arguments: &'a Equal,
    asked: Asked<'a>,
    /// For models that differ, how.
    explanation: Option<&'a Explanation>,
    /// A program that replays the witness, or why there is none.
    replay: Option<&'a Result<Replay, Unreplayable>>,
}

/// What to print, and what to return.
struct Answer {
    text: String,
    outcome: Outcome,
    /// The certificate to write, and where.
    certificate: Option<(PathBuf, Wanted)>,
    /// The program to write, and where; or why there is none.
    replay: Option<(PathBuf, Result<String, Unreplayable>)>,
}

impl Answer {
    /// Of a verdict.
    fn of(verdict: &Verdict, about: About<'_>, json: bool, seconds: f64) -> Answer {
        let (word, outcome) = match verdict {
            Verdict::Equal(_) => ("equal", Outcome::Holds),
            Verdict::Different(_) => ("different", Outcome::Fails),
            Verdict::Undecided(why) => {
                return Answer::undecided(&why.to_string(), &needed(&why.shortage), json, seconds);
            }
        };
        let text = if json {
            let explanation = about.explanation.map(|found| explanation::json(found, about.asked));
            let object = json!({
                "schema": 1,
                "verdict": word,
                "certain": to_json::certain(verdict),
                "error_log2": to_json::error_log2(verdict),
                "evidence": to_json::evidence(verdict),
                "witness": to_json::witness(verdict, about.asked),
                "replay": replay::json(about.replay),
                "explanation": explanation,
                "seconds": to_json::seconds(seconds),
            });
            format!("{object:#}")
        } else {
            text(verdict, about, seconds)
        };
        Answer { text, outcome, certificate: None, replay: None }
    }

    /// That nothing was decided.
    fn undecided(reason: &str, needed: &str, json: bool, seconds: f64) -> Answer {
        let text = if json {
            let object = json!({
                "schema": 1,
                "verdict": "undecided",
                "certain": false,
                "error_log2": null,
                "evidence": to_json::undecided(reason, needed),
                "witness": null,
                "replay": null,
                "explanation": null,
                "seconds": to_json::seconds(seconds),
            });
            format!("{object:#}")
        } else {
            styled(&verdict::undecided(reason, needed), AnsiColor::Yellow, &[], seconds)
        };
        Answer { text, outcome: Outcome::Undecided, certificate: None, replay: None }
    }
}

/// Reads the models and compares them.
fn answer(arguments: &Equal, clock: &Deadline, unexplained: &Preliminary<Answer>) -> Result<Answer, Failure> {
    let a = load::model(&arguments.a, &arguments.bindings.with(&arguments.set_a)?, clock)?;
    let b = load::model(&arguments.b, &arguments.bindings.with(&arguments.set_b)?, clock)?;
    Signature::of(&arguments.a, &a.network).fits(&Signature::of(&arguments.b, &b.network))?;
    let domain = reach::domain(arguments.on.as_deref(), &[a.network.inputs(), b.network.inputs()])?;
    let relation = arguments.up_to.unwrap_or(Relation::Equal);
    let question = Question { a: &a.network, b: &b.network, relation, domain: &domain };
    let began = clock.seconds();
    let budget = claim::budget(&arguments.budget, clock);
    let verdict = match arguments.method {
        None => decide(&question, &budget),
        Some(method) => decide_by(&question, &budget, method),
    };
    let verdict = verdict.map_err(|error| Failure::message(error.to_string()))?;
    let seconds = clock.seconds() - began;
    let asked = Asked { a: &a.network, relation };
    let mut about = About { arguments, asked, explanation: None, replay: None };
    let certificate = wanted(arguments, &a, &b, &verdict)?;
    let (mut explanation, mut program) = (None, None);
    if let Verdict::Different(witness) = &verdict {
        let mut answer = Answer::of(&verdict, about, arguments.json, seconds);
        answer.certificate = wanted(arguments, &a, &b, &verdict)?;
        unexplained.set(answer);
        explanation =
            Some(explain(&question, &claim::budget(&arguments.budget, clock).for_explaining(seconds)));
        clock.begin("writing a program that replays the witness");
        program = Some(samenet::replay::replay(&a.network, &b.network, witness));
    }
    (about.explanation, about.replay) = (explanation.as_ref(), program.as_ref());
    clock.begin("writing the answer");
    let mut answer = Answer::of(&verdict, about, arguments.json, seconds);
    answer.certificate = certificate;
    answer.replay = arguments.replay.clone().zip(program).map(|(path, program)| {
        let what = format!("samenet equal {} {}", arguments.a, arguments.b);
        (path, program.map(|program| program.file(&what)))
    });
    Ok(answer)
}

/// The certificate of a verdict, if it was asked for and there is one.
fn wanted(
    arguments: &Equal,
    a: &Model,
    b: &Model,
    verdict: &Verdict,
) -> Result<Option<(PathBuf, Wanted)>, Failure> {
    let (Some(path), Verdict::Equal(_) | Verdict::Different(_)) = (&arguments.certificate, verdict) else {
        return Ok(None);
    };
    Ok(Some((path.clone(), Wanted { source: source(arguments, a, b)?, found: Found::of(verdict) })))
}

/// Where the models and the question come from, as a certificate says it.
fn source(arguments: &Equal, a: &Model, b: &Model) -> Result<Source, Failure> {
    let model = |target: &str, model: &Model, set: &[(String, PathBuf)]| -> Result<ModelSource, Failure> {
        Ok(ModelSource {
            file: load::file(target).to_string(),
            model: model.name.clone(),
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

fn text(verdict: &Verdict, about: About<'_>, seconds: f64) -> String {
    let About { arguments, asked, explanation, replay } = about;
    let Verdict::Different(witness) = verdict else {
        let line = verdict::line(verdict, asked);
        return styled(&line, AnsiColor::Green, &verdict::explanation(verdict), seconds);
    };
    let (mut a, mut b) = (arguments.a.as_str(), arguments.b.as_str());
    if a == b {
        // The same model with other weights.
        (a, b) = ("first", "second");
    }
    let mut details = verdict::witness_block(witness, asked, (a, b));
    if let Some(explanation) = explanation {
        details.extend(explanation::lines(explanation, asked, explanation::MODELS));
    }
    details.extend(replay.and_then(|replay| replay::text(replay, arguments.replay.is_none())));
    let how = match asked.relation {
        Relation::Equal => "different",
        Relation::UpToScale => "different, also up to scale",
        Relation::UpToShift => "different, also up to shift",
    };
    styled(how, AnsiColor::Red, &details, seconds)
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
