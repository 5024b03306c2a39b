//! A point to evaluate a model at: one exact tensor per input, from JSON or from a file of arrays.
//!
//! In JSON a point is an object with an array for every input, `{"x": [1, "1/3", 0.25]}`, or just the array
//! when the model has one input. Arrays are nested like the input's shape. A number means exactly the decimal
//! that is written; a string is a fraction `"p/q"` or a decimal. A point can also be a `.npz`, `.npy` or
//! `.safetensors` file.
//!
//! A *batch* is a list of points: every input's array has one more axis, the first, which counts the points.

mod batch;
mod error;
mod json;
#[cfg(test)]
mod tests;

use std::path::Path;

use num_rational::BigRational;

pub use batch::{Points, read_all};
pub use error::PointError;
pub use json::from_json;

use self::error::{check_names, missing, unnamed};
use super::{format, weights};
use crate::network::{Constant, Input, Tensor};

/// Reads a point from what a user gave: the path of a file, or JSON.
pub fn read(text: &str, inputs: &[Input]) -> Result<Vec<Tensor<BigRational>>, PointError> {
    let path = Path::new(text);
    let extension = path.extension().and_then(|extension| extension.to_str());
    match extension {
        Some("npz" | "npy" | "safetensors") => from_arrays(path, inputs),
        Some("json") => {
            let unreadable = |error: std::io::Error| PointError::Unreadable {
                path: path.display().to_string(),
                message: error.to_string(),
            };
            from_json(&std::fs::read_to_string(path).map_err(unreadable)?, inputs)
        }
        // Its content says what it is, and what to do with it.
        _ if format::is_binary(path) => from_arrays(path, inputs),
        _ => from_json(text, inputs),
    }
}

/// Reads a point from a `.npz`, `.npy` or `.safetensors` file.
pub fn from_arrays(path: &Path, inputs: &[Input]) -> Result<Vec<Tensor<BigRational>>, PointError> {
    let store = weights::open(path)?;
    if let Some(constant) = store.single()? {
        let [input] = inputs else { return Err(unnamed(inputs)) };
        return Ok(vec![from_constant(&constant, input)?]);
    }
    check_names(store.names().iter().map(String::as_str), inputs)?;
    let mut tensors = Vec::with_capacity(inputs.len());
    for input in inputs {
        let constant = store.get(&input.name)?.ok_or_else(|| missing(input, inputs))?;
        tensors.push(from_constant(&constant, input)?);
    }
    Ok(tensors)
}

fn from_constant(constant: &Constant, input: &Input) -> Result<Tensor<BigRational>, PointError> {
    let wrong = || PointError::Shape { input: input.clone(), found: constant.shape().to_string() };
    if constant.shape() != &input.shape {
        return Err(wrong());
    }
    let data = constant.data()?;
    let entries = (0..constant.shape().size()).map(|position| data.rational(position)).collect();
    Tensor::new(input.shape.clone(), entries).ok_or_else(wrong)
}
