//! A matrix of similarities as text, CSV, NPY, JSON and SVG. The same numbers give the same bytes.

pub mod curve;
mod drawing;
pub mod heatmap;
pub mod json;
pub mod tables;
pub mod text;

use crate::claim::words::decimal::certain;
use crate::cli::matrix::table::{Similarity, Table};
use crate::cli::natural::{Labels, cut, labels};
use crate::similarity::Bounds;
use crate::similarity::matrix::Cosine;

/// Most decimals of a float.
const DECIMALS: usize = 15;

/// A matrix and how it is to be shown.
pub struct View<'a> {
    /// The numbers.
    pub table: &'a Table,
    /// Short names of the models.
    pub labels: Labels,
    /// The model that all are compared to.
    pub against: Option<usize>,
    /// Significant digits of decimals.
    pub digits: usize,
    /// Why numbers are missing, and what would be needed.
    pub unfinished: Option<&'a (String, String)>,
}

impl<'a> View<'a> {
    /// A view of a matrix.
    pub fn new(
        table: &'a Table,
        against: Option<usize>,
        digits: usize,
        unfinished: Option<&'a (String, String)>,
    ) -> View<'a> {
        let names: Vec<&str> = table.head.models.iter().map(|model| model.name.as_str()).collect();
        View { table, labels: labels(&names), against, digits, unfinished }
    }

    /// The label of a model.
    fn label(&self, model: usize) -> &str {
        self.labels.labels.get(model).map_or("", String::as_str)
    }

    /// The labels, where there is little room.
    fn short(&self) -> Vec<String> {
        self.labels.labels.iter().map(|label| cut(label)).collect()
    }

    /// What the label of a model stands for: `step 100`.
    fn titled(&self, model: usize) -> String {
        let label = cut(self.label(model));
        match self.labels.title.as_str() {
            "model" => label,
            title => format!("{title} {label}"),
        }
    }

    /// What the numbers are: `gaussian`, `on {0,1}`.
    fn metric(&self) -> String {
        let head = &self.table.head;
        head.on.as_ref().map_or_else(|| head.metric.clone(), |on| format!("on {on}"))
    }

    /// How exact they are.
    fn precision(&self) -> &'static str {
        match (self.table.head.float, self.table.head.way.as_str()) {
            (false, _) => "exact",
            (true, "exact, rounded") => "rounded from exact numbers",
            (true, _) => "f64",
        }
    }

    /// The similarities of all models to one, as floats.
    fn row(&self, of: usize) -> Vec<Option<f64>> {
        let float = |model| self.table.similarity(of, model).map(|similarity| similarity.float());
        (0..self.table.count()).map(float).collect()
    }
}

/// A similarity to so many significant digits, or fewer where no more are certain.
fn decimal(similarity: &Similarity, digits: usize) -> String {
    match similarity {
        Similarity::Same => "1".to_string(),
        Similarity::Other(Cosine::Exact(root)) => root.decimal(digits),
        Similarity::Other(Cosine::Rounded(bounds)) => {
            certain(bounds, digits).unwrap_or_else(|_| fixed(bounds))
        }
    }
}

/// As many decimals as all numbers within the bounds share when they are rounded; empty if there are none.
fn fixed(bounds: &Bounds) -> String {
    let text = |x: f64, decimals: usize| {
        let text = format!("{x:.decimals$}");
        // A zero has no sign.
        let zero = text.starts_with('-') && text.bytes().all(|byte| b"-0.".contains(&byte));
        if zero { text[1..].to_string() } else { text }
    };
    let shared = (0..=DECIMALS).rev().find(|&n| text(bounds.low, n) == text(bounds.high, n));
    shared.map_or(String::new(), |decimals| text(bounds.low, decimals))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimals_that_are_shared() {
        let fixed = |low, high| fixed(&Bounds { low, high });
        assert_eq!(fixed(-1e-9, 2e-9), "0.00000000");
        assert_eq!(fixed(-0.2, 0.3), "0");
        assert_eq!(fixed(-1.0, 1.0), "");
        assert_eq!(fixed(0.25, 0.25), "0.250000000000000");
    }
}
