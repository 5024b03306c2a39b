//! Similarity and distance as text and as JSON, and which degrees and outputs carry the difference.

use crate::claim::words::number::{self, closed, short};
use crate::domain::Metric;
use crate::similarity::{Inner, InnerProducts, Root, Split, decimal};
use num_rational::BigRational;
use num_traits::{ToPrimitive, Zero};
use serde_json::{Value, json};

use super::json::{self as to_json, entry};

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
        match numbers {
            InnerProducts::Floats(split) => {
                let total = split.total();
                let shown = |number: Option<f64>| number.unwrap_or(f64::NAN).to_string();
                let products = [total.aa, total.ab, total.bb].map(|product| product.to_string());
                let head = self.head("f64", &shown(total.similarity()), &shown(total.distance()), products);
                head + &parts(split, &float_line(&total), &Inner::<f64>::difference)
            }
            InnerProducts::Exact(split) => {
                let total = split.total();
                let shown =
                    |root: Option<Root>| root.map_or(String::new(), |root| closed(&root, self.digits));
                let products = [&total.aa, &total.ab, &total.bb].map(short);
                let head = self.head("exact", &shown(total.similarity()), &shown(total.distance()), products);
                head + &parts(split, &exact_line(&total), &Inner::<BigRational>::difference)
            }
        }
    }

    fn head(&self, how: &str, similarity: &str, distance: &str, [aa, ab, bb]: [String; 3]) -> String {
        let over = self.on.map_or_else(|| self.metric.to_string(), |on| format!("on {on}"));
        format!(
            "similarity {similarity} ({over}, {how})  [{:.3} s]\n  distance {distance}\n  \
             <a, a> = {aa}, <a, b> = {ab}, <b, b> = {bb}",
            self.seconds
        )
    }

    /// The numbers for programs, in the schema of `grammar/json.md`.
    pub fn json(&self, numbers: &InnerProducts) -> Value {
        match numbers {
            InnerProducts::Floats(split) => {
                let total = split.total();
                let inner = |i: &Inner<f64>| json!({ "aa": i.aa, "ab": i.ab, "bb": i.bb });
                let (number, distance) = (total.similarity(), total.distance());
                let square = |number: Option<f64>| number.map(|number| number * number);
                let sign = number.map(f64::signum);
                let similarity = json!({ "sign": sign, "squared": square(number), "decimal": number });
                let distance = json!({ "squared": square(distance), "decimal": distance });
                self.object((split, &total), false, &inner, similarity, distance)
            }
            InnerProducts::Exact(split) => {
                let total = split.total();
                let rational = |value: &BigRational| match self.float {
                    true => json!(value.to_f64()),
                    false => to_json::rational(value),
                };
                let inner = |i: &Inner| {
                    let [aa, ab, bb] = [&i.aa, &i.ab, &i.bb].map(rational);
                    json!({ "aa": aa, "ab": ab, "bb": bb })
                };
                let decimal = |root: &Root| match self.float {
                    true => json!(root.to_f64()),
                    false => json!(root.decimal(self.digits)),
                };
                let number = |root: &Option<Root>| {
                    let squared = root.as_ref().map(|root| rational(root.squared()));
                    (squared, root.as_ref().map(decimal))
                };
                let (similarity, distance) = (total.similarity(), total.distance());
                let sign = similarity.as_ref().map(Root::sign);
                let (squared, decimal) = number(&similarity);
                let similarity = json!({ "sign": sign, "squared": squared, "decimal": decimal });
                let (squared, decimal) = number(&distance);
                let distance = json!({ "squared": squared, "decimal": decimal });
                self.object((split, &total), !self.float, &inner, similarity, distance)
            }
        }
    }

    fn object<T>(
        &self,
        (split, total): (&Split<T>, &Inner<T>),
        exact: bool,
        inner: &dyn Fn(&Inner<T>) -> Value,
        similarity: Value,
        distance: Value,
    ) -> Value {
        let outputs = split.by_output.iter();
        let by_output: Vec<Value> =
            outputs.map(|(index, part)| entry("index", json!(index), inner(part))).collect();
        let by_degree: Option<Vec<Value>> = split.by_degree.as_ref().map(|parts| {
            parts.iter().map(|(degree, part)| entry("degree", json!(degree), inner(part))).collect()
        });
        json!({
            "schema": 1,
            "metric": if self.on.is_some() { "domain" } else { self.metric.name() },
            "on": self.on, "exact": exact,
            "inner": inner(total), "similarity": similarity, "distance": distance,
            "by_output": by_output, "by_degree": by_degree,
            "seconds": self.seconds,
        })
    }
}

/// The words for a part of an exact difference.
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

/// The words for a part of a difference in f64. Shares of a difference that is all rounding are left out.
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

/// Where the difference sits, in lines: by degree, and by output.
fn parts<T, D: PartialOrd>(
    split: &Split<T>,
    line: &dyn Fn(&Inner<T>) -> String,
    difference: &dyn Fn(&Inner<T>) -> D,
) -> String {
    let mut text = String::new();
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
    text
}
