//! Similarity and distance as text and as JSON, and which degrees and outputs carry the difference.

use std::cmp::Ordering;

use num_rational::BigRational;
use num_traits::Zero;
use serde_json::{Value, json};

use super::json::{self as to_json, entry};
use crate::claim::words::decimal::{self, certain, measured};
use crate::claim::words::number::{self, DECIMALS};
use crate::domain::Metric;
use crate::similarity::{Bounds, Inner, InnerProducts, Root, Rounded, RoundedInner, Split};

/// Outputs and degrees that are listed in the text.
const LINES: usize = 12;
/// Significant digits of numbers that are listed.
const DIGITS: usize = 6;
/// Of shares.
const SHARE: usize = 3;

/// Characters of an inner product.
const LONGEST: usize = 60;
/// The inner products.
const NAMES: [&str; 3] = ["<a, a>", "<a, b>", "<b, b>"];

/// How inner products, of which this is the position, become JSON.
type Part<'a, T> = &'a dyn Fn(usize, &Inner<T>) -> Value;

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
            InnerProducts::Floats(rounded) => self.text_of_floats(rounded),
            InnerProducts::Exact(split) => {
                let total = split.total();
                // Without an upper bound, digits may be many.
                let digits = if self.float { self.digits.min(DECIMALS) } else { self.digits };
                let how = if self.float { "rounded from exact numbers" } else { "exact" };
                let shown =
                    |root: Option<Root>| root.map_or(String::new(), |root| measured(&root, digits, None));
                let products = [&total.aa, &total.ab, &total.bb].map(std::slice::from_ref);
                let mut texts = number::distinct(&products);
                // The distance says what is too little to be seen here.
                if texts.iter().any(|text| text.len() > LONGEST) {
                    texts = products.iter().flat_map(|value| value.iter().map(number::readable)).collect();
                }
                let head = self.head(how, &shown(total.similarity()), &shown(total.distance()), &texts);
                let all = total.difference();
                let line = |part: &Inner| exact_line(part, &all);
                let order = |one: &Inner, other: &Inner| other.difference().cmp(&one.difference());
                head + &self.parts(split, &|_, part| line(part), &|_, part| line(part), &order)
            }
        }
    }

    fn text_of_floats(&self, rounded: &Rounded) -> String {
        let (values, errors) = (rounded.values.total(), &rounded.total);
        let total = RoundedInner { values: &values, errors };
        let digits = self.digits;
        let known = |text: Result<String, String>| text.unwrap_or_else(|bound| bound);
        let similarity = total.similarity().map(|bounds| decimal::similarity(&bounds, digits));
        let distance = total.distance().map(|bounds| certain(&bounds, digits));
        let distance = distance.map_or(String::new(), |found| match found {
            Ok(text) => text,
            Err(bound) => {
                format!("{bound}, which f64 does not resolve here; without --float it is exact")
            }
        });
        let products = [total.aa(), total.ab(), total.bb()].map(|bounds| known(certain(&bounds, digits)));
        let head = self.head("f64", &similarity.map_or(String::new(), known), &distance, &products);
        let all = total.difference();
        let line = |values: &Inner<f64>, errors: Option<&Inner<f64>>| match errors {
            Some(errors) => float_line(&RoundedInner { values, errors }, all),
            None => String::new(),
        };
        let of_outputs = &rounded.errors.by_output;
        let of_degrees = rounded.errors.by_degree.as_deref().unwrap_or_default();
        let order = |one: &Inner<f64>, other: &Inner<f64>| {
            let size = |inner: &Inner<f64>| inner.aa - 2.0 * inner.ab + inner.bb;
            size(other).total_cmp(&size(one))
        };
        head + &self.parts(
            &rounded.values,
            &|at, part| line(part, of_degrees.get(at).map(|(_, errors)| errors)),
            &|at, part| line(part, of_outputs.get(at).map(|(_, errors)| errors)),
            &order,
        )
    }

    fn head(&self, how: &str, similarity: &str, distance: &str, products: &[String]) -> String {
        let over = self.on.map_or_else(|| self.metric.to_string(), |on| format!("on {on}"));
        format!(
            "similarity {similarity} ({over}, {how})  [{:.3} s]\n  distance {distance}\n  {}",
            self.seconds,
            NAMES
                .iter()
                .zip(products)
                .map(|(name, x)| format!("{name} = {x}"))
                .collect::<Vec<_>>()
                .join(", ")
        )
    }

    /// The numbers for programs, in the schema of `grammar/json.md`.
    pub fn json(&self, numbers: &InnerProducts) -> Value {
        match numbers {
            InnerProducts::Floats(rounded) => self.json_of_floats(rounded),
            InnerProducts::Exact(split) => {
                let total = split.total();
                let rational = |value: &BigRational| match self.float {
                    true => to_json::nearest(value),
                    false => to_json::rational(value),
                };
                let inner = |_: usize, i: &Inner| {
                    let [aa, ab, bb] = [&i.aa, &i.ab, &i.bb].map(rational);
                    let mut object = json!({ "aa": aa, "ab": ab, "bb": bb });
                    if !self.float {
                        for (name, value) in [("aa_float", &i.aa), ("ab_float", &i.ab), ("bb_float", &i.bb)] {
                            object[name] = to_json::nearest(value);
                        }
                    }
                    object
                };
                let number = |root: Option<Root>, signed: bool| {
                    let root = root.as_ref();
                    let mut object = json!({});
                    if signed {
                        object["sign"] = json!(root.map(Root::sign));
                    }
                    object["squared"] = json!(root.map(|root| rational(root.squared())));
                    object["decimal"] = json!(root.map(|root| match self.float {
                        true => json!(root.to_f64()),
                        false => json!(root.decimal(self.digits)),
                    }));
                    object["near"] = json!(root.and_then(|root| decimal::near_one(root, self.digits)));
                    if let Some((low, high)) = root.filter(|_| self.float).and_then(neighbours) {
                        object["at_least"] = json!(low);
                        object["at_most"] = json!(high);
                    }
                    if !self.float {
                        object["squared_float"] = json!(root.map(|root| to_json::nearest(root.squared())));
                        object["float"] = json!(root.map(Root::to_f64));
                    }
                    object
                };
                let numbers = [number(total.similarity(), true), number(total.distance(), false)];
                self.object((split, inner(0, &total)), !self.float, (&inner, &inner), numbers)
            }
        }
    }

    fn json_of_floats(&self, rounded: &Rounded) -> Value {
        let (values, errors) = (rounded.values.total(), &rounded.total);
        let total = RoundedInner { values: &values, errors };
        let products = |values: &Inner<f64>, errors: &Inner<f64>| {
            let part = RoundedInner { values, errors };
            let [aa, ab, bb] = [part.aa(), part.ab(), part.bb()].map(|bounds| decimal::digits(&bounds));
            let errors = json!({ "aa": aa.1, "ab": ab.1, "bb": bb.1 });
            json!({ "aa": aa.0, "ab": ab.0, "bb": bb.0, "errors": errors })
        };
        let none = Inner::default();
        let of_output = |at: usize, values: &Inner<f64>| {
            products(values, rounded.errors.by_output.get(at).map_or(&none, |(_, errors)| errors))
        };
        let of_degree = |at: usize, values: &Inner<f64>| {
            let errors = rounded.errors.by_degree.as_ref().and_then(|parts| parts.get(at));
            products(values, errors.map_or(&none, |(_, errors)| errors))
        };
        let number = |bounds: Option<Bounds>, signed: bool| {
            let square = bounds.and_then(|bounds| {
                let Bounds { low, high } = bounds;
                let squares = [low * low, high * high];
                let least =
                    if low <= 0.0 && high >= 0.0 { 0.0 } else { squares[0].min(squares[1]).next_down() };
                let most = squares[0].max(squares[1]);
                decimal::digits(&Bounds { low: least, high: if most == 0.0 { 0.0 } else { most.next_up() } })
                    .0
            });
            let mut object = json!({});
            if signed {
                object["sign"] = json!(bounds.and_then(sign));
            }
            object["squared"] = json!(square);
            object["decimal"] = json!(bounds.and_then(|bounds| decimal::digits(&bounds).0));
            object["at_least"] = json!(bounds.map(|bounds| bounds.low));
            object["at_most"] = json!(bounds.map(|bounds| bounds.high));
            if signed {
                let near = bounds.and_then(|bounds| decimal::similarity(&bounds, self.digits).ok());
                object["near"] = json!(near.filter(|text| text.contains(' ')));
            }
            object
        };
        let numbers = [number(total.similarity(), true), number(total.distance(), false)];
        let inner = products(&values, errors);
        self.object((&rounded.values, inner), false, (&of_output, &of_degree), numbers)
    }

    fn object<T>(
        &self,
        (split, inner): (&Split<T>, Value),
        exact: bool,
        (of_output, of_degree): (Part<'_, T>, Part<'_, T>),
        [similarity, distance]: [Value; 2],
    ) -> Value {
        let outputs = split.by_output.iter().enumerate();
        let by_output: Vec<Value> =
            outputs.map(|(at, (index, part))| entry("index", json!(index), of_output(at, part))).collect();
        let by_degree: Option<Vec<Value>> = split.by_degree.as_ref().map(|parts| {
            let parts = parts.iter().enumerate();
            parts.map(|(at, (degree, part))| entry("degree", json!(degree), of_degree(at, part))).collect()
        });
        json!({
            "schema": 1,
            "metric": if self.on.is_some() { "domain" } else { self.metric.name() },
            "on": self.on, "exact": exact,
            "inner": inner, "similarity": similarity, "distance": distance,
            "by_output": by_output, "by_degree": by_degree,
            "seconds": self.seconds,
        })
    }

    /// Where the difference sits, in lines: by degree, and by output, those that carry most of it first.
    fn parts<T>(
        &self,
        split: &Split<T>,
        of_degree: &dyn Fn(usize, &Inner<T>) -> String,
        of_output: &dyn Fn(usize, &Inner<T>) -> String,
        order: &dyn Fn(&Inner<T>, &Inner<T>) -> Ordering,
    ) -> String {
        let mut text = String::new();
        if let Some(parts) = split.by_degree.as_ref().filter(|parts| parts.len() > 1) {
            for (at, (degree, part)) in parts.iter().enumerate().take(LINES) {
                text.push_str(&format!("\n  degree {degree}: similarity {}", of_degree(at, part)));
            }
        }
        let outputs = &split.by_output;
        if outputs.len() > 1 {
            let mut positions: Vec<usize> = (0..outputs.len()).collect();
            positions.sort_by(|&i, &j| order(&outputs[i].1, &outputs[j].1));
            for &at in positions.iter().take(LINES) {
                let (index, part) = &outputs[at];
                let (name, line) = (number::index(index), of_output(at, part));
                text.push_str(&format!("\n  output {name}: similarity {line}"));
            }
            if outputs.len() > LINES {
                text.push_str(&format!("\n  ... and {} more outputs", outputs.len() - LINES));
            }
        }
        text
    }
}

/// The words for a part of an exact difference.
fn exact_line(part: &Inner, all: &BigRational) -> String {
    let similarity = part.similarity().map_or_else(
        || "-".to_string(),
        |root| decimal::near_one(&root, DIGITS).unwrap_or_else(|| root.decimal(DIGITS)),
    );
    if all.is_zero() {
        return similarity;
    }
    let percent = part.difference() / all * BigRational::from_integer(100.into());
    format!("{similarity}, {}% of |a - b|^2", crate::similarity::decimal(&percent, SHARE))
}

/// The words for a part of a difference in f64. Shares of which no digit is certain are left out.
fn float_line(part: &RoundedInner<'_>, all: Bounds) -> String {
    let similarity = part.similarity().map_or_else(
        || "-".to_string(),
        |bounds| decimal::similarity(&bounds, DIGITS).unwrap_or_else(|bound| bound),
    );
    let Bounds { low, high } = part.difference();
    let percent = Bounds { low: (100.0 * low).next_down(), high: (100.0 * high).next_up() };
    let share = if all.low > 0.0 { certain(&percent.over(all), SHARE).ok() } else { None };
    match share {
        Some(share) => format!("{similarity}, {share}% of |a - b|^2"),
        None => similarity,
    }
}

/// The floats that an exact number is between, or the one that it is; `None` if it is too large.
fn neighbours(root: &Root) -> Option<(f64, f64)> {
    let nearest = root.to_f64();
    Some(match root.compare(&BigRational::from_float(nearest)?) {
        Ordering::Less => (nearest.next_down(), nearest),
        Ordering::Equal => (nearest, nearest),
        Ordering::Greater => (nearest, nearest.next_up()),
    })
}

/// -1, 0 or 1; `None` if it is not certain.
fn sign(bounds: Bounds) -> Option<i8> {
    match (bounds.low, bounds.high) {
        (low, _) if low > 0.0 => Some(1),
        (_, high) if high < 0.0 => Some(-1),
        (low, high) => (low == 0.0 && high == 0.0).then_some(0),
    }
}
