//! Explanations derived by hand, and agreement of the ways to find them.

use num_bigint::BigInt;

use super::super::tests::{bits, certain, matrix, network, polynomial_node, rational, unlimited};
use super::*;
use crate::equality::Domain;
use crate::network::{Builder, Network, NodeId, Shape};

fn asked<'a>(a: &'a Network, b: &'a Network, relation: Relation, domain: &'a Domain) -> Question<'a> {
    Question { a, b, relation, domain }
}

fn everywhere(a: &Network, b: &Network) -> Explanation {
    explain(&asked(a, b, Relation::Equal, &Domain::everywhere(1)), &unlimited())
}

/// One polynomial of `n` variables for every output, as `polynomial_node` takes them.
fn polynomials(n: usize, outputs: &[&[(i64, &[usize])]]) -> Network {
    network(&[&[n]], |builder, x| {
        let outputs: Vec<NodeId> =
            outputs.iter().map(|terms| polynomial_node(builder, x[0], terms)).collect();
        builder.stack(outputs).unwrap()
    })
}

fn proved(agree: &[usize], differ: &[usize]) -> Option<Split> {
    let how = (!agree.is_empty()).then_some(Agreement::Proved);
    Some(Split { differ: differ.to_vec(), agree: agree.to_vec(), unknown: Vec::new(), how })
}

/// A = (x0^2 + x1, 3 x0, 7), B = (x0^2 + 5 x1, 3 x0, 7 + x0 x1): outputs 0 and 2 differ, in x1 (by 4, degree
/// 1) and in x0 x1 (by 1, degree 2). Both have a part of degree 0, the same.
#[test]
fn coefficients_outputs_and_degrees() {
    let a = polynomials(2, &[&[(1, &[0, 0]), (1, &[1])], &[(3, &[0])], &[(7, &[])]]);
    let b = polynomials(2, &[&[(1, &[0, 0]), (5, &[1])], &[(3, &[0])], &[(7, &[]), (1, &[0, 1])]]);
    let explanation = everywhere(&a, &b);
    assert_eq!(explanation.outputs, proved(&[1], &[0, 2]));
    assert_eq!(explanation.degrees, proved(&[0], &[1, 2]));
    let coefficient = |output, powers: &[(usize, u64)], a, b| Coefficient {
        output,
        powers: powers.to_vec(),
        a: rational(a, 1),
        b: rational(b, 1),
    };
    let largest = vec![coefficient(0, &[(1, 1)], 1, 5), coefficient(2, &[(0, 1), (1, 1)], 0, 1)];
    assert_eq!(explanation.coefficients, Some(Coefficients { differing: 2, largest }));
}

/// All coefficients of (x0 + x1 + 1)^2 differ from those of zero: x0 x1, x0 and x1 by 2, the others by 1;
/// equal differences come in the order in which polynomials are written.
#[test]
fn equal_differences_come_in_order() {
    let square: &[(i64, &[usize])] =
        &[(1, &[]), (2, &[1]), (1, &[1, 1]), (2, &[0]), (2, &[0, 1]), (1, &[0, 0])];
    let (a, b) = (polynomials(2, &[square]), polynomials(2, &[&[]]));
    let listed = everywhere(&a, &b).coefficients.unwrap().largest;
    let powers: Vec<&[(usize, u64)]> = listed.iter().map(|c| c.powers.as_slice()).collect();
    let expected: [&[(usize, u64)]; 6] = [&[(0, 1), (1, 1)], &[(0, 1)], &[(1, 1)], &[(0, 2)], &[(1, 2)], &[]];
    assert_eq!(powers, expected);
}

/// On {0, 1}, x0^2 is x0: of the two outputs only the second differs, 2 x0 from x0. Degrees and coefficients
/// have no meaning there.
#[test]
fn on_a_domain_only_outputs() {
    let a = polynomials(1, &[&[(1, &[0, 0])], &[(2, &[0])]]);
    let b = polynomials(1, &[&[(1, &[0])], &[(1, &[0])]]);
    let explanation = explain(&asked(&a, &b, Relation::Equal, &bits(1)), &unlimited());
    assert_eq!(explanation.outputs, proved(&[0], &[1]));
    assert_eq!((explanation.degrees, explanation.coefficients), (None, None));
}

/// f = (2 x, 2 x^2, 5 x, 0, -x) and g = (x, x^2, x, 0, x): 2 fits outputs 0, 1 and (0 = 2 * 0) 3; 5 fits only
/// one, and -1 is not positive. Times 2, g differs in x only.
#[test]
fn the_scale_that_fits_most_outputs() {
    let a = polynomials(1, &[&[(2, &[0])], &[(2, &[0, 0])], &[(5, &[0])], &[], &[(-1, &[0])]]);
    let b = polynomials(1, &[&[(1, &[0])], &[(1, &[0, 0])], &[(1, &[0])], &[], &[(1, &[0])]]);
    let explanation = explain(&asked(&a, &b, Relation::UpToScale, &Domain::everywhere(1)), &unlimited());
    assert_eq!(explanation.scale, Some(rational(2, 1)));
    assert_eq!(explanation.outputs, proved(&[0, 1, 3], &[2, 4]));
    assert_eq!(explanation.degrees, proved(&[2], &[1]));
}

/// f - g = (x, 1, x): the first and the last are shifted alike.
#[test]
fn the_shift_that_most_outputs_have() {
    let a = polynomials(1, &[&[(2, &[0])], &[(1, &[0]), (1, &[])], &[(3, &[0])]]);
    let b = polynomials(1, &[&[(1, &[0])], &[(1, &[0])], &[(2, &[0])]]);
    let explanation = explain(&asked(&a, &b, Relation::UpToShift, &Domain::everywhere(1)), &unlimited());
    assert_eq!(explanation.outputs, proved(&[0, 2], &[1]));
    // Two entries of which neither is usual.
    let (a, b) = (polynomials(1, &[&[(2, &[0])], &[]]), polynomials(1, &[&[(1, &[0])], &[]]));
    let explanation = explain(&asked(&a, &b, Relation::UpToShift, &Domain::everywhere(1)), &unlimited());
    assert_eq!(explanation.outputs, proved(&[], &[0, 1]));
}

/// Among 25 coefficients 1 to 25 that are zero in the other, 20 are listed, the largest first.
#[test]
fn the_largest_coefficients_are_listed() {
    let powers: Vec<Vec<usize>> = (0..25).map(|i| vec![0; i + 1]).collect();
    let terms: Vec<(i64, &[usize])> =
        powers.iter().enumerate().map(|(i, power)| (i as i64 + 1, power.as_slice())).collect();
    let (a, b) = (polynomials(1, &[&terms]), polynomials(1, &[&[]]));
    let coefficients = everywhere(&a, &b).coefficients.unwrap();
    assert_eq!(coefficients.differing, 25);
    let listed: Vec<BigInt> = coefficients.largest.iter().map(|c| c.a.numer().clone()).collect();
    assert_eq!(listed, (6..=25).rev().map(BigInt::from).collect::<Vec<_>>());
}

/// Three layers of `x -> (x0^2 + x1 x2, x1^2 + x0 x3, ..)`: the inner layers of the two networks are the
/// same, so their outputs differ only where the last ones do.
fn deep(builder: &mut Builder, x: NodeId, last: i64) -> NodeId {
    let mut h = x;
    for layer in 0..3 {
        let turned: Vec<NodeId> =
            [1, 2, 3, 0].map(|i| builder.select(h, 0, i).unwrap()).into_iter().collect();
        let turned = builder.stack(turned).unwrap();
        let weights: Vec<i64> = (0..16).map(|i| (i * 7 + layer * 3) % 5 - 2).collect();
        let left = matrix(builder, 4, 4, weights);
        let left = super::super::tests::apply(builder, left, h);
        let product = builder.multiply(left, turned).unwrap();
        h = product;
    }
    let mut down = vec![0; 16];
    (0..4).for_each(|i| down[5 * i] = 1);
    down[9] = last;
    let down = matrix(builder, 4, 4, down);
    super::super::tests::apply(builder, down, h)
}

/// The same lists by expansion and by evaluation, the latter with a bound: all degrees are 8, and only output
/// 2 reads the weight that differs.
#[test]
fn evaluation_agrees_with_expansion() {
    let a = network(&[&[4]], |builder, x| deep(builder, x[0], 1));
    let b = network(&[&[4]], |builder, x| deep(builder, x[0], 2));
    let domain = Domain::everywhere(1);
    let problem = Problem::new(&a, &b, Relation::Equal, &domain, &unlimited()).unwrap();
    let outputs = outputs::split(&problem, &unlimited()).unwrap();
    assert_eq!((outputs.agree.as_slice(), outputs.differ.as_slice()), (&[0, 1, 3][..], &[2][..]));
    let degrees = lines::degrees(&problem, &unlimited()).unwrap();
    assert_eq!(degrees, Split { differ: vec![8], ..Split::default() });
    let expanded = expansion::explain(&problem, &unlimited()).unwrap();
    assert_eq!(expanded.outputs, proved(&[0, 1, 3], &[2]));
    assert_eq!(expanded.degrees, proved(&[], &[8]));
}

/// x^2 + x + 1 and 3 x^2 + x + 1: degree 2 differs. Degrees 0 and 1 agree with a bounded error, for 3 lists
/// of one round each at least 2^-(128 - 2); with certainty asked for nothing is said of them.
#[test]
fn degrees_along_lines() {
    let a = polynomials(1, &[&[(1, &[0, 0]), (1, &[0]), (1, &[])]]);
    let b = polynomials(1, &[&[(3, &[0, 0]), (1, &[0]), (1, &[])]]);
    let domain = Domain::everywhere(1);
    let problem = Problem::new(&a, &b, Relation::Equal, &domain, &unlimited()).unwrap();
    let split = lines::degrees(&problem, &unlimited()).unwrap();
    assert_eq!((split.agree.as_slice(), split.differ.as_slice()), (&[0, 1][..], &[2][..]));
    let Some(Agreement::Error { error_log2 }) = split.how else { panic!("{split:?}") };
    assert!(error_log2 >= 126, "{error_log2}");
    let split = lines::degrees(&problem, &certain()).unwrap();
    assert_eq!(split, Split { differ: vec![2], unknown: vec![0, 1], ..Split::default() });
}

/// Errors add up: of 1, 2, 3, 4, 5 agreements.
#[test]
fn errors_of_lists() {
    let log2 = |count| match all_of(10, count) {
        Some(Agreement::Error { error_log2 }) => error_log2,
        other => panic!("{other:?}"),
    };
    assert_eq!([1, 2, 3, 4, 5].map(log2), [10, 9, 8, 8, 7]);
    assert_eq!(all_of(3, 8), None);
}

/// Some outputs alone are what they were: 0, 1 and 3 of x * (1, 2, 3, 4), as a whole and joined from entries.
#[test]
fn some_outputs_alone() {
    let whole = network(&[&[]], |builder, x| {
        let column = Shape::new([4]).unwrap();
        let x = builder.broadcast(x[0], column).unwrap();
        let weights = matrix(builder, 4, 1, vec![1, 2, 3, 4]);
        let weights = builder.reshape(weights, Shape::new([4]).unwrap()).unwrap();
        builder.multiply(weights, x).unwrap()
    });
    let joined = polynomials(1, &[&[(1, &[0])], &[(2, &[0])], &[(3, &[0])], &[(4, &[0])]]);
    for network in [whole, joined] {
        let alone = outputs::only(&network, &[0, 1, 3]).unwrap();
        assert_eq!(alone.output_shape().axes(), [3]);
        let point = network.inputs().iter().map(|input| {
            let data = vec![rational(1, 1); input.shape.size()];
            crate::network::Tensor::new(input.shape.clone(), data).unwrap()
        });
        let rationals = crate::arithmetic::Rationals::default();
        let point: Vec<_> = point.collect();
        let values = crate::network::evaluate(&rationals, &alone, &point).unwrap();
        assert_eq!(values.data(), [1, 2, 4].map(|value| rational(value, 1)));
    }
}

/// Without time nothing is said, and nothing breaks.
#[test]
fn no_time() {
    let (a, b) = (polynomials(1, &[&[(1, &[0])]]), polynomials(1, &[&[(2, &[0])]]));
    let expired = super::super::tests::expired();
    let explanation = explain(&asked(&a, &b, Relation::Equal, &Domain::everywhere(1)), &expired);
    assert_eq!(explanation, Explanation::default());
}

/// A = (x0 x1, x2^2, x0 + 2 x1) and B = 3 (x0 x1, x2^2, x0 + 5 x1): c = 1/3 fits but for x1, 2 in A and 5 in
/// c B. Degree 2 agrees.
#[test]
fn scales_are_explained_like_equality() {
    let of = |factor: i64, last: i64| {
        let terms: [&[(i64, &[usize])]; 3] =
            [&[(factor, &[0, 1])], &[(factor, &[2, 2])], &[(factor, &[0]), (factor * last, &[1])]];
        polynomials(3, &terms)
    };
    let (a, b) = (of(1, 2), of(3, 5));
    let domain = Domain::everywhere(1);
    let found = explain(&asked(&a, &b, Relation::UpToScale, &domain), &unlimited());
    assert_eq!(found.scale, Some(rational(1, 3)));
    assert_eq!((found.outputs, found.degrees), (proved(&[0, 1], &[2]), proved(&[2], &[1])));
    let coefficient = Coefficient { output: 2, powers: vec![(1, 1)], a: rational(2, 1), b: rational(5, 1) };
    assert_eq!(found.coefficients, Some(Coefficients { differing: 1, largest: vec![coefficient] }));
}

/// The same and x2 more in every output, with x0 + 5 x1 last: outputs 0 and 1 are shifted alike, and the
/// differences from output 0 differ in x1 of output 2.
#[test]
fn shifts_are_explained_like_equality() {
    let a = polynomials(3, &[&[(1, &[0, 1])], &[(1, &[2, 2])], &[(1, &[0]), (2, &[1])]]);
    let b = polynomials(
        3,
        &[&[(1, &[0, 1]), (1, &[2])], &[(1, &[2, 2]), (1, &[2])], &[(1, &[0]), (5, &[1]), (1, &[2])]],
    );
    let domain = Domain::everywhere(1);
    let found = explain(&asked(&a, &b, Relation::UpToShift, &domain), &unlimited());
    assert_eq!((found.outputs, found.references), (proved(&[0, 1], &[2]), vec![0]));
    assert_eq!(found.degrees, proved(&[2], &[1]));
    let coefficient = Coefficient { output: 2, powers: vec![(1, 1)], a: rational(2, 1), b: rational(5, 1) };
    assert_eq!(found.coefficients, Some(Coefficients { differing: 1, largest: vec![coefficient] }));
}

/// Three layers, too many terms to expand in no time: output 2 differs, the others are twice as much, or one
/// more.
#[test]
fn relations_of_deep_networks() {
    let a = network(&[&[4]], |builder, x| deep(builder, x[0], 1));
    let two = rational(2, 1);
    let twice = network(&[&[4]], |builder, x| {
        let output = deep(builder, x[0], 2);
        builder.combine(vec![(two, output)]).unwrap()
    });
    let more = network(&[&[4]], |builder, x| {
        let output = deep(builder, x[0], 2);
        let ones = builder.scalar(rational(1, 1));
        let ones = builder.broadcast(ones, Shape::new([4]).unwrap()).unwrap();
        builder.combine(vec![(rational(1, 1), output), (rational(1, 1), ones)]).unwrap()
    });
    let domain = Domain::everywhere(1);
    for (b, relation) in [(&twice, Relation::UpToScale), (&more, Relation::UpToShift)] {
        let found = explain(&asked(&a, b, relation, &domain), &unlimited());
        let outputs = found.outputs.unwrap();
        assert_eq!((outputs.agree.as_slice(), outputs.differ.as_slice()), (&[0, 1, 3][..], &[2][..]));
        assert!(found.degrees.unwrap().differ.contains(&8));
        assert_eq!(found.scale, (relation == Relation::UpToScale).then(|| rational(1, 2)));
    }
}

/// Two matrices of rationals before a sum of two products: 10^-400 is no float but not zero, so that unit 1
/// is read in both; 1/3 and 1/3 + 10^-30 are one float but differ. The last entry differs most, by almost 5.
#[test]
fn weights_are_compared_exactly() {
    let tiny = rational(1, 1) / BigRational::from_integer(num_traits::pow(BigInt::from(10), 400));
    let little = rational(1, 1) / BigRational::from_integer(num_traits::pow(BigInt::from(10), 30));
    let of = |entries: Vec<BigRational>| {
        network(&[&[2]], |builder, x| {
            let squares = builder.multiply(x[0], x[0]).unwrap();
            let data = crate::network::Data::Rational(entries);
            let constant = crate::network::Constant::new(Shape::new([2, 2]).unwrap(), data).unwrap();
            let down = builder.constant(std::sync::Arc::new(constant));
            super::super::tests::apply(builder, down, squares)
        })
    };
    let third = rational(1, 3);
    let a = of(vec![third.clone(), rational(0, 1), rational(1, 1), rational(5, 1)]);
    let b = of(vec![third + little, tiny.clone(), rational(3, 1), tiny]);
    let found = everywhere(&a, &b).weights.unwrap();
    assert_eq!((found.differing, found.entries, found.from_files), (4, 4, false));
    let tensor = &found.tensors[0];
    assert_eq!((tensor.index.as_slice(), &tensor.a), (&[1, 1][..], &rational(5, 1)));
    assert_eq!(tensor.unread, [Vec::<usize>::new(), Vec::new()]);
}
