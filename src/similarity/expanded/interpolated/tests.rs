//! Bounds against the numbers that they bound, and coordinates against definitions.

use num_bigint::BigInt;
use num_integer::Integer;
use num_traits::Zero;

use super::kinds::{Kind, Steps, kernel_denominator};
use super::*;
use crate::budget::Stop;
use crate::network::{Builder, Constant, Data, Einsum, Input, Network, Shape};
use crate::similarity::basis::{Basis, Measure};
use crate::similarity::expanded::{Law, Method, Product, inner, sparse};
use crate::similarity::narrow;

/// Numbers that look random.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % bound
    }

    fn weight(&mut self) -> f32 {
        (self.below(1 << 24) as f32 / (1 << 23) as f32 - 1.0) * [1.0, 1.0, 0.125, 4.0][self.below(4) as usize]
    }
}

/// Layers of products, `down((left x) * (right x))` with a bias or none, on inputs that a first matrix maps
/// to the width.
fn layers(seed: u64, sizes: [usize; 3], depth: usize, bias: bool) -> Network {
    let mut numbers = Numbers(seed);
    let [variables, width, hidden] = sizes;
    let shape = |axes: &[usize]| Shape::new(axes.to_vec()).unwrap();
    let mut builder = Builder::new();
    let mut linear = |builder: &mut Builder, x, rows: usize, columns: usize| {
        let weights = (0..rows * columns).map(|_| numbers.weight()).collect();
        let matrix = Constant::new(shape(&[rows, columns]), Data::F32(weights)).unwrap();
        let matrix = builder.constant(std::sync::Arc::new(matrix));
        let spec = Einsum { operands: vec![vec![0, 1], vec![1]], output: vec![0] };
        builder.contract(vec![matrix, x], spec).unwrap()
    };
    let x = builder.input(0, shape(&[variables]));
    let mut h = linear(&mut builder, x, width, variables);
    for _ in 0..depth {
        let (left, right) = (linear(&mut builder, h, hidden, width), linear(&mut builder, h, hidden, width));
        let product = builder.multiply(left, right).unwrap();
        h = linear(&mut builder, product, width, hidden);
        if bias {
            let third = builder.scalar(BigRational::new(1.into(), 3.into()));
            let third = builder.broadcast(third, shape(&[width])).unwrap();
            h = builder.combine(vec![(BigRational::one(), h), (BigRational::one(), third)]).unwrap();
        }
    }
    builder.network(vec![Input { name: "x".to_string(), shape: shape(&[variables]) }], h)
}

fn rationals(values: &[(i64, i64)]) -> Vec<BigRational> {
    values.iter().map(|&(n, d)| BigRational::new(n.into(), d.into())).collect()
}

fn products() -> Vec<Product> {
    let laws = |law| Product::Laws(vec![law]);
    vec![
        Product::Symmetric(None),
        laws(Law::Entries(Measure::Normal(BigRational::one()))),
        laws(Law::Entries(Measure::Interval)),
        laws(Law::Entries(Measure::Set(rationals(&[(-1, 1), (1, 1)])))),
        laws(Law::Entries(Measure::Set(rationals(&[(1, 3), (0, 1), (5, 2), (-7, 1)])))),
        laws(Law::OneHot { length: 3, eliminates: false }),
    ]
}

/// Every part, by expanding, is an integer over the denominator and within the bound, in all inner products;
/// and the bound is not more than twice as long as the longest numerator and 100 bits more.
#[test]
fn bounds_hold_and_are_not_absurd() {
    let budget = Budget::default();
    for seed in 0..12 {
        let depth = 1 + seed as usize % 2;
        let [a, b] = [0, 100].map(|more| layers(seed + more, [3, 2, 2], depth, seed % 3 == 0));
        for product in products() {
            let networks = [&a, &b];
            let subject = Subject { networks, product: &product, originals: networks };
            let bound = Bound::new(&subject, 1 << depth, &budget).unwrap();
            let reducer = bound.denominator();
            let denominator = reducer.fraction(BigInt::one()).recip();
            let split = sparse::inner(&a, &b, &product, &budget).unwrap();
            let parts = split.by_output.iter().map(|(_, part)| part);
            let parts = parts.chain(split.by_degree.iter().flatten().map(|(_, part)| part));
            let mut longest = 0;
            for number in parts.flat_map(|part| [&part.aa, &part.ab, &part.bb]) {
                let numerator = number * &denominator;
                assert!(numerator.is_integer(), "{product:?}: {number}");
                let numerator = numerator.to_integer();
                longest = longest.max(numerator.magnitude().bits());
                // In lowest terms, as every rational of the other way is; and multiples of it are, too.
                for by in [1, 3, 4, 21, 8_388_593, 81_000] {
                    let fraction = reducer.fraction(&numerator * by);
                    let expected = number * BigRational::from_integer(by.into());
                    assert_eq!((fraction.numer(), fraction.denom()), (expected.numer(), expected.denom()));
                }
            }
            assert!(longest <= bound.log2 + 1, "{product:?}");
            assert!(bound.log2 <= 2 * longest + 100, "{} {longest} {product:?}", bound.log2);
        }
    }
}

/// In up to three variables, of every product of powers: the part of every element has the denominator that
/// is said, and the least that would do is not far from it.
#[test]
fn denominators_of_legendre_parts() {
    for (variables, degree) in [(1u32, 9usize), (2, 6), (3, 4)] {
        let squared = bound::legendre(u64::from(variables), degree as u64);
        let basis = Basis::new(&Measure::Interval, degree);
        // Of one variable: the least common denominator for powers k and l.
        let of_one = |k: usize, l: usize| -> BigInt {
            let part = |j: usize| &basis.power(k)[j] * &basis.power(l)[j] * basis.norm(j);
            (0..=k.min(l)).map(part).fold(BigInt::one(), |all, part| all.lcm(part.denom()))
        };
        let indices = (0..(degree + 1).pow(variables)).map(|number| -> Vec<usize> {
            (0..variables).map(|i| number / (degree + 1).pow(i) % (degree + 1)).collect()
        });
        let indices: Vec<Vec<usize>> = indices.filter(|a| a.iter().sum::<usize>() <= degree).collect();
        let mut least = BigInt::one();
        for a in &indices {
            for b in &indices {
                let product: BigInt = a.iter().zip(b).map(|(&k, &l)| of_one(k, l)).product();
                least = least.lcm(&product);
            }
        }
        let said = BigInt::from(&squared * &squared);
        assert!(said.is_multiple_of(&least));
        // Besides the powers of two, which cancel.
        assert!(said.bits() <= 2 * degree as u64 + 2 * least.bits() + 2, "{said} {least}");
    }
}

/// The same of one variable in a set, with powers of the numbers times a common denominator.
#[test]
fn denominators_of_parts_on_sets() {
    for values in [&[(0, 1), (1, 1)][..], &[(1, 3), (5, 2), (-7, 1)], &[(1, 1), (2, 1), (4, 1), (9, 1)]] {
        let values = rationals(values);
        let common = values.iter().fold(BigInt::one(), |all, value| all.lcm(value.denom()));
        let integers: Vec<BigRational> =
            values.iter().map(|value| value * BigRational::from_integer(common.clone())).collect();
        let basis = Basis::new(&Measure::Set(integers), 6);
        let once = kernel_denominator(&values, 6) * BigInt::from(values.len());
        for (k, l) in (0..7).flat_map(|k| (0..7).map(move |l| (k, l))) {
            let times = num_traits::pow(once.clone(), usize::from(k > 0) + usize::from(l > 0));
            for j in 0..values.len().min(k + 1).min(l + 1) {
                let part = &basis.power(k)[j] * &basis.power(l)[j] * basis.norm(j);
                assert!(times.is_multiple_of(part.denom()), "{k} {l} {j}");
            }
        }
    }
}

/// Values of a combination of elements become its coefficients, on lines of every length.
#[test]
fn coordinates_give_coefficients() {
    let field = CentredField::new(8_388_593).unwrap();
    let levels = 5;
    let one = BigRational::one();
    let half = BigRational::new(1.into(), 2.into());
    let measures = [
        Measure::Normal(half),
        Measure::Interval,
        Measure::Set(rationals(&[(1, 3), (0, 1), (5, 2), (-7, 1), (2, 1)])),
    ];
    let mut kinds: Vec<Kind<'_>> =
        measures.iter().map(|measure| Kind::Steps(Steps::orthogonal(measure, levels))).collect();
    kinds.push(Kind::Steps(Steps::powers(&one, levels)));
    for (which, kind) in kinds.iter().enumerate() {
        let modulo = kind.modulo(&field, levels).unwrap();
        // The elements at the nodes, from the recurrence.
        let (alphas, betas) = match measures.get(which) {
            Some(measure) => measure.recurrence(levels),
            None => (vec![BigRational::zero(); levels], vec![BigRational::zero(); levels]),
        };
        for length in 1..=levels {
            let set =
                LowerSet::new(vec![(0..length as u32).collect()], length as u32, &Stop::never()).unwrap();
            let coefficients: Vec<f64> = (0..length).map(|j| (3 * j * j) as f64 - 7.0).collect();
            let mut data: Vec<f64> = modulo.settings[..length]
                .iter()
                .map(|x| {
                    let (mut before, mut here, mut sum) = (0.0, 1.0, 0.0);
                    for (j, c) in coefficients.iter().enumerate() {
                        sum = field.reduce(sum + c * here);
                        let alpha = field.from_rational(&alphas[j]).unwrap();
                        let beta = field.from_rational(&betas[j]).unwrap();
                        let next = field.reduce(field.reduce(x - alpha) * here);
                        let next = field.reduce(next - beta * before);
                        before = std::mem::replace(&mut here, next);
                    }
                    sum
                })
                .collect();
            modulo.transforms.iter().for_each(|one| one.apply(&field, &set, 0, &mut data, 1));
            assert_eq!(data, coefficients, "{which} {length}");
        }
    }
    // Of three classes: 5 + 2 (x0 - x1) - (x0 + x1 - 2 x2) is 6, 2, 7. The norms are 2/3 and 2.
    let modulo = Kind::Classes(3).modulo(&field, 3).unwrap();
    let set = LowerSet::new(vec![vec![0, 1, 1]], 1, &Stop::never()).unwrap();
    let mut data = vec![6.0, 2.0, 7.0];
    modulo.transforms.iter().for_each(|one| one.apply(&field, &set, 0, &mut data, 1));
    assert_eq!(data, [5.0, 2.0, -1.0]);
    assert_eq!(field.reduce(modulo.norms[1] * 3.0), 2.0);
    assert_eq!(modulo.norms[2], 2.0);
}

/// In the variables of a bottleneck, whose variances are long fractions: the numbers of the networks
/// themselves, homogeneous or not.
#[test]
fn a_bottleneck_has_the_same_numbers() {
    let budget = Budget::default();
    for seed in 0..6 {
        let bias = seed % 2 == 1;
        let [a, b] = [0, 100].map(|more| layers(seed + more, [6, 2, 3], 2, bias));
        let narrow = narrow::narrow(&a, &b, &budget).unwrap().unwrap();
        assert!(narrow.variances.len() == 4);
        let normal = |variance: &BigRational| Law::Entries(Measure::Normal(variance.clone()));
        let laws = narrow.variances.iter().map(normal).collect();
        let wide = Product::Laws(vec![Law::Entries(Measure::Normal(BigRational::one()))]);
        let pairs = [
            (Product::Laws(laws), wide),
            (Product::Symmetric(Some(narrow.variances.clone())), Product::Symmetric(None)),
        ];
        for (product, whole) in pairs {
            let networks = [&narrow.a, &narrow.b];
            let subject = Subject { networks, product: &product, originals: [&a, &b] };
            let expected = sparse::inner(&a, &b, &whole, &budget).unwrap();
            for method in [Method::Interpolated, Method::Sparse] {
                assert_eq!(inner(&subject, Some(method), &budget).unwrap(), expected, "{seed} {method:?}");
            }
        }
    }
}

/// Where a method runs out of memory, the other has its turn; when the time is up, none has.
#[test]
fn budgets_hold() {
    let [a, b] = [1, 2].map(|seed| layers(seed, [3, 3, 3], 3, false));
    let product = Product::Laws(vec![Law::Entries(Measure::Interval)]);
    let networks = [&a, &b];
    let subject = Subject { networks, product: &product, originals: networks };
    let of = |budget: &Budget| Plan::new(&subject, budget).and_then(|plan| plan.inner(budget));
    let found = of(&Budget::default()).unwrap();
    assert_eq!(inner(&subject, None, &Budget::default()).unwrap(), found);
    assert!(matches!(of(&Budget::default().memory(1000)), Err(Failure::Memory(_))));
    let late = Budget::default().time(std::time::Duration::ZERO);
    assert!(of(&late).is_err() && inner(&subject, None, &late).is_err());
}

/// Denominators `3^40 5^40 2^50` and more: numerators with any part of it in common end in lowest terms.
#[test]
fn fractions_are_in_lowest_terms() {
    let fifteenth = BigRational::new(1.into(), 15.into());
    let shape = Shape::new([2]).unwrap();
    let mut builder = Builder::new();
    let x = builder.input(0, shape.clone());
    let mut y = builder.combine(vec![(fifteenth / BigRational::from_integer(4.into()), x)]).unwrap();
    for _ in 0..4 {
        y = builder.multiply(y, y).unwrap();
    }
    let network = builder.network(vec![Input { name: "x".to_string(), shape }], y);
    let networks = [&network, &network];
    for product in [Product::Symmetric(None), Product::Laws(vec![Law::Entries(Measure::Interval)])] {
        let subject = Subject { networks, product: &product, originals: networks };
        let reducer = Bound::new(&subject, 16, &Budget::default()).unwrap().denominator();
        let denominator = reducer.fraction(BigInt::one()).denom().clone();
        let mut numbers = Numbers(7);
        for _ in 0..300 {
            let power = |of: u32, numbers: &mut Numbers| BigInt::from(of).pow(numbers.below(90) as u32);
            let numerator = power(3, &mut numbers)
                * power(5, &mut numbers)
                * power(2, &mut numbers)
                * power(7, &mut numbers)
                * BigInt::from(numbers.below(1000) as i64 - 500);
            let fraction = reducer.fraction(numerator.clone());
            let expected = BigRational::new(numerator, denominator.clone());
            assert_eq!((fraction.numer(), fraction.denom()), (expected.numer(), expected.denom()));
        }
    }
}
