//! Inner products in f64 with proven bounds for their rounding errors (`arithmetic::rounding`), and what
//! follows from them about similarity and distance: an interval that the exact number is in.
//!
//! `|a - b|^2` is a difference of numbers that are almost equal if `a` and `b` are, so that nothing of it may
//! be left. The interval says how much is.

use std::convert::Infallible;

use super::Failure;
use super::inner::{Inner, Split};
use crate::arithmetic::FloatValues;
use crate::network::Shape;

/// Inner products with a bound for the error of each.
#[derive(Clone, Debug, PartialEq)]
pub struct Rounded {
    /// What was computed.
    pub values: Split<f64>,
    /// The exact numbers differ by no more than this. It has the outputs and degrees of the values.
    pub errors: Split<f64>,
    /// The exact totals of all outputs differ by no more than this: less than the sum of all errors, which
    /// are not all as large as they may be.
    pub total: Inner<f64>,
}

/// The three inner products of two functions with bounds for their errors.
#[derive(Clone, Copy, Debug)]
pub struct RoundedInner<'a> {
    /// What was computed.
    pub values: &'a Inner<f64>,
    /// The exact numbers differ by no more than this.
    pub errors: &'a Inner<f64>,
}

/// Two floats that a number is between: it may equal either.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bounds {
    /// It is at least this.
    pub low: f64,
    /// It is at most this.
    pub high: f64,
}

impl Bounds {
    /// The bounds of a computed number with a bound for its error.
    pub fn around(value: f64, error: f64) -> Bounds {
        if error == 0.0 {
            return Bounds { low: value, high: value };
        }
        let (low, high) = (value - error, value + error);
        // Infinities of both signs say nothing.
        Bounds {
            low: if low.is_nan() { f64::NEG_INFINITY } else { low.next_down() },
            high: if high.is_nan() { f64::INFINITY } else { high.next_up() },
        }
    }

    /// Of a number that is known to be in a range, too.
    fn within(self, low: f64, high: f64) -> Bounds {
        Bounds { low: self.low.clamp(low, high), high: self.high.clamp(low, high) }
    }

    /// The quotient by a positive number.
    pub fn over(self, divisor: Bounds) -> Bounds {
        let (for_low, for_high) = (
            if self.low >= 0.0 { divisor.high } else { divisor.low },
            if self.high >= 0.0 { divisor.low } else { divisor.high },
        );
        // Zero divided by anything is zero.
        let quotient = |x: f64, by: f64| if x == 0.0 { 0.0 } else { x / by };
        let (low, high) = (quotient(self.low, for_low), quotient(self.high, for_high));
        Bounds {
            low: if low == 0.0 && self.low == 0.0 { 0.0 } else { low.next_down() },
            high: if high == 0.0 && self.high == 0.0 { 0.0 } else { high.next_up() },
        }
    }

    /// The root of a number that is not negative.
    fn root(self) -> Bounds {
        let Bounds { low, high } = self.within(0.0, f64::INFINITY);
        Bounds {
            low: if low == 0.0 { 0.0 } else { low.sqrt().next_down() },
            high: if high == 0.0 { 0.0 } else { high.sqrt().next_up() },
        }
    }
}

impl Rounded {
    /// From the values of compiled networks, one for every order.
    pub(super) fn of_parts(shape: &Shape, parts: &[(u64, FloatValues)], splits: bool) -> Rounded {
        // Sums over orders and outputs are roundings, too.
        let sums = (parts.len() + shape.size() + 2) as f64 * f64::EPSILON;
        let (mut values, mut errors) = (Split::zeros(shape), Split::zeros(shape));
        let mut by_degree = (Vec::new(), Vec::new());
        let (mut total, size) = (Inner::default(), shape.size());
        for (order, part) in parts {
            let of_values = Split::of_values(shape, &part.values);
            let mut position = 0..;
            let Ok(of_errors) = part.values.try_map(|value| {
                let error = position.next().map_or(f64::INFINITY, |position| part.error(position));
                Ok::<f64, Infallible>((error + sums * value.abs()) * (1.0 + 1e-9))
            });
            let of_errors = Split::of_values(shape, &of_errors);
            // Roundings of the sums are part of the errors of the outputs.
            let of_sum = |which: usize, sum: f64| {
                let all: f64 =
                    part.values.data()[which * size..(which + 1) * size].iter().map(|x| x.abs()).sum();
                let error = part.error_of_sum(which * size..(which + 1) * size) + sums * all;
                (error * (1.0 + 1e-9)).min(sum)
            };
            let sum = of_errors.total();
            let error = Inner { aa: of_sum(0, sum.aa), ab: of_sum(1, sum.ab), bb: of_sum(2, sum.bb) };
            total.add(&error);
            values.add_outputs(&of_values);
            errors.add_outputs(&of_errors);
            let is_zero = |magnitudes| Split::of_values(shape, magnitudes).total() == Inner::default();
            if !part.magnitudes.as_ref().is_some_and(is_zero) {
                by_degree.0.push((*order, of_values.total()));
                by_degree.1.push((*order, error));
            }
        }
        values.by_degree = splits.then_some(by_degree.0);
        errors.by_degree = splits.then_some(by_degree.1);
        let total = total.map(|error| error * (1.0 + 1e-9));
        Rounded { values, errors, total }
    }

    /// Whether the distance is known to a thousandth of itself, and the similarity to a tenth of its distance
    /// from 1 or -1 if that is small.
    pub(super) fn says_enough(&self) -> bool {
        const SMALL: f64 = 1e-6;
        let values = self.values.total();
        let total = RoundedInner { values: &values, errors: &self.total };
        let known = |Bounds { low, high }: Bounds, part: f64| high - low <= part * low;
        let (Some(similarity), Some(distance)) = (total.similarity(), total.distance()) else { return false };
        let size =
            Bounds { low: similarity.low.max(-similarity.high), high: similarity.high.max(-similarity.low) };
        let gap = Bounds { low: 1.0 - size.high, high: 1.0 - size.low };
        known(distance, 1e-3) && (gap.low > SMALL || known(gap, 0.1))
    }

    /// An error if one of the norms may be zero.
    pub(super) fn checked(self) -> Result<Rounded, Failure> {
        let values = self.values.total();
        let total = RoundedInner { values: &values, errors: &self.total };
        if total.similarity().is_some() { Ok(self) } else { Err(Failure::Underflow) }
    }
}

impl RoundedInner<'_> {
    /// Bounds of `<a, a>`.
    pub fn aa(&self) -> Bounds {
        Bounds::around(self.values.aa, self.errors.aa).within(0.0, f64::INFINITY)
    }

    /// Bounds of `<a, b>`.
    pub fn ab(&self) -> Bounds {
        Bounds::around(self.values.ab, self.errors.ab)
    }

    /// Bounds of `<b, b>`.
    pub fn bb(&self) -> Bounds {
        Bounds::around(self.values.bb, self.errors.bb).within(0.0, f64::INFINITY)
    }

    /// Bounds of `<a, b> / sqrt(<a, a> <b, b>)`; `None` if a norm may be zero.
    pub fn similarity(&self) -> Option<Bounds> {
        let (a, b) = (self.aa().root(), self.bb().root());
        if a.low <= 0.0 || b.low <= 0.0 {
            return None;
        }
        // One root after the other, as the product of the norms may be too large or too small.
        Some(self.ab().over(a).over(b).within(-1.0, 1.0))
    }

    /// Bounds of `|a - b|^2`.
    pub fn difference(&self) -> Bounds {
        let (Inner { aa, ab, bb }, errors) = (self.values, self.errors);
        // Doubling is exact. Three additions; each result is at most the sum of all magnitudes.
        let roundings = (aa.abs() + 2.0 * ab.abs() + bb.abs()) * 4.0 * f64::EPSILON;
        let error = errors.aa + 2.0 * errors.ab + errors.bb;
        // The sum of the errors is rounded, too.
        let error = if error + roundings == 0.0 { 0.0 } else { (error * (1.0 + 1e-9) + roundings).next_up() };
        Bounds::around(aa - 2.0 * ab + bb, error).within(0.0, f64::INFINITY)
    }

    /// Bounds of `|a - b| / |a|`; `None` if `|a|` may be zero.
    pub fn distance(&self) -> Option<Bounds> {
        let norm = self.aa();
        (norm.low > 0.0).then(|| self.difference().over(norm).root())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn inner(aa: f64, ab: f64, bb: f64) -> Inner<f64> {
        Inner { aa, ab, bb }
    }

    fn contains(bounds: Bounds, value: f64) -> bool {
        bounds.low <= value && value <= bounds.high
    }

    /// 4 +- 1, 2 +- 1, 4 +- 1: the similarity is at least 1/5, and at most 3/3. |a - b|^2 is 4 +- 4.
    #[test]
    fn intervals_by_hand() {
        let (values, errors) = (inner(4.0, 2.0, 4.0), inner(1.0, 1.0, 1.0));
        let rounded = RoundedInner { values: &values, errors: &errors };
        let similarity = rounded.similarity().unwrap();
        assert!(similarity.low <= 0.2 && similarity.low > 0.199 && similarity.high == 1.0);
        let difference = rounded.difference();
        assert!(difference.low == 0.0 && contains(difference, 8.0) && difference.high < 8.001);
        // At most sqrt(8 / 3).
        let distance = rounded.distance().unwrap();
        assert!(distance.low == 0.0 && distance.high >= (8.0f64 / 3.0).sqrt() && distance.high < 1.634);
    }

    /// Nothing is rounded: 1, 1, 1 are equal functions.
    #[test]
    fn exact_numbers_stay_close() {
        let (values, errors) = (inner(1.0, 1.0, 1.0), inner(0.0, 0.0, 0.0));
        let rounded = RoundedInner { values: &values, errors: &errors };
        assert!(contains(rounded.distance().unwrap(), 0.0));
        assert!(rounded.distance().unwrap().high < 1e-7);
    }

    #[test]
    fn quotients_keep_signs() {
        let by = Bounds { low: 2.0, high: 4.0 };
        let quotient = Bounds { low: -4.0, high: 4.0 }.over(by);
        assert!(quotient.low <= -2.0 && quotient.low > -2.1 && quotient.high >= 2.0 && quotient.high < 2.1);
        let quotient = Bounds { low: -8.0, high: -4.0 }.over(by);
        assert!(quotient.low <= -4.0 && quotient.high >= -1.0 && quotient.high < -0.9);
        let quotient = Bounds { low: 4.0, high: 8.0 }.over(by);
        assert!(quotient.low <= 1.0 && quotient.low > 0.9 && quotient.high >= 4.0);
    }

    /// A norm that may be zero has no similarity; an infinite bound says nothing.
    #[test]
    fn without_a_bound_there_is_no_number() {
        let (values, errors) = (inner(1.0, 0.5, 1.0), inner(f64::INFINITY, 0.1, 0.1));
        let rounded = RoundedInner { values: &values, errors: &errors };
        assert!(rounded.similarity().is_none() && rounded.distance().is_none());
        let errors = inner(0.1, f64::INFINITY, 0.1);
        let rounded = RoundedInner { values: &values, errors: &errors };
        assert_eq!(rounded.similarity(), Some(Bounds { low: -1.0, high: 1.0 }));
        assert_eq!(rounded.distance().unwrap().high, f64::INFINITY);
    }
}
