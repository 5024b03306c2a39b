//! The parameters of builtins, and what each takes.

use std::fmt;

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
