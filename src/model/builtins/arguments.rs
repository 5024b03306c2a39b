//! The parameters of builtins, what each takes, and the arguments that a builtin gets.

use std::fmt;
use std::sync::Arc;

use num_rational::BigRational;

use crate::diagnostic::Span;
use crate::model::value::{Eval, Placed, Reported};
use crate::network::NodeId;

/// What a parameter takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Takes {
    /// A tensor. The builtin checks its shape.
    Tensor,
    /// A natural number.
    Natural,
    /// A list of natural numbers, `[2, 3]`, or a single one.
    Naturals,
    /// A constant scalar.
    Number,
    /// A string.
    Text,
    /// A tensor, or one of a few words in quotes.
    WordOrTensor(&'static [&'static str]),
}

impl fmt::Display for Takes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Takes::Tensor => f.write_str("tensor"),
            Takes::Natural => f.write_str("natural"),
            Takes::Naturals => f.write_str("naturals"),
            Takes::Number => f.write_str("number"),
            Takes::Text => f.write_str("string"),
            Takes::WordOrTensor(words) => {
                words.iter().try_for_each(|word| write!(f, "\"{word}\" | "))?;
                f.write_str("tensor")
            }
        }
    }
}

/// A parameter of a builtin.
#[derive(Clone, Copy, Debug)]
pub struct Parameter {
    /// Its name; every parameter but the repeated one can be given by name.
    pub name: &'static str,
    /// What it takes.
    pub takes: Takes,
    /// The value if it is left out, in words; `None` if it must be given.
    pub default: Option<&'static str>,
}

/// An argument after it has been computed.
#[derive(Clone, Debug)]
pub(in crate::model) enum Datum {
    Tensor(NodeId),
    Natural(usize),
    Naturals(Vec<usize>),
    Number(BigRational),
    Text(Arc<str>),
}

/// A tensor argument.
#[derive(Clone, Copy, Debug)]
pub(in crate::model) struct TensorArgument {
    pub id: NodeId,
    pub span: Span,
}

/// The arguments of one call: computed, and checked against the signature.
pub(in crate::model) struct Arguments {
    /// The name of the builtin.
    pub function: &'static str,
    pub parameters: &'static [Parameter],
    /// For every parameter its argument, if there is one.
    pub values: Vec<Option<Placed<Datum>>>,
    /// The arguments of the repeated parameter.
    pub rest: Vec<Placed<Datum>>,
    /// The whole call.
    pub span: Span,
}

impl Arguments {
    fn get(&self, name: &str) -> Option<&Placed<Datum>> {
        let position = self.parameters.iter().position(|parameter| parameter.name == name)?;
        self.values.get(position)?.as_ref()
    }

    /// A tensor that may have been left out.
    pub fn tensor(&self, name: &str) -> Option<TensorArgument> {
        match self.get(name) {
            Some(&Placed { value: Datum::Tensor(id), span }) => Some(TensorArgument { id, span }),
            _ => None,
        }
    }

    /// A tensor that must be given. The signature was checked, so it is there.
    pub fn required(&self, name: &str) -> Eval<TensorArgument> {
        self.tensor(name).ok_or(Reported)
    }

    pub fn natural(&self, name: &str) -> Option<(usize, Span)> {
        match self.get(name) {
            Some(&Placed { value: Datum::Natural(n), span }) => Some((n, span)),
            _ => None,
        }
    }

    pub fn naturals(&self, name: &str) -> Option<(&[usize], Span)> {
        match self.get(name) {
            Some(Placed { value: Datum::Naturals(list), span }) => Some((list, *span)),
            _ => None,
        }
    }

    pub fn number(&self, name: &str) -> Option<(&BigRational, Span)> {
        match self.get(name) {
            Some(Placed { value: Datum::Number(number), span }) => Some((number, *span)),
            _ => None,
        }
    }

    pub fn text(&self, name: &str) -> Option<(&str, Span)> {
        match self.get(name) {
            Some(Placed { value: Datum::Text(text), span }) => Some((text, *span)),
            _ => None,
        }
    }

    /// The repeated arguments as tensors.
    pub fn tensors(&self) -> Vec<TensorArgument> {
        let tensor = |argument: &Placed<Datum>| match argument.value {
            Datum::Tensor(id) => Some(TensorArgument { id, span: argument.span }),
            _ => None,
        };
        self.rest.iter().filter_map(tensor).collect()
    }

    /// The repeated arguments as one list of naturals.
    pub fn all_naturals(&self) -> Vec<usize> {
        let list = |argument: &Placed<Datum>| match &argument.value {
            Datum::Naturals(list) => list.clone(),
            _ => Vec::new(),
        };
        self.rest.iter().flat_map(list).collect()
    }
}
