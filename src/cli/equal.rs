//! `samenet equal`: are two models the same function?

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Instant;

use anstyle::AnsiColor;
use samenet::certificate::{ModelSource, Source};
use samenet::diagnostic::Sources;
use samenet::equality::{Clock, Domain, Parting, Question, Relation, Verdict, decide, parting};
use samenet::model::{Model, read_domain};
use samenet::network::Input;
use serde_json::{Value, json};

use super::arguments::{Equal, UpTo};
use super::certificate::{Found, Wanted};
use super::clock::Deadline;
use super::failure::Failure;
use super::output::Output;
use super::render::json as to_json;
use super::render::rewrite;
use super::render::verdict::{self, Asked};
use super::supervisor::{Stopped, supervise};
use super::{Outcome, certificate, claim, load, memory};

/// Decides, and prints the answer.
pub fn run(arguments: Equal, start: Instant, output: &mut Output) -> Result<Outcome, Failure> {
    let limits = arguments.budget.limits;
    memory::limit(limits.memory);
    let clock = Arc::new(Deadline::new(start, limits.time, "comparing"));
    let json = arguments.json;
    let answer = supervise(&clock, {
        let clock = clock.clone();
        move || answer(&arguments, &clock)
    });
    let answer = match answer {
        Ok(answer) => answer?,
        Err(broken @ Stopped::Broken(_)) => return Err(broken.failure(&limits)),
        Err(stopped) => {
            let (reason, needed) = stopped.explain(&limits);
            Answer::of(&Verdict::Undecided { reason, needed }, None, json, clock.seconds())
        }
    };
    drop(clock);
    output.line(&answer.text)?;
    if let Some((path, wanted)) = answer.certificate {
        let incomplete = certificate::write(&path, wanted, &limits)?;
        if !json {
            output.line(&format!("  certificate: {}{incomplete}", path.display()))?;
        }
    }
    Ok(answer.outcome)
}

/// What a verdict is about: the command, the question, and for models that differ where they part.
type About<'a> = (&'a Equal, Asked<'a>, Option<&'a Parting>);

/// What to print, and what to return.
struct Answer {
    text: String,
    outcome: Outcome,
    /// The certificate to write, and where.
    certificate: Option<(PathBuf, Wanted)>,
}

impl Answer {
    /// Of a verdict. The names of the models and the question are only needed when there is one.
    fn of(verdict: &Verdict, asked: Option<About<'_>>, json: bool, seconds: f64) -> Answer {
        let text = if json {
            let mut evidence = to_json::evidence(verdict);
            if let (Value::Object(fields), Verdict::Different(_), Some((_, _, Some(parting)))) =
                (&mut evidence, verdict, asked)
            {
                fields.insert("parting".to_string(), rewrite::parting_json(parting));
            }
            let object = json!({
                "schema": 1,
                "verdict": match verdict {
                    Verdict::Equal(_) => "equal",
                    Verdict::Different(_) => "different",
                    Verdict::Undecided { .. } => "undecided",
                },
                "certain": to_json::certain(verdict),
                "error_log2": to_json::error_log2(verdict),
                "evidence": evidence,
                "witness": asked.map_or(Value::Null, |(_, asked, _)| to_json::witness(verdict, asked)),
                "seconds": to_json::seconds(seconds),
            });
            format!("{object:#}")
        } else {
            text(verdict, asked, seconds)
        };
        let outcome = match verdict {
            Verdict::Equal(_) => Outcome::Holds,
            Verdict::Different(_) => Outcome::Fails,
            Verdict::Undecided { .. } => Outcome::Undecided,
        };
        Answer { text, outcome, certificate: None }
    }
}

/// Reads the models and compares them.
fn answer(arguments: &Equal, clock: &Arc<Deadline>) -> Result<Answer, Failure> {
    let a = load::model(&arguments.a, &arguments.bindings.with(&arguments.set_a)?, clock)?;
    let b = load::model(&arguments.b, &arguments.bindings.with(&arguments.set_b)?, clock)?;
    fits(&a, &b, arguments)?;
    let domain = domain(arguments.on.as_deref(), &a, &b)?;
    let relation = UpTo::relation(arguments.up_to);
    let question = Question { a: &a.network, b: &b.network, relation, domain: &domain };
    let began = clock.seconds();
    let options = claim::options(&arguments.budget, clock);
    let verdict = decide(&question, &options).map_err(|error| Failure::message(error.to_string()))?;
    let parting = match (&verdict, relation) {
        (Verdict::Different(_), Relation::Equal) => {
            clock.begin("comparing hidden units");
            parting(&a.network, &b.network, &options)
        }
        _ => None,
    };
    let seconds = clock.seconds() - began;
    clock.begin("writing the answer");
    let asked = Asked { a: &a.network, relation };
    let mut answer =
        Answer::of(&verdict, Some((arguments, asked, parting.as_ref())), arguments.json, seconds);
    if let (Some(path), Outcome::Holds | Outcome::Fails) = (&arguments.certificate, answer.outcome) {
        let source = source(arguments, &a, &b)?;
        answer.certificate = Some((path.clone(), Wanted { source, found: Found::of(&verdict) }));
    }
    Ok(answer)
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
        relation: UpTo::relation(arguments.up_to).into(),
        on: arguments.on.clone(),
    })
}

/// Refuses models of different shapes, by the names that they have on the command line.
fn fits(a: &Model, b: &Model, arguments: &Equal) -> Result<(), Failure> {
    let (first, second) = (&arguments.a, &arguments.b);
    let (inputs_a, inputs_b) = (a.network.inputs(), b.network.inputs());
    if !inputs_a.iter().map(|input| &input.shape).eq(inputs_b.iter().map(|input| &input.shape)) {
        let takes = |inputs: &[Input]| match inputs {
            [] => "no inputs".to_string(),
            _ => inputs
                .iter()
                .map(|input| format!("{}: {}", input.name, input.shape))
                .collect::<Vec<_>>()
                .join(", "),
        };
        let message = format!("`{first}` takes {} but `{second}` takes {}", takes(inputs_a), takes(inputs_b));
        return Err(
            Failure::message(message).help("inputs are compared in order, and must have the same shapes")
        );
    }
    let (output_a, output_b) = (a.network.output_shape(), b.network.output_shape());
    if output_a == output_b {
        return Ok(());
    }
    let message =
        format!("the output of `{first}` has shape {output_a} but that of `{second}` has shape {output_b}");
    Err(Failure::message(message))
}

/// The domain of `--on`.
fn domain(text: Option<&str>, a: &Model, b: &Model) -> Result<Domain, Failure> {
    let (inputs_a, inputs_b) = (a.network.inputs(), b.network.inputs());
    let Some(text) = text else { return Ok(Domain::everywhere(inputs_a.len())) };
    let mut sources = Sources::default();
    read_domain(text, &[inputs_a, inputs_b], &mut sources)
        .map_err(|diagnostics| Failure::Diagnostics(diagnostics, Box::new(sources)))
}

fn text(verdict: &Verdict, asked: Option<About<'_>>, seconds: f64) -> String {
    let (line, colour, details) = match (verdict, asked) {
        (Verdict::Undecided { reason, needed }, _) => {
            (verdict::undecided(reason, needed), AnsiColor::Yellow, Vec::new())
        }
        // Whatever is decided was asked.
        (_, None) => (String::new(), AnsiColor::Yellow, Vec::new()),
        (Verdict::Equal(_), Some((_, asked, _))) => {
            (verdict::line(verdict, asked), AnsiColor::Green, verdict::explanation(verdict))
        }
        (Verdict::Different(witness), Some((arguments, asked, parting))) => {
            let (mut a, mut b) = (arguments.a.as_str(), arguments.b.as_str());
            if a == b {
                // The same model with other weights.
                (a, b) = ("first", "second");
            }
            let mut details = verdict::witness_block(witness, asked, (a, b));
            details.extend(parting.map(rewrite::parting));
            let how = match asked.relation {
                Relation::Equal => "different",
                Relation::UpToScale => "different, also up to scale",
                Relation::UpToShift => "different, also up to shift",
            };
            (how.to_string(), AnsiColor::Red, details)
        }
    };
    // The first word is the answer.
    let end = line.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(line.len());
    let (word, rest) = line.split_at(end);
    let style = colour.on_default().bold();
    let mut text = format!("{style}{word}{style:#}{rest}  [{seconds:.3} s]");
    for detail in details {
        text.push_str(&format!("\n  {detail}"));
    }
    text
}
