//! The values of a network at the points of a lower set, modulo a prime.

use super::lower_set::LowerSet;
use crate::arithmetic::CentredField;
use crate::network::{EvaluateError, Network, Prepared, Shape, Tensor};

/// Where the settings of a coordinate are written: some neighbouring entries of an input.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Written {
    /// The input.
    pub(crate) input: usize,
    /// The flat position of the first entry.
    pub(crate) start: usize,
    /// How many entries.
    pub(crate) width: usize,
}

/// Points of a lower set, modulo a prime.
pub(crate) struct Grid<'a> {
    /// The set.
    pub(crate) set: &'a LowerSet,
    /// For every coordinate, where it is written.
    pub(crate) written: &'a [Written],
    /// For every coordinate, the entries of all its levels one after the other.
    pub(crate) settings: Vec<&'a [f64]>,
    /// For every input, the entries that no coordinate changes.
    pub(crate) fixed: &'a [Vec<f64>],
}

impl Grid<'_> {
    /// Writes the outputs of a network at all points, each to columns of its row: the row of a point has
    /// `width` entries, and the outputs begin at `column`.
    pub(crate) fn evaluate(
        &self,
        network: &Network,
        prepared: &Prepared<'_, CentredField>,
        block: usize,
        data: &mut [f64],
        (column, width): (usize, usize),
    ) -> Result<(), EvaluateError> {
        let outputs = network.output_shape().size();
        for start in (0..self.set.len()).step_by(block.max(1)) {
            let points = block.max(1).min(self.set.len() - start);
            let values = prepared.evaluate_batch(points, &self.tensors(network, start, points)?)?;
            for (point, values) in values.data().chunks_exact(outputs.max(1)).enumerate() {
                data[(start + point) * width + column..][..outputs].copy_from_slice(values);
            }
        }
        Ok(())
    }

    /// The inputs at some points, one after the other.
    fn tensors(
        &self,
        network: &Network,
        start: usize,
        points: usize,
    ) -> Result<Vec<Tensor<f64>>, EvaluateError> {
        let mut inputs: Vec<Vec<f64>> = self.fixed.iter().map(|fixed| fixed.repeat(points)).collect();
        for point in 0..points {
            let levels = self.set.levels(start + point);
            for ((&level, written), settings) in levels.iter().zip(self.written).zip(&self.settings) {
                let Written { input, start, width } = *written;
                let from = &settings[usize::from(level) * width..][..width];
                let size = self.fixed[input].len();
                inputs[input][point * size + start..][..width].copy_from_slice(from);
            }
        }
        let tensor = |(entries, shape): (Vec<f64>, &Shape)| {
            let mut axes = shape.axes().to_vec();
            if points != 1 {
                axes.insert(0, points);
            }
            let tensor = Shape::new(axes).and_then(|shape| Tensor::new(shape, entries));
            tensor.ok_or_else(|| EvaluateError::Inputs("the points do not fit a tensor".to_string()))
        };
        inputs.into_iter().zip(network.inputs().iter().map(|input| &input.shape)).map(tensor).collect()
    }
}
