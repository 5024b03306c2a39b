//! Networks expanded to polynomials: values, degrees, heights and relations against brute force.

use std::collections::BTreeMap;

use crate::common::networks::{network, point, split};
use crate::common::size::properties;
use num_bigint::BigInt;
use num_rational::BigRational;
use num_traits::{One, Signed, Zero};
use proptest::prelude::*;
use samenet::arithmetic::{
    Arithmetic, Base, BitBudget, CommonScale, DegreeRange, Denominator, Halt, Height, PrimeField, Rationals,
    degree_range, height_bound, output_degrees,
};
use samenet::budget::Stop;
use samenet::network::{Builder, EvaluateError, Input, Network, Shape, Tensor, evaluate};
use samenet::polynomial::{
    Polynomial, PolynomialBudget, Relations, SparsePolynomials, format_polynomial, variable_names,
};

type Ring = SparsePolynomials<Rationals>;

/// A budget that no expansion here uses up.
fn enough() -> PolynomialBudget {
    PolynomialBudget::new(20_000_000, 1 << 36)
}

fn ring(network: &Network, relations: &Relations) -> Ring {
    SparsePolynomials::for_networks(Rationals::new(), &[network], relations, enough()).unwrap()
}

fn expand(ring: &Ring, network: &Network) -> Vec<Polynomial<BigRational>> {
    evaluate(ring, network, &ring.inputs(network)).unwrap().into_data()
}

fn value(ring: &Ring, polynomial: &Polynomial<BigRational>, point: &[BigRational]) -> BigRational {
    ring.terms(polynomial)
        .map(|(powers, coefficient)| {
            powers.iter().fold(coefficient.clone(), |product, &(variable, exponent)| {
                product * point[variable].pow(exponent as i32)
            })
        })
        .sum()
}

fn flat(point: &[Tensor<BigRational>]) -> Vec<BigRational> {
    point.iter().flat_map(|tensor| tensor.data().to_vec()).collect()
}

fn rational(n: i64, d: i64) -> BigRational {
    BigRational::new(n.into(), d.into())
}

fn two_to(exponent: u64) -> BigRational {
    BigRational::from_integer(BigInt::one() << exponent)
}

proptest! {
    #![proptest_config(properties(300, 1200))]

    /// The expansion has the values of the network; expanding modulo a prime gives the residues of the
    /// coefficients; degree and height bounds hold.
    #[test]
    fn the_expansion_is_the_network(network in network(14, 6), point in point()) {
        let ring = ring(&network, &Relations::none());
        let polynomials = expand(&ring, &network);
        let expected = evaluate(&Rationals::new(), &network, &point).unwrap();
        for (polynomial, expected) in polynomials.iter().zip(expected.data()) {
            prop_assert_eq!(&value(&ring, polynomial, &flat(&point)), expected);
        }

        let none = Relations::none();
        let field = PrimeField::new((1 << 61) - 1).unwrap();
        let modular =
            SparsePolynomials::for_networks(field, &[&network], &none, enough()).unwrap();
        let residues = evaluate(&modular, &network, &modular.inputs(&network)).unwrap();
        for (polynomial, residues) in polynomials.iter().zip(residues.data()) {
            let expected: Vec<_> = ring
                .terms(polynomial)
                .map(|(powers, coefficient)| (powers, field.from_rational(coefficient).unwrap()))
                .collect();
            let found: Vec<_> = modular.terms(residues).map(|(powers, residue)| (powers, *residue)).collect();
            prop_assert_eq!(found, expected);
        }

        let scale = CommonScale::new(Base::new([&network], []), BitBudget::default());
        let scaled =
            SparsePolynomials::for_networks(scale, &[&network], &none, enough()).unwrap();
        let integers = evaluate(&scaled, &network, &scaled.inputs(&network)).unwrap();
        for (polynomial, integers) in polynomials.iter().zip(integers.data()) {
            let expected: Vec<_> = ring.terms(polynomial).map(|(powers, c)| (powers, c.clone())).collect();
            let found: Vec<_> = scaled
                .terms(integers)
                .map(|(powers, c)| (powers, scaled.coefficients().rational(c).unwrap()))
                .collect();
            prop_assert_eq!(found, expected);
        }

        let degrees = output_degrees(&network, &[1, 1]).unwrap();
        let only_x = output_degrees(&network, &[1, 0]).unwrap();
        for (i, polynomial) in polynomials.iter().enumerate() {
            for (powers, _) in ring.terms(polynomial) {
                let total: u64 = powers.iter().map(|&(_, exponent)| exponent).sum();
                let in_x: u64 = powers.iter().filter(|&&(v, _)| v < 3).map(|&(_, exponent)| exponent).sum();
                for (degree, range) in [(total, degrees.data()[i]), (in_x, only_x.data()[i])] {
                    let DegreeRange::Between { lowest, highest } = range else {
                        return Err(TestCaseError::fail("a zero polynomial with terms"));
                    };
                    prop_assert!(lowest <= degree && degree <= highest);
                }
            }
        }

        let base = Base::new([&network], []);
        let bound = height_bound(&network, &base, &[Height::ONE, Height::ONE]).unwrap();
        let denominator = BigRational::from_integer(base.value(bound.denominator).into());
        prop_assert!(denominator <= two_to(bound.denominator_log2));
        for polynomial in &polynomials {
            let mut norm = BigRational::zero();
            for (_, coefficient) in ring.terms(polynomial) {
                prop_assert!((coefficient * &denominator).is_integer());
                norm += coefficient.abs();
            }
            prop_assert!(norm <= two_to(bound.norm_log2));
        }
    }

    /// Values over a common scale are the rational values, and value bounds hold.
    #[test]
    fn values_over_a_common_scale(network in network(14, 8), point in point()) {
        let entries = flat(&point);
        let base = Base::new([&network], &entries);
        let scale = CommonScale::new(base.clone(), BitBudget::default());
        let inputs: Vec<_> = point.iter().map(|t| t.map(|x| scale.from_rational(x).unwrap())).collect();
        let values = scale.rationals(&evaluate(&scale, &network, &inputs).unwrap()).unwrap();
        let expected = evaluate(&Rationals::new(), &network, &point).unwrap();
        prop_assert_eq!(&values[..], expected.data());

        let largest = entries.iter().map(BigRational::abs).max().unwrap();
        let common = entries.iter().fold(Denominator::default(), |all, x| {
            all.join(base.denominator(x.denom().magnitude()).unwrap())
        });
        let height = Height::of_values(&largest, common);
        let bound = height_bound(&network, &base, &[height, height]).unwrap();
        let denominator = BigRational::from_integer(base.value(bound.denominator).into());
        for value in &values {
            prop_assert!((value * &denominator).is_integer());
            prop_assert!(value.abs() <= two_to(bound.norm_log2));
        }
    }

    /// On a finite domain the reduced expansion has the values of the network at every point, and it is in
    /// normal form: no power that could be reduced is left. Such forms are as many (in dimension) as there
    /// are points, so they are unique.
    #[test]
    fn reduced_expansions_on_finite_domains(network in network(12, 5), set in 0usize..6, one_hot: bool) {
        let values: Vec<BigRational> = [
            vec![rational(0, 1), rational(1, 1)],
            vec![rational(-1, 1), rational(1, 1)],
            vec![rational(-1, 1), rational(0, 1), rational(1, 1)],
            vec![rational(1, 2), rational(1, 1), rational(2, 1)],
            vec![rational(3, 1)],
            vec![rational(0, 1), rational(5, 1)],
        ][set].clone();
        let relations = Relations::none().finite(3..5, values.clone());
        let relations =
            if one_hot { relations.one_hot(0..3, true) } else { relations.finite(0..3, values.clone()) };
        let ring = ring(&network, &relations);
        let polynomials = expand(&ring, &network);

        let firsts: Vec<Vec<BigRational>> = if one_hot {
            (0..3).map(|hot| (0..3).map(|i| rational(i64::from(i == hot), 1)).collect()).collect()
        } else {
            tuples(&values, 3)
        };
        let rationals = Rationals::new();
        for first in &firsts {
            for second in tuples(&values, 2) {
                let entries = [first.clone(), second].concat();
                let expected = evaluate(&rationals, &network, &split(&entries)).unwrap();
                for (polynomial, expected) in polynomials.iter().zip(expected.data()) {
                    prop_assert_eq!(&value(&ring, polynomial, &entries), expected);
                }
            }
        }
        for polynomial in &polynomials {
            for (powers, coefficient) in ring.terms(polynomial) {
                prop_assert!(!coefficient.is_zero());
                let hot = powers.iter().filter(|&&(variable, _)| one_hot && variable < 3).count();
                prop_assert!(hot <= 1);
                for (variable, exponent) in powers {
                    let limit = if one_hot && variable < 3 { 2 } else { values.len() as u64 };
                    prop_assert!(exponent < limit && !(one_hot && variable == 0));
                }
            }
        }
    }
}

fn tuples(values: &[BigRational], length: usize) -> Vec<Vec<BigRational>> {
    (0..length).fold(vec![Vec::new()], |tuples, _| {
        tuples
            .iter()
            .flat_map(|tuple| values.iter().map(|value| [tuple.clone(), vec![value.clone()]].concat()))
            .collect()
    })
}

/// One input `x: 2` and what `build` makes of it.
fn small(build: impl Fn(&mut Builder, [samenet::network::NodeId; 2]) -> samenet::network::NodeId) -> Network {
    let mut builder = Builder::new();
    let shape = Shape::new([2]).unwrap();
    let x = builder.input(0, shape.clone());
    let entries = [builder.select(x, 0, 0).unwrap(), builder.select(x, 0, 1).unwrap()];
    let output = build(&mut builder, entries);
    builder.network(vec![Input { name: "x".to_string(), shape }], output)
}

fn text(network: &Network, relations: &Relations) -> String {
    let ring = ring(network, relations);
    format_polynomial(&ring, &expand(&ring, network)[0], &variable_names(network))
}

/// `(x0 - 3/2 x1)^2 = x0^2 - 3 x0 x1 + 9/4 x1^2`. On {0,1} squares go away; on {-1,1} they are 1; on one-hot
/// vectors `x0 = 1 - x1`, so it is `(1 - 5/2 x1)^2 = 1 - 5 x1 + 25/4 x1 = 1 + 5/4 x1`: 1 at (1,0) and 9/4 at
/// (0,1).
#[test]
fn a_square_is_written_out() {
    let network = small(|builder, [a, b]| {
        let difference = builder.combine(vec![(rational(1, 1), a), (rational(-3, 2), b)]).unwrap();
        builder.power(difference, 2).unwrap()
    });
    let bits = vec![rational(0, 1), rational(1, 1)];
    let signs = vec![rational(-1, 1), rational(1, 1)];
    assert_eq!(text(&network, &Relations::none()), "x[0]^2 - 3*x[0]*x[1] + 9/4*x[1]^2");
    assert_eq!(text(&network, &Relations::none().finite(0..2, bits)), "-3*x[0]*x[1] + x[0] + 9/4*x[1]");
    assert_eq!(text(&network, &Relations::none().finite(0..2, signs)), "-3*x[0]*x[1] + 13/4");
    assert_eq!(text(&network, &Relations::none().one_hot(0..2, true)), "5/4*x[1] + 1");
}

/// `x0 - x0` is zero, and so is its degree range after cancellation in the coefficients.
#[test]
fn zero_has_no_terms() {
    let network = small(|builder, [a, b]| {
        let product = builder.multiply(a, b).unwrap();
        let swapped = builder.multiply(b, a).unwrap();
        builder.combine(vec![(rational(1, 1), product), (rational(-1, 1), swapped)]).unwrap()
    });
    assert_eq!(text(&network, &Relations::none()), "0");
}

/// `x^(10^9)` has one term with an exponent that fits; `(x0 + x1)^(10^9)` has too many terms; `x^(2^40)` has
/// too large an exponent; and the expansion stops when the caller wants it to.
#[test]
fn budgets_are_kept() {
    let power = |exponent: u64| small(move |builder, [a, _]| builder.power(a, exponent).unwrap());
    assert_eq!(text(&power(1_000_000_000), &Relations::none()), "x[0]^1000000000");
    assert_eq!(degree_range(&power(1_000_000_000)).unwrap(), DegreeRange::exactly(1_000_000_000));
    let error =
        SparsePolynomials::for_networks(Rationals::new(), &[&power(1 << 40)], &Relations::none(), enough());
    assert!(matches!(error, Err(Halt::Range(_))));

    let sum = small(|builder, [a, b]| {
        let sum = builder.combine(vec![(rational(1, 1), a), (rational(1, 1), b)]).unwrap();
        builder.power(sum, 1_000_000_000).unwrap()
    });
    for budget in [
        PolynomialBudget::new(1_000, u64::MAX),
        PolynomialBudget::new(1 << 31, 1_000_000),
        PolynomialBudget::new(1 << 31, u64::MAX).stopped_by(Stop::new(|| true)),
    ] {
        let field = PrimeField::new((1 << 61) - 1).unwrap();
        let ring = SparsePolynomials::for_networks(field, &[&sum], &Relations::none(), budget).unwrap();
        let result = evaluate(&ring, &sum, &ring.inputs(&sum));
        assert!(matches!(result, Err(EvaluateError::Halt(Halt::Budget(_)))));
    }
}

/// `(1 + x0 + x1)^24` multiplied out by squaring, against the multinomial coefficients 24!/(i! j! (24-i-j)!).
#[test]
fn long_products_are_right() {
    let network = small(|builder, [a, b]| {
        let one = builder.scalar(rational(1, 1));
        let sum = [one, a, b].map(|id| (rational(1, 1), id)).to_vec();
        let sum = builder.combine(sum).unwrap();
        builder.power(sum, 24).unwrap()
    });
    let ring = ring(&network, &Relations::none());
    let polynomial = &expand(&ring, &network)[0];
    let factorial = |n: u64| (1..=n).map(BigInt::from).product::<BigInt>();
    let mut expected = BTreeMap::new();
    for i in 0..=24u64 {
        for j in 0..=24 - i {
            let multinomial = factorial(24) / (factorial(i) * factorial(j) * factorial(24 - i - j));
            expected.insert((i, j), BigRational::from_integer(multinomial));
        }
    }
    let found: BTreeMap<(u64, u64), BigRational> = ring
        .terms(polynomial)
        .map(|(powers, coefficient)| {
            let of =
                |variable| powers.iter().find(|&&(v, _)| v == variable).map_or(0, |&(_, exponent)| exponent);
            ((of(0), of(1)), coefficient.clone())
        })
        .collect();
    assert_eq!(found, expected);
}
