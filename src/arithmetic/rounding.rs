//! Values of a network in f64, with proven bounds for their rounding errors: one by norms, which
//! `network::evaluate_bounded` carries along, and one by magnitudes, as follows. For deep networks the first
//! is better, where much cancels or numbers of all sizes meet, the second.
//!
//! The network is evaluated twice: on its numbers, and on their magnitudes, where nothing cancels
//! ([`Floats::MAGNITUDES`]). Let `u = 2^-53`, and let a value have gone through at most `n` roundings
//! ([`roundings`]).
//!
//! **Lemma.** The exact value `v`, the computed one `v'` and the exact value `M` of the evaluation on
//! magnitudes satisfy `|v| <= M` and `|v' - v| <= ((1 + u)^n - 1) M`.
//!
//! *Proof*, by induction over the steps. Where `M = 0`, the number is zero, or every term of the sum of
//! products has a factor that is zero; zeros are exact, so `v = v' = 0`. Otherwise `M >= 2^-500`.
//!
//! * A number is converted with a relative error of at most `(1 + u)^2 - 1`, or an error of at most `2^-1074`
//!   if it is so small that digits are missing, and this is less than `u M`.
//! * For a product, `|a' b' - a b| <= |a' - a| |b'| + |a| |b' - b|`, where `|b'| <= (1 + u)^n_b M_b`. So it
//!   is at most `((1 + u)^n_a - 1) M_a (1 + u)^n_b M_b + M_a ((1 + u)^n_b - 1) M_b`, which is
//!   `((1 + u)^(n_a + n_b) - 1) M_a M_b`. Rounding it (also in one step with an addition) multiplies by at
//!   most `1 + u`, and changes the result by at most `2^-1075` more if it is too small for all digits. All
//!   such changes of a sum of `k <= 2^500` products are together less than `u 2^-500`, and `2^-500` is what
//!   is added to the magnitude of the product.
//! * In a sum of `k` terms in any order, every term is in at most `k` additions, each of which multiplies by
//!   at most `1 + u`, or is exact where digits would be missing.
//! * To move entries changes nothing. ∎
//!
//! The computed magnitude `M'` went through at most `2 n` roundings, each of which makes it smaller by a
//! factor of at least `1 - u`, and nothing in it can vanish. So `M <= M' (1 - u)^(-2 n)`, and with `(1 + u)^n
//! <= 1 / (1 - n u)` and Bernoulli's inequality `|v' - v| <= n u / ((1 - n u) (1 - 2 n u)) M' <= n u / (1 - 3
//! n u) M'`.

use std::ops::Range;

use num_rational::BigRational;

use super::{Arithmetic, Floats};
use crate::network::{EvaluateError, Network, SpectralNorms, Tensor, evaluate, evaluate_bounded, roundings};

/// Values in f64, and what their errors are bounded by.
#[derive(Clone, Debug)]
pub struct FloatValues {
    /// The output.
    pub values: Tensor<f64>,
    /// The sums of the absolute values of everything that is added up in it, where these are of use.
    pub magnitudes: Option<Tensor<f64>>,
    /// How many roundings a value went through: infinite where that is not counted.
    pub roundings: f64,
    /// No value is off by more than this, as norms show (`network::evaluate_bounded`); infinite if they do
    /// not.
    pub error: f64,
}

impl FloatValues {
    /// A bound for the error of the value at a row-major position: the better of both.
    pub fn error(&self, position: usize) -> f64 {
        let magnitude = self.magnitudes.as_ref().and_then(|magnitudes| magnitudes.data().get(position));
        rounding_error(self.roundings, magnitude.copied().unwrap_or(f64::INFINITY)).min(self.error)
    }

    /// A bound for the error of the sum of the values at some positions, but for the sum's own roundings: the
    /// sum of all bounds, or the root of their number times that of all together.
    pub fn error_of_sum(&self, positions: Range<usize>) -> f64 {
        let together = (positions.len() as f64).sqrt() * self.error * (1.0 + 1e-9);
        let apart: f64 = positions.map(|position| self.error(position)).sum::<f64>() * (1.0 + 1e-9);
        if apart < together { apart } else { together }
    }
}

/// Evaluates a network in f64. Infinite and undefined values are an error, infinite magnitudes are not.
pub fn float_values(network: &Network, inputs: &[Tensor<BigRational>]) -> Result<FloatValues, EvaluateError> {
    let converted = |floats: Floats| -> Result<Vec<Tensor<f64>>, EvaluateError> {
        let mut converted = Vec::with_capacity(inputs.len());
        for input in inputs {
            converted.push(input.try_map(|entry| floats.from_rational(entry))?);
        }
        Ok(converted)
    };
    let known = SpectralNorms::default();
    let (values, error) = evaluate_bounded(network, &converted(Floats::VALUES)?, &known)?;
    let roundings = roundings(network);
    let magnitudes = match roundings.is_finite() {
        true => Some(evaluate(&Floats::MAGNITUDES, network, &converted(Floats::MAGNITUDES)?)?),
        false => None,
    };
    Ok(FloatValues { values: Floats::finite(values)?, magnitudes, roundings, error })
}

/// Values of a network without inputs. Magnitudes are evaluated only if norms do not show that the sum of all
/// values is off by no more than `enough`.
pub(crate) fn bounded_values(
    network: &Network,
    enough: f64,
    norms: &SpectralNorms,
) -> Result<FloatValues, EvaluateError> {
    let (values, error) = evaluate_bounded(network, &[], norms)?;
    let (values, roundings) = (Floats::finite(values)?, roundings(network));
    // The root of the sum of squares, and Cauchy and Schwarz.
    let sum = (values.data().len() as f64).sqrt() * error * (1.0 + 1e-9);
    let magnitudes = match sum <= enough || roundings.is_infinite() {
        true => None,
        false => Some(evaluate(&Floats::MAGNITUDES, network, &[])?),
    };
    Ok(FloatValues { values, magnitudes, roundings, error })
}

/// A bound for the error of a value that went through so many roundings and has this computed magnitude:
/// infinite if none is known.
pub fn rounding_error(roundings: f64, magnitude: f64) -> f64 {
    const UNIT: f64 = f64::EPSILON / 2.0;
    let relative = roundings * UNIT;
    // Three would do; the fourth, and the factor, cover the roundings of this very formula.
    let error = relative / (1.0 - 4.0 * relative) * (1.0 + 1e-9) * magnitude;
    if relative < 0.1 && error.is_finite() { error } else { f64::INFINITY }
}
