//! Small networks at points of any size: every arithmetic has the value of the polynomials that the network
//! expands to, and the bounds that proofs rest on hold.

use num_bigint::BigInt;
use num_rational::BigRational;
use num_traits::{One, Signed, ToPrimitive, Zero};
use samenet::arithmetic::{
    Arithmetic, Base, BitBudget, CommonScale, Floats, Halt, Height, PrimeField, Rationals, Route,
    exact_values, exact_values_by, height_bound, output_degrees,
};
use samenet::network::{EvaluateError, Network, Tensor, cost, evaluate, evaluate_batch};

use super::networks::{Bytes, network, stretched};
use super::polynomials::{Polynomial, expand};
use crate::common::networks::input_shapes;

/// The first bytes are the point, some choose constants, the others grow a network.
pub fn run(bytes: &[u8]) {
    let mut bytes = Bytes(bytes);
    let point = bytes.point();
    let mut head = Bytes(bytes.take(34));
    let network = stretched(&network(bytes.take(240), 6), &mut head);
    let Some(polynomials) = expand(&network, 20_000) else { return };
    let flat: Vec<BigRational> = point.iter().flat_map(|tensor| tensor.data().to_vec()).collect();
    let expected: Vec<BigRational> = polynomials.iter().map(|p| value(p, &flat)).collect();

    let rationals = evaluate(&Rationals::new(), &network, &point).unwrap();
    assert_eq!(rationals.data(), expected);
    common_scale(&network, &point, &flat, &expected);
    routes(&network, &point, &expected);
    for prime in [3, 5, 97, (1 << 61) - 1, (1 << 62) - 57] {
        residues(prime, &network, &point, &expected);
    }
    floats(&network, &point, &expected);
    bounds(&network, &polynomials, &flat, &expected);

    let cost = cost(&network);
    assert!(cost.per_point.is_finite() && cost.once.is_finite());
    assert!(cost.live_per_point + cost.live_once >= expected.len() as f64);
}

fn value(polynomial: &Polynomial, point: &[BigRational]) -> BigRational {
    let term = |(monomial, coefficient): (&Vec<u16>, &BigRational)| {
        let powers = monomial.iter().zip(point).filter(|(exponent, _)| **exponent > 0);
        powers.fold(coefficient.clone(), |product, (&exponent, x)| {
            product * num_traits::pow(x.clone(), usize::from(exponent))
        })
    };
    polynomial.iter().map(term).sum()
}

/// With a generous budget the value; with any budget the value or a refusal.
fn common_scale(
    network: &Network,
    point: &[Tensor<BigRational>],
    flat: &[BigRational],
    expected: &[BigRational],
) {
    let base = Base::new([network], flat);
    for bits in [1 << 24, 1 << 10, 1 << 6] {
        let scale = CommonScale::new(base.clone(), BitBudget::new(bits, 1 << 34));
        let at = || {
            let converted: Result<Vec<_>, Halt> = point
                .iter()
                .map(|tensor| {
                    let entries: Result<Vec<_>, Halt> =
                        tensor.data().iter().map(|x| scale.from_rational(x)).collect();
                    Ok(Tensor::new(tensor.shape().clone(), entries?).unwrap())
                })
                .collect();
            let values = evaluate(&scale, network, &converted?)?;
            Ok::<_, EvaluateError>(scale.rationals(&values)?)
        };
        match at() {
            Ok(values) => assert_eq!(values, expected),
            Err(error) => assert!(bits < 1 << 24, "{error}"),
        }
    }
}

/// The ways to exact values: with a generous budget the value; with any budget the value or a refusal.
fn routes(network: &Network, point: &[Tensor<BigRational>], expected: &[BigRational]) {
    for bits in [1 << 24, 1 << 9] {
        let budget = BitBudget::new(bits, 1 << 34);
        let mut results: Vec<_> =
            Route::ALL.iter().map(|&route| exact_values_by(route, network, point, &budget)).collect();
        results.push(exact_values(network, point, &budget));
        for result in results {
            match result {
                Ok(values) => {
                    assert_eq!(values.shape(), network.output_shape());
                    assert_eq!(values.data(), expected);
                }
                Err(error) => assert!(bits < 1 << 24, "{error}"),
            }
        }
    }
}

/// At two points at once: the point, and zero.
fn residues(prime: u64, network: &Network, point: &[Tensor<BigRational>], expected: &[BigRational]) {
    let field = PrimeField::new(prime).unwrap();
    let residue = |x: &BigRational| field.from_rational(x);
    let inputs: Option<Vec<_>> = point
        .iter()
        .zip(input_shapes())
        .map(|(tensor, shape)| {
            let mut entries: Vec<_> = tensor.data().iter().map(residue).collect::<Result<_, _>>().ok()?;
            entries.extend(vec![field.zero(); shape.size()]);
            let axes: Vec<usize> = [2].into_iter().chain(shape.axes().iter().copied()).collect();
            Tensor::new(samenet::Shape::new(axes).unwrap(), entries)
        })
        .collect();
    // A prime that divides a denominator cannot be used, and that is all that can go wrong.
    let Some(inputs) = inputs else { return };
    match evaluate_batch(&field, network, 2, &inputs) {
        Ok(values) => {
            let found = &values.data()[..expected.len()];
            for (value, expected) in found.iter().zip(expected) {
                // A denominator of an intermediate value may cancel, one of the result may not appear.
                assert_eq!(Some(*value), residue(expected).ok());
            }
        }
        Err(EvaluateError::Halt(Halt::NoResidue(_))) => assert!(prime < 100 || has_denominators(network)),
        Err(error) => panic!("{error}"),
    }
}

/// Whether a prime of 61 bits may divide a denominator of the network.
fn has_denominators(network: &Network) -> bool {
    Base::new([network], []).odd().bits() > 60
}

/// Within the rounding errors that sizes of all intermediate values allow.
fn floats(network: &Network, point: &[Tensor<BigRational>], expected: &[BigRational]) {
    let Some((values, magnitudes)) = at(&Floats::VALUES, network, point).zip(at(&Magnitudes, network, point))
    else {
        return;
    };
    for ((value, magnitude), exact) in values.iter().zip(magnitudes).zip(expected) {
        // Far from overflow and underflow, n operations are off by n 2^-53 times the sum of all magnitudes.
        if magnitude < 1e150 {
            assert!((value - exact.to_f64().unwrap()).abs() <= 1e-10 * magnitude + 1e-150, "{value} {exact}");
        }
    }
}

fn at<A: Arithmetic<Element = f64>>(
    arithmetic: &A,
    network: &Network,
    point: &[Tensor<BigRational>],
) -> Option<Vec<f64>> {
    let convert = |tensor: &Tensor<BigRational>| {
        let entries: Option<Vec<f64>> =
            tensor.data().iter().map(|x| arithmetic.from_rational(x).ok()).collect();
        Tensor::new(tensor.shape().clone(), entries?)
    };
    let inputs: Option<Vec<_>> = point.iter().map(convert).collect();
    Some(evaluate(arithmetic, network, &inputs?).ok()?.into_data())
}

/// Numbers without their signs, so that nothing cancels.
struct Magnitudes;

impl Arithmetic for Magnitudes {
    type Element = f64;

    fn from_rational(&self, value: &BigRational) -> Result<f64, Halt> {
        Floats::VALUES.from_rational(&value.abs())
    }

    fn zero(&self) -> f64 {
        0.0
    }

    fn one(&self) -> f64 {
        1.0
    }

    fn add(&self, a: &f64, b: &f64) -> f64 {
        a + b
    }

    // Not below the size at which products of what was rounded to nothing could matter.
    fn multiply(&self, a: &f64, b: &f64) -> f64 {
        a * b + 1e-300
    }
}

/// Degrees, denominators and sizes of coefficients and of values are within the bounds.
fn bounds(network: &Network, polynomials: &[Polynomial], flat: &[BigRational], expected: &[BigRational]) {
    let degrees = output_degrees(network, &vec![1; network.inputs().len()]).unwrap();
    for (polynomial, bound) in polynomials.iter().zip(degrees.data()) {
        for monomial in polynomial.keys() {
            let degree: u64 = monomial.iter().map(|&exponent| u64::from(exponent)).sum();
            assert!(bound.highest().is_none_or(|highest| degree <= highest));
            assert!(!bound.is_homogeneous() || bound.highest() == Some(degree));
        }
        assert!(polynomial.is_empty() || *bound != samenet::arithmetic::DegreeRange::Zero);
    }
    let base = Base::new([network], flat);
    let variables = vec![Height::ONE; network.inputs().len()];
    let bound = height_bound(network, &base, &variables).unwrap();
    let two_to = |bits: u64| BigRational::from_integer(BigInt::one() << bits);
    let multiple = BigRational::from_integer(base.value(bound.denominator).into());
    for polynomial in polynomials {
        let norm: BigRational = polynomial.values().map(Signed::abs).sum();
        assert!(norm <= two_to(bound.norm_log2));
        assert!(polynomial.values().all(|coefficient| (coefficient * &multiple).is_integer()));
    }
    let largest = flat.iter().map(Signed::abs).max().unwrap_or_else(BigRational::zero);
    let denominator = flat.iter().fold(samenet::arithmetic::Denominator::default(), |all, x| {
        all.join(base.denominator(x.denom().magnitude()).unwrap())
    });
    let inputs = vec![Height::of_values(&largest, denominator); network.inputs().len()];
    let bound = height_bound(network, &base, &inputs).unwrap();
    let multiple = BigRational::from_integer(base.value(bound.denominator).into());
    for value in expected {
        assert!(value.abs() <= two_to(bound.norm_log2));
        assert!((value * &multiple).is_integer());
    }
}
