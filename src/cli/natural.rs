//! Names in the order in which people count, `step_9` before `step_10`, and what tells many names apart.

use std::cmp::Ordering;
use std::path::Path;

/// Longer labels are cut, where there is little room.
const LONGEST: usize = 24;

/// A run of digits, or of other characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Part<'a> {
    Number(&'a str),
    Text(&'a str),
}

fn parts(text: &str) -> Vec<Part<'_>> {
    let mut parts = Vec::new();
    let mut rest = text;
    while let Some(first) = rest.bytes().next() {
        let digits = first.is_ascii_digit();
        let end = rest.find(|c: char| c.is_ascii_digit() != digits).unwrap_or(rest.len());
        let (part, after) = rest.split_at(end);
        parts.push(if digits { Part::Number(part) } else { Part::Text(part) });
        rest = after;
    }
    parts
}

/// A number without zeros in front.
fn plain(number: &str) -> &str {
    let trimmed = number.trim_start_matches('0');
    if trimmed.is_empty() { &number[number.len().saturating_sub(1)..] } else { trimmed }
}

fn compare_names(a: &str, b: &str) -> Ordering {
    let (of_a, of_b) = (parts(a), parts(b));
    for (x, y) in of_a.iter().zip(&of_b) {
        let order = match (x, y) {
            (Part::Number(x), Part::Number(y)) => {
                let (x, y) = (plain(x), plain(y));
                x.len().cmp(&y.len()).then(x.cmp(y))
            }
            (Part::Text(x), Part::Text(y)) => x.cmp(y),
            (Part::Number(x) | Part::Text(x), Part::Number(y) | Part::Text(y)) => x.cmp(y),
        };
        if order.is_ne() {
            return order;
        }
    }
    of_a.len().cmp(&of_b.len())
}

/// The order of two paths, folder by folder: runs of digits count as numbers.
pub fn compare(a: &Path, b: &Path) -> Ordering {
    let (mut of_a, mut of_b) = (a.components(), b.components());
    loop {
        let order = match (of_a.next(), of_b.next()) {
            (None, None) => return a.cmp(b),
            (None, Some(_)) => Ordering::Less,
            (Some(_), None) => Ordering::Greater,
            (Some(x), Some(y)) => {
                compare_names(&x.as_os_str().to_string_lossy(), &y.as_os_str().to_string_lossy())
            }
        };
        if order.is_ne() {
            return order;
        }
    }
}

/// Short names for many models.
#[derive(Clone, Debug, PartialEq)]
pub struct Labels {
    /// What the labels are: `step`.
    pub title: String,
    /// One for every name; all of them differ if the names do.
    pub labels: Vec<String>,
    /// The labels as numbers, if they are some.
    pub numbers: Option<Vec<f64>>,
}

/// Labels for names: the one number in which they differ, or else what is not common to all.
pub fn labels(names: &[&str]) -> Labels {
    counted(names).unwrap_or_else(|| {
        let mut labels: Vec<String> = stripped(names);
        let mut sorted: Vec<&String> = labels.iter().collect();
        sorted.sort_unstable();
        if sorted.windows(2).any(|pair| pair[0] == pair[1]) {
            labels = labels.iter().enumerate().map(|(at, label)| format!("{}: {label}", at + 1)).collect();
        }
        Labels { title: "model".to_string(), labels, numbers: None }
    })
}

/// If names differ in one number only: that number, and the word before it.
fn counted(names: &[&str]) -> Option<Labels> {
    let all: Vec<Vec<Part<'_>>> = names.iter().map(|name| parts(name)).collect();
    let (first, rest) = all.split_first()?;
    if rest.is_empty() || rest.iter().any(|other| other.len() != first.len()) {
        return None;
    }
    let mut varying = (0..first.len()).filter(|&at| rest.iter().any(|other| other[at] != first[at]));
    let (at, None) = (varying.next()?, varying.next()) else { return None };
    let before = match at.checked_sub(1).and_then(|before| first.get(before)) {
        Some(Part::Text(text)) => text,
        _ => "",
    };
    // A digit after the point of a decimal is no number of its own.
    if before == "." || first.get(at + 1) == Some(&Part::Text(".")) {
        return None;
    }
    let number = |parts: &Vec<Part<'_>>| match parts.get(at) {
        Some(Part::Number(number)) => Some(plain(number).to_string()),
        _ => None,
    };
    let labels = all.iter().map(number).collect::<Option<Vec<String>>>()?;
    let numbers: Vec<f64> = labels.iter().map_while(|label| label.parse().ok()).collect();
    let ascending = numbers.windows(2).all(|pair| pair[0] < pair[1]);
    let word = before.trim_end_matches(|c: char| !c.is_alphabetic());
    let start = word.rfind(|c: char| !c.is_alphabetic()).map_or(0, |at| at + 1);
    let word = word.get(start..).unwrap_or_default();
    let title = if word.len() > 1 { word } else { "checkpoint" }.to_string();
    Some(Labels { title, labels, numbers: ascending.then_some(numbers) })
}

/// What names do not have in common at their beginnings and ends; numbers are not taken apart.
fn stripped(names: &[&str]) -> Vec<String> {
    let Some((first, rest)) = names.split_first() else { return Vec::new() };
    if rest.is_empty() {
        return vec![
            Path::new(first).file_name().map_or(*first, |name| name.to_str().unwrap_or(first)).into(),
        ];
    }
    let common = |a: &[char], b: &[char]| a.iter().zip(b).take_while(|(x, y)| x == y).count();
    let all: Vec<Vec<char>> = names.iter().map(|name| name.chars().collect()).collect();
    let reversed: Vec<Vec<char>> = all.iter().map(|name| name.iter().rev().copied().collect()).collect();
    let shared = |names: &[Vec<char>]| names.iter().map(|name| common(&names[0], name)).min().unwrap_or(0);
    let (mut front, mut back) = (shared(&all), shared(&reversed));
    let shortest = all.iter().map(Vec::len).min().unwrap_or(0);
    back = back.min(shortest - front);
    while front > 0 && (all[0][front - 1].is_alphanumeric() || all[0][front - 1] == '.') {
        front -= 1;
    }
    while back > 0 && reversed[0][back - 1].is_alphanumeric() {
        back -= 1;
    }
    all.iter().map(|name| name[front..name.len() - back].iter().collect()).collect()
}

/// A label that is not too long for a table or a drawing: of a long one, the end.
pub fn cut(label: &str) -> String {
    let count = label.chars().count();
    if count <= LONGEST {
        return label.to_string();
    }
    let end: String = label.chars().skip(count - (LONGEST - 1)).collect();
    format!("…{end}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_counted() {
        let mut names =
            ["step_10.npz", "step_9.npz", "a/b", "a.b", "step_0100.npz", "step_100.npz", "a", "step_9b.npz"];
        names.sort_by(|a, b| compare(Path::new(a), Path::new(b)));
        assert_eq!(
            names,
            ["a", "a/b", "a.b", "step_9.npz", "step_9b.npz", "step_10.npz", "step_0100.npz", "step_100.npz"]
        );
        let long = ["9999999999999999999999999999999998", "9999999999999999999999999999999999", "1e5"];
        assert_eq!(compare_names(long[0], long[1]), Ordering::Less);
        assert_eq!(compare_names(long[0], long[2]), Ordering::Greater);
        assert_eq!(compare_names("", "0"), Ordering::Less);
    }

    fn of(names: &[&str]) -> (String, Vec<String>) {
        let found = labels(names);
        (found.title, found.labels)
    }

    #[test]
    fn what_tells_names_apart() {
        let texts = |labels: &[&str]| labels.iter().map(|label| label.to_string()).collect::<Vec<_>>();
        let steps = ["runs/7/step_000.npz", "runs/7/step_100.npz"];
        assert_eq!(of(&steps), ("step".to_string(), texts(&["0", "100"])));
        assert_eq!(labels(&steps).numbers, Some(vec![0.0, 100.0]));
        let folders = ["checkpoint-5/model.npz", "checkpoint-10/model.npz"];
        assert_eq!(of(&folders), ("checkpoint".to_string(), texts(&["5", "10"])));
        assert_eq!(of(&["w1.npy", "w2.npy"]), ("checkpoint".to_string(), texts(&["1", "2"])));
        assert_eq!(of(&["net.same::a", "net.same::b"]), ("model".to_string(), texts(&["a", "b"])));
        assert_eq!(of(&["lr_0.1.npz", "lr_0.05.npz"]).1, texts(&["0.1", "0.05"]));
        assert_eq!(of(&["a1_2", "a3_4"]).1, texts(&["a1_2", "a3_4"]));
        assert_eq!(of(&["x", "x"]).1, texts(&["1: x", "2: x"]));
        assert_eq!(of(&["runs/only.npz"]).1, texts(&["only.npz"]));
        assert!(of(&[]).1.is_empty());
        assert_eq!(cut(&"long".repeat(20)).chars().count(), LONGEST);
        assert_eq!(cut("short"), "short");
        // Numbers that do not ascend are no axis.
        assert_eq!(labels(&["s_2", "s_1"]).numbers, None);
    }
}
