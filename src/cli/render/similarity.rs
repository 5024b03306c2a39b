//! Similarity and distance as text and as JSON, and which degrees and outputs carry the difference.

use num_rational::BigRational;
use num_traits::{ToPrimitive, Zero};
use samenet::claim::words::metric::{closed, short};
use samenet::claim::words::number;
use samenet::domain::Metric;
use samenet::similarity::{Inner, InnerProducts, Root, Split, decimal};
use serde_json::{Value, json};

use super::json::{entry, number as json_number};

/// Outputs and degrees that are listed in the text.
const LINES: usize = 12;
/// Significant digits of numbers that are listed.
const DIGITS: usize = 6;

/// How numbers are to be shown.
#[derive(Clone, Copy, Debug)]
pub struct View<'a> {
    pub metric: Metric,
    /// The domain as it was given, which replaces the metric.
    pub on: Option<&'a str>,
    /// Significant digits of decimals.
    pub digits: usize,
    /// Whether exact numbers are rounded to f64.
    pub float: bool,
    pub seconds: f64,
}

impl View<'_> {
    /// The numbers for people.
    pub fn text(&self, numbers: &InnerProducts) -> String {
        let View { digits, seconds, .. } = *self;
        let over = match self.on {
            Some(on) => format!("on {on}"),
            None => self.metric.to_string(),
        };
        match numbers {
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

    /// The numbers for programs, in the schema of `grammar/json.md`.
    pub fn json(&self, numbers: &InnerProducts) -> Value {
        let View { on, digits, float: floats, seconds, .. } = *self;
        let metric = if on.is_some() { "domain" } else { self.metric.name() };
        match numbers {
            InnerProducts::Floats(split) => {
                let total = split.total();
                let inner = |i: &Inner<f64>| json!({ "aa": i.aa, "ab": i.ab, "bb": i.bb });
                let (similarity, distance) = (total.similarity(), total.distance());
                json!({
                    "schema": 1, "metric": metric, "on": on, "exact": false,
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
                let rational = |value: &BigRational| match floats {
                    true => json!(value.to_f64()),
                    false => json_number::rational(value),
                };
                let inner = |i: &Inner| json!({ "aa": rational(&i.aa), "ab": rational(&i.ab), "bb": rational(&i.bb) });
                let root = |root: &Root| match floats {
                    true => json!(root.to_f64()),
                    false => json!(root.decimal(digits)),
                };
                let (similarity, distance) = (total.similarity(), total.distance());
                json!({
                    "schema": 1, "metric": metric, "on": on, "exact": !floats,
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
