//! What the ways to an exact value are expected to take. Predictions choose; they prove nothing.

use num_rational::BigRational;

use super::Route;
use super::size::{Estimate, primes};
use super::stages::{self, Plan};
use crate::arithmetic::scale::{Base, Denominator};
use crate::arithmetic::{CentredField, Magnitude, PrimeField};
use crate::calibration::{
    BLOCK, BOUND_MULTIPLICATION, INTEGER_ENTRY, LARGE_MULTIPLICATION, MOVED_ENTRY, NODE,
    SMALL_MULTIPLICATION, SMALL_PRODUCT, integer_multiplication,
};
use crate::network::{Constant, Data, Network, NodeId, Operation, Tensor, cost, decompose, part};

/// What is expected of a network.
#[derive(Debug)]
pub(super) struct Estimates {
    pub(super) nodes: Vec<Estimate>,
    outputs: f64,
    plan: Plan,
}

impl Estimates {
    /// Of a network at a point.
    pub(super) fn new(network: &Network, inputs: &[Tensor<BigRational>]) -> Estimates {
        let base = Base::new([network], inputs.iter().flat_map(|tensor| tensor.data()));
        let mut nodes: Vec<Estimate> = Vec::with_capacity(network.nodes().len());
        for position in 0..network.nodes().len() {
            let estimate = node(network, NodeId(position), &nodes, inputs, &base);
            nodes.push(estimate);
        }
        let outputs = network.output_shape().size() as f64;
        let plan = stages::plan(network, &nodes);
        Estimates { nodes, outputs, plan }
    }

    /// How to cut the network for small primes.
    pub(super) fn plan(&self) -> &Plan {
        &self.plan
    }

    /// The way that is expected to take the least time, and how many seconds.
    pub(super) fn cheapest(&self) -> (Route, f64) {
        let sum = |seconds: fn(&Estimate) -> f64| self.nodes.iter().map(seconds).sum::<f64>();
        let bits = self.nodes.last().map_or(0.0, |node| node.bits);
        let threads = rayon::current_num_threads().max(1) as f64;
        let large = primes(bits, PrimeField::MAX_BITS);
        let small = primes(bits, CentredField::MAX_BITS);
        // A root of the tree of remainders for every output, and the inverses once.
        let combined = |primes: f64| {
            self.outputs * integer_multiplication(bits) * 2.0 + primes * primes * LARGE_MULTIPLICATION
        };
        let bound = sum(|node| node.bound);
        let mut ways = [
            (Route::BigIntegers, sum(|node| node.integers)),
            (Route::Stages, bound + (self.plan.seconds + combined(small)) / threads),
            (Route::LargePrimes, bound + (sum(|node| node.large) * large + combined(large)) / threads),
        ];
        ways.iter_mut().filter(|way| way.1.is_nan()).for_each(|way| way.1 = f64::INFINITY);
        ways.into_iter().min_by(|a, b| a.1.total_cmp(&b.1)).unwrap_or((Route::BigIntegers, f64::INFINITY))
    }
}

fn node(
    network: &Network,
    id: NodeId,
    before: &[Estimate],
    inputs: &[Tensor<BigRational>],
    base: &Base,
) -> Estimate {
    let node = &network.nodes()[id.0];
    let entries = node.shape.size() as f64;
    let operands = node.operands();
    let of = |id: &NodeId| &before[id.0];
    let join = |all: Denominator, id: &NodeId| all.join(of(id).denominator);
    let (denominator, norm, multiplications) = match &node.operation {
        Operation::Input(position) => {
            let (denominator, norm) = inputs
                .get(*position)
                .map_or((Denominator::default(), 0.0), |tensor| rationals(tensor.data().iter(), base));
            (denominator, norm, 0.0)
        }
        Operation::Constant(constant) => {
            let (denominator, norm) = constant_size(constant, base);
            (denominator, norm, 0.0)
        }
        Operation::Contract { spec, .. } => {
            let (terms, multiplications) = contraction(network, id, spec);
            let denominator =
                operands.iter().fold(Denominator::default(), |all, id| all.times(of(id).denominator));
            let norm = operands.iter().map(|id| of(id).norm).sum::<f64>() + terms.log2();
            (denominator, norm, multiplications)
        }
        Operation::Combine { terms } => {
            let mut all = Denominator::default();
            let mut norm = f64::NEG_INFINITY;
            for (coefficient, id) in terms {
                let (own, size) = rationals(std::iter::once(coefficient), base);
                all = all.join(own.times(of(id).denominator));
                norm = norm.max(size + of(id).norm);
            }
            (all, norm + (terms.len() as f64).log2(), entries * terms.len() as f64)
        }
        Operation::Arrange { .. } => {
            let norm = operands.iter().map(|id| of(id).norm).fold(f64::NEG_INFINITY, f64::max);
            (operands.iter().fold(Denominator::default(), join), norm, 0.0)
        }
        Operation::HeadCovariance { spec, .. } => {
            // Ten operands are paired in a term.
            let moment = operands.iter().fold(Denominator::default(), join);
            let largest = operands.iter().map(|id| of(id).norm).fold(f64::NEG_INFINITY, f64::max);
            let denominator = (0..5).fold(Denominator::default(), |all, _| all.times(moment));
            (denominator, 5.0 * largest + spec.terms_log2(), spec.products() * spec.multiplications_each())
        }
    };
    let free = matches!(node.operation, Operation::Input(_) | Operation::Constant(_));
    let blocks = match &node.operation {
        Operation::HeadCovariance { spec, .. } => spec.products(),
        _ => 0.0,
    };
    // A sum of nothing, or only zeros: no bits at all.
    let norm = if norm.is_nan() { f64::NEG_INFINITY } else { norm };
    let own = (norm + base.log2(denominator) as f64).max(0.0);
    let inherited = operands.iter().map(of).filter(|operand| !operand.free).map(|operand| operand.bits);
    let bits = inherited.fold(own, f64::max);
    let read: f64 = operands.iter().map(|id| of(id).entries).sum();
    let moved = NODE + MOVED_ENTRY * (entries + read) + BLOCK * blocks;
    let is_product = multiplications > 8.0 * (entries + read);
    let each = if is_product { SMALL_PRODUCT } else { SMALL_MULTIPLICATION };
    Estimate {
        denominator,
        norm,
        bits,
        free,
        entries,
        small: moved + multiplications * each,
        large: moved + (multiplications + if free { 3.0 * entries } else { 0.0 }) * LARGE_MULTIPLICATION,
        bound: match blocks {
            0.0 => moved + if is_product { 10.0 * each } else { BOUND_MULTIPLICATION } * multiplications,
            blocks => moved + 10.0 * BLOCK * blocks,
        },
        integers: NODE + INTEGER_ENTRY * entries + multiplications * (integer_multiplication(own / 2.0)),
    }
}

/// About how many terms every entry of a contraction sums, and how many multiplications it takes.
fn contraction(network: &Network, id: NodeId, spec: &crate::network::Einsum) -> (f64, f64) {
    let node = &network.nodes()[id.0];
    let mut lengths: Vec<f64> = Vec::new();
    let operands = node.operands();
    for (operand, labels) in operands.iter().zip(&spec.operands) {
        for (&label, &axis) in labels.iter().zip(network.nodes()[operand.0].shape.axes()) {
            let place = label as usize;
            if lengths.len() <= place {
                lengths.resize(place + 1, 1.0);
            }
            lengths[place] = axis as f64;
        }
    }
    let all: f64 = lengths.iter().product();
    let terms = (all / node.shape.size() as f64).max(1.0);
    if operands.len() <= 2 {
        return (terms, all);
    }
    // The order in which several operands are contracted is the evaluator's business.
    let free = |id: &&NodeId| {
        matches!(network.nodes()[id.0].operation, Operation::Input(_) | Operation::Constant(_))
    };
    let mut given: Vec<NodeId> = operands.iter().filter(|id| !free(id)).copied().collect();
    given.sort();
    given.dedup();
    let multiplications = part(network, &given, &[id]).map_or(all, |alone| {
        let cost = cost(&alone);
        cost.once + cost.per_point
    });
    (terms, multiplications)
}

/// A denominator, and about the base-2 logarithm of the largest magnitude.
fn rationals<'a>(values: impl Iterator<Item = &'a BigRational>, base: &Base) -> (Denominator, f64) {
    let (mut all, mut norm) = (Denominator::default(), f64::NEG_INFINITY);
    for value in values {
        all = all.join(base.denominator(value.denom().magnitude()).unwrap_or_default());
        norm = norm.max(Magnitude::of_rational(value).approximate_log2());
    }
    (all, norm)
}

/// The same for a constant, read a block at a time. Whether it can be read is for the evaluation to report.
fn constant_size(constant: &Constant, base: &Base) -> (Denominator, f64) {
    const BLOCK: usize = 1 << 16;
    let size = constant.shape().size();
    let (mut all, mut norm) = (Denominator::default(), f64::NEG_INFINITY);
    for start in (0..size).step_by(BLOCK) {
        let Ok(data) = constant.block(start..size.min(start + BLOCK)) else { break };
        let (denominator, largest) = match &*data {
            Data::F64(v) => floats(v.iter().copied()),
            Data::F32(v) => floats(v.iter().map(|&x| f64::from(x))),
            Data::F16(v) => floats(v.iter().map(|&x| f64::from(x))),
            Data::BF16(v) => floats(v.iter().map(|&x| f64::from(x))),
            Data::Integer(v) => floats(v.iter().map(|&x| x as f64)),
            Data::Unsigned(v) => floats(v.iter().map(|&x| x as f64)),
            Data::Rational(v) => rationals(v.iter(), base),
        };
        all = all.join(denominator);
        norm = norm.max(largest);
    }
    (all, norm)
}

fn floats(values: impl Iterator<Item = f64>) -> (Denominator, f64) {
    let (mut lowest, mut largest) = (0i32, 0.0f64);
    for x in values {
        let (_, exponent) = decompose(x);
        lowest = lowest.min(exponent);
        largest = largest.max(x.abs());
    }
    (Denominator { two: u64::from(lowest.unsigned_abs()), odd: 0 }, largest.log2())
}
