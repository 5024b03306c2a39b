//! Estimates of similarity as text and as JSON.

use std::path::Path;

use serde_json::{Value, json};

use super::json::entry;
use crate::cli::measure::Numbers;
use crate::domain::Estimate;
use crate::plural::plural;
use crate::similarity::Inner;
use crate::similarity::estimates::{Alignment, Estimated, Parameters};

/// Significant digits in the text: these numbers are sums in no particular order.
const DIGITS: usize = 6;
/// Smaller standard errors are rounding errors.
const NOTHING: f64 = 1e-12;

/// How an estimate was obtained.
#[derive(Clone, Copy, Debug)]
pub struct View<'a> {
    pub estimate: Estimate,
    /// The domain that samples are drawn from, as it was given.
    pub on: Option<&'a str>,
    /// The file that samples are read from.
    pub rows: Option<&'a Path>,
    pub seed: u64,
    pub seconds: f64,
}

impl View<'_> {
    /// The numbers for people.
    pub fn text(&self, numbers: &Numbers) -> String {
        let seconds = self.seconds;
        match numbers {
            Numbers::Parameters(Parameters { inner, similarity, distance, tensors, entries }) => format!(
                "similarity {} (parameters, f64)  [{seconds:.3} s]\n  distance {}\n  {}\n  of {} in {}; \
                 not a property of the functions: models with other weights can be the same function",
                significant(*similarity),
                significant(*distance),
                products(inner),
                plural(*entries, "number", "numbers"),
                plural(*tensors, "tensor", "tensors"),
            ),
            Numbers::Sampled(numbers) => format!(
                "similarity {} (sampled, an estimate)  [{seconds:.3} s]\n  distance {}\n  {}\n  {}{}",
                with_error(numbers.similarity),
                with_error(numbers.distance),
                products(&numbers.split.total()),
                self.source(numbers.samples),
                if numbers.samples > 1 { "; +- is one standard error" } else { "" },
            ),
            Numbers::Alignment(Alignment { samples, value }) => format!(
                "similarity {} (cka, an estimate)  [{seconds:.3} s]\n  {}",
                significant(*value),
                self.source(*samples),
            ),
        }
    }

    /// The numbers for programs, in the schema of `grammar/json.md`.
    pub fn json(&self, numbers: &Numbers) -> Value {
        let inner = |inner: &Inner<f64>| json!({ "aa": inner.aa, "ab": inner.ab, "bb": inner.bb });
        let similarity = |value: f64, error: Option<f64>| {
            let sign = if value == 0.0 { 0.0 } else { value.signum() };
            json!({ "sign": sign as i8, "squared": value * value, "decimal": value, "standard_error": error })
        };
        let distance = |value: f64, error: Option<f64>| {
            let squared = value * value;
            json!({ "squared": squared, "decimal": value, "standard_error": error })
        };
        let samples = |count: usize| {
            let seed = self.rows.is_none().then_some(self.seed);
            json!({
                "from": "samples", "samples": count, "seed": seed,
                "rows": self.rows.map(|path| path.display().to_string()),
            })
        };
        let (how, inner, similarity, distance, by_output) = match numbers {
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
            "schema": 1, "metric": self.estimate.name(), "on": self.on, "exact": false, "estimate": how,
            "inner": inner, "similarity": similarity, "distance": distance,
            "by_output": by_output, "by_degree": Value::Null,
            "seconds": self.seconds,
        })
    }

    /// The samples that the mean is over.
    fn source(&self, samples: usize) -> String {
        match (self.rows, self.on) {
            (Some(path), _) => {
                format!("over {} of {}, in f64", plural(samples, "row", "rows"), path.display())
            }
            (None, on) => {
                let what = match on {
                    Some(on) => format!("inputs drawn from {on}"),
                    None => "standard normal inputs".to_string(),
                };
                format!("over {samples} {what} (seed {}), in f64", self.seed)
            }
        }
    }
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

/// A number with its standard error, which is given to two digits.
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
