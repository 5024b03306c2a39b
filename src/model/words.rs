//! How messages word shapes, numbers and lists.

use num_rational::BigRational;

use crate::network::Shape;
use crate::plural::plural;

/// What a shape is, as the end of a sentence: `is a scalar`, `has 4 entries`, `is 3x2`.
pub(super) fn is_shape(shape: &Shape) -> String {
    match shape.axes() {
        [] => "is a scalar".to_string(),
        &[n] => format!("has {}", plural(n, "entry", "entries")),
        axes => format!("is {}", times(axes)),
    }
}

/// A shape on its own: `a scalar`, `4 entries`, `3x2`.
pub(super) fn shape_words(shape: &Shape) -> String {
    match shape.axes() {
        [] => "a scalar".to_string(),
        &[n] => plural(n, "entry", "entries"),
        axes => times(axes),
    }
}

fn times(axes: &[usize]) -> String {
    axes.iter().map(usize::to_string).collect::<Vec<_>>().join("x")
}

/// The first few of many words, and the number of the others: `a, b and 7 more`.
pub(super) fn first_of(words: impl ExactSizeIterator<Item = String>, most: usize) -> String {
    let rest = words.len().saturating_sub(most);
    let shown = words.take(most).collect::<Vec<_>>().join(", ");
    if rest == 0 { shown } else { format!("{shown} and {rest} more") }
}

/// Names in backticks, the first few of many.
pub(super) fn names_in_ticks<S: AsRef<str>>(names: &[S]) -> String {
    first_of(names.iter().map(|name| format!("`{}`", name.as_ref())), 20)
}

/// The help line that lists the first names of a file.
pub(super) fn first_names(names: &[&str]) -> String {
    format!("it has {}", first_of(names.iter().map(|name| format!("{name:?}")), 12))
}

/// A number as messages show it: long numbers are cut.
pub(super) fn short(number: &BigRational) -> String {
    const LONGEST: usize = 40;
    if number.numer().bits() > 1_000 || number.denom().bits() > 1_000 {
        return "a number of hundreds of digits".to_string();
    }
    let text = number.to_string();
    match text.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}..", &text[..end]),
        None => text,
    }
}
