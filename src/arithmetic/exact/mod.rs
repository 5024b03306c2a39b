//! Exact values of a network at rational points, in the fastest of several ways.
//!
//! A value is `N / D` with a common denominator `D` that is known beforehand ([`Base`]), so only integers are
//! needed. Each [`Route`] gives the same values:
//!
//! * **big integers**: the network over [`CommonScale`]; best for few operations, on numbers however long;
//! * **large primes**: modulo [`PrimeField`]s, whose residues are combined by [`ChineseRemainders`];
//! * **small primes**: modulo [`CentredField`]s, whose matrix products run on vector units;
//! * **stages**: the same, but parts of the network whose values are small use fewer primes than later parts
//!   (`stages`).
//!
//! Primes prove a value only if their product exceeds a bound on it. The bound is the network's height at the
//! very point, evaluated with upward rounding ([`Heights`](super::Heights)). There is no early exit: residues
//! that stop changing prove nothing.
//!
//! Which way is chosen by a prediction (`estimate`), which has no part in the proof.

mod estimate;
mod extension;
mod residues;
mod size;
mod stages;

use num_bigint::BigInt;
use num_integer::Integer;
use num_rational::BigRational;
use num_traits::{One, Zero};

use self::estimate::Estimates;
use self::residues::Numerators;
use super::budget::stopped;
use super::scale::{Base, Denominator};
use super::{Arithmetic, BitBudget, CentredField, CommonScale, Halt, Heights, PrimeField, Scaled};
use crate::network::{EvaluateError, Network, Shape, Tensor, cost, evaluate};
use crate::parallel;

/// A way to compute exact values.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Route {
    /// Integers of any length over a common scale.
    BigIntegers,
    /// Many primes below `2^23`.
    SmallPrimes,
    /// Primes below `2^23`, fewer for the parts of the network whose values are shorter: asked for by name,
    /// wherever that is possible; otherwise where it is expected to save time.
    Stages,
    /// Primes below `2^62`.
    LargePrimes,
}

impl Route {
    /// All of them.
    pub const ALL: [Route; 4] = [Route::BigIntegers, Route::SmallPrimes, Route::Stages, Route::LargePrimes];
}

/// The output of a network at a rational point, in lowest terms, in the way that is predicted to be fastest.
///
/// The budget limits the length of a number and, with an eighth of its total as bytes, the memory; work ends
/// soon after its stop condition holds. Every failure is an error: [`Halt::Budget`] for the budget,
/// [`Halt::Range`] for values of which not even a bound can be told.
pub fn exact_values(
    network: &Network,
    inputs: &[Tensor<BigRational>],
    budget: &BitBudget,
) -> Result<Tensor<BigRational>, EvaluateError> {
    let estimates = Estimates::new(network, inputs);
    let (first, _) = estimates.cheapest();
    match by(first, network, inputs, budget, Some(&estimates)) {
        // The bound for the primes is on values as they might be; the values may be shorter, or the numbers
        // on the way.
        Err(EvaluateError::Halt(Halt::Budget(_) | Halt::Range(_)))
            if first != Route::BigIntegers && !budget.stopped() =>
        {
            by_big_integers(network, inputs, budget)
        }
        result => result,
    }
}

/// The predicted seconds of [`exact_values`]: infinite when no prediction can be made.
pub fn exact_seconds(network: &Network, inputs: &[Tensor<BigRational>]) -> f64 {
    Estimates::new(network, inputs).cheapest().1
}

/// Whether the value of a network without inputs is zero in every entry; and the base-2 logarithm of the
/// bound on its numerators that this rests on. The route is that of [`exact_values`], but for short numbers,
/// whose bound is cheap.
pub(crate) fn exactly_zero(network: &Network, budget: &BitBudget) -> Result<(bool, u64), EvaluateError> {
    let estimates = Estimates::new(network, &[]);
    let base = Base::new([network], []);
    match estimates.cheapest().0 {
        Route::BigIntegers => {
            let value = by_big_integers(network, &[], budget)?;
            let bounds = residues::bounds(&Heights::new(base.clone()), network, &[], budget)?;
            let (_, bound_log2) = residues::segments(&[bounds.data().len()], bounds.data(), &base, budget)?;
            Ok((value.data().iter().all(BigRational::is_zero), bound_log2))
        }
        route => {
            let values = numerators(route, network, &base, &[], budget, Some(&estimates))?;
            if budget.stopped() { Err(stopped().into()) } else { Ok((values.are_zero(), values.bound_log2)) }
        }
    }
}

/// The same as [`exact_values`], in a given way.
pub fn exact_values_by(
    route: Route,
    network: &Network,
    inputs: &[Tensor<BigRational>],
    budget: &BitBudget,
) -> Result<Tensor<BigRational>, EvaluateError> {
    by(route, network, inputs, budget, None)
}

fn by(
    route: Route,
    network: &Network,
    inputs: &[Tensor<BigRational>],
    budget: &BitBudget,
    estimates: Option<&Estimates>,
) -> Result<Tensor<BigRational>, EvaluateError> {
    match route {
        Route::BigIntegers => by_big_integers(network, inputs, budget),
        _ => by_primes(route, network, inputs, budget, estimates),
    }
}

fn by_big_integers(
    network: &Network,
    inputs: &[Tensor<BigRational>],
    budget: &BitBudget,
) -> Result<Tensor<BigRational>, EvaluateError> {
    // What has been converted is not in the budget of bits, so it is looked at beforehand.
    let cost = cost(network);
    let bytes = (cost.live_once + cost.live_per_point) * size_of::<Scaled>() as f64;
    if bytes > budget.bits_total as f64 / 8.0 {
        return Err(Halt::Budget(format!("about {bytes:.1e} bytes of memory would be needed")).into());
    }
    let base = Base::new([network], inputs.iter().flat_map(|tensor| tensor.data()));
    let scale = CommonScale::new(base, budget.clone());
    let output = evaluate(&scale, network, &converted(&scale, inputs)?)?;
    tensor(output.shape(), scale.rationals(&output)?)
}

fn by_primes(
    route: Route,
    network: &Network,
    inputs: &[Tensor<BigRational>],
    budget: &BitBudget,
    estimates: Option<&Estimates>,
) -> Result<Tensor<BigRational>, EvaluateError> {
    let base = Base::new([network], inputs.iter().flat_map(|tensor| tensor.data()));
    let values = numerators(route, network, &base, inputs, budget, estimates)?;
    if budget.stopped() {
        return Err(stopped().into());
    }
    let remainders = values.remainders()?;
    let denominator = BigInt::from(base.value(values.denominator));
    let fraction = |entry: usize| -> Result<BigRational, Halt> {
        if budget.stopped() {
            return Err(stopped());
        }
        let numerator = remainders.combine(&values.of(entry));
        Ok(reduced(numerator, &denominator, &base, values.denominator))
    };
    let entries = parallel::try_map(network.output_shape().size(), fraction)?;
    tensor(network.output_shape(), entries)
}

/// The numerators of the output modulo enough primes.
fn numerators(
    route: Route,
    network: &Network,
    base: &Base,
    inputs: &[Tensor<BigRational>],
    budget: &BitBudget,
    estimates: Option<&Estimates>,
) -> Result<Numerators, EvaluateError> {
    match route {
        Route::Stages => {
            let stages = match estimates {
                Some(estimates) => stages::split(network, &estimates.nodes, &estimates.plan().limits),
                None => {
                    let nodes = Estimates::new(network, inputs).nodes;
                    stages::split(network, &nodes, &stages::all_cuts(&nodes))
                }
            };
            stages::numerators(&stages, base, inputs, budget)
        }
        Route::SmallPrimes => residues::numerators::<CentredField>(network, base, inputs, budget),
        _ => residues::numerators::<PrimeField>(network, base, inputs, budget),
    }
}

/// `numerator / denominator` in lowest terms, where the denominator is `2^two * base^odd`.
fn reduced(numerator: BigInt, denominator: &BigInt, base: &Base, exponents: Denominator) -> BigRational {
    if numerator.is_zero() {
        return BigRational::zero();
    }
    let odd = BigInt::from(base.odd().clone());
    if exponents.odd > 0 && !odd.is_one() && !(&numerator % &odd).gcd(&odd).is_one() {
        return BigRational::new(numerator, denominator.clone());
    }
    // Only powers of two can cancel.
    let twos = numerator.trailing_zeros().unwrap_or(0).min(exponents.two);
    BigRational::new_raw(numerator >> twos, denominator >> twos)
}

/// The point in an arithmetic.
fn converted<A: Arithmetic>(
    arithmetic: &A,
    inputs: &[Tensor<BigRational>],
) -> Result<Vec<Tensor<A::Element>>, EvaluateError> {
    let convert = |input: &Tensor<BigRational>| input.try_map(|value| arithmetic.from_rational(value));
    Ok(inputs.iter().map(convert).collect::<Result<_, Halt>>()?)
}

/// A tensor of a shape that the number of entries fits.
fn tensor<E>(shape: &Shape, entries: Vec<E>) -> Result<Tensor<E>, EvaluateError> {
    Tensor::new(shape.clone(), entries).ok_or_else(|| {
        EvaluateError::Inputs(format!("a tensor has not the shape {shape} that it should have"))
    })
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::budget::Stop;
    use crate::network::{Builder, Constant, Data, Einsum};

    /// `A (B + C) - A B - A C` is zero, and with one more to one entry of the second `A` it is not: of
    /// numbers, of small matrices and of larger ones, each by another route. The bound covers the entries
    /// before they cancel.
    #[test]
    fn zero_is_told_from_what_cancels_almost() {
        let distributed = |size: usize, more: i64| {
            let mut builder = Builder::unfolded();
            let mut matrix = |seed: i64, more: i64| {
                let mut values: Vec<i64> =
                    (0..(size * size) as i64).map(|i| (i * seed) % 1009 - 504).collect();
                values[size * size - 1] += more;
                let shape = Shape::new([size, size]).unwrap();
                builder.constant(Arc::new(Constant::new(shape, Data::Integer(values)).unwrap()))
            };
            let [a, other, b, c] = [matrix(31, 0), matrix(31, more), matrix(57, 0), matrix(91, 0)];
            let one = || BigRational::one();
            let sum = builder.combine(vec![(one(), b), (one(), c)]).unwrap();
            let spec = Einsum { operands: vec![vec![0, 2], vec![2, 1]], output: vec![0, 1] };
            let products = [(a, sum), (a, b), (other, c)]
                .map(|(x, y)| builder.contract(vec![x, y], spec.clone()).unwrap());
            let terms = products.into_iter().zip([one(), -one(), -one()]).map(|(node, sign)| (sign, node));
            let output = builder.combine(terms.collect()).unwrap();
            builder.network(Vec::new(), output)
        };
        let mut routes = Vec::new();
        for size in [1, 2, 64] {
            let network = distributed(size, 0);
            routes.push(Estimates::new(&network, &[]).cheapest().0);
            let (is_zero, bound_log2) = exactly_zero(&network, &BitBudget::default()).unwrap();
            // Entries are below 2^9, those of the sum below 2^10: 4 * 2^18 or so for every term.
            assert!(is_zero && (18..=21 + size.ilog2() as u64).contains(&bound_log2), "{bound_log2}");
            assert!(!exactly_zero(&distributed(size, 1), &BitBudget::default()).unwrap().0);
            let stopped = BitBudget::default().stopped_by(Stop::new(|| true));
            assert!(exactly_zero(&network, &stopped).is_err());
        }
        routes.dedup();
        assert_eq!(routes.len(), 3, "{routes:?}");
    }
}
