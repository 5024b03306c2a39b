//! What expressions stand for while a file is resolved.

use std::sync::Arc;

use num_rational::BigRational;

use super::item::ItemId;
use crate::network::{NodeId, Shape};

/// The value of an expression.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum Value {
    /// A constant scalar whose value is known: it can count, index and divide.
    Number(BigRational),
    /// Any other tensor, constant or not: a node of the one graph.
    Tensor(NodeId),
    /// A string.
    Text(Arc<str>),
    /// A weight file.
    Weights(ItemId),
    /// A function of the file.
    Function(ItemId),
    /// A model of the file.
    Model(ItemId),
    /// A model named in a claim, where it stands for its output on the claim's inputs.
    Output(ItemId),
    /// A builtin, by its position in the table.
    Builtin(usize),
}

impl Value {
    /// How messages call it.
    pub fn noun(&self) -> &'static str {
        match self {
            Value::Number(_) => "a number",
            Value::Tensor(_) => "a tensor",
            Value::Text(_) => "a string",
            Value::Weights(_) => "a weight file",
            Value::Function(_) => "a function",
            Value::Model(_) | Value::Output(_) => "a model",
            Value::Builtin(_) => "a builtin function",
        }
    }
}

/// The error behind this has been reported already; whatever depends on it stays silent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Reported;

/// A value, or nothing because of an error that has been reported.
pub(super) type Eval<T> = Result<T, Reported>;

/// What a shape is, as the end of a sentence: `is a scalar`, `has 4 entries`, `is 3x2`.
pub(super) fn is_shape(shape: &Shape) -> String {
    match shape.axes() {
        [] => "is a scalar".to_string(),
        [1] => "has 1 entry".to_string(),
        [n] => format!("has {n} entries"),
        axes => format!("is {}", times(axes)),
    }
}

/// A shape on its own: `a scalar`, `4 entries`, `3x2`.
pub(super) fn shape_words(shape: &Shape) -> String {
    match shape.axes() {
        [] => "a scalar".to_string(),
        [1] => "1 entry".to_string(),
        [n] => format!("{n} entries"),
        axes => times(axes),
    }
}

fn times(axes: &[usize]) -> String {
    axes.iter().map(usize::to_string).collect::<Vec<_>>().join("x")
}

/// Names in backticks, the first few of many.
pub(super) fn listed<S: AsRef<str>>(names: &[S]) -> String {
    const SHOWN: usize = 20;
    let shown: Vec<String> = names.iter().take(SHOWN).map(|name| format!("`{}`", name.as_ref())).collect();
    let more = if names.len() > SHOWN { format!(" and {} more", names.len() - SHOWN) } else { String::new() };
    shown.join(", ") + &more
}

/// `1 argument`, `2 arguments`.
pub(super) fn count(n: usize, noun: &str) -> String {
    format!("{n} {noun}{}", if n == 1 { "" } else { "s" })
}
