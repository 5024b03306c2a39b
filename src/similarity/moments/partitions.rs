//! Partitions of operands into pairs and singletons: the terms of Isserlis' theorem for operands with means.

/// A partition: pairs of positions, the smaller first, and positions on their own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Partition {
    pub pairs: Vec<(usize, usize)>,
    pub singles: Vec<usize>,
}

/// Positions beyond this many are not partitioned: the search would be deep, and long.
const MOST_POSITIONS: usize = 48;
/// The search gives up after this many steps for every partition that it may find.
const STEPS: usize = 64;

/// All partitions of `0..count` whose pairs and singletons may be. `None` if there are more than `most`, or
/// if finding them would take too long.
pub(super) fn partitions(
    count: usize,
    pair: &dyn Fn(usize, usize) -> bool,
    single: &dyn Fn(usize) -> bool,
    most: usize,
) -> Option<Vec<Partition>> {
    if count > MOST_POSITIONS {
        return None;
    }
    let mut search = Search {
        pair,
        single,
        most,
        steps: most.saturating_mul(STEPS).saturating_add(STEPS),
        free: vec![true; count],
        current: Partition { pairs: Vec::new(), singles: Vec::new() },
        found: Vec::new(),
    };
    search.extend().then_some(search.found)
}

struct Search<'a> {
    pair: &'a dyn Fn(usize, usize) -> bool,
    single: &'a dyn Fn(usize) -> bool,
    most: usize,
    /// How many more are taken.
    steps: usize,
    free: Vec<bool>,
    current: Partition,
    found: Vec<Partition>,
}

impl Search<'_> {
    /// Puts the first free position somewhere, in all ways. `false` when there are too many.
    fn extend(&mut self) -> bool {
        let Some(first) = self.free.iter().position(|&free| free) else {
            self.found.push(self.current.clone());
            return self.found.len() <= self.most;
        };
        let Some(steps) = self.steps.checked_sub(1) else { return false };
        self.steps = steps;
        self.free[first] = false;
        let mut within = true;
        if (self.single)(first) {
            self.current.singles.push(first);
            within = self.extend();
            self.current.singles.pop();
        }
        for second in first + 1..self.free.len() {
            if within && self.free[second] && (self.pair)(first, second) {
                self.free[second] = false;
                self.current.pairs.push((first, second));
                within = self.extend();
                self.current.pairs.pop();
                self.free[second] = true;
            }
        }
        self.free[first] = true;
        within
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 4 positions: 3 perfect matchings, and 10 partitions into pairs and singletons (1 + 6 + 3). 10
    /// positions have 945 matchings.
    #[test]
    fn counts() {
        let count =
            |n: usize, single: bool| partitions(n, &|_, _| true, &|_| single, 10_000).map(|p| p.len());
        assert_eq!(count(4, false), Some(3));
        assert_eq!(count(4, true), Some(10));
        assert_eq!(count(10, false), Some(945));
        assert_eq!(count(3, false), Some(0));
        assert_eq!(count(0, false), Some(1));
        assert_eq!(partitions(10, &|_, _| true, &|_| false, 944), None);
    }

    /// Only the last two positions have no partner, which a search from the front finds out again and again:
    /// 15 positions of 40 are paired in more ways than can be tried, and none leads anywhere.
    #[test]
    fn a_search_that_leads_nowhere_ends() {
        assert_eq!(partitions(40, &|_, j| j < 38, &|_| false, 100), None);
        assert_eq!(partitions(100, &|_, _| false, &|_| true, 100), None);
    }

    /// Pairs across 0, 1 | 2, 3 only: two.
    #[test]
    fn rules_are_kept() {
        let found = partitions(4, &|i, j| i < 2 && j >= 2, &|_| false, 10).unwrap();
        let pairs: Vec<_> = found.iter().map(|partition| partition.pairs.clone()).collect();
        assert_eq!(pairs, [vec![(0, 2), (1, 3)], vec![(0, 3), (1, 2)]]);
    }
}
