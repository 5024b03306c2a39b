//! Bounds on the degree and the size of a difference, as the methods need them.

use num_rational::BigRational;
use num_traits::{Signed, Zero};

use super::coordinates::{Coordinates, Kind};
use crate::arithmetic::{Base, DegreeRange, Denominator, Height, height_bound_until, output_degrees_until};
use crate::budget::Budget;
use crate::network::Network;

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
/// that no free coordinate, an integer then, exceeds, the bound is on every value instead. `None` when no bound
/// is known, or the budget ends first.
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
            // A variable, whatever its value. Entries of one-hot vectors are 0 and 1. An input without entries
            // has no bound to exceed.
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
