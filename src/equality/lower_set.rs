//! Points that determine a polynomial of bounded degree on a domain.
//!
//! Give every level of a coordinate a *weight*: the value `k` of a free coordinate weighs `k`; the `i`-th
//! value of a finite set weighs `i`; class 0 of a one-hot vector weighs 0 and every other class 1; a
//! whole point weighs 0. Then a polynomial of total degree at most `d` that vanishes at all points of total
//! weight at most `d` vanishes on the whole domain.
//!
//! *Proof.* First let no input be a whole point. Reduce the polynomial without changing it on the domain: on
//! a finite set `{s_0, .., s_(m-1)}` by `prod_i (x - s_i)`, which leaves `x` in degree below `m`; on a
//! one-hot vector by `x_i^2 = x_i`, `x_i x_j = 0` and `x_0 = 1 - x_1 - ..`, which leaves the vector in degree
//! at most 1. No step raises the total degree. Now take one basis polynomial per level `l`, of degree the
//! weight of `l`:
//! * free or finite: `N_l = (x - s_0) (x - s_1) .. (x - s_(l-1))`, with `s_k = k` for a free coordinate. It
//!   vanishes at `s_0, .., s_(l-1)` and not at `s_l`;
//! * one-hot: `N_0 = 1` and `N_l = x_l`, which is 1 at class `l` and 0 at all others.
//!
//! Products `N_a = prod N_(a_i)` with total weight of `a` at most `d` span all reduced polynomials of degree
//! at most `d`. Write `a <= b` when, in every coordinate, `N_(a_i)` does not vanish at `b_i`: for free and
//! finite coordinates that means `a_i <= b_i`, for one-hot vectors `a_i = 0` or `a_i = b_i`; a partial order.
//! `N_a` at the point `b` is nonzero only if `a <= b`, and is nonzero at `a` itself, so along any linear
//! extension of the order the matrix of all `N_a` at all points `b` is triangular without zeros on its
//! diagonal: if `sum c_a N_a` vanishes at all the points, all `c_a` are zero. The entries on the diagonal are
//! products of differences of levels, so the same holds modulo a prime that divides none of these: for free
//! and one-hot coordinates, every prime above `d`. With whole points, the argument applies to each of them in
//! turn. QED
//!
//! The special cases have names: for free coordinates these are the `C(n+d, d)` points of the simplex grid;
//! on `{0,1}^n` the Hamming ball of radius `d`; when `d` is large, all points of a finite domain. Nothing in
//! the proof needs the coefficients to be numbers: they may be polynomials in further variables, which is how
//! part of a domain is walked through while the rest is drawn at random.

use num_bigint::BigUint;
use num_traits::{One, ToPrimitive, Zero};

use super::coordinates::{Coordinates, Kind, Point};

/// The weight of a level.
fn weight(kind: &Kind, level: i64) -> u64 {
    match kind {
        Kind::Free { .. } | Kind::Entry { .. } => level.unsigned_abs(),
        Kind::Vector { .. } => u64::from(level != 0),
        Kind::Whole { .. } => 0,
    }
}

/// The points of total weight at most a bound, one after the other. Coordinates that are not walked keep the
/// setting of the base point.
#[derive(Clone, Debug)]
pub(crate) struct LowerSet<'a> {
    coordinates: &'a Coordinates,
    walked: Vec<usize>,
    bound: u64,
    next: Option<Point>,
    weight: u64,
}

impl<'a> LowerSet<'a> {
    /// The points that differ from `base` at most in the walked coordinates, which `base` sets to 0.
    pub fn new(coordinates: &'a Coordinates, walked: Vec<usize>, base: Point, bound: u64) -> LowerSet<'a> {
        let empty = walked.iter().any(|&i| coordinates.list()[i].kind.levels() == Some(0));
        LowerSet { coordinates, walked, bound, next: (!empty).then_some(base), weight: 0 }
    }

    /// At most `count` further points; fewer only at the end.
    pub fn take_points(&mut self, count: usize) -> Vec<Point> {
        let mut points = Vec::with_capacity(count.min(1 << 16));
        while points.len() < count {
            let Some(point) = self.next.take() else { break };
            self.next = self.successor(&point);
            points.push(point);
        }
        points
    }

    /// The next point of an odometer whose last coordinate turns fastest. Weights never fall from one level
    /// to the next, so once a level is too heavy the rest of its coordinate is, too.
    fn successor(&mut self, point: &Point) -> Option<Point> {
        let list = self.coordinates.list();
        for (position, &i) in self.walked.iter().enumerate().rev() {
            let kind = &list[i].kind;
            let level = point[i];
            let more = kind.levels().is_none_or(|levels| level + 1 < levels as i64);
            let weight_after = self.weight - weight(kind, level) + weight(kind, level + 1);
            if more && weight_after <= self.bound {
                let mut next = point.clone();
                next[i] = level + 1;
                // The coordinates behind have been set back, in the weight already and in the point now.
                self.walked[position + 1..].iter().for_each(|&j| next[j] = 0);
                self.weight = weight_after;
                return Some(next);
            }
            self.weight -= weight(kind, level);
        }
        None
    }

    /// The number of points, `None` when it is 2^62 or more.
    pub fn count(&self) -> Option<u64> {
        let kinds = || self.walked.iter().map(|&i| &self.coordinates.list()[i].kind);
        let mut whole = BigUint::one();
        let (mut free, mut heaviest, mut choices) = (0u64, 0u64, 0u64);
        for kind in kinds() {
            match kind {
                Kind::Whole { points } => whole *= points.len(),
                Kind::Free { .. } => free += 1,
                Kind::Entry { values, .. } if values.len() > 1 => {
                    heaviest = heaviest.saturating_add(values.len() as u64 - 1);
                    choices += 1;
                }
                Kind::Vector { classes, .. } if *classes > 1 => {
                    heaviest = heaviest.saturating_add(1);
                    choices += 1;
                }
                Kind::Entry { .. } | Kind::Vector { .. } => {}
            }
            if whole.bits() > 62 {
                return None;
            }
        }
        if kinds().any(|kind| kind.levels() == Some(0)) {
            return Some(0);
        }
        if free == 0 && self.bound >= heaviest {
            let all = kinds().filter_map(Kind::levels).fold(BigUint::one(), |n, levels| n * levels);
            return all.to_u64().filter(|&count| count >> 62 == 0);
        }
        // Any 64 coordinates with two levels and enough weight to share have too many points.
        let bound = if free == 0 { self.bound.min(heaviest) } else { self.bound };
        let finite_bound = self.bound.min(heaviest);
        if (choices >= 64 && finite_bound >= 64) || (free >= 64 && bound >= 64) || finite_bound > 1 << 14 {
            return None;
        }
        // ways[w]: settings of the finite coordinates of weight exactly w.
        let mut ways = vec![BigUint::zero(); finite_bound as usize + 1];
        ways[0] = BigUint::one();
        for kind in kinds() {
            match kind {
                Kind::Entry { values, .. } => {
                    // Sums over a window of as many weights as there are values.
                    let mut window = BigUint::zero();
                    let before = std::mem::take(&mut ways);
                    for w in 0..before.len() {
                        window += &before[w];
                        if w >= values.len() {
                            window -= &before[w - values.len()];
                        }
                        ways.push(window.clone());
                    }
                }
                Kind::Vector { classes, .. } => {
                    for w in (1..ways.len()).rev() {
                        let other = &ways[w - 1] * (classes - 1);
                        ways[w] += other;
                    }
                }
                Kind::Free { .. } | Kind::Whole { .. } => {}
            }
        }
        let mut total = BigUint::zero();
        for (w, ways) in ways.iter().enumerate() {
            if !ways.is_zero() {
                total += ways * simplex(free, bound - w as u64)?;
            }
        }
        (total * whole).to_u64().filter(|&count| count >> 62 == 0)
    }
}

/// `C(n + d, d)`, the points of nonnegative integers of `n` coordinates with sum at most `d`; `None` when it
/// is 2^62 or more.
pub(crate) fn simplex(n: u64, d: u64) -> Option<BigUint> {
    let (few, many) = (n.min(d), n.max(d));
    let mut value = BigUint::one();
    // C(many + i, i) = C(many + i - 1, i - 1) (many + i) / i, a whole number at every step, at least doubled
    // at each, so this ends after at most 62 steps.
    for i in 1..=few {
        value = value * (BigUint::from(many) + i) / i;
        if value.bits() > 62 {
            return None;
        }
    }
    Some(value)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use num_bigint::BigInt;
    use num_rational::BigRational;

    use super::*;
    use crate::equality::{Domain, InputSet};
    use crate::network::{Builder, Input, Shape, Tensor};

    fn coordinates(inputs: Vec<(Vec<usize>, InputSet)>) -> Coordinates {
        let mut builder = Builder::new();
        let output = builder.scalar(BigRational::one());
        let mut sets = Vec::new();
        let mut declared = Vec::new();
        for (axes, set) in inputs {
            declared.push(Input { name: "x".to_string(), shape: Shape::new(axes).unwrap() });
            sets.push(set);
        }
        Coordinates::new(&builder.network(declared, output), &Domain(sets))
    }

    fn integers(values: &[i64]) -> Vec<BigRational> {
        values.iter().map(|&v| BigRational::from_integer(BigInt::from(v))).collect()
    }

    fn all(coordinates: &Coordinates, bound: u64) -> Vec<Point> {
        let mut set =
            LowerSet::new(coordinates, (0..coordinates.len()).collect(), vec![0; coordinates.len()], bound);
        let count = set.count().unwrap();
        let mut points = Vec::new();
        loop {
            let chunk = set.take_points(7);
            if chunk.is_empty() {
                break;
            }
            points.extend(chunk);
        }
        assert_eq!(points.len() as u64, count);
        assert_eq!(points.iter().collect::<BTreeSet<_>>().len(), points.len());
        points
    }

    /// C(3+4, 4) = 35 points of three free coordinates; C(7+16, 16) = 245,157.
    #[test]
    fn simplex_grid() {
        let points = all(&coordinates(vec![(vec![3], InputSet::Everything)]), 4);
        assert_eq!(points.len(), 35);
        assert!(points.iter().all(|p| p.iter().sum::<i64>() <= 4));
        assert_eq!(simplex(7, 16), Some(BigUint::from(245_157u32)));
        assert_eq!(simplex(1_000_000_000, 40), None);
        assert_eq!(simplex(0, u64::MAX), Some(BigUint::one()));
        assert_eq!(simplex(1, u64::MAX), None);
    }

    /// Bits: the Hamming ball 1 + 5 + 10 of radius 2; everything from radius 5 on.
    #[test]
    fn hamming_ball() {
        let bits = coordinates(vec![(vec![5], InputSet::Finite(integers(&[0, 1])))]);
        assert_eq!(all(&bits, 2).len(), 16);
        assert_eq!(all(&bits, 5).len(), 32);
        assert_eq!(all(&bits, u64::MAX).len(), 32);
    }

    /// Three vectors of 4 classes: 1 + 3 * 3 points with at most one class other than 0.
    #[test]
    fn one_hot_ball() {
        let tokens = coordinates(vec![(vec![3, 4], InputSet::OneHot)]);
        assert_eq!(all(&tokens, 1).len(), 10);
        assert_eq!(all(&tokens, 3).len(), 64);
        let none = coordinates(vec![(vec![3, 0], InputSet::OneHot)]);
        assert_eq!(all(&none, 3).len(), 0);
    }

    /// A free scalar, two ternary entries and two whole points, degree 2. By weight of the entries:
    /// weight 0 in 1 way with 3 free values, weight 1 in 2 ways with 2, weight 2 in 3 ways with 1: 10, twice.
    #[test]
    fn mixed() {
        let point = |v: i64| Tensor::filled(Shape::scalar(), BigRational::from_integer(BigInt::from(v)));
        let mixed = coordinates(vec![
            (vec![], InputSet::Everything),
            (vec![2], InputSet::Finite(integers(&[-1, 0, 1]))),
            (vec![], InputSet::Points([point(3), point(9)].into_iter().collect())),
        ]);
        assert_eq!(all(&mixed, 2).len(), 20);
    }

    /// Sizes that must not be walked are recognised without walking.
    #[test]
    fn too_many_to_count() {
        let count = |coordinates: &Coordinates, bound| {
            LowerSet::new(coordinates, (0..coordinates.len()).collect(), vec![0; coordinates.len()], bound)
                .count()
        };
        let bits = coordinates(vec![(vec![5_000], InputSet::Finite(integers(&[0, 1])))]);
        assert_eq!(count(&bits, 5_000), None);
        assert_eq!(count(&bits, 2), Some(1 + 5_000 + 5_000 * 4_999 / 2));
        let free = coordinates(vec![(vec![2], InputSet::Everything)]);
        assert_eq!(count(&free, 1_000_000_000), Some(500_000_001_500_000_001));
        assert_eq!(count(&free, u64::MAX), None);
        let one = coordinates(vec![(vec![], InputSet::Everything)]);
        assert_eq!(count(&one, 1_000_000_000), Some(1_000_000_001));
    }
}
