//! `inner_product`: similarity and distance by exact inner products.

use num_bigint::BigInt;
use num_rational::BigRational;
use num_traits::{One, Zero};
use proptest::prelude::*;
use samenet::Budget;
use samenet::certificate::{Certificate, Evidence, InnerProduct, Number, Statement, Verdict, sets};
use samenet::check::{Refusal, RefusalKind, Subject, shows};
use samenet::domain::{Comparison, Domain, InputSet, Metric, Quantity};
use samenet::network::{Builder, Einsum, Input, Network, Shape};
use samenet::similarity::{Inner, Pair, inner_products};

use super::{FILE, after, claim_source, decided, forged, measured, network, number, rational};
use crate::common::networks::{choices, input_shapes, network_from};
use crate::common::size::properties;

fn products(certificate: &Certificate) -> [String; 3] {
    let Evidence::InnerProduct(InnerProduct { aa, ab, bb }) = &certificate.evidence else {
        panic!("{certificate:?}");
    };
    [aa, ab, bb].map(Number::to_string)
}

fn change(certificate: &mut Certificate, change: impl FnOnce(&mut InnerProduct)) {
    let Evidence::InnerProduct(products) = &mut certificate.evidence else { panic!("{certificate:?}") };
    change(products);
}

/// f = xy/3 and g = xy/3 + y/1000: E f f = E f g = 1/9, E g g = 1/9 + 10^-6. On signs 3x + 4y has the mean
/// square 25 and is orthogonal to xy and to x.
#[test]
fn hand_derived() {
    assert_eq!(products(&measured("similar").unwrap()), ["1/9", "1/9", "1000009/9000000"]);
    assert_eq!(products(&measured("three fifths").unwrap()), ["25", "3", "1"]);
    assert_eq!(products(&measured("on signs").unwrap()), ["25", "1/250", "1000009/9000000"]);
    // xy/3 twice, and squares of 7x, x^2 and cross terms: see the definitions, E x^2 = 1/3 and E x^4 = 1/5.
    // f = (xy/3, xy/3 + x^2): 1/81 + 1/81 + 1/5. g = (xy/3 + 7x, xy/3 + x^2 + 7x): 2/81 + 1/5 + 2 * 49/3.
    assert_eq!(products(&measured("far").unwrap()), ["91/405", "91/405", "13321/405"]);
    // Symmetric: xy counts half, x^2 and x one: 1/18 + 1/18 + 1, and 98 more.
    let not = measured("not similar").unwrap();
    assert_eq!(products(&not), ["10/9", "10/9", "892/9"]);
    assert_eq!(not.verdict, Verdict::Fails);
}

#[test]
fn what_is_not_the_inner_product() {
    for label in ["similar", "three fifths", "on signs", "far", "not similar"] {
        let certificate = measured(label).unwrap();
        let wrong = |name: &str, change_it: &dyn Fn(&mut Number, &mut Number, &mut Number)| {
            forged(
                &certificate,
                &format!("evidence.inner_product.{name}"),
                "not the inner product",
                |forged| {
                    change(forged, |p| change_it(&mut p.aa, &mut p.ab, &mut p.bb));
                },
            );
        };
        wrong("aa", &|aa, _, _| aa.0 += BigRational::one());
        wrong("ab", &|_, ab, _| ab.0 -= BigRational::one());
        wrong("bb", &|_, _, bb| bb.0 += BigRational::new(1.into(), BigInt::from(10).pow(40)));
        wrong("ab", &|_, ab, _| ab.0 = -&ab.0);
        wrong("aa", &|aa, _, _| aa.0 = -&aa.0);
        wrong("aa", &|aa, _, bb| std::mem::swap(aa, bb));
        // Similarities do not change if everything is scaled.
        wrong("aa", &|aa, ab, bb| [aa, ab, bb].into_iter().for_each(|each| each.0 *= rational(2, 1)));
        wrong("aa", &|aa, _, _| aa.0 = BigRational::zero());
        wrong("bb", &|_, _, bb| bb.0 = BigRational::zero());
    }
}

/// Inner products of another metric, another domain or another pair.
#[test]
fn other_inner_products() {
    let [similar, signs, far, other] =
        ["similar", "on signs", "far", "not similar"].map(|l| measured(l).unwrap());
    for certificate in [&similar, &signs, &far, &other] {
        for from in [&similar, &signs, &far, &other] {
            if from.evidence != certificate.evidence {
                let result = after(certificate, |forged| forged.evidence = from.evidence.clone());
                let refusal = result.unwrap_err();
                assert!(refusal.field.starts_with("evidence.inner_product."), "{refusal}");
                assert_eq!(refusal.kind, RefusalKind::Invalid);
            }
        }
    }
    // A statement under another metric is another statement.
    forged(&far, "statement.metric.metric", "\"uniform\", and \"gaussian\"", |forged| {
        let Statement::Metric { metric, .. } = &mut forged.statement else { panic!() };
        *metric = Some(Metric::Gaussian);
    });
    forged(&far, "statement.metric.quantity", "\"distance\"", |forged| {
        let Statement::Metric { quantity, .. } = &mut forged.statement else { panic!() };
        *quantity = Quantity::Similarity;
    });
    forged(&far, "statement.metric.bound", "\"11\"", |forged| {
        let Statement::Metric { bound, .. } = &mut forged.statement else { panic!() };
        *bound = number(12, 1);
    });
    forged(&far, "statement.metric.comparison", "\"<\"", |forged| {
        let Statement::Metric { comparison, .. } = &mut forged.statement else { panic!() };
        *comparison = Comparison::AtMost;
    });
    forged(&signs, "statement.metric.domain.0.finite.1", "\"1\", and \"0\"", |forged| {
        let Statement::Metric { domain, .. } = &mut forged.statement else { panic!() };
        *domain =
            sets(&Domain(vec![InputSet::Finite(vec![rational(-1, 1), rational(0, 1), rational(1, 1)])]));
    });
}

/// Evidence of another kind says nothing about similarity, and inner products nothing about equality.
#[test]
fn kinds_do_not_mix() {
    let (similar, witness) = (measured("similar").unwrap(), decided("a witness"));
    let (kind, other) = ("statements about equality", "statements about similarity or distance");
    forged(&similar, "evidence", kind, |forged| forged.evidence = witness.evidence.clone());
    forged(&similar, "evidence", kind, |forged| forged.evidence = Evidence::Identical {});
    forged(&witness, "evidence", other, |forged| forged.evidence = similar.evidence.clone());
}

/// Checks a statement about two networks against given inner products.
fn about(
    networks: [&Network; 2],
    (metric, domain): (Option<Metric>, &Domain),
    (quantity, comparison, bound): (Quantity, Comparison, BigRational),
    inner: &Inner,
) -> Result<Verdict, Refusal> {
    let (set, bound) = (sets(domain), Number(bound));
    let statement = Statement::Metric { quantity, metric, domain: set, comparison, bound };
    let networks = networks.into_iter().cloned().collect();
    let subject = Subject::new(statement, networks, domain.clone()).unwrap();
    let [aa, ab, bb] = [&inner.aa, &inner.ab, &inner.bb].map(|product| Number(product.clone()));
    shows(&Evidence::InnerProduct(InnerProduct { aa, ab, bb }), &subject)
}

fn search([a, b]: [&Network; 2], metric: Metric, domain: Option<&Domain>) -> Inner {
    inner_products(&Pair { a, b, metric, domain }, &Budget::default()).unwrap().total()
}

/// At the very number, and one unit of the 40th digit on both sides of it: every comparison, for numbers that
/// are positive, negative and zero.
#[test]
fn boundaries() {
    use Comparison::{AtLeast, AtMost, Equal, Greater, Less};
    use Quantity::{Distance, Similarity};
    let [slope, first, second, minus] = ["slope", "first", "second", "minus"].map(|name| network(FILE, name));
    let everywhere = Domain::everywhere(1);
    let unit = BigRational::new(1.into(), BigInt::from(10).pow(40));
    // slope = 3x + 4y, first = x, second = 7y, minus = -2x. |x - (-2x)| = 3, |x - x| = 0, |3x + 4y - 7y| is
    // irrational.
    let cases = [
        (&slope, &first, Similarity, rational(3, 5)),
        (&slope, &second, Similarity, rational(4, 5)),
        (&slope, &minus, Similarity, rational(-3, 5)),
        (&minus, &first, Similarity, rational(-1, 1)),
        (&first, &second, Similarity, rational(0, 1)),
        (&first, &minus, Distance, rational(3, 1)),
        (&minus, &first, Distance, rational(3, 2)),
        (&first, &first, Distance, rational(0, 1)),
        (&slope, &slope, Similarity, rational(1, 1)),
    ];
    for (a, b, quantity, value) in cases {
        let inner = search([a, b], Metric::Gaussian, None);
        for (at, holding) in [
            (&value - &unit, vec![Greater, AtLeast]),
            (value.clone(), vec![AtLeast, AtMost, Equal]),
            (&value + &unit, vec![Less, AtMost]),
            (rational(-7, 1), vec![Greater, AtLeast]),
            (rational(7, 1), vec![Less, AtMost]),
        ] {
            for comparison in [Less, AtMost, Greater, AtLeast, Equal] {
                let claim = (quantity, comparison, at.clone());
                let verdict = about([a, b], (Some(Metric::Gaussian), &everywhere), claim, &inner).unwrap();
                assert_eq!(verdict == Verdict::Holds, holding.contains(&comparison), "{comparison:?} {at}");
            }
        }
    }
}

/// A norm that divides is never zero in a verdict: similarity to zero has no certificate, and neither has the
/// distance from zero; the distance to zero is 1.
#[test]
fn zero_has_no_similarity() {
    let [zero, first] = ["zero", "first"].map(|name| network(FILE, name));
    let everywhere = Domain::everywhere(1);
    for metric in [Metric::Gaussian, Metric::Symmetric, Metric::Uniform] {
        let verdict = |a, b, quantity| {
            let claim = (quantity, Comparison::AtMost, rational(1, 1));
            about([a, b], (Some(metric), &everywhere), claim, &search([a, b], metric, None))
        };
        let without = [
            (&zero, &first, Quantity::Similarity),
            (&first, &zero, Quantity::Similarity),
            (&zero, &first, Quantity::Distance),
            (&zero, &zero, Quantity::Distance),
        ];
        for (a, b, quantity) in without {
            let refusal = verdict(a, b, quantity).unwrap_err();
            assert_eq!((refusal.kind, refusal.field.as_str()), (RefusalKind::Invalid, "statement"));
        }
        assert_eq!(verdict(&first, &zero, Quantity::Distance), Ok(Verdict::Holds));
    }
}

/// Networks that do not fit together have no inner product.
#[test]
fn subjects_fit() {
    let [first, other] = ["first", "xor"].map(|name| network(FILE, name));
    let bits = Domain(vec![InputSet::Finite(vec![rational(0, 1), rational(1, 1)])]);
    let (everywhere, none) = (Domain::everywhere(1), Domain(Vec::new()));
    let statement = |metric, domain: &Domain| Statement::Metric {
        quantity: Quantity::Distance,
        metric,
        domain: sets(domain),
        comparison: Comparison::Less,
        bound: number(1, 1),
    };
    let new = |metric, claimed: &Domain, networks: [&Network; 2], domain: &Domain| {
        let networks = networks.into_iter().cloned().collect();
        Subject::new(statement(metric, claimed), networks, domain.clone())
    };
    assert!(new(None, &bits, [&first, &first], &bits).is_ok());
    assert!(new(None, &everywhere, [&first, &first], &everywhere).is_err());
    assert!(new(Some(Metric::Gaussian), &bits, [&first, &first], &bits).is_err());
    assert!(new(Some(Metric::Gaussian), &everywhere, [&first, &first], &bits).is_err());
    assert!(new(Some(Metric::Gaussian), &none, [&first, &first], &none).is_err());
    assert!(new(Some(Metric::Gaussian), &everywhere, [&first, &other], &everywhere).is_err());
    assert!(Subject::new(statement(Some(Metric::Gaussian), &everywhere), vec![first], everywhere).is_err());
}

/// A claim about similarity is certified whichever way it is answered, unless the answer is wrong.
#[test]
fn the_verdict_is_the_checkers() {
    use samenet::claim::{Answer, CertifyError, Finding, Measured, Status, certify};
    let answer = |inner: &Inner, status| {
        let value = inner.similarity().unwrap();
        let (quantity, metric) = (Quantity::Similarity, Some(Metric::Gaussian));
        let measured = Measured { quantity, metric, inner: inner.clone(), value, bound: rational(1, 1) };
        Answer { status, certain: true, finding: Finding::Number(Box::new(measured)) }
    };
    let three_fifths = Inner { aa: rational(25, 1), ab: rational(3, 1), bb: rational(1, 1) };
    let error = certify(claim_source("three fifths"), &answer(&three_fifths, Status::Fails)).unwrap_err();
    assert!(matches!(&error, CertifyError::Refused(refusal) if refusal.field == "verdict"), "{error}");
    let wrong = Inner { ab: rational(-3, 1), ..three_fifths };
    let error = certify(claim_source("three fifths"), &answer(&wrong, Status::Holds)).unwrap_err();
    assert!(matches!(&error, CertifyError::Refused(refusal) if refusal.field.ends_with(".ab")), "{error}");
}

/// All domains of the random networks: a vector of 3 and a 1 x 2 matrix.
fn domains() -> Vec<Domain> {
    let finite = |values: &[i64]| InputSet::Finite(values.iter().map(|&value| rational(value, 2)).collect());
    let point =
        |x, y| samenet::Tensor::new(input_shapes()[1].clone(), vec![rational(x, 1), rational(y, 3)]).unwrap();
    vec![
        Domain(vec![finite(&[-1, 0, 6]), finite(&[-2, 2])]),
        Domain(vec![InputSet::OneHot, finite(&[0, 2])]),
        Domain(vec![
            finite(&[-1, 1]),
            InputSet::Points([point(0, 1), point(2, 5), point(-1, 3)].into_iter().collect()),
        ]),
        Domain(vec![InputSet::OneHot, InputSet::OneHot]),
    ]
}

/// The same network plus the sum of a third input of 40 signs. Sums of signs have mean 0 and mean square 40.
fn with_signs(network: &Network) -> Network {
    let mut builder = Builder::new();
    let mut shapes = input_shapes();
    shapes.push(Shape::new([40]).unwrap());
    let ids: Vec<_> = shapes.iter().enumerate().map(|(i, shape)| builder.input(i, shape.clone())).collect();
    let output = builder.import(network, &ids[..2]).unwrap();
    let sum = Einsum { operands: vec![vec![0]], output: Vec::new() };
    let sum = builder.contract(vec![ids[2]], sum).unwrap();
    let sum = builder.broadcast(sum, network.output_shape().clone()).unwrap();
    let output = builder.combine(vec![(rational(1, 1), output), (rational(1, 1), sum)]).unwrap();
    let inputs = shapes.into_iter().map(|shape| Input { name: "x".to_string(), shape });
    builder.network(inputs.collect(), output)
}

proptest! {
    #![proptest_config(properties(60, 240))]

    /// The search and the checker compute the same inner products, with code that they do not share.
    #[test]
    fn the_search_and_the_checker_agree(list in choices(40), other in choices(40), off in 0..3usize) {
        let (a, b) = (network_from(&list, 5), network_from(&other, 5));
        let b = if a.output_shape() == b.output_shape() { b } else { a.clone() };
        let everywhere = Domain::everywhere(2);
        let metrics = Metric::ALL.map(|metric| (metric, None));
        let means = domains().into_iter().map(|domain| (Metric::Gaussian, Some(domain)));
        for (metric, domain) in metrics.into_iter().chain(means) {
            let pair = Pair { a: &a, b: &b, metric, domain: domain.as_ref() };
            let Ok(split) = inner_products(&pair, &Budget::default()) else {
                // Layerwise symmetric inner products are of homogeneous networks.
                prop_assert_eq!(metric, Metric::LayerwiseSymmetric);
                continue;
            };
            let inner = split.total();
            let named = domain.is_none().then_some(metric);
            let on = domain.as_ref().unwrap_or(&everywhere);
            let claim = || (Quantity::Similarity, Comparison::AtMost, rational(1, 1));
            let shown = about([&a, &b], (named, on), claim(), &inner);
            let zero = inner.aa.is_zero() || inner.bb.is_zero();
            match shown {
                Ok(verdict) => prop_assert!(verdict == Verdict::Holds && !zero),
                Err(refusal) => prop_assert!(zero && refusal.field == "statement", "{refusal} {named:?}"),
            }
            let mut wrong = inner;
            *[&mut wrong.aa, &mut wrong.ab, &mut wrong.bb][off] += rational(1, 1_000_000_007);
            let refusal = about([&a, &b], (named, on), claim(), &wrong).unwrap_err();
            let field = format!("evidence.inner_product.{}", ["aa", "ab", "bb"][off]);
            prop_assert_eq!((refusal.kind, refusal.field), (RefusalKind::Invalid, field));
        }
    }

    /// On domains with too many points to visit, the search and the checker reduce polynomials, and agree.
    #[test]
    fn large_domains(list in choices(40), other in choices(40), off in 0..3usize) {
        let (a, b) = (network_from(&list, 5), network_from(&other, 5));
        let b = if a.output_shape() == b.output_shape() { b } else { a.clone() };
        let finite = |domain: &Domain| !domain.0.iter().any(|set| matches!(set, InputSet::Points(_)));
        for mut domain in domains().into_iter().filter(finite) {
            let mut inner = search([&a, &b], Metric::Gaussian, Some(&domain));
            let more = rational(40 * a.output_shape().size() as i64, 1);
            [&mut inner.aa, &mut inner.ab, &mut inner.bb].into_iter().for_each(|product| *product += &more);
            domain.0.push(InputSet::Finite(vec![rational(-1, 1), rational(1, 1)]));
            let claim = || (Quantity::Distance, Comparison::AtLeast, rational(0, 1));
            let (a, b) = (with_signs(&a), with_signs(&b));
            let shown = about([&a, &b], (None, &domain), claim(), &inner);
            prop_assert_eq!(shown.is_ok(), !inner.aa.is_zero(), "{:?}", shown);
            *[&mut inner.aa, &mut inner.ab, &mut inner.bb][off] -= rational(1, 3);
            let refusal = about([&a, &b], (None, &domain), claim(), &inner).unwrap_err();
            prop_assert!(refusal.field.starts_with("evidence.inner_product."), "{refusal}");
        }
    }
}
