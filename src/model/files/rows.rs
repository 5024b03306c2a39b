//! Samples from a file: for every input an array whose first axis is the sample.
//!
//! A `.npy` file is enough for a model with one input; a `.npz` or `.safetensors` file has an array for every
//! input, under its name. Each index of the first axis gives one sample; the other axes are flattened to the
//! input's entries, so images `[N, 28, 28]` fit an input of shape `[784]`. Arrays with NaN or infinity are
//! refused.

use std::path::Path;
use std::sync::Arc;

use thiserror::Error;

use super::weights::{self, WeightError, WeightFault};
use crate::network::{Constant, Input, Shape};

/// Why samples cannot be read. The messages name the file.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum RowsError {
    /// The file cannot be read.
    #[error(transparent)]
    File(#[from] WeightError),
    /// A model without inputs.
    #[error("`{path}` gives samples, but the model has no inputs")]
    NoInputs {
        /// The file.
        path: String,
    },
    /// One array for a model with several inputs.
    #[error("`{path}` holds one array, but the model has {inputs} inputs")]
    Unnamed {
        /// The file.
        path: String,
        /// How many inputs the model has.
        inputs: usize,
    },
    /// No array for an input.
    #[error("`{path}` has no array {name:?}")]
    Missing {
        /// The file.
        path: String,
        /// The input's name.
        name: String,
    },
    /// An array that no input has the name of.
    #[error("`{path}` has an array {name:?}, but the model has no such input")]
    Unknown {
        /// The file.
        path: String,
        /// The array's name.
        name: String,
    },
    /// An array whose rows do not have as many entries as the input.
    #[error(
        "`{path}`: a row for input `{}` of shape {} must have {} entries, but the array has shape {found}",
        .input.name, .input.shape, .input.shape.size()
    )]
    Width {
        /// The file.
        path: String,
        /// The input.
        input: Input,
        /// The array's shape.
        found: Shape,
    },
    /// Arrays with different numbers of rows.
    #[error("`{path}` has {first} rows for input `{other}` and {second} for input `{name}`")]
    Lengths {
        /// The file.
        path: String,
        /// The first input.
        other: String,
        /// How many rows it has.
        first: usize,
        /// The input with another number of rows.
        name: String,
        /// How many rows it has.
        second: usize,
    },
    /// Arrays without rows.
    #[error("`{path}` has no rows")]
    Empty {
        /// The file.
        path: String,
    },
}

impl RowsError {
    /// How to fix it, where there is a likely way.
    pub fn help(&self) -> Option<String> {
        match self {
            RowsError::File(WeightError { fault: WeightFault::NotFinite { .. }, .. }) => {
                Some("every entry of a sample must be a number".to_string())
            }
            RowsError::File(error) => error.help().map(str::to_string),
            RowsError::Unnamed { .. } | RowsError::Missing { .. } | RowsError::Unknown { .. } => Some(
                "`numpy.savez(path, x=.., y=..)` writes an array for every input under its name".to_string(),
            ),
            RowsError::Width { .. } => Some("the first axis counts the samples".to_string()),
            _ => None,
        }
    }
}

/// Opens a file of samples: one tensor for every input.
pub fn open(path: &Path, inputs: &[Input]) -> Result<Vec<Arc<Constant>>, RowsError> {
    let store = weights::open(path)?;
    let path = path.display().to_string();
    let mut rows = Vec::with_capacity(inputs.len());
    if inputs.is_empty() {
        return Err(RowsError::NoInputs { path });
    }
    if let Some(array) = store.single()? {
        if inputs.len() > 1 {
            return Err(RowsError::Unnamed { path, inputs: inputs.len() });
        }
        rows.push(array);
    } else {
        let known = |name: &String| inputs.iter().any(|input| input.name == *name);
        if let Some(name) = store.names().iter().find(|name| !known(name)) {
            return Err(RowsError::Unknown { path, name: name.clone() });
        }
        for input in inputs {
            let array = store.get(&input.name)?;
            rows.push(
                array.ok_or_else(|| RowsError::Missing { path: path.clone(), name: input.name.clone() })?,
            );
        }
    }
    let mut first = None;
    for (input, rows) in inputs.iter().zip(&rows) {
        let shape = rows.shape();
        let width = shape.axes().iter().skip(1).product::<usize>();
        let Some(&count) = shape.axes().first().filter(|_| width == input.shape.size()) else {
            return Err(RowsError::Width { path, input: input.clone(), found: shape.clone() });
        };
        if count == 0 {
            return Err(RowsError::Empty { path });
        }
        match first {
            None => first = Some((count, &input.name)),
            Some((first, _)) if first == count => {}
            Some((first, other)) => {
                let (other, name) = (other.clone(), input.name.clone());
                return Err(RowsError::Lengths { path, other, first, name, second: count });
            }
        }
    }
    Ok(rows)
}
