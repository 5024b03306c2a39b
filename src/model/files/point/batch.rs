//! One point, or a batch of them.

use std::path::Path;
use std::sync::Arc;

use num_rational::BigRational;

use super::error::PointError;
use super::{json, read};
use crate::model::files::rows::{self, RowsError};
use crate::network::{Constant, Input, Tensor};

/// What a model is to be evaluated at.
#[derive(Debug)]
pub enum Points {
    /// A single point.
    One(Vec<Tensor<BigRational>>),
    /// A batch.
    Many(Batch),
}

/// The points of a batch, each of which is read when it is asked for.
#[derive(Debug)]
pub struct Batch {
    count: usize,
    source: Source,
}

#[derive(Debug)]
enum Source {
    Values(Vec<Vec<Tensor<BigRational>>>),
    Rows(Vec<(Input, Arc<Constant>)>),
}

/// Reads a point or a batch from what a user gave: the path of a file, or JSON.
pub fn read_all(text: &str, inputs: &[Input]) -> Result<Points, PointError> {
    let error = match read(text, inputs) {
        Ok(point) => return Ok(Points::One(point)),
        Err(error @ PointError::Shape { .. }) => error,
        Err(error) => return Err(error),
    };
    let path = Path::new(text);
    match path.extension().and_then(|extension| extension.to_str()) {
        Some("npz" | "npy" | "safetensors") => match rows::open(path, inputs) {
            Ok(rows) => {
                let count = rows.first().and_then(|rows| rows.shape().axes().first().copied()).unwrap_or(0);
                let source = Source::Rows(inputs.iter().cloned().zip(rows).collect());
                Ok(Points::Many(Batch { count, source }))
            }
            // Neither a point nor a batch.
            Err(RowsError::Width { .. }) => Err(error),
            Err(rows) => Err(PointError::Rows(rows)),
        },
        extension => {
            let file = (extension == Some("json")).then(|| std::fs::read_to_string(path).ok()).flatten();
            match json::batch(file.as_deref().unwrap_or(text), inputs)? {
                Some(points) => {
                    Ok(Points::Many(Batch { count: points.len(), source: Source::Values(points) }))
                }
                None => Err(error),
            }
        }
    }
}

impl Batch {
    /// How many points there are.
    pub fn count(&self) -> usize {
        self.count
    }

    /// One of the points.
    ///
    /// # Errors
    /// If there is none at this position, or its file cannot be read any more.
    pub fn point(&self, position: usize) -> Result<Vec<Tensor<BigRational>>, PointError> {
        match &self.source {
            Source::Values(points) => {
                points.get(position).cloned().ok_or(PointError::Beyond { position, count: self.count })
            }
            Source::Rows(rows) => rows.iter().map(|(input, rows)| self.row(input, rows, position)).collect(),
        }
    }

    fn row(
        &self,
        input: &Input,
        rows: &Constant,
        position: usize,
    ) -> Result<Tensor<BigRational>, PointError> {
        let beyond = || PointError::Beyond { position, count: self.count };
        if position >= self.count {
            return Err(beyond());
        }
        let size = input.shape.size();
        let data = rows.block(position * size..(position + 1) * size)?;
        let entries = (0..size).map(|at| data.rational(at)).collect();
        Tensor::new(input.shape.clone(), entries).ok_or_else(beyond)
    }
}
