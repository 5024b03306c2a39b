//! A network evaluated at many points of a domain modulo one prime.

use super::coordinates::{Coordinates, Point, Writer};
use crate::arithmetic::{Arithmetic, Halt, PrimeField, Residue, previous_prime};
use crate::budget::Budget;
use crate::network::{EvaluateError, Network, Prepared};

/// The fields that deterministic methods use: the largest primes first.
pub(crate) fn fields() -> impl Iterator<Item = PrimeField> {
    let below = |&prime: &u64| previous_prime(prime);
    std::iter::successors(previous_prime(1 << PrimeField::MAX_BITS), below).filter_map(PrimeField::new)
}

/// A result modulo a prime; `None` when the prime divides a denominator, so that there is none.
pub(crate) fn if_defined<T>(result: Result<T, EvaluateError>) -> Result<Option<T>, EvaluateError> {
    match result {
        Ok(value) => Ok(Some(value)),
        Err(EvaluateError::Halt(Halt::NoResidue(_))) => Ok(None),
        Err(error) => Err(error),
    }
}

/// The result modulo the first of so many primes that divides no denominator; `None` when each of them
/// divides one.
pub(crate) fn in_some_field<T>(
    count: usize,
    mut compute: impl FnMut(PrimeField) -> Result<T, EvaluateError>,
) -> Result<Option<T>, EvaluateError> {
    fields().take(count).find_map(|field| if_defined(compute(field)).transpose()).transpose()
}

/// A network made ready for a prime.
pub(crate) struct Modular<'a> {
    field: PrimeField,
    prepared: Prepared<'a, PrimeField>,
    writer: Writer<'a>,
    outputs: usize,
}

impl<'a> Modular<'a> {
    /// The network modulo the field's prime; fails when that divides a denominator, or when the budget is
    /// used up.
    pub fn new(
        network: &'a Network,
        coordinates: &'a Coordinates,
        field: &'a PrimeField,
        budget: &Budget,
    ) -> Result<Modular<'a>, EvaluateError> {
        Ok(Modular {
            field: *field,
            prepared: Prepared::stopped_by(&budget.stop(), field, network)?,
            writer: coordinates.writer(field)?,
            outputs: network.output_shape().size(),
        })
    }

    /// All outputs at all points, point after point.
    pub fn values(&self, points: &[Point]) -> Result<Vec<Residue>, EvaluateError> {
        if points.is_empty() {
            return Ok(Vec::new());
        }
        Ok(self.prepared.evaluate_batch(points.len(), &self.writer.tensors(points))?.into_data())
    }

    /// For every point, whether some output is not zero there.
    pub fn nonzero(&self, points: &[Point]) -> Result<Vec<bool>, EvaluateError> {
        if self.outputs == 0 {
            return Ok(vec![false; points.len()]);
        }
        let zero = self.field.zero();
        let values = self.values(points)?;
        Ok(values.chunks(self.outputs).map(|outputs| outputs.iter().any(|value| *value != zero)).collect())
    }
}
