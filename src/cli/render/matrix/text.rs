//! A matrix for people.

use std::path::Path;

use super::tables::bounds;
use super::{View, decimal};
use crate::cli::matrix::pairs::Shard;
use crate::plural::plural;

/// Larger matrices are summed up.
const MOST: usize = 10;
/// Lines of a curve.
const LINES: usize = 40;
/// Significant digits in the table.
const DIGITS: usize = 6;

/// The matrix, or what is most important of it; and the curve.
pub fn of(view: &View<'_>, whole: bool) -> String {
    let table = view.table;
    let count = table.count();
    let (metric, precision) = (view.metric(), view.precision());
    let mut text = format!("{}, {metric}, {precision}", plural(count, "model", "models"));
    if whole {
        match count <= MOST {
            true => text.push_str(&square(view)),
            false => text.push_str(&summary(view)),
        }
    }
    if let Some(against) = view.against {
        text.push_str(&format!("\n  similarity to {}", view.titled(against)));
        for model in (0..count).take(LINES) {
            text.push_str(&format!(
                "\n    {}: {}",
                view.titled(model),
                entry(view, against, model, view.digits)
            ));
        }
        if count > LINES {
            text.push_str(&format!("\n    ... and {} more", count - LINES));
        }
    }
    for model in 0..count {
        if let Some(why) = table.left_out(model) {
            text.push_str(&format!("\n  {} is left out: {why}", view.titled(model)));
        }
    }
    text + &unfinished(view)
}

/// What is said of a part.
pub fn of_shard(view: &View<'_>, shard: Shard, record: Option<&Path>) -> String {
    let record = record.map_or(String::new(), |path| path.display().to_string());
    let done = if view.unfinished.is_none() { "is" } else { "is not all" };
    format!("part {shard} of the pairs {done} in {record}{}", unfinished(view))
}

fn unfinished(view: &View<'_>) -> String {
    match view.unfinished {
        Some((reason, needed)) => format!("\n  not all pairs are computed: {reason}; needs {needed}"),
        None => String::new(),
    }
}

fn entry(view: &View<'_>, a: usize, b: usize, digits: usize) -> String {
    view.table.similarity(a, b).map_or("-".to_string(), |similarity| decimal(&similarity, digits))
}

fn square(view: &View<'_>) -> String {
    let count = view.table.count();
    let mut rows = vec![vec![view.labels.title.clone()]];
    rows[0].extend(view.short());
    for (row, label) in view.short().into_iter().enumerate() {
        let mut line = vec![label];
        line.extend((0..count).map(|column| entry(view, row, column, view.digits.min(DIGITS))));
        rows.push(line);
    }
    let width = |column: usize| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or(0);
    let widths: Vec<usize> = (0..=count).map(width).collect();
    let line = |row: &Vec<String>| {
        let cells = row.iter().zip(&widths).map(|(cell, &width)| format!("{cell:>width$}"));
        format!("\n  {}", cells.collect::<Vec<_>>().join("  "))
    };
    rows.iter().map(line).collect()
}

/// The smallest and the largest number, and where they are.
fn summary(view: &View<'_>) -> String {
    let count = view.table.count();
    let mut known: Vec<(f64, f64, (usize, usize))> = Vec::new();
    for b in 0..count {
        for a in 0..b {
            if let Some(similarity) = view.table.similarity(a, b) {
                let (low, high) = bounds(&similarity);
                known.push((low, high, (a, b)));
            }
        }
    }
    let mut text = format!(", {}", plural(known.len(), "pair", "pairs"));
    let mut say = |name: &str, found: Option<&(f64, f64, (usize, usize))>, sure: bool| {
        if let Some(&(_, _, (a, b))) = found {
            let number = entry(view, a, b, view.digits);
            let (a, b) = (view.titled(a), view.titled(b));
            let name = if sure { name.to_string() } else { format!("{name} but for rounding") };
            text.push_str(&format!("\n  {name}: {number} ({a}, {b})"));
        }
    };
    // Another number may be smaller if its bounds reach below those of the one with the least upper bound.
    let least = known.iter().min_by(|x, y| x.1.total_cmp(&y.1));
    let below = known.iter().filter(|one| least.is_some_and(|least| one.0 <= least.1)).count();
    say("smallest", least, below <= 1);
    let most = known.iter().rev().max_by(|x, y| x.0.total_cmp(&y.0));
    let above = known.iter().filter(|one| most.is_some_and(|most| one.1 >= most.0)).count();
    say("largest", most, above <= 1);
    text
}
