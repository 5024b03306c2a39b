//! The values of expressions while a file is resolved.

use std::sync::Arc;

use num_rational::BigRational;

use super::item::ItemId;
use crate::diagnostic::Span;
use crate::network::NodeId;

/// The value of an expression.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum Value {
    /// A constant scalar of known value, which can count, index and divide.
    Number(BigRational),
    /// Any other tensor, constant or not, as a node of the graph.
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
    /// The steps that copying it takes.
    pub fn copying(&self) -> u64 {
        match self {
            Value::Number(number) => (number.numer().bits() + number.denom().bits()) / 512,
            Value::Text(text) => text.len() as u64 / 64,
            _ => 0,
        }
    }

    /// What messages call it.
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

/// An error that is reported already; whatever depends on it fails without another report.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Reported;

/// A value, or nothing after an error that is reported already.
pub(super) type Eval<T> = Result<T, Reported>;

/// A value that can be computed with: a known number, or any other tensor as a node.
#[derive(Clone, Debug)]
pub(super) enum Numeric {
    Number(BigRational),
    Node(NodeId),
}

impl From<Numeric> for Value {
    fn from(numeric: Numeric) -> Value {
        match numeric {
            Numeric::Number(number) => Value::Number(number),
            Numeric::Node(id) => Value::Tensor(id),
        }
    }
}

/// Something with the place it is written at.
#[derive(Clone, Debug)]
pub(super) struct Placed<T> {
    pub value: T,
    pub span: Span,
}

/// All values, unless one has an error; every value is computed even so, to report the errors of all.
pub(super) fn all<T>(values: impl Iterator<Item = Eval<T>>) -> Eval<Vec<T>> {
    let values: Vec<Eval<T>> = values.collect();
    values.into_iter().collect()
}
