//! `samenet equal`: are two models the same function?

use std::fs;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Instant;

use anstyle::AnsiColor;
use samenet::certificate::{ModelSource, Source};
use samenet::diagnostic::Sources;
use samenet::equality::{Domain, Explanation, Question, Relation, Verdict, decide, decide_by, explain};
use samenet::model::{Model, read_domain};
use samenet::replay::{Replay, Unreplayable};
use serde_json::json;

use super::arguments::Equal;
use super::certificate::{Found, Wanted};
use super::clock::Deadline;
use super::failure::Failure;
use super::needs::needed;
use super::output::Output;
use super::render::explanation;
use super::render::json as to_json;
use super::render::replay;
use super::render::verdict::{self, Asked};
use super::signature::Signature;
use super::supervisor::{Preliminary, Stopped, supervise};
use super::{Outcome, certificate, claim, load, memory};

/// Decides, and prints the answer.
pub fn run(arguments: Equal, start: Instant, output: &mut Output) -> Result<Outcome, Failure> {
    let limits = arguments.budget.limits;
    memory::limit(limits.memory);
    let clock = Arc::new(Deadline::new(start, limits.time, "comparing"));
    let json = arguments.json;
    let unexplained = Preliminary::new();
    let answer = supervise(&clock, {
        let (clock, unexplained) = (clock.clone(), unexplained.clone());
        move || answer(&arguments, &clock, &unexplained)
    });
    let answer = match (answer, unexplained.take()) {
        (Ok(answer), _) => answer?,
        // An explanation that was not finished is no reason to be silent about the verdict.
        (Err(_), Some(unexplained)) => unexplained,
        (Err(broken @ Stopped::Broken(_)), None) => return Err(broken.failure(&limits)),
        (Err(stopped), None) => {
            let (reason, needed) = stopped.explain(&limits);
            Answer::undecided(&reason, &needed, json, clock.seconds())
        }
    };
    drop(clock);
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
fn answer(
    arguments: &Equal,
    clock: &Arc<Deadline>,
    unexplained: &Preliminary<Answer>,
) -> Result<Answer, Failure> {
    let a = load::model(&arguments.a, &arguments.bindings.with(&arguments.set_a)?, clock)?;
    let b = load::model(&arguments.b, &arguments.bindings.with(&arguments.set_b)?, clock)?;
    Signature::of(&arguments.a, &a.network).fits(&Signature::of(&arguments.b, &b.network))?;
    let domain = domain(arguments.on.as_deref(), &a, &b)?;
    let relation = arguments.up_to.unwrap_or(Relation::Equal);
    let question = Question { a: &a.network, b: &b.network, relation, domain: &domain };
    let began = clock.seconds();
    let budget = claim::budget(&arguments.budget, clock);
    let verdict = match arguments.method {
        None => decide(&question, &budget),
        Some(method) => decide_by(&question, &budget, method.approach()),
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

/// The domain of `--on`.
pub fn domain(text: Option<&str>, a: &Model, b: &Model) -> Result<Domain, Failure> {
    let (inputs_a, inputs_b) = (a.network.inputs(), b.network.inputs());
    let Some(text) = text else { return Ok(Domain::everywhere(inputs_a.len())) };
    let mut sources = Sources::default();
    read_domain(text, &[inputs_a, inputs_b], &mut sources)
        .map_err(|diagnostics| Failure::Diagnostics(diagnostics, Box::new(sources)))
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
