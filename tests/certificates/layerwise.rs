//! `layerwise`: a norm by the layerwise recursion that is zero.

use num_rational::BigRational;
use num_traits::Zero;
use proptest::prelude::*;
use samenet::Budget;
use samenet::certificate::{Certificate, Evidence, Layerwise, Number, Statement, Verdict, sets};
use samenet::check::{Refusal, RefusalKind, Subject, shows, verify};
use samenet::domain::{Domain, InputSet, Metric};
use samenet::equality::{Approach, Question, Relation, decide_by};
use samenet::network::Network;
use samenet::similarity::{Pair, inner_products};

use super::{
    after, by, claim_source, decided, every_kind, forged, grid, layerwise, models_source, normal_form,
    number, rational,
};
use crate::common::layers::{Layer, Layers, Matrix};
use crate::common::networks::{choices, network_from};
use crate::common::random::Random;
use crate::common::size::properties;

fn evidence(scale: Option<Number>, levels: u64) -> Evidence {
    Evidence::Layerwise(Layerwise { scale, levels })
}

fn change(certificate: &mut Certificate, change: impl FnOnce(&mut Layerwise)) {
    let Evidence::Layerwise(layerwise) = &mut certificate.evidence else { panic!("{certificate:?}") };
    change(layerwise);
}

/// What evidence without a factor shows of two networks.
fn about(a: &Network, b: &Network, domain: &Domain, levels: u64) -> Result<Verdict, Refusal> {
    let (relation, negated) = (Relation::Equal, false);
    let statement = Statement::Equality { relation, negated, domain: sets(domain) };
    shows(&evidence(None, levels), &Subject::new(statement, vec![a.clone(), b.clone()], domain.clone())?)
}

#[test]
fn every_relation() {
    let one = by(claim_source("another basis"), layerwise(), None).unwrap();
    assert_eq!(one.evidence, evidence(None, 2));
    let scaled = by(claim_source("three times"), layerwise(), Some(rational(3, 1))).unwrap();
    assert_eq!(scaled.evidence, evidence(Some(number(3, 1)), 2));
    let raised = by(claim_source("raised"), layerwise(), None).unwrap();
    assert_eq!(raised.evidence, evidence(None, 2));
    // One level: products that are polarised, and models without any.
    assert_eq!(by(claim_source("equal everywhere"), layerwise(), None).unwrap().evidence, evidence(None, 1));
    let linear = models_source("first", "first", Relation::Equal, None);
    assert_eq!(by(linear, layerwise(), None).unwrap().evidence, evidence(None, 0));
    // Equality everywhere is equality on a domain.
    let on = models_source("product", "squares", Relation::Equal, Some("{0, 1}"));
    assert_eq!(by(on, layerwise(), None).unwrap().evidence, evidence(None, 1));
    for certificate in [one, scaled, raised] {
        assert_eq!(verify(&certificate.to_json()).as_ref(), Ok(&certificate));
    }
}

/// Equal models whose layerwise distance is not zero: the norms are 1 and 1 and the inner product is 0; or 9,
/// 3 and 1.
#[test]
fn regrouped_products_are_beyond_it() {
    for (label, field) in [("regrouped", "evidence.layerwise"), ("squared", "evidence.layerwise")] {
        let certificate = by(claim_source(label), normal_form(), None).unwrap();
        for levels in [0, 1, 2, 3, u64::MAX] {
            forged(&certificate, field, "norm of the difference is not zero", |forged| {
                forged.evidence = evidence(None, levels);
            });
        }
        // Nor does a factor help, where one would fit.
        forged(&certificate, "evidence.layerwise.scale", "to no others", |forged| {
            forged.evidence = evidence(Some(number(1, 1)), 2);
        });
    }
    // The search then writes evidence of another kind.
    let other = by(claim_source("regrouped"), layerwise(), None).unwrap();
    assert!(!matches!(other.evidence, Evidence::Layerwise(_)));
}

#[test]
fn levels_are_counted() {
    let certificate = by(claim_source("another basis"), layerwise(), None).unwrap();
    for levels in [0, 1, 3, u64::MAX] {
        forged(&certificate, "evidence.layerwise.levels", "it is 2", |forged| {
            change(forged, |layerwise| layerwise.levels = levels);
        });
    }
}

#[test]
fn the_factor_is_the_one() {
    let certificate = by(claim_source("three times"), layerwise(), Some(rational(3, 1))).unwrap();
    for factor in [number(1, 3), number(2, 1), number(3_000_001, 1_000_000), number(1, 1)] {
        forged(&certificate, "evidence.layerwise", "not zero", |forged| {
            change(forged, |layerwise| layerwise.scale = Some(factor));
        });
    }
    for factor in [number(0, 1), number(-3, 1)] {
        forged(&certificate, "evidence.layerwise.scale", "not positive", |forged| {
            change(forged, |layerwise| layerwise.scale = Some(factor));
        });
    }
    forged(&certificate, "evidence.layerwise.scale", "belongs", |forged| {
        change(forged, |layerwise| layerwise.scale = None);
    });
    let equal = by(claim_source("another basis"), layerwise(), None).unwrap();
    forged(&equal, "evidence.layerwise.scale", "belongs", |forged| {
        change(forged, |layerwise| layerwise.scale = Some(number(1, 1)));
    });
}

/// Different models have no such certificate, whatever it claims.
#[test]
fn different_models() {
    for label in ["not another basis", "a witness", "not up to shift"] {
        let certificate = decided(label);
        for levels in [1, 2] {
            forged(&certificate, "evidence.layerwise", "not zero", |forged| {
                forged.evidence = evidence(None, levels);
            });
        }
    }
    let certificate = decided("no factor");
    for factor in [number(1, 1), number(1, 3)] {
        forged(&certificate, "evidence.layerwise", "not zero", |forged| {
            forged.evidence = evidence(Some(factor), 1);
        });
    }
    // The shift of one output alone: equal up to shift, and not equal.
    let source = models_source("raised", "basis", Relation::Equal, None);
    assert!(by(source, layerwise(), None).is_err());
    // On bits only.
    let certificate = by(claim_source("on bits"), grid(), None).unwrap();
    forged(&certificate, "evidence.layerwise", "not zero", |forged| forged.evidence = evidence(None, 1));
}

/// A proof of equality shows that `!=` fails.
#[test]
fn denied() {
    let certificate = by(claim_source("another basis"), layerwise(), None).unwrap();
    assert_eq!(certificate.verdict, Verdict::Holds);
    forged(&certificate, "statement.equality.negated", "it is false", |forged| {
        let Statement::Equality { negated, .. } = &mut forged.statement else { panic!() };
        *negated = true;
    });
    let everywhere = Domain::everywhere(1);
    let statement =
        Statement::Equality { relation: Relation::Equal, negated: true, domain: sets(&everywhere) };
    let mut random = Random(7);
    let network = Layers::random(2, 2, &mut random).network();
    let subject = Subject::new(statement, vec![network.clone(), network], everywhere).unwrap();
    assert_eq!(shows(&evidence(None, 2), &subject), Ok(Verdict::Fails));
}

#[test]
fn it_is_about_equality() {
    for (name, certificate) in every_kind() {
        if !matches!(certificate.statement, Statement::Equality { .. }) {
            let refusal = after(&certificate, |forged| forged.evidence = evidence(None, 1)).unwrap_err();
            assert_eq!((refusal.kind, refusal.field.as_str()), (RefusalKind::Invalid, "evidence"), "{name}");
        }
    }
}

/// Deep networks of several layers and a copy in other bases, with units permuted and split: the proof does
/// not expand anything. With one weight changed there is none.
#[test]
fn deep_networks_in_other_bases() {
    for (depth, width, seed) in [(1, 4, 1), (3, 3, 2), (4, 6, 3)] {
        let mut random = Random(seed);
        let layers = Layers::random(depth, width, &mut random);
        let other = layers.disguised(&mut random);
        let everywhere = Domain::everywhere(1);
        let (a, b) = (layers.network(), other.network());
        assert_eq!(about(&a, &b, &everywhere, depth as u64), Ok(Verdict::Holds));
        let mut near = other.clone();
        near.0[depth - 1].down[0][0] += 1;
        let refusal = about(&a, &near.network(), &everywhere, depth as u64).unwrap_err();
        assert_eq!((refusal.kind, refusal.field.as_str()), (RefusalKind::Invalid, "evidence.layerwise"));
    }
}

/// Strassen's products of two 2 x 2 matrices, taken twice: 49 products for 4 x 4 matrices, each factor and
/// the result in a random basis of its entries. With one coefficient changed they do not multiply matrices.
#[test]
fn schemes_of_matrix_multiplication() {
    // Rows: the coefficients of a00, a01, a10, a11, of b, and of c.
    const STRASSEN: [[[i64; 4]; 3]; 7] = [
        [[1, 0, 0, 1], [1, 0, 0, 1], [1, 0, 0, 1]],
        [[0, 0, 1, 1], [1, 0, 0, 0], [0, 0, 1, -1]],
        [[1, 0, 0, 0], [0, 1, 0, -1], [0, 1, 0, 1]],
        [[0, 0, 0, 1], [-1, 0, 1, 0], [1, 0, 1, 0]],
        [[1, 1, 0, 0], [0, 0, 0, 1], [-1, 1, 0, 0]],
        [[-1, 0, 1, 0], [1, 1, 0, 0], [0, 0, 0, 1]],
        [[0, 1, 0, -1], [0, 0, 1, 1], [1, 0, 0, 0]],
    ];
    let twice = |side: usize| -> Matrix {
        let pairs = STRASSEN.iter().flat_map(|outer| STRASSEN.iter().map(move |inner| (outer, inner)));
        let row = |(outer, inner): (&[[i64; 4]; 3], &[[i64; 4]; 3])| {
            // Entry (2 i + k, 2 j + l) is entry (i, j) of the outer times entry (k, l) of the inner.
            let entry = |at: usize| {
                let (row, column) = (at / 4, at % 4);
                outer[side][row / 2 * 2 + column / 2] * inner[side][row % 2 * 2 + column % 2]
            };
            (0..16).map(entry).collect()
        };
        pairs.map(row).collect()
    };
    let (left, right) = (twice(0), twice(1));
    let down: Matrix = (0..16).map(|entry| twice(2).iter().map(|row| row[entry]).collect()).collect();
    let mut random = Random(11);
    let basis = Layer { left: matrix(&mut random), right: matrix(&mut random), down: matrix(&mut random) };
    let direct: Vec<[usize; 3]> =
        (0..64).map(|i| [i / 16 * 4 + i % 4, i % 4 * 4 + i / 4 % 4, i / 16 * 4 + i / 4 % 4]).collect();
    let unit = |at: usize| -> Vec<i64> { (0..16).map(|i| i64::from(i == at)).collect() };
    let standard = Layer {
        left: direct.iter().map(|product| unit(product[0])).collect(),
        right: direct.iter().map(|product| unit(product[1])).collect(),
        down: (0..16).map(|c| direct.iter().map(|product| i64::from(product[2] == c)).collect()).collect(),
    };
    // In other bases: `left B`, `right B'` and `B'' down`.
    let turned = |layer: &Layer| Layer {
        left: times(&layer.left, &basis.left),
        right: times(&layer.right, &basis.right),
        down: times(&basis.down, &layer.down),
    };
    let scheme = turned(&Layer { left, right, down });
    let other = turned(&standard);
    let network = |layer: &Layer| {
        let wide = |matrix: &Matrix, first: bool| -> Matrix {
            let zeros = vec![0; 16];
            let parts = |row: &Vec<i64>| if first { [&row[..], &zeros] } else { [&zeros[..], row] }.concat();
            matrix.iter().map(parts).collect()
        };
        let (left, right) = (wide(&layer.left, true), wide(&layer.right, false));
        Layers(vec![Layer { left, right, down: layer.down.clone() }]).network()
    };
    let everywhere = Domain::everywhere(1);
    let (a, b) = (network(&scheme), network(&other));
    assert_eq!(about(&a, &b, &everywhere, 1), Ok(Verdict::Holds));
    let mut near = scheme;
    near.right[17][3] += 1;
    let refusal = about(&network(&near), &b, &everywhere, 1).unwrap_err();
    assert_eq!((refusal.kind, refusal.field.as_str()), (RefusalKind::Invalid, "evidence.layerwise"));
}

fn matrix(random: &mut Random) -> Matrix {
    (0..16).map(|_| (0..16).map(|_| random.integer(2)).collect()).collect()
}

fn times(one: &Matrix, other: &Matrix) -> Matrix {
    let entry = |row: &Vec<i64>, column: usize| row.iter().zip(other).map(|(x, y)| x * y[column]).sum();
    one.iter().map(|row| (0..other[0].len()).map(|column| entry(row, column)).collect()).collect()
}

proptest! {
    #![proptest_config(properties(100, 400))]

    /// Evidence is accepted exactly if the search's layerwise distance is zero, and then the networks are
    /// equal.
    #[test]
    fn accepted_if_the_distance_is_zero(
        list in choices(40), at: prop::sample::Index, value: u32, bits: bool
    ) {
        let mut changed = list.clone();
        changed[at.index(list.len())] = value;
        let (a, b) = (network_from(&list, 5), network_from(&changed, 5));
        prop_assume!(a.output_shape() == b.output_shape());
        let pair = Pair { a: &a, b: &b, metric: Metric::Layerwise, domain: None };
        let distance: BigRational = inner_products(&pair, &Budget::default()).unwrap().total().difference();
        let bits_only = InputSet::Finite(vec![rational(0, 1), rational(1, 1)]);
        let domain = if bits { Domain(vec![bits_only; 2]) } else { Domain::everywhere(2) };
        let accepted = (0..12).any(|levels| about(&a, &b, &domain, levels).is_ok());
        prop_assert_eq!(accepted, distance.is_zero());
        if accepted {
            let everywhere = Domain::everywhere(2);
            let question = Question { a: &a, b: &b, relation: Relation::Equal, domain: &everywhere };
            let verdict = decide_by(&question, &Budget::default(), Approach::NormalForm).unwrap();
            prop_assert!(matches!(verdict, samenet::equality::Verdict::Equal(_)), "{:?}", verdict);
        }
        prop_assert!((0..12).any(|levels| about(&a, &a, &domain, levels).is_ok()));
    }
}
