//! Lower sets of indices, and the lines along each coordinate in them.

use crate::budget::Stop;

/// So many indices are worked on between two looks at whether to stop.
const POLL: usize = 1 << 12;

/// The weights of the levels of a coordinate: the first is 0, and none is less than the one before.
pub(crate) type Weights = Vec<u32>;

/// The number of indices whose weights sum to at most `bound`: exact below `2^53`.
pub(crate) fn count<'a>(coordinates: impl IntoIterator<Item = &'a Weights>, bound: u32) -> f64 {
    // ways[w]: settings of the coordinates so far that weigh exactly w.
    let mut ways = vec![1.0f64];
    for weights in coordinates {
        let heaviest = weights.last().copied().unwrap_or(0) as usize;
        let length = (ways.len() + heaviest).min(bound as usize + 1);
        let mut more = vec![0.0; length];
        for (weight, ways) in ways.iter().enumerate() {
            for own in weights.iter().take_while(|&&own| weight + (own as usize) < length) {
                more[weight + *own as usize] += ways;
            }
        }
        ways = more;
        if ways.iter().sum::<f64>() > 1e18 {
            return f64::INFINITY;
        }
    }
    ways.iter().sum()
}

/// Lines of one length along a coordinate: each is an index with level 0 there, and those that differ from it
/// in this coordinate alone.
#[derive(Clone, Debug)]
pub(super) struct Lines {
    pub(super) length: usize,
    /// For every level, the positions of the indices with this level, line by line.
    pub(super) positions: Vec<u32>,
}

/// The indices whose weights sum to at most a bound, in lexicographic order.
#[derive(Clone, Debug)]
pub(crate) struct LowerSet {
    coordinates: usize,
    /// The levels of every index, one index after the other.
    levels: Vec<u16>,
    weights: Vec<u32>,
    ranking: Ranking,
    /// For every coordinate, the lines of at least two indices.
    lines: Vec<Vec<Lines>>,
}

/// How many indices come before one.
#[derive(Clone, Debug)]
struct Ranking {
    weights: Vec<Weights>,
    bound: u32,
    /// For every coordinate, how much of the bound is left, and level: how many indices have the same levels
    /// before the coordinate, and a smaller one there.
    before: Vec<Vec<Vec<u32>>>,
}

impl Ranking {
    fn new(weights: Vec<Weights>, bound: u32) -> Ranking {
        // Settings of the coordinates behind, by how much of the bound is left.
        let mut behind = vec![1u32; bound as usize + 1];
        let mut before = Vec::with_capacity(weights.len());
        for own in weights.iter().rev() {
            let mut sums = Vec::with_capacity(behind.len());
            for left in 0..=bound {
                let mut sum = 0u32;
                let mut of_level = vec![0];
                for &weight in own.iter().take_while(|&&weight| weight <= left) {
                    sum += behind[(left - weight) as usize];
                    of_level.push(sum);
                }
                sums.push(of_level);
            }
            behind = sums.iter().map(|of_level| of_level.last().copied().unwrap_or(0)).collect();
            before.push(sums);
        }
        before.reverse();
        Ranking { weights, bound, before }
    }

    /// The position of an index, if it is in the set.
    fn of(&self, levels: impl Iterator<Item = usize>) -> Option<u32> {
        let (mut left, mut rank) = (self.bound, 0);
        for ((level, weights), before) in levels.zip(&self.weights).zip(&self.before) {
            rank += before[left as usize].get(level)?;
            left = left.checked_sub(*weights.get(level)?)?;
        }
        Some(rank)
    }
}

impl LowerSet {
    /// The set of all indices of coordinates with these weights. Their number ([`count`]) has to be below
    /// `2^32`, and that of the levels of a coordinate below `2^16`. `None` soon after `stop` is set.
    pub(crate) fn new(coordinates: Vec<Weights>, bound: u32, stop: &Stop) -> Option<LowerSet> {
        let ranking = Ranking::new(coordinates, bound);
        let all = &ranking.weights;
        let (mut levels, mut weights) = (Vec::new(), Vec::new());
        let mut here = vec![0u16; all.len()];
        let mut weight = 0;
        loop {
            levels.extend_from_slice(&here);
            weights.push(weight);
            // The next index of an odometer whose last coordinate turns fastest.
            let turned = (0..all.len()).rev().find(|&i| {
                let level = usize::from(here[i]);
                let rest = weight - all[i][level];
                match all[i].get(level + 1).filter(|&&next| rest + next <= bound) {
                    Some(next) => {
                        here[i] += 1;
                        weight = rest + next;
                        true
                    }
                    None => {
                        here[i] = 0;
                        weight = rest;
                        false
                    }
                }
            });
            if turned.is_none() {
                break;
            }
            if weights.len().is_multiple_of(POLL) && stop.is_set() {
                return None;
            }
        }
        let mut set = LowerSet { coordinates: all.len(), levels, weights, ranking, lines: Vec::new() };
        set.lines = (0..set.coordinates)
            .map(|coordinate| set.lines_along(coordinate, stop))
            .collect::<Option<_>>()?;
        Some(set)
    }

    fn lines_along(&self, coordinate: usize, stop: &Stop) -> Option<Vec<Lines>> {
        let all = &self.ranking.weights[coordinate];
        // For every length, the positions of the lines, one line after the other.
        let mut by_length: Vec<Vec<u32>> = vec![Vec::new(); all.len() + 1];
        for position in 0..self.len() {
            if position.is_multiple_of(POLL) && stop.is_set() {
                return None;
            }
            if self.levels(position)[coordinate] > 0 {
                continue;
            }
            let left = self.ranking.bound - self.weights[position];
            let length = all.partition_point(|&weight| weight <= left);
            if length > 1 {
                by_length[length].extend((0..length).filter_map(|by| self.moved(position, coordinate, by)));
            }
        }
        let mut lines = Vec::new();
        for (length, in_lines) in by_length.into_iter().enumerate().filter(|(_, lines)| !lines.is_empty()) {
            let count = in_lines.len() / length;
            let of_level = |level: usize| (0..count).map(move |line| line * length + level);
            let positions = (0..length).flat_map(of_level).map(|place| in_lines[place]).collect();
            lines.push(Lines { length, positions });
        }
        Some(lines)
    }

    /// The number of indices.
    pub(crate) fn len(&self) -> usize {
        self.weights.len()
    }

    /// The levels of an index.
    pub(crate) fn levels(&self, position: usize) -> &[u16] {
        &self.levels[position * self.coordinates..(position + 1) * self.coordinates]
    }

    /// The weights of all indices.
    pub(crate) fn weights(&self) -> &[u32] {
        &self.weights
    }

    /// The position of the index whose level in a coordinate is larger by so much, if it is in the set.
    pub(crate) fn moved(&self, position: usize, coordinate: usize, by: usize) -> Option<u32> {
        let levels = self.levels(position).iter().enumerate();
        self.ranking.of(levels.map(|(i, &level)| usize::from(level) + if i == coordinate { by } else { 0 }))
    }

    /// For every index and coordinate, the position of the index whose level there is larger by so much; of
    /// itself where there is none.
    pub(crate) fn all_moved(&self, by: usize) -> Vec<u32> {
        let places = (0..self.len()).flat_map(|place| (0..self.coordinates).map(move |i| (place, i)));
        places.map(|(place, i)| self.moved(place, i, by).unwrap_or(place as u32)).collect()
    }

    pub(super) fn lines(&self, coordinate: usize) -> &[Lines] {
        &self.lines[coordinate]
    }

    /// The bytes that a set of so many indices of so many coordinates takes, at most.
    pub(crate) fn bytes(count: f64, coordinates: usize, bound: u32) -> f64 {
        // Levels; positions of neighbours, where they are asked for; positions on lines: an index is on no
        // more lines than it has levels other than 0, besides those that it is the head of.
        let lines = 8.0 * f64::from(bound).min(coordinates as f64);
        count * (6.0 * coordinates as f64 + 4.0 + lines)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Against all indices of the box, in order: of numbers, numbers with a cap, one-hot vectors and points.
    #[test]
    fn has_all_indices_in_order() {
        let kinds =
            |d: u32| -> Vec<Weights> { vec![(0..=d).collect(), vec![0, 1, 2], vec![0, 1, 1, 1], vec![0, 0]] };
        for bound in 0..6 {
            for chosen in 0..81usize {
                let kind = |place: u32| {
                    let which = chosen / 3usize.pow(place) % 3 + place as usize % 2;
                    kinds(bound).get(which).cloned()
                };
                let picked: Vec<Weights> = (0..4).filter_map(kind).take(1 + chosen % 4).collect();
                let sizes: Vec<usize> = picked.iter().map(Vec::len).collect();
                let total: usize = sizes.iter().product();
                let mut expected = Vec::new();
                for number in 0..total {
                    let mut rest = number;
                    let mut index: Vec<u16> = sizes
                        .iter()
                        .rev()
                        .map(|&size| {
                            let level = rest % size;
                            rest /= size;
                            level as u16
                        })
                        .collect();
                    index.reverse();
                    let weight: u32 =
                        index.iter().zip(&picked).map(|(&level, w)| w[usize::from(level)]).sum();
                    if weight <= bound {
                        expected.push((index, weight));
                    }
                }
                assert_eq!(count(&picked, bound), expected.len() as f64);
                let set = LowerSet::new(picked.clone(), bound, &Stop::never()).unwrap();
                assert_eq!(set.len(), expected.len());
                for (position, (index, weight)) in expected.iter().enumerate() {
                    assert_eq!((set.levels(position), set.weights()[position]), (index.as_slice(), *weight));
                    for coordinate in 0..picked.len() {
                        for by in 0..3 {
                            let mut other = index.clone();
                            other[coordinate] += by as u16;
                            let place = expected.iter().position(|(index, _)| *index == other);
                            assert_eq!(set.moved(position, coordinate, by), place.map(|place| place as u32));
                        }
                    }
                }
            }
        }
    }

    /// C(24, 8), C(7+16, 7), and too many to be told.
    #[test]
    fn counts_without_walking() {
        let free = |n: usize, d: u32| count(&vec![(0..=d).collect(); n], d);
        assert_eq!((free(8, 16), free(7, 16), free(0, 5)), (735_471.0, 245_157.0, 1.0));
        assert_eq!(free(500, 500), f64::INFINITY);
        assert!(LowerSet::new(vec![vec![0, 1]; 13], 13, &Stop::new(|| true)).is_none());
    }
}
