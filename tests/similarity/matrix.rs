//! Many networks: what is computed once for each, and what for every pair, against pairs by themselves.

use num_bigint::BigInt;
use num_rational::BigRational;
use samenet::Budget;
use samenet::domain::{Domain, InputSet, Metric};
use samenet::network::Network;
use samenet::similarity::matrix::{Cosine, Matrix, Number, Own, cosine};
use samenet::similarity::{Bounds, Inner, Pair, inner_products};

use crate::common::networks::network_from;
use crate::common::random::Random;
use crate::common::size::cases;

fn random(random: &mut Random) -> Network {
    let list: Vec<u32> = (0..40).map(|_| random.next() as u32).collect();
    network_from(&list, 4)
}

fn exact(x: f64) -> BigRational {
    BigRational::from_float(x).unwrap()
}

/// Exact numbers, and floats that are between the same bounds.
fn is(number: &Number, expected: &BigRational, floats: bool) -> bool {
    if let (Number::Exact(number), false) = (number, floats) {
        return number == expected;
    }
    let Bounds { low, high } = number.bounds();
    floats
        && (low == f64::NEG_INFINITY || exact(low) <= *expected)
        && (high == f64::INFINITY || exact(high) >= *expected)
}

/// Norms, inner products and cosines of random networks, in every metric and on domains.
#[test]
fn numbers_are_those_of_pairs() {
    let budget = Budget::default();
    let bits = || InputSet::Finite([0, 1].map(|x| BigRational::from_integer(x.into())).to_vec());
    let domain = Domain(vec![bits(), bits()]);
    let one_hot = Domain(vec![InputSet::OneHot, InputSet::OneHot]);
    let (mut compared, mut rounded, mut close) = (0, 0, 0);
    let count = cases(150, 5_000);
    for seed in 0..count as u64 {
        let mut numbers = Random(seed);
        let [a, b] = [random(&mut numbers), random(&mut numbers)];
        let b = if seed % 5 == 0 || a.signature() != b.signature() { a.clone() } else { b };
        let metric = *numbers.pick(&Metric::ALL);
        let domain = *numbers.pick(&[None, None, None, Some(&domain), Some(&one_hot)]);
        let pair = Pair { a: &a, b: &b, metric, domain };
        let Ok(expected) = inner_products(&pair, &budget) else { continue };
        let expected: Inner = expected.total();
        for floats in [false, true] {
            let Ok(matrix) = Matrix::new(&pair, 2, floats, &budget) else { continue };
            let owns: Vec<Own> =
                [&a, &b].into_iter().flat_map(|network| matrix.own(network, &budget)).collect();
            let [own_a, own_b] = &owns[..] else {
                assert!(floats, "seed {seed}");
                continue;
            };
            let Ok(cross) = matrix.cross((&a, own_a), (&b, own_b), &budget) else {
                assert!(floats, "seed {seed}");
                continue;
            };
            assert!(is(&own_a.norm, &expected.aa, floats), "seed {seed}: {own_a:?} {expected:?}");
            assert!(is(&own_b.norm, &expected.bb, floats), "seed {seed}: {own_b:?} {expected:?}");
            assert!(is(&cross, &expected.ab, floats), "seed {seed}: {cross:?} {expected:?}");
            let found = cosine(&own_a.norm, &cross, &own_b.norm);
            match (found, expected.similarity()) {
                (Some(Cosine::Exact(found)), expected) => assert_eq!(Some(found), expected),
                (Some(Cosine::Rounded(Bounds { low, high })), Some(expected)) => {
                    assert!(expected.compare(&exact(low)).is_ge() && expected.compare(&exact(high)).is_le());
                    close += usize::from(high - low < 1e-9);
                }
                (None, expected) => assert!(floats || expected.is_none(), "seed {seed}"),
                (Some(_), None) => panic!("seed {seed}: a norm is zero"),
            }
            rounded += usize::from(matches!(cross, Number::Rounded(..)));
            compared += 1;
        }
    }
    assert!(compared > count && rounded > count / 8 && close > count / 8, "{compared} {rounded} {close}");
}

/// An error that is larger than all says nothing; an exact number has its neighbours for bounds.
#[test]
fn bounds_of_numbers() {
    let third = Number::Exact(BigRational::new(BigInt::from(1), BigInt::from(3)));
    let Bounds { low, high } = third.bounds();
    assert!(exact(low) * BigInt::from(3) < exact(1.0) && exact(high) * BigInt::from(3) > exact(1.0));
    assert!(high - low < 1e-15 && !third.may_be_zero());
    let nothing = Number::Rounded(1.0, f64::INFINITY);
    assert!(nothing.may_be_zero() && cosine(&nothing, &third, &third).is_none());
    let found = cosine(&third, &nothing, &third);
    assert_eq!(found, Some(Cosine::Rounded(Bounds { low: -1.0, high: 1.0 })));
}
