//! A network as a straight-line program: one list of additions and multiplications of single numbers.
//!
//! [`StraightLine::of`] evaluates the network once over an arithmetic that computes nothing and writes down
//! what there is to compute. The same operation on the same operands is written down once, and what no output
//! needs is left out.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use num_bigint::BigUint;
use num_integer::Integer;
use num_rational::BigRational;
use num_traits::{Signed, ToPrimitive, Zero};

use super::{Arithmetic, Halt};
use crate::budget::Stop;
use crate::network::{Network, Tensor, evaluate_until};

/// One step. Operands are positions of earlier steps.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Step {
    /// An entry of an input; all inputs' entries are counted through.
    Entry(usize),
    /// A number.
    Constant(f64),
    /// A sum.
    Add(usize, usize),
    /// A product.
    Multiply(usize, usize),
    /// A quotient by an odd number from 3 to 2^53.
    Divide(usize, f64),
}

impl Step {
    /// The positions that it reads.
    fn operands(&mut self) -> impl Iterator<Item = &mut usize> {
        let (a, b) = match self {
            Step::Entry(_) | Step::Constant(_) => (None, None),
            Step::Divide(a, _) => (Some(a), None),
            Step::Add(a, b) | Step::Multiply(a, b) => (Some(a), Some(b)),
        };
        a.into_iter().chain(b)
    }

    /// What tells it from all other steps.
    fn key(self) -> (u8, u64, u64) {
        match self {
            Step::Entry(entry) => (0, entry as u64, 0),
            Step::Constant(value) => (1, value.to_bits(), 0),
            Step::Add(a, b) => (2, a as u64, b as u64),
            Step::Multiply(a, b) => (3, a as u64, b as u64),
            Step::Divide(a, by) => (4, a as u64, by.to_bits()),
        }
    }
}

/// A straight-line program.
#[derive(Clone, Debug)]
pub(crate) struct StraightLine {
    /// The steps, in an order in which they can be taken.
    pub steps: Vec<Step>,
    /// The positions of the outputs' steps.
    pub outputs: Vec<usize>,
}

impl StraightLine {
    /// The program of a network. `None` when it has a number that is not made of doubles, when it takes more
    /// than `most` steps, or soon after `stop` is set.
    pub fn of(stop: &Stop, network: &Network, most: usize) -> Option<StraightLine> {
        let entries: usize = network.inputs().iter().map(|input| input.shape.size()).sum();
        if entries > most {
            return None;
        }
        let recorder = Recorder { written: Mutex::default(), most };
        recorder.with(|written| {
            written.step(Step::Constant(0.0));
            written.step(Step::Constant(1.0));
        });
        let mut first = 0;
        let inputs = network.inputs().iter().map(|input| {
            let entries = first..first + input.shape.size();
            first = entries.end;
            let steps = recorder.with(|written| entries.map(|i| written.step(Step::Entry(i))).collect());
            Tensor::new(input.shape.clone(), steps)
        });
        let inputs = inputs.collect::<Option<Vec<Tensor<usize>>>>()?;
        let outputs = evaluate_until(stop, &recorder, network, &inputs).ok()?.into_data();
        let written = recorder.written.into_inner().unwrap_or_else(PoisonError::into_inner);
        Some(StraightLine { steps: written.steps, outputs }.without_unused())
    }

    /// The same without steps that no output needs.
    fn without_unused(mut self) -> StraightLine {
        let mut needed = vec![false; self.steps.len()];
        self.outputs.iter().for_each(|&output| needed[output] = true);
        for position in (0..self.steps.len()).rev() {
            if needed[position] {
                self.steps[position].operands().for_each(|operand| needed[*operand] = true);
            }
        }
        let mut places = vec![0; self.steps.len()];
        let mut kept = Vec::new();
        for (position, mut step) in self.steps.into_iter().enumerate() {
            if needed[position] {
                step.operands().for_each(|operand| *operand = places[*operand]);
                places[position] = kept.len();
                kept.push(step);
            }
        }
        StraightLine { steps: kept, outputs: self.outputs.into_iter().map(|output| places[output]).collect() }
    }
}

/// What is written down so far: first the constants 0 and 1.
#[derive(Default)]
struct Written {
    steps: Vec<Step>,
    known: HashMap<(u8, u64, u64), usize>,
    /// For the sum of a number that is no double, the doubles that add up to it.
    parts: HashMap<usize, Vec<usize>>,
}

const ZERO: usize = 0;
const ONE: usize = 1;

impl Written {
    fn step(&mut self, step: Step) -> usize {
        let next = self.steps.len();
        let position = *self.known.entry(step.key()).or_insert(next);
        if position == next {
            self.steps.push(step);
        }
        position
    }

    /// The numerator and the denominator of a quotient; of anything else, itself and 1. So are quotients of
    /// quotients: there may be thousands, one in the other.
    fn fraction(&self, position: usize) -> (usize, u64) {
        match self.steps[position] {
            Step::Divide(numerator, by) if !matches!(self.steps[numerator], Step::Divide(..)) => {
                (numerator, by as u64)
            }
            _ => (position, 1),
        }
    }

    /// Fractions are divided when they have been added: `x/3 + y/3` may be a double although `x/3` is none.
    fn add(&mut self, a: usize, b: usize) -> usize {
        /// Larger denominators would make numerators too long.
        const MOST: u64 = 1 << 20;
        match (a, b) {
            (ZERO, other) | (other, ZERO) => return other,
            _ => {}
        }
        let (one, two) = (self.fraction(a), self.fraction(b));
        let common = one.1.checked_mul(two.1 / one.1.gcd(&two.1)).filter(|&common| common <= MOST);
        match common {
            Some(common) if common > 1 => {
                let [x, y] = [one, two].map(|(numerator, by)| {
                    let factor = self.step(Step::Constant((common / by) as f64));
                    self.multiply(factor, numerator)
                });
                let sum = self.add(x, y);
                if sum == ZERO { ZERO } else { self.step(Step::Divide(sum, common as f64)) }
            }
            _ => self.step(Step::Add(a.min(b), a.max(b))),
        }
    }

    /// A number: a sum of doubles over an odd number.
    fn number(&mut self, doubles: &[f64], by: f64) -> usize {
        let parts: Vec<usize> = doubles.iter().map(|&double| self.step(Step::Constant(double))).collect();
        let sum = parts.iter().fold(ZERO, |sum, &part| self.add(sum, part));
        if parts.len() > 1 {
            self.parts.insert(sum, parts);
        }
        if by == 1.0 { sum } else { self.step(Step::Divide(sum, by)) }
    }

    /// A fraction is divided when it has been multiplied: `6 * (1/3)` is a double although `1/3` is none. So
    /// is a sum of doubles added: `(2^60 + 1) x` is one if `x` is 0.
    fn multiply(&mut self, a: usize, b: usize) -> usize {
        match (a, b) {
            (ZERO, _) | (_, ZERO) => return ZERO,
            (ONE, other) | (other, ONE) => return other,
            _ => {}
        }
        for (fraction, other) in [(a, b), (b, a)] {
            if let Step::Divide(numerator, by) = self.steps[fraction]
                && (matches!(self.steps[numerator], Step::Constant(_)) || self.parts.contains_key(&numerator))
            {
                let product = self.multiply(numerator, other);
                return self.step(Step::Divide(product, by));
            }
            if let Some(parts) = self.parts.get(&fraction).cloned() {
                return parts.into_iter().fold(ZERO, |sum, part| {
                    let product = self.multiply(part, other);
                    self.add(sum, product)
                });
            }
        }
        self.step(Step::Multiply(a.min(b), a.max(b)))
    }
}

/// The arithmetic that writes down what is computed. An element is the position of a step.
struct Recorder {
    written: Mutex<Written>,
    most: usize,
}

impl Recorder {
    fn with<T>(&self, work: impl FnOnce(&mut Written) -> T) -> T {
        work(&mut self.written.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Arithmetic for Recorder {
    type Element = usize;

    fn from_rational(&self, value: &BigRational) -> Result<usize, Halt> {
        match doubles(value) {
            Some((doubles, by)) => Ok(self.with(|written| written.number(&doubles, by))),
            None => Err(Halt::Range(format!("{value} is not made of doubles"))),
        }
    }

    fn zero(&self) -> usize {
        ZERO
    }

    fn one(&self) -> usize {
        ONE
    }

    fn add(&self, &a: &usize, &b: &usize) -> usize {
        self.with(|written| written.add(a, b))
    }

    fn multiply(&self, &a: &usize, &b: &usize) -> usize {
        self.with(|written| written.multiply(a, b))
    }

    fn status(&self) -> Result<(), Halt> {
        match self.with(|written| written.steps.len()) > self.most {
            true => Err(Halt::Budget("more steps than are written down".to_string())),
            false => Ok(()),
        }
    }
}

/// A number as a double. `None` when there is none with its value, or it is not 0 and has a magnitude below
/// 2^-347 or above 2^400.
pub(crate) fn double(value: &BigRational) -> Option<f64> {
    match doubles(value) {
        Some((doubles, 1.0)) => match doubles[..] {
            [] => Some(0.0),
            [double] => Some(double),
            _ => None,
        },
        _ => None,
    }
}

/// A number as a sum of doubles over an odd number up to 2^53, all exact. The doubles have magnitudes from
/// 2^-347 to 2^400. `None` when there are no such numbers.
fn doubles(value: &BigRational) -> Option<(Vec<f64>, f64)> {
    // A number as an odd one and a power of two.
    let odd = |number: &BigUint| {
        let twos = number.trailing_zeros().unwrap_or(0);
        Some((number >> twos, i64::try_from(twos).ok()?))
    };
    if value.is_zero() {
        return Some((Vec::new(), 1.0));
    }
    let (mut rest, up) = odd(value.numer().magnitude())?;
    let (by, down) = odd(value.denom().magnitude())?;
    if by.bits() > 53 || rest.bits() > 400 {
        return None;
    }
    let (mut doubles, mut exponent) = (Vec::new(), up.checked_sub(down)?);
    while !rest.is_zero() {
        // A part has at most 53 bits, so the product is exact.
        let part = (&rest & BigUint::from((1u64 << 53) - 1)).to_u64()?;
        if part > 0 {
            if !(-347..=347).contains(&exponent) {
                return None;
            }
            let magnitude = part as f64 * f64::from_bits(((1023 + exponent) as u64) << 52);
            doubles.push(if value.is_negative() { -magnitude } else { magnitude });
        }
        rest >>= 53u32;
        exponent = exponent.checked_add(53)?;
    }
    // Up to 2^53, natural numbers are doubles.
    Some((doubles, by.to_u64()? as f64))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::network::{Builder, Input, Shape};

    fn rational(n: i64, d: i64) -> BigRational {
        BigRational::new(n.into(), d.into())
    }

    #[test]
    fn doubles_are_exact_or_refused() {
        assert_eq!(doubles(&rational(0, 1)), Some((vec![], 1.0)));
        assert_eq!(doubles(&rational(-3, 8)), Some((vec![-0.375], 1.0)));
        assert_eq!(doubles(&rational(5, 12)), Some((vec![1.25], 3.0)));
        assert_eq!(doubles(&rational((1 << 53) - 1, 1)), Some((vec![(1u64 << 53) as f64 - 1.0], 1.0)));
        assert_eq!(doubles(&rational((1 << 53) + 1, 1)), Some((vec![1.0, (1u64 << 53) as f64], 1.0)));
        assert_eq!(doubles(&rational(-(1 << 60), 1)), Some((vec![-((1u64 << 60) as f64)], 1.0)));
        assert_eq!(doubles(&rational(1, (1 << 53) + 1)), None);
        let two = |exponent: i32| num_traits::Pow::pow(rational(2, 1), exponent);
        assert_eq!(double(&two(-347)), Some(2f64.powi(-347)));
        assert_eq!((double(&two(348)), double(&two(-348))), (None, None));
        assert_eq!((double(&rational(1, 3)), double(&rational((1 << 53) + 1, 1))), (None, None));
        let wide = two(200) + two(100) + two(-3);
        let parts = [-3, 100, 200].map(|exponent| -(2f64.powi(exponent)));
        assert_eq!(doubles(&-wide), Some((parts.to_vec(), 1.0)));
        assert_eq!(doubles(&(two(300) + two(-150))), None);
    }

    /// `x^2 y / 3 + 2 x^2 y` of x and y: both entries, the square, its product with y, which is taken six
    /// times and added to itself, and a third of that. The entry z is not needed, nor is a third as such.
    #[test]
    fn steps_are_shared_and_needed() {
        let mut builder = Builder::new();
        let shape = Shape::new([3]).unwrap();
        let x = builder.input(0, shape.clone());
        let [x0, y] = [0, 1].map(|i| builder.select(x, 0, i).unwrap());
        let square = builder.multiply(x0, x0).unwrap();
        let left = builder.multiply(square, y).unwrap();
        let right = builder.multiply(y, square).unwrap();
        let sum = builder.combine(vec![(rational(1, 3), left), (rational(2, 1), right)]).unwrap();
        let network = builder.network(vec![Input { name: "x".to_string(), shape }], sum);
        let StraightLine { steps, outputs } = StraightLine::of(&Stop::never(), &network, 100).unwrap();
        let count = |wanted: fn(&Step) -> bool| steps.iter().filter(|step| wanted(step)).count();
        assert_eq!(count(|step| matches!(step, Step::Entry(_))), 2);
        assert_eq!(outputs.len(), 1);
        assert!(steps.len() <= 10, "{steps:?}");
        assert!(count(|step| matches!(step, Step::Divide(..))) <= 1, "{steps:?}");
        assert!(StraightLine::of(&Stop::never(), &network, 5).is_none());
    }

    /// Sums of numbers that are divided by 3 many thousand times take no more room on the stack than others.
    #[test]
    fn quotients_of_quotients() {
        let mut written = Written::default();
        for constant in [0.0, 1.0] {
            written.step(Step::Constant(constant));
        }
        let mut sides = [0, 1].map(|entry| written.step(Step::Entry(entry)));
        for _ in 0..200_000 {
            sides = sides.map(|side| written.step(Step::Divide(side, 3.0)));
        }
        let sum = written.add(sides[0], sides[1]);
        assert_eq!(written.steps[sum], Step::Add(sides[0], sides[1]));
    }
}
