//! The one question every method answers: does a difference vanish on a domain?
//!
//! The relations are reduced to it (in `relation`), so a method sees two networks, their difference in one
//! graph (which shares what the two have in common), the domain as coordinates, and bounds on the degree and
//! the size of the difference.

use std::sync::OnceLock;

use num_bigint::BigUint;
use num_rational::BigRational;
use num_traits::{One, Signed, Zero};

use super::coordinates::{Coordinates, Kind, Point};
use super::fit::built;
use super::modular::Modular;
use super::transcript::Transcript;
use super::{Domain, QuestionError, Relation};
use crate::arithmetic::{
    Base, DegreeRange, Denominator, Height, PrimeField, height_bound_until, output_degrees_until,
};
use crate::budget::Budget;
use crate::calibration::{MODULAR_MULTIPLICATION, MODULAR_PRODUCT};
use crate::network::{Arrangement, BuildError, Cost, EvaluateError, Network, Operation, Shape, cost};
use crate::shortage::Why;

/// Two networks that are the same on a domain, or not.
pub(crate) struct Problem<'a> {
    /// The first network.
    pub a: &'a Network,
    /// The second network.
    pub b: &'a Network,
    /// `a - b`.
    pub difference: Network,
    /// The relation this came from; it only separates streams of random numbers.
    pub relation: Relation,
    /// Where they are compared.
    pub domain: &'a Domain,
    /// All inputs, for the problem without a domain.
    all_inputs: Domain,
    /// The domain, coordinate by coordinate.
    pub coordinates: Coordinates,
    /// The coordinates that the difference depends on.
    pub used: Vec<usize>,
    /// What evaluating the difference takes.
    pub cost: Cost,
    degrees: OnceLock<DegreeBounds>,
    coefficients: OnceLock<Option<u64>>,
    budget: Budget,
}

impl<'a> Problem<'a> {
    /// The problem of two networks of the same shapes. When the budget is used up, some bounds are missing.
    pub fn new(
        a: &'a Network,
        b: &'a Network,
        relation: Relation,
        domain: &'a Domain,
        budget: &Budget,
    ) -> Result<Problem<'a>, QuestionError> {
        let difference = difference(a, b)?;
        let coordinates = Coordinates::new(a, domain);
        let mut reads = vec![false; a.inputs().len()];
        for node in difference.nodes() {
            if let Operation::Input(position) = node.operation {
                reads[position] = true;
            }
        }
        let used = (0..coordinates.len()).filter(|&i| reads[coordinates.list()[i].input]).collect();
        let cost = cost(&difference);
        Ok(Problem {
            a,
            b,
            difference,
            relation,
            domain,
            all_inputs: Domain::everywhere(a.inputs().len()),
            coordinates,
            used,
            cost,
            degrees: OnceLock::new(),
            coefficients: OnceLock::new(),
            budget: budget.clone(),
        })
    }

    /// The same problem on all inputs.
    pub fn everywhere(&self, budget: &Budget) -> Result<Problem<'_>, QuestionError> {
        Problem::new(self.a, self.b, self.relation, &self.all_inputs, budget)
    }

    /// Bounds on the degree of the difference.
    pub fn degrees(&self) -> &DegreeBounds {
        self.degrees.get_or_init(|| DegreeBounds::of(&self.difference, &self.budget))
    }

    /// A bound on the integers `D c`, for every coefficient `c` of the difference as a polynomial in its free
    /// coordinates, as a base-2 logarithm.
    pub fn coefficients_log2(&self) -> Result<u64, Why> {
        self.coefficients
            .get_or_init(|| size_log2(&self.difference, &self.coordinates, None, &self.budget))
            .ok_or_else(|| self.unknown("no bound on the coefficients is known"))
    }

    /// The same for its values where no free coordinate exceeds a magnitude.
    pub fn values_log2(&self, magnitude: u64) -> Result<u64, Why> {
        size_log2(&self.difference, &self.coordinates, Some(magnitude), &self.budget)
            .ok_or_else(|| self.unknown("no bound on the values is known"))
    }

    /// Why a bound is missing: for a reason of its own, or because the budget is used up.
    pub fn unknown(&self, why: &'static str) -> Why {
        if self.budget.expired() {
            Why::stopped("bounding degrees and coefficients", &self.budget)
        } else {
            why.into()
        }
    }

    /// Whether the difference is zero by its structure: both networks became one node of the graph.
    pub fn is_trivial(&self) -> bool {
        self.difference.nodes().iter().all(|node| match &node.operation {
            Operation::Constant(constant) => {
                constant.shape().rank() == 0 && constant.rational(0).is_ok_and(|value| value.is_zero())
            }
            Operation::Arrange { arrangement, .. } => *arrangement == Arrangement::Broadcast,
            _ => false,
        })
    }

    /// The difference, to be evaluated modulo a prime.
    pub fn modulo<'b>(
        &'b self,
        field: &'b PrimeField,
        budget: &Budget,
    ) -> Result<Modular<'b>, EvaluateError> {
        Modular::new(&self.difference, &self.coordinates, field, budget)
    }

    /// The stream of random numbers for one purpose.
    pub fn stream(&self, purpose: &str) -> Transcript {
        Transcript::new(purpose, self.a, self.b, self.relation, self.domain)
    }

    /// A random point: a level for every used coordinate that has levels, a residue for every other, 0 for
    /// the rest.
    pub fn random_point(&self, stream: &mut Transcript, prime: u64) -> Point {
        let list = self.coordinates.list();
        let mut point = vec![0; list.len()];
        for &i in &self.used {
            let bound = list[i].kind.levels().map_or(prime, |levels| levels as u64);
            point[i] = stream.below(bound.max(1)) as i64;
        }
        point
    }

    /// The used coordinates that can be any number.
    pub fn free(&self) -> Vec<usize> {
        self.used.iter().copied().filter(|&i| self.coordinates.list()[i].kind.is_free()).collect()
    }

    /// The used coordinates that have finitely many levels.
    pub fn finite(&self) -> Vec<usize> {
        self.used.iter().copied().filter(|&i| !self.coordinates.list()[i].kind.is_free()).collect()
    }

    /// The number of points of the domain, as far as the difference depends on them; `None` when some used
    /// coordinate can be any number.
    pub fn finite_points(&self) -> Option<BigUint> {
        let levels = |&i: &usize| self.coordinates.list()[i].kind.levels();
        self.used.iter().map(levels).try_fold(BigUint::one(), |n, levels| Some(n * levels?))
    }

    /// The seconds that what depends on no input takes, modulo one prime.
    pub fn seconds_once(&self) -> f64 {
        let products = self.cost.products.min(self.cost.once);
        (self.cost.once - products) * MODULAR_MULTIPLICATION + products * MODULAR_PRODUCT
    }

    /// How many points to evaluate at a time: enough to spread the overhead, few enough to stay in the cache
    /// and in the memory budget, and to poll the budget often. Refused when not even one point fits.
    pub fn block(&self, budget: &Budget) -> Result<usize, Why> {
        const CACHED: f64 = (1u64 << 14) as f64;
        const UNINTERRUPTED: f64 = 3e8;
        let threads = rayon::current_num_threads().max(1) as f64;
        // Inputs are stored once as points and once as residues, besides what the network keeps alive.
        let each = self.cost.live_per_point + 3.0 * self.coordinates.len() as f64 + 1.0;
        let room = budget.memory as f64 / 8.0 - self.cost.live_once;
        let fits = room / (each * threads);
        if fits >= 1.0 {
            let wanted = (CACHED / each).min(UNINTERRUPTED / (self.cost.per_point + 1.0)).clamp(1.0, 1024.0);
            return Ok(wanted.min(fits) as usize);
        }
        let bytes = 8.0 * (self.cost.live_once + each * threads);
        Err(Why::Memory { what: "one evaluation".into(), bytes })
    }
}

/// Both networks in one: the entries of the output of `a`, then those of `b`.
pub(crate) fn side_by_side(a: &Network, b: &Network) -> Result<Network, QuestionError> {
    built(a, |builder, inputs| {
        let mut flat = Vec::with_capacity(2);
        for network in [a, b] {
            let output = builder.import(network, inputs)?;
            let shape = Shape::new([a.output_shape().size()]).ok_or(BuildError::TooLarge)?;
            flat.push(builder.reshape(output, shape)?);
        }
        builder.concat(flat, 0)
    })
}

/// The network of `a - b`.
pub(crate) fn difference(a: &Network, b: &Network) -> Result<Network, QuestionError> {
    built(a, |builder, inputs| {
        let (a, b) = (builder.import(a, inputs)?, builder.import(b, inputs)?);
        builder.combine(vec![(BigRational::one(), a), (-BigRational::one(), b)])
    })
}

/// Bounds on the degrees of a network's outputs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct DegreeBounds {
    /// No output has a higher degree; `None` when no bound is known.
    pub highest: Option<u64>,
    /// Whether every output is homogeneous, of a degree of its own.
    pub homogeneous: bool,
    /// Whether every output is zero by its structure.
    pub zero: bool,
}

impl DegreeBounds {
    /// Of a network; without bounds when the budget ends first.
    pub fn of(network: &Network, budget: &Budget) -> DegreeBounds {
        let ones = vec![1; network.inputs().len()];
        let Ok(degrees) = output_degrees_until(&budget.stop(), network, &ones) else {
            return DegreeBounds { highest: None, homogeneous: false, zero: false };
        };
        let mut highest = degrees.data().iter().map(|range| range.highest());
        DegreeBounds {
            highest: highest.try_fold(0, |all, highest| Some(highest?.max(all))),
            homogeneous: degrees.data().iter().all(|range| range.is_homogeneous()),
            zero: degrees.data().iter().all(|range| *range == DegreeRange::Zero),
        }
    }
}

/// A bound, as a base-2 logarithm, on `|D c|` for a common denominator `D` and every coefficient `c` of every
/// output, as a polynomial in the free coordinates, at any point of the rest of the domain. With a magnitude
/// that no free coordinate, an integer then, exceeds, the bound is on every value instead. `None` when no
/// bound is known, or the budget ends first.
pub(crate) fn size_log2(
    network: &Network,
    coordinates: &Coordinates,
    magnitude: Option<u64>,
    budget: &Budget,
) -> Option<u64> {
    // Coordinates of one input are of one kind and share their values, so the first speaks for all.
    let mut firsts: Vec<Option<&Kind>> = vec![None; network.inputs().len()];
    for coordinate in coordinates.list() {
        firsts[coordinate.input].get_or_insert(&coordinate.kind);
    }
    let base = Base::new([network], firsts.iter().flatten().flat_map(|kind| kind.values()));
    let mut heights = Vec::with_capacity(firsts.len());
    for kind in firsts {
        heights.push(match (kind, magnitude) {
            (Some(kind @ (Kind::Entry { .. } | Kind::Whole { .. })), _) => height_of(kind, &base)?,
            (Some(Kind::Free { .. }), Some(magnitude)) => {
                Height::of_values(&BigRational::from_integer(magnitude.into()), Denominator::default())
            }
            // A variable, whatever its value. Entries of one-hot vectors are 0 and 1. An input without
            // entries has no bound to exceed.
            (Some(Kind::Free { .. } | Kind::Vector { .. }) | None, _) => Height::ONE,
        });
    }
    let bound = height_bound_until(&budget.stop(), network, &base, &heights)?;
    bound.denominator_log2.checked_add(bound.norm_log2)
}

/// The height of all values of a coordinate.
fn height_of(kind: &Kind, base: &Base) -> Option<Height> {
    let largest = kind.values().map(Signed::abs).max().unwrap_or_else(BigRational::zero);
    let denominator = kind.values().try_fold(Denominator::default(), |all, value| {
        Some(all.join(base.denominator(value.denom().magnitude())?))
    })?;
    Some(Height::of_values(&largest, denominator))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::equality::tests::{integers, network, rational, unlimited};
    use crate::equality::{Domain, InputSet};

    /// `x^2 / 3 - 5 y` has norm 16/3 over the denominator 3: D c is at most 1 + 15 = 16 = 2^4. With |x|, |y|
    /// <= 6, D f is at most 36 + 90 = 126 < 2^7. With x in {1/2, -3} the denominator is 12, and with |y| <= 2
    /// the value at most 9/3 + 10 = 13. Bounds on denominator and norm are separately rounded up to whole
    /// bits: 2 + 3 (3 < 2^2, 16/3 < 2^3); 2 + 6 (42 < 2^6); 4 + 4.
    #[test]
    fn sizes_by_hand() {
        let f = network(&[&[], &[]], |builder, x| {
            let square = builder.multiply(x[0], x[0]).unwrap();
            builder.combine(vec![(rational(1, 3), square), (rational(-5, 1), x[1])]).unwrap()
        });
        let budget = unlimited();
        let size =
            |sets: Vec<InputSet>, most| size_log2(&f, &Coordinates::new(&f, &Domain(sets)), most, &budget);
        let everywhere = || vec![InputSet::Everything, InputSet::Everything];
        assert_eq!(size(everywhere(), None), Some(5));
        assert_eq!(size(everywhere(), Some(6)), Some(8));
        let half = vec![InputSet::Finite(vec![rational(-3, 1), rational(1, 2)]), InputSet::Everything];
        assert_eq!(size(half, Some(2)), Some(8));
        let bits = vec![InputSet::Finite(integers(&[0, 1])); 2];
        assert_eq!(size(bits, None), Some(5));
    }

    /// Degrees that do not fit, and heights that do not, have no bound: never a small one.
    #[test]
    fn saturation_is_no_bound() {
        let power = |times: u32, coefficient: i64| {
            network(&[&[]], |builder, x| {
                let mut node = builder.combine(vec![(rational(coefficient, 1), x[0])]).unwrap();
                for _ in 0..times {
                    node = builder.multiply(node, node).unwrap();
                }
                node
            })
        };
        let budget = unlimited();
        assert_eq!(DegreeBounds::of(&power(40, 1), &budget).highest, Some(1 << 40));
        assert_eq!(DegreeBounds::of(&power(70, 1), &budget).highest, None);
        let size = |network: &Network| {
            let coordinates = Coordinates::new(network, &Domain::everywhere(1));
            size_log2(network, &coordinates, None, &budget)
        };
        assert_eq!(size(&power(40, 2)), Some(1 << 40));
        assert_eq!(size(&power(70, 2)), None);
    }
}
