//! `layerwise`: a difference whose layerwise norm is zero; and inner products by the recursion.

use num_bigint::BigUint;
use num_rational::BigRational;

use super::bounds::{Bound, Bounds, size};
use super::evaluate::Ring;
use super::joint::Joint;
use super::moments::{Moments, share};
use super::number::{Number, common_denominator};
use super::outcome::{Refusal, Work, incomplete, require};
use super::residues::{Residues, primes_above};
use super::subject::Subject;
use crate::certificate::{Layerwise, Number as Written};
use crate::network::Network;

/// Values of more bits are not looked at.
const LONGEST: u64 = 1 << 22;

/// The evidence for a pair whose difference has the layerwise norm zero.
pub(super) fn layerwise(
    subject: &Subject,
    scale: Option<&Written>,
    work: &Work,
) -> Result<Layerwise, Refusal> {
    let pair = subject.pair(scale, "layerwise")?;
    let joint = Joint::new([pair.a, pair.b]);
    let denominator = common_denominator(&[pair.a, pair.b], [&pair.scale].into_iter())?;
    let ring = Bounds(work);
    let bound = Moments::new(&ring, &joint, false)?.norm(&pair)?;
    for prime in primes(&[bound], &denominator)? {
        let ring = Residues::<1>::new(prime, work);
        let zero = Moments::new(&ring, &joint, false)?.norm(&pair)? == [0];
        require(zero, "evidence.layerwise", "the layerwise norm of the difference is not zero")?;
    }
    Ok(Layerwise { scale: scale.cloned(), levels: joint.depth() })
}

/// Which of the given inner products `<f, f>`, `<f, g>` and `<g, g>` are those of the recursion.
pub(super) fn inner_products(
    networks: [&Network; 2],
    symmetric: bool,
    given: [&BigRational; 3],
    work: &Work,
) -> Result<[bool; 3], Refusal> {
    let joint = Joint::new(networks);
    // The symmetric recursion divides by the factorials of numbers of operands.
    let share = symmetric.then(|| share(joint.width()));
    let denominator = common_denominator(&networks, given.into_iter().chain(&share))?;
    let ring = Bounds(work);
    let found = Moments::new(&ring, &joint, symmetric)?.inner_products()?;
    let mut right = [true; 3];
    for prime in primes(&differences(&ring, &found, given)?, &denominator)? {
        let ring = Residues::<1>::new(prime, work);
        let found = Moments::new(&ring, &joint, symmetric)?.inner_products()?;
        for (right, (found, given)) in right.iter_mut().zip(found.iter().zip(given)) {
            *right &= *found == ring.number(&Number::of(given))?;
        }
    }
    Ok(right)
}

/// Bounds on the differences of what is found and what is given.
pub(super) fn differences(
    ring: &Bounds<'_>,
    found: &[Option<Bound>; 3],
    given: [&BigRational; 3],
) -> Result<Vec<Option<Bound>>, Refusal> {
    let one = ring.number(&Number::ONE)?;
    let difference = |(found, given)| {
        let given = ring.number(&Number::of(given))?;
        Ok(ring.dot([(&one, found), (&one, &given)].into_iter()))
    };
    found.iter().zip(given).map(difference).collect()
}

/// Primes modulo all of which numbers of these bounds are zero only if they are zero.
pub(super) fn primes(bounds: &[Option<Bound>], denominator: &BigUint) -> Result<Vec<u64>, Refusal> {
    let size = size(bounds, denominator)?;
    let reason = "values may have more than 2^22 bits";
    if size > LONGEST { Err(incomplete(reason)) } else { Ok(primes_above(size, denominator)) }
}
