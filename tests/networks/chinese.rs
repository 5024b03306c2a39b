//! Exact values in every way they can be computed, against the plain rational evaluator.

use crate::common::networks::{network_from, split};
use crate::common::random::Random;
use crate::common::size::cases;
use num_bigint::BigInt;
use num_rational::BigRational;
use num_traits::{One, Signed, Zero};
use rayon::prelude::*;
use samenet::arithmetic::{
    BitBudget, CentredField, Halt, PrimeField, Rationals, Route, exact_values, exact_values_by,
    previous_prime,
};
use samenet::budget::Stop;
use samenet::network::{
    Builder, Constant, Data, Einsum, EvaluateError, Input, Network, NodeId, Shape, Tensor, evaluate,
};
use std::sync::Arc;

fn rational(n: i64, d: i64) -> BigRational {
    BigRational::new(n.into(), d.into())
}

/// The largest primes that the two fields can have: the first that the evaluation reaches for.
fn first_primes(bits: u32, count: usize) -> Vec<u64> {
    std::iter::successors(previous_prime(1 << bits), |&p| previous_prime(p)).take(count).collect()
}

fn reciprocal(denominators: &[u64]) -> BigRational {
    let product: BigInt = denominators.iter().map(|&p| BigInt::from(p)).product();
    BigRational::new(BigInt::one(), product)
}

fn agree(network: &Network, inputs: &[Tensor<BigRational>]) -> Tensor<BigRational> {
    let expected = evaluate(&Rationals::new(), network, inputs).unwrap();
    for route in Route::ALL {
        let found = exact_values_by(route, network, inputs, &BitBudget::default()).unwrap();
        assert_eq!(found, expected, "{route:?} {network:?} at {inputs:?}");
        // In lowest terms, with a positive denominator: derived equality of fractions does not see that.
        for value in found.data() {
            assert_eq!(value, &BigRational::new(value.numer().clone(), value.denom().clone()));
            assert!(value.denom().is_positive());
            assert!(num_integer::Integer::gcd(value.numer(), value.denom()).is_one());
        }
    }
    assert_eq!(exact_values(network, inputs, &BitBudget::default()).unwrap(), expected);
    expected
}

/// What the outputs of one network show.
#[derive(Clone, Copy, Default, Debug)]
struct Classes {
    networks: usize,
    zero: usize,
    negative: usize,
    /// A denominator that is no power of two.
    odd: usize,
    /// A denominator that the first small prime divides, or the first large one.
    prime: usize,
    /// A numerator of more than 64 bits.
    long: usize,
    /// No outputs.
    empty: usize,
}

fn count(outputs: &Tensor<BigRational>, primes: &[u64]) -> Classes {
    let some = |predicate: &dyn Fn(&BigRational) -> bool| usize::from(outputs.data().iter().any(predicate));
    Classes {
        networks: 1,
        zero: some(&|x| x.is_zero()),
        negative: some(&|x| x.is_negative()),
        odd: some(&|x| x.denom().bits() != x.denom().trailing_zeros().unwrap() + 1),
        prime: some(&|x| primes.iter().any(|&p| (x.denom() % p).is_zero())),
        long: some(&|x| x.numer().bits() > 64),
        empty: usize::from(outputs.data().is_empty()),
    }
}

/// The network times a factor that is a constant of it.
fn times(network: &Network, factor: BigRational) -> Network {
    let mut builder = Builder::new();
    let inputs: Vec<NodeId> = (0..network.inputs().len())
        .map(|position| builder.input(position, network.inputs()[position].shape.clone()))
        .collect();
    let output = builder.import(network, &inputs).unwrap();
    let output = builder.combine(vec![(factor, output)]).unwrap();
    builder.network(network.inputs().to_vec(), output)
}

#[test]
fn random_networks_of_every_class() {
    // The project promises at least 10,000.
    let networks = cases(1_200, 10_200);
    let primes = [first_primes(CentredField::MAX_BITS, 1), first_primes(PrimeField::MAX_BITS, 1)].concat();
    let one = |seed: usize| {
        let mut random = Random(seed as u64);
        let nodes = 4 + random.below(10);
        let choices: Vec<u32> = (0..12 * nodes).map(|_| random.next() as u32).collect();
        let mut network = network_from(&choices, 12);
        // Every fourth network has a denominator that the first prime divides, every fifth a point.
        if seed.is_multiple_of(4) {
            network = times(&network, reciprocal(&[primes[(seed / 4) % 2]]));
        }
        let point: Vec<BigRational> = (0..5)
            .map(|_| {
                let numerator = random.below(9) as i64 - 4;
                let value = rational(numerator, [1, 1, 2, 3, 10][random.below(5)]);
                if seed.is_multiple_of(5) { value * reciprocal(&[primes[(seed / 5) % 2]]) } else { value }
            })
            .collect();
        count(&agree(&network, &split(&point)), &primes)
    };
    let all = (0..networks).into_par_iter().map(one).reduce(Classes::default, |a, b| Classes {
        networks: a.networks + b.networks,
        zero: a.zero + b.zero,
        negative: a.negative + b.negative,
        odd: a.odd + b.odd,
        prime: a.prime + b.prime,
        long: a.long + b.long,
        empty: a.empty + b.empty,
    });
    println!("{all:?}");
    assert_eq!(all.networks, networks);
    // There are many networks of every class.
    let tenth = networks / 11;
    assert!(all.zero > tenth && all.negative > tenth && all.odd > tenth && all.prime > tenth, "{all:?}");
    assert!(all.long > networks / 40 && all.empty > networks / 400, "{all:?}");
}

fn network(build: impl FnOnce(&mut Builder) -> NodeId) -> Network {
    let mut builder = Builder::new();
    let output = build(&mut builder);
    builder.network(Vec::new(), output)
}

fn matrix(builder: &mut Builder, rows: usize, columns: usize, values: Vec<f32>) -> NodeId {
    let shape = Shape::new([rows, columns]).unwrap();
    builder.constant(Arc::new(Constant::new(shape, Data::F32(values)).unwrap()))
}

/// `a b^T`
fn product(builder: &mut Builder, a: NodeId, b: NodeId) -> NodeId {
    let spec = Einsum { operands: vec![vec![0, 2], vec![1, 2]], output: vec![0, 1] };
    builder.contract(vec![a, b], spec).unwrap()
}

/// Powers of the smallest and the largest floats in a chain of matrix products too large to be folded: the
/// values are as large as the bound, because all summands are equal, with both signs.
#[test]
fn values_at_the_bound() {
    for (value, sign) in
        [(1.0f32, 1.0), (1.0, -1.0), (2.0, 1.0), (f32::MAX, -1.0), (f32::MIN_POSITIVE, 1.0), (0.75, 1.0)]
    {
        let chain = network(|builder| {
            let size = 32;
            let mut all = matrix(builder, size, size, vec![value * sign; size * size]);
            let first = matrix(builder, size, size, vec![value; size * size]);
            for _ in 0..4 {
                all = product(builder, all, first);
            }
            all
        });
        // value^5 * 32^4 in every entry.
        let exact = BigRational::from_float(value).unwrap();
        let expected = num_traits::pow(exact, 5) * rational(1 << 20, 1) * rational(sign as i64, 1);
        for route in Route::ALL {
            let found = exact_values_by(route, &chain, &[], &BitBudget::default()).unwrap();
            assert!(found.data().iter().all(|x| *x == expected), "{route:?} {value}");
        }
    }
}

/// Stages whose values are of very different lengths, passed on over several of them: `x`, `x^2`, `x^4`, ..
/// of a matrix `x`, and in the end a sum of all.
#[test]
fn many_stages() {
    let mut random = Random(7);
    let size = 24;
    let values: Vec<f32> =
        (0..size * size).map(|_| (random.below(1 << 20) as f32 - 500_000.5) / 3e5).collect();
    let powers = network(|builder| {
        let mut power = matrix(builder, size, size, values);
        let mut all = vec![(rational(1, 3), power)];
        for _ in 0..4 {
            power = product(builder, power, power);
            all.push((rational(-5, 7), power));
        }
        builder.combine(all).unwrap()
    });
    let expected = exact_values_by(Route::BigIntegers, &powers, &[], &BitBudget::default()).unwrap();
    for route in [Route::SmallPrimes, Route::Stages, Route::LargePrimes] {
        assert_eq!(
            exact_values_by(route, &powers, &[], &BitBudget::default()).unwrap(),
            expected,
            "{route:?}"
        );
    }
    assert!(expected.data().iter().any(|x| x.numer().bits() > 300));
}

/// Zero, however it is written, and nothing at all.
#[test]
fn zeros_and_nothing() {
    let zero = network(|builder| {
        let zeros = matrix(builder, 80, 80, vec![0.0; 6400]);
        let ones = matrix(builder, 80, 80, vec![1e30; 6400]);
        product(builder, zeros, ones)
    });
    assert!(agree(&zero, &[]).data().iter().all(Zero::is_zero));
    let nothing = network(|builder| {
        let left = matrix(builder, 0, 3, Vec::new());
        let right = matrix(builder, 5, 3, vec![1.5; 15]);
        product(builder, left, right)
    });
    assert!(agree(&nothing, &[]).data().is_empty());
    let sum_of_nothing = network(|builder| {
        let left = matrix(builder, 4, 0, Vec::new());
        let right = matrix(builder, 5, 0, Vec::new());
        product(builder, left, right)
    });
    assert_eq!(agree(&sum_of_nothing, &[]).data().len(), 20);
}

/// Denominators that the first primes of both fields divide, some of them to a power: these primes must be
/// skipped.
#[test]
fn denominators_of_the_first_primes() {
    let first = [first_primes(CentredField::MAX_BITS, 40), first_primes(PrimeField::MAX_BITS, 12)].concat();
    let shape = Shape::new([2]).unwrap();
    let mut builder = Builder::new();
    let x = builder.input(0, shape.clone());
    let square = builder.multiply(x, x).unwrap();
    let half = builder.combine(vec![(reciprocal(&first), square), (rational(-22, 7), x)]).unwrap();
    let cube = builder.multiply(half, square).unwrap();
    let network = builder.network(vec![Input { name: "x".to_string(), shape: shape.clone() }], cube);
    let point = Tensor::new(shape, vec![reciprocal(&first[3..9]), rational(-5, 3)]).unwrap();
    let values = agree(&network, &[point]);
    assert!(values.data().iter().all(|x| first.iter().any(|&p| (x.denom() % p).is_zero())));
}

/// A huge denominator: 3^-4000, and a numerator that cancels all of it.
#[test]
fn huge_denominators() {
    let power = num_traits::pow(BigInt::from(3), 4000);
    let shape = Shape::scalar();
    let mut builder = Builder::new();
    let x = builder.input(0, shape.clone());
    let scaled = builder.combine(vec![(BigRational::new(BigInt::one(), power.clone()), x)]).unwrap();
    let square = builder.multiply(scaled, x).unwrap();
    let network = builder.network(vec![Input { name: "x".to_string(), shape }], square);
    let at = |x: BigRational| agree(&network, &[Tensor::filled(Shape::scalar(), x)]).data()[0].clone();
    assert_eq!(at(BigRational::from_integer(power.clone())), BigRational::from_integer(power.clone()));
    assert_eq!(at(rational(3, 1)), BigRational::new(BigInt::one(), num_traits::pow(BigInt::from(3), 3998)));
    assert_eq!(at(rational(1, 2)), BigRational::new(BigInt::one(), power * 4));
}

/// The values of `x^(2^70)` are so long that even their length overflows, and those of `x^(2^40)` exceed any
/// budget: every route refuses both. Times zero, they are zero.
#[test]
fn values_out_of_reach() {
    let tower = |squarings: usize, factor: i64| {
        let mut builder = Builder::new();
        let x = builder.input(0, Shape::scalar());
        let mut power = x;
        for _ in 0..squarings {
            power = builder.multiply(power, power).unwrap();
        }
        let y = builder.input(1, Shape::scalar());
        let difference = builder.combine(vec![(rational(factor, 1), y), (rational(-factor, 1), x)]).unwrap();
        let output = builder.multiply(difference, power).unwrap();
        let input = |name: &str| Input { name: name.to_string(), shape: Shape::scalar() };
        builder.network(vec![input("x"), input("y")], output)
    };
    let at = |x: i64, y: i64| {
        [Tensor::filled(Shape::scalar(), rational(x, 1)), Tensor::filled(Shape::scalar(), rational(y, 1))]
    };
    for route in Route::ALL {
        for squarings in [40, 70] {
            let result = exact_values_by(route, &tower(squarings, 1), &at(3, 4), &BitBudget::default());
            assert!(
                matches!(result, Err(EvaluateError::Halt(Halt::Budget(_) | Halt::Range(_)))),
                "{route:?} {squarings} {result:?}"
            );
        }
        // One to any power, and zero.
        let one = exact_values_by(route, &tower(40, 1), &at(1, 5), &BitBudget::default()).unwrap();
        assert_eq!(one.data(), [rational(4, 1)]);
        let zero = exact_values_by(route, &tower(70, 1), &at(0, 5), &BitBudget::default()).unwrap();
        assert_eq!(zero.data(), [rational(0, 1)]);
    }
    assert!(exact_values(&tower(70, 1), &at(3, 4), &BitBudget::default()).is_err());
}

/// Every route notices that the caller wants to stop, and keeps the memory limit.
#[test]
fn budgets() {
    let large = network(|builder| {
        let values: Vec<f32> = (0..200 * 200).map(|i| i as f32 / 64.0).collect();
        let x = matrix(builder, 200, 200, values);
        product(builder, x, x)
    });
    for route in Route::ALL {
        let stopped = BitBudget::default().stopped_by(Stop::new(|| true));
        assert!(matches!(
            exact_values_by(route, &large, &[], &stopped),
            Err(EvaluateError::Halt(Halt::Budget(_)))
        ));
        let little = BitBudget::new(1 << 24, 1 << 16);
        assert!(matches!(
            exact_values_by(route, &large, &[], &little),
            Err(EvaluateError::Halt(Halt::Budget(_)))
        ));
    }
}
