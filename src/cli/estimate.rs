//! `samenet similarity` with a metric to compare with: the cosine of parameters, of outputs at samples, and CKA.
//!
//! Whatever is printed here says that it is an estimate, and how it was obtained.

use std::sync::Arc;

use samenet::domain::{Domain, Estimate};
use samenet::model::{Model, rows};
use samenet::similarity::estimates::{
    Alignment, Estimated, Parameters, Sampled, Samples, alignment, parameters, sampled,
};
use samenet::similarity::{Failure as NoNumber, Inner};
use serde_json::{Value, json};

use super::arguments::Similarity;
use super::clock::Deadline;
use super::equal::domain;
use super::failure::Failure;
use super::load;
use super::signature::Signature;
use super::similarity::{Refused, entry, refusal};

/// Samples that are drawn unless `--samples` says otherwise.
const SAMPLES: u64 = 10_000;
/// Significant digits of numbers in the text that are sums in no particular order.
const DIGITS: usize = 6;
/// Standard errors below this are rounding.
const NOTHING: f64 = 1e-12;

/// Reads the models and compares them.
pub fn compare(
    arguments: &Similarity,
    estimate: Estimate,
    clock: &Arc<Deadline>,
) -> Result<Result<String, Refused>, Failure> {
    let a = load::model(&arguments.a, &arguments.bindings.with(&arguments.set_a)?, clock)?;
    let b = load::model(&arguments.b, &arguments.bindings.with(&arguments.set_b)?, clock)?;
    let signatures = (Signature::of(&arguments.a, &a.network), Signature::of(&arguments.b, &b.network));
    match estimate {
        Estimate::Cka => signatures.0.takes_the_same(&signatures.1)?,
        Estimate::Parameters | Estimate::Sampled => signatures.0.fits(&signatures.1)?,
    }
    let on = match &arguments.on {
        Some(text) => Some(domain(Some(text), &a, &b)?),
        None => None,
    };
    let began = clock.seconds();
    let result = match estimate {
        Estimate::Parameters => {
            clock.begin("comparing parameters");
            parameters(&a.network, &b.network, &clock.budget()).map(Numbers::Parameters)
        }
        Estimate::Sampled => {
            let samples = samples(arguments, &a, on.as_ref(), clock)?;
            sampled(&a.network, &b.network, &samples, &clock.budget()).map(Numbers::Sampled)
        }
        Estimate::Cka => {
            let samples = samples(arguments, &a, on.as_ref(), clock)?;
            alignment(&a.network, &b.network, &samples, &clock.budget()).map(Numbers::Alignment)
        }
    };
    let numbers = match result {
        Ok(numbers) => numbers,
        Err(failure @ NoNumber::Evaluate(_)) if !clock.expired() => {
            return Err(Failure::message(failure.to_string()));
        }
        Err(failure) => match refusal(&failure, clock) {
            Ok((reason, needed)) => return Ok(Err(Refused { reason, needed, instead: Vec::new() })),
            Err(message) => return Err(Failure::message(message)),
        },
    };
    let seconds = clock.seconds() - began;
    Ok(Ok(match arguments.json {
        true => format!("{:#}", numbers.json(arguments, estimate, seconds)),
        false => numbers.text(arguments, seconds),
    }))
}

/// The samples that the options ask for.
fn samples<'a>(
    arguments: &Similarity,
    a: &Model,
    domain: Option<&'a Domain>,
    clock: &Deadline,
) -> Result<Samples<'a>, Failure> {
    if let Some(path) = &arguments.rows {
        clock.begin(&format!("reading {}", path.display()));
        let rows = rows::open(path, a.network.inputs())
            .map_err(|error| Failure::message(error.to_string()).help_if_any(error.help()))?;
        clock.begin("evaluating at the rows");
        return Ok(Samples::Rows(rows));
    }
    clock.begin("evaluating at samples");
    let count = usize::try_from(arguments.samples.unwrap_or(SAMPLES)).unwrap_or(usize::MAX);
    Ok(Samples::Drawn { domain, seed: arguments.seed.unwrap_or(0), count })
}

/// What was computed.
enum Numbers {
    Parameters(Parameters),
    Sampled(Sampled),
    Alignment(Alignment),
}

impl Numbers {
    fn text(&self, arguments: &Similarity, seconds: f64) -> String {
        match self {
            Numbers::Parameters(Parameters { inner, similarity, distance, tensors, entries }) => format!(
                "similarity {} (parameters, f64)  [{seconds:.3} s]\n  distance {}\n  {}\n  \
                 of {} in {}; no property of the functions: models with other weights can be the same function",
                readable(*similarity),
                readable(*distance),
                products(inner),
                counted(*entries, "number"),
                counted(*tensors, "tensor"),
            ),
            Numbers::Sampled(numbers) => format!(
                "similarity {} (sampled, an estimate)  [{seconds:.3} s]\n  distance {}\n  {}\n  {}{}",
                with_error(numbers.similarity),
                with_error(numbers.distance),
                products(&numbers.split.total()),
                source(arguments, numbers.samples),
                if numbers.samples > 1 { "; +- is one standard error" } else { "" },
            ),
            Numbers::Alignment(Alignment { samples, value }) => format!(
                "similarity {} (cka, an estimate)  [{seconds:.3} s]\n  {}",
                significant(*value),
                source(arguments, *samples),
            ),
        }
    }

    fn json(&self, arguments: &Similarity, estimate: Estimate, seconds: f64) -> Value {
        let inner = |inner: &Inner<f64>| json!({ "aa": inner.aa, "ab": inner.ab, "bb": inner.bb });
        let similarity = |value: f64, error: Option<f64>| {
            let sign = if value == 0.0 { 0.0 } else { value.signum() };
            json!({ "sign": sign as i8, "squared": value * value, "decimal": value, "standard_error": error })
        };
        let distance = |value: f64, error: Option<f64>| json!({ "squared": value * value, "decimal": value, "standard_error": error });
        let samples = |count: usize| {
            let seed = arguments.rows.is_none().then(|| arguments.seed.unwrap_or(0));
            json!({
                "from": "samples", "samples": count, "seed": seed,
                "rows": arguments.rows.as_ref().map(|path| path.display().to_string()),
            })
        };
        let (how, inner, similarity, distance, by_output) = match self {
            Numbers::Parameters(numbers) => (
                json!({ "from": "parameters", "tensors": numbers.tensors, "entries": numbers.entries }),
                inner(&numbers.inner),
                similarity(numbers.similarity, None),
                distance(numbers.distance, None),
                Value::Null,
            ),
            Numbers::Sampled(numbers) => {
                let outputs = numbers.split.by_output.iter();
                let outputs = outputs.map(|(index, part)| entry("index", json!(index), inner(part)));
                (
                    samples(numbers.samples),
                    inner(&numbers.split.total()),
                    similarity(numbers.similarity.value, numbers.similarity.error),
                    distance(numbers.distance.value, numbers.distance.error),
                    outputs.collect(),
                )
            }
            Numbers::Alignment(numbers) => (
                samples(numbers.samples),
                Value::Null,
                similarity(numbers.value, None),
                Value::Null,
                Value::Null,
            ),
        };
        json!({
            "schema": 1, "metric": estimate.name(), "on": arguments.on, "exact": false, "estimate": how,
            "inner": inner, "similarity": similarity, "distance": distance,
            "by_output": by_output, "by_degree": Value::Null,
            "seconds": seconds,
        })
    }
}

/// What the mean is over.
fn source(arguments: &Similarity, samples: usize) -> String {
    match (&arguments.rows, &arguments.on) {
        (Some(path), _) => format!("over {} of {}, in f64", counted(samples, "row"), path.display()),
        (None, on) => {
            let what = match on {
                Some(on) => format!("inputs drawn from {on}"),
                None => "standard normal inputs".to_string(),
            };
            format!("over {samples} {what} (seed {}), in f64", arguments.seed.unwrap_or(0))
        }
    }
}

fn counted(number: usize, noun: &str) -> String {
    if number == 1 { format!("1 {noun}") } else { format!("{number} {noun}s") }
}

fn products(inner: &Inner<f64>) -> String {
    let [aa, ab, bb] = [inner.aa, inner.ab, inner.bb].map(significant);
    format!("<a, a> = {aa}, <a, b> = {ab}, <b, b> = {bb}")
}

/// A number to [`DIGITS`] significant digits.
fn significant(number: f64) -> String {
    readable(format!("{number:.*e}", DIGITS - 1).parse().unwrap_or(number))
}

/// All digits of a number, with an exponent where it would be long.
fn readable(number: f64) -> String {
    let size = number.abs();
    if size == 0.0 || (1e-6..1e15).contains(&size) { number.to_string() } else { format!("{number:e}") }
}

/// A number to as many digits as its standard error leaves, of which that gets two.
fn with_error(number: Estimated) -> String {
    let Some(error) = number.error else { return significant(number.value) };
    if error < NOTHING {
        return format!("{} +- 0", significant(number.value));
    }
    let places = (1.0 - error.log10().floor()).clamp(0.0, 14.0) as usize;
    format!("{:.places$} +- {error:.places$}", number.value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_say_how_many_digits_there_are() {
        let text = |value, error| with_error(Estimated { value, error });
        assert_eq!(text(0.471_404_5, Some(0.005_12)), "0.4714 +- 0.0051");
        assert_eq!(text(1234.56, Some(78.9)), "1235 +- 79");
        assert_eq!(text(1.0, Some(0.0)), "1 +- 0");
        assert_eq!(text(-0.25, None), "-0.25");
    }

    #[test]
    fn six_significant_digits() {
        assert_eq!(significant(0.123_456_789), "0.123457");
        assert_eq!(significant(0.0), "0");
        assert_eq!(significant(1e-200), "1e-200");
        assert_eq!(significant(-12.0), "-12");
        assert_eq!(readable(8.705_815_593_483_7e-8), "8.7058155934837e-8");
    }
}
