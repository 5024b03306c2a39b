//! `inner_product`: statements about similarity and distance, decided by exact inner products.

use std::cmp::Ordering;

use num_rational::BigRational;
use num_traits::{Signed, Zero};

use super::bounds::Bounds;
use super::degree::at;
use super::evaluate::{Ring, evaluate};
use super::expansion;
use super::joint::Joint;
use super::layerwise::{self, differences, primes};
use super::moments::MOST_OPERANDS;
use super::number::{Number, common_denominator};
use super::outcome::{Refusal, Work, invalid, require};
use super::points::{Coordinate, coordinates, input_bounds, walk_modulo};
use super::residues::{LANES, Residues};
use super::subject::Subject;
use crate::certificate::{InnerProduct, Statement};
use crate::domain::{InputSet, Metric, Quantity};
use crate::network::Network;

/// Up to this product of points of a domain and numbers of the models (64 more), all points are visited.
const VISITED: u64 = 1 << 26;

/// Whether the statement holds, by inner products that are checked.
pub(super) fn inner_product(subject: &Subject, given: &InnerProduct, work: &Work) -> Result<bool, Refusal> {
    let (Statement::Metric { quantity, metric, comparison, bound, .. }, [a, b]) =
        (&subject.statement, subject.networks.as_slice())
    else {
        return Err(invalid(
            "evidence",
            "this kind of evidence is for statements about similarity or distance",
        ));
    };
    let products = [&given.aa.0, &given.ab.0, &given.bb.0];
    let right = match metric {
        None if visits(subject, [a, b]) => visited(subject, [a, b], products, work)?,
        _ if by_recursion(*metric, [a, b]) => {
            let symmetric = matches!(metric, Some(Metric::Symmetric | Metric::LayerwiseSymmetric));
            layerwise::inner_products([a, b], symmetric, products, work)?
        }
        _ => {
            let found = expansion::inner_products([a, b], *metric, &subject.domain, work)?;
            let mut pairs = products.into_iter().zip(&found);
            [(); 3].map(|()| pairs.next().is_some_and(|(given, found)| given == found))
        }
    };
    for (right, name) in right.into_iter().zip(["aa", "ab", "bb"]) {
        let field = format!("evidence.inner_product.{name}");
        require(right, field, "this is not the inner product of the models")?;
    }
    let ordering = compare(*quantity, products, &bound.0)?;
    Ok(at(*comparison, ordering))
}

/// Whether inner products are those of the layerwise recursion. If there is at most one level of products,
/// they are also for other metrics.
fn by_recursion(metric: Option<Metric>, networks: [&Network; 2]) -> bool {
    let joint = Joint::new(networks);
    let exact = joint.depth() < 2 && joint.width() <= MOST_OPERANDS;
    match metric {
        Some(Metric::Layerwise | Metric::LayerwiseSymmetric) => true,
        Some(Metric::Gaussian) => exact,
        Some(Metric::Symmetric) => exact && joint.is_homogeneous(),
        Some(Metric::Uniform) | None => false,
    }
}

/// How a similarity or a distance compares with a number.
fn compare(
    quantity: Quantity,
    [aa, ab, bb]: [&BigRational; 3],
    bound: &BigRational,
) -> Result<Ordering, Refusal> {
    // The square of the number, with its sign.
    let square = match quantity {
        Quantity::Similarity if !aa.is_zero() && !bb.is_zero() => ab * ab.abs() / (aa * bb),
        Quantity::Distance if !aa.is_zero() => (aa - ab - ab + bb) / aa,
        _ => {
            return Err(invalid("statement", "a norm that divides is zero, so that there is no such number"));
        }
    };
    Ok(square.cmp(&(bound * bound.abs())))
}

/// Whether all points of a domain are visited.
fn visits(subject: &Subject, networks: [&Network; 2]) -> bool {
    let points = subject.domain.0.iter().any(|set| matches!(set, InputSet::Points(_)));
    let numbers = subject.parameters().saturating_add(64);
    points || count(&coordinates(&networks, &subject.domain)).saturating_mul(numbers) <= VISITED
}

fn count(coordinates: &[Coordinate<'_>]) -> u64 {
    coordinates.iter().map(Coordinate::levels).fold(1, u64::saturating_mul)
}

/// Which of the given means over the points of a domain are right: their multiples by the number of points
/// are the sums modulo enough primes.
fn visited(
    subject: &Subject,
    [a, b]: [&Network; 2],
    given: [&BigRational; 3],
    work: &Work,
) -> Result<[bool; 3], Refusal> {
    let coordinates = coordinates(&[a, b], &subject.domain);
    let points = count(&coordinates);
    work.spend(points)?;
    let number = |n: u64| BigRational::from_integer(n.into());
    let given = given.map(|mean| mean * number(points));
    let numbers = coordinates.iter().flat_map(Coordinate::numbers).chain(&given);
    let denominator = common_denominator(&[a, b], numbers)?;
    let (ring, inputs) = (Bounds(work), input_bounds(a, &subject.domain, 1));
    let found = products(&ring, &evaluate(&ring, a, &inputs)?, &evaluate(&ring, b, &inputs)?);
    let points = ring.number(&Number::of(&number(points)))?;
    let found = found.map(|sum| ring.dot([(&points, &sum)].into_iter()));
    let all: Vec<usize> = (0..coordinates.len()).collect();
    let mut right = [true; 3];
    let given = given.each_ref();
    for prime in primes(&differences(&ring, &found, given)?, &denominator)? {
        let ring = Residues::<LANES>::new(prime, work);
        let mut sums = [0u64; 3];
        walk_modulo(&ring, a.inputs(), (&coordinates, &all, u64::MAX), &[], |inputs, points| {
            let values = products(&ring, &evaluate(&ring, a, inputs)?, &evaluate(&ring, b, inputs)?);
            for (sum, values) in sums.iter_mut().zip(values) {
                *sum = values[..points].iter().fold(*sum, |sum, value| (sum + value) % prime);
            }
            Ok(())
        })?;
        for (right, (sum, given)) in right.iter_mut().zip(sums.iter().zip(given)) {
            *right &= *sum == ring.residue(given)?;
        }
    }
    Ok(right)
}

/// `f . f`, `f . g` and `g . g`
fn products<R: Ring>(ring: &R, f: &[R::Element], g: &[R::Element]) -> [R::Element; 3] {
    [ring.dot(f.iter().zip(f)), ring.dot(f.iter().zip(g)), ring.dot(g.iter().zip(g))]
}
