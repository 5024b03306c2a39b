//! Statements about degrees: `degree`, and the normal form of one model.

use std::cmp::Ordering;

use num_rational::BigRational;

use super::bounds::{self, Bounds};
use super::evaluate::evaluate;
use super::number::common_denominator;
use super::outcome::{Refusal, Work, invalid};
use super::points::input_bounds;
use super::random::Stream;
use super::residues::{LANES, Residues, multiply, power};
use super::subject::Subject;
use crate::certificate::{DegreeEvidence, Evidence, Natural, Reached, Statement};
use crate::domain::{Comparison, Domain};
use crate::network::Network;

/// The truth of a comparison with a degree; the zero polynomial has none and compares below every number.
pub(super) fn compare(degree: Option<u64>, comparison: Comparison, bound: &BigRational) -> bool {
    let degree = degree.map(|degree| BigRational::from_integer(degree.into()));
    at(comparison, degree.map_or(Ordering::Less, |degree| degree.cmp(bound)))
}

/// The truth of a comparison whose left side compares like this with its right side.
pub(super) fn at(comparison: Comparison, ordering: Ordering) -> bool {
    match comparison {
        Comparison::Less => ordering.is_lt(),
        Comparison::AtMost => ordering.is_le(),
        Comparison::Greater => ordering.is_gt(),
        Comparison::AtLeast => ordering.is_ge(),
        Comparison::Equal => ordering.is_eq(),
    }
}

/// The evidence about the degree of a model, and whether the statement holds.
pub(super) fn degree(subject: &Subject, work: &Work) -> Result<(Evidence, bool), Refusal> {
    let (Statement::Degree { comparison, bound: asked }, [network]) =
        (&subject.statement, subject.networks.as_slice())
    else {
        return Err(invalid("evidence", "this kind of evidence is for statements about a degree"));
    };
    let inputs = input_bounds(network, &Domain::everywhere(network.inputs().len()), 1);
    let bound = bounds::degree(&evaluate(&Bounds(work), network, &inputs)?)?;
    let truth = |degree| compare(degree, *comparison, &asked.0);
    // Between the zero polynomial and the bound comparisons change once, or, with `==`, at the bound.
    let decided = match comparison {
        Comparison::Equal => bound.is_none() || !truth(bound) && asked.0 > of(bound),
        _ => truth(bound) == truth(None),
    };
    let reached = if decided { None } else { Some(reached(subject, network, bound, work)?) };
    Ok((Evidence::Degree(DegreeEvidence { bound, reached }), truth(bound)))
}

fn of(degree: Option<u64>) -> BigRational {
    BigRational::from_integer(degree.unwrap_or(0).into())
}

/// Along a random line `t y`, an output is a polynomial in `t` of at most this degree `d`. Its difference of
/// order `d`, the sum of `(-1)^(d - t) binomial(d, t) f(t y)`, is `d!` times the coefficient of `t^d`.
fn reached(
    subject: &Subject,
    network: &Network,
    bound: Option<u64>,
    work: &Work,
) -> Result<Reached, Refusal> {
    let (degree, denominator) = (bound.unwrap_or(0), common_denominator(&[network], std::iter::empty())?);
    let (prime, direction) = Stream::new(subject, "1").draw(&denominator, network.variables());
    let ring = Residues::<LANES>::new(prime, work);
    let mut differences = vec![0; network.output_shape().size()];
    let mut binomial = if degree % 2 == 0 { 1 } else { prime - 1 };
    let mut t = 0;
    while t <= degree {
        let mut entries =
            direction.iter().map(|&y| std::array::from_fn(|i| multiply(t + i as u64, y, prime)));
        let sizes = network.inputs().iter().map(|input| input.shape.size());
        let inputs: Vec<Vec<[u64; LANES]>> =
            sizes.map(|size| entries.by_ref().take(size).collect()).collect();
        let values = evaluate(&ring, network, &inputs)?;
        for lane in 0..LANES {
            for (difference, values) in differences.iter_mut().zip(&values) {
                *difference = (*difference + multiply(binomial, values[lane], prime)) % prime;
            }
            // The next one has the factor -(d - t) / (t + 1); after the last it is zero.
            let next = multiply(degree.saturating_sub(t), power(t + 1, prime - 2, prime), prime);
            binomial = multiply(binomial, (prime - next) % prime, prime);
            t += 1;
        }
    }
    let first = differences.iter().position(|&difference| difference != 0);
    let first = first.ok_or_else(|| invalid("evidence.degree", "the bound on the degree is not reached"))?;
    Ok(Reached {
        prime: Natural(prime),
        output: network.output_shape().unravel(first),
        difference: Natural(differences[first]),
    })
}
