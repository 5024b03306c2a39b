//! Why there is no point.

use std::fmt;

use thiserror::Error;

use crate::model::files::rows::RowsError;
use crate::model::files::weights::WeightError;
use crate::network::{Input, ReadError};

/// Why a point cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum PointError {
    /// Text that is not JSON.
    #[error("the point is not valid JSON: {0}")]
    Json(String),
    /// A `.json` file that cannot be read.
    #[error("`{path}` cannot be read: {message}")]
    Unreadable {
        /// The file.
        path: String,
        /// What the operating system says.
        message: String,
    },
    /// A file of arrays that cannot be read.
    #[error(transparent)]
    Weights(#[from] WeightError),
    /// A file of arrays that changed after it was opened.
    #[error(transparent)]
    Lost(#[from] ReadError),
    /// A file of arrays that is no batch either.
    #[error(transparent)]
    Rows(#[from] RowsError),
    /// Values of a batch of different lengths.
    #[error("the batch has {first} points for input `{other}` and {second} for input `{name}`")]
    Lengths {
        /// The first input.
        other: String,
        /// How many points it has.
        first: usize,
        /// The input with another number of points.
        name: String,
        /// How many points it has.
        second: usize,
    },
    /// A point that the batch does not have.
    #[error("there is no point {position}: the batch has {count}")]
    Beyond {
        /// Which point.
        position: usize,
        /// How many there are.
        count: usize,
    },
    /// One array without a name, for a model that does not have exactly one input.
    #[error("the point is one array, but {}", Inputs(.inputs))]
    Unnamed {
        /// The model's inputs.
        inputs: Vec<Input>,
    },
    /// A value for an input that does not exist.
    #[error("the point has a value for `{}`, but {}", .name.escape_debug(), Inputs(.inputs))]
    Unknown {
        /// The name that no input has.
        name: String,
        /// The model's inputs.
        inputs: Vec<Input>,
    },
    /// Two values for one input.
    #[error("the point has two values for input `{name}`")]
    Twice {
        /// The input.
        name: String,
    },
    /// No value for an input.
    #[error("the point has no value for input `{}` of shape {}", .input.name, .input.shape)]
    Missing {
        /// The input.
        input: Input,
        /// All of the model's inputs.
        inputs: Vec<Input>,
    },
    /// A value whose shape is not the input's.
    #[error("input `{}` has shape {} but its value has shape {found}", .input.name, .input.shape)]
    Shape {
        /// The input.
        input: Input,
        /// The value's shape.
        found: String,
    },
    /// One entry of a value is wrong.
    #[error("the value of input `{input}` {message}{}", At(.index))]
    Entry {
        /// The input.
        input: String,
        /// The entry's index.
        index: Vec<usize>,
        /// The end of a sentence that says what is wrong.
        message: String,
    },
}

impl PointError {
    /// The same error in a point of a batch, whose position comes before the other indices.
    pub(super) fn of_point(mut self, position: usize) -> PointError {
        if let PointError::Entry { index, .. } = &mut self {
            index.insert(0, position);
        }
        self
    }

    /// How to fix it, if there is a likely way.
    pub fn help(&self) -> Option<String> {
        match self {
            PointError::Weights(error) => error.help().map(str::to_string),
            PointError::Lost(_) => None,
            PointError::Rows(error) => error.help(),
            PointError::Shape { input, .. } => {
                let axes: String = input.shape.axes().iter().map(|axis| format!(", {axis}")).collect();
                Some(format!("many points at once have shape [N{axes}]"))
            }
            PointError::Unnamed { inputs }
            | PointError::Unknown { inputs, .. }
            | PointError::Missing { inputs, .. } => Some(example(inputs)),
            PointError::Json(_) => {
                Some("a point looks like '{\"x\": [1, \"1/3\", 0.25]}', or is the path of a file".to_string())
            }
            _ => None,
        }
    }
}

fn example(inputs: &[Input]) -> String {
    let names: Vec<String> = inputs.iter().map(|input| format!("\"{}\": ..", input.name)).collect();
    format!("write '{{{}}}'", names.join(", "))
}

/// ` at [0, 1]`, or nothing for a scalar.
struct At<'a>(&'a [usize]);

impl fmt::Display for At<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.is_empty() { Ok(()) } else { write!(f, " at {:?}", self.0) }
    }
}

/// `the model's inputs are x [2] and y []`
struct Inputs<'a>(&'a [Input]);

impl fmt::Display for Inputs<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let inputs: Vec<String> =
            self.0.iter().map(|input| format!("`{}` of shape {}", input.name, input.shape)).collect();
        match inputs.as_slice() {
            [] => f.write_str("the model has no inputs"),
            [input] => write!(f, "the model's only input is {input}"),
            [first @ .., last] => write!(f, "the model's inputs are {} and {last}", first.join(", ")),
        }
    }
}

/// The error of one array for a model that does not have one input.
pub(super) fn unnamed(inputs: &[Input]) -> PointError {
    PointError::Unnamed { inputs: inputs.to_vec() }
}

/// The error of an input without a value.
pub(super) fn missing(input: &Input, inputs: &[Input]) -> PointError {
    PointError::Missing { input: input.clone(), inputs: inputs.to_vec() }
}

/// Checks that every name is that of an input.
pub(super) fn check_names<'a>(
    mut names: impl Iterator<Item = &'a str>,
    inputs: &[Input],
) -> Result<(), PointError> {
    match names.find(|name| inputs.iter().all(|input| input.name != *name)) {
        Some(name) => Err(PointError::Unknown { name: name.to_string(), inputs: inputs.to_vec() }),
        None => Ok(()),
    }
}
