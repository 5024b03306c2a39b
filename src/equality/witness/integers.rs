//! Small integers for the free coordinates of a witness.
//!
//! A candidate (see `supports.rs`) has generic residues in its free coordinates. Here they become integers:
//! the smallest largest magnitude first, then smaller sums, then fewer minus signs.

use super::supports::{Candidate, GENERIC, Oracle, Supports};
use crate::equality::coordinates::Point;
use crate::equality::transcript::Transcript;

/// The largest magnitude that is searched exhaustively.
const DIGIT: i64 = 9;
/// For this many coordinates, all vectors of one-digit integers are tried (18^4 is 104,976).
const EXHAUSTIVE: usize = 4;
/// How many candidates with more coordinates are tried at every magnitude, and how often each.
const CANDIDATES: usize = 8;
const ATTEMPTS: usize = 4;
/// The largest magnitude that is tried at all; beyond it the generic residues are kept.
const VALUES: i64 = 1 << 14;

/// The simplest point found among candidates of equal size, at each of which the networks differ for generic
/// values. The point found differs, as far as `oracle` knows.
pub(crate) fn simplest(
    supports: &Supports<'_>,
    mut candidates: Vec<Candidate>,
    oracle: &mut dyn Oracle,
    stream: &mut Transcript,
) -> Option<Point> {
    let generic = |candidate: &Candidate| candidate.iter().filter(|c| c.1 == GENERIC).count();
    candidates.sort_by_cached_key(|candidate| {
        // Levels are in order of magnitude, so a low level is a simple value.
        let heaviest = candidate.iter().map(|&(_, setting)| setting).max().unwrap_or(0);
        (generic(candidate), heaviest, candidate.clone())
    });
    let first = candidates.first()?.clone();
    if generic(&first) == 0 {
        return Some(supports.point(&first));
    }
    for largest in 1..=DIGIT {
        match of_magnitude(largest, supports, &candidates, oracle, stream) {
            Search::Found(point) => return Some(point),
            Search::Nothing => {}
            Search::OutOfTime => break,
        }
    }
    let values: Vec<i64> = (1..=VALUES).flat_map(|v| [v, -v]).collect();
    match one_by_one(supports, &first, &values, oracle) {
        Search::Found(point) => Some(point),
        Search::Nothing | Search::OutOfTime => Some(supports.point(&first)),
    }
}

enum Search {
    Found(Point),
    Nothing,
    OutOfTime,
}

/// The first point whose largest magnitude is `largest`: vectors in order of preference, and for each of them
/// all candidates.
fn of_magnitude(
    largest: i64,
    supports: &Supports<'_>,
    candidates: &[Candidate],
    oracle: &mut dyn Oracle,
    stream: &mut Transcript,
) -> Search {
    let count = |candidate: &Candidate| candidate.iter().filter(|c| c.1 == GENERIC).count();
    let mut lists: Vec<(usize, Vec<Vec<i64>>)> = Vec::new();
    for candidate in candidates {
        if lists.last().is_none_or(|list| list.0 != count(candidate)) {
            lists.push((count(candidate), vectors(count(candidate), largest)));
        }
    }
    let longest = lists.iter().map(|list| list.1.len()).max().unwrap_or(0);
    let mut batch = Vec::new();
    for row in 0..longest {
        let mut list = lists.iter().peekable();
        for (position, candidate) in candidates.iter().enumerate() {
            while list.next_if(|list| list.0 != count(candidate)).is_some() {}
            if let Some(vector) = list.peek().and_then(|list| list.1.get(row)) {
                batch.push(with_values(supports, candidate, vector));
            }
            let last = row + 1 == longest && position + 1 == candidates.len();
            if batch.len() >= oracle.block() || last {
                let Some(differs) = oracle.differs(&batch) else { return Search::OutOfTime };
                if let Some(place) = differs.iter().position(|&differs| differs) {
                    return Search::Found(batch.swap_remove(place));
                }
                batch.clear();
            }
        }
    }
    for candidate in candidates.iter().filter(|c| count(c) > EXHAUSTIVE).take(CANDIDATES) {
        for attempt in 0..ATTEMPTS {
            let mut values: Vec<i64> = (1..=largest).flat_map(|v| [v, -v]).collect();
            if attempt > 0 {
                for i in (1..values.len()).rev() {
                    values.swap(i, stream.below(i as u64 + 1) as usize);
                }
            }
            match one_by_one(supports, candidate, &values, oracle) {
                Search::Nothing => {}
                end => return end,
            }
        }
    }
    Search::Nothing
}

/// The point of a candidate with these values in its free coordinates.
fn with_values(supports: &Supports<'_>, candidate: &Candidate, values: &[i64]) -> Point {
    let mut point = supports.point(candidate);
    let free = candidate.iter().filter(|c| c.1 == GENERIC);
    for (&(i, _), &value) in free.zip(values) {
        point[i] = value;
    }
    point
}

/// All vectors of nonzero integers whose largest magnitude is `largest`, in order of preference; none when
/// there are too many coordinates.
fn vectors(count: usize, largest: i64) -> Vec<Vec<i64>> {
    let mut vectors = Vec::new();
    if count <= EXHAUSTIVE {
        let mut vector = vec![-largest; count];
        'all: loop {
            if vector.iter().any(|v| v.abs() == largest) {
                vectors.push(vector.clone());
            }
            for value in vector.iter_mut().rev() {
                *value += if *value == -1 { 2 } else { 1 };
                if *value <= largest {
                    continue 'all;
                }
                *value = -largest;
            }
            break;
        }
    }
    vectors.sort_by_cached_key(|vector| {
        let sum: i64 = vector.iter().map(|v| v.abs()).sum();
        let signs = vector.iter().filter(|v| **v < 0).count();
        let order: Vec<(i64, bool)> = vector.iter().map(|&v| (v.abs(), v < 0)).collect();
        (sum, signs, order)
    });
    vectors
}

/// Values chosen one coordinate after the other: the first at which the difference does not vanish for
/// generic values of the coordinates that follow. Among any degree + 1 values there is one.
fn one_by_one(
    supports: &Supports<'_>,
    candidate: &Candidate,
    values: &[i64],
    oracle: &mut dyn Oracle,
) -> Search {
    let mut point = supports.point(candidate);
    'coordinates: for &(i, _) in candidate.iter().filter(|c| c.1 == GENERIC) {
        for values in values.chunks(oracle.block().clamp(1, 8)) {
            let batch: Vec<Point> = values
                .iter()
                .map(|&value| {
                    let mut with = point.clone();
                    with[i] = value;
                    with
                })
                .collect();
            let Some(differs) = oracle.differs(&batch) else { return Search::OutOfTime };
            if let Some(place) = differs.iter().position(|&differs| differs) {
                point[i] = values[place];
                continue 'coordinates;
            }
        }
        return Search::Nothing;
    }
    Search::Found(point)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::equality::coordinates::Coordinates;
    use crate::equality::{Domain, Relation};
    use crate::network::{Builder, Input, Shape};
    use num_rational::BigRational;
    use num_traits::One;

    /// The difference as a predicate on small integers; generic values are told by their size.
    struct Function<F>(F);
    impl<F: Fn(&[i64]) -> bool> Oracle for Function<F> {
        fn differs(&mut self, points: &[Point]) -> Option<Vec<bool>> {
            Some(points.iter().map(|point| (self.0)(point)).collect())
        }
        fn enough(&self) -> usize {
            4096
        }
        fn block(&self) -> usize {
            7
        }
    }

    /// The witness found for a difference of `n` free variables.
    fn search(n: usize, differs: impl Fn(&[i64]) -> bool) -> Point {
        let mut builder = Builder::new();
        let output = builder.scalar(BigRational::one());
        let input = Input { name: "x".to_string(), shape: Shape::new([n]).unwrap() };
        let network = builder.network(vec![input], output);
        let domain = Domain::everywhere(1);
        let coordinates = Coordinates::new(&network, &domain);
        let mut stream = Transcript::new("test", &network, &network, Relation::Equal, &domain);
        let used: Vec<usize> = (0..n).collect();
        let supports = Supports::new(&coordinates, &used, 1 << 61, &mut stream);
        let lead: Point = (0..n as i64).map(|i| 1_000_003 + 7 * i).collect();
        let mut oracle = Function(differs);
        let candidates = supports.smallest(&lead, &mut oracle);
        simplest(&supports, candidates, &mut oracle, &mut stream).unwrap()
    }

    #[test]
    fn fewest_entries_then_smallest_integers() {
        // A constant: nothing needs to move.
        assert_eq!(search(3, |_| true), [0, 0, 0]);
        // x1 (x1 - 1) (x1 + 1): the simplest value that is no root is 2.
        assert_eq!(search(3, |x| x[1].wrapping_pow(3).wrapping_sub(x[1]) != 0), [0, 2, 0]);
        // x0 x2 + x0 x1 x2 has two-entry witnesses only with x0 and x2.
        assert_eq!(search(3, |x| x[0] != 0 && x[2] != 0), [1, 0, 1]);
        // x0 x1 - x1 x2^2: x0 x1 alone does it.
        assert_eq!(search(4, |x| x[1] != 0 && x[0] != 0), [1, 1, 0, 0]);
        // (x0 - x1) x0 x1: no smaller support; equal values do not do.
        assert_eq!(search(2, |x| x[0] != 0 && x[1] != 0 && x[0] != x[1]), [1, -1]);
    }

    /// All one-digit values of x0 are roots: the search goes on to 10.
    #[test]
    fn beyond_one_digit() {
        assert_eq!(search(2, |x| x[0].abs() > 9), [10, 0]);
        assert_eq!(search(1, |x| x[0] < -12 || x[0] > 20), [-13]);
        // Five coordinates at once, each of them at least 3.
        assert_eq!(search(5, |x| x.iter().all(|&v| v > 2)), [3; 5]);
    }

    /// Twelve of forty variables are needed: C(40, 12) supports are too many, the known one is reduced.
    #[test]
    fn many_variables() {
        let needed = |i: usize| i % 3 == 1 && i < 36;
        let point = search(40, |x| (0..40).all(|i| !needed(i) || x[i] != 0));
        assert!((0..40).all(|i| point[i] == i64::from(needed(i))), "{point:?}");
    }
}
