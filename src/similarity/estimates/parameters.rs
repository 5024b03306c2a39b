//! The cosine of the weights of two networks of one architecture: often computed, but not a property of the
//! functions. Permuting hidden units changes it and not the function.
//!
//! The weights are the constants of the networks as they are evaluated, every one flattened, and all of them
//! joined:
//! * When a network reads weight files: what is read, or computed from what is read (`W / 8`, a slice of
//!   `W`). All other numbers belong to the architecture, and must be the same in both.
//! * Otherwise: the numbers that the author wrote, also factors such as those of `3*x[0] - 2*x[1]`. Factors
//!   that are 1 (or -1) in both networks come from `+` and `-`, and are left out.
//!
//! Masks, tables of rotary angles, `eye` and `onehot` are not weights where both networks have such. A tensor
//! that is used several times counts once.

use std::sync::Arc;

use num_rational::BigRational;
use num_traits::{One, Signed};

use super::architecture::{Place, places};
use super::floats::{LEAST_NORM, cosine, overflow};
use crate::arithmetic::{Arithmetic, Floats};
use crate::budget::Budget;
use crate::network::{Constant, EvaluateError, Network, Provenance};
use crate::similarity::failure::check;
use crate::similarity::{Failure, Inner};

/// How the weights of two networks compare.
#[derive(Clone, Debug, PartialEq)]
pub struct Parameters {
    /// The inner products of the joined weights.
    pub inner: Inner<f64>,
    /// Their cosine.
    pub similarity: f64,
    /// `|a - b| / |a|`
    pub distance: f64,
    /// How many tensors they are.
    pub tensors: usize,
    /// How many numbers these have.
    pub entries: usize,
}

/// Entries that are read at once.
const BLOCK: usize = 1 << 16;

/// Compares weights.
///
/// # Errors
/// When the architectures differ, there are no weights, those of one network are all zero or some are too
/// large for f64, and when it is time to stop.
pub fn parameters(a: &Network, b: &Network, budget: &Budget) -> Result<Parameters, Failure> {
    let places = places(a, b)?;
    let reads = |constant: &Arc<Constant>| constant.provenance() == Provenance::Read;
    let made = |constant: &Arc<Constant>| constant.provenance() == Provenance::Made;
    let files = places.iter().any(|place| match place {
        Place::Constants(c, d) => c.iter().chain(d).any(reads),
        Place::Factors(..) => false,
    });
    let mut sums = Sums::default();
    for place in &places {
        match place {
            Place::Constants(c, d) => {
                let counts = match files {
                    true => c.iter().chain(d).any(reads),
                    false => !c.iter().chain(d).all(made),
                };
                if counts {
                    sums.add(c.as_deref(), d.as_deref(), budget)?;
                } else if c != d {
                    return Err(other_numbers("a constant that is not read from a weight file"));
                }
            }
            Place::Factors(c, d) if files => {
                if c != d {
                    let (c, d) = (show(c), show(d));
                    return Err(other_numbers(&format!("a factor, {c} in the first and {d} in the second,")));
                }
            }
            Place::Factors(c, d) => {
                let sign = |factor: &BigRational| factor.abs().is_one();
                if !(sign(c) && c == d) {
                    sums.count(1);
                    sums.pair(Floats::VALUES.from_rational(c)?, Floats::VALUES.from_rational(d)?);
                }
            }
        }
    }
    let Sums { inner, difference, tensors, entries } = sums;
    if entries == 0 {
        return Err(Failure::Meaningless("the models have no parameters to compare".to_string()));
    }
    if !(inner.aa.is_finite() && inner.bb.is_finite() && difference.is_finite()) {
        return Err(overflow("the square of a parameter"));
    }
    for (norm, which) in [(inner.aa, "first"), (inner.bb, "second")] {
        if norm < LEAST_NORM {
            return Err(Failure::Meaningless(format!(
                "all parameters of the {which} model are zero, or too small for f64, and similarity \
                 to zero is undefined"
            )));
        }
    }
    Ok(Parameters {
        similarity: cosine(inner.aa, inner.ab, inner.bb),
        distance: difference.sqrt() / inner.aa.sqrt(),
        inner,
        tensors,
        entries,
    })
}

fn show(factor: &BigRational) -> String {
    const LONGEST: usize = 24;
    let text = factor.to_string();
    if text.len() > LONGEST { crate::similarity::decimal(factor, 6) } else { text }
}

fn other_numbers(what: &str) -> Failure {
    Failure::Meaningless(format!(
        "the models differ in {what} where their parameters are the weights that they read from files, \
         so it belongs to the architecture, and the architectures differ"
    ))
}

/// Sums over all weights.
#[derive(Default)]
struct Sums {
    inner: Inner<f64>,
    difference: f64,
    tensors: usize,
    entries: usize,
}

impl Sums {
    /// Notes that there is a tensor of so many entries.
    fn count(&mut self, entries: usize) {
        self.tensors += 1;
        self.entries = self.entries.saturating_add(entries);
    }

    /// Adds a tensor of both networks; one that is missing is zero.
    fn add(&mut self, a: Option<&Constant>, b: Option<&Constant>, budget: &Budget) -> Result<(), Failure> {
        let size = a.or(b).map_or(0, |constant| constant.shape().size());
        self.count(size);
        for start in (0..size).step_by(BLOCK) {
            check(budget, 0)?;
            let range = start..size.min(start + BLOCK);
            let read = |constant: Option<&Constant>| -> Result<Vec<f64>, Failure> {
                Ok(match constant {
                    Some(constant) => {
                        let block = constant.block(range.clone()).map_err(EvaluateError::Unreadable)?;
                        Floats::VALUES.from_data(&block)?
                    }
                    None => vec![0.0; range.len()],
                })
            };
            let mut block = Sums::default();
            read(a)?.into_iter().zip(read(b)?).for_each(|(a, b)| block.pair(a, b));
            self.inner.add(&block.inner);
            self.difference += block.difference;
        }
        Ok(())
    }

    fn pair(&mut self, a: f64, b: f64) {
        self.inner.add(&Inner { aa: a * a, ab: a * b, bb: b * b });
        self.difference += (a - b) * (a - b);
    }
}
