//! `grid` and `enumeration`: agreement modulo primes at points that determine a difference.

use num_bigint::BigUint;

use super::bounds::{Bounds, degree, size};
use super::number::common_denominator;
use super::outcome::{Refusal, Work, incomplete, require};
use super::points::{Coordinate, coordinates, heaviest, input_bounds, walk, walk_modulo};
use super::residues::{LANES, Residues, primes_above};
use super::subject::{Pair, Subject};
use crate::certificate::{Agreement, Natural, Number as Written};

/// Values of more bits are not looked at.
const LONGEST: u64 = 1 << 22;

/// The difference of a pair on a domain: its coordinates and its denominator.
pub(super) struct Difference<'a> {
    pair: &'a Pair<'a>,
    pub coordinates: Vec<Coordinate<'a>>,
    pub denominator: BigUint,
    work: &'a Work,
    /// The field of the evidence.
    field: &'a str,
}

impl<'a> Difference<'a> {
    pub(super) fn new(pair: &'a Pair<'a>, work: &'a Work, field: &'a str) -> Result<Difference<'a>, Refusal> {
        let coordinates = coordinates(&[pair.a, pair.b], &pair.domain);
        let numbers = coordinates.iter().flat_map(Coordinate::numbers).chain([&pair.scale]);
        let denominator = common_denominator(&[pair.a, pair.b], numbers)?;
        Ok(Difference { pair, coordinates, denominator, work, field })
    }

    /// Degree and size where free entries have at most this magnitude.
    pub(super) fn bounds(&self, free: u64) -> Result<(u64, u64), Refusal> {
        let inputs = input_bounds(self.pair.a, &self.pair.domain, free);
        let bounds = self.pair.difference(&Bounds(self.work), &inputs)?;
        Ok((degree(&bounds)?.unwrap_or(0), size(&bounds, &self.denominator)?))
    }

    /// The coordinates that are or are not free.
    pub(super) fn positions(&self, wanted: impl Fn(&Coordinate<'_>) -> bool) -> Vec<usize> {
        (0..self.coordinates.len()).filter(|&i| wanted(&self.coordinates[i])).collect()
    }

    /// The number of points of the walked coordinates of weight at most `bound`. Each is announced as what
    /// evaluating it takes, so that counting ends early where evaluating would not be possible.
    pub(super) fn count(&self, walked: &[usize], bound: u64) -> Result<u64, Refusal> {
        let mut count = 0;
        walk(&self.coordinates, walked, bound, |_| {
            count += 1;
            self.work.spend(2_000)
        })?;
        Ok(count)
    }

    /// Whether the difference vanishes modulo a prime at all points of the walked coordinates of weight at
    /// most `bound`, the others, which are free, set to some residues.
    pub(super) fn vanishes(&self, prime: u64, walked: (&[usize], u64), free: &[u64]) -> Result<(), Refusal> {
        match walked.0 {
            // There is one point.
            [] => self.vanishes_over(&Residues::<1>::new(prime, self.work), walked, free),
            _ => self.vanishes_over(&Residues::<LANES>::new(prime, self.work), walked, free),
        }
    }

    fn vanishes_over<const N: usize>(
        &self,
        ring: &Residues<'_, N>,
        (walked, bound): (&[usize], u64),
        free: &[u64],
    ) -> Result<(), Refusal> {
        let walked = (&self.coordinates[..], walked, bound);
        walk_modulo(ring, self.pair.a.inputs(), walked, free, |inputs, points| {
            let difference = self.pair.difference(ring, inputs)?;
            let agree = difference.iter().all(|values| values[..points].iter().all(|&value| value == 0));
            let reason = "the models differ modulo a prime at a point where they must agree";
            require(agree, self.field, reason)
        })
    }
}

/// The grid or enumeration of two models, which agree there.
pub(super) fn agreement(
    subject: &Subject,
    scale: Option<&Written>,
    name: &str,
    work: &Work,
) -> Result<Agreement, Refusal> {
    let field = format!("evidence.{name}");
    let pair = subject.pair(scale, name)?;
    let difference = Difference::new(&pair, work, &field)?;
    let is_grid = difference.coordinates.iter().any(Coordinate::is_free);
    let reason = "a grid is for inputs that can be anything, an enumeration for a finite domain";
    require((name == "grid") == is_grid, "evidence", reason)?;
    let (degree, _) = difference.bounds(1)?;
    let degree = heaviest(&difference.coordinates).map_or(degree, |heaviest| degree.min(heaviest));
    let (_, bound_log2) = difference.bounds(degree)?;
    let all = difference.positions(|_| true);
    let points = difference.count(&all, degree)?;
    if bound_log2 > LONGEST {
        return Err(incomplete("values may have more than 2^22 bits"));
    }
    let primes = primes_above(bound_log2, &difference.denominator);
    for &prime in &primes {
        difference.vanishes(prime, (&all, degree), &[])?;
    }
    let primes = primes.into_iter().map(Natural).collect();
    Ok(Agreement { scale: scale.cloned(), degree, points, bound_log2, primes })
}
