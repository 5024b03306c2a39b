//! `samenet similarity`: how similar are two models?

use std::sync::Arc;
use std::time::Instant;

use num_rational::BigRational;
use num_traits::{ToPrimitive, Zero};
use samenet::domain::{Comparison, Quantity};
use samenet::judge::{self, Status};
use samenet::shortage::duration;
use samenet::similarity::{
    self, Inner, InnerProducts, Metric, Pair, Root, Split, approximate_inner_products, decimal,
    inner_products, seconds_in_floats,
};
use serde_json::{Value, json};

use super::arguments::{Asked, Similarity};
use super::certificate::Found;
use super::claim::{self, Answer};
use super::clock::Deadline;
use super::equal::domain;
use super::failure::Failure;
use super::needs::needed;
use super::output::Output;
use super::render::number::{self, Space};
use super::signature::Signature;
use super::supervisor::{Stopped, supervise};
use super::{Outcome, estimate, load, memory};

/// Outputs and degrees that are listed in the text.
const LINES: usize = 12;
/// Significant digits of the number that a claim is about.
const DECIMALS: usize = 16;
/// Significant digits of numbers that are listed.
const DIGITS: usize = 6;

/// Computes, and prints the numbers.
pub fn run(arguments: Similarity, start: Instant, output: &mut Output) -> Result<Outcome, Failure> {
    let limits = arguments.limits;
    memory::limit(limits.memory);
    let clock = Arc::new(Deadline::new(start, limits.time, "computing inner products"));
    let asked = arguments.asked()?;
    let json = arguments.json;
    let whole = arguments.on.is_none();
    let answer = supervise(&clock, {
        let clock = clock.clone();
        move || match asked {
            Asked::Exact(metric) => compare(&arguments, metric, &clock),
            Asked::Estimate(estimate) => estimate::compare(&arguments, estimate, &clock),
        }
    });
    let answer = match answer {
        Ok(answer) => answer?,
        Err(broken @ Stopped::Broken(_)) => return Err(broken.failure(&limits)),
        Err(stopped) => {
            let (reason, needed) = stopped.explain(&limits);
            Err(Refused { reason, needed, instead: layerwise(asked, whole) })
        }
    };
    drop(clock);
    match answer {
        Ok(text) => {
            output.line(&text)?;
            Ok(Outcome::Holds)
        }
        Err(refused) => {
            output.line(&refused.text(asked, whole, json))?;
            Ok(Outcome::Undecided)
        }
    }
}

/// Decides a claim about a number, exactly. An error means that it has no meaning.
pub fn answer(
    quantity: Quantity,
    pair: &Pair<'_>,
    (comparison, bound): (Comparison, &BigRational),
    clock: &Arc<Deadline>,
) -> Result<Answer, String> {
    let split = match inner_products(pair, &clock.budget()) {
        Ok(split) => split,
        Err(failure) => {
            let (reason, needed) = refusal(&failure, clock)?;
            return Ok(claim::undecided(&reason, &needed));
        }
    };
    let inner = split.total();
    let (number, status) = judge::metric(quantity, &inner, comparison, bound)?;
    let name = if pair.domain.is_some() { "domain" } else { pair.metric.name() };
    let how = format!("the {} is {}, exact", quantity.name(), closed(&number, DECIMALS));
    let evidence = json!({
        "kind": "inner_products", "metric": name,
        "aa": number::json(&inner.aa), "ab": number::json(&inner.ab), "bb": number::json(&inner.bb),
        "sign": number.sign(), "squared": number::json(number.squared()), "decimal": number.decimal(DECIMALS),
    });
    let found = Found::Metric(Box::new(inner), status == Status::Holds);
    Ok(Answer { status, certain: true, how, evidence, found, ..Answer::default() })
}

/// Why there is no number within the budget.
pub struct Refused {
    /// Why.
    pub reason: String,
    /// What would be needed.
    pub needed: String,
    /// What else there is, line by line.
    pub instead: Vec<String>,
}

impl Refused {
    fn text(&self, asked: Asked, whole: bool, json: bool) -> String {
        let Refused { reason, needed, instead } = self;
        if json {
            let name = match asked {
                Asked::Exact(_) if !whole => "domain",
                Asked::Exact(metric) => metric.name(),
                Asked::Estimate(estimate) => estimate.name(),
            };
            let value = json!({
                "schema": 1, "metric": name,
                "undecided": { "reason": reason, "needed": needed },
            });
            return format!("{value:#}");
        }
        let mut text = format!("undecided: {reason}");
        if !needed.is_empty() {
            text.push_str(&format!("; it would need {needed}"));
        }
        for other in instead {
            text.push_str(&format!("\n  {other}"));
        }
        text
    }
}

/// The recursion, when something else was asked for.
fn layerwise(asked: Asked, whole: bool) -> Vec<String> {
    match asked {
        Asked::Exact(Metric::Gaussian | Metric::Symmetric) if whole => {
            vec!["`--metric layerwise` is an approximation that takes much less".to_string()]
        }
        Asked::Exact(_) | Asked::Estimate(_) => Vec::new(),
    }
}

/// What a failure means: an error in the question, or a budget that does not suffice.
pub fn refusal(failure: &similarity::Failure, clock: &Deadline) -> Result<(String, String), String> {
    match failure.undecided(&clock.budget()) {
        Some(undecided) => Ok((undecided.to_string(), needed(&undecided.shortage))),
        None => Err(failure.to_string()),
    }
}

/// Reads the models and compares them.
fn compare(
    arguments: &Similarity,
    metric: Metric,
    clock: &Arc<Deadline>,
) -> Result<Result<String, Refused>, Failure> {
    let a = load::model(&arguments.a, &arguments.bindings.with(&arguments.set_a)?, clock)?;
    let b = load::model(&arguments.b, &arguments.bindings.with(&arguments.set_b)?, clock)?;
    Signature::of(&arguments.a, &a.network).fits(&Signature::of(&arguments.b, &b.network))?;
    let domain = match &arguments.on {
        Some(text) => Some(domain(Some(text), &a, &b)?),
        None => None,
    };
    let pair = Pair { a: &a.network, b: &b.network, metric, domain: domain.as_ref() };
    let began = clock.seconds();
    clock.begin("computing inner products");
    let result = if arguments.float {
        approximate_inner_products(&pair, &clock.budget())
    } else {
        inner_products(&pair, &clock.budget()).map(InnerProducts::Exact)
    };
    let numbers = match result {
        Ok(numbers) => numbers,
        Err(failure) => match refusal(&failure, clock) {
            Ok((reason, needed)) => {
                let mut instead = Vec::new();
                let floats = || seconds_in_floats(&pair, &clock.budget());
                if let Some(seconds) = (!arguments.float && !clock.expired()).then(floats).flatten() {
                    instead.push(format!("`--float` computes in f64: {}", duration(seconds)));
                }
                instead.extend(layerwise(Asked::Exact(metric), arguments.on.is_none()));
                return Ok(Err(Refused { reason, needed, instead }));
            }
            Err(message) => return Err(Failure::message(message)),
        },
    };
    let seconds = clock.seconds() - began;
    clock.begin("writing the answer");
    check_norms(&numbers, arguments)?;
    Ok(Ok(if arguments.json {
        format!("{:#}", numbers.json(arguments, metric, seconds))
    } else {
        numbers.text(arguments, metric, seconds)
    }))
}

/// Similarity to a model that is zero has no meaning.
fn check_norms(numbers: &InnerProducts, arguments: &Similarity) -> Result<(), Failure> {
    // Floats that are zero have been refused: they may stand for numbers that are not.
    let InnerProducts::Exact(split) = numbers else { return Ok(()) };
    let total = split.total();
    let (zero_a, zero_b) = (total.aa.is_zero(), total.bb.is_zero());
    for (zero, name) in [(zero_a, &arguments.a), (zero_b, &arguments.b)] {
        if zero {
            let place = if arguments.on.is_some() { " on this domain" } else { "" };
            return Err(Failure::message(format!(
                "`{name}` is zero{place}, and nothing is similar to zero: its norm would be divided by"
            )));
        }
    }
    Ok(())
}

/// How numbers are written.
trait Written {
    fn text(&self, arguments: &Similarity, metric: Metric, seconds: f64) -> String;
    fn json(&self, arguments: &Similarity, metric: Metric, seconds: f64) -> Value;
}

impl Written for InnerProducts {
    fn text(&self, arguments: &Similarity, metric: Metric, seconds: f64) -> String {
        let digits = arguments.digits as usize;
        let over = match &arguments.on {
            Some(on) => format!("on {on}"),
            None => metric.name().to_string(),
        };
        match self {
            InnerProducts::Floats(split) => {
                let total = split.total();
                let mut text = format!(
                    "similarity {} ({over}, f64)  [{seconds:.3} s]\n  distance {}\n  <a, a> = {}, <a, b> = {}, <b, b> = {}",
                    total.similarity().unwrap_or(f64::NAN),
                    total.distance().unwrap_or(f64::NAN),
                    total.aa,
                    total.ab,
                    total.bb
                );
                lines(&mut text, split, &float_line(&total), &Inner::<f64>::difference);
                text
            }
            InnerProducts::Exact(split) => {
                let total = split.total();
                let (Some(similarity), Some(distance)) = (total.similarity(), total.distance()) else {
                    return String::new();
                };
                let mut text =
                    format!("similarity {} ({over}, exact)  [{seconds:.3} s]", closed(&similarity, digits));
                text.push_str(&format!("\n  distance {}", closed(&distance, digits)));
                text.push_str(&format!(
                    "\n  <a, a> = {}, <a, b> = {}, <b, b> = {}",
                    short(&total.aa),
                    short(&total.ab),
                    short(&total.bb)
                ));
                lines(&mut text, split, &exact_line(&total), &Inner::<BigRational>::difference);
                text
            }
        }
    }

    fn json(&self, arguments: &Similarity, metric: Metric, seconds: f64) -> Value {
        let digits = arguments.digits as usize;
        let metric = if arguments.on.is_some() { "domain" } else { metric.name() };
        match self {
            InnerProducts::Floats(split) => {
                let total = split.total();
                let inner = |i: &Inner<f64>| json!({ "aa": i.aa, "ab": i.ab, "bb": i.bb });
                let (similarity, distance) = (total.similarity(), total.distance());
                json!({
                    "schema": 1, "metric": metric, "on": arguments.on, "exact": false,
                    "inner": inner(&total),
                    "similarity": { "sign": similarity.map(f64::signum), "squared": similarity.map(|s| s * s), "decimal": similarity },
                    "distance": { "squared": distance.map(|d| d * d), "decimal": distance },
                    "by_output": split.by_output.iter().map(|(index, part)| entry("index", json!(index), inner(part))).collect::<Vec<_>>(),
                    "by_degree": split.by_degree.as_ref().map(|parts| {
                        parts.iter().map(|(degree, part)| entry("degree", json!(degree), inner(part))).collect::<Vec<_>>()
                    }),
                    "seconds": seconds,
                })
            }
            InnerProducts::Exact(split) => {
                let total = split.total();
                let floats = arguments.float;
                let rational = |value: &BigRational| match floats {
                    true => json!(value.to_f64()),
                    false => number::json(value),
                };
                let inner = |i: &Inner| json!({ "aa": rational(&i.aa), "ab": rational(&i.ab), "bb": rational(&i.bb) });
                let root = |root: &Root| match floats {
                    true => json!(root.to_f64()),
                    false => json!(root.decimal(digits)),
                };
                let (similarity, distance) = (total.similarity(), total.distance());
                json!({
                    "schema": 1, "metric": metric, "on": arguments.on, "exact": !floats,
                    "inner": inner(&total),
                    "similarity": {
                        "sign": similarity.as_ref().map(Root::sign),
                        "squared": similarity.as_ref().map(|root| rational(root.squared())),
                        "decimal": similarity.as_ref().map(root),
                    },
                    "distance": {
                        "squared": distance.as_ref().map(|root| rational(root.squared())),
                        "decimal": distance.as_ref().map(root),
                    },
                    "by_output": split.by_output.iter().map(|(index, part)| entry("index", json!(index), inner(part))).collect::<Vec<_>>(),
                    "by_degree": split.by_degree.as_ref().map(|parts| {
                        parts.iter().map(|(degree, part)| entry("degree", json!(degree), inner(part))).collect::<Vec<_>>()
                    }),
                    "seconds": seconds,
                })
            }
        }
    }
}

/// An object with one more field.
pub fn entry(name: &str, value: Value, mut object: Value) -> Value {
    if let Value::Object(fields) = &mut object {
        fields.insert(name.to_string(), value);
    }
    object
}

/// The decimal, and the exact number where that is short: `0.4714045207910317 = sqrt(2/9)`.
fn closed(root: &Root, digits: usize) -> String {
    const SHORT: usize = 24;
    let decimal = root.decimal(digits);
    let exact = match root.rational() {
        Some(value) => value.to_string(),
        None => {
            let sign = if root.sign() < 0 { "-" } else { "" };
            format!("{sign}sqrt({})", root.squared())
        }
    };
    if exact == decimal || exact.len() > SHORT { decimal } else { format!("{decimal} = {exact}") }
}

/// A rational, in full if it is short.
fn short(value: &BigRational) -> String {
    const SHORT: usize = 24;
    let text = number::rational(value, Space::Short);
    if text.len() > SHORT { format!("{}..", decimal(value, 12)) } else { text }
}

/// What is said of a part of an exact difference.
fn exact_line(total: &Inner) -> impl Fn(&Inner) -> String {
    let all = total.difference();
    move |part| {
        let similarity = part.similarity().map_or_else(|| "-".to_string(), |root| root.decimal(DIGITS));
        if all.is_zero() {
            return similarity;
        }
        let percent = part.difference() / &all * BigRational::from_integer(100.into());
        format!("{similarity}, {}% of |a - b|^2", decimal(&percent, 3))
    }
}

/// What is said of a part of a difference in f64. Shares of a difference that is all rounding say nothing.
fn float_line(total: &Inner<f64>) -> impl Fn(&Inner<f64>) -> String {
    const ROUNDING: f64 = 1e-12;
    let (all, size) = (total.difference(), total.aa.max(total.bb));
    move |part| {
        let similarity = part.similarity().map_or_else(|| "-".to_string(), |number| format!("{number:.6}"));
        if all < ROUNDING * size {
            return similarity;
        }
        format!("{similarity}, {:.3}% of |a - b|^2", 100.0 * part.difference() / all)
    }
}

/// Where the difference sits: by degree, and by output.
fn lines<T: Clone, D: PartialOrd>(
    text: &mut String,
    split: &Split<T>,
    line: &dyn Fn(&Inner<T>) -> String,
    difference: &dyn Fn(&Inner<T>) -> D,
) {
    if let Some(parts) = split.by_degree.as_ref().filter(|parts| parts.len() > 1) {
        for (degree, part) in parts.iter().take(LINES) {
            text.push_str(&format!("\n  degree {degree}: similarity {}", line(part)));
        }
    }
    if split.by_output.len() > 1 {
        let mut outputs: Vec<&(Vec<usize>, Inner<T>)> = split.by_output.iter().collect();
        // Those that carry most of the difference first.
        outputs.sort_by(|(_, x), (_, y)| {
            difference(y).partial_cmp(&difference(x)).unwrap_or(std::cmp::Ordering::Equal)
        });
        for (index, part) in outputs.iter().take(LINES) {
            text.push_str(&format!("\n  output {}: similarity {}", number::index(index), line(part)));
        }
        if outputs.len() > LINES {
            text.push_str(&format!("\n  ... and {} more outputs", outputs.len() - LINES));
        }
    }
}
