//! Similarities: numbers derived by hand, and properties of random networks against definitions.

use std::path::Path;

use crate::common::networks::{choices, network_from};
use crate::common::size::{cases, properties};
use num_bigint::BigInt;
use num_rational::BigRational;
use num_traits::{One, ToPrimitive, Zero};
use proptest::prelude::*;
use samenet::Budget;
use samenet::arithmetic::Rationals;
use samenet::diagnostic::Sources;
use samenet::domain::{Domain, InputSet, Metric};
use samenet::equality::{Question, Relation, Verdict, decide};
use samenet::model::{Bindings, Program};
use samenet::network::{Network, evaluate};
use samenet::polynomial::{PolynomialBudget, Relations, SparsePolynomials};
use samenet::similarity::{
    Failure, Inner, InnerProducts, Pair, Split, Way, approximate_inner_products, inner_products,
    inner_products_by, seconds_in_floats,
};

/// The models of a text.
fn models(text: &str) -> Vec<Network> {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("models.same");
    std::fs::write(&path, text).unwrap();
    load(&path)
}

fn load(path: &Path) -> Vec<Network> {
    let program = Program::load(path, &Bindings::default(), &mut Sources::default())
        .unwrap_or_else(|diagnostics| panic!("{diagnostics:#?}"));
    program.models.into_iter().map(|model| model.network).collect()
}

fn split(a: &Network, b: &Network, metric: Metric) -> Result<Split, Failure> {
    inner_products(&Pair { a, b, metric, domain: None }, &Budget::default())
}

fn inner(a: &Network, b: &Network, metric: Metric) -> Inner {
    split(a, b, metric).unwrap().total()
}

fn rational(n: i64, d: i64) -> BigRational {
    BigRational::new(n.into(), d.into())
}

/// The square of the similarity with its sign.
fn signed_square(inner: &Inner) -> BigRational {
    let similarity = inner.similarity().unwrap();
    similarity.squared() * BigRational::from_integer(similarity.sign().into())
}

/// f = x + y - 2xy and g = (x - y)^2. In Hermite polynomials f = He_1(x) + He_1(y) - 2 He_1(x) He_1(y) and g
/// = He_2(x) + He_2(y) + 2 - 2 He_1(x) He_1(y). So <f, f> = 1 + 1 + 4, <f, g> = 4, <g, g> = 2 + 2 + 4 + 4,
/// and the similarity is 4/sqrt(72) = sqrt(2)/3. Degree 0 has 4 of g, degree 1 has 2 of f, degree 2 has 4, 4
/// and 8.
#[test]
fn exclusive_or() {
    let networks = load(Path::new("examples/xor.same"));
    let (f, g) = (&networks[0], &networks[1]);
    let gaussian = split(f, g, Metric::Gaussian).unwrap();
    let whole = |n: i64| BigRational::from_integer(n.into());
    let of = |aa, ab, bb| Inner { aa: whole(aa), ab: whole(ab), bb: whole(bb) };
    assert_eq!(gaussian.total(), of(6, 4, 12));
    assert_eq!(gaussian.by_degree, Some(vec![(0, of(0, 0, 4)), (1, of(2, 0, 0)), (2, of(4, 4, 8))]));
    assert_eq!(gaussian.total().similarity().unwrap().squared(), &rational(2, 9));
    // |f - g|^2 / |f|^2 = (6 - 8 + 12)/6
    assert_eq!(gaussian.total().distance().unwrap().squared(), &rational(10, 6));
    // Symmetric: coefficients of x, y, xy, x^2, y^2 with weights 1, 1, 1/2, 1, 1.
    assert_eq!(inner(f, g, Metric::Symmetric), of(4, 2, 4));
    // On {0, 1} they are one function.
    let bits = Domain(vec![InputSet::Finite(vec![whole(0), whole(1)])]);
    let pair = Pair { a: f, b: g, metric: Metric::Gaussian, domain: Some(&bits) };
    let on_bits = inner_products(&pair, &Budget::default()).unwrap();
    assert!(on_bits.total().difference().is_zero());
    assert_eq!(on_bits.total().aa, rational(1, 2));
}

/// The two pairs of one function: (x0 x1)(x2 x3) and (x0 x2)(x1 x3); and y1 y3 against y2^2 over
/// y = (x1^2, x1 x2, x2^2). The true similarities are 1.
///
/// Layerwise, the first pair: the operands x0 x1 and x2 x3 of A and x0 x2 and x1 x3 of B are uncorrelated and
/// centred, so 0. The second pair: y1 and y3 have means 1 and variance 2 and are uncorrelated, y2 has mean 0
/// and variance 1 and is uncorrelated with both. E[y1 y3 y1 y3] = (1 + 2)^2 = 9, E[y2^2 y2^2] = 3, E[y1 y3
/// y2^2] = 1: 1/sqrt(27).
#[test]
fn one_function_in_two_ways() {
    let networks = models(
        "model a(x: 4) = (x[0]*x[1])*(x[2]*x[3])\n\
         model b(x: 4) = (x[0]*x[2])*(x[1]*x[3])\n\
         model c(x: 2) = (x[0]^2)*(x[1]^2)\n\
         model d(x: 2) = (x[0]*x[1])*(x[0]*x[1])\n",
    );
    for pair in networks.chunks(2) {
        for metric in [Metric::Gaussian, Metric::Symmetric, Metric::Uniform] {
            assert!(inner(&pair[0], &pair[1], metric).difference().is_zero(), "{}", metric.name());
        }
    }
    assert!(inner(&networks[0], &networks[1], Metric::Layerwise).ab.is_zero());
    assert_eq!(signed_square(&inner(&networks[2], &networks[3], Metric::Layerwise)), rational(1, 27));
}

/// f against 2 f is 1 and against -f is -1, in every metric; a model that is zero has no similarity.
#[test]
fn multiples_and_zero() {
    let networks = models(
        "fn f(x) = x[0]*x[1] + x[1]*x[2]\n\
         model one(x: 3) = f(x)\nmodel two(x: 3) = 2*f(x)\nmodel minus(x: 3) = -f(x)\n\
         model zero(x: 3) = x[0]*x[1] - x[1]*x[0]\n",
    );
    for metric in Metric::ALL {
        assert!(signed_square(&inner(&networks[0], &networks[1], metric)).is_one());
        assert_eq!(signed_square(&inner(&networks[0], &networks[2], metric)), rational(-1, 1));
        assert_eq!(inner(&networks[0], &networks[3], metric).similarity(), None);
        assert_eq!(inner(&networks[3], &networks[0], metric).distance(), None);
    }
}

/// Majority of three: on {0, 1} it is xy + xz + yz - 2xyz, on {-1, 1} it is (x + y + z - xyz)/2. With p = x -
/// 1/2 and so on, the former is 1/2 + (p + q + r)/2 - 2pqr; norms of p, pq, pqr are 1/4, 1/16, 1/64: its mean
/// square is 1/4 + 3/16 + 4/64 = 1/2, as it must be: it is 1 at half of the points. On signs 4 * 1/4 = 1.
#[test]
fn majority() {
    let networks = models(
        "model bits(x: 3) = x[0]*x[1] + x[0]*x[2] + x[1]*x[2] - 2*x[0]*x[1]*x[2]\n\
         model signs(x: 3) = (x[0] + x[1] + x[2] - x[0]*x[1]*x[2]) / 2\n",
    );
    let on = |values: [i64; 2], network: &Network| {
        let values = values.iter().map(|&value| rational(value, 1)).collect();
        let domain = Domain(vec![InputSet::Finite(values)]);
        let pair = Pair { a: network, b: network, metric: Metric::Gaussian, domain: Some(&domain) };
        inner_products(&pair, &Budget::default()).unwrap()
    };
    let bits = on([0, 1], &networks[0]);
    let part = |split: &Split, degree: u64| {
        let parts = split.by_degree.clone().unwrap();
        parts.into_iter().find(|part| part.0 == degree).map(|part| part.1.aa)
    };
    assert_eq!(bits.total().aa, rational(1, 2));
    assert_eq!(
        [0, 1, 2, 3].map(|degree| part(&bits, degree)),
        [Some(rational(1, 4)), Some(rational(3, 16)), None, Some(rational(1, 16))]
    );
    let signs = on([-1, 1], &networks[1]);
    assert_eq!(
        [0, 1, 2, 3].map(|degree| part(&signs, degree)),
        [None, Some(rational(3, 4)), None, Some(rational(1, 4))]
    );
}

/// Where equality holds, `>= c` holds; with one unit in the 40th digit more it does not. The similarity of x
/// + y and x is 1/sqrt(2); that of 3x + 4y and x is 3/5.
#[test]
fn boundaries_are_decided_exactly() {
    let networks = models("model a(x: 2) = 3*x[0] + 4*x[1]\nmodel b(x: 2) = x[0]\n");
    let similarity = inner(&networks[0], &networks[1], Metric::Gaussian).similarity().unwrap();
    let c = rational(3, 5);
    let unit = BigRational::new(BigInt::one(), BigInt::from(10).pow(40));
    assert!(similarity.compare(&c).is_eq());
    assert!(similarity.compare(&(&c + &unit)).is_lt());
    assert!(similarity.compare(&(&c - &unit)).is_gt());
}

/// One layer of attention, one head against two, with a residual and rotary tables: the recursion expands all
/// five operands of both networks (945 matchings), and is the true value, as expanding the polynomials shows.
/// The same for a sequence of two layers would not be.
#[test]
fn attention_is_exact_for_one_layer() {
    let networks = models(
        "let Q = [[1, 2], [0, -1]]\nlet K = [[1, 0], [3, 1]]\nlet R = [[2, 1], [-1, 1]]\n\
         let V = [[0, 1], [1, 1]]\n\
         model a(x: [2, 2]) = x + attention(x, Q, K, K, R, V, Q, heads: 1, mask: \"causal\", rotary: 100)\n\
         model b(x: [2, 2]) = attention(x, Q, R, K, V, K, R, heads: 1, mask: \"causal\") - 2*x + 1\n",
    );
    // One pair takes seconds.
    for (a, b) in [(0, 1), (0, 0), (1, 1)].into_iter().take(cases(1, 3)) {
        let (a, b) = (&networks[a], &networks[b]);
        let by_moments = split(a, b, Metric::Gaussian).unwrap();
        assert_eq!(by_moments.total(), brute(a, b, Metric::Gaussian));
        assert_eq!(by_moments, by_expanding(a, b));
    }
}

/// Two layers with everything that may lie between layers of products: sums with constants, a residual
/// stream, slicing, concatenation, reshaping, broadcasting and transposition. Moments and expansions agree
/// with the definition.
#[test]
fn layers_are_multiplied_out() {
    let networks = models(
        "fn net(x, c) = {\n\
           let h = [x[0] + c*x[1], x[1] - x[2], 2*x[0] + x[2]];\n\
           let h = h + bilinear(h, left: [[1,2,0],[0,1,c]], right: [[1,1,1],[2,0,-1]], \
           down: [[1,0],[1,1],[0,c]], bias: [1,0,2]);\n\
           let g = transpose(reshape(concat(h[1..3], [x[1], x[0]]), [2, 2]));\n\
           concat(h[0..2], [sum(g[0] * g[1]), h[2]^2 - 3]) + h[1] * ones(4)\n\
         }\n\
         model a(x: 3) = net(x, 1)\nmodel b(x: 3) = net(x, 2)\n\
         model p(x: 3) = x[0]^2 * [x[1], x[2], x[0], x[0]] * (x[0] - x[1])\n\
         model q(x: 3) = [x[0]*x[1], x[2]^2, x[0]*x[2], x[1]^2]^2\n",
    );
    for (a, b) in [(0, 1), (2, 3), (0, 2)] {
        let (a, b) = (&networks[a], &networks[b]);
        for metric in [Metric::Gaussian, Metric::Symmetric] {
            let expected = brute(a, b, metric);
            let moments = by(Way::Moments, a, b, metric).unwrap();
            assert_eq!(moments.total(), expected, "{}", metric.name());
            assert_eq!(moments, by(Way::Expansion, a, b, metric).unwrap(), "{}", metric.name());
            assert_eq!(moments, by(Way::Bottleneck, a, b, metric).unwrap(), "{}", metric.name());
        }
    }
}

/// Six inputs seen through three functions, with constants, of which two networks share one: three layers of
/// products, too many to multiply out, in the two to four variables of the bottleneck.
#[test]
fn a_bottleneck_is_found() {
    let networks = models(
        "let E = [[1, 0, 2, -1, 0, 3], [0, 1, 1, 1, -2, 0]]\n\
         fn net(h) = {\n\
           let h = bilinear(h, left: [[1, 2], [1, 1]], right: [[0, 1], [2, -1]], down: [[1, 0], [1, 1]]);\n\
           let h = bilinear(h, left: [[1, -1], [1, 1]], right: [[3, 1], [1, -1]], down: [[1, 2], [0, 1]]);\n\
           h[0] * h[1]\n\
         }\n\
         model a(x: 6) = net(E @ x)\n\
         model b(x: 6) = net(E @ x + [1, -2])\n\
         model c(x: 6) = net([x[0] + 2*x[2] - x[3] + 3*x[5], x[4]])\n",
    );
    for (a, b) in [(0, 0), (0, 1), (0, 2), (1, 2)] {
        let (a, b) = (&networks[a], &networks[b]);
        for metric in [Metric::Gaussian, Metric::Symmetric] {
            let narrow = by(Way::Bottleneck, a, b, metric).unwrap();
            assert_eq!(narrow, by(Way::Expansion, a, b, metric).unwrap(), "{}", metric.name());
        }
    }
}

/// Two dense layers of width 128 take most of a minute exactly, which is found out before they are computed;
/// in f64 they are affordable. Where everything is expanded, f64 gains nothing.
#[test]
fn what_takes_too_long_is_refused_beforehand() {
    let networks = models(
        "let M = ones(128, 128) + 2*eye(128)\n\
         fn layer(h) = bilinear(h, left: M, right: 3*M, down: eye(128))\n\
         model two(x: 128) = layer(layer(x))\n\
         model few(x: 2) = (x[0] + x[1])^8 + x[0]\n",
    );
    let limits = |seconds: f64| Budget::default().within(seconds);
    let pair_of = |index: usize| Pair {
        a: &networks[index],
        b: &networks[index],
        metric: Metric::Gaussian,
        domain: None,
    };
    let refused = inner_products(&pair_of(0), &limits(10.0)).unwrap_err();
    assert!(matches!(refused, Failure::Time(seconds) if seconds > 40.0), "{refused}");
    assert!(seconds_in_floats(&pair_of(0), &limits(100.0)).is_some());
    assert!(seconds_in_floats(&pair_of(0), &limits(1e-6)).is_none());
    assert!(seconds_in_floats(&pair_of(1), &limits(1.0)).is_none());
}

/// The Gaussian metric by an expansion.
fn by_expanding(a: &Network, b: &Network) -> Split {
    by(Way::Expansion, a, b, Metric::Gaussian).unwrap()
}

fn by(way: Way, a: &Network, b: &Network, metric: Metric) -> Result<Split, Failure> {
    inner_products_by(way, &Pair { a, b, metric, domain: None }, &Budget::default())
}

/// 30 one-hot vectors of 2: f counts those of the first kind and g those of the second, so g = 30 - f. The
/// mean of f is 15 and its variance 30/4; order 0 has 15^2 of all, order 1 has 7.5, -7.5 and 7.5. There are
/// 2^30 points.
#[test]
fn counts_of_tokens() {
    let networks = models(
        "model f(x: [30, 2]) = sum(x[.., 0])\n\
         model g(x: [30, 2]) = sum(x[.., 1])\n",
    );
    let domain = Domain(vec![InputSet::OneHot]);
    let pair = Pair { a: &networks[0], b: &networks[1], metric: Metric::Gaussian, domain: Some(&domain) };
    let split = inner_products(&pair, &Budget::default()).unwrap();
    let of = |aa, ab, bb| Inner { aa: rational(aa, 2), ab: rational(ab, 2), bb: rational(bb, 2) };
    assert_eq!(split.total(), of(465, 435, 465));
    assert_eq!(split.by_degree, Some(vec![(0, of(450, 450, 450)), (1, of(15, -15, 15))]));
    assert_eq!(inner_products_by(Way::Points, &pair, &Budget::default()), Err(Failure::TooManyPoints));
}

/// Whether two one-hot vectors of 3 are the same, f, and the number of the first, 0, 1 or 2, which is g. f is
/// 1 at a third of the points, so its mean square is 1/3, of which 1/9 is its mean; given either vector its
/// mean is still 1/3, so nothing is of order 1. g has mean 1 and mean square 5/3. Of f g the mean is 1/3 * (0
/// + 1 + 2)/3 = 1/3.
#[test]
fn pairs_of_tokens() {
    let networks = models(
        "model f(x: [2, 3]) = dot(x[0], x[1])\n\
         model g(x: [2, 3]) = x[0, 1] + 2*x[0, 2]\n",
    );
    let domain = Domain(vec![InputSet::OneHot]);
    let pair = Pair { a: &networks[0], b: &networks[1], metric: Metric::Gaussian, domain: Some(&domain) };
    let of = |aa, ab, bb| Inner { aa: rational(aa, 9), ab: rational(ab, 9), bb: rational(bb, 9) };
    for way in [Way::Expansion, Way::Points] {
        let split = inner_products_by(way, &pair, &Budget::default()).unwrap();
        assert_eq!(split.total(), of(3, 3, 15));
        if way == Way::Expansion {
            assert_eq!(split.by_degree, Some(vec![(0, of(1, 3, 9)), (1, of(0, 0, 6)), (2, of(2, 0, 0))]));
        }
    }
}

/// Inner products by their definitions: the product of two expanded polynomials, monomial by monomial.
/// Gaussian: E x^k = (k-1)!! for even k. Uniform: 1/(k+1). Symmetric: `f(d/dx) g` at zero, over the degree's
/// factorial.
fn brute(a: &Network, b: &Network, metric: Metric) -> Inner {
    let ring = SparsePolynomials::for_networks(
        Rationals::new(),
        &[a, b],
        &Relations::none(),
        PolynomialBudget::new(20_000_000, 1 << 36),
    )
    .unwrap();
    let inputs = ring.inputs(a);
    let (a, b) = (evaluate(&ring, a, &inputs).unwrap(), evaluate(&ring, b, &inputs).unwrap());
    let moment = |exponent: u64| -> BigRational {
        match metric {
            Metric::Uniform if exponent.is_multiple_of(2) => rational(1, exponent as i64 + 1),
            Metric::Gaussian if exponent.is_multiple_of(2) => {
                (0..exponent / 2).map(|i| rational(2 * i as i64 + 1, 1)).product()
            }
            _ => BigRational::zero(),
        }
    };
    let factorial = |n: u64| -> BigRational { (1..=n).map(|i| rational(i as i64, 1)).product() };
    let product = |f: &_, g: &_| -> BigRational {
        let mut sum = BigRational::zero();
        for (powers, c) in ring.terms(f) {
            for (others, d) in ring.terms(g) {
                if metric == Metric::Symmetric {
                    if powers == others {
                        let degree = powers.iter().map(|power| power.1).sum();
                        let each: BigRational = powers.iter().map(|power| factorial(power.1)).product();
                        sum += c * d * each / factorial(degree);
                    }
                    continue;
                }
                let mut exponents = std::collections::BTreeMap::new();
                for (variable, exponent) in powers.iter().chain(&others) {
                    *exponents.entry(*variable).or_insert(0) += exponent;
                }
                sum += c * d * exponents.values().map(|&exponent| moment(exponent)).product::<BigRational>();
            }
        }
        sum
    };
    let mut total = Inner::default();
    for (f, g) in a.data().iter().zip(b.data()) {
        total.add(&Inner { aa: product(f, f), ab: product(f, g), bb: product(g, g) });
    }
    total
}

/// Two random networks with one output shape; the first one twice if their shapes differ.
fn pair_or_same(list: &[u32], other: &[u32], degree: u64) -> (Network, Network) {
    pair(list, other, degree).unwrap_or_else(|| (network_from(list, degree), network_from(list, degree)))
}

/// Two random networks with one output shape.
fn pair(list: &[u32], other: &[u32], degree: u64) -> Option<(Network, Network)> {
    let (a, b) = (network_from(list, degree), network_from(other, degree));
    (a.output_shape() == b.output_shape()).then_some((a, b))
}

proptest! {
    #![proptest_config(properties(150, 600))]

    /// Every metric agrees with its definition, exactly; the split by output and by degree adds up.
    #[test]
    fn metrics_agree_with_their_definitions(list in choices(40), other in choices(40)) {
        let (a, b) = pair_or_same(&list, &other, 5);
        for metric in [Metric::Gaussian, Metric::Uniform, Metric::Symmetric] {
            let split = split(&a, &b, metric).unwrap();
            let expected = brute(&a, &b, metric);
            prop_assert_eq!(&split.total(), &expected, "{}", metric.name());
            let mut sum = Inner::default();
            split.by_degree.unwrap_or_default().iter().for_each(|(_, part)| sum.add(part));
            prop_assert_eq!(&sum, &expected, "{}", metric.name());
        }
    }

    /// With one layer of products the recursion is the true value; f64 is close to it.
    #[test]
    fn the_recursion_is_exact_for_one_layer(list in choices(40), other in choices(40)) {
        let (a, b) = pair_or_same(&list, &other, 2);
        let layerwise = split(&a, &b, Metric::Layerwise).unwrap();
        prop_assert_eq!(&layerwise.by_output, &by_expanding(&a, &b).by_output);
        let exact = layerwise.total();
        let pair = Pair { a: &a, b: &b, metric: Metric::Layerwise, domain: None };
        let floats = match approximate_inner_products(&pair, &Budget::default()) {
            Ok(InnerProducts::Floats(floats)) => floats.values.total(),
            Ok(InnerProducts::Exact(same)) => {
                prop_assert_eq!(same.total(), exact);
                return Ok(());
            }
            // f64 does not distinguish zero from numbers that are too small.
            Err(Failure::Underflow) => {
                prop_assert!(exact.aa.is_zero() || exact.bb.is_zero());
                return Ok(());
            }
            Err(failure) => panic!("{failure}"),
        };
        let scale = exact.aa.to_f64().unwrap().max(exact.bb.to_f64().unwrap());
        for (exact, float) in [(exact.aa, floats.aa), (exact.ab, floats.ab), (exact.bb, floats.bb)] {
            prop_assert!((exact.to_f64().unwrap() - float).abs() <= 1e-10 * scale);
        }
    }

    /// A layerwise distance of zero means one function (the converse does not hold), and it is zero for a
    /// network and itself.
    #[test]
    fn layerwise_distance_zero_is_a_proof(list in choices(36), at: prop::sample::Index, value: u32) {
        let mut changed = list.clone();
        changed[at.index(list.len())] = value;
        let (a, b) = (network_from(&list, 6), network_from(&changed, 6));
        prop_assert!(inner(&a, &a, Metric::Layerwise).difference().is_zero());
        if a.output_shape() == b.output_shape() && inner(&a, &b, Metric::Layerwise).difference().is_zero() {
            let question =
                Question { a: &a, b: &b, relation: Relation::Equal, domain: &Domain::everywhere(2) };
            let verdict = decide(&question, &Budget::default()).unwrap();
            prop_assert!(matches!(verdict, Verdict::Equal(_)), "{verdict:?}");
        }
    }

    /// The mean over a domain by expanding and by visiting every point, for sets of numbers, one-hot vectors
    /// and points; the split by degree adds up, and no part of a norm is negative.
    #[test]
    fn domains_agree_with_their_points(
        list in choices(40), other in choices(40), first in 0..4usize, second in 0..4usize
    ) {
        let (a, b) = pair_or_same(&list, &other, 4);
        let set = |which: usize, input: usize| {
            let shape = &a.inputs()[input].shape;
            let number = |i: i64| rational([1, -1, 0, 3][(i % 4) as usize], 1 + i % 2);
            let point = |i: i64| {
                let entries = (0..shape.size() as i64).map(|j| number(i * 3 + j) + rational(i, 1)).collect();
                samenet::Tensor::new(shape.clone(), entries).unwrap()
            };
            match which {
                0 => InputSet::Finite(vec![rational(-1, 1), rational(1, 1)]),
                1 => InputSet::Finite(vec![rational(-1, 2), rational(0, 1), rational(3, 1)]),
                2 => InputSet::OneHot,
                _ => InputSet::Points((0..3).map(point).collect()),
            }
        };
        let domain = Domain(vec![set(first, 0), set(second, 1)]);
        let by = |way: Option<Way>| {
            let pair = Pair { a: &a, b: &b, metric: Metric::Gaussian, domain: Some(&domain) };
            match way {
                Some(way) => inner_products_by(way, &pair, &Budget::default()),
                None => inner_products(&pair, &Budget::default()),
            }
        };
        let visited = by(Some(Way::Points)).unwrap();
        prop_assert_eq!(&by(None).unwrap().by_output, &visited.by_output);
        if (first, second) == (3, 3) {
            prop_assert!(by(Some(Way::Expansion)).is_err());
            return Ok(());
        }
        let expanded = by(Some(Way::Expansion)).unwrap();
        prop_assert_eq!(&expanded.by_output, &visited.by_output);
        prop_assert_eq!(expanded.by_degree.is_some(), first != 3 && second != 3);
        if let Some(parts) = expanded.by_degree {
            let mut sum = Inner::default();
            for (_, part) in &parts {
                prop_assert!(part.aa >= BigRational::zero() && part.bb >= BigRational::zero());
                prop_assert!(&part.ab * &part.ab <= &part.aa * &part.bb);
                sum.add(part);
            }
            prop_assert_eq!(sum, visited.total());
        }
    }
}

proptest! {
    #![proptest_config(properties(60, 240))]

    /// Multiplied out, products of any number of layers have the moments that an expansion gives, order by
    /// order.
    #[test]
    fn moments_and_expansions_agree(list in choices(40), other in choices(40)) {
        let (a, b) = pair_or_same(&list, &other, 5);
        for metric in [Metric::Gaussian, Metric::Symmetric] {
            match by(Way::Moments, &a, &b, metric) {
                Ok(split) => {
                    prop_assert_eq!(split, by(Way::Expansion, &a, &b, metric).unwrap(), "{}", metric.name())
                }
                Err(failure) => prop_assert_eq!(failure, Failure::TooManyTerms),
            }
            // A network that is constant has no bottleneck.
            match by(Way::Bottleneck, &a, &b, metric) {
                Ok(split) => {
                    prop_assert_eq!(split, by(Way::Expansion, &a, &b, metric).unwrap(), "{}", metric.name())
                }
                Err(failure) => prop_assert!(matches!(failure, Failure::Meaningless(_)), "{}", failure),
            }
        }
    }
}
